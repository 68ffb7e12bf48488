/* SPDX-License-Identifier: MIT */
/* receipt.h - what an inbound stanza still waits for before it is handled
 *
 * The h of <a/> (XEP-0198) is the longest prefix of stanzas whose effects are
 * committed.  Whoever starts a write for a stanza holds its receipt until the
 * commit's callback (or until the sender was told that it failed).  NULL is a
 * receipt too: nobody counts.
 */
#ifndef GW_XMPP_RECEIPT_H
#define GW_XMPP_RECEIPT_H

#include "xmpp/server.h"

struct xmpp_receipt {
	struct list link; /* in the session's sm, oldest first */
	struct xmpp *x;
	uint64_t session; /* handle; 0: not a client's */
	unsigned refs;
	unsigned booked; /* of these: end with a commit under way, in order */
	bool waited;	 /* was not handled at once */
	bool sure; /* sm.c: it and all before it end with commits under way */
	uint32_t seq;	    /* number of the stanza on its session, sm.c */
	enum gw_err result; /* other than OK: it went back with an error */
	/* For stanzas of the server itself: called when all is settled. */
	void (*settled)(void *arg, enum gw_err e);
	void *arg;
};

/* A new one, with one reference: for the stanza just read (sm.c), or for one
 * of the server itself. */
struct xmpp_receipt *xmpp_receipt_new(struct xmpp_session *s);
struct xmpp_receipt *xmpp_receipt_own(struct xmpp *x,
				      void (*settled)(void *arg, enum gw_err e),
				      void *arg);
struct xmpp_receipt *xmpp_receipt_ref(struct xmpp_receipt *r);
/* One that ends with a commit under way; and it is an ordinary one again. */
struct xmpp_receipt *xmpp_receipt_book(struct xmpp_receipt *r);
void xmpp_receipt_unbook(struct xmpp_receipt *r);
/* That commit is done, and so is what it was held for. */
void xmpp_receipt_settle(struct xmpp_receipt **r);
void xmpp_receipt_unref(struct xmpp_receipt **r);

#endif
