/* SPDX-License-Identifier: MIT */
/* login.c - a client that logs in by XEP-0388, step by step, and by SCRAM */
#include "tests/unit/xmpp/login.h"

#include "gateway/base/codec.h"

struct client *login_open(struct world *w)
{
	struct client *c = x_connect(w);

	x_send(c, X_STREAM_OPEN);
	return c;
}

void login_try(struct client *c, const struct login_try *t)
{
	struct arena *a = arena_new();
	const char *initial = "", *agent = "";

	if (t->msg != NULL)
		initial = arena_printf(
			a, "<initial-response>%s</initial-response>",
			codec_base64(a, t->msg, t->n));
	if (t->agent != NULL)
		agent = arena_printf(a, "<user-agent id='%s'/>", t->agent);
	x_sendf(c,
		"<authenticate xmlns='" NS2 "' mechanism='%s'>%s%s%s"
		"</authenticate>",
		t->mechanism, initial, agent, t->more != NULL ? t->more : "");
	arena_free(&a);
}

void login_plain(struct client *c, const char *agent, const char *more)
{
	struct login_try t = { "PLAIN", "\0ann\0secret", 11, agent, more };

	login_try(c, &t);
}

char *login_attr(struct arena *a, const char *text, const char *element,
		 const char *name)
{
	const char *at = strstr(text, arena_printf(a, "<%s ", element));
	const char *value;

	if (at == NULL)
		return NULL;
	value = strstr(at, arena_printf(a, " %s='", name));
	if (value == NULL || value > strchr(at, '>'))
		return NULL;
	value += strlen(name) + 3;
	return arena_strndup(a, value, strcspn(value, "'"));
}

static struct str field(struct str text, char name)
{
	struct str piece;

	while (str_split(&text, ',', &piece))
		if (piece.n > 2 && piece.p[0] == name)
			return str_make(piece.p + 2, piece.n - 2);
	fail_msg("no %c= in the challenge", name);
	return STR_NONE;
}

char *login_scram_final(struct arena *a, const struct login_scram *l,
			struct str challenge, char **expect)
{
	uint8_t salted[64], key[64], stored[64], sign[64];
	size_t n = crypto_hash_len(l->hash), g = strlen(l->gs2);
	struct str salt, r = field(challenge, 'r');
	char *c = arena_alloc(a, g + l->cb_len + 1), *without, *auth;
	int64_t rounds;

	memcpy(c, l->gs2, g);
	if (l->cb_len > 0)
		memcpy(c + g, l->cb, l->cb_len);
	assert_int_equal(codec_unbase64(a, field(challenge, 's'), &salt),
			 GW_OK);
	assert_int_equal(str_int(field(challenge, 'i'), 1, 10000000, &rounds),
			 GW_OK);
	crypto_pbkdf2(l->hash, str_of(l->password), salt, (unsigned)rounds,
		      salted);
	crypto_hmac(l->hash, str_make((char *)salted, n), STR("Client Key"),
		    key);
	crypto_digest(l->hash, str_make((char *)key, n), stored);
	without = arena_printf(a, "c=%s,r=" STR_FMT,
			       codec_base64(a, c, g + l->cb_len), STR_ARG(r));
	auth = arena_printf(a, "%s," STR_FMT ",%s", l->first_bare,
			    STR_ARG(challenge), without);
	crypto_hmac(l->hash, str_make((char *)stored, n), str_of(auth), sign);
	for (size_t i = 0; i < n; i++)
		key[i] ^= sign[i];
	crypto_hmac(l->hash, str_make((char *)salted, n), STR("Server Key"),
		    stored);
	crypto_hmac(l->hash, str_make((char *)stored, n), str_of(auth), sign);
	*expect = arena_printf(a, "v=%s", codec_base64(a, sign, n));
	return arena_printf(a, "%s,p=%s", without, codec_base64(a, key, n));
}

char *login_ht(struct arena *a, const char *user, const char *token,
	       struct str cb, size_t *n)
{
	static const char role[] = "Initiator";
	size_t k = strlen(user) + 1, r = sizeof(role) - 1;
	char *text = arena_alloc(a, r + cb.n + 1);
	char *msg = arena_alloc(a, k + 64);

	memcpy(text, role, r);
	if (cb.n > 0)
		memcpy(text + r, cb.p, cb.n);
	memcpy(msg, user, k);
	crypto_hmac(CRYPTO_SHA256, str_of(token), str_make(text, r + cb.n),
		    (uint8_t *)msg + k);
	*n = k + 32;
	return msg;
}
