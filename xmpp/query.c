/* SPDX-License-Identifier: MIT */
/* query.c - what the server itself asks of clients */
#include "xmpp/server_private.h"

struct query {
	struct list link;
	struct xmpp *x;
	uint64_t session;
	char id[17];
	xmpp_query_fn *done;
	void *arg;
	struct loop_timer timer;
};

static void finish(struct query *q, enum gw_err e, struct xmpp_ctx *c,
		   const struct stanza *answer)
{
	list_del(&q->link);
	loop_timer_stop(q->x->loop, &q->timer);
	q->done(q->arg, e, c, answer);
	mem_free(q);
}

static void give_up(struct query *q)
{
	struct xmpp_ctx c;

	xmpp_ctx_begin(&c, q->x);
	finish(q, GW_UNAVAIL, &c, NULL);
	xmpp_ctx_end(&c);
}

static void on_timer(struct loop_timer *t)
{
	give_up(LIST_OF(t, struct query, timer));
}

void xmpp_query(struct xmpp_ctx *c, struct xmpp_session *s,
		struct stanza *payload, int64_t within, xmpp_query_fn *done,
		void *arg)
{
	struct query *q = mem_new(sizeof(*q));
	struct stanza *iq = stanza_new(c->a, "iq", NS_CLIENT);

	q->x = c->x;
	q->session = s->handle;
	q->done = done;
	q->arg = arg;
	q->timer.fn = on_timer;
	loop_id(c->x->loop, q->id);
	list_append(&c->x->queries, &q->link);
	loop_timer_start(c->x->loop, &q->timer, within);
	stanza_set_attr(c->a, iq, "type", STR("get"));
	stanza_set_attr(c->a, iq, "id", str_of(q->id));
	stanza_set_attr(c->a, iq, "from", xmpp_domain(c->x));
	stanza_set_attr(c->a, iq, "to", s->jid.full);
	stanza_add(iq, payload);
	xmpp_session_send(s, iq);
}

bool xmpp_query_answer(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct str id = stanza_attr(iq, "id");

	LIST_EACH(node, &c->x->queries)
	{
		struct query *q = LIST_OF(node, struct query, link);

		if (c->session == NULL || q->session != c->session->handle ||
		    !str_is(id, q->id))
			continue;
		finish(q, GW_OK, c, iq);
		return true;
	}
	return false;
}

/* A done() may ask again, so the list is walked from its start each time. */
void xmpp_query_drop(struct xmpp_session *s)
{
	struct list *node = s->x->queries.next;

	while (node != &s->x->queries) {
		struct query *q = LIST_OF(node, struct query, link);

		node = node->next;
		if (q->session != s->handle)
			continue;
		give_up(q);
		node = s->x->queries.next;
	}
}
