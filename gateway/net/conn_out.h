/* SPDX-License-Identifier: MIT */
/* conn_out.h - what a connection has still to send: own bytes and frames
 *
 * Small writes join in one piece; frames are held by reference.  Empty, it
 * holds no memory.
 */
#ifndef GW_NET_CONN_OUT_H
#define GW_NET_CONN_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "gateway/base/buf.h"
#include "gateway/base/frame.h"

struct conn_piece {
	struct frame *frame; /* NULL: own */
	struct buf own;
};

struct conn_out {
	struct conn_piece *pieces;
	uint32_t head, count, cap; /* live: head..count */
	size_t skip;		   /* bytes of the first one already sent */
	size_t bytes;		   /* unsent in all */
};

void conn_out_add(struct conn_out *o, const void *p, size_t n);
void conn_out_add_frame(struct conn_out *o, struct frame *f);
/* Where own bytes may be written at the end, and how many then were. */
struct buf *conn_out_tail(struct conn_out *o);
void conn_out_wrote(struct conn_out *o, size_t n);
/* Fills up to max vectors from the front; returns how many. */
int conn_out_vectors(const struct conn_out *o, struct iovec *v, int max);
void conn_out_eat(struct conn_out *o, size_t n); /* n <= bytes */
/* Copies up to max bytes from the front, eating them. */
size_t conn_out_take(struct conn_out *o, uint8_t *dst, size_t max);
void conn_out_clear(struct conn_out *o);

#endif
