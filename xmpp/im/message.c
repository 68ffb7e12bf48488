/* SPDX-License-Identifier: MIT */
/* message.c - a message through the stages of its way (RFC 6121 5 and 8.5) */
#include "xmpp/im/message.h"

#include "xmpp/im/delivery.h"
#include "xmpp/im/held.h"
#include "xmpp/im/offline.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/csi.h"
#include "xmpp/xml/write.h"

#define NS_MARKERS    "urn:xmpp:chat-markers:0"
#define NS_CHATSTATES "http://jabber.org/protocol/chatstates"

/* True while nobody has said DONE. */
static bool through(struct xmpp_ctx *c, struct xmpp_message *m,
		    const enum xmpp_stage *stages, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (xmpp_modules_message(c, stages[i], m) != XMPP_PASS)
			return false;
	return true;
}

/* What shows that a person is at work, and not just his client. */
static unsigned signs_of(const struct stanza *st)
{
	const struct stanza *child = stanza_first_element(st);
	unsigned signs = 0;

	for (; child != NULL; child = stanza_next_element(child))
		if (stanza_is(child, "body", NS_CLIENT) ||
		    stanza_is(child, "composing", NS_CHATSTATES))
			signs |= BOARD_ACTIVE;
		else if (stanza_is(child, "displayed", NS_MARKERS) ||
			 stanza_is(child, "acknowledged", NS_MARKERS))
			signs |= BOARD_DISPLAYED;
	return signs;
}

static const enum xmpp_stage before[] = { STAGE_ADMIT, STAGE_STAMP,
					  STAGE_STORE };

void xmpp_message_from_client(struct xmpp_ctx *c, struct stanza *st)
{
	c->session->signs |= (uint8_t)signs_of(st);
	/* RFC 6120 10.3.1: without `to` it is for oneself. */
	if (!c->to_given)
		stanza_set_attr(c->a, st, "to", c->to.full);
	xmpp_message_out(c, c->session->account, st);
}

void xmpp_message_out(struct xmpp_ctx *c, struct xmpp_account *acc,
		      const struct stanza *st)
{
	struct xmpp_message m = {
		.st = st, .account = acc, .to = c->to, .outgoing = true
	};
	enum xmpp_stage copy = STAGE_COPY;

	if (!through(c, &m, before, 3))
		return;
	if (!through(c, &m, &copy, 1))
		return;
	xmpp_route_to(c, c->to, m.st);
}

static enum xmpp_target target_of(struct xmpp_account *acc, struct jid to,
				  struct xmpp_session **exact)
{
	enum xmpp_target target = TARGET_NOBODY;

	*exact = NULL;
	if (to.resource.p != NULL) {
		*exact = xmpp_session_with(acc, to.resource);
		return *exact != NULL ? TARGET_FULL : TARGET_GONE;
	}
	for (struct xmpp_session *s = xmpp_session_next(acc, NULL); s != NULL;
	     s = xmpp_session_next(acc, s)) {
		if (s->priority >= 0)
			return TARGET_BARE;
		target = TARGET_NEGATIVE;
	}
	return target;
}

static void to_session(struct xmpp_message *m, struct xmpp_session *s)
{
	xmpp_session_send_kept(s, m->st, &m->frame, m->row);
	m->delivered++;
}

static void to_one(struct xmpp_message *m)
{
	/* Without 0198 nothing will tell that the client has it. */
	if (!m->kept && m->session->sm == NULL)
		m->row = 0;
	xmpp_held_begin(m->account, m->row);
	to_session(m, m->session);
}

static void to_nonnegative(struct xmpp_message *m)
{
	xmpp_held_begin(m->account, m->row);
	for (struct xmpp_session *s = xmpp_session_next(m->account, NULL);
	     s != NULL; s = xmpp_session_next(m->account, s)) {
		if (s->priority >= 0)
			to_session(m, s);
	}
}

static void deliver(struct xmpp_ctx *c, struct xmpp_message *m)
{
	enum xmpp_kind kind = xmpp_delivery_kind(m->st);
	enum xmpp_target target = target_of(m->account, m->to, &m->session);
	enum xmpp_delivery act = xmpp_delivery(kind, target);

	if (act == DELIVER_AS_BARE) {
		target = target_of(m->account, m->account->jid, &m->session);
		act = xmpp_delivery(kind, target);
	}
	switch (act) {
	case DELIVER_ONE:
		to_one(m);
		return;
	case DELIVER_NONNEGATIVE:
		to_nonnegative(m);
		return;
	case DELIVER_STORE:
		m->stored = xmpp_offline_store(c, m);
		return;
	case DELIVER_BOUNCE:
		xmpp_bounce(c, m->st, XMPP_SERVICE_UNAVAILABLE);
		return;
	case DELIVER_DROP:
	case DELIVER_AVAILABLE:
	case DELIVER_AS_BARE:
	case DELIVER_HANDLE:
		return;
	}
	__builtin_unreachable();
}

void xmpp_message_in(struct xmpp_ctx *c, struct xmpp_account *acc,
		     struct jid to, const struct stanza *st)
{
	struct xmpp_message m = { .st = st, .account = acc, .to = to };
	enum xmpp_stage route = STAGE_ROUTE;
	static const enum xmpp_stage after[] = { STAGE_COPY, STAGE_PUSH };

	if (!through(c, &m, before, 3))
		return;
	if (through(c, &m, &route, 1))
		deliver(c, &m);
	xmpp_held_write(c, &m);
	(void)through(c, &m, after, 2);
	frame_unref(&m.frame);
}
