/* SPDX-License-Identifier: MIT */
/* xep0388_sasl2.c - XEP-0388: log-in, resumption and bind in one exchange
 *
 * <success/> leaves when all that it says is so: tokens are on disk, the
 * session is there.  Until then nothing else is read from the stream.
 */
#include "xmpp/xep/sasl2.h"

#include "gateway/base/codec.h"
#include "xmpp/xep/fast.h"
#include "xmpp/xep/sm.h"

#define AGENT_MAX 128

void xmpp_sasl2_offer(struct xmpp_stream *s, struct arena *a,
		      struct stanza *features)
{
	struct stanza *auth, *list;

	/* 3: only under TLS. */
	if (!xmpp_sasl_private(s) || !xmpp_sasl_offers(s))
		return;
	auth = stanza_add_new(a, features, "authentication", XMPP_NS_SASL2);
	xmpp_sasl_offer(s, a, auth, XMPP_NS_SASL2);
	list = stanza_add_new(a, auth, "inline", XMPP_NS_SASL2);
	stanza_add_new(a, list, "sm", NS_SM);
	xmpp_bind2_offer(a, list);
	xmpp_fast_offer(s, a, list);
	xmpp_upgrade_offer(s, a, auth);
}

static void challenge(struct xmpp_stream *s, struct str data)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, "challenge", XMPP_NS_SASL2);

	if (data.n > 0)
		stanza_add_text(a, el, str_of(codec_base64(a, data.p, data.n)));
	xmpp_stream_send(s, el);
	xmpp_arena_put(s->x, a);
}

static void failure(struct xmpp_stream *s, const char *condition)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, "failure", XMPP_NS_SASL2);

	stanza_add_new(a, el, condition, XMPP_NS_SASL);
	xmpp_stream_send(s, el);
	xmpp_arena_put(s->x, a);
	xmpp_sasl_failed_once(s);
}

void xmpp_sasl2_add_data(struct xmpp_stream *s, struct arena *a,
			 struct stanza *el)
{
	struct xmpp_sasl2 *two = s->sasl->two;

	if (two->data.n > 0)
		stanza_add_leaf(
			a, el, "additional-data", XMPP_NS_SASL2,
			str_of(codec_base64(a, two->data.p, two->data.n)));
	two->data = STR_NONE;
}

static struct xmpp_session *open_session(struct xmpp_stream *s,
					 struct xmpp_account *acc,
					 struct arena *a,
					 struct stanza *success)
{
	struct xmpp_sasl2 *two = s->sasl->two;
	struct xmpp_session *session = NULL;
	struct stanza *answer;

	/* XEP-0386 4.2: resumption first, and then no bind. */
	if (two->resume != NULL) {
		session = xmpp_sm_resume(s, a, two->resume, &answer);
		stanza_add(success, answer);
	}
	if (session == NULL && two->bind != NULL)
		return xmpp_bind2(s, acc, a, success);
	return session;
}

static void say_success(struct xmpp_stream *s, struct xmpp_account *acc)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, "success", XMPP_NS_SASL2);
	struct xmpp_session *session;

	xmpp_sasl2_add_data(s, a, el);
	xmpp_stream_goes_on(s, s->sasl->user);
	session = open_session(s, acc, a, el);
	stanza_add_leaf(a, el, "authorization-identifier", XMPP_NS_SASL2,
			session != NULL ? session->jid.full
					: s->login->account.bare);
	xmpp_fast_add(s, a, el);
	xmpp_stream_send(s, el);
	xmpp_stream_features(s, a);
	if (session != NULL && session->sm != NULL)
		xmpp_sm_send_again(session);
	xmpp_sasl_free(&s->sasl);
	xmpp_arena_put(s->x, a);
}

static bool seeks_session(struct xmpp_stream *s)
{
	const struct stanza *el = s->sasl->two->resume;

	return el != NULL &&
	       xmpp_sm_seek(s, s->sasl->user, el, xmpp_sasl2_kept);
}

static void on_account(struct xmpp_wait *w, struct xmpp_account *acc,
		       enum gw_err e)
{
	struct xmpp_stream *s = LIST_OF(w, struct xmpp_login, wait)->s;

	if (e == GW_NOT_FOUND) {
		xmpp_sasl_fail(s, "account-disabled");
		return;
	}
	if (e != GW_OK) {
		xmpp_sasl_fail(s, "temporary-auth-failure");
		return;
	}
	if (seeks_session(s))
		return;
	say_success(s, acc);
	xmpp_stream_answered(s);
}

void xmpp_sasl2_kept(struct xmpp_stream *s)
{
	s->login->wait.fn = on_account;
	xmpp_stream_hold(s);
	xmpp_account_want(s->x, s->sasl->user, &s->login->wait);
}

void xmpp_sasl2_settle(struct xmpp_stream *s)
{
	xmpp_stream_hold(s);
	xmpp_fast_keep(s);
}

static void success(struct xmpp_stream *s, struct str data)
{
	struct xmpp_sasl *sasl = s->sasl;

	sasl->two->data = arena_str(sasl->a, data);
	if (!xmpp_upgrade_begin(s))
		xmpp_sasl2_settle(s);
}

static const struct xmpp_sasl_profile profile = {
	.challenge = challenge,
	.failure = failure,
	.success = success,
};

static const struct stanza *keep(struct arena *a, const struct stanza *el,
				 const char *name, const char *ns)
{
	const struct stanza *child = stanza_child(el, name, ns);

	return child != NULL ? stanza_copy(a, child) : NULL;
}

static void take_wishes(struct xmpp_sasl *sasl, const struct stanza *el)
{
	struct xmpp_sasl2 *two = arena_alloc(sasl->a, sizeof(*two));
	struct str agent = stanza_attr(
		stanza_child(el, "user-agent", XMPP_NS_SASL2), "id");
	const struct stanza *token =
		stanza_child(el, "request-token", XMPP_NS_FAST);

	sasl->two = two;
	two->upgrading = -1;
	two->bind = keep(sasl->a, el, "bind", XMPP_NS_BIND2);
	two->resume = keep(sasl->a, el, "resume", NS_SM);
	two->fast = keep(sasl->a, el, "fast", XMPP_NS_FAST);
	if (agent.n > 0 && agent.n <= AGENT_MAX)
		two->agent = arena_str(sasl->a, agent);
	if (token != NULL)
		two->token =
			arena_str(sasl->a, stanza_attr(token, "mechanism"));
	xmpp_upgrade_take(sasl, el);
}

static void take_text(struct xmpp_stream *s, struct str text)
{
	struct str msg;

	if (xmpp_sasl_decode(s, text, &msg) == GW_OK)
		xmpp_sasl_message(s, msg);
}

static void begin(struct xmpp_stream *s, const struct stanza *el)
{
	const struct stanza *initial =
		stanza_child(el, "initial-response", XMPP_NS_SASL2);
	struct str name = stanza_attr(el, "mechanism");
	const struct xmpp_sasl_mechanism *m;

	if (!xmpp_sasl_private(s)) {
		failure(s, "encryption-required");
		return;
	}
	m = stanza_child(el, "fast", XMPP_NS_FAST) != NULL
		    ? xmpp_sasl_token_mechanism(s, name)
		    : xmpp_sasl_mechanism(s, name);
	if (m == NULL) {
		failure(s, "invalid-mechanism");
		return;
	}
	take_wishes(xmpp_sasl_begin(s, &profile, m), el);
	if (initial == NULL)
		challenge(s, STR_NONE);
	else
		take_text(s, stanza_text(s->sasl->a, initial));
}

static bool is_task(const struct stanza *el)
{
	return stanza_is(el, "next", XMPP_NS_SASL2) ||
	       stanza_is(el, "task-data", XMPP_NS_SASL2);
}

bool xmpp_sasl2_running(const struct xmpp_stream *s)
{
	return s->sasl != NULL && s->sasl->two != NULL;
}

const char *xmpp_sasl2_element(struct xmpp_stream *s, const struct stanza *el)
{
	if (stanza_is(el, "authenticate", XMPP_NS_SASL2)) {
		/* 4.10: one at a time. */
		if (s->sasl != NULL)
			return "policy-violation";
		begin(s, el);
		return NULL;
	}
	if (!xmpp_sasl2_running(s))
		return "not-authorized";
	if (stanza_is(el, "abort", XMPP_NS_SASL2))
		xmpp_sasl_fail(s, "aborted");
	else if (is_task(el))
		xmpp_upgrade_element(s, el);
	else if (!stanza_is(el, "response", XMPP_NS_SASL2))
		return "unsupported-stanza-type";
	else if (s->sasl->step == SASL_PASSED)
		xmpp_sasl_fail(s, "malformed-request");
	else
		take_text(s, stanza_text(s->sasl->a, el));
	return NULL;
}
