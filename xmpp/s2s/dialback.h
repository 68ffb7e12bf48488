/* SPDX-License-Identifier: MIT */
/* dialback.h - XEP-0220: keys sent, verified, and answered for
 *
 * A key another server showed is verified over the link to its domain, under
 * that link's policy: where a good certificate is demanded, the answer comes
 * over a connection whose certificate is good.
 */
#ifndef GW_XMPP_S2S_DIALBACK_H
#define GW_XMPP_S2S_DIALBACK_H

#include "xmpp/s2s/link.h"

/* Accepted: <db:result/> with a key, <db:verify/> with a key. */
const char *xmpp_s2s_dialback_result(struct xmpp_s2s_stream *s,
				     const struct stanza *el);
const char *xmpp_s2s_dialback_verify(struct xmpp_s2s_stream *s,
				     const struct stanza *el);

/* Dialled: our key. */
void xmpp_s2s_dialback_prove(struct xmpp_s2s_stream *s,
			     struct xmpp_s2s_link *l);
/* Dialled: an answer to <db:verify/>.  One nobody asked for is dropped. */
void xmpp_s2s_dialback_answer(struct xmpp_s2s_link *l, const struct stanza *el);
/* Sends the keys that wait; how many answers are still to come. */
unsigned xmpp_s2s_dialback_ask(struct xmpp_s2s_link *l,
			       struct xmpp_s2s_stream *s);
/* The link has failed: nobody can say. */
void xmpp_s2s_dialback_give_up(struct xmpp_s2s_link *l);

#endif
