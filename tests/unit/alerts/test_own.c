/* SPDX-License-Identifier: MIT */
/* test_own.c - a certificate that comes to its end is a case, until it was
 * renewed */
#include "tests/unit/alerts/site.h"

struct certs {
	struct site *site;
	struct alerts_certificate v[2];
	size_t n;
};

/* What the root does: each hour all that there are. */
static void tell(struct certs *c)
{
	alerts_certificates(c->site->alerts, c->v, c->n);
	place_pass(c->site->place, 0);
}

static void days_pass(struct certs *c, int days)
{
	for (int hour = 0; hour < 24 * days; hour++) {
		place_pass(c->site->place, WHEN_HOUR);
		tell(c);
	}
}

static struct certs certs_new(const char *yaml, int first, int second)
{
	struct certs c = { .site = site_new(true, yaml), .n = 2 };
	int64_t now = loop_wall(c.site->place->loop);

	c.v[0] = (struct alerts_certificate){
		"x.org", "/etc/x.pem", now + first * WHEN_DAY + WHEN_MINUTE
	};
	c.v[1] = (struct alerts_certificate){
		"y.org", "/etc/y.pem", now + second * WHEN_DAY + WHEN_MINUTE
	};
	tell(&c);
	return c;
}

static const char *cases(struct certs *c)
{
	return site_cases(c->site);
}

static bool says(struct certs *c, const char *part)
{
	return strstr(cases(c), part) != NULL;
}

static void test_grows_louder_as_the_end_comes(void **state)
{
	struct certs c = certs_new(NULL, 16, 300);

	(void)state;
	days_pass(&c, 1);
	assert_string_equal(cases(&c), "");
	days_pass(&c, 2);
	assert_true(says(&c, "#1 warning 1/1 CertificateExpires - the "
			     "certificate ends 2026-01-17T00:01:00"));
	assert_true(says(&c, "(x.org)"));
	days_pass(&c, 7);
	assert_true(says(&c, "#1 error 1/1"));
	days_pass(&c, 6);
	assert_true(says(&c, "#1 critical 1/1"));
	days_pass(&c, 2);
	assert_true(says(&c, "#1 critical 1/1 CertificateExpires - the "
			     "certificate has ended 2026-01-17"));
	assert_int_equal(site_total(c.site), 1);
	assert_string_equal(site_case(c.site, 1)->room, "ops@rooms.x.org");
	site_free(&c.site);
}

static void test_the_card_is_left_alone_between(void **state)
{
	struct certs c = certs_new(NULL, 14, 300);
	int64_t version;

	(void)state;
	days_pass(&c, 1);
	version = site_case(c.site, 1)->version;
	days_pass(&c, 5);
	assert_int_equal(site_case(c.site, 1)->version, version);
	site_free(&c.site);
}

/* Whatever the routes group by: nobody else's alert hides it. */
static void test_each_certificate_has_its_own_case(void **state)
{
	struct certs c = certs_new(
		"alerts:\n"
		"  sources: { prom: { kind: alertmanager } }\n"
		"  route: { receiver: ops, group_wait: 0s }\n"
		"  receivers: [{ name: ops, room: ops@rooms.x.org }]\n",
		3, 3);

	(void)state;
	site_alert(c.site, "Disk", "db1", "warning", true);
	assert_true(says(&c, "1/1 CertificateExpires"));
	assert_true(says(&c, "(x.org)"));
	assert_true(says(&c, "(y.org)"));
	assert_int_equal(site_total(c.site), 3);
	site_free(&c.site);
}

static void test_renewed_closes_its_case(void **state)
{
	struct certs c = certs_new(NULL, 3, 3);

	(void)state;
	days_pass(&c, 1);
	assert_int_equal(site_total(c.site), 2);
	c.v[0].ends += 90 * WHEN_DAY;
	tell(&c);
	assert_false(says(&c, "x.org"));
	assert_true(says(&c, "y.org"));
	c.n = 1; /* y.org is served no more */
	tell(&c);
	assert_string_equal(cases(&c), "");
	assert_int_equal(site_total(c.site), 2);
	site_free(&c.site);
}

static void test_a_restart_doubles_nothing(void **state)
{
	struct certs c = certs_new(NULL, 3, 300);

	(void)state;
	days_pass(&c, 1);
	for (int i = 0; i < 3; i++) {
		site_restart(c.site);
		tell(&c);
		days_pass(&c, 0);
	}
	assert_true(says(&c, "#1 error 1/1"));
	assert_int_equal(site_total(c.site), 1);
	site_free(&c.site);
}

static void test_renewed_while_we_were_down(void **state)
{
	struct certs c = certs_new(NULL, 3, 300);

	(void)state;
	days_pass(&c, 1);
	c.v[0].ends += 90 * WHEN_DAY;
	site_restart(c.site);
	tell(&c);
	assert_string_equal(cases(&c), "");
	assert_int_equal(site_total(c.site), 1);
	site_free(&c.site);
}

static void test_the_times_are_options(void **state)
{
	struct certs c = certs_new(
		"alerts:\n"
		"  certificates: { warning: 0s, error: 0s, critical: 5d }\n"
		"  route: { receiver: ops }\n"
		"  receivers: [{ name: ops, room: ops@rooms.x.org }]\n",
		7, 300);

	(void)state;
	days_pass(&c, 1);
	assert_string_equal(cases(&c), "");
	days_pass(&c, 2);
	assert_true(says(&c, "#1 critical"));
	site_free(&c.site);
}

static void test_nobody_else_has_our_name(void **state)
{
	static const struct config_root roots[] = {
		{ .key = "alerts", .section = &alerts_conf_section },
		{ .key = NULL },
	};
	struct buf errors = { .data = NULL };
	struct config *cfg;

	(void)state;
	assert_int_equal(
		config_load_text(
			STR("alerts:\n"
			    "  sources: { musterd: { kind: alertmanager } }\n"),
			"test", roots, &cfg, &errors),
		GW_BAD_INPUT);
	assert_non_null(strstr((const char *)errors.data, "`musterd'"));
	buf_fini(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_louder_as_the_end_comes),
		cmocka_unit_test(test_the_card_is_left_alone_between),
		cmocka_unit_test(test_each_certificate_has_its_own_case),
		cmocka_unit_test(test_renewed_closes_its_case),
		cmocka_unit_test(test_a_restart_doubles_nothing),
		cmocka_unit_test(test_renewed_while_we_were_down),
		cmocka_unit_test(test_the_times_are_options),
		cmocka_unit_test(test_nobody_else_has_our_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
