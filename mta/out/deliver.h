/* SPDX-License-Identifier: MIT */
/* deliver.h - one mail for one person to the next hop
 *
 * GW_OK: it is there, durably.  GW_UNAVAIL: not now (4xx).  Any other: the
 * next hop will not have it (5xx).
 */
#ifndef GW_MTA_DELIVER_H
#define GW_MTA_DELIVER_H

#include "gateway/net/conn.h"
#include "gateway/run/jobs.h"
#include "mta/conf.h"

#define MTA_REPLY_MAX 200

struct mta_parcel {
	struct net *net;
	struct jobs *jobs;
	struct mta_target target;
	const char *name; /* stable: a repeat has the same */
	int64_t at; /* wall ms of the first attempt; part of a file name */
	const char *hostname;
	const char *spool; /* file with the mail; NULL: head is all */
	struct str head;   /* goes before it; CRLF */
	const char *env_from;
	const char *to;
	bool again; /* an earlier attempt may have succeeded */
	enum gw_err e;
	char reply[MTA_REPLY_MAX];
	void (*done)(struct mta_parcel *p);
	void *arg; /* the owner's */

	struct job job; /* private from here */
	struct arena *arena;
	void *client;
};

/* Everything p points to lives until done(), which may come at once. */
void mta_deliver(struct mta_parcel *p);
void mta_out_maildir(struct mta_parcel *p);
void mta_out_client(struct mta_parcel *p);
/* Ends the delivery; reply is cut and made one line. */
void mta_deliver_end(struct mta_parcel *p, enum gw_err e, struct str reply);
/* The file's name in a Maildir, without flags. */
char *mta_out_maildir_name(struct arena *a, const struct mta_parcel *p);

#endif
