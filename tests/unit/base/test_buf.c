/* SPDX-License-Identifier: MIT */
/* test_buf.c - bytes that grow, are eaten and escaped */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void what_is_added_is_there_and_terminated(void **state)
{
	struct buf b = { .data = NULL };

	(void)state;
	assert_string_equal(buf_str(&b).p, "");
	buf_add_lit(&b, "ab");
	buf_add_str(&b, STR("cd"));
	buf_add_str(&b, STR_NONE);
	buf_add_char(&b, 'e');
	buf_add(&b, "\0f", 2);
	buf_printf(&b, "%03d", 7);
	assert_int_equal(b.len, 10);
	assert_memory_equal(b.data, "abcde\0f007", 11);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b).p, "");
	buf_fini(&b);
	assert_null(b.data);
	buf_add_char(&b, 'x');
	assert_true(str_is(buf_str(&b), "x"));
	buf_fini(&b);
}

static void growth_keeps_every_byte(void **state)
{
	struct buf b = { .data = NULL };

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		buf_add_char(&b, (char)(i % 251));
		assert_true(b.len < b.cap);
		assert_int_equal(b.data[b.len], 0);
	}
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], i % 251);
	buf_reset(&b);
	buf_printf(&b, "%70000d", 1);
	assert_int_equal(b.len, 70000);
	buf_fini(&b);
}

static void front_and_tail_are_dropped(void **state)
{
	struct buf b = { .data = NULL };

	(void)state;
	buf_eat(&b, 0);
	buf_cut(&b, 0);
	buf_add_lit(&b, "abcdef");
	buf_eat(&b, 2);
	assert_string_equal(buf_str(&b).p, "cdef");
	buf_cut(&b, 2);
	assert_string_equal(buf_str(&b).p, "cd");
	buf_eat(&b, 2);
	assert_string_equal(buf_str(&b).p, "");
	buf_fini(&b);
}

static void space_may_be_used_in_part(void **state)
{
	struct buf b = { .data = NULL };
	uint8_t *room;

	(void)state;
	buf_add_lit(&b, "ab");
	room = buf_space(&b, 1000);
	memcpy(room, "cd", 2);
	b.len += 2;
	assert_string_equal(buf_str(&b).p, "abcd");
	room = buf_space(&b, 100);
	memset(room, 'x', 100);
	b.len += 100;
	assert_int_equal(b.data[b.len], 0);
	buf_fini(&b);
}

static void taken_text_is_the_callers(void **state)
{
	struct buf b = { .data = NULL };
	char *text = buf_take(&b);

	(void)state;
	assert_string_equal(text, "");
	mem_free(text);
	buf_add_lit(&b, "abc");
	text = buf_take(&b);
	assert_string_equal(text, "abc");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	mem_free(text);
}

static void text_is_escaped(void **state)
{
	static const struct {
		struct str in;
		const char *xml, *json;
	} cases[] = {
		{ { "", 0 }, "", "\"\"" },
		{ { NULL, 0 }, "", "\"\"" },
		{ { "plain \xc3\xa4", 8 },
		  "plain \xc3\xa4",
		  "\"plain \xc3\xa4\"" },
		{ { "<a b='c' d=\"&\">", 15 },
		  "&lt;a b=&apos;c&apos; d=&quot;&amp;&quot;&gt;",
		  "\"<a b='c' d=\\\"&\\\">\"" },
		{ { "\\\n\r\t", 4 }, "\\\n&#13;\t", "\"\\\\\\n\\r\\t\"" },
		{ { "&&", 2 }, "&amp;&amp;", "\"&&\"" },
	};
	struct buf b = { .data = NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&b);
		buf_add_xml(&b, cases[i].in);
		assert_string_equal(buf_str(&b).p, cases[i].xml);
		buf_reset(&b);
		buf_add_json(&b, cases[i].in);
		assert_string_equal(buf_str(&b).p, cases[i].json);
	}
	buf_reset(&b);
	buf_add_json(&b, str_make("\0\x1f\x7f", 3));
	assert_string_equal(buf_str(&b).p, "\"\\u0000\\u001f\\u007f\"");
	buf_fini(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_is_there_and_terminated),
		cmocka_unit_test(growth_keeps_every_byte),
		cmocka_unit_test(front_and_tail_are_dropped),
		cmocka_unit_test(space_may_be_used_in_part),
		cmocka_unit_test(taken_text_is_the_callers),
		cmocka_unit_test(text_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
