/* SPDX-License-Identifier: MIT */
/* test_moments.c - XEP-0198 at its awkward moments: between a delivery and its
 * acknowledgement, between a resumption and the next, when numbers wrap or
 * lie, when nobody reads, and when the server dies in between
 */
#include <stdio.h>

#include "tests/unit/xmpp/muc.h"
#include "tests/unit/xmpp/peer.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/sm_private.h"

#define ANN "ann@example.org"
#define BOB "bob@example.org"
#define SM  "xmlns='urn:xmpp:sm:3'"

static void say(struct peer *ann, int first, int last)
{
	for (int n = first; n <= last; n++)
		peer_say(ann, "bob", n);
}

static int count(struct client *c, const char *text)
{
	int n = 0;

	for (const char *at = strstr(x_text(c), text); at != NULL;
	     at = strstr(at + 1, text))
		n++;
	return n;
}

static void resume_with(struct client *c, const struct peer *p, unsigned h)
{
	x_sendf(c, "<resume " SM " previd='%s' h='%u'/>", p->id, h);
}

/* Whoever comes to Bob's address now is offered what no client of his
 * acknowledged, and nothing else. */
static void only_these_wait(struct world *w, int first, int last)
{
	struct peer again;

	peer_online(&again, w, "bob", "again");
	x_pass(w, 10);
	peer_read(&again);
	peer_has_all(&again, first, last);
	for (int n = 0; n < PEER_MESSAGES; n++)
		if (n < first || n > last)
			assert_int_equal(again.seen[n], 0);
}

static void cut_between_resumption_and_acknowledgement(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 3);
	peer_cut(&bob);
	for (int i = 0; i < 3; i++) {
		bob.c = peer_connect(w, "bob");
		resume_with(bob.c, &bob, 0);
		x_expect(bob.c, "<resumed ");
		assert_int_equal(count(bob.c, "<body>n"), 3);
		peer_cut(&bob);
	}
	assert_true(peer_back(&bob));
	assert_int_equal(bob.in, 3);
	peer_ack(&bob);
	peer_cut(&bob);
	assert_true(peer_back(&bob));
	assert_int_equal(bob.in, 3);
	peer_has_all(&bob, 1, 3);
	x_world_end(&w);
}

static void the_sender_is_cut(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 3);
	peer_cut(&ann);
	say(&ann, 4, 6); /* into a dead socket */
	assert_true(peer_back(&ann));
	peer_read(&bob);
	assert_int_equal(bob.in, 6);
	peer_has_all(&bob, 1, 6);
	x_world_end(&w);
}

/* The last one wins; nobody gets anything twice or not at all. */
static void two_resumptions_race(void **state)
{
	struct world *w = x_world(NULL);
	struct client *one, *two;
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 2);
	one = peer_connect(w, "bob");
	two = peer_connect(w, "bob");
	resume_with(one, &bob, 0);
	resume_with(two, &bob, 0);
	x_expect(bob.c, "conflict");
	x_expect(one, "<resumed ");
	x_expect(one, "conflict");
	x_expect_end(one);
	x_expect(two, "<resumed ");
	assert_int_equal(count(two, "<body>n"), 2);
	say(&ann, 3, 3);
	/* What the losers still say is not heard, and their end ends nothing.
	 */
	x_send(one, "<a " SM " h='3'/>");
	x_close(one);
	assert_int_equal(count(two, "<body>n"), 3);
	bob.c = two;
	peer_read(&bob);
	peer_has_all(&bob, 1, 3);
	x_world_end(&w);
}

/* What comes in one piece with <resume/> counts as what comes after it. */
static void stanzas_right_behind_a_resumption(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 1);
	peer_cut(&ann);
	ann.c = peer_connect(w, "ann");
	x_sendf(ann.c,
		"<resume " SM " previd='%s' h='0'/>"
		"<message to='" BOB "' type='chat'><body>n2</body></message>"
		"<r " SM "/>",
		ann.id);
	x_expect(ann.c, "<resumed ");
	x_expect(ann.c, "h='1'");
	x_expect(ann.c, "<a " SM " h='2'/>");
	peer_read(&bob);
	peer_has_all(&bob, 1, 2);
	x_world_end(&w);
}

/* A number that cannot be ends that stream, not the session. */
static void a_lie_while_resuming(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;
	struct client *c;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 2);
	peer_cut(&bob);
	c = peer_connect(w, "bob");
	resume_with(c, &bob, 3);
	x_expect(c, "<undefined-condition");
	x_expect(c, "<handled-count-too-high " SM " h='3' send-count='2'/>");
	x_expect_end(c);
	assert_true(peer_back(&bob));
	peer_has_all(&bob, 1, 2);
	x_world_end(&w);
}

static void acknowledgements_going_backwards(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 3);
	peer_read(&bob);
	peer_ack(&bob);
	x_send(bob.c, "<a " SM " h='2'/>");
	x_expect(bob.c, "<handled-count-too-high " SM " h='2'");
	x_expect_end(bob.c);
	say(&ann, 4, 4);
	/* The stream was closed, not cut: there is nothing to resume. */
	assert_false(peer_back(&bob));
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 1, 4);
	x_world_end(&w);
}

/* XEP-0198 4: after 2^32-1 comes 0, in both directions. */
static void numbers_wrap(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct xmpp_session *s;
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	s = xmpp_session_with(xmpp_account_hot(w->x, STR(BOB)), STR("b"));
	s->sm->acked = UINT32_MAX - 1;
	s = xmpp_session_with(xmpp_account_hot(w->x, STR(ANN)), STR("a"));
	s->sm->received = s->sm->saved = UINT32_MAX - 1;
	say(&ann, 1, 4);
	x_send(ann.c, "<r " SM "/>");
	x_expect(ann.c, "<a " SM " h='2'/>");
	x_send(bob.c, "<a " SM " h='0'/>");
	x_send(bob.c, "<a " SM " h='1'/>");
	peer_cut(&bob);
	x_forget(bob.c);
	bob.c = peer_connect(w, "bob");
	resume_with(bob.c, &bob, 1);
	x_expect(bob.c, "<resumed ");
	assert_int_equal(count(bob.c, "<body>n"), 1);
	x_expect(bob.c, "<body>n4</body>");
	x_crash(w);
	ann.c = peer_connect(w, "ann");
	resume_with(ann.c, &ann, 0);
	x_expect(ann.c, "<failed " SM " h='2'>");
	x_world_end(&w);
}

/* A write that ends later than the turn's saves its h, also over the wrap. */
static void a_late_write_at_the_wrap(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct xmpp_receipt *r, *held;
	struct xmpp_session *s;
	struct peer ann;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	s = xmpp_session_with(xmpp_account_hot(w->x, STR(ANN)), STR("a"));
	s->sm->received = s->sm->saved = UINT32_MAX;
	r = xmpp_sm_count(s);
	held = xmpp_receipt_ref(r);
	xmpp_receipt_unref(&r);
	x_pass(w, 0);
	xmpp_receipt_unref(&held);
	x_pass(w, 0);
	x_crash(w);
	ann.c = peer_connect(w, "ann");
	resume_with(ann.c, &ann, 0);
	x_expect(ann.c, "<failed " SM " h='0'>");
	x_world_end(&w);
}

static void too_much_for_a_client_that_is_away(void **state)
{
	struct world *w = x_world("  resume_queue: 10\n");
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	peer_cut(&bob);
	say(&ann, 1, 25);
	bob.c = peer_connect(w, "bob");
	resume_with(bob.c, &bob, 0);
	x_expect(bob.c, "<failed ");
	x_close(bob.c);
	only_these_wait(w, 1, 25);
	x_world_end(&w);
}

static void a_restart_with_both_ways_open(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 3);
	x_sendf(bob.c, "<message to='" ANN "' type='chat' id='b1'><body>n9"
		       "</body></message>");
	bob.sent++;
	x_restart(w);
	peer_cut(&ann);
	peer_cut(&bob);
	say(&ann, 4, 5);
	assert_true(peer_back(&ann));
	bob.numbers[0] = 9;
	bob.acked = 1;
	assert_true(peer_back(&bob));
	assert_int_equal(bob.in, 5);
	peer_has_all(&bob, 1, 5);
	assert_int_equal(ann.in, 1);
	peer_has_all(&ann, 9, 9);
	x_world_end(&w);
}

/* The client said it has them, and the disk did not hear of it: they come
 * again under their names, which is allowed, and after that no more. */
static void a_crash_right_after_an_acknowledgement(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 3);
	peer_read(&bob);
	x_disk_stops(w);
	peer_ack(&bob);
	x_crash(w);
	assert_false(peer_back(&bob));
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 1, 3);
	peer_ack(&bob);
	x_crash(w);
	only_these_wait(w, 1, 0);
	x_world_end(&w);
}

static void a_crash_right_after_enabling(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	x_disk_stops(w);
	peer_online(&bob, w, "bob", "b");
	say(&ann, 1, 2);
	x_crash(w);
	bob.c = peer_connect(w, "bob");
	resume_with(bob.c, &bob, 0);
	x_expect(bob.c, "<failed " SM "><item-not-found");
	assert_false(peer_back(&ann));
	assert_false(peer_back(&bob));
	peer_read(&bob);
	peer_has_all(&bob, 1, 2);
	x_world_end(&w);
}

/* Rows are taken off when their client has them, not when they are sent. */
static void a_crash_while_offline_messages_go_out(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct client *plain, *counting;
	struct peer ann;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 4);
	plain = x_login(w, BOB "/plain");
	x_send(plain, "<presence/>");
	x_expect(plain, "<body>n4</body>");
	x_crash(w);
	counting = x_login(w, BOB "/counting");
	x_send(counting, "<enable " SM "/><presence/>");
	x_expect(counting, "<body>n4</body>");
	x_crash(w);
	only_these_wait(w, 1, 4);
	x_world_end(&w);
}

static void carbons_for_a_client_that_is_away(void **state)
{
	struct world *w = x_world(NULL);
	struct client *desk;
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "phone");
	x_send(bob.c, "<iq type='set' id='c'><enable "
		      "xmlns='urn:xmpp:carbons:2'/></iq>");
	peer_online(&ann, w, "ann", "a");
	desk = x_online(w, BOB "/desk");
	peer_read(&bob);
	peer_cut(&bob);
	x_send(ann.c, "<message to='" BOB "/desk' type='chat'><body>in</body>"
		      "</message>");
	x_send(desk, "<message to='" ANN "' type='chat'><body>out</body>"
		     "</message>");
	bob.c = peer_connect(w, "bob");
	resume_with(bob.c, &bob, bob.in);
	x_expect(bob.c, "<resumed ");
	x_expect(bob.c, "<received xmlns='urn:xmpp:carbons:2'>");
	x_expect(bob.c, "<body>in</body>");
	x_expect(bob.c, "<sent xmlns='urn:xmpp:carbons:2'>");
	x_expect(bob.c, "<body>out</body>");
	x_world_end(&w);
}

/* A carbon that nobody resumes for is no message of its own. */
static void carbons_that_nobody_comes_for(void **state)
{
	struct world *w = x_world(NULL);
	struct client *desk;
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "phone");
	x_send(bob.c, "<iq type='set' id='c'><enable "
		      "xmlns='urn:xmpp:carbons:2'/></iq>");
	peer_online(&ann, w, "ann", "a");
	desk = x_online(w, BOB "/desk");
	peer_cut(&bob);
	x_send(ann.c, "<message to='" BOB "/desk' type='chat'><body>in</body>"
		      "</message>");
	x_expect(desk, "<body>in</body>");
	x_pass(w, 301000);
	x_expect_no(desk, "<body>in</body>");
	x_expect_no(ann.c, "<error");
	x_world_end(&w);
}

static void an_occupant_who_is_away(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	peer_online(&bob, w, "bob", "b");
	muc_in(ann.c, OPS, "Ann");
	muc_in(bob.c, OPS, "Bob");
	x_forget(ann.c);
	peer_cut(&bob);
	muc_say(ann.c, OPS, "meanwhile");
	x_expect_no(ann.c, "type='unavailable'");
	bob.c = peer_connect(w, "bob");
	/* The join, its answers and the subject, all unacknowledged. */
	resume_with(bob.c, &bob, 0);
	x_expect(bob.c, "<resumed ");
	assert_int_equal(count(bob.c, "<body>meanwhile</body>"), 1);
	muc_say(bob.c, OPS, "back");
	x_expect(ann.c, "<body>back</body>");
	/* Who does not come back leaves the room when his time is over. */
	peer_cut(&bob);
	x_pass(w, 301000);
	x_expect(ann.c, "type='unavailable'");
	x_world_end(&w);
}

/* RFC 6121 8.5.2.1: not for a negative priority, not lost either. */
static void a_negative_priority(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	x_send(bob.c, "<presence><priority>-1</priority></presence>");
	bob.sent++;
	peer_online(&ann, w, "ann", "a");
	peer_read(&bob);
	say(&ann, 1, 2);
	x_send(ann.c, "<message to='" BOB "/b' type='chat'><body>n3</body>"
		      "</message>");
	peer_read(&bob);
	assert_int_equal(bob.seen[1], 0);
	peer_has_all(&bob, 3, 3);
	peer_cut(&bob);
	say(&ann, 4, 4);
	assert_true(peer_back(&bob));
	assert_int_equal(bob.seen[4], 0);
	x_send(bob.c, "<presence/>");
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 1, 4);
	x_world_end(&w);
}

/* The same resource again, without resuming: what the old one did not
 * acknowledge is for the new one. */
static void bound_anew_instead_of_resumed(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	say(&ann, 1, 2);
	peer_read(&bob);
	peer_ack(&bob);
	say(&ann, 3, 4);
	peer_cut(&bob);
	say(&ann, 5, 5);
	peer_online(&bob, w, "bob", "b");
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 3, 5);
	assert_int_equal(bob.seen[1] + bob.seen[2], 0);
	x_world_end(&w);
}

/* XEP-0160 3, RFC 6121 8.5.2.2.1: what is not for later. */
static void nobody_is_there(void **state)
{
	static const struct {
		const char *stanza;
		bool back, later;
	} cases[] = {
		{ "<message to='" BOB "' type='error' id='k'><body>x</body>"
		  "<error type='cancel'/></message>",
		  false, false },
		{ "<message to='" BOB "' type='headline' id='k'><body>x</body>"
		  "</message>",
		  false, false },
		{ "<message to='" BOB "' type='groupchat' id='k'>"
		  "<body>x</body></message>",
		  true, false },
		{ "<message to='" BOB "/gone' type='normal' id='k'>"
		  "<body>x</body></message>",
		  true, false },
		{ "<message to='" BOB "/gone' type='chat' id='k'>"
		  "<body>x</body></message>",
		  false, true },
		{ "<message to='" BOB "' id='k'><body>x</body></message>",
		  false, true },
		{ "<message to='" BOB "' type='chat' id='k'><composing "
		  "xmlns='http://jabber.org/protocol/chatstates'/></message>",
		  false, false },
		{ "<message to='" BOB "' id='k'><displayed "
		  "xmlns='urn:xmpp:chat-markers:0' id='1'/></message>",
		  false, true },
		{ "<iq to='" BOB "/gone' type='get' id='k'><x xmlns='u:x'/>"
		  "</iq>",
		  true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = x_world(NULL);
		struct client *ann = x_online(w, ANN "/a"), *bob;

		print_message("  %s\n", cases[i].stanza);
		x_send(ann, cases[i].stanza);
		assert_int_equal(count(ann, "id='k'"), cases[i].back);
		bob = x_login(w, BOB "/b");
		x_send(bob, "<presence/>");
		assert_int_equal(count(bob, "id='k'"), cases[i].later);
		x_world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_between_resumption_and_acknowledgement),
		cmocka_unit_test(the_sender_is_cut),
		cmocka_unit_test(two_resumptions_race),
		cmocka_unit_test(stanzas_right_behind_a_resumption),
		cmocka_unit_test(a_lie_while_resuming),
		cmocka_unit_test(acknowledgements_going_backwards),
		cmocka_unit_test(numbers_wrap),
		cmocka_unit_test(a_late_write_at_the_wrap),
		cmocka_unit_test(too_much_for_a_client_that_is_away),
		cmocka_unit_test(a_restart_with_both_ways_open),
		cmocka_unit_test(a_crash_right_after_an_acknowledgement),
		cmocka_unit_test(a_crash_right_after_enabling),
		cmocka_unit_test(a_crash_while_offline_messages_go_out),
		cmocka_unit_test(carbons_for_a_client_that_is_away),
		cmocka_unit_test(carbons_that_nobody_comes_for),
		cmocka_unit_test(an_occupant_who_is_away),
		cmocka_unit_test(a_negative_priority),
		cmocka_unit_test(bound_anew_instead_of_resumed),
		cmocka_unit_test(nobody_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
