/* SPDX-License-Identifier: MIT */
/* v2.c - Alertmanager's API, version 2: alerts in
 *
 * The order of checks is Alertmanager's: JSON and types first (nothing is
 * taken), then the schema (nothing is taken), then each alert for itself.
 */
#include "alerts/api/v2.h"

#include "alerts/alerts_private.h"
#include "alerts/source/fields.h"

#define SENTENCES_MAX ((size_t)2000)

struct parse {
	const struct alerts_v2_times *times;
	struct arena *arena;
	struct alerts_v2_post *out;
	struct buf refused; /* sentences, "; " between */
};

/* ---- answers ---- */

static struct str error_json(struct arena *a, unsigned code, const char *text)
{
	struct buf b = { .data = NULL };
	struct json_out o;
	struct str s;

	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_int(&o, "code", code);
	json_out_text(&o, "message", text);
	json_out_end_object(&o);
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

void alerts_v2_error(struct http_req *r, unsigned status, unsigned code,
		     const char *text)
{
	http_reply(r, status, "application/json",
		   error_json(http_arena(r), code, text));
}

static enum gw_err refuse_all(struct parse *p, unsigned status, unsigned code,
			      const char *text)
{
	p->out->n = 0;
	p->out->status = status;
	p->out->why = text;
	p->out->answer = error_json(p->arena, code, text);
	return GW_BAD_INPUT;
}

static void refuse_one(struct parse *p, const char *text)
{
	if (p->refused.len > SENTENCES_MAX)
		return;
	if (p->refused.len > 0)
		buf_add_lit(&p->refused, "; ");
	buf_add_lit(&p->refused, text);
}

/* ---- one alert ---- */

/* swagger's format uri: a scheme, and no blanks */
static bool is_uri(struct str s)
{
	size_t colon = str_find(s, ':');

	if (colon == 0 || colon == s.n)
		return s.n > 0 && s.p[0] == '/';
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

static enum gw_err check_schema(struct parse *p, const struct json *j, size_t i)
{
	struct str url = json_get_str(j, "generatorURL");

	if (json_kind(json_get(j, "labels")) == JSON_NULL)
		return refuse_all(p, 422, 602,
				  arena_printf(p->arena,
					       "%zu.labels in body is required",
					       i));
	if (url.n > 0 && !is_uri(url))
		return refuse_all(
			p, 422, 601,
			arena_printf(p->arena,
				     "%zu.generatorURL in body must be of "
				     "type uri: \"%.*s\"",
				     i, url.n > 200 ? 200 : (int)url.n, url.p));
	return GW_OK;
}

static enum gw_err wrong_type(struct parse *p, size_t i, const char *what)
{
	return refuse_all(p, 400, 400,
			  arena_printf(p->arena,
				       "parsing alerts body from \"\" failed, "
				       "because %zu.%s",
				       i, what));
}

struct one {
	struct alerts_event event;
	struct alerts_pairs labels, annotations;
};

static enum gw_err read_types(struct parse *p, const struct json *j, size_t i,
			      struct one *one)
{
	const struct json *url = json_get(j, "generatorURL");

	if (json_kind(j) != JSON_OBJECT)
		return wrong_type(p, i, "is no object");
	if (alerts_fields_pairs(json_get(j, "labels"), p->arena,
				&one->labels) != GW_OK)
		return wrong_type(p, i, "labels is no object of texts");
	if (alerts_fields_pairs(json_get(j, "annotations"), p->arena,
				&one->annotations) != GW_OK)
		return wrong_type(p, i, "annotations is no object of texts");
	if (alerts_fields_time(json_get(j, "startsAt"), &one->event.starts) !=
	    GW_OK)
		return wrong_type(p, i, "startsAt is no RFC 3339 time");
	if (alerts_fields_time(json_get(j, "endsAt"), &one->event.ends) !=
	    GW_OK)
		return wrong_type(p, i, "endsAt is no RFC 3339 time");
	if (json_kind(url) != JSON_NULL && json_kind(url) != JSON_STRING)
		return wrong_type(p, i, "generatorURL is no text");
	one->event.generator = alerts_fields_text(j, "generatorURL", p->arena);
	return GW_OK;
}

static void set_times(const struct parse *p, struct alerts_event *e)
{
	int64_t now = p->times->now;

	if (e->starts == ALERTS_FIELDS_ABSENT)
		e->starts = e->ends == ALERTS_FIELDS_ABSENT ? now : e->ends;
	if (e->ends == ALERTS_FIELDS_ABSENT) {
		e->timeout_based = true;
		e->ends = now + p->times->resolve_timeout;
	}
	e->resolved = e->ends <= now;
}

static void read_one(struct parse *p, struct one *one)
{
	struct alerts_event *e = &one->event;
	struct err_note note = { .text = "" };

	set_times(p, e);
	if (alerts_event_fill(e, one->labels, one->annotations, &note) !=
	    GW_OK) {
		refuse_one(p, note.text);
		return;
	}
	if (e->ends < e->starts) {
		refuse_one(p, "start time must be before end time");
		return;
	}
	p->out->events[p->out->n++] = *e;
}

/* ---- the body ---- */

static enum gw_err read_all(struct parse *p, const struct json *root)
{
	size_t n = json_size(root);
	struct one *all = arena_alloc(p->arena, (n + 1) * sizeof(*all));
	enum gw_err e = GW_OK;

	for (size_t i = 0; i < n && e == GW_OK; i++)
		e = read_types(p, json_at(root, i), i, &all[i]);
	for (size_t i = 0; i < n && e == GW_OK; i++)
		e = check_schema(p, json_at(root, i), i);
	if (e != GW_OK)
		return e;
	p->out->events =
		arena_alloc(p->arena, (n + 1) * sizeof(*p->out->events));
	for (size_t i = 0; i < n; i++)
		read_one(p, &all[i]);
	return GW_OK;
}

static void answer_refused(struct parse *p)
{
	struct buf b = { .data = NULL };

	if (p->refused.len == 0)
		return;
	p->out->status = 400;
	p->out->why = arena_str(p->arena, buf_str(&p->refused)).p;
	buf_add_json(&b, buf_str(&p->refused));
	buf_add_char(&b, '\n');
	p->out->answer = arena_str(p->arena, buf_str(&b));
	buf_fini(&b);
}

void alerts_v2_parse(struct str body, const struct alerts_v2_times *t,
		     struct arena *a, struct alerts_v2_post *out)
{
	struct parse p = { .times = t, .arena = a, .out = out };
	struct err_note note = { .text = "" };
	struct json *root;

	*out = (struct alerts_v2_post){ .status = 200 };
	if (body.n == 0) {
		(void)refuse_all(&p, 422, 602, "alerts in body is required");
		return;
	}
	if (json_parse(body, &root, &note) != GW_OK) {
		(void)refuse_all(&p, 400, 400,
				 arena_printf(a,
					      "parsing alerts body from \"\" "
					      "failed, because %s",
					      note.text));
		return;
	}
	if (json_kind(root) == JSON_ARRAY) {
		if (read_all(&p, root) == GW_OK)
			answer_refused(&p);
	} else if (json_kind(root) != JSON_NULL) {
		(void)refuse_all(&p, 400, 400,
				 "parsing alerts body from \"\" failed, "
				 "because it is no list");
	}
	buf_fini(&p.refused);
	json_free(&root);
}

/* ---- the route ---- */

struct post {
	struct alerts_batch batch;
	struct http_req *req;
	struct alerts_v2_post body;
};

static void on_done(struct alerts_batch *b, enum gw_err e)
{
	struct post *p = b->arg;

	if (e != GW_OK)
		alerts_source_reply(p->req, e, "try again later\n");
	else if (p->body.status != 200)
		http_reply(p->req, p->body.status, "application/json",
			   p->body.answer);
	else if (b->refused > 0)
		http_reply(p->req, 400, "application/json",
			   STR("\"other labels have this fingerprint\"\n"));
	else
		alerts_source_reply(p->req, GW_OK, NULL);
}

static void refuse_type(struct http_req *r)
{
	struct str type = http_header(r, "Content-Type");

	alerts_v2_error(r, 415, 415,
			arena_printf(http_arena(r),
				     "unsupported media type \"%.*s\", only "
				     "[application/json] are allowed",
				     type.n > 100 ? 100 : (int)type.n,
				     type.p != NULL ? type.p : ""));
}

static void on_post(struct http_req *r, void *arg)
{
	struct alerts *a = arg;
	const struct alerts_source *s = alerts_source_check(a, r, STR_NONE);
	struct alerts_v2_times times = {
		.now = loop_wall(a->spec.loop),
		.resolve_timeout = a->conf->resolve_timeout,
	};
	struct post *p;

	if (s == NULL)
		return;
	if (!alerts_source_sends_json(r)) {
		refuse_type(r);
		return;
	}
	p = arena_alloc(http_arena(r), sizeof(*p));
	p->req = r;
	alerts_v2_parse(http_body(r), &times, http_arena(r), &p->body);
	if (p->body.status != 200)
		alerts_intake_dead(a->intake, str_of(s->name), p->body.why,
				   http_body(r));
	p->batch.events = p->body.events;
	p->batch.n = p->body.n;
	p->batch.source = arena_str(http_arena(r), str_of(s->name));
	p->batch.raw = http_body(r);
	p->batch.done = on_done;
	p->batch.arg = p;
	alerts_intake_submit(a->intake, &p->batch);
}

static void on_v1(struct http_req *r, void *arg)
{
	(void)arg;
	http_reply_text(r, 410, "the v1 API is gone: use /api/v2\n");
}

const struct http_route alerts_api_v2[] = {
	{ HTTP_POST, "/api/v2/alerts", ALERTS_BODY_MAX, on_post },
	{ HTTP_GET | HTTP_POST, "/api/v1/alerts", ALERTS_BODY_MAX, on_v1 },
	{ .path = NULL },
};
