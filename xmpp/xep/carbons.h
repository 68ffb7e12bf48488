/* SPDX-License-Identifier: MIT */
/* carbons.h - the rule of XEP-0280, for its test
 */
#ifndef GW_XMPP_XEP_CARBONS_H
#define GW_XMPP_XEP_CARBONS_H

#include "xmpp/xml/stanza.h"

/* PURE: may this message be copied to other clients? */
bool xmpp_carbons_may(const struct stanza *st);

#endif
