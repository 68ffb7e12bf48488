/* SPDX-License-Identifier: MIT */
/* Whatever a target is made of: what is accepted has one reading only. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/net/httpd_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_any(struct http_req *r, void *arg)
{
	(void)r;
	(void)arg;
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/", 0, on_any },
	{ HTTP_GET, "/a/{}", 0, on_any },
	{ HTTP_GET, "/a/b", 0, on_any },
	{ HTTP_POST, "/{}/b/{}", 0, on_any },
	{ .path = NULL },
};

static void must(bool yes)
{
	if (!yes)
		abort();
}

static void check_target(const struct httpd_target *t)
{
	must(t->count >= 1 && t->path.p[0] == '/');
	must(str_utf8_valid(t->path));
	must(memmem(t->path.p, t->path.n, "//", 2) == NULL);
	for (unsigned i = 0; i < t->count; i++) {
		struct str s = t->segments[i];

		must(!str_is(s, ".") && !str_is(s, ".."));
		must(str_find(s, '/') == s.n && str_find(s, '\0') == s.n);
		must(s.n != 0 || i + 1 == t->count);
	}
}

static void check_route(struct arena *a, const struct httpd_target *t)
{
	struct httpd_route_entry e;
	struct httpd_table *table;
	unsigned allowed;

	must(httpd_route_table(NULL, routes, NULL, &table) == GW_OK);
	if (httpd_route_find(table, t, HTTP_GET, &e, &allowed) == GW_OK) {
		struct str s = httpd_route_segment(e.route->path, t, 0);

		must(strcmp(e.route->path, "/a/{}") != 0 || s.n != 0);
	}
	mem_free(table);
	for (unsigned i = 0; i < 3; i++)
		httpd_route_query(a, t->query, "a", i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str raw = str_make((const char *)data, size);
	struct httpd_target t;

	if (httpd_route_parse(a, raw, &t) == GW_OK) {
		check_target(&t);
		check_route(a, &t);
	}
	httpd_route_query(a, raw, "a", 0);
	httpd_route_cookie(raw, "a");
	arena_free(&a);
	return 0;
}
