/* SPDX-License-Identifier: MIT */
/* crypto.h - hashes, HMAC, PBKDF2 (OpenSSL) and argon2id
 *
 * PBKDF2 and argon2 take milliseconds: call them in a job, never on the core
 * thread.  Lengths are fixed by the hash; buffers are the caller's.
 */
#ifndef GW_RUN_CRYPTO_H
#define GW_RUN_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

enum crypto_hash { CRYPTO_SHA1, CRYPTO_SHA256, CRYPTO_SHA512 };

#define CRYPTO_HASH_MAX	  64
#define CRYPTO_ARGON2_MAX 128

size_t crypto_hash_len(enum crypto_hash h);
void crypto_digest(enum crypto_hash h, struct str in, uint8_t *out);
void crypto_hmac(enum crypto_hash h, struct str key, struct str in,
		 uint8_t *out);
void crypto_pbkdf2(enum crypto_hash h, struct str password, struct str salt,
		   unsigned rounds, uint8_t *out);

/* Incremental SHA-256, for bodies that stream through. */
struct crypto_sha256;
struct crypto_sha256 *crypto_sha256_new(void);
void crypto_sha256_add(struct crypto_sha256 *s, const void *p, size_t n);
void crypto_sha256_end(struct crypto_sha256 **s, uint8_t out[32]); /* frees */

/* argon2id t=2, 19 MiB, p=1; the encoded form with a given 16-byte salt. */
enum gw_err crypto_argon2(struct str password, const uint8_t salt[16],
			  char out[CRYPTO_ARGON2_MAX]) GW_CHECKED;
bool crypto_argon2_verify(const char *encoded, struct str password);

#endif
