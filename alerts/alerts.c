/* SPDX-License-Identifier: MIT */
/* alerts.c - the alert side put together, and what the console asks of it */
#include "alerts/alerts.h"

#include <stdlib.h>

#include "alerts/alerts_private.h"
#include "alerts/api/v2.h"
#include "gateway/run/log.h"

static struct metric *counter(struct alerts *a, const char *name,
			      const char *labels, const char *help)
{
	return metrics_get(a->spec.metrics, METRIC_COUNTER, name, labels, help);
}

static int64_t count_firing(void *arg)
{
	const struct alerts *a = arg;

	return (int64_t)a->model.firing;
}

static void make_groups(struct alerts *a)
{
	static const char cases[] = "Cases of incidents.";
	struct alerts_groups_spec spec = {
		.loop = a->spec.loop,
		.store = a->spec.store,
		.cases = a->spec.cases,
		.opened = counter(a, "alert_cases_total", "what=\"opened\"",
				  cases),
		.closed = counter(a, "alert_cases_total", "what=\"closed\"",
				  cases),
	};

	a->groups = alerts_group_new(&spec);
}

static void make_intake(struct alerts *a)
{
	static const char events[] = "What events made of alerts.";
	struct alerts_intake_spec spec = {
		.loop = a->spec.loop,
		.store = a->spec.store,
		.model = &a->model,
		.groups = a->groups,
		.fired = counter(a, "alert_events_total", "what=\"fired\"",
				 events),
		.resolved = counter(a, "alert_events_total",
				    "what=\"resolved\"", events),
		.refreshed = counter(a, "alert_events_total",
				     "what=\"refreshed\"", events),
		.shed = counter(a, "alert_batches_shed_total", "",
				"Batches refused because of overload."),
		.dead = counter(a, "alert_dead_letters_total", "",
				"Bodies that could not be used."),
	};

	a->intake = alerts_intake_new(&spec);
}

static void add_routes(struct alerts *a)
{
	static const struct http_route *const tables[] = {
		alerts_source_alertmanager, alerts_api_v2, alerts_api_v2_read
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (httpd_routes(a->spec.httpd, tables[i], a) != GW_OK)
			log_error("alerts.route-taken", "path", tables[i]->path,
				  NULL);
}

struct alerts *alerts_new(const struct alerts_spec *spec)
{
	struct alerts *a = mem_new(sizeof(*a));

	a->spec = *spec;
	a->started_at = loop_wall(spec->loop);
	alerts_model_init(&a->model, loop_seed(spec->loop));
	make_groups(a);
	make_intake(a);
	a->requests = counter(a, "alert_requests_total", "",
			      "Requests of sources of alerts.");
	a->denied = counter(a, "alert_requests_denied_total", "",
			    "Requests without the right to send.");
	metrics_ask(spec->metrics, "alerts_firing", "Alerts that fire.",
		    count_firing, a);
	if (spec->httpd != NULL)
		add_routes(a);
	return a;
}

void alerts_free(struct alerts **out)
{
	struct alerts *a = *out;

	if (a == NULL)
		return;
	alerts_intake_free(&a->intake);
	alerts_group_free(&a->groups);
	alerts_model_fini(&a->model);
	alerts_route_free(&a->routes);
	alerts_source_fini(&a->sources);
	config_unref(&a->cfg);
	mem_free(a);
	*out = NULL;
}

static bool has_name(const struct conf_map *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].name, name) == 0)
			return true;
	return *name == '\0';
}

static enum gw_err check_receivers(const struct alerts_conf *conf,
				   const struct config *cfg,
				   struct err_note *note)
{
	for (size_t i = 0; i < conf->receivers.count; i++) {
		const struct alerts_conf_receiver *r = conf->receivers.items[i];

		if (!has_name(config_get(cfg, "pools"), r->pool))
			return err_say(note, GW_BAD_INPUT,
				       "alerts.receivers: %s: no pool is named "
				       "`%s'",
				       r->name, r->pool);
		if (!has_name(config_get(cfg, "ladders"), r->ladder))
			return err_say(note, GW_BAD_INPUT,
				       "alerts.receivers: %s: no ladder is "
				       "named `%s'",
				       r->name, r->ladder);
	}
	return GW_OK;
}

enum gw_err alerts_configure(struct alerts *a, struct config *cfg,
			     struct err_note *note)
{
	const struct alerts_conf *conf = config_get(cfg, "alerts");
	struct alerts_sources sources = { .n = 0 };
	struct alerts_routes *routes = NULL;
	enum gw_err e = check_receivers(conf, cfg, note);

	if (e == GW_OK)
		e = alerts_route_build(conf, &routes, note);
	if (e == GW_OK)
		e = alerts_source_read(conf, &sources, note);
	if (e != GW_OK) {
		alerts_route_free(&routes);
		return e;
	}
	alerts_intake_limit(a->intake, (size_t)conf->max_alerts);
	alerts_group_route(a->groups, routes, &a->model);
	alerts_route_free(&a->routes);
	a->routes = routes;
	alerts_source_fini(&a->sources);
	a->sources = sources;
	config_unref(&a->cfg);
	a->cfg = config_ref(cfg);
	a->conf = conf;
	return GW_OK;
}

struct loading {
	struct alerts *alerts;
	struct arena *arena;
};

static void on_row(void *arg, const struct store_alert *row)
{
	struct loading *l = arg;

	alerts_intake_restore(l->alerts->intake, row, l->arena);
	arena_reset(l->arena);
}

enum gw_err alerts_load(struct alerts *a)
{
	struct loading l = { .alerts = a, .arena = arena_new() };
	enum gw_err e = store_alert_load(a->spec.store, on_row, &l);

	arena_free(&l.arena);
	if (e != GW_OK)
		return e;
	alerts_group_route(a->groups, a->routes, &a->model);
	return alerts_group_load(a->groups);
}

void alerts_stop(struct alerts *a)
{
	alerts_intake_stop(a->intake);
}

/* ---- for console and command line ---- */

static int newest_first(const void *x, const void *y)
{
	const struct alerts_alert *const *a = x, *const *b = y;
	const struct alerts_state *s = &(*a)->state, *t = &(*b)->state;

	if (s->firing != t->firing)
		return s->firing ? -1 : 1;
	if (s->fired != t->fired)
		return s->fired > t->fired ? -1 : 1;
	return strcmp((*a)->fingerprint, (*b)->fingerprint);
}

static void fill_row(const struct alerts_alert *al, struct arena *a,
		     struct alerts_row *row)
{
	struct str summary =
		alerts_labels_get(&al->data->annotations, "summary");
	struct str name = alerts_labels_get(&al->data->labels, "alertname");
	struct buf labels = { .data = NULL };

	alerts_labels_text(&al->data->labels, &labels);
	row->fingerprint = arena_strdup(a, al->fingerprint);
	row->name = arena_str(a, name).p;
	row->summary = arena_str(a, summary).p;
	row->status = al->state.firing	    ? "firing"
		      : al->state.confirmed ? "resolved"
					    : "timed out";
	row->source = arena_str(a, al->data->source).p;
	row->labels = arena_str(a, buf_str(&labels)).p;
	row->severity = al->state.severity;
	row->starts_at = al->state.starts;
	row->ends_at = al->state.ends;
	row->seen_at = al->state.seen;
	row->case_number = alerts_group_case(al);
	buf_fini(&labels);
}

size_t alerts_list(const struct alerts *al, struct str after, size_t max,
		   struct arena *a, struct alerts_row **out)
{
	size_t n = 0, it = 0, from = 0;
	const struct alerts_alert **all =
		mem_new((al->model.by_fingerprint.used + 1) * sizeof(*all));
	const struct alerts_alert *one;

	while ((one = map_next(&al->model.by_fingerprint, &it)) != NULL)
		all[n++] = one;
	if (n > 1)
		qsort(all, n, sizeof(*all), newest_first);
	while (after.n > 0 && from < n &&
	       !str_is(after, all[from++]->fingerprint))
		;
	n = n - from < max ? n - from : max;
	*out = arena_alloc(a, (n + 1) * sizeof(**out));
	for (size_t i = 0; i < n; i++)
		fill_row(all[from + i], a, &(*out)[i]);
	mem_free(all);
	return n;
}
