/* SPDX-License-Identifier: MIT */
/* test_component_delegation.c - XEP-0355: who answers for the server (X43) */
#include <stdio.h>

#include "tests/unit/xmpp/component.h"

#define PEP_ASK                                                                \
	"<iq type='set' id='pep1'><pubsub "                                    \
	"xmlns='http://jabber.org/protocol/pubsub'><publish node='mood'/>"     \
	"</pubsub></iq>"

/* The id of the request k was handed. */
static void handed(struct client *k, char id[17])
{
	x_expect(k, "<iq type='set'");
	snprintf(id, 17, "%.16s", strstr(x_text(k), "id='") + 4);
}

static void answer(struct client *k, const char *id, const char *inner)
{
	x_sendf(k,
		"<iq type='result' id='%s' from='pep.example.org' "
		"to='example.org'><delegation xmlns='urn:xmpp:delegation:2'>"
		"<forwarded xmlns='urn:xmpp:forward:0'>%s</forwarded>"
		"</delegation></iq>",
		id, inner);
}

static void a_delegated_request(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_pep(w);
	char id[17];

	(void)state;
	x_forget(k);
	x_send(ann, PEP_ASK);
	handed(k, id);
	x_expect(k, "from='example.org' to='pep.example.org'>"
		    "<delegation xmlns='urn:xmpp:delegation:2'>"
		    "<forwarded xmlns='urn:xmpp:forward:0'>"
		    "<iq xmlns='jabber:client' ");
	x_expect(k, "from='ann@example.org/a'");
	x_expect(k, "<publish node='mood'/></pubsub></iq></forwarded>"
		    "</delegation></iq>");
	answer(k, id,
	       "<iq xmlns='jabber:client' type='result' id='pep1' "
	       "to='ann@example.org/a'><pubsub "
	       "xmlns='http://jabber.org/protocol/pubsub'><ok/></pubsub></iq>");
	x_expect(ann, "<iq type='result' id='pep1' to='ann@example.org/a'>"
		      "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
		      "<ok/></pubsub></iq>");
	x_expect_nothing(ann);
	x_world_end(&w);
}

static const struct {
	const char *name;
	const char *inner;
} bad_answers[] = {
	{ "another id", "<iq xmlns='jabber:client' type='result' id='pep2' "
			"to='ann@example.org/a'/>" },
	{ "another type", "<iq xmlns='jabber:client' type='set' id='pep1' "
			  "to='ann@example.org/a'/>" },
	{ "an error", "<iq xmlns='jabber:client' type='error' id='pep1' "
		      "to='ann@example.org/a'/>" },
	{ "to somebody else", "<iq xmlns='jabber:client' type='result' "
			      "id='pep1' to='bob@example.org/b'/>" },
	{ "from somebody else",
	  "<iq xmlns='jabber:client' type='result' id='pep1' "
	  "from='boss@example.org' to='ann@example.org/a'/>" },
	{ "no namespace of clients",
	  "<iq type='result' id='pep1' to='ann@example.org/a'/>" },
	{ "nothing", "" },
};

static void bad_answers_are_not_passed_on(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_pep(w);
	char id[17];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_answers) / sizeof(bad_answers[0]);
	     i++) {
		print_message("  %s\n", bad_answers[i].name);
		x_forget(k);
		x_send(ann, PEP_ASK);
		handed(k, id);
		answer(k, id, bad_answers[i].inner);
		x_expect(ann, "<iq type='error' id='pep1'");
		x_expect(ann, "<service-unavailable ");
		x_forget(ann);
	}
	x_forget(k);
	x_send(ann, PEP_ASK);
	handed(k, id);
	x_sendf(k,
		"<iq type='error' id='%s' from='pep.example.org' "
		"to='example.org'/>",
		id);
	x_expect(ann, "<service-unavailable ");
	x_world_end(&w);
}

static void who_may_answer(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_pep(w);
	struct client *p = k_login(w, "plain.example.org", "plain-secret");
	char id[17];

	(void)state;
	x_forget(k);
	x_send(ann, PEP_ASK);
	handed(k, id);
	x_sendf(p,
		"<iq type='result' id='%s' from='plain.example.org' "
		"to='example.org'><delegation xmlns='urn:xmpp:delegation:2'>"
		"<forwarded xmlns='urn:xmpp:forward:0'><iq "
		"xmlns='jabber:client' type='result' id='pep1' "
		"to='ann@example.org/a'/></forwarded></delegation></iq>",
		id);
	x_expect_nothing(ann);
	x_pass(w, 31000);
	x_expect(ann, "<service-unavailable ");
	x_world_end(&w);
}

static void what_is_delegated_and_what_not(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_pep(w);
	char id[17];

	(void)state;
	x_forget(k);
	/* Without the attribute it is as if there were no delegation. */
	x_send(ann, "<iq type='get' id='1'><query xmlns='jabber:iq:private'/>"
		    "</iq>");
	x_expect(ann, "<service-unavailable ");
	x_expect_nothing(k);
	x_send(ann, "<iq type='get' id='2'><query xmlns='jabber:iq:private' "
		    "node='n'/></iq>");
	handed(k, id);
	x_forget(k);
	/* To the host, to another's bare JID; not to a client. */
	x_send(ann, "<iq type='get' id='3' to='example.org'><pubsub "
		    "xmlns='http://jabber.org/protocol/pubsub'/></iq>");
	x_expect(k, "to='example.org'");
	x_forget(k);
	x_send(ann, "<iq type='get' id='4' to='bob@example.org'><pubsub "
		    "xmlns='http://jabber.org/protocol/pubsub'/></iq>");
	x_expect(k, "to='bob@example.org'");
	x_forget(k);
	x_send(ann, "<iq type='get' id='5' to='bob@example.org/x'><pubsub "
		    "xmlns='http://jabber.org/protocol/pubsub'/></iq>");
	x_expect_nothing(k);
	/* The component's own questions do not come back to it. */
	x_send(k, "<iq type='get' id='6' from='pep.example.org' "
		  "to='ann@example.org'><pubsub "
		  "xmlns='http://jabber.org/protocol/pubsub'/></iq>");
	x_expect(k, "<iq type='error' id='6'");
	x_world_end(&w);
}

static void nobody_takes_everybodys_share(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *bob = x_online(w, "bob@example.org/b");
	struct client *k = k_pep(w);

	(void)state;
	for (int i = 0; i < 100; i++)
		x_send(ann, PEP_ASK);
	x_expect_nothing(ann);
	x_send(ann, PEP_ASK);
	x_expect(ann, "<resource-constraint ");
	x_forget(k);
	x_send(bob, PEP_ASK);
	x_expect(k, "from='bob@example.org/b'");
	x_expect_nothing(bob);
	x_world_end(&w);
}

static void the_manager_is_away(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k;

	(void)state;
	x_send(ann, PEP_ASK);
	x_expect(ann, "<service-unavailable ");
	x_forget(ann);
	k = k_pep(w);
	x_send(ann, PEP_ASK);
	x_expect_nothing(ann);
	x_cut(k);
	x_expect(ann, "<iq type='error' id='pep1'");
	x_expect(ann, "<service-unavailable ");
	/* The asker goes first. */
	k = k_pep(w);
	x_send(ann, PEP_ASK);
	x_cut(ann);
	x_pass(w, 31000);
	assert_false(k->ended);
	x_world_end(&w);
}

#define INFO "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
#define NODE_ROW                                                               \
	"node='urn:xmpp:delegation:2::http://jabber.org/protocol/pubsub'"
#define NODE_BARE                                                              \
	"node='urn:xmpp:delegation:2:bare:http://jabber.org/protocol/pubsub'"

/* Answers the disco#info request that comes next. */
static void tell_info(struct client *k, const char *node, const char *inside)
{
	char id[17];

	x_expect(k, "<iq type='get'");
	snprintf(id, 17, "%.16s", strstr(x_text(k), "id='") + 4);
	x_expect(k, node);
	x_sendf(k,
		"<iq type='result' id='%s' from='pep.example.org' "
		"to='example.org'><query "
		"xmlns='http://jabber.org/protocol/disco#info' %s>%s</query>"
		"</iq>",
		id, node, inside);
}

static void features_of_the_manager(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_login(w, "pep.example.org", "right-secret");

	(void)state;
	tell_info(k, NODE_ROW,
		  "<feature var='http://jabber.org/protocol/pubsub#publish'/>"
		  "<feature var='urn:xmpp:ping'/>");
	tell_info(k, NODE_BARE,
		  "<identity category='pubsub' type='pep'/>"
		  "<feature var='http://jabber.org/protocol/pubsub#auto'/>");
	x_send(ann, "<iq type='get' id='h' to='example.org'>" INFO);
	x_expect(ann, "<feature "
		      "var='http://jabber.org/protocol/pubsub#publish'/>");
	/* Each once. */
	x_expect(ann, "<feature var='urn:xmpp:ping'/>");
	x_expect_no(ann, "<feature var='urn:xmpp:ping'/>");
	x_expect_no(ann, "pubsub#auto");
	x_forget(ann);
	x_send(ann, "<iq type='get' id='b'>" INFO);
	x_expect(ann, "<identity category='account' type='registered'/>"
		      "<identity category='pubsub' type='pep'/>");
	x_expect(ann, "pubsub#auto");
	/* It goes, and its features go. */
	x_cut(k);
	x_forget(ann);
	x_send(ann, "<iq type='get' id='h' to='example.org'>" INFO);
	x_expect_no(ann, "pubsub#publish");
	x_forget(ann);
	x_send(ann, "<iq type='get' id='b'>" INFO);
	x_expect_no(ann, "pubsub");
	x_world_end(&w);
}

static void our_features_give_way(void **state)
{
	struct world *w = x_world(K_CONF(
		"      pep.example.org: { secret: right-secret, delegations: [ "
		"{ namespace: \"urn:xmpp:ping\" } ] }\n"));
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_login(w, "pep.example.org", "right-secret");

	(void)state;
	tell_info(k, "node='urn:xmpp:delegation:2::urn:xmpp:ping'",
		  "<feature var='urn:xmpp:ping#better'/>");
	x_send(ann, "<iq type='get' id='h' to='example.org'>" INFO);
	x_expect(ann, "<feature var='urn:xmpp:ping#better'/>");
	x_expect_no(ann, "<feature var='urn:xmpp:ping'/>");
	x_world_end(&w);
}

static void the_hash_of_capabilities_follows(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *k = k_login(w, "pep.example.org", "right-secret");
	char first[64], second[64];
	struct client *c;

	(void)state;
	for (int i = 0; i < 2; i++) {
		c = x_connect(w);
		x_send(c, X_STREAM_OPEN);
		x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
			  "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
		x_send(c, X_STREAM_OPEN);
		x_expect(c, "hash='sha-1'");
		snprintf(i == 0 ? first : second, 64, "%.34s",
			 strstr(x_text(c), "ver='"));
		x_close(c);
		if (i == 0)
			tell_info(k, NODE_ROW, "<feature var='urn:new'/>");
	}
	assert_string_not_equal(first, second);
	x_world_end(&w);
}

static void the_rest_of_disco(void **state)
{
	struct world *w = x_world(K_CONF(
		"      pep.example.org: { secret: right-secret, delegations: [ "
		"{ namespace: \"urn:xmpp:delegation:2:bare:disco#info:*\" }, "
		"{ namespace: \"urn:xmpp:delegation:2:bare:disco#items:*\" } "
		"] }\n"));
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_pep(w);

	(void)state;
	x_forget(k);
	x_send(ann, "<iq type='get' id='1' to='ann@example.org'><query "
		    "xmlns='http://jabber.org/protocol/disco#info' "
		    "node='urn:x'/></iq>");
	x_expect(k, "node='urn:x'");
	x_send(ann, "<iq type='get' id='2' to='ann@example.org'><query "
		    "xmlns='http://jabber.org/protocol/disco#items'/></iq>");
	x_expect(k, "id='2'");
	x_forget(k);
	/* What the server knows, and what is no account's, stays its own. */
	x_send(ann, "<iq type='get' id='3' to='ann@example.org'>" INFO);
	x_expect(ann, "category='account'");
	x_send(ann, "<iq type='get' id='4' to='example.org'><query "
		    "xmlns='http://jabber.org/protocol/disco#items'/></iq>");
	x_expect(ann, "pep.example.org");
	x_expect_nothing(k);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delegated_request),
		cmocka_unit_test(bad_answers_are_not_passed_on),
		cmocka_unit_test(who_may_answer),
		cmocka_unit_test(what_is_delegated_and_what_not),
		cmocka_unit_test(nobody_takes_everybodys_share),
		cmocka_unit_test(the_manager_is_away),
		cmocka_unit_test(features_of_the_manager),
		cmocka_unit_test(our_features_give_way),
		cmocka_unit_test(the_hash_of_capabilities_follows),
		cmocka_unit_test(the_rest_of_disco),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
