/* SPDX-License-Identifier: MIT */
/* test_str.c - borrowed pieces of text */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/str.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define CHECK(row, cond)                                                       \
	do {                                                                   \
		if (!(cond))                                                   \
			fail_msg("%s: %s", (row), #cond);                      \
	} while (0)

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		enum gw_err want;
		int64_t value;
	} cases[] = {
		{ "0", 0, 0, GW_OK, 0 },
		{ "007", 0, 9, GW_OK, 7 },
		{ "-5", -5, 5, GW_OK, -5 },
		{ "9223372036854775807", 0, INT64_MAX, GW_OK, INT64_MAX },
		{ "-9223372036854775808", INT64_MIN, 0, GW_OK, INT64_MIN },
		{ "9223372036854775808", 0, INT64_MAX, GW_BAD_INPUT, 0 },
		{ "-9223372036854775809", INT64_MIN, 0, GW_BAD_INPUT, 0 },
		{ "6", 0, 5, GW_BAD_INPUT, 0 },
		{ "-1", 0, 5, GW_BAD_INPUT, 0 },
		{ "", 0, 5, GW_BAD_INPUT, 0 },
		{ "-", -5, 5, GW_BAD_INPUT, 0 },
		{ "+1", 0, 5, GW_BAD_INPUT, 0 },
		{ " 1", 0, 5, GW_BAD_INPUT, 0 },
		{ "1 ", 0, 5, GW_BAD_INPUT, 0 },
		{ "0x1", 0, 5, GW_BAD_INPUT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = -77;
		enum gw_err e = str_int(str_of(cases[i].text), cases[i].min,
					cases[i].max, &got);

		CHECK(cases[i].text, e == cases[i].want);
		CHECK(cases[i].text,
		      got == (e == GW_OK ? cases[i].value : -77));
	}
}

static void utf8(void **state)
{
	static const struct {
		const char *name;
		struct str text;
		bool want;
	} cases[] = {
		{ "empty", { NULL, 0 }, true },
		{ "ascii and 0", { "a\0b", 3 }, true },
		{ "U+0080", { "\xc2\x80", 2 }, true },
		{ "U+07FF", { "\xdf\xbf", 2 }, true },
		{ "U+0800", { "\xe0\xa0\x80", 3 }, true },
		{ "U+D7FF", { "\xed\x9f\xbf", 3 }, true },
		{ "U+E000", { "\xee\x80\x80", 3 }, true },
		{ "U+10000", { "\xf0\x90\x80\x80", 4 }, true },
		{ "U+10FFFF", { "\xf4\x8f\xbf\xbf", 4 }, true },
		{ "lone continuation", { "\x80", 1 }, false },
		{ "overlong 2", { "\xc1\xbf", 2 }, false },
		{ "overlong 3", { "\xe0\x9f\xbf", 3 }, false },
		{ "overlong 4", { "\xf0\x8f\xbf\xbf", 4 }, false },
		{ "surrogate U+D800", { "\xed\xa0\x80", 3 }, false },
		{ "above U+10FFFF", { "\xf4\x90\x80\x80", 4 }, false },
		{ "F5", { "\xf5\x80\x80\x80", 4 }, false },
		{ "cut after 1 of 2", { "a\xc3", 2 }, false },
		{ "cut after 3 of 4", { "\xf0\x90\x80", 3 }, false },
		{ "third is no continuation", { "\xe2\x82z", 3 }, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK(cases[i].name,
		      str_utf8_valid(cases[i].text) == cases[i].want);
}

static void splitting(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *want[3];
	} cases[] = {
		{ NULL, 0, { NULL } },	  { "", 1, { "" } },
		{ "a", 1, { "a" } },	  { "a,", 2, { "a", "" } },
		{ ",a", 2, { "", "a" } }, { "a,,b", 3, { "a", "", "b" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str rest = str_of(cases[i].text), piece;
		size_t n = 0;

		for (; str_split(&rest, ',', &piece); n++) {
			assert_true(n < cases[i].n);
			assert_true(str_is(piece, cases[i].want[n]));
		}
		assert_int_equal(n, cases[i].n);
		assert_null(rest.p);
	}
}

static void words(void **state)
{
	struct str rest = STR(" one\t two  "), word;

	(void)state;
	assert_true(str_word(&rest, &word) && str_is(word, "one"));
	assert_true(str_word(&rest, &word) && str_is(word, "two"));
	assert_false(str_word(&rest, &word));
	rest = STR_NONE;
	assert_false(str_word(&rest, &word));
}

static void comparing(void **state)
{
	static const struct {
		const char *a, *b;
		bool eq, ieq;
		int order;
	} cases[] = {
		{ "", "", true, true, 0 },
		{ NULL, "", true, true, 0 },
		{ "a", "a", true, true, 0 },
		{ "a", "A", false, true, 1 },
		{ "a", "ab", false, false, -1 },
		{ "b", "ab", false, false, 1 },
		{ "[", "{", false, false, -1 },
		{ "\xc3\xa4", "\xc3\x84", false, false, 1 },
		{ "\xff", "a", false, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str a = str_of(cases[i].a), b = str_of(cases[i].b);
		int order = str_cmp(a, b);

		CHECK(cases[i].b, str_eq(a, b) == cases[i].eq);
		CHECK(cases[i].b, str_eq_secret(a, b) == cases[i].eq);
		CHECK(cases[i].b, str_eq_secret(b, a) == cases[i].eq);
		CHECK(cases[i].b, str_is(a, cases[i].b) == cases[i].eq);
		CHECK(cases[i].b, str_ieq(a, b) == cases[i].ieq);
		CHECK(cases[i].b, str_iis(a, cases[i].b) == cases[i].ieq);
		CHECK(cases[i].b, (order > 0) - (order < 0) == cases[i].order);
	}
}

static void prefixes_and_suffixes(void **state)
{
	(void)state;
	assert_true(str_starts(STR("Bearer x"), "Bearer "));
	assert_false(str_starts(STR("bearer x"), "Bearer "));
	assert_true(str_istarts(STR("bearer x"), "Bearer "));
	assert_false(str_istarts(STR("bear"), "Bearer "));
	assert_true(str_starts(STR_NONE, ""));
	assert_true(str_ends(STR("a.org"), ".org"));
	assert_false(str_ends(STR("org"), ".org"));
	assert_true(str_ends(STR_NONE, ""));
}

static void trimming_and_finding(void **state)
{
	(void)state;
	assert_true(str_is(str_trim(STR("\r\n a b\t ")), "a b"));
	assert_int_equal(str_trim(STR(" \t")).n, 0);
	assert_int_equal(str_trim(STR_NONE).n, 0);
	assert_int_equal(str_find(STR("a=b=c"), '='), 1);
	assert_int_equal(str_find(STR("abc"), '='), 3);
	assert_int_equal(str_find(STR_NONE, '='), 0);
}

static void copying_refuses_what_does_not_fit(void **state)
{
	char dst[4] = "zzz";

	(void)state;
	assert_int_equal(str_copy(dst, sizeof(dst), STR("abc")), GW_OK);
	assert_string_equal(dst, "abc");
	assert_int_equal(str_copy(dst, sizeof(dst), STR("abcd")), GW_LIMIT);
	assert_string_equal(dst, "");
	assert_int_equal(str_copy(dst, 0, STR("")), GW_LIMIT);
	assert_int_equal(str_copy(dst, 1, STR_NONE), GW_OK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(utf8),
		cmocka_unit_test(splitting),
		cmocka_unit_test(words),
		cmocka_unit_test(comparing),
		cmocka_unit_test(prefixes_and_suffixes),
		cmocka_unit_test(trimming_and_finding),
		cmocka_unit_test(copying_refuses_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
