/* SPDX-License-Identifier: MIT */
/* relay.c - IQs between occupants, and the ping to oneself (XEP-0410)
 *
 * A request that is passed on carries in its id which client asked, so that
 * the answer finds it without anything being kept: "m<seat>-<id>".
 */
#include "xmpp/muc/news.h"

#define NS_VCARD "vcard-temp"

static void answer_for_bot(struct xmpp_ctx *c, const struct stanza *iq)
{
	struct stanza *query, *identity;

	if (stanza_child(iq, "ping", NS_PING) != NULL) {
		xmpp_reply(c, iq, NULL);
		return;
	}
	if (stanza_child(iq, "query", NS_DISCO_INFO) == NULL) {
		xmpp_reply_error(c, iq, XMPP_SERVICE_UNAVAILABLE, NULL);
		return;
	}
	query = stanza_new(c->a, "query", NS_DISCO_INFO);
	identity = stanza_add_new(c->a, query, "identity", NS_DISCO_INFO);
	stanza_set_attr(c->a, identity, "category", STR("client"));
	stanza_set_attr(c->a, identity, "type", STR("bot"));
	stanza_set_attr(c->a, identity, "name", STR("Muster"));
	xmpp_reply(c, iq, query);
}

/* A vCard is answered by the person's server, all else by a client. */
static struct jid target_of(struct xmpp_ctx *c, const struct xmpp_occupant *o,
			    const struct stanza *iq)
{
	const struct xmpp_muc_seat *s =
		LIST_OF(o->seats.prev, struct xmpp_muc_seat, link);
	struct jid bare = xmpp_jid_bare(s->jid);

	return stanza_child(iq, NULL, NS_VCARD) != NULL
		       ? xmpp_jid_copy(c->a, bare)
		       : s->jid;
}

static void pass_request(struct xmpp_ctx *c, const struct xmpp_muc_seat *by,
			 const struct xmpp_occupant *o, const struct stanza *iq)
{
	struct stanza *out = stanza_copy_head(c->a, iq);
	struct jid to = target_of(c, o, iq);

	stanza_set_attr(c->a, out, "id",
			str_of(arena_printf(c->a, "m%u-" STR_FMT, by->serial,
					    STR_ARG(stanza_attr(iq, "id")))));
	stanza_set_attr(c->a, out, "from", xmpp_occupant_jid(by->of, c->a));
	stanza_set_attr(c->a, out, "to", to.full);
	xmpp_route_to(c, to, out);
}

static void request(struct xmpp_ctx *c, struct xmpp_room *r,
		    const struct stanza *iq)
{
	const struct xmpp_muc_seat *s = xmpp_occupant_seat(r, c->from);
	const struct xmpp_occupant *o = xmpp_occupant_nick(r, c->to.resource);

	if (s == NULL)
		xmpp_reply_error(c, iq, XMPP_NOT_ACCEPTABLE,
				 "you are not in this room");
	else if (o == NULL)
		xmpp_reply_error(c, iq, XMPP_ITEM_NOT_FOUND, NULL);
	else if (o == s->of && stanza_child(iq, "ping", NS_PING) != NULL)
		xmpp_reply(c, iq, NULL);
	else if (xmpp_occupant_is_bot(o))
		answer_for_bot(c, iq);
	else
		pass_request(c, s, o, iq);
}

/* "m17-abc" to 17 and "abc". */
static bool split_id(struct str id, unsigned *serial, struct str *original)
{
	struct str number;
	int64_t n;

	if (!str_starts(id, "m"))
		return false;
	id = str_make(id.p + 1, id.n - 1);
	if (!str_split(&id, '-', &number) || id.p == NULL ||
	    str_int(number, 0, UINT32_MAX, &n) != GW_OK)
		return false;
	*serial = (unsigned)n;
	*original = id;
	return true;
}

static const struct xmpp_occupant *answerer(struct xmpp_ctx *c,
					    const struct xmpp_room *r)
{
	const struct xmpp_muc_seat *s = xmpp_occupant_seat(r, c->from);
	const struct xmpp_occupant *o = xmpp_occupant_next(r, NULL);

	if (s != NULL)
		return s->of;
	if (c->from.resource.p != NULL)
		return NULL;
	while (o != NULL && !str_is(c->from.bare, o->bare))
		o = xmpp_occupant_next(r, o);
	return o;
}

static void answer(struct xmpp_ctx *c, struct xmpp_room *r,
		   const struct stanza *iq)
{
	const struct xmpp_occupant *by = answerer(c, r);
	const struct xmpp_occupant *o = xmpp_occupant_nick(r, c->to.resource);
	const struct xmpp_muc_seat *s = NULL;
	struct stanza *out;
	struct str id;
	unsigned serial;

	if (by == NULL || o == NULL ||
	    !split_id(stanza_attr(iq, "id"), &serial, &id))
		return;
	do
		s = xmpp_occupant_next_seat(o, s);
	while (s != NULL && s->serial != serial);
	if (s == NULL)
		return;
	out = stanza_copy_head(c->a, iq);
	stanza_set_attr(c->a, out, "id", id);
	stanza_set_attr(c->a, out, "from", xmpp_occupant_jid(by, c->a));
	stanza_set_attr(c->a, out, "to", s->jid.full);
	xmpp_route_to(c, s->jid, out);
}

void xmpp_muc_relay(struct xmpp_ctx *c, struct xmpp_room *r,
		    const struct stanza *iq)
{
	struct str type = stanza_attr(iq, "type");

	if (str_is(type, "get") || str_is(type, "set"))
		request(c, r, iq);
	else
		answer(c, r, iq);
}
