/* SPDX-License-Identifier: MIT */
/* sent.c - what a component was sent and may never have got
 *
 * XEP-0114 knows no acknowledgement.  But what still waits in our queue when
 * the connection ends was surely not read, and a request that was not answered
 * never will be: their senders are told, so that nobody waits in vain.
 */
#include "xmpp/component/component_private.h"

#define UNANSWERED_MAX 1000

struct sent {
	struct list link;
	uint64_t end; /* bytes queued on the connection up to its last one */
	bool request;
	struct str name, type, id, from, to;
};

static struct str put(char **at, struct str s)
{
	struct str out = str_make(s.p != NULL ? *at : NULL, s.n);

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return out;
}

static struct sent *sent_new(const struct stanza *st)
{
	struct str type = stanza_attr(st, "type"), id = stanza_attr(st, "id");
	struct str from = stanza_attr(st, "from"), to = stanza_attr(st, "to");
	struct sent *s = mem_new(sizeof(*s) + st->name.n + type.n + id.n +
				 from.n + to.n + 1);
	char *at = (char *)(s + 1);

	s->name = put(&at, st->name);
	s->type = put(&at, type);
	s->id = put(&at, id);
	s->from = put(&at, from);
	s->to = put(&at, to);
	s->request = str_is(st->name, "iq");
	return s;
}

static bool matters(const struct stanza *st)
{
	struct str type = stanza_attr(st, "type");

	if (str_is(type, "error"))
		return false;
	if (stanza_is(st, "iq", NULL))
		return !str_is(type, "result");
	return stanza_is(st, "message", NULL) || str_is(type, "subscribe");
}

static void bounded(struct xmpp_component_stream *s)
{
	if (s->unanswered_count < UNANSWERED_MAX) {
		s->unanswered_count++;
		return;
	}
	mem_free(LIST_OF(list_pop(&s->unanswered), struct sent, link));
}

/* What the socket has taken is the component's; its requests stay open. */
static void prune(struct xmpp_component_stream *s)
{
	uint64_t waits = conn_unsent(s->c); /* with what TLS adds */
	uint64_t written = waits < s->queued ? s->queued - waits : 0;
	struct sent *one;

	while (!list_empty(&s->unsent)) {
		one = LIST_OF(s->unsent.next, struct sent, link);
		if (one->end > written)
			return;
		list_del(&one->link);
		if (!one->request) {
			mem_free(one);
			continue;
		}
		bounded(s);
		list_append(&s->unanswered, &one->link);
	}
}

void xmpp_component_sent(struct xmpp_component_stream *s,
			 const struct stanza *st)
{
	struct sent *one;

	prune(s);
	if (!matters(st))
		return;
	one = sent_new(st);
	one->end = s->queued;
	list_append(&s->unsent, &one->link);
}

void xmpp_component_answered(struct xmpp_component_stream *s,
			     const struct stanza *iq)
{
	struct str id = stanza_attr(iq, "id"), to = stanza_attr(iq, "to");

	prune(s);
	LIST_EACH(node, &s->unanswered)
	{
		struct sent *one = LIST_OF(node, struct sent, link);

		if (!str_eq(one->id, id) || !str_eq(one->from, to))
			continue;
		list_del(&one->link);
		mem_free(one);
		s->unanswered_count--;
		return;
	}
}

static void give_back(struct xmpp_component_stream *s, const struct sent *one)
{
	struct xmpp_ctx c;
	struct stanza *st;

	xmpp_ctx_begin(&c, s->all->x);
	st = stanza_new(c.a, arena_strndup(c.a, one->name.p, one->name.n),
			NS_CLIENT);
	if (one->type.p != NULL)
		stanza_set_attr(c.a, st, "type", one->type);
	if (one->id.p != NULL)
		stanza_set_attr(c.a, st, "id", one->id);
	stanza_set_attr(c.a, st, "from", one->from);
	stanza_set_attr(c.a, st, "to", one->to);
	xmpp_bounce(&c, st, XMPP_REMOTE_SERVER_TIMEOUT);
	xmpp_ctx_end(&c);
}

static void give_back_all(struct xmpp_component_stream *s, struct list *from)
{
	struct list *node;

	while ((node = list_pop(from)) != NULL) {
		struct sent *one = LIST_OF(node, struct sent, link);

		if (!s->all->x->stopping)
			give_back(s, one);
		mem_free(one);
	}
}

void xmpp_component_lost(struct xmpp_component_stream *s)
{
	prune(s);
	give_back_all(s, &s->unanswered);
	give_back_all(s, &s->unsent);
	s->unanswered_count = 0;
}
