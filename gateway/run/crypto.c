/* SPDX-License-Identifier: MIT */
/* crypto.c - hashes and HMAC of OpenSSL, argon2id of libargon2
 *
 * OpenSSL 3 looks an algorithm up by name on each use unless it is fetched:
 * they are fetched once, on first use by any thread, and never change then.
 * Nothing here depends on input but memory, so a failure ends the process.
 */
#include "gateway/run/crypto.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

#define ARGON2_ROUNDS	2
#define ARGON2_KIB	(19 * 1024)
#define ARGON2_HASH_LEN 32
#define HASHES		3
#define BLOCK_MAX	128

static const struct {
	const char *name;
	size_t len, block;
} hashes[HASHES] = {
	[CRYPTO_SHA1] = { "SHA1", 20, 64 },
	[CRYPTO_SHA256] = { "SHA256", 32, 64 },
	[CRYPTO_SHA512] = { "SHA512", 64, BLOCK_MAX },
};

static struct {
	pthread_once_t once;
	EVP_MD *md[HASHES];
} fetched = { .once = PTHREAD_ONCE_INIT };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void fetch(void)
{
	for (size_t i = 0; i < HASHES; i++) {
		fetched.md[i] = EVP_MD_fetch(NULL, hashes[i].name, NULL);
		must(fetched.md[i] != NULL);
	}
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

/* One half of RFC 2104: the key is flipped from one pad to the other. */
static void hmac_half(EVP_MD_CTX *ctx, enum crypto_hash h, struct str pad,
		      struct str in, uint8_t *out)
{
	must(EVP_DigestInit_ex2(ctx, md_of(h), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, pad.p, pad.n) == 1 &&
	     EVP_DigestUpdate(ctx, in.p, in.n) == 1 &&
	     EVP_DigestFinal_ex(ctx, out, NULL) == 1);
}

/* RFC 2104.  OpenSSL 3's own takes twice as long to set out. */
void crypto_hmac(enum crypto_hash h, struct str key, struct str in,
		 uint8_t *out)
{
	uint8_t pad[BLOCK_MAX] = { 0 }, inner[CRYPTO_HASH_MAX];
	struct str block = str_make((const char *)pad, hashes[h].block);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	must(ctx != NULL);
	if (key.n > block.n)
		crypto_digest(h, key, pad);
	else if (key.n > 0)
		memcpy(pad, key.p, key.n);
	for (size_t i = 0; i < block.n; i++)
		pad[i] ^= 0x36;
	hmac_half(ctx, h, block, in, inner);
	for (size_t i = 0; i < block.n; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	hmac_half(ctx, h, block, str_make((const char *)inner, hashes[h].len),
		  out);
	OPENSSL_cleanse(pad, sizeof(pad));
	OPENSSL_cleanse(inner, sizeof(inner));
	EVP_MD_CTX_free(ctx);
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
