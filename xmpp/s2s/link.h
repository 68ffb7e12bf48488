/* SPDX-License-Identifier: MIT */
/* link.h - what goes from one domain of ours to one elsewhere
 *
 * A link outlives its connections; outside its turn it is known by its handle.
 */
#ifndef GW_XMPP_S2S_LINK_H
#define GW_XMPP_S2S_LINK_H

#include "gateway/net/tls_dane.h"
#include "xmpp/fault.h"
#include "xmpp/s2s/stream.h"
#include "xmpp/s2s/trail.h"

struct xmpp_s2s_dial;

enum xmpp_s2s_link_state {
	LINK_IDLE, /* no connection, none wanted */
	LINK_CONNECTING,
	LINK_NEGOTIATING, /* connected: TLS, SASL, dialback */
	LINK_READY,
	LINK_FAILED,
};

struct xmpp_s2s_link {
	struct xmpp_s2s *s2s;
	struct arena *a;
	uint64_t handle;
	struct str key; /* "from to" */
	struct jid from, to;
	const char *ascii; /* `to` as DNS and certificates have it */
	struct xmpp_s2s_policy policy;
	enum xmpp_s2s_link_state state;
	struct xmpp_s2s_dial *dial; /* while connecting */
	uint64_t conn;		    /* from negotiating on */
	bool adopted;	     /* a connection the other server made (XEP-0288) */
	struct list waiting; /* stanzas */
	unsigned waiting_count;
	bool counted;	  /* XEP-0198 is on; sm.h */
	bool asked;	  /* <r/> is under way */
	struct list kept; /* stanzas sent, not acknowledged, oldest first */
	unsigned kept_count;
	unsigned giving; /* what it holds back to its senders: it stays */
	uint32_t acknowledged;
	char resume[64];    /* name of the stream to be resumed; : none */
	bool got_on;	    /* something was acknowledged since the cut */
	int64_t cut_at;	    /* loop time, of that stream */
	unsigned tries;	    /* to reach its server again */
	bool again;	    /* connecting: the next try is waited for */
	struct list checks; /* keys to be verified over it; dialback.h */
	struct xmpp_s2s_trail trail;
	unsigned mark; /* the step under way */
	struct loop_timer timer;
	int64_t since;	   /* wall time of the state */
	int64_t last_sent; /* loop time */
	uint64_t sent;
	struct arena *dane_arena; /* NULL: no DANE for this connection */
	struct tls_dane dane;
	const char *proof; /* how we proved ourselves: "external"... */
	char error[256];   /* why it failed last; "" never */
	int64_t error_at;  /* wall time */
	int64_t failed_at; /* loop time */
	enum xmpp_condition error_cond;
};

/* Made if there is none; NULL: too many. */
struct xmpp_s2s_link *xmpp_s2s_link_want(struct xmpp_s2s *s, struct jid from,
					 struct jid to);
/* NULL: none. */
struct xmpp_s2s_link *xmpp_s2s_link_find(struct xmpp_s2s *s, struct jid from,
					 struct jid to);
struct xmpp_s2s_link *xmpp_s2s_link_get(struct xmpp_s2s *s, uint64_t handle);
/* Begins to connect unless that is under way or done. */
void xmpp_s2s_link_start(struct xmpp_s2s_link *l);
/* What DNS proved of the host that is spoken to; NULL: nothing.  Copied. */
void xmpp_s2s_link_set_dane(struct xmpp_s2s_link *l, const struct tls_dane *d);
const struct tls_dane *xmpp_s2s_link_dane(const struct xmpp_s2s_link *l);
/* The name to ask for with TLS; NULL: an address is none (RFC 6066 3). */
const char *xmpp_s2s_link_sni(const struct xmpp_s2s_link *l);
/* TLS is on. */
void xmpp_s2s_link_tls(struct xmpp_s2s_link *l, const struct conn *c);
/* The race is won: c speaks from now on. */
void xmpp_s2s_link_connected(struct xmpp_s2s_link *l, struct conn *c);
void xmpp_s2s_link_ready(struct xmpp_s2s_link *l, const char *proof);
/* Takes off the last character of a text that was cut inside it. */
void xmpp_s2s_whole(char *text);
/* The next step has begun; how the one under way has ended. */
void xmpp_s2s_link_step(struct xmpp_s2s_link *l, enum xmpp_s2s_step_of step,
			const char *what);
void xmpp_s2s_link_done(struct xmpp_s2s_link *l, bool good, const char *fmt,
			...) GW_PRINTF(3, 4);
/* What waits goes back with the condition; why is shown to operators. */
void xmpp_s2s_link_fail(struct xmpp_s2s_link *l, enum xmpp_condition cond,
			const char *why, ...) GW_PRINTF(3, 4);
/* Its connection is gone. */
void xmpp_s2s_link_lost(struct xmpp_s2s_link *l, const char *why);
/* A bidirectional stream of the other server serves too. */
void xmpp_s2s_link_adopt(struct xmpp_s2s_stream *s, struct jid local,
			 struct jid remote);
/* The link that sends over this stream of the other server's, or NULL. */
struct xmpp_s2s_link *xmpp_s2s_link_adopted(const struct xmpp_s2s_stream *s);
void xmpp_s2s_link_flush(struct xmpp_s2s_link *l); /* what waits is sent */
/* Stanzas in a list of the link's: a copy put in, looked at, taken out. */
void xmpp_s2s_link_put(struct list *to, const struct stanza *st,
		       struct xmpp_receipt *receipt);
const struct stanza *xmpp_s2s_link_stanza(struct list *node);
struct xmpp_receipt *xmpp_s2s_link_receipt(struct list *node);
void xmpp_s2s_link_drop(struct list *node);
/* Whether what is kept has arrived cannot be known any more: it goes back. */
void xmpp_s2s_link_unsure(struct xmpp_s2s_link *l);
struct xmpp_s2s_stream *xmpp_s2s_link_stream(const struct xmpp_s2s_link *l);
/* There is something to say: after an orderly restart it is dialled again. */
bool xmpp_s2s_link_outlives(const struct xmpp_s2s_link *l);
/* Just made, with what it had before the restart: it will be dialled. */
void xmpp_s2s_link_revive(struct xmpp_s2s_link *l);
/* What is not acknowledged, and cannot be resumed, goes back. */
void xmpp_s2s_link_hush(struct xmpp_s2s *s);
void xmpp_s2s_link_free_all(struct xmpp_s2s *s);
const char *xmpp_s2s_link_state_name(enum xmpp_s2s_link_state state);

#endif
