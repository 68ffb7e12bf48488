/* SPDX-License-Identifier: MIT */
/* module.c - the registry: which module answers what, and in which order */
#include "xmpp/module.h"

#include "gateway/run/log.h"
#include "xmpp/server_private.h"

#define X(name) extern const struct xmpp_module xmpp_mod_##name;
#include "xmpp/modules.def"
#undef X

static const struct xmpp_module *const modules[] = {
#define X(name) &xmpp_mod_##name,
#include "xmpp/modules.def"
#undef X
};

#define MODULES (sizeof(modules) / sizeof(modules[0]))

/* All routes for one payload. */
struct route_list {
	const struct xmpp_iq_route *route;
	struct route_list *next;
	char *key;
};

const struct xmpp_module *const *xmpp_modules(size_t *count)
{
	*count = MODULES;
	return modules;
}

static size_t index_of(const struct xmpp_module *m)
{
	size_t i = 0;

	while (i + 1 < MODULES && modules[i] != m)
		i++;
	return i;
}

void *xmpp_module_session(struct xmpp_session *s, const struct xmpp_module *m)
{
	size_t i = index_of(m);

	if (s->module == NULL)
		s->module = arena_alloc(s->a, MODULES * sizeof(*s->module));
	if (s->module[i] == NULL)
		s->module[i] = arena_alloc(s->a, m->session_size);
	return s->module[i];
}

void *xmpp_module_host(struct xmpp *x, const struct xmpp_module *m)
{
	return x->module_host[index_of(m)];
}

static struct str route_key(struct arena *a, struct str ns, struct str name)
{
	return str_of(arena_printf(a, STR_FMT "\n" STR_FMT, STR_ARG(name),
				   STR_ARG(ns)));
}

static bool overlap(const struct xmpp_iq_route *a,
		    const struct xmpp_iq_route *b)
{
	return (a->types & b->types) != 0 && (a->at & b->at) != 0;
}

static enum gw_err add_route(struct xmpp *x, const struct xmpp_iq_route *r)
{
	struct arena *a = x->module_a;
	struct str key = route_key(a, str_of(r->ns), str_of(r->name));
	struct route_list *head = map_get(&x->iq_routes, key);
	struct route_list *entry = arena_alloc(a, sizeof(*entry));

	for (struct route_list *l = head; l != NULL; l = l->next) {
		if (!overlap(l->route, r))
			continue;
		log_error("xmpp.module.duplicate", "ns", r->ns, "name", r->name,
			  NULL);
		return GW_CONFLICT;
	}
	entry->route = r;
	entry->next = head;
	map_put(&x->iq_routes, key, entry);
	return GW_OK;
}

static enum gw_err start_module(struct xmpp *x, size_t i)
{
	const struct xmpp_module *m = modules[i];
	const struct xmpp_iq_route *r;
	enum gw_err e = GW_OK;

	x->module_host[i] = arena_alloc(x->module_a, m->host_size + 1);
	for (r = m->iq; r != NULL && r->fn != NULL && e == GW_OK; r++)
		e = add_route(x, r);
	if (e == GW_OK && m->start != NULL)
		e = m->start(x, x->module_host[i]);
	return e;
}

/* The hooks of one stage, and how many; into NULL: counts only. */
static size_t hooks_of(enum xmpp_stage stage, struct xmpp_message_hook *into)
{
	const struct xmpp_message_hook *h;
	size_t n = 0;

	for (size_t i = 0; i < MODULES; i++) {
		h = modules[i]->messages;
		for (; h != NULL && h->fn != NULL; h++) {
			if (h->stage != stage)
				continue;
			if (into != NULL)
				into[n] = *h;
			n++;
		}
	}
	return n;
}

static void sort_hooks(struct xmpp *x)
{
	for (unsigned i = 0; i < STAGE__N; i++) {
		size_t n = hooks_of((enum xmpp_stage)i, NULL) + 1;

		x->hooks[i] = arena_alloc(x->module_a, n * sizeof(**x->hooks));
		hooks_of((enum xmpp_stage)i, x->hooks[i]);
	}
}

enum gw_err xmpp_modules_start(struct xmpp *x)
{
	enum gw_err e = GW_OK;

	sort_hooks(x);
	x->module_host =
		arena_alloc(x->module_a, MODULES * sizeof(*x->module_host));
	for (size_t i = 0; i < MODULES && e == GW_OK; i++) {
		e = start_module(x, i);
		x->modules_up = i + 1;
	}
	return e;
}

void xmpp_modules_stop(struct xmpp *x)
{
	for (size_t i = x->modules_up; i-- > 0;)
		if (modules[i]->stop != NULL)
			modules[i]->stop(x, x->module_host[i]);
	x->modules_up = 0;
}

void xmpp_modules_session_end(struct xmpp_session *s)
{
	for (size_t i = 0; i < MODULES; i++)
		if (s->module != NULL && s->module[i] != NULL &&
		    modules[i]->session_end != NULL)
			modules[i]->session_end(s, s->module[i]);
}

void xmpp_modules_session_save(struct xmpp_session *s, struct arena *a,
			       struct stanza *el)
{
	for (size_t i = 0; i < MODULES; i++)
		if (s->module != NULL && s->module[i] != NULL &&
		    modules[i]->session_save != NULL)
			modules[i]->session_save(s, s->module[i], a, el);
}

void xmpp_modules_session_restore(struct xmpp_session *s,
				  const struct stanza *el)
{
	for (size_t i = 0; i < MODULES; i++)
		if (modules[i]->session_restore != NULL)
			modules[i]->session_restore(
				s, xmpp_module_session(s, modules[i]), el);
}

void xmpp_modules_features(struct xmpp *x, struct arena *a,
			   struct stanza *features)
{
	for (size_t i = 0; i < MODULES; i++)
		if (modules[i]->stream_features != NULL)
			modules[i]->stream_features(x, a, features);
}

void xmpp_modules_presence(struct xmpp_ctx *c, const struct stanza *pres)
{
	for (size_t i = 0; i < MODULES; i++)
		if (modules[i]->presence != NULL)
			modules[i]->presence(c, pres);
}

bool xmpp_modules_iq(struct xmpp_ctx *c, unsigned at, const struct stanza *iq)
{
	const struct stanza *payload = xmpp_payload(iq);
	unsigned type =
		str_is(stanza_attr(iq, "type"), "get") ? IQ_GET : IQ_SET;
	struct route_list *l;

	if (payload == NULL)
		return false;
	l = map_get(&c->x->iq_routes,
		    route_key(c->a, payload->ns, payload->name));
	for (; l != NULL; l = l->next) {
		if ((l->route->types & type) == 0 || (l->route->at & at) == 0)
			continue;
		if (l->route->fn(c, iq) != XMPP_PASS)
			return true;
	}
	return false;
}

enum xmpp_verdict xmpp_modules_message(struct xmpp_ctx *c,
				       enum xmpp_stage stage,
				       struct xmpp_message *m)
{
	const struct xmpp_message_hook *h = c->x->hooks[stage];

	for (; h->fn != NULL; h++)
		if (h->fn(c, m) != XMPP_PASS)
			return XMPP_DONE;
	return XMPP_PASS;
}

const struct stanza *xmpp_payload(const struct stanza *iq)
{
	return stanza_first_element(iq);
}

/* The asker itself where it is a client here; else by the router. */
static void answer(struct xmpp_ctx *c, const struct stanza *out)
{
	struct str to = stanza_attr(out, "to");

	if (c->session != NULL && (str_eq(to, c->session->jid.full) ||
				   str_eq(to, c->session->jid.bare)))
		xmpp_session_send(c->session, out);
	else
		xmpp_route(c, out);
}

void xmpp_reply(struct xmpp_ctx *c, const struct stanza *iq,
		struct stanza *payload)
{
	struct stanza *out = stanza_new(c->a, "iq", NS_CLIENT);

	stanza_set_attr(c->a, out, "type", STR("result"));
	stanza_set_attr(c->a, out, "id", stanza_attr(iq, "id"));
	stanza_set_attr(c->a, out, "to", stanza_attr(iq, "from"));
	if (stanza_attr(iq, "to").p != NULL)
		stanza_set_attr(c->a, out, "from", stanza_attr(iq, "to"));
	if (payload != NULL)
		stanza_add(out, payload);
	answer(c, out);
}

void xmpp_reply_error(struct xmpp_ctx *c, const struct stanza *st,
		      enum xmpp_condition cond, const char *text)
{
	struct stanza *out = xmpp_fault_stanza(c->a, st, cond, text);

	if (out != NULL)
		answer(c, out);
}
