/* SPDX-License-Identifier: MIT */
/* register.h - accounts made on the stream, and who may (XEP-0077, 0445)
 */
#ifndef GW_XMPP_XEP_REGISTER_H
#define GW_XMPP_XEP_REGISTER_H

#include "xmpp/stream/stream.h"

#define XMPP_NS_PREAUTH "urn:xmpp:pars:0"

/* xep0077_register.c: before log-in. */
void xmpp_register_offer(struct xmpp_stream *s, struct arena *a,
			 struct stanza *features);
/* An IQ of who has not logged in: a stream error or NULL. */
const char *xmpp_register_guest(struct xmpp_stream *s, const struct stanza *iq);

/* xep0445_invitation.c: the name an invitation is kept under, or STR_NONE:
 * there is none that is good for this host. */
struct str xmpp_invitation_find(struct xmpp_stream *s, struct arena *a,
				struct str token);
/* 5: is the name promised to who has another invitation than this? */
bool xmpp_invitation_reserves(struct xmpp *x, struct jid account,
			      struct str but);
/* May it be used for this account now? */
bool xmpp_invitation_fits(struct xmpp *x, struct str name, struct jid account);
/* Used up on disk, before an account is made of it; given back if none was.
 * Its inviter and the newcomer are contacts then (XEP-0401 4.4). */
void xmpp_invitation_take(struct xmpp *x, struct str name, struct jid account,
			  void (*done)(void *arg, enum gw_err e), void *arg);
void xmpp_invitation_end(struct xmpp *x, struct str name, bool used);

/* XEP-0379: contact shows a token with its request to acc.  The invitation's
 * name, nobody else's until xmpp_invitation_met(), or STR_NONE: acc has not
 * invited it.  met: it is used up. */
struct str xmpp_invitation_meets(struct xmpp *x, struct arena *a,
				 struct str token, struct jid acc,
				 struct jid contact);
void xmpp_invitation_met(struct xmpp *x, struct str name, bool met);

#endif
