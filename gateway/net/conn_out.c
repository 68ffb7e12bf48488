/* SPDX-License-Identifier: MIT */
/* conn_out.c - what a connection has still to send */
#include "gateway/net/conn_out.h"

#include <assert.h>

#include "gateway/base/arena.h"

/* A frame this small costs less copied than referred to: each reference is a
 * vector more for the kernel. */
#define FRAME_COPY_MAX ((size_t)512)
/* Room for a few stanzas: a piece lives only until it is written. */
#define OWN_FIRST ((size_t)1000)
/* Own pieces stop growing here, so that eating never moves much. */
#define OWN_MAX ((size_t)32768)
#define CAP_MIN 4u

static struct str piece_str(const struct conn_piece *p)
{
	return p->frame != NULL ? frame_str(p->frame) : buf_str(&p->own);
}

static void piece_fini(struct conn_piece *p)
{
	frame_unref(&p->frame);
	buf_fini(&p->own);
}

static struct conn_piece *append(struct conn_out *o)
{
	uint32_t live = o->count - o->head;

	if (o->count == o->cap && o->head > o->cap / 2) {
		memmove(o->pieces, o->pieces + o->head,
			live * sizeof(*o->pieces));
		o->head = 0;
		o->count = live;
	}
	if (o->count == o->cap) {
		uint32_t cap = o->cap > 0 ? o->cap * 2 : CAP_MIN;

		o->pieces = mem_grow(o->pieces, o->cap * sizeof(*o->pieces),
				     cap * sizeof(*o->pieces));
		o->cap = cap;
	}
	o->pieces[o->count] = (struct conn_piece){ .frame = NULL };
	return &o->pieces[o->count++];
}

struct buf *conn_out_tail(struct conn_out *o)
{
	struct conn_piece *last = NULL;

	if (o->count > o->head)
		last = &o->pieces[o->count - 1];
	if (last == NULL || last->frame != NULL || last->own.len >= OWN_MAX)
		last = append(o);
	if (last->own.cap == 0)
		buf_reserve(&last->own, OWN_FIRST);
	return &last->own;
}

void conn_out_wrote(struct conn_out *o, size_t n)
{
	o->bytes += n;
}

void conn_out_add(struct conn_out *o, const void *p, size_t n)
{
	if (n == 0)
		return;
	buf_add(conn_out_tail(o), p, n);
	o->bytes += n;
}

void conn_out_add_frame(struct conn_out *o, struct frame *f)
{
	if (f->len <= FRAME_COPY_MAX) {
		conn_out_add(o, f->data, f->len);
		return;
	}
	append(o)->frame = frame_ref(f);
	o->bytes += f->len;
}

int conn_out_vectors(const struct conn_out *o, struct iovec *v, int max)
{
	size_t skip = o->skip;
	int n = 0;

	for (uint32_t i = o->head; i < o->count && n < max; i++) {
		struct conn_piece *p = &o->pieces[i];
		uint8_t *data = p->frame != NULL ? p->frame->data : p->own.data;

		v[n].iov_base = data + skip;
		v[n].iov_len = piece_str(p).n - skip;
		n++;
		skip = 0;
	}
	return n;
}

void conn_out_eat(struct conn_out *o, size_t n)
{
	assert(n <= o->bytes);
	o->bytes -= n;
	while (n > 0) {
		struct conn_piece *p = &o->pieces[o->head];
		size_t left = piece_str(p).n - o->skip;

		if (n < left) {
			o->skip += n;
			return;
		}
		n -= left;
		o->skip = 0;
		piece_fini(p);
		o->head++;
	}
	if (o->bytes == 0)
		conn_out_clear(o);
}

size_t conn_out_take(struct conn_out *o, uint8_t *dst, size_t max)
{
	size_t done = 0;

	while (done < max && o->bytes > 0) {
		struct iovec v = { .iov_base = NULL };
		size_t n;

		conn_out_vectors(o, &v, 1);
		n = v.iov_len < max - done ? v.iov_len : max - done;
		memcpy(dst + done, v.iov_base, n);
		conn_out_eat(o, n);
		done += n;
	}
	return done;
}

void conn_out_clear(struct conn_out *o)
{
	for (uint32_t i = o->head; i < o->count; i++)
		piece_fini(&o->pieces[i]);
	mem_free(o->pieces);
	*o = (struct conn_out){ .pieces = NULL };
}
