/* SPDX-License-Identifier: MIT */
/* messenger.c - what other rooms say through XMPP, and what persons say to
 * the desk's address
 *
 * The desk's address is no account: it has no roster and no clients, is
 * always there, and lets everybody subscribe.
 */
#include "xmpp/module.h"
#include "xmpp/server_private.h"

#define NS_CORRECT "urn:xmpp:message-correct:0"
#define NS_REPLY   "urn:xmpp:reply:0"
#define NS_PING	   "urn:xmpp:ping"
#define NS_MARKERS "urn:xmpp:chat-markers:0"

struct telling {
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

static void on_settled(void *arg, enum gw_err e)
{
	struct telling *t = arg;

	t->done(t->arg, e);
	mem_free(t);
}

static struct stanza *notice(struct xmpp_ctx *c, const struct seam_notice *n)
{
	struct stanza *st = stanza_new(c->a, "message", NS_CLIENT);
	struct stanza *el;

	stanza_set_attr(c->a, st, "type", STR("chat"));
	stanza_set_attr(c->a, st, "id", n->id);
	stanza_set_attr(c->a, st, "from", c->from.full);
	stanza_set_attr(c->a, st, "to", c->to.full);
	stanza_add_leaf(c->a, st, "body", NS_CLIENT, n->body);
	if (n->thread.n > 0)
		stanza_add_leaf(c->a, st, "thread", NS_CLIENT, n->thread);
	el = stanza_add_new(c->a, st, "origin-id", NS_SID);
	stanza_set_attr(c->a, el, "id", n->id);
	(void)stanza_add_new(c->a, st, "markable", NS_MARKERS);
	if (n->replace.n > 0) {
		el = stanza_add_new(c->a, st, "replace", NS_CORRECT);
		stanza_set_attr(c->a, el, "id", n->replace);
	}
	return st;
}

static void tell(void *self, const struct seam_notice *n,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct xmpp *x = self;
	struct telling *t;
	struct xmpp_ctx c;

	xmpp_ctx_begin(&c, x);
	c.from = x->desk_jid;
	if (xmpp_jid_parse(c.a, n->to, &c.to) != GW_OK ||
	    c.to.local.p == NULL || !xmpp_is_local(x, c.to.domain)) {
		done(arg, GW_NOT_FOUND);
	} else {
		t = mem_new(sizeof(*t));
		t->done = done;
		t->arg = arg;
		c.to_given = true;
		c.receipt = xmpp_receipt_own(x, on_settled, t);
		xmpp_route_to(&c, c.to, notice(&c, n));
		xmpp_receipt_unref(&c.receipt);
	}
	xmpp_ctx_end(&c);
}

static void post(void *self, const struct seam_post *p,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct xmpp *x = self;

	if (x->rooms.post != NULL)
		x->rooms.post(x->rooms.self, p, done, arg);
	else
		done(arg, GW_UNAVAIL);
}

static void subject(void *self, struct str room, struct str text)
{
	struct xmpp *x = self;

	if (x->rooms.subject != NULL)
		x->rooms.subject(x->rooms.self, room, text);
}

/* One question to each client; the first answer counts. */
struct pinging {
	unsigned open;
	bool answered;
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

static void settle(struct pinging *p, enum gw_err e)
{
	p->open--;
	if (!p->answered && (e == GW_OK || p->open == 0)) {
		p->answered = true;
		p->done(p->arg, e);
	}
	if (p->open == 0)
		mem_free(p);
}

static void on_pong(void *arg, enum gw_err e, struct xmpp_ctx *c,
		    const struct stanza *answer)
{
	(void)c;
	(void)answer;
	settle(arg, e);
}

static void ping(void *self, struct str bare, int64_t within,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct xmpp *x = self;
	struct xmpp_account *acc = map_get(&x->accounts, bare);
	struct pinging *p = mem_new(sizeof(*p));
	struct xmpp_session *s = NULL;
	struct xmpp_ctx c;

	p->open = 1; /* ours, while asking */
	p->done = done;
	p->arg = arg;
	xmpp_ctx_begin(&c, x);
	while (acc != NULL && (s = xmpp_session_next(acc, s)) != NULL) {
		if (s->conn == 0)
			continue;
		p->open++;
		xmpp_query(&c, s, stanza_new(c.a, "ping", NS_PING), within,
			   on_pong, p);
	}
	xmpp_ctx_end(&c);
	settle(p, GW_UNAVAIL);
}

struct seam_messenger xmpp_messenger(struct xmpp *x)
{
	return (struct seam_messenger){
		.self = x,
		.tell = tell,
		.post = post,
		.subject = subject,
		.ping = ping,
	};
}

/* Authority comes from the real bare JID only: what an occupant of a room
 * says privately has none, its room's address is not a person's. */
static void heard(struct xmpp_ctx *c, const struct stanza *st)
{
	struct xmpp *x = c->x;
	const struct stanza *reply = stanza_child(st, "reply", NS_REPLY);
	/* XEP-0333: the button under a notice; to have seen it is no answer. */
	const struct stanza *ack = stanza_child(st, "acknowledged", NS_MARKERS);
	struct str type = stanza_attr(st, "type");
	struct seam_said said = {
		.from = c->from.bare,
		.id = stanza_attr(st, "id"),
		.reply_to = stanza_attr(reply, "id"),
		.thread = stanza_child_text(c->a, st, "thread", NS_CLIENT),
		.body = stanza_child_text(c->a, st, "body", NS_CLIENT),
	};

	if (said.body.n == 0 && ack != NULL) {
		said.body = STR("ack");
		said.reply_to = stanza_attr(ack, "id");
		said.marker = true;
	}
	if (said.body.n == 0 || str_is(type, "error") ||
	    str_is(type, "groupchat") || str_is(type, "headline"))
		return;
	if (c->from.local.p == NULL ||
	    map_get(&x->services, c->from.domain) != NULL)
		return;
	if (x->desk.heard != NULL)
		x->desk.heard(x->desk.self, &said);
	else
		xmpp_bounce(c, st, XMPP_SERVICE_UNAVAILABLE);
}

static void show_desk(struct xmpp_ctx *c, const char *type, struct jid to)
{
	struct stanza *st = stanza_new(c->a, "presence", NS_CLIENT);

	if (type != NULL)
		stanza_set_attr(c->a, st, "type", str_of(type));
	stanza_set_attr(c->a, st, "from", c->x->desk_jid.full);
	stanza_set_attr(c->a, st, "to", to.full);
	xmpp_route_to(c, to, st);
}

static void desk_presence(struct xmpp_ctx *c, const struct stanza *st)
{
	struct str type = stanza_attr(st, "type");
	struct jid bare = xmpp_jid_bare(c->from);

	if (str_is(type, "subscribe")) {
		show_desk(c, "subscribed", bare);
		show_desk(c, NULL, bare);
	} else if (str_is(type, "unsubscribe")) {
		show_desk(c, "unsubscribed", bare);
	} else if (str_is(type, "probe")) {
		show_desk(c, NULL, c->from);
	}
}

void xmpp_desk_stanza(struct xmpp_ctx *c, const struct stanza *st)
{
	struct str type = stanza_attr(st, "type");

	if (stanza_is(st, "message", NULL))
		heard(c, st);
	else if (stanza_is(st, "presence", NULL))
		desk_presence(c, st);
	else if ((str_is(type, "get") || str_is(type, "set")) &&
		 !xmpp_modules_iq(c, AT_ACCOUNT, st))
		xmpp_bounce(c, st, XMPP_SERVICE_UNAVAILABLE);
}
