/* SPDX-License-Identifier: MIT */
/* test_losses.c - the causes of lost messages L1 to L6, each at every moment:
 * nothing is lost, nothing comes under two names
 */
#include <stdio.h>

#include "gateway/store/sql.h"
#include "gateway/store/xmpp/archive.h"
#include "tests/unit/xmpp/muc.h"
#include "tests/unit/xmpp/peer.h"

#define ANN   "ann@example.org"
#define BOB   "bob@example.org"
#define TOTAL 8

enum blow { CUT, CUT_LONG, RESTART, RESTART_LONG, CRASH, BLOWS };

static const char *const blow_names[] = { "cut", "cut, too late to resume",
					  "orderly restart",
					  "restart, too late", "crash" };

static void strike(struct world *w, struct peer *ann, struct peer *bob,
		   enum blow blow)
{
	switch (blow) {
	case CUT:
	case CUT_LONG:
		peer_cut(bob);
		return;
	case RESTART:
	case RESTART_LONG:
		x_restart(w);
		peer_cut(ann);
		peer_cut(bob);
		return;
	case CRASH:
		x_crash(w);
		return;
	case BLOWS:
		fail();
	}
}

/* Ann says 1 to TOTAL to Bob, who reads up to `read` of them and acknowledges
 * up to `acked`; the blow comes after `moment` of them. */
static void l1_run(enum blow blow, int moment, int acked)
{
	struct world *w = x_world_on_disk(NULL);
	struct peer ann, bob;
	bool late = blow == CUT_LONG || blow == RESTART_LONG;
	bool resumed;

	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	for (int i = 1; i <= moment; i++) {
		peer_say(&ann, "bob", i);
		peer_read(&bob);
		if (i == acked)
			peer_ack(&bob);
	}
	strike(w, &ann, &bob, blow);
	if (blow >= RESTART)
		assert_int_equal(peer_back(&ann), blow != CRASH);
	for (int i = moment + 1; i <= TOTAL; i++)
		peer_say(&ann, "bob", i);
	if (late)
		x_pass(w, 301000);
	resumed = peer_back(&bob);
	assert_int_equal(resumed, blow == CUT || blow == RESTART);
	x_pass(w, 1000);
	peer_read(&bob);
	peer_has_all(&bob, 1, TOTAL);
	peer_ack(&bob);
	peer_cut(&bob);
	x_pass(w, 400000);
	/* All of it was acknowledged: nobody gets it again. */
	bob.c = x_login(w, BOB "/other");
	x_send(bob.c, "<presence/>");
	x_expect_no(bob.c, "<body>");
	x_world_end(&w);
}

static void l1_cut_at_every_moment(void **state)
{
	(void)state;
	for (enum blow blow = CUT; blow < BLOWS; blow++)
		for (int moment = 0; moment <= TOTAL; moment += 2)
			for (int acked = 0; acked <= moment; acked += 3) {
				print_message("  %s after %d, %d acked\n",
					      blow_names[blow], moment, acked);
				l1_run(blow, moment, acked);
			}
}

static void l1_half_open_stream(void **state)
{
	struct world *w = x_world("  idle_ask: 45s\n");
	struct arena *a = arena_new();
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	for (int i = 1; i <= 3; i++)
		peer_say(&ann, "bob", i);
	for (int s = 0; s < 60; s++) {
		x_pass(w, 1000);
		x_send(ann.c, " ");
	}
	assert_true(board_person(w->board, STR(BOB), a).doubtful);
	peer_say(&ann, "bob", 4);
	x_pass(w, 40000);
	x_send(ann.c, " ");
	peer_say(&ann, "bob", 5);
	peer_cut(&bob);
	assert_true(peer_back(&bob));
	peer_read(&bob);
	peer_has_all(&bob, 1, 5);
	arena_free(&a);
	x_world_end(&w);
}

/* The policy at the end of the time to resume: stored, or back. */
static void l2_time_out_stores_or_bounces(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct peer bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	x_send(ann, "<message to='" BOB "' type='chat'><body>n1</body>"
		    "</message>"
		    "<message to='" BOB "/b' type='chat' id='secret'>"
		    "<body>n2</body><no-store xmlns='urn:xmpp:hints'/>"
		    "</message>"
		    "<iq to='" BOB "/b' type='get' id='q'><x xmlns='u:x'/>"
		    "</iq>");
	peer_cut(&bob);
	x_pass(w, 301000);
	x_expect(ann, "id='secret'");
	x_expect(ann, "service-unavailable");
	x_expect(ann, "id='q'");
	x_expect(ann, "service-unavailable");
	assert_false(peer_back(&bob));
	peer_has_all(&bob, 1, 1);
	assert_int_equal(bob.seen[2], 0);
	x_world_end(&w);
}

/* Whether there is an archive or not, what was not acknowledged is offered. */
static void l3_offline_whatever_the_archive(void **state)
{
	static const char *const confs[] = { "  archive: { keep: true }\n",
					     "  archive: { keep: false }\n" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world *w = x_world_on_disk(confs[i]);
		struct peer ann, bob;

		peer_online(&ann, w, "ann", "a");
		for (int n = 1; n <= 120; n++)
			peer_say(&ann, "bob", n);
		x_crash(w);
		peer_online(&bob, w, "bob", "b");
		x_pass(w, 10);
		peer_read(&bob);
		peer_has_all(&bob, 1, 120);
		x_world_end(&w);
	}
}

struct listed {
	size_t count;
	size_t waiting;
	char bodies[512];
};

static void on_list(void *arg, enum gw_err e, const struct journal_row *rows,
		    size_t count)
{
	struct listed *l = arg;

	assert_int_equal(e, GW_OK);
	l->count = count;
	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(rows[i].stanza.p, "<body>");
		size_t have = strlen(l->bodies);

		l->waiting += rows[i].waiting;
		snprintf(l->bodies + have, sizeof(l->bodies) - have, "%.*s ",
			 (int)strcspn(at + 6, "<"), at + 6);
	}
}

static struct listed list(struct world *w, const char *owner, bool waiting)
{
	struct archive_query q = { .owner = str_of(owner),
				   .waiting = waiting,
				   .max = 100 };
	struct listed l = { 0 };

	archive_list(w->store, &q, on_list, &l);
	x_pass(w, 0);
	return l;
}

/* One row, two views: the archive goes on and off with messages in flight. */
static void l4_archive_switched_in_flight(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	for (int n = 1; n <= 6; n++) {
		x_reload(w, n % 2 == 0 ? "  archive: { keep: false }\n" : NULL);
		peer_say(&ann, "bob", n);
	}
	assert_string_equal(list(w, BOB, false).bodies, "n1 n3 n5 ");
	assert_string_equal(list(w, BOB, true).bodies, "n1 n2 n3 n4 n5 n6 ");
	assert_string_equal(list(w, ANN, false).bodies, "n1 n3 n5 ");
	peer_cut(&bob);
	x_pass(w, 301000);
	x_reload(w, "  archive: { keep: false }\n");
	assert_false(peer_back(&bob));
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 1, 6);
	peer_ack(&bob);
	assert_string_equal(list(w, BOB, true).bodies, "");
	assert_string_equal(list(w, BOB, false).bodies, "n1 n3 n5 ");
	x_world_end(&w);
}

/* What cannot leave this server comes back, and does not vanish. */
static void l5_nothing_vanishes_on_the_way_out(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	x_send(ann, "<message to='x@nowhere.example' type='chat' id='far'>"
		    "<body>n1</body></message>");
	x_expect(ann, "id='far'");
	x_expect(ann, "<error ");
	x_world_end(&w);
}

static void l6_sent_again_stored_once(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	for (int n = 1; n <= 3; n++)
		peer_say(&ann, "bob", n);
	/* As if nothing had been acknowledged, again and again. */
	for (int i = 0; i < 3; i++) {
		x_crash(w);
		ann.id[0] = 'x';
		ann.acked = 0;
		assert_false(peer_back(&ann));
		assert_false(peer_back(&bob));
		x_pass(w, 10);
		peer_read(&bob);
		peer_has_all(&bob, 1, 3);
	}
	assert_string_equal(list(w, BOB, false).bodies, "n1 n2 n3 ");
	assert_string_equal(list(w, ANN, false).bodies, "n1 n2 n3 ");
	peer_ack(&bob);
	assert_int_equal(list(w, BOB, true).count, 0);
	x_world_end(&w);
}

/* It came live, and was on no disk when the server died: said again it has
 * the name it had. */
static void l6_the_name_outlives_a_crash_before_the_commit(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	peer_say(&ann, "bob", 1);
	x_disk_stops(w);
	for (int n = 2; n <= 4; n++)
		peer_say(&ann, "bob", n);
	peer_read(&bob);
	peer_has_all(&bob, 1, 4);
	assert_true(bob.name[3][0] != '\0');
	x_crash(w);
	assert_false(peer_back(&ann));
	assert_false(peer_back(&bob));
	x_pass(w, 10);
	peer_read(&bob);
	peer_has_all(&bob, 1, 4);
	assert_string_equal(list(w, BOB, false).bodies, "n1 n2 n3 n4 ");
	x_world_end(&w);
}

static void read_names(struct client *c, char names[4][17])
{
	const char *at = x_text(c);

	for (int i = 0; i < 4 && (at = strstr(at, "<stanza-id ")) != NULL; i++)
		snprintf(names[i], 17, "%.16s", strstr(at++, " id='") + 5);
	x_forget(c);
}

/* Without origin-ids the name is that of the likeness, which drops nothing:
 * two messages that look alike are two, and have a name each. */
static void l6_the_name_without_an_origin(void **state)
{
	static const char *const words =
		"<message to='" BOB "' type='chat' id='1'><body>again</body>"
		"</message>";
	struct world *w = x_world_on_disk(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");
	char first[4][17] = { "" }, after[4][17] = { "" };

	(void)state;
	x_disk_stops(w);
	x_send(ann, words);
	x_send(ann, words);
	x_send(ann, "<message to='" BOB "' id='1'><body>other</body>"
		    "</message>");
	read_names(bob, first);
	assert_string_not_equal(first[0], first[1]);
	assert_string_not_equal(first[0], first[2]);
	x_crash(w);
	ann = x_online(w, ANN "/a");
	bob = x_online(w, BOB "/b");
	x_send(ann, words);
	x_crash(w);
	ann = x_online(w, ANN "/a");
	bob = x_online(w, BOB "/b");
	x_send(ann, words);
	assert_string_equal(list(w, BOB, false).bodies, "again again ");
	read_names(bob, after);
	assert_string_not_equal(after[0], first[0]);
	x_pass(w, 3600000);
	ann = x_online(w, ANN "/a2");
	bob = x_online(w, BOB "/b2");
	x_send(ann, words);
	read_names(bob, after);
	assert_string_not_equal(after[0], first[0]);
	x_world_end(&w);
}

/* The same for what one client sends again after a crash. */
static void l6_sent_again_without_an_origin(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	char before[4][17] = { "" }, after[4][17] = { "" };
	struct client *ann, *bob;

	(void)state;
	for (int i = 0; i < 2; i++) {
		ann = x_online(w, ANN "/a");
		bob = x_online(w, BOB "/b");
		if (i == 0)
			x_disk_stops(w);
		for (int n = 0; n < 3; n++)
			x_sendf(ann,
				"<message to='" BOB "' type='chat' id='%d'>"
				"<body>n%d</body></message>",
				n, n);
		read_names(bob, i == 0 ? before : after);
		if (i == 0)
			x_crash(w);
	}
	for (int n = 0; n < 3; n++)
		assert_string_equal(before[n], after[n]);
	assert_string_equal(list(w, BOB, false).bodies, "n0 n1 n2 ");
	x_world_end(&w);
}

static int count(struct client *c, const char *text)
{
	int n = 0;

	for (const char *at = strstr(x_text(c), text); at != NULL;
	     at = strstr(at + 1, text))
		n++;
	return n;
}

static void say_in_room(struct client *c, int n)
{
	x_sendf(c,
		"<message to='" OPS "' type='groupchat' id='r%d'>"
		"<body>r%d</body>"
		"<origin-id xmlns='urn:xmpp:sid:0' id='room%d'/></message>",
		n, n, n);
}

static void name_of_line(struct client *c, int n, char out[20])
{
	char body[32];
	const char *at;

	snprintf(body, sizeof(body), "<body>r%d</body>", n);
	at = strstr(x_text(c), body);
	assert_non_null(at);
	at = strstr(at, "<stanza-id ");
	assert_non_null(at);
	at = strstr(at, " id='");
	assert_non_null(at);
	snprintf(out, 20, "%.16s", at + 5);
}

/* A line of a room and the h of who said it are on disk together or not at
 * all; either way all hear it once, under one name. */
static void l6_a_line_of_a_room(void **state)
{
	struct world *w = x_world_on_disk(muc_yaml);
	struct client *cat;
	char before[20], after[20];
	struct peer ann;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	muc_in(ann.c, OPS, "Ann");
	cat = x_online(w, "cat@example.org/c");
	muc_in(cat, OPS, "Cat");
	say_in_room(ann.c, 1);
	x_disk_stops(w);
	say_in_room(ann.c, 2);
	name_of_line(cat, 2, before);
	x_crash(w);
	ann.c = peer_connect(w, "ann");
	x_sendf(ann.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		ann.id);
	/* The join and the first line. */
	x_expect(ann.c, "<failed xmlns='urn:xmpp:sm:3' h='2'>");
	x_close(ann.c);
	ann.c = x_online(w, ANN "/a");
	cat = x_online(w, "cat@example.org/c");
	muc_in(ann.c, OPS, "Ann");
	muc_in(cat, OPS, "Cat");
	/* A client that did not listen says both again. */
	say_in_room(ann.c, 1);
	say_in_room(ann.c, 2);
	name_of_line(cat, 2, after);
	assert_string_equal(before, after);
	assert_int_equal(count(cat, "<body>r1</body>"), 0);
	assert_int_equal(count(cat, "<body>r2</body>"), 1);
	assert_int_equal(count(ann.c, "<body>r1</body>"), 1);
	assert_int_equal(count(ann.c, "<body>r2</body>"), 1);
	x_world_end(&w);
}

/* Any error that is no refusal: an overflow. */
static enum gw_err refuse_h(struct store_req *r, struct store_db *db)
{
	(void)r;
	return sql_run(sql(db, "CREATE TRIGGER refuse BEFORE INSERT ON "
			       "xmpp_resume BEGIN "
			       "SELECT abs(-9223372036854775808); END"));
}

static size_t lines_on_disk(struct world *w)
{
	struct arena *a = arena_new();
	struct muc_lines l = { .room = STR(OPS), .max = 10 };

	assert_int_equal(muc_load_lines(w->store, a, &l), GW_OK);
	arena_free(&a);
	return l.count;
}

static void a_line_and_its_h_are_one_commit(void **state)
{
	struct store_req refuse = { .apply = refuse_h };
	struct world *w = x_world(muc_yaml);
	struct peer ann;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	assert_int_equal(store_now(w->store, &refuse), GW_OK);
	muc_in(ann.c, OPS, "Ann");
	say_in_room(ann.c, 1);
	assert_int_equal(lines_on_disk(w), 0);
	x_expect(ann.c, "could not be stored");
	x_world_end(&w);
}

static void l6_copies_of_the_archive_are_not_archived(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(ann, "<message to='" BOB "/b'><body>x</body>"
		    "<result xmlns='urn:xmpp:mam:2' id='1'/></message>");
	x_expect(bob, "urn:xmpp:mam:2");
	assert_int_equal(list(w, BOB, false).count, 0);
	assert_int_equal(list(w, ANN, false).count, 0);
	x_world_end(&w);
}

/* A crash between the sender's stanza and his knowing: h says what is kept. */
static void a_crash_says_what_was_handled(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct peer ann, bob;

	(void)state;
	peer_online(&ann, w, "ann", "a");
	for (int n = 1; n <= 5; n++)
		peer_say(&ann, "bob", n);
	assert_int_equal(ann.acked, 0);
	x_crash(w);
	ann.c = peer_connect(w, "ann");
	x_sendf(ann.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		ann.id);
	x_expect(ann.c, "<failed xmlns='urn:xmpp:sm:3' h='5'>");
	peer_online(&bob, w, "bob", "b");
	peer_read(&bob);
	peer_has_all(&bob, 1, 5);
	x_world_end(&w);
}

/* A live message that could not be written is not handled until its client
 * has it; if that never does, it goes back. */
static void live_on_a_full_disk(void **state)
{
	struct world *w = x_world(NULL);
	struct peer ann, bob;
	char large[20000] = "";

	(void)state;
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	x_disk_full(w, true);
	memset(large, 'x', sizeof(large) - 1);
	for (int n = 1; n <= 2; n++)
		x_sendf(ann.c,
			"<message to='" BOB "' type='chat' id='m%d'>"
			"<body>n%d</body><subject>%s</subject></message>",
			n, n, large);
	peer_read(&bob);
	peer_has_all(&bob, 1, 2);
	x_send(ann.c, "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann.c, "h='0'");
	bob.in--;
	peer_ack(&bob);
	bob.in++;
	x_send(ann.c, "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann.c, "h='1'");
	peer_cut(&bob);
	x_pass(w, 301000);
	x_expect(ann.c, "id='m2'");
	x_expect(ann.c, "<error ");
	x_disk_full(w, false);
	x_world_end(&w);
}

/* It was counted as on its way to the disk, and is not there: later ones, on
 * disk, do not carry h past it. */
static void a_lost_commit_holds_h_on_disk(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct peer ann, bob;
	char large[20000] = "";

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	peer_online(&bob, w, "bob", "b");
	peer_online(&ann, w, "ann", "a");
	peer_say(&ann, "bob", 1);
	x_disk_full(w, true);
	x_sendf(ann.c,
		"<message to='" BOB "' type='chat' id='m2'>"
		"<body>n2</body><subject>%s</subject></message>",
		large);
	x_disk_full(w, false);
	peer_say(&ann, "bob", 3);
	peer_read(&bob);
	peer_has_all(&bob, 1, 3);
	x_crash(w);
	ann.c = peer_connect(w, "ann");
	x_sendf(ann.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		ann.id);
	x_expect(ann.c, "<failed xmlns='urn:xmpp:sm:3' h='1'>");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l1_cut_at_every_moment),
		cmocka_unit_test(l1_half_open_stream),
		cmocka_unit_test(l2_time_out_stores_or_bounces),
		cmocka_unit_test(l3_offline_whatever_the_archive),
		cmocka_unit_test(l4_archive_switched_in_flight),
		cmocka_unit_test(l5_nothing_vanishes_on_the_way_out),
		cmocka_unit_test(l6_sent_again_stored_once),
		cmocka_unit_test(
			l6_the_name_outlives_a_crash_before_the_commit),
		cmocka_unit_test(l6_the_name_without_an_origin),
		cmocka_unit_test(l6_sent_again_without_an_origin),
		cmocka_unit_test(l6_a_line_of_a_room),
		cmocka_unit_test(a_line_and_its_h_are_one_commit),
		cmocka_unit_test(l6_copies_of_the_archive_are_not_archived),
		cmocka_unit_test(a_crash_says_what_was_handled),
		cmocka_unit_test(live_on_a_full_disk),
		cmocka_unit_test(a_lost_commit_holds_h_on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
