/* SPDX-License-Identifier: MIT */
/* query.c - what the server itself asks of clients, and of others */
#include "xmpp/server_private.h"

struct query {
	struct list link;
	struct xmpp *x;
	uint64_t session; /* 0: not a client's */
	char *jid;	  /* whose, then */
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
	mem_free(q->jid);
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

static struct query *query_new(struct xmpp *x, int64_t within,
			       xmpp_query_fn *done, void *arg)
{
	struct query *q = mem_new(sizeof(*q));

	q->x = x;
	q->done = done;
	q->arg = arg;
	q->timer.fn = on_timer;
	loop_id(x->loop, q->id);
	list_append(&x->queries, &q->link);
	loop_timer_start(x->loop, &q->timer, within);
	return q;
}

void xmpp_query_jid(struct xmpp_ctx *c, struct stanza *payload, int64_t within,
		    xmpp_query_fn *done, void *arg)
{
	struct query *q = query_new(c->x, within, done, arg);
	struct stanza *iq = stanza_new(c->a, "iq", NS_CLIENT);

	q->jid = mem_strndup(c->to.full.p, c->to.full.n);
	stanza_set_attr(c->a, iq, "type", STR("set"));
	stanza_set_attr(c->a, iq, "id", str_of(q->id));
	stanza_set_attr(c->a, iq, "from", c->from.full);
	stanza_set_attr(c->a, iq, "to", c->to.full);
	stanza_add(iq, payload);
	xmpp_route_to(c, c->to, iq);
}

static bool is_answer_to(const struct query *q, const struct xmpp_ctx *c)
{
	if (q->jid != NULL)
		return str_is(c->from.full, q->jid);
	return c->session != NULL && q->session == c->session->handle;
}

void xmpp_query(struct xmpp_ctx *c, struct xmpp_session *s,
		struct stanza *payload, int64_t within, xmpp_query_fn *done,
		void *arg)
{
	struct query *q = query_new(c->x, within, done, arg);
	struct stanza *iq = stanza_new(c->a, "iq", NS_CLIENT);

	q->session = s->handle;
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

		if (!is_answer_to(q, c) || !str_is(id, q->id))
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

void xmpp_query_end_all(struct xmpp *x)
{
	while (!list_empty(&x->queries))
		give_up(LIST_OF(x->queries.next, struct query, link));
}
