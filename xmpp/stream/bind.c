/* SPDX-License-Identifier: MIT */
/* bind.c - resource binding (RFC 6120 7) */
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"

#define NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"

static void refuse(struct xmpp_stream *s, struct arena *a, struct str id,
		   enum xmpp_condition cond)
{
	struct stanza *iq = stanza_new(a, "iq", NS_CLIENT);

	stanza_set_attr(a, iq, "type", STR("set"));
	if (id.p != NULL)
		stanza_set_attr(a, iq, "id", id);
	xmpp_stream_send(s, xmpp_fault_stanza(a, iq, cond, NULL));
}

static void accept(struct xmpp_stream *s, struct arena *a,
		   struct xmpp_account *acc, struct jid full)
{
	struct xmpp_session *session =
		xmpp_session_open(acc, full, conn_id(s->c));
	struct stanza *iq = stanza_new(a, "iq", NS_CLIENT);
	struct stanza *bind = stanza_add_new(a, iq, "bind", NS_BIND);

	xmpp_stream_bound(s, session);
	stanza_set_attr(a, iq, "type", STR("result"));
	stanza_set_attr(a, iq, "id", s->login->bind_id);
	stanza_add_leaf(a, bind, "jid", NS_BIND, session->jid.full);
	xmpp_stream_send(s, iq);
}

static void on_account(struct xmpp_wait *w, struct xmpp_account *acc,
		       enum gw_err e)
{
	struct xmpp_stream *s = LIST_OF(w, struct xmpp_login, wait)->s;
	struct arena *a = xmpp_arena_get(s->x);
	struct jid full;

	if (e == GW_NOT_FOUND)
		xmpp_stream_error(s, "not-authorized", NULL);
	else if (e != GW_OK)
		refuse(s, a, s->login->bind_id, xmpp_fault_of(e));
	else if (xmpp_jid_make(a, s->login->account.local,
			       s->login->account.domain,
			       s->login->bind_resource, &full) != GW_OK)
		refuse(s, a, s->login->bind_id, XMPP_BAD_REQUEST);
	else
		accept(s, a, acc, full);
	xmpp_arena_put(s->x, a);
	xmpp_stream_answered(s);
}

/* What the client asked for, or one of ours that nobody guesses. */
static struct str wanted_resource(struct xmpp_stream *s,
				  const struct stanza *bind)
{
	struct str asked = stanza_child_text(s->a, bind, "resource", NS_BIND);
	char id[17];

	if (asked.n > 0)
		return arena_str(s->a, asked);
	loop_id(s->x->loop, id);
	return str_of(arena_strdup(s->a, id));
}

void xmpp_stream_bind(struct xmpp_stream *s, const struct stanza *iq)
{
	const struct stanza *bind = stanza_child(iq, "bind", NS_BIND);
	struct str id = stanza_attr(iq, "id");
	struct arena *a;

	if (bind == NULL || id.p == NULL ||
	    !str_is(stanza_attr(iq, "type"), "set")) {
		a = xmpp_arena_get(s->x);
		refuse(s, a, id,
		       bind == NULL ? XMPP_NOT_AUTHORIZED : XMPP_BAD_REQUEST);
		xmpp_arena_put(s->x, a);
		return;
	}
	s->login->bind_id = arena_str(s->a, id);
	s->login->bind_resource = wanted_resource(s, bind);
	s->login->wait.fn = on_account;
	xmpp_stream_hold(s);
	xmpp_account_want(s->x, s->login->account, &s->login->wait);
}
