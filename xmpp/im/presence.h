/* SPDX-License-Identifier: MIT */
/* presence.h - presence of clients: broadcast, probes, directed (RFC 6121 4)
 */
#ifndef GW_XMPP_IM_PRESENCE_H
#define GW_XMPP_IM_PRESENCE_H

#include "xmpp/account.h"
#include "xmpp/server.h"

void xmpp_presence_from_client(struct xmpp_ctx *c, struct stanza *st);
void xmpp_presence_in(struct xmpp_ctx *c, struct xmpp_account *acc,
		      struct jid to, const struct stanza *st);
/* A probe of nobody, or by nobody who may know: both get the same. */
void xmpp_presence_refuse(struct xmpp_ctx *c, const struct stanza *probe);
/* The session ends: all who saw it are told. */
void xmpp_presence_gone(struct xmpp_session *s);
/* Its memory. */
void xmpp_presence_forget(struct xmpp_session *s);

/* As the session was before a restart; nobody is told. */
void xmpp_presence_restore(struct xmpp_ctx *c, struct xmpp_session *s,
			   const struct stanza *st);
void xmpp_presence_directed(struct xmpp_session *s, struct jid to);

/* What each available resource shows now, or that it is gone, to one who may
 * see it. */
void xmpp_presence_show(struct xmpp_ctx *c, struct xmpp_account *acc,
			struct jid to, bool gone);

/* subscribe.c */
void xmpp_subscribe_from_client(struct xmpp_ctx *c, const struct stanza *st);
void xmpp_subscribe_in(struct xmpp_ctx *c, struct xmpp_account *acc,
		       const struct stanza *st);
/* Requests that waited for this client. */
void xmpp_subscribe_pending(struct xmpp_ctx *c, struct xmpp_session *s);
/* A subscription stanza from acc to a contact. */
void xmpp_subscribe_send(struct xmpp_ctx *c, struct xmpp_account *acc,
			 struct jid to, const char *type);

#endif
