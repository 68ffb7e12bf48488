/* SPDX-License-Identifier: MIT */
/* admin.c - who is what in a room, asked and changed: kick, voice, ban, the
 * lists of members, admins and owners (8.2 to 10.8)
 *
 * A list of changes is done as a whole or not at all.  It is applied, told
 * and confirmed after its commit.
 */
#include "xmpp/muc/news.h"

#define ITEMS_MAX   200	  /* changes at once */
#define PERSONS_MAX 10000 /* with an affiliation in one room */

struct item {
	struct str jid; /* bare; STR_NONE: a change of role */
	struct str nick;
	int affiliation, role;
	struct str reason;
};

struct change {
	struct xmpp_muc *m;
	uint64_t room;
	struct arena *a;
	struct xmpp_later *later;
	struct jid by;
	struct xmpp_muc_standing standing;
	struct str nick; /* of who asks; STR_NONE: not in the room */
	struct item *items;
	size_t count;
};

/* ---- lists ---- */

static void add_person(struct xmpp_ctx *c, struct stanza *query,
		       const struct muc_person_row *p)
{
	struct stanza *item = stanza_add_new(c->a, query, "item", NS_MUC_ADMIN);

	stanza_set_attr(c->a, item, "affiliation",
			str_of(xmpp_muc_affiliation_name(
				(enum xmpp_muc_affiliation)p->affiliation)));
	stanza_set_attr(c->a, item, "jid", p->jid);
	if (p->reason.n > 0)
		stanza_add_leaf(c->a, item, "reason", NS_MUC_ADMIN, p->reason);
}

static void list_persons(struct xmpp_ctx *c, const struct xmpp_room *r,
			 const struct stanza *iq, int which)
{
	struct stanza *query = stanza_new(c->a, "query", NS_MUC_ADMIN);
	enum xmpp_muc_affiliation by = xmpp_room_affiliation(r, c->from.bare);
	struct muc_person_row *rows;
	size_t n;

	if (!xmpp_muc_may_list(by, (enum xmpp_muc_affiliation)which,
			       xmpp_room_is(r, MUC_OPEN_JIDS))) {
		xmpp_reply_error(c, iq, XMPP_FORBIDDEN, NULL);
		return;
	}
	n = xmpp_room_persons(r, c->a, &rows);
	for (size_t i = 0; i < n; i++)
		if (rows[i].affiliation == which)
			add_person(c, query, &rows[i]);
	xmpp_reply(c, iq, query);
}

static void add_occupant(struct xmpp_ctx *c, struct stanza *query,
			 const struct xmpp_occupant *o)
{
	struct stanza *item = stanza_add_new(c->a, query, "item", NS_MUC_ADMIN);

	stanza_set_attr(
		c->a, item, "affiliation",
		str_of(xmpp_muc_affiliation_name(o->standing.affiliation)));
	stanza_set_attr(c->a, item, "role",
			str_of(xmpp_muc_role_name(o->standing.role)));
	stanza_set_attr(c->a, item, "nick", str_of(o->nick));
	stanza_set_attr(c->a, item, "jid", str_of(o->bare));
}

/* Lists of roles carry addresses: they are for moderators. */
static void list_roles(struct xmpp_ctx *c, const struct xmpp_room *r,
		       const struct stanza *iq, int which)
{
	struct stanza *query = stanza_new(c->a, "query", NS_MUC_ADMIN);
	const struct xmpp_muc_seat *s = xmpp_occupant_seat(r, c->from);
	const struct xmpp_occupant *o = xmpp_occupant_next(r, NULL);

	if (s == NULL ||
	    !xmpp_muc_role_may(s->of->standing.role, MUC_MAY_VOICE)) {
		xmpp_reply_error(c, iq, XMPP_FORBIDDEN, NULL);
		return;
	}
	for (; o != NULL; o = xmpp_occupant_next(r, o))
		if ((int)o->standing.role == which)
			add_occupant(c, query, o);
	xmpp_reply(c, iq, query);
}

static void on_get(struct xmpp_ctx *c, const struct xmpp_room *r,
		   const struct stanza *iq)
{
	const struct stanza *item =
		stanza_child(xmpp_payload(iq), "item", NS_MUC_ADMIN);
	int affiliation =
		xmpp_muc_affiliation_of(stanza_attr(item, "affiliation"));
	int role = xmpp_muc_role_of(stanza_attr(item, "role"));

	if (affiliation >= 0 && affiliation != MUC_NONE)
		list_persons(c, r, iq, affiliation);
	else if (role > MUC_ROLE_NONE)
		list_roles(c, r, iq, role);
	else
		xmpp_reply_error(c, iq, XMPP_BAD_REQUEST, NULL);
}

/* ---- changes: may they be ---- */

/* What is wrong with an item; GW_OK: nothing. */
static enum gw_err read_item(struct arena *a, const struct xmpp_room *r,
			     const struct stanza *e, struct item *out)
{
	struct str jid = stanza_attr(e, "jid");
	struct str affiliation = stanza_attr(e, "affiliation");
	struct str role = stanza_attr(e, "role");
	struct jid parsed;

	*out = (struct item){
		.nick = arena_str(a, stanza_attr(e, "nick")),
		.affiliation = xmpp_muc_affiliation_of(affiliation),
		.role = xmpp_muc_role_of(role),
		.reason = stanza_child_text(a, e, "reason", NS_MUC_ADMIN),
	};
	out->reason = arena_str(a, out->reason);
	if (affiliation.p != NULL && jid.p == NULL) {
		const struct xmpp_occupant *o =
			out->nick.p != NULL ? xmpp_occupant_nick(r, out->nick)
					    : NULL;

		if (o == NULL)
			return GW_NOT_FOUND;
		out->jid = arena_str(a, str_of(o->bare));
	} else if (affiliation.p != NULL) {
		if (xmpp_jid_parse(a, jid, &parsed) != GW_OK)
			return GW_BAD_INPUT;
		out->jid = arena_str(a, parsed.bare);
	}
	if (affiliation.p != NULL)
		return out->affiliation < 0 ? GW_BAD_INPUT : GW_OK;
	return out->role < 0 || out->nick.p == NULL ? GW_BAD_INPUT : GW_OK;
}

static unsigned owners_stored(const struct xmpp_room *r)
{
	const struct xmpp_muc_person *p;
	unsigned n = 0;
	size_t it = 0;

	while ((p = map_next(&r->persons, &it)) != NULL)
		n += p->affiliation == MUC_OWNER;
	return n;
}

/* The error it deserves, ALLOWED: none. */
#define ALLOWED (-1)

static int may_affiliate(const struct change *ch, const struct xmpp_room *r,
			 const struct item *i)
{
	enum xmpp_muc_affiliation by = ch->standing.affiliation;
	enum xmpp_muc_affiliation to =
		(enum xmpp_muc_affiliation)i->affiliation;
	enum xmpp_muc_affiliation from = xmpp_room_affiliation(r, i->jid);
	enum xmpp_muc_affiliation least = xmpp_room_configured(r, i->jid);

	if (!xmpp_muc_may(by, MUC_MAY_MEMBERS))
		return XMPP_FORBIDDEN;
	if (!xmpp_muc_may_affiliate(by, from, to) ||
	    (least > MUC_NONE && to < least))
		return XMPP_NOT_ALLOWED;
	/* 9.1: nobody bans himself; 10.6: a room has an owner. */
	if (to == MUC_OUTCAST && str_eq(i->jid, ch->by.bare))
		return XMPP_CONFLICT;
	if (from == MUC_OWNER && to < MUC_OWNER && owners_stored(r) <= 1)
		return XMPP_CONFLICT;
	if (r->persons.used >= PERSONS_MAX && to != MUC_NONE)
		return XMPP_RESOURCE_CONSTRAINT;
	return ALLOWED;
}

static int may_role(const struct change *ch, const struct xmpp_room *r,
		    const struct item *i)
{
	const struct xmpp_occupant *o = xmpp_occupant_nick(r, i->nick);

	if (!xmpp_muc_role_may(ch->standing.role, MUC_MAY_KICK))
		return XMPP_FORBIDDEN;
	if (o == NULL)
		return XMPP_ITEM_NOT_FOUND;
	if (xmpp_occupant_is_bot(o) ||
	    !xmpp_muc_may_role(ch->standing, o->standing,
			       (enum xmpp_muc_role)i->role))
		return XMPP_NOT_ALLOWED;
	return ALLOWED;
}

/* False: the asker was told why not. */
static bool take_items(struct xmpp_ctx *c, struct change *ch,
		       const struct xmpp_room *r, const struct stanza *iq)
{
	const struct stanza *e =
		stanza_child(xmpp_payload(iq), "item", NS_MUC_ADMIN);
	int why = ALLOWED;

	ch->items = arena_alloc(ch->a, ITEMS_MAX * sizeof(*ch->items));
	for (; e != NULL && why == ALLOWED;
	     e = stanza_next(e, "item", NS_MUC_ADMIN)) {
		struct item *i = &ch->items[ch->count];
		enum gw_err err = GW_LIMIT;

		if (ch->count < ITEMS_MAX)
			err = read_item(ch->a, r, e, i);
		if (err != GW_OK)
			why = (int)xmpp_fault_of(err);
		else
			why = i->jid.p != NULL ? may_affiliate(ch, r, i)
					       : may_role(ch, r, i);
		ch->count++;
	}
	if (ch->count == 0)
		why = XMPP_BAD_REQUEST;
	if (why == ALLOWED)
		return true;
	xmpp_reply_error(c, iq, (enum xmpp_condition)why, NULL);
	return false;
}

/* ---- changes: done ---- */

static void apply_role(struct xmpp_ctx *c, const struct change *ch,
		       struct xmpp_room *r, const struct item *i)
{
	struct xmpp_muc_news n = { .of = xmpp_occupant_nick(r, i->nick),
				   .actor = ch->nick,
				   .reason = i->reason };
	struct xmpp_muc_standing s;

	if (n.of == NULL)
		return;
	s = n.of->standing;
	s.role = (enum xmpp_muc_role)i->role;
	xmpp_muc_restate(c, &n, s);
}

static void apply_affiliation(struct xmpp_ctx *c, const struct change *ch,
			      struct xmpp_room *r, const struct item *i)
{
	struct muc_person_row row = { .jid = i->jid,
				      .affiliation = i->affiliation,
				      .reason = i->reason };
	struct xmpp_occupant *o = xmpp_occupant_next(r, NULL);
	struct xmpp_occupant *next;

	xmpp_room_affiliate(r, &row);
	for (; o != NULL; o = next) {
		struct xmpp_muc_news n = { .of = o,
					   .actor = ch->nick,
					   .reason = i->reason };
		struct xmpp_muc_standing s;

		next = xmpp_occupant_next(r, o);
		if (!str_is(i->jid, o->bare))
			continue;
		s.affiliation = xmpp_room_affiliation(r, i->jid);
		s.role = xmpp_muc_first_role(s.affiliation,
					     xmpp_room_is(r, MUC_MODERATED));
		xmpp_muc_restate(c, &n, s);
	}
}

static void apply(const struct change *ch)
{
	struct xmpp_room *r = xmpp_room_get(ch->m, ch->room);
	struct xmpp_ctx c;

	if (r == NULL)
		return;
	xmpp_ctx_begin(&c, ch->m->x);
	for (size_t i = 0; i < ch->count; i++) {
		if (ch->items[i].jid.p != NULL)
			apply_affiliation(&c, ch, r, &ch->items[i]);
		else
			apply_role(&c, ch, r, &ch->items[i]);
	}
	xmpp_ctx_end(&c);
}

static void changed(void *arg, enum gw_err e)
{
	struct change *ch = arg;
	struct arena *a = ch->a;
	const struct stanza *iq;
	struct xmpp_ctx c;
	bool was = xmpp_muc_enter(ch->m);

	if (e == GW_OK && ch->m->up)
		apply(ch);
	if (xmpp_later_begin(ch->later, &c, &iq)) {
		if (e == GW_OK)
			xmpp_reply(&c, iq, NULL);
		else
			xmpp_reply_error(&c, iq, xmpp_fault_of(e), NULL);
	}
	xmpp_later_end(&ch->later);
	xmpp_muc_leave(ch->m, was);
	arena_free(&a);
}

static void save(struct xmpp_ctx *c, struct change *ch, struct xmpp_room *r,
		 const struct stanza *iq)
{
	struct muc_person_row *rows =
		arena_alloc(ch->a, (ch->count + 1) * sizeof(*rows));
	struct muc_done done = { .fn = changed, .arg = ch };
	size_t n = 0;

	for (size_t i = 0; i < ch->count; i++) {
		if (ch->items[i].jid.p == NULL)
			continue;
		rows[n++] = (struct muc_person_row){
			.jid = ch->items[i].jid,
			.affiliation = ch->items[i].affiliation,
			.reason = ch->items[i].reason,
			.remove = ch->items[i].affiliation == MUC_NONE,
		};
	}
	ch->later = xmpp_later(c, iq);
	if (n > 0)
		xmpp_room_save(r, NULL, rows, n, done);
	else
		changed(ch, GW_OK);
}

static void on_set(struct xmpp_ctx *c, struct xmpp_room *r,
		   const struct stanza *iq)
{
	const struct xmpp_muc_seat *s = xmpp_occupant_seat(r, c->from);
	struct arena *a = arena_new();
	struct change *ch = arena_alloc(a, sizeof(*ch));

	ch->m = r->muc;
	ch->room = r->handle;
	ch->a = a;
	ch->by = xmpp_jid_copy(a, c->from);
	ch->standing.affiliation = xmpp_room_affiliation(r, c->from.bare);
	if (s != NULL) {
		ch->standing.role = s->of->standing.role;
		ch->nick = arena_str(a, str_of(s->of->nick));
	}
	if (take_items(c, ch, r, iq))
		save(c, ch, r, iq);
	else
		arena_free(&a);
}

void xmpp_muc_admin(struct xmpp_ctx *c, struct xmpp_room *r,
		    const struct stanza *iq)
{
	if (str_is(stanza_attr(iq, "type"), "get"))
		on_get(c, r, iq);
	else
		on_set(c, r, iq);
}
