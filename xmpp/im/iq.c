/* SPDX-License-Identifier: MIT */
/* iq.c - IQs of clients, to the host, to accounts (RFC 6120 8.2.3) */
#include "xmpp/im/iq.h"

#include "xmpp/component/component.h"
#include "xmpp/im/delivery.h"
#include "xmpp/server_private.h"

#define NS_SESSION "urn:ietf:params:xml:ns:xmpp-session"

static bool is_answer(const struct stanza *iq)
{
	return xmpp_delivery_kind(iq) == KIND_IQ_ANSWER;
}

/* A request has an id and exactly one child; an answer has an id. */
static bool well_made(const struct stanza *iq)
{
	struct str type = stanza_attr(iq, "type");
	const struct stanza *payload = xmpp_payload(iq);

	if (stanza_attr(iq, "id").p == NULL)
		return false;
	if (str_is(type, "get") || str_is(type, "set"))
		return payload != NULL && stanza_next_element(payload) == NULL;
	return str_is(type, "result") || str_is(type, "error");
}

/* RFC 3921 clients still ask; RFC 6121 says it does nothing. */
static bool is_session_request(const struct stanza *iq)
{
	return stanza_child(iq, "session", NS_SESSION) != NULL;
}

static void handle(struct xmpp_ctx *c, unsigned at, const struct stanza *iq)
{
	if (!xmpp_component_ask(c, iq) && !xmpp_modules_iq(c, at, iq))
		xmpp_bounce(c, iq, XMPP_SERVICE_UNAVAILABLE);
}

void xmpp_iq_from_client(struct xmpp_ctx *c, struct stanza *iq)
{
	bool own = !c->to_given || str_eq(c->to.full, c->session->jid.bare);

	if (!well_made(iq))
		xmpp_bounce(c, iq, XMPP_BAD_REQUEST);
	else if (is_answer(iq) && own)
		return;
	else if (is_session_request(iq) &&
		 (own || xmpp_is_local(c->x, c->to.full)))
		xmpp_reply(c, iq, NULL);
	else if (own)
		handle(c, AT_OWN | AT_ACCOUNT, iq);
	else
		xmpp_route_to(c, c->to, iq);
}

void xmpp_iq_to_host(struct xmpp_ctx *c, const struct stanza *iq)
{
	if (!is_answer(iq))
		handle(c, AT_HOST, iq);
	else if (!xmpp_query_answer(c, iq))
		xmpp_component_answer(c, iq);
}

void xmpp_iq_in(struct xmpp_ctx *c, struct xmpp_account *acc, struct jid to,
		const struct stanza *iq)
{
	struct xmpp_session *s = NULL;
	enum xmpp_target target = TARGET_NOBODY;

	if (to.resource.p != NULL) {
		s = xmpp_session_find(c->x, to);
		target = s != NULL ? TARGET_FULL : TARGET_GONE;
	}
	if (target == TARGET_NOBODY && is_answer(iq) &&
	    xmpp_component_answer(c, iq))
		return;
	switch (xmpp_delivery(xmpp_delivery_kind(iq), target)) {
	case DELIVER_ONE:
		xmpp_session_send(s, iq);
		return;
	case DELIVER_HANDLE:
		c->to = acc->jid;
		handle(c, AT_ACCOUNT, iq);
		return;
	case DELIVER_BOUNCE:
		xmpp_bounce(c, iq, XMPP_SERVICE_UNAVAILABLE);
		return;
	case DELIVER_DROP:
	case DELIVER_NONNEGATIVE:
	case DELIVER_AVAILABLE:
	case DELIVER_STORE:
	case DELIVER_AS_BARE:
		return;
	}
	__builtin_unreachable();
}
