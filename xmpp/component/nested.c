/* SPDX-License-Identifier: MIT */
/* nested.c - XEP-0355 7.2: what components add to disco#info for the
 * namespaces that are delegated to them
 *
 * Each is asked once, when it connects; the answers go when it does.
 */
#include "xmpp/component/nested.h"

#include "xmpp/xep/disco.h"

#define FEATURES_MAX   200
#define IDENTITIES_MAX 10

static void changed(struct xmpp_components *all)
{
	if (all->x->caps_ver != NULL && !all->x->stopping)
		xmpp_caps_renew(all->x);
}

static void nested_free(struct xmpp_nested *n)
{
	struct arena *a = n->a;

	list_del(&n->link);
	arena_free(&a);
}

static void take_features(struct xmpp_nested *n, const struct stanza *query)
{
	const struct stanza *el = stanza_child(query, "feature", NS_DISCO_INFO);

	n->features = arena_alloc(n->a, FEATURES_MAX * sizeof(*n->features));
	for (; el != NULL && n->feature_count < FEATURES_MAX;
	     el = stanza_next(el, "feature", NS_DISCO_INFO)) {
		struct str var = stanza_attr(el, "var");

		/* XEP-0115 5.4: "<" ends a feature where it is hashed. */
		if (var.n > 0 && str_find(var, '<') == var.n)
			n->features[n->feature_count++] =
				arena_strndup(n->a, var.p, var.n);
	}
}

static void take_identities(struct xmpp_nested *n, const struct stanza *query)
{
	const struct stanza *el =
		stanza_child(query, "identity", NS_DISCO_INFO);
	size_t count = 0;

	n->identities = stanza_new(n->a, "query", NS_DISCO_INFO);
	for (; el != NULL && count < IDENTITIES_MAX; count++) {
		stanza_add(n->identities, stanza_copy(n->a, el));
		el = stanza_next(el, "identity", NS_DISCO_INFO);
	}
}

static void on_answer(struct xmpp_pending *p, struct xmpp_ctx *c,
		      const struct stanza *answer)
{
	const struct stanza *query =
		stanza_child(answer, "query", NS_DISCO_INFO);
	struct arena *a;
	struct xmpp_nested *n;

	(void)c;
	if (query == NULL || !str_is(stanza_attr(answer, "type"), "result"))
		return;
	a = arena_new();
	n = arena_alloc(a, sizeof(*n));
	n->a = a;
	n->host = xmpp_jid_copy(a, p->answerer);
	n->ns = arena_str(a, p->outer);
	n->bare = p->inner.n > 0;
	take_features(n, query);
	take_identities(n, query);
	list_append(&p->all->nested, &n->link);
	changed(p->all);
}

static void ask(struct xmpp_ctx *c, const struct xmpp_component *k,
		const char *ns, bool bare)
{
	struct jid host = c->x->domains[0];
	struct xmpp_pending *p =
		xmpp_pending_new(c->x->components, k->jid, host, on_answer);
	struct stanza *iq, *query;

	if (p == NULL)
		return;
	p->outer = arena_str(p->a, str_of(ns));
	p->inner = bare ? STR("bare") : STR("");
	iq = stanza_new(c->a, "iq", NS_CLIENT);
	stanza_set_attr(c->a, iq, "type", STR("get"));
	stanza_set_attr(c->a, iq, "id", str_of(p->id));
	stanza_set_attr(c->a, iq, "from", host.full);
	stanza_set_attr(c->a, iq, "to", k->jid.full);
	query = stanza_add_new(c->a, iq, "query", NS_DISCO_INFO);
	stanza_set_attr(c->a, query, "node",
			str_of(arena_printf(c->a, NS_DELEGATION "%s%s",
					    bare ? ":bare:" : "::", ns)));
	xmpp_route_to(c, k->jid, iq);
}

void xmpp_nested_ask(struct xmpp_ctx *c, const struct xmpp_component *k)
{
	const struct conf_seq *list = &k->conf->delegations;

	xmpp_nested_forget(c->x->components, &k->jid);
	for (size_t i = 0; i < list->count; i++) {
		const struct xmpp_delegated *d = list->items[i];

		if (str_starts(str_of(d->namespace), NS_DELEGATION))
			continue;
		ask(c, k, d->namespace, false);
		ask(c, k, d->namespace, true);
	}
}

void xmpp_nested_forget(struct xmpp_components *all, const struct jid *host)
{
	bool any = false;

	LIST_EACH_SAFE(node, next, &all->nested)
	{
		struct xmpp_nested *n = LIST_OF(node, struct xmpp_nested, link);

		if (host != NULL && !xmpp_jid_eq(n->host, *host))
			continue;
		nested_free(n);
		any = true;
	}
	if (any)
		changed(all);
}

/* "pubsub", "pubsub#publish", but not "pubsub2". */
static bool is_of(const char *feature, struct str ns)
{
	struct str f = str_of(feature);

	return f.n >= ns.n && str_eq(str_make(f.p, ns.n), ns) &&
	       (f.n == ns.n || f.p[ns.n] == '#');
}

bool xmpp_component_hides(const struct xmpp *x, const char *feature, bool bare)
{
	LIST_EACH(node, &x->components->nested)
	{
		const struct xmpp_nested *n =
			LIST_OF(node, struct xmpp_nested, link);

		if (n->bare == bare && is_of(feature, n->ns))
			return true;
	}
	return false;
}

size_t xmpp_component_features(const struct xmpp *x, bool bare,
			       const char **out)
{
	size_t count = 0;

	LIST_EACH(node, &x->components->nested)
	{
		const struct xmpp_nested *n =
			LIST_OF(node, struct xmpp_nested, link);

		for (size_t i = 0; n->bare == bare && i < n->feature_count;
		     i++) {
			if (out != NULL)
				out[count] = n->features[i];
			count++;
		}
	}
	return count;
}

void xmpp_component_identities(const struct xmpp *x, struct arena *a,
			       struct stanza *query)
{
	LIST_EACH(node, &x->components->nested)
	{
		const struct xmpp_nested *n =
			LIST_OF(node, struct xmpp_nested, link);
		const struct stanza *el =
			n->bare ? stanza_first_element(n->identities) : NULL;

		for (; el != NULL; el = stanza_next_element(el))
			stanza_add(query, stanza_copy(a, el));
	}
}
