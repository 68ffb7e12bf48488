/* SPDX-License-Identifier: MIT */
/* test_case_people.c - who is asked, and who is there */
#include "tests/unit/case/place.h"

static int set_up(void **state)
{
	*state = place_new(false);
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	place_free(&p);
	return 0;
}

#define assert_acts(p, text) assert_string_equal(place_acts(p), text)

static void a_dead_link_goes_to_the_next_person(void **state)
{
	struct place *p = *state;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	place_pass(p, 2 * WHEN_MINUTE);
	p->dead = "ann@x.org";
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	assert_acts(p, "card ops, tell bob");
	assert_int_equal(p->pings, 2);
	assert_int_equal(case_get(p->cases, n)->due,
			 loop_wall(p->loop) + 3 * WHEN_MINUTE);
}

static void closed_while_somebody_is_asked_it_is_kept_a_day(void **state)
{
	struct place *p = *state;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_pass(p, WHEN_HOUR);
	p->pings_hang = true;
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	assert_int_equal(p->pings, 1);
	assert_int_equal(place_close(p, "incident:1").e, GW_OK);
	place_pass(p, WHEN_MINUTE);
	p->pong(p->pong_arg, GW_OK);
	place_pass(p, WHEN_MINUTE);
	assert_int_equal(case_get(p->cases, n)->state, CASE_CLOSED);
	place_pass(p, 25 * WHEN_HOUR);
	assert_null(case_get(p->cases, n));
}

static void nobody_is_there_then_somebody_comes(void **state)
{
	struct place *p = *state;

	place_open(p, "incident:1", SEV_ERROR, "one");
	assert_acts(p, "card ops, line ops");
	place_presence(p, "stranger@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_DND);
	assert_acts(p, "");
	place_presence(p, "cy@x.org", PRES_ONLINE);
	assert_acts(p, "tell cy, correct ops");
	place_presence(p, "ann@x.org", PRES_ONLINE);
	assert_acts(p, "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_dead_link_goes_to_the_next_person),
		TEST(closed_while_somebody_is_asked_it_is_kept_a_day),
		TEST(nobody_is_there_then_somebody_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
