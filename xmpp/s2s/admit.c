/* SPDX-License-Identifier: MIT */
/* admit.c - a stanza of another server: whose it is, and what it may carry
 *
 * Its domains must be a pair that was proved on this stream.  Wrappers that
 * only a person's own server makes are taken off (B07): they never look as if
 * they had come from there.
 */
#include "xmpp/receipt.h"
#include "xmpp/s2s/sm.h"

#define NS_CARBONS "urn:xmpp:carbons:2"
#define NS_MAM_1   "urn:xmpp:mam:1"
#define NS_MAM_2   "urn:xmpp:mam:2"

static bool is_wrapper(const struct stanza *el, bool archive_may)
{
	if (str_is(el->ns, NS_CARBONS))
		return stanza_is(el, "sent", NULL) ||
		       stanza_is(el, "received", NULL);
	if (str_is(el->ns, NS_MAM_1) || str_is(el->ns, NS_MAM_2))
		return !archive_may && stanza_is(el, "result", NULL);
	return false;
}

/* A room's archive answers the client that asked: from the room's bare JID to
 * a full one, and it is the room's, not the person's. */
static void strip(struct stanza *st, struct jid from, struct jid to)
{
	bool archive_may = from.local.p != NULL && from.resource.p == NULL &&
			   to.resource.p != NULL;
	struct stanza *el = stanza_first_element(st);

	while (el != NULL) {
		struct stanza *next = stanza_next_element(el);

		if (is_wrapper(el, archive_may))
			stanza_remove(st, el);
		el = next;
	}
}

/* A request has an id and one child; an answer has an id (RFC 6120 8.2.3). */
static bool well_made(const struct stanza *iq)
{
	struct str type = stanza_attr(iq, "type");
	const struct stanza *payload = stanza_first_element(iq);

	if (stanza_attr(iq, "id").p == NULL)
		return false;
	if (str_is(type, "get") || str_is(type, "set"))
		return payload != NULL && stanza_next_element(payload) == NULL;
	return str_is(type, "result") || str_is(type, "error");
}

static const char *whose(struct xmpp_s2s_stream *s, struct arena *a,
			 const struct stanza *st, struct xmpp_ctx *c)
{
	struct xmpp_s2s_pair *p;

	if (xmpp_jid_parse(a, stanza_attr(st, "from"), &c->from) != GW_OK ||
	    xmpp_jid_parse(a, stanza_attr(st, "to"), &c->to) != GW_OK)
		return "improper-addressing";
	if (!xmpp_s2s_is_ours(s->s2s, c->to.domain))
		return "host-unknown";
	p = xmpp_s2s_pair_find(s, c->to.domain, c->from.domain);
	if (p != NULL && p->proof != NULL)
		return NULL;
	return list_empty(&s->pairs) ? "not-authorized" : "invalid-from";
}

static void pass_on(struct xmpp_ctx *c, const struct stanza *in)
{
	struct stanza *st = stanza_copy_head(c->a, in);

	stanza_set_attr(c->a, st, "from", c->from.full);
	stanza_set_attr(c->a, st, "to", c->to.full);
	if (stanza_is(st, "iq", NULL) && !well_made(st)) {
		xmpp_bounce(c, st, XMPP_BAD_REQUEST);
		return;
	}
	if (stanza_is(st, "message", NULL)) {
		strip(st, c->from, c->to);
		if (stanza_first_element(in) != NULL &&
		    stanza_first_element(st) == NULL)
			return;
	}
	xmpp_route_to(c, c->to, st);
}

const char *xmpp_s2s_admit(struct xmpp_s2s_stream *s, const struct stanza *st)
{
	struct xmpp_ctx c;
	const char *error;

	if (!stanza_is(st, "message", NULL) &&
	    !stanza_is(st, "presence", NULL) && !stanza_is(st, "iq", NULL))
		return "unsupported-stanza-type";
	if (!str_is(st->ns, NS_CLIENT))
		return "invalid-namespace";
	xmpp_ctx_begin(&c, s->x);
	c.to_given = true;
	error = whose(s, c.a, st, &c);
	if (error == NULL) {
		xmpp_s2s_counts_stanza(s->s2s, S2S_IN, s->unit);
		c.receipt = xmpp_s2s_sm_count(s);
		pass_on(&c, st);
		xmpp_receipt_unref(&c.receipt);
	}
	xmpp_ctx_end(&c);
	return error;
}
