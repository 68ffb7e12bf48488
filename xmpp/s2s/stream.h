/* SPDX-License-Identifier: MIT */
/* stream.h - one stream with another server, either side having dialled
 *
 * stream.c brings units; in.c and out.c are what they mean to who accepted
 * and to who dialled.  Only domain pairs that were proved may send on it.
 */
#ifndef GW_XMPP_S2S_STREAM_H
#define GW_XMPP_S2S_STREAM_H

#include "gateway/net/conn.h"
#include "xmpp/s2s/s2s_private.h"

enum xmpp_s2s_step {
	S2S_HEADER, /* the (next) header is awaited */
	S2S_OPEN,   /* accepted: features are sent */
	/* Dialled: */
	S2S_FEATURES,
	S2S_PROCEED, /* <starttls/> is sent */
	S2S_KEYS,    /* answers to db:verify, before we prove ourselves */
	S2S_SASL,
	S2S_RESULT, /* db:result is sent */
	S2S_COUNT,  /* <enable/> or <resume/> is sent (XEP-0198) */
	S2S_READY,
	S2S_CLOSED, /* our end tag is sent */
};

/* Who may send to whom. */
struct xmpp_s2s_pair {
	struct list link;
	struct arena *a;
	struct jid local, remote;
	const char *proof; /* NULL: its key is being verified */
};

struct xmpp_s2s_stream { /* conn_state() */
	struct list link;
	struct conn *c; /* NULL: never opened */
	struct xmpp_s2s *s2s;
	struct xmpp *x;
	struct xmpp_xml_scan scan;
	struct xmpp_xml_root root;
	struct arena *a;
	struct jid local, remote; /* of the header; full.p NULL: not said */
	struct str id;
	struct list pairs;
	unsigned pair_count;
	uint64_t target; /* handle of the link we dialled for; 0: accepted */
	enum xmpp_s2s_step step;
	int64_t since;		/* wall time it began */
	int64_t last_input;	/* loop time */
	size_t unit;		/* bytes of the element just read */
	unsigned offers;	/* of the other server: enum xmpp_s2s_offer */
	struct xmpp_s2s_sm *sm; /* accepted, XEP-0198: what is handled */
	int64_t takes; /* bytes of a stanza, as the other server says; 0: any */
	bool accepted;
	bool opened;   /* our header is out */
	bool secured;  /* TLS is on */
	bool again;    /* SASL is done: the header is a restart */
	bool restart;  /* just now: nothing may wait behind */
	bool tls_next; /* <starttls/> or <proceed/> was read */
	bool bidi;     /* agreed on (XEP-0288) */
	bool served;   /* a link has counted on it, from its first stanza */
};

enum xmpp_s2s_offer {
	OFFER_TLS = 1,
	OFFER_EXTERNAL = 2,
	OFFER_DIALBACK = 4,
	OFFER_BIDI = 8,
	OFFER_SM = 16,
};

extern const struct proto xmpp_s2s_in_proto, xmpp_s2s_out_proto;

struct xmpp_s2s_link;

/* stream.c */
/* c is the link's: its state begins, our header goes out. */
void xmpp_s2s_dialled(struct xmpp_s2s_link *l, struct conn *c);
void xmpp_s2s_open(struct xmpp_s2s_stream *s); /* our header */
/* How many bytes that are. */
size_t xmpp_s2s_send(struct xmpp_s2s_stream *s, const struct stanza *st);
/* <stream:error/>, end tag, close.  text may be NULL. */
void xmpp_s2s_error(struct xmpp_s2s_stream *s, const char *condition,
		    const char *text);
void xmpp_s2s_cut(struct xmpp_s2s_stream *s);	  /* it may be resumed */
void xmpp_s2s_close(struct xmpp_s2s_stream *s);	  /* in peace */
void xmpp_s2s_restart(struct xmpp_s2s_stream *s); /* SASL is done */
void xmpp_s2s_proved(struct xmpp_s2s_stream *s);  /* larger limits */
/* NULL: the certificate is good and names the domain; else why not. */
const char *xmpp_s2s_distrust(const struct xmpp_s2s_stream *s,
			      struct str domain);
struct xmpp_s2s_pair *xmpp_s2s_pair_find(const struct xmpp_s2s_stream *s,
					 struct str local, struct str remote);
/* NULL: too many. */
struct xmpp_s2s_pair *xmpp_s2s_pair_add(struct xmpp_s2s_stream *s,
					struct jid local, struct jid remote,
					const char *proof);

void xmpp_s2s_pair_drop(struct xmpp_s2s_stream *s, struct xmpp_s2s_pair *p);

/* report.c: it came in and is sent away. */
void xmpp_s2s_note_refusal(const struct xmpp_s2s_stream *s, const char *why);

/* in.c, out.c: each returns the stream error deserved, or NULL. */
const char *xmpp_s2s_in_header(struct xmpp_s2s_stream *s, struct arena *a,
			       const struct xmpp_xml_header *h);
const char *xmpp_s2s_in_element(struct xmpp_s2s_stream *s,
				const struct stanza *el);
const char *xmpp_s2s_out_header(struct xmpp_s2s_stream *s, struct arena *a,
				const struct xmpp_xml_header *h);
const char *xmpp_s2s_out_element(struct xmpp_s2s_stream *s,
				 const struct stanza *el);
/* Proved, and XEP-0198 settled. */
void xmpp_s2s_out_ready(struct xmpp_s2s_stream *s);
/* All keys are answered: now we prove ourselves. */
void xmpp_s2s_out_prove(struct xmpp_s2s_stream *s);

/* limits.c (XEP-0478).  proved: nothing else is to be shown any more. */
void xmpp_s2s_limits_add(const struct xmpp_s2s_stream *s, struct arena *a,
			 struct stanza *to, bool proved);
void xmpp_s2s_limits_take(struct xmpp_s2s_stream *s, struct arena *a,
			  const struct stanza *from);
bool xmpp_s2s_fits(const struct xmpp_s2s_stream *s, const struct stanza *st);

/* admit.c: a stanza of a pair that is proved, into the router. */
const char *xmpp_s2s_admit(struct xmpp_s2s_stream *s, const struct stanza *st);

#endif
