/* SPDX-License-Identifier: MIT */
/* v2_read.c - Alertmanager's API, version 2: what there is
 *
 * Reading needs the same right as sending.  At most ITEMS_MAX alerts are in
 * one answer, so that no query stops the daemon; the header
 * X-Muster-Truncated says that there were more.
 */
#include <stdlib.h>

#include "alerts/alerts_private.h"
#include "alerts/api/v2.h"
#include "gateway/base/when.h"

#define ITEMS_MAX   10000
#define FILTERS_MAX 32
#define FILTER_TEXT ((size_t)256)

struct query {
	struct alerts *alerts;
	struct http_req *req;
	struct alerts_matcher *filters;
	size_t n_filters;
	struct alerts_matcher receiver; /* on the name; .regex NULL: any */
	bool active;
	struct buf body;
	struct json_out out;
};

/* ---- what is asked for ---- */

/* Before the reply, which ends the arena they live in. */
static void drop_matchers(struct query *q)
{
	alerts_matcher_fini(q->filters, q->n_filters);
	alerts_matcher_fini(&q->receiver, 1);
}

static bool bad_request(struct query *q, const char *text)
{
	struct buf b = { .data = NULL };

	drop_matchers(q);
	buf_add_json(&b, str_of(text));
	buf_add_char(&b, '\n');
	http_reply(q->req, 400, "application/json", buf_str(&b));
	buf_fini(&b);
	return false;
}

static bool add_filter(struct query *q, struct str text)
{
	struct err_note note = { .text = "" };
	struct alerts_matcher *found;
	size_t n;

	if (text.n > FILTER_TEXT)
		return bad_request(q, "a filter is too long");
	if (alerts_matcher_parse(text, http_arena(q->req), &found, &n, &note) !=
	    GW_OK)
		return bad_request(q, note.text);
	if (q->n_filters + n > FILTERS_MAX) {
		alerts_matcher_fini(found, n);
		return bad_request(q, "too many filters");
	}
	memcpy(q->filters + q->n_filters, found, n * sizeof(*found));
	q->n_filters += n;
	return true;
}

static bool read_receiver(struct query *q)
{
	struct str text = http_query(q->req, "receiver");
	struct err_note note = { .text = "" };

	if (text.n == 0)
		return true;
	if (text.n > FILTER_TEXT)
		return bad_request(q, "the receiver is too long");
	q->receiver.op = ALERTS_MATCH_RE;
	q->receiver.name = STR("receiver");
	q->receiver.value = text;
	if (alerts_matcher_make(&q->receiver, &note) != GW_OK)
		return bad_request(
			q, arena_printf(http_arena(q->req),
					"failed to parse receiver param: %s",
					note.text));
	return true;
}

/* False: answered already. */
static bool begin(struct query *q, struct http_req *r, void *arg)
{
	struct str text;

	*q = (struct query){ .alerts = arg, .req = r };
	if (alerts_source_check(arg, r, STR_NONE) == NULL)
		return false;
	q->filters =
		arena_alloc(http_arena(r), FILTERS_MAX * sizeof(*q->filters));
	q->active = !str_is(http_query(r, "active"), "false");
	for (unsigned i = 0; i <= FILTERS_MAX; i++) {
		text = http_query_nth(r, "filter", i);
		if (text.p == NULL)
			break;
		if (!add_filter(q, text))
			return false;
	}
	if (!read_receiver(q))
		return false;
	json_out_init(&q->out, &q->body);
	return true;
}

static void answer(struct query *q)
{
	drop_matchers(q);
	buf_add_char(&q->body, '\n');
	http_reply(q->req, 200, "application/json", buf_str(&q->body));
	buf_fini(&q->body);
}

static bool receiver_wanted(const struct query *q, const char *name)
{
	struct alerts_label v = { .name = STR("receiver"),
				  .value = str_of(name) };
	struct alerts_labels l = { .n = 1, .v = &v };

	return q->receiver.regex == NULL ||
	       alerts_matcher_all(&q->receiver, 1, &l);
}

static bool wanted(const struct query *q, const struct alerts_alert *al)
{
	if (!q->active || !al->state.firing ||
	    !alerts_matcher_all(q->filters, q->n_filters, &al->data->labels))
		return false;
	LIST_EACH(it, &al->members)
	{
		const struct alerts_group *g =
			LIST_OF(it, struct alerts_member, in_alert)->group;

		if (receiver_wanted(q, g->route->receiver->name))
			return true;
	}
	return q->receiver.regex == NULL;
}

/* ---- alerts ---- */

static void add_time(struct json_out *o, const char *key, int64_t at)
{
	char text[WHEN_TEXT_MAX];

	json_out_text(o, key, when_rfc3339(at, text));
}

static void add_name(struct json_out *o, const char *key, const char *name)
{
	json_out_object(o, key);
	json_out_text(o, "name", name);
	json_out_end_object(o);
}

static void add_none(struct json_out *o, const char *key)
{
	json_out_array(o, key);
	json_out_end_array(o);
}

static void add_alert(struct json_out *o, const struct alerts_alert *al)
{
	json_out_object(o, NULL);
	alerts_labels_json(&al->data->annotations, o, "annotations");
	add_time(o, "endsAt", al->state.ends);
	json_out_text(o, "fingerprint", al->fingerprint);
	json_out_array(o, "receivers");
	LIST_EACH(it, &al->members)
	add_name(o, NULL,
		 LIST_OF(it, struct alerts_member, in_alert)
			 ->group->route->receiver->name);
	json_out_end_array(o);
	add_time(o, "startsAt", al->state.starts);
	json_out_object(o, "status");
	add_none(o, "inhibitedBy");
	add_none(o, "silencedBy");
	add_none(o, "mutedBy");
	json_out_text(o, "state", "active");
	json_out_end_object(o);
	add_time(o, "updatedAt", al->state.seen);
	if (al->data->generator.n > 0)
		json_out_str(o, "generatorURL", al->data->generator);
	alerts_labels_json(&al->data->labels, o, "labels");
	json_out_end_object(o);
}

static int by_fingerprint(const void *a, const void *b)
{
	const struct alerts_alert *const *x = a, *const *y = b;

	return strcmp((*x)->fingerprint, (*y)->fingerprint);
}

static void add_sorted(struct query *q, struct buf *found, size_t *left)
{
	const struct alerts_alert **all = (void *)found->data;
	size_t n = found->len / sizeof(*all);

	if (n > 1)
		qsort(all, n, sizeof(*all), by_fingerprint);
	if (n > *left) {
		n = *left;
		http_set(q->req, "X-Muster-Truncated", "true");
	}
	*left -= n;
	for (size_t i = 0; i < n; i++)
		add_alert(&q->out, all[i]);
	buf_fini(found);
}

static void on_alerts(struct http_req *r, void *arg)
{
	struct buf found = { .data = NULL };
	struct alerts_alert *al;
	size_t it = 0, left = ITEMS_MAX;
	struct query q;

	if (!begin(&q, r, arg))
		return;
	while ((al = map_next(&q.alerts->model.by_fingerprint, &it)) != NULL)
		if (wanted(&q, al))
			buf_add(&found, &al, sizeof(al));
	json_out_array(&q.out, NULL);
	add_sorted(&q, &found, &left);
	json_out_end_array(&q.out);
	answer(&q);
}

/* ---- groups ---- */

static void add_group(struct query *q, const struct alerts_group *g,
		      size_t *left)
{
	struct alerts_label v[ALERTS_LABELS_MAX];
	struct buf found = { .data = NULL };
	const struct alerts_alert *al = NULL;
	struct alerts_labels labels;

	LIST_EACH(it, &g->members)
	{
		al = LIST_OF(it, struct alerts_member, in_group)->alert;
		if (wanted(q, al))
			buf_add(&found, &al, sizeof(al));
	}
	if (found.len == 0)
		return;
	labels = alerts_route_group(g->route, &al->data->labels, v);
	json_out_object(&q->out, NULL);
	json_out_array(&q->out, "alerts");
	add_sorted(q, &found, left);
	json_out_end_array(&q->out);
	alerts_labels_json(&labels, &q->out, "labels");
	add_name(&q->out, "receiver", g->route->receiver->name);
	json_out_object(&q->out, "routeLabels");
	json_out_end_object(&q->out);
	json_out_end_object(&q->out);
}

static void on_groups(struct http_req *r, void *arg)
{
	const struct alerts_group *g;
	size_t it = 0, left = ITEMS_MAX;
	struct query q;

	if (!begin(&q, r, arg))
		return;
	json_out_array(&q.out, NULL);
	while ((g = alerts_group_next(q.alerts->groups, &it)) != NULL)
		if (g->firing > 0 &&
		    receiver_wanted(&q, g->route->receiver->name))
			add_group(&q, g, &left);
	json_out_end_array(&q.out);
	answer(&q);
}

/* ---- the tree, as Alertmanager would have it ---- */

static void add_span(struct json_out *o, const char *key, int64_t ms)
{
	char text[WHEN_TEXT_MAX];

	json_out_text(o, key, when_span(ms, text));
}

static void add_route(struct json_out *o, const struct alerts_route *r)
{
	struct buf text = { .data = NULL };

	json_out_text(o, "receiver", r->receiver->name);
	if (r->group_by.count > 0) {
		json_out_array(o, "group_by");
		for (size_t i = 0; i < r->group_by.count; i++)
			json_out_text(o, NULL, r->group_by.items[i]);
		json_out_end_array(o);
	}
	if (r->n_matchers > 0) {
		json_out_array(o, "matchers");
		for (size_t i = 0; i < r->n_matchers; i++) {
			buf_reset(&text);
			alerts_matcher_print(&r->matchers[i], &text);
			json_out_str(o, NULL, buf_str(&text));
		}
		json_out_end_array(o);
	}
	if (r->go_on)
		json_out_bool(o, "continue", true);
	if (r->group_wait >= 0)
		add_span(o, "group_wait", r->group_wait);
	if (r->group_interval > 0)
		add_span(o, "group_interval", r->group_interval);
	if (r->repeat_interval > 0)
		add_span(o, "repeat_interval", r->repeat_interval);
	buf_fini(&text);
}

/* As deep as the configuration nests. */
static void add_tree(struct json_out *o, const struct alerts_route *r)
{
	add_route(o, r);
	if (r->n_routes == 0)
		return;
	json_out_array(o, "routes");
	for (size_t i = 0; i < r->n_routes; i++) {
		json_out_object(o, NULL);
		add_tree(o, &r->routes[i]);
		json_out_end_object(o);
	}
	json_out_end_array(o);
}

static void add_receivers(struct json_out *o, const struct alerts *a,
			  const char *key)
{
	const struct conf_seq *all = &a->conf->receivers;

	json_out_array(o, key);
	if (all->count == 0)
		add_name(o, NULL, alerts_route_root(a->routes)->receiver->name);
	for (size_t i = 0; i < all->count; i++)
		add_name(o, NULL,
			 ((const struct alerts_conf_receiver *)all->items[i])
				 ->name);
	json_out_end_array(o);
}

/* JSON is YAML: amtool reads it as Alertmanager's own file.  None of our keys
 * and no secret is in it. */
static void add_original(struct json_out *o, const struct alerts *a)
{
	struct buf text = { .data = NULL };
	struct json_out inner;

	json_out_init(&inner, &text);
	json_out_object(&inner, NULL);
	json_out_object(&inner, "route");
	add_tree(&inner, alerts_route_root(a->routes));
	json_out_end_object(&inner);
	add_receivers(&inner, a, "receivers");
	json_out_end_object(&inner);
	json_out_str(o, "original", buf_str(&text));
	buf_fini(&text);
}

static void on_status(struct http_req *r, void *arg)
{
	static const char *const empty[] = { "revision", "branch", "buildUser",
					     "buildDate", "goVersion" };
	struct query q;
	struct json_out *o = &q.out;

	if (!begin(&q, r, arg))
		return;
	json_out_object(o, NULL);
	json_out_object(o, "cluster");
	add_none(o, "peers");
	json_out_text(o, "status", "disabled");
	json_out_end_object(o);
	json_out_object(o, "config");
	add_original(o, q.alerts);
	json_out_end_object(o);
	add_time(o, "uptime", q.alerts->started_at);
	json_out_object(o, "versionInfo");
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		json_out_text(o, empty[i], "");
	json_out_text(o, "version", "0.27.0+muster" MUSTER_VERSION);
	json_out_end_object(o);
	json_out_end_object(o);
	answer(&q);
}

static void on_receivers(struct http_req *r, void *arg)
{
	struct query q;

	if (!begin(&q, r, arg))
		return;
	add_receivers(&q.out, arg, NULL);
	answer(&q);
}

/* ---- silences: none can be made yet ---- */

static void on_silences(struct http_req *r, void *arg)
{
	struct query q;

	if (!begin(&q, r, arg))
		return;
	add_none(&q.out, NULL);
	answer(&q);
}

static void on_silence(struct http_req *r, void *arg)
{
	if (alerts_source_check(arg, r, STR_NONE) == NULL)
		return;
	http_reply_text(r, 404, "there is no such silence\n");
}

static void on_silence_post(struct http_req *r, void *arg)
{
	if (alerts_source_check(arg, r, STR_NONE) == NULL)
		return;
	alerts_v2_error(r, 501, 501,
			"this server makes no silences: acknowledge the case "
			"in its room instead");
}

const struct http_route alerts_api_v2_read[] = {
	{ HTTP_GET, "/api/v2/alerts", 0, on_alerts },
	{ HTTP_GET, "/api/v2/alerts/groups", 0, on_groups },
	{ HTTP_GET, "/api/v2/status", 0, on_status },
	{ HTTP_GET, "/api/v2/receivers", 0, on_receivers },
	{ HTTP_GET, "/api/v2/silences", 0, on_silences },
	{ HTTP_POST, "/api/v2/silences", 65536, on_silence_post },
	{ HTTP_GET | HTTP_DELETE, "/api/v2/silence/{}", 0, on_silence },
	{ .path = NULL },
};
