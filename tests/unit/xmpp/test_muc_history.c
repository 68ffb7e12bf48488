/* SPDX-License-Identifier: MIT */
/* test_muc_history.c - the last messages of a room, and which are wanted */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xmpp/muc/history.h"

#define NOW 1000000

/* Ten lines of ten bytes; line i is i seconds before NOW, the oldest first. */
static void fill(struct xmpp_muc_history *h, size_t cap)
{
	char id[] = "id-0";

	xmpp_muc_history_init(h, cap);
	for (int i = 9; i >= 0; i--) {
		struct xmpp_muc_line line = { .stamp = NOW - i * 1000,
					      .id = str_make(id, 4),
					      .stanza = STR("<message/>") };

		id[3] = (char)('0' + i);
		xmpp_muc_history_add(h, &line);
	}
}

#define ANY	 -1
#define ANY_TIME INT64_MIN

static void wishes_are_limits_that_all_hold(void **state)
{
	static const struct {
		const char *name;
		struct xmpp_muc_wish wish;
		size_t want; /* lines */
	} cases[] = {
		{ "no wish: all", { ANY, ANY, ANY, ANY_TIME }, 10 },
		{ "none", { 0, ANY, ANY, ANY_TIME }, 0 },
		{ "three", { 3, ANY, ANY, ANY_TIME }, 3 },
		{ "more than there are", { 99, ANY, ANY, ANY_TIME }, 10 },
		{ "no characters", { ANY, 0, ANY, ANY_TIME }, 0 },
		{ "whole lines only", { ANY, 29, ANY, ANY_TIME }, 2 },
		{ "exactly fitting", { ANY, 30, ANY, ANY_TIME }, 3 },
		{ "of this moment", { ANY, ANY, 0, ANY_TIME }, 1 },
		{ "of four seconds", { ANY, ANY, 4, ANY_TIME }, 5 },
		{ "absurd seconds", { ANY, ANY, INT64_MAX, ANY_TIME }, 10 },
		{ "since", { ANY, ANY, ANY, NOW - 2000 }, 3 },
		{ "since tomorrow", { ANY, ANY, ANY, NOW + 1 }, 0 },
		{ "since the year one",
		  { ANY, ANY, ANY, -62135596800000 },
		  10 },
		{ "the least of all", { 5, 40, 2, NOW - 8000 }, 3 },
	};
	struct xmpp_muc_history h;

	(void)state;
	fill(&h, 10);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t got = h.count -
			     xmpp_muc_history_from(&h, &cases[i].wish, NOW);

		if (got != cases[i].want)
			fail_msg("%s: %zu", cases[i].name, got);
	}
	xmpp_muc_history_fini(&h);
}

static void the_oldest_make_room(void **state)
{
	struct xmpp_muc_history h;

	(void)state;
	fill(&h, 3);
	assert_int_equal(h.count, 3);
	assert_true(str_is(xmpp_muc_history_at(&h, 0)->id, "id-2"));
	assert_true(str_is(xmpp_muc_history_at(&h, 2)->id, "id-0"));
	xmpp_muc_history_resize(&h, 2);
	assert_int_equal(h.count, 2);
	assert_true(str_is(xmpp_muc_history_at(&h, 0)->id, "id-1"));
	xmpp_muc_history_resize(&h, 5);
	assert_true(str_is(xmpp_muc_history_at(&h, 1)->id, "id-0"));
	xmpp_muc_history_resize(&h, 0);
	assert_int_equal(h.count, 0);
	xmpp_muc_history_fini(&h);
	fill(&h, 0);
	assert_int_equal(h.count, 0);
	xmpp_muc_history_fini(&h);
}

static void a_line_that_was_not_stored_is_forgotten(void **state)
{
	struct xmpp_muc_history h;

	(void)state;
	fill(&h, 4);
	xmpp_muc_history_del(&h, STR("id-1"));
	assert_int_equal(h.count, 3);
	assert_true(str_is(xmpp_muc_history_at(&h, 1)->id, "id-2"));
	assert_true(str_is(xmpp_muc_history_at(&h, 2)->id, "id-0"));
	xmpp_muc_history_del(&h, STR("id-7"));
	assert_int_equal(h.count, 3);
	xmpp_muc_history_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wishes_are_limits_that_all_hold),
		cmocka_unit_test(the_oldest_make_room),
		cmocka_unit_test(a_line_that_was_not_stored_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
