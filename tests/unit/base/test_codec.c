/* SPDX-License-Identifier: MIT */
/* test_codec.c - base64 and hex, strict */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/codec.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void base64_of_rfc4648(void **state)
{
	static const struct {
		struct str bytes;
		const char *text;
	} cases[] = {
		{ { "", 0 }, "" },
		{ { "f", 1 }, "Zg==" },
		{ { "fo", 2 }, "Zm8=" },
		{ { "foo", 3 }, "Zm9v" },
		{ { "foob", 4 }, "Zm9vYg==" },
		{ { "fooba", 5 }, "Zm9vYmE=" },
		{ { "foobar", 6 }, "Zm9vYmFy" },
		{ { "\xfb\xff\xfe\0", 4 }, "+//+AA==" },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str out = STR_NONE;

		assert_string_equal(
			codec_base64(a, cases[i].bytes.p, cases[i].bytes.n),
			cases[i].text);
		assert_int_equal(codec_unbase64(a, str_of(cases[i].text), &out),
				 GW_OK);
		assert_true(str_eq(out, cases[i].bytes));
		assert_int_equal(out.p[out.n], 0);
	}
	arena_free(&a);
}

static void bad_base64_is_refused(void **state)
{
	static const char *const cases[] = {
		"Z",	 "Zg",	 "Zg=",	      "Zg===",	  "Zh==",    "Zm9=",
		"=",	 "====", "Z===",      "Zg==Zg==", "Zg=g",    "Zm9v\n",
		" Zm9v", "Zm-_", "Zm9vZg==A", "Zm9v====", "Zm\x80v",
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str out = STR_NONE;

		if (codec_unbase64(a, str_of(cases[i]), &out) != GW_BAD_INPUT)
			fail_msg("accepted: %s", cases[i]);
		assert_null(out.p);
	}
	arena_free(&a);
}

static void all_bytes_come_back(void **state)
{
	struct arena *a = arena_new();
	char bytes[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct str in = str_make(bytes, n), out;

		assert_int_equal(
			codec_unbase64(a, str_of(codec_base64(a, bytes, n)),
				       &out),
			GW_OK);
		assert_true(str_eq(in, out));
		assert_int_equal(
			codec_unhex(a, str_of(codec_hex(a, bytes, n)), &out),
			GW_OK);
		assert_true(str_eq(in, out));
	}
	arena_free(&a);
}

static void hex_is_lower_case_only(void **state)
{
	static const char *const bad[] = {
		"a", "0A", "0g", "0x00", " 0", "00 "
	};
	struct arena *a = arena_new();
	struct str out = STR_NONE;
	char text[7];

	(void)state;
	codec_hex_to(text, "\x00\xaf\xff", 3);
	assert_string_equal(text, "00afff");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(codec_unhex(a, str_of(bad[i]), &out),
				 GW_BAD_INPUT);
	assert_null(out.p);
	arena_free(&a);
}

static void digits_of_either_case(void **state)
{
	char c = 0;

	(void)state;
	assert_int_equal(codec_hex_digit('9'), 9);
	assert_int_equal(codec_hex_digit('a'), 10);
	assert_int_equal(codec_hex_digit('F'), 15);
	assert_int_equal(codec_hex_digit('g'), -1);
	assert_int_equal(codec_hex_digit('\0'), -1);
	assert_true(codec_hex_byte("C3", &c));
	assert_int_equal((uint8_t)c, 0xc3);
	assert_false(codec_hex_byte("c", &c));
	assert_false(codec_hex_byte("+3", &c));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_of_either_case),
		cmocka_unit_test(base64_of_rfc4648),
		cmocka_unit_test(bad_base64_is_refused),
		cmocka_unit_test(all_bytes_come_back),
		cmocka_unit_test(hex_is_lower_case_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
