/* SPDX-License-Identifier: MIT */
/* test_precis.c - user names, passwords and nicknames (RFC 8264-8266) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xmpp/precis.h"
#include "xmpp/precis_table.h"

struct row {
	const char *name;
	const char *in;
	const char *want; /* NULL: refused */
};

static const struct row usernames[] = {
	{ "RFC 8265 3.5: a bare address", "juliet@example.com",
	  "juliet@example.com" },
	{ "RFC 8265 3.5: fussball", "fussball", "fussball" },
	{ "RFC 8265 3.5: sharp s is kept", "fußball", "fußball" },
	{ "RFC 8265 3.5: a Greek letter", "π", "π" },
	{ "RFC 8265 3.5: capital sigma", "Σ", "σ" },
	{ "RFC 8265 3.5: small sigma", "σ", "σ" },
	{ "RFC 8265 3.5: final sigma", "ς", "ς" },
	{ "RFC 8265 3.5: a space", "foo bar", NULL },
	{ "RFC 8265 3.5: empty", "", NULL },
	{ "RFC 8265 3.5: Roman numeral four", "henryⅣ", NULL },
	{ "RFC 8265 3.5: a symbol", "♚", NULL },
	{ "upper case becomes lower", "JuLiet", "juliet" },
	{ "a word in capitals ends in a final sigma", "ΟΔΥΣΣΕΥΣ", "οδυσσευς" },
	{ "capital sharp s", "GROẞ", "groß" },
	{ "no Turkish rules", "ISTANBUL", "istanbul" },
	{ "dotted capital I keeps its dot", "İzmir", "i\xCC\x87zmir" },
	{ "Cherokee has lower case", "Ꭰ", "ꭰ" },
	{ "Deseret, outside the BMP", "𐐀", "𐐨" },
	{ "fullwidth becomes ASCII, then lower", "Ｊｕｌｉｅｔ", "juliet" },
	{ "halfwidth katakana with its mark", "ｶﾞ", "ガ" },
	{ "ideographic space is a space",
	  "a\xE3\x80\x80"
	  "b",
	  NULL },
	{ "decomposed becomes composed", "ju\xCC\x88rgen", "jürgen" },
	{ "marks are put in order", "q\xCC\x87\xCC\xA3", "q\xCC\xA3\xCC\x87" },
	{ "a ligature is another form",
	  "o\xEF\xAC\x83"
	  "ce",
	  NULL },
	{ "so is the Kelvin sign",
	  "\xE2\x84\xAA"
	  "ate",
	  NULL },
	{ "superscript two", "m²", NULL },
	{ "a mathematical letter", "𝐚nn", NULL },
	{ "an emoji", "ann😀", NULL },
	{ "a dash outside ASCII", "a–b", NULL },
	{ "titlecase digraph", "ǅ", NULL },
	{ "zero width space", "an\xE2\x80\x8Bn", NULL },
	{ "soft hyphen", "an\xC2\xADn", NULL },
	{ "a variation selector", "ann\xEF\xB8\x8F", NULL },
	{ "right-to-left override",
	  "a\xE2\x80\xAE"
	  "b",
	  NULL },
	{ "byte order mark",
	  "\xEF\xBB\xBF"
	  "ann",
	  NULL },
	{ "private use", "a\xEE\x80\x80", NULL },
	{ "a noncharacter", "a\xEF\xBF\xBE", NULL },
	{ "unassigned", "a\xCD\xB8", NULL },
	{ "assigned after 15.0", "a\xF0\x96\xB5\x80", NULL },
	{ "assigned in 15.0", "𱍐", "𱍐" },
	{ "in 15.0, but newer than the library's order of marks",
	  "\xF0\x9E\x93\x90\xF0\x9E\x93\xAC", NULL },
	{ "a control character", "a\tb", NULL },
	{ "delete", "a\x7F", NULL },
	{ "an old Hangul part", "\xE1\x84\x80", NULL },
	{ "a Hangul syllable", "가", "가" },
	{ "tatweel is an exception", "ـ", NULL },
	{ "ideographic zero is an exception", "〇", "〇" },
	{ "half a UTF-8 sequence", "a\xC3", NULL },
	{ "overlong UTF-8", "\xC0\xAF", NULL },
	{ "a surrogate", "\xED\xA0\x80", NULL },
};

static const struct row contexts[] = {
	{ "middle dot between two l", "col·lecció", "col·lecció" },
	{ "middle dot between capital L is judged before lower case",
	  "COL·LECCIÓ", NULL },
	{ "middle dot elsewhere", "a·b", NULL },
	{ "middle dot at the end", "l·", NULL },
	{ "keraia before Greek", "͵α", "͵α" },
	{ "keraia before Latin", "͵a", NULL },
	{ "geresh after Hebrew", "א׳", "א׳" },
	{ "geresh at the beginning", "׳א", NULL },
	{ "gershayim within Hebrew", "צה״ל", "צה״ל" },
	{ "katakana dot with katakana", "ア・イ", "ア・イ" },
	{ "katakana dot with Han", "中・", "中・" },
	{ "katakana dot alone", "a・b", NULL },
	{ "Arabic-Indic digits", "ا٠١", "ا٠١" },
	{ "extended digits", "ا۰۱", "ا۰۱" },
	{ "both kinds of digits", "ا٠۱", NULL },
	{ "ZWJ after a virama", "क्\xE2\x80\x8Dष", "क्\xE2\x80\x8Dष" },
	{ "ZWJ elsewhere",
	  "a\xE2\x80\x8D"
	  "b",
	  NULL },
	{ "ZWNJ after a virama", "क्\xE2\x80\x8Cष", "क्\xE2\x80\x8Cष" },
	{ "ZWNJ between joining letters",
	  "نامه\xE2\x80\x8C"
	  "ای",
	  "نامه\xE2\x80\x8C"
	  "ای" },
	{ "ZWNJ across marks",
	  "ب\xD9\x8E\xE2\x80\x8C\xD9\x8E"
	  "ا",
	  "ب\xD9\x8E\xE2\x80\x8C\xD9\x8E"
	  "ا" },
	{ "ZWNJ after a letter that does not join", "ا\xE2\x80\x8Cب", NULL },
	{ "ZWNJ at the end", "ب\xE2\x80\x8C", NULL },
	{ "ZWNJ in Latin",
	  "a\xE2\x80\x8C"
	  "b",
	  NULL },
};

static const struct row bidis[] = {
	{ "Hebrew", "שלום", "שלום" },
	{ "Hebrew and a digit", "שלום1", "שלום1" },
	{ "a digit first", "1שלום", NULL },
	{ "Latin first", "aא", NULL },
	{ "Latin last", "אa", NULL },
	{ "Latin within", "אaב", NULL },
	{ "ends in a neutral", "א-", NULL },
	{ "ends in a mark after a letter", "אָ", "אָ" },
	{ "European and Arabic digits", "ا1٢", NULL },
	{ "Arabic digits alone with Latin", "a٢", NULL },
	{ "a hyphen within", "א-ב", "א-ב" },
};

static const struct row opaques[] = {
	{ "RFC 8265 4.3: ASCII with spaces", "correct horse battery staple",
	  "correct horse battery staple" },
	{ "RFC 8265 4.3: case is kept", "Correct Horse Battery Staple",
	  "Correct Horse Battery Staple" },
	{ "RFC 8265 4.3: letters outside ASCII", "πßå", "πßå" },
	{ "RFC 8265 4.3: a symbol", "Jack of ♦s", "Jack of ♦s" },
	{ "RFC 8265 4.3: ogham space",
	  "foo\xE1\x9A\x80"
	  "bar",
	  "foo bar" },
	{ "RFC 8265 4.3: empty", "", NULL },
	{ "RFC 8265 4.3: a tab", "my cat is a \tby", NULL },
	{ "no-break space",
	  "a\xC2\xA0"
	  "b",
	  "a b" },
	{ "all spaces are kept", "  a  ", "  a  " },
	{ "one space alone", " ", " " },
	{ "fullwidth is kept", "Ａ", "Ａ" },
	{ "compatibility forms are kept", "Ⅳﬃ", "Ⅳﬃ" },
	{ "decomposed becomes composed", "u\xCC\x88", "ü" },
	{ "emoji", "😀", "😀" },
	{ "an emoji held together by ZWJ", "👩\xE2\x80\x8D💻", NULL },
	{ "both directions", "aא", "aא" },
	{ "invisible", "a\xE2\x80\x8B", NULL },
	{ "line separator", "a\xE2\x80\xA8", NULL },
};

static const struct row nicknames[] = {
	{ "RFC 8266 4: Foo", "Foo", "Foo" },
	{ "RFC 8266 4: foo", "foo", "foo" },
	{ "RFC 8266 4: Foo Bar", "Foo Bar", "Foo Bar" },
	{ "RFC 8266 4: spaces at the ends go", "  Foo  Bar ", "Foo Bar" },
	{ "RFC 8266 4: capital sigma", "Σ", "Σ" },
	{ "RFC 8266 4: a chess king", "♚", "♚" },
	{ "RFC 8266 4: Roman numeral four", "Richard Ⅳ", "Richard IV" },
	{ "a space that appears only by NFKC goes as well", "\xC2\xA8",
	  "\xCC\x88" },
	{ "ogham space within", "a\xE1\x9A\x80 b", "a b" },
	{ "only spaces", " \xC2\xA0 ", NULL },
	{ "empty", "", NULL },
	{ "a line feed", "a\nb", NULL },
	{ "both directions", "Ann אבג", "Ann אבג" },
};

static const struct row keys[] = {
	{ "RFC 8266 4: Foo", "Foo", "foo" },
	{ "RFC 8266 4: Foo Bar", "Foo Bar", "foo bar" },
	{ "RFC 8266 4: spaces", "  Foo  Bar ", "foo bar" },
	{ "RFC 8266 4: capital sigma", "Σ", "σ" },
	{ "RFC 8266 4: small sigma", "σ", "σ" },
	{ "RFC 8266 4: final sigma", "ς", "ς" },
	{ "RFC 8266 4: a chess king", "♚", "♚" },
	{ "RFC 8266 4: Roman numeral four", "Richard Ⅳ", "richard iv" },
	{ "fullwidth", "ＡＢＣ", "abc" },
	{ "capitals that appear by NFKC", "𝐀nn", "ann" },
	{ "the trade mark sign", "x™", "xtm" },
};

static enum gw_err nickname(struct arena *a, struct str in, struct str *out,
			    struct err_note *note)
{
	(void)note;
	return xmpp_precis_nickname(a, in, out);
}

static enum gw_err nickname_key(struct arena *a, struct str in, struct str *out,
				struct err_note *note)
{
	(void)note;
	return xmpp_precis_nickname_key(a, in, out);
}

typedef enum gw_err (*profile_fn)(struct arena *a, struct str in,
				  struct str *out, struct err_note *note);

static void check(const struct row *row, profile_fn profile)
{
	struct arena *a = arena_new();
	struct err_note note = { .text = "" };
	struct str out, again;
	enum gw_err e = profile(a, str_of(row->in), &out, &note);

	if (e != (row->want != NULL ? GW_OK : GW_BAD_INPUT) ||
	    (e == GW_OK && !str_is(out, row->want)))
		fail_msg("%s: %s, got \"" STR_FMT "\" %s", row->name,
			 err_name(e), STR_ARG(out), note.text);
	if (e == GW_OK) {
		assert_int_equal(profile(a, out, &again, NULL), GW_OK);
		assert_true(str_eq(out, again));
	} else {
		assert_null(out.p);
	}
	arena_free(&a);
}

#define CHECK_ALL(rows, profile)                                               \
	do {                                                                   \
		size_t k_;                                                     \
		for (k_ = 0; k_ < sizeof(rows) / sizeof((rows)[0]); k_++)      \
			check(&(rows)[k_], profile);                           \
	} while (0)

static void user_names_are_case_mapped(void **state)
{
	(void)state;
	CHECK_ALL(usernames, xmpp_precis_username);
}

static void some_characters_depend_on_their_neighbours(void **state)
{
	(void)state;
	CHECK_ALL(contexts, xmpp_precis_username);
}

static void right_to_left_names_keep_the_bidi_rule(void **state)
{
	(void)state;
	CHECK_ALL(bidis, xmpp_precis_username);
}

static void passwords_keep_case_and_spaces(void **state)
{
	(void)state;
	CHECK_ALL(opaques, xmpp_precis_opaque);
}

static void nicknames_are_shown_without_odd_spaces(void **state)
{
	(void)state;
	CHECK_ALL(nicknames, nickname);
}

static void nicknames_are_compared_without_case(void **state)
{
	(void)state;
	CHECK_ALL(keys, nickname_key);
}

static void a_local_part_excludes_what_separates(void **state)
{
	static const char *const bad[] = { "\"", "&", "'", "/",	 ":",
					   "<",	 ">", "@", "＠", "／" };
	struct arena *a = arena_new();
	struct str out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			xmpp_precis_localpart(a, str_of(bad[i]), &out, NULL),
			GW_BAD_INPUT);
		assert_null(out.p);
	}
	assert_int_equal(xmpp_precis_localpart(a,
					       STR("a!#$%()*+,-.;=?[\\]^`{|"
						   "}~"),
					       &out, NULL),
			 GW_OK);
	arena_free(&a);
}

/* Every byte before the limit grows as much as Unicode allows: the buffers
 * for libunistring must hold it. */
static void the_worst_growth_fits(void **state)
{
	static const char *const units[] = {
		"\xEF\xB7\xBA", "ΐ",	   "İ", "\xF0\x9D\x85\xA0",
		"\xEA\xB0\x81", "\xCD\x84"
	};
	struct arena *a = arena_new();
	char text[XMPP_PRECIS_INPUT_MAX];
	size_t i, n, unit;
	struct str out;
	int ok = 0;

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		unit = strlen(units[i]);
		for (n = 0; n + unit <= sizeof(text); n += unit)
			memcpy(text + n, units[i], unit);
		ok += xmpp_precis_nickname_key(a, str_make(text, n), &out) ==
		      GW_OK;
		ok += xmpp_precis_opaque(a, str_make(text, n), &out, NULL) ==
		      GW_OK;
	}
	assert_true(ok >= 8);
	arena_free(&a);
}

static void input_over_the_limit_is_refused(void **state)
{
	static char text[XMPP_PRECIS_INPUT_MAX + 1];
	struct arena *a = arena_new();
	struct err_note note;
	struct str out;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(xmpp_precis_opaque(a, str_make(text, sizeof(text) - 1),
					    &out, NULL),
			 GW_OK);
	assert_int_equal(xmpp_precis_opaque(a, str_make(text, sizeof(text)),
					    &out, &note),
			 GW_BAD_INPUT);
	assert_string_equal(note.text, "it has more than 4096 octets");
	arena_free(&a);
}

static void a_zero_byte_is_a_control_character(void **state)
{
	struct arena *a = arena_new();
	struct err_note note;
	struct str out;

	(void)state;
	assert_int_equal(xmpp_precis_opaque(a, STR("a\0b"), &out, &note),
			 GW_BAD_INPUT);
	assert_string_equal(note.text, "character 2 (U+0000) is not allowed: "
				       "it is a control character");
	arena_free(&a);
}

static void a_new_name_is_of_one_script(void **state)
{
	static const struct {
		const char *name;
		const char *in;
		enum gw_err want;
	} rows[] = {
		{ "Latin", "ann.müller-2", GW_OK },
		{ "Cyrillic", "анна", GW_OK },
		{ "Latin with a Cyrillic a", "\xD0\xB0nn", GW_BAD_INPUT },
		{ "Latin with a Greek omicron",
		  "b\xCE\xBF"
		  "b",
		  GW_BAD_INPUT },
		{ "Japanese and Latin", "taro太郎たろうタロウ", GW_OK },
		{ "Korean and Latin", "kim김金", GW_OK },
		{ "Korean and kana", "김た", GW_BAD_INPUT },
		{ "Armenian and Latin", "aօ", GW_BAD_INPUT },
		{ "Armenian", "օօ1", GW_OK },
		{ "digits only", "007", GW_OK },
		{ "empty", "", GW_BAD_INPUT },
		{ "not UTF-8", "\xFF", GW_BAD_INPUT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (xmpp_precis_one_script(str_of(rows[i].in), NULL) !=
		    rows[i].want)
			fail_msg("%s", rows[i].name);
	}
}

static void the_tables_are_in_order(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(xmpp_precis_ranges[0].first, 0);
	for (i = 1; i < xmpp_precis_ranges_count; i++)
		assert_true(xmpp_precis_ranges[i].first >
			    xmpp_precis_ranges[i - 1].first);
	for (i = 1; i < xmpp_precis_widths_count; i++)
		assert_true(xmpp_precis_widths[i].from >
			    xmpp_precis_widths[i - 1].from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_names_are_case_mapped),
		cmocka_unit_test(some_characters_depend_on_their_neighbours),
		cmocka_unit_test(right_to_left_names_keep_the_bidi_rule),
		cmocka_unit_test(passwords_keep_case_and_spaces),
		cmocka_unit_test(nicknames_are_shown_without_odd_spaces),
		cmocka_unit_test(nicknames_are_compared_without_case),
		cmocka_unit_test(a_local_part_excludes_what_separates),
		cmocka_unit_test(the_worst_growth_fits),
		cmocka_unit_test(input_over_the_limit_is_refused),
		cmocka_unit_test(a_zero_byte_is_a_control_character),
		cmocka_unit_test(a_new_name_is_of_one_script),
		cmocka_unit_test(the_tables_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
