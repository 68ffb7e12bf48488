/* SPDX-License-Identifier: MIT */
/* arena.h - memory that lives as long as one unit of work
 *
 * One arena per stanza, mail transaction or HTTP request.  Allocation cannot
 * fail (out of memory ends the process), memory arrives zeroed, and nothing
 * is freed singly: arena_reset() drops the whole unit.  Anything that must
 * outlive the unit is copied out by its new owner, or travels as a frame
 * (reference-counted bytes).
 */
#ifndef GW_BASE_ARENA_H
#define GW_BASE_ARENA_H

#include <stddef.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

struct arena;

struct arena *arena_new(void);
/* For many that live long: the first block holds n bytes, not a usual unit. */
struct arena *arena_new_for(size_t n);
size_t arena_room(size_t size);	   /* what one piece takes of n */
void arena_reset(struct arena *a); /* keeps one block for the next unit */
void arena_free(struct arena **a); /* NULL-safe, nulls *a */
/* Zeroes all that is in it: before arena_free() where secrets were. */
void arena_wipe(struct arena *a);

void *arena_alloc(struct arena *a, size_t size); /* zeroed, max-aligned */
/* At most n bytes, up to a 0 byte; for bytes that may hold one: arena_str. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
/* A copy, 0-terminated; STR_NONE stays STR_NONE. */
struct str arena_str(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...) GW_PRINTF(2, 3);

/* Bytes handed out since the last reset: for limits and metrics. */
size_t arena_used(const struct arena *a);
/* With what alignment takes: for arena_new_for(). */
size_t arena_taken(const struct arena *a);

/* The heap behind everything that is not an arena: cannot fail, zeroed.
 * malloc and its family are banned outside gateway/base. */
void *mem_new(size_t size);
void *mem_grow(void *p, size_t old_size, size_t new_size); /* zeroes the rest */
void *mem_resize(void *p, size_t size); /* does not: for bytes written next */
char *mem_strdup(const char *s);	/* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);
void mem_free(void *p); /* NULL-safe */

#endif
