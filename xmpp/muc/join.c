/* SPDX-License-Identifier: MIT */
/* join.c - presence to a room: entering, changing nick, leaving, ghosts
 * (XEP-0045 section 7.2 to 7.6, 7.14)
 */
#include "gateway/base/when.h"
#include "xmpp/limit.h"
#include "xmpp/muc/news.h"

static void show_others(struct xmpp_ctx *c, const struct xmpp_muc_seat *s)
{
	struct xmpp_room *r = s->of->room;
	struct xmpp_muc_news n = { .of = xmpp_occupant_next(r, NULL) };

	for (; n.of != NULL; n.of = xmpp_occupant_next(r, n.of))
		if (n.of != s->of)
			xmpp_muc_tell_seat(c, &n, s);
}

/* 7.2.2: the others, itself, what was said, the subject, in this order. */
static void welcome(struct xmpp_ctx *c, struct xmpp_muc_seat *s,
		    const struct stanza *st, bool created)
{
	struct xmpp_muc_news n = { .of = s->of };
	unsigned codes[3] = { 0 };
	unsigned *code = codes;

	if (xmpp_room_is(s->of->room, MUC_OPEN_JIDS))
		*code++ = 100;
	if (created)
		*code++ = 201;
	show_others(c, s);
	xmpp_muc_tell_self(c, &n, s, codes);
	xmpp_muc_recall(c, s, st);
}

/* 10.1: the first one in is the owner of a room that nobody else sees until
 * it is configured. */
static struct xmpp_room *create(struct xmpp_ctx *c, struct xmpp_muc *m,
				const struct stanza *st)
{
	int who = xmpp_muc_conf(m)->create;
	struct muc_person_row owner = { .jid = c->from.bare,
					.affiliation = MUC_OWNER };
	struct xmpp_muc_settings set = xmpp_room_defaults(m);
	struct xmpp_room *r;

	if ((int64_t)m->rooms.used >= xmpp_muc_conf(m)->most) {
		xmpp_limit_reached(c->x, XMPP_LIMIT_ROOMS);
		xmpp_reply_error(c, st, XMPP_RESOURCE_CONSTRAINT,
				 "there are too many rooms");
		return NULL;
	}
	if (who == MUC_CREATE_NONE ||
	    (who == MUC_CREATE_LOCAL && !xmpp_is_local(c->x, c->from.domain))) {
		xmpp_reply_error(c, st, XMPP_ITEM_NOT_FOUND, NULL);
		return NULL;
	}
	r = xmpp_room_make(m, c->to, &set);
	xmpp_room_affiliate(r, &owner);
	r->locked = true;
	return r;
}

static enum xmpp_condition is_full(struct xmpp_ctx *c)
{
	xmpp_limit_reached(c->x, XMPP_LIMIT_ROOM_USERS);
	return XMPP_SERVICE_UNAVAILABLE;
}

/* What keeps a person out; false: nothing does. */
static bool refused(struct xmpp_ctx *c, struct xmpp_room *r,
		    const struct stanza *x, enum xmpp_condition *why)
{
	enum xmpp_muc_affiliation a = xmpp_room_affiliation(r, c->from.bare);
	struct str password = stanza_child_text(c->a, x, "password", NS_MUC);
	int64_t most = r->set.max_users > 0 ? r->set.max_users
					    : xmpp_muc_conf(r->muc)->users;

	if (!xmpp_muc_may(a, MUC_MAY_ENTER))
		*why = XMPP_FORBIDDEN;
	else if (r->locked && a < MUC_OWNER)
		*why = XMPP_ITEM_NOT_FOUND;
	else if (xmpp_room_is(r, MUC_MEMBERS_ONLY) &&
		 !xmpp_muc_may(a, MUC_MAY_ENTER_CLOSED))
		*why = XMPP_REGISTRATION_REQUIRED;
	else if (r->set.password.n > 0 &&
		 !str_eq_secret(r->set.password, password))
		*why = XMPP_NOT_AUTHORIZED;
	else if ((int64_t)r->by_full.used >= most && a < MUC_ADMIN)
		*why = is_full(c);
	else
		return false;
	return true;
}

static void enter(struct xmpp_ctx *c, struct xmpp_muc *m, struct xmpp_room *r,
		  const struct stanza *st)
{
	const struct stanza *x = stanza_child(st, "x", NS_MUC);
	bool created = r == NULL;
	enum xmpp_condition why = XMPP_NOT_ACCEPTABLE;
	struct xmpp_occupant *o;
	struct xmpp_muc_seat *s;
	struct str key;
	enum gw_err e;

	if (created)
		r = create(c, m, st);
	if (r == NULL)
		return;
	e = xmpp_occupant_claim(r, c->to.resource, c->from.bare, c->a, &key);
	if (e == GW_CONFLICT)
		why = XMPP_CONFLICT;
	if (refused(c, r, x, &why) || e != GW_OK) {
		xmpp_reply_error(c, st, why, NULL);
		if (created)
			xmpp_room_free(&r);
		return;
	}
	o = map_get(&r->by_key, key);
	if (o == NULL)
		o = xmpp_occupant_add(r, c->to.resource, key, c->from.bare);
	s = xmpp_occupant_sit(o, c->from, st);
	xmpp_muc_tell(c, &(struct xmpp_muc_news){ .of = o }, s);
	welcome(c, s, st, created);
}

/* One change of presence a second, ten at once: each is told to everybody. */
static bool is_calm(struct xmpp_ctx *c, struct xmpp_muc_seat *s)
{
	int64_t now = loop_now(xmpp_loop(c->x));

	if (s->calm_at < now)
		s->calm_at = now;
	if (s->calm_at >= now + 10 * WHEN_SECOND)
		return false;
	s->calm_at += WHEN_SECOND;
	return true;
}

static void rename_occupant(struct xmpp_ctx *c, struct xmpp_muc_seat *s,
			    const struct stanza *st)
{
	struct xmpp_occupant *o = s->of;
	struct xmpp_muc_news n = { .of = o, .gone = true, .code = 303 };
	struct xmpp_occupant *other;
	struct str key;
	enum gw_err e = xmpp_occupant_claim(o->room, c->to.resource,
					    c->from.bare, c->a, &key);

	other = e == GW_OK ? map_get(&o->room->by_key, key) : NULL;
	/* A person's other occupant is not merged with this one. */
	if (other != NULL && other != o)
		e = GW_CONFLICT;
	if (e != GW_OK) {
		xmpp_reply_error(c, st,
				 e == GW_CONFLICT ? XMPP_CONFLICT
						  : XMPP_NOT_ACCEPTABLE,
				 NULL);
		return;
	}
	n.nick = c->to.resource;
	xmpp_muc_tell(c, &n, NULL);
	xmpp_occupant_rename(o, c->to.resource, key);
	xmpp_occupant_show(s, st);
	xmpp_muc_tell(c, &(struct xmpp_muc_news){ .of = o }, NULL);
}

static void update(struct xmpp_ctx *c, struct xmpp_muc_seat *s,
		   const struct stanza *st)
{
	xmpp_occupant_show(s, st);
	/* The client asks to enter where it is in: it has lost the room's
	 * state, or never got it. */
	if (stanza_child(st, "x", NS_MUC) != NULL) {
		xmpp_muc_tell(c, &(struct xmpp_muc_news){ .of = s->of }, s);
		welcome(c, s, st, false);
		return;
	}
	xmpp_muc_tell(c, &(struct xmpp_muc_news){ .of = s->of }, NULL);
}

static void available(struct xmpp_ctx *c, struct xmpp_muc *m,
		      struct xmpp_room *r, const struct stanza *st)
{
	struct xmpp_muc_seat *s =
		r != NULL ? xmpp_occupant_seat(r, c->from) : NULL;

	if (c->to.local.p == NULL || c->to.resource.p == NULL)
		xmpp_reply_error(c, st, XMPP_JID_MALFORMED, NULL);
	else if (s != NULL && !is_calm(c, s))
		xmpp_reply_error(c, st, XMPP_RESOURCE_CONSTRAINT,
				 "too many changes at once");
	else if (s != NULL && str_is(c->to.resource, s->of->nick))
		update(c, s, st);
	else if (s != NULL)
		rename_occupant(c, s, st);
	else if (stanza_child(st, "x", NS_MUC) != NULL)
		enter(c, m, r, st);
	else
		xmpp_reply_error(c, st, XMPP_NOT_ACCEPTABLE,
				 "you are not in this room");
}

static void maybe_forget(struct xmpp_room *r)
{
	/* A temporary room ends with its last occupant, not with the server. */
	if (r->by_full.used == 0 && !xmpp_room_is(r, MUC_PERSISTENT) &&
	    !xmpp_ending(r->muc->x))
		xmpp_room_forget(&r);
}

void xmpp_muc_exit(struct xmpp_ctx *c, struct xmpp_muc_seat *s,
		   const struct stanza *own)
{
	struct xmpp_occupant *o = s->of;
	struct xmpp_room *r = o->room;
	struct xmpp_muc_news n = { .of = o, .gone = true, .own = own };
	bool last = o->seats.next == o->seats.prev;

	if (last) {
		xmpp_muc_tell(c, &n, NULL);
		xmpp_occupant_del(&o);
		maybe_forget(r);
		return;
	}
	list_del(&s->link); /* the last is the one whose JID is shown */
	list_append(&o->seats, &s->link);
	xmpp_muc_tell_self(c, &n, s, NULL);
	xmpp_occupant_rise(&s);
	xmpp_muc_tell(c, &(struct xmpp_muc_news){ .of = o }, NULL);
}

void xmpp_muc_remove(struct xmpp_ctx *c, const struct xmpp_muc_news *n)
{
	struct xmpp_muc_news out = *n;

	out.gone = true;
	xmpp_muc_tell(c, &out, NULL);
	xmpp_occupant_del(&out.of);
}

void xmpp_muc_restate(struct xmpp_ctx *c, const struct xmpp_muc_news *n,
		      struct xmpp_muc_standing s)
{
	struct xmpp_muc_news out = *n;
	const struct xmpp_room *r = n->of->room;

	out.of->standing = s;
	if (!xmpp_muc_may(s.affiliation, MUC_MAY_ENTER))
		out.code = 301;
	else if (xmpp_room_is(r, MUC_MEMBERS_ONLY) &&
		 !xmpp_muc_may(s.affiliation, MUC_MAY_ENTER_CLOSED))
		out.code = out.code != 0 ? out.code : 321;
	else if (s.role == MUC_ROLE_NONE)
		out.code = 307;
	else
		out.code = 0;
	if (out.code != 0)
		xmpp_muc_remove(c, &out);
	else
		xmpp_muc_tell(c, &out, NULL);
}

void xmpp_muc_bot_in(struct xmpp_ctx *c, struct xmpp_room *r)
{
	const struct xmpp_muc *m = r->muc;
	struct xmpp_muc_news n;

	if (map_get(&r->by_key, m->bot_key) != NULL)
		return;
	n = (struct xmpp_muc_news){
		.of = xmpp_occupant_add(r, STR(MUC_BOT_NICK), m->bot_key,
					m->bot.bare),
	};
	xmpp_muc_tell(c, &n, NULL);
}

/* 7.14: errors that say that the client is not there. */
static bool is_fatal(const struct stanza *st)
{
	static const enum xmpp_condition fatal[] = {
		XMPP_GONE,
		XMPP_ITEM_NOT_FOUND,
		XMPP_RECIPIENT_UNAVAILABLE,
		XMPP_REMOTE_SERVER_NOT_FOUND,
		XMPP_REMOTE_SERVER_TIMEOUT,
		XMPP_SERVICE_UNAVAILABLE,
		XMPP_JID_MALFORMED,
	};
	const struct stanza *error = stanza_child(st, "error", NULL);

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (stanza_child(error, xmpp_fault_name(fatal[i]),
				 NS_STANZAS) != NULL)
			return true;
	return false;
}

void xmpp_muc_ghost(struct xmpp_ctx *c, struct xmpp_room *r,
		    const struct stanza *st)
{
	struct xmpp_muc_seat *s = xmpp_occupant_seat(r, c->from);

	/* A client of ours that is there is not gone, whatever it or its
	 * block list says; when it goes we are told. */
	if (s != NULL && is_fatal(st) &&
	    xmpp_session_find(c->x, s->jid) == NULL)
		xmpp_muc_exit(c, s, NULL);
}

void xmpp_muc_presence(struct xmpp_ctx *c, struct xmpp_muc *m,
		       const struct stanza *st)
{
	struct str type = stanza_attr(st, "type");
	struct xmpp_room *r = xmpp_room_find(m, c->to.bare);
	struct xmpp_muc_seat *s;

	if (type.p == NULL) {
		available(c, m, r, st);
		return;
	}
	if (r == NULL)
		return;
	s = xmpp_occupant_seat(r, c->from);
	if (str_is(type, "unavailable") && s != NULL)
		xmpp_muc_exit(c, s, st);
	else if (str_is(type, "error"))
		xmpp_muc_ghost(c, r, st);
}
