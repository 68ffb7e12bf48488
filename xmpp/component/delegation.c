/* SPDX-License-Identifier: MIT */
/* delegation.c - XEP-0355, as the administrator grants it: a component
 * answers requests of a namespace for the server and for its persons
 *
 * What it answers is checked against the question, and only its payload is
 * passed on.
 */
#include "xmpp/component/grant.h"
#include "xmpp/component/pending.h"
#include "xmpp/xep/disco.h"

/* ---- what it is told ---- */

void xmpp_delegation_greet(struct xmpp_ctx *c, const struct xmpp_component *k)
{
	const struct conf_seq *list = &k->conf->delegations;
	struct stanza *st = stanza_new(c->a, "message", NS_CLIENT);
	struct stanza *el =
		stanza_add_new(c->a, st, "delegation", NS_DELEGATION);
	char id[17];

	if (list->count == 0)
		return;
	for (size_t i = 0; i < list->count; i++) {
		const struct xmpp_delegated *d = list->items[i];
		struct stanza *one =
			stanza_add_new(c->a, el, "delegated", NS_DELEGATION);

		stanza_set_attr(c->a, one, "namespace", str_of(d->namespace));
		for (size_t j = 0; j < d->attributes.count; j++)
			stanza_set_attr(c->a,
					stanza_add_new(c->a, one, "attribute",
						       NS_DELEGATION),
					"name", str_of(d->attributes.items[j]));
	}
	loop_id(c->x->loop, id);
	stanza_set_attr(c->a, st, "id", str_of(id));
	stanza_set_attr(c->a, st, "from", c->from.full);
	stanza_set_attr(c->a, st, "to", k->jid.full);
	xmpp_route_to(c, k->jid, st);
}

/* ---- a request ---- */

/* XEP-0355 7.2.4 and 7.2.5: what accounts do not know themselves. */
static bool is_rest(const struct xmpp_ctx *c, const struct xmpp_delegated *d,
		    const struct stanza *payload)
{
	if (c->to.local.p == NULL)
		return false;
	if (strcmp(d->namespace, NS_DELEGATION ":bare:disco#items:*") == 0)
		return stanza_is(payload, "query", NS_DISCO_ITEMS);
	return strcmp(d->namespace, NS_DELEGATION ":bare:disco#info:*") == 0 &&
	       stanza_is(payload, "query", NS_DISCO_INFO) &&
	       stanza_attr(payload, "node").n > 0;
}

static bool fits(const struct xmpp_ctx *c, const struct xmpp_delegated *d,
		 const struct stanza *payload)
{
	if (is_rest(c, d, payload))
		return true;
	if (!str_is(payload->ns, d->namespace))
		return false;
	for (size_t i = 0; i < d->attributes.count; i++)
		if (stanza_attr(payload, d->attributes.items[i]).p == NULL)
			return false;
	return true;
}

static struct xmpp_component *manager(const struct xmpp_ctx *c,
				      const struct stanza *payload)
{
	struct xmpp_component *k;
	size_t it = 0;

	while ((k = map_next(&c->x->components->hosts, &it)) != NULL) {
		const struct conf_seq *list = &k->conf->delegations;

		for (size_t i = 0; xmpp_component_main(k) && i < list->count;
		     i++)
			if (fits(c, list->items[i], payload))
				return k;
	}
	return NULL;
}

static struct str own_bare(const struct stanza *st)
{
	struct str from = stanza_attr(st, "from");

	return str_make(from.p, str_find(from, '/'));
}

/* Absent means the person itself, on both sides. */
static bool same_sender(const struct stanza *answer, const struct stanza *iq)
{
	struct str from = stanza_attr(answer, "from");
	struct str to = stanza_attr(iq, "to");

	if (to.p == NULL)
		return from.p == NULL || str_eq(from, own_bare(iq));
	return str_eq(from, to) || (from.p == NULL && str_eq(to, own_bare(iq)));
}

/* XEP-0355 4.3: the answer that was forwarded, NULL if it is none to iq. */
static const struct stanza *unwrap(const struct stanza *answer,
				   const struct stanza *iq)
{
	const struct stanza *inner = stanza_child(
		stanza_child(stanza_child(answer, "delegation", NS_DELEGATION),
			     "forwarded", NS_FORWARD),
		"iq", NS_CLIENT);

	if (inner == NULL || !str_is(stanza_attr(answer, "type"), "result") ||
	    !str_is(stanza_attr(inner, "type"), "result"))
		return NULL;
	if (!str_eq(stanza_attr(inner, "id"), stanza_attr(iq, "id")) ||
	    !str_eq(stanza_attr(inner, "to"), stanza_attr(iq, "from")) ||
	    !same_sender(inner, iq))
		return NULL;
	return inner;
}

static void on_answer(struct xmpp_pending *p, struct xmpp_ctx *c,
		      const struct stanza *answer)
{
	const struct stanza *iq, *inner, *payload;
	struct xmpp_ctx lc;

	(void)c;
	if (xmpp_later_begin(p->later, &lc, &iq)) {
		inner = unwrap(answer, iq);
		payload = inner != NULL ? xmpp_payload(inner) : NULL;
		if (inner == NULL)
			xmpp_bounce(&lc, iq, XMPP_SERVICE_UNAVAILABLE);
		else
			xmpp_reply(&lc, iq,
				   payload != NULL ? stanza_copy(lc.a, payload)
						   : NULL);
	}
	xmpp_later_end(&p->later);
}

static void forward(struct xmpp_ctx *c, const struct xmpp_component *k,
		    const struct stanza *iq)
{
	struct jid host = c->x->domains[0];
	struct stanza *out = stanza_new(c->a, "iq", NS_CLIENT), *el;
	struct xmpp_pending *p = NULL;
	struct xmpp_ctx sub = *c;

	if (xmpp_pending_may(c->x->components, c->from.bare))
		p = xmpp_pending_new(c->x->components, k->jid, host, on_answer);
	if (p == NULL) {
		xmpp_bounce(c, iq, XMPP_RESOURCE_CONSTRAINT);
		return;
	}
	p->who = arena_str(p->a, c->from.bare);
	p->later = xmpp_later(c, iq);
	stanza_set_attr(c->a, out, "type", STR("set"));
	stanza_set_attr(c->a, out, "id", str_of(p->id));
	stanza_set_attr(c->a, out, "from", host.full);
	stanza_set_attr(c->a, out, "to", k->jid.full);
	el = stanza_add_new(c->a, out, "delegation", NS_DELEGATION);
	el = stanza_add_new(c->a, el, "forwarded", NS_FORWARD);
	stanza_add(el, stanza_copy(c->a, iq));
	sub.from = host;
	sub.session = NULL;
	sub.receipt = NULL;
	xmpp_route_to(&sub, k->jid, out);
}

bool xmpp_component_ask(struct xmpp_ctx *c, const struct stanza *iq)
{
	const struct stanza *payload = xmpp_payload(iq);
	const struct xmpp_component *sender, *k;

	if (payload == NULL || c->x->components->hosts.used == 0)
		return false;
	k = manager(c, payload);
	if (k == NULL)
		return false;
	sender = xmpp_component_sender(c);
	/* XEP-0355 4.3.1: the managing entity itself asks the server. */
	if (sender != NULL && xmpp_jid_eq(sender->main, k->main))
		return false;
	if (k->conn == 0)
		xmpp_bounce(c, iq, XMPP_SERVICE_UNAVAILABLE);
	else
		forward(c, k, iq);
	return true;
}
