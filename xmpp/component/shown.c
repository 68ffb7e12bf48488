/* SPDX-License-Identifier: MIT */
/* shown.c - XEP-0356 7: presence, to the components that may see it
 *
 * The first presence of a client and its last; nothing between.  Of contacts
 * elsewhere everything, but the same thing once only.
 */
#include "xmpp/component/grant.h"
#include "xmpp/xml/write.h"

#define CONTACTS_MAX 10000

struct contact {
	struct arena *a;
	struct jid jid; /* full */
	const struct stanza *st;
};

static bool sees(const struct xmpp_component *k, int what)
{
	return k->conn != 0 && xmpp_component_main(k) &&
	       k->conf->privileges.presence >= what;
}

/* Whether anybody may: else nothing is kept. */
static bool anyone(const struct xmpp_components *all, int what)
{
	struct xmpp_component *k;
	size_t it = 0;

	while ((k = map_next(&all->hosts, &it)) != NULL)
		if (k->conf->privileges.presence >= what)
			return true;
	return false;
}

static void tell(struct xmpp_ctx *c, const struct xmpp_component *k,
		 const struct stanza *st)
{
	struct stanza *copy = stanza_copy_head(c->a, st);

	stanza_set_attr(c->a, copy, "to", k->jid.full);
	xmpp_route_to(c, k->jid, copy);
}

static void tell_all(struct xmpp_ctx *c, int what, const struct stanza *st)
{
	struct xmpp_component *k;
	size_t it = 0;

	while ((k = map_next(&c->x->components->hosts, &it)) != NULL)
		if (sees(k, what))
			tell(c, k, st);
}

/* ---- persons of this server ---- */

static void remember(struct xmpp_components *all, struct str full)
{
	char *text = mem_strndup(full.p, full.n);

	mem_free(map_put(&all->shown, str_of(text), text));
}

void xmpp_shown_presence(struct xmpp_ctx *c, const struct stanza *st)
{
	struct xmpp_components *all = c->x->components;
	struct str full = stanza_attr(st, "from");
	bool gone = stanza_attr(st, "type").p != NULL;
	char *known = map_get(&all->shown, full);

	if (gone == (known == NULL) || !anyone(all, SHOWN_MANAGED))
		return;
	if (gone) {
		map_del(&all->shown, full);
		mem_free(known);
	} else {
		remember(all, full);
	}
	tell_all(c, SHOWN_MANAGED, st);
}

/* ---- contacts elsewhere ---- */

static void contact_free(struct contact *k)
{
	struct arena *a = k->a;

	arena_free(&a);
}

static bool same(const struct contact *k, const struct stanza *st)
{
	struct buf a = { 0 }, b = { 0 };
	struct arena *tmp = arena_new();
	struct stanza *copy = stanza_copy_head(tmp, st);
	bool eq;

	stanza_del_attr(tmp, copy, "to");
	xmpp_xml_write(&a, k->st, XMPP_XML_IN_STREAM);
	xmpp_xml_write(&b, copy, XMPP_XML_IN_STREAM);
	eq = str_eq(buf_str(&a), buf_str(&b));
	buf_fini(&a);
	buf_fini(&b);
	arena_free(&tmp);
	return eq;
}

static void keep(struct xmpp_components *all, struct jid from,
		 const struct stanza *st)
{
	struct arena *a = arena_new();
	struct contact *k = arena_alloc(a, sizeof(*k)), *old;
	struct stanza *copy = stanza_copy(a, st);

	stanza_del_attr(a, copy, "to");
	k->a = a;
	k->jid = xmpp_jid_copy(a, from);
	k->st = copy;
	old = map_put(&all->contacts, k->jid.full, k);
	if (old != NULL)
		contact_free(old);
}

/* True: it is news. */
static bool note(struct xmpp_components *all, struct jid from,
		 const struct stanza *st)
{
	struct contact *old = map_get(&all->contacts, from.full);

	if (stanza_attr(st, "type").p != NULL) {
		if (old == NULL)
			return false;
		map_del(&all->contacts, from.full);
		contact_free(old);
		return true;
	}
	if (old != NULL && same(old, st))
		return false;
	if (old != NULL || all->contacts.used < CONTACTS_MAX)
		keep(all, from, st);
	return true;
}

void xmpp_component_contact(struct xmpp_ctx *c, struct xmpp_account *acc,
			    const struct stanza *st)
{
	struct xmpp_components *all = c->x->components;
	enum xmpp_subscription state =
		xmpp_roster_state(&acc->roster, c->from.bare);

	if (xmpp_is_local(c->x, c->from.domain) ||
	    !xmpp_subscription_to(state) || !anyone(all, SHOWN_ROSTER))
		return;
	if (note(all, c->from, st))
		tell_all(c, SHOWN_ROSTER, st);
}

/* ---- who comes later ---- */

static void show_persons(struct xmpp_ctx *c, const struct xmpp_component *k)
{
	struct xmpp_session *s;
	size_t it = 0;

	while ((s = slot_next(&c->x->sessions, &it)) != NULL)
		if (s->presence != NULL)
			tell(c, k, s->presence);
}

static void show_contacts(struct xmpp_ctx *c, const struct xmpp_component *k)
{
	struct contact *who;
	size_t it = 0;

	while ((who = map_next(&c->x->components->contacts, &it)) != NULL)
		tell(c, k, who->st);
}

void xmpp_shown_all(struct xmpp_ctx *c, const struct xmpp_component *k)
{
	if (sees(k, SHOWN_MANAGED))
		show_persons(c, k);
	if (sees(k, SHOWN_ROSTER))
		show_contacts(c, k);
}

/* ---- configuration ---- */

static void forget_contacts(struct xmpp_components *all)
{
	struct contact *k;
	size_t it = 0;

	while ((k = map_next(&all->contacts, &it)) != NULL) {
		map_del(&all->contacts, k->jid.full);
		contact_free(k);
	}
}

static void forget_persons(struct xmpp_components *all)
{
	char *text;
	size_t it = 0;

	while ((text = map_next(&all->shown, &it)) != NULL) {
		map_del(&all->shown, str_of(text));
		mem_free(text);
	}
}

void xmpp_shown_configure(struct xmpp_components *all)
{
	struct xmpp_session *s;
	size_t it = 0;

	if (!anyone(all, SHOWN_ROSTER))
		forget_contacts(all);
	forget_persons(all);
	if (!anyone(all, SHOWN_MANAGED))
		return;
	while ((s = slot_next(&all->x->sessions, &it)) != NULL)
		if (s->available)
			remember(all, s->jid.full);
}

void xmpp_shown_forget(struct xmpp_components *all)
{
	forget_contacts(all);
	forget_persons(all);
}
