/* SPDX-License-Identifier: MIT */
/* route.h - Alertmanager's routing tree, compiled; pure but for regexec
 *
 * A branch that matches hands the alert to its own branches; if none of them
 * matches it is the branch itself that takes it.  The tree always has a root
 * that matches everything, and a receiver for it.
 */
#ifndef GW_ALERTS_RULE_ROUTE_H
#define GW_ALERTS_RULE_ROUTE_H

#include "alerts/conf.h"
#include "alerts/rule/matcher.h"
#include "gateway/engine/presence.h"

#define ALERTS_ROUTE_MATCH_MAX 32 /* receivers of one alert */

struct alerts_route {
	const struct alerts_route *parent; /* NULL: the root */
	const char *key;		   /* "{}/{severity="critical"}" */
	const struct alerts_conf_receiver *receiver;
	size_t n_matchers;
	struct alerts_matcher *matchers;
	struct conf_texts group_by;
	bool by_all; /* ['...'] */
	bool go_on;
	int64_t group_wait; /* -1: by severity */
	int64_t group_interval, repeat_interval;
	size_t n_routes;
	struct alerts_route *routes;
};

struct alerts_routes;

/* conf is borrowed: its config lives as long as the tree. */
enum gw_err alerts_route_build(const struct alerts_conf *conf,
			       struct alerts_routes **out,
			       struct err_note *note) GW_CHECKED;
void alerts_route_free(struct alerts_routes **r);
const struct alerts_route *alerts_route_root(const struct alerts_routes *r);

/* The branches that take an alert, in order; at most ALERTS_ROUTE_MATCH_MAX.
 * Returns how many: at least 1. */
size_t alerts_route_match(const struct alerts_routes *r,
			  const struct alerts_labels *l,
			  const struct alerts_route **out);
/* The labels by which the branch groups this alert; v: room for l->n. */
struct alerts_labels alerts_route_group(const struct alerts_route *r,
					const struct alerts_labels *l,
					struct alerts_label *v);
int64_t alerts_route_wait(const struct alerts_route *r, enum severity s);

#endif
