/* SPDX-License-Identifier: MIT */
/* who.c - who is here, and who would be chosen now, with the reason for each
 *
 * The same choose() that decides on mail and alerts, on the same snapshot.
 */
#include "web/web_private.h"

struct asked {
	struct web_req *q;
	enum severity severity;
	bool resources; /* of each member */
	size_t room;	/* rows left */
};

static const char *mode_name(enum choose_mode m)
{
	switch (m) {
	case CHOOSE_ONE:
		return "one";
	case CHOOSE_FIRST_N:
		return "first";
	case CHOOSE_AVAILABLE:
		return "available";
	case CHOOSE_ALL:
		return "all";
	}
	__builtin_unreachable();
}

static void resources_of(struct asked *k, const struct person *p,
			 struct json_out *o)
{
	struct board_resource *rs;
	struct web *w = k->q->web;
	size_t n = board_resources(w->spec.board, str_of(p->address),
				   k->q->arena, &rs);

	json_out_array(o, "streams");
	for (size_t i = 0; i < n && i < 20; i++) {
		json_out_object(o, NULL);
		json_out_text(o, "resource", rs[i].resource);
		json_out_text(o, "show", presence_show_name(rs[i].show));
		json_out_int(o, "priority", rs[i].priority);
		json_out_text(o, "status", rs[i].status);
		json_out_int(o, "since", rs[i].since);
		json_out_int(o, "proof", rs[i].proof);
		json_out_bool(o, "doubtful", rs[i].doubtful);
		json_out_int(o, "inactive_since", rs[i].inactive_since);
		json_out_int(o, "active", rs[i].active);
		json_out_int(o, "displayed", rs[i].displayed);
		json_out_end_object(o);
	}
	json_out_end_array(o);
}

static void member(struct asked *k, const struct candidate *c,
		   const struct snapshot *s, struct json_out *o)
{
	const struct person *p = c->person;
	struct verdict v = presence_verdict(p, &s->rules, s->now, k->q->arena);

	json_out_object(o, NULL);
	json_out_text(o, "address", p->address);
	json_out_text(o, "name", p->name);
	json_out_text(o, "mark", c->chosen ? "*" : "");
	json_out_text(o, "availability", presence_avail_name(c->level));
	json_out_text(o, "why", v.why);
	json_out_text(o, "show", presence_show_name(p->show));
	json_out_text(o, "status", p->status);
	json_out_int(o, "since", p->since);
	json_out_int(o, "resources", p->resources);
	json_out_int(o, "claims", p->claims);
	json_out_int(o, "told", p->told);
	json_out_bool(o, "on_cover", p->on_cover);
	json_out_bool(o, "lead", p->lead);
	json_out_int(o, "score", c->score);
	json_out_bool(o, "eligible", c->eligible);
	json_out_bool(o, "chosen", c->chosen);
	json_out_text(o, "reason", c->why);
	if (k->resources)
		resources_of(k, p, o);
	json_out_end_object(o);
}

static void members(struct asked *k, const struct choice *ch,
		    const struct snapshot *s, struct json_out *o)
{
	size_t available = 0, i;

	for (i = 0; i < ch->count; i++)
		available += ch->candidates[i].level >= AVAIL_REACHABLE;
	json_out_int(o, "count", (int64_t)ch->count);
	json_out_int(o, "available", (int64_t)available);
	json_out_int(o, "chosen", (int64_t)ch->chosen);
	json_out_text(o, "why", ch->why);
	json_out_array(o, "members");
	for (i = 0; i < ch->count && k->room > 0; i++, k->room--)
		member(k, &ch->candidates[i], s, o);
	json_out_end_array(o);
	json_out_bool(o, "more", i < ch->count);
}

static void pool(struct asked *k, const struct pool *p, struct json_out *o)
{
	const struct pool_conf *conf = pool_conf(p);
	struct choose_question ask = {
		.mode = conf->deliver.mode,
		.n = conf->deliver.n,
		.severity = k->severity,
	};
	struct snapshot s;
	struct choice ch;
	enum gw_err e =
		pool_snapshot(k->q->web->spec.pools, p, k->q->arena, &s);

	json_out_object(o, NULL);
	json_out_text(o, "address", pool_address(p));
	json_out_text(o, "deliver", mode_name(conf->deliver.mode));
	json_out_int(o, "first", conf->deliver.n);
	json_out_text(o, "room", conf->room);
	json_out_text(o, "ladder", conf->ladder);
	if (e != GW_OK) {
		json_out_text(o, "error",
			      "the directory group is not known just now");
	} else {
		ch = choose(&s, &ask, k->q->arena);
		members(k, &ch, &s, o);
	}
	json_out_end_object(o);
}

/* Everybody who is here, whether in a pool or not. */
static void people(struct asked *k, struct json_out *o)
{
	struct web *w = k->q->web;
	struct person *online;
	size_t n = board_online(w->spec.board, k->q->arena, &online);

	json_out_int(o, "online", (int64_t)n);
	json_out_array(o, "people");
	for (size_t i = 0; i < n && i < WEB_ROWS_MAX; i++)
		web_person_row(o, w, str_of(online[i].address), k->q->arena);
	json_out_end_array(o);
}

static bool severity_of(struct web_req *q, enum severity *out)
{
	struct str s = http_query(q->http, "severity");

	*out = SEV_WARNING;
	if (s.p == NULL)
		return true;
	for (int v = SEV_INFO; v <= SEV_DISASTER; v++) {
		if (str_is(s, presence_severity_name((enum severity)v))) {
			*out = (enum severity)v;
			return true;
		}
	}
	web_fail(q, GW_BAD_INPUT,
		 "severity: info, warning, error, critical or disaster");
	return false;
}

static void on_all(struct web_req *q)
{
	struct asked k = { .q = q, .room = WEB_ROWS_MAX };
	struct buf b = { .data = NULL };
	const struct pool *p;
	struct json_out o;
	size_t it = 0;

	if (!severity_of(q, &k.severity))
		return;
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_int(&o, "now", loop_wall(q->web->spec.loop));
	json_out_array(&o, "pools");
	while ((p = pool_next(q->web->spec.pools, &it)) != NULL)
		pool(&k, p, &o);
	json_out_end_array(&o);
	people(&k, &o);
	json_out_end_object(&o);
	web_json(q, 200, &b);
}

static void on_one(struct web_req *q)
{
	struct asked k = { .q = q, .resources = true, .room = WEB_ROWS_MAX };
	struct buf b = { .data = NULL };
	const struct pool *p;
	struct json_out o;
	struct str address;

	if (!web_segment(q, 0, &address) || !severity_of(q, &k.severity))
		return;
	p = pool_find(q->web->spec.pools, address);
	if (p == NULL) {
		web_fail(q, GW_NOT_FOUND, "there is no such pool");
		return;
	}
	json_out_init(&o, &b);
	pool(&k, p, &o);
	web_json(q, 200, &b);
}

const struct web_route web_who_routes[] = {
	{ HTTP_GET, "/api/who", 0, WEB_OPERATOR, false, on_all },
	{ HTTP_GET, "/api/who/{}", 0, WEB_OPERATOR, false, on_one },
	{ .path = NULL },
};
