/* SPDX-License-Identifier: MIT */
/* mta.h - the mail side as the composition root sees it
 *
 * Mail comes in by LMTP or SMTP, a pool's address is resolved to people who
 * are there, and 250 is said only when the next hop has it and the store knows
 * (or our spool has it, for a hold).  Reading is tracked, an unread mail past
 * its deadline becomes a case.
 */
#ifndef GW_MTA_MTA_H
#define GW_MTA_MTA_H

#include "gateway/base/arena.h"
#include "gateway/board/board.h"
#include "gateway/case/case.h"
#include "gateway/config/config.h"
#include "gateway/net/conn.h"
#include "gateway/net/listener.h"
#include "gateway/pool/pool.h"
#include "gateway/run/jobs.h"
#include "gateway/run/metrics.h"
#include "gateway/seam/mailer.h"
#include "gateway/seam/people.h"
#include "gateway/store/store.h"

struct mta;

struct mta_spec {
	struct loop *loop;
	struct net *net;
	struct jobs *jobs; /* Maildir and spool */
	struct store *store;
	struct board *board;
	struct pools *pools;
	struct cases *cases;
	struct metrics *metrics;
	struct seam_people people;
};

extern const struct conf_section mta_conf_section; /* `mail:` */

struct mta *mta_new(const struct mta_spec *spec);
void mta_free(struct mta **m);
enum gw_err mta_configure(struct mta *m, struct config *cfg,
			  struct err_note *note) GW_CHECKED;
/* Before the loop runs: watches, holds, mails whose delivery is unknown. */
enum gw_err mta_load(struct mta *m) GW_CHECKED;
enum gw_err mta_listen(struct mta *m, struct tls_server *tls,
		       struct err_note *note) GW_CHECKED;
void mta_stop(struct mta *m);
struct seam_mailer mta_mailer(struct mta *m);
void mta_addresses(const struct mta *m,
		   void (*fn)(void *arg, const char *what, const char *address),
		   void *arg);

/* One mail as console and command line show it; strings in the arena. */
struct mta_mail {
	const char *id, *message_id, *from, *rcpt, *chosen, *state, *why;
	int64_t received_at, deadline_at, size;
	uint64_t case_number; /* 0: none */
};
struct mta_page {
	bool watched_only; /* those with a running watch */
	size_t max;
	struct str after; /* of the page before; STR_NONE: the first */
};
/* What mta_page.after wants of the last mail of a page. */
char *mta_page_after(const struct mta_mail *last, struct arena *a);
/* Newest first; GW_BAD_INPUT: that is no `after`. */
void mta_list(struct mta *m, const struct mta_page *page,
	      void (*done)(void *arg, enum gw_err e,
			   const struct mta_mail *mails, size_t n),
	      void *arg);

#endif
