/* SPDX-License-Identifier: MIT */
/* presence.c - presence of clients: broadcast, probes, directed (RFC 6121 4)
 *
 * Who is not in memory has no sessions, so a broadcast reads nothing: cold
 * accounts are passed over.
 */
#include "xmpp/im/presence.h"

#include "gateway/base/when.h"
#include "xmpp/component/component.h"
#include "xmpp/im/delivery.h"
#include "xmpp/im/offline.h"
#include "xmpp/server_private.h"

#define DIRECTED_MAX 1000

static const struct {
	const char *word;
	enum presence_show show;
} shows[] = {
	{ "away", PRES_AWAY },
	{ "chat", PRES_CHAT },
	{ "dnd", PRES_DND },
	{ "xa", PRES_XA },
};

/* RFC 6121 4.7.2.1: other words are as if there were none. */
static enum presence_show show_of(struct arena *a, const struct stanza *st)
{
	struct str word = stanza_child_text(a, st, "show", NS_CLIENT);

	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		if (str_is(word, shows[i].word))
			return shows[i].show;
	return PRES_ONLINE;
}

/* B28: a number that is none, or too large, is refused. */
static enum gw_err priority_of(struct arena *a, const struct stanza *st,
			       int8_t *out)
{
	struct str text = stanza_child_text(a, st, "priority", NS_CLIENT);
	int64_t n = 0;

	if (text.n > 0 && str_int(str_trim(text), -128, 127, &n) != GW_OK)
		return GW_BAD_INPUT;
	*out = (int8_t)n;
	return GW_OK;
}

#define NS_IDLE "urn:xmpp:idle:1"

static void report(struct xmpp_ctx *c, struct xmpp_session *s)
{
	struct board_presence p = {
		.bare = s->jid.bare,
		.resource = s->jid.resource,
		.show = s->available ? s->show : PRES_OFFLINE,
		.priority = s->priority,
	};

	if (s->presence != NULL) {
		const struct stanza *idle =
			stanza_child(s->presence, "idle", NS_IDLE);

		p.status = stanza_child_text(c->a, s->presence, "status",
					     NS_CLIENT);
		if (idle != NULL &&
		    when_parse_rfc3339(stanza_attr(idle, "since"), &p.idle) !=
			    GW_OK)
			p.idle = 0;
	}
	board_presence(c->x->board, &p);
}

/* To all available resources of an account, `to` its bare JID. */
static void fan_account(struct xmpp_fan *f, struct xmpp_account *acc)
{
	for (struct xmpp_session *s = xmpp_session_next(acc, NULL); s != NULL;
	     s = xmpp_session_next(acc, s))
		xmpp_fan_session(f, s, acc->jid.full, STR_NONE);
}

static void fan_contact(struct xmpp_fan *f, struct jid contact)
{
	struct xmpp *x = f->c->x;
	struct xmpp_account *acc;

	if (!xmpp_is_local(x, contact.domain) || contact.local.p == NULL) {
		xmpp_fan_to(f, contact, STR_NONE);
		return;
	}
	acc = map_get(&x->accounts, contact.bare);
	if (acc != NULL)
		fan_account(f, acc);
}

static void fan_directed(struct xmpp_fan *f, struct xmpp_session *s)
{
	struct jid to;
	char *text;
	size_t it = 0;

	while (s->directed != NULL &&
	       (text = map_next(s->directed, &it)) != NULL)
		if (xmpp_jid_parse(f->c->a, str_of(text), &to) == GW_OK)
			xmpp_fan_to(f, to, STR_NONE);
}

static void forget_directed(struct xmpp_session *s)
{
	char *text;
	size_t it = 0;

	if (s->directed == NULL)
		return;
	while ((text = map_next(s->directed, &it)) != NULL)
		mem_free(text);
	map_fini(s->directed);
	mem_free(s->directed);
	s->directed = NULL;
}

void xmpp_presence_forget(struct xmpp_session *s)
{
	forget_directed(s);
	arena_free(&s->presence_a);
	s->presence = NULL;
}

/* To subscribers and the person's own clients. */
static void broadcast(struct xmpp_ctx *c, struct xmpp_session *s,
		      const struct stanza *st)
{
	struct xmpp_account *acc = s->account;
	struct xmpp_roster_item *item;
	struct xmpp_fan fan;
	size_t it = 0;

	xmpp_fan_begin(&fan, c, st);
	while ((item = map_next(&acc->roster.items, &it)) != NULL)
		if (xmpp_subscription_from(
			    (enum xmpp_subscription)item->row.state))
			fan_contact(&fan, item->jid);
	fan_account(&fan, acc);
	xmpp_fan_end(&fan);
}

static void tell_gone(struct xmpp_ctx *c, struct xmpp_session *s,
		      const struct stanza *st)
{
	struct xmpp_fan fan;

	if (s->available) {
		s->available = false;
		broadcast(c, s, st);
	}
	xmpp_fan_begin(&fan, c, st);
	fan_directed(&fan, s);
	xmpp_fan_end(&fan);
	forget_directed(s);
	arena_free(&s->presence_a);
	s->presence = NULL;
	report(c, s);
	xmpp_modules_presence(c, st);
}

void xmpp_presence_gone(struct xmpp_session *s)
{
	struct xmpp_ctx c;
	struct stanza *st;

	xmpp_ctx_begin(&c, s->x);
	c.from = s->jid;
	c.to = xmpp_jid_bare(s->jid);
	st = stanza_new(c.a, "presence", NS_CLIENT);
	stanza_set_attr(c.a, st, "from", s->jid.full);
	stanza_set_attr(c.a, st, "type", STR("unavailable"));
	tell_gone(&c, s, st);
	xmpp_ctx_end(&c);
}

static void show_own_others(struct xmpp_ctx *c, struct xmpp_session *s)
{
	struct xmpp_account *acc = s->account;

	for (struct xmpp_session *o = xmpp_session_next(acc, NULL); o != NULL;
	     o = xmpp_session_next(acc, o)) {
		struct xmpp_fan fan;

		if (o == s || o->presence == NULL)
			continue;
		xmpp_fan_begin(&fan, c, o->presence);
		xmpp_fan_session(&fan, s, acc->jid.full, STR_NONE);
		xmpp_fan_end(&fan);
	}
}

/* The contact's side says who may see it, not ours. */
static void probe_local(struct xmpp_ctx *c, struct xmpp_session *s,
			struct jid contact)
{
	struct xmpp_account *acc = xmpp_account_hot(c->x, contact.bare);

	if (acc == NULL || !xmpp_subscription_from(xmpp_roster_state(
				   &acc->roster, s->jid.bare)))
		return;
	if (xmpp_session_next(acc, NULL) != NULL)
		xmpp_presence_show(c, acc, s->jid, false);
}

static void probe_all(struct xmpp_ctx *c, struct xmpp_session *s)
{
	struct xmpp_roster_item *item;
	struct stanza *probe;
	size_t it = 0;

	while ((item = map_next(&s->account->roster.items, &it)) != NULL) {
		if (!xmpp_subscription_to(
			    (enum xmpp_subscription)item->row.state))
			continue;
		if (xmpp_is_local(c->x, item->jid.domain) &&
		    !str_eq(item->jid.bare, c->x->desk_jid.bare)) {
			probe_local(c, s, item->jid);
			continue;
		}
		probe = stanza_new(c->a, "presence", NS_CLIENT);
		stanza_set_attr(c->a, probe, "type", STR("probe"));
		stanza_set_attr(c->a, probe, "from", s->jid.full);
		stanza_set_attr(c->a, probe, "to", item->jid.bare);
		xmpp_route_to(c, item->jid, probe);
	}
}

/* Each session has one for long: the first copy tells what it takes. */
static void keep(struct arena *turn, struct xmpp_session *s,
		 const struct stanza *st)
{
	size_t before = arena_taken(turn);
	struct arena *a;

	st = stanza_copy(turn, st);
	a = arena_new_for(arena_taken(turn) - before);
	s->presence = stanza_copy(a, st);
	arena_free(&s->presence_a);
	s->presence_a = a;
}

static void available(struct xmpp_ctx *c, const struct stanza *st)
{
	struct xmpp_session *s = c->session;
	bool first = !s->available;
	bool was_deaf = first || s->priority < 0;
	int8_t priority;

	if (priority_of(c->a, st, &priority) != GW_OK) {
		xmpp_bounce(c, st, XMPP_BAD_REQUEST);
		return;
	}
	s->priority = priority;
	s->show = show_of(c->a, st);
	s->available = true;
	keep(c->a, s, st);
	report(c, s);
	xmpp_modules_presence(c, st);
	broadcast(c, s, st);
	if (first) {
		show_own_others(c, s);
		probe_all(c, s);
		xmpp_subscribe_pending(c, s);
	}
	if (was_deaf && s->priority >= 0)
		xmpp_offline_deliver(s);
}

void xmpp_presence_restore(struct xmpp_ctx *c, struct xmpp_session *s,
			   const struct stanza *st)
{
	if (priority_of(c->a, st, &s->priority) != GW_OK)
		return;
	s->show = show_of(c->a, st);
	s->available = true;
	keep(c->a, s, st);
	report(c, s);
}

static char *was_shown(const struct xmpp_session *s, struct jid to)
{
	return s->directed != NULL ? map_get(s->directed, to.full) : NULL;
}

static bool may_show(const struct xmpp_session *s)
{
	return s->directed == NULL || s->directed->used < DIRECTED_MAX;
}

static void note_shown(struct xmpp_session *s, struct jid to)
{
	char *text = mem_strndup(to.full.p, to.full.n);

	if (s->directed == NULL) {
		s->directed = mem_new(sizeof(*s->directed));
		map_init(s->directed, loop_seed(s->x->loop));
	}
	map_put(s->directed, str_of(text), text);
}

void xmpp_presence_directed(struct xmpp_session *s, struct jid to)
{
	if (was_shown(s, to) == NULL && may_show(s))
		note_shown(s, to);
}

/* RFC 6121 4.6: who is shown our presence without a subscription is told too
 * when it ends. */
static void directed(struct xmpp_ctx *c, const struct stanza *st)
{
	struct xmpp_session *s = c->session;
	bool gone = stanza_attr(st, "type").p != NULL;
	char *old = was_shown(s, c->to);

	if (gone && old != NULL) {
		map_del(s->directed, c->to.full);
		mem_free(old);
	} else if (!gone && old == NULL) {
		if (!may_show(s)) {
			xmpp_limit_reached(c->x, XMPP_LIMIT_DIRECTED);
			xmpp_bounce(c, st, XMPP_RESOURCE_CONSTRAINT);
			return;
		}
		note_shown(s, c->to);
	}
	xmpp_route_to(c, c->to, st);
}

void xmpp_presence_from_client(struct xmpp_ctx *c, struct stanza *st)
{
	struct str type = stanza_attr(st, "type");

	switch (xmpp_delivery_kind(st)) {
	case KIND_PRESENCE:
		if (c->to_given)
			directed(c, st);
		else if (type.p == NULL)
			available(c, st);
		else
			tell_gone(c, c->session, st);
		return;
	case KIND_SUBSCRIPTION:
		if (c->to_given && stanza_attr(st, "type").n > 0)
			xmpp_subscribe_from_client(c, st);
		else
			xmpp_bounce(c, st, XMPP_BAD_REQUEST);
		return;
	case KIND_PROBE:
	case KIND_PRESENCE_ERROR:
		if (c->to_given)
			xmpp_route_to(c, c->to, st);
		return;
	case KIND_NORMAL:
	case KIND_CHAT:
	case KIND_GROUPCHAT:
	case KIND_HEADLINE:
	case KIND_ERROR:
	case KIND_IQ_REQUEST:
	case KIND_IQ_ANSWER:
	case KIND__N:
		return;
	}
	__builtin_unreachable();
}

void xmpp_presence_show(struct xmpp_ctx *c, struct xmpp_account *acc,
			struct jid to, bool gone)
{
	struct stanza *st;

	for (struct xmpp_session *s = xmpp_session_next(acc, NULL); s != NULL;
	     s = xmpp_session_next(acc, s)) {
		if (s->presence == NULL)
			continue;
		if (gone) {
			st = stanza_new(c->a, "presence", NS_CLIENT);
			stanza_set_attr(c->a, st, "type", STR("unavailable"));
		} else {
			st = stanza_copy_head(c->a, s->presence);
		}
		stanza_set_attr(c->a, st, "from", s->jid.full);
		stanza_set_attr(c->a, st, "to", to.full);
		xmpp_route_to(c, to, st);
	}
}

void xmpp_presence_refuse(struct xmpp_ctx *c, const struct stanza *probe)
{
	struct stanza *st = stanza_new(c->a, "presence", NS_CLIENT);
	struct jid to = xmpp_jid_bare(c->from);

	stanza_set_attr(c->a, st, "type", STR("unsubscribed"));
	stanza_set_attr(c->a, st, "from", xmpp_jid_bare(c->to).full);
	stanza_set_attr(c->a, st, "to", to.full);
	if (stanza_attr(probe, "id").p != NULL)
		stanza_set_attr(c->a, st, "id", stanza_attr(probe, "id"));
	xmpp_route_to(c, to, st);
}

static void on_probe(struct xmpp_ctx *c, struct xmpp_account *acc,
		     const struct stanza *st)
{
	struct stanza *gone;

	if (!str_eq(c->from.bare, acc->jid.bare) &&
	    !xmpp_subscription_from(
		    xmpp_roster_state(&acc->roster, c->from.bare))) {
		xmpp_presence_refuse(c, st);
		return;
	}
	if (xmpp_session_next(acc, NULL) != NULL) {
		xmpp_presence_show(c, acc, c->from, false);
		return;
	}
	gone = stanza_new(c->a, "presence", NS_CLIENT);
	stanza_set_attr(c->a, gone, "type", STR("unavailable"));
	stanza_set_attr(c->a, gone, "from", acc->jid.full);
	stanza_set_attr(c->a, gone, "to", c->from.full);
	xmpp_route_to(c, c->from, gone);
}

static void to_available(struct xmpp_ctx *c, struct xmpp_account *acc,
			 const struct stanza *st)
{
	struct xmpp_fan fan;

	xmpp_fan_begin(&fan, c, st);
	fan_account(&fan, acc);
	xmpp_fan_end(&fan);
}

void xmpp_presence_in(struct xmpp_ctx *c, struct xmpp_account *acc,
		      struct jid to, const struct stanza *st)
{
	enum xmpp_kind kind = xmpp_delivery_kind(st);
	enum xmpp_target target = TARGET_BARE;
	struct xmpp_session *s = NULL;

	if (to.resource.p != NULL) {
		s = xmpp_session_find(c->x, to);
		target = s != NULL ? TARGET_FULL : TARGET_GONE;
	}
	if (kind == KIND_PRESENCE)
		xmpp_component_contact(c, acc, st);
	switch (xmpp_delivery(kind, target)) {
	case DELIVER_HANDLE:
		if (kind == KIND_PROBE)
			on_probe(c, acc, st);
		else
			xmpp_subscribe_in(c, acc, st);
		return;
	case DELIVER_ONE:
		xmpp_session_send(s, st);
		return;
	case DELIVER_AVAILABLE:
		to_available(c, acc, st);
		return;
	case DELIVER_DROP:
	case DELIVER_BOUNCE:
	case DELIVER_NONNEGATIVE:
	case DELIVER_STORE:
	case DELIVER_AS_BARE:
		return;
	}
	__builtin_unreachable();
}
