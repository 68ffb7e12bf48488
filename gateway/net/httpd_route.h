/* SPDX-License-Identifier: MIT */
/* httpd_route.h - from the bytes of a request target to a route, pure
 *
 * A target is decoded once and matched exactly; what could be read in two
 * ways is refused before anybody decides on it (alerts.md 14.4).  Internal
 * to httpd and its tests.
 */
#ifndef GW_NET_HTTPD_ROUTE_H
#define GW_NET_HTTPD_ROUTE_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "gateway/net/httpd.h"

#define HTTPD_ROUTE_SEGMENTS 16
#define HTTPD_ROUTE_PATH_MAX 2048

struct httpd_target {
	struct str path;			   /* decoded */
	struct str segments[HTTPD_ROUTE_SEGMENTS]; /* decoded; "/a/": "a", "" */
	unsigned count;
	struct str query; /* raw, its escapes and bytes are checked */
};

/* GW_BAD_INPUT: what the header of httpd.h answers with 400. */
enum gw_err httpd_route_parse(struct arena *a, struct str raw,
			      struct httpd_target *out) GW_CHECKED;
/* The nth value of that name, decoded; STR_NONE when there is none. */
struct str httpd_route_query(struct arena *a, struct str query,
			     const char *name, unsigned nth);
/* The value of a cookie in a Cookie header; STR_NONE when there is none. */
struct str httpd_route_cookie(struct str header, const char *name);

struct httpd_route_entry {
	const struct http_route *route;
	void *arg;
};

struct httpd_table {
	struct httpd_table *older; /* of the caller: who may still look */
	size_t count;
	struct httpd_route_entry entries[];
};

/* old (may be NULL) and routes together, as a new table (mem_free it). */
enum gw_err httpd_route_table(const struct httpd_table *old,
			      const struct http_route *routes, void *arg,
			      struct httpd_table **out) GW_CHECKED;
/* GW_NOT_FOUND: no such path.  GW_DENIED: not with this method; allowed says
 * with which.  A literal segment is preferred to a `{}`. */
enum gw_err httpd_route_find(const struct httpd_table *t,
			     const struct httpd_target *target, unsigned method,
			     struct httpd_route_entry *out,
			     unsigned *allowed) GW_CHECKED;
/* The segment that stands for the i-th {} of a pattern. */
struct str httpd_route_segment(const char *pattern,
			       const struct httpd_target *target, unsigned i);

#endif
