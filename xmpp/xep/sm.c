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
#include "xmpp/im/delivery.h"
#include "xmpp/im/offline.h"
#include "xmpp/server_private.h"

#define NS_CARBONS    "urn:xmpp:carbons:2"
#define NS_PING	      "urn:xmpp:ping"
#define ANSWER_WITHIN (15 * WHEN_SECOND)
#define ACKS_AT_ONCE  64

extern const struct xmpp_module xmpp_mod_sm;

struct sm_host {
	struct map by_id; /* resumable sessions */
};

struct sm_entry {
	struct list link;
	int64_t at;	    /* loop_now() */
	int64_t wall;	    /* for the delay stamp */
	int64_t offline_id; /* its row; 0: none */
	struct frame *tail;
	size_t head_len;
	char head[];
};

struct xmpp_sm {
	struct xmpp_session *s;
	char id[XMPP_TOKEN_LEN];
	bool resumable;
	bool asked;	/* an <r/> of ours is not answered */
	bool owe;	/* an <a/> was behind: another one follows */
	bool overflow;	/* the queue is too long */
	int64_t within; /* ms to resume */
	uint32_t received;
	struct list receipts; /* not handled yet */
	struct list queue;
	uint32_t acked; /* of ours, by the client */
	uint32_t queued;
	struct loop_timer expire;
	struct loop_task ask;
};

static struct sm_host *host_of(struct xmpp *x)
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
	return r;
}

void xmpp_sm_handled(struct xmpp_session *s, struct xmpp_receipt *r)
{
	list_del(&r->link);
	mem_free(r);
	if (s->sm->owe && list_empty(&s->sm->receipts))
		send_ack(s);
}

/* Once per turn: asks for an ack, or ends a client that never gives one.  Not
 * while sending, which may be in the middle of a walk over sessions. */
static void on_ask(struct loop_task *t)
{
	struct xmpp_sm *sm = LIST_OF(t, struct xmpp_sm, ask);

	if (sm->overflow) {
		xmpp_session_kill(sm->s, "resource-constraint",
				  "too many unacknowledged stanzas");
		return;
	}
	if (sm->asked || list_empty(&sm->queue))
		return;
	sm->asked = true;
	write_text(sm->s, "<r xmlns='" NS_SM "'/>");
}

bool xmpp_sm_send(struct xmpp_session *s, struct str head, struct frame *tail,
		  int64_t offline_id)
{
	struct xmpp_sm *sm = s->sm;
	struct sm_entry *e;

	if (sm == NULL)
		return false;
	e = mem_new(sizeof(*e) + head.n);
	e->at = loop_now(s->x->loop);
	e->wall = loop_wall(s->x->loop);
	e->offline_id = offline_id;
	e->tail = frame_ref(tail);
	e->head_len = head.n;
	if (head.n > 0)
		memcpy(e->head, head.p, head.n);
	list_append(&sm->queue, &e->link);
	sm->queued++;
	sm->overflow = sm->queued > (uint32_t)s->x->conf->resume_queue;
	xmpp_session_write(s, head, tail);
	loop_defer(s->x->loop, &sm->ask);
	return true;
}

static void entry_free(struct sm_entry *e)
{
	frame_unref(&e->tail);
	mem_free(e);
}

/* The client has all up to h; false: it never got that many. */
static bool take_ack(struct xmpp_session *s, uint32_t h)
{
	struct xmpp_sm *sm = s->sm;
	uint32_t n = h - sm->acked;
	int64_t ids[ACKS_AT_ONCE];
	size_t count = 0;

	if (n > sm->queued)
		return false;
	sm->acked = h;
	sm->queued -= n;
	sm->overflow = false;
	for (; n > 0; n--) {
		struct list *node = sm->queue.next;
		struct sm_entry *e = LIST_OF(node, struct sm_entry, link);

		list_del(node);
		if (e->offline_id != 0)
			ids[count++] = e->offline_id;
		entry_free(e);
		if (count == ACKS_AT_ONCE || n == 1) {
			xmpp_offline_acked(s, ids, count);
			count = 0;
		}
	}
	return true;
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
	if (!take_ack(s, h)) {
		refuse_ack(st, s->sm, h);
		return NULL;
	}
	s->sm->asked = false;
	if (!list_empty(&s->sm->queue))
		loop_defer(s->x->loop, &s->sm->ask);
	return NULL;
}

static struct stanza *failed(struct arena *a, const char *condition)
{
	struct stanza *el = stanza_new(a, "failed", NS_SM);

	stanza_add_new(a, el, condition, NS_STANZAS);
	return el;
}

static void send_failed(struct xmpp_stream *st, const char *condition)
{
	struct arena *a = xmpp_arena_get(st->x);

	xmpp_stream_send(st, failed(a, condition));
	xmpp_arena_put(st->x, a);
}

static void on_expire(struct loop_timer *t)
{
	struct xmpp_sm *sm = LIST_OF(t, struct xmpp_sm, expire);

	log_info("xmpp.resume.over", "jid", sm->s->jid.full.p, NULL);
	xmpp_session_end(sm->s);
}

static struct xmpp_sm *sm_new(struct xmpp_session *s)
{
	struct xmpp_sm *sm = mem_new(sizeof(*sm));

	sm->s = s;
	sm->expire.fn = on_expire;
	sm->ask.fn = on_ask;
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
	struct xmpp_sm *sm = sm_new(s);

	s->sm = sm;
	sm->within = time_for(s, el);
	sm->resumable = sm->within > 0 &&
			(str_is(resume, "true") || str_is(resume, "1"));
	if (sm->resumable) {
		map_put(&host_of(s->x)->by_id, str_of(sm->id), s);
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
static struct xmpp_session *named(struct xmpp_stream *st,
				  const struct stanza *el)
{
	struct xmpp_session *s =
		map_get(&host_of(st->x)->by_id, stanza_attr(el, "previd"));

	return s != NULL && str_eq(s->jid.bare, st->account.bare) ? s : NULL;
}

struct xmpp_session *xmpp_sm_resume(struct xmpp_stream *st, struct arena *a,
				    const struct stanza *el,
				    struct stanza **answer)
{
	struct xmpp_session *s = named(st, el);
	uint32_t h;

	if (h_of(el, &h) != GW_OK) {
		*answer = failed(a, "bad-request");
		return NULL;
	}
	if (s == NULL) {
		*answer = failed(a, "item-not-found");
		return NULL;
	}
	if (!take_ack(s, h)) {
		*answer = failed(a, "undefined-condition");
		return NULL;
	}
	*answer = resume(st, s, a);
	return s;
}

static const char *on_resume(struct xmpp_stream *st, const struct stanza *el)
{
	struct xmpp_session *s = named(st, el);
	struct arena *a;
	uint32_t h;

	if (h_of(el, &h) != GW_OK)
		return "bad-format";
	if (s == NULL) {
		send_failed(st, "item-not-found");
		return NULL;
	}
	if (!take_ack(s, h)) {
		refuse_ack(st, s->sm, h);
		return NULL;
	}
	a = xmpp_arena_get(st->x);
	xmpp_stream_send(st, resume(st, s, a));
	xmpp_arena_put(st->x, a);
	xmpp_sm_send_again(s);
	return NULL;
}

const char *xmpp_sm_element(struct xmpp_stream *st, const struct stanza *el)
{
	struct xmpp_session *s =
		st->session != 0 ? xmpp_session_get(st->x, st->session) : NULL;

	if (stanza_is(el, "resume", NS_SM) && s == NULL)
		return on_resume(st, el);
	if (stanza_is(el, "enable", NS_SM) && s != NULL && s->sm == NULL) {
		on_enable(st, s, el);
		return NULL;
	}
	if (stanza_is(el, "enable", NS_SM) || stanza_is(el, "resume", NS_SM)) {
		send_failed(st, "unexpected-request");
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

/* A message to all clients was seen by those that were there then. */
static bool others_have_it(struct xmpp_account *acc, const struct sm_entry *e)
{
	for (struct xmpp_session *s = xmpp_session_next(acc, NULL); s != NULL;
	     s = xmpp_session_next(acc, s))
		if (s->priority >= 0 && s->bound_at <= e->at)
			return true;
	return false;
}

static bool is_carbon(const struct stanza *st)
{
	return stanza_child(st, "sent", NS_CARBONS) != NULL ||
	       stanza_child(st, "received", NS_CARBONS) != NULL;
}

static void reroute_message(struct xmpp_ctx *c, struct xmpp_account *acc,
			    const struct sm_entry *e, const struct stanza *in)
{
	struct stanza *st;
	struct jid to;

	if (is_carbon(in))
		return;
	if (xmpp_jid_parse(c->a, stanza_attr(in, "to"), &to) == GW_OK &&
	    to.resource.p == NULL && others_have_it(acc, e))
		return;
	st = stanza_copy_head(c->a, in);
	if (stanza_child(st, "delay", NS_DELAY) == NULL)
		xmpp_delay_add(c, st, e->wall);
	xmpp_route_local(c, acc, acc->jid, st);
}

static void reroute(struct xmpp_account *acc, const struct sm_entry *e)
{
	struct buf text = { 0 };
	struct xmpp_ctx c;
	struct stanza *st;
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };
	enum xmpp_kind kind;

	xmpp_ctx_begin(&c, acc->x);
	buf_add(&text, e->head, e->head_len);
	buf_add_str(&text, frame_str(e->tail));
	if (xmpp_xml_parse(acc->x->parser, &root, buf_str(&text), c.a, &st) ==
		    GW_OK &&
	    xmpp_jid_parse(c.a, stanza_attr(st, "from"), &c.from) == GW_OK) {
		c.to = acc->jid;
		kind = xmpp_delivery_kind(st);
		if (kind == KIND_NORMAL || kind == KIND_CHAT)
			reroute_message(&c, acc, e, st);
		else if (kind == KIND_IQ_REQUEST)
			xmpp_bounce(&c, st, XMPP_SERVICE_UNAVAILABLE);
	}
	buf_fini(&text);
	xmpp_ctx_end(&c);
}

void xmpp_sm_end(struct xmpp_session *s)
{
	struct xmpp_sm *sm = s->sm;
	struct list *node;

	if (sm == NULL)
		return;
	s->sm = NULL;
	loop_timer_stop(s->x->loop, &sm->expire);
	loop_defer_cancel(&sm->ask);
	if (sm->resumable)
		map_del(&host_of(s->x)->by_id, str_of(sm->id));
	while (list_pop(&sm->receipts) != NULL)
		;
	while ((node = list_pop(&sm->queue)) != NULL) {
		struct sm_entry *e = LIST_OF(node, struct sm_entry, link);

		if (e->offline_id != 0)
			xmpp_offline_again(s->account, e->offline_id);
		else
			reroute(s->account, e);
		entry_free(e);
	}
	mem_free(sm);
}

static enum gw_err start(struct xmpp *x, void *host)
{
	struct sm_host *h = host;

	map_init(&h->by_id, loop_seed(xmpp_loop(x)));
	return GW_OK;
}

static void stop(struct xmpp *x, void *host)
{
	struct sm_host *h = host;

	(void)x;
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
