/* SPDX-License-Identifier: MIT */
/* pending.c - answers that are awaited for somebody else
 *
 * A delegated request waits for its component, a request for a person for
 * whoever answers it.  The ids are ours and random, so that nobody answers
 * what he was not asked.
 */
#include "xmpp/component/pending.h"

#define PENDING_MAX    5000
#define PENDING_OF_ONE 100
#define ANSWER_WITHIN  (30 * WHEN_SECOND)

static void on_timer(struct loop_timer *t)
{
	struct xmpp_pending *p = LIST_OF(t, struct xmpp_pending, timer);
	struct xmpp_ctx c;

	xmpp_ctx_begin(&c, p->all->x);
	p->done(p, &c, NULL);
	xmpp_ctx_end(&c);
	xmpp_pending_end(&p);
}

struct xmpp_pending *xmpp_pending_new(struct xmpp_components *all,
				      struct jid answerer, struct jid asker,
				      xmpp_pending_fn *done)
{
	struct arena *a;
	struct xmpp_pending *p;

	if (all->pending_count >= PENDING_MAX)
		return NULL;
	a = arena_new();
	p = arena_alloc(a, sizeof(*p));
	p->a = a;
	p->all = all;
	p->answerer = xmpp_jid_copy(a, answerer);
	p->asker = xmpp_jid_copy(a, asker);
	p->done = done;
	p->timer.fn = on_timer;
	loop_id(all->x->loop, p->id);
	loop_timer_start(all->x->loop, &p->timer, ANSWER_WITHIN);
	list_append(&all->pending, &p->link);
	all->pending_count++;
	return p;
}

bool xmpp_pending_may(const struct xmpp_components *all, struct str who)
{
	unsigned count = 0;

	LIST_EACH(node, &all->pending)
	{
		if (str_eq(LIST_OF(node, struct xmpp_pending, link)->who, who))
			count++;
	}
	return count < PENDING_OF_ONE;
}

bool xmpp_component_answer(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct xmpp_components *all = c->x->components;
	struct str id = stanza_attr(iq, "id");

	LIST_EACH(node, &all->pending)
	{
		struct xmpp_pending *p =
			LIST_OF(node, struct xmpp_pending, link);

		if (!str_is(id, p->id) ||
		    !str_eq(c->from.full, p->answerer.full) ||
		    !str_eq(c->to.full, p->asker.full))
			continue;
		list_del(&p->link);
		p->done(p, c, iq);
		xmpp_pending_end(&p);
		return true;
	}
	return false;
}

void xmpp_pending_end(struct xmpp_pending **pp)
{
	struct xmpp_pending *p = *pp;
	struct arena *a = p->a;

	*pp = NULL;
	list_del(&p->link);
	loop_timer_stop(p->all->x->loop, &p->timer);
	p->all->pending_count--;
	xmpp_later_end(&p->later);
	arena_free(&a);
}

void xmpp_pending_free(struct xmpp_components *all)
{
	while (!list_empty(&all->pending)) {
		struct xmpp_pending *p =
			LIST_OF(all->pending.next, struct xmpp_pending, link);

		xmpp_pending_end(&p);
	}
}
