/* SPDX-License-Identifier: MIT */
/* component_private.h - what the files of this folder share
 */
#ifndef GW_XMPP_COMPONENT_COMPONENT_PRIVATE_H
#define GW_XMPP_COMPONENT_COMPONENT_PRIVATE_H

#include "xmpp/component/component.h"
#include "xmpp/component/conf.h"
#include "xmpp/server_private.h"

#define NS_PRIVILEGE  "urn:xmpp:privilege:2"
#define NS_DELEGATION "urn:xmpp:delegation:2"
#define NS_FORWARD    "urn:xmpp:forward:0"

struct xmpp_components {
	struct xmpp *x;
	struct map hosts; /* domain -> struct xmpp_component */
	struct map fresh; /* the same of a configuration not taken yet */
	struct xmpp_xml_limits limits;
	struct list listeners, streams;
	struct list pending; /* what is asked for somebody; pending.c */
	unsigned pending_count;
	struct list nested;  /* what they add to disco#info; nested.c */
	struct map shown;    /* clients whose presence was told */
	struct map contacts; /* presence of contacts elsewhere */
	bool up;	     /* the domains are registered */
};

/* One domain. */
struct xmpp_component {
	struct arena *a;
	struct jid jid;
	struct jid main; /* the domain that connects for it */
	const struct xmpp_component_conf *conf; /* of main */
	struct str secret;			/* of main */
	uint64_t conn;				/* 0: not connected */
};

struct xmpp_component_listener { /* conn_arg() */
	struct list link;
	struct xmpp_components *all;
	struct listener *socket;
};

enum xmpp_component_step {
	COMPONENT_HEADER,
	COMPONENT_HANDSHAKE,
	COMPONENT_OPEN,
	COMPONENT_CLOSED,
};

struct xmpp_component_stream { /* conn_state() */
	struct list link;      /* in all->streams */
	struct conn *c;
	struct xmpp_components *all;
	struct xmpp_xml_scan scan;
	struct xmpp_xml_root root;
	struct arena *a;
	char id[17];
	struct jid host; /* its main domain, once it has said so */
	enum xmpp_component_step step;
	bool opened; /* our header is out */
	bool asked;  /* whether it is still there */
	int64_t last_input;
	/* What it may never have got; sent.c */
	struct list unsent, unanswered;
	unsigned unanswered_count;
	uint64_t queued;  /* bytes written to the connection so far */
	struct map shown; /* presence it has shown; presence.c */
};

extern const struct proto xmpp_component_proto;

/* component.c */
struct xmpp_component *xmpp_component_of(const struct xmpp_components *all,
					 struct str domain);
/* The component whose work c is, NULL: it is not from one. */
struct xmpp_component *xmpp_component_sender(const struct xmpp_ctx *c);
/* All domains of the stream are its own from now on; GW_CONFLICT: one of
 * them is another stream's. */
enum gw_err xmpp_component_attach(struct xmpp_component_stream *s) GW_CHECKED;
void xmpp_component_detach(struct xmpp_component_stream *s);
bool xmpp_component_main(const struct xmpp_component *k);
/* Tells a main one what is granted to it. */
void xmpp_component_greet(struct xmpp_components *all,
			  const struct xmpp_component *k);

/* stream.c; false: the connection takes nothing any more. */
bool xmpp_component_send(struct xmpp_component_stream *s,
			 const struct stanza *st);
void xmpp_component_error(struct xmpp_component_stream *s,
			  const char *condition, const char *text);

/* inbound.c: returns the stream error it deserves, NULL if none. */
const char *xmpp_component_inbound(struct xmpp_component_stream *s,
				   const struct stanza *st);

/* presence.c: what it shows of itself, until its stream ends. */
void xmpp_component_shows(struct xmpp_component_stream *s, struct arena *a,
			  const struct stanza *st);
void xmpp_component_withdraw(struct xmpp_component_stream *s);

/* sent.c: stanzas whose senders are told when the component is gone. */
void xmpp_component_sent(struct xmpp_component_stream *s,
			 const struct stanza *st);
void xmpp_component_answered(struct xmpp_component_stream *s,
			     const struct stanza *iq);
void xmpp_component_lost(struct xmpp_component_stream *s);

/* pending.c: answers that are awaited for somebody else. */
void xmpp_pending_free(struct xmpp_components *all);

#endif
