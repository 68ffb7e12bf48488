/* SPDX-License-Identifier: MIT */
/* site.h - alerts on the fake loop, with a real store and a real case service
 * whose front notes what it was asked to do */
#ifndef GW_TESTS_ALERTS_SITE_H
#define GW_TESTS_ALERTS_SITE_H

#include "tests/unit/case/place.h"

#include "alerts/alerts.h"
#include "tests/unit/alerts/fake_http.h"

struct site {
	struct place *place;
	struct httpd *http;
	struct metrics *metrics;
	struct alerts *alerts;
	struct config *cfg;
	const char *yaml;
};

/* yaml: of `alerts:`, NULL: a source "prom" from this machine, a receiver
 * "ops" with room, group_by alertname, group_wait 30s. */
struct site *site_new(bool file, const char *yaml);
void site_free(struct site **s);
void site_restart(struct site *s);
/* Another `alerts:`; the sentence when it is refused, or "". */
const char *site_configure(struct site *s, const char *yaml);

/* Sends, runs what is due, and returns the status. */
unsigned site_call(struct site *s, const struct fake_call *c);
unsigned site_v2(struct site *s, const char *body);
unsigned site_hook(struct site *s, const char *body);
const char *site_body(const struct site *s); /* of the last reply */
/* A firing or resolved alert by webhook; severity "" for none. */
unsigned site_alert(struct site *s, const char *name, const char *instance,
		    const char *severity, bool firing);

/* "#1 open 1/2 DiskFull - full (db1)" for each open case; "" none. */
const char *site_cases(struct site *s);
size_t site_total(struct site *s); /* cases of all time */
const struct casefile *site_case(struct site *s, uint64_t number);

#endif
