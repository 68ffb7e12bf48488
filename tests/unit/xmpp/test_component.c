/* SPDX-License-Identifier: MIT */
/* test_component.c - XEP-0114: handshake, addresses, both ways, comings and
 * goings (X24, B06 and B07 for components) */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/xmpp/component.h"
#include "xmpp/component/component_private.h"

#define HOSTS                                                                  \
	K_CONF("      echo.example.org: { secret: right-secret, name: Echo, "  \
	       "also: [second.example.org] }\n"                                \
	       "      other.example.org: { secret: other-secret }\n")

static const struct {
	const char *name;
	const char *bytes;
	const char *error;
} headers[] = {
	{ "a client's namespace",
	  "<stream:stream to='echo.example.org' version='1.0' "
	  "xmlns='jabber:client' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "invalid-namespace" },
	{ "stream namespace wrong",
	  "<stream:stream to='echo.example.org' "
	  "xmlns='jabber:component:accept' xmlns:stream='urn:x'>",
	  "invalid-namespace" },
	{ "another element",
	  "<stream:flow to='echo.example.org' "
	  "xmlns='jabber:component:accept' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "bad-format" },
	{ "a host nobody configured", K_OPEN("stranger.example.org"),
	  "host-unknown" },
	{ "the server itself", K_OPEN("example.org"), "host-unknown" },
	{ "the rooms", K_OPEN("rooms.example.org"), "host-unknown" },
	{ "a host that comes with another", K_OPEN("second.example.org"),
	  "host-unknown" },
	{ "no address", K_OPEN("a@b"), "host-unknown" },
	{ "no host",
	  "<stream:stream xmlns='jabber:component:accept' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "improper-addressing" },
	{ "DOCTYPE", "<!DOCTYPE x []>", "restricted-xml" },
};

static void bad_headers(void **state)
{
	struct world *w = x_world(HOSTS);
	char want[128];

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct client *k = k_connect(w);

		print_message("  %s\n", headers[i].name);
		x_send(k, headers[i].bytes);
		x_expect(k, "<stream:stream ");
		snprintf(want, sizeof(want), K_ERR("%s"), headers[i].error);
		x_expect(k, want);
		x_expect(k, "</stream:stream>");
		x_expect_end(k);
		x_close(k);
	}
	x_world_end(&w);
}

static void the_right_secret(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_connect(w);

	(void)state;
	x_send(k, K_OPEN("echo.example.org"));
	assert_non_null(strstr(x_text(k), "xmlns='jabber:component:accept'"));
	assert_non_null(strstr(x_text(k), "from='echo.example.org'"));
	assert_null(strstr(x_text(k), "features"));
	k_shake(k, "right-secret");
	x_expect(k, "<handshake/>");
	x_expect_nothing(k);
	x_send(k, "</stream:stream>");
	x_expect(k, "</stream:stream>");
	x_expect_end(k);
	x_world_end(&w);
}

static void wrong_secrets(void **state)
{
	static const char *const handshakes[] = {
		"<handshake/>",
		"<handshake>right-secret</handshake>",
		"<handshake>da39a3ee5e6b4b0d3255bfef95601890afd80709"
		"</handshake>",
		"<message from='a@echo.example.org' to='ann@example.org'/>",
		"<handshake xmlns='urn:x'/>",
	};
	struct world *w = x_world(HOSTS);
	struct client *k;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		k = k_connect(w);
		x_send(k, K_OPEN("echo.example.org"));
		x_send(k, handshakes[i]);
		x_expect(k, K_ERR("not-authorized"));
		x_expect_end(k);
	}
	k = k_connect(w);
	x_send(k, K_OPEN("echo.example.org"));
	k_shake(k, "other-secret");
	x_expect(k, K_ERR("not-authorized"));
	k = k_connect(w);
	x_send(k, K_OPEN("echo.example.org"));
	k_shake(k, "right-secreu");
	x_expect(k, K_ERR("not-authorized"));
	x_expect_no(k, "<handshake/>");
	x_world_end(&w);
}

static void a_stream_id_serves_once(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *a = k_connect(w), *b = k_connect(w);
	char first[64], second[64];

	(void)state;
	x_send(a, K_OPEN("echo.example.org"));
	x_send(b, K_OPEN("echo.example.org"));
	snprintf(first, sizeof(first), "%.24s", strstr(x_text(a), " id='"));
	snprintf(second, sizeof(second), "%.24s", strstr(x_text(b), " id='"));
	assert_string_not_equal(first, second);
	x_world_end(&w);
}

static void no_handshake_in_time(void **state)
{
	char yaml[512];
	struct world *w;
	struct client *k;

	(void)state;
	snprintf(yaml, sizeof(yaml), "  login_within: 10s\n%s", HOSTS);
	w = x_world(yaml);
	k = k_connect(w);
	x_send(k, K_OPEN("echo.example.org"));
	x_pass(w, 11000);
	x_expect(k, "<connection-timeout ");
	x_expect_end(k);
	x_world_end(&w);
}

static void a_second_connection(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct client *again = k_connect(w);
	struct client *other;

	(void)state;
	x_send(again, K_OPEN("echo.example.org"));
	k_shake(again, "right-secret");
	x_expect(again, K_ERR("conflict"));
	x_expect_end(again);
	assert_false(k->ended);
	other = k_login(w, "other.example.org", "other-secret");
	assert_false(other->ended);
	x_cut(k);
	k = k_login(w, "echo.example.org", "right-secret");
	assert_false(k->ended);
	x_world_end(&w);
}

static const struct {
	const char *name;
	const char *bytes;
	const char *error;
} misdeeds[] = {
	{ "from the server", "<message from='example.org' to='a@example.org'/>",
	  "invalid-from" },
	{ "from a person (B07)",
	  "<message from='ann@example.org' to='ann@example.org'/>",
	  "invalid-from" },
	{ "from another component",
	  "<message from='a@other.example.org' to='ann@example.org'/>",
	  "invalid-from" },
	{ "from a domain below",
	  "<message from='a@x.echo.example.org' to='ann@example.org'/>",
	  "invalid-from" },
	{ "from a domain that ends alike",
	  "<message from='a@evilecho.example.org' to='ann@example.org'/>",
	  "invalid-from" },
	{ "from no address", "<message from='@' to='ann@example.org'/>",
	  "invalid-from" },
	{ "without from", "<message to='ann@example.org'/>",
	  "improper-addressing" },
	{ "without to", "<message from='echo.example.org'/>",
	  "improper-addressing" },
	{ "an unknown stanza",
	  "<letter from='echo.example.org' to='ann@example.org'/>",
	  "unsupported-stanza-type" },
	{ "a second handshake", "<handshake/>", "unsupported-stanza-type" },
	{ "a server's stanza",
	  "<message xmlns='jabber:server' from='echo.example.org' "
	  "to='ann@example.org'/>",
	  "invalid-namespace" },
	{ "not well formed", "<message></presence>", "not-well-formed" },
	{ "a comment", "<!-- x -->", "restricted-xml" },
	{ "an entity",
	  "<message from='echo.example.org' to='ann@example.org'>&x;"
	  "</message>",
	  "restricted-xml" },
};

static void components_that_misbehave(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *ann = x_online(w, "ann@example.org/phone");
	char want[128];

	(void)state;
	for (size_t i = 0; i < sizeof(misdeeds) / sizeof(misdeeds[0]); i++) {
		struct client *k =
			k_login(w, "echo.example.org", "right-secret");

		print_message("  %s\n", misdeeds[i].name);
		x_send(k, misdeeds[i].bytes);
		snprintf(want, sizeof(want), K_ERR("%s"), misdeeds[i].error);
		x_expect(k, want);
		x_expect(k, "</stream:stream>");
		x_expect_end(k);
		x_close(k);
		x_expect_nothing(ann);
	}
	x_world_end(&w);
}

static void what_is_no_crime(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	x_send(k, "<message from='echo.example.org' to='@' id='1'/>");
	x_expect(k, "<jid-malformed ");
	x_send(k, "<iq from='echo.example.org' to='example.org' type='get' "
		  "id='2'/>");
	x_expect(k, "<bad-request ");
	x_send(k, "<iq from='echo.example.org' to='example.org' type='get'>"
		  "<ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(k, "<bad-request ");
	x_send(k, "<message from='echo.example.org' to='nobody@example.org' "
		  "id='3'/>");
	x_expect(k, "<service-unavailable ");
	x_send(k, "<message from='echo.example.org' to='a@example.net' "
		  "id='4'/>");
	x_expect(k, "<remote-server-not-found ");
	x_send(k, " \n ");
	assert_false(k->ended);
	x_world_end(&w);
}

static void stanzas_both_ways(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	x_send(ann, "<message to='bot@echo.example.org' type='chat' id='m1'>"
		    "<body>hi &lt;</body></message>");
	x_expect(k, "<message ");
	x_expect_no(k, "xmlns='jabber:client'");
	x_expect(k, "from='ann@example.org/phone'");
	x_expect(k, "<body>hi &lt;</body></message>");
	x_send(k, "<message from='bot@echo.example.org/x' "
		  "to='ann@example.org/phone' type='chat'><body>ho</body>"
		  "</message>");
	x_expect(ann, "from='bot@echo.example.org/x'");
	x_expect(ann, "<body>ho</body>");
	x_send(k, "<message from='a@second.example.org' to='ann@example.org' "
		  "type='chat'><body>from the second</body></message>");
	x_expect(ann, "from='a@second.example.org'");
	x_send(ann, "<iq type='get' id='v' to='second.example.org'>"
		    "<query xmlns='jabber:iq:version'/></iq>");
	x_expect(k, "to='second.example.org'");
	x_send(k, "<iq type='result' id='v' from='second.example.org' "
		  "to='ann@example.org/phone'/>");
	x_expect(ann, "<iq type='result' id='v'");
	x_send(k, "<iq type='get' id='p' from='echo.example.org' "
		  "to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(k, "<iq type='result' id='p' to='echo.example.org'");
	x_send(k, "<iq type='get' id='q' from='u@echo.example.org/r' "
		  "to='ann@example.org/phone'><ping xmlns='urn:xmpp:ping'/>"
		  "</iq>");
	x_expect(ann, "from='u@echo.example.org/r'");
	x_send(ann, "<iq type='result' id='q' to='u@echo.example.org/r'/>");
	x_expect(k, "to='u@echo.example.org/r'");
	x_world_end(&w);
}

static void one_component_to_another(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct client *o = k_login(w, "other.example.org", "other-secret");

	(void)state;
	x_send(k, "<message from='a@echo.example.org' "
		  "to='b@other.example.org'><body>x</body></message>");
	x_expect(o, "from='a@echo.example.org'");
	x_send(o, "<message from='b@other.example.org' "
		  "to='b@other.example.org'><body>y</body></message>");
	x_expect(o, "<body>y</body>");
	x_expect_nothing(k);
	x_world_end(&w);
}

static void presence_and_subscriptions(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	x_send(ann, "<presence type='subscribe' to='bot@echo.example.org'/>");
	x_expect(k, "type='subscribe'");
	x_expect(k, "from='ann@example.org'");
	x_send(k, "<presence type='subscribed' from='bot@echo.example.org' "
		  "to='ann@example.org'/><presence from='bot@echo.example.org/"
		  "b' to='ann@example.org'><show>dnd</show></presence>");
	x_expect(ann, "type='subscribed'");
	x_expect(ann, "<show>dnd</show>");
	x_send(k, "<presence type='subscribe' from='bot@echo.example.org' "
		  "to='ann@example.org'/>");
	x_expect(ann, "type='subscribe'");
	x_send(ann, "<presence type='subscribed' to='bot@echo.example.org'/>");
	x_expect(k, "type='subscribed'");
	x_send(ann, "<presence><show>away</show></presence>");
	x_expect(k, "<show>away</show>");
	x_cut(ann);
	x_expect(k, "type='unavailable'");
	x_world_end(&w);
}

static void rooms_take_components(void **state)
{
	struct world *w = x_world("  muc: { create: all }\n" HOSTS);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	x_send(ann, "<presence to='den@rooms.example.org/ann'>"
		    "<x xmlns='http://jabber.org/protocol/muc'/></presence>"
		    "<iq type='set' id='c' to='den@rooms.example.org'>"
		    "<query xmlns='http://jabber.org/protocol/muc#owner'>"
		    "<x xmlns='jabber:x:data' type='submit'/></query></iq>");
	x_forget(ann);
	x_send(k, "<presence from='bot@echo.example.org/b' "
		  "to='den@rooms.example.org/bot'>"
		  "<x xmlns='http://jabber.org/protocol/muc'/></presence>");
	x_expect(k, "<status code='110'/>");
	x_send(k, "<message from='bot@echo.example.org/b' type='groupchat' "
		  "to='den@rooms.example.org'><body>beep</body></message>");
	x_expect(ann, "from='den@rooms.example.org/bot'");
	x_expect(ann, "<body>beep</body>");
	x_send(ann, "<message type='groupchat' to='den@rooms.example.org'>"
		    "<body>boop</body></message>");
	x_expect(k, "<body>boop</body>");
	x_forget(ann);
	x_cut(k);
	x_send(ann, "<message type='groupchat' to='den@rooms.example.org'>"
		    "<body>gone?</body></message>");
	x_pass(w, 1000);
	x_expect(ann, "from='den@rooms.example.org/bot'");
	x_expect_no(ann, "type='error'");
	x_world_end(&w);
}

static void the_host_lists_them(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	x_send(ann, "<iq type='get' id='d' to='example.org'>"
		    "<query xmlns='http://jabber.org/protocol/disco#items'/>"
		    "</iq>");
	assert_non_null(strstr(x_text(ann),
			       "<item jid='echo.example.org' name='Echo'/>"));
	assert_non_null(strstr(x_text(ann), "<item jid='other.example.org'/>"));
	assert_non_null(strstr(x_text(ann), "jid='second.example.org'"));
	x_world_end(&w);
}

/* ---- it is not there ---- */

static void who_writes_to_nobody(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	x_send(ann, "<message to='a@echo.example.org' id='1'><body>x</body>"
		    "</message>");
	x_expect(ann, "from='a@echo.example.org'");
	x_expect(ann, "<error type='wait'><remote-server-timeout ");
	x_send(ann, "<iq type='get' to='second.example.org' id='2'>"
		    "<ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(ann, "<remote-server-timeout ");
	x_forget(ann);
	x_send(ann, "<presence to='a@echo.example.org'/>");
	x_expect_nothing(ann);
	x_send(ann, "<message type='error' to='a@echo.example.org'/>"
		    "<iq type='result' id='3' to='a@echo.example.org'/>");
	x_expect_nothing(ann);
	x_world_end(&w);
}

static void requests_that_are_never_answered(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	x_send(ann, "<iq type='get' to='echo.example.org' id='open'>"
		    "<ping xmlns='urn:xmpp:ping'/></iq>"
		    "<iq type='get' to='echo.example.org' id='done'>"
		    "<ping xmlns='urn:xmpp:ping'/></iq>"
		    "<message to='a@echo.example.org' id='m'><body>x</body>"
		    "</message>");
	x_send(k, "<iq type='result' id='done' from='echo.example.org' "
		  "to='ann@example.org/phone'/>");
	x_expect(ann, "id='done'");
	x_cut(k);
	x_expect(ann, "<iq type='error' id='open'");
	x_expect(ann, "<remote-server-timeout ");
	x_expect(ann, "</iq>");
	x_expect_nothing(ann);
	x_world_end(&w);
}

static void what_was_not_written_comes_back(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct conn *c =
		conn_find(w->net, xmpp_component_of(w->x->components,
						    STR("echo.example.org"))
					  ->conn);

	(void)state;
	/* In the same turn: queued, and not yet on the socket. */
	{
		struct xmpp_ctx ctx;
		struct stanza *st;
		struct jid to;

		xmpp_ctx_begin(&ctx, w->x);
		st = stanza_new(ctx.a, "message", NS_CLIENT);
		stanza_set_attr(ctx.a, st, "from",
				STR("ann@example.org/phone"));
		stanza_set_attr(ctx.a, st, "to", STR("a@echo.example.org"));
		stanza_set_attr(ctx.a, st, "id", STR("late"));
		assert_int_equal(
			xmpp_jid_parse(ctx.a, STR("a@echo.example.org"), &to),
			GW_OK);
		xmpp_route_to(&ctx, to, st);
		xmpp_ctx_end(&ctx);
	}
	conn_abort(c);
	x_pass(w, 0);
	x_expect(ann, "<message type='error' id='late'");
	x_expect(ann, "<remote-server-timeout ");
	x_expect_nothing(k);
	x_world_end(&w);
}

static void the_silent_are_asked(void **state)
{
	struct world *w = x_world(HOSTS "    ping: 60s\n");
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	x_pass(w, 61000);
	x_expect(k, "<ping xmlns='urn:xmpp:ping'/>");
	x_send(k, " ");
	x_pass(w, 40000);
	assert_false(k->ended);
	x_pass(w, 21000);
	x_expect(k, "<ping xmlns='urn:xmpp:ping'/>");
	x_pass(w, 31000);
	x_expect(k, K_ERR("connection-timeout"));
	x_expect_end(k);
	x_world_end(&w);
}

static void too_large(void **state)
{
	struct world *w = x_world(HOSTS "    stanza_max: 20000\n");
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct client *guest = k_connect(w);

	(void)state;
	x_sendf(k,
		"<message from='echo.example.org' to='ann@example.org'>"
		"<body>%019000d</body></message>",
		1);
	assert_false(k->ended);
	x_sendf(k, "<message><body>%021000d", 1);
	x_expect(k, K_ERR("policy-violation"));
	x_send(guest, K_OPEN("echo.example.org"));
	x_sendf(guest, "<handshake>%09000d", 1);
	x_expect(guest, K_ERR("policy-violation"));
	x_world_end(&w);
}

static void shutdown_says_so(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	x_restart(w);
	x_expect(k, K_ERR("system-shutdown"));
	x_expect_end(k);
	k = k_login(w, "echo.example.org", "right-secret");
	x_world_end(&w);
}

static void who_sends_too_fast_is_read_slowly(void **state)
{
	struct world *w = x_world(HOSTS "    rate: 1000\n");
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	for (int i = 0; i < 10; i++)
		x_sendf(k,
			"<message from='echo.example.org' "
			"to='ann@example.org'><body>%01000d</body></message>"
			"<message from='echo.example.org' "
			"to='ann@example.org'><body>n%d</body></message>",
			1, i);
	x_expect(ann, "<body>n0</body>");
	x_expect_no(ann, "<body>n9</body>");
	x_pass(w, 2000);
	x_expect_no(ann, "<body>n9</body>");
	/* Nothing is lost by that, and nobody is sent away. */
	for (int i = 0; i < 20; i++)
		x_pass(w, 1000);
	x_expect(ann, "<body>n9</body>");
	assert_false(k->ended);
	x_world_end(&w);
}

/* ---- another configuration ---- */

static void hosts_come_and_go(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct client *o = k_login(w, "other.example.org", "other-secret");
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	x_reload(w, K_CONF("      echo.example.org: { secret: right-secret, "
			   "also: [second.example.org] }\n"
			   "      third.example.org: { secret: secret-3 }\n"));
	assert_false(k->ended);
	x_expect(o, K_ERR("host-gone"));
	x_expect_end(o);
	x_send(k, "<message from='a@second.example.org' to='ann@example.org'>"
		  "<body>still</body></message>");
	x_expect(ann, "<body>still</body>");
	x_send(ann, "<message to='a@other.example.org'><body>x</body>"
		    "</message>");
	x_expect(ann, "<remote-server-not-found ");
	k_login(w, "third.example.org", "secret-3");
	x_reload(w, K_CONF("      echo.example.org: { secret: new-secret }\n"));
	x_expect(k, K_ERR("host-gone"));
	k_login(w, "echo.example.org", "new-secret");
	x_world_end(&w);
}

static void a_refused_configuration_changes_nothing(void **state)
{
	struct world *w = x_world(HOSTS);
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct xmpp_component_conf host = { .secret = "",
					    .secret_file = "/nowhere/at/all",
					    .name = "" };
	struct conf_entry entry = { .name = "x.example.org", .value = &host };
	struct xmpp_conf other = *w->x->conf;
	struct err_note note = { "" };

	(void)state;
	other.components.hosts =
		(struct conf_map){ .count = 1, .entries = &entry };
	assert_int_equal(xmpp_component_read(w->x, &other, &note),
			 GW_BAD_INPUT);
	assert_non_null(strstr(note.text, "/nowhere/at/all"));
	assert_false(k->ended);
	x_send(k, "<iq type='get' id='p' from='echo.example.org' "
		  "to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(k, "id='p'");
	x_world_end(&w);
}

static void the_secret_is_in_a_file(void **state)
{
	char path[] = "/tmp/muster-test-XXXXXX", yaml[512];
	int fd = mkstemp(path);
	struct world *w;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "from-a-file\n", 12), 12);
	close(fd);
	snprintf(yaml, sizeof(yaml),
		 K_CONF("      echo.example.org: { secret_file: %s }\n"), path);
	w = x_world(yaml);
	k_login(w, "echo.example.org", "from-a-file");
	x_world_end(&w);
	unlink(path);
}

static const struct {
	const char *name;
	const char *yaml;
	const char *why;
} bad_conf[] = {
	{ "plain on all addresses", "    listen: \"0.0.0.0:5347\"\n",
	  "is no loopback address" },
	{ "plain on an IPv6 address", "    listen: \"[2001:db8::1]:5347\"\n",
	  "is no loopback address" },
	{ "no address", "    listen: \"here\"\n", "here" },
	{ "no secret", "    hosts: { a.example.org: {} }\n",
	  "needs either secret_file or secret" },
	{ "two secrets",
	  "    hosts: { a.example.org: { secret: 12345678, "
	  "secret_file: /x } }\n",
	  "needs either secret_file or secret" },
	{ "a short secret",
	  "    hosts: { a.example.org: { secret: 1234567 } }\n",
	  "8 to 1024 bytes" },
	{ "no domain", "    hosts: { \"a@b\": { secret: 12345678 } }\n",
	  "is not a domain name" },
	{ "one domain twice",
	  "    hosts: { a.example.org: { secret: 12345678, "
	  "also: [A.example.org] } }\n",
	  "is named twice" },
	{ "contacts without the list",
	  "    hosts: { a.example.org: { secret: 12345678, "
	  "privileges: { presence: roster, roster: set } } }\n",
	  "needs roster: get or both" },
	{ "the protocol itself given away",
	  "    hosts: { a.example.org: { secret: 12345678, delegations: "
	  "[ { namespace: \"urn:xmpp:delegation:2\" } ] } }\n",
	  "cannot be delegated" },
};

static void configurations_that_are_refused(void **state)
{
	static const struct config_root roots[] = {
		{ .key = "xmpp", .section = &xmpp_conf_section },
		{ .key = NULL },
	};
	struct config *cfg;
	char yaml[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_conf) / sizeof(bad_conf[0]); i++) {
		struct buf errors = { 0 };

		print_message("  %s\n", bad_conf[i].name);
		snprintf(yaml, sizeof(yaml), "xmpp:\n  components:\n%s",
			 bad_conf[i].yaml);
		assert_int_equal(config_load_text(str_of(yaml), "test", roots,
						  &cfg, &errors),
				 GW_BAD_INPUT);
		buf_add_char(&errors, '\0');
		assert_non_null(
			strstr((const char *)errors.data, bad_conf[i].why));
		buf_fini(&errors);
	}
}

static void the_secret_is_printed_nowhere(void **state)
{
	struct world *w = x_world(HOSTS);
	struct buf text = { 0 };

	(void)state;
	config_print(w->cfg, &text);
	buf_add_char(&text, '\0');
	assert_non_null(strstr((const char *)text.data, "echo.example.org"));
	assert_null(strstr((const char *)text.data, "right-secret"));
	buf_fini(&text);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(the_right_secret),
		cmocka_unit_test(wrong_secrets),
		cmocka_unit_test(a_stream_id_serves_once),
		cmocka_unit_test(no_handshake_in_time),
		cmocka_unit_test(a_second_connection),
		cmocka_unit_test(components_that_misbehave),
		cmocka_unit_test(what_is_no_crime),
		cmocka_unit_test(stanzas_both_ways),
		cmocka_unit_test(one_component_to_another),
		cmocka_unit_test(presence_and_subscriptions),
		cmocka_unit_test(rooms_take_components),
		cmocka_unit_test(the_host_lists_them),
		cmocka_unit_test(who_writes_to_nobody),
		cmocka_unit_test(requests_that_are_never_answered),
		cmocka_unit_test(what_was_not_written_comes_back),
		cmocka_unit_test(the_silent_are_asked),
		cmocka_unit_test(too_large),
		cmocka_unit_test(who_sends_too_fast_is_read_slowly),
		cmocka_unit_test(shutdown_says_so),
		cmocka_unit_test(hosts_come_and_go),
		cmocka_unit_test(a_refused_configuration_changes_nothing),
		cmocka_unit_test(the_secret_is_in_a_file),
		cmocka_unit_test(configurations_that_are_refused),
		cmocka_unit_test(the_secret_is_printed_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
