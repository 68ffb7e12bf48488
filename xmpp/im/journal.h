/* SPDX-License-Identifier: MIT */
/* journal.h - what this turn wants on disk, gathered, and the names of rows
 *
 * All rows of a turn are one request of the store, with the h of the sessions
 * they came from.  The stanza-id of a row (XEP-0359) is a number under a
 * secret permutation: it says nothing, and leads back to the row.  What is
 * sent again after a crash, before which it was delivered and on no disk, must
 * have the name it had (L6).  So the number is that of the message's origin;
 * of the sender's id, the words and the hour if he names none; and of the row
 * only if that is taken, for two messages may look alike.
 */
#ifndef GW_XMPP_IM_JOURNAL_H
#define GW_XMPP_IM_JOURNAL_H

#include "gateway/store/xmpp/journal.h"
#include "xmpp/account.h"
#include "xmpp/receipt.h"
#include "xmpp/server.h"

struct xmpp_journal;

struct xmpp_journal *xmpp_journal_new(struct xmpp *x);
void xmpp_journal_free(struct xmpp_journal **j);
/* Before the loop runs: the secret, the last number, what came lately. */
enum gw_err xmpp_journal_load(struct xmpp *x) GW_CHECKED;

int64_t xmpp_journal_id(struct xmpp *x); /* a number for a row */
void xmpp_journal_name(const struct xmpp *x, int64_t number, char out[17]);
/* GW_BAD_INPUT: no name of ours.  An origin is negative, and the key of its
 * row; a likeness is from XMPP_LIKENESS on, and only in the text of its row;
 * else it is the row's own. */
#define XMPP_LIKENESS (INT64_C(1) << 62)
enum gw_err xmpp_journal_id_of(const struct xmpp *x, struct str name,
			       int64_t *number) GW_CHECKED;

/* What the sender says is one message (origin-id), as a number within the
 * owner's rows; 0: he does not say. */
int64_t xmpp_journal_origin(struct str owner, const struct stanza *st);
/* What looks like the same message of this hour, as a number; 0: it has no id.
 */
int64_t xmpp_journal_likeness(const struct xmpp *x, struct arena *a,
			      struct str owner, const struct stanza *st);
/* A message that was stored not long ago comes again. */
bool xmpp_journal_seen(const struct xmpp *x, int64_t origin);

struct xmpp_put {
	const struct stanza *st;
	struct frame *frame;	/* of st, in a stream; or NULL */
	struct journal_row row; /* stanza and stamp are filled in */
	int64_t likeness;	/* that it is named after; 0: it is not */
};
/* r is held until it is on disk.  done may be NULL. */
void xmpp_journal_put(struct xmpp *x, struct xmpp_put *p,
		      struct xmpp_receipt *r, journal_fn *done, void *arg);
/* A line of a room, whose id is the name of its origin if it has one. */
void xmpp_journal_line(struct xmpp *x, const struct muc_line_row *row,
		       struct xmpp_receipt *r, journal_fn *done, void *arg);
/* Before the loop runs: this is on disk. */
void xmpp_journal_loaded(struct xmpp *x, struct str name);
void xmpp_journal_got(struct xmpp *x, const struct journal_row *row,
		      journal_fn *done, void *arg); /* see journal_got() */
/* Of this turn, to add to; NULL: the server has stopped. */
struct journal *xmpp_journal_batch(struct xmpp *x);
/* At once, not at the end of the turn; nothing is taken any more after the
 * server has stopped. */
void xmpp_journal_flush(struct xmpp *x);

#endif
