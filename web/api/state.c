/* SPDX-License-Identifier: MIT */
/* state.c - GET /api/status: is everything working, one line per concern
 *
 * What this room can see itself stands in `concerns`; what the rest of the
 * house says of itself is `system`, whose own concerns the page shows too.
 */
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

static void on_status(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	bool healthy = store_healthy(q->web->spec.store);
	struct buf b = { .data = NULL }, system = { .data = NULL };
	const struct pool *p;
	struct json_out o;
	size_t it = 0;

	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_int(&o, "now", loop_wall(q->web->spec.loop));
	json_out_text(&o, "version", MUSTER_VERSION);
	json_out_bool(&o, "ready", healthy);
	json_out_array(&o, "concerns");
	concern(&o, "Store", healthy ? "ok" : "bad",
		healthy ? "writing" : "failing: nothing is accepted");
	open_cases(q, &o);
	while ((p = pool_next(q->web->spec.pools, &it)) != NULL &&
	       it < WEB_ROWS_MAX)
		coverage(q, p, &o);
	json_out_end_array(&o);
	admin->status(admin->self, &system);
	if (system.len != 0)
		web_raw(&o, "system", buf_str(&system));
	buf_fini(&system);
	json_out_end_object(&o);
	web_json(q, 200, &b);
}

const struct web_route web_state_routes[] = {
	{ HTTP_GET, "/api/status", 0, WEB_OPERATOR, false, on_status },
	{ .path = NULL },
};
