/* SPDX-License-Identifier: MIT */
/* shape.c - how the keys of the accounts look, pure */
#include "directory/shape.h"

static void add_one(struct directory_shapes *s, size_t h,
		    const struct directory_key *k, int by)
{
	size_t empty = DIRECTORY_SHAPES;

	for (size_t i = 0; i < DIRECTORY_SHAPES; i++) {
		if (s->of[h][i].n == 0) {
			empty = empty == DIRECTORY_SHAPES ? i : empty;
		} else if (s->of[h][i].rounds == k->rounds &&
			   s->of[h][i].salt_len == k->salt_len) {
			s->of[h][i].n += (unsigned)by;
			return;
		}
	}
	if (by < 0 || empty == DIRECTORY_SHAPES)
		return;
	s->of[h][empty].rounds = k->rounds;
	s->of[h][empty].salt_len = k->salt_len;
	s->of[h][empty].n = 1;
}

void directory_shapes_add(struct directory_shapes *s,
			  const struct directory_keys *keys, int by)
{
	for (size_t h = 0; h < DIRECTORY_HASHES; h++)
		if (keys->of[h].rounds != 0)
			add_one(s, h, &keys->of[h], by);
}

bool directory_shapes_draw(const struct directory_shapes *s, enum crypto_hash h,
			   struct people_shape *out)
{
	uint64_t all = 0, at;

	for (size_t i = 0; i < DIRECTORY_SHAPES; i++)
		all += s->of[h][i].n;
	if (all == 0)
		return false;
	at = out->draw * all >> 32;
	for (size_t i = 0; i < DIRECTORY_SHAPES; i++) {
		if (at < s->of[h][i].n) {
			out->rounds = s->of[h][i].rounds;
			out->salt_len = s->of[h][i].salt_len;
			return true;
		}
		at -= s->of[h][i].n;
	}
	return false;
}
