/* SPDX-License-Identifier: MIT */
/* letter.h - one mail for one recipient: whom it goes to, and who has it
 *
 * Lives from its decision until it is answered, and on while it is held,
 * queued or watched; then it is found in the map by its id.
 */
#ifndef GW_MTA_LETTER_H
#define GW_MTA_LETTER_H

#include "mta/mta_private.h"

struct mta_handoff {
	struct mta_letter *letter;
	struct mta_parcel parcel;
	const char *person;
	bool has_it;
	bool refused; /* for good */
	bool busy;
	struct mta_handoff *same; /* the other letter that brings it */
	char *seen_as;		  /* last known file name in cur/; heap */
	unsigned missed;	  /* sweeps that did not find it */
	bool seen;
};

struct mta_letter {
	struct arena *arena;
	struct mta *m;
	struct store_mail row;
	const char *from; /* of the header, for people */
	const char *helo;
	bool quiet; /* by or for machines: no case */
	bool in_map;
	size_t count, busy;
	struct mta_handoff *handoffs;
	const char *decision_why, *snapshot;
	bool again;
	void (*sent)(struct mta_letter *l); /* all handoffs have answered */
	void *tx;
	struct list held;
	struct loop_timer timer; /* hold, retry, deadline or end */
	unsigned attempts;
	size_t tried_count; /* members whose mailboxes refused */
	const char *const *tried;
	bool claimed, opening, deciding;
	const char *over; /* why the watch ends; NULL: it goes on */
};

struct mta_letter *mta_letter_new(struct mta *m, const char *id);
void mta_letter_free(struct mta_letter **l);
void mta_letter_remember(struct mta_letter *l); /* by id, in the map */
struct mta_letter *mta_letter_get(struct mta *m, struct str id);
/* A call about a letter, and the letter when it is answered: NULL if it, or
 * the mail side, is gone by then. */
struct mta_call *mta_letter_call(struct mta_letter *l);
struct mta_letter *mta_letter_called(void *arg, struct mta **m);
/* persons are copied; those in row.chosen before are forgotten. */
void mta_letter_choose(struct mta_letter *l, const char *const *persons,
		       size_t n);
enum gw_err mta_letter_route(struct mta_letter *l, const struct pool *p,
			     struct mta_question *q) GW_CHECKED;
/* Hands over to all that have it not, then l->sent(). */
void mta_letter_send(struct mta_letter *l);
char *mta_letter_spool(struct arena *a, const struct mta *m, const char *id);
/* What goes before the mail. */
struct str mta_letter_head(struct mta_letter *l, struct arena *a,
			   const char *person);
void mta_letter_target(struct mta *m, const char *peer, struct arena *a,
		       struct mta_target *out);
size_t mta_letter_having(const struct mta_letter *l);
size_t mta_letter_refused(const struct mta_letter *l);
/* Rows: the mail and its decision; those who have it now. */
void mta_letter_rows(struct mta_letter *l, struct store_mail_batch *b,
		     bool decided);
void mta_letter_deliveries(struct mta_letter *l, struct store_mail_batch *b);
void mta_letter_unspool(struct mta_letter *l);

/* ---- hold.c: promised, not yet with everybody ---- */

/* The letter's row says HELD, QUEUED or DELIVERED and is on disk; takes it. */
void mta_hold_take(struct mta_letter *l);
void mta_hold_board(void *arg, struct str bare);
/* A letter found in the store at start. */
void mta_hold_resume(struct mta_letter *l);

#endif
