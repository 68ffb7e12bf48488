/* SPDX-License-Identifier: MIT */
/* test_conf.c - what an operator is told: text of the file -> exact lines */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/config/sample.h"

static const struct {
	const char *name;
	const char *yaml;
	const char *want; /* "" when the file is good */
} cases[] = {
	{ "nothing at all is a configuration", "", "" },
	{ "comments only", "# nothing\n", "" },
	{ "an empty document", "---\n...\n", "" },
	{ "a table whose lines are all comments",
	  "mail:\n  # watch: no\npools:\nroute:\n", "" },
	{ "a file that is a list", "- a\n",
	  "m.yaml:1: must be a table (lines of key: value), not a list\n" },
	{ "a file that is a word", "hello\n",
	  "m.yaml:1: must be a table (lines of key: value), not text\n" },

	{ "an unknown root", "\nmial:\n  watch: no\n",
	  "m.yaml:2: mial: unknown key, did you mean `mail'?\n" },
	{ "an unknown key far from all", "route:\n  group_by: [a]\n",
	  "m.yaml:2: route.group_by: unknown key, known here: receiver, "
	  "matchers, routes\n" },
	{ "an unknown key, letters swapped", "mail: { wacth: no }\n",
	  "m.yaml:1: mail.wacth: unknown key, did you mean `watch'?\n" },
	{ "a key given twice",
	  "mail:\n  watch: no\n  workers: 5\n  watch: yes\n",
	  "m.yaml:4: mail.watch: given twice, first in line 2: keep one of "
	  "them\n" },
	{ "the line is the key's, not the value's",
	  "pools:\n  duty@x.org:\n    members: a\n    deliver:\n      onee\n",
	  "m.yaml:4: pools.duty@x.org.deliver: `onee' is not one of one, "
	  "available, all\n" },

	{ "a bool", "mail: { watch: maybe }\n",
	  "m.yaml:1: mail.watch: `maybe' is not yes or no\n" },
	{ "every way to write a bool", "mail: { watch: off }\n", "" },
	{ "an int is not a word", "mail: { workers: four }\n",
	  "m.yaml:1: mail.workers: `four' is not a whole number from 1 to "
	  "64\n" },
	{ "an int below", "mail: { workers: 0 }\n",
	  "m.yaml:1: mail.workers: `0' is not a whole number from 1 to 64\n" },
	{ "an int above", "mail: { workers: 65 }\n",
	  "m.yaml:1: mail.workers: `65' is not a whole number from 1 to 64\n" },
	{ "an int without bounds", "mail: { batch: -9000000000 }\n", "" },
	{ "an int too large for 64 bits",
	  "mail: { batch: 9223372036854775808 }\n",
	  "m.yaml:1: mail.batch: `9223372036854775808' is not a whole "
	  "number\n" },
	{ "text where the limit of its bytes is",
	  "mail: { lmtp: { listen: '', priority: off } }\n",
	  "m.yaml:1: mail.lmtp.listen: `' is not text of 1 to 107 bytes\n" },
	{ "a table where one value stands", "mail: { watch: { a: b } }\n",
	  "m.yaml:1: mail.watch: must be one value, not a table\n" },
	{ "a list where a table stands", "mail: [a]\n",
	  "m.yaml:1: mail: must be a table (lines of key: value), not a "
	  "list\n" },
	{ "a list where a map stands", "pools: [a]\n",
	  "m.yaml:1: pools: must be a table (lines of key: value), not a "
	  "list\n" },
	{ "a table where a list stands", "route: { routes: { a: b } }\n",
	  "m.yaml:1: route.routes: must be a list (lines that begin with -), "
	  "not a table\n" },
	{ "too many texts", "mail: { relays: [a, b, c] }\n",
	  "m.yaml:1: mail.relays: 3 entries where 0 to 2 are allowed\n" },
	{ "a list inside a list of texts",
	  "mail:\n  relays:\n    - a\n    - [b]\n",
	  "m.yaml:4: mail.relays[1]: must be text, not a list\n" },
	{ "a table for texts", "mail: { relays: { a: b } }\n",
	  "m.yaml:1: mail.relays: must be a list of texts or one text, not a "
	  "table\n" },

	{ "required in a table that is written",
	  "mail:\n  lmtp:\n    timeout: 1m\n    priority: off\n",
	  "m.yaml:2: mail.lmtp.listen: required, and not there: socket of "
	  "LMTP\n" },
	{ "required in a table written empty", "mail:\n  lmtp:\n",
	  "m.yaml:2: mail.lmtp.listen: required, and not there: socket of "
	  "LMTP\n"
	  "m.yaml:2: mail.lmtp.priority: required, and not there: which\n" },
	{ "not required in a table left out", "mail: { watch: no }\n", "" },
	{ "required in every entry", "pools:\n  a@x: {}\n  b@x:\n",
	  "m.yaml:2: pools.a@x.members: required, and not there: persons\n"
	  "m.yaml:3: pools.b@x.members: required, and not there: persons\n" },
	{ "required and empty", "pools: { a: { members: [] } }\n",
	  "m.yaml:1: pools.a.members: 0 entries where 1 to 3 are allowed\n" },

	{ "a row's own parser", "pools: { a: { members: b, nobody: two } }\n",
	  "m.yaml:1: pools.a.nobody: write one or first N, N from 1 to 99\n" },
	{ "a root's own parser", "nobody: [1]\n",
	  "m.yaml:1: nobody: write one or first N, N from 1 to 99\n" },
	{ "what no single row can see",
	  "pools:\n  a:\n    members: b\n    low: 11\n",
	  "m.yaml:4: pools.a.low: must not be above high\n" },
	{ "the key to blame is not in the file",
	  "pools:\n  a:\n    members: b\n    high: 0\n",
	  "m.yaml:2: pools.a: must not be above high\n" },
	{ "no check while single rows are wrong",
	  "pools: { a: { members: b, low: 11, deliver: x } }\n",
	  "m.yaml:1: pools.a.deliver: `x' is not one of one, available, "
	  "all\n" },

	{ "paths into lists",
	  "route:\n"
	  "  routes:\n"
	  "    - receiver: a\n"
	  "    - receiver: b\n"
	  "      routes:\n"
	  "        - { receiver: '' }\n"
	  "        - matchers: { a: b }\n",
	  "m.yaml:6: route.routes[1].routes[0].receiver: `' is not text of 1 "
	  "to 255 bytes\n"
	  "m.yaml:7: route.routes[1].routes[1].matchers: must be a list of "
	  "texts or one text, not a table\n" },
	{ "all errors, in the order of the file",
	  "pools:\n  a: { members: b, nix: 1 }\nmail:\n  workers: 0\n"
	  "  watch: x\n",
	  "m.yaml:2: pools.a.nix: unknown key, known here: deliver, members, "
	  "nobody, low, high\n"
	  "m.yaml:4: mail.workers: `0' is not a whole number from 1 to 64\n"
	  "m.yaml:5: mail.watch: `x' is not yes or no\n" },
	{ "one error is one line", "mail: { watch: \"a\\nb\\e[31m\" }\n",
	  "m.yaml:1: mail.watch: `a?b?[31m' is not yes or no\n" },
	{ "long text is cut, and not inside of a character",
	  "mail: { watch: "
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "\xc3\xa4"
	  "bbbb }\n",
	  "m.yaml:1: mail.watch: "
	  "`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' "
	  "is not yes or no\n" },
};

static void errors_are_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf errors = { 0 };
		struct config *c;
		enum gw_err err =
			config_load_text(str_of(cases[i].yaml), "m.yaml",
					 sample_roots, &c, &errors);
		const char *have =
			errors.len > 0 ? (const char *)errors.data : "";

		if (strcmp(have, cases[i].want) != 0)
			fail_msg("%s:\nhave %s\nwant %s", cases[i].name, have,
				 cases[i].want);
		assert_int_equal(err == GW_OK, cases[i].want[0] == 0);
		assert_int_equal(err == GW_OK, c != NULL);
		config_unref(&c);
		buf_fini(&errors);
	}
}

#define TIME_HINT  " (write it as 500ms, 90s, 5m, 1h30m or 2d)"
#define BYTES_HINT " (write it as 4096, 256 kB or 8 MiB)"
#define BAD_TIME   "is not a time from 1s to 1h" TIME_HINT
#define BAD_BYTES  "is not a size, at least 1 KiB" BYTES_HINT

static const struct {
	const char *key;
	const char *text;
	int64_t want; /* -1: refused with */
	const char *message;
} numbers[] = {
	{ "timeout", "1s", 1000, NULL },
	{ "timeout", "90s", 90000, NULL },
	{ "timeout", "1m30s", 90000, NULL },
	{ "timeout", "1h", 3600000, NULL },
	{ "timeout", "999ms", -1, "`999ms' " BAD_TIME },
	{ "timeout", "2h", -1, "`2h' " BAD_TIME },
	{ "timeout", "60", -1, "`60' " BAD_TIME },
	{ "timeout", "-1s", -1, "`-1s' " BAD_TIME },
	{ "timeout", "5 m", -1, "`5 m' " BAD_TIME },
	{ "max_size", "1024", 1024, NULL },
	{ "max_size", "256 kB", 256000, NULL },
	{ "max_size", "256kB", 256000, NULL },
	{ "max_size", "256 KB", 256000, NULL },
	{ "max_size", "256 KiB", 262144, NULL },
	{ "max_size", "8 MB", 8000000, NULL },
	{ "max_size", "8 MiB", 8388608, NULL },
	{ "max_size", "2 GB", 2000000000, NULL },
	{ "max_size", "2 GiB", 2147483648, NULL },
	{ "max_size", "2048 B", 2048, NULL },
	{ "max_size", "1023", -1, "`1023' " BAD_BYTES },
	{ "max_size", "8 mib", -1, "`8 mib' " BAD_BYTES },
	{ "max_size", "8M", -1, "`8M' " BAD_BYTES },
	{ "max_size", "8  MiB", -1, "`8  MiB' " BAD_BYTES },
	{ "max_size", "-8 MiB", -1, "`-8 MiB' " BAD_BYTES },
	{ "max_size", "MiB", -1, "`MiB' " BAD_BYTES },
	{ "max_size", "9999999999 GiB", -1, "`9999999999 GiB' " BAD_BYTES },
};

static void numbers_with_units(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct buf yaml = { 0 }, errors = { 0 }, want = { 0 };
		const struct mail *mail;
		struct config *c;
		enum gw_err err;

		buf_printf(&yaml,
			   "mail: { lmtp: { listen: a, priority: off, "
			   "%s: '%s' } }",
			   numbers[i].key, numbers[i].text);
		err = config_load_text(buf_str(&yaml), "m.yaml", sample_roots,
				       &c, &errors);
		if (numbers[i].want >= 0) {
			assert_int_equal(err, GW_OK);
			mail = config_get(c, "mail");
			assert_int_equal(numbers[i].key[0] == 't'
						 ? mail->lmtp.timeout
						 : mail->lmtp.max_size,
					 numbers[i].want);
		} else {
			buf_printf(&want, "m.yaml:1: mail.lmtp.%s: %s\n",
				   numbers[i].key, numbers[i].message);
			assert_int_equal(err, GW_BAD_INPUT);
			assert_string_equal(errors.data, want.data);
		}
		config_unref(&c);
		buf_fini(&yaml);
		buf_fini(&errors);
		buf_fini(&want);
	}
}

static void defaults_are_filled(void **state)
{
	struct buf errors = { 0 };
	const struct mail *mail;
	const struct conf_map *pools;
	const struct route *route;
	struct config *c;

	(void)state;
	assert_int_equal(
		config_load_text(STR(""), "m.yaml", sample_roots, &c, &errors),
		GW_OK);
	mail = config_get(c, "mail");
	assert_true(mail->watch);
	assert_int_equal(mail->workers, 4);
	assert_int_equal(mail->batch, -3);
	assert_string_equal(mail->domain, "");
	assert_int_equal(mail->relays.count, 0);
	assert_int_equal(mail->by.count, 2);
	assert_string_equal(mail->by.items[0], "im");
	assert_string_equal(mail->by.items[1], "mail");
	/* A section left out: unset where required, else its defaults. */
	assert_null(mail->lmtp.listen);
	assert_int_equal(mail->lmtp.priority, -1);
	assert_int_equal(mail->lmtp.timeout, 300000);
	pools = config_get(c, "pools");
	assert_int_equal(pools->count, 0);
	route = config_get(c, "route");
	assert_string_equal(route->receiver, "ops");
	assert_int_equal(route->routes.count, 0);
	assert_int_equal(((const struct first *)config_get(c, "nobody"))->count,
			 1);
	config_unref(&c);
	assert_null(c);
}

static void the_order_is_the_files(void **state)
{
	static const char yaml[] = "pools:\n"
				   "  zoe@x: { members: [c, a, b] }\n"
				   "  ann@x:\n"
				   "    members: d\n"
				   "    deliver: all\n"
				   "    nobody: first 3\n"
				   "route:\n"
				   "  routes:\n"
				   "  - receiver: z\n"
				   "  - receiver: a\n";
	struct buf errors = { 0 };
	const struct conf_map *pools;
	const struct pool *zoe, *ann;
	const struct route *route, *second;
	struct config *c;

	(void)state;
	assert_int_equal(config_load_text(str_of(yaml), "m.yaml", sample_roots,
					  &c, &errors),
			 GW_OK);
	pools = config_get(c, "pools");
	assert_int_equal(pools->count, 2);
	assert_string_equal(pools->entries[0].name, "zoe@x");
	assert_int_equal(pools->entries[0].line, 2);
	assert_string_equal(pools->entries[1].name, "ann@x");
	assert_int_equal(pools->entries[1].line, 3);
	zoe = pools->entries[0].value;
	ann = pools->entries[1].value;
	assert_int_equal(zoe->members.count, 3);
	assert_string_equal(zoe->members.items[0], "c");
	assert_string_equal(zoe->members.items[2], "b");
	assert_int_equal(zoe->deliver, DELIVER_ONE);
	assert_int_equal(ann->deliver, DELIVER_ALL);
	assert_int_equal(ann->nobody.count, 3);
	assert_int_equal(ann->members.count, 1);
	route = config_get(c, "route");
	assert_int_equal(route->routes.count, 2);
	second = route->routes.items[1];
	assert_string_equal(second->receiver, "a");
	config_unref(&c);
}

static void errors_are_counted_not_flooded(void **state)
{
	struct buf yaml = { 0 }, errors = { 0 };
	struct str rest, line, last = STR_NONE;
	struct config *c;
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&yaml, "unknown%d: 1\n", i);
	assert_int_equal(config_load_text(buf_str(&yaml), "m.yaml",
					  sample_roots, &c, &errors),
			 GW_BAD_INPUT);
	rest = buf_str(&errors);
	while (str_split(&rest, '\n', &line)) {
		if (line.n == 0)
			continue;
		last = line;
		lines++;
	}
	assert_int_equal(lines, 101);
	assert_true(str_is(last, "m.yaml: and 900 more errors"));
	buf_fini(&yaml);
	buf_fini(&errors);
}

static enum gw_err grumpy_parse(struct conf_reader *r,
				const struct conf_node *n, void *field)
{
	(void)r;
	(void)n;
	(void)field;
	return GW_LIMIT;
}

static void grumpy_print(const void *field, struct buf *out)
{
	(void)field;
	buf_add_lit(out, "x");
}

static void a_refusal_without_a_word_is_reported(void **state)
{
	static const struct conf_opt opt = {
		.kind = CONF_NODE,
		.def = "",
		.max = 1,
		.doc = "one word",
		.parse = grumpy_parse,
		.print = grumpy_print,
	};
	static const struct config_root roots[] = {
		{ .key = "grumpy", .opt = &opt },
		{ .key = NULL },
	};
	struct buf errors = { 0 };
	struct config *c;

	(void)state;
	assert_int_equal(config_load_text(STR("grumpy: 1"), "m.yaml", roots, &c,
					  &errors),
			 GW_BAD_INPUT);
	assert_string_equal(errors.data,
			    "m.yaml:1: grumpy: not understood: one word\n");
	buf_fini(&errors);
}

static void a_default_out_of_its_range_is_our_bug(void **state)
{
	static const struct conf_opt opts[] = {
		{ .key = "n",
		  .kind = CONF_INT,
		  .def = "0",
		  .min = 1,
		  .max = 2,
		  .doc = "n" },
		{ .key = NULL },
	};
	static const struct conf_section section = {
		.size = sizeof(int64_t),
		.opts = opts,
	};
	static const struct config_root roots[] = {
		{ .key = "a", .section = &section },
		{ .key = NULL },
	};
	struct buf errors = { 0 };
	struct config *c;

	(void)state;
	assert_int_equal(
		config_load_text(STR(""), "m.yaml", roots, &c, &errors),
		GW_BAD_INPUT);
	assert_string_equal(errors.data,
			    "m.yaml:1: a.n: `0' is not a whole number from 1 "
			    "to 2; this is the built-in default: a bug\n");
	buf_fini(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_exact),
		cmocka_unit_test(numbers_with_units),
		cmocka_unit_test(defaults_are_filled),
		cmocka_unit_test(the_order_is_the_files),
		cmocka_unit_test(errors_are_counted_not_flooded),
		cmocka_unit_test(a_refusal_without_a_word_is_reported),
		cmocka_unit_test(a_default_out_of_its_range_is_our_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
