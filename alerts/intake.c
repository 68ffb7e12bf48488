/* SPDX-License-Identifier: MIT */
/* intake.c - batches of events on their way to disk */
#include "alerts/intake.h"

#include "gateway/base/when.h"
#include "gateway/run/log.h"

#define WAITING_MAX   1000
#define FLIGHT_EVENTS 5000 /* of one commit, or one batch if that has more */
#define RESOLVED_KEEP (15 * WHEN_MINUTE)
#define RESTART_GRACE (4 * WHEN_MINUTE)
#define RETRY	      (5 * WHEN_SECOND)
#define EVENTS_KEPT   2000
#define DEAD_KEPT     1000
#define EVENT_BODY    ((size_t)16 * 1024)
#define DEAD_BODY     ((size_t)64 * 1024)

struct alerts_intake {
	struct alerts_intake_spec spec;
	size_t max_alerts;
	bool stopped;
	struct list waiting;
	size_t n_waiting;
	struct loop_task turn;
	struct list flight; /* batches of the commit under way */
	struct alerts_undo *undo;
	struct buf ended; /* fingerprints of alerts whose end has come */
};

struct expiry {
	struct alerts_batch batch;
	struct alerts_intake *intake;
	struct arena *arena;
};

static void take_off(struct loop_task *t);

static void wake(struct alerts_intake *in)
{
	if (in->undo == NULL)
		loop_defer(in->spec.loop, &in->turn);
}

/* ---- the end of an alert ---- */

static void arm(struct alerts_intake *in, struct alerts_alert *al)
{
	struct loop *l = in->spec.loop;

	al->owner = in;
	if (!al->state.firing)
		loop_timer_at_wall(l, &al->timer, loop_wall(l) + RESOLVED_KEEP);
	else if (!loop_timer_active(&al->timer) ||
		 al->timer.due != al->state.ends)
		loop_timer_at_wall(l, &al->timer, al->state.ends);
}

static void forget(struct alerts_intake *in, struct alerts_alert *al)
{
	struct store_alert_write *w;

	if (in->undo != NULL) { /* which may name it */
		loop_timer_start(in->spec.loop, &al->timer, RETRY);
		return;
	}
	w = store_alert_write_new();
	store_alert_del(w, str_of(al->fingerprint));
	store_alert_submit(in->spec.store, w, NULL, NULL);
	alerts_model_forget(in->spec.model, &al);
}

static void on_alert_timer(struct loop_timer *t)
{
	struct alerts_alert *al = LIST_OF(t, struct alerts_alert, timer);
	struct alerts_intake *in = al->owner;
	uint64_t f;

	if (in->stopped)
		return;
	if (!al->state.firing) {
		forget(in, al);
	} else if (al->state.ends > loop_wall(in->spec.loop)) {
		arm(in, al);
	} else {
		f = alerts_fingerprint(&al->data->labels);
		buf_add(&in->ended, &f, sizeof(f));
		wake(in);
	}
}

static void expired(struct alerts_batch *b, enum gw_err e)
{
	struct expiry *x = LIST_OF(b, struct expiry, batch);
	struct alerts_intake *in = x->intake;
	struct arena *a = x->arena;
	char text[ALERTS_FINGERPRINT_MAX];
	struct alerts_alert *al;

	for (size_t i = 0; i < b->n; i++) {
		al = map_get(&in->spec.model->by_fingerprint,
			     str_of(alerts_fingerprint_text(
				     b->events[i].fingerprint, text)));
		if (al == NULL || !al->state.firing || in->stopped)
			continue;
		if (e == GW_OK)
			arm(in, al); /* it was refreshed meanwhile */
		else
			loop_timer_start(in->spec.loop, &al->timer, RETRY);
	}
	arena_free(&a);
}

/* The ends that have come are one batch, before all that wait. */
static void gather_ended(struct alerts_intake *in)
{
	size_t n = in->ended.len / sizeof(uint64_t);
	struct arena *a;
	struct expiry *x;

	if (n == 0)
		return;
	a = arena_new();
	x = arena_alloc(a, sizeof(*x));
	x->arena = a;
	x->intake = in;
	x->batch.events = arena_alloc(a, n * sizeof(*x->batch.events));
	x->batch.n = n;
	x->batch.done = expired;
	for (size_t i = 0; i < n; i++) {
		memcpy(&x->batch.events[i].fingerprint,
		       in->ended.data + i * sizeof(uint64_t), sizeof(uint64_t));
		x->batch.events[i].resolved = true;
		x->batch.events[i].expired = true;
	}
	buf_reset(&in->ended);
	list_prepend(&in->waiting, &x->batch.link);
	in->n_waiting++;
}

/* ---- one commit ---- */

static void publish(struct alerts_intake *in)
{
	enum alerts_change kind;

	for (size_t i = 0; i < alerts_undo_count(in->undo); i++) {
		struct alerts_alert *al = alerts_undo_at(in->undo, i, &kind);

		al->timer.fn = on_alert_timer;
		arm(in, al);
		in->spec.refreshed->value += kind == ALERTS_REFRESH;
		in->spec.fired->value += kind == ALERTS_FIRED;
		in->spec.resolved->value += kind == ALERTS_RESOLVED;
		if (kind == ALERTS_REFRESH)
			continue;
		log_info(kind == ALERTS_RESOLVED  ? "alert.resolved"
			 : kind == ALERTS_CHANGED ? "alert.changed"
						  : "alert.fired",
			 "id", al->fingerprint, "source",
			 LOG_STR(al->data->source), "name",
			 LOG_STR(alerts_labels_get(&al->data->labels,
						   "alertname")),
			 NULL);
		alerts_group_change(in->spec.groups, al, kind);
	}
}

static void landed(void *arg, enum gw_err e)
{
	struct alerts_intake *in = arg;
	struct list *it;

	if (e == GW_OK) {
		publish(in);
		alerts_undo_commit(&in->undo);
	} else {
		log_error("alert.not-stored", "why", err_text(e), NULL);
		alerts_undo_back(&in->undo, in->spec.model);
		e = GW_UNAVAIL; /* whatever it was, it is not theirs */
	}
	while ((it = list_pop(&in->flight)) != NULL) {
		struct alerts_batch *b = LIST_OF(it, struct alerts_batch, link);

		b->done(b, e);
	}
	if (!list_empty(&in->waiting) || in->ended.len > 0)
		wake(in);
}

static void add_rows(struct alerts_intake *in, size_t from,
		     struct store_alert_write *w)
{
	struct buf labels = { .data = NULL }, annotations = { .data = NULL };
	struct store_alert row;
	enum alerts_change kind;

	for (size_t i = from; i < alerts_undo_count(in->undo); i++) {
		struct alerts_alert *al = alerts_undo_at(in->undo, i, &kind);

		if (kind == ALERTS_REFRESH)
			continue;
		alerts_model_row(al, &labels, &annotations, &row);
		store_alert_put(w, &row);
	}
	buf_fini(&labels);
	buf_fini(&annotations);
}

static void add_event(struct alerts_intake *in, const struct alerts_batch *b,
		      struct store_alert_write *w)
{
	store_alert_add_event(
		w,
		&(struct store_alert_event){
			.at = loop_wall(in->spec.loop),
			.source = b->source,
			.key = b->key,
			.size = b->raw.n,
			.body = str_make(b->raw.p, b->raw.n < EVENT_BODY
							   ? b->raw.n
							   : EVENT_BODY) },
		EVENTS_KEPT);
}

static bool is_new(const struct alerts_model *m, const struct alerts_event *e)
{
	char text[ALERTS_FINGERPRINT_MAX];

	return !e->expired && !e->resolved &&
	       map_get(&m->by_fingerprint,
		       str_of(alerts_fingerprint_text(e->fingerprint, text))) ==
		       NULL;
}

/* A full table takes nothing new; what it holds must go on, and end. */
static bool fits(const struct alerts_intake *in, const struct alerts_batch *b)
{
	const struct alerts_model *m = in->spec.model;
	size_t fresh = 0;

	if (m->by_fingerprint.used + b->n <= in->max_alerts)
		return true;
	for (size_t i = 0; i < b->n; i++)
		fresh += is_new(m, &b->events[i]);
	return fresh == 0 || m->by_fingerprint.used + fresh <= in->max_alerts;
}

static void board(struct alerts_intake *in, struct alerts_batch *b,
		  struct store_alert_write *w)
{
	size_t from = alerts_undo_count(in->undo);
	size_t rows = store_alert_write_count(w);

	for (size_t i = 0; i < b->n; i++)
		if (alerts_model_take(in->spec.model, in->undo, &b->events[i],
				      b->source,
				      loop_wall(in->spec.loop)) != GW_OK)
			b->refused++;
	add_rows(in, from, w);
	if (store_alert_write_count(w) > rows && b->raw.p != NULL)
		add_event(in, b, w);
	list_append(&in->flight, &b->link);
}

static void take_off(struct loop_task *t)
{
	struct alerts_intake *in = LIST_OF(t, struct alerts_intake, turn);
	struct store_alert_write *w;
	struct list *it;
	size_t events = 0;

	if (in->undo != NULL || in->stopped)
		return;
	gather_ended(in);
	w = store_alert_write_new();
	in->undo = alerts_undo_new();
	while (events < FLIGHT_EVENTS &&
	       (it = list_pop(&in->waiting)) != NULL) {
		struct alerts_batch *b = LIST_OF(it, struct alerts_batch, link);

		in->n_waiting--;
		events += b->n;
		if (fits(in, b)) {
			board(in, b, w);
		} else {
			in->spec.shed->value++;
			b->done(b, GW_LIMIT);
		}
	}
	if (store_alert_write_count(w) > 0) {
		store_alert_submit(in->spec.store, w, landed, in);
		return;
	}
	store_alert_write_free(&w);
	landed(in, GW_OK);
}

/* ---- the doors ---- */

struct alerts_intake *alerts_intake_new(const struct alerts_intake_spec *spec)
{
	struct alerts_intake *in = mem_new(sizeof(*in));

	in->spec = *spec;
	in->turn.fn = take_off;
	in->max_alerts = SIZE_MAX;
	list_init(&in->waiting);
	list_init(&in->flight);
	return in;
}

void alerts_intake_limit(struct alerts_intake *in, size_t max_alerts)
{
	in->max_alerts = max_alerts;
}

void alerts_intake_submit(struct alerts_intake *in, struct alerts_batch *b)
{
	if (in->stopped) {
		b->done(b, GW_UNAVAIL);
		return;
	}
	if (in->n_waiting >= WAITING_MAX) {
		in->spec.shed->value++;
		b->done(b, GW_LIMIT);
		return;
	}
	list_append(&in->waiting, &b->link);
	in->n_waiting++;
	wake(in);
}

void alerts_intake_dead(struct alerts_intake *in, struct str source,
			const char *why, struct str body)
{
	struct store_alert_write *w;

	in->spec.dead->value++;
	log_warn("alert.unusable", "source", LOG_STR(source), "why", why, NULL);
	if (in->stopped)
		return;
	w = store_alert_write_new();
	store_alert_add_event(
		w,
		&(struct store_alert_event){
			.at = loop_wall(in->spec.loop),
			.dead = true,
			.source = source,
			.note = str_of(why),
			.size = body.n,
			.body = str_make(body.p, body.n < DEAD_BODY
							 ? body.n
							 : DEAD_BODY) },
		DEAD_KEPT);
	store_alert_submit(in->spec.store, w, NULL, NULL);
}

/* Our being down resolves nothing: an alert that fired gets as long as its
 * sender last gave it, and 4 minutes at least (alerts.md 15.1). */
void alerts_intake_restore(struct alerts_intake *in,
			   const struct store_alert *row, struct arena *a)
{
	struct alerts_alert *al = alerts_model_restore(in->spec.model, row, a);
	int64_t now = loop_wall(in->spec.loop);
	int64_t grace = row->ends_at - row->seen_at;

	if (al == NULL) {
		log_error("alert.unreadable", "id", LOG_STR(row->fingerprint),
			  NULL);
		return;
	}
	if (grace < RESTART_GRACE)
		grace = RESTART_GRACE;
	if (al->state.firing && al->state.ends < now + grace)
		al->state.ends = now + grace;
	al->timer.fn = on_alert_timer;
	arm(in, al);
}

void alerts_intake_stop(struct alerts_intake *in)
{
	struct list *it;

	in->stopped = true;
	loop_defer_cancel(&in->turn);
	while ((it = list_pop(&in->waiting)) != NULL) {
		struct alerts_batch *b = LIST_OF(it, struct alerts_batch, link);

		b->done(b, GW_UNAVAIL);
	}
	in->n_waiting = 0;
}

void alerts_intake_free(struct alerts_intake **out)
{
	struct alerts_intake *in = *out;
	struct alerts_alert *al;
	size_t it = 0;

	if (in == NULL)
		return;
	alerts_intake_stop(in);
	while ((al = map_next(&in->spec.model->by_fingerprint, &it)) != NULL)
		loop_timer_stop(in->spec.loop, &al->timer);
	buf_fini(&in->ended);
	mem_free(in);
	*out = NULL;
}
