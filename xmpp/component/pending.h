/* SPDX-License-Identifier: MIT */
/* pending.h - answers that are awaited for somebody else
 */
#ifndef GW_XMPP_COMPONENT_PENDING_H
#define GW_XMPP_COMPONENT_PENDING_H

#include "xmpp/component/component_private.h"

struct xmpp_pending;
/* answer NULL: none came in time.  p is freed afterwards. */
typedef void xmpp_pending_fn(struct xmpp_pending *p, struct xmpp_ctx *c,
			     const struct stanza *answer);

struct xmpp_pending {
	struct list link;
	struct arena *a;
	struct xmpp_components *all;
	char id[17];
	struct jid answerer; /* who was asked */
	struct jid asker;    /* in whose name */
	struct str who;	     /* whose share it is of */
	xmpp_pending_fn *done;
	struct loop_timer timer;
	struct xmpp_later *later; /* whom we answer: a client, or */
	struct jid component;	  /* a component, */
	struct str outer, inner;  /* whose ids were these */
};

/* NULL: too many wait already. */
struct xmpp_pending *xmpp_pending_new(struct xmpp_components *all,
				      struct jid answerer, struct jid asker,
				      xmpp_pending_fn *done);
/* Nobody has everybody else's share. */
bool xmpp_pending_may(const struct xmpp_components *all, struct str who);
void xmpp_pending_end(struct xmpp_pending **p);

#endif
