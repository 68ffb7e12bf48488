/* SPDX-License-Identifier: MIT */
/* scram.c - what a server keeps of a password (RFC 5802), and its text form */
#include "directory/scram.h"

#include "gateway/base/codec.h"

static const char *const schemes[DIRECTORY_HASHES] = {
	[CRYPTO_SHA1] = "SCRAM-SHA-1",
	[CRYPTO_SHA256] = "SCRAM-SHA-256",
	[CRYPTO_SHA512] = "SCRAM-SHA-512",
};

/* RFC 5802 3: StoredKey = H(HMAC(SaltedPassword, "Client Key")). */
void directory_scram_derive(enum crypto_hash h, struct str password,
			    struct directory_key *k)
{
	uint8_t salted[CRYPTO_HASH_MAX], client[CRYPTO_HASH_MAX];
	size_t len = crypto_hash_len(h);
	struct str key = str_make((const char *)salted, len);

	crypto_pbkdf2(h, password, str_make((const char *)k->salt, k->salt_len),
		      k->rounds, salted);
	crypto_hmac(h, key, STR("Client Key"), client);
	crypto_digest(h, str_make((const char *)client, len), k->stored_key);
	crypto_hmac(h, key, STR("Server Key"), k->server_key);
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
}

static enum gw_err parse_bytes(struct arena *a, struct str text, size_t min,
			       struct str *out)
{
	if (codec_unbase64(a, text, out) != GW_OK || out->n < min)
		return GW_BAD_INPUT;
	return GW_OK;
}

/* ROUNDS:SALT$STOREDKEY:SERVERKEY */
static enum gw_err parse_key(struct arena *a, struct str rest, size_t len,
			     struct directory_key *k)
{
	struct str info, rounds, salt, stored, server;
	int64_t n;

	if (!str_split(&rest, '$', &info) || rest.p == NULL ||
	    !str_split(&info, ':', &rounds) || info.p == NULL ||
	    !str_split(&rest, ':', &stored) || rest.p == NULL)
		return GW_BAD_INPUT;
	if (str_int(rounds, DIRECTORY_ROUNDS_MIN, DIRECTORY_ROUNDS_MAX, &n) !=
		    GW_OK ||
	    parse_bytes(a, info, 1, &salt) != GW_OK ||
	    salt.n > sizeof(k->salt) ||
	    parse_bytes(a, stored, len, &stored) != GW_OK ||
	    parse_bytes(a, rest, len, &server) != GW_OK || stored.n != len ||
	    server.n != len)
		return GW_BAD_INPUT;
	k->rounds = (unsigned)n;
	k->salt_len = salt.n;
	memcpy(k->salt, salt.p, salt.n);
	memcpy(k->stored_key, stored.p, len);
	memcpy(k->server_key, server.p, len);
	return GW_OK;
}

static bool scheme_of(struct str name, enum crypto_hash *h)
{
	for (size_t i = 0; i < DIRECTORY_HASHES; i++)
		if (str_iis(name, schemes[i])) {
			*h = (enum crypto_hash)i;
			return true;
		}
	return false;
}

static enum gw_err parse_one(struct arena *a, struct str word,
			     struct directory_keys *out, struct err_note *note)
{
	struct str scheme;
	enum crypto_hash h;

	if (!str_split(&word, '$', &scheme) || word.p == NULL ||
	    !scheme_of(scheme, &h))
		return err_say(note, GW_BAD_INPUT,
			       "keys begin with SCRAM-SHA-1$, SCRAM-SHA-256$ "
			       "or SCRAM-SHA-512$");
	if (out->of[h].rounds != 0)
		return err_say(note, GW_BAD_INPUT, "%s stands there twice",
			       schemes[h]);
	if (parse_key(a, word, crypto_hash_len(h), &out->of[h]) != GW_OK)
		return err_say(note, GW_BAD_INPUT,
			       "%s: expected ROUNDS:SALT$STOREDKEY:SERVERKEY "
			       "with %d to %d rounds, salt and keys in base64, "
			       "a salt of at most %d bytes, keys of %zu bytes",
			       schemes[h], DIRECTORY_ROUNDS_MIN,
			       DIRECTORY_ROUNDS_MAX, DIRECTORY_SALT_MAX,
			       crypto_hash_len(h));
	return GW_OK;
}

enum gw_err directory_scram_parse(struct str text, struct directory_keys *out,
				  struct err_note *note)
{
	struct arena *a = arena_new();
	enum gw_err e = GW_OK;
	bool any = false;
	struct str word;

	memset(out, 0, sizeof(*out));
	while (e == GW_OK && str_word(&text, &word)) {
		e = parse_one(a, word, out, note);
		any = true;
	}
	arena_free(&a);
	if (!any)
		return err_say(note, GW_BAD_INPUT, "there is no key");
	return e;
}
