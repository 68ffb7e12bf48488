/* SPDX-License-Identifier: MIT */
/* fast.h - XEP-0484: a token for the next log-in
 *
 * A token is made of a seed (256 bits from the kernel) and of the id by which
 * a client knows its installation (<user-agent id=.../>, a secret between the
 * two).  Kept are the seed and a hash of the id: who reads the store can make
 * no token of that.
 */
#ifndef GW_XMPP_XEP_FAST_H
#define GW_XMPP_XEP_FAST_H

#include "xmpp/stream/stream.h"

#define XMPP_NS_FAST  "urn:xmpp:fast:0"
#define XMPP_NS_BIND2 "urn:xmpp:bind:0"

void xmpp_fast_offer(struct xmpp_stream *s, struct arena *a,
		     struct stanza *into);
/* The message of an HT-* mechanism. */
void xmpp_fast_login(struct xmpp_stream *s, struct str msg);
/* After a log-in: counters, rotation, a token asked for.  Calls
 * xmpp_sasl2_kept() when that is on disk. */
void xmpp_fast_keep(struct xmpp_stream *s);
/* <token/>, if there is a new one. */
void xmpp_fast_add(struct xmpp_stream *s, struct arena *a,
		   struct stanza *success);
/* Disabled, or another password: all tokens of the account are void. */
void xmpp_fast_revoke(struct xmpp *x, struct str bare);

#endif
