/* SPDX-License-Identifier: MIT */
/* frame.h - bytes serialised once and held by many
 *
 * What outlives a stanza (output queues, 0198 queues, fan-out) is a frame.
 * Only the core thread changes counts.
 */
#ifndef GW_BASE_FRAME_H
#define GW_BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/str.h"

struct frame {
	unsigned refs;
	size_t len;
	uint8_t data[];
};

struct frame *frame_new(const void *p, size_t n); /* one reference, yours */
struct frame *frame_ref(struct frame *f);	  /* returns f */
void frame_unref(struct frame **f);		  /* NULL-safe, nulls *f */

static inline struct str frame_str(const struct frame *f)
{
	return str_make((const char *)f->data, f->len);
}

#endif
