/* SPDX-License-Identifier: MIT */
/* carbons.h - the rule of XEP-0280, for its test and for Bind 2
 */
#ifndef GW_XMPP_XEP_CARBONS_H
#define GW_XMPP_XEP_CARBONS_H

#include "xmpp/server.h"
#include "xmpp/xml/stanza.h"

#define XMPP_NS_CARBONS "urn:xmpp:carbons:2"

/* PURE: may this message, sent or received, be copied to other clients? */
bool xmpp_carbons_may(const struct stanza *st, bool outgoing);
void xmpp_carbons_enable(struct xmpp_session *s);

#endif
