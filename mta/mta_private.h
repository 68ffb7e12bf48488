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
	struct map flights; /* recipient and hash of mails being settled */
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

struct mta_letter;

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
