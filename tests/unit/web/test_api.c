/* SPDX-License-Identifier: MIT */
/* test_api.c - what the resources answer, and that text stays text */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/web/house.h"

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

static unsigned get(struct house *h, const struct login *l, const char *path,
		    struct json **root)
{
	struct answer a = { .status = 0 };
	struct err_note note;

	house_ask(h,
		  &(struct ask){ .method = "GET",
				 .path = path,
				 .cookie = l != NULL ? l->cookie : NULL,
				 .control = l == NULL },
		  &a);
	if (json_parse(str_trim(str_of(a.body)), root, &note) != GW_OK)
		fail_msg("%s: %s: %s", path, note.text, a.body);
	house_answer_fini(&a);
	return a.status;
}

static unsigned post(struct house *h, const struct login *l, const char *path,
		     const char *body, struct json **root)
{
	struct answer a = { .status = 0 };
	struct err_note note;
	struct ask k = { .method = "POST",
			 .path = path,
			 .body = body,
			 .control = l == NULL };

	if (l != NULL) {
		k.cookie = l->cookie;
		k.csrf = l->csrf;
	}
	house_ask(h, &k, &a);
	if (json_parse(str_trim(str_of(a.body)), root, &note) != GW_OK)
		fail_msg("%s: %s: %s", path, note.text, a.body);
	house_answer_fini(&a);
	return a.status;
}

static const char *code_of(const struct json *root)
{
	static char code[32];

	snprintf(code, sizeof(code), STR_FMT,
		 STR_ARG(json_get_str(json_get(root, "error"), "code")));
	return code;
}

static void assert_text(const struct json *j, const char *key, const char *want)
{
	struct str s = json_get_str(j, key);

	if (!str_is(s, want))
		fail_msg("%s: '" STR_FMT "', not '%s'", key, STR_ARG(s), want);
}

/* ---- cases ---- */

static void a_case_is_taken_and_says_who_has_it(void **state)
{
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct login lead = house_login(h, LEAD);
	struct json *j = NULL;

	house_case(h, "disk full");
	assert_int_equal(post(h, &ann, "/api/cases/1/take", "{}", &j), 200);
	assert_text(json_get(j, "case"), "owner", OPERATOR);
	assert_text(json_get(j, "case"), "state", "claimed");
	json_free(&j);
	assert_int_equal(post(h, &lead, "/api/cases/1/take", "{}", &j), 409);
	assert_string_equal(code_of(j), "conflict");
	assert_true(str_starts(json_get_str(json_get(j, "error"), "message"),
			       "ann"));
	json_free(&j);
	assert_int_equal(get(h, &ann, "/api/cases/1", &j), 200);
	assert_text(json_at(json_get(j, "timeline"), 0), "what", "opened");
	assert_true(json_size(json_get(j, "timeline")) >= 2);
	json_free(&j);
}

static void a_get_never_claims(void **state)
{
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct answer a = { .status = 0 };
	struct json *j = NULL;

	house_case(h, "disk full");
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "GET",
						  .path = "/api/cases/1/take",
						  .cookie = ann.cookie },
				   &a),
			 405);
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "GET",
						  .path = "/c/1",
						  .cookie = ann.cookie },
				   &a),
			 200);
	assert_int_equal(get(h, &ann, "/api/cases/1", &j), 200);
	assert_text(json_get(j, "case"), "state", "open");
	json_free(&j);
	house_answer_fini(&a);
}

static void strangers_neither_act_nor_see(void **state)
{
	struct house *h = *state;
	struct login zoe = house_login(h, STRANGER);
	struct login plain = house_login(h, PLAIN);
	struct json *j = NULL;

	house_case(h, "disk full");
	assert_int_equal(get(h, &zoe, "/api/cases/1", &j), 200);
	json_free(&j);
	assert_int_equal(post(h, &zoe, "/api/cases/1/take", "{}", &j), 403);
	json_free(&j);
	assert_int_equal(get(h, &plain, "/api/cases/1", &j), 404);
	json_free(&j);
	assert_int_equal(post(h, &plain, "/api/cases/1/take", "{}", &j), 404);
	json_free(&j);
}

static void nobody_acts_in_anothers_name(void **state)
{
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct json *j = NULL;

	house_case(h, "disk full");
	assert_int_equal(post(h, &ann, "/api/cases/1/take",
			      "{\"as\":\"bob@example.org\"}", &j),
			 403);
	json_free(&j);
	assert_int_equal(post(h, NULL, "/api/cases/1/take",
			      "{\"as\":\"bob@example.org\"}", &j),
			 200);
	assert_text(json_get(j, "case"), "owner", "bob@example.org");
	json_free(&j);
	house_case(h, "second");
	assert_int_equal(post(h, NULL, "/api/cases/2/take", "{}", &j), 200);
	assert_text(json_get(j, "case"), "owner", ADMIN);
	json_free(&j);
}

static void orders_are_read_strictly(void **state)
{
	static const struct {
		const char *path, *body;
		unsigned want;
	} rows[] = {
		{ "/api/cases/1/ack", "{\"span\":\"30m\"}", 200 },
		{ "/api/cases/1/ack", "{\"span\":\"soon\"}", 400 },
		{ "/api/cases/1/ack", "{\"span\":-1}", 400 },
		{ "/api/cases/1/ack", "{\"span\":\"99d\"}", 400 },
		{ "/api/cases/1/give", "{}", 400 },
		{ "/api/cases/1/give", "{\"other\":\"bob\"}", 400 },
		{ "/api/cases/1/note", "{}", 400 },
		{ "/api/cases/1/note", "{\"text\":\"  \"}", 400 },
		{ "/api/cases/1/steal", "{}", 404 },
		{ "/api/cases/99/take", "{}", 404 },
		{ "/api/cases/0/take", "{}", 404 },
		{ "/api/cases/-1/take", "{}", 404 },
		{ "/api/cases/x/take", "{}", 404 },
		{ "/api/cases/1/take", "[]", 400 },
		{ "/api/cases/1/take", "{\"a\":1,\"a\":2}", 400 },
		{ "/api/cases/1/take", "{", 400 },
	};
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct json *j = NULL;

	house_case(h, "disk full");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned got = post(h, &ann, rows[i].path, rows[i].body, &j);

		if (got != rows[i].want)
			fail_msg("%s %s: %u", rows[i].path, rows[i].body, got);
		json_free(&j);
	}
}

static void lists_are_filtered_and_counted(void **state)
{
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct json *j = NULL;

	house_case(h, "one");
	house_case(h, "two");
	assert_int_equal(post(h, &ann, "/api/cases/1/take", "{}", &j), 200);
	json_free(&j);
	assert_int_equal(get(h, &ann, "/api/cases?state=claimed", &j), 200);
	assert_int_equal(json_int(json_get(j, "count"), -1), 1);
	assert_int_equal(json_int(json_get(json_get(j, "counts"), "open"), -1),
			 1);
	json_free(&j);
	assert_int_equal(get(h, &ann, "/api/cases?after=1", &j), 200);
	assert_text(json_at(json_get(j, "cases"), 0), "subject", "two");
	json_free(&j);
	assert_int_equal(get(h, &ann, "/api/cases?after=x", &j), 400);
	json_free(&j);
}

static void more_than_two_hundred_come_in_pages(void **state)
{
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct json *j = NULL;
	char subject[32];

	for (int i = 0; i < 205; i++) {
		snprintf(subject, sizeof(subject), "case %d", i);
		house_case(h, subject);
	}
	assert_int_equal(get(h, &ann, "/api/cases", &j), 200);
	assert_int_equal(json_size(json_get(j, "cases")), 200);
	assert_int_equal(json_int(json_get(j, "after"), -1), 200);
	assert_int_equal(json_int(json_get(json_get(j, "counts"), "open"), -1),
			 205);
	json_free(&j);
	assert_int_equal(get(h, &ann, "/api/cases?after=200", &j), 200);
	assert_int_equal(json_size(json_get(j, "cases")), 5);
	assert_int_equal(json_kind(json_get(j, "after")), JSON_NULL);
	json_free(&j);
}

/* ---- who ---- */

static void who_says_why_and_who_would_be_chosen(void **state)
{
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	const struct json *first;
	struct json *j = NULL;

	house_presence(h, "bob@example.org", PRES_CHAT);
	assert_int_equal(get(h, &ann, "/api/who/duty@example.org", &j), 200);
	first = json_at(json_get(j, "members"), 0);
	assert_text(first, "address", "bob@example.org");
	assert_true(json_get_str(first, "reason").n > 0);
	assert_true(json_get_str(first, "why").n > 0);
	assert_int_equal(json_size(json_get(first, "streams")), 1);
	assert_int_equal(json_int(json_get(j, "count"), -1), 2);
	json_free(&j);
	assert_int_equal(get(h, &ann, "/api/who", &j), 200);
	assert_int_equal(json_size(json_get(j, "pools")), 2);
	assert_int_equal(json_size(json_get(j, "people")), 1);
	json_free(&j);
	assert_int_equal(get(h, &ann, "/api/who/none@example.org", &j), 404);
	json_free(&j);
	assert_int_equal(get(h, &ann, "/api/who?severity=huge", &j), 400);
	json_free(&j);
}

static const struct json *concern(const struct json *j, const char *name)
{
	const struct json *all = json_get(j, "concerns");

	for (size_t i = 0; i < json_size(all); i++)
		if (str_is(json_get_str(json_at(all, i), "name"), name))
			return json_at(all, i);
	fail_msg("no concern %s", name);
	return NULL;
}

static void status_says_what_is_wrong(void **state)
{
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct json *j = NULL;

	house_case(h, "disk full");
	assert_int_equal(get(h, &ann, "/api/status", &j), 200);
	assert_text(j, "version", "test");
	assert_text(concern(j, "Store"), "state", "ok");
	assert_text(concern(j, "Cases"), "state", "warn");
	assert_text(concern(j, "Pool duty@example.org"), "state", "bad");
	assert_text(concern(j, "TLS example.org"), "state", "bad");
	json_free(&j);
}

/* ---- people ---- */

static void an_import_answers_row_by_row(void **state)
{
	struct house *h = *state;
	const struct json *rows;
	struct json *j = NULL;

	assert_int_equal(
		post(h, NULL, "/api/users/import",
		     "[{\"address\":\"a@example.org\",\"password\":\"secret1\"}"
		     ","
		     "{\"address\":\"taken@example.org\",\"password\":\"x\"},"
		     "{\"address\":\"b@example.org\",\"keys\":\"SCRAM\"},"
		     "{\"address\":\"c@example.org\"},{},7]",
		     &j),
		200);
	rows = json_get(j, "rows");
	assert_int_equal(json_size(rows), 6);
	assert_int_equal(json_int(json_get(j, "added"), -1), 2);
	assert_true(json_bool(json_get(json_at(rows, 0), "ok"), false));
	assert_string_equal(code_of(json_at(rows, 1)), "conflict");
	assert_true(json_bool(json_get(json_at(rows, 2), "ok"), false));
	assert_string_equal(code_of(json_at(rows, 3)), "bad_input");
	assert_string_equal(code_of(json_at(rows, 5)), "bad_input");
	assert_non_null(strstr((char *)h->told.data, "add a@example.org"));
	assert_non_null(strstr((char *)h->told.data, "add-keys b@example.org"));
	json_free(&j);
}

static void an_import_has_a_limit(void **state)
{
	struct buf b = { .data = NULL };
	struct json *j = NULL;

	buf_add_lit(&b, "[0");
	for (int i = 0; i < 1000; i++)
		buf_add_lit(&b, ",0");
	buf_add_lit(&b, "]");
	assert_int_equal(post(*state, NULL, "/api/users/import",
			      (const char *)b.data, &j),
			 400);
	json_free(&j);
	buf_fini(&b);
}

static void disabling_is_said_in_the_body_or_by_the_path(void **state)
{
	struct house *h = *state;
	struct json *j = NULL;

	post(h, NULL, "/api/users/bob@example.org/disable", "{}", &j);
	json_free(&j);
	assert_non_null(strstr((char *)h->told.data, "disable bob"));
	buf_reset(&h->told);
	post(h, NULL, "/api/users/bob@example.org/disable",
	     "{\"disabled\":false}", &j);
	json_free(&j);
	assert_non_null(strstr((char *)h->told.data, "enable bob"));
}

static void a_bad_configuration_says_why(void **state)
{
	struct json *j = NULL;

	assert_int_equal(post(*state, NULL, "/api/config/reload", "{}", &j),
			 400);
	assert_text(json_get(j, "error"), "message",
		    "muster.yaml:3: pools: no such key");
	json_free(&j);
}

/* ---- text stays text ---- */

static void whatever_is_said_comes_back_as_it_was(void **state)
{
	static const char *const texts[] = {
		"<script>alert(1)</script>",
		"\"quotes\" and \\backslashes\\",
		"line\nbreak\ttab\r",
		"</script><img src=x onerror=alert(1)>",
		"data: x\n\nevent: reset\n\n",
		"\x01\x1f\x7f control",
		"\xe2\x80\xae right to left",
		"\xf0\x9f\x94\xb4 #17",
		"javascript:alert(1)",
		"{{7*7}} ${7*7} %s%n",
	};
	struct house *h = *state;
	struct login ann = house_login(h, OPERATOR);
	struct json *j = NULL;
	char path[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t n = house_case(h, texts[i]);

		snprintf(path, sizeof(path), "/api/cases/%llu",
			 (unsigned long long)n);
		assert_int_equal(get(h, &ann, path, &j), 200);
		assert_text(json_get(j, "case"), "subject", texts[i]);
		json_free(&j);
	}
}

static void files_are_known_by_content(void **state)
{
	struct login ann = house_login(*state, PLAIN);
	struct answer a = { .status = 0 };
	char headers[128];
	struct ask k = { .method = "GET",
			 .path = "/static/app.js",
			 .cookie = ann.cookie };

	assert_int_equal(house_ask(*state, &k, &a), 200);
	assert_string_equal(house_header(&a, "Content-Type"),
			    "text/javascript; charset=utf-8");
	snprintf(headers, sizeof(headers), "If-None-Match: %s\r\n",
		 house_header(&a, "ETag"));
	k.headers = headers;
	assert_int_equal(house_ask(*state, &k, &a), 304);
	k.path = "/static/style.css";
	assert_int_equal(house_ask(*state, &k, &a), 200);
	k.path = "/static/nothing.js";
	assert_int_equal(house_ask(*state, &k, &a), 404);
	house_answer_fini(&a);
}

static void invitations_are_shown_and_taken_back(void **state)
{
	struct house *h = *state;
	struct json *j;

	assert_int_equal(get(h, NULL, "/api/invitations", &j), 200);
	assert_text(json_at(json_get(j, "invitations"), 0), "id", "i1");
	json_free(&j);
	assert_int_equal(post(h, NULL, "/api/invitations/i1/revoke", "{}", &j),
			 200);
	json_free(&j);
	assert_non_null(strstr((char *)h->told.data, "invite-revoke i1"));
	assert_int_equal(post(h, NULL, "/api/invitations/i2/revoke", "{}", &j),
			 404);
	json_free(&j);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct {
	const char *name, *body;
	unsigned status;
	const char *told;
} invitations[] = {
	{ "for a domain", "{\"address\":\"example.org\"}", 201,
	  "invite example.org" },
	{ "for an hour", "{\"address\":\"example.org\",\"valid\":\"1h\"}", 201,
	  "invite-1h example.org" },
	{ "as a contact",
	  "{\"address\":\"example.org\",\"inviter\":\"ann@example.org\"}", 201,
	  "invite-for ann@example.org" },
	{ "a contact only", "{\"inviter\":\"ann@example.org\"}", 201,
	  "invite-for ann@example.org" },
	{ "neither address nor inviter", "{}", 400, NULL },
	{ "a span that is none",
	  "{\"address\":\"example.org\",\"valid\":\"soon\"}", 400, NULL },
	{ "too long", "{\"address\":\"example.org\",\"valid\":\"91d\"}", 400,
	  NULL },
	{ "a domain of others", "{\"address\":\"example.net\"}", 400, NULL },
	{ "where that is closed", "{\"address\":\"closed.org\"}", 409, NULL },
};

static void an_invitation_is_made(void **state)
{
	struct house *h = *state;

	for (size_t i = 0; i < sizeof(invitations) / sizeof(invitations[0]);
	     i++) {
		struct json *j;

		print_message("  %s\n", invitations[i].name);
		assert_int_equal(post(h, NULL, "/api/invitations",
				      invitations[i].body, &j),
				 invitations[i].status);
		if (invitations[i].told != NULL) {
			assert_text(j, "token", "t");
			assert_non_null(strstr((const char *)h->told.data,
					       invitations[i].told));
		}
		json_free(&j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_case_is_taken_and_says_who_has_it),
		T(a_get_never_claims),
		T(strangers_neither_act_nor_see),
		T(nobody_acts_in_anothers_name),
		T(orders_are_read_strictly),
		T(lists_are_filtered_and_counted),
		T(more_than_two_hundred_come_in_pages),
		T(who_says_why_and_who_would_be_chosen),
		T(status_says_what_is_wrong),
		T(an_import_answers_row_by_row),
		T(an_import_has_a_limit),
		T(an_invitation_is_made),
		T(invitations_are_shown_and_taken_back),
		T(disabling_is_said_in_the_body_or_by_the_path),
		T(a_bad_configuration_says_why),
		T(whatever_is_said_comes_back_as_it_was),
		T(files_are_known_by_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
