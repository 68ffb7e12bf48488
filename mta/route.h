/* SPDX-License-Identifier: MIT */
/* route.h - a recipient, and the people a mail for it goes to
 */
#ifndef GW_MTA_ROUTE_H
#define GW_MTA_ROUTE_H

#include "gateway/pool/pool.h"

enum mta_route_kind { MTA_ROUTE_DELIVER, MTA_ROUTE_HOLD, MTA_ROUTE_DEFER };

struct mta_route {
	enum mta_route_kind kind;
	const char *rule; /* for the header: says nothing of presence */
	const char *why;  /* a sentence for log and timeline */
	size_t count;
	const char **persons;
	int64_t hold;	      /* ms, MTA_ROUTE_HOLD */
	const char *snapshot; /* JSON */
};

struct mta_question {
	enum severity severity;
	bool after_hold; /* the time to hold is over: do what comes then */
	bool only_ready; /* a held mail asks: is there somebody now? */
	size_t exclude_count;
	const char *const *exclude;
};

/* Lower-case ASCII letters; "+ext" is cut when strip. */
char *mta_route_address(struct arena *a, struct str local, struct str domain,
			bool strip);
/* The pool of an address, with and without its "+ext"; NULL. */
const struct pool *mta_route_find(const struct pools *ps, struct arena *a,
				  struct str local, struct str domain);
/* Who gets it.  GW_UNAVAIL: the members are not known. */
enum gw_err mta_route_pool(const struct pools *ps, const struct pool *p,
			   const struct mta_question *q, struct arena *a,
			   struct mta_route *out) GW_CHECKED;
/* What the sender asked for, never above the ceiling; -1: nothing. */
enum severity mta_route_severity(const struct pool_conf *c, int asked);

#endif
