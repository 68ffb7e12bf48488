/* SPDX-License-Identifier: MIT */
/* test_verb.c - what counts as a verb, and what is mere talk */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/when.h"
#include "gateway/desk/verb.h"

static const struct {
	const char *text;
	enum gw_err want;
	enum verb_word word;
	enum case_verb verb;
	uint64_t number;
	int64_t span;
	const char *other;
	const char *rest;
} rows[] = {
	/* orders, as the card names them */
	{ "take 17", GW_OK, WORD_ORDER, VERB_TAKE, 17, 0, "", "" },
	{ "  TAKE   #17  ", GW_OK, WORD_ORDER, VERB_TAKE, 17, 0, "", "" },
	{ "ack 17", GW_OK, WORD_ORDER, VERB_ACK, 17, 0, "", "" },
	{ "ack 17 30m", GW_OK, WORD_ORDER, VERB_ACK, 17, 30 * WHEN_MINUTE, "",
	  "" },
	{ "release 3", GW_OK, WORD_ORDER, VERB_RELEASE, 3, 0, "", "" },
	{ "give 3 bob", GW_OK, WORD_ORDER, VERB_GIVE, 3, 0, "bob", "" },
	{ "give 3 bob@x.org", GW_OK, WORD_ORDER, VERB_GIVE, 3, 0, "bob@x.org",
	  "" },
	{ "decline 3", GW_OK, WORD_ORDER, VERB_DECLINE, 3, 0, "", "" },
	{ "done 3", GW_OK, WORD_ORDER, VERB_DONE, 3, 0, "", "" },
	{ "done 3 disk swapped", GW_OK, WORD_ORDER, VERB_DONE, 3, 0, "",
	  "disk swapped" },
	{ "note 3 looking at it", GW_OK, WORD_ORDER, VERB_NOTE, 3, 0, "",
	  "looking at it" },
	/* without a number: the last one told of, one-to-one */
	{ "ack", GW_OK, WORD_ORDER, VERB_ACK, 0, 0, "", "" },
	{ "ack 30m", GW_OK, WORD_ORDER, VERB_ACK, 0, 30 * WHEN_MINUTE, "", "" },
	{ "take", GW_OK, WORD_ORDER, VERB_TAKE, 0, 0, "", "" },
	{ "done", GW_OK, WORD_ORDER, VERB_DONE, 0, 0, "", "" },
	/* questions */
	{ "who", GW_OK, WORD_WHO, 0, 0, 0, "", "" },
	{ "who duty@x.org", GW_OK, WORD_WHO, 0, 0, 0, "duty@x.org", "" },
	{ "list", GW_OK, WORD_LIST, 0, 0, 0, "", "" },
	{ "Help", GW_OK, WORD_HELP, 0, 0, 0, "", "" },
	{ "show 17", GW_OK, WORD_SHOW, VERB_NOTE, 17, 0, "", "" },
	/* talk */
	{ "", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "take a look at this", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "done with it", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "ack, looking", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "ack that", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "who is on call?", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "list of things", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "taken 17", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "note", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	/* verbs misused */
	{ "take 17 please", GW_BAD_INPUT, 0, 0, 0, 0, NULL, NULL },
	{ "ack 17 soon", GW_BAD_INPUT, 0, 0, 0, 0, NULL, NULL },
	{ "ack 17 0", GW_BAD_INPUT, 0, 0, 0, 0, NULL, NULL },
	{ "give 17", GW_BAD_INPUT, 0, 0, 0, 0, NULL, NULL },
	{ "give 17 bob cy", GW_BAD_INPUT, 0, 0, 0, 0, NULL, NULL },
	{ "note 17", GW_BAD_INPUT, 0, 0, 0, 0, NULL, NULL },
	/* numbers that are none */
	{ "take 0", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "take -17", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
	{ "take 99999999999999999999", GW_NOT_FOUND, 0, 0, 0, 0, NULL, NULL },
};

static void lines_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verb_line line;
		struct err_note note = { .text = "" };
		enum gw_err e = verb_parse(str_of(rows[i].text), &line, &note);

		if (e != rows[i].want)
			fail_msg("%s: %s", rows[i].text, err_name(e));
		if (e == GW_BAD_INPUT)
			assert_string_not_equal(note.text, "");
		if (e != GW_OK)
			continue;
		assert_int_equal(line.word, rows[i].word);
		if (line.word == WORD_ORDER)
			assert_int_equal(line.verb, rows[i].verb);
		assert_int_equal(line.number, rows[i].number);
		assert_int_equal(line.span, rows[i].span);
		assert_true(str_is(line.other, rows[i].other));
		assert_true(str_is(line.text, rows[i].rest));
	}
}

static void a_line_of_a_megabyte_is_talk(void **state)
{
	struct buf b = { .data = NULL };
	struct verb_line line;

	(void)state;
	buf_add_lit(&b, "note 17 ");
	for (int i = 0; i < 1 << 20; i++)
		buf_add_char(&b, 'x');
	assert_int_equal(verb_parse(buf_str(&b), &line, NULL), GW_NOT_FOUND);
	buf_fini(&b);
}

static const struct {
	const char *id;
	uint64_t want;
} ids[] = {
	{ "case-17", 17 },    { "case-17-card", 17 }, { "case-17-3", 17 },
	{ "case-", 0 },	      { "case", 0 },	      { "", 0 },
	{ "casework-17", 0 }, { "case-x", 0 },	      { "17", 0 },
};

static void ids_name_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_int_equal(verb_case_of_id(str_of(ids[i].id)),
				 ids[i].want);
	assert_int_equal(verb_case_of_id(STR_NONE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(a_line_of_a_megabyte_is_talk),
		cmocka_unit_test(ids_name_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
