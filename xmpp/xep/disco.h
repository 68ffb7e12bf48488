/* SPDX-License-Identifier: MIT */
/* disco.h - what the host says of itself (XEP-0030), for caps too
 */
#ifndef GW_XMPP_XEP_DISCO_H
#define GW_XMPP_XEP_DISCO_H

#include "xmpp/server.h"

#define NS_DISCO_INFO  "http://jabber.org/protocol/disco#info"
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"

/* <query/> with identity and features of the host, features sorted. */
struct stanza *xmpp_disco_host(struct xmpp *x, struct arena *a);

/* Whether who asks may see the presence of the account asked: others must not
 * even learn that it exists (B15). */
bool xmpp_disco_may_see(struct xmpp_ctx *c);

/* xep0115_caps.c: what is on may be another after a reload. */
void xmpp_caps_renew(struct xmpp *x);

#endif
