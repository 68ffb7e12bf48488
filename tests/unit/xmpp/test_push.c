/* SPDX-License-Identifier: MIT */
/* test_push.c - XEP-0357: who is woken, when, and who is forgotten */
#include <stdio.h>

#include "tests/unit/xmpp/peer.h"
#include "xmpp/module.h"
#include "xmpp/xml/write.h"

#define ANN	"ann@example.org"
#define BOB	"bob@example.org"
#define SERVICE "push.example.org"

/* A push service on a domain of its own. */
struct service {
	unsigned notices;
	struct buf last;
	bool silent;
	const char *error; /* type of the error it answers with; NULL: none */
	enum xmpp_condition condition;
};

static void on_stanza(void *self, struct xmpp_ctx *c, const struct stanza *st)
{
	struct service *s = self;
	struct stanza *out;

	s->notices++;
	buf_reset(&s->last);
	xmpp_xml_write(&s->last, st, XMPP_XML_BY_ITSELF);
	if (s->silent)
		return;
	if (s->error == NULL) {
		xmpp_reply(c, st, NULL);
		return;
	}
	out = xmpp_fault_stanza(c->a, st, s->condition, NULL);
	stanza_set_attr(c->a, out, "from", STR(SERVICE));
	xmpp_route(c, out);
}

static struct world *with_service(struct service *s, const char *yaml)
{
	struct world *w = x_world(yaml);
	struct xmpp_service service = {
		.kind = "push", .self = s, .stanza = on_stanza, .name = "push"
	};

	memset(s, 0, sizeof(*s));
	assert_int_equal(xmpp_service_add(w->x, SERVICE, &service), GW_OK);
	return w;
}

static void enable(struct client *c, const char *node)
{
	x_sendf(c,
		"<iq type='set' id='e'><enable xmlns='urn:xmpp:push:0' "
		"jid='" SERVICE "' node='%s'><x xmlns='jabber:x:data' "
		"type='submit'><field var='FORM_TYPE'><value>"
		"http://jabber.org/protocol/pubsub#publish-options</value>"
		"</field><field var='secret'><value>s3&amp;</value></field>"
		"</x></enable></iq>",
		node);
	x_expect(c, "type='result'");
	x_forget(c);
}

static bool has_push(struct world *w)
{
	struct arena *a = arena_new();
	bool push = board_person(w->board, STR(BOB), a).push;

	arena_free(&a);
	return push;
}

static void say(struct client *from, const char *to)
{
	x_sendf(from,
		"<message to='%s' type='chat'><body>secret words</body>"
		"</message>",
		to);
}

/* X36 */
static void woken_for_a_stored_message(void **state)
{
	struct service s;
	struct world *w = with_service(&s, NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");
	const char *text;

	(void)state;
	assert_false(has_push(w));
	enable(bob, "n&amp;1");
	assert_true(has_push(w));
	say(ann, BOB);
	assert_int_equal(s.notices, 0); /* he is there */
	x_close(bob);
	say(ann, BOB);
	assert_int_equal(s.notices, 1);
	text = (const char *)s.last.data;
	assert_non_null(strstr(text, "from='example.org'"));
	assert_non_null(strstr(text, "to='" SERVICE "'"));
	assert_non_null(strstr(text, "<publish node='n&amp;1'>"));
	assert_non_null(strstr(text, "urn:xmpp:push:summary"));
	assert_non_null(strstr(text, "<value>s3&amp;</value>"));
	assert_null(strstr(text, "secret words"));
	assert_null(strstr(text, "ann@"));
	x_world_end(&w);
	buf_fini(&s.last);
}

static void woken_when_cut_or_inactive(void **state)
{
	struct service s;
	struct world *w = with_service(&s, NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct peer bob;

	(void)state;
	peer_online(&bob, w, "bob", "b");
	enable(bob.c, "n");
	bob.in++;
	bob.sent++; /* the request */
	say(ann, BOB);
	assert_int_equal(s.notices, 0);
	peer_cut(&bob); /* with that one under way */
	assert_int_equal(s.notices, 1);
	say(ann, BOB);
	assert_int_equal(s.notices, 2);
	assert_true(peer_back(&bob));
	peer_ack(&bob);
	say(ann, BOB);
	assert_int_equal(s.notices, 2);
	x_send(bob.c, "<inactive xmlns='urn:xmpp:csi:0'/>");
	say(ann, BOB "/b");
	assert_int_equal(s.notices, 3);
	x_send(ann, "<message to='" BOB "' type='chat'><composing "
		    "xmlns='http://jabber.org/protocol/chatstates'/>"
		    "</message>");
	assert_int_equal(s.notices, 3);
	x_world_end(&w);
	buf_fini(&s.last);
}

static void one_notice_at_a_time(void **state)
{
	struct service s;
	struct world *w = with_service(&s, NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	enable(bob, "n");
	x_close(bob);
	s.silent = true;
	for (int i = 0; i < 10; i++)
		say(ann, BOB);
	assert_int_equal(s.notices, 1);
	x_world_end(&w);
	buf_fini(&s.last);
}

static void errors_forget_the_node(void **state)
{
	struct service s;
	struct world *w = with_service(&s, NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	enable(bob, "n");
	x_close(bob);
	s.error = "cancel";
	s.condition = XMPP_ITEM_NOT_FOUND;
	say(ann, BOB);
	assert_int_equal(s.notices, 1);
	assert_false(has_push(w));
	say(ann, BOB);
	assert_int_equal(s.notices, 1);

	bob = x_online(w, BOB "/b");
	enable(bob, "n");
	x_close(bob);
	s.condition = XMPP_RESOURCE_CONSTRAINT; /* may pass */
	for (int i = 0; i < 4; i++)
		say(ann, BOB);
	assert_true(has_push(w));
	say(ann, BOB);
	assert_false(has_push(w));
	assert_int_equal(s.notices, 6);
	x_world_end(&w);
	buf_fini(&s.last);
}

static void silence_forgets_it_in_the_end(void **state)
{
	struct service s;
	struct world *w = with_service(&s, NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	enable(bob, "n");
	x_close(bob);
	s.silent = true;
	for (int i = 0; i < 5; i++) {
		assert_true(has_push(w));
		say(ann, BOB);
		x_pass(w, 61000);
	}
	assert_false(has_push(w));
	x_world_end(&w);
	buf_fini(&s.last);
}

static void a_service_nobody_can_reach(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, ANN "/a");
	struct client *bob = x_online(w, BOB "/b");

	(void)state;
	for (int i = 0; i < 3; i++) {
		x_sendf(bob,
			"<iq type='set' id='e'><enable "
			"xmlns='urn:xmpp:push:0' jid='away.example' "
			"node='%d'/></iq>",
			i);
		x_expect(bob, "type='result'");
	}
	x_close(bob);
	say(ann, BOB);
	say(ann, BOB);
	x_pass(w, 1000);
	assert_false(has_push(w));
	x_world_end(&w);
}

static void enabled_over_a_restart(void **state)
{
	struct service s;
	struct world *w = with_service(&s, NULL);
	struct xmpp_service service = {
		.kind = "push", .self = &s, .stanza = on_stanza, .name = "push"
	};
	struct client *bob = x_online(w, BOB "/b");
	struct client *ann;

	(void)state;
	enable(bob, "n");
	enable(bob, "m");
	x_send(bob, "<iq type='set' id='d'><disable xmlns='urn:xmpp:push:0' "
		    "jid='" SERVICE "' node='m'/></iq>");
	x_expect(bob, "type='result'");
	x_restart(w);
	assert_int_equal(xmpp_service_add(w->x, SERVICE, &service), GW_OK);
	assert_true(has_push(w));
	ann = x_online(w, ANN "/a");
	say(ann, BOB);
	assert_int_equal(s.notices, 1);
	assert_non_null(strstr((const char *)s.last.data, "node='n'"));
	bob = x_online(w, BOB "/b");
	x_send(bob, "<iq type='set' id='d'><disable xmlns='urn:xmpp:push:0' "
		    "jid='" SERVICE "'/></iq>");
	x_expect(bob, "type='result'");
	assert_false(has_push(w));
	x_world_end(&w);
	buf_fini(&s.last);
}

static void refused(void **state)
{
	struct service s;
	struct world *w = with_service(&s, NULL);
	struct client *bob = x_online(w, BOB "/b");
	static const char *const bad[] = {
		"<enable xmlns='urn:xmpp:push:0'/>",
		"<enable xmlns='urn:xmpp:push:0' jid='@'/>",
		"<enable xmlns='urn:xmpp:push:0' jid='" ANN "'/>",
		"<disable xmlns='urn:xmpp:push:0'/>",
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		x_sendf(bob, "<iq type='set' id='e'>%s</iq>", bad[i]);
		x_expect(bob, "bad-request");
	}
	for (int i = 0; i < 16; i++) {
		char node[16];

		snprintf(node, sizeof(node), "%d", i);
		enable(bob, node);
	}
	x_send(bob, "<iq type='set' id='e'><enable xmlns='urn:xmpp:push:0' "
		    "jid='" SERVICE "' node='x'/></iq>");
	x_expect(bob, "resource-constraint");
	x_send(bob, "<iq type='set' id='e' to='" ANN "'><enable "
		    "xmlns='urn:xmpp:push:0' jid='" SERVICE "'/></iq>");
	x_expect(bob, "service-unavailable");
	x_world_end(&w);
	buf_fini(&s.last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(woken_for_a_stored_message),
		cmocka_unit_test(woken_when_cut_or_inactive),
		cmocka_unit_test(one_notice_at_a_time),
		cmocka_unit_test(errors_forget_the_node),
		cmocka_unit_test(silence_forgets_it_in_the_end),
		cmocka_unit_test(a_service_nobody_can_reach),
		cmocka_unit_test(enabled_over_a_restart),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
