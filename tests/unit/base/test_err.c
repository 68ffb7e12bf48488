/* SPDX-License-Identifier: MIT */
/* test_err.c - names of errors and sentences for persons */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

static void every_error_has_a_name_and_a_text(void **state)
{
	static const struct {
		enum gw_err e;
		const char *name, *text;
	} cases[] = {
#define ROW(n, t) { GW_##n, #n, t },
		GW_ERRORS(ROW)
#undef ROW
	};

	(void)state;
	assert_int_equal(GW_OK, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(err_name(cases[i].e), cases[i].name);
		assert_string_equal(err_text(cases[i].e), cases[i].text);
	}
	assert_string_equal(err_name((enum gw_err)99), "UNKNOWN");
	assert_string_equal(err_text((enum gw_err)99), "unknown error");
}

static void a_sentence_is_said_and_the_error_returned(void **state)
{
	struct err_note note;

	(void)state;
	assert_int_equal(err_say(&note, GW_LIMIT, "at most %d", 5), GW_LIMIT);
	assert_string_equal(note.text, "at most 5");
	assert_int_equal(err_say(NULL, GW_DENIED, "%s", "x"), GW_DENIED);
	assert_int_equal(
		err_say(&note, GW_DENIED, "in %s: %s", "a.yaml", note.text),
		GW_DENIED);
	assert_string_equal(note.text, "in a.yaml: at most 5");
}

/* However the two to four bytes of a character fall on the end of the note. */
static void a_cut_sentence_is_still_utf8(void **state)
{
	static const char *const letters[] = { "x", "\xc3\xa4", "\xe2\x82\xac",
					       "\xf0\x9f\x98\x80" };
	struct err_note note;
	char text[600];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t at = 500; at < 520; at++) {
			size_t width = i + 1, want = at;

			memset(text, 'a', sizeof(text));
			memcpy(text + at, letters[i], width);
			text[at + width] = '\0';
			err_say(&note, GW_OK, "%s", text);
			if (at + width <= sizeof(note.text) - 1)
				want = at + width;
			else if (at > sizeof(note.text) - 1)
				want = sizeof(note.text) - 1;
			assert_true(str_utf8_valid(str_of(note.text)));
			assert_int_equal(strlen(note.text), want);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_a_name_and_a_text),
		cmocka_unit_test(a_sentence_is_said_and_the_error_returned),
		cmocka_unit_test(a_cut_sentence_is_still_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
