/* SPDX-License-Identifier: MIT */
/* test_route.c - matchers, and the tree answering as amtool does
 *
 * The receivers expected are those of `amtool config routes test` 0.25 on the
 * same tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alerts/alerts.h"
#include "alerts/rule/route.h"
#include "gateway/base/when.h"
#include "gateway/config/config.h"

/* "a=1 b=2" as labels */
static struct alerts_labels labels_of(struct arena *a, const char *text)
{
	struct alerts_label *v = arena_alloc(a, 10 * sizeof(*v));
	struct str rest = str_of(text), word;
	size_t n = 0;

	while (str_word(&rest, &word)) {
		assert_true(str_split(&word, '=', &v[n].name));
		v[n++].value = arena_str(a, word);
	}
	return alerts_labels_make(v, n);
}

static const struct {
	const char *matcher, *labels;
	bool want;
} matching[] = {
	{ "a=b", "a=b", true },
	{ "a=b", "a=c", false },
	{ "a = \"b\"", "a=b", true },
	{ "a!=b", "a=c", true },
	{ "a!=b", "", true },
	{ "a=", "", true },
	{ "a=\"\"", "a=x", false },
	{ "a=~b", "a=b", true },
	{ "a=~b", "a=bb", false },
	{ "a=~\"b|c\"", "a=c", true },
	{ "a=~\"b|c\"", "a=bc", false },
	{ "a=~\"b.*\"", "a=bcd", true },
	{ "a=~\"\"", "", true },
	{ "a=~\".+\"", "", false },
	{ "a!~\".+\"", "", true },
	{ "a!~\"b.*\"", "a=c", true },
	{ "a=~\"db\\d+\"", "a=db12", true },
	{ "a=~\"db\\d+\"", "a=dbx", false },
	{ "a=~\"[\\w.-]+\"", "a=x.y-z", true },
	{ "a=~\"[\\w.-]+\"", "a=x/y", false },
	{ "a=~\"\\D\\S\\W\"", "a=xy-", true },
	{ "a=~\"(?:x|y)z\"", "a=yz", true },
	{ "a=~\"(?i)ABC\"", "a=abc", true },
	{ "a=~\"x.*?y\"", "a=x--y", true },
	{ "a=~\"x{2,3}\"", "a=xxx", true },
	{ "a=~\"x{2,3}\"", "a=xxxx", false },
	{ "a=~\"(x+y)+z*\"", "a=xyxxyzz", true },
	{ "a=~\"(a+b+c+d+e+f+)+\"", "a=abcdef", true },
	{ "a=~\"[]x]\"", "a=]", true },
	{ "a=~\"[^]x]\"", "a=]", false },
	{ "a=~\"x\\.y\"", "a=xzy", false },
	{ "{a=b,c=d}", "a=b c=d", true },
	{ "{a=\"b\", c!=\"d\"}", "a=b c=d", false },
	{ "a=\"q\\\"\"", "a=q\"", true },
};

static void test_matchers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(matching) / sizeof(matching[0]); i++) {
		struct arena *a = arena_new();
		struct alerts_labels l = labels_of(a, matching[i].labels);
		struct err_note note = { .text = "" };
		struct alerts_matcher *m;
		size_t n;

		print_message("%s on {%s}\n", matching[i].matcher,
			      matching[i].labels);
		if (alerts_matcher_parse(str_of(matching[i].matcher), a, &m, &n,
					 &note) != GW_OK)
			fail_msg("%s", note.text);
		assert_int_equal(alerts_matcher_all(m, n, &l),
				 matching[i].want);
		alerts_matcher_fini(m, n);
		arena_free(&a);
	}
}

static void test_bad_matchers(void **state)
{
	static const char *const bad[] = {
		"",
		"nonsense",
		"=x",
		"1a=x",
		"a~x",
		"a!x",
		"a=\"x",
		"a=x\"y",
		"a=b,,c=d",
		"a=~\"(\"",
		"a=~\"[\"",
		"a=~\"x\\",
		"a=~\"\\b\"",
		"a=~\"\\1\"",
		"a=~\"(?=x)\"",
		"a=~\"\\pL\"",
		"a=~\"x{1001}\"",
		"a=~\"((x{40}){40}){40}\"",
		"a=~\"x{\"",
		"a=~\"[a[b]\"",
		"a=~\"(?P<n>x)\"",
		"a=\"x\" y",
		"a=~\"x++++++++++++++++++++++++++++\"",
		"a=~\"+\"",
		"a=~\"x|*\"",
		"a=~\"x)\"",
		"a=~\"((((((((((((((((x+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct arena *a = arena_new();
		struct err_note note = { .text = "" };
		struct alerts_matcher *m;
		size_t n;

		print_message("%s\n", bad[i]);
		assert_int_equal(
			alerts_matcher_parse(str_of(bad[i]), a, &m, &n, &note),
			GW_BAD_INPUT);
		assert_int_not_equal(note.text[0], '\0');
		arena_free(&a);
	}
}

/* ---- the tree ---- */

static const char tree[] =
	"alerts:\n"
	"  route:\n"
	"    receiver: root\n"
	"    group_by: [alertname, cluster]\n"
	"    group_interval: 2m\n"
	"    routes:\n"
	"    - { matchers: ['severity=\"critical\"'], receiver: pager, "
	"continue: true, group_wait: 0s }\n"
	"    - match: { team: db }\n"
	"      receiver: db\n"
	"      group_by: ['...']\n"
	"      routes:\n"
	"      - { match_re: { service: 'my|pg' }, receiver: sql }\n"
	"      - { matchers: ['service=redis'] }\n"
	"    - { matchers: [team=net, 'env!=\"test\"'], receiver: net, "
	"repeat_interval: 1h }\n"
	"  receivers: [{ name: other }, { name: root }, { name: pager }, "
	"{ name: db }, { name: sql }, { name: net }]\n";

static const struct config_root roots[] = {
	{ .key = "alerts", .section = &alerts_conf_section },
	{ .key = NULL },
};

static struct config *load(const char *yaml, struct buf *errors)
{
	struct config *cfg = NULL;

	return config_load_text(str_of(yaml), "t", roots, &cfg, errors) == GW_OK
		       ? cfg
		       : NULL;
}

static struct alerts_routes *build(const struct config *cfg)
{
	struct alerts_routes *r;
	struct err_note note;

	if (alerts_route_build(config_get(cfg, "alerts"), &r, &note) != GW_OK)
		fail_msg("%s", note.text);
	return r;
}

static const struct {
	const char *labels, *receivers;
} routing[] = {
	{ "", "root" },
	{ "severity=warning", "root" },
	{ "severity=critical", "pager" },
	{ "severity=critical team=db", "pager,db" },
	{ "team=db", "db" },
	{ "team=db service=pg", "sql" },
	{ "team=db service=pgx", "db" },
	{ "team=db service=redis", "db" },
	{ "team=db service=my severity=critical", "pager,sql" },
	{ "team=net", "net" },
	{ "team=net env=test", "root" },
	{ "team=net env=prod severity=critical", "pager,net" },
};

static void test_tree_answers_as_amtool(void **state)
{
	struct buf errors = { .data = NULL };
	struct config *cfg = load(tree, &errors);
	struct alerts_routes *r;

	(void)state;
	assert_non_null(cfg);
	r = build(cfg);
	for (size_t i = 0; i < sizeof(routing) / sizeof(routing[0]); i++) {
		const struct alerts_route *found[ALERTS_ROUTE_MATCH_MAX];
		struct arena *a = arena_new();
		struct alerts_labels l = labels_of(a, routing[i].labels);
		size_t n = alerts_route_match(r, &l, found);
		struct buf b = { .data = NULL };

		for (size_t j = 0; j < n; j++)
			buf_printf(&b, "%s%s", j > 0 ? "," : "",
				   found[j]->receiver->name);
		print_message("%s\n", routing[i].labels);
		assert_string_equal((const char *)b.data, routing[i].receivers);
		buf_fini(&b);
		arena_free(&a);
	}
	alerts_route_free(&r);
	config_unref(&cfg);
}

static void test_branches_inherit(void **state)
{
	const struct alerts_route *found[ALERTS_ROUTE_MATCH_MAX];
	struct buf errors = { .data = NULL };
	struct config *cfg = load(tree, &errors);
	struct alerts_routes *r = build(cfg);
	struct arena *a = arena_new();
	struct alerts_labels l =
		labels_of(a, "team=db service=my severity=critical cluster=c");
	struct alerts_label v[10];

	(void)state;
	assert_int_equal(alerts_route_match(r, &l, found), 2);
	assert_int_equal(alerts_route_wait(found[0], SEV_INFO), 0);
	assert_int_equal(alerts_route_group(found[0], &l, v).n, 1);
	assert_int_equal(alerts_route_wait(found[1], SEV_WARNING),
			 30 * WHEN_SECOND);
	assert_int_equal(alerts_route_wait(found[1], SEV_CRITICAL), 0);
	assert_int_equal(found[1]->group_interval, 2 * WHEN_MINUTE);
	assert_int_equal(found[1]->repeat_interval, 4 * WHEN_HOUR);
	assert_int_equal(alerts_route_group(found[1], &l, v).n, 4);
	assert_string_equal(found[1]->key,
			    "{}/{team=\"db\"}/{service=~\"my|pg\"}");
	arena_free(&a);
	alerts_route_free(&r);
	config_unref(&cfg);
}

static void test_without_a_route_there_is_one(void **state)
{
	struct buf errors = { .data = NULL };
	struct config *cfg = load("alerts: {}\n", &errors);
	struct alerts_routes *r = build(cfg);

	(void)state;
	assert_string_equal(alerts_route_root(r)->receiver->name, "console");
	alerts_route_free(&r);
	config_unref(&cfg);
	cfg = load("alerts: { receivers: [{ name: first }, { name: b }] }\n",
		   &errors);
	r = build(cfg);
	assert_string_equal(alerts_route_root(r)->receiver->name, "first");
	alerts_route_free(&r);
	config_unref(&cfg);
}

static const struct {
	const char *yaml, *error;
} refused[] = {
	{ "alerts:\n  route: { receiver: x }\n", "t:2:" },
	{ "alerts:\n  route:\n    routes:\n    - { receiver: x }\n", "t:4:" },
	{ "alerts:\n  inhibit_rules: []\n", "t:2: alerts.inhibit_rules" },
	{ "alerts:\n  route:\n    mute_time_intervals: [a]\n",
	  "t:3: alerts.route.mute_time_intervals" },
	{ "alerts:\n  route: { matchers: [a=b] }\n", "matches everything" },
	{ "alerts:\n  route:\n    routes:\n    - matchers: [a]\n",
	  "bad matcher format: a" },
	{ "alerts:\n  route: { group_wait: soon }\n", "expected a time" },
	{ "alerts:\n  receivers: [{ name: a }, { name: a }]\n",
	  "two receivers are named `a'" },
	{ "alerts:\n  sources: { s: { kind: smoke } }\n", "t:2:" },
};

static void test_wrong_configurations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct buf errors = { .data = NULL };

		print_message("%s", refused[i].yaml);
		assert_null(load(refused[i].yaml, &errors));
		if (strstr((const char *)errors.data, refused[i].error) == NULL)
			fail_msg("%s", (const char *)errors.data);
		buf_fini(&errors);
	}
}

static void test_effective_text_reads_back(void **state)
{
	struct buf errors = { .data = NULL }, text = { .data = NULL };
	struct config *cfg = load(tree, &errors), *again;

	(void)state;
	config_print(cfg, &text);
	again = load((const char *)text.data, &errors);
	if (again == NULL)
		fail_msg("%s\n%s", (const char *)errors.data,
			 (const char *)text.data);
	assert_string_equal(config_hash(cfg), config_hash(again));
	config_unref(&cfg);
	config_unref(&again);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matchers),
		cmocka_unit_test(test_bad_matchers),
		cmocka_unit_test(test_tree_answers_as_amtool),
		cmocka_unit_test(test_branches_inherit),
		cmocka_unit_test(test_without_a_route_there_is_one),
		cmocka_unit_test(test_wrong_configurations),
		cmocka_unit_test(test_effective_text_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
