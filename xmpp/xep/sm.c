/* SPDX-License-Identifier: MIT */
/* sm.c - XEP-0198: what arrived is said, what did not is sent again
 *
 * h is the longest prefix of the client's stanzas whose effects are committed
 * (receipt.h); an <a/> that is behind is followed by another when the commit
 * is done.  What the client did not acknowledge when its time to resume is
 * over goes to its other clients, to the store, or back.
 */
#include "xmpp/xep/sm.h"

#include <stdio.h>

#include "gateway/run/log.h"
#include "gateway/store/xmpp/resume.h"
#include "xmpp/im/journal.h"
#include "xmpp/xep/csi.h"
#include "xmpp/xep/push.h"
#include "xmpp/xep/sm_private.h"

#define NS_PING	      "urn:xmpp:ping"
#define ANSWER_WITHIN (15 * WHEN_SECOND)

extern const struct xmpp_module xmpp_mod_sm;

struct sm_host *xmpp_sm_host(struct xmpp *x)
{
	return xmpp_module_host(x, &xmpp_mod_sm);
}

static uint32_t handled(const struct xmpp_sm *sm)
{
	if (list_empty(&sm->receipts))
		return sm->received;
	return LIST_OF(sm->receipts.next, struct xmpp_receipt, link)->seq - 1;
}

static void write_text(struct xmpp_session *s, const char *text)
{
	struct conn *c = conn_find(s->x->net, s->conn);

	if (c != NULL)
		conn_write_str(c, str_of(text));
}

static void send_ack(struct xmpp_session *s)
{
	char text[64];

	snprintf(text, sizeof(text), "<a xmlns='" NS_SM "' h='%u'/>",
		 handled(s->sm));
	write_text(s, text);
	s->sm->owe = !list_empty(&s->sm->receipts);
}

struct xmpp_receipt *xmpp_sm_count(struct xmpp_session *s)
{
	struct xmpp_receipt *r;

	if (s->sm == NULL)
		return NULL;
	r = xmpp_receipt_new(s);
	r->seq = ++s->sm->received;
	list_append(&s->sm->receipts, &r->link);
	if (s->sm->resumable && list_empty(&s->sm->dirty))
		list_append(&xmpp_sm_host(s->x)->dirty, &s->sm->dirty);
	return r;
}

/* From the newest back to those found sure before, and on from there: many
 * wait for the disk, and each turn adds a few. */
uint32_t xmpp_sm_prefix(struct xmpp_sm *sm)
{
	struct list *node = sm->receipts.prev;

	while (node != &sm->receipts &&
	       !LIST_OF(node, struct xmpp_receipt, link)->sure)
		node = node->prev;
	for (node = node->next; node != &sm->receipts; node = node->next) {
		struct xmpp_receipt *r =
			LIST_OF(node, struct xmpp_receipt, link);

		if (r->refs > r->booked)
			return r->seq - 1;
		r->sure = true;
	}
	return sm->received;
}

void xmpp_sm_doubt(struct xmpp_receipt *r)
{
	struct xmpp_session *s = xmpp_session_get(r->x, r->session);
	struct list *node = &r->link;

	if (s == NULL || s->sm == NULL || list_empty(&r->link))
		return;
	for (; node != &s->sm->receipts; node = node->next)
		LIST_OF(node, struct xmpp_receipt, link)->sure = false;
}

static void write_h(struct xmpp_sm *sm, struct journal *batch)
{
	uint32_t h = xmpp_sm_prefix(sm);

	if (h == sm->saved)
		return;
	sm->saved = h;
	journal_session(batch, &(struct journal_session){
				       .id = str_of(sm->id),
				       .account = sm->s->account->jid.full,
				       .h = h,
				       .stamp = loop_wall(sm->s->x->loop),
			       });
}

void xmpp_sm_journal(struct xmpp *x, struct journal *batch)
{
	struct list *node;

	while ((node = list_pop(&xmpp_sm_host(x)->dirty)) != NULL)
		write_h(LIST_OF(node, struct xmpp_sm, dirty), batch);
}

void xmpp_sm_save_h(struct xmpp_sm *sm)
{
	struct journal *batch = xmpp_journal_batch(sm->s->x);

	if (batch != NULL && sm->resumable)
		write_h(sm, batch);
}

void xmpp_sm_handled(struct xmpp_session *s, struct xmpp_receipt *r)
{
	bool late = r->waited && (int32_t)(r->seq - s->sm->saved) > 0;

	list_del(&r->link);
	mem_free(r);
	/* Its effect is on disk and its h is not: it would be sent again. */
	if (late)
		xmpp_sm_save_h(s->sm);
	if (s->sm->owe && list_empty(&s->sm->receipts))
		send_ack(s);
}

/* Once per turn: asks for an ack, or ends a client that never gives one.  Not
 * while sending, which may be in the middle of a walk over sessions. */
static void on_ask(struct loop_task *t)
{
	struct xmpp_sm *sm = LIST_OF(t, struct xmpp_sm, ask);

	if (sm->overflow) {
		xmpp_sm_save_h(sm);
		xmpp_session_kill(sm->s, "resource-constraint",
				  "too many unacknowledged stanzas");
		return;
	}
	if (sm->asked || list_empty(&sm->queue))
		return;
	sm->asked = true;
	write_text(sm->s, "<r xmlns='" NS_SM "'/>");
}

static enum gw_err h_of(const struct stanza *el, uint32_t *h)
{
	int64_t n;

	if (str_int(stanza_attr(el, "h"), 0, UINT32_MAX, &n) != GW_OK)
		return GW_BAD_INPUT;
	*h = (uint32_t)n;
	return GW_OK;
}

/* XEP-0198 4: with the numbers, so that the fault can be found. */
static void refuse_ack(struct xmpp_stream *st, const struct xmpp_sm *sm,
		       uint32_t h)
{
	struct arena *a = xmpp_arena_get(st->x);
	struct stanza *el = stanza_new(a, "handled-count-too-high", NS_SM);

	stanza_set_attr(a, el, "h", str_of(arena_printf(a, "%u", h)));
	stanza_set_attr(a, el, "send-count",
			str_of(arena_printf(a, "%u", sm->acked + sm->queued)));
	xmpp_stream_error_more(st, "undefined-condition", el);
	xmpp_arena_put(st->x, a);
}

static const char *on_ack(struct xmpp_stream *st, struct xmpp_session *s,
			  const struct stanza *el)
{
	uint32_t h;

	if (s->sm == NULL)
		return "policy-violation";
	if (h_of(el, &h) != GW_OK)
		return "bad-format";
	if (!xmpp_sm_take_ack(s, h)) {
		refuse_ack(st, s->sm, h);
		return NULL;
	}
	s->sm->asked = false;
	if (!list_empty(&s->sm->queue))
		loop_defer(s->x->loop, &s->sm->ask);
	return NULL;
}

static struct stanza *failed(struct arena *a, const char *condition,
			     const uint32_t *h)
{
	struct stanza *el = stanza_new(a, "failed", NS_SM);

	if (h != NULL)
		stanza_set_attr(a, el, "h", str_of(arena_printf(a, "%u", *h)));
	stanza_add_new(a, el, condition, NS_STANZAS);
	return el;
}

static void send_failed(struct xmpp_stream *st, const char *condition,
			const uint32_t *h)
{
	struct arena *a = xmpp_arena_get(st->x);

	xmpp_stream_send(st, failed(a, condition, h));
	xmpp_arena_put(st->x, a);
}

static void on_expire(struct loop_timer *t)
{
	struct xmpp_sm *sm = LIST_OF(t, struct xmpp_sm, expire);

	log_info("xmpp.resume.over", "jid", sm->s->jid.full.p, NULL);
	xmpp_sm_save_h(sm);
	xmpp_session_end(sm->s);
}

struct xmpp_sm *xmpp_sm_new(struct xmpp_session *s)
{
	struct xmpp_sm *sm = mem_new(sizeof(*sm));

	sm->s = s;
	sm->expire.fn = on_expire;
	sm->ask.fn = on_ask;
	list_init(&sm->dirty);
	list_init(&sm->queue);
	list_init(&sm->receipts);
	xmpp_token(s->x, sm->id);
	return sm;
}

/* Seconds a client wants to be waited for, at most ours. */
static int64_t time_for(const struct xmpp_session *s, const struct stanza *el)
{
	int64_t ours = s->x->conf->resume, max;

	if (str_int(stanza_attr(el, "max"), 1, INT32_MAX, &max) == GW_OK &&
	    max * WHEN_SECOND < ours)
		return max * WHEN_SECOND;
	return ours;
}

struct stanza *xmpp_sm_enable(struct xmpp_session *s, struct arena *a,
			      const struct stanza *el)
{
	struct str resume = stanza_attr(el, "resume");
	struct stanza *out = stanza_new(a, "enabled", NS_SM);
	struct xmpp_sm *sm = xmpp_sm_new(s);

	s->sm = sm;
	sm->within = time_for(s, el);
	sm->resumable = sm->within > 0 &&
			(str_is(resume, "true") || str_is(resume, "1"));
	if (sm->resumable) {
		map_put(&xmpp_sm_host(s->x)->by_id, str_of(sm->id), s);
		stanza_set_attr(a, out, "id", str_of(sm->id));
		stanza_set_attr(a, out, "resume", STR("true"));
		stanza_set_attr(a, out, "max",
				str_of(arena_printf(a, "%lld",
						    (long long)(sm->within /
								WHEN_SECOND))));
	}
	return out;
}

static void on_enable(struct xmpp_stream *st, struct xmpp_session *s,
		      const struct stanza *el)
{
	struct arena *a = xmpp_arena_get(st->x);

	xmpp_stream_send(st, xmpp_sm_enable(s, a, el));
	xmpp_arena_put(st->x, a);
}

/* The client came back before we saw it go. */
static void leave_old_stream(struct xmpp_session *s)
{
	struct xmpp_stream *old = xmpp_stream_of(s);

	if (old == NULL)
		return;
	old->session = 0;
	s->conn = 0;
	xmpp_stream_error(old, "conflict", "resumed by a new stream");
}

void xmpp_sm_send_again(struct xmpp_session *s)
{
	LIST_EACH(node, &s->sm->queue)
	{
		struct sm_entry *e = LIST_OF(node, struct sm_entry, link);

		xmpp_session_write(s, str_make(e->head, e->head_len), e->tail);
	}
	s->sm->asked = false;
	loop_defer(s->x->loop, &s->sm->ask);
}

static struct stanza *resume(struct xmpp_stream *st, struct xmpp_session *s,
			     struct arena *a)
{
	struct stanza *out = stanza_new(a, "resumed", NS_SM);

	leave_old_stream(s);
	loop_timer_stop(s->x->loop, &s->sm->expire);
	s->sm->cut = 0;
	xmpp_csi_set(s, false);
	s->conn = conn_id(st->c);
	s->last_input = loop_now(s->x->loop);
	xmpp_stream_bound(st, s);
	board_doubt(s->x->board, s->jid.bare, s->jid.resource, false);
	stanza_set_attr(a, out, "previd", str_of(s->sm->id));
	stanza_set_attr(a, out, "h",
			str_of(arena_printf(a, "%u", handled(s->sm))));
	s->sm->owe = !list_empty(&s->sm->receipts);
	log_info("xmpp.resumed", "jid", s->jid.full.p, NULL);
	return out;
}

/* Its session, if that is still there and the account's own. */
static struct xmpp_session *named(struct xmpp_stream *st, struct jid account,
				  const struct stanza *el)
{
	struct xmpp_session *s =
		map_get(&xmpp_sm_host(st->x)->by_id, stanza_attr(el, "previd"));

	return s != NULL && str_eq(s->jid.bare, account.bare) ? s : NULL;
}

static const uint32_t *gone_h(const struct xmpp_stream *st)
{
	return st->login->gone_known ? &st->login->gone_h : NULL;
}

struct xmpp_session *xmpp_sm_resume(struct xmpp_stream *st, struct arena *a,
				    const struct stanza *el,
				    struct stanza **answer)
{
	struct xmpp_session *s = named(st, st->login->account, el);
	uint32_t h;

	if (h_of(el, &h) != GW_OK) {
		*answer = failed(a, "bad-request", NULL);
		return NULL;
	}
	if (s == NULL) {
		*answer = failed(a, "item-not-found", gone_h(st));
		return NULL;
	}
	if (!xmpp_sm_take_ack(s, h)) {
		*answer = failed(a, "undefined-condition", NULL);
		return NULL;
	}
	*answer = resume(st, s, a);
	return s;
}

static void on_h(void *arg, enum gw_err e, uint32_t h)
{
	struct xmpp_stream *st;
	struct conn *c;
	struct xmpp *x;
	uint64_t id;

	if (!xmpp_asking_end(arg, &x, &id))
		return;
	c = conn_find(x->net, id);
	st = c != NULL ? conn_state(c) : NULL;
	if (st == NULL || st->step == STREAM_CLOSED)
		return;
	st->login->gone_known = e == GW_OK;
	st->login->gone_h = h;
	st->login->then(st);
}

bool xmpp_sm_seek(struct xmpp_stream *st, struct jid account,
		  const struct stanza *el, void (*then)(struct xmpp_stream *st))
{
	if (st->login->sought || named(st, account, el) != NULL)
		return false;
	st->login->sought = true;
	st->login->then = then;
	resume_h(st->x->store, account.bare, stanza_attr(el, "previd"), on_h,
		 xmpp_asking_new(st->x, conn_id(st->c)));
	return true;
}

static void finish(struct xmpp_stream *st)
{
	struct xmpp_session *s =
		named(st, st->login->account, st->login->resume);
	struct arena *a = xmpp_arena_get(st->x);
	uint32_t h = 0;

	if (s == NULL) {
		send_failed(st, "item-not-found", gone_h(st));
	} else if (h_of(st->login->resume, &h) != GW_OK ||
		   !xmpp_sm_take_ack(s, h)) {
		refuse_ack(st, s->sm, h);
	} else {
		xmpp_stream_send(st, resume(st, s, a));
		xmpp_sm_send_again(s);
	}
	xmpp_arena_put(st->x, a);
	xmpp_stream_answered(st);
}

/* A session that was saved by an orderly stop is there when its account is. */
static void on_account(struct xmpp_wait *w, struct xmpp_account *acc,
		       enum gw_err e)
{
	struct xmpp_stream *st = LIST_OF(w, struct xmpp_login, wait)->s;

	(void)acc;
	(void)e;
	if (!xmpp_sm_seek(st, st->login->account, st->login->resume, finish))
		finish(st);
}

static const char *on_resume(struct xmpp_stream *st, const struct stanza *el)
{
	uint32_t h;

	if (h_of(el, &h) != GW_OK)
		return "bad-format";
	st->login->resume = stanza_copy(st->a, el);
	st->login->sought = st->login->gone_known = false;
	st->login->wait.fn = on_account;
	xmpp_stream_hold(st);
	xmpp_account_want(st->x, st->login->account, &st->login->wait);
	return NULL;
}

const char *xmpp_sm_element(struct xmpp_stream *st, const struct stanza *el)
{
	struct xmpp_session *s =
		st->session != 0 ? xmpp_session_get(st->x, st->session) : NULL;

	if (stanza_is(el, "resume", NS_SM) && s == NULL && st->login != NULL)
		return on_resume(st, el);
	if (stanza_is(el, "enable", NS_SM) && s != NULL && s->sm == NULL) {
		on_enable(st, s, el);
		return NULL;
	}
	if (stanza_is(el, "enable", NS_SM) || stanza_is(el, "resume", NS_SM)) {
		send_failed(st, "unexpected-request", NULL);
		return NULL;
	}
	if (s == NULL)
		return "not-authorized";
	if (stanza_is(el, "a", NS_SM))
		return on_ack(st, s, el);
	if (!stanza_is(el, "r", NS_SM))
		return "unsupported-stanza-type";
	if (s->sm == NULL)
		return "policy-violation";
	send_ack(s);
	return NULL;
}

bool xmpp_sm_cut(struct xmpp_session *s)
{
	struct xmpp_sm *sm = s->sm;

	if (!sm->resumable || s->x->stopping)
		return false;
	loop_timer_start(s->x->loop, &sm->expire, sm->within);
	sm->cut = loop_wall(s->x->loop);
	if (xmpp_sm_queue_has_rows(sm))
		xmpp_push_cut(s);
	board_doubt(s->x->board, s->jid.bare, s->jid.resource, true);
	log_info("xmpp.cut", "jid", s->jid.full.p, NULL);
	return true;
}

static void on_pong(void *arg, enum gw_err e, struct xmpp_ctx *c,
		    const struct stanza *answer)
{
	(void)arg;
	(void)e;
	(void)c;
	(void)answer;
}

void xmpp_sm_ask(struct xmpp_ctx *c, struct xmpp_session *s)
{
	if (s->sm == NULL) {
		xmpp_query(c, s, stanza_new(c->a, "ping", NS_PING),
			   ANSWER_WITHIN, on_pong, NULL);
		return;
	}
	s->sm->asked = true;
	write_text(s, "<r xmlns='" NS_SM "'/>");
}

static enum gw_err start(struct xmpp *x, void *host)
{
	struct sm_host *h = host;

	map_init(&h->by_id, loop_seed(xmpp_loop(x)));
	list_init(&h->dirty);
	list_init(&h->waking);
	list_init(&h->refused);
	return GW_OK;
}

static void stop(struct xmpp *x, void *host)
{
	struct sm_host *h = host;

	xmpp_sm_forget_saved(x);
	map_fini(&h->by_id);
}

static void features(struct xmpp *x, struct arena *a, struct stanza *f)
{
	(void)x;
	stanza_add_new(a, f, "sm", NS_SM);
}

const struct xmpp_module xmpp_mod_sm = {
	.name = "sm",
	.xep = "0198",
	.doc = "acknowledges stanzas and resumes cut streams",
	.host_size = sizeof(struct sm_host),
	.start = start,
	.stop = stop,
	.stream_features = features,
};
