/* SPDX-License-Identifier: MIT */
/* conn.h - one connection: bytes in, bytes out, TLS, limits, timeouts
 *
 * A protocol is one struct proto and never touches a socket.  Input arrives
 * as everything not yet eaten, from the same start each time; what input()
 * does not eat is kept (up to in_max) and shown again with more behind it.
 * Output is queued and written once per turn.  A conn is known outside its
 * callbacks by conn_id(), never by pointer; inside them conn_close() is safe:
 * close() comes at the end of the turn, exactly once, and is the last call;
 * it also comes, without open(), when connect or handshake fail.
 */
#ifndef GW_NET_CONN_H
#define GW_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/frame.h"
#include "gateway/base/str.h"
#include "gateway/config/conf.h"
#include "gateway/net/tls.h"
#include "gateway/run/loop.h"
#include "gateway/run/metrics.h"

struct net; /* all connections of one loop */
struct conn;

enum conn_why {
	CONN_PEER,     /* the other side ended it */
	CONN_LOCAL,    /* conn_close() */
	CONN_TIMEOUT,  /* idle, or the connect did not finish */
	CONN_FAULT,    /* an error of socket or TLS: conn_fault() says it */
	CONN_OVERFLOW, /* in_max or out_max */
	CONN_SHUTDOWN, /* the daemon stops */
};

struct conn_limits {
	size_t in_max;	/* unparsed bytes kept; 0: 64 KiB */
	size_t out_max; /* unsent bytes kept; 0: 4 MiB */
	size_t out_low; /* drained() when output falls to it; 0: 32 KiB */
	int64_t idle;	/* ms without input; 0: none */
	int64_t rate;	/* bytes/s read, burst of 2 s; 0: unlimited */
};

struct proto {
	const char *name;  /* "milter", "policy", "syslog-tcp", "xmpp-c2s" */
	size_t state_size; /* zeroed, one per connection */
	struct conn_limits limits;
	void (*open)(struct conn *c); /* connected (and TLS done, if direct) */
	size_t (*input)(struct conn *c, const uint8_t *p, size_t n); /* eaten */
	void (*drained)(struct conn *c); /* output below its low mark */
	void (*timer)(struct conn *c);	 /* conn_timer() ran out */
	void (*secured)(struct conn *c); /* conn_starttls() has finished */
	/* The gate needs its place: a last word, ended by conn_close(). */
	void (*evicted)(struct conn *c, const char *why);
	void (*close)(struct conn *c, enum conn_why why);
};

struct net *net_new(struct loop *l);
void net_free(struct net **n); /* closes all with CONN_SHUTDOWN */
size_t net_count(const struct net *n);
/* Counts how often a connection is read later, being over its rate. */
void net_count_pauses(struct net *n, struct metric *m);
struct loop *net_loop(const struct net *n);

/* Takes the descriptor; it is never waited for.  tls NULL: plain. */
struct conn *conn_accepted(struct net *n, int fd, const struct proto *p,
			   void *arg, struct tls_server *tls);
/* Connects; addresses as in listener.h.  On failure close() is called, never
 * open(); an address that makes no sense is GW_BAD_INPUT at once;
 * d: TLS from the first byte. */
enum gw_err conn_dial(struct net *n, const char *address, const struct proto *p,
		      void *arg, uint64_t *id) GW_CHECKED;
enum gw_err conn_dial_tls(struct net *n, const char *address,
			  const struct tls_dial *d, const struct proto *p,
			  void *arg, uint64_t *id) GW_CHECKED;
uint64_t conn_id(const struct conn *c);
struct conn *conn_find(const struct net *n, uint64_t id); /* NULL: gone */
struct net *conn_net(const struct conn *c);
void *conn_state(struct conn *c); /* state_size bytes */
void *conn_arg(const struct conn *c);
const char *conn_peer(const struct conn *c);	  /* "192.0.2.1:4711", "unix" */
struct str conn_peer_host(const struct conn *c);  /* without the port */
bool conn_peer_is_loopback(const struct conn *c); /* true for unix sockets */
const char *conn_fault(const struct conn *c);
void conn_set_limits(struct conn *c, const struct conn_limits *l);

void conn_write(struct conn *c, const void *p, size_t n);
void conn_write_str(struct conn *c, struct str s);
/* head bytes (copied), then the frame (a reference is taken). */
void conn_write_frame(struct conn *c, struct str head, struct frame *f);
/* The end of the output, to serialise into at once; NULL: it goes nowhere.
 * conn_wrote() says how many bytes were added. */
struct buf *conn_tail(struct conn *c);
void conn_wrote(struct conn *c, size_t n);
size_t conn_unsent(const struct conn *c);
/* After what is queued was written, or 5 s; input is not handed up any more. */
void conn_close(struct conn *c);
void conn_abort(struct conn *c); /* at once, output dropped */

/* Lock-step: no input() until conn_go(), which hands up what waits. */
void conn_hold(struct conn *c);
void conn_go(struct conn *c);
/* input() again next turn with what is left, even if nothing new arrives:
 * a stream gets only its share of a turn. */
void conn_again(struct conn *c);
/* Throws away received, uneaten bytes; returns how many there were.  Inside
 * input() these are all it was shown, and what it returns is ignored. */
size_t conn_drop_input(struct conn *c);
void conn_timer(struct conn *c, int64_t in_ms); /* negative: off */

/* It has shown who it is: the gate counts it no more. */
void conn_known(struct conn *c);
/* Before conn_starttls(): false when its address has begun too many
 * handshakes lately. */
bool conn_may_starttls(struct conn *c);
/* STARTTLS, as server and as client: what is queued is written first, in
 * plain.  Call with no uneaten input, from input(); secured() follows. */
void conn_starttls(struct conn *c, struct tls_server *tls);
void conn_starttls_dial(struct conn *c, const struct tls_dial *d);
/* tls.h, of the peer's certificate. */
const char *conn_tls_distrust(const struct conn *c);
bool conn_tls_dane(const struct conn *c);
bool conn_tls_names(const struct conn *c, struct str ascii, struct str unicode);
void conn_tls_addresses(const struct conn *c,
			void (*fn)(void *arg, struct str address), void *arg);
/* NULL while plain. */
const struct tls_info *conn_tls(const struct conn *c);
enum gw_err conn_tls_exporter(struct conn *c, const char *label, uint8_t *out,
			      size_t n) GW_CHECKED; /* RFC 9266, TLS 1.3 */
/* tls-server-end-point (RFC 5929); 0: none. */
size_t conn_tls_end_point(const struct conn *c, uint8_t out[64]);
size_t conn_tls_unique(const struct conn *c, uint8_t out[64]); /* the same */

#endif
