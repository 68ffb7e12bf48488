/* SPDX-License-Identifier: MIT */
/* invite.c - invitations and refusals that go through the room (7.8.2)
 *
 * Direct ones (XEP-0249) go from person to person and never pass here.
 */
#include "xmpp/muc/news.h"

#define INVITE_MAX 10 /* persons in one message */

struct invitation {
	struct xmpp_ctx *c;
	struct xmpp_room *r;
	const struct xmpp_muc_seat *by;
	const struct stanza *st;
};

/* In a members-only room an invitation makes a member, so it takes the right
 * to make one, unless the room lets everybody. */
static bool may_invite(const struct invitation *i)
{
	const struct xmpp_muc_standing *s = &i->by->of->standing;

	if (!xmpp_muc_role_may(s->role, MUC_MAY_INVITE))
		return false;
	return !xmpp_room_is(i->r, MUC_MEMBERS_ONLY) ||
	       xmpp_room_is(i->r, MUC_INVITE_ALL) ||
	       xmpp_muc_may(s->affiliation, MUC_MAY_MEMBERS);
}

static void admit(const struct invitation *i, struct jid to)
{
	struct muc_person_row row = { .jid = to.bare,
				      .affiliation = MUC_MEMBER,
				      .reason = STR("invited") };

	if (!xmpp_room_is(i->r, MUC_MEMBERS_ONLY) ||
	    xmpp_room_affiliation(i->r, to.bare) != MUC_NONE)
		return;
	xmpp_room_affiliate(i->r, &row);
	xmpp_room_save(i->r, NULL, &row, 1, (struct muc_done){ .fn = NULL });
}

static struct stanza *room_message(struct xmpp_ctx *c,
				   const struct xmpp_room *r, struct jid to,
				   struct stanza **x)
{
	struct stanza *st = stanza_new(c->a, "message", NS_CLIENT);

	stanza_set_attr(c->a, st, "from", r->jid.bare);
	stanza_set_attr(c->a, st, "to", to.full);
	*x = stanza_add_new(c->a, st, "x", NS_MUC_USER);
	return st;
}

/* An <invite/> or <decline/> as the other side sees it. */
static struct stanza *add_notice(struct xmpp_ctx *c, struct stanza *x,
				 const struct stanza *asked, struct str from)
{
	struct stanza *e = stanza_add_new(
		c->a, x,
		stanza_is(asked, "invite", NULL) ? "invite" : "decline",
		NS_MUC_USER);
	struct str reason =
		stanza_child_text(c->a, asked, "reason", NS_MUC_USER);

	stanza_set_attr(c->a, e, "from", from);
	if (reason.n > 0)
		stanza_add_leaf(c->a, e, "reason", NS_MUC_USER, reason);
	return e;
}

static void invite_one(const struct invitation *i, const struct stanza *asked)
{
	struct xmpp_ctx *c = i->c;
	struct str from = xmpp_room_is(i->r, MUC_OPEN_JIDS)
				  ? c->from.bare
				  : xmpp_occupant_jid(i->by->of, c->a);
	struct stanza *st, *x, *direct;
	struct jid to;

	if (xmpp_jid_parse(c->a, stanza_attr(asked, "to"), &to) != GW_OK) {
		xmpp_reply_error(c, i->st, XMPP_JID_MALFORMED, NULL);
		return;
	}
	if (xmpp_room_affiliation(i->r, to.bare) == MUC_OUTCAST) {
		xmpp_reply_error(c, i->st, XMPP_FORBIDDEN, NULL);
		return;
	}
	admit(i, to);
	st = room_message(c, i->r, to, &x);
	add_notice(c, x, asked, from);
	if (i->r->set.password.n > 0)
		stanza_add_leaf(c->a, x, "password", NS_MUC_USER,
				i->r->set.password);
	direct = stanza_add_new(c->a, st, "x", NS_CONFERENCE);
	stanza_set_attr(c->a, direct, "jid", i->r->jid.bare);
	xmpp_route_to(c, to, st);
}

static void invite_all(const struct invitation *i, const struct stanza *x)
{
	const struct stanza *asked = stanza_child(x, "invite", NS_MUC_USER);
	unsigned count = 0;

	if (i->by == NULL || !may_invite(i) || !xmpp_room_may_pass(i->r)) {
		xmpp_reply_error(i->c, i->st, XMPP_FORBIDDEN, NULL);
		return;
	}
	for (; asked != NULL && count++ < INVITE_MAX;
	     asked = stanza_next(asked, "invite", NS_MUC_USER))
		invite_one(i, asked);
}

/* Only to somebody who is in the room: it is no way to write to strangers. */
static void decline(struct xmpp_ctx *c, struct xmpp_room *r,
		    const struct stanza *asked)
{
	const struct xmpp_occupant *o = xmpp_occupant_next(r, NULL);
	const struct xmpp_muc_seat *s;
	struct stanza *st, *x;
	struct jid to;

	if (xmpp_jid_parse(c->a, stanza_attr(asked, "to"), &to) != GW_OK ||
	    !xmpp_room_may_pass(r))
		return;
	if (str_eq(to.bare, r->jid.bare) && to.resource.p != NULL)
		o = xmpp_occupant_nick(r, to.resource);
	else
		while (o != NULL && !str_is(to.bare, o->bare))
			o = xmpp_occupant_next(r, o);
	s = o != NULL ? xmpp_occupant_next_seat(o, NULL) : NULL;
	if (s == NULL)
		return;
	st = room_message(c, r, s->jid, &x);
	add_notice(c, x, asked, c->from.bare);
	xmpp_route_to(c, s->jid, st);
}

void xmpp_muc_invite(struct xmpp_ctx *c, struct xmpp_room *r,
		     const struct stanza *st)
{
	const struct stanza *x = stanza_child(st, "x", NS_MUC_USER);
	const struct stanza *refusal = stanza_child(x, "decline", NS_MUC_USER);
	struct invitation i = {
		.c = c, .r = r, .by = xmpp_occupant_seat(r, c->from), .st = st
	};

	if (stanza_child(x, "invite", NS_MUC_USER) != NULL)
		invite_all(&i, x);
	else if (refusal != NULL)
		decline(c, r, refusal);
	else
		xmpp_reply_error(c, st, XMPP_BAD_REQUEST, NULL);
}
