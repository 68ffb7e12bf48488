/* SPDX-License-Identifier: MIT */
/* sasl.h - logging in (RFC 6120 6)
 */
#ifndef GW_XMPP_SASL_SASL_H
#define GW_XMPP_SASL_SASL_H

#include "xmpp/stream/stream.h"

#define XMPP_NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"

/* <mechanisms/> and the channel bindings (XEP-0440) of this stream. */
void xmpp_sasl_offer(struct xmpp_stream *s, struct arena *a,
		     struct stanza *features);
/* auth, response, abort; returns a stream error or NULL. */
const char *xmpp_sasl_element(struct xmpp_stream *s, const struct stanza *el);
void xmpp_sasl_free(struct xmpp_sasl **sasl);

#endif
