/* SPDX-License-Identifier: MIT */
/* mta_private.h - what the files of this room share */
#ifndef GW_MTA_PRIVATE_H
#define GW_MTA_PRIVATE_H

#include "gateway/store/mail/mail.h"
#include "mta/conf.h"
#include "mta/mta.h"
#include "mta/out/deliver.h"
#include "mta/route.h"
#include "mta/spool.h"

enum { MTA_LMTP, MTA_SMTP, MTA_POLICY, MTA_SOCKETMAP, MTA_LISTENERS };

struct mta_counts {
	struct metric *taken, *deferred, *bounced, *held, *delivered, *repeats;
	struct metric *late, *seen, *copies;
};

struct mta {
	struct mta_spec spec;
	struct config *cfg;
	const struct mta_conf *conf;
	const struct conf_map *domains;
	char hostname[256];
	char *spool; /* the folder, of the first configuration */
	struct tls_server *tls;
	struct listener *listeners[MTA_LISTENERS];
	bool stopping;
	struct map letters; /* by id: all that are in memory */
	struct list calls;  /* struct mta_call under way */
	struct list open;   /* struct mta_tx whose mail is not all here */
	struct list held;   /* letters waiting for somebody to come */
	struct map answers; /* of the ask server, by role */
	struct loop_timer sweep;
	struct loop_timer prune;
	bool sweeping;
	struct mta_counts counts;
};

/* An answer somebody owes us, who may live longer than we do. */
struct mta_call {
	struct list link;
	struct mta *m; /* NULL: we are gone */
	uint64_t conn;
	char *id;
	size_t index;
	void (*fn)(void); /* seam_mailer's done, cast back by its file */
	void *arg;
};
struct mta_call *mta_call_new(struct mta *m);
struct mta *mta_call_end(struct mta_call *c); /* frees it; NULL: gone */

/* ---- letter.c: one mail for one recipient ---- */

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
	size_t index; /* recipient of tx */
	struct list held;
	struct loop_timer timer; /* hold, retry or deadline */
	unsigned attempts;
	size_t tried_count; /* members whose mailboxes refused */
	const char *const *tried;
	bool claimed, opening, deciding;
	struct list gone; /* of the sweep */
};

struct mta_letter *mta_letter_new(struct mta *m, const char *id);
void mta_letter_free(struct mta_letter **l);
void mta_letter_remember(struct mta_letter *l); /* by id, in the map */
struct mta_letter *mta_letter_get(struct mta *m, struct str id);
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

/* ---- track/: deadlines and evidence ---- */

/* Watches a delivered letter, or lets it go. */
void mta_watch_take(struct mta_letter *l);
void mta_watch_case(void *arg, const struct casefile *c, const char *what,
		    const char *who);
/* One sweep's word on a letter: "seen", "answered", "moved", "deleted". */
void mta_watch_evidence(struct mta_letter *l, const char *what,
			const char *person);
void mta_track_start(struct mta *m);
void mta_track_due(struct loop_timer *t);

/* ---- ask/ask.c ---- */
void mta_ask_flush(struct mta *m);

/* ---- protocols ---- */
extern const struct proto mta_smtp_proto, mta_lmtp_proto;
extern const struct proto mta_ask_policy_proto, mta_ask_socketmap_proto;

bool mta_serves(const struct mta *m, struct str domain);

#endif
