/* SPDX-License-Identifier: MIT */
/* test_config.c - what is in effect, and what is said about it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/run/json.h"
#include "tests/unit/config/sample.h"

static struct config *load(struct str yaml)
{
	struct buf errors = { 0 };
	struct config *c;

	if (config_load_text(yaml, "m.yaml", sample_roots, &c, &errors) !=
	    GW_OK)
		fail_msg("%s\n%s", (const char *)errors.data, yaml.p);
	return c;
}

static void effective_is_written_out(void **state)
{
	static const char yaml[] =
		"mail: { lmtp: { listen: '[::1]:24', priority: off,\n"
		"  max_size: 2000 kB }, relays: ['a: b', \"\\u2028\"] }\n"
		"pools:\n"
		"  duty@x.org: { members: [ann, 'b\\\"'] , nobody: first 2 }\n"
		"  '5': { members: bob, deliver: all }\n"
		"route:\n"
		"  routes:\n"
		"    - {}\n"
		"    - receiver: x\n"
		"      routes: [ { matchers: ['severity=\"critical\"'] } ]\n";
	static const char want[] =
		"# In effect: every key, the defaults written out.\n"
		"mail:\n"
		"  lmtp:\n"
		"    listen: \"[::1]:24\"\n"
		"    timeout: 5m\n"
		"    max_size: 2000000\n"
		"    priority: \"off\"\n"
		"  watch: yes\n"
		"  workers: 4\n"
		"  batch: -3\n"
		"  domain: \"\"\n"
		"  relays: [\"a: b\", \"\\u2028\"]\n"
		"  by: [im, mail]\n"
		"pools:\n"
		"  duty@x.org:\n"
		"    deliver: one\n"
		"    members: [ann, \"b\\\\\\\"\"]\n"
		"    nobody: first 2\n"
		"    low: 1\n"
		"    high: 10\n"
		"  \"5\":\n"
		"    deliver: all\n"
		"    members: [bob]\n"
		"    nobody: one\n"
		"    low: 1\n"
		"    high: 10\n"
		"route:\n"
		"  receiver: ops\n"
		"  matchers: []\n"
		"  routes:\n"
		"    - receiver: ops\n"
		"      matchers: []\n"
		"      routes: []\n"
		"    - receiver: x\n"
		"      matchers: []\n"
		"      routes:\n"
		"        - receiver: ops\n"
		"          matchers: [\"severity=\\\"critical\\\"\"]\n"
		"          routes: []\n"
		"nobody: one\n";
	struct buf out = { 0 };
	struct config *c = load(str_of(yaml));

	(void)state;
	config_print(c, &out);
	assert_string_equal(out.data, want);
	buf_fini(&out);
	config_unref(&c);
}

static const char *const round_trips[] = {
	"",
	"mail: { lmtp: { listen: /x, priority: routine } }",
	"mail: { domain: \"\\t\\n\\e\\x7f\\x85\\xa0\\ufeff\\ufffe\" }",
	"mail: { domain: '# not a comment', relays: [': ', '- a'] }",
	"mail: { domain: \"\\U0001f4df \xc3\xa4 \xf0\x9f\x93\x9f\" }",
	"pools: { '*a': { members: '&b' }, '? c': { members: '%d' } }",
	"pools: { \"\\x85\\ufeff\": { members: ' spaces ' } }",
	"nobody: first 7",
	"route: { routes: [ { routes: [ {}, {} ] }, {} ] }",
};

static void effective_loads_back_as_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(round_trips) / sizeof(round_trips[0]);
	     i++) {
		struct buf first = { 0 }, second = { 0 };
		struct config *c = load(str_of(round_trips[i])), *again;

		config_print(c, &first);
		again = load(buf_str(&first));
		config_print(again, &second);
		assert_string_equal(first.data, second.data);
		assert_string_equal(config_hash(c), config_hash(again));
		config_unref(&c);
		config_unref(&again);
		buf_fini(&first);
		buf_fini(&second);
	}
}

static void the_hash_is_of_the_meaning(void **state)
{
	struct config *a = load(STR("mail: { workers: 4 }"));
	struct config *b = load(STR("# said\nmail:\n    watch: true\n"));
	struct config *c = load(STR("mail: { workers: 5 }"));

	(void)state;
	assert_int_equal(strlen(config_hash(a)), 64);
	assert_string_equal(config_hash(a), config_hash(b));
	assert_string_not_equal(config_hash(a), config_hash(c));
	config_unref(&a);
	config_unref(&b);
	config_unref(&c);
}

static void references_and_version(void **state)
{
	struct config *c = load(STR("")), *held = config_ref(c);

	(void)state;
	assert_int_equal(config_version(c), 0);
	config_set_version(c, 17);
	config_unref(&c);
	assert_null(c);
	assert_int_equal(config_version(held), 17);
	assert_non_null(config_get(held, "mail"));
	config_unref(&held);
	config_unref(&held);
}

static void a_section_on_one_line(void **state)
{
	static const struct lmtp lmtp = { .listen = "a b",
					  .timeout = 1000,
					  .max_size = 1024,
					  .priority = 1 };
	struct buf out = { 0 };

	(void)state;
	conf_print_flow(&out, &lmtp_section, &lmtp);
	assert_string_equal(out.data,
			    "{ listen: \"a b\", timeout: 1s, max_size: 1 KiB, "
			    "priority: routine }");
	buf_reset(&out);
	conf_print_flow(
		&out, &route_section,
		&(struct route){
			.receiver = "x",
			.routes = { .count = 1,
				    .items = (void *[]){ &(struct route){
					    .receiver = "z" } } },
		});
	assert_string_equal(out.data,
			    "{ receiver: x, matchers: [], routes: [ { "
			    "receiver: z, matchers: [], routes: [] } ] }");
	buf_fini(&out);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void from_a_file(void **state)
{
	char dir[] = "/tmp/muster-config-XXXXXX";
	char path[sizeof(dir) + 16], want[128];
	struct buf errors = { 0 };
	struct config *c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/m.yaml", dir);

	assert_int_equal(config_load(path, sample_roots, &c, &errors),
			 GW_NOT_FOUND);
	snprintf(want, sizeof(want),
		 "%s: cannot be read: No such file or directory\n", path);
	assert_string_equal(errors.data, want);
	assert_null(c);

	buf_reset(&errors);
	write_file(path, "mail: { workers: 9 }\n");
	assert_int_equal(config_load(path, sample_roots, &c, &errors), GW_OK);
	assert_int_equal(((const struct mail *)config_get(c, "mail"))->workers,
			 9);
	config_unref(&c);

	write_file(path, "\nworker: 9\n");
	assert_int_equal(config_load(path, sample_roots, &c, &errors),
			 GW_BAD_INPUT);
	snprintf(want, sizeof(want),
		 "%s:2: worker: unknown key, known here: "
		 "mail, pools, route, nobody\n",
		 path);
	assert_string_equal(errors.data, want);

	/* A FIFO nobody writes to must not hold the daemon. */
	buf_reset(&errors);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(config_load(path, sample_roots, &c, &errors),
			 GW_UNAVAIL);
	snprintf(want, sizeof(want), "%s: cannot be read: not a regular file\n",
		 path);
	assert_string_equal(errors.data, want);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	buf_fini(&errors);
}

static void has(const struct buf *out, const char *piece)
{
	if (strstr((const char *)out->data, piece) == NULL)
		fail_msg("no %s in:\n%s", piece, (const char *)out->data);
}

static void the_manual_names_every_key(void **state)
{
	struct buf out = { 0 };

	(void)state;
	config_manual(sample_roots, &out);
	has(&out, ".TH MUSTER.YAML 5");
	has(&out, ".TP\n\\fBmail.lmtp.listen\\fR (text of 1 to 107 bytes; "
		  "required)\nsocket of LMTP.\n");
	has(&out, ".TP\n\\fBmail.lmtp.timeout\\fR (a time from 1s to 1h; "
		  "default 5m)\n");
	has(&out, ".TP\n\\fBmail.batch\\fR (a whole number; default \\-3)\n");
	has(&out, ".TP\n\\fBmail.relays\\fR (a list of texts or one text; "
		  "none by default)\n");
	has(&out, ".TP\n\\fBpools.NAME.deliver\\fR (one, available, all; "
		  "default one)\nto how many.\n");
	has(&out, ".TP\n\\fBroute.routes\\fR (a list of tables)\n");
	has(&out, "those of the table it stands in");
	buf_fini(&out);
}

static void the_schema_is_json(void **state)
{
	struct buf out = { 0 };
	struct err_note note;
	struct json *root;
	const struct json *mail, *pools, *routes;

	(void)state;
	config_schema(sample_roots, &out);
	if (json_parse(buf_str(&out), &root, &note) != GW_OK)
		fail_msg("%s\n%s", note.text, (const char *)out.data);
	mail = json_get(json_get(root, "properties"), "mail");
	assert_true(str_is(json_get_str(mail, "type"), "object"));
	mail = json_get(json_get(mail, "properties"), "workers");
	assert_true(str_is(json_get_str(mail, "type"), "integer"));
	assert_int_equal(json_int(json_get(mail, "maximum"), 0), 64);
	assert_true(str_is(json_get_str(mail, "default"), "4"));
	pools = json_get(json_get(root, "properties"), "pools");
	pools = json_get(pools, "additionalProperties");
	assert_true(str_is(json_str(json_at(json_get(pools, "required"), 0)),
			   "members"));
	routes = json_get(json_get(root, "properties"), "route");
	routes = json_get(json_get(routes, "properties"), "routes");
	assert_true(str_is(json_get_str(json_get(routes, "items"), "$ref"),
			   "#/properties/route"));
	json_free(&root);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(effective_is_written_out),
		cmocka_unit_test(effective_loads_back_as_the_same),
		cmocka_unit_test(the_hash_is_of_the_meaning),
		cmocka_unit_test(references_and_version),
		cmocka_unit_test(a_section_on_one_line),
		cmocka_unit_test(from_a_file),
		cmocka_unit_test(the_manual_names_every_key),
		cmocka_unit_test(the_schema_is_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
