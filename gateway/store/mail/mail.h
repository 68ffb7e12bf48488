/* SPDX-License-Identifier: MIT */
/* mail.h - mails, decisions about them, deliveries and evidence, as rows
 *
 * What belongs together is written as one batch: one request, all or nothing.
 */
#ifndef GW_STORE_MAIL_MAIL_H
#define GW_STORE_MAIL_MAIL_H

#include "gateway/base/arena.h"
#include "gateway/store/store.h"

/* Numbers are in the store: only add at the end of each half. */
enum store_mail_state {
	MAIL_NEW,	/* delivery under way, nothing promised */
	MAIL_HELD,	/* promised; nobody was there */
	MAIL_QUEUED,	/* promised; some of the chosen have it not yet */
	MAIL_DELIVERED, /* from here on the spool is not needed to deliver */
	MAIL_DEFERRED,	/* refused with 4xx: the MTA has it */
	MAIL_BOUNCED,	/* refused with 5xx */
	MAIL_FAILED,	/* promised, and a person must see to it */
};

struct store_mail {
	const char *id, *queue_id, *msgid, *sha256, *env_from, *rcpt, *role;
	const char *peer, *subject, *chosen, *rule; /* chosen: blanks between */
	enum store_mail_state state;
	int precedence;
	int64_t size, received_at, deadline_at, hold_until;
	bool watched, spooled;
	uint64_t case_number;
};

struct store_mail_decision {
	const char *mail, *rule, *why, *chosen, *snapshot;
};

/* Everything is copied at once. */
struct store_mail_batch;
struct store_mail_batch *store_mail_batch_new(struct store *s);
/* Inserted, or replaced by id. */
void store_mail_batch_mail(struct store_mail_batch *b,
			   const struct store_mail *m);
void store_mail_batch_decision(struct store_mail_batch *b,
			       const struct store_mail_decision *d);
void store_mail_batch_delivery(struct store_mail_batch *b, const char *mail,
			       const char *person, const char *hop,
			       const char *reply);
void store_mail_batch_evidence(struct store_mail_batch *b, const char *mail,
			       const char *what, const char *person);
void store_mail_batch_sent(struct store_mail_batch *b, const char *id,
			   const char *mail, const char *person);
/* done may be NULL; frees the batch. */
void store_mail_batch_commit(struct store_mail_batch *b,
			     void (*done)(void *arg, enum gw_err e), void *arg);

struct store_mail_read {
	struct store_mail mail;
	size_t count; /* persons who have it */
	const char **persons;
};
typedef void store_mail_rows_fn(void *arg, enum gw_err e,
				const struct store_mail_read *rows, size_t n);

/* Is it here already?  Same bytes for the same recipient, from the same queue
 * id or with a Message-ID.  One row, or GW_NOT_FOUND. */
void store_mail_find(struct store *s, const struct store_mail *like,
		     store_mail_rows_fn *done, void *arg);
/* Was this copy or notice handed over?  GW_OK or GW_NOT_FOUND. */
void store_mail_was_sent(struct store *s, const char *id,
			 void (*done)(void *arg, enum gw_err e), void *arg);
/* Newest first, those behind (received_at, id) of the page before; 0, "" at
 * first. */
struct store_mail_page {
	bool watched_only;
	size_t max;
	int64_t before;
	const char *after;
};
void store_mail_list(struct store *s, const struct store_mail_page *page,
		     store_mail_rows_fn *done, void *arg);
/* One by id. */
void store_mail_get(struct store *s, const char *id, store_mail_rows_fn *done,
		    void *arg);
/* Before the loop runs: all that are not at rest, in the arena. */
enum gw_err store_mail_load(struct store *s, struct arena *a,
			    struct store_mail_read **rows,
			    size_t *n) GW_CHECKED;
/* Forgets up to max mails at rest received before that time. */
void store_mail_prune(struct store *s, int64_t before, size_t max,
		      void (*done)(void *arg, enum gw_err e, size_t gone),
		      void *arg);

#endif
