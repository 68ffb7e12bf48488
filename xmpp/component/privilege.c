/* SPDX-License-Identifier: MIT */
/* privilege.c - XEP-0356: what a component may do for persons
 *
 * Everything is granted by the configuration, told after the handshake, and
 * asked again at each use.  What is not granted is refused.
 */
#include "xmpp/component/grant.h"
#include "xmpp/component/pending.h"
#include "xmpp/im/message.h"

#define NS_ROSTER "jabber:iq:roster"

static const char *const access_words[] = { "none", "get", "set", "both" };
static const char *const shown_words[] = { "none", "managed_entity", "roster" };

/* ---- what it is told ---- */

static struct stanza *add_perm(struct arena *a, struct stanza *to,
			       const char *access, const char *type)
{
	struct stanza *perm = stanza_add_new(a, to, "perm", NS_PRIVILEGE);

	stanza_set_attr(a, perm, "access", str_of(access));
	if (type != NULL)
		stanza_set_attr(a, perm, "type", str_of(type));
	return perm;
}

static void add_iq(struct arena *a, struct stanza *to,
		   const struct xmpp_privileges *p)
{
	struct stanza *perm = add_perm(a, to, "iq", NULL);

	for (size_t i = 0; i < p->iq.count; i++) {
		const struct xmpp_privilege_iq *iq = p->iq.items[i];
		struct stanza *ns =
			stanza_add_new(a, perm, "namespace", NS_PRIVILEGE);

		stanza_set_attr(a, ns, "ns", str_of(iq->namespace));
		stanza_set_attr(a, ns, "type", str_of(access_words[iq->type]));
	}
}

static bool pushes(const struct xmpp_privileges *p)
{
	return p->push && (p->roster & ACCESS_GET) != 0;
}

static void add_perms(struct arena *a, struct stanza *to,
		      const struct xmpp_privileges *p)
{
	if (p->roster != ACCESS_NONE)
		stanza_set_attr(
			a, add_perm(a, to, "roster", access_words[p->roster]),
			"push", str_of(pushes(p) ? "true" : "false"));
	if (p->message)
		add_perm(a, to, "message", "outgoing");
	if (p->iq.count > 0)
		add_iq(a, to, p);
	if (p->presence != SHOWN_NONE)
		add_perm(a, to, "presence", shown_words[p->presence]);
}

void xmpp_privilege_greet(struct xmpp_ctx *c, const struct xmpp_component *k)
{
	struct stanza *st = stanza_new(c->a, "message", NS_CLIENT);
	struct stanza *el = stanza_add_new(c->a, st, "privilege", NS_PRIVILEGE);
	char id[17];

	add_perms(c->a, el, &k->conf->privileges);
	if (stanza_first_element(el) == NULL)
		return;
	loop_id(c->x->loop, id);
	stanza_set_attr(c->a, st, "id", str_of(id));
	stanza_set_attr(c->a, st, "from", c->from.full);
	stanza_set_attr(c->a, st, "to", k->jid.full);
	xmpp_route_to(c, k->jid, st);
}

/* ---- contact lists ---- */

static unsigned request_bit(const struct stanza *iq)
{
	return str_is(stanza_attr(iq, "type"), "get") ? ACCESS_GET : ACCESS_SET;
}

static enum xmpp_verdict refuse(struct xmpp_ctx *c, const struct stanza *st,
				enum xmpp_condition cond)
{
	xmpp_bounce(c, st, cond);
	return XMPP_DONE;
}

enum xmpp_verdict xmpp_privilege_roster(struct xmpp_ctx *c,
					const struct stanza *iq)
{
	const struct xmpp_component *k = xmpp_component_sender(c);
	struct xmpp_account *acc;

	if (k == NULL)
		return XMPP_PASS;
	if (((unsigned)k->conf->privileges.roster & request_bit(iq)) == 0)
		return refuse(c, iq, XMPP_FORBIDDEN);
	acc = xmpp_account_hot(c->x, c->to.bare);
	if (acc == NULL)
		return refuse(c, iq, XMPP_ITEM_NOT_FOUND);
	return request_bit(iq) == ACCESS_GET ? xmpp_roster_get(c, acc, iq)
					     : xmpp_roster_set(c, acc, iq);
}

void xmpp_component_push(struct xmpp_ctx *c, struct xmpp_account *acc,
			 const struct stanza *push)
{
	struct xmpp_component *k;
	size_t it = 0;

	while ((k = map_next(&c->x->components->hosts, &it)) != NULL) {
		struct stanza *st;

		if (k->conn == 0 || !xmpp_component_main(k) ||
		    !pushes(&k->conf->privileges))
			continue;
		st = stanza_copy_head(c->a, push);
		stanza_set_attr(c->a, st, "from", acc->jid.full);
		stanza_set_attr(c->a, st, "to", k->jid.full);
		xmpp_route_to(c, k->jid, st);
	}
}

/* ---- messages ---- */

struct speaking {
	struct xmpp_wait wait;
	struct arena *a;
	struct xmpp *x;
	struct jid component;
	struct jid to;
	const struct stanza *outer, *inner;
};

static void speak(struct xmpp_wait *w, struct xmpp_account *acc, enum gw_err e)
{
	struct speaking *s = (struct speaking *)(void *)w;
	struct arena *a = s->a;
	struct xmpp_ctx c = { .x = s->x, .a = a, .from = s->component };

	c.to = s->to;
	c.to_given = true;
	/* 6.3: "as if it was originating from him": his archive has it, his
	 * clients see it. */
	if (e == GW_OK && acc != NULL) {
		c.from = acc->jid;
		xmpp_message_out(&c, acc, s->inner);
	} else if (e == GW_OK) {
		xmpp_route_to(&c, s->to, s->inner);
	} else if (!s->x->stopping) {
		xmpp_bounce(&c, s->outer,
			    e == GW_NOT_FOUND ? XMPP_FORBIDDEN
					      : xmpp_fault_of(e));
	}
	arena_free(&a);
}

/* A person speaks only who exists. */
static void speak_later(struct xmpp_ctx *c, struct jid from,
			const struct stanza *outer, const struct stanza *inner)
{
	struct arena *a = arena_new();
	struct speaking *s = arena_alloc(a, sizeof(*s));

	s->wait.fn = speak;
	s->a = a;
	s->x = c->x;
	s->component = xmpp_jid_copy(a, c->from);
	s->outer = stanza_copy(a, outer);
	s->inner = stanza_copy(a, inner);
	if (xmpp_jid_parse(a, stanza_attr(inner, "to"), &s->to) != GW_OK) {
		refuse(c, outer, XMPP_JID_MALFORMED);
		arena_free(&a);
		return;
	}
	if (from.local.p == NULL)
		speak(&s->wait, NULL, GW_OK);
	else
		xmpp_account_want(c->x, from, &s->wait);
}

static enum gw_err own_message(struct xmpp_ctx *c, const struct stanza *outer,
			       struct jid *from, struct stanza **out)
{
	const struct stanza *forwarded =
		stanza_child(stanza_child(outer, "privilege", NS_PRIVILEGE),
			     "forwarded", NS_FORWARD);
	const struct stanza *inner =
		stanza_child(forwarded, "message", NS_CLIENT);

	if (inner == NULL)
		return GW_BAD_INPUT;
	if (xmpp_jid_parse(c->a, stanza_attr(inner, "from"), from) != GW_OK ||
	    from->resource.p != NULL || !xmpp_is_local(c->x, from->domain))
		return GW_DENIED;
	*out = stanza_copy_head(c->a, inner);
	stanza_set_attr(c->a, *out, "from", from->full);
	return GW_OK;
}

bool xmpp_privilege_message(struct xmpp_ctx *c, const struct stanza *st)
{
	const struct xmpp_component *k = xmpp_component_sender(c);
	struct stanza *inner;
	struct jid from;
	enum gw_err e;

	if (stanza_child(st, "privilege", NS_PRIVILEGE) == NULL ||
	    c->to.local.p != NULL || !xmpp_is_local(c->x, c->to.full))
		return false;
	if (k == NULL || !k->conf->privileges.message) {
		refuse(c, st, XMPP_FORBIDDEN);
		return true;
	}
	e = own_message(c, st, &from, &inner);
	if (e == GW_OK)
		speak_later(c, from, st, inner);
	else
		refuse(c, st,
		       e == GW_DENIED ? XMPP_FORBIDDEN : XMPP_BAD_REQUEST);
	return true;
}

/* ---- requests ---- */

static bool granted(const struct xmpp_component *k, const struct stanza *iq)
{
	const struct stanza *payload = xmpp_payload(iq);
	const struct conf_seq *list = &k->conf->privileges.iq;

	for (size_t i = 0; i < list->count; i++) {
		const struct xmpp_privilege_iq *p = list->items[i];

		if (str_is(payload->ns, p->namespace))
			return ((unsigned)p->type & request_bit(iq)) != 0;
	}
	return false;
}

/* XEP-0356 6.3: the answer, whatever it is, inside a result. */
static void on_answer(struct xmpp_pending *p, struct xmpp_ctx *c,
		      const struct stanza *answer)
{
	struct stanza *iq = stanza_new(c->a, "iq", NS_CLIENT);
	struct stanza *el, *copy;

	stanza_set_attr(c->a, iq, "id", p->outer);
	stanza_set_attr(c->a, iq, "from", p->asker.full);
	stanza_set_attr(c->a, iq, "to", p->component.full);
	if (answer == NULL) {
		stanza_set_attr(c->a, iq, "type", STR("error"));
		el = stanza_add_new(c->a, iq, "error", NS_CLIENT);
		stanza_set_attr(c->a, el, "type", STR("wait"));
		stanza_add_new(c->a, el, "remote-server-timeout", NS_STANZAS);
	} else {
		stanza_set_attr(c->a, iq, "type", STR("result"));
		el = stanza_add_new(c->a, iq, "privilege", NS_PRIVILEGE);
		el = stanza_add_new(c->a, el, "forwarded", NS_FORWARD);
		copy = stanza_copy_head(c->a, answer);
		stanza_set_attr(c->a, copy, "id", p->inner);
		stanza_add(el, copy);
	}
	xmpp_route_to(c, p->component, iq);
}

static void send_for(struct xmpp_ctx *c, const struct stanza *outer,
		     const struct stanza *inner, struct jid to)
{
	struct jid person = xmpp_jid_copy(c->a, xmpp_jid_bare(c->to));
	struct stanza *st = stanza_copy_head(c->a, inner);
	struct xmpp_pending *p =
		xmpp_pending_new(c->x->components, to, person, on_answer);
	struct xmpp_ctx sub = *c;

	if (p == NULL) {
		xmpp_bounce(c, outer, XMPP_RESOURCE_CONSTRAINT);
		return;
	}
	p->component = xmpp_jid_copy(p->a, c->from);
	p->outer = arena_str(p->a, stanza_attr(outer, "id"));
	p->inner = arena_str(p->a, stanza_attr(inner, "id"));
	stanza_set_attr(c->a, st, "id", str_of(p->id));
	stanza_set_attr(c->a, st, "from", person.full);
	stanza_set_attr(c->a, st, "to", to.full);
	sub.from = person;
	xmpp_route_to(&sub, to, st);
}

static bool for_person(struct xmpp_ctx *c, const struct stanza *inner)
{
	struct str from = stanza_attr(inner, "from");
	struct jid j;

	if (from.p == NULL)
		return true;
	return xmpp_jid_parse(c->a, from, &j) == GW_OK &&
	       str_eq(j.full, c->to.bare);
}

enum xmpp_verdict xmpp_privilege_iq(struct xmpp_ctx *c, const struct stanza *iq)
{
	const struct xmpp_component *k = xmpp_component_sender(c);
	const struct stanza *inner =
		stanza_child(xmpp_payload(iq), "iq", NS_CLIENT);
	struct jid to = c->to;

	if (k == NULL)
		return XMPP_PASS;
	if (inner == NULL || xmpp_payload(inner) == NULL ||
	    stanza_attr(inner, "id").p == NULL ||
	    !str_eq(stanza_attr(inner, "type"), stanza_attr(iq, "type")))
		return refuse(c, iq, XMPP_BAD_REQUEST);
	if (!granted(k, inner) || !for_person(c, inner))
		return refuse(c, iq, XMPP_FORBIDDEN);
	if (stanza_attr(inner, "to").p != NULL &&
	    xmpp_jid_parse(c->a, stanza_attr(inner, "to"), &to) != GW_OK)
		return refuse(c, iq, XMPP_JID_MALFORMED);
	send_for(c, iq, inner, to);
	return XMPP_DONE;
}
