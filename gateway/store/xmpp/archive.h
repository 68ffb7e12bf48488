/* SPDX-License-Identifier: MIT */
/* archive.h - the rows of journal.h as they are read, and cleared away
 *
 * What callbacks are handed is borrowed for the call.
 */
#ifndef GW_STORE_XMPP_ARCHIVE_H
#define GW_STORE_XMPP_ARCHIVE_H

#include "gateway/base/arena.h"
#include "gateway/store/store.h"
#include "gateway/store/xmpp/journal.h"

typedef void archive_list_fn(void *arg, enum gw_err e,
			     const struct journal_row *rows, size_t count);

/* The oldest `max` rows of the owner with an id above `after`, oldest first:
 * those that wait for him, or those kept. */
struct archive_query {
	struct str owner;
	bool waiting;
	int64_t after;
	int64_t max;
};
void archive_list(struct store *s, const struct archive_query *q,
		  archive_list_fn *done, void *arg);

/* Before the loop runs: the largest id there is, and of the latest rows (at
 * most max) the origins; of those without one that were received and kept from
 * the id `since` on, what they are; in a. */
struct archive_words {
	struct str owner, stanza;
};
struct archive_recent {
	int64_t since;
	size_t max;
	int64_t last_id;
	int64_t *origins;
	size_t count;
	struct archive_words *words;
	size_t word_count;
};
enum gw_err archive_load(struct store *s, struct arena *a,
			 struct archive_recent *r) GW_CHECKED;

/* One slice of clearing away: rows that nobody waits for, of ids below
 * `before`, and of one owner those beyond the newest `keep` (0: all are
 * kept).  done gets whether there is more, and the owner to go on from. */
struct archive_prune {
	int64_t before;
	int64_t keep;
	int64_t sessions_before; /* wall ms: h of sessions long gone */
	struct str owner;	 /* the one done last; "" begins */
};
typedef void archive_prune_fn(void *arg, enum gw_err e, bool more,
			      struct str owner);
void archive_prune(struct store *s, const struct archive_prune *p,
		   archive_prune_fn *done, void *arg);

#endif
