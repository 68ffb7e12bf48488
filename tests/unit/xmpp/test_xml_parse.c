/* SPDX-License-Identifier: MIT */
/* test_xml_parse.c - units to trees; what is refused and as which error */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/xmpp/xml_fixture.h"
#include "xmpp/xml/scan.h"

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#define MANY 100000
#else
#define MANY 1000000
#endif

#define STREAM "xmlns:stream='" XMPP_NS_STREAMS "'"
#define XML    "{" XMPP_NS_XML "}"

static const char in_client[] = "<message to='a@b'><body>x</body></message>";

static const struct {
	const char *name;
	enum xmpp_xml_kind kind;
	const char *in, *want;
} cases[] = {
	{ "elements, attributes and text in order", XMPP_XML_CLIENT,
	  "<a b='1' c='2'>x<d/>y</a>",
	  "{jabber:client}a[{}b=1][{}c=2](\"x\"{jabber:client}d()\"y\")" },
	{ "namespaces by default and by prefix", XMPP_XML_CLIENT,
	  "<a xmlns:p='urn:p'><b xmlns='urn:b'><p:c p:d='e'/></b></a>",
	  "{jabber:client}a({urn:b}b({urn:p}c[{urn:p}d=e]()))" },
	{ "no namespace", XMPP_XML_CLIENT, "<a><b xmlns=''/></a>",
	  "{jabber:client}a({}b())" },
	{ "xml:lang", XMPP_XML_CLIENT, "<a xml:lang='de'/>",
	  "{jabber:client}a[" XML "lang=de]()" },
	{ "the stream's prefix", XMPP_XML_CLIENT, "<stream:error/>",
	  "{" XMPP_NS_STREAMS "}error()" },
	{ "the five entities and references", XMPP_XML_CLIENT,
	  "<a b='&lt;&#10;&#x9;'>&amp;&gt;&quot;&apos;&#xe4;</a>",
	  "{jabber:client}a[{}b=<\n\t](\"&>\"'\xc3\xa4\")" },
	{ "CDATA is text like any other", XMPP_XML_CLIENT,
	  "<a>x<![CDATA[<b>&amp;]]>y</a>", "{jabber:client}a(\"x<b>&amp;y\")" },
	{ "line ends become one line feed", XMPP_XML_CLIENT, "<a>x\r\ny\rz</a>",
	  "{jabber:client}a(\"x\ny\nz\")" },
	{ "white space in values becomes blanks", XMPP_XML_CLIENT,
	  "<a b='x\ny\tz'/>", "{jabber:client}a[{}b=x y z]()" },

	{ "a server's stanzas are in jabber:client here", XMPP_XML_SERVER,
	  "<message><body>x</body></message>",
	  "{jabber:client}message({jabber:client}body(\"x\"))" },
	{ "a component's as well", XMPP_XML_COMPONENT,
	  "<handshake>x</handshake>", "{jabber:client}handshake(\"x\")" },
	{ "inherited only: not below another namespace", XMPP_XML_SERVER,
	  "<a><b xmlns='urn:b'><c xmlns='jabber:server'/></b></a>",
	  "{jabber:client}a({urn:b}b({jabber:server}c()))" },
	{ "not below an explicit jabber:client there", XMPP_XML_SERVER,
	  "<a><b xmlns='urn:b'><c xmlns='jabber:client'>"
	  "<d xmlns='jabber:server'/></c></b></a>",
	  "{jabber:client}a({urn:b}b({jabber:client}c({jabber:server}d())))" },
	{ "jabber:server means nothing on a client's stream", XMPP_XML_CLIENT,
	  "<a xmlns='jabber:server'/>", "{jabber:server}a()" },
	{ "the prefix db", XMPP_XML_DIALBACK, "<db:result/>",
	  "{" XMPP_NS_DIALBACK "}result()" },
	{ "only where the header declared it", XMPP_XML_SERVER, "<db:result/>",
	  "bad-namespace-prefix" },
	{ "a document inherits nothing", XMPP_XML_DOCUMENT, "<a/>", "{}a()" },
	{ "and brings its own", XMPP_XML_DOCUMENT, "<a xmlns='jabber:client'/>",
	  "{jabber:client}a()" },
	{ "not even the stream's prefix", XMPP_XML_DOCUMENT, "<stream:error/>",
	  "bad-namespace-prefix" },

	{ "an unbound prefix", XMPP_XML_CLIENT, "<p:a/>",
	  "bad-namespace-prefix" },
	{ "an unbound prefix of an attribute", XMPP_XML_CLIENT, "<a p:b=''/>",
	  "bad-namespace-prefix" },
	{ "a prefix unbound again", XMPP_XML_CLIENT, "<a xmlns:p=''/>",
	  "bad-namespace-prefix" },
	{ "xml bound to something else", XMPP_XML_CLIENT, "<a xmlns:xml='u'/>",
	  "bad-namespace-prefix" },
	{ "xmlns bound", XMPP_XML_CLIENT, "<a xmlns:xmlns='u'/>",
	  "bad-namespace-prefix" },
	{ "a prefix for the namespace of xmlns", XMPP_XML_CLIENT,
	  "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
	  "bad-namespace-prefix" },
	{ "nothing", XMPP_XML_CLIENT, "", "not-well-formed" },
	{ "B01: an undefined entity", XMPP_XML_CLIENT, "<a>&b;</a>",
	  "restricted-xml" },
	{ "B01: in a value", XMPP_XML_CLIENT, "<a b='&c;'/>",
	  "restricted-xml" },
	{ "B01: a DOCTYPE", XMPP_XML_CLIENT, "<!DOCTYPE a><a/>",
	  "not-well-formed" },
	{ "a comment", XMPP_XML_CLIENT, "<a><!-- b --></a>", "restricted-xml" },
	{ "a processing instruction", XMPP_XML_CLIENT, "<a><?b c?></a>",
	  "restricted-xml" },
	{ "a declaration", XMPP_XML_CLIENT, "<?xml version='1.0'?><a/>",
	  "restricted-xml" },
	{ "tags that do not match", XMPP_XML_CLIENT, "<a><b></a></b>",
	  "not-well-formed" },
	{ "an attribute twice", XMPP_XML_CLIENT, "<a b='' b=''/>",
	  "not-well-formed" },
	{ "twice by namespace", XMPP_XML_CLIENT,
	  "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", "not-well-formed" },
	{ "]]> in text", XMPP_XML_CLIENT, "<a>]]></a>", "not-well-formed" },

	{ "B06: bad UTF-8", XMPP_XML_CLIENT, "<a>\xc3(</a>",
	  "unsupported-encoding" },
	{ "B06: an overlong form", XMPP_XML_CLIENT, "<a>\xc0\xbc</a>",
	  "unsupported-encoding" },
	{ "B06: a surrogate", XMPP_XML_CLIENT, "<a>\xed\xa0\x80</a>",
	  "unsupported-encoding" },
	{ "B06: a control character", XMPP_XML_CLIENT, "<a>\x01</a>",
	  "not-well-formed" },
	{ "B06: by reference", XMPP_XML_CLIENT, "<a>&#1;</a>",
	  "not-well-formed" },
	{ "B06: U+FFFF", XMPP_XML_CLIENT, "<a>\xef\xbf\xbf</a>",
	  "not-well-formed" },
	{ "B06: a separator in a namespace", XMPP_XML_CLIENT,
	  "<a xmlns='u&#1;b'/>", "not-well-formed" },
	{ "B06: an unquoted value", XMPP_XML_CLIENT, "<a b=c/>",
	  "not-well-formed" },
	{ "B06: two elements", XMPP_XML_CLIENT, "<a/><b/>", "not-well-formed" },
	{ "B06: white space behind", XMPP_XML_CLIENT, "<a/> ", "bad-format" },
	{ "B06: text in front", XMPP_XML_CLIENT, "x<a/>", "bad-format" },
	{ "B06: unfinished", XMPP_XML_CLIENT, "<a><b/>", "not-well-formed" },
	{ "B06: an unfinished tag behind", XMPP_XML_CLIENT, "<a/><b",
	  "not-well-formed" },
	{ "B06: an unfinished character behind", XMPP_XML_CLIENT, "<a/>\xc3",
	  "unsupported-encoding" },
	{ "B06: the end of the stream", XMPP_XML_CLIENT, "</root>",
	  "not-well-formed" },
	{ "B06: behind a stanza", XMPP_XML_CLIENT, "<a/></root>",
	  "not-well-formed" },
};

/* After each sample the same parser reads a good stanza right: nothing of one
 * connection's input stays behind for the next. */
static void samples(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xmpp_xml_root root = { .kind = cases[i].kind };

		print_message("  %s\n", cases[i].name);
		assert_string_equal(result(f, &root, str_of(cases[i].in)),
				    cases[i].want);
		assert_string_equal(result(f, &root, STR("<a xmlns='u'/>")),
				    "{u}a()");
	}
}

/* B06: cut anywhere, a stanza is refused, never completed by what comes next.
 */
static void no_prefix_of_a_stanza_is_one(void **state)
{
	struct fixture *f = *state;
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };
	size_t n = sizeof(in_client) - 1;

	for (size_t at = 1; at < n; at++) {
		(void)result(f, &root, str_make(in_client, at));
		assert_int_not_equal(xmpp_xml_parser_fault(f->p),
				     XMPP_XML_FAULT_NONE);
		(void)result(f, &root, str_make(in_client + at, n - at));
	}
	assert_string_equal(result(f, &root, STR(in_client)),
			    "{jabber:client}message[{}to=a@b]"
			    "({jabber:client}body(\"x\"))");
}

static void nul_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(result(f, NULL, STR("<a>\0</a>")),
			    "not-well-formed");
	assert_string_equal(result(f, NULL, STR("<a b='\0'/>")),
			    "not-well-formed");
}

static const struct {
	const char *name, *in;
	enum xmpp_xml_kind kind;
	const char *custom;
} headers[] = {
	{ "a client",
	  "<stream:stream xmlns='jabber:client' " STREAM " to='example.org'>",
	  XMPP_XML_CLIENT, "" },
	{ "a server",
	  "<stream:stream " STREAM " xmlns='jabber:server' to='example.org'>",
	  XMPP_XML_SERVER, "" },
	{ "a server with dialback",
	  "<stream:stream xmlns='jabber:server' xmlns:db='" XMPP_NS_DIALBACK
	  "' " STREAM " to='example.org'>",
	  XMPP_XML_DIALBACK, "" },
	{ "a component",
	  "<stream:stream xmlns='jabber:component:accept' " STREAM
	  " to='example.org'>",
	  XMPP_XML_COMPONENT, "" },
	{ "a prefix more",
	  "<stream:stream xmlns='jabber:client' " STREAM
	  " xmlns:x='u&amp;\"v' to='example.org'>",
	  XMPP_XML_CLIENT,
	  "<root xmlns='jabber:client' " STREAM " xmlns:x='u&amp;&quot;v'>" },
	{ "another prefix for the stream",
	  "<s:stream xmlns='jabber:client' xmlns:s='" XMPP_NS_STREAMS
	  "' to='example.org'>",
	  XMPP_XML_CLIENT,
	  "<root xmlns='jabber:client' xmlns:s='" XMPP_NS_STREAMS "'>" },
	{ "a content namespace we do not know",
	  "<stream:stream xmlns='u' " STREAM " to='example.org'>",
	  XMPP_XML_DOCUMENT, "<root xmlns='u' " STREAM ">" },
	{ "the usual prefixes for unusual things",
	  "<stream xmlns='jabber:client' xmlns:stream='u' xmlns:db='v' "
	  "to='example.org'>",
	  XMPP_XML_CLIENT,
	  "<root xmlns='jabber:client' xmlns:stream='u' xmlns:db='v'>" },
	{ "a client that speaks of dialback",
	  "<stream:stream xmlns='jabber:client' " STREAM
	  " xmlns:db='" XMPP_NS_DIALBACK "' to='example.org'>",
	  XMPP_XML_CLIENT,
	  "<root xmlns='jabber:client' " STREAM " xmlns:db='" XMPP_NS_DIALBACK
	  "'>" },
	{ "no namespace at all", "<stream to='example.org'>", XMPP_XML_DOCUMENT,
	  "<root>" },
};

static void header_contexts(void **state)
{
	struct fixture *f = *state;
	struct xmpp_xml_header h;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		print_message("  %s\n", headers[i].name);
		assert_int_equal(xmpp_xml_parse_header(
					 f->p, str_of(headers[i].in), f->a, &h),
				 GW_OK);
		assert_true(str_is(h.to, "example.org"));
		assert_true(str_is(h.element->name, "stream"));
		assert_int_equal(h.root.kind, headers[i].kind);
		assert_int_equal(h.root.custom.n, strlen(headers[i].custom));
		assert_true(h.root.custom.n == 0 ||
			    str_is(h.root.custom, headers[i].custom));
	}
}

static void header_fields(void **state)
{
	struct fixture *f = *state;
	struct xmpp_xml_header h;

	assert_int_equal(
		xmpp_xml_parse_header(
			f->p,
			STR("<?xml version='1.0' encoding=\"utf-8\"?>\n"
			    "<stream:stream xmlns='jabber:client' " STREAM
			    " from='a@b' id='&lt;1' version='1.0'"
			    " xml:lang='de'>"),
			f->a, &h),
		GW_OK);
	assert_true(stanza_is(h.element, "stream", XMPP_NS_STREAMS));
	assert_true(str_is(h.content_ns, "jabber:client"));
	assert_true(str_is(h.from, "a@b"));
	assert_true(str_is(h.id, "<1"));
	assert_true(str_is(h.version, "1.0"));
	assert_true(str_is(h.lang, "de"));
	assert_null(h.to.p);
}

static void declarations_accepted(void **state)
{
	static const char *const declarations[] = {
		"<?xml version='1.0'?><a>",
		"<?xml\tversion\r=\n\"1.0\" ?>\n <a>",
		"<?xml version='1.0' encoding='UTF-8' standalone='yes'?><a>",
		"<?xml version='1.0' standalone='no'?><a>",
	};
	struct fixture *f = *state;
	struct xmpp_xml_header h;

	for (size_t i = 0; i < sizeof(declarations) / sizeof(declarations[0]);
	     i++)
		assert_int_equal(xmpp_xml_parse_header(f->p,
						       str_of(declarations[i]),
						       f->a, &h),
				 GW_OK);
}

static void extra_prefixes_serve_their_stream_only(void **state)
{
	struct fixture *f = *state;
	struct xmpp_xml_root plain = { .kind = XMPP_XML_CLIENT };
	struct xmpp_xml_header h;

	assert_int_equal(
		xmpp_xml_parse_header(f->p,
				      STR("<s:stream xmlns='jabber:server' "
					  "xmlns:s='" XMPP_NS_STREAMS
					  "' xmlns:x='urn:x'>"),
				      f->a, &h),
		GW_OK);
	for (int i = 0; i < 3; i++) {
		assert_string_equal(result(f, &h.root, STR("<a><x:b/></a>")),
				    "{jabber:client}a({urn:x}b())");
		assert_string_equal(result(f, &plain, STR("<a><x:b/></a>")),
				    "bad-namespace-prefix");
		assert_string_equal(result(f, &h.root, STR("<stream:b/>")),
				    "bad-namespace-prefix");
	}
}

static const struct {
	const char *in, *fault;
} bad_headers[] = {
	{ "<?xml version='1.1'?><a>", "invalid-xml" },
	{ "<?xml version='2.0'?><a>", "not-well-formed" },
	{ "<?xml version='1.0' encoding='UTF-16'?><a>",
	  "unsupported-encoding" },
	{ "<?xml version='1.0' encoding='ISO-8859-1'?><a>",
	  "unsupported-encoding" },
	{ "<?xml encoding='UTF-8'?><a>", "not-well-formed" },
	{ "<?xml version='1.0' standalone='maybe'?><a>", "not-well-formed" },
	{ "<?xml version='1.0' encoding='UTF-8?><a>", "not-well-formed" },
	{ "<?xml version='1.0'encoding='UTF-8'?><a>", "not-well-formed" },
	{ "<?xml version='1.0' charset='UTF-8'?><a>", "not-well-formed" },
	{ "<?xml version='1.0'? ><a>", "not-well-formed" },
	{ "<?xml version=\"1.0'?><a>", "not-well-formed" },
	{ "<?xml version='1.0'", "not-well-formed" },
	{ "<?xml?><a>", "restricted-xml" },
	{ "<?xm version='1.0'?><a>", "restricted-xml" },
	{ "<?xml version 1.0?><a>", "not-well-formed" },
	{ "<?xml version=1.0?><a>", "not-well-formed" },
	{ "<?xml version='1.'?><a>", "not-well-formed" },
	{ "<?xml version='1.x'?><a>", "not-well-formed" },
	{ "<?xml version='1.-'?><a>", "not-well-formed" },
	{ "<?xml version='1.0' standalone=no?><a>", "not-well-formed" },
	{ "<?xml-stylesheet a='b'?><a>", "restricted-xml" },
	{ "<?xml version='1.0'?>", "not-well-formed" },
	{ "<!DOCTYPE a><a>", "restricted-xml" },
	{ "<!-- a --><a>", "restricted-xml" },
	{ "<p:a>", "bad-namespace-prefix" },
	{ "<a/>", "bad-format" },
	{ "<a><b/>", "not-well-formed" },
	{ "<a>b", "not-well-formed" },
	{ "<a b=''", "not-well-formed" },
	{ "<a b='&c;'>", "restricted-xml" },
	{ "<a b='\xff'>", "unsupported-encoding" },
};

static void headers_refused(void **state)
{
	struct fixture *f = *state;
	struct xmpp_xml_header h;

	for (size_t i = 0; i < sizeof(bad_headers) / sizeof(bad_headers[0]);
	     i++) {
		print_message("  %s\n", bad_headers[i].in);
		assert_int_equal(
			xmpp_xml_parse_header(f->p, str_of(bad_headers[i].in),
					      f->a, &h),
			GW_BAD_INPUT);
		assert_string_equal(
			xmpp_xml_fault_name(xmpp_xml_parser_fault(f->p)),
			bad_headers[i].fault);
	}
}

/* What a connection can make us keep is bounded. */
static void header_of_many_declarations(void **state)
{
	struct fixture *f = *state;
	struct xmpp_xml_header h;
	struct buf b = { .data = NULL };

	buf_add_lit(&b, "<a");
	for (int i = 0; i < 60; i++)
		buf_printf(&b, " xmlns:p%d='urn:example:%d'", i, i);
	buf_add_char(&b, '>');
	assert_int_equal(xmpp_xml_parse_header(f->p, buf_str(&b), f->a, &h),
			 GW_BAD_INPUT);
	assert_int_equal(xmpp_xml_parser_fault(f->p), XMPP_XML_FAULT_POLICY);
	buf_fini(&b);
}

/* Whatever order bytes come in, scanner and parser give the same trees. */
static void streams_split_at_every_offset(void **state)
{
	static const char stream[] =
		"<?xml version='1.0'?><stream:stream "
		"xmlns='jabber:client' " STREAM
		"> <a b='>'><![CDATA[</a>]]></a>\n"
		"<c d=\"'/>\"/><e>&amp;</e></stream:stream>";
	static const char want[] =
		"{jabber:client}a[{}b=>](\"</a>\")"
		"{jabber:client}c[{}d='/>](){jabber:client}e(\"&\")";
	struct fixture *f = *state;
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };
	size_t n = sizeof(stream) - 1;

	for (size_t at = 0; at <= n; at++) {
		struct buf in = { .data = NULL }, seen = { .data = NULL };
		struct xmpp_xml_scan scan;
		struct xmpp_xml_unit u = { .kind = XMPP_XML_SPACE };

		xmpp_xml_scan_init(&scan, &xmpp_xml_scan_c2s);
		buf_add(&in, stream, at);
		for (int part = 0; part < 2; part++) {
			enum gw_err err;

			while ((err = xmpp_xml_scan(&scan, buf_str(&in), &u)) ==
			       GW_OK) {
				if (u.kind == XMPP_XML_STANZA)
					buf_add_lit(&seen,
						    result(f, &root, u.text));
				buf_eat(&in, u.eaten);
			}
			assert_int_equal(err, GW_AGAIN);
			if (part == 0)
				buf_add(&in, stream + at, n - at);
		}
		assert_string_equal((const char *)seen.data, want);
		xmpp_xml_scan_fini(&scan);
		buf_fini(&in);
		buf_fini(&seen);
		arena_reset(f->a);
	}
}

static size_t memory(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size = 0, pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &size, &pages), 2);
	(void)fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
#endif
}

/* The parser forgets names. */
static void fresh_names_keep_memory_flat(void **state)
{
	struct fixture *f = *state;
	struct xmpp_xml_root roots[] = {
		{ .kind = XMPP_XML_CLIENT },
		{ .kind = XMPP_XML_SERVER,
		  .custom = STR("<root xmlns:x='u'>") },
	};
	struct stanza *s;
	size_t before = 0;
	char text[128];

	for (int i = 0; i < MANY; i++) {
		int n = snprintf(text, sizeof(text),
				 "<a%d b%d=''><c%d xmlns:p%d='u'/></a%d>", i, i,
				 i, i, i);

		if (i == MANY / 10)
			before = memory();
		assert_int_equal(xmpp_xml_parse(f->p, &roots[i % 10 == 0],
						str_make(text, (size_t)n), f->a,
						&s),
				 GW_OK);
		arena_reset(f->a);
	}
	assert_true(memory() < before + 8U * 1024 * 1024);
}

/* B02: hostile shapes at the limits of a client cost bounded memory. */
static void hostile_shapes(void **state)
{
	static const struct {
		const char *name, *open, *unit, *close;
		int count;
	} shapes[] = {
		{ "siblings", "<a>", "<b/>", "</a>", 8000 },
		{ "deep", "", "<a>", "", 128 },
		{ "declarations", "<a>", "<b xmlns='u'/>", "</a>", 8000 },
		{ "references", "<a>", "&lt;", "</a>", 60000 },
		{ "CDATA sections", "<a>", "<![CDATA[]]>", "</a>", 20000 },
	};
	struct fixture *f = *state;
	struct xmpp_xml_root root = { .kind = XMPP_XML_CLIENT };

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct buf b = { .data = NULL };
		struct stanza *s = NULL;
		struct xmpp_xml_unit u;

		print_message("  %s\n", shapes[i].name);
		buf_add_lit(&b, shapes[i].open);
		for (int n = 0; n < shapes[i].count; n++)
			buf_add_lit(&b, shapes[i].unit);
		for (int n = 0; *shapes[i].open == '\0' && n < shapes[i].count;
		     n++)
			buf_add_lit(&b, "</a>");
		buf_add_lit(&b, shapes[i].close);
		assert_int_equal(xmpp_xml_scan_document(&xmpp_xml_scan_c2s,
							buf_str(&b), &u),
				 GW_OK);
		assert_int_equal(xmpp_xml_parse(f->p, &root, u.text, f->a, &s),
				 GW_OK);
		assert_true(arena_used(f->a) < 4U * 1024 * 1024);
		arena_reset(f->a);
		buf_fini(&b);
	}
}

/* Nothing recurses: the stack is safe even without the scanner's limit. */
static void absurd_depth(void **state)
{
	struct fixture *f = *state;
	struct buf b = { .data = NULL };
	struct stanza *s = NULL;

	for (int i = 0; i < 200000; i++)
		buf_add_lit(&b, "<a>");
	for (int i = 0; i < 200000; i++)
		buf_add_lit(&b, "</a>");
	assert_int_equal(xmpp_xml_parse(f->p, NULL, buf_str(&b), f->a, &s),
			 GW_OK);
	s = stanza_copy(f->a, s);
	assert_non_null(s->first->first->first);
	buf_fini(&b);
}

/* Nothing was ever open. */
static void an_end_tag_first_of_all(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(result(f, NULL, STR("</a>")), "not-well-formed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(samples, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_prefix_of_a_stanza_is_one,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(nul_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(header_contexts, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(declarations_accepted, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(header_fields, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			extra_prefixes_serve_their_stream_only, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(headers_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(header_of_many_declarations,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(streams_split_at_every_offset,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(fresh_names_keep_memory_flat,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_end_tag_first_of_all, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(hostile_shapes, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(absurd_depth, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
