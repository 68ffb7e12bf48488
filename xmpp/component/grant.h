/* SPDX-License-Identifier: MIT */
/* grant.h - what is granted to components: XEP-0356 and XEP-0355
 */
#ifndef GW_XMPP_COMPONENT_GRANT_H
#define GW_XMPP_COMPONENT_GRANT_H

#include "xmpp/component/component_private.h"

/* privilege.c: XEP-0356; true: it was for the server. */
void xmpp_privilege_greet(struct xmpp_ctx *c, const struct xmpp_component *k);
bool xmpp_privilege_message(struct xmpp_ctx *c, const struct stanza *st);
enum xmpp_verdict xmpp_privilege_roster(struct xmpp_ctx *c,
					const struct stanza *iq);
enum xmpp_verdict xmpp_privilege_iq(struct xmpp_ctx *c,
				    const struct stanza *iq);

/* shown.c: presence of persons and contacts, to those who may see it. */
void xmpp_shown_configure(struct xmpp_components *all);
void xmpp_shown_presence(struct xmpp_ctx *c, const struct stanza *st);
void xmpp_shown_all(struct xmpp_ctx *c, const struct xmpp_component *k);
void xmpp_shown_forget(struct xmpp_components *all);

/* delegation.c: XEP-0355. */
void xmpp_delegation_greet(struct xmpp_ctx *c, const struct xmpp_component *k);

#endif
