/* SPDX-License-Identifier: MIT */
/* message.c - what is said to a room: admitted, signed, kept, passed on
 *
 * It is passed on at once; the row follows, and with it, in one commit, the h
 * of the sender.  What he says again after a crash has the name it had, and
 * is passed on once (L6).  The desk hears what people say where the bot is.
 */
#include "xmpp/im/journal.h"
#include "xmpp/limit.h"
#include "xmpp/muc/news.h"
#include "xmpp/receipt.h"
#include "xmpp/xml/write.h"

/* A row under way. */
struct said {
	struct xmpp_muc *m;
	uint64_t room;
	struct arena *a;
	struct str id;		 /* the room's */
	struct stanza *original; /* from, to, id: what an error needs */
};

static bool is_kept(const struct stanza *st)
{
	if (stanza_child(st, "no-store", NS_HINTS) != NULL ||
	    stanza_child(st, "no-permanent-store", NS_HINTS) != NULL)
		return false;
	return stanza_child(st, "body", NS_CLIENT) != NULL ||
	       stanza_child(st, "store", NS_HINTS) != NULL ||
	       stanza_child(st, "reactions", "urn:xmpp:reactions:0") != NULL ||
	       stanza_child(st, "retract", "urn:xmpp:message-retract:1") !=
		       NULL;
}

/* It was heard by all who were there, but will not be remembered. */
static void unkept(const struct said *s)
{
	struct xmpp_room *r = xmpp_room_get(s->m, s->room);
	struct xmpp_ctx c;

	if (r != NULL)
		xmpp_muc_history_del(&r->history, s->id);
	xmpp_ctx_begin(&c, s->m->x);
	xmpp_reply_error(&c, s->original, XMPP_RESOURCE_CONSTRAINT,
			 "it was passed on, but could not be stored");
	xmpp_ctx_end(&c);
}

static void written(void *arg, enum gw_err e)
{
	struct said *s = arg;
	struct arena *a = s->a;

	if (e != GW_OK && e != GW_CONFLICT && s->m->up)
		unkept(s);
	arena_free(&a);
}

static void keep(struct xmpp_ctx *c, struct xmpp_room *r,
		 const struct xmpp_muc_line *line, const struct stanza *st)
{
	struct muc_line_row row = { .room = r->jid.bare,
				    .id = line->id,
				    .stamp = line->stamp,
				    .stanza = line->stanza };
	struct arena *a;
	struct said *s;

	xmpp_muc_history_add(&r->history, line);
	if (!r->stored)
		return;
	a = arena_new();
	s = arena_alloc(a, sizeof(*s));
	s->m = r->muc;
	s->room = r->handle;
	s->a = a;
	s->id = arena_str(a, line->id);
	s->original = stanza_new(a, "message", NS_CLIENT);
	stanza_set_attr(a, s->original, "from", c->from.full);
	stanza_set_attr(a, s->original, "to", r->jid.bare);
	if (stanza_attr(st, "id").p != NULL)
		stanza_set_attr(a, s->original, "id", stanza_attr(st, "id"));
	r->untrimmed++;
	xmpp_journal_line(c->x, &row, c->receipt, written, s);
}

static void tell_desk(struct xmpp_ctx *c, const struct xmpp_occupant *o,
		      const struct stanza *st)
{
	const struct seam_desk *desk = xmpp_desk(c->x);
	struct str body = stanza_child_text(c->a, st, "body", NS_CLIENT);
	struct str thread = stanza_child_text(c->a, st, "thread", NS_CLIENT);
	struct str id = stanza_attr(st, "id");
	struct str reply =
		stanza_attr(stanza_child(st, "reply", NS_REPLY), "id");
	struct seam_said said = {
		.from = str_of(o->bare),
		.room = o->room->jid.bare,
		.nick = str_of(o->nick),
		.id = id.p != NULL ? id : STR(""),
		.reply_to = reply.p != NULL ? reply : STR(""),
		.thread = thread.p != NULL ? thread : STR(""),
		.body = body,
		.member = o->standing.affiliation >= MUC_MEMBER,
	};

	if (body.n > 0 && desk->heard != NULL && xmpp_room_is(o->room, MUC_BOT))
		desk->heard(desk->self, &said);
}

static struct stanza *as_heard(struct xmpp_ctx *c,
			       const struct xmpp_occupant *o, const char *id,
			       const struct stanza *st)
{
	struct stanza *out = stanza_copy_head(c->a, st);
	struct stanza *sid;

	stanza_del_attr(c->a, out, "to");
	stanza_set_attr(c->a, out, "from", xmpp_occupant_jid(o, c->a));
	xmpp_muc_strip(out, o->room);
	xmpp_muc_sign(c->a, out, o);
	sid = stanza_add_new(c->a, out, "stanza-id", NS_SID);
	stanza_set_attr(c->a, sid, "id", str_of(id));
	stanza_set_attr(c->a, sid, "by", o->room->jid.bare);
	return out;
}

/* All have heard it: its sender alone is told that it was said. */
static void said_before(struct xmpp_ctx *c, struct stanza *out)
{
	stanza_set_attr(c->a, out, "to", c->from.full);
	xmpp_route_to(c, c->from, out);
}

static void pass_on(struct xmpp_ctx *c, const struct xmpp_occupant *o,
		    const struct stanza *st)
{
	struct xmpp_room *r = o->room;
	int64_t origin = xmpp_journal_origin(r->jid.bare, st);
	int64_t number = origin;
	struct buf bytes = { .data = NULL };
	struct stanza *out;
	char id[17];

	if (number == 0)
		number = xmpp_journal_likeness(c->x, c->a, r->jid.bare, st);
	/* Two that look alike are two; what says that it is one is one. */
	if (number != 0 && (origin != 0 || !xmpp_journal_seen(c->x, number)))
		xmpp_journal_name(c->x, number, id);
	else
		loop_id(xmpp_loop(c->x), id);
	out = as_heard(c, o, id, st);
	if (xmpp_journal_seen(c->x, origin)) {
		said_before(c, out);
		return;
	}
	xmpp_xml_write(&bytes, out, XMPP_XML_BY_ITSELF);
	if (bytes.len > (size_t)xmpp_muc_conf(r->muc)->message_max) {
		buf_fini(&bytes);
		xmpp_limit_reached(c->x, XMPP_LIMIT_ROOM_MESSAGE);
		xmpp_reply_error(c, st, XMPP_POLICY_VIOLATION,
				 "too large for this room");
		return;
	}
	if (is_kept(out))
		keep(c, r,
		     &(struct xmpp_muc_line){
			     .stamp = loop_wall(xmpp_loop(c->x)),
			     .id = str_of(id),
			     .stanza = buf_str(&bytes) },
		     st);
	buf_fini(&bytes);
	r->muc->said->value++;
	xmpp_muc_fan(c, r, out);
	tell_desk(c, o, out);
}

/* ---- subject (8.1) ---- */

static void subject_written(void *arg, enum gw_err e)
{
	struct xmpp_receipt *receipt = arg;

	(void)e; /* a subject that is lost in a crash is no loss */
	xmpp_receipt_unref(&receipt);
}

static void change_subject(struct xmpp_ctx *c, const struct xmpp_occupant *o,
			   const struct stanza *st)
{
	struct xmpp_room *r = o->room;
	struct str text = stanza_child_text(c->a, st, "subject", NS_CLIENT);
	struct stanza *out;

	if (!xmpp_muc_role_may(o->standing.role, MUC_MAY_SUBJECT) &&
	    !xmpp_room_is(r, MUC_SUBJECT_ALL)) {
		xmpp_reply_error(c, st, XMPP_FORBIDDEN, NULL);
		return;
	}
	if (text.n > MUC_SUBJECT_MAX) {
		xmpp_reply_error(c, st, XMPP_POLICY_VIOLATION,
				 "the subject is too long");
		return;
	}
	xmpp_room_set_subject(r, str_of(o->nick), text);
	out = xmpp_muc_subject_stanza(c, r, false);
	if (stanza_attr(st, "id").p != NULL)
		stanza_set_attr(c->a, out, "id", stanza_attr(st, "id"));
	xmpp_muc_sign(c->a, out, o);
	xmpp_muc_fan(c, r, out);
	xmpp_room_save(
		r, NULL, NULL, 0,
		(struct muc_done){ .fn = subject_written,
				   .arg = xmpp_receipt_ref(c->receipt) });
}

static bool is_subject(const struct stanza *st)
{
	return stanza_child(st, "subject", NS_CLIENT) != NULL &&
	       stanza_child(st, "body", NS_CLIENT) == NULL &&
	       stanza_child(st, "thread", NS_CLIENT) == NULL;
}

static void groupchat(struct xmpp_ctx *c, struct xmpp_room *r,
		      const struct stanza *st)
{
	const struct xmpp_muc_seat *s = xmpp_occupant_seat(r, c->from);

	if (s == NULL) {
		xmpp_reply_error(c, st, XMPP_NOT_ACCEPTABLE,
				 "you are not in this room");
	} else if (!xmpp_muc_role_may(s->of->standing.role, MUC_MAY_SPEAK)) {
		xmpp_reply_error(c, st, XMPP_FORBIDDEN, NULL);
	} else if (!xmpp_room_may_pass(r)) {
		r->muc->refused->value++;
		xmpp_reply_error(c, st, XMPP_RESOURCE_CONSTRAINT,
				 "too many messages at once");
	} else if (is_subject(st)) {
		change_subject(c, s->of, st);
	} else {
		pass_on(c, s->of, st);
	}
}

void xmpp_muc_message(struct xmpp_ctx *c, struct xmpp_room *r,
		      const struct stanza *st)
{
	struct str type = stanza_attr(st, "type");

	if (str_is(type, "error"))
		xmpp_muc_ghost(c, r, st);
	else if (c->to.resource.p != NULL)
		xmpp_muc_whisper(c, r, st);
	else if (str_is(type, "groupchat"))
		groupchat(c, r, st);
	else if (stanza_child(st, "x", NS_MUC_USER) != NULL)
		xmpp_muc_invite(c, r, st);
	else
		xmpp_reply_error(c, st, XMPP_BAD_REQUEST, NULL);
}
