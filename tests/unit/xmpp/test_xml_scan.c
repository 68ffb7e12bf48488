/* SPDX-License-Identifier: MIT */
/* test_xml_scan.c - framing: units, limits and refusals, whatever the cuts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/buf.h"
#include "xmpp/xml/scan.h"

#define HEAD "<stream:stream xmlns='jabber:client'>"

static const struct xmpp_xml_limits small = { 120, 4, 3, 3 };

/* What a run over the input found: H, <stanza>, E per unit, then the reason it
 * ended: "..." for more to come, or the stream error. */
struct run {
	struct xmpp_xml_scan scan;
	struct buf in, seen;
	size_t most_kept;
	bool over;
};

static void note_unit(struct run *r, const struct xmpp_xml_unit *u)
{
	if (u->kind == XMPP_XML_HEADER)
		buf_add_lit(&r->seen, "H|");
	else if (u->kind == XMPP_XML_END)
		buf_add_lit(&r->seen, "E|");
	else if (u->kind == XMPP_XML_STANZA)
		buf_printf(&r->seen, STR_FMT "|", STR_ARG(u->text));
}

static void give(struct run *r, const char *p, size_t n)
{
	struct xmpp_xml_unit u;
	enum gw_err err;

	buf_add(&r->in, p, n);
	while (!r->over) {
		err = xmpp_xml_scan(&r->scan, buf_str(&r->in), &u);
		if (err == GW_AGAIN)
			break;
		if (err != GW_OK) {
			assert_int_not_equal(u.fault, XMPP_XML_FAULT_NONE);
			assert_int_equal(err, u.fault == XMPP_XML_FAULT_POLICY
						      ? GW_LIMIT
						      : GW_BAD_INPUT);
			buf_add_lit(&r->seen, xmpp_xml_fault_name(u.fault));
			r->over = true;
			return;
		}
		assert_true(u.eaten > 0 && u.eaten <= r->in.len);
		note_unit(r, &u);
		buf_eat(&r->in, u.eaten);
	}
	if (r->in.len > r->most_kept)
		r->most_kept = r->in.len;
}

static void begin(struct run *r, const struct xmpp_xml_limits *limits)
{
	*r = (struct run){ .over = false };
	xmpp_xml_scan_init(&r->scan, limits);
}

static void end(struct run *r)
{
	xmpp_xml_scan_fini(&r->scan);
	buf_fini(&r->in);
	buf_fini(&r->seen);
}

static void expect(struct run *r, const char *want)
{
	if (!r->over)
		buf_add_lit(&r->seen, "...");
	assert_string_equal((const char *)r->seen.data, want);
	end(r);
}

static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "a stream, two stanzas, its end",
	  HEAD "<a/><b c='d'>e</b></stream:stream>",
	  "H|<a/>|<b c='d'>e</b>|E|..." },
	{ "a declaration belongs to the header",
	  "<?xml version='1.0'?>\n" HEAD "<a/>", "H|<a/>|..." },
	{ "white space before, between and after is eaten",
	  " \r\n" HEAD "\n \t<a/> \n</stream:stream>\n", "H|<a/>|E|..." },
	{ "an unfinished stanza waits", HEAD "<a><b>", "H|..." },
	{ "an unfinished tag waits", HEAD "<a b='", "H|..." },
	{ "> and quotes inside a value do not end the tag",
	  HEAD "<a b='>\"/>' c=\"'>\"/><d/>",
	  "H|<a b='>\"/>' c=\"'>\"/>|<d/>|..." },
	{ "elements of one name in each other", HEAD "<a><a/><a></a></a><b/>",
	  "H|<a><a/><a></a></a>|<b/>|..." },
	{ "CDATA hides tags", HEAD "<a><![CDATA[</a>]] ><]]></a><b/>",
	  "H|<a><![CDATA[</a>]] ><]]></a>|<b/>|..." },
	{ "CDATA ends after any number of ]", HEAD "<a><![CDATA[x]]]]></a>",
	  "H|<a><![CDATA[x]]]]></a>|..." },
	{ "a space before > and /> is legal", HEAD "<a ><b /></a ><c/>",
	  "H|<a ><b /></a >|<c/>|..." },
	{ "> in text is not markup", HEAD "<a>>></a>", "H|<a>>></a>|..." },
	{ "any name may be the root's",
	  "<s>"
	  "<a/></s>",
	  "H|<a/>|E|..." },

	{ "names may start with these", HEAD "<A/><_/><:/><\xc3\xa4/>",
	  "H|<A/>|<_/>|<:/>|<\xc3\xa4/>|..." },
	{ "]> is no end of CDATA", HEAD "<a><![CDATA[]>]]></a>",
	  "H|<a><![CDATA[]>]]></a>|..." },

	{ "B01: a DOCTYPE before the header", "<!DOCTYPE a>",
	  "restricted-xml" },
	{ "B01: a DOCTYPE after the declaration",
	  "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>",
	  "restricted-xml" },
	{ "B01: a DOCTYPE in the stream", HEAD "<!DOCTYPE a>",
	  "H|restricted-xml" },
	{ "B01: a DOCTYPE in a stanza", HEAD "<a><!DOCTYPE a>",
	  "H|restricted-xml" },
	{ "a comment in a stanza", HEAD "<a><!-- b --></a>",
	  "H|restricted-xml" },
	{ "a comment before the header", "<!-- a -->", "restricted-xml" },
	{ "a comment between stanzas", HEAD "<!-- a -->", "H|restricted-xml" },
	{ "almost CDATA", HEAD "<a><![CDAT[x]]></a>", "H|restricted-xml" },
	{ "CDATA between stanzas", HEAD "<![CDATA[ ]]>", "H|restricted-xml" },
	{ "a processing instruction instead of a declaration",
	  "<?xml-stylesheet href='a'?>", "restricted-xml" },
	{ "a second declaration", "<?xml version='1.0'?><?xml version='1.0'?>",
	  "restricted-xml" },
	{ "a declaration in the stream", HEAD "<?xml version='1.0'?>",
	  "H|restricted-xml" },
	{ "a processing instruction in a stanza", HEAD "<a><?b?></a>",
	  "H|restricted-xml" },

	{ "text before the header", "GET / HTTP/1.1", "bad-format" },
	{ "text between stanzas", HEAD "<a/>b", "H|<a/>|bad-format" },
	{ "an entity between stanzas", HEAD "&#32;", "H|bad-format" },
	{ "something after the end", HEAD "</stream:stream><a>",
	  "H|E|bad-format" },
	{ "an empty stream element", "<stream:stream/>", "bad-format" },
	{ "a byte order mark", "\xef\xbb\xbf<a>", "unsupported-encoding" },
	{ "UTF-16", "\xff\xfe<", "unsupported-encoding" },
	{ "< in a value", HEAD "<a b='<'/>", "H|not-well-formed" },
	{ "< in a tag", HEAD "<a <b/>", "H|not-well-formed" },
	{ "< in an end tag", HEAD "<a></a<b>", "H|not-well-formed" },
	{ "another end tag", HEAD "<ab><cd></ab></cd>", "H|not-well-formed" },
	{ "a longer one", HEAD "<ab></abc>", "H|not-well-formed" },
	{ "a shorter one", HEAD "<ab></a>", "H|not-well-formed" },
	{ "one of another prefix", HEAD "<p:a></q:a>", "H|not-well-formed" },
	{ "one without a name", HEAD "<a></>", "H|not-well-formed" },
	{ "one with a slash behind", HEAD "<a></a/>", "H|not-well-formed" },
	{ "another end tag behind a child", HEAD "<a><b c='</b>'/></b>",
	  "H|not-well-formed" },
	{ "a start tag with attributes and its end tag",
	  HEAD "<ab\tc='d'><e\n></e\r\n></ab >",
	  "H|<ab\tc='d'><e\n></e\r\n></ab >|..." },
	{ "a quote in an end tag", HEAD "<a></a '>'>", "H|not-well-formed" },
	{ "/ inside a tag", HEAD "<a/b>", "H|not-well-formed" },
	{ "no name", HEAD "<>", "H|not-well-formed" },
	{ "a blank for a name", HEAD "< a>", "H|not-well-formed" },
	{ "a digit for a name", HEAD "<1>", "H|not-well-formed" },
	{ "an end tag before the header", "</stream:stream>",
	  "not-well-formed" },
	{ "an end tag that is not the stream's", HEAD "</stream>",
	  "H|not-well-formed" },
	{ "a blank in the stream's end tag", HEAD "</stream:stream \n>",
	  "H|E|..." },
	{ "more than its name there", HEAD "</stream:stream a>",
	  "H|not-well-formed" },
	{ "a broken declaration", "<?xml version='1.0'>", "not-well-formed" },

	{ "a declaration that does not end", "<?xml version='1.0'?x",
	  "not-well-formed" },
	{ "a tag in the declaration", "<?xml <", "not-well-formed" },
	{ "almost a declaration", "<?xmx", "restricted-xml" },
	{ "an apostrophe in an end tag", HEAD "<a></a'", "H|not-well-formed" },

	{ "four elements are allowed", HEAD "<a><b/><c/><d/></a><a/>",
	  "H|<a><b/><c/><d/></a>|<a/>|..." },
	{ "five are not", HEAD "<a><b/><c/><d/><e", "H|policy-violation" },
	{ "depth three is allowed", HEAD "<a><b><c/></b></a>",
	  "H|<a><b><c/></b></a>|..." },
	{ "depth four is not", HEAD "<a><b><c><d", "H|policy-violation" },
	{ "three attributes are allowed", HEAD "<a b='' c='' d=''/>",
	  "H|<a b='' c='' d=''/>|..." },
	{ "four are not", HEAD "<a b='' c='' d='' e='", "H|policy-violation" },
	{ "attributes are counted in the header as well",
	  "<s a='' b='' c='' d='", "policy-violation" },
};

static void whole(void **state)
{
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("  %s\n", cases[i].name);
		begin(&r, &small);
		give(&r, cases[i].in, strlen(cases[i].in));
		expect(&r, cases[i].want);
	}
}

static void split_at_every_offset(void **state)
{
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].in);

		for (size_t at = 0; at <= n; at++) {
			begin(&r, &small);
			give(&r, cases[i].in, at);
			give(&r, cases[i].in + at, n - at);
			expect(&r, cases[i].want);
		}
	}
}

static void byte_by_byte(void **state)
{
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&r, &small);
		for (const char *p = cases[i].in; *p != '\0'; p++)
			give(&r, p, 1);
		expect(&r, cases[i].want);
	}
}

static void refused_at_the_first_wrong_byte(void **state)
{
	static const char *const inputs[] = { HEAD "<!", HEAD "<?",
					      HEAD "<a><!-", "<!", "<s/>" };
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		size_t n = strlen(inputs[i]);

		begin(&r, &small);
		give(&r, inputs[i], n - 1);
		assert_false(r.over);
		give(&r, inputs[i] + n - 1, 1);
		assert_true(r.over);
		end(&r);
	}
}

/* At the bracket that shows it, at any depth, in whatever pieces: a client
 * that waits for an answer must get one. */
static void wrong_end_tags_are_answered_at_once(void **state)
{
	struct run r;

	(void)state;
	for (uint32_t depth = 1; depth <= 40; depth++) {
		struct buf b = { .data = NULL };
		size_t n;

		for (uint32_t i = 0; i < depth; i++)
			buf_printf(&b, "<e%u f='g'>h", i);
		for (uint32_t i = depth; i-- > depth / 2;)
			buf_printf(&b, "</e%u>", i > depth / 2 ? i : 99);
		n = b.len;
		for (size_t at = 0; at < n; at++) {
			begin(&r, &xmpp_xml_scan_c2s);
			give(&r, HEAD, strlen(HEAD));
			give(&r, (const char *)b.data, at);
			give(&r, (const char *)b.data + at, n - 1 - at);
			assert_false(r.over);
			give(&r, ">", 1);
			assert_true(r.over);
			expect(&r, "H|not-well-formed");
		}
		buf_fini(&b);
	}
}

/* Depths go up and down, in single bytes. */
static void right_end_tags_are_taken(void **state)
{
	struct buf b = { .data = NULL };
	struct run r;

	(void)state;
	for (uint32_t i = 0; i < 60; i++) {
		buf_printf(&b, "<e%u>", i);
		if (i % 7 == 6)
			buf_add_lit(&b, "<x><y/><z></z></x>");
	}
	for (uint32_t i = 60; i-- > 0;)
		buf_printf(&b, "</e%u><z/>", i);
	b.len -= strlen("<z/>");
	begin(&r, &xmpp_xml_scan_c2s);
	give(&r, HEAD, strlen(HEAD));
	for (size_t i = 0; i < b.len; i++)
		give(&r, (const char *)b.data + i, 1);
	assert_false(r.over);
	assert_int_equal(r.in.len, 0);
	assert_null(r.scan.deep);
	end(&r);
	buf_fini(&b);
}

/* B05: a stanza that never ends is stopped at the limit, not after it. */
static void drip_feed(void **state)
{
	static const struct {
		const char *name, *start, *more;
	} drips[] = {
		{ "text", "<a>", "xxxxxxx" },
		{ "white space in a stanza", "<a>", "\n" },
		{ "a name", "<a", "b" },
		{ "a value", "<a b='", "c" },
		{ "CDATA", "<a><![CDATA[", "]]" },
		{ "an end tag", "<a></a", " " },
		{ "blanks in a tag", "<a", " " },
	};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(drips) / sizeof(drips[0]); i++) {
		size_t sent = strlen(drips[i].start);

		begin(&r, &small);
		give(&r, HEAD, strlen(HEAD));
		give(&r, drips[i].start, sent);
		while (!r.over && sent < 1000) {
			give(&r, drips[i].more, strlen(drips[i].more));
			sent += strlen(drips[i].more);
		}
		assert_true(r.over);
		assert_true(sent <= small.bytes + strlen(drips[i].more));
		assert_true(r.most_kept <= small.bytes);
		expect(&r, "H|policy-violation");
	}
}

static void exactly_the_limit_passes(void **state)
{
	struct xmpp_xml_limits l = small;
	char text[200];
	struct run r;

	(void)state;
	for (size_t n = 110; n <= 112; n++) {
		memset(text, 'x', sizeof(text));
		memcpy(text, "<s><abc>", 8);
		memcpy(text + 3 + n - 6, "</abc>", 6);
		l.bytes = 111;
		begin(&r, &l);
		give(&r, text, 3 + n);
		assert_int_equal(r.over, n > l.bytes);
		end(&r);
	}
}

/* B05, B02: a later stanza in the same read has its own budget. */
static void limits_are_per_stanza(void **state)
{
	struct run r;

	(void)state;
	begin(&r, &small);
	give(&r, HEAD, strlen(HEAD));
	for (int i = 0; i < 1000; i++)
		give(&r, "<a><b c='d'/><b/></a><a><b/></a>", 32);
	assert_false(r.over);
	assert_int_equal(r.in.len, 0);
	end(&r);
}

/* B02: 8 kB of tags before login. */
static void guests_get_little(void **state)
{
	static const char *const floods[] = { "<a>", "<a/>", "<a b='' " };
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		size_t sent = 0, n = strlen(floods[i]);

		begin(&r, &xmpp_xml_scan_guest);
		give(&r, HEAD "<iq>", strlen(HEAD "<iq>"));
		for (; !r.over && sent < 16384; sent += n)
			give(&r, floods[i], n);
		assert_true(r.over && sent < 1024);
		expect(&r, i < 2 ? "H|policy-violation" : "H|not-well-formed");
	}
}

static void limits_grow_after_login(void **state)
{
	struct run r;

	(void)state;
	begin(&r, &small);
	give(&r, HEAD, strlen(HEAD));
	r.scan.limits = &xmpp_xml_scan_c2s;
	give(&r, "<a><a><a><a/></a></a></a>", 25);
	expect(&r, "H|<a><a><a><a/></a></a></a>|...");
}

static void keepalives_are_reported(void **state)
{
	struct xmpp_xml_scan s;
	struct xmpp_xml_unit u;

	(void)state;
	xmpp_xml_scan_init(&s, &small);
	assert_int_equal(xmpp_xml_scan(&s, STR(HEAD), &u), GW_OK);
	assert_int_equal(xmpp_xml_scan(&s, STR(" \n<a"), &u), GW_OK);
	assert_int_equal(u.kind, XMPP_XML_SPACE);
	assert_int_equal(u.eaten, 2);
	assert_int_equal(xmpp_xml_scan(&s, STR("<a"), &u), GW_AGAIN);
	assert_int_equal(u.eaten, 0);
}

static void documents_are_one_element(void **state)
{
	static const struct {
		const char *in;
		enum gw_err want;
	} docs[] = {
		{ "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
		  GW_OK },
		{ " <a>b</a>\n", GW_OK },
		{ "<a/><b/>", GW_BAD_INPUT },
		{ "<a/>b", GW_BAD_INPUT },
		{ "<a>", GW_BAD_INPUT },
		{ "", GW_BAD_INPUT },
		{ " ", GW_BAD_INPUT },
		{ "</a>", GW_BAD_INPUT },
		{ "<?xml version='1.0'?><a/>", GW_BAD_INPUT },
		{ "<!DOCTYPE a><a/>", GW_BAD_INPUT },
		{ "<a><b/><b/><b/><b/></a>", GW_LIMIT },
	};
	struct xmpp_xml_unit u;

	(void)state;
	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
		print_message("  %s\n", docs[i].in);
		assert_int_equal(
			xmpp_xml_scan_document(&small, str_of(docs[i].in), &u),
			docs[i].want);
		assert_int_equal(u.fault == XMPP_XML_FAULT_NONE,
				 docs[i].want == GW_OK);
	}
}

static void idle_state_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct xmpp_xml_scan) <= 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(split_at_every_offset),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(refused_at_the_first_wrong_byte),
		cmocka_unit_test(wrong_end_tags_are_answered_at_once),
		cmocka_unit_test(right_end_tags_are_taken),
		cmocka_unit_test(drip_feed),
		cmocka_unit_test(exactly_the_limit_passes),
		cmocka_unit_test(limits_are_per_stanza),
		cmocka_unit_test(guests_get_little),
		cmocka_unit_test(limits_grow_after_login),
		cmocka_unit_test(keepalives_are_reported),
		cmocka_unit_test(documents_are_one_element),
		cmocka_unit_test(idle_state_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
