/* SPDX-License-Identifier: MIT */
/* kv.h - a small table of keys and values for each module
 *
 * For what does not deserve tables of its own.  A module reads all it has
 * before the loop runs, keeps it in memory, and writes what changes.
 */
#ifndef GW_STORE_KV_H
#define GW_STORE_KV_H

#include "gateway/base/arena.h"
#include "gateway/store/store.h"

struct store_kv {
	const char *room; /* whose: "upload", "roster-versions" */
	struct str key;	  /* UTF-8 text */
	struct str value; /* bytes; p NULL: the row is deleted */
};

/* Copies the row.  done may be NULL; it is called after the commit. */
void store_kv_put(struct store *s, const struct store_kv *row,
		  void (*done)(void *arg, enum gw_err e), void *arg);

/* Before the loop runs: the rows of a room, ordered by key, in the arena. */
enum gw_err store_kv_load(struct store *s, const char *room, struct arena *a,
			  struct store_kv **rows, size_t *n) GW_CHECKED;

/* One value, by a reader; GW_NOT_FOUND when it is not there.  The value is
 * borrowed during the call. */
void store_kv_get(struct store *s, const char *room, struct str key,
		  void (*done)(void *arg, enum gw_err e, struct str value),
		  void *arg);

#endif
