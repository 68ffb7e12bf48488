/* SPDX-License-Identifier: MIT */
/* inbound.c - one stanza from a component: is it well addressed, and who gets
 * it
 *
 * XEP-0114 4: `from` and `to` are always there, and the domain of `from` is
 * one of the stream's.
 */
#include "xmpp/component/grant.h"

static bool is_request(const struct stanza *iq)
{
	struct str type = stanza_attr(iq, "type");

	return str_is(type, "get") || str_is(type, "set");
}

/* RFC 6120 8.2.3. */
static bool well_made(const struct stanza *iq)
{
	const struct stanza *payload = xmpp_payload(iq);
	struct str type = stanza_attr(iq, "type");

	if (stanza_attr(iq, "id").p == NULL)
		return false;
	if (is_request(iq))
		return payload != NULL && stanza_next_element(payload) == NULL;
	return str_is(type, "result") || str_is(type, "error");
}

static void dispatch(struct xmpp_component_stream *s, struct xmpp_ctx *c,
		     const struct stanza *in)
{
	struct stanza *st = stanza_copy_head(c->a, in);

	stanza_set_attr(c->a, st, "from", c->from.full);
	if (xmpp_jid_parse(c->a, stanza_attr(st, "to"), &c->to) != GW_OK) {
		stanza_set_attr(c->a, st, "to", xmpp_domain(c->x));
		xmpp_bounce(c, st, XMPP_JID_MALFORMED);
		return;
	}
	c->to_given = true;
	stanza_set_attr(c->a, st, "to", c->to.full);
	if (stanza_is(st, "iq", NULL) && !well_made(st)) {
		xmpp_bounce(c, st, XMPP_BAD_REQUEST);
		return;
	}
	if (stanza_is(st, "iq", NULL) && !is_request(st))
		xmpp_component_answered(s, st);
	if (stanza_is(st, "presence", NULL))
		xmpp_component_shows(s, c->a, st);
	if (!stanza_is(st, "message", NULL) || !xmpp_privilege_message(c, st))
		xmpp_route_to(c, c->to, st);
}

static const char *refused(const struct stanza *st)
{
	if (!stanza_is(st, "message", NULL) &&
	    !stanza_is(st, "presence", NULL) && !stanza_is(st, "iq", NULL))
		return "unsupported-stanza-type";
	if (!str_is(st->ns, XMPP_NS_CLIENT))
		return "invalid-namespace";
	if (stanza_attr(st, "from").p == NULL ||
	    stanza_attr(st, "to").p == NULL)
		return "improper-addressing";
	return NULL;
}

static bool is_own(const struct xmpp_component_stream *s, struct str domain)
{
	const struct xmpp_component *k = xmpp_component_of(s->all, domain);

	return k != NULL && k->conn == conn_id(s->c);
}

const char *xmpp_component_inbound(struct xmpp_component_stream *s,
				   const struct stanza *st)
{
	const char *error = refused(st);
	struct xmpp_ctx c;

	if (error != NULL)
		return error;
	xmpp_ctx_begin(&c, s->all->x);
	if (xmpp_jid_parse(c.a, stanza_attr(st, "from"), &c.from) != GW_OK ||
	    !is_own(s, c.from.domain))
		error = "invalid-from";
	else
		dispatch(s, &c, st);
	xmpp_ctx_end(&c);
	return error;
}
