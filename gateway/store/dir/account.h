/* SPDX-License-Identifier: MIT */
/* account.h - the rows of the built-in directory
 *
 * Never a password: only what RFC 5802 lets a server keep of one.  All rows
 * are read before the loop runs; the directory keeps them in memory.
 */
#ifndef GW_STORE_DIR_ACCOUNT_H
#define GW_STORE_DIR_ACCOUNT_H

#include "gateway/base/arena.h"
#include "gateway/store/store.h"

struct store_account_key {
	int64_t hash; /* enum crypto_hash */
	int64_t rounds;
	struct str salt, stored_key, server_key;
};

struct store_account {
	struct str address, name;
	int64_t role;
	bool disabled;
	/* One more with each change of the keys and each lock, in the same
	 * commit. */
	int64_t generation;
	const struct store_account_key *keys;
	size_t key_count;
};

/* After the commit. */
typedef void store_account_done_fn(void *arg, enum gw_err e);

/* Each copies the row.  GW_CONFLICT: the address is there already. */
void store_account_add(struct store *s, const struct store_account *row,
		       store_account_done_fn *done, void *arg);
/* Replaces all keys; GW_NOT_FOUND: no such address. */
void store_account_set_keys(struct store *s, const struct store_account *row,
			    store_account_done_fn *done, void *arg);
/* Adds the keys given; GW_CONFLICT: there is one of that hash. */
void store_account_add_keys(struct store *s, const struct store_account *row,
			    store_account_done_fn *done, void *arg);
void store_account_set_disabled(struct store *s,
				const struct store_account *row,
				store_account_done_fn *done, void *arg);

/* Before the loop runs: all rows, ordered by address, in the arena. */
enum gw_err store_account_load(struct store *s, struct arena *a,
			       struct store_account **rows,
			       size_t *n) GW_CHECKED;

#endif
