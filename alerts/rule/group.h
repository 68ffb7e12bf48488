/* SPDX-License-Identifier: MIT */
/* group.h - alerts of one route and group are one incident, with one case
 *
 * An incident waits group_wait for company, then opens its case; quiet
 * changes correct it, a louder severity is told at once, the last resolve
 * closes it.  A case closed by hand stays closed until an alert of the
 * incident fires anew, or repeat_interval has passed; the next case names the
 * one before.  Only what is committed comes here.
 */
#ifndef GW_ALERTS_RULE_GROUP_H
#define GW_ALERTS_RULE_GROUP_H

#include "alerts/model.h"
#include "alerts/rule/route.h"
#include "gateway/case/case.h"
#include "gateway/run/metrics.h"

struct alerts_groups;

struct alerts_member {
	struct list in_group, in_alert;
	struct alerts_alert *alert;
	struct alerts_group *group;
	enum severity severity; /* as counted in the group */
};

struct alerts_group {
	const char *key; /* of the case: "incident:RECEIVER:HASH" */
	struct alerts_groups *owner;
	const struct alerts_route *route; /* NULL: none leads here any more */
	struct list members;		  /* that fire */
	size_t firing;
	size_t by_severity[SEV_DISASTER + 1];
	unsigned joined;  /* alerts seen since it opened */
	int64_t flush_at; /* wall: when its case opens; 0: not waiting */
	uint64_t number;  /* its case, or the last one; 0: none ever */
	uint64_t before;  /* the case before that */
	bool open;
	int64_t closed_at;
	struct { /* what the case knows */
		int64_t at;
		enum severity severity;
	} told;
	bool dirty;	  /* the case does not know all */
	bool busy;	  /* a call of the case service is under way */
	bool unconfirmed; /* its last alert ended by timeout */
	bool elsewhere;	  /* a reload took its alerts away */
	struct loop_timer timer;
	struct list touched;
};

struct alerts_groups_spec {
	struct loop *loop;
	struct store *store;
	struct cases *cases;
	struct metric *opened, *closed;
};
struct alerts_groups *alerts_group_new(const struct alerts_groups_spec *spec);
void alerts_group_free(struct alerts_groups **gs);
/* All firing alerts find their places anew; routes: borrowed until the next
 * call. */
void alerts_group_route(struct alerts_groups *gs,
			const struct alerts_routes *routes,
			const struct alerts_model *m);
/* Before the loop, after cases and alerts were loaded and routed. */
enum gw_err alerts_group_load(struct alerts_groups *gs) GW_CHECKED;
void alerts_group_change(struct alerts_groups *gs, struct alerts_alert *al,
			 enum alerts_change change);
uint64_t alerts_group_case(const struct alerts_alert *al);
/* Walk of all, those that no longer fire too. */
const struct alerts_group *alerts_group_next(const struct alerts_groups *gs,
					     size_t *it);

#endif
