/* SPDX-License-Identifier: MIT */
/* sm_save.c - XEP-0198: sessions that outlive an orderly restart
 *
 * A session that may be resumed is written down when the server stops, and
 * nobody is told that it goes: after the start it is there again, cut, until
 * its client comes back or its time is over; the time runs on meanwhile.
 */
#include "gateway/run/log.h"
#include "gateway/store/xmpp/resume.h"
#include "xmpp/im/journal.h"
#include "xmpp/im/presence.h"
#include "xmpp/s2s/s2s.h"
#include "xmpp/xep/sm_private.h"
#include "xmpp/xml/write.h"

#define NS_SAVED   "urn:muster:session"
#define NS_MUC	   "http://jabber.org/protocol/muc"
#define AFTER_LOAD (10 * WHEN_SECOND) /* others are restored first */

bool xmpp_sm_may_resume(const struct xmpp_session *s)
{
	return s->sm != NULL && s->sm->resumable;
}

static void set_number(struct arena *a, struct stanza *el, const char *name,
		       int64_t n)
{
	stanza_set_attr(a, el, name,
			str_of(arena_printf(a, "%lld", (long long)n)));
}

static struct stanza *describe(struct arena *a, struct xmpp_session *s)
{
	struct stanza *el = stanza_new(a, "session", NS_SAVED);
	char *to;
	size_t it = 0;

	stanza_set_attr(a, el, "resource", s->jid.resource);
	set_number(a, el, "acked", s->sm->acked);
	set_number(a, el, "within", s->sm->within);
	set_number(a, el, "cut",
		   s->sm->cut != 0 ? s->sm->cut : loop_wall(s->x->loop));
	set_number(a, el, "interested", s->interested);
	if (s->presence != NULL)
		stanza_add(el, stanza_copy(a, s->presence));
	while (s->directed != NULL && (to = map_next(s->directed, &it)) != NULL)
		stanza_set_attr(a, stanza_add_new(a, el, "directed", NS_SAVED),
				"to", str_of(to));
	xmpp_modules_session_save(s, a, el);
	return el;
}

static void save_queue(struct journal *batch, struct xmpp_sm *sm)
{
	struct buf text = { 0 };

	LIST_EACH(node, &sm->queue)
	{
		struct sm_entry *e = LIST_OF(node, struct sm_entry, link);

		buf_reset(&text);
		buf_add(&text, e->head, e->head_len);
		buf_add_str(&text, frame_str(e->tail));
		journal_queued(
			batch, str_of(sm->id),
			&(struct journal_queued){ .stamp = e->wall,
						  .row = e->row,
						  .stanza = buf_str(&text) });
	}
	buf_fini(&text);
}

void xmpp_sm_hibernate(struct xmpp_session *s)
{
	struct journal *batch = xmpp_journal_batch(s->x);
	struct arena *a = xmpp_arena_get(s->x);
	struct buf text = { 0 };

	xmpp_xml_write(&text, describe(a, s), XMPP_XML_BY_ITSELF);
	journal_session(batch, &(struct journal_session){
				       .id = str_of(s->sm->id),
				       .account = s->account->jid.full,
				       .h = xmpp_sm_prefix(s->sm),
				       .stamp = loop_wall(s->x->loop),
				       .state = buf_str(&text) });
	save_queue(batch, s->sm);
	buf_fini(&text);
	xmpp_arena_put(s->x, a);
	xmpp_sm_free(s->sm);
}

/* One saved session on its way back: its account is read first. */
struct waking {
	struct xmpp_wait wait;
	struct xmpp *x;
	struct arena *a;
	struct jid jid;
	struct resume_saved saved;
	const struct stanza *state;
	struct list link; /* in sm_host: waking, or refused */
	struct loop_timer later;
	bool over; /* saved again: this server stops */
};

static int64_t number(const struct stanza *el, const char *name)
{
	int64_t n = 0;

	if (str_int(stanza_attr(el, name), INT64_MIN, INT64_MAX, &n) != GW_OK)
		return 0;
	return n;
}

static void restore_queue(struct xmpp_sm *sm, const struct resume_saved *saved)
{
	for (size_t i = 0; i < saved->count; i++) {
		const struct journal_queued *q = &saved->queue[i];
		struct frame *f = frame_new(q->stanza.p, q->stanza.n);
		struct sm_entry *e = xmpp_sm_entry(sm, STR_NONE, f, q->row);

		e->wall = q->stamp;
		frame_unref(&f);
	}
}

static void restore_sm(struct waking *w, struct xmpp_session *s)
{
	struct xmpp_sm *sm = xmpp_sm_new(s);
	int64_t left;

	s->sm = sm;
	if (str_copy(sm->id, sizeof(sm->id), w->saved.session.id) != GW_OK)
		return;
	sm->resumable = true;
	map_put(&xmpp_sm_host(w->x)->by_id, str_of(sm->id), s);
	sm->received = sm->saved = w->saved.session.h;
	sm->acked = (uint32_t)number(w->state, "acked");
	sm->within = number(w->state, "within");
	sm->cut = number(w->state, "cut");
	restore_queue(sm, &w->saved);
	left = sm->cut + sm->within - loop_wall(w->x->loop);
	loop_timer_start(w->x->loop, &sm->expire,
			 left > AFTER_LOAD ? left : AFTER_LOAD);
}

/* The rooms of this server have forgotten who was in them; what was said in
 * them since is in their history. */
static void rejoin(struct waking *w, struct xmpp_session *s, struct jid room)
{
	const struct xmpp_service *service =
		map_get(&w->x->services, room.domain);
	char since[WHEN_TEXT_MAX];
	struct stanza *st, *x;
	struct xmpp_ctx c;

	if (service == NULL || strcmp(service->kind, "muc") != 0 ||
	    room.resource.p == NULL || s->presence == NULL)
		return;
	xmpp_ctx_begin(&c, w->x);
	c.session = s;
	c.from = s->jid;
	st = stanza_copy_head(c.a, s->presence);
	stanza_set_attr(c.a, st, "to", room.full);
	x = stanza_add_new(c.a, st, "x", NS_MUC);
	stanza_set_attr(c.a, stanza_add_new(c.a, x, "history", NS_MUC), "since",
			str_of(when_rfc3339(w->saved.session.stamp, since)));
	xmpp_route_to(&c, room, st);
	xmpp_ctx_end(&c);
}

static void restore_directed(struct waking *w, struct xmpp_session *s)
{
	const struct stanza *el = stanza_child(w->state, "directed", NS_SAVED);
	struct jid to;

	for (; el != NULL; el = stanza_next(el, "directed", NS_SAVED)) {
		if (xmpp_jid_parse(w->a, stanza_attr(el, "to"), &to) != GW_OK)
			continue;
		xmpp_presence_directed(s, to);
		rejoin(w, s, to);
	}
}

static void restore(struct waking *w, struct xmpp_account *acc)
{
	struct xmpp_session *s = xmpp_session_open(acc, w->jid, 0);
	const struct stanza *presence =
		stanza_child(w->state, "presence", NS_CLIENT);
	struct xmpp_ctx c;

	restore_sm(w, s);
	s->interested = number(w->state, "interested") != 0;
	xmpp_modules_session_restore(s, w->state);
	if (presence != NULL) {
		xmpp_ctx_begin(&c, w->x);
		c.from = s->jid;
		xmpp_presence_restore(&c, s, presence);
		xmpp_ctx_end(&c);
		board_doubt_since(w->x->board, s->jid.bare, s->jid.resource,
				  s->sm->cut);
	}
	restore_directed(w, s);
	log_info("xmpp.hibernating", "jid", s->jid.full.p, NULL);
}

static void waking_free(struct waking *w)
{
	struct arena *a = w->a;

	loop_timer_stop(w->x->loop, &w->later);
	list_del(&w->link);
	arena_free(&a);
}

/* Somebody else has its resource: what is no row goes to his clients. */
static void pass_on(struct waking *w, struct xmpp_account *acc)
{
	for (size_t i = 0; i < w->saved.count; i++)
		if (w->saved.queue[i].row == 0)
			xmpp_sm_reroute(acc, w->saved.queue[i].stanza,
					w->saved.queue[i].stamp);
}

static void refuse(struct loop_timer *t)
{
	struct waking *w = LIST_OF(t, struct waking, later);

	for (size_t i = 0; i < w->saved.count; i++)
		if (w->saved.queue[i].row == 0)
			xmpp_sm_refuse(w->x, w->jid, w->saved.queue[i].stanza);
	waking_free(w);
}

void xmpp_sm_forget_saved(struct xmpp *x)
{
	struct list *node;

	while ((node = list_pop(&xmpp_sm_host(x)->refused)) != NULL)
		waking_free(LIST_OF(node, struct waking, link));
}

static void save_again(struct waking *w, struct journal *batch)
{
	journal_session(batch, &w->saved.session);
	for (size_t i = 0; i < w->saved.count; i++)
		journal_queued(batch, w->saved.session.id, &w->saved.queue[i]);
}

void xmpp_sm_save_waking(struct xmpp *x)
{
	struct journal *batch = xmpp_journal_batch(x);
	struct list *node;

	while ((node = list_pop(&xmpp_sm_host(x)->waking)) != NULL) {
		struct waking *w = LIST_OF(node, struct waking, link);

		save_again(w, batch);
		w->over = true;
	}
	LIST_EACH(refused, &xmpp_sm_host(x)->refused)
	{
		save_again(LIST_OF(refused, struct waking, link), batch);
	}
}

static void on_account(struct xmpp_wait *wait, struct xmpp_account *acc,
		       enum gw_err e)
{
	struct waking *w = LIST_OF(wait, struct waking, wait);

	if (w->over) {
		waking_free(w);
		return;
	}
	if (e == GW_OK && xmpp_session_find(w->x, w->jid) == NULL) {
		restore(w, acc);
	} else {
		log_info("xmpp.resume.dropped", "jid", w->jid.full.p, NULL);
		if (e == GW_OK)
			pass_on(w, acc);
	}
	if (e == GW_OK) {
		waking_free(w);
		return;
	}
	/* No such person: senders are told, when their own sessions are there.
	 */
	list_del(&w->link);
	list_append(&xmpp_sm_host(w->x)->refused, &w->link);
	w->later.fn = refuse;
	loop_timer_start(w->x->loop, &w->later, AFTER_LOAD);
}

static void queue_copy(struct waking *w, const struct resume_saved *saved)
{
	size_t n = saved->count;

	w->saved = *saved;
	w->saved.session.id = arena_str(w->a, saved->session.id);
	w->saved.session.account = arena_str(w->a, saved->session.account);
	w->saved.session.state = arena_str(w->a, saved->session.state);
	w->saved.queue = arena_alloc(w->a, (n + 1) * sizeof(*w->saved.queue));
	for (size_t i = 0; i < n; i++) {
		w->saved.queue[i] = saved->queue[i];
		w->saved.queue[i].stanza =
			arena_str(w->a, saved->queue[i].stanza);
	}
}

static void wake(struct xmpp *x, const struct resume_saved *saved)
{
	struct arena *a = arena_new();
	struct waking *w = arena_alloc(a, sizeof(*w));
	struct stanza *state;
	struct jid bare;

	w->x = x;
	w->a = a;
	w->wait.fn = on_account;
	list_init(&w->link);
	queue_copy(w, saved);
	if (xmpp_xml_parse(x->parser, NULL, w->saved.session.state, a,
			   &state) != GW_OK ||
	    xmpp_jid_parse(a, saved->session.account, &bare) != GW_OK ||
	    xmpp_jid_make(a, bare.local, bare.domain,
			  stanza_attr(state, "resource"), &w->jid) != GW_OK) {
		log_error("xmpp.resume.badrow", "account",
			  LOG_STR(saved->session.account), NULL);
		arena_free(&a);
		return;
	}
	w->state = state;
	list_append(&xmpp_sm_host(x)->waking, &w->link);
	xmpp_account_wake(x, bare, &w->wait);
}

enum gw_err xmpp_sm_restore(struct xmpp *x)
{
	struct arena *a = arena_new();
	struct resume_saved *saved;
	size_t count;
	enum gw_err e = resume_take(x->store, a, &saved, &count);

	for (size_t i = 0; i < count; i++)
		if (!xmpp_s2s_restore(x, &saved[i]))
			wake(x, &saved[i]);
	arena_free(&a);
	return e;
}
