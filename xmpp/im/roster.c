/* SPDX-License-Identifier: MIT */
/* roster.c - contact lists in memory, their versions and pushes
 * (RFC 6121 2)
 */
#include "xmpp/im/roster.h"

#include "xmpp/component/component.h"
#include "xmpp/im/presence.h"
#include "xmpp/server_private.h"

#define NS_ROSTER     "jabber:iq:roster"
#define NS_ROSTERVER  "urn:xmpp:features:rosterver"
#define NS_PREAPPROVE "urn:xmpp:features:pre-approval"
#define GROUP_SEP     '\x1f'
#define TEXT_MAX      1023
#define GROUPS_MAX    64

void xmpp_roster_init(struct xmpp_roster *r, struct map_seed seed)
{
	map_init(&r->items, seed);
	r->version = 0;
}

void xmpp_roster_fini(struct xmpp_roster *r)
{
	struct xmpp_roster_item *item;
	size_t it = 0;

	while ((item = map_next(&r->items, &it)) != NULL)
		mem_free(item);
	map_fini(&r->items);
}

struct xmpp_roster_item *xmpp_roster_find(const struct xmpp_roster *r,
					  struct str bare)
{
	return map_get(&r->items, bare);
}

enum xmpp_subscription xmpp_roster_state(const struct xmpp_roster *r,
					 struct str bare)
{
	struct xmpp_roster_item *item = map_get(&r->items, bare);

	return item != NULL ? (enum xmpp_subscription)item->row.state
			    : SUB_NONE;
}

static struct str put_text(char **at, struct str s)
{
	struct str out = str_make(*at, s.n);

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n + 1;
	return out;
}

/* A part of a JID, in the copy of its text. */
static struct str part(struct str copy, struct str full, struct str piece)
{
	if (piece.p == NULL)
		return STR_NONE;
	return str_make(copy.p + (piece.p - full.p), piece.n);
}

static struct xmpp_roster_item *item_new(struct jid jid,
					 const struct roster_row *row)
{
	struct xmpp_roster_item *item =
		mem_new(sizeof(*item) + jid.full.n + row->name.n +
			row->groups.n + row->asked.n + 4);
	char *at = (char *)(item + 1);

	item->jid.full = put_text(&at, jid.full);
	item->jid.bare = part(item->jid.full, jid.full, jid.bare);
	item->jid.local = part(item->jid.full, jid.full, jid.local);
	item->jid.domain = part(item->jid.full, jid.full, jid.domain);
	item->row = *row;
	item->row.jid = item->jid.full;
	item->row.name = put_text(&at, row->name);
	item->row.groups = put_text(&at, row->groups);
	item->row.asked = put_text(&at, row->asked);
	return item;
}

void xmpp_roster_put(struct xmpp_roster *r, struct jid jid,
		     const struct roster_row *row)
{
	struct xmpp_roster_item *item = item_new(jid, row);

	mem_free(map_put(&r->items, item->jid.full, item));
}

static void remove_item(struct xmpp_roster *r, struct str bare)
{
	mem_free(map_del(&r->items, bare));
}

static void add_item(struct arena *a, struct stanza *query,
		     const struct xmpp_roster_item *item)
{
	const struct roster_row *row = &item->row;
	enum xmpp_subscription state = (enum xmpp_subscription)row->state;
	struct stanza *el = stanza_add_new(a, query, "item", NS_ROSTER);
	struct str rest = row->groups, group;

	stanza_set_attr(a, el, "jid", item->jid.full);
	if (row->name.n > 0)
		stanza_set_attr(a, el, "name", row->name);
	stanza_set_attr(a, el, "subscription",
			str_of(xmpp_subscription_name(state)));
	if (xmpp_subscription_asks(state))
		stanza_set_attr(a, el, "ask", STR("subscribe"));
	if (row->approved)
		stanza_set_attr(a, el, "approved", STR("true"));
	while (row->groups.n > 0 && str_split(&rest, GROUP_SEP, &group))
		stanza_add_leaf(a, el, "group", NS_ROSTER, group);
}

static struct str version_text(struct arena *a, const struct xmpp_roster *r)
{
	return str_of(arena_printf(a, "%lld", (long long)r->version));
}

/* The change under way, until it is on disk. */
struct saving {
	struct arena *a;
	struct xmpp_ctx c;
	uint64_t session, account;
	struct xmpp_roster_change ch;
};

static void push(struct xmpp_ctx *c, struct xmpp_account *acc,
		 const struct xmpp_roster_change *ch)
{
	struct stanza *iq = stanza_new(c->a, "iq", NS_CLIENT);
	struct stanza *query = stanza_add_new(c->a, iq, "query", NS_ROSTER);
	struct xmpp_roster_item *item =
		xmpp_roster_find(&acc->roster, ch->jid.bare);
	struct stanza *el;
	struct xmpp_fan fan;
	char id[17];

	loop_id(c->x->loop, id);
	stanza_set_attr(c->a, iq, "type", STR("set"));
	stanza_set_attr(c->a, iq, "id", str_of(id));
	stanza_set_attr(c->a, query, "ver", version_text(c->a, &acc->roster));
	if (item != NULL && item->row.listed) {
		add_item(c->a, query, item);
	} else {
		el = stanza_add_new(c->a, query, "item", NS_ROSTER);
		stanza_set_attr(c->a, el, "jid", ch->jid.bare);
		stanza_set_attr(c->a, el, "subscription", STR("remove"));
	}
	xmpp_fan_begin(&fan, c, iq);
	LIST_EACH(node, &acc->sessions)
	{
		struct xmpp_session *s =
			LIST_OF(node, struct xmpp_session, link);

		if (s->interested)
			xmpp_fan_session(&fan, s, s->jid.full, STR_NONE);
	}
	xmpp_fan_end(&fan);
	xmpp_component_push(c, acc, iq);
}

static void on_saved(void *arg, enum gw_err e)
{
	struct saving *w = arg;
	struct arena *a = w->a;
	struct xmpp_account *acc = xmpp_account_get(w->c.x, w->account);

	w->c.session = xmpp_session_get(w->c.x, w->session);
	if (e != GW_OK)
		xmpp_account_reread(acc);
	else if (w->ch.push && !w->ch.push_last)
		push(&w->c, acc, &w->ch);
	w->ch.done(&w->c, e, w->ch.arg);
	if (e == GW_OK && w->ch.push && w->ch.push_last)
		push(&w->c, acc, &w->ch);
	xmpp_receipt_unref(&w->c.receipt);
	xmpp_account_changing(acc, -1);
	xmpp_account_unpin(acc);
	arena_free(&a);
}

void xmpp_roster_change(struct xmpp_ctx *c, struct xmpp_account *acc,
			const struct xmpp_roster_change *ch)
{
	struct arena *a = arena_new();
	struct saving *w = arena_alloc(a, sizeof(*w));
	struct roster_write write = { .account = acc->jid.full,
				      .remove = ch->remove };
	struct roster_row row = ch->row;

	w->a = a;
	w->c = *c;
	w->c.a = a;
	w->c.from = xmpp_jid_copy(a, c->from);
	w->c.to = xmpp_jid_copy(a, c->to);
	w->c.receipt = xmpp_receipt_ref(c->receipt);
	w->session = c->session != NULL ? c->session->handle : 0;
	w->account = acc->handle;
	w->ch = *ch;
	w->ch.jid = xmpp_jid_copy(a, ch->jid);
	row.jid = ch->jid.bare;
	if (ch->push)
		acc->roster.version++;
	write.version = acc->roster.version;
	write.row = &row;
	xmpp_account_pin(acc);
	xmpp_account_changing(acc, 1);
	roster_save(c->x->store, &write, on_saved, w);
	if (ch->remove)
		remove_item(&acc->roster, ch->jid.bare);
	else
		xmpp_roster_put(&acc->roster, ch->jid, &row);
}

enum xmpp_verdict xmpp_roster_get(struct xmpp_ctx *c, struct xmpp_account *acc,
				  const struct stanza *iq)
{
	struct str version = version_text(c->a, &acc->roster);
	struct str known = stanza_attr(xmpp_payload(iq), "ver");
	struct xmpp_roster_item *item;
	struct stanza *query;
	size_t it = 0;

	if (known.p != NULL && str_eq(known, version)) {
		xmpp_reply(c, iq, NULL);
		return XMPP_DONE;
	}
	if (!xmpp_limit_spend(c->x, acc->jid.bare, XMPP_LIMIT_ROSTER_READS)) {
		xmpp_bounce(c, iq, XMPP_RESOURCE_CONSTRAINT);
		return XMPP_DONE;
	}
	query = stanza_new(c->a, "query", NS_ROSTER);
	stanza_set_attr(c->a, query, "ver", version);
	while ((item = map_next(&acc->roster.items, &it)) != NULL)
		if (item->row.listed)
			add_item(c->a, query, item);
	xmpp_reply(c, iq, query);
	return XMPP_DONE;
}

/* Groups as the store keeps them; RFC 6121 2.3.3 says what is refused. */
static enum gw_err take_groups(struct xmpp_ctx *c, const struct stanza *el,
			       struct str *out, enum xmpp_condition *cond)
{
	const struct stanza *g = stanza_child(el, "group", NS_ROSTER);
	struct map seen;
	struct str *text;
	enum gw_err e = GW_OK;

	*out = STR("");
	map_init(&seen, loop_seed(c->x->loop));
	for (; g != NULL && e == GW_OK;
	     g = stanza_next(g, "group", NS_ROSTER)) {
		text = arena_alloc(c->a, sizeof(*text));
		*text = stanza_text(c->a, g);
		*cond = XMPP_NOT_ACCEPTABLE;
		if (text->n == 0 || text->n > TEXT_MAX ||
		    seen.used == GROUPS_MAX) {
			e = GW_LIMIT;
		} else if (map_put(&seen, *text, text) != NULL) {
			*cond = XMPP_BAD_REQUEST;
			e = GW_BAD_INPUT;
		}
		*out = str_of(
			arena_printf(c->a, STR_FMT "%s" STR_FMT, STR_ARG(*out),
				     out->n > 0 ? "\x1f" : "", STR_ARG(*text)));
	}
	map_fini(&seen);
	return e;
}

struct setting {
	struct xmpp_later *later;
	struct xmpp_roster_change ch;
	struct arena *a;
	enum xmpp_subscription before;
	bool removed;
	uint64_t account;
};

/* RFC 6121 2.5.2: who is taken off the list is told so. */
static void part_with(struct xmpp_ctx *c, struct xmpp_account *acc,
		      const struct setting *w)
{
	if (xmpp_subscription_from(w->before))
		xmpp_presence_show(c, acc, w->ch.jid, true);
	if (xmpp_subscription_to(w->before) ||
	    xmpp_subscription_asks(w->before))
		xmpp_subscribe_send(c, acc, w->ch.jid, "unsubscribe");
	if (xmpp_subscription_from(w->before) ||
	    xmpp_subscription_asked(w->before))
		xmpp_subscribe_send(c, acc, w->ch.jid, "unsubscribed");
}

static void on_set_saved(struct xmpp_ctx *rc, enum gw_err e, void *arg)
{
	struct setting *w = arg;
	struct xmpp_account *acc = xmpp_account_get(rc->x, w->account);
	const struct stanza *iq;
	struct arena *a = w->a;
	struct xmpp_ctx c;

	if (e == GW_OK && w->removed)
		part_with(rc, acc, w);
	if (xmpp_later_begin(w->later, &c, &iq)) {
		if (e == GW_OK)
			xmpp_reply(&c, iq, NULL);
		else
			xmpp_bounce(&c, iq, xmpp_fault_of(e));
	}
	xmpp_later_end(&w->later);
	arena_free(&a);
}

static enum xmpp_verdict save(struct xmpp_ctx *c, struct xmpp_account *acc,
			      const struct stanza *iq,
			      const struct xmpp_roster_change *ch,
			      enum xmpp_subscription before)
{
	struct arena *a = arena_new();
	struct setting *w = arena_alloc(a, sizeof(*w));
	struct xmpp_roster_change mine = *ch;

	w->a = a;
	w->later = xmpp_later(c, iq);
	w->account = acc->handle;
	w->before = before;
	w->removed = ch->remove;
	w->ch.jid = xmpp_jid_copy(a, ch->jid);
	mine.push = true;
	mine.done = on_set_saved;
	mine.arg = w;
	xmpp_roster_change(c, acc, &mine);
	return XMPP_LATER;
}

static enum xmpp_verdict refuse(struct xmpp_ctx *c, const struct stanza *iq,
				enum xmpp_condition cond)
{
	xmpp_bounce(c, iq, cond);
	return XMPP_DONE;
}

static enum xmpp_verdict on_remove(struct xmpp_ctx *c, struct xmpp_account *acc,
				   const struct stanza *iq, struct jid jid)
{
	struct xmpp_roster_item *item =
		xmpp_roster_find(&acc->roster, jid.bare);
	struct xmpp_roster_change ch = { .jid = jid, .remove = true };

	if (item == NULL || !item->row.listed)
		return refuse(c, iq, XMPP_ITEM_NOT_FOUND);
	return save(c, acc, iq, &ch, (enum xmpp_subscription)item->row.state);
}

static enum xmpp_verdict on_add(struct xmpp_ctx *c, struct xmpp_account *acc,
				const struct stanza *iq,
				const struct stanza *el, struct jid jid)
{
	struct xmpp_roster *r = &acc->roster;
	struct xmpp_roster_item *item = xmpp_roster_find(r, jid.bare);
	struct xmpp_roster_change ch = { .jid = jid };
	enum xmpp_condition cond;

	if (item != NULL) {
		ch.row = item->row;
		ch.row.asked = arena_str(c->a, item->row.asked);
	} else if (r->items.used >= (size_t)c->x->conf->roster) {
		xmpp_limit_reached(c->x, XMPP_LIMIT_ROSTER);
		return refuse(c, iq, XMPP_RESOURCE_CONSTRAINT);
	}
	ch.row.listed = true;
	ch.row.name = stanza_attr(el, "name");
	if (ch.row.name.n > TEXT_MAX)
		return refuse(c, iq, XMPP_NOT_ACCEPTABLE);
	if (take_groups(c, el, &ch.row.groups, &cond) != GW_OK)
		return refuse(c, iq, cond);
	return save(c, acc, iq, &ch, (enum xmpp_subscription)ch.row.state);
}

enum xmpp_verdict xmpp_roster_set(struct xmpp_ctx *c, struct xmpp_account *acc,
				  const struct stanza *iq)
{
	const struct stanza *query = xmpp_payload(iq);
	const struct stanza *el = stanza_first_element(query);
	struct jid jid;

	/* RFC 6121 2.3.3: exactly one item. */
	if (!stanza_is(el, "item", NS_ROSTER) ||
	    stanza_next_element(el) != NULL)
		return refuse(c, iq, XMPP_BAD_REQUEST);
	if (xmpp_jid_parse(c->a, stanza_attr(el, "jid"), &jid) != GW_OK)
		return refuse(c, iq, XMPP_JID_MALFORMED);
	if (acc->state != ACCOUNT_READY)
		return refuse(c, iq, XMPP_RESOURCE_CONSTRAINT);
	if (jid.resource.p != NULL &&
	    xmpp_jid_parse(c->a, jid.bare, &jid) != GW_OK)
		return refuse(c, iq, XMPP_JID_MALFORMED);
	if (str_eq(jid.bare, acc->jid.bare))
		return refuse(c, iq, XMPP_NOT_ALLOWED);
	if (str_is(stanza_attr(el, "subscription"), "remove"))
		return on_remove(c, acc, iq, jid);
	return on_add(c, acc, iq, el, jid);
}

static enum xmpp_verdict on_get(struct xmpp_ctx *c, const struct stanza *iq)
{
	c->session->interested = true;
	return xmpp_roster_get(c, c->session->account, iq);
}

static enum xmpp_verdict on_set(struct xmpp_ctx *c, const struct stanza *iq)
{
	return xmpp_roster_set(c, c->session->account, iq);
}

static void features(struct xmpp *x, struct arena *a, struct stanza *f)
{
	(void)x;
	stanza_add_new(a, f, "ver", NS_ROSTERVER);
	stanza_add_new(a, f, "sub", NS_PREAPPROVE);
}

static const struct xmpp_iq_route routes[] = {
	{ IQ_GET, AT_OWN, NS_ROSTER, "query", on_get },
	{ IQ_SET, AT_OWN, NS_ROSTER, "query", on_set },
	{ .fn = NULL },
};

const struct xmpp_module xmpp_mod_roster = {
	.name = "roster",
	.xep = "",
	.doc = "contact lists and presence subscriptions (RFC 6121)",
	.iq = routes,
	.stream_features = features,
};
