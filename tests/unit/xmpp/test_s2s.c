/* SPDX-License-Identifier: MIT */
/* test_s2s.c - who another server is, what it may say, and how it is reached
 */
#include "tests/unit/xmpp/far.h"

#include <stdio.h>

#include "xmpp/s2s/key.h"
#include "xmpp/s2s/link.h"
#include "xmpp/s2s/stream.h"

static void headers_are_judged(void **state)
{
	static const struct {
		const char *header, *error;
	} cases[] = {
		{ OPEN_AS("far.example", "example.net"), "host-unknown" },
		{ OPEN_AS("far.example", "ann@example.org"), "host-unknown" },
		{ OPEN_AS("example.org", "example.org"), "invalid-from" },
		{ OPEN_AS("far example", "example.org"), "invalid-from" },
		{ OPEN_AS("refused.example", "example.org"),
		  "policy-violation" },
		{ "<stream:stream xmlns='jabber:client' "
		  "xmlns:stream='http://etherx.jabber.org/streams' "
		  "to='example.org' version='1.0'>",
		  "invalid-namespace" },
		{ "<stream:stream xmlns='jabber:server' "
		  "xmlns:stream='http://etherx.jabber.org/streams' "
		  "version='1.0'>",
		  "improper-addressing" },
		{ "<stream:stream xmlns='jabber:server' "
		  "xmlns:stream='http://etherx.jabber.org/streams' "
		  "to='example.org'>",
		  "unsupported-version" },
		{ "<!DOCTYPE x><stream:stream>", "restricted-xml" },
		{ "<a", NULL },
	};
	struct far *f = far_new("");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *c = x_connect_s2s(f->w);

		x_send(c, cases[i].header);
		if (cases[i].error != NULL) {
			x_expect(c, cases[i].error);
			x_expect(c, "</stream:stream>");
			x_expect_end(c);
		} else {
			x_pass(f->w, 61000);
			x_expect(c, "connection-timeout");
		}
		x_close(c);
	}
	far_end(&f);
}

static void who_is_not_proved_says_nothing(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ HELLO, "not-authorized" },
		{ "<presence from='eve@far.example' to='ann@example.org'/>",
		  "not-authorized" },
		{ "<message to='ann@example.org'/>", "improper-addressing" },
		{ "<message from='eve@far.example'/>", "improper-addressing" },
		{ "<message from='eve@far.example' to='x@else.example'/>",
		  "host-unknown" },
		{ "<other from='far.example' to='example.org'/>",
		  "unsupported-stanza-type" },
		{ "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
		  "policy-violation" },
		/* B10: there is no certificate. */
		{ "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='EXTERNAL'>=</auth>",
		  "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
		  "<invalid-mechanism" },
		{ "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>",
		  "<invalid-mechanism" },
		{ "<db:result from='example.org' to='example.org'>k"
		  "</db:result>",
		  "invalid-from" },
		{ "<db:result from='far.example' to='example.net'>k"
		  "</db:result>",
		  "host-unknown" },
		{ "<db:result from='eve@far.example' to='example.org'>k"
		  "</db:result>",
		  "improper-addressing" },
		{ "<db:result from='refused.example' to='example.org'>k"
		  "</db:result>",
		  "policy-violation" },
		{ "<db:result from='far.example' to='example.org'/>",
		  "invalid-from" },
		{ "<db:verify from='far.example' to='example.org'>k"
		  "</db:verify>",
		  "improper-addressing" },
	};
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *c = x_connect_s2s(f->w);

		x_send(c, OPEN);
		x_expect(c, "</stream:features>");
		x_send(c, cases[i].text);
		x_expect(c, cases[i].error);
		x_close(c);
		far_not_called(f);
	}
	x_expect_nothing(ann);
	far_end(&f);
}

static void a_key_its_domain_vouches_for_opens_the_way(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = far_known(f);

	(void)state;
	x_send(c, HELLO);
	x_expect(ann, "from='eve@far.example/x'");
	x_expect(ann, "<body>hello</body>");
	far_end(&f);
}

/* B13. */
static void b13_a_pair_that_is_not_proved_is_somebody_elses(void **state)
{
	static const char *const forged[] = {
		"<message from='eve@near.example' to='ann@example.org'>"
		"<body>x</body></message>",
		"<message from='bob@example.org' to='ann@example.org'>"
		"<body>x</body></message>",
		"<message from='example.org' to='ann@example.org'>"
		"<body>x</body></message>",
		"<presence from='eve@sub.far.example' to='ann@example.org'/>",
	};
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		struct far *g = i == 0 ? f : far_new("");
		struct client *c = far_known(g);

		x_send(c, forged[i]);
		x_expect(c, "invalid-from");
		x_expect_end(c);
		if (g != f)
			far_end(&g);
	}
	x_expect_nothing(ann);
	far_end(&f);
}

static void b13_a_key_its_domain_disowns_closes_the_stream(void **state)
{
	struct far *f = far_new("");
	struct client *c = x_connect_s2s(f->w);

	(void)state;
	x_send(c, OPEN);
	x_send(c, "<db:result from='far.example' to='example.org'>the key"
		  "</db:result>");
	(void)far_is_asked(f, "invalid");
	x_expect(c, "type='invalid'");
	x_expect_end(c);
	far_end(&f);
}

/* Nobody asked; or somebody else's was asked. */
static void b13_an_answer_out_of_the_blue_says_nothing(void **state)
{
	static const char *const blue[] = {
		"<db:verify from='far.example' to='example.org' id='x' "
		"type='valid'/>",
		"<db:result from='far.example' to='example.org' "
		"type='valid'/>",
	};
	struct far *f = far_new("");
	struct client *c = x_connect_s2s(f->w), *asked;

	(void)state;
	x_send(c, OPEN);
	x_expect(c, "</stream:features>");
	for (size_t i = 0; i < 2; i++)
		x_send(c, blue[i]);
	x_expect_nothing(c);
	x_send(c, "<db:result from='far.example' to='example.org'>the key"
		  "</db:result>");
	/* Who is asked answers for another stream, then another pair. */
	asked = far_called(f);
	x_send(asked, ANSWER FEATURES);
	x_expect(asked, ">the key</db:verify>");
	x_send(asked, blue[0]);
	x_send(asked, blue[1]);
	x_expect_nothing(c);
	x_send(c, HELLO);
	x_expect(c, "invalid-from");
	far_end(&f);
}

static void nobody_to_ask_is_an_error_of_dialback(void **state)
{
	struct far *f = far_new("");
	struct client *c = x_connect_s2s(f->w);

	(void)state;
	x_send(c, OPEN_AS("nowhere.example", "example.org"));
	x_send(c, "<db:result from='nowhere.example' to='example.org'>k"
		  "</db:result>");
	x_expect(c, "<db:result from='example.org' to='nowhere.example' "
		    "type='error'>");
	x_expect(c, "remote-server-timeout");
	far_end(&f);
}

/* A claim that failed is gone, however often one is made. */
static void claims_leave_nothing_behind(void **state)
{
	struct far *f = far_new("");
	struct client *c = far_known(f);
	const struct xmpp_s2s_stream *s = LIST_OF(f->w->x->s2s->streams.next,
						  struct xmpp_s2s_stream, link);
	size_t used;

	(void)state;
	assert_true(s->accepted);
	used = arena_used(s->a);
	for (int i = 0; i < 100; i++) {
		x_send(c, "<db:result from='nowhere.example' "
			  "to='example.org'>k</db:result>");
		x_expect(c, "type='error'>");
	}
	assert_in_range(arena_used(s->a), used, used + 1000);
	far_end(&f);
}

static void we_answer_for_our_own_keys(void **state)
{
	struct far *f = far_new("");
	struct client *c = x_connect_s2s(f->w);
	struct xmpp_s2s_key_of of = { .receiving = STR("far.example"),
				      .originating = STR("example.org"),
				      .id = STR("s-1") };
	char key[XMPP_S2S_KEY_LEN + 1];

	(void)state;
	xmpp_s2s_key(f->w->x->s2s->secret, &of, key);
	x_send(c, OPEN);
	x_expect(c, "</stream:features>");
	x_sendf(c,
		"<db:verify from='far.example' to='example.org' id='s-1'>%s"
		"</db:verify>",
		key);
	x_expect(c, "<db:verify from='example.org' to='far.example' id='s-1' "
		    "type='valid'>");
	x_sendf(c,
		"<db:verify from='far.example' to='example.org' id='s-2'>%s"
		"</db:verify>",
		key);
	x_expect(c, "id='s-2' type='invalid'");
	x_sendf(c,
		"<db:verify from='near.example' to='example.org' id='s-1'>%s"
		"</db:verify>",
		key);
	x_expect(c, "to='near.example' id='s-1' type='invalid'");
	x_restart(f->w);
	x_close(c);
	/* The secret is the same after a restart. */
	c = x_connect_s2s(f->w);
	x_send(c, OPEN);
	x_sendf(c,
		"<db:verify from='far.example' to='example.org' id='s-1'>%s"
		"</db:verify>",
		key);
	x_expect(c, "id='s-1' type='valid'");
	far_end(&f);
}

static void the_first_stanza_makes_the_link(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;
	struct xmpp_s2s_key_of of = { .receiving = STR("far.example"),
				      .originating = STR("example.org"),
				      .id = STR("far-1") };
	char key[XMPP_S2S_KEY_LEN + 1], want[256];

	(void)state;
	for (int i = 0; i < 3; i++)
		x_sendf(ann,
			"<message to='eve@far.example' type='chat'>"
			"<body>line %d</body></message>",
			i);
	c = far_called(f);
	x_expect(c, "xmlns='jabber:server'");
	x_expect(c, "from='example.org'");
	x_send(c, ANSWER);
	x_expect_no(c, "result");
	x_send(c, FEATURES);
	xmpp_s2s_key(f->w->x->s2s->secret, &of, key);
	snprintf(want, sizeof(want),
		 "<db:result from='example.org' to='far.example'>%s"
		 "</db:result>",
		 key);
	x_expect(c, want);
	x_expect_no(c, "line");
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	x_expect(c, "from='ann@example.org/phone'");
	x_expect(c, "line 0");
	x_expect(c, "line 1");
	x_expect(c, "line 2");
	/* Now at once. */
	x_send(ann, "<message to='eve@far.example'><body>more</body>"
		    "</message>");
	x_expect(c, "more");
	far_not_called(f);
	/* Quiet for ten minutes: closed, and made again when needed. */
	x_pass(f->w, 10 * 60 * 1000 + 1);
	x_expect(c, "</stream:stream>");
	x_expect_end(c);
	x_forget(ann);
	far_end(&f);
}

static void sender_learns(struct far *f, struct client *ann, const char *to,
			  const char *condition)
{
	x_sendf(ann,
		"<message to='eve@%s' type='chat' id='m1'><body>x</body>"
		"</message>",
		to);
	x_pass(f->w, 31000);
	x_expect(ann, "<message");
	x_expect(ann, "type='error'");
	x_expect(ann, condition);
	x_forget(ann);
}

static void what_cannot_be_sent_goes_back(void **state)
{
	struct far *f = far_new("    queue: 2\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;

	(void)state;
	sender_learns(f, ann, "refused.example", "not-allowed");
	sender_learns(f, ann, "nowhere.example",
		      "the other server cannot be reached");
	/* It was called, and does not answer. */
	sender_learns(f, ann, "silent.example", "remote-server-timeout");
	x_close(far_called(f));
	/* Presence and answers go nowhere, quietly. */
	x_send(ann, "<presence to='eve@refused.example'/>"
		    "<iq to='refused.example' type='result' id='1'/>");
	x_expect_nothing(ann);
	/* No more than fits wait. */
	for (int i = 0; i < 3; i++)
		x_sendf(ann,
			"<message to='eve@far.example' id='q%d'><body>x</body>"
			"</message>",
			i);
	x_expect(ann, "id='q2'");
	x_expect(ann, "resource-constraint");
	assert_int_equal(x_limit(f->w, "s2s_queue"), 1);
	c = far_called(f);
	x_send(c, ANSWER FEATURES);
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='invalid'/>");
	x_expect_end(c);
	x_expect(ann, "id='q0'");
	x_expect(ann, "dialback: the other server says invalid");
	x_expect(ann, "id='q1'");
	/* For a moment nobody tries again. */
	x_forget(ann);
	x_send(ann, "<message to='eve@far.example' id='r'><body>x</body>"
		    "</message>");
	x_expect(ann, "remote-server-timeout");
	far_not_called(f);
	x_pass(f->w, 5001);
	x_send(ann, "<message to='eve@far.example' id='s'><body>x</body>"
		    "</message>");
	(void)far_called(f);
	far_end(&f);
}

static void what_the_other_server_says_is_passed_on(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;
	struct buf list = { 0 };

	(void)state;
	x_send(ann, "<message to='eve@far.example'><body>x</body></message>");
	c = far_called(f);
	x_send(c, ANSWER "<stream:error><host-gone "
			 "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
			 "</stream:error></stream:stream>");
	x_expect(ann, "the other server says: host-gone");
	assert_int_equal(xmpp_s2s_report(f->w->x, STR_NONE, &list), GW_OK);
	assert_non_null(strstr((char *)list.data, "\"state\":\"failed\""));
	assert_non_null(strstr((char *)list.data, "host-gone"));
	buf_fini(&list);
	far_end(&f);
}

static void where_tls_is_demanded_nothing_goes_without(void **state)
{
	struct far *f = far_new("");
	struct client *c = x_connect_s2s(f->w);

	(void)state;
	x_send(c, OPEN_AS("strict.example", "example.org"));
	x_expect(c, "<stream:features>");
	x_expect_no(c, "dialback");
	x_send(c, "<db:result from='strict.example' to='example.org'>k"
		  "</db:result>");
	x_expect(c, "not-authorized");
	x_expect_end(c);
	/* Nor under another name. */
	c = x_connect_s2s(f->w);
	x_send(c, OPEN);
	x_expect(c, "</stream:features>");
	x_send(c, "<db:result from='strict.example' to='example.org'>k"
		  "</db:result>");
	x_expect(c, "not-authorized");
	x_expect_end(c);
	far_not_called(f);
	far_end(&f);
}

static void good_certificates_cannot_be_done_without(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;

	(void)state;
	x_send(ann,
	       "<message to='eve@certified.example'><body>x</body></message>");
	c = far_called(f);
	x_send(c, ANSWER FEATURES);
	x_expect(ann, "certificate: no TLS");
	x_expect_no(c, "db:result");
	x_expect_end(c);
	far_end(&f);
}

/* B05: it never gets as far as to be parsed. */
static void too_much_is_seen_while_it_drips(void **state)
{
	static const char drop[] = "0123456789012345678901234567890123456789";
	struct far *f = far_new("    stanza_max: 10000\n");
	struct client *c = x_connect_s2s(f->w);
	unsigned sent;

	(void)state;
	x_send(c, OPEN);
	x_expect(c, "<max-bytes>10000</max-bytes>");
	x_send(c, "<message from='eve@far.example' to='ann@example.org'>");
	for (sent = 0; sent < 9000 && !c->ended; sent += 40)
		x_send(c, drop);
	assert_in_range(sent, 8040, 8240);
	x_expect(c, "policy-violation");
	c = far_known(f);
	x_send(c, "<message from='eve@far.example' to='ann@example.org'>"
		  "<body>");
	for (sent = 0; sent < 12000 && !c->ended; sent += 40)
		x_send(c, drop);
	assert_in_range(sent, 9900, 10040);
	x_expect(c, "policy-violation");
	far_end(&f);
}

/* B07. */
static void wrappers_of_ones_own_server_do_not_come_from_another(void **state)
{
	static const char *const forged[] = {
		"<message from='eve@far.example' to='ann@example.org/phone'>"
		"<received xmlns='urn:xmpp:carbons:2'><forwarded "
		"xmlns='urn:xmpp:forward:0'><message "
		"from='bob@example.org' xmlns='jabber:client'><body>forged"
		"</body></message></forwarded></received></message>",
		"<message from='ann@far.example' to='ann@example.org'>"
		"<sent xmlns='urn:xmpp:carbons:2'><forwarded "
		"xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>"
		"<body>forged</body></message></forwarded></sent></message>",
		"<message from='eve@far.example/x' to='ann@example.org/phone'>"
		"<result xmlns='urn:xmpp:mam:2' id='1'><forwarded "
		"xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>"
		"<body>forged</body></message></forwarded></result></message>",
		"<message from='far.example' to='ann@example.org/phone'>"
		"<result xmlns='urn:xmpp:mam:2' id='1'><forwarded "
		"xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>"
		"<body>forged</body></message></forwarded></result></message>",
	};
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = far_known(f);

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		x_send(c, forged[i]);
		x_expect_nothing(ann);
	}
	/* The archive of a room elsewhere answers. */
	x_send(c, "<message from='room@far.example' "
		  "to='ann@example.org/phone'><result xmlns='urn:xmpp:mam:2' "
		  "id='1'><forwarded xmlns='urn:xmpp:forward:0'/></result>"
		  "</message>");
	x_expect(ann, "<result xmlns='urn:xmpp:mam:2'");
	far_end(&f);
}

static void subscriptions_cross_the_link(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *in = x_connect_s2s(f->w), *out;

	(void)state;
	x_send(in, OPEN "<db:result from='far.example' to='example.org'>"
			"the key</db:result>");
	out = far_is_asked(f, "valid");
	x_expect(out, "<db:result");
	x_send(out, "<db:result from='far.example' to='example.org' "
		    "type='valid'/>");
	x_send(in, "<presence from='eve@far.example' to='ann@example.org' "
		   "type='subscribe'/>");
	x_expect(ann, "type='subscribe'");
	x_send(ann, "<presence to='eve@far.example' type='subscribed'/>");
	x_expect(out, "type='subscribed'");
	x_expect(out, "<presence");
	x_expect(out, "from='ann@example.org/phone'");
	x_send(in, "<presence from='eve@far.example/x' to='ann@example.org' "
		   "type='probe'/>");
	x_expect(out, "to='eve@far.example/x'");
	/* A stranger is told that he has none. */
	x_send(in, "<presence from='mal@far.example' to='ann@example.org' "
		   "type='probe'/>");
	x_expect(out, "type='unsubscribed'");
	x_send(in, "<iq from='eve@far.example/x' to='example.org' type='get' "
		   "id='p1'><ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(out, "id='p1'");
	x_send(in, "<iq from='eve@far.example/x' to='example.org' type='get' "
		   "id='p3'/>");
	x_expect(out, "bad-request");
	x_close(ann);
	x_expect(out, "type='unavailable'");
	far_end(&f);
}

static void one_connection_serves_both_ways(void **state)
{
	struct far *f = far_new("    bidi: true\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c;

	(void)state;
	x_send(ann, "<message to='eve@far.example'><body>one</body></message>");
	c = far_called(f);
	x_send(c, ANSWER "<stream:features><bidi "
			 "xmlns='urn:xmpp:features:bidi'/><dialback "
			 "xmlns='urn:xmpp:features:dialback'/>"
			 "</stream:features>");
	x_expect(c, "<bidi xmlns='urn:xmpp:bidi'><limits "
		    "xmlns='urn:xmpp:stream-limits:0'><max-bytes>524288"
		    "</max-bytes>");
	/* Not before we are proved to it. */
	x_expect(c, "</db:result>");
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	x_expect(c, "one");
	x_send(c, HELLO);
	x_expect(ann, "hello");
	x_send(c, "<message from='eve@near.example' to='ann@example.org'/>");
	x_expect(c, "invalid-from");
	x_expect_end(c);
	far_end(&f);
}

static void a_stream_that_was_made_elsewhere_serves_too(void **state)
{
	struct far *f = far_new("    bidi: true\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = x_connect_s2s(f->w), *asked, *d;

	(void)state;
	x_send(c, OPEN);
	/* Prosody enables what it is offered, and falls over a refusal. */
	x_expect_no(c, "urn:xmpp:sm:3");
	x_expect(c, "<bidi xmlns='urn:xmpp:features:bidi'/>");
	x_send(c, "<bidi xmlns='urn:xmpp:bidi'/>");
	x_send(c, "<db:result from='far.example' to='example.org'>the key"
		  "</db:result>");
	asked = far_is_asked(f, "valid");
	x_expect(c, "type='valid'");
	/* We asked there; that link ends, and theirs is left. */
	x_cut(asked);
	x_send(ann, "<message to='eve@far.example'><body>back</body>"
		    "</message>");
	x_expect(c, "<body>back</body></message>");
	far_not_called(f);
	/* A second key is not verified where it may have come from. */
	d = x_connect_s2s(f->w);
	x_send(d, OPEN "<db:result from='far.example' to='example.org'>"
		       "the key</db:result>");
	x_expect_nothing(c);
	f->asked = NULL;
	(void)far_is_asked(f, "valid");
	x_expect(d, "type='valid'");
	far_end(&f);
}

/* A key says who speaks, not who reads along: where a certificate counts, what
 * we say goes only where it was shown. */
static void theirs_serves_only_as_ours_would(void **state)
{
	static const struct dns_tlsa record = { .usage = 3 };
	const struct tls_dane dane = { .host = "host.far.example",
				       .records = &record,
				       .n = 1 };

	(void)state;
	for (int dns = 0; dns < 2; dns++) {
		struct far *f = far_new("    bidi: true\n");
		struct client *ann = x_online(f->w, "ann@example.org/phone");
		struct client *c = x_connect_s2s(f->w), *asked;
		struct jid far = { .full = STR("far.example"),
				   .bare = STR("far.example"),
				   .domain = STR("far.example") };

		x_send(c, OPEN "<bidi xmlns='urn:xmpp:bidi'/>"
			       "<db:result from='far.example' "
			       "to='example.org'>the key</db:result>");
		x_expect(c, "</stream:features>");
		asked = far_is_asked(f, "valid");
		x_expect(c, "type='valid'");
		if (dns)
			xmpp_s2s_link_set_dane(
				xmpp_s2s_link_find(f->w->x->s2s,
						   f->w->x->domains[0], far),
				&dane);
		else
			x_reload(f->w, "  s2s:\n    listen: \"127.0.0.1:0\"\n"
				       "    bidi: true\n    tls: optional\n"
				       "    auth: external\n"
				       "    peers: { far.example: { host: "
				       "\"unix:/no/such\" } }\n");
		x_cut(asked);
		x_send(ann, "<message to='eve@far.example'><body>secret</body>"
			    "</message>");
		x_expect_no(c, "secret");
		far_end(&f);
	}
}

static void who_says_nothing_for_long_is_let_go(void **state)
{
	struct far *f = far_new("    idle: 10m\n");
	struct client *c = far_known(f);

	(void)state;
	x_pass(f->w, 15 * 60 * 1000);
	x_send(c, " ");
	x_pass(f->w, 15 * 60 * 1000);
	x_expect_nothing(c);
	x_pass(f->w, 5 * 60 * 1000 + 1);
	x_expect(c, "</stream:stream>");
	x_expect_end(c);
	far_end(&f);
}

/* A row that is added while all goes on. */
static void a_reload_ends_what_is_refused_now(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = far_known(f);

	(void)state;
	x_reload(f->w, "  s2s:\n    listen: \"127.0.0.1:0\"\n"
		       "    peers: { far.example: { allow: no } }\n");
	x_expect(c, "policy-violation");
	x_expect_end(c);
	x_expect_end(f->asked);
	x_send(ann, "<message to='eve@far.example'><body>x</body></message>");
	x_expect(ann, "not-allowed");
	far_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_judged),
		cmocka_unit_test(who_is_not_proved_says_nothing),
		cmocka_unit_test(a_key_its_domain_vouches_for_opens_the_way),
		cmocka_unit_test(
			b13_a_pair_that_is_not_proved_is_somebody_elses),
		cmocka_unit_test(
			b13_a_key_its_domain_disowns_closes_the_stream),
		cmocka_unit_test(b13_an_answer_out_of_the_blue_says_nothing),
		cmocka_unit_test(nobody_to_ask_is_an_error_of_dialback),
		cmocka_unit_test(claims_leave_nothing_behind),
		cmocka_unit_test(we_answer_for_our_own_keys),
		cmocka_unit_test(the_first_stanza_makes_the_link),
		cmocka_unit_test(what_cannot_be_sent_goes_back),
		cmocka_unit_test(what_the_other_server_says_is_passed_on),
		cmocka_unit_test(where_tls_is_demanded_nothing_goes_without),
		cmocka_unit_test(good_certificates_cannot_be_done_without),
		cmocka_unit_test(too_much_is_seen_while_it_drips),
		cmocka_unit_test(
			wrappers_of_ones_own_server_do_not_come_from_another),
		cmocka_unit_test(subscriptions_cross_the_link),
		cmocka_unit_test(one_connection_serves_both_ways),
		cmocka_unit_test(a_stream_that_was_made_elsewhere_serves_too),
		cmocka_unit_test(theirs_serves_only_as_ours_would),
		cmocka_unit_test(who_says_nothing_for_long_is_let_go),
		cmocka_unit_test(a_reload_ends_what_is_refused_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
