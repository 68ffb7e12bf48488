/* SPDX-License-Identifier: MIT */
/* exchange.c - one exchange: messages in, challenges and the verdict out
 *
 * Unknown names run through the same steps as known ones, with a salt that is
 * theirs for ever, and fail at the proof (B15).
 */
#include "gateway/base/codec.h"
#include "gateway/run/log.h"
#include "xmpp/sasl/sasl_private.h"
#include "xmpp/sasl/tries.h"
#include "xmpp/xep/fast.h"

#define TRIES_MAX 5 /* per stream: RFC 6120 6.4.5 */
#define SALT_LEN  16

void xmpp_sasl_free(struct xmpp_sasl **sasl)
{
	struct arena *a;

	if (*sasl == NULL)
		return;
	a = (*sasl)->a;
	*sasl = NULL;
	arena_wipe(a); /* passwords, keys and tokens */
	arena_free(&a);
}

bool xmpp_sasl_is_of(const struct xmpp_sasl *sasl, struct str bare)
{
	return str_eq(sasl->user.bare, bare);
}

struct xmpp_sasl *xmpp_sasl_begin(struct xmpp_stream *s,
				  const struct xmpp_sasl_profile *p,
				  const struct xmpp_sasl_mechanism *m)
{
	struct arena *a = arena_new();

	xmpp_sasl_free(&s->sasl);
	s->sasl = arena_alloc(a, sizeof(*s->sasl));
	s->sasl->a = a;
	s->sasl->profile = p;
	s->sasl->m = m;
	s->sasl->step = SASL_FIRST;
	return s->sasl;
}

void xmpp_sasl_failed_once(struct xmpp_stream *s)
{
	if (++s->tries >= TRIES_MAX)
		xmpp_stream_error(s, "policy-violation",
				  "too many failed log-ins");
}

void xmpp_sasl_fail(struct xmpp_stream *s, const char *condition)
{
	const struct xmpp_sasl_profile *p = s->sasl->profile;

	xmpp_sasl_free(&s->sasl);
	p->failure(s, condition);
	xmpp_stream_answered(s);
}

void xmpp_sasl_deny(struct xmpp_stream *s)
{
	log_info("xmpp.login.refused", "user", LOG_STR(s->sasl->user.bare),
		 "peer", conn_peer(s->c), "mechanism", s->sasl->m->name, NULL);
	xmpp_sasl_fail(s, "not-authorized");
}

/* Behind a front end on this host everybody has the same address. */
struct str xmpp_sasl_host(const struct xmpp_stream *s)
{
	return conn_peer_is_loopback(s->c) ? STR_NONE : conn_peer_host(s->c);
}

static bool is_guess(const struct xmpp_sasl *sasl)
{
	return sasl->m->family == SASL_SCRAM || sasl->m->family == SASL_PLAIN;
}

void xmpp_sasl_pass(struct xmpp_stream *s, struct str data)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct str binding =
		sasl->scram.binding.n > 0 ? sasl->scram.binding : STR("none");

	sasl->step = SASL_PASSED;
	/* An earlier exchange of this stream may have come to nothing. */
	s->proved_at = is_guess(sasl) ? loop_now(s->x->loop) : 0;
	s->login->sought = s->login->gone_known = false;
	log_info("xmpp.login", "user", LOG_STR(sasl->user.bare), "peer",
		 conn_peer(s->c), "mechanism", sasl->m->name, "tls",
		 s->secured ? conn_tls(s->c)->version : "none", "binding",
		 LOG_STR(binding), NULL);
	xmpp_tries_passed(s->x->tries, loop_now(s->x->loop), sasl->user.bare,
			  xmpp_sasl_host(s), is_guess(sasl));
	sasl->profile->success(s, data);
}

struct xmpp_stream *xmpp_sasl_answered(struct xmpp_asking *q)
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

struct xmpp_asking *xmpp_sasl_ask(struct xmpp_stream *s)
{
	s->sasl->step = SASL_DIRECTORY;
	xmpp_stream_hold(s);
	return xmpp_asking_new(s->x, conn_id(s->c));
}

/* XEP-0474: what was offered, hashed into what the proof signs. */
static void challenge(struct xmpp_stream *s, struct str salt, unsigned rounds)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct xmpp_scram_challenge c = { .salt = salt, .rounds = rounds };
	char id[XMPP_TOKEN_LEN];

	xmpp_token(s->x, id);
	c.nonce = str_of(id);
	c.offer = xmpp_sasl_offer_hash(s, sasl->a, sasl->m->hash);
	sasl->step = SASL_FINAL;
	sasl->profile->challenge(
		s, xmpp_scram_challenge(&sasl->scram, sasl->a, &c));
	xmpp_stream_answered(s);
}

/* What the keys of an account of this name would look like. */
static struct people_shape shape_of(struct xmpp_stream *s, struct str name)
{
	struct people_shape shape = {
		.rounds = (unsigned)s->x->conf->scram_rounds,
		.salt_len = SALT_LEN,
	};
	struct map_seed seed;

	memcpy(&seed, s->x->salt_secret, sizeof(seed));
	shape.draw = (uint32_t)map_hash(seed, name.p, name.n);
	if (s->x->people.shape != NULL)
		s->x->people.shape(s->x->people.self, s->sasl->m->hash, &shape);
	return shape;
}

/* Salt and keys for a name, the same each time (RFC 5802 9).  Known names pay
 * for it too, so that time does not tell them. */
static void make_decoy(struct xmpp_stream *s)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct str secret = str_make((const char *)s->x->salt_secret,
				     sizeof(s->x->salt_secret));
	/* One account, one salt, however its name is written. */
	struct str user =
		sasl->user.local.n > 0 ? sasl->user.local : sasl->scram.user;
	struct people_shape shape = shape_of(s, user);
	uint8_t *salt = arena_alloc(sasl->a, CRYPTO_HASH_MAX);
	uint8_t *key = arena_alloc(sasl->a, CRYPTO_HASH_MAX);
	char *name = arena_printf(sasl->a, "%d %u " STR_FMT "@" STR_FMT,
				  (int)sasl->m->hash, shape.rounds,
				  STR_ARG(user), STR_ARG(s->login->host.full));

	crypto_hmac(CRYPTO_SHA512, secret, str_of(name), salt);
	/* A key nobody has the password of: its proof costs as much. */
	crypto_hmac(sasl->m->hash,
		    str_make((const char *)salt, CRYPTO_HASH_MAX), secret, key);
	sasl->keys.stored_key = sasl->keys.server_key =
		str_make((const char *)key, crypto_hash_len(sasl->m->hash));
	sasl->salt = str_make((const char *)salt, shape.salt_len);
	sasl->rounds = shape.rounds;
}

static void fake_challenge(struct xmpp_stream *s)
{
	challenge(s, s->sasl->salt, s->sasl->rounds);
}

static void on_verifier(void *arg, enum gw_err e,
			const struct people_verifier *v)
{
	struct xmpp_stream *s = xmpp_sasl_answered(arg);
	struct xmpp_sasl *sasl;
	size_t n;

	if (s == NULL)
		return;
	if (e == GW_NOT_FOUND || e == GW_DENIED) {
		fake_challenge(s);
		return;
	}
	if (e != GW_OK) {
		xmpp_sasl_fail(s, "temporary-auth-failure");
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
	struct xmpp_stream *s = xmpp_sasl_answered(arg);

	if (s == NULL)
		return;
	if (e == GW_OK && s->sasl->known)
		xmpp_sasl_pass(s, STR_NONE);
	else if (e == GW_OK || e == GW_DENIED || e == GW_NOT_FOUND)
		xmpp_sasl_deny(s);
	else
		xmpp_sasl_fail(s, "temporary-auth-failure");
}

/* The name as an address of this host.  Ours is nobody's. */
void xmpp_sasl_take_user(struct xmpp_stream *s, struct str name)
{
	struct xmpp_sasl *sasl = s->sasl;
	enum gw_err e = xmpp_jid_make(sasl->a, name, s->login->host.full,
				      STR_NONE, &sasl->user);

	sasl->known =
		e == GW_OK && !str_eq(sasl->user.bare, s->x->desk_jid.bare);
	if (e != GW_OK)
		sasl->user = s->login->host;
}

bool xmpp_sasl_authzid_fits(struct xmpp_stream *s, struct str authzid)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct jid j;

	if (authzid.n == 0)
		return true;
	/* XEP-0388 2.3: and the one the stream was opened as. */
	if (sasl->two != NULL && s->login->from.n > 0 &&
	    !str_eq(s->login->from, sasl->user.bare))
		return false;
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
		xmpp_sasl_fail(s, "malformed-request");
		return;
	}
	error = binding_fits(s);
	if (error != NULL) {
		xmpp_sasl_fail(s, error);
		return;
	}
	xmpp_sasl_take_user(s, sasl->scram.user);
	make_decoy(s);
	if (!xmpp_sasl_authzid_fits(s, sasl->scram.authzid))
		xmpp_sasl_fail(s, "invalid-authzid");
	else if (!sasl->known)
		fake_challenge(s);
	else
		s->x->people.verifier(s->x->people.self, sasl->user.bare,
				      sasl->m->hash, on_verifier,
				      xmpp_sasl_ask(s));
}

/* client-final-message */
static void judge_proof(struct xmpp_stream *s)
{
	struct xmpp_sasl *sasl = s->sasl;
	struct xmpp_scram_final f = { .msg = sasl->guess, .keys = sasl->keys };
	struct str reply;
	enum gw_err e;

	if (sasl->m->plus && xmpp_sasl_binding(s, sasl->a, sasl->scram.binding,
					       &f.cb) != GW_OK) {
		xmpp_sasl_fail(s, "temporary-auth-failure");
		return;
	}
	e = xmpp_scram_finish(&sasl->scram, sasl->a, &f, &reply);
	if (e == GW_OK)
		xmpp_sasl_pass(s, reply);
	else if (e == GW_DENIED)
		xmpp_sasl_deny(s);
	else
		xmpp_sasl_fail(s, "malformed-request");
}

/* The password, asked of the directory. */
static void judge_password(struct xmpp_stream *s)
{
	struct xmpp_sasl *sasl = s->sasl;

	s->x->people.check(s->x->people.self,
			   sasl->known ? sasl->user.bare : STR(""), sasl->guess,
			   on_checked, xmpp_sasl_ask(s));
}

static void judge(struct xmpp_stream *s)
{
	if (s->sasl->m->family == SASL_SCRAM)
		judge_proof(s);
	else
		judge_password(s);
}

static void on_slow(struct loop_timer *t)
{
	struct xmpp_stream *s = LIST_OF(t, struct xmpp_login, slow)->s;

	if (s->sasl != NULL && s->sasl->step == SASL_SLOW &&
	    s->step != STREAM_CLOSED)
		judge(s);
}

/* Judged at once, or after a while: tries.h. */
static void take_guess(struct xmpp_stream *s, struct str msg)
{
	struct xmpp_sasl *sasl = s->sasl;
	int64_t wait = xmpp_tries_guess(s->x->tries, loop_now(s->x->loop),
					sasl->user.bare, xmpp_sasl_host(s));

	sasl->guess = arena_str(sasl->a, msg);
	if (wait == 0) {
		judge(s);
		return;
	}
	sasl->step = SASL_SLOW;
	xmpp_stream_hold(s);
	s->login->slow.fn = on_slow;
	loop_timer_start(s->x->loop, &s->login->slow, wait);
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
		xmpp_sasl_fail(s, "malformed-request");
		return;
	}
	xmpp_sasl_take_user(s, arena_str(sasl->a, name));
	if (!xmpp_sasl_authzid_fits(s, authzid))
		xmpp_sasl_fail(s, "invalid-authzid");
	else
		take_guess(s, password);
}

static void first(struct xmpp_stream *s, struct str msg)
{
	switch (s->sasl->m->family) {
	case SASL_SCRAM:
		scram_first(s, msg);
		return;
	case SASL_PLAIN:
		plain(s, msg);
		return;
	case SASL_EXTERNAL:
		xmpp_sasl_external(s, msg);
		return;
	case SASL_HT:
		xmpp_fast_login(s, msg);
		return;
	}
	__builtin_unreachable();
}

void xmpp_sasl_message(struct xmpp_stream *s, struct str msg)
{
	switch (s->sasl->step) {
	case SASL_FIRST:
		first(s, msg);
		return;
	case SASL_FINAL:
		take_guess(s, msg);
		return;
	case SASL_SLOW:
	case SASL_DIRECTORY:
	case SASL_PASSED:
		return;
	}
	__builtin_unreachable();
}

enum gw_err xmpp_sasl_decode(struct xmpp_stream *s, struct str text,
			     struct str *msg)
{
	*msg = STR_NONE;
	if (text.n == 0 || codec_unbase64(s->sasl->a, text, msg) == GW_OK)
		return GW_OK;
	xmpp_sasl_fail(s, "incorrect-encoding");
	return GW_BAD_INPUT;
}
