/* SPDX-License-Identifier: MIT */
/* test_jid.c - addresses (RFC 7622) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/buf.h"
#include "xmpp/jid.h"

struct row {
	const char *name;
	const char *in;
	const char *want; /* NULL: refused */
};

static const struct row examples[] = {
	{ "table 1: bare", "juliet@example.com", "juliet@example.com" },
	{ "table 1: full", "juliet@example.com/foo", "juliet@example.com/foo" },
	{ "table 1: a space in the resource", "juliet@example.com/foo bar",
	  "juliet@example.com/foo bar" },
	{ "table 1: an at sign in the resource", "juliet@example.com/foo@bar",
	  "juliet@example.com/foo@bar" },
	{ "table 1: an escaped space", "foo\\20bar@example.com",
	  "foo\\20bar@example.com" },
	{ "table 1: fussball", "fussball@example.com", "fussball@example.com" },
	{ "table 1: sharp s", "fußball@example.com", "fußball@example.com" },
	{ "table 1: pi", "π@example.com", "π@example.com" },
	{ "table 1: capital sigma", "Σ@example.com/foo", "σ@example.com/foo" },
	{ "table 1: small sigma", "σ@example.com/foo", "σ@example.com/foo" },
	{ "table 1: final sigma", "ς@example.com/foo", "ς@example.com/foo" },
	{ "table 1: a symbol in the resource", "king@example.com/♚",
	  "king@example.com/♚" },
	{ "table 1: a domain", "example.com", "example.com" },
	{ "table 1: domain and resource", "example.com/foobar",
	  "example.com/foobar" },
	{ "table 1: an address as resource", "a.example.com/b@example.net",
	  "a.example.com/b@example.net" },
	{ "table 2: quotation marks", "\"juliet\"@example.com", NULL },
	{ "table 2: a space in the local part", "foo bar@example.com", NULL },
	{ "table 2: a leading space in the resource is fine (erratum 4560)",
	  "juliet@example.com/ foo", "juliet@example.com/ foo" },
	{ "table 2: empty local part and resource", "@example.com/", NULL },
	{ "table 2: Roman numeral four", "henryⅣ@example.com", NULL },
	{ "table 2: a symbol in the local part", "♚@example.com", NULL },
	{ "table 2: no domain", "juliet@", NULL },
	{ "table 2: only a resource", "/foobar", NULL },
};

static const struct row shapes[] = {
	{ "empty", "", NULL },
	{ "only an at sign", "@", NULL },
	{ "only a slash", "/", NULL },
	{ "empty local part", "@example.com", NULL },
	{ "empty resource", "a@example.com/", NULL },
	{ "two at signs", "a@b@example.com", NULL },
	{ "slashes in the resource", "a@b.c/x/y//", "a@b.c/x/y//" },
	{ "a slash before the at sign begins the resource", "a/b@c", "a/b@c" },
	{ "case is kept in the resource only", "Ann@EXAMPLE.org/Desk",
	  "ann@example.org/Desk" },
	{ "excluded: ampersand", "a&b@c", NULL },
	{ "excluded: apostrophe", "o'hara@c", NULL },
	{ "excluded: colon", "a:b@c", NULL },
	{ "excluded: less than", "a<@c", NULL },
	{ "excluded: greater than", "a>@c", NULL },
	{ "a fullwidth at sign is one", "a＠b@c", NULL },
	{ "a fullwidth slash in the resource is another character", "a@c/／",
	  "a@c/／" },
	{ "no-break space in the resource", "a@c/x\xC2\xA0y", "a@c/x y" },
	{ "a line feed in the resource", "a@c/x\ny", NULL },
	{ "broken UTF-8 in the local part", "a\xFF@c", NULL },
	{ "broken UTF-8 in the domain", "a@c\xFF", NULL },
	{ "broken UTF-8 in the resource", "a@c/\xFF", NULL },
	{ "right-to-left local part", "שלום@c", "שלום@c" },
	{ "mixed directions", "aש@c", NULL },
};

static const struct row domains[] = {
	{ "a trailing dot goes", "example.com.", "example.com" },
	{ "two do not", "example.com..", NULL },
	{ "a dot alone", ".", NULL },
	{ "an empty label", "a..b", NULL },
	{ "a leading dot", ".a", NULL },
	{ "upper case", "EXAMPLE.Com", "example.com" },
	{ "a U-label", "bücher.example", "bücher.example" },
	{ "a U-label in upper case", "BÜCHER.example", "bücher.example" },
	{ "a decomposed U-label",
	  "bu\xCC\x88"
	  "cher.example",
	  "bücher.example" },
	{ "an A-label is read", "xn--bcher-kva.example", "bücher.example" },
	{ "an A-label in upper case", "XN--BCHER-KVA.example",
	  "bücher.example" },
	{ "sharp s is no ss", "fußball.example", "fußball.example" },
	{ "sharp s as an A-label", "xn--fuball-cta.example",
	  "fußball.example" },
	{ "fullwidth letters and dot", "ｅｘ．ｃｏｍ", "ex.com" },
	{ "an ideographic full stop is no dot", "a。b", NULL },
	{ "a broken A-label", "xn--\x7F.example", NULL },
	{ "an A-label of nothing", "xn--.example", NULL },
	{ "an A-label of ASCII", "xn--abc-.example", NULL },
	{ "an A-label of upper case", "xn--bcher-kva8445foa.example", NULL },
	{ "a compatibility character", "ﬃ.example", NULL },
	{ "Kelvin sign as K", "\xE2\x84\xAA.example", "k.example" },
	{ "an emoji", "😀.example", NULL },
	{ "zero width space", "a\xE2\x80\x8B.example", NULL },
	{ "ZWNJ without reason",
	  "a\xE2\x80\x8C"
	  "b.example",
	  NULL },
	{ "an underscore", "a_b.example", NULL },
	{ "a space", "a b.example", NULL },
	{ "an exclamation mark", "a!.example", NULL },
	{ "a hyphen first", "-a.example", NULL },
	{ "a hyphen last", "a-.example", NULL },
	{ "a hyphen last beside a U-label", "ü.a-.example", NULL },
	{ "hyphens third and fourth", "ab--c.example", NULL },
	{ "hyphens elsewhere", "a--b.example", "a--b.example" },
	{ "Hebrew", "שלום.example", "שלום.example" },
	{ "Hebrew that ends in Latin", "שלוםa.example", NULL },
	{ "IPv4", "192.0.2.1", "192.0.2.1" },
	{ "IPv6", "[2001:db8::1]", "[2001:db8::1]" },
	{ "IPv6 has one form", "[2001:0DB8:0:0:0:0:0:1]", "[2001:db8::1]" },
	{ "IPv6 with everything", "a@[::1]/r", "a@[::1]/r" },
	{ "IPv6 without brackets", "2001:db8::1", NULL },
	{ "IPv6 with an open bracket", "[::1", NULL },
	{ "an open bracket alone", "[", NULL },
	{ "empty brackets", "[]", NULL },
	{ "IPv4 in brackets", "[192.0.2.1]", NULL },
	{ "something after the bracket", "[::1]x", NULL },
	{ "a zone", "[fe80::1%eth0]", NULL },
};

static void check(const struct row *row)
{
	struct arena *a = arena_new();
	struct err_note note = { .text = "" };
	struct jid j, again;
	enum gw_err e = xmpp_jid_parse(a, str_of(row->in), &j);

	if (e != (row->want != NULL ? GW_OK : GW_BAD_INPUT) ||
	    (e == GW_OK && !str_is(j.full, row->want)))
		fail_msg("%s: %s, got \"" STR_FMT "\"", row->name, err_name(e),
			 STR_ARG(j.full));
	assert_int_equal(xmpp_jid_explain(str_of(row->in), &note), e);
	assert_int_equal(note.text[0] == '\0', e == GW_OK);
	if (e == GW_OK) {
		assert_int_equal(xmpp_jid_parse(a, j.full, &again), GW_OK);
		assert_true(xmpp_jid_eq(j, again));
		assert_int_equal(
			xmpp_jid_make(a, j.local, j.domain, j.resource, &again),
			GW_OK);
		assert_true(xmpp_jid_eq(j, again));
		assert_int_equal(j.full.p[j.full.n], 0);
	} else {
		assert_null(j.full.p);
		assert_null(j.domain.p);
	}
	arena_free(&a);
}

#define CHECK_ALL(rows)                                                        \
	do {                                                                   \
		size_t k_;                                                     \
		for (k_ = 0; k_ < sizeof(rows) / sizeof((rows)[0]); k_++)      \
			check(&(rows)[k_]);                                    \
	} while (0)

static void the_examples_of_rfc7622_hold(void **state)
{
	(void)state;
	CHECK_ALL(examples);
}

static void parts_are_split_and_judged(void **state)
{
	(void)state;
	CHECK_ALL(shapes);
}

static void domains_have_one_form(void **state)
{
	(void)state;
	CHECK_ALL(domains);
}

static struct jid parsed(struct arena *a, const char *text)
{
	struct jid j;

	assert_int_equal(xmpp_jid_parse(a, str_of(text), &j), GW_OK);
	return j;
}

static void parts_lie_within_the_whole(void **state)
{
	struct arena *a = arena_new();
	struct jid j = parsed(a, "Ann@Example.org./Desk");

	(void)state;
	assert_true(str_is(j.local, "ann"));
	assert_true(str_is(j.domain, "example.org"));
	assert_true(str_is(j.resource, "Desk"));
	assert_true(str_is(j.bare, "ann@example.org"));
	assert_ptr_equal(j.bare.p, j.full.p);
	assert_ptr_equal(j.local.p, j.full.p);
	assert_ptr_equal(j.domain.p, j.full.p + 4);
	assert_ptr_equal(j.resource.p, j.full.p + 16);

	j = parsed(a, "example.org");
	assert_null(j.local.p);
	assert_null(j.resource.p);
	assert_true(str_eq(j.bare, j.full));
	arena_free(&a);
}

static void a_plain_address_costs_one_allocation(void **state)
{
	struct arena *a = arena_new(), *b = arena_new();
	struct jid j = parsed(a, "ann@example.org/Desk 1");

	(void)state;
	assert_non_null(arena_alloc(b, j.full.n + 1));
	assert_int_equal(arena_used(a), arena_used(b));
	arena_free(&a);
	arena_free(&b);
}

static void the_bare_address_has_no_resource(void **state)
{
	struct arena *a = arena_new();
	struct jid j = parsed(a, "ann@example.org/Desk");
	struct jid bare = xmpp_jid_bare(j);

	(void)state;
	assert_true(str_is(bare.full, "ann@example.org"));
	assert_null(bare.resource.p);
	assert_true(xmpp_jid_bare_eq(j, bare));
	assert_false(xmpp_jid_eq(j, bare));
	assert_true(xmpp_jid_eq(bare, parsed(a, "ANN@example.org")));
	assert_false(xmpp_jid_bare_eq(j, parsed(a, "bob@example.org/Desk")));
	assert_false(xmpp_jid_eq(j, parsed(a, "ann@example.org/desk")));
	arena_free(&a);
}

static void a_copy_outlives_its_source(void **state)
{
	struct arena *a = arena_new(), *b = arena_new();
	struct jid j = parsed(a, "ann@example.org/Desk");
	struct jid copy = xmpp_jid_copy(b, j);
	struct jid bare = xmpp_jid_copy(b, xmpp_jid_bare(j));
	struct jid none = { .full = STR_NONE };

	(void)state;
	arena_free(&a);
	assert_true(str_is(copy.full, "ann@example.org/Desk"));
	assert_true(str_is(copy.local, "ann"));
	assert_true(str_is(copy.domain, "example.org"));
	assert_true(str_is(copy.resource, "Desk"));
	assert_string_equal(bare.full.p, "ann@example.org");
	assert_null(xmpp_jid_copy(b, none).full.p);
	arena_free(&b);
}

static void an_empty_user_name_is_not_the_domain(void **state)
{
	struct arena *a = arena_new();
	struct jid j;

	(void)state;
	assert_int_equal(
		xmpp_jid_make(a, STR(""), STR("example.org"), STR_NONE, &j),
		GW_BAD_INPUT);
	assert_int_equal(
		xmpp_jid_make(a, STR("ann"), STR("example.org"), STR(""), &j),
		GW_BAD_INPUT);
	assert_int_equal(xmpp_jid_make(a, STR("ann"), STR_NONE, STR_NONE, &j),
			 GW_BAD_INPUT);
	assert_int_equal(xmpp_jid_make(a, STR("ann@x"), STR("example.org"),
				       STR_NONE, &j),
			 GW_BAD_INPUT);
	assert_int_equal(xmpp_jid_make(a, STR("ann"), STR("example.org/x"),
				       STR_NONE, &j),
			 GW_BAD_INPUT);
	assert_int_equal(
		xmpp_jid_make(a, STR_NONE, STR("example.org"), STR_NONE, &j),
		GW_OK);
	assert_true(str_is(j.full, "example.org"));
	arena_free(&a);
}

static void a_zero_byte_is_refused_anywhere(void **state)
{
	static const struct str texts[] = {
		{ .p = "a\0b@c.d/r", .n = 9 },
		{ .p = "ab@c\0.d/r", .n = 9 },
		{ .p = "ab@c.d/\0r", .n = 9 },
		{ .p = "ab@[::1\0]", .n = 9 },
	};
	struct arena *a = arena_new();
	struct jid j;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(xmpp_jid_parse(a, texts[i], &j), GW_BAD_INPUT);
	arena_free(&a);
}

static enum gw_err parse_long(const char *before, size_t n, const char *unit,
			      const char *after)
{
	struct arena *a = arena_new();
	struct buf b = { .data = NULL };
	struct jid j;
	enum gw_err e;
	size_t i;

	buf_add_lit(&b, before);
	for (i = 0; i < n; i++)
		buf_add_lit(&b, unit);
	buf_add_lit(&b, after);
	e = xmpp_jid_parse(a, buf_str(&b), &j);
	buf_fini(&b);
	arena_free(&a);
	return e;
}

static void a_part_has_at_most_1023_octets(void **state)
{
	(void)state;
	assert_int_equal(parse_long("", 1023, "a", "@c.d"), GW_OK);
	assert_int_equal(parse_long("", 1024, "a", "@c.d"), GW_BAD_INPUT);
	assert_int_equal(parse_long("a@c.d/", 1023, "R", ""), GW_OK);
	assert_int_equal(parse_long("a@c.d/", 1024, "R", ""), GW_BAD_INPUT);
	/* The octets of the normal form count, not those sent. */
	assert_int_equal(parse_long("", 511, "ü", "@c.d"), GW_OK);
	assert_int_equal(parse_long("", 512, "ü", "@c.d"), GW_BAD_INPUT);
	assert_int_equal(parse_long("", 1023, "Ａ", "@c.d"), GW_OK);
	assert_int_equal(parse_long("", 1024, "Ａ", "@c.d"), GW_BAD_INPUT);
	assert_int_equal(parse_long("a@c.d/", 341, "♚", ""), GW_OK);
	assert_int_equal(parse_long("a@c.d/", 342, "♚", ""), GW_BAD_INPUT);
	assert_int_equal(parse_long("", 200000, "\xF0\x9F\x98\x80", "@c.d"),
			 GW_BAD_INPUT);
}

static void a_domain_is_as_long_as_dns_allows(void **state)
{
	(void)state;
	assert_int_equal(parse_long("", 63, "a", ".b"), GW_OK);
	assert_int_equal(parse_long("", 64, "a", ".b"), GW_BAD_INPUT);
	assert_int_equal(parse_long("", 126, "a.", "b"), GW_OK);
	assert_int_equal(parse_long("", 126, "a.", "bc"), GW_BAD_INPUT);
	assert_int_equal(parse_long("ü.", 122, "a.", "b"), GW_OK);
	assert_int_equal(parse_long("ü.", 123, "a.", "b"), GW_BAD_INPUT);
	assert_int_equal(parse_long("", 5000, "ü", ""), GW_BAD_INPUT);
}

static void the_note_says_which_part_and_why(void **state)
{
	static const struct {
		const char *in;
		const char *want;
	} rows[] = {
		{ "henryⅣ@c", "local part: character 6 (U+2163) is not "
			      "allowed: it is another form of an ordinary "
			      "character" },
		{ "a&b@c", "local part: the character & is not allowed" },
		{ "@c", "local part: it is empty" },
		{ "a@", "domain: it is empty" },
		{ "a@b_c", "domain: octet 2 (0x5F) is not allowed" },
		{ "a@[1", "domain: ']' is missing" },
		{ "a@c/", "resource: it is empty" },
		{ "a@c/\xFF", "resource: it is not UTF-8" },
		{ "", "the address is empty" },
	};
	struct err_note note;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(xmpp_jid_explain(str_of(rows[i].in), &note),
				 GW_BAD_INPUT);
		assert_string_equal(note.text, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_rfc7622_hold),
		cmocka_unit_test(parts_are_split_and_judged),
		cmocka_unit_test(domains_have_one_form),
		cmocka_unit_test(parts_lie_within_the_whole),
		cmocka_unit_test(a_plain_address_costs_one_allocation),
		cmocka_unit_test(the_bare_address_has_no_resource),
		cmocka_unit_test(a_copy_outlives_its_source),
		cmocka_unit_test(an_empty_user_name_is_not_the_domain),
		cmocka_unit_test(a_zero_byte_is_refused_anywhere),
		cmocka_unit_test(a_part_has_at_most_1023_octets),
		cmocka_unit_test(a_domain_is_as_long_as_dns_allows),
		cmocka_unit_test(the_note_says_which_part_and_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
