/* SPDX-License-Identifier: MIT */
/* frame.c - bytes serialised once and held by many */
#include "gateway/base/frame.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

struct frame *frame_new(const void *p, size_t n)
{
	struct frame *f;

	if (n > SIZE_MAX - sizeof(*f))
		abort();
	f = mem_new(sizeof(*f) + n);
	f->refs = 1;
	f->len = n;
	if (n > 0)
		memcpy(f->data, p, n);
	return f;
}

struct frame *frame_ref(struct frame *f)
{
	assert(f->refs > 0 && f->refs < UINT_MAX);
	f->refs++;
	return f;
}

void frame_unref(struct frame **f)
{
	if (*f == NULL)
		return;
	assert((*f)->refs > 0);
	if (--(*f)->refs == 0)
		mem_free(*f);
	*f = NULL;
}
