/* SPDX-License-Identifier: MIT */
/* test_json.c - what is read, what is refused and why, what is written */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/run/json.h"

#define TEXT(s)                                                                \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

static const struct {
	const char *name;
	struct str in;
	const char *want; /* the sentence */
} refused[] = {
	{ "nothing", TEXT(""), "byte 0: the text ends too early" },
	{ "blanks only", TEXT(" \n"), "byte 2: the text ends too early" },
	{ "duplicate key", TEXT("{\"a\":1,\"b\":2,\"a\":3}"),
	  "byte 13: the same key twice" },
	{ "duplicate key behind an escape", TEXT("{\"a\":1,\"\\u0061\":2}"),
	  "byte 7: the same key twice" },
	{ "duplicate key beyond the BMP",
	  TEXT("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\uDE00\":2}"),
	  "byte 10: the same key twice" },
	{ "duplicate key inside", TEXT("[{\"x\":{\"\":1,\"\":2}}]"),
	  "byte 12: the same key twice" },
	{ "duplicate around a nested object", TEXT("{\"a\":{\"b\":1},\"a\":2}"),
	  "byte 13: the same key twice" },
	{ "NaN", TEXT("[NaN]"), "byte 1: not a value" },
	{ "Infinity", TEXT("-Infinity"), "byte 0: not a value" },
	{ "single quotes", TEXT("{'a':1}"),
	  "byte 1: a key in double quotes is missing" },
	{ "single quoted value", TEXT("['a']"), "byte 1: not a value" },
	{ "bare key", TEXT("{a:1}"),
	  "byte 1: a key in double quotes is missing" },
	{ "comment", TEXT("[1/*x*/]"),
	  "byte 2: a comma or the end is missing" },
	{ "trailing comma, array", TEXT("[1,]"), "byte 3: not a value" },
	{ "trailing comma, object", TEXT("{\"a\":1,}"),
	  "byte 7: a key in double quotes is missing" },
	{ "trailing bytes", TEXT("{} x"),
	  "byte 3: more text behind the value" },
	{ "two values", TEXT("1 2"), "byte 2: more text behind the value" },
	{ "trailing NUL", TEXT("{}\0"), "byte 2: more text behind the value" },
	{ "lone high surrogate", TEXT("\"\\ud800\""),
	  "byte 1: lone high surrogate" },
	{ "high surrogate, then text", TEXT("\"\\ud800abcdef\""),
	  "byte 1: lone high surrogate" },
	{ "high surrogate twice", TEXT("\"\\ud800\\ud800\""),
	  "byte 1: lone high surrogate" },
	{ "lone low surrogate", TEXT("\"x\\udc00\""),
	  "byte 2: lone low surrogate" },
	{ "surrogate as UTF-8", TEXT("\"\xed\xa0\x80\""),
	  "byte 0: text is not UTF-8" },
	{ "U+0000 escaped", TEXT("\"a\\u0000b\""),
	  "byte 2: U+0000 is not allowed in text" },
	{ "U+0000 in a key", TEXT("{\"\\u0000\":1}"),
	  "byte 2: U+0000 is not allowed in text" },
	{ "NUL byte", TEXT("\"a\0b\""), "byte 2: control character in text" },
	{ "line feed in text", TEXT("\"a\nb\""),
	  "byte 2: control character in text" },
	{ "broken UTF-8", TEXT("\"\xff\""), "byte 0: text is not UTF-8" },
	{ "overlong UTF-8", TEXT("\"\xc0\xaf\""), "byte 0: text is not UTF-8" },
	{ "byte order mark", TEXT("\xef\xbb\xbf{}"), "byte 0: not a value" },
	{ "unknown escape", TEXT("\"\\x41\""), "byte 1: unknown escape" },
	{ "short \\u", TEXT("\"\\u12\""), "byte 1: \\u needs four hex digits" },
	{ "text without an end", TEXT("[\"abc"),
	  "byte 1: text without an end" },
	{ "text ending in a backslash", TEXT("\"\\"),
	  "byte 1: unknown escape" },
	{ "2^63", TEXT("9223372036854775808"), "byte 0: integer too large" },
	{ "-2^63-1", TEXT("[-9223372036854775809]"),
	  "byte 1: integer too large" },
	{ "real beyond a double", TEXT("1e999"), "byte 0: number too large" },
	{ "endless number",
	  TEXT("0.000000000000000000000000000000000000000000000000000000000000"
	       "0000001"),
	  "byte 0: number too long" },
	{ "leading zero", TEXT("01"), "byte 0: number with a leading zero" },
	{ "plus", TEXT("+1"), "byte 0: not a value" },
	{ "minus alone", TEXT("-"), "byte 0: not a value" },
	{ "point without digits", TEXT("1."),
	  "byte 0: number without its fraction" },
	{ "exponent without digits", TEXT("1e+"),
	  "byte 0: number without its exponent" },
	{ "hexadecimal", TEXT("0x10"), "byte 1: more text behind the value" },
	{ "word in capitals", TEXT("True"), "byte 0: not a value" },
	{ "word cut", TEXT("tru"), "byte 0: not a value" },
	{ "wrong bracket", TEXT("[1}"),
	  "byte 2: a comma or the end is missing" },
	{ "open array", TEXT("[1"), "byte 2: the text ends too early" },
	{ "key without value", TEXT("{\"a\"}"), "byte 4: a colon is missing" },
	{ "33 levels",
	  TEXT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"
	       "]]]]]]]]]]]]]]]]]"),
	  "byte 32: nested too deeply" },
};

static void refused_with_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct json *root = NULL;
		struct err_note note = { "" };

		if (json_parse(refused[i].in, &root, &note) != GW_BAD_INPUT)
			fail_msg("accepted: %s", refused[i].name);
		assert_null(root);
		if (strcmp(note.text, refused[i].want) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", refused[i].name,
				 note.text, refused[i].want);
		assert_int_equal(json_parse(refused[i].in, &root, NULL),
				 GW_BAD_INPUT);
	}
}

static struct json *good(const char *text)
{
	struct json *root = NULL;
	struct err_note note = { "" };

	if (json_parse(str_of(text), &root, &note) != GW_OK)
		fail_msg("%s: %s", text, note.text);
	return root;
}

static void roots_of_every_kind(void **state)
{
	static const struct {
		const char *in;
		enum json_kind kind;
	} cases[] = {
		{ "null", JSON_NULL },
		{ "true", JSON_BOOL },
		{ " false\n", JSON_BOOL },
		{ "0", JSON_INT },
		{ "-0", JSON_INT },
		{ "9223372036854775807", JSON_INT },
		{ "-9223372036854775808", JSON_INT },
		{ "1.5", JSON_REAL },
		{ "1e3", JSON_REAL },
		{ "-0.0E-2\t", JSON_REAL },
		{ "\"\"", JSON_STRING },
		{ "[]", JSON_ARRAY },
		{ "{ }", JSON_OBJECT },
		{ "\r\n[ 1 , 2 ]\r\n", JSON_ARRAY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *root = good(cases[i].in);

		if (json_kind(root) != cases[i].kind)
			fail_msg("%s: kind %d", cases[i].in, json_kind(root));
		json_free(&root);
		assert_null(root);
	}
}

static void values_are_found(void **state)
{
	struct json *root = good("{\"s\":\"a\\u00e9\\ud83d\\ude00\\n\",\"i\":"
				 "-9223372036854775808,\"r\":2.5,\"b\":true,"
				 "\"a\":[1,null,\"x\"],\"o\":{\"k\":\"v\"}}");
	const struct json *a = json_get(root, "a");

	(void)state;
	assert_true(
		str_is(json_get_str(root, "s"), "a\xc3\xa9\xf0\x9f\x98\x80\n"));
	assert_true(json_int(json_get(root, "i"), 0) == INT64_MIN);
	assert_true(json_real(json_get(root, "r"), 0) > 2.4);
	assert_true(json_bool(json_get(root, "b"), false));
	assert_int_equal(json_size(a), 3);
	assert_int_equal(json_int(json_at(a, 0), 0), 1);
	assert_null(json_at(a, 1));
	assert_true(str_is(json_str(json_at(a, 2)), "x"));
	assert_null(json_at(a, 3));
	assert_true(str_is(json_get_str(json_get(root, "o"), "k"), "v"));
	json_free(&root);
}

static void another_kind_gives_the_fallback(void **state)
{
	struct json *root = good("{\"s\":\"7\",\"i\":7}");

	(void)state;
	assert_null(json_get_str(root, "i").p);
	assert_null(json_get_str(root, "missing").p);
	assert_int_equal(json_int(json_get(root, "s"), -1), -1);
	assert_true(json_bool(json_get(root, "i"), true));
	assert_int_equal(json_size(root), 0);
	assert_null(json_get(json_get(root, "i"), "x"));
	assert_null(json_get(NULL, "x"));
	assert_int_equal(json_kind(NULL), JSON_NULL);
	json_free(&root);
}

static bool collect(void *arg, struct str key, const struct json *value)
{
	struct buf *b = arg;

	buf_add_str(b, key);
	buf_printf(b, "%d ", (int)json_int(value, 0));
	return !str_is(key, "m");
}

static void keys_come_in_order_until_enough(void **state)
{
	struct json *root = good("{\"z\":1,\"a\":2,\"m\":3,\"b\":4}");
	struct buf b = { .data = NULL };

	(void)state;
	json_each(root, collect, &b);
	assert_true(str_is(buf_str(&b), "z1 a2 m3 "));
	buf_fini(&b);
	json_free(&root);
}

static void thirty_two_levels_are_read(void **state)
{
	struct json *root = good("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
				 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");

	(void)state;
	json_free(&root);
}

/* Many keys of one object must not cost their square. */
static void many_keys_are_cheap(void **state)
{
	enum { N = 200000 };
	struct buf b = { .data = NULL };
	struct json *root = NULL;
	struct err_note note;

	(void)state;
	buf_add_char(&b, '{');
	for (int i = 0; i < N; i++)
		buf_printf(&b, "\"k%d\":0,", i);
	buf_add_lit(&b, "\"k77\":0}");
	assert_int_equal(json_parse(buf_str(&b), &root, &note), GW_BAD_INPUT);
	assert_non_null(strstr(note.text, "the same key twice"));
	buf_cut(&b, b.len - strlen(",\"k77\":0}"));
	buf_add_char(&b, '}');
	assert_int_equal(json_parse(buf_str(&b), &root, &note), GW_OK);
	json_free(&root);
	buf_fini(&b);
}

static void the_writer_sets_commas_and_escapes(void **state)
{
	struct buf b = { .data = NULL };
	struct json_out o;
	struct json *root = NULL;

	(void)state;
	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_str(&o, "s", STR("a\"b\\\n\x01\xc3\xa9"));
	json_out_text(&o, "none", NULL);
	json_out_array(&o, "a");
	json_out_int(&o, NULL, INT64_MIN);
	json_out_object(&o, NULL);
	json_out_end_object(&o);
	json_out_array(&o, NULL);
	json_out_end_array(&o);
	json_out_bool(&o, NULL, false);
	json_out_null(&o, NULL);
	json_out_end_array(&o);
	json_out_object(&o, "m");
	json_out_pair(&o, STR("k\""), STR("v"));
	json_out_pair(&o, STR("l"), STR(""));
	json_out_end_object(&o);
	json_out_bool(&o, "t", true);
	json_out_end_object(&o);
	assert_string_equal((const char *)b.data,
			    "{\"s\":\"a\\\"b\\\\\\n\\u0001\xc3\xa9\","
			    "\"none\":null,"
			    "\"a\":[-9223372036854775808,{},[],false,null],"
			    "\"m\":{\"k\\\"\":\"v\",\"l\":\"\"},\"t\":true}");
	assert_int_equal(json_parse(buf_str(&b), &root, NULL), GW_OK);
	assert_true(str_is(json_get_str(root, "s"), "a\"b\\\n\x01\xc3\xa9"));
	json_free(&root);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_with_a_sentence),
		cmocka_unit_test(roots_of_every_kind),
		cmocka_unit_test(values_are_found),
		cmocka_unit_test(another_kind_gives_the_fallback),
		cmocka_unit_test(keys_come_in_order_until_enough),
		cmocka_unit_test(thirty_two_levels_are_read),
		cmocka_unit_test(many_keys_are_cheap),
		cmocka_unit_test(the_writer_sets_commas_and_escapes),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
