/* SPDX-License-Identifier: MIT */
/* board.h - the live table person -> presence
 *
 * xmpp/ reports facts per resource; everyone else reads persons.  Hot state,
 * core thread only; nothing here is stored.  Watchers are told at the end of
 * the turn, once per person and turn, and again when the verdict changes by
 * time alone: when an availability has settled, when a doubt has run out.
 */
#ifndef GW_BOARD_BOARD_H
#define GW_BOARD_BOARD_H

#include "gateway/base/arena.h"
#include "gateway/base/str.h"
#include "gateway/config/conf.h"
#include "gateway/engine/presence.h"
#include "gateway/run/loop.h"

struct board;

struct board_conf {	     /* `presence:` in muster.yaml */
	int64_t settle;	     /* ms */
	int64_t doubt_grace; /* ms */
	int64_t proof_max;   /* ms */
	int dnd_breaks_at;   /* enum severity */
};
extern const struct conf_section board_conf_section;

struct board *board_new(struct loop *l);
void board_free(struct board **b);
void board_configure(struct board *b, const struct board_conf *c);
struct presence_rules board_rules(const struct board *b);

struct board_presence {
	struct str bare;
	struct str resource;
	enum presence_show show; /* PRES_OFFLINE: this resource is gone */
	int priority;
	struct str status; /* cut at 1000 bytes */
	int64_t idle;	   /* wall ms: nobody there since (XEP-0319); 0 */
};
void board_presence(struct board *b, const struct board_presence *p);
/* Proof of life: an ack, a ping's answer, any stanza.  More than that it is
 * when the person said something, or looked at a message (XEP-0333). */
enum { BOARD_ACTIVE = 1, BOARD_DISPLAYED = 2 };
void board_proof(struct board *b, struct str bare, struct str resource,
		 unsigned signs);
/* The stream was cut and may be resumed (true), or is back (false). */
void board_doubt(struct board *b, struct str bare, struct str resource,
		 bool doubtful);
/* The same with its time, for a session that was cut before we started. */
void board_doubt_since(struct board *b, struct str bare, struct str resource,
		       int64_t wall);
/* The client says that nobody looks at it (XEP-0352), or somebody does. */
void board_inactive(struct board *b, struct str bare, struct str resource,
		    bool inactive);
void board_push(struct board *b, struct str bare, bool has_push);
/* Kept by the case service: open claims, and when last told of a case. */
void board_claims(struct board *b, struct str bare, int change);
void board_told(struct board *b, struct str bare, int64_t wall);

/* Everything the board knows of one person; strings in a.  An address never
 * heard of is a person who is offline. */
struct person board_person(const struct board *b, struct str bare,
			   struct arena *a);
/* All persons with at least one resource: for the console. */
size_t board_online(const struct board *b, struct arena *a,
		    struct person **out);
struct board_resource {
	const char *resource;
	enum presence_show show;
	int priority;
	const char *status;
	int64_t since, proof;
	bool doubtful;
	int64_t inactive_since; /* 0: somebody looks at it */
	int64_t active;		/* when the person last did something; 0 */
	int64_t displayed;	/* and looked at a message; 0 */
};
size_t board_resources(const struct board *b, struct str bare, struct arena *a,
		       struct board_resource **out);

typedef void board_fn(void *arg, struct str bare);
void board_watch(struct board *b, board_fn *fn, void *arg);
void board_unwatch(struct board *b, board_fn *fn, void *arg);

#endif
