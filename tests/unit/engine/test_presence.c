/* SPDX-License-Identifier: MIT */
/* test_presence.c - how far the board's presence is trusted */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/engine/presence.h"

#define NOW    ((int64_t)1000000000)
#define SECOND ((int64_t)1000)

static const struct presence_rules rules = {
	.settle = 10 * SECOND,
	.doubt_grace = 30 * SECOND,
	.proof_max = 60 * SECOND,
	.dnd_breaks_at = SEV_CRITICAL,
};

static const struct {
	const char *name;
	struct person person;
	enum availability want;
	const char *why;
} cases[] = {
	{ "never heard of is offline",
	  { .show = PRES_OFFLINE },
	  AVAIL_OFFLINE,
	  "offline" },
	{ "offline says since when",
	  { .show = PRES_OFFLINE, .since = NOW - 125 * SECOND },
	  AVAIL_OFFLINE,
	  "offline for 2m" },
	{ "offline with push is reachable",
	  { .show = PRES_OFFLINE, .push = true },
	  AVAIL_REACHABLE,
	  "reachable by push only" },
	{ "dnd is busy",
	  { .show = PRES_DND, .since = NOW - 42500 },
	  AVAIL_BUSY,
	  "busy for 42s" },
	{ "xa is away",
	  { .show = PRES_XA, .since = NOW - 500 },
	  AVAIL_AWAY,
	  "extended away" },
	{ "away is away",
	  { .show = PRES_AWAY, .since = NOW - 3600 * SECOND },
	  AVAIL_AWAY,
	  "away for 1h" },
	{ "online is ready",
	  { .show = PRES_ONLINE, .since = NOW - 10 * SECOND },
	  AVAIL_READY,
	  "available for 10s" },
	{ "chat is ready",
	  { .show = PRES_CHAT, .since = NOW - 11 * SECOND },
	  AVAIL_READY,
	  "available for 11s" },
	{ "who has only just come does not count yet",
	  { .show = PRES_ONLINE, .since = NOW - 9999 },
	  AVAIL_AWAY,
	  "has only just come for 9s" },
	{ "a cut stream keeps its show for a while",
	  { .show = PRES_ONLINE,
	    .since = NOW - 60 * SECOND,
	    .doubtful = true,
	    .doubt_since = NOW - 29999 },
	  AVAIL_READY,
	  "available for 1m" },
	{ "and is gone after that",
	  { .show = PRES_ONLINE,
	    .since = NOW - 60 * SECOND,
	    .doubtful = true,
	    .doubt_since = NOW - 30000 },
	  AVAIL_OFFLINE,
	  "connection lost, last seen for 1m" },
	{ "but for push",
	  { .show = PRES_AWAY,
	    .push = true,
	    .doubtful = true,
	    .doubt_since = NOW - 30000 },
	  AVAIL_REACHABLE,
	  "reachable by push only" },
};

static void each_presence_has_its_verdict(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verdict v =
			presence_verdict(&cases[i].person, &rules, NOW, a);

		print_message("%s\n", cases[i].name);
		assert_int_equal(v.level, cases[i].want);
		assert_string_equal(v.why, cases[i].why);
	}
	arena_free(&a);
}

static void names_are_those_of_the_words(void **state)
{
	(void)state;
	assert_string_equal(presence_show_name(PRES_DND), "dnd");
	assert_string_equal(presence_show_name(PRES_CHAT), "chat");
	assert_string_equal(presence_avail_name(AVAIL_READY), "ready");
	assert_string_equal(presence_avail_name(AVAIL_REACHABLE), "reachable");
	assert_string_equal(presence_severity_name(SEV_INFO), "info");
	assert_string_equal(presence_severity_name(SEV_DISASTER), "disaster");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_presence_has_its_verdict),
		cmocka_unit_test(names_are_those_of_the_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
