/* SPDX-License-Identifier: MIT */
/* test_im.c - rosters, subscriptions, presence, routing (RFC 6121) */
#include <stdio.h>

#include "tests/unit/xmpp/harness.h"

#define ROSTER_GET                                                             \
	"<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>"
#define ANN "ann@example.org"
#define BOB "bob@example.org"

static void set_on_one_push_on_the_other(void **state)
{
	struct world *w = x_world(NULL);
	struct client *a = x_online(w, ANN "/a");
	struct client *b = x_online(w, ANN "/b");
	struct client *deaf = x_login(w, ANN "/c");

	(void)state;
	x_send(a, "<iq type='set' id='s1'><query xmlns='jabber:iq:roster'>"
		  "<item jid='Bob@Example.org' name='Bob'>"
		  "<group>Friends</group><group>Work</group></item>"
		  "</query></iq>");
	x_expect(b, "<iq ");
	x_expect(b, "<item jid='bob@example.org' name='Bob' "
		    "subscription='none'><group>Friends</group>"
		    "<group>Work</group></item>");
	x_expect(a, "type='set'");
	x_expect(a, "type='result'");
	x_expect(a, "id='s1'");
	x_expect_nothing(deaf);
	x_world_end(&w);
}

static void a_roster_outlives_the_daemon(void **state)
{
	struct world *w = x_world(NULL);
	struct client *a = x_online(w, ANN "/a");

	(void)state;
	x_send(a, "<iq type='set' id='s1'><query xmlns='jabber:iq:roster'>"
		  "<item jid='bob@example.org' name='B'/></query></iq>");
	x_restart(w);
	a = x_login(w, ANN "/a");
	x_send(a, ROSTER_GET);
	x_expect(a, "<query xmlns='jabber:iq:roster' ver='1'>"
		    "<item jid='bob@example.org' name='B' "
		    "subscription='none'/></query>");
	x_world_end(&w);
}

static void versions(void **state)
{
	struct world *w = x_world(NULL);
	struct client *a = x_online(w, ANN "/a");

	(void)state;
	x_send(a, "<iq type='set' id='s1'><query xmlns='jabber:iq:roster'>"
		  "<item jid='bob@example.org'/></query></iq>");
	x_expect(a, "ver='1'");
	x_forget(a);
	x_send(a, "<iq type='get' id='g'>"
		  "<query xmlns='jabber:iq:roster' ver='1'/></iq>");
	x_expect(a, "<iq type='result' id='g'");
	x_expect_no(a, "query");
	x_forget(a);
	x_send(a, "<iq type='get' id='g'>"
		  "<query xmlns='jabber:iq:roster' ver='0'/></iq>");
	x_expect(a, "<item jid='bob@example.org'");
	x_world_end(&w);
}

static const struct {
	const char *name;
	const char *item;
	const char *error;
} bad_items[] = {
	{ "two items", "<item jid='a@example.org'/><item jid='b@example.org'/>",
	  "bad-request" },
	{ "no item", "", "bad-request" },
	{ "no address", "<item jid='@x'/>", "jid-malformed" },
	{ "oneself", "<item jid='ann@example.org'/>", "not-allowed" },
	{ "group twice",
	  "<item jid='a@example.org'><group>x</group><group>x</group></item>",
	  "bad-request" },
	{ "empty group", "<item jid='a@example.org'><group/></item>",
	  "not-acceptable" },
	{ "unknown removed",
	  "<item jid='a@example.org' subscription='remove'/>",
	  "item-not-found" },
};

static void rosters_refuse(void **state)
{
	struct world *w = x_world(NULL);
	struct client *a = x_online(w, ANN "/a");

	(void)state;
	for (size_t i = 0; i < sizeof(bad_items) / sizeof(bad_items[0]); i++) {
		print_message("  %s\n", bad_items[i].name);
		x_sendf(a,
			"<iq type='set' id='s'><query "
			"xmlns='jabber:iq:roster'>%s</query></iq>",
			bad_items[i].item);
		x_expect(a, "type='error'");
		x_expect(a, bad_items[i].error);
		x_forget(a);
	}
	x_send(a, "<iq type='get' id='x' to='bob@example.org'>"
		  "<query xmlns='jabber:iq:roster'/></iq>");
	x_expect(a, "service-unavailable");
	x_world_end(&w);
}

static void asking_and_allowing(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(ann, "<presence type='subscribe' to='" BOB "/b' id='p1'/>");
	x_expect(ann, "<item jid='" BOB "' subscription='none' "
		      "ask='subscribe'/>");
	x_expect(bob, "type='subscribe'");
	x_expect(bob, "from='" ANN "'");
	x_expect_no(bob, "<item");
	x_forget(bob);
	x_send(bob, "<presence type='subscribed' to='" ANN "'/>");
	x_expect(bob, "<item jid='" ANN "' subscription='from'/>");
	x_expect(ann, "type='subscribed'");
	x_expect(ann, "<item jid='" BOB "' subscription='to'/>");
	x_expect(ann, "<presence from='" BOB "/b' to='" ANN "'/>");
	x_forget(ann);
	x_send(bob, "<presence><show>away</show></presence>");
	x_expect(ann, "<show>away</show>");
	x_send(ann, "<presence><show>dnd</show></presence>");
	x_expect_no(bob, "dnd");
	x_send(ann, "<presence type='unsubscribe' to='" BOB "'/>");
	x_expect(bob, "type='unsubscribe'");
	x_expect(ann, "subscription='none'");
	x_forget(ann);
	x_send(bob, "<presence><show>xa</show></presence>");
	x_expect_no(ann, "xa");
	x_world_end(&w);
}

static void asking_somebody_who_is_not_there(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob;

	(void)state;
	x_send(ann, "<presence type='subscribe' to='" BOB "'>"
		    "<status>let me</status></presence>");
	x_restart(w);
	bob = x_login(w, BOB "/b");
	x_send(bob, "<presence/>");
	x_expect(bob, "type='subscribe'");
	x_expect(bob, "<status>let me</status>");
	x_send(bob, ROSTER_GET);
	x_expect(bob, "<query xmlns='jabber:iq:roster' ver='0'/>");
	x_world_end(&w);
}

static void approved_before_asked(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(bob, "<presence type='subscribed' to='" ANN "'/>");
	x_expect(bob, "<item jid='" ANN "' subscription='none' "
		      "approved='true'/>");
	x_expect_nothing(ann);
	x_send(ann, "<presence type='subscribe' to='" BOB "'/>");
	x_expect_no(bob, "type='subscribe'");
	x_expect(bob, "subscription='from'");
	x_expect(ann, "type='subscribed'");
	x_expect(ann, "subscription='to'");
	x_world_end(&w);
}

static void taken_off_the_list(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_befriend(ann, ANN, bob, BOB);
	x_send(ann, "<iq type='set' id='s'><query xmlns='jabber:iq:roster'>"
		    "<item jid='" BOB "' subscription='remove'/>"
		    "</query></iq>");
	x_expect(ann, "subscription='remove'");
	x_expect(ann, "id='s'");
	x_expect(bob, "type='unavailable'");
	x_expect(bob, "type='unsubscribe'");
	x_expect(bob, "type='unsubscribed'");
	x_send(ann, ROSTER_GET);
	x_expect(ann, "<query xmlns='jabber:iq:roster' ver=");
	x_expect_no(ann, BOB);
	x_world_end(&w);
}

static void presence_comes_and_goes(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_befriend(ann, ANN, bob, BOB);
	x_cut(bob);
	x_expect(ann, "<presence ");
	x_expect(ann, "type='unavailable'");
	bob = x_online(w, BOB "/b2");
	x_expect(ann, "from='" BOB "/b2'");
	x_close(bob);
	bob = x_login(w, BOB "/b3");
	x_send(bob, "<presence/>");
	x_expect(bob, "from='" ANN "/a'");
	x_send(bob, "<presence type='unavailable'><status>bye</status>"
		    "</presence>");
	x_expect(ann, "<status>bye</status>");
	x_world_end(&w);
}

static void probes_are_for_subscribers(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	/* The refusal ends at her own server, which knows of no subscription:
	 * so there is no difference between one who is and one who is not. */
	x_send(ann, "<presence type='probe' to='" BOB "'/>");
	x_expect_nothing(ann);
	x_send(ann, "<presence type='probe' to='nobody@example.org'/>");
	x_expect_nothing(ann);
	x_befriend(ann, ANN, bob, BOB);
	x_send(ann, "<presence type='probe' to='" BOB "'/>");
	x_expect(ann, "from='" BOB "/b'");
	x_world_end(&w);
}

static void shown_to_one_who_is_told_too(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(ann, "<presence to='" BOB "/b'><status>hi</status></presence>");
	x_expect(bob, "<status>hi</status>");
	x_forget(bob);
	x_cut(ann);
	x_expect(bob, "from='" ANN "/a' type='unavailable'");
	x_world_end(&w);
}

static void priorities(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *b1 = x_online(w, BOB "/1");
	struct client *b2 = x_online(w, BOB "/2");
	struct client *b3 = x_online(w, BOB "/3");

	(void)state;
	x_send(b2, "<presence><priority>-1</priority></presence>");
	x_send(b3, "<presence><priority>5</priority></presence>");
	x_forget(b1);
	x_forget(b2);
	x_forget(b3);
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "</message>");
	x_expect(b1, "<body>x</body>");
	x_expect(b3, "<body>x</body>");
	x_expect_nothing(b2);
	x_send(b2, "<presence><priority>200</priority></presence>");
	x_expect(b2, "bad-request");
	x_world_end(&w);
}

static void to_a_full_address(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *b1 = x_online(w, BOB "/1");
	struct client *b2 = x_online(w, BOB "/2");

	(void)state;
	x_forget(b1);
	x_send(ann, "<message to='" BOB "/1' type='chat'><body>x</body>"
		    "</message>");
	x_expect(b1, "<body>x</body>");
	x_expect_nothing(b2);
	x_send(ann, "<message to='" BOB "/gone' type='chat'><body>y</body>"
		    "</message>");
	x_expect(b1, "<body>y</body>");
	x_expect(b2, "<body>y</body>");
	x_send(ann, "<message to='" BOB "/gone' type='normal'><body>z</body>"
		    "</message>");
	x_expect(ann, "service-unavailable");
	x_send(ann, "<iq type='get' id='q' to='" BOB "/gone'>"
		    "<ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(ann, "id='q'");
	x_expect(ann, "service-unavailable");
	x_send(ann, "<iq type='get' id='q2' to='" BOB "/1'>"
		    "<x xmlns='urn:x'/></iq>");
	x_expect(b1, "<x xmlns='urn:x'/>");
	x_send(b1, "<iq type='result' id='q2' to='" ANN "/a'/>");
	x_expect(ann, "id='q2'");
	x_world_end(&w);
}

static void stanzas_that_are_refused(void **state)
{
	static const struct {
		const char *name, *stanza, *error;
	} cases[] = {
		{ "no such person",
		  "<message to='no@example.org'><body>x"
		  "</body></message>",
		  "service-unavailable" },
		{ "no such host",
		  "<message to='a@example.net'><body>x"
		  "</body></message>",
		  "remote-server-not-found" },
		{ "bad address", "<message to='@@'><body>x</body></message>",
		  "jid-malformed" },
		{ "groupchat to a person",
		  "<message to='" BOB "' type='groupchat'><body>x</body>"
		  "</message>",
		  "service-unavailable" },
		{ "iq without id", "<iq type='get'><a xmlns='u:x'/></iq>",
		  "bad-request" },
		{ "iq of no type", "<iq id='1'><a xmlns='u:x'/></iq>",
		  "bad-request" },
		{ "iq with two children",
		  "<iq id='1' type='get'><a xmlns='u:x'/><b xmlns='u:x'/></iq>",
		  "bad-request" },
		{ "iq nobody knows",
		  "<iq id='1' type='get'><a xmlns='u:x'/>"
		  "</iq>",
		  "service-unavailable" },
		{ "iq to the host nobody knows",
		  "<iq id='1' type='get' to='example.org'><a xmlns='u:x'/>"
		  "</iq>",
		  "service-unavailable" },
		{ "presence of no type", "<presence type='x' to='" BOB "'/>",
		  "bad-request" },
		{ "subscribe to nobody", "<presence type='subscribe'/>",
		  "bad-request" },
	};
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("  %s\n", cases[i].name);
		x_send(ann, cases[i].stanza);
		x_expect(ann, "type='error'");
		x_expect(ann, cases[i].error);
		x_forget(ann);
	}
	x_world_end(&w);
}

static void offline_and_back(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob;

	(void)state;
	x_send(ann, "<message to='" BOB "' type='chat' id='o1'><body>one"
		    "</body></message>");
	x_send(ann, "<message to='" BOB "' type='chat'><body>two</body>"
		    "<no-store xmlns='urn:xmpp:hints'/></message>");
	x_expect(ann, "service-unavailable");
	x_forget(ann);
	x_send(ann, "<message to='" BOB "' type='chat'>"
		    "<active xmlns='http://jabber.org/protocol/chatstates'/>"
		    "</message>");
	x_send(ann, "<message to='" BOB "' type='headline'><body>h</body>"
		    "</message>");
	x_expect_nothing(ann);
	x_pass(w, 3600000);
	x_restart(w);
	bob = x_login(w, BOB "/b");
	x_expect_nothing(bob);
	x_send(bob, "<presence/>");
	x_expect(bob, "id='o1'");
	x_expect(bob, "<body>one</body>");
	x_expect(bob, "<delay xmlns='urn:xmpp:delay' from='example.org' "
		      "stamp='2026-01-01T00:00:00");
	x_expect_no(bob, "two");
	x_expect_no(bob, "active");
	/* Nobody knows yet that it arrived: it comes again. */
	x_cut(bob);
	bob = x_online(w, BOB "/c");
	x_close(bob);
	bob = x_login(w, BOB "/d");
	x_send(bob, "<presence/>");
	x_expect(bob, "<body>one</body>");
	x_send(bob, "<presence/>");
	x_close(bob);
	bob = x_login(w, BOB "/e");
	x_send(bob, "<presence/>");
	x_expect_no(bob, "<body>");
	x_world_end(&w);
}

static void the_offline_store_is_bounded(void **state)
{
	struct world *w = x_world("  offline: 2\n");
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	for (int i = 0; i < 2; i++)
		x_send(ann, "<message to='" BOB "'><body>x</body></message>");
	x_expect_nothing(ann);
	x_send(ann, "<message to='" BOB "'><body>x</body></message>");
	x_expect(ann, "service-unavailable");
	x_world_end(&w);
}

static void many_offline_messages_in_order(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob;

	(void)state;
	for (int i = 0; i < 250; i++)
		x_sendf(ann, "<message to='" BOB "'><body>n%d</body></message>",
			i);
	x_pass(w, 60000);
	bob = x_login(w, BOB "/b");
	x_send(bob, "<presence/>");
	for (int i = 0; i < 250; i++) {
		char want[32];

		snprintf(want, sizeof(want), "<body>n%d</body>", i);
		x_expect(bob, want);
	}
	x_world_end(&w);
}

static void a_dead_directory_says_try_later(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");

	(void)state;
	w->people_down = true;
	x_send(ann, "<message to='" BOB "'><body>x</body></message>");
	x_expect(ann, "<error type='wait'><resource-constraint");
	x_forget(ann);
	w->people_down = false;
	x_send(ann, "<message to='" BOB "'><body>x</body></message>");
	x_expect_nothing(ann);
	x_world_end(&w);
}

#define BIG "%0100000d"

static void a_full_disk_accepts_nothing(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob;
	const char *at;
	char id[32];

	(void)state;
	x_send(ann, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	at = strstr(x_text(ann), "id='");
	assert_non_null(at);
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(at + 4, "'"), at + 4);
	x_forget(ann);
	x_disk_full(w, true);
	x_sendf(ann,
		"<message to='" BOB "' id='m'><body>" BIG "</body></message>"
		"<r xmlns='urn:xmpp:sm:3'/>",
		1);
	x_expect(ann, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
	x_expect(ann, "id='m'");
	x_expect(ann, "<error type='wait'><resource-constraint");
	x_expect(ann, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	/* The text of a request is kept until it is answered. */
	x_sendf(ann,
		"<presence type='subscribe' to='" BOB "'><status>" BIG
		"</status></presence>",
		1);
	x_expect(ann, "type='error'");
	x_forget(ann);
	x_disk_full(w, false);
	x_send(ann, "<message to='" BOB "'><body>small</body></message>");
	bob = x_login(w, BOB "/b");
	x_send(bob, "<presence/>");
	x_expect_no(bob, "subscribe");
	x_expect(bob, "<body>small</body>");
	x_expect_no(bob, "00001");
	x_send(bob, ROSTER_GET);
	x_expect(bob, "<query xmlns='jabber:iq:roster' ver='0'/>");
	x_world_end(&w);
}

static void discovery(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(ann, "<iq type='get' id='d' to='example.org'><query xmlns="
		    "'http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(ann, "<identity category='server' type='im'");
	x_expect(ann, "<feature var='http://jabber.org/protocol/disco#info'/>");
	x_expect(ann, "<feature var='urn:xmpp:ping'/>");
	x_send(ann, "<iq type='get' id='d' to='" BOB "'><query xmlns="
		    "'http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(ann, "service-unavailable");
	x_befriend(ann, ANN, bob, BOB);
	x_send(ann, "<iq type='get' id='d' to='" BOB "'><query xmlns="
		    "'http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(ann, "<identity category='account' type='registered'/>");
	x_send(ann, "<iq type='get' id='d' to='example.org'><query xmlns="
		    "'http://jabber.org/protocol/disco#info' node='x#y'/>"
		    "</iq>");
	x_expect(ann, "item-not-found");
	x_world_end(&w);
}

static void carbon_copies(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *b1 = x_online(w, BOB "/1");
	struct client *b2 = x_online(w, BOB "/2");

	(void)state;
	x_send(b2, "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/>"
		   "</iq>");
	x_forget(b1);
	x_forget(b2);
	x_send(ann, "<message to='" BOB "/1' type='chat'><body>x</body>"
		    "</message>");
	x_expect(b1, "<body>x</body>");
	x_expect(b2, "<received xmlns='urn:xmpp:carbons:2'>"
		     "<forwarded xmlns='urn:xmpp:forward:0'>"
		     "<message xmlns='jabber:client'");
	x_expect(b2, "<body>x</body>");
	x_forget(b2);
	x_send(b1, "<message to='" ANN "' type='chat'><body>y</body>"
		   "</message>");
	x_expect(b2, "<sent xmlns='urn:xmpp:carbons:2'>");
	x_expect(b2, "<body>y</body>");
	x_forget(b2);
	x_send(ann, "<message to='" BOB "/1' type='chat'><body>z</body>"
		    "<private xmlns='urn:xmpp:carbons:2'/></message>");
	x_expect(b1, "<body>z</body>");
	x_expect_nothing(b2);
	x_send(ann, "<message to='" BOB "' type='chat'><body>both</body>"
		    "</message>");
	x_expect(b2, "<body>both</body>");
	x_expect_no(b2, "both");
	x_send(ann, "<message to='" BOB "/2'><received "
		    "xmlns='urn:xmpp:carbons:2'><forwarded "
		    "xmlns='urn:xmpp:forward:0'/></received><body>forged"
		    "</body></message>");
	x_expect(b2, "<body>forged</body>");
	x_expect_no(b2, "received");
	x_world_end(&w);
}

static void the_board_knows(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct arena *a = arena_new();

	(void)state;
	x_send(ann, "<presence><show>dnd</show><status>busy</status>"
		    "</presence>");
	assert_int_equal(board_person(w->board, STR(ANN), a).show, PRES_DND);
	assert_string_equal(board_person(w->board, STR(ANN), a).status, "busy");
	x_cut(ann);
	assert_int_equal(board_person(w->board, STR(ANN), a).show,
			 PRES_OFFLINE);
	arena_free(&a);
	x_world_end(&w);
}

/* xmpp.md 11.3: each with its time. */
static void the_board_knows_who_is_at_work(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct arena *a = arena_new();
	struct board_resource *rs;

	(void)state;
	x_send(ann, "<presence><show>away</show><idle "
		    "xmlns='urn:xmpp:idle:1' since='2025-12-31T00:00:00Z'/>"
		    "</presence>");
	assert_int_equal(board_resources(w->board, STR(ANN), a, &rs), 1);
	assert_int_equal(rs[0].active, INT64_C(1767139200000));
	x_pass(w, 1000);
	x_send(ann, "<message to='" BOB "' type='chat'><displayed "
		    "xmlns='urn:xmpp:chat-markers:0' id='1'/></message>");
	board_resources(w->board, STR(ANN), a, &rs);
	assert_int_equal(rs[0].displayed, loop_wall(w->loop));
	x_pass(w, 1000);
	x_send(ann, "<message to='" BOB "' type='chat'><body>x</body>"
		    "</message>");
	x_pass(w, 1000);
	x_send(ann, "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"
		    "<message to='" BOB "'><received "
		    "xmlns='urn:xmpp:receipts' id='1'/></message>");
	board_resources(w->board, STR(ANN), a, &rs);
	assert_int_equal(rs[0].displayed, loop_wall(w->loop) - 2000);
	assert_int_equal(rs[0].active, loop_wall(w->loop) - 1000);
	assert_int_equal(rs[0].proof, loop_wall(w->loop));
	arena_free(&a);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_on_one_push_on_the_other),
		cmocka_unit_test(a_roster_outlives_the_daemon),
		cmocka_unit_test(versions),
		cmocka_unit_test(rosters_refuse),
		cmocka_unit_test(asking_and_allowing),
		cmocka_unit_test(asking_somebody_who_is_not_there),
		cmocka_unit_test(approved_before_asked),
		cmocka_unit_test(taken_off_the_list),
		cmocka_unit_test(presence_comes_and_goes),
		cmocka_unit_test(probes_are_for_subscribers),
		cmocka_unit_test(shown_to_one_who_is_told_too),
		cmocka_unit_test(priorities),
		cmocka_unit_test(to_a_full_address),
		cmocka_unit_test(stanzas_that_are_refused),
		cmocka_unit_test(offline_and_back),
		cmocka_unit_test(the_offline_store_is_bounded),
		cmocka_unit_test(many_offline_messages_in_order),
		cmocka_unit_test(a_dead_directory_says_try_later),
		cmocka_unit_test(a_full_disk_accepts_nothing),
		cmocka_unit_test(discovery),
		cmocka_unit_test(carbon_copies),
		cmocka_unit_test(the_board_knows),
		cmocka_unit_test(the_board_knows_who_is_at_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
