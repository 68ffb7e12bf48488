/* SPDX-License-Identifier: MIT */
/* stream.h - one client's stream: from the first byte to the last
 *
 * Lock-step until a resource is bound: an element is answered before the next
 * one is read.  xmpp_stream_answered() goes on.
 */
#ifndef GW_XMPP_STREAM_STREAM_H
#define GW_XMPP_STREAM_STREAM_H

#include "gateway/net/conn.h"
#include "xmpp/account.h"
#include "xmpp/server.h"
#include "xmpp/xml/parse.h"
#include "xmpp/xml/scan.h"

struct xmpp_sasl;

struct xmpp_listener { /* conn_arg() */
	struct list link;
	struct xmpp *x;
	struct listener *socket;
	struct tls_server *tls; /* STARTTLS is possible; NULL: not */
	bool direct;		/* TLS from the first byte */
	bool tls_required;
	bool plain_without_tls;
};

enum xmpp_stream_step {
	STREAM_HEADER, /* the (next) stream header is awaited */
	STREAM_SASL,   /* features sent: STARTTLS or SASL */
	STREAM_BIND,   /* logged in: bind or resume */
	STREAM_BOUND,
	STREAM_CLOSED, /* our end tag is sent */
};

/* What only who is still to log in needs: most streams are long past it. */
struct xmpp_login {
	struct xmpp_stream *s;
	struct jid host;       /* what the client said it wants */
	struct jid account;    /* logged in as; bare */
	struct str from;       /* who the client says it is, bare; or none */
	struct str invitation; /* shown, and good; xep0445_invitation.c */
	struct str lang;       /* what it says is its language, or empty */
	struct xmpp_wait wait; /* bind: the account is being read */
	struct str bind_id, bind_resource;
	const struct stanza *resume; /* 0198: what the client asked for */
	bool sought;		     /* whether it is known, below */
	bool gone_known;
	uint32_t gone_h; /* handled on a session that is gone */
	void (*then)(struct xmpp_stream *s);
	struct loop_timer slow; /* a failed log-in is answered late */
};

struct xmpp_stream {	  /* conn_state() */
	struct list link; /* in x->streams */
	struct conn *c;
	struct xmpp *x;
	const struct xmpp_listener *l;
	struct xmpp_xml_scan scan;
	struct xmpp_xml_root root;
	struct arena *a; /* header, names; NULL: bound and needs none */
	struct xmpp_login *login; /* in a; NULL once a session is bound */
	struct xmpp_sasl *sasl;
	int64_t proved_at; /* when the password was; loop_now(), 0: never */
	unsigned offered;  /* mechanisms, as bits; sasl/mechanism.c */
	unsigned tries;	   /* failed log-ins */
	enum xmpp_stream_step step;
	bool opened;   /* our header is out */
	bool secured;  /* TLS is on */
	bool again;    /* the header is a restart: host is fixed */
	bool waiting;  /* for xmpp_stream_answered() */
	bool held;     /* conn_hold() was called for that */
	bool inside;   /* in input() */
	bool restart;  /* logged in just now: nothing may wait behind */
	bool tls_next; /* <starttls/> was read */
	bool asked;    /* whether the client is still there */
	uint64_t session;
};

extern const struct proto xmpp_stream_proto;

/* stream.c */
void xmpp_stream_send(struct xmpp_stream *s, const struct stanza *st);
/* <stream:error/> with the condition, end tag, close.  text may be NULL. */
void xmpp_stream_error(struct xmpp_stream *s, const char *condition,
		       const char *text);
/* The same with an element that says more of it. */
void xmpp_stream_error_more(struct xmpp_stream *s, const char *condition,
			    const struct stanza *more);
void xmpp_stream_hold(struct xmpp_stream *s);
void xmpp_stream_answered(struct xmpp_stream *s);
/* Log-in done: the next header starts over, as that account. */
void xmpp_stream_logged_in(struct xmpp_stream *s, struct jid account);
/* The same where no header follows (XEP-0388). */
void xmpp_stream_goes_on(struct xmpp_stream *s, struct jid account);
void xmpp_stream_bound(struct xmpp_stream *s, struct xmpp_session *session);
/* <host-gone/>: their domain is not served any more. */
void xmpp_stream_leave_hosts(struct xmpp *x);
/* Streams on the way to a session of this account. */
void xmpp_stream_kick(struct xmpp *x, struct str bare, const char *text);
void xmpp_stream_close_all(struct xmpp *x); /* <system-shutdown/> */
/* The stream of a session; NULL: cut. */
struct xmpp_stream *xmpp_stream_of(const struct xmpp_session *s);

/* features.c, bind.c */
void xmpp_stream_features(struct xmpp_stream *s, struct arena *a);
void xmpp_stream_bind(struct xmpp_stream *s, const struct stanza *iq);

#endif
