/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/net/httpd_route.h"

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	struct arena *a = *state;

	arena_free(&a);
	return 0;
}

static void test_targets_are_decoded_once(void **state)
{
	static const struct {
		const char *raw;
		const char *path; /* NULL: refused */
		unsigned count;
		const char *query;
	} cases[] = {
		{ "/", "/", 1, "" },
		{ "/a", "/a", 1, "" },
		{ "/a/", "/a/", 2, "" },
		{ "/a/b%20c?x=1?2", "/a/b c", 2, "x=1?2" },
		{ "/a?", "/a", 1, "" },
		{ "/%61", "/a", 1, "" },
		{ "/%2541", "/%41", 1, "" },
		{ "/user%25host@x", "/user%host@x", 1, "" },
		{ "/a%3Bb", "/a;b", 1, "" },
		{ "/...", "/...", 1, "" },
		{ "/a/..b/.c", "/a/..b/.c", 3, "" },
		{ "/%e2%82%ac", "/\xe2\x82\xac", 1, "" },
		{ "", NULL, 0, NULL },
		{ "?a", NULL, 0, NULL },
		{ "a/b", NULL, 0, NULL },
		{ "//", NULL, 0, NULL },
		{ "/a//", NULL, 0, NULL },
		{ "/.", NULL, 0, NULL },
		{ "/a/..", NULL, 0, NULL },
		{ "/%2E%2e", NULL, 0, NULL },
		{ "/%2e%2e%2fa", NULL, 0, NULL },
		{ "/\xe2\x82\xac", NULL, 0, NULL },
		{ "/%ed%a0%80", NULL, 0, NULL },
		{ "/a%7f", NULL, 0, NULL },
		{ "/a%0a", NULL, 0, NULL },
		{ "/a<b", NULL, 0, NULL },
		{ "/a\"b", NULL, 0, NULL },
		{ "/a?b c", NULL, 0, NULL },
		{ "/a?b\x80", NULL, 0, NULL },
		{ "/a?b#c", NULL, 0, NULL },
		{ "/a?%g0", NULL, 0, NULL },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16",
		  "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", 16, "" },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL, 0, NULL },
	};
	struct httpd_target t;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum gw_err e =
			httpd_route_parse(*state, str_of(cases[i].raw), &t);

		if ((e == GW_OK) != (cases[i].path != NULL))
			fail_msg("%s: %s", cases[i].raw, err_name(e));
		if (e != GW_OK)
			continue;
		if (!str_is(t.path, cases[i].path) ||
		    t.count != cases[i].count ||
		    !str_is(t.query, cases[i].query))
			fail_msg("%s: " STR_FMT " %u", cases[i].raw,
				 STR_ARG(t.path), t.count);
	}
}

static void test_a_nul_in_the_target_is_refused(void **state)
{
	struct httpd_target t;

	assert_int_equal(httpd_route_parse(*state, str_make("/a\0b", 4), &t),
			 GW_BAD_INPUT);
	assert_int_equal(httpd_route_parse(*state, str_make("/a?\0", 4), &t),
			 GW_BAD_INPUT);
}

static void test_paths_are_bounded(void **state)
{
	char *p = arena_alloc(*state, HTTPD_ROUTE_PATH_MAX + 1);
	struct httpd_target t;

	memset(p, 'a', HTTPD_ROUTE_PATH_MAX + 1);
	p[0] = '/';
	assert_int_equal(httpd_route_parse(
				 *state, str_make(p, HTTPD_ROUTE_PATH_MAX), &t),
			 GW_OK);
	assert_int_equal(
		httpd_route_parse(*state, str_make(p, HTTPD_ROUTE_PATH_MAX + 1),
				  &t),
		GW_BAD_INPUT);
}

static void test_query_values(void **state)
{
	static const struct {
		const char *query;
		const char *name;
		unsigned nth;
		const char *want; /* NULL: none */
	} cases[] = {
		{ "a=1&b=2", "a", 0, "1" },
		{ "a=1&b=2", "b", 0, "2" },
		{ "a=1&b=2", "c", 0, NULL },
		{ "a=1&a=2", "a", 1, "2" },
		{ "a=1&a=2", "a", 2, NULL },
		{ "a", "a", 0, "" },
		{ "a=", "a", 0, "" },
		{ "a=b=c", "a", 0, "b=c" },
		{ "a=x+y%2B%26", "a", 0, "x y+&" },
		{ "%61=1", "a", 0, "1" },
		{ "aa=1&a=2", "a", 0, "2" },
		{ "&&a=1&", "a", 0, "1" },
		{ "", "a", 0, NULL },
		{ "a=%2", "a", 0, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str got =
			httpd_route_query(*state, str_of(cases[i].query),
					  cases[i].name, cases[i].nth);

		if (cases[i].want == NULL ? got.p != NULL
					  : !str_is(got, cases[i].want))
			fail_msg("%s: '" STR_FMT "'", cases[i].query,
				 STR_ARG(got));
	}
}

static void test_cookies(void **state)
{
	static const struct {
		const char *header;
		const char *want;
	} cases[] = {
		{ "sid=1", "1" },
		{ "a=1; sid=2; b=3", "2" },
		{ "a=1;sid=2", "2" },
		{ "xsid=1; sid=", "" },
		{ "SID=1", NULL },
		{ "sid", NULL },
		{ "", NULL },
		{ ";;sid=a=b;", "a=b" },
		{ "sid=1; sid=2", "1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str got =
			httpd_route_cookie(str_of(cases[i].header), "sid");

		if (cases[i].want == NULL ? got.p != NULL
					  : !str_is(got, cases[i].want))
			fail_msg("%s: '" STR_FMT "'", cases[i].header,
				 STR_ARG(got));
	}
}

static void on_any(struct http_req *r, void *arg)
{
	(void)r;
	(void)arg;
}

static const struct http_route table[] = {
	{ HTTP_GET, "/", 0, on_any },
	{ HTTP_GET, "/case/{}", 0, on_any },
	{ HTTP_DELETE, "/case/{}", 0, on_any },
	{ HTTP_GET, "/case/open", 0, on_any },
	{ HTTP_POST, "/case/{}/{}", 0, on_any },
	{ HTTP_POST, "/{}/7/take", 0, on_any },
	{ HTTP_GET, "/ui/", 0, on_any },
	{ .path = NULL },
};

static void test_routes_match_exactly(void **state)
{
	static const struct {
		const char *target;
		unsigned method;
		enum gw_err want;
		const char *path;
	} cases[] = {
		{ "/", HTTP_GET, GW_OK, "/" },
		{ "/case/7", HTTP_GET, GW_OK, "/case/{}" },
		{ "/case/7", HTTP_DELETE, GW_OK, "/case/{}" },
		{ "/case/7", HTTP_PUT, GW_DENIED, NULL },
		{ "/case/open", HTTP_GET, GW_OK, "/case/open" },
		{ "/case/open", HTTP_DELETE, GW_DENIED, NULL },
		{ "/case/", HTTP_GET, GW_NOT_FOUND, NULL },
		{ "/case", HTTP_GET, GW_NOT_FOUND, NULL },
		{ "/case/7/take", HTTP_POST, GW_OK, "/case/{}/{}" },
		{ "/other/7/take", HTTP_POST, GW_OK, "/{}/7/take" },
		{ "/case/7/take/x", HTTP_POST, GW_NOT_FOUND, NULL },
		{ "/ui/", HTTP_GET, GW_OK, "/ui/" },
		{ "/ui", HTTP_GET, GW_NOT_FOUND, NULL },
		{ "/case/{}", HTTP_GET, GW_BAD_INPUT, NULL },
		{ "/case/7", 0, GW_DENIED, NULL },
	};
	struct httpd_table *t;

	assert_int_equal(httpd_route_table(NULL, table, NULL, &t), GW_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct httpd_route_entry hit = { .route = NULL };
		struct httpd_target target;
		unsigned allowed;
		enum gw_err e = httpd_route_parse(
			*state, str_of(cases[i].target), &target);

		if (e == GW_OK)
			e = httpd_route_find(t, &target, cases[i].method, &hit,
					     &allowed);
		if (e != cases[i].want ||
		    (e == GW_OK && strcmp(hit.route->path, cases[i].path) != 0))
			fail_msg("%s: %s", cases[i].target, err_name(e));
	}
	mem_free(t);
}

static void test_tables_that_are_refused(void **state)
{
	static const struct {
		struct http_route route;
		enum gw_err want;
	} cases[] = {
		{ { HTTP_GET, "/case/{}", 0, on_any }, GW_CONFLICT },
		{ { HTTP_PUT | HTTP_GET, "/ui/", 0, on_any }, GW_CONFLICT },
		{ { HTTP_PUT, "/ui/", 0, on_any }, GW_OK },
		{ { HTTP_PUT, "ui", 0, on_any }, GW_BAD_INPUT },
		{ { HTTP_PUT, "/ui//x", 0, on_any }, GW_BAD_INPUT },
		{ { 0, "/x", 0, on_any }, GW_BAD_INPUT },
		{ { HTTP_GET, "/x", 0, NULL }, GW_BAD_INPUT },
	};
	struct httpd_table *t, *more;

	(void)state;
	assert_int_equal(httpd_route_table(NULL, table, NULL, &t), GW_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct http_route one[] = { cases[i].route,
						  { .path = NULL } };

		more = NULL;
		assert_int_equal(httpd_route_table(t, one, NULL, &more),
				 cases[i].want);
		mem_free(more);
	}
	mem_free(t);
}

static void test_segments_of_a_pattern(void **state)
{
	struct httpd_target t;

	assert_int_equal(httpd_route_parse(*state, STR("/a/one/b/two"), &t),
			 GW_OK);
	assert_true(str_is(httpd_route_segment("/a/{}/b/{}", &t, 0), "one"));
	assert_true(str_is(httpd_route_segment("/a/{}/b/{}", &t, 1), "two"));
	assert_null(httpd_route_segment("/a/{}/b/{}", &t, 2).p);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_targets_are_decoded_once),
		T(test_a_nul_in_the_target_is_refused),
		T(test_paths_are_bounded),
		T(test_query_values),
		T(test_cookies),
		T(test_routes_match_exactly),
		T(test_tables_that_are_refused),
		T(test_segments_of_a_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
