/* SPDX-License-Identifier: MIT */
/* sasl.c - how an exchange looks on the stream (RFC 6120 6) */
#include "gateway/base/codec.h"
#include "xmpp/sasl/sasl_private.h"

static void send_text(struct xmpp_stream *s, const char *name, struct str text)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, name, XMPP_NS_SASL);

	if (text.n > 0)
		stanza_add_text(a, el, str_of(codec_base64(a, text.p, text.n)));
	xmpp_stream_send(s, el);
	xmpp_arena_put(s->x, a);
}

static void challenge(struct xmpp_stream *s, struct str data)
{
	send_text(s, "challenge", data);
}

static void failure(struct xmpp_stream *s, const char *condition)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, "failure", XMPP_NS_SASL);

	stanza_add_new(a, el, condition, XMPP_NS_SASL);
	xmpp_stream_send(s, el);
	xmpp_arena_put(s->x, a);
	xmpp_sasl_failed_once(s);
}

static void success(struct xmpp_stream *s, struct str data)
{
	struct xmpp_sasl *sasl = s->sasl;

	s->sasl = NULL;
	send_text(s, "success", data);
	xmpp_stream_logged_in(s, sasl->user);
	xmpp_sasl_free(&sasl);
	xmpp_stream_answered(s);
}

static const struct xmpp_sasl_profile profile = {
	.challenge = challenge,
	.failure = failure,
	.success = success,
};

/* "=" is an empty response, nothing at all is none (RFC 6120 6.4.2). */
static void take_text(struct xmpp_stream *s, struct str text, bool initial)
{
	struct str msg;

	if (text.n == 0 && initial) {
		challenge(s, STR_NONE);
		return;
	}
	if (str_is(text, "="))
		text = STR_NONE;
	if (xmpp_sasl_decode(s, text, &msg) == GW_OK)
		xmpp_sasl_message(s, msg);
}

static void begin(struct xmpp_stream *s, const struct stanza *el)
{
	const struct xmpp_sasl_mechanism *m;

	xmpp_sasl_free(&s->sasl);
	if (!s->secured && s->l->tls_required) {
		failure(s, "encryption-required");
		return;
	}
	m = xmpp_sasl_mechanism(s, stanza_attr(el, "mechanism"));
	if (m == NULL) {
		failure(s, "invalid-mechanism");
		return;
	}
	xmpp_sasl_begin(s, &profile, m);
	take_text(s, stanza_text(s->sasl->a, el), true);
}

const char *xmpp_sasl_element(struct xmpp_stream *s, const struct stanza *el)
{
	/* XEP-0388 2.4: nothing else while that one is under way. */
	if (s->sasl != NULL && s->sasl->two != NULL)
		return "policy-violation";
	if (stanza_is(el, "auth", XMPP_NS_SASL)) {
		begin(s, el);
		return NULL;
	}
	if (stanza_is(el, "abort", XMPP_NS_SASL)) {
		xmpp_sasl_free(&s->sasl);
		failure(s, "aborted");
		return NULL;
	}
	if (!stanza_is(el, "response", XMPP_NS_SASL))
		return "unsupported-stanza-type";
	if (s->sasl == NULL)
		failure(s, "malformed-request");
	else
		take_text(s, stanza_text(s->sasl->a, el), false);
	return NULL;
}
