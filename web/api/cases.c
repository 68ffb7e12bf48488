/* SPDX-License-Identifier: MIT */
/* cases.c - GET /api/cases and /api/cases/{n} with its timeline */
#include "web/may.h"
#include "web/words.h"

struct filter {
	struct str state, kind, pool;
	uint64_t after;
};

static bool wanted(const struct filter *f, const struct casefile *c)
{
	return (f->state.p == NULL ||
		str_is(f->state, web_words_state(c->state))) &&
	       (f->kind.p == NULL ||
		str_is(f->kind, web_words_kind(c->kind))) &&
	       (f->pool.p == NULL ||
		(c->pool != NULL && str_is(f->pool, c->pool)));
}

static void counts(struct web_req *q, struct json_out *o)
{
	const struct casefile *c = NULL;
	int64_t n[CASE_CLOSED + 1] = { 0 };

	while ((c = case_next(q->web->spec.cases, c ? c->number : 0)) != NULL)
		n[c->state]++;
	json_out_object(o, "counts");
	for (int s = CASE_OPEN; s <= CASE_CLOSED; s++)
		json_out_int(o, web_words_state((enum case_state)s), n[s]);
	json_out_end_object(o);
}

static void rows(struct web_req *q, const struct filter *f, struct json_out *o)
{
	const struct casefile *c = NULL;
	uint64_t at = f->after, last = 0;
	size_t n = 0;
	bool more = false;

	json_out_array(o, "cases");
	while ((c = case_next(q->web->spec.cases, at)) != NULL) {
		at = c->number;
		if (!wanted(f, c))
			continue;
		if (n == WEB_ROWS_MAX) {
			more = true;
			break;
		}
		n++;
		last = c->number;
		json_out_object(o, NULL);
		web_case_row(o, c);
		json_out_bool(o, "may", web_may_act(q, c, str_of(q->who)));
		json_out_end_object(o);
	}
	json_out_end_array(o);
	json_out_int(o, "count", (int64_t)n);
	if (more)
		json_out_int(o, "after", (int64_t)last);
	else
		json_out_null(o, "after");
}

static void on_list(struct web_req *q)
{
	struct filter f = {
		.state = http_query(q->http, "state"),
		.kind = http_query(q->http, "kind"),
		.pool = http_query(q->http, "pool"),
	};
	struct str after = http_query(q->http, "after");
	struct buf b = { .data = NULL };
	struct json_out o;
	int64_t number = 0;

	if (after.p != NULL && str_int(after, 0, INT64_MAX, &number) != GW_OK) {
		web_fail(q, GW_BAD_INPUT, "after: the number of a case");
		return;
	}
	f.after = (uint64_t)number;
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_int(&o, "now", loop_wall(q->web->spec.loop));
	counts(q, &o);
	rows(q, &f, &o);
	json_out_end_object(&o);
	web_json(q, 200, &b);
}

static void write_choice(struct json_out *o, const char *choice)
{
	struct str text = str_of(choice);
	struct json *root = NULL;

	if (text.n != 0 && json_parse(text, &root, NULL) == GW_OK)
		web_raw(o, "choice", text);
	else
		json_out_null(o, "choice");
	json_free(&root);
}

static void write_entry(struct json_out *o, const struct case_entry *e)
{
	json_out_object(o, NULL);
	json_out_int(o, "seq", e->seq);
	json_out_int(o, "at", e->at);
	json_out_text(o, "what", e->what);
	json_out_text(o, "who", e->who);
	json_out_text(o, "via", e->via);
	json_out_text(o, "why", e->why);
	write_choice(o, e->choice);
	json_out_end_object(o);
}

static void write_case(struct web_req *q, struct json_out *o,
		       const struct casefile *c)
{
	json_out_object(o, "case");
	web_case_row(o, c);
	json_out_bool(o, "may", web_may_act(q, c, str_of(q->who)));
	json_out_end_object(o);
}

struct one { /* in the request's arena */
	struct web_req *q;
	uint64_t number;
	int64_t count;
	struct str timeline;
};

static void answer(struct one *one, const struct casefile *c)
{
	struct buf b = { .data = NULL };
	struct json_out o;

	if (!web_may_see(one->q, c)) {
		web_fail(one->q, GW_NOT_FOUND, "there is no such case");
		return;
	}
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_int(&o, "now", loop_wall(one->q->web->spec.loop));
	write_case(one->q, &o, c);
	json_out_int(&o, "count", one->count);
	web_raw(&o, "timeline", one->timeline);
	json_out_end_object(&o);
	web_json(one->q, 200, &b);
}

static void on_read(void *arg, enum gw_err e, const struct casefile *c)
{
	struct one *one = arg;

	if (e != GW_OK || one->q->web == NULL)
		web_fail(one->q, e != GW_OK ? e : GW_UNAVAIL,
			 e == GW_NOT_FOUND ? "there is no such case" : NULL);
	else
		answer(one, c);
}

/* The newest entries, where there are too many. */
static void keep_timeline(struct one *one, const struct case_entry *entries,
			  size_t n)
{
	size_t skip = n > WEB_ROWS_MAX ? n - WEB_ROWS_MAX : 0;
	struct buf b = { .data = NULL };
	struct json_out o;

	json_out_init(&o, &b);
	json_out_array(&o, NULL);
	for (size_t i = skip; i < n; i++)
		write_entry(&o, &entries[i]);
	json_out_end_array(&o);
	one->count = (int64_t)n;
	one->timeline = arena_str(one->q->arena, buf_str(&b));
	buf_fini(&b);
}

static void on_timeline(void *arg, enum gw_err e,
			const struct case_entry *entries, size_t n)
{
	struct one *one = arg;
	struct web_req *q = one->q;
	const struct casefile *c;

	if (e != GW_OK || q->web == NULL) {
		on_read(one, e, NULL);
		return;
	}
	keep_timeline(one, entries, n);
	c = case_get(q->web->spec.cases, one->number);
	if (c != NULL)
		answer(one, c);
	else /* closed long ago */
		case_read(q->web->spec.cases, one->number, on_read, one);
}

static void on_one(struct web_req *q)
{
	struct one *one = arena_alloc(q->arena, sizeof(*one));
	int64_t number;

	one->q = q;
	if (str_int(http_segment(q->http, 0), 1, INT64_MAX, &number) != GW_OK) {
		web_fail(q, GW_NOT_FOUND, "there is no such case");
		return;
	}
	one->number = (uint64_t)number;
	case_timeline(q->web->spec.cases, one->number, on_timeline, one);
}

const struct web_route web_cases_routes[] = {
	{ HTTP_GET, "/api/cases", 0, WEB_OPERATOR, false, on_list },
	{ HTTP_GET, "/api/cases/{}", 0, WEB_PERSON, false, on_one },
	{ .path = NULL },
};
