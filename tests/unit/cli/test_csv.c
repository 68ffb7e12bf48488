/* SPDX-License-Identifier: MIT */
/* test_csv.c - rows as RFC 4180 writes them, and what is refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/buf.h"
#include "gateway/cli/csv.h"

/* Rows as "a|b;c|d", a fault as "!" and its sentence. */
static void read_all(const char *text, struct buf *out)
{
	struct err_note note = { .text = "" };
	struct arena *a = arena_new();
	struct csv_row row;
	struct csv c;
	enum gw_err e;

	csv_init(&c, str_of(text));
	while (csv_next(&c, a, &row, &e, &note)) {
		if (out->len > 0)
			buf_add_char(out, ';');
		for (size_t i = 0; i < row.count; i++) {
			if (i > 0)
				buf_add_char(out, '|');
			buf_add_str(out, row.fields[i]);
		}
	}
	if (e != GW_OK)
		buf_printf(out, "!%s", note.text);
	buf_add_char(out, '\0');
	arena_free(&a);
}

static const struct {
	const char *name, *text, *want;
} cases[] = {
	{ "an empty file has no rows", "", "" },
	{ "plain fields", "a,b,c\nd,e,f\n", "a|b|c;d|e|f" },
	{ "the last line needs no end", "a,b", "a|b" },
	{ "CRLF ends a line", "a,b\r\nc,d\r\n", "a|b;c|d" },
	{ "empty lines are no rows", "\n\na,b\n\r\n\nc\n", "a|b;c" },
	{ "empty fields are fields", ",\na,,b\n", "|;a||b" },
	{ "a byte order mark is skipped",
	  "\xef\xbb\xbf"
	  "a,b\n",
	  "a|b" },
	{ "a quoted comma is text", "\"a,b\",c\n", "a,b|c" },
	{ "a doubled quote is one", "\"a\"\"b\",\"\"\"\"\n", "a\"b|\"" },
	{ "a quoted field may be empty", "\"\",x\n", "|x" },
	{ "a quoted line end is text", "\"a\nb\",c\nd,e\n", "a\nb|c;d|e" },
	{ "blanks are text", " a , b \n", " a | b " },
	{ "a lone CR is text", "a\rb,c\n", "a\rb|c" },
	{ "an open quote is refused", "a,b\n\"c,d\n",
	  "a|b!line 2: a quote is opened and not closed" },
	{ "text after a closing quote is refused", "\"a\"b,c\n",
	  "!line 1: text after a closing quote" },
	{ "a quote inside a plain field is refused", "a\"b,c\n",
	  "!line 1: a quote inside a field that does not begin with one" },
	{ "lines inside quotes are counted", "\"a\n\nb\",c\nx\"y\n",
	  "a\n\nb|c!line 4: a quote inside a field that does not begin with "
	  "one" },
	{ "more than sixteen fields are refused", ",,,,,,,,,,,,,,,,\n",
	  "!line 1: more than 16 fields" },
};

static void reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { .data = NULL };

		print_message("  %s\n", cases[i].name);
		read_all(cases[i].text, &out);
		assert_string_equal((const char *)out.data, cases[i].want);
		buf_fini(&out);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
