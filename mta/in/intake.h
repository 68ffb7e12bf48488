/* SPDX-License-Identifier: MIT */
/* intake.h - one mail from its envelope to the answers for its recipients
 *
 * The order on disk is what this file is for: the mail's rows, the decision
 * and the spooled copy; then the next hop; then the rows of the deliveries;
 * then the answer.
 */
#ifndef GW_MTA_INTAKE_H
#define GW_MTA_INTAKE_H

#include "mta/header.h"
#include "mta/in/smtp_parse.h"
#include "mta/letter.h"

#define MTA_RCPT_MAX 1000

struct mta_rcpt {
	struct mta_tx *tx;
	const char *address; /* lower case */
	const char *role;    /* its pool; "": a person */
	size_t same;	     /* index of the same recipient, or its own */
	bool settled;
	enum gw_err e;
	const char *reply; /* instead of what e says; NULL */
	bool decided;
	const char *flight; /* our key among those being settled; NULL */
	bool repeat;
	struct mta_letter *letter;
};

struct mta_tx {
	struct arena *arena;
	struct mta *m;
	struct list link;
	char id[17];
	uint64_t conn; /* 0: nobody waits for the answers */
	const char *peer, *helo, *queue_id, *env_from;
	int priority; /* enum severity, by MT-PRIORITY; -1 */
	size_t count, cap;
	struct mta_rcpt **rcpts;
	struct mta_smtp_data data;
	struct buf head;
	int64_t size;
	bool too_large, finishing, aborted;
	struct mta_spool_file file;
	struct mta_header header;
	char sha[65];
	struct mta_spool_links links;
	size_t waiting;
	/* What the session wants to know; conn_find() first. */
	void (*progress)(struct mta_tx *tx);
	void (*answered)(struct mta_tx *tx);
};

struct mta_tx *mta_tx_new(struct mta *m, struct str env_from);
/* NULL: too many. */
struct mta_rcpt *mta_tx_add(struct mta_tx *tx, const char *address,
			    const char *role);
/* Data as it came; returns what was eaten. */
size_t mta_tx_feed(struct mta_tx *tx, const uint8_t *p, size_t n);
bool mta_tx_full(const struct mta_tx *tx); /* wait for progress() */
/* The session is gone, or RSET: nothing is answered any more. */
void mta_tx_leave(struct mta_tx **tx);

#endif
