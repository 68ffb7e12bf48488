/* SPDX-License-Identifier: MIT */
/* sasl2.h - XEP-0388: a log-in that brings what it wants with it
 *
 * What a client asks for inline is kept until it has proved who it is, and
 * looked at only then.
 */
#ifndef GW_XMPP_XEP_SASL2_H
#define GW_XMPP_XEP_SASL2_H

#include "xmpp/account.h"
#include "xmpp/sasl/sasl_private.h"

#define XMPP_NS_SASL2 "urn:xmpp:sasl:2"

struct xmpp_sasl2 {
	struct str agent; /* id of <user-agent/>; secret: see fast.h */
	const struct stanza *bind, *resume, *fast; /* NULL: not asked for */
	struct str token;  /* mechanism a token is asked for; or none */
	unsigned upgrades; /* bits of enum crypto_hash */
	int upgrading;	   /* the one under way; -1: none */
	struct str salt;   /* that was sent for it */
	struct str data;   /* additional data of the mechanism */
	struct xmpp_fast_change *change; /* of tokens, under way or done */
};

void xmpp_sasl2_offer(struct xmpp_stream *s, struct arena *a,
		      struct stanza *features);
/* An exchange is under way: nothing but its elements may come. */
bool xmpp_sasl2_running(const struct xmpp_stream *s);
/* authenticate, response, abort, next, task-data: a stream error or NULL. */
const char *xmpp_sasl2_element(struct xmpp_stream *s, const struct stanza *el);
/* The tasks are done: tokens, account, resumption, bind, <success/>. */
void xmpp_sasl2_settle(struct xmpp_stream *s);
/* The tokens are on disk, or could not be written. */
void xmpp_sasl2_kept(struct xmpp_stream *s);
/* <additional-data/>, once. */
void xmpp_sasl2_add_data(struct xmpp_stream *s, struct arena *a,
			 struct stanza *el);

/* xep0386_bind2.c */
void xmpp_bind2_offer(struct arena *a, struct stanza *into);
/* A session with what <bind/> asks for; <bound/> goes into success. */
struct xmpp_session *xmpp_bind2(struct xmpp_stream *s, struct xmpp_account *acc,
				struct arena *a, struct stanza *success);

/* xep0480_upgrade.c */
void xmpp_upgrade_offer(struct xmpp_stream *s, struct arena *a,
			struct stanza *into);
void xmpp_upgrade_take(struct xmpp_sasl *sasl, const struct stanza *el);
/* True: a task is under way, and xmpp_sasl2_settle() comes after it. */
bool xmpp_upgrade_begin(struct xmpp_stream *s);
void xmpp_upgrade_element(struct xmpp_stream *s, const struct stanza *el);

#endif
