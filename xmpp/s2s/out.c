/* SPDX-License-Identifier: MIT */
/* out.c - a stream we dialled: TLS, then EXTERNAL, else dialback
 *
 * In lock-step: each step waits for its one answer.  Keys that other servers
 * showed us are verified first, for they may hold up the very server we want
 * to prove ourselves to.
 */
#include "gateway/base/codec.h"
#include "xmpp/s2s/dialback.h"
#include "xmpp/s2s/sm.h"
#include "xmpp/xep/sm.h"

static struct xmpp_s2s_link *link_of(const struct xmpp_s2s_stream *s)
{
	return xmpp_s2s_link_get(s->s2s, s->target);
}

const char *xmpp_s2s_out_header(struct xmpp_s2s_stream *s, struct arena *a,
				const struct xmpp_xml_header *h)
{
	struct xmpp_s2s_link *l = link_of(s);

	(void)a;
	if (l == NULL)
		return "undefined-condition";
	if (h->id.n == 0) {
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
				   "stream: the other server gave no id");
		return NULL;
	}
	if (h->version.n == 0) {
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
				   "stream: the other server is older than "
				   "XMPP 1.0");
		return NULL;
	}
	s->id = arena_str(s->a, h->id);
	s->step = S2S_FEATURES;
	return NULL;
}

static bool offers_external(struct arena *a, const struct stanza *features)
{
	const struct stanza *mechanisms =
		stanza_child(features, "mechanisms", NS_SASL);
	const struct stanza *m;

	if (mechanisms == NULL)
		return false;
	for (m = stanza_child(mechanisms, "mechanism", NS_SASL); m != NULL;
	     m = stanza_next(m, "mechanism", NS_SASL))
		if (str_is(stanza_text(a, m), "EXTERNAL"))
			return true;
	return false;
}

static unsigned offers_of(struct arena *a, const struct stanza *f)
{
	unsigned offers = 0;

	if (stanza_child(f, "starttls", NS_TLS) != NULL)
		offers |= OFFER_TLS;
	if (offers_external(a, f))
		offers |= OFFER_EXTERNAL;
	if (stanza_child(f, "dialback", NS_DIALBACK_FEAT) != NULL)
		offers |= OFFER_DIALBACK;
	if (stanza_child(f, "bidi", NS_BIDI_FEAT) != NULL)
		offers |= OFFER_BIDI;
	if (stanza_child(f, "sm", NS_SM) != NULL)
		offers |= OFFER_SM;
	return offers;
}

void xmpp_s2s_out_ready(struct xmpp_s2s_stream *s)
{
	struct xmpp_s2s_link *l = link_of(s);

	s->step = S2S_READY;
	xmpp_s2s_link_ready(l, l->proof);
	(void)xmpp_s2s_dialback_ask(l, s);
}

static void proved(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l,
		   const char *proof)
{
	xmpp_s2s_proved(s);
	conn_timer(s->c, -1);
	l->proof = proof;
	/* XEP-0288 2.2: the reverse of what was proved, under what was found
	 * out about the certificate when it was. */
	if (s->bidi)
		(void)xmpp_s2s_pair_add(s, l->from, l->to, "bidi");
	if (xmpp_s2s_sm_begin(s, l))
		return;
	xmpp_s2s_link_unsure(l);
	xmpp_s2s_out_ready(s);
}

static void ask_bidi(struct xmpp_s2s_stream *s, const struct xmpp_s2s_link *l)
{
	struct arena *a;
	struct stanza *el;

	if ((s->offers & OFFER_BIDI) == 0 || s->bidi ||
	    !xmpp_s2s_config(s->s2s)->bidi)
		return;
	/* What it sends is believed: dialback proves us to it, not it to us,
	 * but it was reached by DNS or shows a good certificate. */
	if (l->policy.certificate && xmpp_s2s_distrust(s, l->to.full) != NULL)
		return;
	a = xmpp_arena_get(s->x);
	el = stanza_new(a, "bidi", NS_BIDI);
	xmpp_s2s_limits_add(s, a, el, true);
	xmpp_s2s_send(s, el);
	xmpp_arena_put(s->x, a);
	s->bidi = true;
}

static void say_external(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *auth = stanza_new(a, "auth", NS_SASL);

	stanza_set_attr(a, auth, "mechanism", STR("EXTERNAL"));
	/* XEP-0178 3: the identity is named, for the sake of old servers. */
	stanza_add_text(
		a, auth,
		str_of(codec_base64(a, l->from.full.p, l->from.full.n)));
	xmpp_s2s_send(s, auth);
	xmpp_arena_put(s->x, a);
	xmpp_s2s_link_step(l, TRAIL_EXTERNAL, "");
	s->step = S2S_SASL;
}

static void say_key(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l)
{
	xmpp_s2s_link_step(l, TRAIL_DIALBACK, "");
	xmpp_s2s_dialback_prove(s, l);
	s->step = S2S_RESULT;
	(void)xmpp_s2s_dialback_ask(l, s);
}

void xmpp_s2s_out_prove(struct xmpp_s2s_stream *s)
{
	struct xmpp_s2s_link *l = link_of(s);

	ask_bidi(s, l);
	if (s->secured && (s->offers & OFFER_EXTERNAL) != 0)
		say_external(s, l);
	else
		say_key(s, l);
}

static void begin_tls(struct xmpp_s2s_stream *s, struct xmpp_s2s_link *l)
{
	xmpp_s2s_link_step(l, TRAIL_TLS, "starttls");
	conn_write_str(s->c, STR("<starttls xmlns='" NS_TLS "'/>"));
	s->step = S2S_PROCEED;
}

static void on_features(struct xmpp_s2s_stream *s, const struct stanza *el)
{
	struct xmpp_s2s_link *l = link_of(s);
	struct arena *a = xmpp_arena_get(s->x);
	bool dane = xmpp_s2s_link_dane(l) != NULL;
	const char *why;

	s->offers = offers_of(a, el);
	xmpp_s2s_limits_take(s, a, el);
	xmpp_arena_put(s->x, a);
	xmpp_s2s_link_done(l, true, "it offers%s%s%s%s%s%s",
			   s->offers & OFFER_TLS ? " starttls" : "",
			   s->offers & OFFER_EXTERNAL ? " external" : "",
			   s->offers & OFFER_DIALBACK ? " dialback" : "",
			   s->offers & OFFER_BIDI ? " bidi" : "",
			   s->offers & OFFER_SM ? " sm" : "",
			   s->offers == 0 ? " nothing" : "");
	if (s->again) {
		proved(s, l, "external");
		return;
	}
	if (!s->secured && (s->offers & OFFER_TLS) != 0 &&
	    s->s2s->tls != NULL) {
		begin_tls(s, l);
		return;
	}
	if (!s->secured && (l->policy.tls_required || dane)) {
		xmpp_s2s_link_step(l, TRAIL_TLS, "");
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
				   "TLS: the other server offers none");
		return;
	}
	why = xmpp_s2s_distrust(s, l->to.full);
	xmpp_s2s_link_step(l, TRAIL_CERTIFICATE, "");
	if ((l->policy.certificate || dane) && why != NULL) {
		xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
				   "certificate: %s", why);
		return;
	}
	xmpp_s2s_link_done(l, true, "%s%s", why != NULL ? why : "good",
			   why != NULL ? " (not demanded)"
			   : dane      ? ", by TLSA"
				       : "");
	s->step = S2S_KEYS;
	if (xmpp_s2s_dialback_ask(l, s) == 0)
		xmpp_s2s_out_prove(s);
}

static void on_sasl(struct xmpp_s2s_stream *s, const struct stanza *el)
{
	struct xmpp_s2s_link *l = link_of(s);
	const struct stanza *why;

	if (stanza_is(el, "success", NS_SASL)) {
		xmpp_s2s_link_done(l, true, "it takes our certificate");
		xmpp_s2s_link_step(l, TRAIL_STREAM, "");
		xmpp_s2s_restart(s);
		xmpp_s2s_open(s);
		return;
	}
	why = stanza_first_element(el);
	if (stanza_is(el, "failure", NS_SASL) &&
	    (s->offers & OFFER_DIALBACK) != 0) {
		xmpp_s2s_link_done(l, false,
				   "it refuses our certificate: " STR_FMT,
				   STR_ARG(why != NULL ? why->name : el->name));
		say_key(s, l);
		return;
	}
	xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
			   "EXTERNAL: the other server refuses our "
			   "certificate: " STR_FMT,
			   STR_ARG(why != NULL ? why->name : el->name));
}

static void on_result(struct xmpp_s2s_stream *s, const struct stanza *el)
{
	struct xmpp_s2s_link *l = link_of(s);
	struct str type = stanza_attr(el, "type");
	const struct stanza *error, *why;

	if (s->step != S2S_RESULT ||
	    !str_eq(stanza_attr(el, "from"), l->to.full) ||
	    !str_eq(stanza_attr(el, "to"), l->from.full))
		return;
	if (str_is(type, "valid")) {
		xmpp_s2s_link_done(l, true, "it takes our key");
		proved(s, l, "dialback");
		return;
	}
	error = stanza_child(el, "error", NULL);
	why = stanza_first_element(error);
	xmpp_s2s_link_fail(
		l, XMPP_REMOTE_SERVER_TIMEOUT,
		"dialback: the other server says " STR_FMT " " STR_FMT,
		STR_ARG(type), STR_ARG(why != NULL ? why->name : STR("")));
}

static const char *while_ready(struct xmpp_s2s_stream *s,
			       const struct stanza *el)
{
	if ((s->step == S2S_COUNT || s->step == S2S_READY) && s->bidi &&
	    str_is(el->ns, NS_CLIENT))
		return xmpp_s2s_admit(s, el);
	return "unsupported-stanza-type";
}

const char *xmpp_s2s_out_element(struct xmpp_s2s_stream *s,
				 const struct stanza *el)
{
	struct xmpp_s2s_link *l = link_of(s);

	if (l == NULL)
		return "undefined-condition";
	if (stanza_is(el, "verify", NS_DIALBACK) && s->step >= S2S_KEYS) {
		xmpp_s2s_dialback_answer(l, el);
	} else if (stanza_is(el, "result", NS_DIALBACK)) {
		on_result(s, el);
	} else if (stanza_is(el, "features", NS_STREAMS)) {
		if (s->step == S2S_FEATURES)
			on_features(s, el);
	} else if (s->step == S2S_PROCEED && str_is(el->ns, NS_TLS)) {
		if (stanza_is(el, "proceed", NS_TLS))
			s->tls_next = true;
		else
			xmpp_s2s_link_fail(l, XMPP_REMOTE_SERVER_TIMEOUT,
					   "TLS: the other server refuses");
	} else if (s->step >= S2S_COUNT && str_is(el->ns, NS_SM)) {
		xmpp_s2s_sm_answer(s, l, el);
	} else if (s->step == S2S_SASL && str_is(el->ns, NS_SASL)) {
		on_sasl(s, el);
	} else {
		return while_ready(s, el);
	}
	return NULL;
}
