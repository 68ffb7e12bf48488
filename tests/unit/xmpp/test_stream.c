/* SPDX-License-Identifier: MIT */
/* test_stream.c - streams: headers, errors, steps, limits (RFC 6120) */
#include <stdio.h>

#include "tests/unit/xmpp/harness.h"

#define NS_ERR "xmlns='urn:ietf:params:xml:ns:xmpp-streams'"

/* Sent as the first bytes of a stream; the error it gets. */
static const struct {
	const char *name;
	const char *bytes;
	const char *error;
} headers[] = {
	{ "stream namespace wrong",
	  "<stream:stream to='example.org' version='1.0' xmlns='jabber:client' "
	  "xmlns:stream='http://example.net/'>",
	  "invalid-namespace" },
	{ "content namespace wrong",
	  "<stream:stream to='example.org' version='1.0' xmlns='jabber:server' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "invalid-namespace" },
	{ "no content namespace",
	  "<stream:stream to='example.org' version='1.0' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "invalid-namespace" },
	{ "another element",
	  "<stream:flow to='example.org' version='1.0' xmlns='jabber:client' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "bad-format" },
	{ "unknown host",
	  "<stream:stream to='example.net' version='1.0' xmlns='jabber:client' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "host-unknown" },
	{ "host is no name",
	  "<stream:stream to='a@b' version='1.0' xmlns='jabber:client' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "host-unknown" },
	{ "no host",
	  "<stream:stream version='1.0' xmlns='jabber:client' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "improper-addressing" },
	{ "no version",
	  "<stream:stream to='example.org' xmlns='jabber:client' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "unsupported-version" },
	{ "version 0.9",
	  "<stream:stream to='example.org' version='0.9' "
	  "xmlns='jabber:client' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "unsupported-version" },
	{ "DOCTYPE", "<!DOCTYPE x [<!ENTITY a 'b'>]><stream:stream>",
	  "restricted-xml" },
	{ "comment", "<!-- hello -->", "restricted-xml" },
	{ "processing instruction", "<?php echo 1?>", "restricted-xml" },
	{ "other encoding",
	  "<?xml version='1.0' encoding='UTF-16'?>"
	  "<stream:stream to='example.org' version='1.0' "
	  "xmlns='jabber:client' "
	  "xmlns:stream='http://etherx.jabber.org/streams'>",
	  "unsupported-encoding" },
	{ "not XML", "GET / HTTP/1.0\r\n\r\n", "bad-format" },
};

/* Sent right behind a good header, before log-in. */
static const struct {
	const char *name;
	const char *bytes;
	const char *error;
} guests[] = {
	{ "a stanza before log-in",
	  "<message to='bob@example.org'><body>x</body></message>",
	  "not-authorized" },
	{ "0198 before log-in", "<enable xmlns='urn:xmpp:sm:3'/>",
	  "not-authorized" },
	{ "a stranger's element", "<hello xmlns='urn:example'/>",
	  "not-authorized" },
	{ "an unknown SASL element",
	  "<hello xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
	  "unsupported-stanza-type" },
	{ "STARTTLS that was not offered",
	  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
	  "policy-violation" },
	{ "an entity", "<a>&lol;</a>", "restricted-xml" },
	{ "tags that do not match", "<a><b></a></b>", "not-well-formed" },
	{ "an unbound prefix", "<x:a/>", "bad-namespace-prefix" },
	{ "a comment", "<!-- x -->", "restricted-xml" },
};

/* Sent by a bound client. */
static const struct {
	const char *name;
	const char *bytes;
	const char *error;
} bound[] = {
	{ "from somebody else",
	  "<message from='bob@example.org' to='bob@example.org'/>",
	  "invalid-from" },
	{ "from another resource",
	  "<message from='ann@example.org/x' to='bob@example.org'/>",
	  "invalid-from" },
	{ "from is no address", "<message from='@' to='bob@example.org'/>",
	  "invalid-from" },
	{ "unknown stanza", "<letter to='bob@example.org'/>",
	  "unsupported-stanza-type" },
	{ "unknown namespace", "<hello xmlns='urn:example'/>",
	  "unsupported-stanza-type" },
	{ "a stanza in a foreign namespace",
	  "<message xmlns='jabber:server' to='bob@example.org'/>",
	  "invalid-namespace" },
	{ "not well formed", "<message></presence>", "not-well-formed" },
	{ "the end of another element", "<message><body>x</message>",
	  "not-well-formed" },
	{ "CDATA is allowed, DTD is not", "<!DOCTYPE a>", "restricted-xml" },
	{ "SASL again",
	  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
	  "mechanism='PLAIN'>AGEAYg==</auth>",
	  "unsupported-stanza-type" },
	{ "an ack without 0198", "<a xmlns='urn:xmpp:sm:3' h='0'/>",
	  "policy-violation" },
};

static void expect_error(struct client *c, const char *error)
{
	char text[128];

	snprintf(text, sizeof(text), "<%s " NS_ERR "/>", error);
	x_expect(c, "<stream:error>");
	x_expect(c, text);
	x_expect(c, "</stream:error></stream:stream>");
	x_expect_end(c);
}

static void bad_headers(void **state)
{
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct client *c = x_connect(w);

		print_message("  %s\n", headers[i].name);
		x_send(c, headers[i].bytes);
		x_expect(c, "<stream:stream ");
		x_expect_no(c, "stream:features");
		expect_error(c, headers[i].error);
		x_close(c);
	}
	x_world_end(&w);
}

static void guests_that_misbehave(void **state)
{
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
		struct client *c = x_connect(w);

		print_message("  %s\n", guests[i].name);
		x_send(c, X_STREAM_OPEN);
		x_expect(c, "</stream:features>");
		x_send(c, guests[i].bytes);
		expect_error(c, guests[i].error);
		x_close(c);
	}
	x_world_end(&w);
}

static void clients_that_misbehave(void **state)
{
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(bound) / sizeof(bound[0]); i++) {
		struct client *c = x_login(w, "ann@example.org/phone");

		print_message("  %s\n", bound[i].name);
		x_send(c, bound[i].bytes);
		expect_error(c, bound[i].error);
		assert_null(xmpp_session_find(
			w->x,
			(struct jid){ .full = STR("ann@example.org/phone") }));
		x_close(c);
	}
	x_world_end(&w);
}

static void before_tls_only_starttls(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);

	(void)state;
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "<mechanism>SCRAM-SHA-256</mechanism>");
	x_expect_no(c, "-PLUS");
	x_world_end(&w);
	w = x_world("  login_within: 10s\n");
	x_world_end(&w);
}

static void a_guest_sends_too_much(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);

	(void)state;
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "</stream:features>");
	x_sendf(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%09000d", 1);
	expect_error(c, "policy-violation");
	x_world_end(&w);
}

static void a_client_may_send_what_a_guest_may_not(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	x_sendf(ann,
		"<message to='bob@example.org'><body>%0200000d</body>"
		"</message>",
		1);
	x_pass(w, 2000);
	x_expect(bob, "0000001</body>");
	x_sendf(ann, "<message to='bob@example.org'><body>%0263000d", 1);
	x_pass(w, 4000);
	expect_error(ann, "policy-violation");
	x_world_end(&w);
}

static void a_guest_takes_too_long(void **state)
{
	struct world *w = x_world("  login_within: 10s\n");
	struct client *c = x_connect(w);
	struct client *silent = x_connect(w);

	(void)state;
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "</stream:features>");
	x_pass(w, 9000);
	x_send(c, " ");
	assert_false(c->ended);
	x_pass(w, 2000);
	expect_error(c, "connection-timeout");
	x_expect(silent, "connection-timeout");
	x_expect_end(silent);
	x_world_end(&w);
}

/* A whole log-in in pieces cut at each place: the same answers. */
static void everything_cut_everywhere(void **state)
{
	static const char *const steps[] = {
		X_STREAM_OPEN,
		"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		"mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>",
		X_STREAM_OPEN,
		"<iq type='set' id='b'><bind "
		"xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
		"<resource>r</resource></bind></iq>",
		"<message to='ann@example.org/r'><body>\xc3\xa4 &amp; "
		"<![CDATA[<x>]]></body></message>",
	};
	static const char *const wants[] = {
		"</stream:features>",
		"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
		"</stream:features>",
		"<jid>ann@example.org/r</jid>",
		"<body>\xc3\xa4 &amp; &lt;x&gt;</body>",
	};
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t cut = 1; cut < strlen(steps[0]); cut++) {
		struct client *c = x_connect(w);

		for (size_t i = 0; i < 5; i++) {
			size_t n = strlen(steps[i]);
			size_t at = cut < n ? cut : n - 1;
			char piece[512];

			snprintf(piece, sizeof(piece), "%.*s", (int)at,
				 steps[i]);
			x_send(c, piece);
			x_expect_no(c, wants[i]);
			x_send(c, steps[i] + at);
			x_expect(c, wants[i]);
		}
		x_close(c);
	}
	x_world_end(&w);
}

static void pipelined_stanzas_all_arrive(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct buf text = { 0 };
	char want[64];

	(void)state;
	for (int i = 0; i < 200; i++)
		buf_printf(&text,
			   "<message to='bob@example.org'><body>%d</body>"
			   "</message>",
			   i);
	x_send(ann, (const char *)text.data);
	for (int i = 0; i < 200; i++) {
		snprintf(want, sizeof(want), "<body>%d</body>", i);
		x_expect(bob, want);
	}
	buf_fini(&text);
	x_world_end(&w);
}

static void a_second_client_of_that_name(void **state)
{
	struct world *w = x_world(NULL);
	struct client *old = x_online(w, "ann@example.org/phone");
	struct client *new = x_login(w, "ann@example.org/phone");

	(void)state;
	expect_error(old, "conflict");
	x_send(new, "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(new, "type='result'");
	x_world_end(&w);
}

static void a_resource_of_ours(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);

	(void)state;
	x_send(c, X_STREAM_OPEN);
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	x_send(c, X_STREAM_OPEN);
	x_forget(c);
	x_send(c, "<message to='bob@example.org'/>");
	expect_error(c, "not-authorized");
	c = x_connect(w);
	x_send(c, X_STREAM_OPEN);
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	x_send(c, X_STREAM_OPEN);
	x_forget(c);
	x_send(c, "<iq type='set' id='b1'>"
		  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
		  "<resource>\x01</resource></bind></iq>");
	expect_error(c, "not-well-formed");
	c = x_connect(w);
	x_send(c, X_STREAM_OPEN);
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	x_send(c, X_STREAM_OPEN);
	x_forget(c);
	x_send(c, "<iq type='set' id='b2'>"
		  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
	x_expect(c, "type='result'");
	x_expect(c, "<jid>ann@example.org/");
	x_world_end(&w);
}

static void the_oldest_makes_room(void **state)
{
	struct world *w = x_world("  resources: 2\n");
	struct client *a = x_login(w, "ann@example.org/a");
	struct client *b = x_login(w, "ann@example.org/b");
	struct client *c = x_login(w, "ann@example.org/c");

	(void)state;
	expect_error(a, "resource-constraint");
	assert_false(b->ended);
	assert_false(c->ended);
	x_world_end(&w);
}

static void goodbye(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_login(w, "ann@example.org/a");

	(void)state;
	x_send(c, "</stream:stream>");
	x_expect(c, "</stream:stream>");
	x_expect_end(c);
	x_world_end(&w);
}

static void shutdown_says_so(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_login(w, "ann@example.org/a");
	struct client *guest = x_connect(w);

	(void)state;
	x_send(guest, X_STREAM_OPEN);
	x_restart(w);
	expect_error(c, "system-shutdown");
	expect_error(guest, "system-shutdown");
	c = x_login(w, "ann@example.org/a");
	x_world_end(&w);
}

static void the_silent_are_asked_and_dropped(void **state)
{
	struct world *w = x_world("  idle_ask: 45s\n");
	struct client *c = x_online(w, "ann@example.org/a");

	(void)state;
	x_pass(w, 46000);
	x_expect(c, "<ping xmlns='urn:xmpp:ping'/>");
	x_send(c, " ");
	x_pass(w, 44000);
	assert_false(c->ended);
	x_pass(w, 17000);
	expect_error(c, "connection-timeout");
	x_world_end(&w);
}

static void the_host_cannot_change_after_login(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);

	(void)state;
	x_send(c, X_STREAM_OPEN);
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	x_forget(c);
	x_send(c, "<stream:stream to='example.net' version='1.0' "
		  "xmlns='jabber:client' "
		  "xmlns:stream='http://etherx.jabber.org/streams'>");
	expect_error(c, "host-unknown");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(guests_that_misbehave),
		cmocka_unit_test(clients_that_misbehave),
		cmocka_unit_test(before_tls_only_starttls),
		cmocka_unit_test(a_guest_sends_too_much),
		cmocka_unit_test(a_client_may_send_what_a_guest_may_not),
		cmocka_unit_test(a_guest_takes_too_long),
		cmocka_unit_test(everything_cut_everywhere),
		cmocka_unit_test(pipelined_stanzas_all_arrive),
		cmocka_unit_test(a_second_client_of_that_name),
		cmocka_unit_test(a_resource_of_ours),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(goodbye),
		cmocka_unit_test(shutdown_says_so),
		cmocka_unit_test(the_silent_are_asked_and_dropped),
		cmocka_unit_test(the_host_cannot_change_after_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
