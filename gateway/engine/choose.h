/* SPDX-License-Identifier: MIT */
/* choose.h - who gets it: members ranked on a snapshot, a reason for each
 *
 * PURE.  The same snapshot and question always give the same choice, so that
 * "why bob?" is the same call again.  alerts.md section 12 has the scores.
 */
#ifndef GW_ENGINE_CHOOSE_H
#define GW_ENGINE_CHOOSE_H

#include "gateway/engine/presence.h"

struct snapshot {
	int64_t now; /* wall */
	struct presence_rules rules;
	size_t count;
	const struct person *people; /* members of the pool, in its order */
};

enum choose_mode { CHOOSE_ONE, CHOOSE_FIRST_N, CHOOSE_AVAILABLE, CHOOSE_ALL };

struct choose_question {
	enum choose_mode mode;
	unsigned n; /* CHOOSE_FIRST_N */
	enum severity severity;
	bool for_mail; /* mailbox health counts */
	/* Addresses that must not be chosen: were told already, declined. */
	size_t exclude_count;
	const char *const *exclude;
};

struct candidate {
	const struct person *person;
	enum availability level;
	int score;     /* larger is better */
	bool eligible; /* may be told now */
	bool chosen;
	bool needs_ping; /* proof of life too old: ask first */
	const char *why; /* "ready, on cover, 1 open claim" / "skipped: away" */
};

struct choice {
	size_t count; /* = snapshot count, best first */
	struct candidate *candidates;
	size_t chosen;	 /* how many; 0: nobody available */
	const char *why; /* one sentence for log and timeline */
};

struct choice choose(const struct snapshot *s, const struct choose_question *q,
		     struct arena *a);

#endif
