/* SPDX-License-Identifier: MIT */
/* test_archive.c - which messages are rows, what they are called, how long
 * they stay, and what nobody can forge about them
 */
#include <stdio.h>

#include "gateway/store/xmpp/archive.h"
#include "tests/unit/xmpp/muc.h"
#include "tests/unit/xmpp/peer.h"
#include "xmpp/im/journal.h"
#include "xmpp/im/keep.h"
#include "xmpp/server_private.h"

#define ANN   "ann@example.org"
#define BOB   "bob@example.org"
#define HINT  "xmlns='urn:xmpp:hints'"
#define SID   "xmlns='urn:xmpp:sid:0'"
#define CHAT  "<message type='chat'>"
#define SECND ((int64_t)1000)
#define DAY   (86400 * SECND)

/* X53: hints; XEP-0313: what is a conversation. */
static const struct {
	const char *name;
	const char *stanza;
	enum xmpp_keep want;
} cases[] = {
	{ "chat", CHAT "<body>x</body></message>", KEEP_ALWAYS },
	{ "normal", "<message><body>x</body></message>", KEEP_ALWAYS },
	{ "a type nobody knows", "<message type='x'><body>x</body></message>",
	  KEEP_ALWAYS },
	{ "a subject", "<message><subject>x</subject></message>", KEEP_ALWAYS },
	{ "no-store", CHAT "<body>x</body><no-store " HINT "/></message>",
	  KEEP_NOT },
	{ "no-permanent-store",
	  CHAT "<body>x</body><no-permanent-store " HINT "/></message>",
	  KEEP_UNTIL },
	{ "no-store beats store",
	  CHAT "<store " HINT "/><no-store " HINT "/></message>", KEEP_NOT },
	{ "store", CHAT "<x xmlns='u:x'/><store " HINT "/></message>",
	  KEEP_ALWAYS },
	{ "nothing in it", CHAT "</message>", KEEP_NOT },
	{ "typing",
	  CHAT "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
	       "</message>",
	  KEEP_NOT },
	{ "a receipt",
	  "<message><received xmlns='urn:xmpp:receipts' id='1'/></message>",
	  KEEP_ALWAYS },
	{ "a marker",
	  "<message><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>"
	  "</message>",
	  KEEP_ALWAYS },
	{ "an error", "<message type='error'><body>x</body></message>",
	  KEEP_NOT },
	{ "a headline", "<message type='headline'><body>x</body></message>",
	  KEEP_NOT },
	{ "a line of a room",
	  "<message type='groupchat'><body>x</body></message>", KEEP_NOT },
	{ "an archive's answer",
	  "<message><body>x</body><result xmlns='urn:xmpp:mam:2'/></message>",
	  KEEP_NOT },
	{ "a carbon",
	  "<message><body>x</body><sent xmlns='urn:xmpp:carbons:2'/></message>",
	  KEEP_NOT },
};

static void which_messages(void **state)
{
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };
	struct xmpp_xml_parser *p = xmpp_xml_parser_new(1);
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stanza *st;

		print_message("  %s\n", cases[i].name);
		assert_int_equal(xmpp_xml_parse(p, &root,
						str_of(cases[i].stanza), a,
						&st),
				 GW_OK);
		assert_int_equal(xmpp_keep(st), cases[i].want);
	}
	arena_free(&a);
	xmpp_xml_parser_free(&p);
}

struct listed {
	size_t count;
	int64_t first;
	char text[1000];
};

static void on_list(void *arg, enum gw_err e, const struct journal_row *rows,
		    size_t count)
{
	struct listed *l = arg;

	assert_int_equal(e, GW_OK);
	l->count = count;
	if (count == 0)
		return;
	l->first = rows[0].id;
	snprintf(l->text, sizeof(l->text), "%.*s", (int)rows[0].stanza.n,
		 rows[0].stanza.p);
	for (char *at = l->text; *at != '\0'; at++)
		*at = *at == '"' ? '\'' : *at;
}

static struct listed list(struct world *w, const char *owner, bool waiting)
{
	struct archive_query q = { .owner = str_of(owner),
				   .waiting = waiting,
				   .max = 1000 };
	struct listed l = { 0 };

	archive_list(w->store, &q, on_list, &l);
	x_pass(w, 0);
	return l;
}

/* The name a client sees is the row's, says nothing, and leads back. */
static void named_after_its_row(void **state)
{
	struct world *w = x_world_on_disk(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");
	char name[17] = "", want[64], other[17];
	const char *at;
	int64_t id, before;

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "</message>");
	at = strstr(x_text(bob), "<stanza-id " SID " by='" BOB "' id='");
	assert_non_null(at);
	at = strstr(at, " id='") + 5;
	snprintf(name, sizeof(name), "%.16s", at);
	assert_int_equal(xmpp_journal_id_of(w->x, str_of(name), &id), GW_OK);
	assert_int_equal(list(w, BOB, false).first, id);
	snprintf(want, sizeof(want), "id='%s'", name);
	assert_non_null(strstr(list(w, BOB, false).text, want));
	/* Neighbours look nothing like each other. */
	xmpp_journal_name(w->x, id + 1, other);
	assert_memory_not_equal(name, other, 8);
	assert_int_equal(xmpp_journal_id_of(w->x, STR("12"), &before),
			 GW_BAD_INPUT);
	assert_int_equal(
		xmpp_journal_id_of(w->x, STR("123456789012345G"), &before),
		GW_BAD_INPUT);
	/* After a crash names mean the same, and numbers go on. */
	x_crash(w);
	assert_int_equal(xmpp_journal_id_of(w->x, str_of(name), &before),
			 GW_OK);
	assert_int_equal(before, id);
	loop_fake_jump(w->loop, -DAY);
	assert_true(xmpp_journal_id(w->x) > id);
	x_world_end(&w);
}

/* What the sender says is one message has one name, and that leads back. */
static void named_after_its_origin(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");
	char name[17] = "";
	int64_t number;
	const char *at;

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "<origin-id " SID " id='o1'/></message>");
	at = strstr(x_text(bob), "<stanza-id " SID " by='" BOB "' id='");
	assert_non_null(at);
	at = strstr(at, " id='") + 5;
	snprintf(name, sizeof(name), "%.16s", at);
	assert_int_equal(xmpp_journal_id_of(w->x, str_of(name), &number),
			 GW_OK);
	assert_true(number < 0);
	assert_true(xmpp_journal_seen(w->x, number));
	assert_true(list(w, BOB, false).first > 0);
	x_world_end(&w);
}

/* One row for each side; to oneself only one. */
static void a_row_for_each_owner(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "</message>");
	assert_int_equal(list(w, ANN, false).count, 1);
	assert_int_equal(list(w, BOB, false).count, 1);
	assert_int_equal(list(w, BOB, true).count, 1);
	assert_int_equal(list(w, ANN, true).count, 0);
	x_send(ann, "<message to='" ANN "' type='chat'><body>x</body>"
		    "</message>");
	assert_int_equal(list(w, ANN, false).count, 2);
	x_send(ann, "<message to='no@example.org' type='chat'><body>x</body>"
		    "</message>");
	assert_int_equal(list(w, "no@example.org", false).count, 0);
	x_world_end(&w);
}

static void hints_obeyed(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob;

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat' id='n'><body>n</body>"
		    "<no-store " HINT "/></message>");
	x_expect(ann, "service-unavailable");
	x_send(ann, "<message to='" BOB "' type='chat'><body>u</body>"
		    "<no-permanent-store " HINT "/></message>");
	assert_int_equal(list(w, ANN, false).count, 0);
	assert_int_equal(list(w, BOB, false).count, 0);
	assert_int_equal(list(w, BOB, true).count, 1);
	bob = x_online(w, BOB "/b");
	x_send(bob, " ");
	x_forget(bob);
	x_send(bob, "<presence/>");
	assert_int_equal(list(w, BOB, true).count, 0);
	x_world_end(&w);
}

static void b08_names_of_ours_are_ours(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");
	const char *at;
	int count = 0;

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat'>"
		    "<stanza-id " SID " by='" BOB "' id='forged1'/>"
		    "<stanza-id " SID " by='BOB@Example.org' id='forged2'/>"
		    "<stanza-id " SID " by='" BOB "/b' id='forged3'/>"
		    "<stanza-id " SID " by='" ANN "' id='forged4'/>"
		    "<stanza-id " SID " by='example.org' id='forged5'/>"
		    "<stanza-id " SID " id='forged6'/>"
		    "<stanza-id " SID " by='far@example.net' id='keep'/>"
		    "<body>x</body>"
		    "<stanza-id " SID " by='" BOB "' id='forged7'/></message>");
	for (at = strstr(x_text(bob), "<stanza-id"); at != NULL;
	     at = strstr(at + 1, "<stanza-id"))
		count++;
	assert_int_equal(count, 2);
	x_expect_no(bob, "id='forged");
	x_expect(bob, "id='keep'");
	assert_null(strstr(list(w, BOB, false).text, "id='forged"));
	x_world_end(&w);
}

/* Where nothing is kept, forged names go all the same (XEP-0359 4). */
static void b08_names_go_without_an_archive(void **state)
{
	struct world *w = x_world("  archive: { keep: false }\n");
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "<stanza-id " SID " by='" BOB "' id='forged1'/></message>");
	x_expect(bob, "<body>x</body>");
	x_expect_no(bob, "stanza-id");
	assert_int_equal(list(w, BOB, false).count, 0);
	x_world_end(&w);
}

static void b07_no_wrapper_seems_to_be_ones_own(void **state)
{
	static const char *const inside =
		"<forwarded xmlns='urn:xmpp:forward:0'><message "
		"xmlns='jabber:client' from='cat@example.org/c' to='" BOB "'>"
		"<body>pay her</body></message></forwarded>";
	static const char *const wrappers[] = {
		"received xmlns='urn:xmpp:carbons:2'",
		"sent xmlns='urn:xmpp:carbons:2'",
	};
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int n = (int)strcspn(wrappers[i], " ");

		x_sendf(ann,
			"<message to='" BOB "/b'><%s>%s</%.*s>"
			"<body>shell</body></message>",
			wrappers[i], inside, n, wrappers[i]);
		x_expect(bob, "from='" ANN "/a'");
		x_expect_no(bob, "pay her");
		x_forget(bob);
	}
	/* An archive's answer shows who made it, and is not archived. */
	x_sendf(ann,
		"<message from='" ANN "' to='" BOB "/b'>"
		"<result xmlns='urn:xmpp:mam:2' id='1'>%s</result></message>",
		inside);
	x_expect(bob, "from='" ANN "/a'");
	x_expect_no(bob, "from='" BOB "'");
	assert_null(strstr(list(w, BOB, false).text, "pay her"));
	x_send(ann, "<message from='" BOB "' to='" BOB "/b'>"
		    "<result xmlns='urn:xmpp:mam:2' id='1'/></message>");
	x_expect(ann, "invalid-from");
	x_world_end(&w);
}

/* A whisper goes to each client of its person, and is one message. */
static void a_whisper_is_one_row(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *ann = x_online(w, ANN "/a");
	struct client *phone = x_online(w, BOB "/phone");
	struct client *desk = x_online(w, BOB "/desk");

	(void)state;
	muc_in(ann, OPS, "Ann");
	muc_in(phone, OPS, "Bob");
	muc_in(desk, OPS, "Bob");
	for (int i = 0; i < 2; i++) {
		x_sendf(ann,
			"<message to='" OPS "/Bob' type='chat'>"
			"<body>psst%d</body>%s</message>",
			i, i == 0 ? "" : "<origin-id " SID " id='w'/>");
		x_expect(phone, "<body>psst");
		x_expect(desk, "<body>psst");
	}
	assert_int_equal(list(w, BOB, false).count, 2);
	x_world_end(&w);
}

/* An origin-id is its sender's: to who is whispered to, each nick is one. */
static void whispers_of_two_are_two(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *ann = x_online(w, ANN "/a");
	struct client *cat = x_online(w, "cat@example.org/c");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	muc_in(ann, OPS, "Ann");
	muc_in(cat, OPS, "Cat");
	muc_in(bob, OPS, "Bob");
	x_send(cat, "<message to='" OPS "/Bob' type='chat'><body>first</body>"
		    "<origin-id " SID " id='1'/></message>");
	x_expect(bob, "<body>first");
	x_send(ann, "<message to='" OPS "/Bob' type='chat'><body>second</body>"
		    "<origin-id " SID " id='1'/></message>");
	x_expect(bob, "<body>second");
	x_forget(bob);
	x_send(ann, "<message to='" OPS "/Bob' type='chat'><body>second</body>"
		    "<origin-id " SID " id='1'/></message>");
	x_expect_nothing(bob);
	assert_int_equal(list(w, BOB, false).count, 2);
	x_world_end(&w);
}

/* Stamps that claim any time are passed on as text; ours is the row's. */
static void b28_stamps_out_of_bounds(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob;

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "<delay xmlns='urn:xmpp:delay' stamp='0001-01-01T00:00:00Z'"
		    "/><delay xmlns='urn:xmpp:delay' "
		    "stamp='99999-01-01T00:00:00Z'/></message>");
	bob = x_login(w, BOB "/b");
	x_send(bob, "<presence/>");
	x_expect(bob, "stamp='0001-01-01T00:00:00Z'");
	x_expect(bob, "stamp='99999-01-01T00:00:00Z'");
	x_expect(bob, "from='example.org' stamp='2026-01-01T00:00:00");
	x_world_end(&w);
	w = x_world(NULL);
	bob = x_online(w, BOB "/b");
	x_send(bob, "<enable xmlns='urn:xmpp:sm:3' resume='true' "
		    "max='99999999999999999999'/>");
	x_expect(bob, "max='300'");
	x_send(bob, "<a xmlns='urn:xmpp:sm:3' h='4294967296'/>");
	x_expect(bob, "bad-format");
	x_world_end(&w);
}

static void say_on_day(struct world *w, struct client *ann, int n)
{
	x_sendf(ann,
		"<message to='" BOB "' type='chat'><body>n%d</body></message>",
		n);
	x_pass(w, DAY);
}

static void kept_for_a_time(void **state)
{
	struct world *w = x_world("  archive: { keep_for: 5d }\n"
				  "  idle_ask: 1h\n");
	struct client *ann, *bob = x_online(w, BOB "/b");

	(void)state;
	for (int i = 0; i < 10; i++) {
		ann = x_online(w, ANN "/a");
		say_on_day(w, ann, i);
		x_close(ann);
	}
	x_close(bob);
	x_pass(w, 120 * SECND);
	assert_in_range(list(w, ANN, false).count, 4, 5);
	x_world_end(&w);
}

static void what_waits_is_not_cleared_away(void **state)
{
	struct world *w = x_world("  archive: { keep_for: 1d }\n");
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "</message>");
	x_pass(w, 10 * DAY);
	assert_int_equal(list(w, ANN, false).count, 0);
	assert_int_equal(list(w, BOB, true).count, 1);
	x_world_end(&w);
}

/* In slices: more rows than one slice clears. */
static void kept_by_number(void **state)
{
	struct world *w = x_world("  archive: { keep_count: 7 }\n");
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	for (int i = 0; i < 250; i++)
		x_sendf(ann,
			"<message to='" BOB "' type='chat'><body>n%d</body>"
			"</message>",
			i);
	x_forget(bob);
	assert_int_equal(list(w, BOB, false).count, 250);
	x_pass(w, 120 * SECND);
	assert_int_equal(list(w, BOB, false).count, 7);
	assert_int_equal(list(w, ANN, false).count, 7);
	assert_non_null(strstr(list(w, BOB, false).text, "n243"));
	x_world_end(&w);
}

/* Stored as on a stream, where the prefix `stream` need not be declared. */
static void a_row_may_use_the_streams_prefix(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a"), *bob;

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "<stream:odd/></message>");
	bob = x_login(w, BOB "/b");
	x_send(bob, "<presence/>");
	x_expect(bob, "<stream:odd/>");
	x_world_end(&w);
}

/* Versions before stored a document of its own. */
static void a_row_of_an_older_version_is_read(void **state)
{
	struct world *w = x_world(NULL);
	struct journal *j = journal_new();
	struct journal_row row = {
		.id = xmpp_journal_id(w->x),
		.owner = STR(BOB),
		.peer = STR(ANN),
		.stamp = 1,
		.limit = -1,
		.waiting = true,
		.stanza = STR("<message xmlns='jabber:client' from='" ANN
			      "/a' to='" BOB "'><body>old</body></message>"),
	};
	struct client *bob;

	(void)state;
	journal_put(j, &row, NULL, NULL);
	journal_submit(w->store, &j);
	bob = x_login(w, BOB "/b");
	x_send(bob, "<presence/>");
	x_expect(bob, "<message from='" ANN "/a' to='" BOB "'>"
		      "<body>old</body>");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_messages),
		cmocka_unit_test(named_after_its_row),
		cmocka_unit_test(named_after_its_origin),
		cmocka_unit_test(a_row_for_each_owner),
		cmocka_unit_test(hints_obeyed),
		cmocka_unit_test(a_row_may_use_the_streams_prefix),
		cmocka_unit_test(a_row_of_an_older_version_is_read),
		cmocka_unit_test(b07_no_wrapper_seems_to_be_ones_own),
		cmocka_unit_test(b08_names_of_ours_are_ours),
		cmocka_unit_test(b08_names_go_without_an_archive),
		cmocka_unit_test(a_whisper_is_one_row),
		cmocka_unit_test(whispers_of_two_are_two),
		cmocka_unit_test(b28_stamps_out_of_bounds),
		cmocka_unit_test(kept_for_a_time),
		cmocka_unit_test(what_waits_is_not_cleared_away),
		cmocka_unit_test(kept_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
