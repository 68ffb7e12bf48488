/* SPDX-License-Identifier: MIT */
/* server.h - sessions, accounts, routing: what the files of xmpp/ share
 *
 * A stanza is an immutable tree in the arena of its turn.  Its `from` and `to`
 * are validated before anyone sees it.  Whoever keeps something copies it, or
 * holds a frame.
 */
#ifndef GW_XMPP_SERVER_H
#define GW_XMPP_SERVER_H

#include "gateway/base/frame.h"
#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/base/slot.h"
#include "gateway/base/when.h"
#include "xmpp/jid.h"
#include "xmpp/xml/stanza.h"
#include "xmpp/xmpp.h"

#define NS_CLIENT  "jabber:client"
#define NS_SERVER  "jabber:server"
#define NS_STREAMS "http://etherx.jabber.org/streams"
#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define NS_DELAY   "urn:xmpp:delay"
#define NS_SID	   "urn:xmpp:sid:0"

struct xmpp_session; /* one bound resource; may outlive its stream (0198) */
struct xmpp_account; /* hot state of one bare JID: account.h */
struct xmpp_module;
struct xmpp_receipt; /* what an inbound stanza still waits for: receipt.h */
struct xmpp_sm;
struct xmpp_csi;

struct xmpp_last { /* an address, parsed */
	struct jid jid;
	bool written; /* a message to it was let through */
	char text[];
};

/* The unit of work: one stanza in one turn. */
struct xmpp_ctx {
	struct xmpp *x;
	struct arena *a;
	struct xmpp_session
		*session; /* the sender's; NULL: not a client here */
	struct jid from;  /* full JID of a client, room occupant... */
	struct jid to; /* local bare JID of the sender where none was given */
	bool to_given;
	bool copy; /* the same went to another client of the person */
	struct xmpp_receipt *receipt; /* NULL: nobody waits (no 0198) */
};

struct xmpp_session {
	struct xmpp *x;
	uint64_t handle; /* name in xmpp->sessions, for what may come late */
	struct xmpp_account *account;
	struct list link; /* in account->sessions */
	struct arena *a;  /* as long as the session */
	struct jid jid;	  /* full */
	struct str lang;  /* of its stream header, or empty */
	uint64_t conn;	  /* conn_id(), 0: the stream is cut, may resume */
	bool available;	  /* has sent initial presence */
	bool spared;	  /* not ended with the password it changes */
	uint8_t signs;	  /* of the person, since the board was told */
	uint8_t told;	  /* of them to the board, this moment */
	bool interested;  /* has asked for the roster (RFC 6121 2.1.6) */
	int8_t priority;
	enum presence_show show;
	struct arena *presence_a;
	const struct stanza *presence; /* its last one, no `to`; or NULL */
	struct map *directed; /* JIDs it showed itself to; NULL: none yet */
	struct list later;    /* its pending IQ tokens */
	struct list handed;   /* offline rows on their way; im/offline.c */
	int64_t bound_at, last_input;
	struct xmpp_last *last; /* whom it wrote to; NULL: nobody yet */
	struct xmpp_sm *sm;	/* 0198 state, NULL: not enabled */
	struct xmpp_csi *csi;	/* what is held; NULL: active (0352) */
	void **module;		/* state per module, by module index */
};

/* Sends to one client session: queue of 0198, serialiser, conn.  The stanza
 * goes as it is (to/from already set).  Safe on a cut session. */
void xmpp_session_send(struct xmpp_session *s, const struct stanza *st);
/* The same bytes to many: head is the start tag with this recipient's
 * attributes, tail is shared (xmpp_xml_write_head, xmpp_xml_tail). */
void xmpp_session_send_frame(struct xmpp_session *s, struct str head,
			     struct frame *tail);
struct xmpp_session *xmpp_session_find(struct xmpp *x, struct jid full);
/* The same where the account is at hand: it has few. */
struct xmpp_session *xmpp_session_with(const struct xmpp_account *acc,
				       struct str resource);
struct xmpp_session *xmpp_session_get(struct xmpp *x, uint64_t handle);
/* Next available session of the account after s (NULL: first). */
struct xmpp_session *xmpp_session_next(struct xmpp_account *acc,
				       struct xmpp_session *s);

/* Accounts: hot while they have sessions or work; a cold one is read by a
 * reader.  NULL when not in memory, or still being read. */
struct xmpp_account *xmpp_account_hot(struct xmpp *x, struct str bare);

/* Routing: `st` has from and to set as they are to be seen by the recipient.
 * Errors of delivery go back to its from as RFC 6120 10 and 6121 8.5 say.
 * A st without to, or with a bad one, is dropped. */
void xmpp_route(struct xmpp_ctx *c, const struct stanza *st);
/* The same where the address is known already. */
void xmpp_route_to(struct xmpp_ctx *c, struct jid to, const struct stanza *st);
bool xmpp_is_local(const struct xmpp *x, struct str domain); /* accounts */
bool xmpp_ending(const struct xmpp *x); /* who leaves now, comes back */

/* One stanza to many: serialised once, a head for each recipient. */
struct xmpp_fan {
	struct xmpp_ctx *c;
	const struct stanza *st;
	struct frame *tail;
};
void xmpp_fan_begin(struct xmpp_fan *f, struct xmpp_ctx *c,
		    const struct stanza *st);
/* from: full or bare JID to show, STR_NONE: as st says.  A local full JID
 * gets it at once, else it is routed. */
void xmpp_fan_to(struct xmpp_fan *f, struct jid to, struct str from);
void xmpp_fan_session(struct xmpp_fan *f, struct xmpp_session *s, struct str to,
		      struct str from);
void xmpp_fan_end(struct xmpp_fan *f);

#include "xmpp/service.h"

#endif
