/* SPDX-License-Identifier: MIT */
/* test_rfc6120.c - RFC 6120 clause by clause: headers, languages, closing,
 * white space, errors, and streams cut at every offset
 */
#include <stdio.h>

#include "tests/unit/xmpp/far.h"
#include "tests/unit/xmpp/secure.h"
#include "tests/unit/xmpp/steps.h"

#define HEAD(attrs)                                                            \
	"<stream:stream " attrs " xmlns='jabber:client' "                      \
	"xmlns:stream='http://etherx.jabber.org/streams'>"
#define TO   "to='example.org' "
#define AUTH "<auth " SASL " mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>"

/* ---- 4.7: what a header may say ---- */

static const struct {
	const char *name, *bytes;
	const char *error; /* NULL: features */
} headers[] = {
	{ "4.7.5: version 1.0", HEAD(TO "version='1.0'"), NULL },
	{ "4.7.5: a later minor version", HEAD(TO "version='1.7'"), NULL },
	{ "4.7.5: a later major version", HEAD(TO "version='2.0'"), NULL },
	{ "4.7.5: numbers, not text", HEAD(TO "version='1.10'"), NULL },
	{ "4.7.5: leading zeros", HEAD(TO "version='01.0'"), NULL },
	{ "4.7.5: an older one", HEAD(TO "version='0.9'"),
	  "unsupported-version" },
	{ "4.7.5: zero", HEAD(TO "version='0'"), "unsupported-version" },
	{ "4.7.5: empty", HEAD(TO "version=''"), "unsupported-version" },
	{ "4.7.5: no number", HEAD(TO "version='one'"), "unsupported-version" },
	{ "4.7.5: negative", HEAD(TO "version='-1.0'"), "unsupported-version" },
	{ "4.7.2: to is empty", HEAD("to='' version='1.0'"),
	  "improper-addressing" },
	{ "4.7.2: to is a person", HEAD("to='ann@example.org' version='1.0'"),
	  "host-unknown" },
	{ "4.7.2: to is in capitals", HEAD("to='EXAMPLE.org' version='1.0'"),
	  NULL },
	{ "4.7.2: to is a service",
	  HEAD("to='rooms.example.org' version='1.0'"), "host-unknown" },
	{ "4.7.1: from is no address", HEAD(TO "from='@' version='1.0'"),
	  NULL },
	{ "4.7.3: an id of the client's", HEAD(TO "id='mine' version='1.0'"),
	  NULL },
	{ "4.7.4: a language", HEAD(TO "xml:lang='de-CH' version='1.0'"),
	  NULL },
	{ "4.7.4: no language", HEAD(TO "xml:lang='' version='1.0'"), NULL },
	{ "4.7.4: bad language", HEAD(TO "xml:lang='&lt;x&gt;' version='1.0'"),
	  NULL },
	{ "4.8.5: another prefix for the stream",
	  "<s:stream " TO "version='1.0' xmlns='jabber:client' "
	  "xmlns:s='http://etherx.jabber.org/streams'>",
	  NULL },
	{ "4.8.5: no prefix for the stream",
	  "<stream " TO "version='1.0' xmlns:c='jabber:client' "
	  "xmlns='http://etherx.jabber.org/streams'>",
	  "invalid-namespace|bad-namespace-prefix" },
	{ "unknown attributes", HEAD(TO "version='1.0' x='y'"), NULL },
	{ "an attribute twice", HEAD(TO TO "version='1.0'"),
	  "not-well-formed" },
	{ "11.6: UTF-8 in small letters",
	  "<?xml version='1.0' encoding='utf-8'?>" HEAD(TO "version='1.0'"),
	  NULL },
	{ "11.6: another encoding",
	  "<?xml version='1.0' encoding='ISO-8859-1'?>" HEAD(TO
							     "version='1.0'"),
	  "unsupported-encoding" },
	{ "11.6: ASCII is another one",
	  "<?xml version='1.0' encoding='US-ASCII'?>" HEAD(TO "version='1.0'"),
	  "unsupported-encoding" },
	{ "XML 1.1", "<?xml version='1.1'?>" HEAD(TO "version='1.0'"),
	  "invalid-xml|not-well-formed|unsupported-version" },
	{ "a byte order mark of UTF-16", "\xff\xfe<",
	  "bad-format|unsupported-encoding|not-well-formed" },
	{ "11.1: a DTD",
	  "<?xml version='1.0'?><!DOCTYPE stream>" HEAD(TO "version='1.0'"),
	  "restricted-xml" },
};

/* One of several conditions, divided by bars. */
static void expect_error(struct client *c, const char *conditions)
{
	const char *all = x_text(c);
	struct str rest = str_of(conditions), one;
	char want[96];

	x_expect(c, "<stream:error>");
	while (str_split(&rest, '|', &one)) {
		snprintf(want, sizeof(want),
			 "<" STR_FMT
			 " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/",
			 STR_ARG(one));
		if (strstr(all, want) == NULL)
			continue;
		x_expect(c, "</stream:error></stream:stream>");
		x_expect_end(c);
		return;
	}
	fail_msg("wanted %s, got %s", conditions, all);
}

static void headers_are_judged(void **state)
{
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct client *c = x_connect(w);

		print_message("  %s\n", headers[i].name);
		x_send(c, headers[i].bytes);
		/* 4.9.1.2: the answer is a stream, even to no stream. */
		x_expect(c, "<stream:stream ");
		if (headers[i].error != NULL)
			expect_error(c, headers[i].error);
		else
			x_expect(c, "</stream:features>");
		x_close(c);
	}
	x_world_end(&w);
}

static const char *attr(struct client *c, const char *name, char *out,
			size_t max)
{
	const char *text = x_text(c), *at = strstr(text, name);

	assert_non_null(at);
	at += strlen(name);
	snprintf(out, max, "%.*s", (int)strcspn(at, "'"), at);
	return out;
}

/* 4.7: what ours says, also when it says no. */
static void our_header(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);
	char value[64];

	(void)state;
	x_send(c, HEAD("to='Example.Org' from='Ann@example.org/x' "
		       "version='1.7' xml:lang='de'"));
	assert_string_equal(attr(c, " from='", value, 64), "example.org");
	assert_string_equal(attr(c, " to='", value, 64), "ann@example.org");
	assert_string_equal(attr(c, " version='", value, 64), "1.0");
	assert_string_equal(attr(c, "xml:lang='", value, 64), "en");
	assert_string_equal(attr(c, " xmlns='", value, 64), "jabber:client");
	assert_true(strlen(attr(c, " id='", value, 64)) >= 16);
	c = x_connect(w);
	x_send(c, HEAD("to='else.example' version='1.0'"));
	assert_string_equal(attr(c, " from='", value, 64), "example.org");
	assert_true(strlen(attr(c, " id='", value, 64)) >= 16);
	assert_string_equal(attr(c, "xml:lang='", value, 64), "en");
	expect_error(c, "host-unknown");
	x_world_end(&w);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* 4.7.3: no stream has another's id, nor its own again after a restart. */
static void ids_are_all_different(void **state)
{
	enum { N = 500 };
	static char ids[2 * N][64];
	struct world *w = x_world(NULL);

	(void)state;
	for (int i = 0; i < N; i++) {
		struct client *c = x_connect(w);

		x_send(c, X_STREAM_OPEN);
		attr(c, " id='", ids[2 * i], 64);
		x_forget(c);
		x_send(c, AUTH);
		x_forget(c);
		x_send(c, X_STREAM_OPEN);
		attr(c, " id='", ids[2 * i + 1], 64);
		x_close(c);
	}
	qsort(ids, 2 * N, sizeof(ids[0]), compare);
	for (int i = 1; i < 2 * N; i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
	x_world_end(&w);
}

/* ---- 4.7.4, 8.1.5: languages ---- */

static void a_stanza_has_its_streams_language(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);
	struct client *bob = x_online(w, "bob@example.org/b");

	(void)state;
	x_send(c, HEAD(TO "version='1.0' xml:lang='fr'"));
	x_send(c, AUTH);
	x_send(c, HEAD(TO "version='1.0' xml:lang='de-CH'"));
	x_send(c, "<iq type='set' id='b'><bind "
		  "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
	x_forget(c);
	x_send(c, "<message to='bob@example.org'><body>a</body></message>");
	x_expect(bob, "xml:lang='de-CH'");
	x_expect(bob, "<body>a</body>");
	x_send(c, "<message to='bob@example.org' xml:lang='en'>"
		  "<body>b</body></message>");
	x_expect(bob, "xml:lang='en'");
	x_expect_no(bob, "de-CH");
	x_forget(bob);
	x_send(c, "<message to='bob@example.org'><body xml:lang='it'>c</body>"
		  "</message>");
	x_expect(bob, "xml:lang='de-CH'");
	x_expect(bob, "xml:lang='it'");
	/* Without one nothing is made up. */
	c = x_online(w, "cat@example.org/c");
	x_forget(bob);
	x_send(c, "<message to='bob@example.org'><body>d</body></message>");
	x_expect_no(bob, "xml:lang");
	x_world_end(&w);
}

/* ---- 4.4: closing ---- */

static void whoever_closes_is_answered(void **state)
{
	struct world *w = x_world(STEP_CONF);

	(void)state;
	for (enum step step = 0; step < STEP__N; step++) {
		struct client *c = step_client(w, step);
		bool open = step == STEP_HEADER || step == STEP_RESTARTED ||
			    step == STEP_BOUND || step == STEP_CHALLENGED ||
			    step == STEP_COMPONENT_HEADER ||
			    step == STEP_COMPONENT_OPEN ||
			    step == STEP_SERVER_HEADER;

		print_message("  %s\n", step_name(step));
		x_send(c, "</stream:stream>");
		x_expect(c, "</stream:stream>");
		if (open)
			x_expect_no(c, "<stream:error>");
		x_expect_end(c);
		x_close(c);
	}
	x_world_end(&w);
}

/* Who is told to go, or closes, and then neither reads nor closes is waited
 * for some seconds, not for ever. */
static void nobody_is_waited_for_for_ever(void **state)
{
	static const char *const last[] = { "</stream:stream>", "<!-- x -->" };
	struct world *w = x_world(STEP_CONF);
	size_t before = net_count(w->net);

	(void)state;
	for (enum step step = 0; step < STEP__N; step++)
		for (int i = 0; i < 2; i++) {
			struct client *c = step_client(w, step);

			x_send(c, last[i]);
			x_pass(w, 10000);
			assert_int_equal(net_count(w->net), before);
			x_close(c);
		}
	x_world_end(&w);
}

/* 4.8.5: a prefix of the client's own holds to the end. */
static void a_stream_of_another_prefix_ends(void **state)
{
	struct world *w = x_world(NULL);
	struct client *c = x_connect(w);

	(void)state;
	x_send(c, "<s:stream " TO "version='1.0' xmlns='jabber:client' "
		  "xmlns:s='http://etherx.jabber.org/streams'>");
	x_expect(c, "</stream:features>");
	x_send(c, "</s:stream>");
	x_expect(c, "</stream:stream>");
	x_expect_no(c, "<stream:error>");
	x_expect_end(c);
	c = x_connect(w);
	x_send(c, "<s:stream " TO "version='1.0' xmlns='jabber:client' "
		  "xmlns:s='http://etherx.jabber.org/streams'>");
	x_expect(c, "</stream:features>");
	x_send(c, "</stream:stream>");
	x_expect(c, "<stream:error>");
	x_expect_end(c);
	x_world_end(&w);
}

/* Nothing behind the end is read. */
static void what_follows_the_end_is_nothing(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *bob = x_online(w, "bob@example.org/b");

	(void)state;
	x_send(ann, "</stream:stream><message to='bob@example.org'>"
		    "<body>late</body></message>" X_STREAM_OPEN);
	x_expect(ann, "</stream:stream>");
	x_expect_end(ann);
	x_expect_no(bob, "late");
	x_world_end(&w);
}

/* 4.9.1.1: an error of theirs ends the stream, and is not answered by one. */
static void an_error_of_theirs_is_the_end(void **state)
{
	static const enum step steps[] = {
		STEP_HEADER,	       STEP_RESTARTED,	    STEP_BOUND,
		STEP_COMPONENT_HEADER, STEP_COMPONENT_OPEN, STEP_SERVER_HEADER
	};
	struct world *w = x_world(STEP_CONF);
	size_t before = net_count(w->net);

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct client *c = step_client(w, steps[i]);

		print_message("  %s\n", step_name(steps[i]));
		x_send(c, "<stream:error><reset "
			  "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
			  "</stream:error></stream:stream>");
		x_expect(c, "</stream:stream>");
		x_expect_no(c, "<stream:error>");
		x_expect_end(c);
		x_close(c);
		assert_int_equal(net_count(w->net), before);
	}
	x_world_end(&w);
}

static void a_stream_that_ended_by_their_error_resumes(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_login(w, "ann@example.org/a");
	char id[128];

	(void)state;
	x_send(ann, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	x_expect(ann, "<enabled ");
	attr(ann, " id='", id, sizeof(id));
	x_send(ann, "<stream:error><undefined-condition "
		    "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
		    "</stream:error></stream:stream>");
	x_expect_end(ann);
	ann = step_client(w, STEP_RESTARTED);
	x_sendf(ann, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='0'/>", id);
	x_expect(ann, "<resumed ");
	x_world_end(&w);
}

/* ---- 4.6.1, 11.7: white space keeps alive, and is nothing else ---- */

static void white_space_at_each_step(void **state)
{
	struct world *w = x_world(STEP_CONF);

	(void)state;
	for (enum step step = STEP_HEADER; step < STEP__N; step++) {
		struct client *c;

		if (step == STEP_HALF_AUTH || step == STEP_LOGGED_IN ||
		    step == STEP_COMPONENT || step == STEP_SERVER)
			continue;
		c = step_client(w, step);
		x_forget(c);
		print_message("  %s\n", step_name(step));
		for (int i = 0; i < 50; i++)
			x_send(c, i % 2 == 0 ? " " : "\r\n\t ");
		x_expect_nothing(c);
		x_send(c, "x");
		expect_error(c, "bad-format|not-well-formed");
		x_close(c);
	}
	x_world_end(&w);
}

/* ---- 5 to 8: before log-in, before bind, addressing ---- */

static void before_bind_nothing_goes(void **state)
{
	static const struct {
		const char *bytes, *answer;
	} rows[] = {
		{ "<message to='bob@example.org'/>", "<not-authorized " },
		{ "<presence/>", "<not-authorized " },
		{ "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
		  "<not-authorized " },
		{ "<iq type='get' id='1'><bind "
		  "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
		  "<bad-request " },
		{ "<iq type='set'><bind "
		  "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
		  "<bad-request " },
		{ "<hello xmlns='urn:x'/>", "<not-authorized " },
		{ AUTH, "<not-authorized " },
		{ "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
		  "<not-authorized " },
	};
	struct world *w = x_world(NULL);
	struct client *bob = x_online(w, "bob@example.org/b");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client *c = step_client(w, STEP_RESTARTED);

		x_send(c, rows[i].bytes);
		x_expect(c, rows[i].answer);
		x_expect_nothing(bob);
		x_close(c);
	}
	x_world_end(&w);
}

static const struct {
	const char *name, *bytes, *answer;
} addressing[] = {
	{ "8.2.3: no type", "<iq id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
	  "<bad-request " },
	{ "8.2.3: no id", "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
	  "<bad-request " },
	{ "8.2.3: a type unknown",
	  "<iq type='ask' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
	  "<bad-request " },
	{ "8.2.3: no payload", "<iq type='get' id='1'/>", "<bad-request " },
	{ "8.2.3: two payloads",
	  "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/>"
	  "<ping xmlns='urn:xmpp:ping'/></iq>",
	  "<bad-request " },
	{ "8.1.1: to is no address",
	  "<message id='1' to='@example.org'><body>x</body></message>",
	  "<jid-malformed " },
	{ "8.1.1: to is empty",
	  "<message id='1' to=''><body>x</body></message>", "<jid-malformed " },
	{ "10.3.1: a message without to is one's own",
	  "<message id='1'><body>mine</body></message>", "<body>mine</body>" },
	{ "10.3.3: an iq without to is the account's",
	  "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
	  "type='result'" },
	{ "8.1.2.1: a from that is one's own",
	  "<message id='1' from='ann@example.org' to='ann@example.org'>"
	  "<body>mine</body></message>",
	  "from='ann@example.org/a'" },
	{ "8.1.2.1: another's", "<message id='1' from='bob@example.org'/>",
	  "<invalid-from " },
	{ "8.1.2.1: another resource", "<presence from='ann@example.org/b'/>",
	  "<invalid-from " },
	{ "8.1.2.1: a from that is empty", "<presence from=''/>",
	  "<invalid-from " },
	{ "4.8.2: content of servers",
	  "<message xmlns='jabber:server' id='1'/>", "<invalid-namespace " },
	{ "4.9.3.24: no stanza", "<foo/>", "<unsupported-stanza-type " },
	{ "a second header", X_STREAM_OPEN, "<stream:error>" },
	{ "10.5.3.1: a person who is not there is not said to be none",
	  "<iq type='get' id='1' to='nobody@example.org/x'>"
	  "<ping xmlns='urn:xmpp:ping'/></iq>",
	  "<service-unavailable " },
};

static void stanzas_are_addressed(void **state)
{
	struct world *w = x_world(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(addressing) / sizeof(addressing[0]);
	     i++) {
		struct client *ann = x_online(w, "ann@example.org/a");

		print_message("  %s\n", addressing[i].name);
		x_send(ann, addressing[i].bytes);
		x_expect(ann, addressing[i].answer);
		x_close(ann);
	}
	x_world_end(&w);
}

/* 4.9.3.5: a domain that goes with a reload takes its streams with it. */
static void a_host_that_is_gone(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *guest = step_client(w, STEP_HEADER);
	struct jid *all = w->x->domains, other;
	struct arena *a = arena_new();

	(void)state;
	xmpp_stream_leave_hosts(w->x);
	x_expect_nothing(ann);
	assert_int_equal(xmpp_jid_make(a, STR_NONE, STR("example.net"),
				       STR_NONE, &other),
			 GW_OK);
	w->x->domains = &other;
	xmpp_stream_leave_hosts(w->x);
	w->x->domains = all;
	expect_error(ann, "host-gone");
	expect_error(guest, "host-gone");
	arena_free(&a);
	x_world_end(&w);
}

/* 4.9.3.24 and 4.9.3.25, between servers too. */
static void servers_are_judged_alike(void **state)
{
	static const struct {
		const char *bytes, *error;
	} rows[] = {
		{ "<stream:stream xmlns='jabber:server' xmlns:stream="
		  "'http://etherx.jabber.org/streams' from='far.example' "
		  "to='example.org' version='0.9'>",
		  "unsupported-version" },
		{ "<stream:stream xmlns='jabber:server' xmlns:stream="
		  "'http://etherx.jabber.org/streams' from='far.example' "
		  "to='example.org'>",
		  "unsupported-version" },
		{ "<stream:stream xmlns='jabber:server' xmlns:stream="
		  "'http://etherx.jabber.org/streams' from='far.example' "
		  "version='1.0'>",
		  "improper-addressing" },
		{ "<stream:stream xmlns='jabber:server' xmlns:stream="
		  "'http://etherx.jabber.org/streams' from='far.example' "
		  "to='else.example' version='1.0'>",
		  "host-unknown" },
		{ "<stream:stream xmlns='jabber:server' xmlns:stream="
		  "'http://etherx.jabber.org/streams' from='example.org' "
		  "to='example.org' version='1.0'>",
		  "invalid-from" },
		{ "<stream:stream xmlns='jabber:client' xmlns:stream="
		  "'http://etherx.jabber.org/streams' from='far.example' "
		  "to='example.org' version='1.0'>",
		  "invalid-namespace" },
		{ "<flow:flow xmlns='jabber:server' xmlns:flow="
		  "'http://etherx.jabber.org/streams' from='far.example' "
		  "to='example.org' version='1.0'>",
		  "bad-format|bad-namespace-prefix" },
		{ "<?xml version='1.0' encoding='UTF-16'?><stream:stream>",
		  "unsupported-encoding" },
		{ "<!DOCTYPE x>", "restricted-xml" },
	};
	struct world *w = x_world(STEP_CONF);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client *c = x_connect_s2s(w);

		print_message("  row %zu\n", i);
		x_send(c, rows[i].bytes);
		x_expect(c, "<stream:stream ");
		expect_error(c, rows[i].error);
		x_close(c);
	}
	x_world_end(&w);
}

/* ---- cut at every offset ---- */

static void in_two(struct client *c, const char *text, size_t cut,
		   const char *want)
{
	char piece[1024];
	size_t n = strlen(text), at = cut < n ? cut : n - 1;

	snprintf(piece, sizeof(piece), "%.*s", (int)at, text);
	x_send(c, piece);
	x_expect_no(c, want);
	x_send(c, text + at);
	x_expect(c, want);
}

#define S2S_HEAD                                                               \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:server' "           \
	"xmlns:db='jabber:server:dialback' "                                   \
	"xmlns:stream='http://etherx.jabber.org/streams' from='far.example' "  \
	"to='example.org' version='1.0'>"

/* Of servers and components; clients are in test_stream.c. */
static void streams_of_others_cut_everywhere(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/a"), *c;

	(void)state;
	for (size_t cut = 1; cut < strlen(S2S_HEAD); cut++) {
		c = x_connect_s2s(f->w);
		in_two(c, S2S_HEAD, cut, "</stream:features>");
		x_close(c);
	}
	c = far_known(f);
	for (size_t cut = 1; cut < strlen(HELLO); cut++) {
		char piece[256];

		snprintf(piece, sizeof(piece), "%.*s", (int)cut, HELLO);
		x_send(c, piece);
		x_expect_nothing(ann);
		x_send(c, &HELLO[cut]);
		x_expect(ann, "<body>hello</body>");
		x_forget(ann);
	}
	far_end(&f);
}

#define K_MESSAGE                                                              \
	"<message from='bot@echo.example.org' to='ann@example.org/a' "         \
	"type='chat'><body>\xc3\xa4 &amp; <![CDATA[<x>]]></body></message>"

static void components_cut_everywhere(void **state)
{
	struct world *w = x_world(STEP_CONF);
	struct client *ann = x_online(w, "ann@example.org/a"), *k;
	const char *head = K_OPEN("echo.example.org");

	(void)state;
	for (size_t cut = 1; cut < strlen(head); cut++) {
		k = k_connect(w);
		in_two(k, head, cut, " id='");
		x_close(k);
	}
	k = k_login(w, "echo.example.org", "right-secret");
	for (size_t cut = 1; cut < strlen(K_MESSAGE); cut++) {
		char piece[256];

		snprintf(piece, sizeof(piece), "%.*s", (int)cut, K_MESSAGE);
		x_send(k, piece);
		x_expect_nothing(ann);
		x_send(k, &K_MESSAGE[cut]);
		x_expect(ann, "<body>\xc3\xa4 &amp; &lt;x&gt;</body>");
		x_forget(ann);
	}
	x_world_end(&w);
}

static void secure_in_two(struct secure *s, const char *text, size_t cut,
			  const char *want)
{
	char piece[512];
	size_t n = strlen(text), at = cut < n ? cut : n - 1;

	snprintf(piece, sizeof(piece), "%.*s", (int)at, text);
	secure_say(s, piece);
	assert_null(strstr(secure_text(s), want));
	secure_say(s, text + at);
	secure_expect(s, want);
}

/* Each record of TLS ends somewhere in the text. */
static void under_tls_cut_everywhere(void **state)
{
	static const char bind[] = "<iq type='set' id='b'><bind "
				   "xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
				   "<resource>r</resource></bind></iq>";
	static const char message[] =
		"<message to='ann@example.org/r'><body>\xc3\xa4 &amp; "
		"<![CDATA[<x>]]></body></message>";
	struct secure s;

	(void)state;
	secure_init(&s);
	for (size_t cut = 1; cut < strlen(X_STREAM_OPEN); cut++) {
		secure_dial(&s, true);
		secure_shake_hands(&s, cut % 2 == 0 ? TLS1_3_VERSION
						    : TLS1_2_VERSION);
		secure_in_two(&s, X_STREAM_OPEN, cut, "</stream:features>");
		secure_in_two(&s, AUTH, cut, "<success ");
		secure_in_two(&s, X_STREAM_OPEN, cut, "</stream:features>");
		secure_in_two(&s, bind, cut, "<jid>ann@example.org/r</jid>");
		secure_in_two(&s, message, cut,
			      "<body>\xc3\xa4 &amp; &lt;x&gt;</body>");
		secure_hang_up(&s);
		x_pass(s.w, 0);
	}
	secure_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_judged),
		cmocka_unit_test(our_header),
		cmocka_unit_test(ids_are_all_different),
		cmocka_unit_test(a_stanza_has_its_streams_language),
		cmocka_unit_test(whoever_closes_is_answered),
		cmocka_unit_test(nobody_is_waited_for_for_ever),
		cmocka_unit_test(a_stream_of_another_prefix_ends),
		cmocka_unit_test(what_follows_the_end_is_nothing),
		cmocka_unit_test(an_error_of_theirs_is_the_end),
		cmocka_unit_test(a_stream_that_ended_by_their_error_resumes),
		cmocka_unit_test(white_space_at_each_step),
		cmocka_unit_test(before_bind_nothing_goes),
		cmocka_unit_test(stanzas_are_addressed),
		cmocka_unit_test(a_host_that_is_gone),
		cmocka_unit_test(servers_are_judged_alike),
		cmocka_unit_test(streams_of_others_cut_everywhere),
		cmocka_unit_test(components_cut_everywhere),
		cmocka_unit_test(under_tls_cut_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
