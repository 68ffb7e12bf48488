/* SPDX-License-Identifier: MIT */
/* later.c - IQs that are answered in another turn */
#include "xmpp/module.h"
#include "xmpp/server_private.h"

struct xmpp_later {
	struct list link; /* in the session's list */
	struct arena *a;
	struct xmpp_ctx c;
	const struct stanza *iq;
	bool orphan; /* its session has ended */
};

struct xmpp_later *xmpp_later(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct arena *a = arena_new();
	struct xmpp_later *l = arena_alloc(a, sizeof(*l));

	list_init(&l->link);
	l->a = a;
	l->c = *c;
	l->c.a = a;
	l->c.from = xmpp_jid_copy(a, c->from);
	l->c.to = xmpp_jid_copy(a, c->to);
	l->c.receipt = xmpp_receipt_ref(c->receipt);
	l->iq = stanza_copy(a, iq);
	if (c->session != NULL)
		list_append(&c->session->later, &l->link);
	return l;
}

bool xmpp_later_begin(struct xmpp_later *l, struct xmpp_ctx *c,
		      const struct stanza **iq)
{
	*c = l->c;
	*iq = l->iq;
	return !l->orphan && !l->c.x->stopping;
}

void xmpp_later_end(struct xmpp_later **l)
{
	struct xmpp_later *self = *l;
	struct arena *a;

	*l = NULL;
	if (self == NULL)
		return;
	a = self->a;
	list_del(&self->link);
	xmpp_receipt_unref(&self->c.receipt);
	arena_wipe(a); /* the IQ may have brought a password */
	arena_free(&a);
}

void xmpp_later_drop(struct xmpp_session *s)
{
	struct list *node;

	while ((node = list_pop(&s->later)) != NULL) {
		struct xmpp_later *l = LIST_OF(node, struct xmpp_later, link);

		l->orphan = true;
		l->c.session = NULL;
	}
}
