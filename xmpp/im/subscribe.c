/* SPDX-License-Identifier: MIT */
/* subscribe.c - asking for presence and being asked (RFC 6121 3)
 *
 * The change of the roster is on disk before anything of it is seen: push,
 * stanza, presence.  What changes nothing goes through at once.
 */
#include "xmpp/im/presence.h"

#include "xmpp/im/roster.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/register.h"
#include "xmpp/xml/write.h"

static const char *const words[SUB_EVENT__N] = {
	[SUB_SUBSCRIBE] = "subscribe",
	[SUB_UNSUBSCRIBE] = "unsubscribe",
	[SUB_SUBSCRIBED] = "subscribed",
	[SUB_UNSUBSCRIBED] = "unsubscribed",
};

/* What is to be done once it is on disk. */
struct subscribing {
	struct arena *a;
	uint64_t account;
	struct jid contact;
	const struct stanza *st; /* to pass on */
	enum xmpp_sub_way way;
	enum xmpp_sub_event ev;
	enum xmpp_subscription before;
	struct xmpp_sub_step step;
	struct str invited; /* the contact shows this one of our account's */
};

static enum gw_err event_of(const struct stanza *st, enum xmpp_sub_event *ev)
{
	struct str type = stanza_attr(st, "type");

	for (unsigned i = 0; i < SUB_EVENT__N; i++)
		if (str_is(type, words[i])) {
			*ev = (enum xmpp_sub_event)i;
			return GW_OK;
		}
	return GW_BAD_INPUT;
}

void xmpp_subscribe_send(struct xmpp_ctx *c, struct xmpp_account *acc,
			 struct jid to, const char *type)
{
	struct stanza *st = stanza_new(c->a, "presence", NS_CLIENT);

	stanza_set_attr(c->a, st, "type", str_of(type));
	stanza_set_attr(c->a, st, "from", acc->jid.full);
	stanza_set_attr(c->a, st, "to", to.full);
	xmpp_route_to(c, to, st);
}

/* Requests to all available clients, the rest to those with the roster. */
static void pass_to_clients(struct xmpp_ctx *c, struct xmpp_account *acc,
			    const struct subscribing *w)
{
	struct xmpp_fan fan;

	xmpp_fan_begin(&fan, c, w->st);
	LIST_EACH(node, &acc->sessions)
	{
		struct xmpp_session *s =
			LIST_OF(node, struct xmpp_session, link);

		if (w->ev == SUB_SUBSCRIBE ? s->available : s->interested)
			xmpp_fan_session(&fan, s, acc->jid.full, STR_NONE);
	}
	xmpp_fan_end(&fan);
}

static void carry_out(struct xmpp_ctx *c, struct xmpp_account *acc,
		      const struct subscribing *w)
{
	bool saw = xmpp_subscription_from(w->before);
	bool sees = xmpp_subscription_from(w->step.next);

	if (w->step.pass && w->way == SUB_OUTBOUND)
		xmpp_route_to(c, w->contact, w->st);
	if (w->step.pass && w->way == SUB_INBOUND)
		pass_to_clients(c, acc, w);
	if (w->step.answer)
		xmpp_subscribe_send(c, acc, w->contact, "subscribed");
	if (!saw && sees)
		xmpp_presence_show(c, acc, w->contact, false);
	if (saw && !sees)
		xmpp_presence_show(c, acc, w->contact, true);
}

static void run(struct xmpp_ctx *c, struct xmpp_account *acc,
		struct subscribing *w);

static struct subscribing *subscribing_new(struct xmpp_account *acc,
					   struct jid contact,
					   const struct stanza *st,
					   enum xmpp_sub_event ev);

/* XEP-0379: who invites somebody wants to see them too. */
static void ask_back(struct xmpp_ctx *c, struct xmpp_account *acc,
		     struct jid contact)
{
	struct stanza *st = stanza_new(c->a, "presence", NS_CLIENT);
	struct subscribing *w;

	stanza_set_attr(c->a, st, "type", STR("subscribe"));
	stanza_set_attr(c->a, st, "from", acc->jid.full);
	stanza_set_attr(c->a, st, "to", contact.bare);
	w = subscribing_new(acc, contact, st, SUB_SUBSCRIBE);
	w->way = SUB_OUTBOUND;
	run(c, acc, w);
}

static void on_saved(struct xmpp_ctx *c, enum gw_err e, void *arg)
{
	struct subscribing *w = arg;
	struct arena *a = w->a;
	struct xmpp_account *acc = xmpp_account_get(c->x, w->account);

	if (e == GW_OK && acc != NULL)
		carry_out(c, acc, w);
	else
		xmpp_bounce(c, w->st, xmpp_fault_of(e));
	if (w->invited.n > 0 && !c->x->stopping)
		xmpp_invitation_met(c->x, w->invited, e == GW_OK);
	if (e == GW_OK && acc != NULL && w->invited.n > 0)
		ask_back(c, acc, w->contact);
	arena_free(&a);
}

static struct str as_text(struct arena *a, const struct stanza *st)
{
	struct buf text = { 0 };
	struct str out;

	xmpp_xml_write(&text, st, XMPP_XML_BY_ITSELF);
	out = arena_str(a, buf_str(&text));
	buf_fini(&text);
	return out;
}

/* Is it in the list that clients see?  A mere request is not (A.1). */
static bool is_listed(const struct subscribing *w, const struct roster_row *old)
{
	if (old->listed)
		return true;
	if (w->way == SUB_OUTBOUND && w->ev == SUB_SUBSCRIBE)
		return true;
	return xmpp_subscription_from(w->step.next) || w->step.approved;
}

static void change(struct xmpp_ctx *c, struct xmpp_account *acc,
		   struct subscribing *w, const struct roster_row *old)
{
	struct xmpp_roster_change ch = {
		.jid = w->contact, .row = *old, .done = on_saved, .arg = w
	};

	ch.row.state = (int)w->step.next;
	ch.row.approved = w->step.approved;
	ch.row.listed = is_listed(w, old);
	ch.row.asked = STR_NONE;
	if (xmpp_subscription_asked(w->step.next))
		ch.row.asked = w->ev == SUB_SUBSCRIBE && w->way == SUB_INBOUND
				       ? as_text(w->a, w->st)
				       : arena_str(w->a, old->asked);
	ch.remove = !ch.row.listed && w->step.next == SUB_NONE;
	ch.push = ch.row.listed;
	ch.push_last = true;
	xmpp_roster_change(c, acc, &ch);
}

static void run(struct xmpp_ctx *c, struct xmpp_account *acc,
		struct subscribing *w)
{
	struct xmpp_roster_item *item =
		xmpp_roster_find(&acc->roster, w->contact.bare);
	struct roster_row old = { .state = SUB_NONE };
	struct arena *a = w->a;

	if (item != NULL)
		old = item->row;
	if (w->invited.n > 0)
		old.approved = true;
	w->before = (enum xmpp_subscription)old.state;
	w->step =
		xmpp_subscription_step(w->way, w->ev, w->before, old.approved);
	if (w->step.next != w->before || w->step.approved != old.approved) {
		change(c, acc, w, &old);
		return;
	}
	carry_out(c, acc, w);
	if (w->invited.n > 0)
		xmpp_invitation_met(c->x, w->invited, true);
	arena_free(&a);
}

static struct subscribing *subscribing_new(struct xmpp_account *acc,
					   struct jid contact,
					   const struct stanza *st,
					   enum xmpp_sub_event ev)
{
	struct arena *a = arena_new();
	struct subscribing *w = arena_alloc(a, sizeof(*w));

	w->a = a;
	w->account = acc->handle;
	w->contact = xmpp_jid_copy(a, xmpp_jid_bare(contact));
	w->ev = ev;
	w->st = stanza_copy(a, st);
	return w;
}

static bool may_change(struct xmpp_ctx *c, const struct xmpp_account *acc,
		       enum xmpp_sub_event ev)
{
	if (acc->roster.items.used >= (size_t)c->x->conf->roster) {
		xmpp_limit_reached(c->x, XMPP_LIMIT_ROSTER);
		return false;
	}
	if (acc->state != ACCOUNT_READY)
		return false;
	return ev != SUB_SUBSCRIBE ||
	       xmpp_limit_spend(c->x, acc->jid.bare, XMPP_LIMIT_SUBSCRIPTIONS);
}

void xmpp_subscribe_from_client(struct xmpp_ctx *c, const struct stanza *st)
{
	struct xmpp_account *acc = c->session->account;
	struct jid contact = xmpp_jid_bare(c->to);
	struct subscribing *w;
	struct stanza *out;
	enum xmpp_sub_event ev;

	if (event_of(st, &ev) != GW_OK) {
		xmpp_bounce(c, st, XMPP_BAD_REQUEST);
		return;
	}
	if (str_eq(contact.bare, acc->jid.bare))
		return;
	if (!may_change(c, acc, ev)) {
		xmpp_bounce(c, st, XMPP_RESOURCE_CONSTRAINT);
		return;
	}
	out = stanza_copy_head(c->a, st);
	stanza_set_attr(c->a, out, "to", contact.bare);
	stanza_set_attr(c->a, out, "from", acc->jid.full);
	w = subscribing_new(acc, contact, out, ev);
	w->way = SUB_OUTBOUND;
	run(c, acc, w);
}

static struct str invitation_of(struct xmpp_ctx *c, const struct subscribing *w,
				const struct xmpp_account *acc,
				const struct stanza *st)
{
	struct str token = stanza_attr(
		stanza_child(st, "preauth", XMPP_NS_PREAUTH), "token");

	if (token.n == 0)
		return STR_NONE;
	return xmpp_invitation_meets(c->x, w->a, token, acc->jid, c->from);
}

void xmpp_subscribe_in(struct xmpp_ctx *c, struct xmpp_account *acc,
		       const struct stanza *st)
{
	struct subscribing *w;
	struct stanza *in;
	enum xmpp_sub_event ev;

	/* Bounded: each stranger who asks takes a row. */
	if (event_of(st, &ev) != GW_OK ||
	    acc->roster.items.used >= 2 * (size_t)c->x->conf->roster)
		return;
	in = stanza_copy_head(c->a, st);
	stanza_set_attr(c->a, in, "to", acc->jid.full);
	stanza_set_attr(c->a, in, "from", xmpp_jid_bare(c->from).bare);
	w = subscribing_new(acc, c->from, in, ev);
	w->way = SUB_INBOUND;
	if (ev == SUB_SUBSCRIBE)
		w->invited = invitation_of(c, w, acc, st);
	run(c, acc, w);
}

void xmpp_subscribe_pending(struct xmpp_ctx *c, struct xmpp_session *s)
{
	struct xmpp_roster_item *item;
	struct stanza *st;
	size_t it = 0;

	while ((item = map_next(&s->account->roster.items, &it)) != NULL) {
		if (item->row.asked.n == 0)
			continue;
		if (xmpp_xml_parse(c->x->parser, NULL, item->row.asked, c->a,
				   &st) == GW_OK)
			xmpp_session_send(s, st);
	}
}
