/* SPDX-License-Identifier: MIT */
/* pool.h - named sets of persons who can stand in for each other
 *
 * Configured under `pools:`; members are a list or a directory group.  Group
 * members are asked of the directory in the background and kept; while the
 * directory is dead the last good list serves until group_max_age.
 */
#ifndef GW_POOL_POOL_H
#define GW_POOL_POOL_H

#include "gateway/board/board.h"
#include "gateway/engine/choose.h"
#include "gateway/seam/people.h"

struct pools;
struct pool;

struct pool_deadlines { /* read_within, ms by severity; -1: never */
	int64_t within[SEV_DISASTER + 1];
};

struct pool_members {
	struct conf_texts list;
	const char *group; /* of the directory; "" none */
};

struct pool_deliver {
	enum choose_mode mode;
	unsigned n;
};

struct pool_nobody {
	int64_t hold; /* ms in the spool before `then`; 0: none */
	enum { NOBODY_ALL, NOBODY_DEFER, NOBODY_ADDRESS } then;
	const char *address;
};

struct pool_conf {
	struct pool_members members;
	struct conf_texts leads; /* addresses */
	struct pool_deliver deliver;
	struct pool_nobody nobody;
	struct pool_deadlines read_within;
	int ceiling;	    /* enum severity no header raises above */
	int ack_from;	    /* enum severity from which reading is not enough */
	const char *ladder; /* "" no chase */
	const char *room;   /* operators' room; "" none */
	bool show_subject;  /* may notices name the mail's subject */
};
extern const struct conf_section pool_conf_section; /* one pool */
extern const struct conf_opt pool_conf_opt;	    /* `pools:`, a map */

struct pools *pool_service_new(struct loop *l, struct board *b,
			       const struct seam_people *people);
void pool_service_free(struct pools **p);
/* map: struct conf_map of struct pool_conf, borrowed while this version
 * stands (the caller holds a reference on its config). */
void pool_configure(struct pools *ps, const struct conf_map *map);

/* NULL: no such pool.  Address without "+ext" handling: exact, lower case. */
const struct pool *pool_find(const struct pools *ps, struct str address);
const struct pool *pool_next(const struct pools *ps, size_t *it);
const char *pool_address(const struct pool *p);
const struct pool_conf *pool_conf(const struct pool *p);
/* GW_UNAVAIL: its directory group is not known (any more). */
enum gw_err pool_snapshot(const struct pools *ps, const struct pool *p,
			  struct arena *a, struct snapshot *out) GW_CHECKED;
bool pool_has_member(const struct pool *p, struct str bare);

#endif
