/* SPDX-License-Identifier: MIT */
/* inbound.c - what a bound client sends: is it well addressed, and who gets
 * it
 *
 * After this file `from` is the sender's, whatever the client wrote, and `to`
 * is a valid address or absent.
 */
#include "xmpp/im/iq.h"
#include "xmpp/im/message.h"
#include "xmpp/im/presence.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/sm.h"

/* RFC 6120 8.1.2.1: absent, the full or the bare JID of the stream. */
static bool from_is_own(const struct xmpp_session *s, struct arena *a,
			const struct stanza *st)
{
	struct str from = stanza_attr(st, "from");
	struct jid j;

	if (from.p == NULL || str_eq(from, s->jid.full) ||
	    str_eq(from, s->jid.bare))
		return true;
	if (xmpp_jid_parse(a, from, &j) != GW_OK)
		return false;
	return str_eq(j.full, s->jid.full) || str_eq(j.full, s->jid.bare);
}

static bool is_subscription(const struct stanza *st)
{
	struct str type = stanza_attr(st, "type");

	return stanza_is(st, "presence", NULL) &&
	       (str_is(type, "subscribe") || str_is(type, "subscribed") ||
		str_is(type, "unsubscribe") || str_is(type, "unsubscribed"));
}

/* One who writes to the same again is asked nothing. */
static bool may_write(struct xmpp_ctx *c)
{
	struct xmpp_session *s = c->session;

	if (!c->to_given || s->last->written)
		return true;
	s->last->written = xmpp_limit_recipient(c->x, s->jid.bare, c->to.bare);
	return s->last->written;
}

static void dispatch(struct xmpp_ctx *c, struct stanza *st)
{
	unsigned kind = 2;

	if (stanza_is(st, "message", NULL))
		kind = 0;
	else if (stanza_is(st, "presence", NULL))
		kind = 1;
	if (c->x->stanzas[kind] != NULL)
		c->x->stanzas[kind]->value++;
	if (kind == 0 && !may_write(c))
		xmpp_bounce(c, st, XMPP_RESOURCE_CONSTRAINT);
	else if (kind == 0)
		xmpp_message_from_client(c, st);
	else if (kind == 1)
		xmpp_presence_from_client(c, st);
	else
		xmpp_iq_from_client(c, st);
}

static void remember(struct xmpp_session *s, struct jid to)
{
	struct xmpp_last *last = mem_new(sizeof(*last) + to.full.n);

	memcpy(last->text, to.full.p, to.full.n);
	last->jid = xmpp_jid_again(to, str_make(last->text, to.full.n));
	mem_free(s->last);
	s->last = last;
}

/* Who talks mostly talks to the same one again. */
static enum gw_err read_to(struct xmpp_ctx *c, struct str to)
{
	struct xmpp_session *s = c->session;
	enum gw_err e;

	if (s->last != NULL && str_eq(s->last->jid.full, to)) {
		c->to = xmpp_jid_again(s->last->jid, to);
		return GW_OK;
	}
	e = xmpp_jid_parse(c->a, to, &c->to);
	if (e == GW_OK)
		remember(s, c->to);
	return e;
}

static void address_and_dispatch(struct xmpp_ctx *c, const struct stanza *in)
{
	struct xmpp_session *s = c->session;
	struct stanza *st = stanza_copy_head(c->a, in);
	struct str to = stanza_attr(st, "to");

	stanza_set_attr(c->a, st, "from",
			is_subscription(st) ? s->jid.bare : s->jid.full);
	/* RFC 6120 8.1.5. */
	if (s->lang.n > 0 && stanza_lang(st).p == NULL)
		stanza_set_lang(c->a, st, s->lang);
	c->to = xmpp_jid_bare(s->jid);
	c->to_given = to.p != NULL;
	if (c->to_given && read_to(c, to) != GW_OK) {
		stanza_del_attr(c->a, st, "to");
		xmpp_bounce(c, st, XMPP_JID_MALFORMED);
		return;
	}
	if (c->to_given && !str_eq(to, c->to.full))
		stanza_set_attr(c->a, st, "to", c->to.full);
	dispatch(c, st);
}

static const char *refused(const struct xmpp_session *s, struct arena *a,
			   const struct stanza *st)
{
	bool known = stanza_is(st, "message", NULL) ||
		     stanza_is(st, "presence", NULL) ||
		     stanza_is(st, "iq", NULL);

	if (!known)
		return "unsupported-stanza-type";
	if (!str_is(st->ns, NS_CLIENT))
		return "invalid-namespace";
	return from_is_own(s, a, st) ? NULL : "invalid-from";
}

const char *xmpp_inbound(struct xmpp_session *s, const struct stanza *st)
{
	struct xmpp_ctx c = { .x = s->x, .session = s };
	const char *error;

	c.a = xmpp_arena_get(s->x);
	error = refused(s, c.a, st);
	if (error == NULL) {
		c.from = s->jid;
		c.receipt = xmpp_sm_count(s);
		address_and_dispatch(&c, st);
		xmpp_receipt_unref(&c.receipt);
	}
	xmpp_arena_put(s->x, c.a);
	return error;
}
