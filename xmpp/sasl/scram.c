/* SPDX-License-Identifier: MIT */
/* scram.c - RFC 5802 and 7677, the server's side of the messages, pure */
#include "xmpp/sasl/scram.h"

#include "gateway/base/codec.h"

/* Printable ASCII but "," (RFC 5802 7). */
static bool printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == ',')
			return false;
	return s.n > 0;
}

/* "=2C" is a comma, "=3D" an equals sign; no other "=" may stand. */
static enum gw_err sasl_name(struct arena *a, struct str in, struct str *out)
{
	char *p = arena_alloc(a, in.n + 1);
	size_t n = 0;

	if (in.n == 0)
		return GW_BAD_INPUT;
	for (size_t i = 0; i < in.n; i++) {
		struct str rest = str_make(in.p + i, in.n - i);

		p[n] = in.p[i];
		if (in.p[i] == 0)
			return GW_BAD_INPUT;
		if (str_starts(rest, "=2C"))
			p[n] = ',';
		else if (in.p[i] == '=' && !str_starts(rest, "=3D"))
			return GW_BAD_INPUT;
		i += in.p[i] == '=' ? 2 : 0;
		n++;
	}
	*out = str_make(p, n);
	return str_utf8_valid(*out) ? GW_OK : GW_BAD_INPUT;
}

static enum gw_err gs2_flag(struct xmpp_scram *s, struct str flag)
{
	if (str_is(flag, "n")) {
		s->flag = SCRAM_NO_BINDING;
	} else if (str_is(flag, "y")) {
		s->flag = SCRAM_UNUSED_BINDING;
	} else if (str_starts(flag, "p=")) {
		s->flag = SCRAM_BINDING;
		s->binding = str_make(flag.p + 2, flag.n - 2);
		return printable(s->binding) ? GW_OK : GW_BAD_INPUT;
	} else {
		return GW_BAD_INPUT;
	}
	return GW_OK;
}

/* Value of the next "k=value"; the attribute must be k. */
static enum gw_err next_attr(struct str *rest, char k, struct str *value)
{
	struct str piece;

	if (!str_split(rest, ',', &piece) || piece.n < 2 || piece.p[0] != k ||
	    piece.p[1] != '=')
		return GW_BAD_INPUT;
	*value = str_make(piece.p + 2, piece.n - 2);
	return GW_OK;
}

enum gw_err xmpp_scram_first(struct xmpp_scram *s, struct arena *a,
			     struct str msg)
{
	struct str rest, flag, authzid, user;

	msg = arena_str(a, msg);
	rest = msg;
	if (!str_split(&rest, ',', &flag) || gs2_flag(s, flag) != GW_OK ||
	    !str_split(&rest, ',', &authzid) || rest.p == NULL)
		return GW_BAD_INPUT;
	if (authzid.n > 0) {
		if (!str_starts(authzid, "a="))
			return GW_BAD_INPUT;
		authzid = str_make(authzid.p + 2, authzid.n - 2);
		if (sasl_name(a, authzid, &s->authzid) != GW_OK)
			return GW_BAD_INPUT;
	}
	s->gs2 = str_make(msg.p, (size_t)(rest.p - msg.p));
	s->first_bare = rest;
	if (next_attr(&rest, 'n', &user) != GW_OK ||
	    sasl_name(a, user, &s->user) != GW_OK ||
	    next_attr(&rest, 'r', &s->nonce) != GW_OK)
		return GW_BAD_INPUT;
	return printable(s->nonce) ? GW_OK : GW_BAD_INPUT;
}

struct str xmpp_scram_challenge(struct xmpp_scram *s, struct arena *a,
				const struct xmpp_scram_challenge *c)
{
	const char *offer = "";

	if (c->offer.n > 0)
		offer = arena_printf(a, ",h=%s",
				     codec_base64(a, c->offer.p, c->offer.n));
	s->nonce = str_of(arena_printf(a, STR_FMT STR_FMT, STR_ARG(s->nonce),
				       STR_ARG(c->nonce)));
	s->server_first = str_of(arena_printf(
		a, "r=" STR_FMT ",s=%s,i=%u%s", STR_ARG(s->nonce),
		codec_base64(a, c->salt.p, c->salt.n), c->rounds, offer));
	return s->server_first;
}

/* c= is the GS2 header as it came, with the binding's data behind it. */
static bool binding_is(const struct xmpp_scram *s, struct arena *a,
		       struct str c, struct str cb)
{
	struct str got;
	char *want;
	size_t n = s->gs2.n;

	if (s->flag != SCRAM_BINDING)
		cb = STR_NONE;
	if (codec_unbase64(a, c, &got) != GW_OK)
		return false;
	want = arena_alloc(a, n + cb.n + 1);
	memcpy(want, s->gs2.p, n);
	if (cb.n > 0)
		memcpy(want + n, cb.p, cb.n);
	return str_eq_secret(got, str_make(want, n + cb.n));
}

static bool proof_is(const struct xmpp_scram *s, struct str auth,
		     struct str proof, struct str stored_key)
{
	size_t n = crypto_hash_len(s->hash);
	uint8_t key[CRYPTO_HASH_MAX], digest[CRYPTO_HASH_MAX];

	if (proof.n != n || stored_key.n != n)
		return false;
	crypto_hmac(s->hash, stored_key, auth, key);
	for (size_t i = 0; i < n; i++)
		key[i] ^= (uint8_t)proof.p[i];
	crypto_digest(s->hash, str_make((const char *)key, n), digest);
	return str_eq_secret(stored_key, str_make((const char *)digest, n));
}

/* Behind c= and r=: extensions, which are passed over, then p=. */
static enum gw_err take_proof(struct arena *a, struct str rest,
			      struct str *proof, const char **end)
{
	struct str piece, p = STR_NONE;

	while (str_split(&rest, ',', &piece))
		p = piece;
	if (!str_starts(p, "p="))
		return GW_BAD_INPUT;
	*end = p.p - 1;
	return codec_unbase64(a, str_make(p.p + 2, p.n - 2), proof);
}

enum gw_err xmpp_scram_finish(struct xmpp_scram *s, struct arena *a,
			      const struct xmpp_scram_final *f,
			      struct str *reply)
{
	uint8_t sign[CRYPTO_HASH_MAX];
	struct str rest = f->msg, c, r, proof, auth;
	const char *end = NULL;

	if (next_attr(&rest, 'c', &c) != GW_OK ||
	    next_attr(&rest, 'r', &r) != GW_OK ||
	    take_proof(a, rest, &proof, &end) != GW_OK)
		return GW_BAD_INPUT;
	auth = str_of(arena_printf(
		a, STR_FMT "," STR_FMT "," STR_FMT, STR_ARG(s->first_bare),
		STR_ARG(s->server_first), (int)(end - f->msg.p), f->msg.p));
	if (!binding_is(s, a, c, f->cb) || !str_eq(r, s->nonce) ||
	    !proof_is(s, auth, proof, f->keys.stored_key))
		return GW_DENIED;
	crypto_hmac(s->hash, f->keys.server_key, auth, sign);
	*reply = str_of(arena_printf(
		a, "v=%s", codec_base64(a, sign, crypto_hash_len(s->hash))));
	return GW_OK;
}
