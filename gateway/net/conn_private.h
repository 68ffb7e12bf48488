/* SPDX-License-Identifier: MIT */
/* conn_private.h - the inside of a connection, for the files of conn
 *
 * conn.c has the life and the public face, conn_io.c moves bytes.  Nothing
 * here knows what the bytes mean: threads may later be put below it.
 */
#ifndef GW_NET_CONN_PRIVATE_H
#define GW_NET_CONN_PRIVATE_H

#include <stddef.h>

#include "gateway/base/buf.h"
#include "gateway/base/list.h"
#include "gateway/base/slot.h"
#include "gateway/net/address.h"
#include "gateway/net/conn.h"
#include "gateway/net/conn_out.h"

#define CONN_READ_MAX	  ((size_t)65536) /* one read */
#define CONN_RECORD_MAX	  ((size_t)16384) /* RFC 8446 5.1 */
#define CONN_WIRE_MAX	  ((size_t)65536) /* ciphertext made per turn */
#define CONN_VECTORS_MAX  64		  /* pieces in one write */
#define CONN_FLUSH_BOUND  (5 * (int64_t)1000)
#define CONN_LINGER_BOUND (2 * (int64_t)1000)
#define CONN_READY_BOUND  (30 * (int64_t)1000) /* connect, handshake */

struct net {
	struct loop *loop;
	struct slot_table slots;
	struct list lingering; /* by their settle.link, for they do not */
	bool stopping;
	struct metric *pauses; /* NULL: nobody counts */
	uint8_t *scratch;      /* CONN_READ_MAX, valid during one read */
	struct buf plain;      /* decrypted, valid during one read */
	struct buf wire;       /* encrypted, valid during one flush */
	struct iovec vectors[CONN_VECTORS_MAX]; /* likewise */
};

/* Told when the descriptor is closed: listeners count. */
struct conn_keeper {
	void (*gone)(struct conn_keeper *k, const struct conn *c);
};

struct conn {
	struct net *net;
	const struct proto *proto;
	void *arg;
	struct tls_session *tls; /* NULL: plain */
	struct conn_keeper *keeper;
	struct gate_guest *guest; /* NULL: known, or not counted */
	uint64_t id;
	struct loop_watch watch;
	struct loop_task settle; /* the end of the turn; or lingering */
	struct loop_timer clock; /* all our own deadlines, lazily */
	struct loop_timer timer; /* conn_timer() */
	struct buf in;		 /* received, uneaten */
	struct buf wire;	 /* goes out before all of out, as it is */
	struct conn_out out;
	struct conn_limits limits;
	int64_t last_input;
	int64_t due_by; /* connect, handshake, flush, linger; 0: none */
	int64_t tokens; /* thousandths of bytes that may be read */
	int64_t tokens_at;
	int64_t paused_until; /* by the rate; 0: not */
	size_t shown;	      /* bytes of the running input() */
	char *peer;
	char *fault;
	enum conn_why why;
	unsigned connecting : 1;
	unsigned opening : 1;	 /* open() is still to come */
	unsigned held : 1;	 /* conn_hold() */
	unsigned again : 1;	 /* input() next turn, before any read */
	unsigned in_input : 1;	 /* input() is running */
	unsigned dropped : 1;	 /* conn_drop_input() inside input() */
	unsigned secure_now : 1; /* conn_starttls() inside input() */
	unsigned blocked : 1;	 /* the socket takes no more */
	unsigned high : 1;	 /* output has been above out_low */
	unsigned low_due : 1;	 /* drained() next turn */
	unsigned choked : 1;	 /* not read until output is low */
	unsigned eof : 1;	 /* the peer writes no more */
	unsigned closing : 1;	 /* flush, then end */
	unsigned tls_ended : 1;	 /* close_notify is written */
	unsigned linger : 1;	 /* the peer may still be writing */
	unsigned dead : 1;	 /* ends with this turn */
	unsigned ended : 1;	 /* close() was called */
	_Alignas(max_align_t) uint8_t state[];
};

static inline bool conn_is_secure(const struct conn *c)
{
	return c->tls != NULL && tls_session_ready(c->tls);
}

/* conn.c */
struct conn *conn_new(struct net *n, int fd, const struct proto *p, void *arg);
void conn_touch(struct conn *c); /* settles at the end of the turn */
/* Ends the connection with this turn; output is dropped. */
void conn_fail(struct conn *c, enum conn_why why, const char *fault);
void conn_shut_down(struct conn *c); /* now, with net_free() */
void conn_release(struct conn *c);   /* one that lingers */
/* k->gone() follows when the descriptor is closed. */
void conn_keep(struct conn *c, struct conn_keeper *k);
/* Its place is needed: it is told if that can be done at once. */
void conn_evict(struct conn *c, const char *why);

/* conn_io.c */
void conn_io_read(struct conn *c);    /* the socket is readable */
void conn_io_hand_up(struct conn *c); /* what is kept, to input() */
void conn_io_flush(struct conn *c);   /* at most one write */
void conn_io_send_wire(struct conn *c);
void conn_io_greet(struct conn *c);   /* the first words of a TLS client */
void conn_io_discard(struct conn *c); /* while lingering */
bool conn_io_wants_read(const struct conn *c);

/* conn_dial.c */
void conn_dial_event(struct conn *c); /* the connect has an outcome */

#endif
