/* SPDX-License-Identifier: MIT */
/* test_component_privilege.c - XEP-0356 and XEP-0355: what is granted, and
 * nothing else (X43) */
#include <stdio.h>

#include "tests/unit/xmpp/component.h"

#define ALL                                                                    \
	K_CONF("      pep.example.org:\n"                                      \
	       "        secret: right-secret\n"                                \
	       "        privileges:\n"                                         \
	       "          roster: both\n"                                      \
	       "          message: true\n"                                     \
	       "          presence: roster\n"                                  \
	       "          iq:\n"                                               \
	       "            - { namespace: \"jabber:iq:version\", type: get "  \
	       "}\n"                                                           \
	       "            - { namespace: \"urn:x:set\", type: set }\n"       \
	       "        delegations:\n"                                        \
	       "          - { namespace: "                                     \
	       "\"http://jabber.org/protocol/pubsub\" "                        \
	       "}\n"                                                           \
	       "          - { namespace: \"jabber:iq:private\", attributes: "  \
	       "[node] }\n"                                                    \
	       "      plain.example.org: { secret: plain-secret }\n"           \
	       "      far.example.org: { secret: far-secret }\n")

#define FWD(inside)                                                            \
	"<privilege xmlns='urn:xmpp:privilege:2'><forwarded "                  \
	"xmlns='urn:xmpp:forward:0'>" inside "</forwarded></privilege>"

static struct client *pep(struct world *w)
{
	struct client *k = k_login(w, "pep.example.org", "right-secret");

	x_forget(k);
	return k;
}

static void it_is_told_what_it_may(void **state)
{
	struct world *w = x_world(ALL);
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
	struct world *w = x_world(ALL);
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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = pep(w);

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
		k = pep(w);
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
	struct world *w = x_world(ALL);
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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = pep(w);

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

static void a_forged_copy_stays_out(void **state)
{
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = pep(w);

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
	struct world *w = x_world(ALL);
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
	struct world *w = x_world(ALL);
	struct client *k = pep(w);
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
	struct world *w = x_world(ALL);
	struct client *k = pep(w);
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
	struct world *w = x_world(ALL);
	struct client *k = pep(w);
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
	struct world *w = x_world(ALL);
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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *bob = x_online(w, "bob@example.org/b");
	struct client *far = k_login(w, "far.example.org", "far-secret");
	struct client *k = pep(w);

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
	struct world *w = x_world(ALL);
	struct client *p = k_login(w, "plain.example.org", "plain-secret");
	struct client *ann = x_online(w, "ann@example.org/a");

	(void)state;
	x_expect_nothing(p);
	x_cut(ann);
	x_expect_nothing(p);
	x_world_end(&w);
}

/* ---- XEP-0355 ---- */

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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = pep(w);
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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = pep(w);
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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = pep(w);
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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = pep(w);
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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *bob = x_online(w, "bob@example.org/b");
	struct client *k = pep(w);

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
	struct world *w = x_world(ALL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k;

	(void)state;
	x_send(ann, PEP_ASK);
	x_expect(ann, "<service-unavailable ");
	x_forget(ann);
	k = pep(w);
	x_send(ann, PEP_ASK);
	x_expect_nothing(ann);
	x_cut(k);
	x_expect(ann, "<iq type='error' id='pep1'");
	x_expect(ann, "<service-unavailable ");
	/* The asker goes first. */
	k = pep(w);
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
	struct world *w = x_world(ALL);
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
	struct world *w = x_world(ALL);
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
	struct client *k = pep(w);

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
		cmocka_unit_test(it_is_told_what_it_may),
		cmocka_unit_test(the_server_says_it_knows_this),
		cmocka_unit_test(contact_lists),
		cmocka_unit_test(contact_lists_as_granted),
		cmocka_unit_test(nobody_else_reads_lists),
		cmocka_unit_test(messages_for_others),
		cmocka_unit_test(a_forged_copy_stays_out),
		cmocka_unit_test(messages_without_the_right),
		cmocka_unit_test(requests_for_others),
		cmocka_unit_test(requests_that_are_refused),
		cmocka_unit_test(requests_nobody_answers),
		cmocka_unit_test(presence_of_persons),
		cmocka_unit_test(presence_of_contacts),
		cmocka_unit_test(no_presence_without_the_right),
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
