/* SPDX-License-Identifier: MIT */
/* presence.c - what is told of occupants, and what only a room may say */
#include "xmpp/muc/news.h"

#include "gateway/base/arena.h"

/* In whose eyes: real JIDs are for moderators, unless the room is open. */
enum view { VIEW_SELF, VIEW_JIDS, VIEW_NICKS, VIEWS };

static bool is_ours(const struct stanza *e, const struct xmpp_room *r)
{
	struct str by = stanza_attr(e, "by");

	if (stanza_is(e, NULL, NS_OCCUPANT_ID) ||
	    stanza_is(e, NULL, NS_MUC_USER) || stanza_is(e, NULL, NS_MUC))
		return true;
	if (stanza_is(e, "stanza-id", NS_SID))
		return str_eq(by, r->jid.bare);
	return stanza_is(e, "delay", NS_DELAY) &&
	       str_eq(stanza_attr(e, "from"), r->jid.bare);
}

void xmpp_muc_strip(struct stanza *st, const struct xmpp_room *r)
{
	struct stanza *e = stanza_first_element(st);
	struct stanza *next;

	for (; e != NULL; e = next) {
		next = stanza_next_element(e);
		if (is_ours(e, r))
			stanza_remove(st, e);
	}
}

void xmpp_muc_sign(struct arena *a, struct stanza *st,
		   const struct xmpp_occupant *o)
{
	struct stanza *id =
		stanza_add_new(a, st, "occupant-id", NS_OCCUPANT_ID);

	stanza_set_attr(a, id, "id", str_of(o->id));
}

static void add_status(struct arena *a, struct stanza *x, unsigned code)
{
	struct stanza *status = stanza_add_new(a, x, "status", NS_MUC_USER);

	stanza_set_attr(a, status, "code", str_of(arena_printf(a, "%u", code)));
}

/* The JID that stands for an occupant: of its seat that spoke last. */
static struct str real_jid(const struct xmpp_occupant *o)
{
	if (list_empty(&o->seats))
		return str_of(o->bare);
	return LIST_OF(o->seats.prev, struct xmpp_muc_seat, link)->jid.full;
}

static void add_item(struct arena *a, struct stanza *x,
		     const struct xmpp_muc_news *n, bool jids)
{
	struct stanza *item = stanza_add_new(a, x, "item", NS_MUC_USER);
	const struct xmpp_muc_standing *s = &n->of->standing;
	bool out = n->gone && n->code != 303;

	stanza_set_attr(a, item, "affiliation",
			str_of(n->destroy != NULL ? "none"
						  : xmpp_muc_affiliation_name(
							    s->affiliation)));
	stanza_set_attr(
		a, item, "role",
		str_of(xmpp_muc_role_name(out ? MUC_ROLE_NONE : s->role)));
	if (jids)
		stanza_set_attr(a, item, "jid", real_jid(n->of));
	if (n->nick.p != NULL)
		stanza_set_attr(a, item, "nick", n->nick);
	if (n->actor.p != NULL)
		stanza_set_attr(a,
				stanza_add_new(a, item, "actor", NS_MUC_USER),
				"nick", n->actor);
	if (n->reason.n > 0)
		stanza_add_leaf(a, item, "reason", NS_MUC_USER, n->reason);
}

/* What the occupant says of itself; nothing when it did not go by its own
 * wish. */
static struct stanza *base_of(struct arena *a, const struct xmpp_muc_news *n)
{
	const struct xmpp_occupant *o = n->of;
	const struct stanza *own = n->own;
	struct stanza *st;

	if (!n->gone && !list_empty(&o->seats))
		own = LIST_OF(o->seats.prev, struct xmpp_muc_seat, link)
			      ->presence;
	if (own == NULL)
		return stanza_new(a, "presence", NS_CLIENT);
	st = stanza_copy_head(a, own);
	stanza_del_attr(a, st, "to");
	xmpp_muc_strip(st, o->room);
	return st;
}

static struct stanza *build(struct arena *a, const struct xmpp_muc_news *n,
			    enum view view, const unsigned *codes)
{
	const struct xmpp_occupant *o = n->of;
	struct stanza *st = base_of(a, n);
	struct stanza *x;

	stanza_set_attr(a, st, "from", xmpp_occupant_jid(o, a));
	if (n->gone)
		stanza_set_attr(a, st, "type", STR("unavailable"));
	xmpp_muc_sign(a, st, o);
	x = stanza_add_new(a, st, "x", NS_MUC_USER);
	add_item(a, x, n, view != VIEW_NICKS);
	if (n->destroy != NULL)
		stanza_add(x, stanza_copy(a, n->destroy));
	if (n->code != 0)
		add_status(a, x, n->code);
	if (view == VIEW_SELF)
		add_status(a, x, 110);
	for (; codes != NULL && *codes != 0; codes++)
		add_status(a, x, *codes);
	return st;
}

static enum view view_of(const struct xmpp_muc_news *n,
			 const struct xmpp_occupant *eye)
{
	if (eye == n->of)
		return VIEW_SELF;
	return xmpp_room_is(eye->room, MUC_OPEN_JIDS) ||
			       xmpp_muc_role_may(eye->standing.role,
						 MUC_MAY_SEE_JIDS)
		       ? VIEW_JIDS
		       : VIEW_NICKS;
}

void xmpp_muc_tell(struct xmpp_ctx *c, const struct xmpp_muc_news *n,
		   const struct xmpp_muc_seat *not_to)
{
	struct xmpp_fan fans[VIEWS];
	const struct xmpp_muc_seat *s;
	const struct xmpp_occupant *o;

	for (enum view v = VIEW_SELF; v < VIEWS; v++)
		xmpp_fan_begin(&fans[v], c, build(c->a, n, v, NULL));
	o = xmpp_occupant_next(n->of->room, NULL);
	for (; o != NULL; o = xmpp_occupant_next(n->of->room, o)) {
		enum view v = view_of(n, o);

		for (s = xmpp_occupant_next_seat(o, NULL); s != NULL;
		     s = xmpp_occupant_next_seat(o, s))
			if (s != not_to)
				xmpp_fan_to(&fans[v], s->jid, STR_NONE);
	}
	for (enum view v = VIEW_SELF; v < VIEWS; v++)
		xmpp_fan_end(&fans[v]);
}

static void to_seat(struct xmpp_ctx *c, struct stanza *st,
		    const struct xmpp_muc_seat *s)
{
	stanza_set_attr(c->a, st, "to", s->jid.full);
	xmpp_route_to(c, s->jid, st);
}

void xmpp_muc_tell_self(struct xmpp_ctx *c, const struct xmpp_muc_news *n,
			const struct xmpp_muc_seat *s, const unsigned *codes)
{
	to_seat(c, build(c->a, n, VIEW_SELF, codes), s);
}

void xmpp_muc_tell_seat(struct xmpp_ctx *c, const struct xmpp_muc_news *n,
			const struct xmpp_muc_seat *s)
{
	to_seat(c, build(c->a, n, view_of(n, s->of), NULL), s);
}

void xmpp_muc_fan(struct xmpp_ctx *c, const struct xmpp_room *r,
		  const struct stanza *st)
{
	const struct xmpp_occupant *o = xmpp_occupant_next(r, NULL);
	const struct xmpp_muc_seat *s;
	struct xmpp_fan fan;

	xmpp_fan_begin(&fan, c, st);
	for (; o != NULL; o = xmpp_occupant_next(r, o))
		for (s = xmpp_occupant_next_seat(o, NULL); s != NULL;
		     s = xmpp_occupant_next_seat(o, s))
			xmpp_fan_to(&fan, s->jid, STR_NONE);
	xmpp_fan_end(&fan);
}

void xmpp_muc_status(struct xmpp_ctx *c, const struct xmpp_room *r,
		     unsigned code)
{
	struct stanza *st = stanza_new(c->a, "message", NS_CLIENT);

	stanza_set_attr(c->a, st, "from", r->jid.bare);
	stanza_set_attr(c->a, st, "type", STR("groupchat"));
	add_status(c->a, stanza_add_new(c->a, st, "x", NS_MUC_USER), code);
	xmpp_muc_fan(c, r, st);
}
