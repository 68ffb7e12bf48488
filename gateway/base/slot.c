/* SPDX-License-Identifier: MIT */
/* slot.c - handles: the generation above, the index + 1 below */
#include "gateway/base/slot.h"

#include <assert.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

#define CAP_MIN ((size_t)16)

struct slot_entry {
	void *object; /* NULL: free */
	uint32_t generation;
	uint32_t next_free; /* index + 1 */
};

void slot_init(struct slot_table *t)
{
	*t = (struct slot_table){ .entries = NULL };
}

void slot_fini(struct slot_table *t)
{
	mem_free(t->entries);
	slot_init(t);
}

static void grow(struct slot_table *t)
{
	size_t cap = t->cap > 0 ? t->cap * 2 : CAP_MIN;

	if (cap >= UINT32_MAX)
		abort();
	t->entries = mem_grow(t->entries, t->cap * sizeof(*t->entries),
			      cap * sizeof(*t->entries));
	for (size_t i = cap; i > t->cap; i--) {
		t->entries[i - 1].next_free = t->free_head;
		t->free_head = (uint32_t)i;
	}
	t->cap = cap;
}

uint64_t slot_add(struct slot_table *t, void *object)
{
	struct slot_entry *e;
	uint32_t number;

	assert(object != NULL);
	if (t->free_head == 0)
		grow(t);
	number = t->free_head;
	e = &t->entries[number - 1];
	t->free_head = e->next_free;
	e->object = object;
	t->used++;
	return (uint64_t)e->generation << 32 | number;
}

static struct slot_entry *find(const struct slot_table *t, uint64_t handle)
{
	uint32_t number = (uint32_t)handle;
	struct slot_entry *e;

	if (number == 0 || number > t->cap)
		return NULL;
	e = &t->entries[number - 1];
	if (e->object == NULL || e->generation != handle >> 32)
		return NULL;
	return e;
}

void *slot_get(const struct slot_table *t, uint64_t handle)
{
	const struct slot_entry *e = find(t, handle);

	return e != NULL ? e->object : NULL;
}

void slot_del(struct slot_table *t, uint64_t handle)
{
	struct slot_entry *e = find(t, handle);

	if (e == NULL)
		return;
	e->object = NULL;
	t->used--;
	/* A slot whose generations are used up is never given out again: an
	 * old handle must not come to life. */
	if (e->generation == UINT32_MAX)
		return;
	e->generation++;
	e->next_free = t->free_head;
	t->free_head = (uint32_t)handle;
}

void *slot_next(const struct slot_table *t, size_t *it)
{
	while (*it < t->cap) {
		void *object = t->entries[(*it)++].object;

		if (object != NULL)
			return object;
	}
	return NULL;
}
