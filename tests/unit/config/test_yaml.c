/* SPDX-License-Identifier: MIT */
/* test_yaml.c - YAML as hostile and as clumsy as it comes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/config/conf_private.h"
#include "tests/unit/config/sample.h"

static const struct {
	const char *name;
	const char *yaml;
	size_t len; /* 0: up to the terminator */
	const char *want;
} cases[] = {
	{ "a bracket left open", "mail: { watch: no\npools:\n", 0,
	  "m.yaml:2: not valid YAML: did not find expected ',' or '}', while "
	  "parsing a flow mapping that began in line 1\n" },
	{ "indented with a tab", "mail:\n\twatch: no\n", 0,
	  "m.yaml:2: not valid YAML: indent with spaces, not tabs\n" },
	{ "not UTF-8", "mail:\n  domain: \xff\xfe\n", 0,
	  "m.yaml:2: not readable as UTF-8 text: invalid leading UTF-8 "
	  "octet\n" },
	{ "a zero byte in the file", "mail:\n  domain: a\0b\n", 20,
	  "m.yaml:2: not readable as UTF-8 text: control characters are not "
	  "allowed\n" },
	{ "a zero byte by escape", "mail:\n  domain: \"a\\0b\"\n", 0,
	  "m.yaml:2: mail.domain: text cannot hold a zero byte\n" },
	{ "two documents", "mail:\n---\npools:\n", 0,
	  "m.yaml:2: a second document begins here (---): one file holds "
	  "one\n" },
	{ "a key that is a table", "mail: { ? { a: b } : c }\n", 0,
	  "m.yaml:1: mail: a key must be text, not a list or table\n" },
	{ "a key that is an alias", "mail: { domain: &a x, *a : c }\n", 0,
	  "m.yaml:1: mail: a key cannot be an alias\n" },
	{ "a key with an anchor", "mail: { &a domain: x }\n", 0,
	  "m.yaml:1: mail: a key cannot have an anchor\n" },
	{ "an empty key", "mail: { '': x }\n", 0,
	  "m.yaml:1: mail: a key must have 1 to 255 bytes\n" },
	{ "a key with a line break", "mail: { \"a\\nb\": x }\n", 0,
	  "m.yaml:1: mail: a key cannot hold control characters\n" },
	{ "a tag", "mail:\n  watch: !!bool no\n", 0,
	  "m.yaml:2: mail: YAML tags (!name) are not used here: leave the tag "
	  "out\n" },
	{ "the tag of what it is anyway", "mail: !!map { domain: !!str 5 }\n",
	  0, "" },
	{ "merge keys", "mail: &a {}\npools:\n  x:\n    <<: *a\n", 0,
	  "m.yaml:4: pools.x: merge keys (<<) are not used here: write the "
	  "keys out\n" },
	{ "an alias without anchor", "mail: { domain: *nix }\n", 0,
	  "m.yaml:1: mail: an alias (*name) for which no anchor (&name) "
	  "stands above it\n" },
	{ "an alias inside of itself", "route: &r\n  routes: [*r]\n", 0,
	  "m.yaml:2: route.routes: an alias inside of what it stands for\n" },
	{ "an alias to one text", "mail:\n  domain: &d x\n  relays: *d\n", 0,
	  "" },
	{ "an error inside of an alias, at its place and its line",
	  "route:\n"
	  "  routes:\n"
	  "    - &a\n"
	  "      receiver: ''\n"
	  "    - *a\n",
	  0,
	  "m.yaml:4: route.routes[0].receiver: `' is not text of 1 to 255 "
	  "bytes\n"
	  "m.yaml:4: route.routes[1].receiver: `' is not text of 1 to 255 "
	  "bytes\n" },
	{ "a byte order mark", "\xef\xbb\xbfmail: { watch: no }\n", 0, "" },
	{ "lines ended by CR LF", "mail:\r\n  watch: no\r\n", 0, "" },
};

static void check(struct str yaml, const char *name, const char *want)
{
	struct buf errors = { 0 };
	struct config *c;
	enum gw_err err =
		config_load_text(yaml, "m.yaml", sample_roots, &c, &errors);
	const char *have = errors.len > 0 ? (const char *)errors.data : "";

	if (strcmp(have, want) != 0)
		fail_msg("%s:\nhave %s\nwant %s", name, have, want);
	assert_int_equal(err == GW_OK, want[0] == 0);
	config_unref(&c);
	buf_fini(&errors);
}

static void strange_yaml_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str yaml = str_of(cases[i].yaml);

		if (cases[i].len > 0)
			yaml.n = cases[i].len;
		check(yaml, cases[i].name, cases[i].want);
	}
}

/* Nine lists of nine, eight times over: 43 million texts in 400 bytes. */
static void an_alias_bomb_is_small(void **state)
{
	struct buf yaml = { 0 };

	(void)state;
	buf_add_lit(&yaml, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&yaml, "a%d: &a%d [", i, i);
		for (int j = 0; j < 9; j++)
			buf_printf(&yaml, "%s*a%d", j > 0 ? ", " : "", i - 1);
		buf_add_lit(&yaml, "]\n");
	}
	check(buf_str(&yaml), "bomb",
	      "m.yaml:6: a5: more than 100,000 values once its aliases are "
	      "expanded\n");
	buf_fini(&yaml);
}

static void nest(struct buf *yaml, unsigned levels)
{
	buf_add_lit(yaml, "route: ");
	for (unsigned i = 0; i < levels; i++)
		buf_add_lit(yaml, "{ routes: [");
	for (unsigned i = 0; i < levels; i++)
		buf_add_lit(yaml, "] }");
	buf_add_char(yaml, '\n');
}

static void depth_is_bounded(void **state)
{
	struct buf yaml = { 0 }, errors = { 0 };
	struct config *c;

	(void)state;
	nest(&yaml, 15); /* and the file's own table: 31 levels */
	check(buf_str(&yaml), "15", "");
	buf_reset(&yaml);
	nest(&yaml, 16);
	assert_int_equal(config_load_text(buf_str(&yaml), "m", sample_roots, &c,
					  &errors),
			 GW_BAD_INPUT);
	assert_true(
		str_ends(buf_str(&errors), ": nested deeper than 32 levels\n"));
	buf_reset(&yaml);
	for (int i = 0; i < 100000; i++)
		buf_add_char(&yaml, '[');
	check(buf_str(&yaml), "100000",
	      "m.yaml:1: [0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"
	      "[0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested deeper than "
	      "32 levels\n");
	buf_fini(&yaml);
	buf_fini(&errors);
}

static void depth_is_bounded_through_aliases(void **state)
{
	struct buf yaml = { 0 }, errors = { 0 };
	struct config *c;

	(void)state;
	buf_add_lit(&yaml, "a0: &a0 [x]\n");
	for (int i = 1; i < 40; i++)
		buf_printf(&yaml, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	assert_int_equal(config_load_text(buf_str(&yaml), "m.yaml",
					  sample_roots, &c, &errors),
			 GW_BAD_INPUT);
	assert_true(
		str_ends(buf_str(&errors),
			 "m.yaml:32: a31: nested deeper than 32 levels once "
			 "its aliases are expanded\n"));
	buf_fini(&yaml);
	buf_fini(&errors);
}

static void counts_are_bounded(void **state)
{
	struct buf yaml = { 0 };

	(void)state;
	buf_add_lit(&yaml, "x:\n");
	for (int i = 0; i < 100000; i++)
		buf_add_lit(&yaml, " - a\n");
	check(buf_str(&yaml), "values",
	      "m.yaml:100000: x: more than 100,000 values, aliases expanded: "
	      "split or shorten the file\n");
	buf_reset(&yaml);
	for (int i = 0; i < 1001; i++)
		buf_printf(&yaml, "k%d: &a%d x\n", i, i);
	check(buf_str(&yaml), "anchors",
	      "m.yaml:1001: more than 1,000 "
	      "anchors\n");
	buf_reset(&yaml);
	for (size_t i = 0; i <= CONF_FILE_MAX; i++)
		buf_add_char(&yaml, '#');
	check(buf_str(&yaml), "bytes", "m.yaml: larger than 4 MiB\n");
	buf_fini(&yaml);
}

static void scalars_stay_text(void **state)
{
	static const char yaml[] = "mail:\n  relays: [no, 1e3]\n"
				   "  by: [~, null, 0x10, 2026-11-22]\n"
				   "  domain: |\n    two\n    lines\n";
	struct buf errors = { 0 };
	const struct mail *mail;
	struct config *c;

	(void)state;
	assert_int_equal(config_load_text(str_of(yaml), "m.yaml", sample_roots,
					  &c, &errors),
			 GW_OK);
	mail = config_get(c, "mail");
	assert_string_equal(mail->relays.items[0], "no");
	assert_string_equal(mail->relays.items[1], "1e3");
	assert_string_equal(mail->by.items[0], "~");
	assert_string_equal(mail->by.items[1], "null");
	assert_string_equal(mail->by.items[2], "0x10");
	assert_string_equal(mail->by.items[3], "2026-11-22");
	assert_string_equal(mail->domain, "two\nlines\n");
	config_unref(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strange_yaml_is_refused),
		cmocka_unit_test(an_alias_bomb_is_small),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(depth_is_bounded_through_aliases),
		cmocka_unit_test(counts_are_bounded),
		cmocka_unit_test(scalars_stay_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
