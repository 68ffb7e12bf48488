/* SPDX-License-Identifier: MIT */
/* test_pool.c - who stands in for whom, and how that is written */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/config/config.h"
#include "gateway/pool/pool.h"

#define DUTY STR("duty@x.org")

static const struct config_root roots[] = {
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = NULL },
};

typedef void group_fn(void *arg, enum gw_err e, const char *const *addresses,
		      size_t n);

struct place {
	struct loop *loop;
	struct board *board;
	struct pools *pools;
	struct config *cfg;
	struct arena *arena;
	/* The directory. */
	enum gw_err says;
	const char *members[3];
	size_t count;
	unsigned asked;
	bool slow;
	group_fn *late;
	void *late_arg;
};

static void ask_group(void *self, struct str dn, group_fn *done, void *arg)
{
	struct place *p = self;

	assert_true(str_is(dn, "cn=duty"));
	p->asked++;
	p->late = done;
	p->late_arg = arg;
	if (!p->slow)
		done(arg, p->says, p->members, p->count);
}

static int set_up(void **state)
{
	struct place *p = mem_new(sizeof(*p));
	struct seam_people people = { .self = p, .group = ask_group };

	p->loop = loop_fake_new(1);
	p->board = board_new(p->loop);
	p->pools = pool_service_new(p->loop, p->board, &people);
	p->arena = arena_new();
	p->members[0] = "ann@x.org";
	p->members[1] = "bob@x.org";
	p->count = 2;
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	pool_service_free(&p->pools);
	board_free(&p->board);
	config_unref(&p->cfg);
	loop_free(&p->loop);
	arena_free(&p->arena);
	mem_free(p);
	return 0;
}

static enum gw_err load(const char *yaml, struct config **out,
			struct buf *errors)
{
	return config_load_text(str_of(yaml), "t", roots, out, errors);
}

static void configure(struct place *p, const char *yaml)
{
	struct config *old = p->cfg;
	struct buf errors = { .data = NULL };

	if (load(yaml, &p->cfg, &errors) != GW_OK)
		fail_msg("%s", (const char *)errors.data);
	buf_fini(&errors);
	pool_configure(p->pools, config_get(p->cfg, "pools"));
	config_unref(&old);
}

static enum gw_err snapshot(struct place *p, struct snapshot *s)
{
	const struct pool *pool = pool_find(p->pools, DUTY);

	assert_non_null(pool);
	return pool_snapshot(p->pools, pool, p->arena, s);
}

static void listed_members_are_ranked_in_their_order(void **state)
{
	struct place *p = *state;
	struct snapshot s;

	configure(p, "pools: { duty@x.org: { members: [ann@x.org, bob@x.org], "
		     "leads: [bob@x.org] } }");
	board_presence(p->board,
		       &(struct board_presence){ .bare = STR("bob@x.org"),
						 .resource = STR("r"),
						 .show = PRES_AWAY });
	assert_int_equal(snapshot(p, &s), GW_OK);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.now, loop_wall(p->loop));
	assert_string_equal(s.people[0].address, "ann@x.org");
	assert_int_equal(s.people[1].order, 1);
	assert_true(s.people[0].member && !s.people[0].lead);
	assert_true(s.people[1].member && s.people[1].lead);
	assert_int_equal(s.people[1].show, PRES_AWAY);
	assert_true(
		pool_has_member(pool_find(p->pools, DUTY), STR("ann@x.org")));
	assert_false(
		pool_has_member(pool_find(p->pools, DUTY), STR("eve@x.org")));
	assert_null(pool_find(p->pools, STR("ann@x.org")));
}

static const char group[] =
	"pools: { duty@x.org: { members: { group: cn=duty } } }";

static void a_group_is_asked_again_each_minute(void **state)
{
	struct place *p = *state;
	struct snapshot s;

	configure(p, group);
	assert_int_equal(p->asked, 1);
	assert_int_equal(snapshot(p, &s), GW_OK);
	assert_int_equal(s.count, 2);
	p->members[2] = "cy@x.org";
	p->count = 3;
	loop_fake_pass(p->loop, WHEN_MINUTE);
	assert_int_equal(p->asked, 2);
	assert_int_equal(snapshot(p, &s), GW_OK);
	assert_string_equal(s.people[2].address, "cy@x.org");
}

static void a_dead_directory_is_bridged_for_a_day(void **state)
{
	struct place *p = *state;
	struct snapshot s;

	configure(p, group);
	p->says = GW_UNAVAIL;
	loop_fake_pass(p->loop, 23 * WHEN_HOUR);
	assert_int_equal(snapshot(p, &s), GW_OK);
	assert_int_equal(s.count, 2);
	loop_fake_pass(p->loop, WHEN_HOUR + WHEN_MINUTE);
	assert_int_equal(snapshot(p, &s), GW_UNAVAIL);
	p->says = GW_OK;
	loop_fake_pass(p->loop, WHEN_MINUTE);
	assert_int_equal(snapshot(p, &s), GW_OK);
}

static void a_group_never_known_is_not_an_empty_one(void **state)
{
	struct place *p = *state;
	struct snapshot s;

	p->says = GW_UNAVAIL;
	configure(p, group);
	assert_int_equal(snapshot(p, &s), GW_UNAVAIL);
}

static void a_reload_keeps_what_is_known_of_a_group(void **state)
{
	struct place *p = *state;
	struct snapshot s;

	configure(p, group);
	p->slow = true;
	configure(p, group);
	assert_int_equal(snapshot(p, &s), GW_OK);
	assert_int_equal(s.count, 2);
	/* The answer comes when the pool is configured away. */
	configure(p, "pools: {}");
	p->late(p->late_arg, GW_OK, p->members, p->count);
	assert_null(pool_find(p->pools, DUTY));
}

/* What is written, and what `effective` makes of it. */
static const struct {
	const char *key, *value, *printed;
} phrases[] = {
	{ "deliver", "one", "one" },
	{ "deliver", "first 2", "first 2" },
	{ "deliver", "available", "available" },
	{ "deliver", "all", "all" },
	{ "nobody", "all", "all" },
	{ "nobody", "defer", "defer" },
	{ "nobody", "boss@x.org", "boss@x.org" },
	{ "nobody", "hold 90s then all", "hold 1m30s then all" },
	{ "nobody", "hold 5m then boss@x.org", "hold 5m then boss@x.org" },
	{ "read_within", "{ flash: 2m, routine: 1d }",
	  "{ routine: 1d, priority: 1h, immediate: 15m, flash: 2m, "
	  "override: 1m }" },
	{ "read_within", "{ priority: never }", "priority: never" },
	{ "ceiling", "priority", "priority" },
	{ "show_subject", "off", "show_subject: no" },
	{ "leads", "[ann@x.org]", "ann@x.org" },
};

static void phrases_come_back_as_they_are_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		struct config *first = NULL;
		struct config *second = NULL;
		struct buf errors = { .data = NULL };
		struct buf out = { .data = NULL };
		char yaml[300];

		snprintf(yaml, sizeof(yaml),
			 "pools: { duty@x.org: { members: [ann@x.org], "
			 "%s: %s } }",
			 phrases[i].key, phrases[i].value);
		print_message("%s: %s\n", phrases[i].key, phrases[i].value);
		assert_int_equal(load(yaml, &first, &errors), GW_OK);
		config_print(first, &out);
		assert_non_null(
			strstr((const char *)out.data, phrases[i].printed));
		assert_int_equal(load((const char *)out.data, &second, &errors),
				 GW_OK);
		assert_string_equal(config_hash(first), config_hash(second));
		config_unref(&first);
		config_unref(&second);
		buf_fini(&out);
		buf_fini(&errors);
	}
}

static const struct {
	const char *pool, *says;
} wrong[] = {
	{ "{}", "members" },
	{ "{ members: ann@x.org }", "expected a list" },
	{ "{ members: [ann] }", "not an address" },
	{ "{ members: { dn: cn=duty } }", "{ group: DN }" },
	{ "{ members: [a@x.org], deliver: first }", "expected one, first N" },
	{ "{ members: [a@x.org], deliver: first 0 }", "expected one, first N" },
	{ "{ members: [a@x.org], nobody: hold then all }", "needs a time" },
	{ "{ members: [a@x.org], nobody: hold 5m or all }", "expected `then'" },
	{ "{ members: [a@x.org], nobody: hold 5m then defer }",
	  "cannot be deferred" },
	{ "{ members: [a@x.org], nobody: someone }", "expected all, defer" },
	{ "{ members: [a@x.org], read_within: 5m }", "expected a table" },
	{ "{ members: [a@x.org], read_within: { soon: 5m } }", "not one of" },
	{ "{ members: [a@x.org], read_within: { flash: soon } }", "never" },
	{ "{ members: [a@x.org], laddder: x }", "laddder" },
};

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct config *c = NULL;
		struct buf errors = { .data = NULL };
		char yaml[300];

		snprintf(yaml, sizeof(yaml), "pools: { duty@x.org: %s }",
			 wrong[i].pool);
		print_message("%s\n", wrong[i].pool);
		assert_int_equal(load(yaml, &c, &errors), GW_BAD_INPUT);
		if (strstr((const char *)errors.data, wrong[i].says) == NULL)
			fail_msg("%s", (const char *)errors.data);
		buf_fini(&errors);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(listed_members_are_ranked_in_their_order),
		TEST(a_group_is_asked_again_each_minute),
		TEST(a_dead_directory_is_bridged_for_a_day),
		TEST(a_group_never_known_is_not_an_empty_one),
		TEST(a_reload_keeps_what_is_known_of_a_group),
		cmocka_unit_test(phrases_come_back_as_they_are_meant),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
