/* SPDX-License-Identifier: MIT */
/* features.c - what is offered on a stream, step by step (RFC 6120 4.3.2) */
#include <inttypes.h>

#include "xmpp/sasl/sasl.h"
#include "xmpp/server_private.h"
#include "xmpp/stream/stream.h"
#include "xmpp/xep/register.h"
#include "xmpp/xep/sasl2.h"

#define NS_TLS	   "urn:ietf:params:xml:ns:xmpp-tls"
#define NS_BIND	   "urn:ietf:params:xml:ns:xmpp-bind"
#define NS_SESSION "urn:ietf:params:xml:ns:xmpp-session"
#define NS_LIMITS  "urn:xmpp:stream-limits:0"

/* XEP-0478: silence after which a client is asked, or had time enough to log
 * in. */
static void add_limits(const struct xmpp_stream *s, struct arena *a,
		       struct stanza *f)
{
	struct stanza *limits = stanza_add_new(a, f, "limits", NS_LIMITS);
	uint32_t bytes = s->again ? s->x->limits.bytes : s->x->guest.bytes;

	int64_t idle =
		s->again ? s->x->conf->idle_ask : s->x->conf->login_within;

	stanza_add_leaf(a, limits, "max-bytes", NS_LIMITS,
			str_of(arena_printf(a, "%u", bytes)));
	stanza_add_leaf(
		a, limits, "idle-seconds", NS_LIMITS,
		str_of(arena_printf(a, "%" PRId64, idle / WHEN_SECOND)));
}

static void before_login(struct xmpp_stream *s, struct arena *a,
			 struct stanza *f)
{
	struct stanza *tls;

	if (!s->secured && s->l->tls != NULL) {
		tls = stanza_add_new(a, f, "starttls", NS_TLS);
		if (s->l->tls_required)
			stanza_add_new(a, tls, "required", NS_TLS);
	}
	xmpp_sasl_choose(s);
	if (!s->secured && s->l->tls_required)
		return;
	xmpp_sasl_offer(s, a, stanza_add_new(a, f, "mechanisms", XMPP_NS_SASL),
			XMPP_NS_SASL);
	xmpp_sasl2_offer(s, a, f);
	xmpp_sasl_offer_bindings(s, a, f);
	xmpp_register_offer(s, a, f);
}

static void after_login(struct xmpp_stream *s, struct arena *a,
			struct stanza *f)
{
	struct stanza *session;

	if (s->step != STREAM_BOUND) {
		stanza_add_new(a, f, "bind", NS_BIND);
		session = stanza_add_new(a, f, "session", NS_SESSION);
		stanza_add_new(a, session, "optional", NS_SESSION);
	}
	xmpp_modules_features(s->x, a, f);
}

void xmpp_stream_features(struct xmpp_stream *s, struct arena *a)
{
	struct stanza *f = stanza_new(a, "features", NS_STREAMS);

	if (s->again)
		after_login(s, a, f);
	else
		before_login(s, a, f);
	add_limits(s, a, f);
	xmpp_stream_send(s, f);
}
