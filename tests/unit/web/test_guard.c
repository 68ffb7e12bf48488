/* SPDX-License-Identifier: MIT */
/* test_guard.c - who may ask for what: every route, with no, wrong, lower and
 * right credentials; forged requests; paths that try to slip past */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "tests/unit/web/house.h"

enum rank { ANYBODY, PERSON, MEMBER, ADMINISTRATOR, CONTROL };

#define FORM "application/x-www-form-urlencoded"

/* The requirement, apart from the code: who may, at least. */
static const struct {
	const char *method, *path, *body;
	enum rank least;
} routes[] = {
	{ "GET", "/login", NULL, ANYBODY },
	{ "POST", "/login", "x=y", ANYBODY },
	{ "GET", "/login/abc", NULL, ANYBODY },
	{ "POST", "/login/abc", "x=y", ANYBODY },
	{ "GET", "/-/healthy", NULL, ANYBODY },
	{ "GET", "/-/ready", NULL, ANYBODY },
	{ "GET", "/metrics", NULL, ANYBODY }, /* the test is on loopback */
	{ "GET", "/static/style.css", NULL, ANYBODY },
	{ "GET", "/invite", NULL, ANYBODY },
	{ "GET", "/static/invite.js", NULL, ANYBODY },
	{ "GET", "/static/icon.svg", NULL, ANYBODY },
	{ "GET", "/static/app.js", NULL, PERSON },
	{ "GET", "/", NULL, PERSON },
	{ "GET", "/mail", NULL, PERSON },
	{ "GET", "/c/1", NULL, PERSON },
	{ "GET", "/api/session", NULL, PERSON },
	{ "POST", "/api/logout", "{}", PERSON },
	{ "GET", "/api/cases/1", NULL, PERSON },
	{ "POST", "/api/cases/1/note", "{\"text\":\"x\"}", PERSON },
	{ "GET", "/api/cases", NULL, MEMBER },
	{ "GET", "/api/status", NULL, MEMBER },
	{ "GET", "/api/who", NULL, MEMBER },
	{ "GET", "/api/who/duty@example.org", NULL, MEMBER },
	{ "GET", "/api/alerts", NULL, MEMBER },
	{ "GET", "/api/events?last=x", NULL, MEMBER },
	{ "GET", "/api/mails", NULL, ADMINISTRATOR },
	{ "GET", "/api/s2s", NULL, ADMINISTRATOR },
	{ "GET", "/api/s2s/far.example", NULL, ADMINISTRATOR },
	{ "POST", "/api/s2s/far.example/try", "{}", ADMINISTRATOR },
	{ "GET", "/api/users", NULL, ADMINISTRATOR },
	{ "POST", "/api/users",
	  "{\"address\":\"new@example.org\",\"password\":\"long enough\"}",
	  ADMINISTRATOR },
	{ "POST", "/api/users/import", "[]", ADMINISTRATOR },
	{ "POST", "/api/invitations", "{\"address\":\"example.org\"}",
	  ADMINISTRATOR },
	{ "GET", "/api/invitations", NULL, ADMINISTRATOR },
	{ "POST", "/api/invitations/i1/revoke", "{}", ADMINISTRATOR },
	{ "PUT", "/api/users/bob@example.org/password",
	  "{\"password\":\"long enough\"}", ADMINISTRATOR },
	{ "POST", "/api/users/bob@example.org/disable", "{}", ADMINISTRATOR },
	{ "POST", "/api/users/bob@example.org/enable", "{}", ADMINISTRATOR },
	{ "GET", "/api/config/effective", NULL, ADMINISTRATOR },
	{ "GET", "/api/config/schema", NULL, ADMINISTRATOR },
	{ "POST", "/api/config/reload", "{}", ADMINISTRATOR },
	{ "POST", "/api/console-password",
	  "{\"address\":\"x@example.org\",\"password\":\"long enough\"}",
	  ADMINISTRATOR },
	{ "POST", "/api/login-link", "{\"address\":\"x@example.org\"}",
	  CONTROL },
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

static int setup(void **state)
{
	*state = house_open();
	house_case(*state, "disk full");
	return 0;
}

static int teardown(void **state)
{
	struct house *h = *state;

	house_close(&h);
	return 0;
}

static bool is_stream(size_t i)
{
	return strstr(routes[i].path, "/api/events") != NULL;
}

/* A stream has no end: its first line is enough. */
static unsigned ask_stream(struct house *h, const char *path,
			   const char *cookie)
{
	struct buf b = { .data = NULL };
	char text[512];
	unsigned status;
	int fd = house_dial(h);

	snprintf(text, sizeof(text),
		 "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\n\r\n",
		 path, cookie);
	house_say(fd, text);
	house_hear(fd, &b, "\r\n");
	status = (unsigned)strtoul((const char *)b.data + 9, NULL, 10);
	close(fd);
	buf_fini(&b);
	return status;
}

static unsigned try_as(struct house *h, size_t i, const struct login *l,
		       struct answer *a)
{
	struct ask k = {
		.method = routes[i].method,
		.path = routes[i].path,
		.body = routes[i].body,
		.type = routes[i].least == ANYBODY ? FORM : NULL,
		.cookie = l->cookie,
		.csrf = l->csrf,
	};

	if (is_stream(i) && *l->cookie != '\0')
		return ask_stream(h, k.path, k.cookie);
	return house_ask(h, &k, a);
}

static bool turned_away(unsigned status, struct answer *a)
{
	return status == 401 || status == 403 ||
	       (status == 303 &&
		strncmp(house_header(a, "Location"), "/login", 6) == 0);
}

static void nobody_gets_in_without_log_in(void **state)
{
	static const struct login logins[] = {
		{ "", "" },
		{ "muster=", "" },
		{ "muster=0000000000000000000000000000000000000000000000000000"
		  "000000000000",
		  "x" },
	};
	struct answer a = { .status = 0 };

	for (size_t i = 0; i < ROUTES; i++) {
		for (size_t k = 0; k < 3; k++) {
			unsigned status = try_as(*state, i, &logins[k], &a);

			if (routes[i].least != ANYBODY &&
			    !turned_away(status, &a))
				fail_msg("%s %s, login %zu: %u",
					 routes[i].method, routes[i].path, k,
					 status);
			if (routes[i].least == ANYBODY && status == 303)
				fail_msg("%s: %u", routes[i].path, status);
		}
	}
	house_answer_fini(&a);
}

static void each_role_gets_what_is_its_own(void **state)
{
	static const struct {
		const char *who;
		enum rank rank;
	} people[] = { { PLAIN, PERSON },
		       { OPERATOR, MEMBER },
		       { LEAD, MEMBER },
		       { ADMIN, ADMINISTRATOR } };
	struct answer a = { .status = 0 };

	for (size_t p = 0; p < 4; p++) {
		for (size_t i = 0; i < ROUTES; i++) {
			struct login l = house_login(*state, people[p].who);
			unsigned status = try_as(*state, i, &l, &a);
			bool away = status == 401 || status == 403;

			if (routes[i].least == ANYBODY)
				continue;
			if (away != (people[p].rank < routes[i].least))
				fail_msg("%s: %s %s: %u", people[p].who,
					 routes[i].method, routes[i].path,
					 status);
		}
	}
	house_answer_fini(&a);
}

/* Nothing may be served that the table above does not know. */
static void the_table_has_every_route(void **state)
{
	static const struct web_route *const all[] = {
#define WEB_RESOURCE(name) web_##name##_routes,
#include "web/api/resources.def"
#undef WEB_RESOURCE
	};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (const struct web_route *r = all[i]; r->path; r++)
			n++;
	assert_int_equal(n, ROUTES);
}

static void control_socket_needs_no_log_in(void **state)
{
	struct answer a = { .status = 0 };

	for (size_t i = 0; i < ROUTES; i++) {
		struct ask k = { .method = routes[i].method,
				 .path = routes[i].path,
				 .body = routes[i].body,
				 .foreign = true,
				 .control = true };
		unsigned status;

		if (routes[i].least == ANYBODY || is_stream(i))
			continue;
		status = house_ask(*state, &k, &a);
		if (turned_away(status, &a))
			fail_msg("%s %s: %u", k.method, k.path, status);
	}
	house_answer_fini(&a);
}

static void forged_requests_are_refused(void **state)
{
	static const struct {
		const char *name;
		bool own; /* our Origin */
		const char *headers;
		bool token;
		unsigned want;
	} rows[] = {
		{ "ours", true, "", true, 200 },
		{ "ours, a browser says so too", true,
		  "Sec-Fetch-Site: same-origin\r\n", true, 200 },
		{ "no token", true, "", false, 403 },
		{ "another site", false, "Origin: https://evil.example\r\n",
		  true, 403 },
		{ "another port", false, "Origin: http://127.0.0.1:1\r\n", true,
		  403 },
		{ "another site by Sec-Fetch-Site", true,
		  "Sec-Fetch-Site: cross-site\r\n", true, 403 },
		{ "a sister site", false, "Sec-Fetch-Site: same-site\r\n", true,
		  403 },
		{ "a sandboxed frame", false, "Origin: null\r\n", true, 403 },
		{ "nothing said", false, "", true, 403 },
	};
	struct login l = house_login(*state, OPERATOR);
	struct house *h = *state;
	struct answer a = { .status = 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char headers[256], own[64] = "";
		unsigned status;

		if (rows[i].own)
			snprintf(own, sizeof(own),
				 "Origin: http://127.0.0.1:%u\r\n", h->port);
		snprintf(headers, sizeof(headers), "%s%s", own,
			 rows[i].headers);
		status = house_ask(
			h,
			&(struct ask){ .method = "POST",
				       .path = "/api/cases/1/note",
				       .body = "{\"text\":\"x\"}",
				       .cookie = l.cookie,
				       .csrf = rows[i].token ? l.csrf : NULL,
				       .headers = headers,
				       .foreign = true },
			&a);
		if (status != rows[i].want)
			fail_msg("%s: %u %s", rows[i].name, status, a.body);
	}
	house_answer_fini(&a);
}

static void a_token_of_another_log_in_is_no_token(void **state)
{
	struct login ann = house_login(*state, OPERATOR);
	struct login root = house_login(*state, ADMIN);
	struct answer a = { .status = 0 };
	struct ask k = { .method = "POST",
			 .path = "/api/cases/1/note",
			 .body = "{\"text\":\"x\"}",
			 .cookie = ann.cookie,
			 .csrf = root.csrf };

	assert_int_equal(house_ask(*state, &k, &a), 403);
	house_answer_fini(&a);
}

static void paths_do_not_slip_past(void **state)
{
	static const char *const paths[] = {
		"/static/..%2f..%2fetc%2fpasswd",
		"/static/../web.c",
		"/static/%2e%2e/api/users",
		"/static/style.css/../../api/users",
		"/static/style.css%00.js",
		"/static/%00",
		"/login/../api/users",
		"/login/..%2fapi%2fusers",
		"/login/%2e%2e%2fapi/users",
		"/login;/../api/users",
		"/-/healthy/../../api/users",
		"//api/users",
		"/./api/users",
		"/api//users",
		"/api/users/",
		"/api/users%2f",
		"/api%2fusers",
		"/api/users%00",
		"/api/users;x",
		"/API/users",
		"/api/users%2>",
		"/api/users%u002e",
		"/%61%70%69%2fusers",
		"/login/%252e%252e/api/users",
		"/setup/setup-/../../api/users",
		"/login?x=/../../api/users%0d%0aX-Evil:1",
	};
	struct answer a = { .status = 0 };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		unsigned status = house_ask(
			*state,
			&(struct ask){ .method = "GET", .path = paths[i] }, &a);

		/* "/login/..." with one segment is a log-in link. */
		if (status != 400 && status != 404 && status != 410 &&
		    !(status == 200 && strstr(a.body, "<h1>Log in</h1>")))
			fail_msg("%s: %u", paths[i], status);
		assert_null(strstr(a.body, "\"role\""));
		assert_null(strstr(a.head, "X-Evil"));
	}
	house_answer_fini(&a);
}

static void every_answer_has_the_headers(void **state)
{
	static const char *const paths[] = {
		"/login",  "/",	       "/api/users",	"/static/style.css",
		"/invite", "/-/ready", "/nothing/here", "/%zz"
	};
	struct answer a = { .status = 0 };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		house_ask(*state,
			  &(struct ask){ .method = "GET", .path = paths[i] },
			  &a);
		if (strstr(house_header(&a, "Content-Security-Policy"),
			   "default-src 'none'") == NULL)
			fail_msg("%s: no policy", paths[i]);
		assert_string_equal(house_header(&a, "X-Content-Type-Options"),
				    "nosniff");
		assert_string_equal(house_header(&a, "Referrer-Policy"),
				    "no-referrer");
		assert_string_equal(
			house_header(&a, "Access-Control-Allow-Origin"), "");
	}
	house_answer_fini(&a);
}

static void no_other_site_may_read(void **state)
{
	struct login l = house_login(*state, ADMIN);
	struct answer a = { .status = 0 };
	struct ask k = { .method = "GET",
			 .path = "/api/users",
			 .cookie = l.cookie,
			 .foreign = true,
			 .headers = "Origin: https://evil.example\r\n" };

	house_ask(*state, &k, &a);
	assert_string_equal(house_header(&a, "Access-Control-Allow-Origin"),
			    "");
	k.method = "OPTIONS";
	assert_int_equal(house_ask(*state, &k, &a), 405);
	house_answer_fini(&a);
}

static void metrics_are_for_this_machine(void **state)
{
	struct login l = house_login(*state, PLAIN);
	struct answer a = { .status = 0 };
	struct ask k = { .method = "GET", .path = "/metrics", .foreign = true };

	assert_int_equal(house_ask(*state, &k, &a), 200);
	assert_non_null(strstr(a.body, "# EOF"));
	k.headers = "X-Forwarded-For: 192.0.2.1\r\n";
	assert_int_equal(house_ask(*state, &k, &a), 401);
	k.cookie = l.cookie;
	assert_int_equal(house_ask(*state, &k, &a), 200);
	house_answer_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_every_route),
		cmocka_unit_test_setup_teardown(nobody_gets_in_without_log_in,
						setup, teardown),
		cmocka_unit_test_setup_teardown(each_role_gets_what_is_its_own,
						setup, teardown),
		cmocka_unit_test_setup_teardown(control_socket_needs_no_log_in,
						setup, teardown),
		cmocka_unit_test_setup_teardown(forged_requests_are_refused,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_token_of_another_log_in_is_no_token, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_do_not_slip_past, setup,
						teardown),
		cmocka_unit_test_setup_teardown(every_answer_has_the_headers,
						setup, teardown),
		cmocka_unit_test_setup_teardown(no_other_site_may_read, setup,
						teardown),
		cmocka_unit_test_setup_teardown(metrics_are_for_this_machine,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
