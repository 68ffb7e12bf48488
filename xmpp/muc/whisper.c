/* SPDX-License-Identifier: MIT */
/* whisper.c - private messages between occupants (7.5) */
#include "xmpp/muc/news.h"

/* What is said to the bot alone is said one-to-one: its answer goes to the
 * person, not through the room. */
static void to_bot(struct xmpp_ctx *c, const struct xmpp_occupant *by,
		   const struct stanza *st)
{
	const struct seam_desk *desk = xmpp_desk(c->x);
	struct str body = stanza_child_text(c->a, st, "body", NS_CLIENT);
	struct str thread = stanza_child_text(c->a, st, "thread", NS_CLIENT);
	struct str id = stanza_attr(st, "id");
	struct seam_said said = {
		.from = str_of(by->bare),
		.room = STR(""),
		.nick = STR(""),
		.id = id.p != NULL ? id : STR(""),
		.reply_to = STR(""),
		.thread = thread.p != NULL ? thread : STR(""),
		.body = body,
	};

	if (body.n > 0 && desk->heard != NULL)
		desk->heard(desk->self, &said);
}

static void pass_on(struct xmpp_ctx *c, const struct xmpp_occupant *by,
		    const struct xmpp_occupant *to, const struct stanza *st)
{
	const struct xmpp_muc_seat *s = xmpp_occupant_next_seat(to, NULL);
	struct stanza *out = stanza_copy_head(c->a, st);
	struct xmpp_ctx each = *c;

	xmpp_muc_strip(out, by->room);
	xmpp_muc_sign(c->a, out, by);
	stanza_add_new(c->a, out, "x", NS_MUC_USER);
	stanza_set_attr(c->a, out, "from", xmpp_occupant_jid(by, c->a));
	for (; s != NULL; s = xmpp_occupant_next_seat(to, s)) {
		struct stanza *copy = stanza_copy_head(c->a, out);

		stanza_set_attr(c->a, copy, "to", s->jid.full);
		xmpp_route_to(&each, s->jid, copy);
		each.copy = true;
	}
}

void xmpp_muc_whisper(struct xmpp_ctx *c, struct xmpp_room *r,
		      const struct stanza *st)
{
	const struct xmpp_muc_seat *s = xmpp_occupant_seat(r, c->from);
	const struct xmpp_occupant *to = xmpp_occupant_nick(r, c->to.resource);

	if (s == NULL) {
		xmpp_reply_error(c, st, XMPP_NOT_ACCEPTABLE,
				 "you are not in this room");
	} else if (str_is(stanza_attr(st, "type"), "groupchat")) {
		xmpp_reply_error(c, st, XMPP_BAD_REQUEST, NULL);
	} else if (to == NULL) {
		xmpp_reply_error(c, st, XMPP_ITEM_NOT_FOUND, NULL);
	} else if (s->of->standing.role < r->set.whisper) {
		xmpp_reply_error(c, st, XMPP_FORBIDDEN, NULL);
	} else if (!xmpp_room_may_pass(r)) {
		r->muc->refused->value++;
		xmpp_reply_error(c, st, XMPP_RESOURCE_CONSTRAINT,
				 "too many messages at once");
	} else if (xmpp_occupant_is_bot(to)) {
		to_bot(c, s->of, st);
	} else {
		pass_on(c, s->of, to, st);
	}
}
