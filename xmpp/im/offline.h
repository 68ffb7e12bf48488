/* SPDX-License-Identifier: MIT */
/* offline.h - messages for people who are not there (XEP-0160)
 *
 * A row is deleted when its client acknowledged it (0198), or, without 0198,
 * showed that it is alive after all was written.  So a message may come twice,
 * and never not at all.
 */
#ifndef GW_XMPP_IM_OFFLINE_H
#define GW_XMPP_IM_OFFLINE_H

#include "xmpp/account.h"
#include "xmpp/module.h"
#include "xmpp/server.h"

/* Stores it (c->receipt is held until it is on disk) or sends it back; false:
 * not a message to store. */
bool xmpp_offline_store(struct xmpp_ctx *c, const struct xmpp_message *m);
/* To a session that has just become available with priority >= 0. */
void xmpp_offline_deliver(struct xmpp_session *s);
/* The same, to whoever is there. */
void xmpp_offline_hand_out(struct xmpp_account *acc);
/* The client is alive and everything was written. */
void xmpp_offline_proof(struct xmpp_session *s);
void xmpp_offline_session_end(struct xmpp_session *s);
/* A row that was handed out came back: it is delivered again. */
void xmpp_offline_again(struct xmpp_account *acc, int64_t id);

/* <delay/> of XEP-0203 by the host. */
void xmpp_delay_add(struct xmpp_ctx *c, struct stanza *st, int64_t wall);

#endif
