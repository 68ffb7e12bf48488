/* SPDX-License-Identifier: MIT */
/* test_http.c - who may send, what is answered, and what can be read */
#include "tests/unit/alerts/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOOK(rest)                                                             \
	"{\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\":\"b\"}" rest    \
	"}]}"

static const struct {
	const char *name, *body;
	unsigned status;
	const char *answer;
} posts[] = {
	{ "nothing", "", 422,
	  "{\"code\":602,\"message\":\"alerts in body is required\"}" },
	{ "null", "null", 200, "" },
	{ "no alerts", "[]", 200, "" },
	{ "one", "[{\"labels\":{\"a\":\"b\"}}]", 200, "" },
	{ "cut off", "[", 400, "{\"code\":400,\"message\":\"parsing alerts" },
	{ "an object", "{}", 400, "{\"code\":400," },
	{ "a number", "[3]", 400, "{\"code\":400," },
	{ "null inside", "[null]", 400, "{\"code\":400," },
	{ "no labels", "[{}]", 422,
	  "{\"code\":602,\"message\":\"0.labels in body is required\"}" },
	{ "second without labels", "[{\"labels\":{\"a\":\"b\"}},{}]", 422,
	  "{\"code\":602,\"message\":\"1.labels in body is required\"}" },
	{ "null labels", "[{\"labels\":null}]", 422, "{\"code\":602," },
	{ "labels no object", "[{\"labels\":\"x\"}]", 400, "{\"code\":400," },
	{ "a label no text", "[{\"labels\":{\"a\":1}}]", 400,
	  "{\"code\":400," },
	{ "empty labels", "[{\"labels\":{}}]", 400,
	  "\"at least one label pair required\"\n" },
	{ "only an empty value", "[{\"labels\":{\"a\":\"\"}}]", 400,
	  "\"at least one label pair required\"\n" },
	{ "a name with a blank", "[{\"labels\":{\"a b\":\"c\"}}]", 400,
	  "\"invalid label set: invalid name \\\"a b\\\"\"\n" },
	{ "an annotation's name",
	  "[{\"labels\":{\"a\":\"c\"},\"annotations\":{\"a b\":\"x\"}}]", 400,
	  "\"invalid annotations: invalid name \\\"a b\\\"\"\n" },
	{ "two faults",
	  "[{\"labels\":{\"a\":\"ok\"}},{\"labels\":{\"a\":\"\"}},"
	  "{\"labels\":{\"x y\":\"1\"}}]",
	  400,
	  "\"at least one label pair required; invalid label set: invalid "
	  "name \\\"x y\\\"\"\n" },
	{ "a bad time", "[{\"labels\":{\"a\":\"c\"},\"startsAt\":\"x\"}]", 400,
	  "{\"code\":400," },
	{ "end before start",
	  "[{\"labels\":{\"a\":\"c\"},\"startsAt\":\"2026-01-02T00:00:00Z\","
	  "\"endsAt\":\"2026-01-01T00:00:00Z\"}]",
	  400, "\"start time must be before end time\"\n" },
	{ "a bad URL",
	  "[{\"labels\":{\"a\":\"c\"},\"generatorURL\":\"::bad url\"}]", 422,
	  "{\"code\":601,\"message\":\"0.generatorURL in body must be of type "
	  "uri: \\\"::bad url\\\"\"}" },
	{ "Go's zero times",
	  "[{\"labels\":{\"a\":\"z\"},\"startsAt\":\"0001-01-01T00:00:00.000Z\""
	  ",\"endsAt\":\"0001-01-01T00:00:00.000Z\"}]",
	  200, "" },
};

static void test_v2_answers_as_alertmanager(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(posts) / sizeof(posts[0]); i++) {
		struct site *s = site_new(false, NULL);

		print_message("%s\n", posts[i].name);
		assert_int_equal(site_v2(s, posts[i].body), posts[i].status);
		assert_int_equal(strncmp(site_body(s), posts[i].answer,
					 strlen(posts[i].answer)),
				 0);
		site_free(&s);
	}
}

static void test_v2_stores_the_valid_part(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_int_equal(
		site_v2(s, "[{\"labels\":{\"alertname\":\"A\",\"severity\":"
			   "\"critical\"}},{\"labels\":{}}]"),
		400);
	assert_string_equal(site_cases(s), "#1 critical 1/1 A");
	site_free(&s);
}

static void test_v2_zero_end_is_the_timeout(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_v2(s, "[{\"labels\":{\"alertname\":\"A\",\"severity\":"
		   "\"critical\"},\"endsAt\":\"0001-01-01T00:00:00.000Z\"}]");
	place_pass(s->place, 5 * WHEN_MINUTE - 1);
	assert_string_equal(site_cases(s), "#1 critical 1/1 A");
	place_pass(s->place, 1);
	assert_string_equal(site_cases(s), "");
	site_free(&s);
}

static void test_v2_timeout_does_not_shorten_an_end(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_v2(s, "[{\"labels\":{\"alertname\":\"A\",\"severity\":"
		   "\"critical\"},\"endsAt\":\"2026-01-01T01:00:00Z\"}]");
	site_v2(s, "[{\"labels\":{\"alertname\":\"A\",\"severity\":"
		   "\"critical\"}}]");
	place_pass(s->place, 59 * WHEN_MINUTE);
	assert_string_equal(site_cases(s), "#1 critical 1/1 A");
	place_pass(s->place, WHEN_MINUTE);
	assert_string_equal(site_cases(s), "");
	site_free(&s);
}

static unsigned typed(struct site *s, const char *type)
{
	return site_call(s, &(struct fake_call){ .method = HTTP_POST,
						 .path = "/api/v2/alerts",
						 .type = type,
						 .body = "[]" });
}

static void test_v2_wants_json(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_int_equal(typed(s, NULL), 415);
	assert_int_equal(typed(s, "text/plain"), 415);
	assert_int_equal(typed(s, "application/json"), 200);
	assert_int_equal(typed(s, "Application/JSON; charset=utf-8"), 200);
	site_free(&s);
}

static void test_v1_is_gone(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_int_equal(
		site_call(s, &(struct fake_call){ .method = HTTP_POST,
						  .path = "/api/v1/alerts" }),
		410);
	site_free(&s);
}

static const struct {
	const char *name, *body;
	unsigned status;
} hooks[] = {
	{ "least", HOOK(""), 200 },
	{ "unknown fields", HOOK(",\"values\":{\"A\":1},\"x\":[]"), 200 },
	{ "zero end", HOOK(",\"endsAt\":\"0001-01-01T00:00:00Z\""), 200 },
	{ "no JSON", "alerts", 400 },
	{ "a list", "[]", 400 },
	{ "no alerts", "{\"version\":\"4\"}", 400 },
	{ "empty alerts", "{\"alerts\":[]}", 200 },
	{ "alert no object", "{\"alerts\":[1]}", 400 },
	{ "no status", "{\"alerts\":[{\"labels\":{\"a\":\"b\"}}]}", 400 },
	{ "no labels", "{\"alerts\":[{\"status\":\"firing\"}]}", 400 },
	{ "label no text",
	  "{\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\":[]}}]}", 400 },
	{ "bad time", HOOK(",\"startsAt\":\"yesterday\""), 400 },
	{ "a key twice", "{\"alerts\":[],\"alerts\":[]}", 400 },
};

static void test_webhook_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		struct site *s = site_new(false, NULL);

		print_message("%s\n", hooks[i].name);
		assert_int_equal(site_hook(s, hooks[i].body), hooks[i].status);
		site_free(&s);
	}
}

static void test_limits(void **state)
{
	struct buf b = { .data = NULL };
	struct site *s = site_new(false, NULL);

	(void)state;
	buf_add_lit(&b, "[{\"labels\":{\"a\":\"");
	for (int i = 0; i < 1025; i++)
		buf_add_char(&b, 'x');
	buf_add_lit(&b, "\"}}]");
	assert_int_equal(site_v2(s, (const char *)b.data), 400);
	buf_reset(&b);
	buf_add_lit(&b, "[{\"labels\":{\"a\":\"1\"");
	for (int i = 0; i < 64; i++)
		buf_printf(&b, ",\"l%d\":\"v\"", i);
	buf_add_lit(&b, "}}]");
	assert_int_equal(site_v2(s, (const char *)b.data), 400);
	buf_fini(&b);
	site_free(&s);
}

/* ---- who may send ---- */

static const struct {
	const char *name, *path, *authorization, *peer;
	unsigned status;
} doors[] = {
	{ "token", "/alerts/far", "Bearer sesame-open", "192.0.2.1:5", 200 },
	{ "token as Basic", "/alerts/far",
	  "Basic cDpzZXNhbWUtb3Blbg==", "192.0.2.1:5", 200 },
	{ "token in any case of Bearer", "/alerts/far", "bearer sesame-open",
	  "192.0.2.1:5", 200 },
	{ "wrong token", "/alerts/far", "Bearer sesame-opem", "192.0.2.1:5",
	  401 },
	{ "longer token", "/alerts/far", "Bearer sesame-openx", "192.0.2.1:5",
	  401 },
	{ "no token", "/alerts/far", NULL, "192.0.2.1:5", 401 },
	{ "no token from here", "/alerts/far", NULL, "127.0.0.1:5", 401 },
	{ "broken Basic", "/alerts/far", "Basic !!", "192.0.2.1:5", 401 },
	{ "tokenless from here", "/alerts/near", NULL, "127.0.0.1:5", 200 },
	{ "tokenless from here, IPv6", "/alerts/near", NULL, "[::1]:5", 200 },
	{ "tokenless from afar", "/alerts/near", NULL, "192.0.2.1:5", 403 },
	{ "tokenless over TLS", "/alerts/near", NULL, "unix", 403 },
	{ "another's token", "/alerts/near", "Bearer sesame-open",
	  "192.0.2.1:5", 403 },
	{ "unknown source", "/alerts/none", NULL, "127.0.0.1:5", 404 },
	{ "API with token", "/api/v2/alerts", "Bearer sesame-open",
	  "192.0.2.1:5", 200 },
	{ "API from here", "/api/v2/alerts", NULL, "127.0.0.1:5", 200 },
	{ "API from afar", "/api/v2/alerts", NULL, "192.0.2.1:5", 403 },
};

static void test_doors(void **state)
{
	char path[] = "/tmp/alerts-token.XXXXXX", yaml[400];
	int fd = mkstemp(path);
	struct site *s;

	(void)state;
	assert_int_equal(write(fd, "sesame-open\nnote\n", 17), 17);
	close(fd);
	snprintf(yaml, sizeof(yaml),
		 "alerts:\n  sources:\n    far: { kind: alertmanager, "
		 "token_file: %s }\n    near: { kind: alertmanager }\n",
		 path);
	s = site_new(false, yaml);
	unlink(path);
	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		bool api = strcmp(doors[i].path, "/api/v2/alerts") == 0;
		struct fake_call c = { .method = HTTP_POST,
				       .path = doors[i].path,
				       .peer = doors[i].peer,
				       .authorization = doors[i].authorization,
				       .type = "application/json",
				       .body = api ? "[]" : HOOK("") };

		print_message("%s\n", doors[i].name);
		assert_int_equal(site_call(s, &c), doors[i].status);
	}
	site_free(&s);
}

static void test_missing_token_file_is_refused(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_non_null(strstr(site_configure(s, "alerts: { sources: { x: { "
						 "kind: alertmanager, "
						 "token_file: /nonexistent } "
						 "} }\n"),
			       "/nonexistent: No such file"));
	site_free(&s);
}

/* ---- reading ---- */

static const char *get(struct site *s, const char *path, const char *query)
{
	site_call(s, &(struct fake_call){ .method = HTTP_GET,
					  .path = path,
					  .query = query });
	return site_body(s);
}

static const struct {
	const char *query;
	unsigned status;
	bool disk, net;
} queries[] = {
	{ NULL, 200, true, true },
	{ "filter=alertname=Disk", 200, true, false },
	{ "filter=alertname!=\"Disk\"", 200, false, true },
	{ "filter=alertname=~\"D.*\"", 200, true, false },
	{ "filter=alertname=Disk&filter=instance=sw1", 200, false, false },
	{ "active=false", 200, false, false },
	{ "active=true&inhibited=false&silenced=false&unprocessed=false", 200,
	  true, true },
	{ "receiver=op", 200, false, false },
	{ "receiver=op.", 200, true, true },
	{ "receiver=(", 400, false, false },
	{ "filter=nonsense", 400, false, false },
};

static void test_reading_alerts(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_string_equal(get(s, "/api/v2/alerts", NULL), "[]\n");
	site_alert(s, "Disk", "db1", "critical", true);
	site_alert(s, "Net", "sw1", "critical", true);
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		const char *body = get(s, "/api/v2/alerts", queries[i].query);

		print_message("%s\n", queries[i].query);
		assert_int_equal(fake_http_reply(s->http)->status,
				 queries[i].status);
		assert_int_equal(strstr(body, "\"Disk\"") != NULL,
				 queries[i].disk);
		assert_int_equal(strstr(body, "\"Net\"") != NULL,
				 queries[i].net);
	}
	site_free(&s);
}

static void test_reading_the_rest(void **state)
{
	struct site *s = site_new(false, NULL);
	const char *body;

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	body = get(s, "/api/v2/alerts/groups", NULL);
	assert_non_null(strstr(body, "\"labels\":{\"alertname\":\"Disk\"},"
				     "\"receiver\":{\"name\":\"ops\"}"));
	assert_string_equal(get(s, "/api/v2/receivers", NULL),
			    "[{\"name\":\"ops\"}]\n");
	assert_string_equal(get(s, "/api/v2/silences", NULL), "[]\n");
	body = get(s, "/api/v2/status", NULL);
	assert_non_null(strstr(body, "\\\"receiver\\\":\\\"ops\\\""));
	assert_null(strstr(body, "ops@rooms.x.org"));
	assert_int_equal(
		site_call(s, &(struct fake_call){ .method = HTTP_POST,
						  .path = "/api/v2/silences",
						  .body = "{}" }),
		501);
	site_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v2_answers_as_alertmanager),
		cmocka_unit_test(test_v2_stores_the_valid_part),
		cmocka_unit_test(test_v2_zero_end_is_the_timeout),
		cmocka_unit_test(test_v2_timeout_does_not_shorten_an_end),
		cmocka_unit_test(test_v2_wants_json),
		cmocka_unit_test(test_v1_is_gone),
		cmocka_unit_test(test_webhook_answers),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_doors),
		cmocka_unit_test(test_missing_token_file_is_refused),
		cmocka_unit_test(test_reading_alerts),
		cmocka_unit_test(test_reading_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
