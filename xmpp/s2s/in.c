/* SPDX-License-Identifier: MIT */
/* in.c - a stream another server made: who it is, before what it says
 *
 * Its certificate proves the domain of its header (EXTERNAL), its keys those
 * it shows (dialback).  Host and name chosen there cannot change any more
 * (B11); an identity other than the header's is nobody's (B09).
 */
#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "xmpp/s2s/dialback.h"
#include "xmpp/s2s/link.h"
#include "xmpp/s2s/sm.h"
#include "xmpp/stream/header.h"
#include "xmpp/xep/sm.h"

static bool may_go_on(const struct xmpp_s2s_stream *s)
{
	struct xmpp_s2s_policy p =
		xmpp_s2s_policy(xmpp_s2s_config(s->s2s), s->remote.full);

	return s->secured || !p.tls_required;
}

static void add_tls(struct xmpp_s2s_stream *s, struct arena *a,
		    struct stanza *f)
{
	struct stanza *tls;

	if (s->secured || s->s2s->tls == NULL)
		return;
	tls = stanza_add_new(a, f, "starttls", NS_TLS);
	if (!may_go_on(s))
		stanza_add_new(a, tls, "required", NS_TLS);
}

static bool may_external(const struct xmpp_s2s_stream *s)
{
	return s->secured && !s->again && s->remote.full.p != NULL &&
	       xmpp_s2s_distrust(s, s->remote.full) == NULL;
}

static void add_proofs(struct xmpp_s2s_stream *s, struct arena *a,
		       struct stanza *f)
{
	bool bidi = xmpp_s2s_config(s->s2s)->bidi;
	struct stanza *el;

	if (!may_go_on(s))
		return;
	if (may_external(s)) {
		el = stanza_add_new(a, f, "mechanisms", NS_SASL);
		stanza_add_leaf(a, el, "mechanism", NS_SASL, STR("EXTERNAL"));
	}
	el = stanza_add_new(a, f, "dialback", NS_DIALBACK_FEAT);
	stanza_add_new(a, el, "errors", NS_DIALBACK_FEAT);
	if (bidi)
		stanza_add_new(a, f, "bidi", NS_BIDI_FEAT);
	/* Not where both ways may be agreed on: Prosody 0.12 enables what it
	 * is offered, and ends a stream where that is refused.  Who enables it
	 * all the same may (sm_in.c). */
	if (!s->bidi && (s->again || !bidi))
		stanza_add_new(a, f, "sm", NS_SM);
}

static void features(struct xmpp_s2s_stream *s, struct arena *a)
{
	struct stanza *f = stanza_new(a, "features", NS_STREAMS);

	add_tls(s, a, f);
	add_proofs(s, a, f);
	/* By dialback a stream is proved without new features. */
	xmpp_s2s_limits_add(s, a, f, s->again || may_go_on(s));
	xmpp_s2s_send(s, f);
}

/* Who it says it is; a restart may not change it. */
static const char *judge_from(struct xmpp_s2s_stream *s, struct arena *a,
			      struct str from)
{
	struct jid j;

	if (from.n == 0)
		return NULL;
	if (xmpp_jid_make(a, STR_NONE, from, STR_NONE, &j) != GW_OK ||
	    xmpp_s2s_is_ours(s->s2s, j.full))
		return "invalid-from";
	if (s->again && !str_eq(j.full, s->remote.full))
		return "policy-violation";
	s->remote = xmpp_jid_copy(s->a, j);
	if (!xmpp_s2s_policy(xmpp_s2s_config(s->s2s), j.full).allow)
		return "policy-violation";
	return NULL;
}

static const char *judge(struct xmpp_s2s_stream *s, struct arena *a,
			 const struct xmpp_xml_header *h)
{
	struct jid host;

	if (h->to.n == 0)
		return "improper-addressing";
	if (xmpp_jid_make(a, STR_NONE, h->to, STR_NONE, &host) != GW_OK ||
	    !xmpp_s2s_is_ours(s->s2s, host.full))
		return "host-unknown";
	if (s->again && !str_eq(host.full, s->local.full))
		return "policy-violation";
	s->local = xmpp_jid_copy(s->a, host);
	if (!xmpp_stream_version_fits(h->version))
		return "unsupported-version";
	return judge_from(s, a, h->from);
}

/* After SASL its stanzas may be long, and ours may go the same way. */
static void restarted(struct xmpp_s2s_stream *s)
{
	xmpp_s2s_proved(s);
	if (s->bidi)
		xmpp_s2s_link_adopt(s, s->local, s->remote);
}

const char *xmpp_s2s_in_header(struct xmpp_s2s_stream *s, struct arena *a,
			       const struct xmpp_xml_header *h)
{
	const char *error = judge(s, a, h);

	if (error != NULL)
		return error;
	s->step = S2S_OPEN;
	xmpp_s2s_open(s);
	features(s, a);
	if (s->again)
		restarted(s);
	return NULL;
}

static void sasl_failure(struct xmpp_s2s_stream *s, const char *condition)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, "failure", NS_SASL);

	log_info("s2s.external", "from", s->remote.full.p, "peer",
		 conn_peer(s->c), "refused", condition, NULL);
	xmpp_s2s_note_refusal(s, condition);
	stanza_add_new(a, el, condition, NS_SASL);
	xmpp_s2s_send(s, el);
	xmpp_arena_put(s->x, a);
}

/* XEP-0178 3: none, or the domain of the header and nobody else's. */
static bool identity_fits(const struct xmpp_s2s_stream *s, struct arena *a,
			  struct str text)
{
	struct str id;
	struct jid j;

	if (text.n == 0 || str_is(text, "="))
		return true;
	if (codec_unbase64(a, text, &id) != GW_OK)
		return false;
	return id.n == 0 ||
	       (xmpp_jid_make(a, STR_NONE, id, STR_NONE, &j) == GW_OK &&
		str_eq(j.full, s->remote.full));
}

static void on_auth(struct xmpp_s2s_stream *s, const struct stanza *el)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct str text = str_trim(stanza_text(a, el));
	bool fits = identity_fits(s, a, text);
	struct xmpp_s2s_pair *p;

	xmpp_arena_put(s->x, a);
	/* B10: only what was offered. */
	if (!str_is(stanza_attr(el, "mechanism"), "EXTERNAL") ||
	    !may_external(s)) {
		sasl_failure(s, "invalid-mechanism");
		return;
	}
	if (!fits) {
		sasl_failure(s, "invalid-authzid");
		return;
	}
	p = xmpp_s2s_pair_find(s, s->local.full, s->remote.full);
	if (p != NULL) /* its key is being verified: not needed any more */
		p->proof = "external";
	else
		(void)xmpp_s2s_pair_add(s, s->local, s->remote, "external");
	conn_write_str(s->c, STR("<success xmlns='" NS_SASL "'/>"));
	log_info("s2s.external", "from", s->remote.full.p, "to",
		 s->local.full.p, "peer", conn_peer(s->c), NULL);
	xmpp_s2s_restart(s);
}

static const char *dialback(struct xmpp_s2s_stream *s, const struct stanza *el)
{
	/* B13: an answer nobody asked for says nothing. */
	if (stanza_attr(el, "type").p != NULL)
		return NULL;
	if (stanza_is(el, "result", NS_DIALBACK))
		return xmpp_s2s_dialback_result(s, el);
	if (stanza_is(el, "verify", NS_DIALBACK))
		return xmpp_s2s_dialback_verify(s, el);
	return "unsupported-stanza-type";
}

static void take_bidi(struct xmpp_s2s_stream *s, const struct stanza *el)
{
	struct arena *a = xmpp_arena_get(s->x);

	s->bidi = xmpp_s2s_config(s->s2s)->bidi;
	xmpp_s2s_limits_take(s, a, el);
	xmpp_arena_put(s->x, a);
}

const char *xmpp_s2s_in_element(struct xmpp_s2s_stream *s,
				const struct stanza *el)
{
	if (stanza_is(el, "starttls", NS_TLS)) {
		if (s->secured || s->s2s->tls == NULL)
			return "policy-violation";
		s->tls_next = true;
		return NULL;
	}
	if (!may_go_on(s))
		return "not-authorized";
	if (str_is(el->ns, NS_DIALBACK))
		return dialback(s, el);
	if (stanza_is(el, "auth", NS_SASL)) {
		on_auth(s, el);
		return NULL;
	}
	if (stanza_is(el, "bidi", NS_BIDI)) {
		take_bidi(s, el);
		return NULL;
	}
	if (str_is(el->ns, NS_SM))
		return xmpp_s2s_sm_element(s, el);
	return xmpp_s2s_admit(s, el);
}
