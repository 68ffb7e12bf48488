/* SPDX-License-Identifier: MIT */
/* muc.h - rooms, who stands how in them, and what was said, on disk
 *
 * Strings are copied into the request.  done() may be NULL; it comes on the
 * core thread, after the commit.
 */
#ifndef GW_STORE_XMPP_MUC_H
#define GW_STORE_XMPP_MUC_H

#include "gateway/base/arena.h"
#include "gateway/store/store.h"

struct muc_room_row {
	struct str room; /* bare JID */
	struct str secret;
	struct str name, description, password;
	int64_t flags; /* enum xmpp_muc_flag */
	int64_t whisper, max_users, history;
	struct str subject, subject_by; /* nick */
	int64_t subject_stamp;
};

struct muc_person_row {
	struct str jid;	 /* bare */
	int affiliation; /* enum xmpp_muc_affiliation */
	struct str reason;
	bool remove; /* the row goes */
};

struct muc_line_row {
	struct str room, id; /* id: unique in its room */
	int64_t stamp;	     /* wall ms */
	struct str stanza;
};

typedef void muc_done_fn(void *arg, enum gw_err e);

struct muc_done {
	muc_done_fn *fn;
	void *arg;
};

/* All of it or nothing. */
struct muc_write {
	const struct muc_room_row *room;
	const struct muc_person_row *persons;
	size_t count;
};
void muc_save(struct store *s, const struct muc_write *w, struct muc_done done);
void muc_delete(struct store *s, struct str room, struct muc_done done);

/* GW_CONFLICT: that id is in the room already. */
void muc_add(struct store *s, const struct muc_line_row *row,
	     struct muc_done done);
/* The same within a request of another kind: journal.c. */
enum gw_err muc_put_line(struct store_db *db,
			 const struct muc_line_row *row) GW_CHECKED;
/* Rows beyond the newest `keep`, or older than `before` (wall ms), some at a
 * time. */
struct muc_bounds {
	struct str room;
	int64_t keep;
	int64_t before;
};
void muc_trim(struct store *s, const struct muc_bounds *b);

/* Before the loop runs, strings in a.  Lines: the newest `max`, oldest first.
 */
enum gw_err muc_load_rooms(struct store *s, struct arena *a,
			   struct muc_room_row **rows, size_t *n) GW_CHECKED;
enum gw_err muc_load_persons(struct store *s, struct str room, struct arena *a,
			     struct muc_person_row **rows,
			     size_t *n) GW_CHECKED;
struct muc_lines {
	struct str room;
	int64_t max;
	struct muc_line_row *rows; /* out */
	size_t count;
};
enum gw_err muc_load_lines(struct store *s, struct arena *a,
			   struct muc_lines *l) GW_CHECKED;

#endif
