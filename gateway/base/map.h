/* SPDX-License-Identifier: MIT */
/* map.h - a hash table from bytes to pointers, safe against chosen keys
 *
 * Open addressing with SipHash-1-3 under a secret seed: keys come from
 * outside.  The map owns nothing: a key's bytes must live as long as its
 * entry, usually inside the value.  The order of a walk is arbitrary.
 */
#ifndef GW_BASE_MAP_H
#define GW_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/str.h"

struct map_seed {
	uint64_t k0, k1;
};

struct map_slot;

struct map {
	struct map_slot *slots;
	uint32_t cap;	/* slots, a power of two, or 0 */
	uint32_t used;	/* live entries */
	uint32_t dirty; /* live and deleted entries */
	struct map_seed seed;
};

void map_init(struct map *m, struct map_seed seed);
void map_fini(struct map *m); /* frees the table, not the values */

void *map_get(const struct map *m, struct str key); /* NULL if absent */
/* Sets key to value (not NULL) and returns the value it replaced, or NULL.
 * The entry refers to the new key bytes from then on. */
void *map_put(struct map *m, struct str key, void *value);
void *map_del(struct map *m, struct str key); /* the value, or NULL */

/* Walk: `size_t it = 0; while ((v = map_next(m, &it)) != NULL)`.  The entry
 * just returned may be deleted; nothing may be added during a walk. */
void *map_next(const struct map *m, size_t *it);

uint64_t map_hash(struct map_seed seed, const void *p, size_t n);

#endif
