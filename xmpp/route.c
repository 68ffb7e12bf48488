/* SPDX-License-Identifier: MIT */
/* route.c - to whom a stanza goes: service, host, desk, account, elsewhere
 *
 * A stanza for an account that is not in memory is copied and waits for it;
 * those behind it to the same account wait behind it.
 */
#include "gateway/net/conn.h"
#include "xmpp/im/iq.h"
#include "xmpp/im/message.h"
#include "xmpp/im/presence.h"
#include "xmpp/s2s/s2s.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/csi.h"
#include "xmpp/xml/write.h"

bool xmpp_is_local(const struct xmpp *x, struct str domain)
{
	for (size_t i = 0; i < x->domain_count; i++)
		if (str_eq(x->domains[i].full, domain))
			return true;
	return false;
}

void xmpp_bounce(struct xmpp_ctx *c, const struct stanza *st,
		 enum xmpp_condition cond)
{
	if (c->receipt != NULL && c->receipt->result == GW_OK)
		c->receipt->result = GW_UNAVAIL;
	xmpp_reply_error(c, st, cond, NULL);
}

/* What a stanza to nobody gets (RFC 6121 8.5.1). */
static void no_such_person(struct xmpp_ctx *c, const struct stanza *st,
			   enum gw_err e)
{
	struct str type = stanza_attr(st, "type");

	if (c->receipt != NULL)
		c->receipt->result = e;
	if (e != GW_NOT_FOUND) {
		if (!stanza_is(st, "presence", NULL) ||
		    str_is(type, "subscribe"))
			xmpp_bounce(c, st, xmpp_fault_of(e));
		return;
	}
	if (stanza_is(st, "presence", NULL)) {
		if (str_is(type, "probe"))
			xmpp_presence_refuse(c, st);
		return;
	}
	if (stanza_is(st, "message", NULL) && str_is(type, "headline"))
		return;
	xmpp_bounce(c, st, XMPP_SERVICE_UNAVAILABLE);
}

struct parked {
	struct xmpp_wait wait;
	struct arena *a;
	struct xmpp *x;
	uint64_t session;
	struct jid from, to;
	bool to_given;
	struct xmpp_receipt *receipt;
	const struct stanza *st;
};

static void unpark(struct xmpp_wait *w, struct xmpp_account *acc, enum gw_err e)
{
	struct parked *p = (struct parked *)(void *)w;
	struct arena *a = p->a;
	struct xmpp_ctx c = { .x = p->x,
			      .a = a,
			      .session = xmpp_session_get(p->x, p->session),
			      .from = p->from,
			      .to = p->to,
			      .to_given = p->to_given,
			      .receipt = p->receipt };

	if (e == GW_OK)
		xmpp_route_local(&c, acc, p->to, p->st);
	else if (!p->x->stopping)
		no_such_person(&c, p->st, e);
	xmpp_receipt_unref(&c.receipt);
	arena_free(&a);
}

static struct parked *parked_new(struct xmpp_ctx *c, struct jid to,
				 const struct stanza *st)
{
	struct arena *a = arena_new();
	struct parked *p = arena_alloc(a, sizeof(*p));

	p->wait.fn = unpark;
	p->a = a;
	p->x = c->x;
	p->session = c->session != NULL ? c->session->handle : 0;
	p->from = xmpp_jid_copy(a, c->from);
	p->to = xmpp_jid_copy(a, to);
	p->to_given = c->to_given;
	p->receipt = xmpp_receipt_ref(c->receipt);
	p->st = stanza_copy(a, st);
	return p;
}

void xmpp_route_local(struct xmpp_ctx *c, struct xmpp_account *acc,
		      struct jid to, const struct stanza *st)
{
	xmpp_account_pin(acc);
	if (stanza_is(st, "message", NULL))
		xmpp_message_in(c, acc, to, st);
	else if (stanza_is(st, "presence", NULL))
		xmpp_presence_in(c, acc, to, st);
	else
		xmpp_iq_in(c, acc, to, st);
	xmpp_account_unpin(acc);
}

static void route_host(struct xmpp_ctx *c, const struct stanza *st)
{
	if (stanza_is(st, "iq", NULL))
		xmpp_iq_to_host(c, st);
	else if (stanza_is(st, "message", NULL))
		xmpp_bounce(c, st, XMPP_SERVICE_UNAVAILABLE);
}

/* Presence does not overtake the change of the roster that allows it. */
static bool must_wait(const struct xmpp_account *acc, const struct stanza *st)
{
	return !list_empty(&acc->waiting) ||
	       (acc->changing > 0 && stanza_is(st, "presence", NULL));
}

static void route_account(struct xmpp_ctx *c, struct jid to,
			  const struct stanza *st)
{
	struct xmpp_account *acc = xmpp_account_hot(c->x, to.bare);
	struct parked *p;

	if (acc != NULL && !must_wait(acc, st)) {
		xmpp_route_local(c, acc, to, st);
		return;
	}
	p = parked_new(c, to, st);
	if (acc != NULL)
		xmpp_account_queue(acc, &p->wait);
	else
		xmpp_account_want(c->x, p->to, &p->wait);
}

/* The stanza may be from someone else than whose work this is (a room passes
 * on what an occupant said). */
static bool as_sender(struct xmpp_ctx *sub, const struct xmpp_ctx *c,
		      const struct stanza *st)
{
	struct str from = stanza_attr(st, "from");

	*sub = *c;
	if (str_eq(from, c->from.full))
		return true;
	if (xmpp_jid_parse(c->a, from, &sub->from) != GW_OK)
		return false;
	if (!str_eq(sub->from.bare, c->from.bare))
		sub->session = NULL;
	return true;
}

void xmpp_route_to(struct xmpp_ctx *c, struct jid to, const struct stanza *st)
{
	struct xmpp_service *service = NULL;
	struct xmpp_ctx sub;
	bool local;

	if (!as_sender(&sub, c, st))
		return;
	sub.to = to;
	sub.to_given = true;
	local = xmpp_is_local(c->x, to.domain);
	if (!local)
		service = map_get(&c->x->services, to.domain);
	if (service != NULL)
		service->stanza(service->self, &sub, st);
	else if (!local)
		xmpp_s2s_route(&sub, to, st);
	else if (to.local.p == NULL)
		route_host(&sub, st);
	else if (str_eq(to.bare, c->x->desk_jid.bare))
		xmpp_desk_stanza(&sub, st);
	else
		route_account(&sub, to, st);
}

void xmpp_route(struct xmpp_ctx *c, const struct stanza *st)
{
	struct jid to;

	if (xmpp_jid_parse(c->a, stanza_attr(st, "to"), &to) == GW_OK)
		xmpp_route_to(c, to, st);
}

void xmpp_fan_begin(struct xmpp_fan *f, struct xmpp_ctx *c,
		    const struct stanza *st)
{
	f->c = c;
	f->st = st;
	f->tail = NULL;
}

static void fan_through(struct xmpp_fan *f, struct conn *c,
			const struct xmpp_xml_patch *patch)
{
	struct buf *out = conn_tail(c);
	size_t before;

	if (out == NULL)
		return;
	before = out->len;
	xmpp_xml_write_head(out, f->st, patch, XMPP_XML_IN_STREAM);
	conn_wrote(c, out->len - before);
	conn_write_frame(c, STR_NONE, f->tail);
}

void xmpp_fan_session(struct xmpp_fan *f, struct xmpp_session *s, struct str to,
		      struct str from)
{
	struct xmpp_xml_patch patch = { .to = to, .from = from };
	struct conn *c = xmpp_session_straight(s);
	struct buf head = { 0 };

	if (f->tail == NULL)
		f->tail = xmpp_xml_tail(f->st, XMPP_XML_IN_STREAM);
	if (c != NULL) {
		fan_through(f, c, &patch);
		return;
	}
	xmpp_xml_write_head(&head, f->st, &patch, XMPP_XML_IN_STREAM);
	if (s->csi == NULL ||
	    !xmpp_csi_hold(s, f->st, from, buf_str(&head), f->tail))
		xmpp_session_send_frame(s, buf_str(&head), f->tail);
	buf_fini(&head);
}

void xmpp_fan_to(struct xmpp_fan *f, struct jid to, struct str from)
{
	struct xmpp_session *s = NULL;
	struct stanza *st;

	if (to.resource.p != NULL)
		s = xmpp_session_find(f->c->x, to);
	if (s != NULL) {
		xmpp_fan_session(f, s, to.full, from);
		return;
	}
	st = stanza_copy_head(f->c->a, f->st);
	stanza_set_attr(f->c->a, st, "to", to.full);
	if (from.p != NULL)
		stanza_set_attr(f->c->a, st, "from", from);
	xmpp_route_to(f->c, to, st);
}

void xmpp_fan_end(struct xmpp_fan *f)
{
	frame_unref(&f->tail);
}
