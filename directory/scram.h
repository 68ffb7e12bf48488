/* SPDX-License-Identifier: MIT */
/* scram.h - what a server keeps of a password (RFC 5802), and its text form
 *
 * Pure but for the hashes.  Deriving takes milliseconds: do it in a job.
 */
#ifndef GW_DIRECTORY_SCRAM_H
#define GW_DIRECTORY_SCRAM_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "gateway/run/crypto.h"

#define DIRECTORY_HASHES     3 /* enum crypto_hash */
#define DIRECTORY_SALT_MAX   64
#define DIRECTORY_SALT_LEN   16	  /* of our own salts */
#define DIRECTORY_ROUNDS_MIN 4096 /* RFC 5802 5.1 */
#define DIRECTORY_ROUNDS_MAX 1000000

struct directory_key {
	unsigned rounds; /* 0: there is no such key */
	size_t salt_len;
	uint8_t salt[DIRECTORY_SALT_MAX];
	uint8_t stored_key[CRYPTO_HASH_MAX];
	uint8_t server_key[CRYPTO_HASH_MAX];
};

struct directory_keys {
	struct directory_key of[DIRECTORY_HASHES];
};

/* Fills stored_key and server_key from salt and rounds. */
void directory_scram_derive(enum crypto_hash h, struct str password,
			    struct directory_key *k);

/* "SCRAM-SHA-256$ROUNDS:SALT$STOREDKEY:SERVERKEY" (RFC 5803), several with
 * blanks between them; each hash at most once. */
enum gw_err directory_scram_parse(struct str text, struct directory_keys *out,
				  struct err_note *note) GW_CHECKED;

#endif
