/* SPDX-License-Identifier: MIT */
/* sm_queue.c - XEP-0198: what a client has not acknowledged
 *
 * When the time to resume is over it goes to the person's other clients, to
 * the store, or back; a message that is a row on disk waits there.
 */
#include <assert.h>

#include "xmpp/im/delivery.h"
#include "xmpp/im/held.h"
#include "xmpp/im/offline.h"
#include "xmpp/xep/sm_private.h"

#define NS_CARBONS "urn:xmpp:carbons:2"

struct sm_entry *xmpp_sm_entry(struct xmpp_sm *sm, struct str head,
			       struct frame *tail, int64_t row)
{
	struct xmpp_session *s = sm->s;
	struct sm_entry *e = mem_new(sizeof(*e) + head.n);

	e->at = loop_now(s->x->loop);
	e->wall = loop_wall(s->x->loop);
	e->row = row;
	e->tail = frame_ref(tail);
	e->head_len = head.n;
	if (head.n > 0)
		memcpy(e->head, head.p, head.n);
	list_append(&sm->queue, &e->link);
	sm->queued++;
	sm->overflow = sm->queued > (uint32_t)s->x->conf->resume_queue;
	if (row != 0)
		xmpp_held_take(s->account, row);
	return e;
}

bool xmpp_sm_send(struct xmpp_session *s, struct str head, struct frame *tail,
		  int64_t row)
{
	struct xmpp_sm *sm = s->sm;

	if (sm == NULL)
		return false;
	(void)xmpp_sm_entry(sm, head, tail, row);
	xmpp_session_write(s, head, tail);
	loop_defer(s->x->loop, &sm->ask);
	return true;
}

bool xmpp_sm_queue_has_rows(const struct xmpp_sm *sm)
{
	LIST_EACH(node, &sm->queue)
	{
		if (LIST_OF(node, struct sm_entry, link)->row != 0)
			return true;
	}
	return false;
}

static void entry_free(struct sm_entry *e)
{
	frame_unref(&e->tail);
	mem_free(e);
}

bool xmpp_sm_take_ack(struct xmpp_session *s, uint32_t h)
{
	struct xmpp_sm *sm = s->sm;
	uint32_t n = h - sm->acked;

	if (n > sm->queued)
		return false;
	sm->acked = h;
	sm->queued -= n;
	sm->overflow = false;
	for (; n > 0; n--) {
		struct list *node = list_pop(&sm->queue);
		struct sm_entry *e = LIST_OF(node, struct sm_entry, link);

		assert(node != NULL); /* queued counts what is in the queue */
		if (e->row != 0)
			xmpp_held_got(s->account, e->row);
		entry_free(e);
	}
	return true;
}

/* A message to all clients was seen by those that were there then. */
static bool others_have_it(struct xmpp_account *acc, int64_t at)
{
	for (struct xmpp_session *s = xmpp_session_next(acc, NULL); s != NULL;
	     s = xmpp_session_next(acc, s))
		if (s->priority >= 0 && s->bound_at <= at)
			return true;
	return false;
}

static bool is_carbon(const struct stanza *st)
{
	return stanza_child(st, "sent", NS_CARBONS) != NULL ||
	       stanza_child(st, "received", NS_CARBONS) != NULL;
}

/* When it was sent: by the loop's clock, and for people. */
struct sent_at {
	int64_t at, wall;
};

static void reroute_message(struct xmpp_ctx *c, struct xmpp_account *acc,
			    struct sent_at t, const struct stanza *in)
{
	struct stanza *st;
	struct jid to;

	if (is_carbon(in))
		return;
	if (xmpp_jid_parse(c->a, stanza_attr(in, "to"), &to) == GW_OK &&
	    to.resource.p == NULL && others_have_it(acc, t.at))
		return;
	st = stanza_copy_head(c->a, in);
	if (stanza_child(st, "delay", NS_DELAY) == NULL)
		xmpp_delay_add(c, st, t.wall);
	xmpp_route_local(c, acc, acc->jid, st);
}

static void reroute(struct xmpp_account *acc, struct str text, struct sent_at t)
{
	struct xmpp_ctx c;
	struct stanza *st;
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };
	enum xmpp_kind kind;

	xmpp_ctx_begin(&c, acc->x);
	if (xmpp_xml_parse(acc->x->parser, &root, text, c.a, &st) == GW_OK &&
	    xmpp_jid_parse(c.a, stanza_attr(st, "from"), &c.from) == GW_OK) {
		c.to = acc->jid;
		kind = xmpp_delivery_kind(st);
		if (kind == KIND_NORMAL || kind == KIND_CHAT)
			reroute_message(&c, acc, t, st);
		else if (kind == KIND_IQ_REQUEST)
			xmpp_bounce(&c, st, XMPP_SERVICE_UNAVAILABLE);
	}
	xmpp_ctx_end(&c);
}

void xmpp_sm_reroute(struct xmpp_account *acc, struct str text, int64_t wall)
{
	reroute(acc, text,
		(struct sent_at){ .at = loop_now(acc->x->loop), .wall = wall });
}

void xmpp_sm_refuse(struct xmpp *x, struct jid to, struct str text)
{
	struct xmpp_ctx c;
	struct stanza *st;
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };
	enum xmpp_kind kind;

	xmpp_ctx_begin(&c, x);
	if (xmpp_xml_parse(x->parser, &root, text, c.a, &st) == GW_OK &&
	    xmpp_jid_parse(c.a, stanza_attr(st, "from"), &c.from) == GW_OK) {
		c.to = to;
		kind = xmpp_delivery_kind(st);
		if ((kind == KIND_NORMAL || kind == KIND_CHAT ||
		     kind == KIND_IQ_REQUEST) &&
		    !is_carbon(st))
			xmpp_bounce(&c, st, XMPP_SERVICE_UNAVAILABLE);
	}
	xmpp_ctx_end(&c);
}

static void give_up(struct xmpp_account *acc, const struct sm_entry *e)
{
	struct str head = str_make(e->head, e->head_len);
	struct buf text = { 0 };

	if (e->row != 0 &&
	    xmpp_held_drop(acc, e->row, head, frame_str(e->tail)))
		return;
	buf_add_str(&text, head);
	buf_add_str(&text, frame_str(e->tail));
	reroute(acc, buf_str(&text),
		(struct sent_at){ .at = e->at, .wall = e->wall });
	buf_fini(&text);
}

void xmpp_sm_free(struct xmpp_sm *sm)
{
	struct xmpp *x = sm->s->x;
	struct list *node;

	sm->s->sm = NULL;
	loop_timer_stop(x->loop, &sm->expire);
	loop_defer_cancel(&sm->ask);
	list_del(&sm->dirty);
	if (sm->resumable)
		map_del(&xmpp_sm_host(x)->by_id, str_of(sm->id));
	while (list_pop(&sm->receipts) != NULL)
		;
	while ((node = list_pop(&sm->queue)) != NULL)
		entry_free(LIST_OF(node, struct sm_entry, link));
	mem_free(sm);
}

void xmpp_sm_end(struct xmpp_session *s)
{
	struct xmpp_sm *sm = s->sm;
	struct list queue, *node;

	if (sm == NULL)
		return;
	list_init(&queue);
	while ((node = list_pop(&sm->queue)) != NULL)
		list_append(&queue, node);
	xmpp_sm_free(sm);
	while ((node = list_pop(&queue)) != NULL) {
		struct sm_entry *e = LIST_OF(node, struct sm_entry, link);

		give_up(s->account, e);
		entry_free(e);
	}
}
