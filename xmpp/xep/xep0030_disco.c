/* SPDX-License-Identifier: MIT */
/* xep0030_disco.c - XEP-0030: what the server and its accounts can do
 *
 * Features come from the modules.  An account of somebody else shows itself
 * to those only who may see its presence; others cannot tell whether it
 * exists.
 */
#include <stdlib.h>

#include "xmpp/component/component.h"
#include "xmpp/module.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/commands.h"
#include "xmpp/xep/disco.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *const own_features[] = {
	NS_DISCO_INFO,
	NS_DISCO_ITEMS,
	NULL,
};

static const char *const *features_of(const struct xmpp *x,
				      const struct xmpp_module *m)
{
	return m->is_on == NULL || m->is_on(x) ? m->features : NULL;
}

/* Each once; out is sorted. */
static size_t once(const char **out, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(out[kept - 1], out[i]) != 0)
			out[kept++] = out[i];
	return kept;
}

/* Sorted: XEP-0115 hashes them in that order.  Components answer for some
 * (XEP-0355). */
static const char **all_features(const struct xmpp *x, struct arena *a,
				 bool bare, size_t *count)
{
	size_t modules, n = xmpp_component_features(x, bare, NULL);
	const struct xmpp_module *const *m = xmpp_modules(&modules);
	const char **out;

	for (size_t i = 0; i < modules; i++)
		for (const char *const *f = features_of(x, m[i]);
		     f != NULL && *f != NULL; f++)
			n++;
	out = arena_alloc(a, (n + 1) * sizeof(*out));
	n = xmpp_component_features(x, bare, out);
	for (size_t i = 0; i < modules; i++)
		for (const char *const *f = features_of(x, m[i]);
		     f != NULL && *f != NULL; f++)
			if (!xmpp_component_hides(x, *f, bare))
				out[n++] = *f;
	qsort(out, n, sizeof(*out), by_text);
	*count = once(out, n);
	return out;
}

static struct stanza *info(const struct xmpp *x, struct arena *a,
			   const char *category, const char *type)
{
	bool bare = strcmp(category, "account") == 0;
	struct stanza *query = stanza_new(a, "query", NS_DISCO_INFO);
	struct stanza *id = stanza_add_new(a, query, "identity", NS_DISCO_INFO);
	size_t n;
	const char **features = all_features(x, a, bare, &n);

	stanza_set_attr(a, id, "category", str_of(category));
	stanza_set_attr(a, id, "type", str_of(type));
	if (bare)
		xmpp_component_identities(x, a, query);
	else
		stanza_set_attr(a, id, "name", STR("Muster"));
	for (size_t i = 0; i < n; i++) {
		struct stanza *f =
			stanza_add_new(a, query, "feature", NS_DISCO_INFO);

		stanza_set_attr(a, f, "var", str_of(features[i]));
	}
	return query;
}

struct stanza *xmpp_disco_host(struct xmpp *x, struct arena *a)
{
	return info(x, a, "server", "im");
}

/* Our caps node may be asked for; others are unknown. */
static bool node_known(struct xmpp_ctx *c, struct str node)
{
	if (node.n == 0)
		return true;
	return c->x->caps_ver != NULL &&
	       node.n == strlen(XMPP_CAPS_NODE "#") + strlen(c->x->caps_ver) &&
	       str_starts(node, XMPP_CAPS_NODE "#") &&
	       str_ends(node, c->x->caps_ver);
}

static enum xmpp_verdict host_info(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct str node = stanza_attr(xmpp_payload(iq), "node");
	struct stanza *query;

	if (node.n > 0 && xmpp_commands_info(c, iq))
		return XMPP_DONE;
	if (!node_known(c, node)) {
		xmpp_reply_error(c, iq, XMPP_ITEM_NOT_FOUND, NULL);
		return XMPP_DONE;
	}
	query = xmpp_disco_host(c->x, c->a);
	if (node.n > 0)
		stanza_set_attr(c->a, query, "node", node);
	xmpp_reply(c, iq, query);
	return XMPP_DONE;
}

static enum xmpp_verdict host_items(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct stanza *query = stanza_new(c->a, "query", NS_DISCO_ITEMS);
	const struct xmpp_service *s;
	struct str domain;
	size_t it = 0;

	if (xmpp_commands_items(c, iq))
		return XMPP_DONE;
	if (stanza_attr(xmpp_payload(iq), "node").n > 0) {
		xmpp_reply_error(c, iq, XMPP_ITEM_NOT_FOUND, NULL);
		return XMPP_DONE;
	}
	while ((s = xmpp_service_next(c->x, &it, &domain)) != NULL) {
		struct stanza *item =
			stanza_add_new(c->a, query, "item", NS_DISCO_ITEMS);

		stanza_set_attr(c->a, item, "jid", domain);
		if (s->name != NULL)
			stanza_set_attr(c->a, item, "name", str_of(s->name));
	}
	xmpp_reply(c, iq, query);
	return XMPP_DONE;
}

bool xmpp_disco_may_see(struct xmpp_ctx *c)
{
	struct xmpp_account *acc;

	if (str_eq(c->from.bare, c->to.bare))
		return true;
	acc = xmpp_account_hot(c->x, c->to.bare);
	return acc != NULL && xmpp_subscription_from(xmpp_roster_state(
				      &acc->roster, c->from.bare));
}

static enum xmpp_verdict account_info(struct xmpp_ctx *c,
				      const struct stanza *iq)
{
	if (!xmpp_disco_may_see(c) ||
	    stanza_attr(xmpp_payload(iq), "node").n > 0)
		return XMPP_PASS;
	xmpp_reply(c, iq, info(c->x, c->a, "account", "registered"));
	return XMPP_DONE;
}

static enum xmpp_verdict account_items(struct xmpp_ctx *c,
				       const struct stanza *iq)
{
	struct xmpp_account *acc = xmpp_account_hot(c->x, c->to.bare);
	struct stanza *query;

	if (acc == NULL || !xmpp_disco_may_see(c) ||
	    stanza_attr(xmpp_payload(iq), "node").n > 0)
		return XMPP_PASS;
	query = stanza_new(c->a, "query", NS_DISCO_ITEMS);
	for (struct xmpp_session *s = xmpp_session_next(acc, NULL); s != NULL;
	     s = xmpp_session_next(acc, s))
		stanza_set_attr(
			c->a,
			stanza_add_new(c->a, query, "item", NS_DISCO_ITEMS),
			"jid", s->jid.full);
	xmpp_reply(c, iq, query);
	return XMPP_DONE;
}

static const struct xmpp_iq_route routes[] = {
	{ IQ_GET, AT_HOST, NS_DISCO_INFO, "query", host_info },
	{ IQ_GET, AT_HOST, NS_DISCO_ITEMS, "query", host_items },
	{ IQ_GET, AT_ACCOUNT, NS_DISCO_INFO, "query", account_info },
	{ IQ_GET, AT_ACCOUNT, NS_DISCO_ITEMS, "query", account_items },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_disco = {
	.name = "disco",
	.xep = "0030",
	.doc = "tells what the server and its accounts can do",
	.features = own_features,
	.iq = routes,
};
