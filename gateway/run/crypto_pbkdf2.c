/* SPDX-License-Identifier: MIT */
/* crypto_pbkdf2.c - PBKDF2 (RFC 8018 5.2) on the bare compression functions
 *
 * PKCS5_PBKDF2_HMAC() copies three contexts a round, which takes two thirds
 * of its time.  Between rounds nothing changes but one block: two states made
 * of the password once, one block for the inner hash and one for the outer,
 * are all it needs.  OpenSSL calls these functions deprecated in favour of
 * EVP, which cannot do this.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "gateway/run/crypto.h"

#include <assert.h>
#include <endian.h>
#include <openssl/sha.h>

#include "gateway/base/buf.h"

#define BLOCK_MAX 128

union state {
	SHA_CTX sha1;
	SHA256_CTX sha256;
	SHA512_CTX sha512;
};

/* What stays the same in every round. */
struct rounds {
	enum crypto_hash hash;
	size_t len;   /* of the hash */
	size_t block; /* of its compression function */
	union state inner, outer;
};

static void put32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof(v));
}

static void put64(uint8_t *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, sizeof(v));
}

static void start(enum crypto_hash h, union state *s)
{
	switch (h) {
	case CRYPTO_SHA1:
		SHA1_Init(&s->sha1);
		break;
	case CRYPTO_SHA256:
		SHA256_Init(&s->sha256);
		break;
	case CRYPTO_SHA512:
		SHA512_Init(&s->sha512);
		break;
	}
}

static void compress(enum crypto_hash h, union state *s, const uint8_t *block)
{
	switch (h) {
	case CRYPTO_SHA1:
		SHA1_Transform(&s->sha1, block);
		break;
	case CRYPTO_SHA256:
		SHA256_Transform(&s->sha256, block);
		break;
	case CRYPTO_SHA512:
		SHA512_Transform(&s->sha512, block);
		break;
	}
}

static void store(enum crypto_hash h, const union state *s, uint8_t *out)
{
	switch (h) {
	case CRYPTO_SHA1:
		put32(out, s->sha1.h0);
		put32(out + 4, s->sha1.h1);
		put32(out + 8, s->sha1.h2);
		put32(out + 12, s->sha1.h3);
		put32(out + 16, s->sha1.h4);
		break;
	case CRYPTO_SHA256:
		for (size_t i = 0; i < 8; i++)
			put32(out + 4 * i, s->sha256.h[i]);
		break;
	case CRYPTO_SHA512:
		for (size_t i = 0; i < 8; i++)
			put64(out + 8 * i, s->sha512.h[i]);
		break;
	}
}

/* RFC 2104: the key, padded to a block and masked, is the first block. */
static void key_states(struct rounds *r, struct str key)
{
	uint8_t digest[CRYPTO_HASH_MAX], block[BLOCK_MAX] = { 0 };

	if (key.n > r->block) {
		crypto_digest(r->hash, key, digest);
		key = str_make((const char *)digest, r->len);
	}
	if (key.n > 0)
		memcpy(block, key.p, key.n);
	for (size_t i = 0; i < r->block; i++)
		block[i] ^= 0x36;
	start(r->hash, &r->inner);
	compress(r->hash, &r->inner, block);
	for (size_t i = 0; i < r->block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	start(r->hash, &r->outer);
	compress(r->hash, &r->outer, block);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(digest, sizeof(digest));
}

/* FIPS 180-4 5.1: a hash behind one block, padded to a second. */
static void pad(const struct rounds *r, uint8_t block[BLOCK_MAX])
{
	memset(block, 0, BLOCK_MAX);
	block[r->len] = 0x80;
	put64(block + r->block - 8, 8 * (uint64_t)(r->block + r->len));
}

static void run_rounds(const struct rounds *r, unsigned rounds, uint8_t *out)
{
	uint8_t block[BLOCK_MAX], sum[CRYPTO_HASH_MAX];
	union state s;

	pad(r, block);
	memcpy(block, out, r->len);
	memcpy(sum, out, r->len);
	for (unsigned i = 1; i < rounds; i++) {
		s = r->inner;
		compress(r->hash, &s, block);
		store(r->hash, &s, block);
		s = r->outer;
		compress(r->hash, &s, block);
		store(r->hash, &s, block);
		for (size_t k = 0; k < r->len; k++)
			sum[k] ^= block[k];
	}
	memcpy(out, sum, r->len);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(sum, sizeof(sum));
	explicit_bzero(&s, sizeof(s));
}

void crypto_pbkdf2(enum crypto_hash h, struct str password, struct str salt,
		   unsigned rounds, uint8_t *out)
{
	static const uint8_t first[4] = { 0, 0, 0, 1 };
	struct rounds r = { .hash = h, .len = crypto_hash_len(h) };
	struct buf seed = { .data = NULL };

	assert(rounds > 0);
	r.block = h == CRYPTO_SHA512 ? SHA512_CBLOCK : SHA_CBLOCK;
	buf_add_str(&seed, salt);
	buf_add(&seed, first, sizeof(first));
	crypto_hmac(h, password, buf_str(&seed), out);
	buf_fini(&seed);
	key_states(&r, password);
	run_rounds(&r, rounds, out);
	explicit_bzero(&r, sizeof(r));
}
