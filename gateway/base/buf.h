/* SPDX-License-Identifier: MIT */
/* buf.h - bytes that grow: what is written out and what was read so far
 *
 * Heap memory, cannot fail.  `data` is terminated by a 0 byte that does not
 * count, whenever anything was ever added.  Zeroed memory is an empty buf.
 */
#ifndef GW_BASE_BUF_H
#define GW_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

void buf_fini(struct buf *b);  /* frees, leaves it empty and usable */
void buf_reset(struct buf *b); /* len = 0, memory kept */
/* Room for n more, so that they come without growing. */
void buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, struct str s);
void buf_add_lit(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) GW_PRINTF(2, 3);
/* n bytes more, for the caller to fill at once. */
uint8_t *buf_more(struct buf *b, size_t n);
/* Zeroed room for n at the end; who fills it adds to b->len. */
uint8_t *buf_space(struct buf *b, size_t n);
void buf_eat(struct buf *b, size_t n);	 /* drops n bytes from the front */
void buf_cut(struct buf *b, size_t len); /* len <= b->len */
struct str buf_str(const struct buf *b); /* borrowed until the next change */
char *buf_take(struct buf *b); /* terminated, mem_free() it; b is empty then */

/* Escapes & < > ' " and CR for XML text and attribute values. */
void buf_add_xml(struct buf *b, struct str s);
/* A quoted JSON string; s must be valid UTF-8. */
void buf_add_json(struct buf *b, struct str s);

#endif
