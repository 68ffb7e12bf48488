/* SPDX-License-Identifier: MIT */
/* test_board.c - persons drawn from resources, and who is told of changes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/base/when.h"
#include "gateway/board/board.h"

#define ANN STR("ann@x.org")

struct place {
	struct loop *loop;
	struct board *board;
	struct arena *arena;
	unsigned told;
	char last[40];
};

static void changed(void *arg, struct str bare)
{
	struct place *p = arg;

	p->told++;
	assert_int_equal(str_copy(p->last, sizeof(p->last), bare), GW_OK);
}

static int set_up(void **state)
{
	struct place *p = mem_new(sizeof(*p));

	p->loop = loop_fake_new(1);
	p->board = board_new(p->loop);
	p->arena = arena_new();
	board_watch(p->board, changed, p);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	board_free(&p->board);
	loop_free(&p->loop);
	arena_free(&p->arena);
	mem_free(p);
	return 0;
}

static void say(struct place *p, const char *resource, enum presence_show show,
		int priority)
{
	board_presence(p->board,
		       &(struct board_presence){ .bare = ANN,
						 .resource = str_of(resource),
						 .show = show,
						 .priority = priority,
						 .status = STR("hello") });
	loop_fake_pass(p->loop, 0);
}

static struct person ann(struct place *p)
{
	return board_person(p->board, ANN, p->arena);
}

static enum availability level(struct place *p)
{
	struct person person = ann(p);
	struct presence_rules rules = board_rules(p->board);

	return presence_verdict(&person, &rules, loop_wall(p->loop), p->arena)
		.level;
}

static void who_was_never_heard_of_is_offline(void **state)
{
	struct person p = ann(*state);

	assert_string_equal(p.address, "ann@x.org");
	assert_int_equal(p.show, PRES_OFFLINE);
	assert_true(p.mailbox_ok && p.on_cover);
	assert_int_equal(p.resources, 0);
}

struct said {
	const char *resource;
	enum presence_show show;
	int priority;
};

static const struct {
	const char *name;
	struct said said[3];
	enum presence_show want;
	unsigned resources;
} shows[] = {
	{ "one resource speaks", { { "a", PRES_AWAY, 0 } }, PRES_AWAY, 1 },
	{ "the more available one counts",
	  { { "a", PRES_AWAY, 5 }, { "b", PRES_ONLINE, 0 } },
	  PRES_ONLINE,
	  2 },
	{ "a negative priority does not count",
	  { { "a", PRES_CHAT, -1 }, { "b", PRES_XA, 0 } },
	  PRES_XA,
	  2 },
	{ "nor when it is the only one",
	  { { "a", PRES_CHAT, -1 } },
	  PRES_OFFLINE,
	  1 },
	{ "the same resource again replaces itself",
	  { { "a", PRES_CHAT, 0 }, { "a", PRES_DND, 0 } },
	  PRES_DND,
	  1 },
	{ "gone is gone",
	  { { "a", PRES_CHAT, 0 }, { "b", PRES_AWAY, 0 }, { "a", 0, 0 } },
	  PRES_AWAY,
	  1 },
	{ "what was never there can go",
	  { { "a", PRES_OFFLINE, 0 } },
	  PRES_OFFLINE,
	  0 },
};

static void the_best_resource_is_the_person(void **state)
{
	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++) {
		void *fresh = NULL;
		struct place *p;

		set_up(&fresh);
		p = fresh;
		for (size_t k = 0; k < 3 && shows[i].said[k].resource; k++)
			say(p, shows[i].said[k].resource, shows[i].said[k].show,
			    shows[i].said[k].priority);
		print_message("%s\n", shows[i].name);
		assert_int_equal(ann(p).show, shows[i].want);
		assert_int_equal(ann(p).resources, shows[i].resources);
		tear_down(&fresh);
	}
	(void)state;
}

static void watchers_hear_once_per_person_and_turn(void **state)
{
	struct place *p = *state;

	for (int i = 0; i < 5; i++)
		board_presence(p->board,
			       &(struct board_presence){ .bare = ANN,
							 .resource = STR("a"),
							 .show = PRES_AWAY });
	assert_int_equal(p->told, 0);
	loop_fake_pass(p->loop, 0);
	assert_int_equal(p->told, 1);
	assert_string_equal(p->last, "ann@x.org");
	board_unwatch(p->board, changed, p);
	say(p, "a", PRES_ONLINE, 0);
	assert_int_equal(p->told, 1);
}

static void availability_settles_and_watchers_hear_of_it(void **state)
{
	struct place *p = *state;

	say(p, "a", PRES_ONLINE, 0);
	assert_int_equal(level(p), AVAIL_AWAY);
	assert_int_equal(p->told, 1);
	loop_fake_pass(p->loop, 10 * WHEN_SECOND);
	assert_int_equal(p->told, 2);
	assert_int_equal(level(p), AVAIL_READY);
	say(p, "a", PRES_CHAT, 0); /* no new arrival */
	assert_int_equal(level(p), AVAIL_READY);
}

static void a_cut_stream_is_doubted_then_gone(void **state)
{
	struct place *p = *state;

	say(p, "a", PRES_ONLINE, 0);
	loop_fake_pass(p->loop, WHEN_MINUTE);
	p->told = 0;
	board_doubt(p->board, ANN, STR("a"), true);
	board_doubt(p->board, ANN, STR("other"), true);
	loop_fake_pass(p->loop, 30 * WHEN_SECOND - 1);
	assert_int_equal(level(p), AVAIL_READY);
	assert_int_equal(p->told, 1);
	loop_fake_pass(p->loop, 1);
	assert_int_equal(level(p), AVAIL_OFFLINE);
	assert_int_equal(p->told, 2);
	board_doubt(p->board, ANN, STR("a"), false);
	assert_int_equal(level(p), AVAIL_READY);
}

static void a_stream_cut_before_the_start_is_as_doubtful_as_it_was(void **state)
{
	struct place *p = *state;
	int64_t cut = loop_wall(p->loop) - 40 * WHEN_SECOND;
	struct person who;

	say(p, "phone", PRES_ONLINE, 0);
	board_doubt_since(p->board, ANN, STR("phone"), cut);
	who = board_person(p->board, ANN, p->arena);
	assert_true(who.doubtful);
	assert_int_equal(who.doubt_since, cut);
	assert_int_equal(who.proof, cut);
}

static void nobody_looks_at_a_client(void **state)
{
	struct place *p = *state;
	struct board_resource *r;

	say(p, "phone", PRES_ONLINE, 0);
	board_inactive(p->board, ANN, STR("phone"), true);
	assert_int_equal(board_resources(p->board, ANN, p->arena, &r), 1);
	assert_int_equal(r[0].inactive_since, loop_wall(p->loop));
	board_inactive(p->board, ANN, STR("phone"), false);
	assert_int_equal(board_resources(p->board, ANN, p->arena, &r), 1);
	assert_int_equal(r[0].inactive_since, 0);
}

static void a_resource_in_doubt_yields_to_one_that_is_not(void **state)
{
	struct place *p = *state;

	say(p, "a", PRES_CHAT, 9);
	say(p, "b", PRES_AWAY, 0);
	board_doubt(p->board, ANN, STR("a"), true);
	assert_int_equal(ann(p).show, PRES_AWAY);
}

static void proof_of_life_is_kept(void **state)
{
	struct place *p = *state;
	int64_t came = loop_wall(p->loop);

	say(p, "a", PRES_ONLINE, 0);
	loop_fake_pass(p->loop, WHEN_MINUTE);
	assert_int_equal(ann(p).proof, came);
	board_proof(p->board, ANN, STR("a"), 0);
	board_proof(p->board, ANN, STR("nobody"), 0);
	board_proof(p->board, STR("bob@x.org"), STR("a"), 0);
	assert_int_equal(ann(p).proof, came + WHEN_MINUTE);
}

/* xmpp.md 11.3: a client that lives, a person who does something, and one who
 * looked at a message are three things. */
static void signs_of_life_are_not_signs_of_a_person(void **state)
{
	struct place *p = *state;
	int64_t came = loop_wall(p->loop);
	struct board_resource *rs;

	say(p, "a", PRES_ONLINE, 0);
	board_proof(p->board, ANN, STR("a"), 0);
	assert_int_equal(board_resources(p->board, ANN, p->arena, &rs), 1);
	assert_int_equal(rs[0].active, 0);
	assert_int_equal(rs[0].displayed, 0);
	loop_fake_pass(p->loop, WHEN_MINUTE);
	board_proof(p->board, ANN, STR("a"), BOARD_DISPLAYED);
	loop_fake_pass(p->loop, WHEN_MINUTE);
	board_proof(p->board, ANN, STR("a"), BOARD_ACTIVE);
	loop_fake_pass(p->loop, WHEN_MINUTE);
	board_proof(p->board, ANN, STR("a"), 0);
	assert_int_equal(board_resources(p->board, ANN, p->arena, &rs), 1);
	assert_int_equal(rs[0].displayed, came + WHEN_MINUTE);
	assert_int_equal(rs[0].active, came + 2 * WHEN_MINUTE);
	assert_int_equal(rs[0].proof, came + 3 * WHEN_MINUTE);
}

/* XEP-0319: the client says since when nobody touched it; nobody is active in
 * the future. */
static void idle_since(void **state)
{
	struct place *p = *state;
	int64_t now = loop_wall(p->loop);
	struct board_presence pres = { .bare = ANN,
				       .resource = STR("a"),
				       .show = PRES_AWAY,
				       .idle = now - WHEN_HOUR };
	struct board_resource *rs;

	board_presence(p->board, &pres);
	assert_int_equal(board_resources(p->board, ANN, p->arena, &rs), 1);
	assert_int_equal(rs[0].active, now - WHEN_HOUR);
	pres.idle = now + WHEN_HOUR;
	board_presence(p->board, &pres);
	assert_int_equal(board_resources(p->board, ANN, p->arena, &rs), 1);
	assert_int_equal(rs[0].active, now - WHEN_HOUR);
}

static void claims_told_and_push_outlive_presence(void **state)
{
	struct place *p = *state;

	board_claims(p->board, ANN, 2);
	board_claims(p->board, ANN, -1);
	board_told(p->board, ANN, loop_wall(p->loop));
	board_push(p->board, ANN, true);
	say(p, "a", PRES_ONLINE, 0);
	say(p, "a", PRES_OFFLINE, 0);
	assert_int_equal(ann(p).claims, 1);
	assert_int_equal(ann(p).told, loop_wall(p->loop));
	assert_int_equal(level(p), AVAIL_REACHABLE);
	board_claims(p->board, ANN, -5); /* never below none */
	assert_int_equal(ann(p).claims, 1);
}

static void the_console_sees_who_is_online_and_with_what(void **state)
{
	struct place *p = *state;
	struct board_resource *resources;
	struct person *people;

	say(p, "a", PRES_ONLINE, 3);
	board_claims(p->board, STR("bob@x.org"), 1);
	assert_int_equal(board_online(p->board, p->arena, &people), 1);
	assert_string_equal(people[0].address, "ann@x.org");
	assert_int_equal(board_resources(p->board, ANN, p->arena, &resources),
			 1);
	assert_string_equal(resources[0].resource, "a");
	assert_string_equal(resources[0].status, "hello");
	assert_int_equal(resources[0].priority, 3);
	assert_int_equal(board_resources(p->board, STR("eve@x.org"), p->arena,
					 &resources),
			 0);
}

static void a_long_status_is_cut_between_characters(void **state)
{
	struct place *p = *state;
	char status[1200];

	memset(status, 'x', sizeof(status));
	memcpy(status + 999, "\xc3\xa4", 2);
	board_presence(p->board, &(struct board_presence){
					 .bare = ANN,
					 .resource = STR("a"),
					 .show = PRES_ONLINE,
					 .status = str_make(status, 1200) });
	assert_int_equal(strlen(ann(p).status), 999);
}

static void the_rules_are_those_configured(void **state)
{
	struct place *p = *state;

	board_configure(p->board,
			&(struct board_conf){ .settle = 0,
					      .doubt_grace = 1,
					      .proof_max = 2,
					      .dnd_breaks_at = SEV_ERROR });
	say(p, "a", PRES_ONLINE, 0);
	assert_int_equal(level(p), AVAIL_READY);
	assert_int_equal(board_rules(p->board).proof_max, 2);
	assert_int_equal(board_rules(p->board).dnd_breaks_at, SEV_ERROR);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_was_never_heard_of_is_offline),
		cmocka_unit_test(the_best_resource_is_the_person),
		TEST(watchers_hear_once_per_person_and_turn),
		TEST(availability_settles_and_watchers_hear_of_it),
		TEST(a_cut_stream_is_doubted_then_gone),
		TEST(a_stream_cut_before_the_start_is_as_doubtful_as_it_was),
		TEST(nobody_looks_at_a_client),
		TEST(a_resource_in_doubt_yields_to_one_that_is_not),
		TEST(proof_of_life_is_kept),
		TEST(signs_of_life_are_not_signs_of_a_person),
		TEST(idle_since),
		TEST(claims_told_and_push_outlive_presence),
		TEST(the_console_sees_who_is_online_and_with_what),
		TEST(a_long_status_is_cut_between_characters),
		TEST(the_rules_are_those_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
