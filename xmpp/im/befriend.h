/* SPDX-License-Identifier: MIT */
/* befriend.h - two persons of this server become contacts of each other
 */
#ifndef GW_XMPP_IM_BEFRIEND_H
#define GW_XMPP_IM_BEFRIEND_H

#include "xmpp/server.h"

/* Both lists say "both" and are pushed, both see each other; done after the
 * commits.  Not called any more once the server stops. */
void xmpp_befriend(struct xmpp *x, struct jid one, struct jid other,
		   void (*done)(void *arg, enum gw_err e), void *arg);

#endif
