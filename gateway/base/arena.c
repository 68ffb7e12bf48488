/* SPDX-License-Identifier: MIT */
/* arena.c - blocks of memory that are dropped together, and the heap below
 *
 * The only file, with the rest of gateway/base, that may call malloc.  Running
 * out of memory ends the process: peers are held to limits long before.
 */
#include "gateway/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks double up to one that holds a usual stanza or mail envelope: an arena
 * that lives as long as a session or an account stays as small as what is in
 * it, and one that is reset keeps its largest block.  What is larger than a
 * quarter of a full block gets one of its own, so that little is wasted. */
#define FIRST_SIZE ((size_t)256)
#define BLOCK_SIZE ((size_t)8192)
#define LARGE_SIZE (BLOCK_SIZE / 4)
#define ALIGNMENT  alignof(max_align_t)
#define CACHED_MAX ((size_t)1024) /* what malloc() caches */

struct arena_block {
	struct arena_block *next;
	uint32_t size;
	uint32_t used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct arena_block *block; /* the one being filled, first of all */
	struct arena_block *large;
	size_t used;
	uint32_t padding; /* of what is used */
	bool joined;	  /* its first block is in one piece with it */
};

/* Under ASan what was reset must not be readable until it is given out anew,
 * as if it had been freed. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) __asan_poison_memory_region((p), (n))
#define SHOW(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define HIDE(p, n) ((void)0)
#define SHOW(p, n) ((void)0)
#endif

static struct arena_block *block_new(size_t size, struct arena_block *next)
{
	struct arena_block *b;

	if (size > UINT32_MAX)
		abort();
	b = calloc(1, sizeof(*b) + size);
	if (b == NULL)
		abort();
	b->next = next;
	b->size = (uint32_t)size;
	b->used = 0;
	HIDE(b->data, size);
	return b;
}

static void blocks_free(struct arena_block *b, const struct arena_block *kept)
{
	while (b != NULL) {
		struct arena_block *next = b->next;

		SHOW(b->data, b->size);
		if (b != kept)
			free(b);
		b = next;
	}
}

struct arena *arena_new(void)
{
	return mem_new(sizeof(struct arena));
}

/* In one piece, for there are many and they live long. */
struct arena_joined {
	struct arena arena;
	struct arena_block block;
};

size_t arena_room(size_t size)
{
	return (size + (size == 0) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

static struct arena_block *joined_block(struct arena *a)
{
	return a->joined ? &((struct arena_joined *)(void *)a)->block : NULL;
}

struct arena *arena_new_for(size_t n)
{
	size_t size = (n + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	struct arena_joined *j;

	if (size < n || size > UINT32_MAX)
		abort();
	j = mem_new(sizeof(*j) + size);
	j->block.size = (uint32_t)size;
	HIDE(j->block.data, size);
	j->arena.block = &j->block;
	j->arena.joined = true;
	return &j->arena;
}

void arena_reset(struct arena *a)
{
	blocks_free(a->large, NULL);
	a->large = NULL;
	a->used = 0;
	a->padding = 0;
	if (a->block == NULL)
		return;
	blocks_free(a->block->next, joined_block(a));
	a->block->next = NULL;
	a->block->used = 0;
	HIDE(a->block->data, a->block->size);
}

void arena_free(struct arena **a)
{
	if (*a == NULL)
		return;
	blocks_free((*a)->large, NULL);
	blocks_free((*a)->block, joined_block(*a));
	free(*a);
	*a = NULL;
}

static void blocks_wipe(struct arena_block *b)
{
	for (; b != NULL; b = b->next) {
		SHOW(b->data, b->used);
		explicit_bzero(b->data, b->used);
	}
}

void arena_wipe(struct arena *a)
{
	blocks_wipe(a->block);
	blocks_wipe(a->large);
}

static size_t next_size(const struct arena *a, size_t need)
{
	size_t size =
		a->block == NULL ? FIRST_SIZE : 2 * (size_t)a->block->size;

	while (size < need)
		size *= 2;
	return size < BLOCK_SIZE ? size : BLOCK_SIZE;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b;
	size_t need;
	void *p;

	if (size > SIZE_MAX - ALIGNMENT)
		abort();
	need = arena_room(size);
	if (need > LARGE_SIZE) {
		b = a->large = block_new(need, a->large);
	} else {
		if (a->block == NULL || a->block->size - a->block->used < need)
			a->block = block_new(next_size(a, need), a->block);
		b = a->block;
	}
	p = b->data + b->used;
	b->used += (uint32_t)need;
	a->used += size;
	a->padding += (uint32_t)(need - size);
	SHOW(p, size);
	/* A large one has its block to itself, which came zeroed. */
	return need > LARGE_SIZE ? p : memset(p, 0, size);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t len = n > 0 ? strnlen(s, n) : 0;
	char *copy;

	if (len == SIZE_MAX)
		abort();
	copy = arena_alloc(a, len + 1);
	if (len > 0)
		memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s != NULL ? arena_strndup(a, s, strlen(s)) : NULL;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *copy;

	if (s.p == NULL)
		return STR_NONE;
	if (s.n == SIZE_MAX)
		abort();
	copy = arena_alloc(a, s.n + 1);
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	return str_make(copy, s.n);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char usual[256], *text;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(usual, sizeof(usual), fmt, args);
	va_end(args);
	if (n < 0)
		abort();
	text = arena_alloc(a, (size_t)n + 1);
	if ((size_t)n < sizeof(usual))
		return memcpy(text, usual, (size_t)n + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, args);
	va_end(args);
	return text;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

size_t arena_taken(const struct arena *a)
{
	return a->used + a->padding;
}

/* glibc's calloc() passes by the cache of freed pieces that its malloc() takes
 * small ones from: five times as dear. */
void *mem_new(size_t size)
{
	void *p;

	if (size == 0)
		size = 1;
	p = size <= CACHED_MAX ? malloc(size) : calloc(1, size);
	if (p == NULL)
		abort();
	return size <= CACHED_MAX ? memset(p, 0, size) : p;
}

void *mem_resize(void *p, size_t size)
{
	void *q = realloc(p, size > 0 ? size : 1);

	if (q == NULL)
		abort();
	return q;
}

void *mem_grow(void *p, size_t old_size, size_t new_size)
{
	unsigned char *q = mem_resize(p, new_size);

	if (new_size > old_size)
		memset(q + old_size, 0, new_size - old_size);
	return q;
}

char *mem_strdup(const char *s)
{
	return s != NULL ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t n)
{
	size_t len = n > 0 ? strnlen(s, n) : 0;
	char *copy;

	if (len == SIZE_MAX)
		abort();
	copy = mem_new(len + 1);
	if (len > 0)
		memcpy(copy, s, len);
	return copy;
}

void mem_free(void *p)
{
	free(p);
}
