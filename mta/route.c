/* SPDX-License-Identifier: MIT */
/* route.c - a recipient, and the people a mail for it goes to */
#include "mta/route.h"

#include "gateway/run/json.h"

#define NESTED_MAX 4 /* pools that hand over to pools */

char *mta_route_address(struct arena *a, struct str local, struct str domain,
			bool strip)
{
	size_t plus = strip ? str_find(local, '+') : local.n;
	char *out;

	if (plus > 0)
		local.n = plus;
	out = arena_printf(a, STR_FMT "@" STR_FMT, STR_ARG(local),
			   STR_ARG(domain));
	for (char *c = out; *c != '\0'; c++)
		*c = str_lower(*c);
	return out;
}

const struct pool *mta_route_find(const struct pools *ps, struct arena *a,
				  struct str local, struct str domain)
{
	const struct pool *p = pool_find(
		ps, str_of(mta_route_address(a, local, domain, false)));

	if (p != NULL)
		return p;
	return pool_find(ps, str_of(mta_route_address(a, local, domain, true)));
}

enum severity mta_route_severity(const struct pool_conf *c, int asked)
{
	int ceiling = c->ceiling;

	if (asked < 0)
		return SEV_INFO;
	return (enum severity)(asked < ceiling ? asked : ceiling);
}

/* ---- what is kept of the choice ---- */

static void print_candidate(struct json_out *o, const struct candidate *c)
{
	json_out_object(o, NULL);
	json_out_text(o, "who", c->person->address);
	json_out_text(o, "level", presence_avail_name(c->level));
	json_out_int(o, "score", c->score);
	json_out_bool(o, "chosen", c->chosen);
	json_out_text(o, "why", c->why);
	json_out_end_object(o);
}

static const char *print_choice(const struct choice *c, int64_t now,
				struct arena *a)
{
	struct buf b = { .data = NULL };
	struct json_out o;
	const char *text;

	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_int(&o, "at", now);
	json_out_text(&o, "why", c->why);
	json_out_array(&o, "candidates");
	for (size_t i = 0; i < c->count; i++)
		print_candidate(&o, &c->candidates[i]);
	json_out_end_array(&o);
	json_out_end_object(&o);
	text = arena_strndup(a, (const char *)b.data, b.len);
	buf_fini(&b);
	return text;
}

/* ---- choosing ---- */

struct asking {
	const struct pools *ps;
	const struct mta_question *q;
	struct arena *a;
};

static bool excluded(const struct mta_question *q, const char *address)
{
	for (size_t i = 0; i < q->exclude_count; i++)
		if (strcmp(q->exclude[i], address) == 0)
			return true;
	return false;
}

static void take_chosen(const struct choice *c, struct arena *a,
			struct mta_route *out)
{
	out->kind = MTA_ROUTE_DELIVER;
	out->persons = arena_alloc(a, (c->count + 1) * sizeof(char *));
	for (size_t i = 0; i < c->count; i++)
		if (c->candidates[i].chosen)
			out->persons[out->count++] =
				c->candidates[i].person->address;
}

static void take_all(const struct snapshot *s, const struct mta_question *q,
		     struct arena *a, struct mta_route *out)
{
	out->kind = MTA_ROUTE_DELIVER;
	out->persons = arena_alloc(a, (s->count + 1) * sizeof(char *));
	for (size_t i = 0; i < s->count; i++)
		if (!excluded(q, s->people[i].address))
			out->persons[out->count++] = s->people[i].address;
	if (out->count == 0)
		out->kind = MTA_ROUTE_DEFER;
}

static void take_one(const char *address, struct arena *a,
		     struct mta_route *out)
{
	out->kind = MTA_ROUTE_DELIVER;
	out->persons = arena_alloc(a, sizeof(char *));
	out->persons[0] = address;
	out->count = 1;
}

/* Nobody is there.  Returns the pool that is asked next, or NULL. */
static const struct pool *take_nobody(const struct asking *k,
				      const struct pool_nobody *n,
				      const struct snapshot *s,
				      struct mta_route *out)
{
	if (n->hold > 0 && !k->q->after_hold) {
		out->kind = MTA_ROUTE_HOLD;
		out->hold = n->hold;
		out->rule = "nobody-hold";
		return NULL;
	}
	switch (n->then) {
	case NOBODY_ALL:
		out->rule = "nobody-all";
		take_all(s, k->q, k->a, out);
		return NULL;
	case NOBODY_DEFER:
		out->rule = "nobody-defer";
		out->kind = MTA_ROUTE_DEFER;
		return NULL;
	case NOBODY_ADDRESS:
		out->rule = "nobody-address";
		if (pool_find(k->ps, str_of(n->address)) != NULL)
			return pool_find(k->ps, str_of(n->address));
		take_one(n->address, k->a, out);
		return NULL;
	}
	return NULL;
}

static struct choice choose_from(const struct pool_conf *c,
				 const struct snapshot *s,
				 const struct mta_question *q, struct arena *a)
{
	struct choose_question ask = {
		.mode = c->deliver.mode,
		.n = c->deliver.n,
		.severity = q->severity,
		.for_mail = true,
		.exclude_count = q->exclude_count,
		.exclude = q->exclude,
	};

	return choose(s, &ask, a);
}

enum gw_err mta_route_pool(const struct pools *ps, const struct pool *p,
			   const struct mta_question *q, struct arena *a,
			   struct mta_route *out)
{
	struct asking asking = { .ps = ps, .q = q, .a = a };

	*out = (struct mta_route){ .kind = MTA_ROUTE_DEFER,
				   .rule = "cycle",
				   .why = "pools hand over in a circle",
				   .snapshot = "{}" };
	for (unsigned depth = 0; depth < NESTED_MAX && p != NULL; depth++) {
		const struct pool_conf *c = pool_conf(p);
		struct snapshot s;
		struct choice choice;
		enum gw_err e = pool_snapshot(ps, p, a, &s);

		if (e != GW_OK)
			return e;
		choice = choose_from(c, &s, q, a);
		out->why = choice.why;
		out->snapshot = print_choice(&choice, s.now, a);
		if (c->deliver.mode == CHOOSE_ALL) {
			out->rule = "all";
			take_all(&s, q, a, out);
			return GW_OK;
		}
		if (choice.chosen > 0) {
			out->rule = depth > 0 ? "nobody-pool" : "available";
			take_chosen(&choice, a, out);
			return GW_OK;
		}
		if (q->only_ready)
			return GW_OK;
		p = take_nobody(&asking, &c->nobody, &s, out);
	}
	return GW_OK;
}
