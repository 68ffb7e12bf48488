/* SPDX-License-Identifier: MIT */
/* message.h - messages: what a client sends, what an account receives
 */
#ifndef GW_XMPP_IM_MESSAGE_H
#define GW_XMPP_IM_MESSAGE_H

#include "xmpp/account.h"
#include "xmpp/server.h"

void xmpp_message_from_client(struct xmpp_ctx *c, struct stanza *st);
/* As if a client of acc, which need not be there, had sent it to c->to. */
void xmpp_message_out(struct xmpp_ctx *c, struct xmpp_account *acc,
		      const struct stanza *st);
void xmpp_message_in(struct xmpp_ctx *c, struct xmpp_account *acc,
		     struct jid to, const struct stanza *st);

#endif
