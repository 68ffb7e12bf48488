/* SPDX-License-Identifier: MIT */
/* state.c - GET /api/status: is everything working, one line per concern
 *
 * What the rest of the house says of itself, and what it means to a person.
 */
#include <inttypes.h>

#include "gateway/base/when.h"
#include "web/web_private.h"

static void concern(struct json_out *o, const char *name, const char *state,
		    const char *text)
{
	json_out_object(o, NULL);
	json_out_text(o, "name", name);
	json_out_text(o, "state", state); /* ok, warn, bad */
	json_out_text(o, "text", text);
	json_out_end_object(o);
}

static void coverage(struct web_req *q, const struct pool *p,
		     struct json_out *o)
{
	struct snapshot s;
	size_t available = 0;
	const char *name = arena_printf(q->arena, "Pool %s", pool_address(p));

	if (pool_snapshot(q->web->spec.pools, p, q->arena, &s) != GW_OK) {
		concern(o, name, "bad", "its directory group is not known");
		return;
	}
	for (size_t i = 0; i < s.count; i++) {
		struct verdict v = presence_verdict(&s.people[i], &s.rules,
						    s.now, q->arena);

		available += v.level >= AVAIL_REACHABLE;
	}
	concern(o, name, available > 0 ? "ok" : "bad",
		arena_printf(q->arena, "%zu of %zu available", available,
			     s.count));
}

static void open_cases(struct web_req *q, struct json_out *o)
{
	const struct casefile *c = NULL;
	int64_t now = loop_wall(q->web->spec.loop), oldest = now;
	size_t open = 0, claimed = 0;

	while ((c = case_next(q->web->spec.cases, c ? c->number : 0)) != NULL) {
		open += c->state == CASE_OPEN;
		claimed += c->state == CASE_CLAIMED;
		if (c->state == CASE_OPEN && c->opened_at < oldest)
			oldest = c->opened_at;
	}
	if (open == 0)
		concern(o, "Cases", "ok",
			arena_printf(q->arena, "none unclaimed, %zu claimed",
				     claimed));
	else
		concern(o, "Cases", "warn",
			arena_printf(q->arena,
				     "%zu unclaimed, the oldest for %lld "
				     "min; %zu claimed",
				     open, (long long)((now - oldest) / 60000),
				     claimed));
}

/* Certificates are renewed by others, who may have stopped doing it. */
static void certificates(struct web_req *q, const struct json *house,
			 struct json_out *o)
{
	const struct json *domains = json_get(house, "domains");
	int64_t now = loop_wall(q->web->spec.loop);

	for (size_t i = 0; i < json_size(domains); i++) {
		const struct json *d = json_at(domains, i);
		struct str domain = json_get_str(d, "domain");
		int64_t ends = json_int(json_get(d, "certificate_ends"), 0);
		int64_t days = (ends - now) / WHEN_DAY;
		const char *state = "ok";

		if (ends == 0)
			continue;
		if (days < 14)
			state = ends <= now ? "bad" : "warn";
		concern(o,
			arena_printf(q->arena, "TLS " STR_FMT, STR_ARG(domain)),
			state,
			ends <= now ? "the certificate has ended"
				    : arena_printf(q->arena,
						   "the certificate ends in "
						   "%" PRId64 " days",
						   days));
	}
}

static void listeners(struct web_req *q, const struct json *house,
		      struct json_out *o)
{
	size_t n = json_size(json_get(house, "listeners"));

	if (n != 0)
		concern(o, "Listeners", "ok",
			arena_printf(q->arena, "%zu open", n));
}

static void concerns(struct web_req *q, const struct json *house,
		     struct json_out *o)
{
	bool healthy = store_healthy(q->web->spec.store);
	const struct pool *p;
	size_t it = 0, n = 0;

	json_out_bool(o, "ready", healthy);
	json_out_array(o, "concerns");
	concern(o, "Store", healthy ? "ok" : "bad",
		healthy ? "writing" : "failing: nothing is accepted");
	open_cases(q, o);
	while (n++ < WEB_ROWS_MAX &&
	       (p = pool_next(q->web->spec.pools, &it)) != NULL)
		coverage(q, p, o);
	listeners(q, house, o);
	certificates(q, house, o);
	json_out_end_array(o);
}

static void on_status(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct buf b = { .data = NULL };
	struct err_note note;
	struct json_out o;

	admin->status(admin->self, &b);
	if (json_parse(buf_str(&b), &q->body, &note) != GW_OK ||
	    json_kind(q->body) != JSON_OBJECT) {
		buf_fini(&b);
		web_fail(q, GW_INTERNAL, "the status cannot be read");
		return;
	}
	buf_cut(&b, str_trim(buf_str(&b)).n - 1); /* its closing brace */
	json_out_init(&o, &b);
	o.comma = b.data[b.len - 1] != '{';
	concerns(q, q->body, &o);
	json_out_end_object(&o);
	web_json(q, 200, &b);
}

const struct web_route web_state_routes[] = {
	{ HTTP_GET, "/api/status", 0, WEB_OPERATOR, false, on_status },
	{ .path = NULL },
};
