/* SPDX-License-Identifier: MIT */
/* hasher.h - passwords to keys, in jobs, a few at a time
 *
 * Only some hashes are in the job pool at once, so that ten thousand new
 * accounts delay neither a log-in nor anybody else's job: log-ins are urgent
 * and overtake.
 */
#ifndef GW_DIRECTORY_HASHER_H
#define GW_DIRECTORY_HASHER_H

#include "directory/scram.h"
#include "gateway/run/jobs.h"

struct directory_hasher;

/* keys are borrowed for the call; NULL with GW_UNAVAIL. */
typedef void directory_hasher_fn(void *arg, enum gw_err e,
				 const struct directory_keys *keys);

struct directory_hasher_ask {
	struct str password;	    /* copied, and wiped afterwards */
	struct directory_keys keys; /* salts and rounds of those wanted */
	bool urgent;
	directory_hasher_fn *done; /* never from inside the call */
	void *arg;
};

struct directory_hasher *directory_hasher_new(struct loop *l, struct jobs *j);
/* What was asked and not answered is answered with GW_UNAVAIL. */
void directory_hasher_free(struct directory_hasher **h);
/* GW_LIMIT when too many wait: nothing was taken then. */
enum gw_err
directory_hasher_ask(struct directory_hasher *h,
		     const struct directory_hasher_ask *ask) GW_CHECKED;

#endif
