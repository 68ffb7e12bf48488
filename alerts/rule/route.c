/* SPDX-License-Identifier: MIT */
/* route.c - Alertmanager's routing tree, compiled
 *
 * Recursion here is as deep as the configuration nests: the reader allows 32.
 */
#include "alerts/rule/route.h"

#include "gateway/base/when.h"

struct alerts_routes {
	struct arena *arena;
	const struct alerts_conf *conf;
	struct alerts_conf_receiver fallback;
	struct alerts_route root;
};

/* ---- building ---- */

static const struct alerts_conf_receiver *
find_receiver(const struct alerts_routes *t, const char *name)
{
	for (size_t i = 0; i < t->conf->receivers.count; i++) {
		const struct alerts_conf_receiver *r =
			t->conf->receivers.items[i];

		if (strcmp(r->name, name) == 0)
			return r;
	}
	return t->conf->receivers.count > 0 ? t->conf->receivers.items[0]
					    : &t->fallback;
}

static enum gw_err add_texts(struct alerts_routes *t, struct alerts_route *r,
			     const struct alerts_conf_matchers *from,
			     struct err_note *note)
{
	struct alerts_matcher *found;
	size_t n;
	enum gw_err e = GW_OK;

	for (size_t i = 0; i < from->count && e == GW_OK; i++) {
		struct alerts_matcher *all;

		e = alerts_matcher_parse(str_of(from->items[i]), t->arena,
					 &found, &n, note);
		if (e != GW_OK)
			return e;
		all = arena_alloc(t->arena, (r->n_matchers + n) * sizeof(*all));
		if (r->n_matchers > 0)
			memcpy(all, r->matchers, r->n_matchers * sizeof(*all));
		memcpy(all + r->n_matchers, found, n * sizeof(*all));
		r->matchers = all;
		r->n_matchers += n;
	}
	return e;
}

static enum gw_err add_pairs(struct alerts_routes *t, struct alerts_route *r,
			     const struct alerts_conf_matchers *from,
			     enum alerts_matcher_op op, struct err_note *note)
{
	size_t n = from->count / 2;
	struct alerts_matcher *all =
		arena_alloc(t->arena, (r->n_matchers + n + 1) * sizeof(*all));
	enum gw_err e = GW_OK;

	if (r->n_matchers > 0)
		memcpy(all, r->matchers, r->n_matchers * sizeof(*all));
	r->matchers = all;
	for (size_t i = 0; i < n && e == GW_OK; i++) {
		struct alerts_matcher *m = &all[r->n_matchers];

		m->op = op;
		m->name = str_of(from->items[2 * i]);
		m->value = str_of(from->items[2 * i + 1]);
		e = alerts_matcher_make(m, note);
		if (e == GW_OK)
			r->n_matchers++;
	}
	return e;
}

static const char *make_key(struct alerts_routes *t,
			    const struct alerts_route *r)
{
	struct buf b = { .data = NULL };
	const char *key;

	if (r->parent != NULL)
		buf_printf(&b, "%s/", r->parent->key);
	buf_add_char(&b, '{');
	for (size_t i = 0; i < r->n_matchers; i++) {
		if (i > 0)
			buf_add_char(&b, ',');
		alerts_matcher_print(&r->matchers[i], &b);
	}
	buf_add_char(&b, '}');
	key = arena_str(t->arena, buf_str(&b)).p;
	buf_fini(&b);
	return key;
}

static int64_t inherit(const struct alerts_conf_span *own, int64_t parents)
{
	return own->ms >= 0 ? own->ms : parents;
}

static void inherit_all(struct alerts_routes *t, struct alerts_route *r,
			const struct alerts_conf_route *c)
{
	const struct alerts_route *p = r->parent;

	r->receiver = *c->receiver == '\0' && p != NULL
			      ? p->receiver
			      : find_receiver(t, c->receiver);
	r->group_by =
		c->group_by.count == 0 && p != NULL ? p->group_by : c->group_by;
	for (size_t i = 0; i < r->group_by.count; i++)
		if (strcmp(r->group_by.items[i], "...") == 0)
			r->by_all = true;
	r->go_on = c->go_on;
	r->group_wait = inherit(&c->group_wait, p != NULL ? p->group_wait : -1);
	r->group_interval =
		inherit(&c->group_interval,
			p != NULL ? p->group_interval : 5 * WHEN_MINUTE);
	r->repeat_interval =
		inherit(&c->repeat_interval,
			p != NULL ? p->repeat_interval : 4 * WHEN_HOUR);
}

static enum gw_err build(struct alerts_routes *t, struct alerts_route *r,
			 const struct alerts_conf_route *c,
			 struct err_note *note)
{
	enum gw_err e = add_texts(t, r, &c->matchers, note);

	if (e == GW_OK)
		e = add_pairs(t, r, &c->match, ALERTS_MATCH_EQ, note);
	if (e == GW_OK)
		e = add_pairs(t, r, &c->match_re, ALERTS_MATCH_RE, note);
	if (e != GW_OK)
		return e;
	inherit_all(t, r, c);
	r->key = make_key(t, r);
	r->routes = arena_alloc(t->arena,
				(c->routes.count + 1) * sizeof(*r->routes));
	for (size_t i = 0; i < c->routes.count && e == GW_OK; i++) {
		r->routes[i].parent = r;
		r->n_routes++;
		e = build(t, &r->routes[i], c->routes.items[i], note);
	}
	return e;
}

enum gw_err alerts_route_build(const struct alerts_conf *conf,
			       struct alerts_routes **out,
			       struct err_note *note)
{
	struct arena *a = arena_new();
	struct alerts_routes *t = arena_alloc(a, sizeof(*t));
	enum gw_err e;

	t->arena = a;
	t->conf = conf;
	t->fallback = (struct alerts_conf_receiver){
		.name = "console", .room = "", .pool = "", .ladder = ""
	};
	e = build(t, &t->root, &conf->route, note);
	if (e != GW_OK)
		alerts_route_free(&t);
	*out = t;
	return e;
}

static void fini(struct alerts_route *r)
{
	alerts_matcher_fini(r->matchers, r->n_matchers);
	for (size_t i = 0; i < r->n_routes; i++)
		fini(&r->routes[i]);
}

void alerts_route_free(struct alerts_routes **r)
{
	struct arena *a;

	if (*r == NULL)
		return;
	fini(&(*r)->root);
	a = (*r)->arena;
	arena_free(&a);
	*r = NULL;
}

const struct alerts_route *alerts_route_root(const struct alerts_routes *r)
{
	return &r->root;
}

/* ---- asking ---- */

struct found {
	const struct alerts_route **out;
	size_t n;
};

static bool match(const struct alerts_route *r, const struct alerts_labels *l,
		  struct found *f)
{
	bool below = false;

	if (!alerts_matcher_all(r->matchers, r->n_matchers, l))
		return false;
	for (size_t i = 0; i < r->n_routes; i++) {
		if (!match(&r->routes[i], l, f))
			continue;
		below = true;
		if (!r->routes[i].go_on)
			break;
	}
	if (!below && f->n < ALERTS_ROUTE_MATCH_MAX)
		f->out[f->n++] = r;
	return true;
}

size_t alerts_route_match(const struct alerts_routes *r,
			  const struct alerts_labels *l,
			  const struct alerts_route **out)
{
	struct found f = { .out = out };

	match(&r->root, l, &f);
	return f.n;
}

static bool groups_by(const struct alerts_route *r, struct str name)
{
	if (r->by_all)
		return true;
	for (size_t i = 0; i < r->group_by.count; i++)
		if (str_is(name, r->group_by.items[i]))
			return true;
	return false;
}

struct alerts_labels alerts_route_group(const struct alerts_route *r,
					const struct alerts_labels *l,
					struct alerts_label *v)
{
	struct alerts_labels group = { .n = 0, .v = v };

	for (size_t i = 0; i < l->n; i++)
		if (groups_by(r, l->v[i].name))
			v[group.n++] = l->v[i];
	return group;
}

int64_t alerts_route_wait(const struct alerts_route *r, enum severity s)
{
	if (r->group_wait >= 0)
		return r->group_wait;
	return s >= SEV_CRITICAL ? 0 : 30 * WHEN_SECOND;
}
