/* SPDX-License-Identifier: MIT */
/* test_when.c - time as text, both ways */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/when.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define UNSET	     ((int64_t)-424242)

static void dates_are_written(void **state)
{
	static const struct {
		int64_t wall;
		const char *rfc3339, *rfc5322;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z",
		  "Thu, 1 Jan 1970 00:00:00 +0000" },
		{ -1, "1969-12-31T23:59:59.999Z",
		  "Wed, 31 Dec 1969 23:59:59 +0000" },
		{ 1795341723004, "2026-11-22T10:02:03.004Z",
		  "Sun, 22 Nov 2026 10:02:03 +0000" },
		{ 951782400000, "2000-02-29T00:00:00.000Z",
		  "Tue, 29 Feb 2000 00:00:00 +0000" },
		{ INT64_MIN, "0001-01-01T00:00:00.000Z",
		  "Mon, 1 Jan 0001 00:00:00 +0000" },
		{ INT64_MAX, "9999-12-31T23:59:59.999Z",
		  "Fri, 31 Dec 9999 23:59:59 +0000" },
	};
	char out[WHEN_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(when_rfc3339(cases[i].wall, out),
				    cases[i].rfc3339);
		assert_string_equal(when_rfc5322(cases[i].wall, out),
				    cases[i].rfc5322);
	}
}

static void dates_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t wall; /* UNSET: refused */
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01t00:00:00z", 0 },
		{ "1970-01-01T00:00:00-00:00", 0 },
		{ "2026-11-22T10:02:03.004Z", 1795341723004 },
		{ "2026-11-22T12:02:03.0049999999999+02:00", 1795341723004 },
		{ "2026-11-22T04:32:03.004-05:30", 1795341723004 },
		{ "2000-02-29T00:00:00Z", 951782400000 },
		{ "2016-12-31T23:59:60Z", 1483228799000 },
		{ "2016-12-31T15:59:60.5-08:00", 1483228799500 },
		{ "0001-01-01T00:00:00Z", -62135596800000 },
		{ "9999-12-31T23:59:59.999Z", 253402300799999 },
		{ "0001-01-01T00:00:00+00:01", UNSET },
		{ "9999-12-31T23:59:59-00:01", UNSET },
		{ "0000-12-31T00:00:00Z", UNSET },
		{ "2016-12-31T12:00:60Z", UNSET },
		{ "1900-02-29T00:00:00Z", UNSET },
		{ "2026-02-29T00:00:00Z", UNSET },
		{ "2026-04-31T00:00:00Z", UNSET },
		{ "2026-00-10T00:00:00Z", UNSET },
		{ "2026-13-10T00:00:00Z", UNSET },
		{ "2026-11-00T00:00:00Z", UNSET },
		{ "2026-11-22T24:00:00Z", UNSET },
		{ "2026-11-22T00:60:00Z", UNSET },
		{ "2026-11-22T00:00:61Z", UNSET },
		{ "2026-11-22T00:00:00", UNSET },
		{ "2026-11-22T00:00:00.Z", UNSET },
		{ "2026-11-22T00:00:00+0100", UNSET },
		{ "2026-11-22T00:00:00+24:00", UNSET },
		{ "2026-11-22T00:00:00+01:60", UNSET },
		{ "2026-11-22T00:00:00Z ", UNSET },
		{ "2026-11-22 00:00:00Z", UNSET },
		{ "2026-1-22T00:00:00Z", UNSET },
		{ "-026-11-22T00:00:00Z", UNSET },
		{ "2026-11-22T-1:00:00Z", UNSET },
		{ "", UNSET },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = UNSET;
		enum gw_err e = when_parse_rfc3339(str_of(cases[i].text), &got);

		if (got != cases[i].wall)
			fail_msg("%s: got %lld", cases[i].text, (long long)got);
		assert_int_equal(e, got == UNSET ? GW_BAD_INPUT : GW_OK);
	}
}

static void every_day_survives_a_round_trip(void **state)
{
	int64_t first = -62135596800000, last = 253402214400000;
	char out[WHEN_TEXT_MAX];

	(void)state;
	for (int64_t wall = first; wall <= last; wall += 13 * WHEN_DAY + 1) {
		int64_t back = UNSET;

		when_rfc3339(wall, out);
		assert_int_equal(when_parse_rfc3339(str_of(out), &back), GW_OK);
		assert_true(back == wall);
	}
}

static void cut_dates_are_refused(void **state)
{
	struct str whole = STR("2026-11-22T10:02:03.004+01:00");
	int64_t got;

	(void)state;
	for (size_t n = 0; n < whole.n; n++)
		assert_int_equal(when_parse_rfc3339(str_make(whole.p, n), &got),
				 GW_BAD_INPUT);
}

static void spans_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* UNSET: refused */
	} cases[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "500ms", 500 },
		{ "90s", 90000 },
		{ "5m", 300000 },
		{ "1h30m", 5400000 },
		{ "2d", 172800000 },
		{ "1d1h1m1s1ms", 90061001 },
		{ "9223372036854775807ms", INT64_MAX },
		{ "9223372036854775808ms", UNSET },
		{ "106751991168d", UNSET },
		{ "106751991167d24h", UNSET },
		{ "30m1h", UNSET },
		{ "1h1h", UNSET },
		{ "5", UNSET },
		{ "h", UNSET },
		{ "1h5", UNSET },
		{ "-5m", UNSET },
		{ "+5m", UNSET },
		{ "1 h", UNSET },
		{ "1h 5m", UNSET },
		{ "1.5h", UNSET },
		{ "1H", UNSET },
		{ "1w", UNSET },
		{ "", UNSET },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = UNSET;
		enum gw_err e = when_parse_span(str_of(cases[i].text), &got);

		if (got != cases[i].ms)
			fail_msg("%s: got %lld", cases[i].text, (long long)got);
		assert_int_equal(e, got == UNSET ? GW_BAD_INPUT : GW_OK);
	}
}

static void spans_are_written(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "0s" },
		{ 1, "1ms" },
		{ 90000, "1m30s" },
		{ 5400000, "1h30m" },
		{ 172800000, "2d" },
		{ -1500, "-1s500ms" },
		{ INT64_MAX, "106751991167d7h12m55s807ms" },
		{ INT64_MIN, "-106751991167d7h12m55s808ms" },
	};
	char out[WHEN_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(when_span(cases[i].ms, out), cases[i].text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_written),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(every_day_survives_a_round_trip),
		cmocka_unit_test(cut_dates_are_refused),
		cmocka_unit_test(spans_are_read),
		cmocka_unit_test(spans_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
