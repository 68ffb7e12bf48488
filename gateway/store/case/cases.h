/* SPDX-License-Identifier: MIT */
/* cases.h - cases, their acts and their timeline in the store
 *
 * One change is one transaction: the row under its version, the planned acts,
 * the entries, who was told.  Texts are never NULL.
 */
#ifndef GW_STORE_CASE_CASES_H
#define GW_STORE_CASE_CASES_H

#include "gateway/base/arena.h"
#include "gateway/store/store.h"

struct store_case {
	int64_t number, version, config_version, previous;
	int64_t kind, state, severity;
	int64_t opened_at, changed_at, closed_at, claimed_at, until, due;
	int64_t owner_gone, step, round, climbed, acts, alerts, firing, waiting;
	const char *key, *mail_id, *subject, *detail, *pool, *ladder;
	const char *ladder_text, *room, *recipient, *owner, *offered_to;
	const char *closed_why, *card_id, *told;
};

struct store_case_act {
	int64_t number, step;
	int64_t kind, by, offer, line, planned_at;
	const char *receiver, *other, *why;
};

struct store_case_entry {
	int64_t seq, number, at;
	const char *what, *who, *via, *why, *choice;
};

struct store_case_told {
	const char *who;
	int64_t number, at;
};

/* Owner: whoever submits; everything in it lives until req.done(). */
struct store_case_change {
	struct store_req req;
	const struct store_case *row; /* NULL: none, waits for those before */
	const struct store_case_act *acts;
	size_t act_count;
	const struct store_case_entry *entries;
	size_t entry_count;
	const char *const *told; /* of this case, at row->changed_at */
	size_t told_count;
};
/* Version 1 is inserted, others follow their predecessor; GW_CONFLICT: that
 * is not what the store holds. */
void store_cases_change(struct store *s, struct store_case_change *c);

struct store_case_result {
	int64_t number, step, at;
	const char *result; /* "ok", "failed" */
	struct store_case_entry entry;
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};
/* An act is over.  Copies what it is given. */
void store_cases_act_over(struct store *s, const struct store_case_result *r);

struct store_cases {
	struct store_case *rows; /* by number */
	size_t count;
	struct store_case_act *acts; /* still to do, by number and step */
	size_t act_count;
	struct store_case_told *told;
	size_t told_count;
	int64_t last; /* the largest number ever given */
};
/* Before the loop runs: what is open, has acts to do, or was closed (told)
 * after since; all in the arena. */
enum gw_err store_cases_load(struct store *s, int64_t since, struct arena *a,
			     struct store_cases *out) GW_CHECKED;

/* One case as it is on disk, by a reader; borrowed for the call.  GW_NOT_FOUND:
 * there is none. */
void store_cases_read(struct store *s, int64_t number,
		      void (*done)(void *arg, enum gw_err e,
				   const struct store_cases *found),
		      void *arg);

void store_cases_timeline(struct store *s, int64_t number,
			  void (*done)(void *arg, enum gw_err e,
				       const struct store_case_entry *entries,
				       size_t n),
			  void *arg);

#endif
