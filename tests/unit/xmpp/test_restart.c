/* SPDX-License-Identifier: MIT */
/* test_restart.c - sessions over an orderly restart (X56): what they were,
 * who sees what, and when their time is over
 */
#include "gateway/store/xmpp/archive.h"
#include "tests/unit/xmpp/muc.h"
#include "tests/unit/xmpp/peer.h"

#define ANN "ann@example.org"
#define BOB "bob@example.org"

static void restart(struct world *w, struct peer *one, struct peer *two)
{
	x_restart(w);
	/* Cut, not ended: a stream that was ended is not resumed. */
	x_expect_no(one->c, "</stream:stream>");
	x_expect_end(one->c);
	peer_cut(one);
	if (two != NULL)
		peer_cut(two);
}

static void presence_and_carbons_are_as_they_were(void **state)
{
	struct world *w = x_world(NULL);
	struct client *other;
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	x_befriend(ann.c, ANN, bob.c, BOB);
	ann.sent = ann.acked = 0;
	x_send(bob.c, "<iq type='set' id='c'><enable "
		      "xmlns='urn:xmpp:carbons:2'/></iq><presence>"
		      "<show>dnd</show><priority>5</priority></presence>");
	x_restart(w);
	peer_cut(&ann);
	peer_cut(&bob);
	/* A third one sees him at once, as busy as he was. */
	other = x_online(w, ANN "/new");
	x_send(other, "<presence type='unavailable'/><presence/>");
	x_expect(other, "from='" BOB "/b'");
	x_expect(other, "<show>dnd</show>");
	x_forget(other);
	/* His other client's words are copied to him. */
	bob.c = peer_connect(w, "bob");
	x_sendf(bob.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		bob.id);
	x_expect(bob.c, "<resumed ");
	x_forget(bob.c);
	other = x_online(w, BOB "/second");
	x_send(other, "<message to='" ANN "' type='chat'><body>copy me</body>"
		      "</message>");
	x_expect(bob.c, "<sent xmlns='urn:xmpp:carbons:2'>");
	x_expect(bob.c, "copy me");
	x_world_end(&w);
}

/* Nobody is told that those go who come back; the others go. */
static void who_may_resume_does_not_go(void **state)
{
	struct world *w = x_world(NULL);
	struct client *cat = x_online(w, "cat@example.org/c");
	struct client *plain = x_online(w, BOB "/plain");
	struct peer bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	x_befriend(bob.c, BOB, cat, "cat@example.org");
	bob.sent = bob.acked = 0;
	peer_read(&bob);
	x_forget(plain);
	x_forget(cat);
	x_restart(w);
	x_expect(plain, "system-shutdown");
	x_expect_no(cat, "from='" BOB "/b' type='unavailable'");
	x_expect_no(cat, "type='unavailable' from='" BOB "/b'");
	peer_cut(&bob);
	bob.c = peer_connect(w, "bob");
	x_sendf(bob.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='%u'/>",
		bob.id, bob.in);
	x_expect(bob.c, "<resumed ");
	x_expect(bob.c, "type='unavailable'");
	x_world_end(&w);
}

/* 300 s: 200 before the restart and 101 after it. */
static void time_goes_on(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	peer_say(&ann, "bob", 1);
	peer_cut(&bob);
	x_pass(w, 200000);
	restart(w, &ann, NULL);
	assert_true(peer_back(&ann));
	assert_true(board_person(w->board, STR(BOB), a).doubtful);
	x_pass(w, 90000);
	assert_int_equal(board_person(w->board, STR(BOB), a).resources, 1);
	x_pass(w, 11000);
	assert_int_equal(board_person(w->board, STR(BOB), a).resources, 0);
	assert_false(peer_back(&bob));
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 1, 1);
	arena_free(&a);
	x_world_end(&w);
}

static void several_restarts(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	for (int i = 1; i <= 12; i++) {
		peer_say(&ann, "bob", i);
		if (i % 3 == 0) {
			restart(w, &ann, &bob);
			assert_true(peer_back(&ann));
		}
		if (i % 6 == 0)
			assert_true(peer_back(&bob));
	}
	peer_read(&bob);
	peer_has_all(&bob, 1, 12);
	assert_int_equal(bob.in, 12);
	x_world_end(&w);
}

/* What was restored is gone from the disk: a crash afterwards resumes nothing
 * that is not so any more. */
static void a_crash_after_a_restart(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	peer_say(&ann, "bob", 1);
	restart(w, &ann, &bob);
	assert_true(peer_back(&ann));
	peer_say(&ann, "bob", 2);
	x_crash(w);
	assert_false(peer_back(&ann));
	peer_say(&ann, "bob", 3);
	assert_false(peer_back(&bob));
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 1, 3);
	x_world_end(&w);
}

static void still_in_the_room(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct peer ann, bob;
	const char *at;
	int lines = 0;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	muc_in(ann.c, OPS, "Ann");
	muc_in(bob.c, OPS, "Bob");
	ann.sent = bob.sent = 1; /* the join */
	bob.in = 0;
	x_restart(w);
	peer_cut(&ann);
	peer_cut(&bob);
	ann.c = peer_connect(w, "ann");
	x_sendf(ann.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		ann.id);
	x_expect(ann.c, "<resumed ");
	muc_say(ann.c, OPS, "after");
	bob.c = peer_connect(w, "bob");
	x_sendf(bob.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		bob.id);
	x_expect(bob.c, "<resumed ");
	for (at = strstr(x_text(bob.c), "<body>after</body>"); at != NULL;
	     at = strstr(at + 1, "<body>after</body>"))
		lines++;
	assert_int_equal(lines, 1);
	x_world_end(&w);
}

/* The resource is somebody else's by now: he stays. */
static void taken_before_it_was_resumed(void **state)
{
	struct world *w = x_world(NULL);
	struct peer bob;
	struct client *again;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	restart(w, &bob, NULL);
	again = x_online(w, BOB "/b");
	assert_false(peer_back(&bob));
	x_expect(again, "conflict");
	x_world_end(&w);
}

/* The second stop comes before the accounts are read. */
static void stopped_before_it_was_there_again(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	peer_say(&ann, "bob", 1);
	x_send(ann.c, "<message to='" BOB "/b' type='chat' id='n2'>"
		      "<body>n2</body><no-store xmlns='urn:xmpp:hints'/>"
		      "</message>");
	ann.sent++;
	for (int i = 0; i < 3; i++)
		x_restart(w);
	peer_cut(&ann);
	peer_cut(&bob);
	x_pass(w, 1000);
	assert_true(peer_back(&ann));
	assert_true(peer_back(&bob));
	assert_int_equal(bob.in, 2);
	peer_has_all(&bob, 1, 2);
	x_world_end(&w);
}

static void the_directory_is_down_at_start(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct arena *a = arena_new();
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	peer_say(&ann, "bob", 1);
	peer_say(&ann, "bob", 2);
	x_send(ann.c, "<message to='" BOB "/b' type='chat' id='n3'>"
		      "<body>n3</body><no-store xmlns='urn:xmpp:hints'/>"
		      "</message>");
	ann.sent++;
	w->people_down = true;
	restart(w, &ann, &bob);
	assert_int_equal(board_person(w->board, STR(BOB), a).resources, 1);
	assert_true(board_person(w->board, STR(BOB), a).doubtful);
	x_pass(w, 60000);
	w->people_down = false;
	assert_true(peer_back(&ann));
	peer_say(&ann, "bob", 4);
	assert_true(peer_back(&bob));
	peer_read(&bob);
	peer_has_all(&bob, 1, 4);
	assert_false(board_person(w->board, STR(BOB), a).doubtful);
	arena_free(&a);
	x_world_end(&w);
}

/* Who is no person any more has no session; what only it knew goes back. */
static void the_person_is_gone_at_start(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	x_send(ann.c, "<message to='" BOB "/b' type='chat' id='secret'>"
		      "<body>n1</body><no-store xmlns='urn:xmpp:hints'/>"
		      "</message>"
		      "<iq to='" BOB "/b' type='get' id='q'><x xmlns='u:x'/>"
		      "</iq>");
	w->people[1] = "bert@example.org";
	restart(w, &ann, &bob);
	ann.c = peer_connect(w, "ann");
	x_sendf(ann.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		ann.id);
	x_expect(ann.c, "<resumed ");
	x_pass(w, 10000);
	x_expect(ann.c, "id='secret'");
	x_expect(ann.c, "service-unavailable");
	x_expect(ann.c, "id='q'");
	x_expect(ann.c, "service-unavailable");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presence_and_carbons_are_as_they_were),
		cmocka_unit_test(who_may_resume_does_not_go),
		cmocka_unit_test(time_goes_on),
		cmocka_unit_test(several_restarts),
		cmocka_unit_test(a_crash_after_a_restart),
		cmocka_unit_test(still_in_the_room),
		cmocka_unit_test(taken_before_it_was_resumed),
		cmocka_unit_test(stopped_before_it_was_there_again),
		cmocka_unit_test(the_directory_is_down_at_start),
		cmocka_unit_test(the_person_is_gone_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
