/* SPDX-License-Identifier: MIT */
/* test_auth.c - log-in by password and by link, cookies, limits, restarts */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "tests/unit/web/house.h"

#define FORM "application/x-www-form-urlencoded"

static int setup(void **state)
{
	*state = house_open();
	return 0;
}

static int teardown(void **state)
{
	struct house *h = *state;

	house_close(&h);
	return 0;
}

static unsigned session_status(struct house *h, const char *cookie)
{
	struct answer a = { .status = 0 };
	unsigned status = house_ask(h,
				    &(struct ask){ .method = "GET",
						   .path = "/api/session",
						   .cookie = cookie },
				    &a);

	house_answer_fini(&a);
	return status;
}

static void the_right_password_opens(void **state)
{
	struct answer a = { .status = 0 };
	char cookie[128];

	assert_int_equal(
		house_password(*state, "Ann%40Example.org", SECRET, &a), 303);
	assert_string_equal(house_header(&a, "Location"), "/");
	snprintf(cookie, sizeof(cookie), "%s", house_header(&a, "Set-Cookie"));
	assert_int_equal(strncmp(cookie, "muster=", 7), 0);
	assert_int_equal(strcspn(cookie + 7, ";"), 64);
	assert_non_null(strstr(cookie, "; HttpOnly"));
	assert_non_null(strstr(cookie, "; SameSite=Strict"));
	assert_non_null(strstr(cookie, "; Path=/"));
	cookie[strcspn(cookie, ";")] = '\0';
	assert_int_equal(session_status(*state, cookie), 200);
	house_answer_fini(&a);
}

static void wrong_and_unknown_look_the_same(void **state)
{
	struct answer wrong = { .status = 0 }, unknown = { .status = 0 };

	assert_int_equal(house_password(*state, OPERATOR, "nope", &wrong), 401);
	assert_int_equal(
		house_password(*state, "no@example.org", "nope", &unknown),
		401);
	assert_non_null(strstr(wrong.body, "Address or password is wrong."));
	assert_non_null(strstr(unknown.body, "Address or password is wrong."));
	assert_null(strstr(wrong.head, "Set-Cookie: muster="));
	house_answer_fini(&wrong);
	house_answer_fini(&unknown);
}

static void a_dead_directory_is_said(void **state)
{
	struct answer a = { .status = 0 };

	assert_int_equal(house_password(*state, "down@example.org", "x", &a),
			 503);
	house_answer_fini(&a);
}

static void guessing_is_stopped(void **state)
{
	struct house *h = *state;
	struct answer a = { .status = 0 };
	int checked;

	for (int i = 0; i < 5; i++)
		assert_int_equal(house_password(h, OPERATOR, "guess", &a), 401);
	checked = h->checked;
	assert_int_equal(house_password(h, OPERATOR, SECRET, &a), 429);
	assert_int_equal(checked, h->checked);
	assert_true(strtoul(house_header(&a, "Retry-After"), NULL, 10) > 800);
	assert_int_equal(house_password(h, LEAD, SECRET, &a), 303);
	house_answer_fini(&a);
}

static void good_log_ins_do_not_count(void **state)
{
	struct answer a = { .status = 0 };

	for (int i = 0; i < 12; i++)
		assert_int_equal(house_password(*state, OPERATOR, SECRET, &a),
				 303);
	house_answer_fini(&a);
}

static void a_form_of_another_site_does_not_log_in(void **state)
{
	struct house *h = *state;
	struct login page = house_login_page(h, "/login");
	struct answer a = { .status = 0 };
	char body[256];
	struct ask k = { .method = "POST",
			 .path = "/login",
			 .type = FORM,
			 .body = "address=ann@example.org&password=right+horse",
			 .cookie = page.cookie };

	assert_int_equal(house_ask(h, &k, &a), 403); /* no token */
	snprintf(body, sizeof(body), "csrf=%s&%s", page.csrf, k.body);
	k.body = body;
	k.cookie = NULL;
	assert_int_equal(house_ask(h, &k, &a), 403); /* not its cookie */
	k.cookie = page.cookie;
	k.foreign = true;
	k.headers = "Sec-Fetch-Site: cross-site\r\n";
	assert_int_equal(house_ask(h, &k, &a), 403);
	/* A form under no-referrer says "null" (Fetch standard). */
	k.headers = "Origin: null\r\nSec-Fetch-Site: same-origin\r\n";
	assert_int_equal(house_ask(h, &k, &a), 303);
	house_answer_fini(&a);
}

/* Whatever secret a browser came with is not the one it leaves with. */
static void log_in_changes_the_secret(void **state)
{
	struct house *h = *state;
	struct login old = house_login(h, OPERATOR), page;
	struct answer a = { .status = 0 };
	char body[256], cookies[300];

	page = house_login_page(h, "/login");
	snprintf(body, sizeof(body),
		 "csrf=%s&address=ann@example.org&password=right+horse",
		 page.csrf);
	snprintf(cookies, sizeof(cookies), "%s; %s", page.cookie, old.cookie);
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "POST",
						  .path = "/login",
						  .type = FORM,
						  .cookie = cookies,
						  .body = body },
				   &a),
			 303);
	assert_null(strstr(house_header(&a, "Set-Cookie"), old.cookie));
	assert_int_equal(session_status(h, old.cookie), 401);
	house_answer_fini(&a);
}

static void comes_back_where_it_was(void **state)
{
	static const struct {
		const char *next, *want;
	} rows[] = {
		{ "%2Fc%2F17", "/c/17" },	  { "/mail", "/mail" },
		{ "https://evil.example/", "/" }, { "//evil.example/", "/" },
		{ "/c/17%0d%0aX-Evil:1", "/" },	  { "/c/..", "/" },
		{ "javascript:alert(1)", "/" },
	};
	struct house *h = *state;
	struct answer a = { .status = 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct login page = house_login_page(h, "/login");
		char body[400];

		snprintf(body, sizeof(body),
			 "csrf=%s&address=ann@example.org&password=right+horse"
			 "&next=%s",
			 page.csrf, rows[i].next);
		assert_int_equal(house_ask(h,
					   &(struct ask){ .method = "POST",
							  .path = "/login",
							  .type = FORM,
							  .cookie = page.cookie,
							  .body = body },
					   &a),
				 303);
		assert_string_equal(house_header(&a, "Location"), rows[i].want);
	}
	house_answer_fini(&a);
}

static void pages_lead_to_the_log_in_page(void **state)
{
	struct answer a = { .status = 0 };
	struct ask k = { .method = "GET", .path = "/c/17" };

	assert_int_equal(house_ask(*state, &k, &a), 303);
	assert_string_equal(house_header(&a, "Location"), "/login?next=/c/17");
	/* A link on another site: the browser kept our cookie back. */
	k.foreign = true;
	k.headers = "Sec-Fetch-Site: cross-site\r\n";
	assert_int_equal(house_ask(*state, &k, &a), 200);
	assert_non_null(strstr(a.body, "http-equiv=\"refresh\""));
	house_answer_fini(&a);
}

static void what_was_typed_is_shown_as_text(void **state)
{
	struct answer a = { .status = 0 };

	assert_int_equal(
		house_password(*state,
			       "%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "x",
			       &a),
		401);
	assert_null(strstr(a.body, "<script"));
	assert_non_null(strstr(a.body, "&lt;script&gt;"));
	house_answer_fini(&a);
}

/* A proxy on this machine ends TLS: web.url says so, the browser's Host too. */
static void behind_a_proxy_cookies_are_those_of_https(void **state)
{
	static const char get[] = "GET /login HTTP/1.1\r\n"
				  "Host: console.example.org\r\n"
				  "Connection: close\r\n\r\n";
	struct house *h = *state;
	struct buf b = { .data = NULL };
	int fd = house_dial(h);

	house_say(fd, get);
	house_hear(fd, &b, "</html>");
	assert_non_null(strstr((char *)b.data, "__Host-muster-page="));
	assert_non_null(strstr((char *)b.data, "; Secure"));
	close(fd);
	buf_fini(&b);
}

/* ---- links ---- */

static void link_for(struct house *h, const char *who, char path[200])
{
	struct answer a = { .status = 0 };
	char body[256];

	snprintf(body, sizeof(body), "{\"address\":\"%s\"}", who);
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "POST",
						  .path = "/api/login-link",
						  .body = body,
						  .control = true },
				   &a),
			 200);
	house_text(&a, "path", path, 200);
	house_answer_fini(&a);
}

static void links_are_for_people_who_may_log_in(void **state)
{
	static const struct {
		const char *who;
		unsigned status;
	} cases[] = {
		{ "ann@example.org", 200 },
		{ "nobody@example.org", 404 },
		{ "gone@example.org", 403 },
		{ "down@example.org", 200 }, /* the directory is */
		{ "ann", 400 },
	};
	struct house *h = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = { .status = 0 };
		char body[256];

		snprintf(body, sizeof(body), "{\"address\":\"%s\"}",
			 cases[i].who);
		assert_int_equal(
			house_ask(h,
				  &(struct ask){ .method = "POST",
						 .path = "/api/login-link",
						 .body = body,
						 .control = true },
				  &a),
			cases[i].status);
		house_answer_fini(&a);
	}
}

static unsigned post_link(struct house *h, const char *path,
			  const struct login *page)
{
	struct answer a = { .status = 0 };
	char body[256];
	unsigned status;

	snprintf(body, sizeof(body), "csrf=%s", page->csrf);
	status = house_ask(h,
			   &(struct ask){ .method = "POST",
					  .path = path,
					  .type = FORM,
					  .cookie = page->cookie,
					  .body = body },
			   &a);
	house_answer_fini(&a);
	return status;
}

static void a_link_works_once_and_only_by_its_button(void **state)
{
	struct house *h = *state;
	struct answer a = { .status = 0 };
	struct login page;
	char path[200];

	link_for(h, OPERATOR, path);
	/* Previews look, and look again. */
	for (int i = 0; i < 3; i++) {
		house_ask(h, &(struct ask){ .method = "GET", .path = path },
			  &a);
		assert_int_equal(a.status, 200);
		assert_null(strstr(a.head, "Set-Cookie: muster="));
	}
	page = house_login_page(h, path);
	assert_int_equal(post_link(h, path, &page), 303);
	assert_int_equal(post_link(h, path, &page), 410);
	house_ask(h, &(struct ask){ .method = "GET", .path = path }, &a);
	assert_int_equal(a.status, 410);
	house_answer_fini(&a);
}

static void a_link_without_a_name_is_for_the_first_administrator(void **state)
{
	struct answer a = { .status = 0 };
	char path[200];

	assert_int_equal(house_ask(*state,
				   &(struct ask){ .method = "POST",
						  .path = "/api/login-link",
						  .body = "{}",
						  .control = true },
				   &a),
			 200);
	house_text(&a, "path", path, sizeof(path));
	house_ask(*state, &(struct ask){ .method = "GET", .path = path }, &a);
	assert_non_null(strstr(a.body, ADMIN));
	house_answer_fini(&a);
}

/* ---- the life of a log-in ---- */

static void logging_out_ends_it(void **state)
{
	struct login l = house_login(*state, OPERATOR);
	struct answer a = { .status = 0 };

	assert_int_equal(house_ask(*state,
				   &(struct ask){ .method = "POST",
						  .path = "/api/logout",
						  .cookie = l.cookie,
						  .csrf = l.csrf },
				   &a),
			 200);
	assert_non_null(strstr(house_header(&a, "Set-Cookie"), "Max-Age=0"));
	assert_int_equal(session_status(*state, l.cookie), 401);
	house_answer_fini(&a);
}

static void a_restart_keeps_log_ins_and_their_tokens(void **state)
{
	struct house *h = *state;
	struct login l = house_login(h, ADMIN);
	struct answer a = { .status = 0 };

	house_restart(h);
	assert_int_equal(session_status(h, l.cookie), 200);
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "POST",
						  .path = "/api/users/"
							  "bob@example.org/"
							  "enable",
						  .cookie = l.cookie,
						  .csrf = l.csrf },
				   &a),
			 200);
	house_answer_fini(&a);
}

static void a_new_password_ends_old_log_ins(void **state)
{
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct login root = house_login(h, ADMIN);
	struct answer a = { .status = 0 };

	assert_int_equal(
		house_ask(h,
			  &(struct ask){ .method = "PUT",
					 .path = "/api/users/ann@example.org/"
						 "password",
					 .body = "{\"password\":\"new one\"}",
					 .cookie = root.cookie,
					 .csrf = root.csrf },
			  &a),
		200);
	assert_int_equal(session_status(h, ann.cookie), 401);
	assert_int_equal(session_status(h, root.cookie), 200);
	house_answer_fini(&a);
}

static void at_most_ten_log_ins_of_one_person(void **state)
{
	struct login first = house_login(*state, OPERATOR);

	for (int i = 0; i < 9; i++)
		house_login(*state, OPERATOR);
	assert_int_equal(session_status(*state, first.cookie), 200);
	house_login(*state, OPERATOR);
	assert_int_equal(session_status(*state, first.cookie), 401);
}

/* ---- local passwords of administrators ---- */

static void set_console_password(struct house *h, const char *password)
{
	struct answer a = { .status = 0 };
	char body[256];

	snprintf(body, sizeof(body),
		 "{\"address\":\"root@example.org\",\"password\":\"%s\"}",
		 password);
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "POST",
						  .path = "/api/"
							  "console-password",
						  .body = body,
						  .control = true },
				   &a),
			 200);
	house_answer_fini(&a);
}

static void a_console_password_is_the_only_one(void **state)
{
	struct house *h = *state;
	struct answer a = { .status = 0 };

	set_console_password(h, "battery staple");
	house_restart(h);
	assert_int_equal(house_password(h, ADMIN, SECRET, &a), 401);
	assert_int_equal(house_password(h, ADMIN, "battery+staple", &a), 303);
	assert_int_equal(h->checked, 0);
	set_console_password(h, "");
	assert_int_equal(house_password(h, ADMIN, SECRET, &a), 303);
	assert_int_equal(h->checked, 1);
	house_answer_fini(&a);
}

static void a_short_console_password_is_refused(void **state)
{
	struct answer a = { .status = 0 };

	assert_int_equal(
		house_ask(*state,
			  &(struct ask){ .method = "POST",
					 .path = "/api/console-password",
					 .body = "{\"address\":\"a@b\","
						 "\"password\":\"short\"}",
					 .control = true },
			  &a),
		400);
	house_answer_fini(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_right_password_opens),
		T(wrong_and_unknown_look_the_same),
		T(a_dead_directory_is_said),
		T(links_are_for_people_who_may_log_in),
		T(guessing_is_stopped),
		T(good_log_ins_do_not_count),
		T(a_form_of_another_site_does_not_log_in),
		T(log_in_changes_the_secret),
		T(comes_back_where_it_was),
		T(pages_lead_to_the_log_in_page),
		T(what_was_typed_is_shown_as_text),
		T(behind_a_proxy_cookies_are_those_of_https),
		T(a_link_works_once_and_only_by_its_button),
		T(a_link_without_a_name_is_for_the_first_administrator),
		T(logging_out_ends_it),
		T(a_restart_keeps_log_ins_and_their_tokens),
		T(a_new_password_ends_old_log_ins),
		T(at_most_ten_log_ins_of_one_person),
		T(a_console_password_is_the_only_one),
		T(a_short_console_password_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
