/* SPDX-License-Identifier: MIT */
/* test_component_privilege.c - XEP-0356: what is granted, and nothing
 * else (X43) */
#include <stdio.h>

#include "gateway/store/xmpp/archive.h"
#include "tests/unit/xmpp/component.h"

#define FWD(inside)                                                            \
	"<privilege xmlns='urn:xmpp:privilege:2'><forwarded "                  \
	"xmlns='urn:xmpp:forward:0'>" inside "</forwarded></privilege>"

static void it_is_told_what_it_may(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *k = k_login(w, "pep.example.org", "right-secret");
	struct client *p = k_login(w, "plain.example.org", "plain-secret");

	(void)state;
	x_expect(k, "from='example.org' to='pep.example.org'");
	x_expect(k, "<privilege xmlns='urn:xmpp:privilege:2'>"
		    "<perm access='roster' type='both' push='true'/>"
		    "<perm access='message' type='outgoing'/>"
		    "<perm access='iq'>"
		    "<namespace ns='jabber:iq:version' type='get'/>"
		    "<namespace ns='urn:x:set' type='set'/></perm>"
		    "<perm access='presence' type='roster'/></privilege>");
	x_expect(k, "<delegation xmlns='urn:xmpp:delegation:2'>"
		    "<delegated "
		    "namespace='http://jabber.org/protocol/pubsub'/>"
		    "<delegated namespace='jabber:iq:private'>"
		    "<attribute name='node'/></delegated></delegation>");
	x_expect_nothing(p);
	x_world_end(&w);
}

static void the_server_says_it_knows_this(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");

	(void)state;
	x_send(ann, "<iq type='get' id='d' to='example.org'>"
		    "<query xmlns='http://jabber.org/protocol/disco#info'/>"
		    "</iq>");
	assert_non_null(
		strstr(x_text(ann), "<feature var='urn:xmpp:delegation:2'/>"));
	assert_non_null(
		strstr(x_text(ann), "<feature var='urn:xmpp:privilege:2'/>"));
	x_world_end(&w);
}

/* ---- contact lists ---- */

static void contact_lists(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_pep(w);

	(void)state;
	x_forget(k);
	x_send(k, "<iq type='set' id='r1' from='pep.example.org' "
		  "to='ann@example.org'><query xmlns='jabber:iq:roster'>"
		  "<item jid='bob@example.org' name='Bob'><group>G</group>"
		  "</item></query></iq>");
	x_pass(w, 10);
	x_expect(ann, "<item jid='bob@example.org' name='Bob'");
	x_expect(k, "<iq type='set'");
	x_expect(k, "from='ann@example.org' to='pep.example.org'");
	x_expect(k, "<item jid='bob@example.org' name='Bob'");
	x_expect(k, "<iq type='result' id='r1' to='pep.example.org' "
		    "from='ann@example.org'/>");
	x_send(k, "<iq type='get' id='r2' from='pep.example.org' "
		  "to='ann@example.org'><query xmlns='jabber:iq:roster'/>"
		  "</iq>");
	x_expect(k, "<iq type='result' id='r2'");
	x_expect(k, "<group>G</group>");
	/* A client's own change reaches the component too. */
	x_send(ann, "<iq type='set' id='s'><query xmlns='jabber:iq:roster'>"
		    "<item jid='bob@example.org' subscription='remove'/>"
		    "</query></iq>");
	x_pass(w, 10);
	x_expect(k, "<item jid='bob@example.org' subscription='remove'/>");
	x_send(k, "<iq type='result' id='push' from='pep.example.org' "
		  "to='ann@example.org'/>");
	x_send(k, "<iq type='get' id='r3' from='pep.example.org' "
		  "to='nobody@example.org'>"
		  "<query xmlns='jabber:iq:roster'/></iq>");
	x_expect(k, "id='r3'");
	x_expect(k, "<service-unavailable ");
	x_world_end(&w);
}

static const struct {
	const char *name;
	const char *roster; /* what is granted */
	const char *type;   /* what is asked */
	bool allowed;
} roster_cases[] = {
	{ "none, get", "none", "get", false },
	{ "none, set", "none", "set", false },
	{ "get, get", "get", "get", true },
	{ "get, set", "get", "set", false },
	{ "set, get", "set", "get", false },
	{ "set, set", "set", "set", true },
	{ "both, get", "both", "get", true },
	{ "both, set", "both", "set", true },
};

static void contact_lists_as_granted(void **state)
{
	char yaml[512];

	(void)state;
	for (size_t i = 0; i < sizeof(roster_cases) / sizeof(roster_cases[0]);
	     i++) {
		struct world *w;
		struct client *k;

		print_message("  %s\n", roster_cases[i].name);
		snprintf(yaml, sizeof(yaml),
			 K_CONF("      pep.example.org: { secret: "
				"right-secret, privileges: { roster: %s, push: "
				"false } }\n"),
			 roster_cases[i].roster);
		w = x_world(yaml);
		k = k_pep(w);
		x_sendf(k,
			"<iq type='%s' id='r' from='pep.example.org' "
			"to='ann@example.org'><query "
			"xmlns='jabber:iq:roster'>%s</query></iq>",
			roster_cases[i].type,
			roster_cases[i].type[0] == 's'
				? "<item jid='bob@example.org'/>"
				: "");
		x_pass(w, 10);
		if (roster_cases[i].allowed)
			x_expect(k, "<iq type='result' id='r'");
		else
			x_expect(k, "<error type='auth'><forbidden ");
		x_expect_no(k, "type='set'");
		x_world_end(&w);
	}
}

static void nobody_else_reads_lists(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *bob = x_online(w, "bob@example.org/b");
	struct client *p = k_login(w, "plain.example.org", "plain-secret");

	(void)state;
	x_send(p, "<iq type='get' id='r' from='plain.example.org' "
		  "to='ann@example.org'><query xmlns='jabber:iq:roster'/>"
		  "</iq>");
	x_expect(p, "<forbidden ");
	x_send(bob, "<iq type='get' id='r' to='ann@example.org'>"
		    "<query xmlns='jabber:iq:roster'/></iq>");
	x_expect(bob, "<service-unavailable ");
	x_send(bob, "<iq type='get' id='r' to='ann@example.org'>"
		    "<privileged_iq xmlns='urn:xmpp:privilege:2'/></iq>");
	x_expect(bob, "<service-unavailable ");
	x_world_end(&w);
}

/* ---- messages ---- */

static const struct {
	const char *name;
	const char *inside;
	const char *error; /* NULL: delivered */
} messages[] = {
	{ "for a person",
	  "<message xmlns='jabber:client' from='bob@example.org' "
	  "to='ann@example.org/a'><body>hi</body></message>",
	  NULL },
	{ "for the server",
	  "<message xmlns='jabber:client' from='example.org' "
	  "to='ann@example.org/a'><body>hi</body></message>",
	  NULL },
	{ "for a client of a person",
	  "<message xmlns='jabber:client' from='bob@example.org/x' "
	  "to='ann@example.org/a'/>",
	  "forbidden" },
	{ "for a person elsewhere",
	  "<message xmlns='jabber:client' from='bob@example.net' "
	  "to='ann@example.org/a'/>",
	  "forbidden" },
	{ "for somebody of the rooms",
	  "<message xmlns='jabber:client' from='a@rooms.example.org' "
	  "to='ann@example.org/a'/>",
	  "forbidden" },
	{ "for nobody",
	  "<message xmlns='jabber:client' from='nobody@example.org' "
	  "to='ann@example.org/a'/>",
	  "forbidden" },
	{ "without from",
	  "<message xmlns='jabber:client' to='ann@example.org/a'/>",
	  "forbidden" },
	{ "without to", "<message xmlns='jabber:client' from='example.org'/>",
	  "jid-malformed" },
	{ "in a foreign namespace",
	  "<message from='bob@example.org' to='ann@example.org/a'/>",
	  "bad-request" },
	{ "another stanza",
	  "<iq xmlns='jabber:client' from='bob@example.org' "
	  "to='ann@example.org/a' type='set' id='x'><x/></iq>",
	  "bad-request" },
	{ "nothing", "", "bad-request" },
};

static void messages_for_others(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_pep(w);

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		char want[64];

		print_message("  %s\n", messages[i].name);
		x_sendf(k,
			"<message from='pep.example.org' to='example.org' "
			"id='%zu'>" FWD("%s") "</message>",
			i, messages[i].inside);
		if (messages[i].error == NULL) {
			x_expect(ann, "<body>hi</body>");
			x_forget(ann);
			x_expect_nothing(k);
			continue;
		}
		snprintf(want, sizeof(want), "<%s ", messages[i].error);
		x_expect(k, "<message type='error'");
		x_expect(k, want);
		x_forget(k);
		x_expect_nothing(ann);
	}
	x_world_end(&w);
}

struct kept {
	unsigned n;
	char text[1024];
};

static void on_rows(void *arg, enum gw_err e, const struct journal_row *rows,
		    size_t count)
{
	struct kept *k = arg;

	assert_int_equal(e, GW_OK);
	k->n = (unsigned)count;
	if (count > 0)
		snprintf(k->text, sizeof(k->text), STR_FMT,
			 STR_ARG(rows[0].stanza));
}

/* 6.3: as if it was originating from him. */
static void what_it_says_for_a_person_is_that_persons(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a"),
		      *bob = x_online(w, "bob@example.org/b");
	struct client *k = k_pep(w);
	struct archive_query q = { .owner = STR("bob@example.org"), .max = 10 };
	struct kept kept = { .n = 0 };

	(void)state;
	x_send(bob, "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/>"
		    "</iq>");
	x_forget(bob);
	x_send(k,
	       "<message from='pep.example.org' to='example.org' id='1'>" FWD(
		       "<message xmlns='jabber:client' type='chat' "
		       "from='bob@example.org' to='ann@example.org'>"
		       "<body>mine</body></message>") "</message>");
	x_expect(ann, "from='bob@example.org'");
	x_expect(ann, "<body>mine</body>");
	x_expect(bob, "<sent xmlns='urn:xmpp:carbons:2'>");
	x_expect(bob, "<body>mine</body>");
	archive_list(w->store, &q, on_rows, &kept);
	x_pass(w, 0);
	assert_int_equal(kept.n, 1);
	assert_non_null(strstr(kept.text, "mine"));
	x_forget(bob);
	/* A notification is neither copied nor kept. */
	x_send(k,
	       "<message from='pep.example.org' to='example.org' id='2'>" FWD(
		       "<message xmlns='jabber:client' type='headline' "
		       "from='bob@example.org' to='ann@example.org'>"
		       "<event xmlns='urn:e'/></message>") "</message>");
	x_expect(ann, "<event ");
	x_expect_nothing(bob);
	archive_list(w->store, &q, on_rows, &kept);
	x_pass(w, 0);
	assert_int_equal(kept.n, 1);
	x_world_end(&w);
}

static void a_forged_copy_stays_out(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_pep(w);

	(void)state;
	x_send(ann, "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/>"
		    "</iq>");
	x_forget(ann);
	x_send(k,
	       "<message from='pep.example.org' to='example.org' id='1'>" FWD(
		       "<message xmlns='jabber:client' from='ann@example.org' "
		       "to='ann@example.org/a'><received "
		       "xmlns='urn:xmpp:carbons:2'>"
		       "<forwarded xmlns='urn:xmpp:forward:0'><message "
		       "from='boss@example.org'><body>forged</body></message>"
		       "</forwarded></received></message>") "</message>");
	x_expect_no(ann, "forged");
	/* B07: the same without any privilege, from its own address. */
	x_send(k, "<message from='pep.example.org' to='ann@example.org/a' "
		  "type='chat'><received xmlns='urn:xmpp:carbons:2'><forwarded "
		  "xmlns='urn:xmpp:forward:0'><message "
		  "from='boss@example.org'><body>forged</body></message>"
		  "</forwarded></received><body>seen</body></message>");
	x_expect(ann, "<body>seen</body>");
	x_expect_no(ann, "forged");
	x_world_end(&w);
}

static void messages_without_the_right(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *p = k_login(w, "plain.example.org", "plain-secret");

	(void)state;
	x_send(p, "<message from='plain.example.org' to='example.org' "
		  "id='1'>" FWD("<message xmlns='jabber:client' "
				"from='bob@example.org' "
				"to='ann@example.org/a'/>") "</message>");
	x_expect(p, "<forbidden ");
	x_expect_nothing(ann);
	x_world_end(&w);
}

/* ---- requests ---- */

#define ASK(type, ns, more)                                                    \
	"<iq type='" type "' id='out' from='pep.example.org' "                 \
	"to='ann@example.org'>"                                                \
	"<privileged_iq xmlns='urn:xmpp:privilege:2'>"                         \
	"<iq xmlns='jabber:client' type='" type "' id='in' "                   \
	"to='far.example.org' " more "><query xmlns='" ns "'/></iq>"           \
	"</privileged_iq></iq>"

static void requests_for_others(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *k = k_pep(w);
	struct client *far = k_login(w, "far.example.org", "far-secret");
	char id[17] = "";

	(void)state;
	x_send(k, ASK("get", "jabber:iq:version", ""));
	x_expect(far, "<iq ");
	assert_non_null(strstr(x_text(far), "from='ann@example.org'"));
	assert_non_null(strstr(x_text(far), "type='get'"));
	assert_null(strstr(x_text(far), "id='in'"));
	snprintf(id, sizeof(id), "%.16s", strstr(x_text(far), "id='") + 4);
	/* Who was not asked does not answer. */
	x_sendf(k,
		"<iq type='result' id='%s' from='pep.example.org' "
		"to='ann@example.org'/>",
		id);
	x_expect_nothing(k);
	x_sendf(far,
		"<iq type='result' id='%s' from='far.example.org' "
		"to='ann@example.org'><query xmlns='jabber:iq:version'>"
		"<name>Far</name></query></iq>",
		id);
	x_expect(k, "<iq id='out' from='ann@example.org' to='pep.example.org' "
		    "type='result'><privilege xmlns='urn:xmpp:privilege:2'>"
		    "<forwarded xmlns='urn:xmpp:forward:0'>"
		    "<iq xmlns='jabber:client' type='result' id='in' "
		    "from='far.example.org' to='ann@example.org'>");
	x_expect(k, "<name>Far</name>");
	x_forget(k);
	x_sendf(far,
		"<iq type='result' id='%s' from='far.example.org' "
		"to='ann@example.org'/>",
		id);
	x_expect_nothing(k);
	x_world_end(&w);
}

static const struct {
	const char *name;
	const char *bytes;
	const char *error;
} requests[] = {
	{ "a namespace not granted", ASK("get", "jabber:iq:last", ""),
	  "forbidden" },
	{ "a type not granted", ASK("set", "jabber:iq:version", ""),
	  "forbidden" },
	{ "the other type not granted", ASK("get", "urn:x:set", ""),
	  "forbidden" },
	{ "for another person",
	  ASK("get", "jabber:iq:version", "from='bob@example.org'"),
	  "forbidden" },
	{ "for a client of the person",
	  ASK("get", "jabber:iq:version", "from='ann@example.org/a'"),
	  "forbidden" },
	{ "types differ",
	  "<iq type='set' id='o' from='pep.example.org' to='ann@example.org'>"
	  "<privileged_iq xmlns='urn:xmpp:privilege:2'><iq "
	  "xmlns='jabber:client' type='get' id='i'>"
	  "<query xmlns='jabber:iq:version'/></iq></privileged_iq></iq>",
	  "bad-request" },
	{ "nothing inside",
	  "<iq type='set' id='o' from='pep.example.org' to='ann@example.org'>"
	  "<privileged_iq xmlns='urn:xmpp:privilege:2'/></iq>",
	  "bad-request" },
	{ "no namespace of clients",
	  "<iq type='get' id='o' from='pep.example.org' to='ann@example.org'>"
	  "<privileged_iq xmlns='urn:xmpp:privilege:2'><iq type='get' id='i'>"
	  "<query xmlns='jabber:iq:version'/></iq></privileged_iq></iq>",
	  "bad-request" },
	{ "a bad address",
	  "<iq type='get' id='o' from='pep.example.org' to='ann@example.org'>"
	  "<privileged_iq xmlns='urn:xmpp:privilege:2'><iq to='@' "
	  "xmlns='jabber:client' type='get' id='i'>"
	  "<query xmlns='jabber:iq:version'/></iq></privileged_iq></iq>",
	  "jid-malformed" },
};

static void requests_that_are_refused(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *k = k_pep(w);
	struct client *far = k_login(w, "far.example.org", "far-secret");
	char want[64];

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		print_message("  %s\n", requests[i].name);
		x_send(k, requests[i].bytes);
		snprintf(want, sizeof(want), "<%s ", requests[i].error);
		x_expect(k, "<iq type='error'");
		x_expect(k, want);
		x_forget(k);
		x_expect_nothing(far);
	}
	x_world_end(&w);
}

static void requests_nobody_answers(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *k = k_pep(w);
	struct client *far = k_login(w, "far.example.org", "far-secret");

	(void)state;
	x_send(k, ASK("get", "jabber:iq:version", ""));
	x_expect(far, "<iq ");
	x_pass(w, 31000);
	x_expect(k, "<iq id='out'");
	x_expect(k, "type='error'");
	x_expect(k, "<remote-server-timeout ");
	/* The one who was asked goes: known at once. */
	x_forget(k);
	x_send(k, ASK("get", "jabber:iq:version", ""));
	x_cut(far);
	x_expect(k, "type='result'");
	x_expect(k, "<iq xmlns='jabber:client' type='error' id='in'");
	/* The server itself answers. */
	x_forget(k);
	x_send(k, "<iq type='get' id='o' from='pep.example.org' "
		  "to='ann@example.org'>"
		  "<privileged_iq xmlns='urn:xmpp:privilege:2'><iq "
		  "xmlns='jabber:client' type='get' id='i'>"
		  "<query xmlns='jabber:iq:version'/></iq></privileged_iq>"
		  "</iq>");
	x_expect(k, "type='result'");
	x_expect(k, "<service-unavailable ");
	x_world_end(&w);
}

/* ---- presence ---- */

static void presence_of_persons(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a"), *bob;
	struct client *k = k_login(w, "pep.example.org", "right-secret");

	(void)state;
	/* Who was there before. */
	x_expect(k, "<presence from='ann@example.org/a' "
		    "to='pep.example.org'/>");
	x_forget(k);
	bob = x_login(w, "bob@example.org/b");
	x_expect_nothing(k);
	x_send(bob, "<presence><show>chat</show></presence>");
	x_expect(k, "from='bob@example.org/b'");
	x_expect(k, "<show>chat</show></presence>");
	/* Neither changes, nor what is for others. */
	x_send(bob, "<presence><show>away</show></presence>"
		    "<presence to='cat@example.org'/>");
	x_expect_nothing(k);
	x_send(bob, "<presence type='unavailable'/>");
	x_expect(k, "type='unavailable'");
	x_expect(k, "to='pep.example.org'/>");
	x_send(bob, "<presence type='unavailable'/>");
	x_expect_nothing(k);
	x_cut(ann);
	x_expect(k, "from='ann@example.org/a' type='unavailable'");
	x_forget(k);
	x_cut(bob);
	x_expect_nothing(k);
	x_world_end(&w);
}

static void presence_of_contacts(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *bob = x_online(w, "bob@example.org/b");
	struct client *far = k_login(w, "far.example.org", "far-secret");
	struct client *k = k_pep(w);

	(void)state;
	x_send(ann, "<presence type='subscribe' to='f@far.example.org'/>");
	x_send(bob, "<presence type='subscribe' to='f@far.example.org'/>");
	x_send(far, "<presence type='subscribed' from='f@far.example.org' "
		    "to='ann@example.org'/><presence type='subscribed' "
		    "from='f@far.example.org' to='bob@example.org'/>");
	x_pass(w, 10);
	x_forget(k);
	x_send(far, "<presence from='f@far.example.org/x' "
		    "to='ann@example.org'/>");
	x_expect(k, "<presence from='f@far.example.org/x' "
		    "to='pep.example.org'/>");
	x_send(far, "<presence from='f@far.example.org/x' "
		    "to='bob@example.org'/>");
	x_expect_nothing(k);
	/* A stranger's presence is nobody's contact. */
	x_send(far, "<presence from='s@far.example.org/x' "
		    "to='bob@example.org'/>");
	x_expect_nothing(k);
	x_send(far, "<presence from='f@far.example.org/x' "
		    "to='bob@example.org'><show>dnd</show></presence>");
	x_expect(k, "<show>dnd</show></presence>");
	x_close(k);
	k = k_login(w, "pep.example.org", "right-secret");
	x_expect(k, "<presence from='f@far.example.org/x'");
	x_expect(k, "<show>dnd</show>");
	x_forget(k);
	/* Also when the person himself is not there. */
	x_cut(bob);
	x_cut(ann);
	x_forget(k);
	x_send(far, "<presence from='f@far.example.org/x' type='unavailable' "
		    "to='ann@example.org'/>");
	x_expect(k, "type='unavailable'");
	x_world_end(&w);
}

static void no_presence_without_the_right(void **state)
{
	struct world *w = x_world(K_ALL);
	struct client *p = k_login(w, "plain.example.org", "plain-secret");
	struct client *ann = x_online(w, "ann@example.org/a");

	(void)state;
	x_expect_nothing(p);
	x_cut(ann);
	x_expect_nothing(p);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_told_what_it_may),
		cmocka_unit_test(the_server_says_it_knows_this),
		cmocka_unit_test(contact_lists),
		cmocka_unit_test(contact_lists_as_granted),
		cmocka_unit_test(nobody_else_reads_lists),
		cmocka_unit_test(messages_for_others),
		cmocka_unit_test(what_it_says_for_a_person_is_that_persons),
		cmocka_unit_test(a_forged_copy_stays_out),
		cmocka_unit_test(messages_without_the_right),
		cmocka_unit_test(requests_for_others),
		cmocka_unit_test(requests_that_are_refused),
		cmocka_unit_test(requests_nobody_answers),
		cmocka_unit_test(presence_of_persons),
		cmocka_unit_test(presence_of_contacts),
		cmocka_unit_test(no_presence_without_the_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
