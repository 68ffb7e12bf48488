/* SPDX-License-Identifier: MIT */
/* room.h - one room: settings, persons, occupants, the last messages
 *
 * An occupant is a nick of one person; each of the person's clients that is in
 * the room under it has a seat.  The bot is an occupant without a seat.
 */
#ifndef GW_XMPP_MUC_ROOM_H
#define GW_XMPP_MUC_ROOM_H

#include "xmpp/muc/history.h"
#include "xmpp/muc/muc.h"
#include "xmpp/muc/table.h"

#define MUC_SECRET_LEN	32
#define MUC_NICK_MAX	256 /* octets */
#define MUC_SUBJECT_MAX 4096

enum xmpp_muc_flag { /* the numbers are in the store */
		     MUC_PERSISTENT = 1,
		     MUC_PUBLIC = 2,
		     MUC_MEMBERS_ONLY = 4,
		     MUC_MODERATED = 8,
		     MUC_OPEN_JIDS = 16,   /* non-anonymous */
		     MUC_SUBJECT_ALL = 32, /* participants may change it */
		     MUC_INVITE_ALL = 64,  /* who is in may invite to a
					      members-only room */
		     MUC_BOT = 128,
};

struct xmpp_muc_settings { /* what an owner sets; a value */
	struct str name, description, password;
	unsigned flags;
	enum xmpp_muc_role whisper; /* least role; MUC_ROLES: nobody */
	int64_t max_users;	    /* 0: the service's limit */
	int64_t history;
};

struct xmpp_muc_person { /* somebody with a lasting affiliation */
	enum xmpp_muc_affiliation affiliation;
	char *reason;
	char jid[];
};

struct xmpp_room {
	struct xmpp_muc *muc;
	uint64_t handle;
	struct arena *a; /* jid */
	struct jid jid;
	struct arena *set_a;
	struct xmpp_muc_settings set;
	uint8_t secret[MUC_SECRET_LEN];
	char *subject, *subject_by; /* never NULL */
	int64_t subject_stamp;
	struct map persons; /* bare JID -> xmpp_muc_person */
	struct list occupants;
	struct map by_key;  /* nick as compared -> occupant */
	struct map by_full; /* full JID -> seat */
	unsigned serial;    /* of the next seat */
	struct xmpp_muc_history history;
	unsigned untrimmed;	   /* rows added since the last trim */
	bool locked;		   /* new, not configured yet (10.1.2) */
	bool stored;		   /* has a row */
	int64_t tokens, tokens_at; /* messages * 1000 that may pass */
};

/* room.c.  make: nobody asked whether it may be; not stored yet. */
struct xmpp_room *xmpp_room_find(struct xmpp_muc *m, struct str bare);
struct xmpp_room *xmpp_room_get(struct xmpp_muc *m, uint64_t handle);
struct xmpp_room *xmpp_room_make(struct xmpp_muc *m, struct jid jid,
				 const struct xmpp_muc_settings *set);
struct xmpp_room *xmpp_room_next(struct xmpp_muc *m, size_t *it);
void xmpp_room_free(struct xmpp_room **r);
/* Free, and off the store. */
void xmpp_room_forget(struct xmpp_room **r);
enum gw_err xmpp_room_load_all(struct xmpp_muc *m) GW_CHECKED;
struct xmpp_muc_settings xmpp_room_defaults(const struct xmpp_muc *m);
/* Copies. */
void xmpp_room_set(struct xmpp_room *r, const struct xmpp_muc_settings *set);
static inline bool xmpp_room_is(const struct xmpp_room *r, unsigned flag)
{
	return (r->set.flags & flag) != 0;
}
/* A token for one message, if there is one. */
bool xmpp_room_may_pass(struct xmpp_room *r);

/* save.c: set (NULL: as it is) and persons go to the store, done() comes
 * after the commit.  A temporary room has rows, too: it outlives a restart. */
void xmpp_room_save(struct xmpp_room *r, const struct xmpp_muc_settings *set,
		    const struct muc_person_row *persons, size_t count,
		    struct muc_done done);
void xmpp_room_set_subject(struct xmpp_room *r, struct str by, struct str text);

/* standing.c.  Made if it is not there, persistent, with the bot in it, and
 * as the configuration says. */
struct xmpp_room *xmpp_room_stand(struct xmpp_ctx *c, struct xmpp_muc *m,
				  struct jid jid);
/* Named in muster.yaml, or the room of a pool: it cannot be destroyed, and
 * what the configuration fixes cannot be set otherwise. */
bool xmpp_room_is_standing(const struct xmpp_room *r);
bool xmpp_room_allows(const struct xmpp_room *r,
		      const struct xmpp_muc_settings *set);
enum xmpp_muc_affiliation xmpp_room_affiliation(const struct xmpp_room *r,
						struct str bare);
/* By configuration alone; MUC_NONE. */
enum xmpp_muc_affiliation xmpp_room_configured(const struct xmpp_room *r,
					       struct str bare);
/* All who have an affiliation, each once, strings in a. */
size_t xmpp_room_persons(const struct xmpp_room *r, struct arena *a,
			 struct muc_person_row **rows);
/* In memory: an affiliation somebody was given, MUC_NONE: taken away. */
void xmpp_room_affiliate(struct xmpp_room *r, const struct muc_person_row *p);

#endif
