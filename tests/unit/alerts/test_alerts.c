/* SPDX-License-Identifier: MIT */
/* test_alerts.c - the life of alerts, from a POST to a case and its end */
#include "tests/unit/alerts/site.h"

static void test_fires_one_case(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_int_equal(site_alert(s, "Disk", "db1", "warning", true), 200);
	assert_string_equal(site_cases(s), "");
	place_pass(s->place, 29 * WHEN_SECOND);
	assert_string_equal(site_cases(s), "");
	place_pass(s->place, WHEN_SECOND);
	assert_string_equal(site_cases(s), "#1 warning 1/1 Disk - full (db1)");
	assert_string_equal(site_case(s, 1)->room, "ops@rooms.x.org");
	site_free(&s);
}

static void test_critical_does_not_wait(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	assert_string_equal(site_cases(s), "#1 critical 1/1 Disk - full (db1)");
	site_free(&s);
}

static void test_resend_adds_nothing(void **state)
{
	struct site *s = site_new(false, NULL);
	int64_t version;

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	place_pass(s->place, WHEN_MINUTE);
	version = site_case(s, 1)->version;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(site_alert(s, "Disk", "db1", "critical", true),
				 200);
		place_pass(s->place, WHEN_MINUTE);
	}
	assert_int_equal(site_total(s), 1);
	assert_int_equal(site_case(s, 1)->version, version);
	assert_int_equal(
		place_count(s->place, "SELECT COUNT(*) FROM alert_event"), 1);
	site_free(&s);
}

static void test_resolve_closes(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	assert_int_equal(site_alert(s, "Disk", "db1", "critical", false), 200);
	assert_string_equal(site_cases(s), "");
	assert_string_equal(site_case(s, 1)->closed_why, "resolved");
	site_free(&s);
}

static void test_resolved_before_its_wait_tells_nobody(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "warning", true);
	site_alert(s, "Disk", "db1", "warning", false);
	place_pass(s->place, WHEN_HOUR);
	assert_int_equal(site_total(s), 0);
	site_free(&s);
}

static void test_fires_anew_names_the_earlier_case(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	place_pass(s->place, WHEN_MINUTE);
	site_alert(s, "Disk", "db1", "critical", false);
	place_pass(s->place, WHEN_MINUTE);
	site_alert(s, "Disk", "db1", "critical", true);
	assert_string_equal(site_cases(s), "#2 critical 1/1 Disk - full (db1)");
	assert_non_null(strstr(site_case(s, 2)->detail, "Earlier case: #1"));
	site_free(&s);
}

static void test_group_counts_quietly_and_grows_louder_at_once(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "warning", true);
	place_pass(s->place, 30 * WHEN_SECOND);
	site_alert(s, "Disk", "db2", "warning", true);
	assert_string_equal(site_cases(s), "#1 warning 1/1 Disk - full (db1)");
	place_pass(s->place, 10 * WHEN_SECOND);
	assert_string_equal(site_cases(s), "#1 warning 2/2 Disk - full (db1)");
	site_alert(s, "Disk", "db3", "critical", true);
	assert_string_equal(site_cases(s), "#1 critical 3/3 Disk - full (db3)");
	assert_non_null(strstr(site_case(s, 1)->detail,
			       "Also: Disk (db1), Disk (db2)"));
	site_alert(s, "Disk", "db3", "critical", false);
	place_pass(s->place, 10 * WHEN_SECOND);
	assert_non_null(strstr(site_cases(s), "2/3 Disk - full (db1)"));
	site_free(&s);
}

static void test_closed_by_hand_stays_closed(void **state)
{
	struct site *s = site_new(true, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	place_presence(s->place, "cy@x.org", PRES_ONLINE);
	place_order(s->place, VERB_DONE, 1, "cy@x.org", "");
	place_pass(s->place, WHEN_MINUTE);
	assert_string_equal(site_cases(s), "");
	site_alert(s, "Disk", "db1", "critical", true);
	place_pass(s->place, WHEN_HOUR);
	assert_string_equal(site_cases(s), "");
	site_restart(s);
	place_pass(s->place, WHEN_HOUR);
	assert_string_equal(site_cases(s), "");
	site_alert(s, "Disk", "db2", "critical", true);
	assert_string_equal(site_cases(s), "#2 critical 2/2 Disk - full (db1)");
	assert_non_null(strstr(site_case(s, 2)->detail, "Earlier case: #1"));
	site_free(&s);
}

static void test_closed_by_hand_repeats_after_the_interval(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	place_order(s->place, VERB_DONE, 1, "cy@x.org", "");
	place_pass(s->place, 4 * WHEN_HOUR - WHEN_MINUTE);
	assert_string_equal(site_cases(s), "");
	place_pass(s->place, WHEN_MINUTE);
	assert_string_equal(site_cases(s), "#2 critical 1/1 Disk - full (db1)");
	site_free(&s);
}

static void test_killed_after_200_opens_once(void **state)
{
	struct site *s = site_new(true, NULL);

	(void)state;
	assert_int_equal(site_alert(s, "Disk", "db1", "warning", true), 200);
	site_restart(s);
	assert_int_equal(site_total(s), 0);
	place_pass(s->place, 30 * WHEN_SECOND);
	assert_string_equal(site_cases(s), "#1 warning 1/1 Disk - full (db1)");
	site_restart(s);
	place_pass(s->place, WHEN_MINUTE);
	assert_int_equal(site_total(s), 1);
	site_alert(s, "Disk", "db1", "warning", false);
	assert_string_equal(site_cases(s), "");
	site_free(&s);
}

static void test_killed_between_resolve_and_close_closes(void **state)
{
	struct site *s = site_new(true, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	place_sql(s->place, "UPDATE alert SET firing = 0, confirmed = 1");
	site_restart(s);
	place_pass(s->place, 0);
	assert_string_equal(site_cases(s), "");
	assert_string_equal(site_case(s, 1)->closed_why, "resolved");
	site_free(&s);
}

static void test_failing_store_is_503_and_forgotten(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	place_sql(s->place, "CREATE TRIGGER full BEFORE INSERT ON alert BEGIN "
			    "SELECT RAISE(FAIL, 'disk full'); END");
	assert_int_equal(site_alert(s, "Disk", "db1", "critical", true), 503);
	assert_non_null(
		strstr(fake_http_reply(s->http)->headers, "Retry-After: 5"));
	place_pass(s->place, WHEN_HOUR);
	assert_int_equal(site_total(s), 0);
	place_sql(s->place, "DROP TRIGGER full");
	assert_int_equal(site_alert(s, "Disk", "db1", "critical", true), 200);
	assert_int_equal(site_total(s), 1);
	site_free(&s);
}

static void test_failing_store_keeps_what_was(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	place_sql(s->place, "CREATE TRIGGER full BEFORE UPDATE ON alert BEGIN "
			    "SELECT RAISE(FAIL, 'disk full'); END");
	assert_int_equal(site_alert(s, "Disk", "db1", "critical", false), 503);
	assert_string_equal(site_cases(s), "#1 critical 1/1 Disk - full (db1)");
	place_sql(s->place, "DROP TRIGGER full");
	assert_int_equal(site_alert(s, "Disk", "db1", "critical", false), 200);
	assert_string_equal(site_cases(s), "");
	site_free(&s);
}

/* What Prometheus sends: an end 4 minutes ahead, moved by each resend. */
static unsigned prometheus(struct site *s, int64_t ends_in)
{
	int64_t now = loop_wall(s->place->loop);
	char start[WHEN_TEXT_MAX], ends[WHEN_TEXT_MAX], body[512];

	snprintf(body, sizeof(body),
		 "[{\"labels\":{\"alertname\":\"Up\",\"severity\":\"critical\"}"
		 ",\"startsAt\":\"%s\",\"endsAt\":\"%s\"}]",
		 when_rfc3339(INT64_C(1767225600000) - 60000, start),
		 when_rfc3339(now + ends_in, ends));
	return site_v2(s, body);
}

static void test_dead_prometheus_times_out_unconfirmed(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_int_equal(prometheus(s, 4 * WHEN_MINUTE), 200);
	place_pass(s->place, 3 * WHEN_MINUTE);
	assert_int_equal(prometheus(s, 4 * WHEN_MINUTE), 200);
	place_pass(s->place, 3 * WHEN_MINUTE);
	assert_string_equal(site_cases(s), "#1 critical 1/1 Up");
	place_pass(s->place, WHEN_MINUTE);
	assert_string_equal(site_cases(s), "");
	assert_string_equal(site_case(s, 1)->closed_why,
			    "timed out, not confirmed");
	site_free(&s);
}

static void test_our_downtime_resolves_nothing(void **state)
{
	struct site *s = site_new(true, NULL);

	(void)state;
	prometheus(s, 4 * WHEN_MINUTE);
	loop_fake_jump(s->place->loop, WHEN_HOUR);
	site_restart(s);
	place_pass(s->place, 3 * WHEN_MINUTE);
	assert_string_equal(site_cases(s), "#1 critical 1/1 Up");
	prometheus(s, 4 * WHEN_MINUTE);
	place_pass(s->place, 3 * WHEN_MINUTE);
	assert_string_equal(site_cases(s), "#1 critical 1/1 Up");
	prometheus(s, -WHEN_SECOND);
	assert_string_equal(site_case(s, 1)->closed_why, "resolved");
	site_free(&s);
}

static void test_late_duplicate_does_not_reopen(void **state)
{
	static const char hook[] =
		"{\"alerts\":[{\"status\":\"%s\",\"labels\":{\"alertname\":"
		"\"A\",\"severity\":\"critical\"},\"startsAt\":"
		"\"2025-12-31T23:00:00Z\"}]}";
	struct site *s = site_new(false, NULL);
	char firing[300], resolved[300];

	(void)state;
	snprintf(firing, sizeof(firing), hook, "firing");
	snprintf(resolved, sizeof(resolved), hook, "resolved");
	site_hook(s, firing);
	site_hook(s, resolved);
	assert_int_equal(site_hook(s, firing), 200);
	place_pass(s->place, WHEN_HOUR);
	assert_int_equal(site_total(s), 1);
	site_free(&s);
}

static void test_truncated_is_said(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	site_hook(s, "{\"truncatedAlerts\":7,\"alerts\":[{\"status\":"
		     "\"firing\",\"labels\":{\"alertname\":\"A\",\"severity\":"
		     "\"critical\"},\"annotations\":{\"operator_action\":"
		     "\"restart it\",\"runbook_url\":\"https://w/r\","
		     "\"description\":\"it is down\"}}]}");
	assert_string_equal(site_case(s, 1)->detail,
			    "Do: restart it; runbook https://w/r\n"
			    "it is down\n"
			    "The sender left 7 more alerts out.");
	site_free(&s);
}

static void test_reload_moves_alerts(void **state)
{
	static const char other[] =
		"alerts:\n"
		"  sources: { prom: { kind: alertmanager } }\n"
		"  route: { receiver: b }\n"
		"  receivers: [{ name: b, room: b@rooms.x.org }]\n";
	struct site *s = site_new(false, NULL);

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	assert_string_equal(site_configure(s, other), "");
	assert_string_equal(site_cases(s), "#2 critical 1/1 Disk - full (db1)");
	assert_string_equal(site_case(s, 1)->closed_why,
			    "its alerts go elsewhere since the configuration "
			    "changed");
	assert_string_equal(site_case(s, 2)->room, "b@rooms.x.org");
	site_free(&s);
}

static void test_no_route_still_opens(void **state)
{
	struct site *s = site_new(false, "alerts:\n  sources: { prom: { kind: "
					 "alertmanager } }\n");

	(void)state;
	site_alert(s, "Disk", "db1", "critical", true);
	assert_string_equal(site_cases(s), "#1 critical 1/1 Disk - full (db1)");
	site_free(&s);
}

static void test_unknown_pool_is_refused(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_string_equal(
		site_configure(s, "alerts: { receivers: [{ name: a, pool: "
				  "nobody@x.org }] }\n"),
		"alerts.receivers: a: no pool is named `nobody@x.org'");
	site_alert(s, "Disk", "db1", "critical", true);
	assert_int_equal(site_total(s), 1);
	site_free(&s);
}

static void test_too_many_are_shed(void **state)
{
	struct site *s = site_new(false, "alerts:\n  sources: { prom: { kind: "
					 "alertmanager } }\n  max_alerts: 1\n");

	(void)state;
	assert_int_equal(site_alert(s, "Disk", "db1", "warning", true), 200);
	assert_int_equal(site_alert(s, "Disk", "db2", "warning", true), 503);
	/* What is known already may go on, get worse and end. */
	assert_int_equal(site_alert(s, "Disk", "db1", "warning", true), 200);
	assert_int_equal(site_alert(s, "Disk", "db2", "warning", false), 200);
	assert_int_equal(site_alert(s, "Disk", "db1", "warning", false), 200);
	site_free(&s);
}

static void test_unusable_is_kept(void **state)
{
	struct site *s = site_new(false, NULL);

	(void)state;
	assert_int_equal(site_hook(s, "{nonsense"), 400);
	place_pass(s->place, 0);
	assert_int_equal(
		place_count(s->place,
			    "SELECT COUNT(*) FROM alert_event WHERE dead = 1 "
			    "AND body = CAST('{nonsense' AS BLOB)"),
		1);
	site_free(&s);
}

static void test_listed_active_first(void **state)
{
	struct site *s = site_new(false, NULL);
	struct arena *a = arena_new();
	struct alerts_row *rows;

	(void)state;
	site_alert(s, "Old", "db1", "critical", true);
	place_pass(s->place, WHEN_SECOND);
	site_alert(s, "New", "db2", "critical", true);
	site_alert(s, "New", "db2", "critical", false);
	assert_int_equal(alerts_list(s->alerts, STR(""), 10, a, &rows), 2);
	assert_string_equal(rows[0].name, "Old");
	assert_string_equal(rows[0].status, "firing");
	assert_int_equal(rows[0].case_number, 1);
	assert_string_equal(rows[1].status, "resolved");
	assert_int_equal(alerts_list(s->alerts, STR(""), 1, a, &rows), 1);
	assert_int_equal(alerts_list(s->alerts, str_of(rows[0].fingerprint), 9,
				     a, &rows),
			 1);
	assert_string_equal(rows[0].name, "New");
	assert_int_equal(alerts_list(s->alerts, STR("gone"), 9, a, &rows), 0);
	arena_free(&a);
	site_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fires_one_case),
		cmocka_unit_test(test_critical_does_not_wait),
		cmocka_unit_test(test_resend_adds_nothing),
		cmocka_unit_test(test_resolve_closes),
		cmocka_unit_test(test_resolved_before_its_wait_tells_nobody),
		cmocka_unit_test(test_fires_anew_names_the_earlier_case),
		cmocka_unit_test(
			test_group_counts_quietly_and_grows_louder_at_once),
		cmocka_unit_test(test_closed_by_hand_stays_closed),
		cmocka_unit_test(
			test_closed_by_hand_repeats_after_the_interval),
		cmocka_unit_test(test_killed_after_200_opens_once),
		cmocka_unit_test(test_killed_between_resolve_and_close_closes),
		cmocka_unit_test(test_failing_store_is_503_and_forgotten),
		cmocka_unit_test(test_failing_store_keeps_what_was),
		cmocka_unit_test(test_dead_prometheus_times_out_unconfirmed),
		cmocka_unit_test(test_our_downtime_resolves_nothing),
		cmocka_unit_test(test_late_duplicate_does_not_reopen),
		cmocka_unit_test(test_truncated_is_said),
		cmocka_unit_test(test_reload_moves_alerts),
		cmocka_unit_test(test_no_route_still_opens),
		cmocka_unit_test(test_unknown_pool_is_refused),
		cmocka_unit_test(test_too_many_are_shed),
		cmocka_unit_test(test_unusable_is_kept),
		cmocka_unit_test(test_listed_active_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
