/* SPDX-License-Identifier: MIT */
/* test_xml_write.c - trees to bytes, builders, copies, frames */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/xmpp/xml_dump.h"
#include "xmpp/xml/parse.h"
#include "xmpp/xml/write.h"

struct fixture {
	struct xmpp_xml_parser *p;
	struct arena *a;
};

static const struct xmpp_xml_root client = { .kind = XMPP_XML_CLIENT };

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));

	f->p = xmpp_xml_parser_new(42);
	f->a = arena_new();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	xmpp_xml_parser_free(&f->p);
	arena_free(&f->a);
	mem_free(f);
	return 0;
}

static struct stanza *parse(struct fixture *f, const struct xmpp_xml_root *root,
			    struct str text)
{
	struct stanza *s = NULL;

	assert_int_equal(xmpp_xml_parse(f->p, root, text, f->a, &s), GW_OK);
	return s;
}

static const char *written(struct fixture *f, const struct stanza *s,
			   struct str scope)
{
	struct buf b = { .data = NULL };
	const char *text;

	xmpp_xml_write(&b, s, scope);
	text = arena_strndup(f->a, (const char *)b.data, b.len);
	buf_fini(&b);
	return text;
}

static const char *dumped(struct fixture *f, const struct stanza *s)
{
	struct buf b = { .data = NULL };
	const char *text;

	xml_dump(&b, s);
	text = arena_strndup(f->a, (const char *)b.data, b.len);
	buf_fini(&b);
	return text;
}

static const struct {
	const char *name, *in, *stream, *alone; /* alone: NULL, as stream */
} cases[] = {
	{ "content needs no declaration", "<a b=\"c\"><d>e</d></a>",
	  "<a b='c'><d>e</d></a>",
	  "<a xmlns='jabber:client' b='c'><d>e</d></a>" },
	{ "another namespace is declared once", "<p:a xmlns:p='u'><p:b/></p:a>",
	  "<a xmlns='u'><b/></a>", NULL },
	{ "and given back", "<iq><a xmlns='u'><b/></a><c/></iq>",
	  "<iq><a xmlns='u'><b/></a><c/></iq>",
	  "<iq xmlns='jabber:client'><a xmlns='u'><b/></a><c/></iq>" },
	{ "a wrapped stanza says whose it is",
	  "<f xmlns='u'><message xmlns='jabber:client'/></f>",
	  "<f xmlns='u'><message xmlns='jabber:client'/></f>", NULL },
	{ "none is one, too", "<a xmlns='u'><b xmlns=''/></a>",
	  "<a xmlns='u'><b xmlns=''/></a>", NULL },
	{ "the stream's own keep their prefix",
	  "<stream:features><a xmlns='u'/></stream:features>",
	  "<stream:features><a xmlns='u'/></stream:features>",
	  "<stream:features xmlns:stream='" XMPP_NS_STREAMS
	  "'><a xmlns='u'/></stream:features>" },
	{ "dialback, too",
	  "<d:result xmlns:d='" XMPP_NS_DIALBACK "' to='a'>k</d:result>",
	  "<db:result xmlns:db='" XMPP_NS_DIALBACK "' to='a'>k</db:result>",
	  NULL },
	{ "content below a prefixed element",
	  "<stream:error><a/><b xmlns='u'/></stream:error>",
	  "<stream:error><a/><b xmlns='u'/></stream:error>",
	  "<stream:error xmlns:stream='" XMPP_NS_STREAMS
	  "'><a xmlns='jabber:client'/><b xmlns='u'/></stream:error>" },
	{ "xml:lang", "<a xmlns='u' xml:lang='de'/>",
	  "<a xmlns='u' xml:lang='de'/>", NULL },
	{ "attributes with namespaces",
	  "<a xmlns='u' xmlns:p='v' xmlns:q='w' b='1' p:b='2' q:b='3' "
	  "p:c='4'/>",
	  "<a xmlns='u' b='1' xmlns:n1='v' n1:b='2' xmlns:n2='w' n2:b='3' "
	  "n1:c='4'/>",
	  NULL },
	{ "markup is escaped",
	  "<a xmlns='u' b='&lt;&amp;&apos;\"'>&lt;&amp;>'</a>",
	  "<a xmlns='u' b='&lt;&amp;&apos;&quot;'>&lt;&amp;&gt;'</a>", NULL },
	{ "white space a parser would change is kept",
	  "<a xmlns='u' b='&#9;&#10;&#13; '>\t\n&#13;</a>",
	  "<a xmlns='u' b='&#9;&#10;&#13; '>\t\n&#13;</a>", NULL },
	{ "CDATA becomes text", "<a xmlns='u'><![CDATA[<]]>]]&gt;</a>",
	  "<a xmlns='u'>&lt;]]&gt;</a>", NULL },
	{ "elements of XML's own namespace", "<xml:a><b xmlns='u'/></xml:a>",
	  "<xml:a><b xmlns='u'/></xml:a>", NULL },
};

/* What is written reads as the same tree, on a stream and by itself. */
static void samples(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stanza *s = parse(f, &client, str_of(cases[i].in));
		const char *stream, *alone;

		print_message("  %s\n", cases[i].name);
		stream = written(f, s, XMPP_XML_IN_STREAM);
		alone = written(f, s, XMPP_XML_BY_ITSELF);
		assert_string_equal(stream, cases[i].stream);
		assert_string_equal(alone, cases[i].alone != NULL
						   ? cases[i].alone
						   : cases[i].stream);
		assert_string_equal(
			dumped(f, parse(f, &client, str_of(stream))),
			dumped(f, s));
		assert_string_equal(dumped(f, parse(f, NULL, str_of(alone))),
				    dumped(f, s));
	}
}

/* The same bytes are right for a client, a server and a component. */
static void one_form_for_all_streams(void **state)
{
	static const enum xmpp_xml_kind kinds[] = { XMPP_XML_CLIENT,
						    XMPP_XML_SERVER,
						    XMPP_XML_DIALBACK,
						    XMPP_XML_COMPONENT };
	static const char text[] =
		"<message><body>x</body><f xmlns='u'><message "
		"xmlns='jabber:client'/><a xmlns='jabber:server'/></f>"
		"</message>";
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct xmpp_xml_root root = { .kind = kinds[i] };

		assert_string_equal(written(f, parse(f, &root, str_of(text)),
					    XMPP_XML_IN_STREAM),
				    text);
	}
}

static void builders(void **state)
{
	struct fixture *f = *state;
	struct stanza *iq = stanza_new(f->a, "iq", XMPP_NS_CLIENT);
	struct stanza *query;

	stanza_set_attr(f->a, iq, "type", STR("get"));
	stanza_set_attr(f->a, iq, "id", STR("1"));
	stanza_set_attr(f->a, iq, "type", STR("result"));
	stanza_set_lang(f->a, iq, STR("en"));
	query = stanza_add_new(f->a, iq, "query", "u");
	stanza_add_leaf(f->a, query, "item", "u", STR("a<b"));
	stanza_add_text(f->a, query, STR("x"));
	stanza_add_text(f->a, query, STR(""));
	stanza_add_text(f->a, query, STR("y"));
	assert_string_equal(written(f, iq, XMPP_XML_IN_STREAM),
			    "<iq type='result' id='1' xml:lang='en'>"
			    "<query xmlns='u'><item>a&lt;b</item>xy</query>"
			    "</iq>");
	stanza_del_attr(f->a, iq, "type");
	stanza_del_attr(f->a, iq, "absent");
	stanza_remove(iq, query);
	assert_string_equal(written(f, iq, XMPP_XML_IN_STREAM),
			    "<iq id='1' xml:lang='en'/>");
	assert_null(iq->last);
}

static void lookups(void **state)
{
	struct fixture *f = *state;
	struct stanza *s = parse(
		f, &client,
		STR("<m a='1' xml:lang='de'>x<b/><c xmlns='u'>y</c>z<b n='2'/>"
		    "</m>"));

	assert_true(stanza_is(s, "m", "jabber:client"));
	assert_true(stanza_is(s, NULL, NULL));
	assert_false(stanza_is(s, "m", "u"));
	assert_false(stanza_is(s->first, NULL, NULL)); /* text */
	assert_false(stanza_is(NULL, NULL, NULL));
	assert_true(str_is(stanza_attr(s, "a"), "1"));
	assert_null(stanza_attr(s, "lang").p);
	assert_null(stanza_attr(NULL, "a").p);
	assert_true(str_is(stanza_lang(s), "de"));
	assert_true(str_is(stanza_text(f->a, s), "xz"));
	assert_true(str_is(stanza_child_text(f->a, s, "c", "u"), "y"));
	assert_true(str_is(stanza_child_text(f->a, s, "b", NULL), ""));
	assert_null(stanza_child_text(f->a, s, "d", NULL).p);
	assert_ptr_equal(stanza_first_element(s), stanza_child(s, "b", NULL));
	assert_ptr_equal(stanza_next_element(stanza_first_element(s)),
			 stanza_child(s, "c", "u"));
	assert_true(str_is(
		stanza_attr(stanza_next(stanza_first_element(s), "b", NULL),
			    "n"),
		"2"));
	assert_null(stanza_child(s, "c", "jabber:client"));
	assert_null(stanza_child(NULL, "c", NULL));
}

/* No mail subject breaks a stream: what XML cannot carry is replaced. */
static void dirty_text_is_cleaned(void **state)
{
	static const struct {
		struct str in;
		const char *want;
	} texts[] = {
		{ { "a\0b", 3 },
		  "a\xef\xbf\xbd"
		  "b" },
		{ { "\x1b[31m", 5 }, "\xef\xbf\xbd[31m" },
		{ { "\xff\xfe", 2 }, "\xef\xbf\xbd\xef\xbf\xbd" },
		{ { "\xc3", 1 }, "\xef\xbf\xbd" },
		{ { "\xef\xbf\xbf", 3 },
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ { "\xed\xa0\x80", 3 },
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9 },
		  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct stanza *s = stanza_new(f->a, "a", "u");

		stanza_add_text(f->a, s, texts[i].in);
		stanza_set_attr(f->a, s, "b", texts[i].in);
		s = parse(f, NULL, str_of(written(f, s, XMPP_XML_BY_ITSELF)));
		assert_true(str_is(stanza_text(f->a, s), texts[i].want));
		assert_true(str_is(stanza_attr(s, "b"), texts[i].want));
	}
}

static const char sample[] =
	"<message to='room@x' type='groupchat'><body>x &amp; y</body>"
	"<a xmlns='u'><b c='d'/>z</a></message>";

static void a_copy_stands_alone(void **state)
{
	struct fixture *f = *state;
	struct arena *other = arena_new();
	struct stanza *s = NULL;

	assert_int_equal(xmpp_xml_parse(f->p, &client, STR(sample), other, &s),
			 GW_OK);
	s = stanza_copy(f->a, s);
	arena_free(&other);
	assert_string_equal(written(f, s, XMPP_XML_IN_STREAM), sample);
	assert_null(s->parent);
	assert_ptr_equal(s->first->parent, s);
	assert_ptr_equal(s->last->last->parent, s->last);
}

static void a_head_changes_alone(void **state)
{
	struct fixture *f = *state;
	struct stanza *s = parse(f, &client, STR(sample));
	struct stanza *head = stanza_copy_head(f->a, s);
	struct stanza *wrap = stanza_new(f->a, "w", "v");

	stanza_set_attr(f->a, head, "to", STR("ann@x/1"));
	stanza_del_attr(f->a, head, "type");
	stanza_remove(head, stanza_child(head, "body", NULL));
	stanza_add_leaf(f->a, head, "n", "v", STR("1"));
	stanza_add(wrap, head);
	assert_string_equal(written(f, wrap, XMPP_XML_IN_STREAM),
			    "<w xmlns='v'><message xmlns='jabber:client' "
			    "to='ann@x/1'><a xmlns='u'><b c='d'/>z</a>"
			    "<n xmlns='v'>1</n></message></w>");
	assert_string_equal(
		written(f, stanza_copy(f->a, wrap), XMPP_XML_IN_STREAM),
		written(f, wrap, XMPP_XML_IN_STREAM));
	assert_string_equal(written(f, s, XMPP_XML_IN_STREAM), sample);
}

static const struct {
	const char *in;
	struct xmpp_xml_patch patch;
	const char *want;
} fan_outs[] = {
	{ sample,
	  { .to = STR_NONE },
	  "<message to='room@x' type='groupchat'>" },
	{ sample,
	  { .to = { "a@x", 3 }, .from = { "room@x/'n", 9 } },
	  "<message to='a@x' type='groupchat' from='room@x/&apos;n'>" },
	{ sample,
	  { .id = { "7", 1 } },
	  "<message to='room@x' type='groupchat' id='7'>" },
	{ "<presence id='1' xml:lang='de' from='a'/>",
	  { .to = { "b", 1 }, .id = { "2", 1 } },
	  "<presence id='2' xml:lang='de' from='a' to='b'/>" },
	{ "<presence xmlns='v' xmlns:p='u' p:to='1'/>",
	  { .to = { "b", 1 } },
	  "<presence xmlns='v' xmlns:n0='u' n0:to='1' to='b'/>" },
};

/* A head for each, one tail for all: together what a whole write would be. */
static void fan_out(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(fan_outs) / sizeof(fan_outs[0]); i++) {
		struct stanza *s = parse(f, &client, str_of(fan_outs[i].in));
		struct frame *tail = xmpp_xml_tail(s, XMPP_XML_IN_STREAM);
		struct buf b = { .data = NULL };
		struct stanza *again;

		xmpp_xml_write_head(&b, s, &fan_outs[i].patch,
				    XMPP_XML_IN_STREAM);
		buf_add_str(&b, frame_str(tail));
		frame_unref(&tail);
		assert_true(str_starts(buf_str(&b), fan_outs[i].want));
		again = parse(f, &client, buf_str(&b));
		assert_string_equal(written(f, again, XMPP_XML_IN_STREAM),
				    (const char *)b.data);
		buf_fini(&b);
	}
}

static void frames(void **state)
{
	struct fixture *f = *state;
	struct frame *frame = xmpp_xml_frame(parse(f, &client, STR(sample)),
					     XMPP_XML_IN_STREAM);

	assert_true(str_is(frame_str(frame), sample));
	frame_unref(&frame);
}

static void openings(void **state)
{
	struct fixture *f = *state;
	struct xmpp_xml_opening o = { .content_ns = XMPP_NS_SERVER,
				      .id = STR("a<1"),
				      .from = STR("example.org"),
				      .version = STR("1.0"),
				      .lang = STR("en"),
				      .dialback = true };
	struct xmpp_xml_header h;
	struct buf b = { .data = NULL };

	xmpp_xml_write_opening(&b, &o);
	assert_string_equal(
		(const char *)b.data,
		"<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
		"xmlns:stream='" XMPP_NS_STREAMS "' xmlns:db='" XMPP_NS_DIALBACK
		"' id='a&lt;1' from='example.org' version='1.0' "
		"xml:lang='en'>");
	assert_int_equal(xmpp_xml_parse_header(f->p, buf_str(&b), f->a, &h),
			 GW_OK);
	assert_int_equal(h.root.kind, XMPP_XML_DIALBACK);
	assert_true(str_is(h.id, "a<1"));
	buf_fini(&b);
}

static void deep_trees(void **state)
{
	struct fixture *f = *state;
	struct stanza *top = stanza_new(f->a, "a", "u"), *s = top;
	struct buf b = { .data = NULL };

	for (int i = 1; i < 100000; i++)
		s = stanza_add_new(f->a, s, "a", i % 2 ? "v" : "u");
	xmpp_xml_write(&b, stanza_copy(f->a, top), XMPP_XML_IN_STREAM);
	s = parse(f, &client, buf_str(&b));
	buf_fini(&b);
	for (int i = 1; i < 100000; i++)
		s = s->first;
	assert_null(s->first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(samples),
		TEST(one_form_for_all_streams),
		TEST(builders),
		TEST(lookups),
		TEST(dirty_text_is_cleaned),
		TEST(a_copy_stands_alone),
		TEST(a_head_changes_alone),
		TEST(fan_out),
		TEST(frames),
		TEST(openings),
		TEST(deep_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
