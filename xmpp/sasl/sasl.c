/* SPDX-License-Identifier: MIT */
/* sasl.c - one exchange: elements in, challenges and the verdict out
 *
 * Unknown names run through the same steps as known ones, with a salt that is
 * theirs for ever, and fail at the proof (B15).
 */
#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "xmpp/sasl/sasl_private.h"

#define TRIES_MAX 5 /* per stream: RFC 6120 6.4.5 */
#define SALT_LEN  16

void xmpp_sasl_free(struct xmpp_sasl **sasl)
{
	struct arena *a;

	if (*sasl == NULL)
		return;
	a = (*sasl)->a;
	*sasl = NULL;
	arena_free(&a);
}

static void send_text(struct xmpp_stream *s, const char *name, struct str text)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, name, XMPP_NS_SASL);

	if (text.n > 0)
		stanza_add_text(a, el, str_of(codec_base64(a, text.p, text.n)));
	xmpp_stream_send(s, el);
	xmpp_arena_put(s->x, a);
}

static void send_failure(struct xmpp_stream *s, const char *condition)
{
	struct arena *a = xmpp_arena_get(s->x);
	struct stanza *el = stanza_new(a, "failure", XMPP_NS_SASL);

	stanza_add_new(a, el, condition, XMPP_NS_SASL);
	xmpp_stream_send(s, el);
	xmpp_arena_put(s->x, a);
	if (++s->tries >= TRIES_MAX)
		xmpp_stream_error(s, "policy-violation",
				  "too many failed log-ins");
}

static void fail(struct xmpp_stream *s, const char *condition)
{
	xmpp_sasl_free(&s->sasl);
	send_failure(s, condition);
	xmpp_stream_answered(s);
}

static void on_slow(struct loop_timer *t)
{
	struct xmpp_stream *s = LIST_OF(t, struct xmpp_stream, slow);

	fail(s, "not-authorized");
}

static void deny(struct xmpp_stream *s)
{
	int64_t delay = xmpp_sasl_failed(s, s->sasl->user.bare);

	log_info("xmpp.login.refused", "user", LOG_STR(s->sasl->user.bare),
		 "peer", conn_peer(s->c), "mechanism", s->sasl->m->name, NULL);
	if (delay == 0) {
		fail(s, "not-authorized");
		return;
	}
	xmpp_stream_hold(s);
	s->slow.fn = on_slow;
	loop_timer_start(s->x->loop, &s->slow, delay);
}

static void pass(struct xmpp_stream *s, struct str data)
{
	struct xmpp_sasl *sasl = s->sasl;

	s->sasl = NULL;
	log_info("xmpp.login", "user", LOG_STR(sasl->user.bare), "peer",
		 conn_peer(s->c), "mechanism", sasl->m->name, "tls",
		 s->secured ? conn_tls(s->c)->version : "none", NULL);
	xmpp_sasl_passed(s, sasl->user.bare);
	send_text(s, "success", data);
	xmpp_stream_logged_in(s, sasl->user);
	xmpp_sasl_free(&sasl);
	xmpp_stream_answered(s);
}

/* The exchange that asked, if it still waits; takes q. */
static struct xmpp_stream *answered(struct xmpp_asking *q)
{
	struct xmpp *x;
	struct xmpp_stream *s;
	struct conn *c;
	uint64_t id;

	if (!xmpp_asking_end(q, &x, &id))
		return NULL;
	c = conn_find(x->net, id);
	s = c != NULL ? conn_state(c) : NULL;
	if (s == NULL || s->step == STREAM_CLOSED || s->sasl == NULL ||
	    s->sasl->step != SASL_DIRECTORY)
		return NULL;
	return s;
}

static struct xmpp_asking *ask(struct xmpp_stream *s)
{
	s->sasl->step = SASL_DIRECTORY;
	xmpp_stream_hold(s);
	return xmpp_asking_new(s->x, conn_id(s->c));
}

static void challenge(struct xmpp_stream *s, struct str salt, unsigned rounds)
{
	struct xmpp_sasl *sasl = s->sasl;
	char id[17];

	loop_id(s->x->loop, id);
	sasl->step = SASL_FINAL;
	send_text(s, "challenge",
		  xmpp_scram_challenge(&sasl->scram, sasl->a, str_of(id), salt,
				       rounds));
	xmpp_stream_answered(s);
}

static void fake_challenge(struct xmpp_stream *s)
{
	struct xmpp_sasl *sasl = s->sasl;
	uint8_t salt[CRYPTO_HASH_MAX];
	struct str secret = str_make((const char *)s->x->salt_secret,
				     sizeof(s->x->salt_secret));
	char *name = arena_printf(sasl->a, "%d " STR_FMT "@" STR_FMT,
				  (int)sasl->m->hash, STR_ARG(sasl->scram.user),
				  STR_ARG(s->host.full));

	crypto_hmac(CRYPTO_SHA256, secret, str_of(name), salt);
	challenge(s, str_make((const char *)salt, SALT_LEN),
		  (unsigned)s->x->conf->scram_rounds);
}

static void on_verifier(void *arg, enum gw_err e,
			const struct people_verifier *v)
{
	struct xmpp_stream *s = answered(arg);
	struct xmpp_sasl *sasl;
	size_t n;

	if (s == NULL)
		return;
	if (e == GW_NOT_FOUND || e == GW_DENIED) {
		fake_challenge(s);
		return;
	}
	if (e != GW_OK) {
		fail(s, "temporary-auth-failure");
		return;
	}
	sasl = s->sasl;
	n = crypto_hash_len(sasl->m->hash);
	sasl->keys.stored_key =
		arena_str(sasl->a, str_make((const char *)v->stored_key, n));
	sasl->keys.server_key =
		arena_str(sasl->a, str_make((const char *)v->server_key, n));
	challenge(s, v->salt, v->rounds);
}

static void on_checked(void *arg, enum gw_err e)
{
	struct xmpp_stream *s = answered(arg);

	if (s == NULL)
		return;
	if (e == GW_OK)
		pass(s, STR_NONE);
	else if (e == GW_DENIED || e == GW_NOT_FOUND)
		deny(s);
	else
		fail(s, "temporary-auth-failure");
}

/* The name as an address of this host.  Ours is nobody's. */
static void take_user(struct xmpp_stream *s, struct str name)
{
	struct xmpp_sasl *sasl = s->sasl;
	enum gw_err e = xmpp_jid_make(sasl->a, name, s->host.full, STR_NONE,
				      &sasl->user);

	sasl->known =
		e == GW_OK && !str_eq(sasl->user.bare, s->x->desk_jid.bare);
	if (e != GW_OK)
		sasl->user = s->host;
}

/* B09: whom the client wants to be must be who it logs in as. */
static bool authzid_fits(struct xmpp_sasl *sasl, struct str authzid)
{
	struct jid j;

	if (authzid.n == 0)
		return true;
	return xmpp_jid_parse(sasl->a, authzid, &j) == GW_OK &&
	       j.resource.p == NULL && str_eq(j.bare, sasl->user.bare);
}

static const char *binding_fits(struct xmpp_stream *s)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct str data;

	if (sasl->m->plus != (sasl->scram.flag == SCRAM_BINDING))
		return "malformed-request";
	/* RFC 5802 6: we do have bindings, so somebody took them away. */
	if (sasl->scram.flag == SCRAM_UNUSED_BINDING &&
	    xmpp_sasl_plus_offered(s))
		return "not-authorized";
	if (sasl->m->plus &&
	    xmpp_sasl_binding(s, sasl->a, sasl->scram.binding, &data) != GW_OK)
		return "malformed-request";
	return NULL;
}

static void scram_first(struct xmpp_stream *s, struct str msg)
{
	struct xmpp_sasl *sasl = s->sasl;
	const char *error;

	sasl->scram.hash = sasl->m->hash;
	if (xmpp_scram_first(&sasl->scram, sasl->a, msg) != GW_OK) {
		fail(s, "malformed-request");
		return;
	}
	error = binding_fits(s);
	if (error != NULL) {
		fail(s, error);
		return;
	}
	take_user(s, sasl->scram.user);
	if (!authzid_fits(sasl, sasl->scram.authzid))
		fail(s, "invalid-authzid");
	else if (!sasl->known)
		fake_challenge(s);
	else
		s->x->people.verifier(s->x->people.self, sasl->user.bare,
				      sasl->m->hash, on_verifier, ask(s));
}

static void scram_final(struct xmpp_stream *s, struct str msg)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct xmpp_scram_final f = { .msg = msg, .keys = sasl->keys };
	struct str reply;
	enum gw_err e;

	if (sasl->m->plus && xmpp_sasl_binding(s, sasl->a, sasl->scram.binding,
					       &f.cb) != GW_OK) {
		fail(s, "temporary-auth-failure");
		return;
	}
	e = xmpp_scram_finish(&sasl->scram, sasl->a, &f, &reply);
	if (e == GW_OK)
		pass(s, reply);
	else if (e == GW_DENIED)
		deny(s);
	else
		fail(s, "malformed-request");
}

/* RFC 4616: [authzid] NUL authcid NUL passwd, and nothing behind it. */
static void plain(struct xmpp_stream *s, struct str msg)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct str rest = msg, authzid, name, password, more;

	if (!str_split(&rest, '\0', &authzid) ||
	    !str_split(&rest, '\0', &name) ||
	    !str_split(&rest, '\0', &password) ||
	    str_split(&rest, '\0', &more) || name.n == 0 || password.n == 0 ||
	    !str_utf8_valid(msg)) {
		fail(s, "malformed-request");
		return;
	}
	take_user(s, arena_str(sasl->a, name));
	if (!authzid_fits(sasl, authzid))
		fail(s, "invalid-authzid");
	else if (!sasl->known)
		deny(s);
	else
		s->x->people.check(s->x->people.self, sasl->user.bare, password,
				   on_checked, ask(s));
}

static void message(struct xmpp_stream *s, struct str msg)
{
	struct xmpp_sasl *sasl = s->sasl;

	switch (sasl->step) {
	case SASL_FIRST:
		if (sasl->m->scram)
			scram_first(s, msg);
		else
			plain(s, msg);
		return;
	case SASL_FINAL:
		scram_final(s, msg);
		return;
	case SASL_DIRECTORY:
		return;
	}
	__builtin_unreachable();
}

/* "=" is an empty response, nothing at all is none (RFC 6120 6.4.2). */
static void take_text(struct xmpp_stream *s, struct str text, bool initial)
{
	struct str msg = STR_NONE;

	if (text.n == 0 && initial) {
		send_text(s, "challenge", STR_NONE);
		return;
	}
	if (!str_is(text, "=") &&
	    codec_unbase64(s->sasl->a, text, &msg) != GW_OK) {
		fail(s, "incorrect-encoding");
		return;
	}
	message(s, msg);
}

static void begin(struct xmpp_stream *s, const struct stanza *el)
{
	const struct xmpp_sasl_mechanism *m;
	struct arena *a;

	xmpp_sasl_free(&s->sasl);
	if (!s->secured && s->l->tls_required) {
		send_failure(s, "encryption-required");
		return;
	}
	m = xmpp_sasl_mechanism(s, stanza_attr(el, "mechanism"));
	if (m == NULL) {
		send_failure(s, "invalid-mechanism");
		return;
	}
	a = arena_new();
	s->sasl = arena_alloc(a, sizeof(*s->sasl));
	s->sasl->a = a;
	s->sasl->m = m;
	s->sasl->step = SASL_FIRST;
	take_text(s, stanza_text(a, el), true);
}

const char *xmpp_sasl_element(struct xmpp_stream *s, const struct stanza *el)
{
	if (stanza_is(el, "auth", XMPP_NS_SASL)) {
		begin(s, el);
		return NULL;
	}
	if (stanza_is(el, "abort", XMPP_NS_SASL)) {
		fail(s, "aborted");
		return NULL;
	}
	if (!stanza_is(el, "response", XMPP_NS_SASL))
		return "unsupported-stanza-type";
	if (s->sasl == NULL)
		send_failure(s, "malformed-request");
	else
		take_text(s, stanza_text(s->sasl->a, el), false);
	return NULL;
}
