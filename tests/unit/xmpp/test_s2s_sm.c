/* SPDX-License-Identifier: MIT */
/* test_s2s_sm.c - links that break with stanzas under way (XEP-0198) */
#include "tests/unit/xmpp/far.h"
#include "tests/unit/xmpp/peer.h"

#include <stdio.h>
#include <sys/socket.h>

#define BOTH                                                                   \
	"<stream:features><bidi xmlns='urn:xmpp:features:bidi'/>"              \
	"<dialback xmlns='urn:xmpp:features:dialback'/>"                       \
	"<sm xmlns='urn:xmpp:sm:3'/></stream:features>"

/* The server called, and has proved itself to far.example. */
static struct client *called_and_proved(struct far *f)
{
	struct client *c = far_called(f);

	x_send(c, ANSWER COUNTS);
	x_expect(c, "</db:result>");
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	return c;
}

/* A link that is counted, with ten lines of ann's sent over it. */
static struct client *ten_in_flight(struct far *f, struct client *ann)
{
	struct client *c;

	x_send(ann, "<message to='eve@far.example' id='m0'><body>line 0</body>"
		    "</message>");
	c = called_and_proved(f);
	x_expect(c, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	x_expect_no(c, "line");
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3' id='r1' resume='true'/>");
	x_expect(c, "line 0");
	x_expect(c, "<r xmlns='urn:xmpp:sm:3'/>");
	for (int i = 1; i < 10; i++)
		x_sendf(ann,
			"<message to='eve@far.example' id='m%d'><body>line %d"
			"</body></message>",
			i, i);
	x_expect(c, "line 9</body></message>");
	x_expect_nothing(c);
	return c;
}

/* X41. */
static void ten_in_flight_arrive_once(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='4'/>");
	x_expect(c, "<r xmlns='urn:xmpp:sm:3'/>");
	x_cut(c);
	x_send(ann, "<message to='eve@far.example'><body>line 10</body>"
		    "</message>");
	c = called_and_proved(f);
	x_expect(c, "<resume xmlns='urn:xmpp:sm:3' previd='r1' h='0'/>");
	x_send(c, "<resumed xmlns='urn:xmpp:sm:3' previd='r1' h='7'/>");
	x_expect_no(c, "line 6");
	x_expect(c, "line 7");
	x_expect(c, "line 8");
	x_expect(c, "line 9");
	x_expect(c, "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(c, "line 10</body></message>");
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='11'/>");
	x_expect_nothing(c);
	x_expect_nothing(ann);
	/* Now it may be closed when idle; before, not. */
	x_pass(f->w, 10 * 60 * 1000 + 1);
	x_expect(c, "</stream:stream>");
	far_end(&f);
}

static void what_nobody_knows_of_goes_back(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_cut(c);
	c = called_and_proved(f);
	x_expect(c, "<resume");
	x_send(c, "<failed xmlns='urn:xmpp:sm:3' h='8'><item-not-found "
		  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
	x_expect_no(ann, "id='m7'");
	x_expect(ann, "id='m8'");
	x_expect(ann, "nobody knows whether this arrived");
	x_expect(ann, "id='m9'");
	x_expect(c, "<enable");
	x_send(c, "<failed xmlns='urn:xmpp:sm:3'/>");
	x_send(ann, "<message to='eve@far.example'><body>plain</body>"
		    "</message>");
	x_expect(c, "plain</body></message>");
	x_expect_nothing(c);
	far_end(&f);
}

static void silence_is_a_cut(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_pass(f->w, 60 * 1000 + 1);
	x_expect_end(c);
	c = called_and_proved(f);
	x_expect(c, "<resume");
	/* And the other server is not there at all any more. */
	x_cut(c);
	x_expect(ann, "id='m0'");
	x_expect(ann, "id='m9'");
	far_end(&f);
}

/* B28. */
static void more_than_was_sent_is_not_acknowledged(void **state)
{
	static const char *const numbers[] = { "11", "4294967295", "4294967296",
					       "-1", "x",	   "" };
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct far *f = far_new("");
		struct client *ann = x_online(f->w, "ann@example.org/phone");
		struct client *c = ten_in_flight(f, ann);

		x_sendf(c, "<a xmlns='urn:xmpp:sm:3' h='%s'/>", numbers[i]);
		x_expect_end(c);
		x_expect(ann, "id='m0'");
		x_expect(ann, "id='m9'");
		far_end(&f);
	}
}

static void what_another_server_sent_is_counted_over_a_cut(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	char id[128];
	struct client *c = far_counted(f, id), *d;

	(void)state;
	/* The second one is for the store. */
	x_send(c, HELLO "<message from='eve@far.example' to='bob@example.org'>"
			"<body>later</body></message>" HELLO
			"<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(c, "<a xmlns='urn:xmpp:sm:3' h='3'/>");
	x_expect(ann, "hello");
	/* Not for somebody who has proved nothing. */
	d = x_connect_s2s(f->w);
	x_send(d, OPEN);
	x_expect(d, "</stream:features>");
	x_sendf(d, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(d, "<failed");
	x_cut(c);
	c = far_known(f);
	x_sendf(c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(c, "<resumed xmlns='urn:xmpp:sm:3'");
	x_expect(c, "h='3'/>");
	x_send(c, HELLO "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(c, "h='4'/>");
	/* Who takes its leave is forgotten, and so is who stays away. */
	x_send(c, "</stream:stream>");
	x_expect_end(c);
	c = far_known(f);
	x_sendf(c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(c, "<failed");
	x_expect(c, "item-not-found");
	x_send(c, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	x_expect(c, "<enabled");
	far_attr(c, "id", id);
	x_cut(c);
	x_pass(f->w, 5 * 60 * 1000 + 1);
	f->asked = NULL;
	c = far_known(f);
	x_sendf(c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(c, "item-not-found");
	far_end(&f);
}

/* What is only in our memory is not handled: a crash would lose it. */
static void acknowledged_when_the_other_server_has_it(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;

	(void)state;
	x_send(ann, "<enable xmlns='urn:xmpp:sm:3'/>"
		    "<message to='eve@far.example' id='m0'><body>line 0</body>"
		    "</message>"
		    "<presence to='eve@far.example'/>"
		    "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
	c = called_and_proved(f);
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3' id='r1' resume='true'/>");
	x_expect(c, "line 0");
	x_expect_nothing(ann);
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	x_expect(ann, "<a xmlns='urn:xmpp:sm:3' h='2'/>");
	/* Or when it came back. */
	x_send(ann, "<message to='eve@far.example' id='m1'><body>line 1</body>"
		    "</message><r xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann, "<a xmlns='urn:xmpp:sm:3' h='2'/>");
	x_expect(c, "line 1");
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='99'/>");
	x_expect(ann, "id='m1'");
	x_expect(ann, "<error ");
	x_expect(ann, "<a xmlns='urn:xmpp:sm:3' h='3'/>");
	far_end(&f);
}

#define UNSURE "nobody knows whether this arrived"

/* XEP-0288: who dialled is told what arrived, and tells. */
static void both_ways_are_counted_where_we_dialled(void **state)
{
	struct far *f = far_new("    bidi: true\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;

	(void)state;
	x_send(ann, "<message to='eve@far.example' id='m0'><body>line 0</body>"
		    "</message>");
	c = far_called(f);
	x_send(c, ANSWER BOTH);
	x_expect(c, "<bidi xmlns='urn:xmpp:bidi'>");
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	x_expect(c, "<enable xmlns='urn:xmpp:sm:3'/>");
	/* It may speak already; that is not counted. */
	x_send(c, HELLO "<enabled xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann, "hello");
	x_expect(c, "line 0");
	x_expect(c, "<r xmlns='urn:xmpp:sm:3'/>");
	x_send(c, HELLO "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann, "hello");
	x_expect(c, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	x_send(ann, "<message to='eve@far.example' id='m1'><body>line 1</body>"
		    "</message>");
	x_expect(c, "line 1");
	x_cut(c);
	x_expect(ann, "id='m1'");
	x_expect(ann, UNSURE "</text></error></message>");
	x_expect_nothing(ann);
	/* And begins anew: there is nothing to be resumed. */
	x_send(ann, "<message to='eve@far.example' id='m2'><body>line 2</body>"
		    "</message>");
	c = far_called(f);
	x_send(c, ANSWER BOTH);
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	x_expect(c, "<enable xmlns='urn:xmpp:sm:3'/>");
	far_end(&f);
}

/* A stream of far.example that serves both ways, and is counted. */
static struct client *theirs_counted(struct far *f)
{
	struct client *c = x_connect_s2s(f->w), *asked;

	x_send(c, OPEN);
	x_expect(c, "<bidi xmlns='urn:xmpp:features:bidi'/>");
	x_send(c, "<bidi xmlns='urn:xmpp:bidi'/>");
	x_send(c, "<db:result from='far.example' to='example.org'>the key"
		  "</db:result>");
	asked = far_is_asked(f, "valid");
	x_expect(c, "type='valid'");
	x_cut(asked);
	x_send(c, "<enable xmlns='urn:xmpp:sm:3'/>");
	x_expect(c, "<enabled xmlns='urn:xmpp:sm:3'/>");
	return c;
}

static void both_ways_are_counted_where_they_dialled(void **state)
{
	struct far *f = far_new("    bidi: true\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = theirs_counted(f);

	(void)state;
	x_send(ann, "<message to='eve@far.example' id='m0'><body>line 0</body>"
		    "</message>");
	x_expect(c, "line 0");
	x_expect(c, "<r xmlns='urn:xmpp:sm:3'/>");
	x_send(c, HELLO "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann, "hello");
	x_expect(c, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	x_expect_nothing(c);
	x_send(ann, "<message to='eve@far.example' id='m1'><body>line 1</body>"
		    "</message>");
	x_expect(c, "line 1");
	x_cut(c);
	x_expect(ann, "id='m1'");
	x_expect(ann, UNSURE "</text></error></message>");
	x_expect_nothing(ann);
	far_end(&f);
}

/* Ours is asked for within a minute, as on a stream we made; who then says
 * nothing for long is let go all the same. */
static void silence_is_a_cut_where_they_dialled(void **state)
{
	struct far *f = far_new("    bidi: true\n    idle: 10m\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = theirs_counted(f);

	(void)state;
	x_send(ann, "<message to='eve@far.example' id='m0'><body>line 0</body>"
		    "</message>");
	x_expect(c, "<r xmlns='urn:xmpp:sm:3'/>");
	x_pass(f->w, 59000);
	x_expect_nothing(ann);
	x_pass(f->w, 2000);
	x_expect(ann, UNSURE "</text></error></message>");
	x_expect_end(c);
	f->asked = NULL;
	c = theirs_counted(f);
	x_send(ann, "<message to='eve@far.example' id='m1'><body>line 1</body>"
		    "</message>");
	x_expect(c, "line 1");
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	x_pass(f->w, 20 * 60 * 1000 + 1);
	x_expect(c, "</stream:stream>");
	x_expect_nothing(ann);
	far_end(&f);
}

/* far.example is not to be reached, or is again. */
static void goes(struct far *f, const char *from, const char *to)
{
	char old[128], new[128];

	snprintf(old, sizeof(old), "%s/%s", f->path, from);
	snprintf(new, sizeof(new), "%s/%s", f->path, to);
	assert_int_equal(rename(old, new), 0);
}

static void a_server_that_comes_back_says_what_arrived(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	goes(f, "far", "away");
	x_cut(c);
	x_send(ann, "<message to='eve@far.example' id='m10'><body>line 10"
		    "</body></message>");
	x_pass(f->w, 20000);
	x_expect_nothing(ann);
	goes(f, "away", "far");
	x_pass(f->w, 8000);
	c = called_and_proved(f);
	x_expect(c, "<resume xmlns='urn:xmpp:sm:3' previd='r1' h='0'/>");
	x_send(c, "<resumed xmlns='urn:xmpp:sm:3' previd='r1' h='7'/>");
	x_expect_no(c, "line 6");
	x_expect(c, "line 7");
	x_expect(c, "line 10");
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='11'/>");
	x_expect_nothing(ann);
	far_end(&f);
}

/* All was acknowledged; what is said while it is away is for its return. */
static void what_is_said_meanwhile_waits_for_it(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='10'/>");
	goes(f, "far", "away");
	x_cut(c);
	x_send(ann, "<message to='eve@far.example' id='m10'><body>line 10"
		    "</body></message>");
	x_pass(f->w, 20000);
	x_expect_nothing(ann);
	goes(f, "away", "far");
	x_pass(f->w, 8000);
	c = called_and_proved(f);
	x_expect(c, "<resume xmlns='urn:xmpp:sm:3' previd='r1' h='0'/>");
	x_send(c, "<resumed xmlns='urn:xmpp:sm:3' previd='r1' h='10'/>");
	x_expect(c, "line 10");
	x_expect_nothing(ann);
	far_end(&f);
}

static void one_that_does_not_is_not_waited_for_long(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='9'/>");
	goes(f, "far", "away");
	x_cut(c);
	x_pass(f->w, 59000);
	x_expect_nothing(ann);
	x_pass(f->w, 11000);
	x_expect(ann, "id='m9'");
	x_expect(ann, UNSURE "</text></error></message>");
	x_expect_nothing(ann);
	goes(f, "away", "far");
	x_pass(f->w, 60000);
	far_not_called(f);
	far_end(&f);
}

/* Resumed, and cut again with nothing acknowledged: not for ever. */
static void a_stream_that_gets_nowhere_is_given_up(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);
	int times = 0;

	(void)state;
	x_cut(c);
	for (int seconds = 0; seconds < 90; seconds++) {
		int fd = accept4(f->listening, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0) {
			c = x_client(f->w, fd);
			x_send(c, ANSWER COUNTS);
			x_expect(c, "</db:result>");
			x_send(c, "<db:result from='far.example' "
				  "to='example.org' type='valid'/><resumed "
				  "xmlns='urn:xmpp:sm:3' previd='r1' h='0'/>");
			x_expect(c, "line 0");
			x_send(c, "<stream:error/>");
			x_cut(c);
			times++;
		}
		x_pass(f->w, 1000);
	}
	assert_in_range(times, 3, 12);
	for (int i = 0; i < 10; i++)
		x_expect(ann, UNSURE "</text></error></message>");
	far_end(&f);
}

/* It comes back with both directions, and then does not count after all. */
static void one_that_counts_no_more_is_not_asked(void **state)
{
	struct far *f = far_new("    bidi: true\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_cut(c);
	c = far_called(f);
	x_send(c, ANSWER BOTH);
	x_expect(c, "</db:result>");
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	x_expect(c, "<enable xmlns='urn:xmpp:sm:3'/>");
	x_send(c, "<failed xmlns='urn:xmpp:sm:3'/>");
	for (int i = 0; i < 10; i++)
		x_expect(ann, UNSURE "</text></error></message>");
	x_send(ann, "<message to='eve@far.example'><body>line 10</body>"
		    "</message>");
	x_expect(c, "line 10</body></message>");
	x_expect_nothing(c);
	far_end(&f);
}

/* Refused while the next try is waited for: that is the end of it. */
static void a_reload_ends_the_waiting(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='9'/>");
	goes(f, "far", "away");
	x_cut(c);
	x_expect_nothing(ann);
	x_reload(f->w, "  s2s:\n    listen: \"127.0.0.1:0\"\n"
		       "    peers: { far.example: { allow: no } }\n");
	x_expect(ann, "id='m9'");
	x_pass(f->w, 60000);
	goes(f, "away", "far");
	far_end(&f);
}

/* X56, of links: what was not acknowledged is sent again if the other server
 * lacks it, and nobody is told anything. */
static void an_orderly_restart_resumes_what_we_dialled(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='4'/>");
	x_expect(c, "<r xmlns='urn:xmpp:sm:3'/>");
	x_restart(f->w);
	/* Cut, not ended: a stream that was ended is not resumed. */
	x_expect_nothing(c);
	x_expect_end(c);
	x_expect_no(ann, "line");
	far_not_called(f);
	ann = x_online(f->w, "ann@example.org/phone");
	x_send(ann, "<message to='eve@far.example' id='m10'><body>line 10"
		    "</body></message>");
	x_pass(f->w, 1000);
	c = called_and_proved(f);
	x_expect(c, "<resume xmlns='urn:xmpp:sm:3' previd='r1' h='0'/>");
	x_expect_no(c, "line");
	x_send(c, "<resumed xmlns='urn:xmpp:sm:3' previd='r1' h='7'/>");
	x_expect_no(c, "line 6");
	x_expect(c, "id='m7'");
	x_expect(c, "line 7");
	x_expect(c, "line 8");
	x_expect(c, "line 9");
	x_expect(c, "line 10</body></message>");
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='11'/>");
	x_expect_nothing(c);
	x_expect_nothing(ann);
	/* Nothing is left of it for the next start. */
	x_restart(f->w);
	x_expect(c, "system-shutdown");
	x_pass(f->w, 60000);
	far_not_called(f);
	far_end(&f);
}

/* What waits for a link that is not there yet goes when it is. */
static void an_orderly_restart_keeps_what_waits(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone"), *c;

	(void)state;
	x_send(ann, "<message to='eve@far.example' id='m0'><body>line 0</body>"
		    "</message>");
	c = far_called(f);
	x_restart(f->w);
	x_expect(c, "system-shutdown");
	x_expect_no(ann, "line");
	far_not_called(f);
	x_pass(f->w, 1000);
	c = called_and_proved(f);
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3' id='r1' resume='true'/>");
	x_expect(c, "line 0</body></message><r xmlns='urn:xmpp:sm:3'/>");
	x_expect_nothing(c);
	far_end(&f);
}

/* A stream of theirs is not resumed: whoever is there is told. */
static void what_cannot_be_resumed_goes_back_when_we_stop(void **state)
{
	struct far *f = far_new("    bidi: true\n");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = theirs_counted(f);

	(void)state;
	x_send(ann, "<message to='eve@far.example' id='m0'><body>line 0</body>"
		    "</message>");
	x_expect(c, "line 0");
	x_send(c, HELLO);
	x_restart(f->w);
	x_expect(c, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	x_expect(c, "system-shutdown");
	x_expect(ann, "id='m0'");
	x_expect(ann, UNSURE);
	x_pass(f->w, 60000);
	far_end(&f);
}

static void one_that_forgot_us_gives_back(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='8'/>");
	x_restart(f->w);
	ann = x_online(f->w, "ann@example.org/phone");
	x_pass(f->w, 1000);
	c = called_and_proved(f);
	x_expect(c, "<resume");
	x_send(c, "<failed xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann, "id='m8'");
	x_expect(ann, UNSURE);
	x_expect(ann, "id='m9'");
	x_expect(ann, UNSURE "</text></error></message>");
	x_expect_nothing(ann);
	x_expect(c, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	x_expect_nothing(c);
	far_end(&f);
}

/* What a second stop has given back is not said at the next start. */
static void what_went_back_is_not_kept(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='8'/>");
	x_cut(c);
	x_send(ann, "<message to='eve@far.example' id='m10'><body>line 10"
		    "</body></message>");
	(void)far_called(f);
	x_restart(f->w);
	ann = x_online(f->w, "ann@example.org/phone");
	x_pass(f->w, 1000);
	c = called_and_proved(f);
	x_send(c, "<failed xmlns='urn:xmpp:sm:3'/>");
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3'/>");
	x_expect(c, "line 10");
	x_expect(ann, "id='m9'");
	x_restart(f->w);
	x_expect(ann, "id='m10'");
	x_expect(ann, UNSURE);
	x_pass(f->w, 60000);
	far_not_called(f);
	far_end(&f);
}

/* The client's words are on our disk: it is not to say them again. */
static void what_is_kept_for_a_link_is_handled(void **state)
{
	struct far *f = far_new("");
	struct client *c;
	struct peer ann;

	(void)state;
	peer_online(&ann, f->w, "ann", "a");
	x_send(ann.c, "<message to='eve@far.example' id='m0'><body>line 0"
		      "</body></message><r xmlns='urn:xmpp:sm:3'/>");
	x_expect(ann.c, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
	c = called_and_proved(f);
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3' id='r1' resume='true'/>");
	x_expect(c, "line 0");
	x_expect_nothing(ann.c);
	x_restart(f->w);
	peer_cut(&ann);
	ann.c = peer_connect(f->w, "ann");
	x_sendf(ann.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		ann.id);
	x_expect(ann.c, "h='1'/>");
	x_pass(f->w, 1000);
	c = called_and_proved(f);
	x_send(c, "<resumed xmlns='urn:xmpp:sm:3' previd='r1' h='0'/>");
	x_expect(c, "line 0");
	far_end(&f);
}

/* ... and it stays there until the other server has it: our second life may
 * be short. */
static void a_crash_after_a_restart_loses_nothing_of_a_link(void **state)
{
	struct far *f = far_new_on_disk("");
	struct client *ann = x_online(f->w, "ann@example.org/phone");
	struct client *c = ten_in_flight(f, ann);

	(void)state;
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='8'/>");
	x_restart(f->w);
	x_pass(f->w, 1000);
	c = called_and_proved(f);
	x_expect(c, "<resume");
	x_crash(f->w);
	x_pass(f->w, 1000);
	c = called_and_proved(f);
	x_expect(c, "<resume xmlns='urn:xmpp:sm:3' previd='r1' h='0'/>");
	x_send(c, "<resumed xmlns='urn:xmpp:sm:3' previd='r1' h='9'/>");
	x_expect_no(c, "line 8");
	x_expect(c, "line 9</body></message><r xmlns='urn:xmpp:sm:3'/>");
	x_send(c, "<a xmlns='urn:xmpp:sm:3' h='10'/>");
	x_expect_nothing(c);
	x_crash(f->w);
	x_pass(f->w, 60000);
	far_not_called(f);
	far_end(&f);
}

static void an_orderly_restart_knows_what_others_sent(void **state)
{
	struct far *f = far_new("");
	char id[128];
	struct client *c = far_counted(f, id), *ann;

	(void)state;
	/* For the store: under way to the disk when we stop. */
	x_send(c, HELLO HELLO);
	x_restart(f->w);
	x_expect(c, "<a xmlns='urn:xmpp:sm:3' h='2'/>");
	x_expect_nothing(c);
	x_expect_end(c);
	ann = x_online(f->w, "ann@example.org/phone");
	x_pass(f->w, 200000);
	f->asked = NULL;
	c = far_known(f);
	x_sendf(c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(c, "<resumed xmlns='urn:xmpp:sm:3'");
	x_expect(c, "h='2'/>");
	x_send(c, HELLO "<r xmlns='urn:xmpp:sm:3'/>");
	x_expect(c, "h='3'/>");
	x_expect(ann, "hello");
	/* The window goes on where it was; then it is shut. */
	x_cut(c);
	x_pass(f->w, 200000);
	x_restart(f->w);
	x_pass(f->w, 101000);
	f->asked = NULL;
	c = far_known(f);
	x_sendf(c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(c, "item-not-found");
	far_end(&f);
}

/* A client says again what we had not acknowledged: the other server gets it
 * under the name it had. */
static void what_a_crash_took_is_said_again_by_its_name(void **state)
{
	struct far *f = far_new_on_disk("");
	struct client *c;
	char first[128], again[128];
	struct peer ann;
	const char *line = "<message to='eve@far.example' id='m0' type='chat'>"
			   "<body>line 0</body><origin-id "
			   "xmlns='urn:xmpp:sid:0' id='o0'/></message>";

	(void)state;
	peer_online(&ann, f->w, "ann", "a");
	x_send(ann.c, line);
	c = called_and_proved(f);
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3' id='r1' resume='true'/>");
	x_expect(c, "<message ");
	x_expect(c, "<origin-id");
	far_attr(c, "id", first);
	x_expect_no(ann.c, "h='1'");
	x_crash(f->w);
	ann.c = peer_connect(f->w, "ann");
	x_sendf(ann.c, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>",
		ann.id);
	x_expect(ann.c, "<failed ");
	x_expect_no(ann.c, "h='1'");
	x_send(ann.c, "<iq type='set' id='bind'><bind "
		      "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
	x_send(ann.c, line);
	c = called_and_proved(f);
	x_send(c, "<enabled xmlns='urn:xmpp:sm:3' id='r2' resume='true'/>");
	x_expect(c, "id='m0'");
	x_expect(c, "<origin-id");
	far_attr(c, "id", again);
	assert_string_equal(first, again);
	assert_string_equal(first, "o0");
	far_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_in_flight_arrive_once),
		cmocka_unit_test(what_nobody_knows_of_goes_back),
		cmocka_unit_test(silence_is_a_cut),
		cmocka_unit_test(more_than_was_sent_is_not_acknowledged),
		cmocka_unit_test(
			what_another_server_sent_is_counted_over_a_cut),
		cmocka_unit_test(acknowledged_when_the_other_server_has_it),
		cmocka_unit_test(both_ways_are_counted_where_we_dialled),
		cmocka_unit_test(both_ways_are_counted_where_they_dialled),
		cmocka_unit_test(silence_is_a_cut_where_they_dialled),
		cmocka_unit_test(a_server_that_comes_back_says_what_arrived),
		cmocka_unit_test(what_is_said_meanwhile_waits_for_it),
		cmocka_unit_test(one_that_does_not_is_not_waited_for_long),
		cmocka_unit_test(a_stream_that_gets_nowhere_is_given_up),
		cmocka_unit_test(one_that_counts_no_more_is_not_asked),
		cmocka_unit_test(a_reload_ends_the_waiting),
		cmocka_unit_test(an_orderly_restart_resumes_what_we_dialled),
		cmocka_unit_test(an_orderly_restart_keeps_what_waits),
		cmocka_unit_test(what_cannot_be_resumed_goes_back_when_we_stop),
		cmocka_unit_test(one_that_forgot_us_gives_back),
		cmocka_unit_test(what_went_back_is_not_kept),
		cmocka_unit_test(what_is_kept_for_a_link_is_handled),
		cmocka_unit_test(
			a_crash_after_a_restart_loses_nothing_of_a_link),
		cmocka_unit_test(an_orderly_restart_knows_what_others_sent),
		cmocka_unit_test(what_a_crash_took_is_said_again_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
