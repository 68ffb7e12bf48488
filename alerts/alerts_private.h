/* SPDX-License-Identifier: MIT */
/* alerts_private.h - what the files of this room share with each other */
#ifndef GW_ALERTS_ALERTS_PRIVATE_H
#define GW_ALERTS_ALERTS_PRIVATE_H

#include "alerts/alerts.h"
#include "alerts/conf.h"
#include "alerts/intake.h"

struct alerts_source {
	char *name;
	struct str token; /* STR_NONE: only from this machine */
	int64_t expire;
};

struct alerts_sources { /* of one configuration */
	size_t n;
	struct alerts_source *v;
};

struct alerts {
	struct alerts_spec spec;
	struct config *cfg;
	const struct alerts_conf *conf;
	struct alerts_sources sources;
	struct alerts_routes *routes;
	struct alerts_model model;
	struct alerts_groups *groups;
	struct alerts_intake *intake;
	struct metric *requests, *denied;
	int64_t started_at;
};

/* source/source.c: who sends */
enum gw_err alerts_source_read(const struct alerts_conf *conf,
			       struct alerts_sources *out,
			       struct err_note *note) GW_CHECKED;
void alerts_source_fini(struct alerts_sources *s);
/* The source that may send this; NULL: the request has its reply already.
 * name STR_NONE: any. */
const struct alerts_source *
alerts_source_check(struct alerts *a, struct http_req *r, struct str name);
bool alerts_source_sends_json(struct http_req *r); /* else 415 */
/* GW_OK 200; LIMIT, UNAVAIL 503 with Retry-After; the text goes with all but
 * the first. */
void alerts_source_reply(struct http_req *r, enum gw_err e, const char *text);

extern const struct http_route alerts_source_alertmanager[];
extern const struct http_route alerts_api_v2[];

#endif
