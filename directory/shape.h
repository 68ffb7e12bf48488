/* SPDX-License-Identifier: MIT */
/* shape.h - how many accounts have keys of how many rounds and salts of which
 * length, PURE
 *
 * Imported accounts look like where they come from.  Names that nobody has
 * are shown rounds and salts like those of the rest, in the same shares, so
 * that neither tells which names there are.
 */
#ifndef GW_DIRECTORY_SHAPE_H
#define GW_DIRECTORY_SHAPE_H

#include "directory/scram.h"
#include "gateway/seam/people.h"

#define DIRECTORY_SHAPES 16 /* of each hash; rarer ones are not shown */

struct directory_shapes {
	struct {
		unsigned rounds;
		size_t salt_len;
		unsigned n; /* accounts */
	} of[DIRECTORY_HASHES][DIRECTORY_SHAPES];
};

/* by: 1 for the keys of an account that has them from now on, -1 for those it
 * has no more. */
void directory_shapes_add(struct directory_shapes *s,
			  const struct directory_keys *keys, int by);
/* False: no account has a key of this hash. */
bool directory_shapes_draw(const struct directory_shapes *s, enum crypto_hash h,
			   struct people_shape *out);

#endif
