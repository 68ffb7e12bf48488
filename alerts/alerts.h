/* SPDX-License-Identifier: MIT */
/* alerts.h - the alert side as the composition root sees it
 *
 * Sources parse and normalise; an event is on disk before its 2xx; alerts of
 * one route and group are one incident, and an incident opens one case.
 */
#ifndef GW_ALERTS_ALERTS_H
#define GW_ALERTS_ALERTS_H

#include "gateway/base/arena.h"
#include "gateway/case/case.h"
#include "gateway/config/config.h"
#include "gateway/net/httpd.h"
#include "gateway/pool/pool.h"
#include "gateway/run/metrics.h"
#include "gateway/store/store.h"

struct alerts;

struct alerts_spec {
	struct loop *loop;
	struct net *net;
	struct store *store;
	struct pools *pools;
	struct cases *cases;
	struct metrics *metrics;
	struct httpd *httpd;
};

extern const struct conf_section alerts_conf_section; /* `alerts:` */

struct alerts *alerts_new(const struct alerts_spec *spec);
void alerts_free(struct alerts **a);
enum gw_err alerts_configure(struct alerts *a, struct config *cfg,
			     struct err_note *note) GW_CHECKED;
enum gw_err alerts_load(struct alerts *a) GW_CHECKED; /* before the loop */
void alerts_stop(struct alerts *a);

struct alerts_certificate {
	const char *name; /* of the domain, or what it is for */
	const char *file;
	int64_t ends; /* wall */
};
/* All there are, each time: one that ends soon fires (alerts.certificates),
 * and one that was renewed or is not among them any more is resolved. */
void alerts_certificates(struct alerts *a,
			 const struct alerts_certificate *list, size_t n);

struct alerts_row { /* for console and command line; strings in the arena */
	const char *fingerprint, *name, *summary, *status, *source, *labels;
	enum severity severity;
	int64_t starts_at, ends_at, seen_at;
	uint64_t case_number; /* 0: none open */
};
/* Active first, newest first; those behind the one of this fingerprint (""
 * at first), none if it is gone. */
size_t alerts_list(const struct alerts *al, struct str after, size_t max,
		   struct arena *a, struct alerts_row **out);

#endif
