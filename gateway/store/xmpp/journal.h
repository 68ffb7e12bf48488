/* SPDX-License-Identifier: MIT */
/* journal.h - what one turn of the XMPP server wants on disk, in one piece
 *
 * A message is one row per owner, a line of a room one of the room.  The
 * archive and what waits for a person are two views of it: `kept` stays,
 * `waiting` is yet to be got.  A row that is neither is gone.  With the rows
 * goes the h of the sessions they came from (XEP-0198), so that after a crash
 * each stanza was either handled, and its h says so, or was not.
 */
#ifndef GW_STORE_XMPP_JOURNAL_H
#define GW_STORE_XMPP_JOURNAL_H

#include "gateway/store/store.h"
#include "gateway/store/xmpp/muc.h"

struct journal_row {
	int64_t id; /* the caller's; larger than all before */
	struct str owner;
	struct str peer; /* bare JID of the other side */
	int64_t stamp;	 /* wall ms */
	int64_t origin;	 /* names what must not be there twice; 0: nothing */
	int64_t limit;	 /* of waiting rows of the owner; negative: none */
	bool kept, waiting, sent;
	struct str stanza; /* as it stands in a client's stream */
};

struct journal_session {
	struct str id;
	struct str account; /* bare */
	uint32_t h;
	int64_t stamp;
	struct str state; /* an orderly stop: how it was; STR_NONE: only h */
};

/* A name that begins so is of a link to another server: it stays when it is
 * taken, until it is forgotten. */
#define JOURNAL_LINK "link "

struct journal_queued { /* not acknowledged by the other side of a session */
	int64_t stamp;
	int64_t row; /* 0: none; of a link: 1 if it was sent */
	struct str stanza;
};

/* GW_CONFLICT: that origin is there already.  GW_LIMIT: too many wait. */
typedef void journal_fn(void *arg, enum gw_err e);

struct journal;

struct journal *journal_new(void);
void journal_free(struct journal **j); /* one that is not submitted */
/* Zeroed memory that is there until all callbacks have returned. */
void *journal_keep(struct journal *j, size_t size);
/* Strings are copied; done may be NULL. */
void journal_put(struct journal *j, const struct journal_row *r,
		 journal_fn *done, void *arg);
/* GW_CONFLICT: that id is in the room already. */
void journal_line(struct journal *j, const struct muc_line_row *row,
		  journal_fn *done, void *arg);
/* Its person has it: of the row id and owner, and `kept` if that is known. */
void journal_got(struct journal *j, const struct journal_row *r,
		 journal_fn *done, void *arg);
/* Left out when a row of this journal could not be stored. */
void journal_session(struct journal *j, const struct journal_session *s);
void journal_queued(struct journal *j, struct str session,
		    const struct journal_queued *q);
/* All of a session that was written before. */
void journal_forget(struct journal *j, struct str session);
/* Called with what came of the row put last. */
void journal_then(struct journal *j, journal_fn *done, void *arg);
/* Takes it. */
void journal_submit(struct store *s, struct journal **j);

#endif
