/* SPDX-License-Identifier: MIT */
/* slot.h - names for objects that may be gone when they are called
 *
 * A stream or an HTTP request is known outside its room by a 64-bit handle
 * (slot and generation), never by pointer: a late answer to a closed stream
 * finds NULL instead of freed memory.  0 is never a valid handle.
 */
#ifndef GW_BASE_SLOT_H
#define GW_BASE_SLOT_H

#include <stddef.h>
#include <stdint.h>

struct slot_entry;

struct slot_table {
	struct slot_entry *entries;
	size_t cap;
	size_t used;
	uint32_t free_head; /* index + 1; 0: none */
};

void slot_init(struct slot_table *t);
void slot_fini(struct slot_table *t);
uint64_t slot_add(struct slot_table *t, void *object); /* not NULL */
void *slot_get(const struct slot_table *t, uint64_t handle);
void slot_del(struct slot_table *t, uint64_t handle); /* stale: nothing */
/* Walk: `size_t it = 0; while ((o = slot_next(t, &it)) != NULL)`. */
void *slot_next(const struct slot_table *t, size_t *it);

#endif
