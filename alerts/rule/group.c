/* SPDX-License-Identifier: MIT */
/* group.c - alerts of one route and group are one incident, with one case
 *
 * tick() looks at an incident as it is now and does the one thing that is
 * next; every event only notes what it changed and has the incident looked at
 * at the end of the turn.
 */
#include "alerts/rule/group.h"

#include <stdio.h>

#include "alerts/rule/group_words.h"
#include "gateway/base/codec.h"
#include "gateway/base/when.h"
#include "gateway/run/crypto.h"
#include "gateway/run/log.h"

#define QUIET_MAX  (10 * WHEN_SECOND)
#define RETRY	   (5 * WHEN_SECOND)
#define REMEMBERED (24 * WHEN_HOUR) /* which case came before */

struct alerts_groups {
	struct alerts_groups_spec spec;
	const struct alerts_routes *routes;
	struct map by_key;
	struct list touched;
	struct loop_task turn;
};

static int64_t wall(const struct alerts_group *g)
{
	return loop_wall(g->owner->spec.loop);
}

static void touch(struct alerts_group *g)
{
	struct alerts_groups *gs = g->owner;

	list_del(&g->touched);
	list_append(&gs->touched, &g->touched);
	loop_defer(gs->spec.loop, &gs->turn);
}

/* ---- making and ending ---- */

static void on_timer(struct loop_timer *t)
{
	touch(LIST_OF(t, struct alerts_group, timer));
}

static struct alerts_group *add_group(struct alerts_groups *gs, struct str key)
{
	struct alerts_group *g = mem_new(sizeof(*g));

	g->key = mem_strndup(key.p, key.n);
	g->owner = gs;
	g->timer.fn = on_timer;
	list_init(&g->members);
	list_init(&g->touched);
	map_put(&gs->by_key, str_of(g->key), g);
	return g;
}

static void free_group(struct alerts_group *g)
{
	LIST_EACH_SAFE(it, tmp, &g->members)
	{
		struct alerts_member *m =
			LIST_OF(it, struct alerts_member, in_group);

		list_del(&m->in_alert);
		list_del(&m->in_group);
		mem_free(m);
	}
	loop_timer_stop(g->owner->spec.loop, &g->timer);
	list_del(&g->touched);
	mem_free((char *)(uintptr_t)g->key);
	mem_free(g);
}

static void drop_group(struct alerts_group *g)
{
	struct alerts_groups *gs = g->owner;
	struct store_alert_write *w;

	if (g->number != 0) {
		w = store_alert_write_new();
		store_alert_del_incident(w, str_of(g->key));
		store_alert_submit(gs->spec.store, w, NULL, NULL);
	}
	map_del(&gs->by_key, str_of(g->key));
	free_group(g);
}

static void remember(struct alerts_group *g)
{
	struct store_alert_write *w = store_alert_write_new();

	store_alert_put_incident(
		w, &(struct store_alert_incident){ .key = str_of(g->key),
						   .case_number = g->number,
						   .closed_at = g->closed_at });
	store_alert_submit(g->owner->spec.store, w, NULL, NULL);
}

/* ---- what the case service answers ---- */

static void mark_closed(struct alerts_group *g, int64_t at)
{
	if (!g->open)
		return;
	g->open = false;
	g->closed_at = at;
	g->joined = (unsigned)g->firing;
	g->owner->spec.closed->value++;
	remember(g);
}

static void retry(struct alerts_group *g, enum gw_err e, const char *what)
{
	log_warn("alert.case-refused", "id", g->key, "what", what, "why",
		 err_text(e), NULL);
	g->dirty = true;
	loop_timer_start(g->owner->spec.loop, &g->timer, RETRY);
}

static void on_opened(void *arg, enum gw_err e, uint64_t number,
		      const char *why)
{
	struct alerts_group *g = arg;

	(void)why;
	g->busy = false;
	if (e != GW_OK) {
		retry(g, e, "open");
		return;
	}
	if (g->number != number)
		g->before = g->number;
	g->number = number;
	g->open = true;
	g->closed_at = 0;
	g->flush_at = 0;
	g->owner->spec.opened->value++;
	remember(g);
	touch(g);
}

static void on_updated(void *arg, enum gw_err e, uint64_t number,
		       const char *why)
{
	struct alerts_group *g = arg;

	(void)number;
	(void)why;
	g->busy = false;
	if (e == GW_NOT_FOUND)
		mark_closed(g, wall(g));
	else if (e != GW_OK)
		retry(g, e, "update");
	if (e == GW_OK || e == GW_NOT_FOUND)
		touch(g);
}

static void on_closed(void *arg, enum gw_err e, uint64_t number,
		      const char *why)
{
	struct alerts_group *g = arg;

	(void)number;
	(void)why;
	g->busy = false;
	if (e != GW_OK && e != GW_NOT_FOUND) {
		retry(g, e, "close");
		return;
	}
	mark_closed(g, wall(g));
	touch(g);
}

static void on_case(void *arg, const struct casefile *c, const char *what,
		    const char *who)
{
	struct alerts_groups *gs = arg;
	struct alerts_group *g = map_get(&gs->by_key, str_of(c->key));

	(void)what;
	(void)who;
	if (g == NULL || c->state != CASE_CLOSED || c->number != g->number)
		return;
	mark_closed(g, c->closed_at != 0 ? c->closed_at : wall(g));
	touch(g);
}

/* ---- the one thing that is next ---- */

static enum severity severity_of(const struct alerts_group *g)
{
	for (int s = SEV_DISASTER; s > SEV_INFO; s--)
		if (g->by_severity[s] > 0)
			return (enum severity)s;
	return SEV_INFO;
}

static void tell(struct alerts_group *g)
{
	struct arena *a = arena_new();
	struct case_spec spec = { .why = STR("alerts changed") };
	struct cases *cases = g->owner->spec.cases;

	if (!g->open && g->number != 0)
		g->before = g->number;
	alerts_group_words(g, a, &spec);
	g->busy = true;
	g->dirty = false;
	g->told.at = wall(g);
	g->told.severity = spec.severity;
	if (g->open) {
		case_update(cases, &spec, on_updated, g);
	} else {
		spec.why = g->closed_at == 0 ? STR("an alert fires")
			   : g->flush_at == 0
				   ? STR("still fires since its case was "
					 "closed by hand")
				   : STR("an alert fires again");
		case_open(cases, &spec, on_opened, g);
	}
	arena_free(&a);
}

static void close_case(struct alerts_group *g)
{
	struct str why = STR("resolved");

	if (g->elsewhere)
		why = STR("its alerts go elsewhere since the configuration "
			  "changed");
	else if (g->unconfirmed)
		why = STR("timed out, not confirmed");
	g->busy = true;
	case_close_key(g->owner->spec.cases, str_of(g->key), why, on_closed, g);
}

static void wait_until(struct alerts_group *g, int64_t at)
{
	loop_timer_at_wall(g->owner->spec.loop, &g->timer, at);
}

static void tick_silent(struct alerts_group *g)
{
	g->flush_at = 0;
	if (g->open)
		close_case(g);
	else if (g->number == 0 || wall(g) >= g->closed_at + REMEMBERED)
		drop_group(g);
	else
		wait_until(g, g->closed_at + REMEMBERED);
}

static void tick_open(struct alerts_group *g)
{
	int64_t quiet = g->route->group_interval < QUIET_MAX
				? g->route->group_interval
				: QUIET_MAX;

	if (!g->dirty)
		return;
	if (severity_of(g) > g->told.severity || wall(g) >= g->told.at + quiet)
		tell(g);
	else
		wait_until(g, g->told.at + quiet);
}

static void tick_waiting(struct alerts_group *g)
{
	int64_t at = g->flush_at != 0
			     ? g->flush_at
			     : g->closed_at + g->route->repeat_interval;

	if (wall(g) >= at)
		tell(g);
	else
		wait_until(g, at);
}

static void tick(struct alerts_group *g)
{
	if (g->busy)
		return;
	loop_timer_stop(g->owner->spec.loop, &g->timer);
	if (g->firing == 0)
		tick_silent(g);
	else if (g->open)
		tick_open(g);
	else
		tick_waiting(g);
}

static void on_turn(struct loop_task *t)
{
	struct alerts_groups *gs = LIST_OF(t, struct alerts_groups, turn);
	struct list *it;

	while ((it = list_pop(&gs->touched)) != NULL)
		tick(LIST_OF(it, struct alerts_group, touched));
}

/* ---- alerts join and leave; now: it fired this moment ---- */

static void count(struct alerts_group *g, struct alerts_member *m, int by)
{
	if (by < 0) {
		g->by_severity[m->severity]--;
		return;
	}
	m->severity = m->alert->state.severity;
	g->by_severity[m->severity]++;
}

static void join(struct alerts_group *g, struct alerts_alert *al)
{
	struct alerts_member *m = mem_new(sizeof(*m));

	m->alert = al;
	m->group = g;
	list_append(&g->members, &m->in_group);
	list_append(&al->members, &m->in_alert);
	g->firing++;
	if (g->joined < g->firing)
		g->joined = (unsigned)g->firing;
	g->elsewhere = false;
	count(g, m, 1);
}

static void leave(struct alerts_member *m)
{
	struct alerts_group *g = m->group;

	count(g, m, -1);
	g->firing--;
	list_del(&m->in_group);
	list_del(&m->in_alert);
	mem_free(m);
}

/* A case closed by hand is not opened again by what fired before. */
static void expect_case(struct alerts_group *g, const struct alerts_alert *al,
			bool now)
{
	int64_t at;

	if (g->open ||
	    (!now && g->closed_at != 0 && al->state.fired <= g->closed_at))
		return;
	at = al->state.fired + alerts_route_wait(g->route, al->state.severity);
	if (g->flush_at == 0 || at < g->flush_at)
		g->flush_at = at;
}

static struct alerts_group *group_for(struct alerts_groups *gs,
				      const struct alerts_route *r,
				      const struct alerts_data *d)
{
	struct alerts_label v[ALERTS_LABELS_MAX];
	struct alerts_labels labels = d->labels;
	struct buf b = { .data = NULL };
	uint8_t digest[CRYPTO_HASH_MAX];
	char hash[17];
	struct alerts_group *g;

	/* What we say ourselves is not drowned in somebody's group. */
	if (!str_is(d->source, ALERTS_OWN))
		labels = alerts_route_group(r, &d->labels, v);
	buf_printf(&b, "%s:", r->key);
	alerts_labels_text(&labels, &b);
	crypto_digest(CRYPTO_SHA256, buf_str(&b), digest);
	codec_hex_to(hash, digest, 8);
	buf_reset(&b);
	buf_printf(&b, "incident:%s:%s", r->receiver->name, hash);
	g = map_get(&gs->by_key, buf_str(&b));
	if (g == NULL)
		g = add_group(gs, buf_str(&b));
	g->route = r;
	buf_fini(&b);
	return g;
}

static void join_all(struct alerts_groups *gs, struct alerts_alert *al,
		     bool now)
{
	const struct alerts_route *routes[ALERTS_ROUTE_MATCH_MAX];
	size_t n = alerts_route_match(gs->routes, &al->data->labels, routes);

	for (size_t i = 0; i < n; i++) {
		struct alerts_group *g = group_for(gs, routes[i], al->data);

		join(g, al);
		g->dirty = true;
		expect_case(g, al, now);
		touch(g);
	}
}

static void on_changed(struct alerts_member *m)
{
	struct alerts_group *g = m->group;

	count(g, m, -1);
	count(g, m, 1);
	g->dirty = true;
	if (g->flush_at != 0)
		expect_case(g, m->alert, false);
	touch(g);
}

static void on_resolved(struct alerts_member *m)
{
	struct alerts_group *g = m->group;

	g->unconfirmed = !m->alert->state.confirmed;
	g->dirty = true;
	leave(m);
	touch(g);
}

void alerts_group_change(struct alerts_groups *gs, struct alerts_alert *al,
			 enum alerts_change change)
{
	if (al->state.firing && list_empty(&al->members)) {
		join_all(gs, al, true);
		return;
	}
	LIST_EACH_SAFE(it, tmp, &al->members)
	{
		struct alerts_member *m =
			LIST_OF(it, struct alerts_member, in_alert);

		if (!al->state.firing)
			on_resolved(m);
		else if (change == ALERTS_CHANGED || change == ALERTS_FIRED)
			on_changed(m);
	}
}

uint64_t alerts_group_case(const struct alerts_alert *al)
{
	LIST_EACH(it, &al->members)
	{
		const struct alerts_group *g =
			LIST_OF(it, struct alerts_member, in_alert)->group;

		if (g->open)
			return g->number;
	}
	return 0;
}

const struct alerts_group *alerts_group_next(const struct alerts_groups *gs,
					     size_t *it)
{
	return map_next(&gs->by_key, it);
}

/* ---- the whole ---- */

struct alerts_groups *alerts_group_new(const struct alerts_groups_spec *spec)
{
	struct alerts_groups *gs = mem_new(sizeof(*gs));

	gs->spec = *spec;
	gs->turn.fn = on_turn;
	list_init(&gs->touched);
	map_init(&gs->by_key, loop_seed(spec->loop));
	case_watch(spec->cases, on_case, gs);
	return gs;
}

void alerts_group_free(struct alerts_groups **out)
{
	struct alerts_groups *gs = *out;
	struct alerts_group *g;
	size_t it = 0;

	if (gs == NULL)
		return;
	while ((g = map_next(&gs->by_key, &it)) != NULL)
		free_group(g);
	map_fini(&gs->by_key);
	loop_defer_cancel(&gs->turn);
	mem_free(gs);
	*out = NULL;
}

static void detach_all(struct alerts_groups *gs)
{
	struct alerts_group *g;
	size_t it = 0;

	while ((g = map_next(&gs->by_key, &it)) != NULL) {
		g->elsewhere = g->firing > 0;
		g->route = NULL;
		g->flush_at = 0;
		LIST_EACH_SAFE(m, tmp, &g->members)
		leave(LIST_OF(m, struct alerts_member, in_group));
		touch(g);
	}
}

void alerts_group_route(struct alerts_groups *gs,
			const struct alerts_routes *routes,
			const struct alerts_model *m)
{
	struct alerts_alert *al;
	size_t it = 0;

	detach_all(gs);
	gs->routes = routes;
	while ((al = map_next(&m->by_fingerprint, &it)) != NULL)
		if (al->state.firing)
			join_all(gs, al, false);
}

/* ---- after a restart ---- */

static void adopt(struct alerts_group *g, const struct casefile *c)
{
	g->number = c->number;
	g->open = true;
	g->closed_at = 0;
	g->flush_at = 0;
	g->told.severity = c->severity;
	if (g->joined < c->alerts)
		g->joined = c->alerts;
	g->dirty = c->firing != g->firing || c->severity != severity_of(g);
	touch(g);
}

static void on_incident(void *arg, const struct store_alert_incident *i)
{
	struct alerts_groups *gs = arg;
	struct alerts_group *g = map_get(&gs->by_key, i->key);

	if (g == NULL)
		g = add_group(gs, i->key);
	g->number = i->case_number;
	/* Not known to be closed, and adopt() finds no open case: it was
	 * closed while its row was under way. */
	g->closed_at =
		i->closed_at != 0 ? i->closed_at : loop_wall(gs->spec.loop);
	g->flush_at = 0;
	LIST_EACH(it, &g->members)
	expect_case(g, LIST_OF(it, struct alerts_member, in_group)->alert,
		    false);
	touch(g);
}

enum gw_err alerts_group_load(struct alerts_groups *gs)
{
	const struct casefile *c = NULL;
	enum gw_err e =
		store_alert_load_incidents(gs->spec.store, on_incident, gs);

	if (e != GW_OK)
		return e;
	while ((c = case_next(gs->spec.cases, c == NULL ? 0 : c->number)) !=
	       NULL) {
		struct alerts_group *g;

		if (c->state == CASE_CLOSED ||
		    !str_starts(str_of(c->key), "incident:"))
			continue;
		g = map_get(&gs->by_key, str_of(c->key));
		adopt(g != NULL ? g : add_group(gs, str_of(c->key)), c);
	}
	return GW_OK;
}
