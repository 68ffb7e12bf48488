/* SPDX-License-Identifier: MIT */
/* test_choose.c - who gets it, in which order, and why */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/engine/choose.h"

#define NOW    ((int64_t)1000000000)
#define MINUTE ((int64_t)60000)
#define MAX    4

static const struct presence_rules rules = {
	.settle = 10000,
	.doubt_grace = 30000,
	.proof_max = 60000,
	.dnd_breaks_at = SEV_CRITICAL,
};

#define MEMBER(name)                                                           \
	.address = name, .member = true, .since = NOW - MINUTE, .proof = NOW,  \
	.on_cover = true, .mailbox_ok = true
#define ONLINE(name) MEMBER(name), .show = PRES_ONLINE
#define AWAY(name)   MEMBER(name), .show = PRES_AWAY
#define XA(name)     MEMBER(name), .show = PRES_XA
#define DND(name)    MEMBER(name), .show = PRES_DND
#define GONE(name)   MEMBER(name), .show = PRES_OFFLINE

static const char *const ann_only[] = { "ann" };

/* want: best first, chosen ones with a star. */
static const struct {
	const char *name;
	struct choose_question q;
	struct person people[MAX];
	const char *want;
	const char *why; /* of the whole, or NULL */
} cases[] = {
	{ "an empty pool has nobody",
	  { .mode = CHOOSE_ONE },
	  { { .address = "" } },
	  "",
	  "the pool has no members" },
	{ "all offline: nobody",
	  { .mode = CHOOSE_ONE },
	  { { GONE("ann") }, { GONE("bob") } },
	  "ann bob",
	  "nobody is available" },
	{ "the ready one before the away one",
	  { .mode = CHOOSE_ONE },
	  { { AWAY("ann") }, { ONLINE("bob") } },
	  "bob* ann",
	  "bob is available for 1m" },
	{ "pool order breaks ties",
	  { .mode = CHOOSE_ONE },
	  { { ONLINE("bob"), .order = 1 }, { ONLINE("ann"), .order = 0 } },
	  "ann* bob",
	  NULL },
	{ "then the address",
	  { .mode = CHOOSE_ONE },
	  { { ONLINE("bob") }, { ONLINE("ann") } },
	  "ann* bob",
	  NULL },
	{ "who is on cover comes first",
	  { .mode = CHOOSE_ONE },
	  { { .address = "ann",
	      .member = true,
	      .show = PRES_ONLINE,
	      .since = 1,
	      .proof = NOW },
	    { ONLINE("bob") } },
	  "bob* ann",
	  NULL },
	{ "open claims count against one",
	  { .mode = CHOOSE_ONE },
	  { { ONLINE("ann"), .claims = 1 }, { ONLINE("bob") } },
	  "bob* ann",
	  NULL },
	{ "but not beyond the presence class",
	  { .mode = CHOOSE_ONE },
	  { { ONLINE("ann"), .claims = 1000 }, { AWAY("bob") } },
	  "ann* bob",
	  "ann is available for 1m, 1000 open claims" },
	{ "a critical goes to who has none, push or not",
	  { .mode = CHOOSE_ONE, .severity = SEV_CRITICAL },
	  { { ONLINE("ann"), .claims = 1, .push = true }, { ONLINE("bob") } },
	  "bob* ann",
	  NULL },
	{ "push is a plus",
	  { .mode = CHOOSE_ONE },
	  { { ONLINE("ann") }, { ONLINE("bob"), .push = true } },
	  "bob* ann",
	  NULL },
	{ "who was told lately waits",
	  { .mode = CHOOSE_ONE },
	  { { ONLINE("ann"), .told = NOW - MINUTE }, { ONLINE("bob") } },
	  "bob* ann",
	  NULL },
	{ "round robin: who was told longest ago",
	  { .mode = CHOOSE_ONE },
	  { { ONLINE("ann"), .told = NOW - 20 * MINUTE },
	    { ONLINE("bob"), .told = NOW - 30 * MINUTE } },
	  "bob* ann",
	  NULL },
	{ "of two told lately, too",
	  { .mode = CHOOSE_ONE },
	  { { ONLINE("ann"), .told = NOW - MINUTE, .claims = 1 },
	    { ONLINE("bob"), .told = NOW - 2 * MINUTE, .claims = 1 } },
	  "bob* ann",
	  "bob is available for 1m, 1 open claim, told recently" },
	{ "away is not asked for an error",
	  { .mode = CHOOSE_ONE, .severity = SEV_ERROR },
	  { { AWAY("ann") } },
	  "ann",
	  "nobody is available" },
	{ "away is asked for a critical, before xa, before dnd",
	  { .mode = CHOOSE_AVAILABLE, .severity = SEV_CRITICAL },
	  { { DND("ann") }, { XA("bob") }, { AWAY("cy") }, { GONE("dee") } },
	  "cy* bob* ann* dee",
	  "3 of 4 members" },
	{ "who is reachable by push comes after ready, before away",
	  { .mode = CHOOSE_AVAILABLE, .severity = SEV_CRITICAL },
	  { { AWAY("ann") }, { GONE("bob"), .push = true }, { ONLINE("cy") } },
	  "cy* bob* ann*",
	  NULL },
	{ "dnd is respected below the severity that breaks it",
	  { .mode = CHOOSE_ONE, .severity = SEV_ERROR },
	  { { DND("ann") } },
	  "ann",
	  NULL },
	{ "who was told already is skipped",
	  { .mode = CHOOSE_ONE, .exclude_count = 1, .exclude = ann_only },
	  { { ONLINE("ann") }, { ONLINE("bob") } },
	  "bob* ann",
	  NULL },
	{ "a failing mailbox gets no mail",
	  { .mode = CHOOSE_ONE, .for_mail = true },
	  { { .address = "ann",
	      .member = true,
	      .show = PRES_CHAT,
	      .since = 1,
	      .proof = NOW },
	    { ONLINE("bob") } },
	  "bob* ann",
	  NULL },
	{ "the first two",
	  { .mode = CHOOSE_FIRST_N, .n = 2 },
	  { { ONLINE("ann") }, { ONLINE("bob") }, { ONLINE("cy") } },
	  "ann* bob* cy",
	  "2 of 3 members" },
	{ "all are all, there or not, but who is excluded",
	  { .mode = CHOOSE_ALL, .exclude_count = 1, .exclude = ann_only },
	  { { ONLINE("ann") }, { GONE("bob") }, { DND("cy") } },
	  "ann cy* bob*",
	  NULL },
	{ "who is told because all are is not praised as available",
	  { .mode = CHOOSE_ALL, .exclude_count = 1, .exclude = ann_only },
	  { { ONLINE("ann") }, { GONE("bob") } },
	  "ann bob*",
	  "1 of 2 members" },
	{ "who is no member only informs",
	  { .mode = CHOOSE_ALL },
	  { { .address = "guest", .show = PRES_CHAT }, { ONLINE("ann") } },
	  "ann*",
	  NULL },
};

static void names_of(const struct choice *c, char *out, size_t cap)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < c->count; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s%s",
				      i > 0 ? " " : "",
				      c->candidates[i].person->address,
				      c->candidates[i].chosen ? "*" : "");
}

static void each_question_has_its_answer(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot s = { .now = NOW,
				      .rules = rules,
				      .people = cases[i].people };
		struct choice c;
		char got[100];

		while (s.count < MAX && cases[i].people[s.count].address &&
		       *cases[i].people[s.count].address != '\0')
			s.count++;
		c = choose(&s, &cases[i].q, a);
		names_of(&c, got, sizeof(got));
		print_message("%s\n", cases[i].name);
		assert_string_equal(got, cases[i].want);
		if (cases[i].why != NULL)
			assert_string_equal(c.why, cases[i].why);
	}
	arena_free(&a);
}

static void a_ready_one_without_proof_is_to_be_pinged(void **state)
{
	struct person people[] = {
		{ MEMBER("ann"), .show = PRES_ONLINE },
		{ MEMBER("bob"), .show = PRES_ONLINE },
		{ MEMBER("cy"), .show = PRES_AWAY },
	};
	struct snapshot s = {
		.now = NOW, .rules = rules, .count = 3, .people = people
	};
	struct choose_question q = { .mode = CHOOSE_ONE };
	struct arena *a = arena_new();
	struct choice c;

	(void)state;
	people[0].proof = NOW - 60000;
	people[1].proof = NOW - 60001;
	people[2].proof = 0;
	c = choose(&s, &q, a);
	assert_false(c.candidates[0].needs_ping);
	assert_true(c.candidates[1].needs_ping);
	assert_false(c.candidates[2].needs_ping);
	arena_free(&a);
}

static void scores_are_those_of_the_table(void **state)
{
	static const struct {
		struct person person;
		int score;
	} rows[] = {
		{ { ONLINE("a") }, 100 },
		{ { .address = "a", .member = true, .show = PRES_CHAT }, 80 },
		{ { AWAY("a") }, 40 },
		{ { XA("a") }, 20 },
		{ { DND("a") }, 10 },
		{ { GONE("a") }, 0 },
		{ { GONE("a"), .push = true }, 15 },
		{ { ONLINE("a"), .claims = 3 }, 70 },
		{ { ONLINE("a"), .told = NOW - 1 }, 95 },
		{ { ONLINE("a"), .told = NOW - 15 * MINUTE }, 100 },
	};
	struct choose_question q = { .mode = CHOOSE_ONE };
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct snapshot s = { .now = NOW,
				      .rules = rules,
				      .count = 1,
				      .people = &rows[i].person };

		assert_int_equal(choose(&s, &q, a).candidates[0].score,
				 rows[i].score);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_question_has_its_answer),
		cmocka_unit_test(a_ready_one_without_proof_is_to_be_pinged),
		cmocka_unit_test(scores_are_those_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
