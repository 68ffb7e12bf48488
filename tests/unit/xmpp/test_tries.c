/* SPDX-License-Identifier: MIT */
/* test_tries.c - who guesses passwords waits, and nobody else */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "gateway/base/when.h"
#include "xmpp/sasl/tries.h"

#define HOME "192.0.2.7"

static int set_up(void **state)
{
	*state = xmpp_tries_new((struct map_seed){ .k0 = 1, .k1 = 2 });
	return 0;
}

static int tear_down(void **state)
{
	struct xmpp_tries *t = *state;

	xmpp_tries_free(&t);
	assert_null(t);
	return 0;
}

static int64_t guess(struct xmpp_tries *t, const char *account,
		     const char *host)
{
	return xmpp_tries_guess(t, WHEN_DAY, str_of(account), str_of(host));
}

static void pass(struct xmpp_tries *t, const char *account, const char *host)
{
	xmpp_tries_passed(t, WHEN_DAY, str_of(account), str_of(host), true);
}

/* n guesses at one account, each from another network. */
static void hammer(struct xmpp_tries *t, const char *account, unsigned n)
{
	char host[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(host, sizeof(host), "2001:db8:%x:%x::1", i >> 16,
			 i & 0xffff);
		guess(t, account, host);
	}
}

static void waits_double_up_to_a_bound(void **state)
{
	static const int64_t want[] = {
		0, 0, 500, 1000, 2000, 4000, 8000, 8000
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(guess(*state, "ann", HOME), want[i]);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(guess(*state, "ann", HOME),
				 XMPP_TRIES_WAIT_MAX);
}

static void what_was_long_ago_is_forgotten(void **state)
{
	struct xmpp_tries *t = *state;

	for (int i = 0; i < 8; i++)
		guess(t, "ann", HOME);
	assert_int_equal(xmpp_tries_guess(t, WHEN_DAY + 11 * WHEN_MINUTE,
					  STR("ann"), STR(HOME)),
			 0);
}

static void the_right_password_ends_it(void **state)
{
	for (int i = 0; i < 8; i++)
		guess(*state, "ann", HOME);
	pass(*state, "ann", HOME);
	assert_int_equal(guess(*state, "ann", HOME), 0);
}

static const struct {
	const char *name, *one, *other;
	bool same;
} places[] = {
	{ "two addresses", "192.0.2.7", "192.0.2.8", false },
	{ "one network of IPv6", "2001:db8:1:2::3", "2001:db8:1:2:ffff::4",
	  true },
	{ "two networks of IPv6", "2001:db8:1:2::3", "2001:db8:1:3::3", false },
	{ "IPv4 and the same in IPv6", "192.0.2.7", "::ffff:192.0.2.7", true },
	{ "two of IPv4 in IPv6", "::ffff:192.0.2.7", "::ffff:192.0.2.8",
	  false },
	{ "an IPv4 address and what has its bytes in IPv6", "192.0.2.7",
	  "c000:207::", false },
};

static void what_a_place_is(void **state)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		bool same = xmpp_tries_place(*state, str_of(places[i].one)) ==
			    xmpp_tries_place(*state, str_of(places[i].other));

		if (same != places[i].same)
			fail_msg("%s", places[i].name);
	}
}

/* One address, many accounts, two tries each. */
static void spraying_waits_too(void **state)
{
	char name[32];
	int64_t wait = 0;

	for (int i = 0; i < 120; i++) {
		snprintf(name, sizeof(name), "person%d", i / 2);
		wait = guess(*state, name, HOME);
		assert_true(i < 100 ? wait == 0 : wait > 0);
	}
	assert_int_equal(wait, XMPP_TRIES_WAIT_MAX);
}

/* Who has an account cannot pay for guesses with log-ins. */
static void a_log_in_of_ones_own_is_no_way_around(void **state)
{
	int64_t wait = 0;
	char name[32];

	for (int i = 0; i < 120; i++) {
		snprintf(name, sizeof(name), "person%d", i);
		wait = guess(*state, name, HOME);
		guess(*state, "mallory", HOME);
		pass(*state, "mallory", HOME);
		xmpp_tries_passed(*state, WHEN_DAY, STR("mallory"), STR(HOME),
				  false);
	}
	assert_int_equal(wait, XMPP_TRIES_WAIT_MAX);
}

/* Many addresses, one account: they wait, the owner at home does not. */
static void the_owner_at_home_does_not_notice(void **state)
{
	pass(*state, "ann", HOME);
	hammer(*state, "ann", 1000);
	assert_int_equal(guess(*state, "ann", "198.51.100.1"),
			 XMPP_TRIES_WAIT_MAX);
	assert_int_equal(guess(*state, "ann", HOME), 0);
	/* But guesses from there are guesses. */
	guess(*state, "ann", HOME);
	assert_true(guess(*state, "ann", HOME) > 0);
}

/* Somebody else in the office mistypes all day. */
static void a_colleague_does_not_slow_who_is_at_home(void **state)
{
	char name[32];

	pass(*state, "ann", HOME);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "person%d", i);
		guess(*state, name, HOME);
	}
	assert_int_equal(guess(*state, "ann", HOME), 0);
}

/* All guesses come through a front end on this machine. */
static void no_place_is_nobodys_home_alone(void **state)
{
	int64_t wait = 0;
	char name[32];

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "person%d", i);
		wait = guess(*state, name, "");
		assert_int_equal(wait, 0);
	}
}

/* B30: a table full of others' counts makes nobody wait, and the count of who
 * goes on is not pushed out. */
static void b30_flooding_neither_slows_nor_frees(void **state)
{
	char name[32];

	for (int i = 0; i < 12; i++)
		guess(*state, "ann", HOME);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "bot%u", i);
		hammer(*state, name, 15);
	}
	assert_int_equal(guess(*state, "ann", HOME), XMPP_TRIES_WAIT_MAX);
	hammer(*state, "flood", 100000);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "new%u", i);
		if (guess(*state, name, name) != 0)
			fail_msg("%s waits for others", name);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(waits_double_up_to_a_bound),
		T(what_was_long_ago_is_forgotten),
		T(the_right_password_ends_it),
		T(what_a_place_is),
		T(spraying_waits_too),
		T(a_log_in_of_ones_own_is_no_way_around),
		T(the_owner_at_home_does_not_notice),
		T(a_colleague_does_not_slow_who_is_at_home),
		T(no_place_is_nobodys_home_alone),
		T(b30_flooding_neither_slows_nor_frees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
