/* SPDX-License-Identifier: MIT */
/* test_classes_stream.c - classes of bugs that are the streams' in general,
 * on the whole server: clients and components, each step of the negotiation
 *
 * What the XML layer does alone is tested there: B01 and B06 in
 * test_xml_parse.c (samples) and test_xml_scan.c (samples), B02 in
 * test_xml_parse.c (hostile_shapes, absurd_depth) and test_xml_scan.c
 * (guests_get_little), B05 in test_xml_scan.c (drip_feed), B30 in
 * test_xml_parse.c (fresh_names_keep_memory_flat), B06 for documents such as
 * a WebSocket's message in fuzz_xml_stream.c.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/codec.h"
#include "tests/unit/xmpp/secure.h"
#include "tests/unit/xmpp/steps.h"
#include "xmpp/component/component_private.h"

#if defined(__SANITIZE_ADDRESS__)
size_t __sanitizer_get_current_allocated_bytes(void);
#define ROUNDS 300
#else
#define ROUNDS 4000
#endif

#define KB 1024UL
#define MB (1024UL * 1024)

/* Bytes in use: what is allocated under a sanitizer, else resident. */
static size_t memory(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return __sanitizer_get_current_allocated_bytes();
#else
	unsigned long size, pages;
	FILE *file = fopen("/proc/self/statm", "re");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &size, &pages), 2);
	(void)fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
#endif
}

static int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void still_served(struct client *bob)
{
	x_send(bob, "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(bob, "id='p'");
	x_forget(bob);
}

/* ---- B01 ---- */

#define LAUGHS                                                                 \
	"<!DOCTYPE a [<!ENTITY a 'haha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;'>"   \
	"<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;'>]><a x='&c;'>&c;</a>"

static void b01_a_dtd_ends_the_stream(void **state)
{
	static const char *const bytes[] = {
		"<!DOCTYPE a>",
		LAUGHS,
		"<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
		"<?xml-stylesheet href='x'?>",
		"<!ENTITY a 'b'>",
		"<!-- x -->",
	};
	struct world *w = x_world(STEP_CONF);
	struct client *bob = x_online(w, "bob@example.org/b");
	size_t before = memory();

	(void)state;
	for (enum step step = 0; step < STEP__N; step++) {
		print_message("  %s\n", step_name(step));
		for (size_t i = 0; i < 6; i++) {
			struct client *c = step_client(w, step);

			x_send(c, bytes[i]);
			x_expect(c, "<stream:error><");
			/* Inside a start tag a `<` is not even XML. */
			if (step == STEP_HALF_HEADER)
				x_expect(c, "not-well-formed ");
			else
				x_expect(c, "restricted-xml ");
			x_expect_end(c);
			x_close(c);
		}
	}
	assert_true(memory() < before + MB);
	still_served(bob);
	x_world_end(&w);
}

/* ---- B02 ---- */

static const struct {
	const char *name, *open, *unit;
} shapes[] = {
	{ "empty siblings", "<a>", "<b/>" },
	{ "deep", "", "<a>" },
	{ "attributes", "<a ", "a='' " },
	{ "different attributes", "<a ", "" },
	{ "declarations", "<a>", "<b xmlns='u'/>" },
	{ "references", "<a>", "&lt;" },
	{ "CDATA", "<a>", "<![CDATA[]]>" },
	{ "text", "<a>", "x" },
};

static void add_shape(struct buf *b, size_t shape, size_t bytes)
{
	buf_add_str(b, str_of(shapes[shape].open));
	for (unsigned i = 0; b->len + 16 < bytes; i++)
		if (*shapes[shape].unit == '\0')
			buf_printf(b, "a%u='' ", i);
		else
			buf_add_str(b, str_of(shapes[shape].unit));
	buf_add_char(b, '\0');
}

/* Each of many strangers sends 8 kB of the worst and stays. */
static void guests_amplify(struct world *w, size_t shape)
{
	enum { GUESTS = 50 };
	struct client *guests[GUESTS];
	struct buf text = { 0 };
	size_t before = memory();

	add_shape(&text, shape, 8 * KB);
	for (int i = 0; i < GUESTS; i++) {
		guests[i] = step_client(w, STEP_HEADER);
		x_send(guests[i], (const char *)text.data);
	}
	assert_true(memory() < before + GUESTS * 40 * KB);
	for (int i = 0; i < GUESTS; i++)
		x_close(guests[i]);
	buf_fini(&text);
}

static void b02_a_little_input_is_a_little_memory(void **state)
{
	struct world *w = x_world(STEP_CONF);
	struct client *bob = x_online(w, "bob@example.org/b"), *c;
	struct buf text = { 0 };
	size_t before;

	(void)state;
	step_client(w, STEP_HEADER);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		print_message("  %s\n", shapes[i].name);
		guests_amplify(w, i);
		buf_reset(&text);
		add_shape(&text, i, 200 * KB);
		c = step_client(w, STEP_BOUND);
		before = memory();
		x_send(c, (const char *)text.data);
		x_pass(w, 2000);
		assert_true(memory() < before + 4 * MB);
		x_close(c);
	}
	buf_fini(&text);
	still_served(bob);
	x_world_end(&w);
}

/* ---- B03 ---- */

static void come_and_go(struct world *w, enum step step, unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++)
		x_close(step_client(w, step));
}

/* MUSTER_ROUNDS=100000 is the whole of it; it takes minutes. */
static unsigned rounds_asked(unsigned usual)
{
	const char *env = getenv("MUSTER_ROUNDS");

	return env != NULL ? (unsigned)strtoul(env, NULL, 10) : usual;
}

static void b03_who_comes_and_goes_leaves_nothing(void **state)
{
	unsigned rounds = rounds_asked(ROUNDS);

	(void)state;
	for (enum step step = 0; step < STEP__N; step++) {
		struct world *w = x_world(STEP_CONF);
		struct client *bob = x_online(w, "bob@example.org/b");
		size_t bytes;
		int fds;

		print_message("  %s, %u times\n", step_name(step), rounds);
		come_and_go(w, step, rounds / 10 + 100);
		bytes = memory();
		fds = descriptors();
		come_and_go(w, step, rounds);
		assert_true(memory() < bytes + 256 * KB);
		assert_int_equal(descriptors(), fds);
		still_served(bob);
		x_world_end(&w);
	}
}

/* The same under TLS: before the handshake, after it, in a stream. */
static void b03_under_tls_too(void **state)
{
	struct secure s;
	unsigned rounds = rounds_asked(ROUNDS / 4);

	(void)state;
	for (int step = 0; step < 3; step++) {
		size_t bytes = 0;
		int fds = 0;

		secure_init(&s);
		print_message("  TLS step %d, %u times\n", step, rounds);
		for (unsigned i = 0; i < rounds + 50; i++) {
			if (i == 50) {
				bytes = memory();
				fds = descriptors();
			}
			if (step == 2)
				secure_open(&s, TLS1_3_VERSION);
			else
				secure_dial(&s, true);
			if (step == 1)
				secure_shake_hands(&s, TLS1_3_VERSION);
			secure_hang_up(&s);
			x_pass(s.w, 10);
		}
		assert_true(memory() < bytes + 256 * KB);
		assert_int_equal(descriptors(), fds);
		secure_fini(&s);
	}
}

/* ---- B04 ---- */

/* XEP-0138 is neither offered nor done, for whom and when ever. */
static void b04_no_compression(void **state)
{
	struct world *w = x_world(STEP_CONF);
	struct client *bob = x_online(w, "bob@example.org/b");

	(void)state;
	for (enum step step = 0; step < STEP__N; step++) {
		struct client *c = step_client(w, step);

		print_message("  %s\n", step_name(step));
		x_send(c, "<compress xmlns='http://jabber.org/protocol/"
			  "compress'><method>zlib</method></compress>");
		x_expect_no(c, "<compressed");
		if (step != STEP_HALF_AUTH) {
			x_expect(c, "<stream:error>");
			x_expect_end(c);
		}
		x_close(c);
	}
	for (int i = 0; i < 3; i++) {
		struct client *c = i < 2 ? x_connect(w) : x_connect_s2s(w);

		if (i == 1) {
			x_send(c, X_STREAM_OPEN
			       "<auth " SASL
			       " mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
			x_expect(c, "<success ");
		}
		x_send(c, i < 2 ? X_STREAM_OPEN
				: "<stream:stream to='example.org' "
				  "from='example.net' version='1.0' "
				  "xmlns='jabber:server' xmlns:stream="
				  "'http://etherx.jabber.org/streams'>");
		x_expect_no(c, "compress");
		x_expect(c, "</stream:features>");
		x_close(c);
	}
	still_served(bob);
	x_world_end(&w);
}

/* ---- B05 ---- */

/* A kilobyte a second, a gigabyte long: how much of it was taken? */
static size_t drip(struct client *c)
{
	char piece[KB + 1];
	size_t sent = 0;

	memset(piece, 'x', KB);
	piece[KB] = '\0';
	while (!c->ended && sent < 1024 * MB) {
		x_send(c, piece);
		x_pass(c->w, 1000);
		sent += KB;
	}
	return sent;
}

static void b05_a_stanza_that_never_ends(void **state)
{
	static const struct {
		enum step step;
		size_t limit;
	} rows[] = {
		{ STEP_HEADER, 8 * KB },	   { STEP_RESTARTED, 256 * KB },
		{ STEP_COMPONENT_HEADER, 8 * KB }, { STEP_BOUND, 256 * KB },
		{ STEP_COMPONENT_OPEN, 512 * KB },
	};
	struct world *w =
		x_world("  login_within: 10m\n" STEP_CONF "    ping: 0\n");
	struct client *bob = x_online(w, "bob@example.org/b");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client *c = step_client(w, rows[i].step);
		size_t before = memory(), sent;

		print_message("  %s\n", step_name(rows[i].step));
		x_send(c, "<message from='a@echo.example.org' "
			  "to='bob@example.org'><body>");
		sent = drip(c);
		assert_in_range(sent, rows[i].limit - 2 * KB,
				rows[i].limit + KB);
		x_expect(c, "<policy-violation ");
		assert_true(memory() < before + 2 * MB);
		x_close(c);
	}
	x_expect_nothing(bob);
	still_served(bob);
	x_world_end(&w);
}

/* ---- B06 ---- */

static void send_bytes(struct client *c, const char *p, size_t n)
{
	assert_int_equal(send(c->fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
	(void)x_text(c);
}

/* What a client may put into a message, and how it is seen by everybody;
 * NULL: its stream ends. */
static const struct {
	const char *name;
	const char *bytes;
	const char *seen;
} odd[] = {
	{ "CDATA", "<y xmlns='u'><![CDATA[<a>&amp;]]></y>",
	  "<y xmlns='u'>&lt;a&gt;&amp;amp;</y>" },
	{ "the end of CDATA", "<y xmlns='u'>]]&gt;</y>",
	  "<y xmlns='u'>]]&gt;</y>" },
	{ "references", "<y xmlns='u' a='&#10;&#9;&apos;'>&#x41;</y>",
	  "<y xmlns='u' a='&#10;&#9;&apos;'>A</y>" },
	{ "angle in a value", "<y xmlns='u' a='>'/>",
	  "<y xmlns='u' a='&gt;'/>" },
	{ "a prefix", "<p:y xmlns:p='u'><p:z/></p:y>",
	  "<y xmlns='u'><z/></y>" },
	{ "no namespace", "<y xmlns=''/>", "<y xmlns=''/>" },
	{ "a stanza inside",
	  "<y xmlns='u'><message xmlns='jabber:client' "
	  "from='boss@example.org'/></y>",
	  "<y xmlns='u'><message xmlns='jabber:client' "
	  "from='boss@example.org'/></y>" },
	{ "a stanza of components inside",
	  "<y xmlns='u'><message xmlns='jabber:component:accept'/></y>",
	  "<y xmlns='u'><message xmlns='jabber:component:accept'/></y>" },
	{ "a stream's end as text", "<y xmlns='u'>&lt;/stream:stream&gt;</y>",
	  "<y xmlns='u'>&lt;/stream:stream&gt;</y>" },
	{ "beyond the plane", "<y xmlns='u'>\xf0\x9f\x98\x80</y>",
	  "<y xmlns='u'>\xf0\x9f\x98\x80</y>" },
	{ "bad UTF-8", "<y xmlns='u'>\xc3(</y>", NULL },
	{ "an overlong quote", "<y xmlns='u' a='\xc0\xa7'/>", NULL },
	{ "a surrogate", "<y xmlns='u'>\xed\xa0\x80</y>", NULL },
	{ "U+FFFF", "<y xmlns='u'>\xef\xbf\xbf</y>", NULL },
	{ "a control character", "<y xmlns='u'>&#1;</y>", NULL },
	{ "an unescaped angle", "<y xmlns='u' a='<b'/>", NULL },
	{ "a value without quotes", "<y xmlns='u' a=b/>", NULL },
	{ "a value twice", "<y xmlns='u' a='1' a='2'/>", NULL },
	{ "the same by prefix",
	  "<y xmlns='u' xmlns:p='v' xmlns:q='v' p:a='1' q:a='2'/>", NULL },
	{ "an unknown prefix", "<p:y/>", NULL },
	{ "the end of the stream inside", "<y xmlns='u'></stream:stream>",
	  NULL },
	{ "two end tags", "<y xmlns='u'></y></y>", NULL },
};

#define TO_BOT "<message to='bot@echo.example.org' type='chat'>"
#define FROM_BOT                                                               \
	"<message from='bot@echo.example.org' "                                \
	"to='ann@example.org/a' type='chat'>"

/* Between the start tag of the message and its end. */
static void inside(struct client *c, char *out, size_t max)
{
	const char *text = x_text(c), *end = strstr(text, "</message>"), *next;
	const char *start = strchr(text, '>');

	assert_non_null(start);
	while (end != NULL && (next = strstr(end + 1, "</message>")) != NULL)
		end = next;
	assert_non_null(end);
	assert_true(end > start);
	snprintf(out, max, "%.*s", (int)(end - start - 1), start + 1);
	x_forget(c);
}

static void there_and_back(struct client *ann, struct client *k, size_t i)
{
	char seen[512], again[512];

	x_sendf(ann, TO_BOT "%s</message>", odd[i].bytes);
	inside(k, seen, sizeof(seen));
	assert_string_equal(seen, odd[i].seen);
	x_sendf(k, FROM_BOT "%s</message>", seen);
	inside(ann, again, sizeof(again));
	assert_string_equal(again, seen);
	/* The component's own way of writing it, too. */
	x_sendf(k, FROM_BOT "%s</message>", odd[i].bytes);
	inside(ann, again, sizeof(again));
	assert_string_equal(again, seen);
}

static void refused_both_ways(struct world *w, struct client *k, size_t i)
{
	struct client *ann = x_login(w, "ann@example.org/x"), *other;

	x_sendf(ann, TO_BOT "%s</message>", odd[i].bytes);
	x_expect(ann, "<stream:error>");
	x_expect_end(ann);
	x_expect_nothing(k);
	x_close(ann);
	x_close(k);
	ann = x_login(w, "ann@example.org/x");
	other = k_login(w, "echo.example.org", "right-secret");
	x_sendf(other, FROM_BOT "%s</message>", odd[i].bytes);
	x_expect(other, "<stream:error>");
	x_expect_end(other);
	x_expect_nothing(ann);
	x_close(other);
	x_close(ann);
}

static void b06_one_tree_for_everybody(void **state)
{
	static const char nul[] = TO_BOT "<body>a\0b</body></message>";
	struct world *w = x_world(STEP_CONF);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *k = k_login(w, "echo.example.org", "right-secret");

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		print_message("  %s\n", odd[i].name);
		if (odd[i].seen != NULL) {
			there_and_back(ann, k, i);
			continue;
		}
		refused_both_ways(w, k, i);
		k = k_login(w, "echo.example.org", "right-secret");
	}
	send_bytes(ann, nul, sizeof(nul) - 1);
	x_expect(ann, "<stream:error>");
	x_expect_end(ann);
	x_expect_nothing(k);
	x_world_end(&w);
}

/* ---- B27 ---- */

/* Payloads that no specification knows. */
static const struct {
	const char *attrs, *inside;
} malformed[] = {
	{ "", "" },
	{ " node='' jid='@' ver='x' id='' type='?'", "" },
	{ "", "text<item/><item jid=''/><item jid='@/@'/>" },
	{ "", "<x xmlns='jabber:x:data' type='submit'><field/>"
	      "<field var=''><value/><value/></field></x>" },
	{ "", "<item affiliation='?' role='?' nick=''/>"
	      "<item affiliation='owner' jid='\xc3\xa4@\xc3\xa4'/>" },
	{ "", "<iq xmlns='jabber:client'/><forwarded "
	      "xmlns='urn:xmpp:forward:0'/><a><b><c><d/></c></b></a>" },
};

static const char *const targets[] = {
	"",
	" to='example.org'",
	" to='ann@example.org'",
	" to='bob@example.org'",
	" to='bob@example.org/none'",
	" to='nobody@example.org'",
	" to='muster@example.org'",
	" to='rooms.example.org'",
	" to='den@rooms.example.org'",
	" to='den@rooms.example.org/nobody'",
	" to='none@rooms.example.org/x'",
	" to='echo.example.org'",
	" to='example.net'",
};

struct payload {
	const char *name, *ns;
};

static void one_malformed(struct client *ann, const struct payload *p,
			  const char *type, const char *to)
{
	static unsigned count;
	char want[32];

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		count++;
		x_sendf(ann,
			"<iq type='%s' id='q%u'%s><%s xmlns='%s'%s>%s</%s>"
			"</iq>",
			type, count, to, p->name, p->ns, malformed[i].attrs,
			malformed[i].inside, p->name);
		x_pass(ann->w, 5);
		snprintf(want, sizeof(want), "id='q%u'", count);
		/* Every request is answered once. */
		x_expect(ann, want);
		x_expect_no(ann, want);
		assert_false(ann->ended);
	}
}

static void all_malformed(struct client *ann, const struct payload *p)
{
	for (size_t t = 0; t < sizeof(targets) / sizeof(targets[0]); t++) {
		one_malformed(ann, p, "get", targets[t]);
		one_malformed(ann, p, "set", targets[t]);
	}
	x_forget(ann);
}

static void b27_malformed_requests_are_answered(void **state)
{
	static const struct payload more[] = {
		{ "query", "http://jabber.org/protocol/muc#admin" },
		{ "query", "http://jabber.org/protocol/muc#owner" },
		{ "query", "urn:nobody:knows" },
		{ "bind", "urn:ietf:params:xml:ns:xmpp-bind" },
		{ "message", "jabber:client" },
		{ "error", "jabber:client" },
	};
	struct world *w = x_world(ECHO_HOST);
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *bob = x_online(w, "bob@example.org/b");
	const struct xmpp_module *const *modules;
	size_t n;

	(void)state;
	x_send(ann, "<presence to='den@rooms.example.org/ann'>"
		    "<x xmlns='http://jabber.org/protocol/muc'/></presence>");
	x_forget(ann);
	modules = xmpp_modules(&n);
	for (size_t i = 0; i < n; i++)
		for (const struct xmpp_iq_route *r = modules[i]->iq;
		     r != NULL && r->fn != NULL; r++)
			all_malformed(ann, &(struct payload){ r->name, r->ns });
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		all_malformed(ann, &more[i]);
	x_forget(bob);
	still_served(bob);
	x_world_end(&w);
}

/* ---- B28 ---- */

static const struct {
	const char *text;
	bool taken;
} priorities[] = {
	{ "-1", true },
	{ "-128", true },
	{ "127", true },
	{ "0", true },
	{ " 5 ", true },
	{ "-129", false },
	{ "128", false },
	{ "4294967296", false },
	{ "1e3", false },
	{ "0x10", false },
	{ "99999999999999999999", false },
	{ "--1", false },
};

static const char *const stamps[] = {
	"0001-01-01T00:00:00Z",	 "99999-01-01T00:00:00Z",
	"-0001-01-01T00:00:00Z", "2024-02-30T25:61:61Z",
	"1969-12-31T23:59:59Z",	 "9999-12-31T23:59:60Z",
	"20240101T00:00:00",	 "",
	"99999999999999999999",	 "2024-01-01T00:00:00+99:99",
};

static void priorities_at_their_bounds(struct world *w)
{
	struct client *ann = x_login(w, "ann@example.org/a");

	for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]);
	     i++) {
		print_message("  priority %s\n", priorities[i].text);
		x_sendf(ann,
			"<presence id='p'><priority>%s</priority></presence>",
			priorities[i].text);
		if (priorities[i].taken)
			x_expect_no(ann, "<bad-request ");
		else
			x_expect(ann, "<bad-request ");
		x_forget(ann);
	}
	/* A negative one gets nothing that is for the bare JID. */
	x_send(ann, "<presence><priority>-128</priority></presence>");
	x_forget(ann);
	x_send(ann, "<message to='ann@example.org' type='headline'>"
		    "<body>x</body></message>");
	x_expect_no(ann, "<body>x</body>");
	x_close(ann);
}

static void stamps_that_are_none(struct world *w)
{
	struct client *ann = x_online(w, "ann@example.org/a");
	struct client *bob = x_online(w, "bob@example.org/b");

	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		print_message("  stamp '%s'\n", stamps[i]);
		x_sendf(ann,
			"<message to='bob@example.org/b' type='chat'>"
			"<body>b%zu</body><delay xmlns='urn:xmpp:delay' "
			"stamp='%s'/></message>",
			i, stamps[i]);
		x_expect(bob, "<body>b");
		x_sendf(ann,
			"<message to='cat@example.org' type='chat'>"
			"<body>c</body><delay xmlns='urn:xmpp:delay' "
			"from='example.org' stamp='%s'/></message>",
			stamps[i]);
		x_sendf(ann,
			"<presence to='den@rooms.example.org/a%zu'><x "
			"xmlns='http://jabber.org/protocol/muc'>"
			"<history since='%s' seconds='%s' maxstanzas='%s'/>"
			"</x></presence>",
			i, stamps[i], stamps[i], stamps[i]);
		x_pass(w, 10);
		x_forget(ann);
		still_served(ann);
	}
	x_close(x_online(w, "cat@example.org/c"));
}

/* The h of 0198 up to 2^32 is in test_sm.c (acks_that_lie). */
static void b28_numbers_and_times_out_of_bounds(void **state)
{
	static const char *const hs[] = { "4294967296", "4294967295", "-1",
					  "18446744073709551616", "" };
	struct world *w = x_world(STEP_CONF);

	(void)state;
	priorities_at_their_bounds(w);
	stamps_that_are_none(w);
	for (size_t i = 0; i < 5; i++) {
		struct client *dan = x_login(w, "dan@example.org/d");

		x_send(dan, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
		x_forget(dan);
		x_sendf(dan, "<a xmlns='urn:xmpp:sm:3' h='%s'/>", hs[i]);
		x_expect(dan, "<stream:error>");
		x_expect_end(dan);
		x_close(dan);
		dan = step_client(w, STEP_RESTARTED);
		x_sendf(dan,
			"<resume xmlns='urn:xmpp:sm:3' previd='x' h='%s'/>",
			hs[i]);
		x_expect(dan, "<");
		x_close(dan);
	}
	x_world_end(&w);
}

/* ---- B30 ---- */

static void strangers_by_name(struct world *w, struct client *ann,
			      unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		x_sendf(ann,
			"<message to='nobody%u@example.org' id='m'/>"
			"<iq type='get' id='i' to='nobody%u@example.org'>"
			"<q%u xmlns='urn:n%u'/></iq>",
			i, i, i, i);
		if (i % 100 == 0)
			x_pass(w, 1000);
		x_forget(ann);
	}
}

static void failed_logins(struct world *w, unsigned first, unsigned n)
{
	struct client *c;
	char plain[64], auth[128];
	struct arena *a = arena_new();

	for (unsigned i = first; i < first + n; i++) {
		int k = snprintf(plain + 1, sizeof(plain) - 1, "n%u", i);

		plain[0] = '\0';
		memcpy(plain + k + 2, "pw", 2);
		snprintf(auth, sizeof(auth),
			 "<auth " SASL " mechanism='PLAIN'>%s</auth>",
			 codec_base64(a, plain, (size_t)k + 4));
		c = step_client(w, STEP_HEADER);
		x_send(c, auth);
		x_close(c);
		arena_reset(a);
	}
	arena_free(&a);
}

static void b30_names_from_outside_fill_no_table(void **state)
{
	struct world *w = x_world(ECHO_HOST);
	struct client *ann = x_online(w, "ann@example.org/a");
	size_t before, accounts;

	(void)state;
	strangers_by_name(w, ann, 0, 500);
	failed_logins(w, 0, 300);
	x_pass(w, 600000);
	before = memory();
	accounts = w->x->accounts.used;
	strangers_by_name(w, ann, 1000, 2000);
	failed_logins(w, 1000, 1000);
	x_pass(w, 600000);
	assert_true(w->x->accounts.used <= accounts);
	assert_true(memory() < before + 512 * KB);
	/* To whom presence was directed is remembered, up to a bound. */
	for (unsigned i = 0; i < 1200; i++)
		x_sendf(ann, "<presence id='d%u' to='n%u@example.net'/>", i, i);
	x_expect(ann, "<resource-constraint ");
	/* Chosen keys need the seed: it is secret and not constant. */
	assert_true(w->x->accounts.seed.k0 != 0 || w->x->accounts.seed.k1 != 0);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b01_a_dtd_ends_the_stream),
		cmocka_unit_test(b02_a_little_input_is_a_little_memory),
		cmocka_unit_test(b03_who_comes_and_goes_leaves_nothing),
		cmocka_unit_test(b03_under_tls_too),
		cmocka_unit_test(b04_no_compression),
		cmocka_unit_test(b05_a_stanza_that_never_ends),
		cmocka_unit_test(b06_one_tree_for_everybody),
		cmocka_unit_test(b27_malformed_requests_are_answered),
		cmocka_unit_test(b28_numbers_and_times_out_of_bounds),
		cmocka_unit_test(b30_names_from_outside_fill_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
