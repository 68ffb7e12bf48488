/* SPDX-License-Identifier: MIT */
/* test_subscription.c - every state, every stanza, both ways (RFC 6121 A)
 *
 * The wanted table is written as the RFC prints it, by states' names, and
 * apart from that the rules must hold that no table may break.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "xmpp/im/subscription.h"

static const char *const names[SUB__N] = {
	[SUB_NONE] = "N",      [SUB_NONE_OUT] = "N+O",
	[SUB_NONE_IN] = "N+I", [SUB_NONE_OUT_IN] = "N+OI",
	[SUB_TO] = "T",	       [SUB_TO_IN] = "T+I",
	[SUB_FROM] = "F",      [SUB_FROM_OUT] = "F+O",
	[SUB_BOTH] = "B",
};

/* One line per table of the appendix; "!" in front: passed on (routed or
 * delivered).  Order of states: N N+O N+I N+OI T T+I F F+O B. */
static const struct {
	const char *name;
	enum xmpp_sub_way way;
	enum xmpp_sub_event ev;
	const char *want[SUB__N];
} tables[] = {
	{ "A.2.1 out subscribe",
	  SUB_OUTBOUND,
	  SUB_SUBSCRIBE,
	  { "!N+O", "!N+O", "!N+OI", "!N+OI", "!T", "!T+I", "!F+O", "!F+O",
	    "!B" } },
	{ "A.2.2 out unsubscribe",
	  SUB_OUTBOUND,
	  SUB_UNSUBSCRIBE,
	  { "!N", "!N", "!N+I", "!N+I", "!N", "!N+I", "!F", "!F", "!F" } },
	{ "A.2.3 out subscribed",
	  SUB_OUTBOUND,
	  SUB_SUBSCRIBED,
	  { "N", "N+O", "!F", "!F+O", "T", "!B", "F", "F+O", "B" } },
	{ "A.2.4 out unsubscribed",
	  SUB_OUTBOUND,
	  SUB_UNSUBSCRIBED,
	  { "N", "N+O", "!N", "!N+O", "T", "!T", "!N", "!N+O", "!T" } },
	{ "A.3.1 in subscribe",
	  SUB_INBOUND,
	  SUB_SUBSCRIBE,
	  { "!N+I", "!N+OI", "N+I", "N+OI", "!T+I", "T+I", "F", "F+O", "B" } },
	{ "A.3.2 in unsubscribe",
	  SUB_INBOUND,
	  SUB_UNSUBSCRIBE,
	  { "N", "N+O", "!N", "!N+O", "T", "!T", "!N", "!N+O", "!T" } },
	{ "A.3.3 in subscribed",
	  SUB_INBOUND,
	  SUB_SUBSCRIBED,
	  { "N", "!T", "N+I", "!T+I", "T", "T+I", "F", "!B", "B" } },
	{ "A.3.4 in unsubscribed",
	  SUB_INBOUND,
	  SUB_UNSUBSCRIBED,
	  { "N", "!N", "N+I", "!N+I", "!N", "!N+I", "F", "!F", "!F" } },
};

static void as_the_appendix_says(void **state)
{
	(void)state;
	assert_int_equal(sizeof(tables) / sizeof(tables[0]),
			 SUB_WAY__N * SUB_EVENT__N);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (unsigned s = 0; s < SUB__N; s++) {
			const char *want = tables[i].want[s];
			bool pass = want[0] == '!';
			struct xmpp_sub_step got = xmpp_subscription_step(
				tables[i].way, tables[i].ev,
				(enum xmpp_subscription)s, false);

			print_message("  %s in %s\n", tables[i].name, names[s]);
			assert_string_equal(names[got.next], want + pass);
			assert_int_equal(got.pass, pass);
		}
	}
}

static void who_is_subscribed_is_answered(void **state)
{
	(void)state;
	for (unsigned s = 0; s < SUB__N; s++) {
		struct xmpp_sub_step got = xmpp_subscription_step(
			SUB_INBOUND, SUB_SUBSCRIBE, (enum xmpp_subscription)s,
			false);

		assert_int_equal(got.answer, xmpp_subscription_from((
						     enum xmpp_subscription)s));
	}
}

static const struct {
	const char *name;
	enum xmpp_sub_way way;
	enum xmpp_sub_event ev;
	enum xmpp_subscription before;
	bool approved;
	enum xmpp_subscription after;
	bool approved_after;
	bool answer;
} approvals[] = {
	{ "approved ahead", SUB_OUTBOUND, SUB_SUBSCRIBED, SUB_NONE, false,
	  SUB_NONE, true, false },
	{ "approved ahead while asking", SUB_OUTBOUND, SUB_SUBSCRIBED,
	  SUB_NONE_OUT, false, SUB_NONE_OUT, true, false },
	{ "nothing to approve", SUB_OUTBOUND, SUB_SUBSCRIBED, SUB_FROM, false,
	  SUB_FROM, false, false },
	{ "asked and approved at once", SUB_INBOUND, SUB_SUBSCRIBE, SUB_NONE,
	  true, SUB_FROM, true, true },
	{ "both, approved", SUB_INBOUND, SUB_SUBSCRIBE, SUB_TO, true, SUB_BOTH,
	  true, true },
	{ "asking too, approved", SUB_INBOUND, SUB_SUBSCRIBE, SUB_NONE_OUT,
	  true, SUB_FROM_OUT, true, true },
	{ "taken back", SUB_OUTBOUND, SUB_UNSUBSCRIBED, SUB_NONE, true,
	  SUB_NONE, false, false },
	{ "the contact leaves", SUB_INBOUND, SUB_UNSUBSCRIBE, SUB_FROM, true,
	  SUB_NONE, false, false },
};

static void pre_approval(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(approvals) / sizeof(approvals[0]); i++) {
		struct xmpp_sub_step got = xmpp_subscription_step(
			approvals[i].way, approvals[i].ev, approvals[i].before,
			approvals[i].approved);

		print_message("  %s\n", approvals[i].name);
		assert_int_equal(got.next, approvals[i].after);
		assert_int_equal(got.approved, approvals[i].approved_after);
		assert_int_equal(got.answer, approvals[i].answer);
	}
}

/* What each side holds must fit what the other holds, whatever they send. */
static void two_sides_agree(void **state)
{
	enum xmpp_subscription a, b;
	unsigned random = 12345;

	(void)state;
	a = b = SUB_NONE;
	for (int i = 0; i < 100000; i++) {
		struct xmpp_sub_step out, in;
		enum xmpp_sub_event ev;
		bool swap;

		random = random * 1103515245u + 12345u;
		ev = (enum xmpp_sub_event)((random >> 16) % SUB_EVENT__N);
		swap = ((random >> 20) & 1) != 0;
		out = xmpp_subscription_step(SUB_OUTBOUND, ev, swap ? b : a,
					     false);
		*(swap ? &b : &a) = out.next;
		if (!out.pass)
			continue;
		in = xmpp_subscription_step(SUB_INBOUND, ev, swap ? a : b,
					    false);
		*(swap ? &a : &b) = in.next;
		assert_int_equal(xmpp_subscription_to(a),
				 xmpp_subscription_from(b));
		assert_int_equal(xmpp_subscription_from(a),
				 xmpp_subscription_to(b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_appendix_says),
		cmocka_unit_test(who_is_subscribed_is_answered),
		cmocka_unit_test(pre_approval),
		cmocka_unit_test(two_sides_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
