/* SPDX-License-Identifier: MIT */
/* test_sm.c - XEP-0198: acknowledged, resumed, handed on */
#include <stdio.h>

#include "tests/unit/xmpp/harness.h"

#define ANN "ann@example.org"
#define BOB "bob@example.org"

/* Online with 0198; id gets the name to resume by. */
static struct client *with_sm(struct world *w, const char *full, char id[64])
{
	struct client *c = x_online(w, full);
	const char *at;

	x_send(c, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	at = strstr(x_text(c), "id='");
	assert_non_null(at);
	snprintf(id, 64, "%.*s", (int)strcspn(at + 4, "'"), at + 4);
	x_expect(c, "<enabled ");
	x_forget(c);
	return c;
}

/* Logged in, not bound. */
static struct client *to_resume(struct world *w)
{
	struct client *c = x_connect(w);

	x_send(c, X_STREAM_OPEN);
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGJvYgBzZWNyZXQ=</auth>");
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "<sm xmlns='urn:xmpp:sm:3'/>");
	x_forget(c);
	return c;
}

static void say(struct client *from, const char *to, int n)
{
	for (int i = 1; i <= n; i++)
		x_sendf(from,
			"<message to='%s' type='chat'><body>n%d</body>"
			"</message>",
			to, i);
}

static void stanzas_are_counted(void **state)
{
	struct world *w = x_world(NULL);
	char id[64];
	struct client *bob = with_sm(w, BOB "/b", id);

	(void)state;
	x_send(bob, "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(bob, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
	x_send(bob, "<presence/><message to='" ANN "'><body>x</body></message>"
		    "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(bob, "h='2'/>");
	x_world_end(&w);
}

static void acknowledged_when_on_disk(void **state)
{
	struct world *w = x_world(NULL);
	char id[64];
	struct client *bob = with_sm(w, BOB "/b", id);

	(void)state;
	/* Both in one piece: the commit comes at the end of the turn. */
	x_send(bob, "<message to='" ANN "'><body>x</body></message>"
		    "<message to='nobody@example.net'><body>x</body></message>"
		    "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(bob, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
	x_expect(bob, "<a xmlns='urn:xmpp:sm:3' h='2'/>");
	x_world_end(&w);
}

static void more_than_was_sent_is_refused(void **state)
{
	struct world *w = x_world(NULL);
	char id[64];
	struct client *bob = with_sm(w, BOB "/b", id);

	(void)state;
	x_send(bob, "<a xmlns='urn:xmpp:sm:3' h='999'/>");
	x_expect(bob, "<undefined-condition");
	x_expect(bob, "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='999' "
		      "send-count=");
	x_expect(bob, "</stream:stream>");
	assert_true(bob->ended);
	x_world_end(&w);
}

static void cut_and_resumed(void **state)
{
	struct world *w = x_world(NULL);
	char id[64];
	struct client *bob = with_sm(w, BOB "/b", id);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	say(ann, BOB, 5);
	x_expect(bob, "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(bob, "<body>n5</body>");
	x_send(bob, "<a xmlns='urn:xmpp:sm:3' h='2'/>");
	x_cut(bob);
	x_sendf(ann, "<message to='%s'><body>later</body></message>", BOB);
	x_expect_nothing(ann);
	x_pass(w, 200000);
	bob = to_resume(w);
	x_sendf(bob, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='2'/>", id);
	x_expect(bob, "<resumed xmlns='urn:xmpp:sm:3'");
	x_expect_no(bob, "<body>n2</body>");
	x_expect(bob, "<body>n3</body>");
	x_expect(bob, "<body>n4</body>");
	x_expect(bob, "<body>n5</body>");
	x_expect(bob, "<body>later</body>");
	x_send(bob, "<a xmlns='urn:xmpp:sm:3' h='6'/>");
	x_sendf(ann, "<message to='%s/b'><body>live</body></message>", BOB);
	x_expect(bob, "<body>live</body>");
	x_world_end(&w);
}

static void too_late_to_resume(void **state)
{
	struct world *w = x_world(NULL);
	char id[64];
	struct client *bob = with_sm(w, BOB "/b", id);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	say(ann, BOB, 5);
	x_cut(bob);
	x_send(ann, "<iq type='get' id='q' to='" BOB "/b'>"
		    "<x xmlns='u:x'/></iq>");
	x_expect_nothing(ann);
	x_pass(w, 301000);
	x_expect(ann, "id='q'");
	x_expect(ann, "service-unavailable");
	bob = to_resume(w);
	x_sendf(bob, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(bob, "<failed xmlns='urn:xmpp:sm:3'>");
	x_expect(bob, "item-not-found");
	x_close(bob);
	bob = x_login(w, BOB "/c");
	x_send(bob, "<presence/>");
	for (int i = 1; i <= 5; i++) {
		char want[32];

		snprintf(want, sizeof(want), "<body>n%d</body>", i);
		x_expect(bob, want);
		x_expect(bob, "<delay ");
	}
	x_world_end(&w);
}

static void resumed_before_the_cut_was_seen(void **state)
{
	struct world *w = x_world(NULL);
	char id[64];
	struct client *old = with_sm(w, BOB "/b", id);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = to_resume(w);

	(void)state;
	x_sendf(bob, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(bob, "<resumed ");
	x_expect(old, "conflict");
	x_expect_end(old);
	x_sendf(ann, "<message to='%s/b'><body>x</body></message>", BOB);
	x_expect(bob, "<body>x</body>");
	x_world_end(&w);
}

static void nobody_else_resumes(void **state)
{
	struct world *w = x_world(NULL);
	char id[64];
	struct client *ann = with_sm(w, ANN "/a", id);
	struct client *bob = to_resume(w);

	(void)state;
	x_sendf(bob, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(bob, "item-not-found");
	x_forget(bob);
	x_send(ann, "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann, "h='0'");
	x_world_end(&w);
}

static void acks_that_lie(void **state)
{
	static const char *const hs[] = { "7", "4294967295", "-1", "x",
					  "4294967296" };
	struct world *w = x_world(NULL);
	char id[64];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct client *bob = with_sm(w, BOB "/b", id);

		x_sendf(bob, "<a xmlns='urn:xmpp:sm:3' h='%s'/>", hs[i]);
		x_expect(bob, "<stream:error>");
		x_expect_end(bob);
		x_close(bob);
	}
	x_world_end(&w);
}

static void a_client_that_never_acknowledges(void **state)
{
	struct world *w = x_world("  resume_queue: 10\n");
	char id[64];
	struct client *bob = with_sm(w, BOB "/b", id);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	say(ann, BOB, 11);
	x_expect(bob, "resource-constraint");
	x_expect_end(bob);
	x_close(bob);
	bob = x_login(w, BOB "/c");
	x_send(bob, "<presence/>");
	x_expect(bob, "<body>n1</body>");
	x_expect(bob, "<body>n11</body>");
	x_world_end(&w);
}

static void offline_rows_go_when_acknowledged(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob;

	(void)state;
	say(ann, BOB, 2);
	x_pass(w, 1000);
	bob = x_login(w, BOB "/b");
	x_send(bob, "<enable xmlns='urn:xmpp:sm:3'/><presence/>");
	x_expect(bob, "<body>n1</body>");
	x_expect(bob, "<body>n2</body>");
	x_send(bob, "<presence/>");
	x_cut(bob);
	bob = x_login(w, BOB "/b");
	x_send(bob, "<enable xmlns='urn:xmpp:sm:3'/><presence/>");
	x_expect(bob, "<body>n1</body>");
	x_expect(bob, "<body>n2</body>");
	x_send(bob, "<a xmlns='urn:xmpp:sm:3' h='3'/>");
	x_cut(bob);
	bob = x_login(w, BOB "/b");
	x_send(bob, "<presence/>");
	x_expect_no(bob, "<body>");
	x_world_end(&w);
}

static void a_cut_stream_is_in_doubt(void **state)
{
	struct world *w = x_world(NULL);
	struct arena *a = arena_new();
	char id[64];
	struct client *bob = with_sm(w, BOB "/b", id);

	(void)state;
	x_cut(bob);
	assert_true(board_person(w->board, STR(BOB), a).doubtful);
	bob = to_resume(w);
	x_sendf(bob, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(bob, "<resumed ");
	assert_false(board_person(w->board, STR(BOB), a).doubtful);
	x_cut(bob);
	x_pass(w, 301000);
	assert_int_equal(board_person(w->board, STR(BOB), a).resources, 0);
	arena_free(&a);
	x_world_end(&w);
}

static void asked_when_silent(void **state)
{
	struct world *w = x_world("  idle_ask: 45s\n");
	char id[64];
	struct client *bob = with_sm(w, BOB "/b", id);
	struct arena *a = arena_new();

	(void)state;
	x_pass(w, 46000);
	x_expect(bob, "<r xmlns='urn:xmpp:sm:3'/>");
	x_pass(w, 16000);
	/* Cut, not ended: it may only have been slow, and resume. */
	x_expect_no(bob, "</stream:stream>");
	x_expect_end(bob);
	assert_true(board_person(w->board, STR(BOB), a).doubtful);
	arena_free(&a);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stanzas_are_counted),
		cmocka_unit_test(acknowledged_when_on_disk),
		cmocka_unit_test(cut_and_resumed),
		cmocka_unit_test(more_than_was_sent_is_refused),
		cmocka_unit_test(too_late_to_resume),
		cmocka_unit_test(resumed_before_the_cut_was_seen),
		cmocka_unit_test(nobody_else_resumes),
		cmocka_unit_test(acks_that_lie),
		cmocka_unit_test(a_client_that_never_acknowledges),
		cmocka_unit_test(offline_rows_go_when_acknowledged),
		cmocka_unit_test(a_cut_stream_is_in_doubt),
		cmocka_unit_test(asked_when_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
