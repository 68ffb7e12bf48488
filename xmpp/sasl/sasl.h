/* SPDX-License-Identifier: MIT */
/* sasl.h - logging in (RFC 6120 6)
 */
#ifndef GW_XMPP_SASL_SASL_H
#define GW_XMPP_SASL_SASL_H

#include "xmpp/stream/stream.h"

#define XMPP_NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"

/* Decides what this stream is offered now. */
void xmpp_sasl_choose(struct xmpp_stream *s);
/* That, as <mechanism/> elements of list, and the bindings (XEP-0440). */
void xmpp_sasl_offer(struct xmpp_stream *s, struct arena *a,
		     struct stanza *list, const char *ns);
void xmpp_sasl_offer_bindings(struct xmpp_stream *s, struct arena *a,
			      struct stanza *features);
/* auth, response, abort; returns a stream error or NULL. */
const char *xmpp_sasl_element(struct xmpp_stream *s, const struct stanza *el);
bool xmpp_sasl_is_of(const struct xmpp_sasl *sasl, struct str bare);
void xmpp_sasl_free(struct xmpp_sasl **sasl);

#endif
