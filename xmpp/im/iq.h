/* SPDX-License-Identifier: MIT */
/* iq.h - IQs of clients, to the host, to accounts
 */
#ifndef GW_XMPP_IM_IQ_H
#define GW_XMPP_IM_IQ_H

#include "xmpp/account.h"
#include "xmpp/server.h"

void xmpp_iq_from_client(struct xmpp_ctx *c, struct stanza *iq);
void xmpp_iq_to_host(struct xmpp_ctx *c, const struct stanza *iq);
void xmpp_iq_in(struct xmpp_ctx *c, struct xmpp_account *acc, struct jid to,
		const struct stanza *iq);

#endif
