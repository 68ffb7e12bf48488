/* SPDX-License-Identifier: MIT */
/* test_csi.c - XEP-0352: what an inactive client is woken for */
#include "tests/unit/xmpp/peer.h"
#include "xmpp/server_private.h"
#include "xmpp/xep/csi.h"

#define ANN "ann@example.org"
#define BOB "bob@example.org"

#define MUC_USER "xmlns='http://jabber.org/protocol/muc#user'"
#define EVENT	 "xmlns='http://jabber.org/protocol/pubsub#event'"
#define CHATST	 "xmlns='http://jabber.org/protocol/chatstates'"

static const struct {
	const char *name;
	const char *stanza;
	enum xmpp_csi_class want;
} cases[] = {
	{ "presence", "<presence/>", CSI_LAST },
	{ "presence that goes", "<presence type='unavailable'/>", CSI_LAST },
	{ "a request to subscribe", "<presence type='subscribe'/>", CSI_NOW },
	{ "presence in a room",
	  "<presence><x " MUC_USER "><item/></x></presence>", CSI_LAST },
	{ "oneself in a room",
	  "<presence><x " MUC_USER "><status code='110'/></x></presence>",
	  CSI_NOW },
	{ "chat", "<message type='chat'><body>x</body></message>", CSI_NOW },
	{ "normal", "<message><body>x</body></message>", CSI_NOW },
	{ "composing", "<message type='chat'><composing " CHATST "/></message>",
	  CSI_NEVER },
	{ "chat and state",
	  "<message type='chat'><body>x</body><paused " CHATST "/></message>",
	  CSI_NOW },
	{ "a receipt",
	  "<message><received xmlns='urn:xmpp:receipts' id='1'/></message>",
	  CSI_NOW },
	{ "an error", "<message type='error'/>", CSI_NOW },
	{ "a line of a room",
	  "<message type='groupchat'><body>hello all</body></message>",
	  CSI_LATER },
	{ "a line that names him",
	  "<message type='groupchat'><body>hello Bob!</body></message>",
	  CSI_NOW },
	{ "a subject",
	  "<message type='groupchat'><subject>x</subject></message>", CSI_NOW },
	{ "somebody types in a room",
	  "<message type='groupchat'><composing " CHATST "/></message>",
	  CSI_NEVER },
	{ "published news",
	  "<message type='headline'><event " EVENT "/></message>", CSI_LAST },
	{ "a headline", "<message type='headline'><body>x</body></message>",
	  CSI_NOW },
	{ "an iq", "<iq type='get'><x xmlns='u:x'/></iq>", CSI_NOW },
	{ "an answer", "<iq type='result'/>", CSI_NOW },
};

static void classes(void **state)
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
		assert_int_equal(xmpp_csi_class(a, st, STR("bob")),
				 cases[i].want);
	}
	arena_free(&a);
	xmpp_xml_parser_free(&p);
}

static void offered(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);

	(void)state;
	x_send(c, X_STREAM_OPEN);
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGJvYgBzZWNyZXQ=</auth>");
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "<csi xmlns='urn:xmpp:csi:0'/>");
	x_world_end(&w);
}

/* X28 */
static void only_the_last_presence_in_front_of_what_matters(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");
	const char *text;

	(void)state;
	x_befriend(ann, ANN, bob, BOB);
	x_send(bob, "<inactive xmlns='urn:xmpp:csi:0'/>");
	x_send(ann, "<presence><show>away</show></presence>");
	x_send(ann, "<presence><show>dnd</show></presence>");
	x_send(ann, "<message to='" BOB "' type='chat'><composing "
		    "xmlns='http://jabber.org/protocol/chatstates'/>"
		    "</message>");
	x_expect_nothing(bob);
	x_send(ann, "<message to='" BOB "' type='chat'><body>n1</body>"
		    "</message>");
	x_expect_no(bob, "away");
	x_expect_no(bob, "composing");
	text = x_text(bob);
	assert_true(strstr(text, "dnd") < strstr(text, "n1"));
	x_expect(bob, "n1");
	x_forget(bob);
	x_send(ann, "<presence><show>xa</show></presence>");
	x_expect_nothing(bob);
	x_send(bob, "<active xmlns='urn:xmpp:csi:0'/>");
	x_expect(bob, "<show>xa</show>");
	x_send(ann, "<presence/>");
	x_expect(bob, "<presence");
	x_world_end(&w);
}

static void no_more_is_held_than_so_much(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(bob, "<inactive xmlns='urn:xmpp:csi:0'/>");
	for (int i = 0; i < 501; i++)
		x_sendf(ann,
			"<message to='" BOB "/b' type='groupchat'>"
			"<body>line %d</body></message>",
			i);
	x_expect(bob, "line 0");
	x_expect(bob, "line 500");
	x_world_end(&w);
}

/* Held stanzas go with the queue of 0198; a resumed stream is active. */
static void a_cut_loses_nothing_of_it(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct peer bob;
	struct board_resource *r;
	struct arena *a = arena_new();

	(void)state;
	peer_online(&bob, w, "bob", "b");
	x_send(bob.c, "<inactive xmlns='urn:xmpp:csi:0'/>");
	assert_int_equal(board_resources(w->board, STR(BOB), a, &r), 1);
	assert_int_not_equal(r[0].inactive_since, 0);
	x_send(ann, "<message to='" BOB "/b' type='groupchat'>"
		    "<body>n1</body></message>");
	x_expect_nothing(bob.c);
	peer_cut(&bob);
	assert_true(peer_back(&bob));
	assert_int_equal(bob.in, 1);
	assert_int_equal(board_resources(w->board, STR(BOB), a, &r), 1);
	assert_int_equal(r[0].inactive_since, 0);
	x_send(ann, "<message to='" BOB "/b' type='groupchat'>"
		    "<body>n2</body></message>");
	x_expect(bob.c, "n2");
	arena_free(&a);
	x_world_end(&w);
}

static void bad_states(void **state)
{
	struct world *w = x_world(NULL);
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	x_send(bob, "<asleep xmlns='urn:xmpp:csi:0'/>");
	x_expect(bob, "unsupported-stanza-type");
	x_expect_end(bob);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(offered),
		cmocka_unit_test(
			only_the_last_presence_in_front_of_what_matters),
		cmocka_unit_test(no_more_is_held_than_so_much),
		cmocka_unit_test(a_cut_loses_nothing_of_it),
		cmocka_unit_test(bad_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
