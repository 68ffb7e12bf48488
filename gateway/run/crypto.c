/* SPDX-License-Identifier: MIT */
/* crypto.c - hashes and HMAC of OpenSSL, argon2id of libargon2
 *
 * OpenSSL 3 looks an algorithm up by name on each use unless it is fetched:
 * they are fetched once, on first use by any thread, and never change then.
 * Nothing here depends on input but memory, so a failure ends the process.
 */
#include "gateway/run/crypto.h"

#include <argon2.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

#define ARGON2_ROUNDS	2
#define ARGON2_KIB	(19 * 1024)
#define ARGON2_HASH_LEN 32
#define HASHES		3

static const struct {
	const char *name;
	size_t len;
} hashes[HASHES] = {
	[CRYPTO_SHA1] = { "SHA1", 20 },
	[CRYPTO_SHA256] = { "SHA256", 32 },
	[CRYPTO_SHA512] = { "SHA512", 64 },
};

static struct {
	pthread_once_t once;
	EVP_MD *md[HASHES];
	EVP_MAC_CTX *hmac[HASHES]; /* templates: duplicated, never used */
} fetched = { .once = PTHREAD_ONCE_INIT };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static EVP_MAC_CTX *hmac_template(EVP_MAC *mac, const char *name)
{
	char digest[16];
	OSSL_PARAM params[2];
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	must(str_copy(digest, sizeof(digest), str_of(name)) == GW_OK);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						     digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	must(ctx != NULL && EVP_MAC_CTX_set_params(ctx, params) == 1);
	return ctx;
}

static void fetch(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	must(mac != NULL);
	for (size_t i = 0; i < HASHES; i++) {
		fetched.md[i] = EVP_MD_fetch(NULL, hashes[i].name, NULL);
		must(fetched.md[i] != NULL);
		fetched.hmac[i] = hmac_template(mac, hashes[i].name);
	}
	EVP_MAC_free(mac);
}

static const EVP_MD *md_of(enum crypto_hash h)
{
	pthread_once(&fetched.once, fetch);
	return fetched.md[h];
}

size_t crypto_hash_len(enum crypto_hash h)
{
	return hashes[h].len;
}

void crypto_digest(enum crypto_hash h, struct str in, uint8_t *out)
{
	must(EVP_Digest(in.p, in.n, out, NULL, md_of(h), NULL) == 1);
}

void crypto_hmac(enum crypto_hash h, struct str key, struct str in,
		 uint8_t *out)
{
	/* A NULL key means "the one set before" to EVP_MAC_init(). */
	const char *k = key.p != NULL ? key.p : "";
	EVP_MAC_CTX *ctx;
	size_t len;

	pthread_once(&fetched.once, fetch);
	ctx = EVP_MAC_CTX_dup(fetched.hmac[h]);
	must(ctx != NULL);
	must(EVP_MAC_init(ctx, (const uint8_t *)k, key.n, NULL) == 1);
	must(EVP_MAC_update(ctx, (const uint8_t *)in.p, in.n) == 1);
	must(EVP_MAC_final(ctx, out, &len, hashes[h].len) == 1);
	EVP_MAC_CTX_free(ctx);
}

struct crypto_sha256 {
	EVP_MD_CTX *ctx;
};

struct crypto_sha256 *crypto_sha256_new(void)
{
	struct crypto_sha256 *s = mem_new(sizeof(*s));

	s->ctx = EVP_MD_CTX_new();
	must(s->ctx != NULL &&
	     EVP_DigestInit_ex2(s->ctx, md_of(CRYPTO_SHA256), NULL) == 1);
	return s;
}

void crypto_sha256_add(struct crypto_sha256 *s, const void *p, size_t n)
{
	must(EVP_DigestUpdate(s->ctx, p, n) == 1);
}

void crypto_sha256_end(struct crypto_sha256 **s, uint8_t out[32])
{
	must(EVP_DigestFinal_ex((*s)->ctx, out, NULL) == 1);
	EVP_MD_CTX_free((*s)->ctx);
	mem_free(*s);
	*s = NULL;
}

enum gw_err crypto_argon2(struct str password, const uint8_t salt[16],
			  char out[CRYPTO_ARGON2_MAX])
{
	int how = argon2id_hash_encoded(
		ARGON2_ROUNDS, ARGON2_KIB, 1, password.p, password.n, salt, 16,
		ARGON2_HASH_LEN, out, CRYPTO_ARGON2_MAX);

	if (how == ARGON2_OK)
		return GW_OK;
	out[0] = '\0';
	return how == ARGON2_MEMORY_ALLOCATION_ERROR ? GW_UNAVAIL
						     : GW_BAD_INPUT;
}

bool crypto_argon2_verify(const char *encoded, struct str password)
{
	return encoded != NULL &&
	       argon2id_verify(encoded, password.p, password.n) == ARGON2_OK;
}
