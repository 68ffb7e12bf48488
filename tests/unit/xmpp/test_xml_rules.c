/* SPDX-License-Identifier: MIT */
/* test_xml_rules.c - what is XML and what is not, production by production */
#include <stdio.h>

#include "tests/unit/xmpp/xml_fixture.h"
#include "xmpp/xml/char.h"

#define XML "{" XMPP_NS_XML "}"

/* Without the colon. */
#define STARTS 34515
#define INNERS 35121

/* Of XML 1.0 (fifth edition) and Namespaces in XML 1.0 (third). */
static const struct {
	const char *name, *in, *want;
} rules[] = {
	{ "names beyond ASCII", "<\xc3\xa4 b\xc2\xb7-.9='1'/>",
	  "{}\xc3\xa4[{}b\xc2\xb7-.9=1]()" },
	{ "names of the fifth edition only", "<\xea\x80\x80/>",
	  "not-well-formed" },
	{ "as prefix", "<\xea\x80\x80:a xmlns:\xea\x80\x80='u'/>",
	  "not-well-formed" },
	{ "as attribute", "<a b\xf0\x90\x80\x80='u'/>", "not-well-formed" },
	{ "a multiplication sign in a name", "<a\xc3\x97/>",
	  "not-well-formed" },
	{ "a middle dot in front", "<\xc2\xb7/>", "not-well-formed" },
	{ "a digit in front of a local part", "<a:1/>", "not-well-formed" },
	{ "a colon in front", "<:a/>", "not-well-formed" },
	{ "a colon behind", "<a:/>", "not-well-formed" },
	{ "two colons", "<a:b:c/>", "not-well-formed" },
	{ "the prefix xmlns for an element", "<xmlns:a/>",
	  "bad-namespace-prefix" },
	{ "xml declared as what it is",
	  "<a xmlns:xml='" XMPP_NS_XML "' xml:b=''/>", "{}a[" XML "b=]()" },
	{ "another prefix for xml", "<a xmlns:p='" XMPP_NS_XML "'/>",
	  "bad-namespace-prefix" },
	{ "xml as default namespace", "<a xmlns='" XMPP_NS_XML "'/>",
	  "bad-namespace-prefix" },
	{ "xmlns as default namespace",
	  "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
	  "bad-namespace-prefix" },
	{ "a prefix is declared behind its use", "<p:a p:b='c' xmlns:p='u'/>",
	  "{u}a[{u}b=c]()" },
	{ "a prefix means the innermost declaration",
	  "<p:a xmlns:p='u'><p:b xmlns:p='v'><p:c/></p:b><p:d/></p:a>",
	  "{u}a({v}b({v}c()){u}d())" },
	{ "and nothing outside", "<a><b xmlns:p='u'/><p:c/></a>",
	  "bad-namespace-prefix" },
	{ "a default namespace ends with its element",
	  "<a><b xmlns='u'><c/></b><d/></a>", "{}a({u}b({u}c()){}d())" },
	{ "no default namespace for attributes", "<a xmlns='u' b='c'/>",
	  "{u}a[{}b=c]()" },
	{ "a declaration twice", "<a xmlns:p='u' xmlns:p='u'/>",
	  "not-well-formed" },
	{ "a default namespace twice", "<a xmlns='u' xmlns='u'/>",
	  "not-well-formed" },
	{ "one local name in three namespaces",
	  "<a xmlns:p='u' xmlns:q='v' p:b='' q:b='' b=''/>",
	  "{}a[{u}b=][{v}b=][{}b=]()" },

	{ "references at the edges",
	  "<a>&#x9;&#xD;&#xD7FF;&#xE000;&#xFFFD;&#x10000;&#x10FFFF;</a>",
	  "{}a(\"\t\r\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd\xf0\x90\x80\x80"
	  "\xf4\x8f\xbf\xbf\")" },
	{ "zeros in front", "<a>&#000000000000000065;</a>", "{}a(\"A\")" },
	{ "no character", "<a>&#0;</a>", "not-well-formed" },
	{ "half a character", "<a>&#xD800;</a>", "not-well-formed" },
	{ "U+FFFE by reference", "<a>&#xFFFE;</a>", "not-well-formed" },
	{ "beyond Unicode", "<a>&#x110000;</a>", "not-well-formed" },
	{ "beyond 32 bits", "<a>&#x100000041;</a>", "not-well-formed" },
	{ "a reference without digits", "<a>&#;</a>", "not-well-formed" },
	{ "without hexadecimal ones", "<a>&#x;</a>", "not-well-formed" },
	{ "a large X", "<a>&#X41;</a>", "not-well-formed" },
	{ "a letter too many", "<a>&#12a;</a>", "not-well-formed" },
	{ "an entity that does not end", "<a>&amp</a>", "not-well-formed" },
	{ "an ampersand alone", "<a>b & c</a>", "not-well-formed" },
	{ "names of entities have a case", "<a>&AMP;</a>", "restricted-xml" },

	{ "]]> by reference", "<a>]]&gt;]&#93;></a>", "{}a(\"]]>]]>\")" },
	{ "]]> behind another ]", "<a>]]]></a>", "not-well-formed" },
	{ "]]> across a section", "<a>]]<![CDATA[>]]></a>", "{}a(\"]]>\")" },
	{ "]]> in a value", "<a b=']]>'/>", "{}a[{}b=]]>]()" },
	{ "a section of brackets", "<a><![CDATA[]]]]]]></a>", "{}a(\"]]]]\")" },
	{ "an empty section", "<a><![CDATA[]]></a>", "{}a()" },
	{ "line ends in a section", "<a><![CDATA[b\r\n\rc]]></a>",
	  "{}a(\"b\n\nc\")" },
	{ "line ends behind each other", "<a>\r\r\n\n\r</a>",
	  "{}a(\"\n\n\n\n\")" },
	{ "a line end in a value is one blank", "<a b='\r\n\r\n&#13;'/>",
	  "{}a[{}b=  \r]()" },
	{ "a carriage return by reference", "<a>&#13;\n</a>", "{}a(\"\r\n\")" },
	{ "the other quote in a value", "<a b='\"' c=\"'\"/>",
	  "{}a[{}b=\"][{}c=']()" },
	{ "blanks where they may be", "<a b\t=\n'c' \r/>", "{}a[{}b=c]()" },
	{ "blanks in the end tag", "<a></a \n>", "{}a()" },
	{ "blanks that are missing", "<a b=''c=''/>", "not-well-formed" },
	{ "a blank between / and >", "<a/ >", "not-well-formed" },
	{ "a blank before the name", "< a/>", "not-well-formed" },
	{ "a blank in front of an end tag's name", "<a></ a>",
	  "not-well-formed" },
	{ "an attribute in an end tag", "<a></a b=''>", "not-well-formed" },
	{ "a longer end tag", "<a></ab>", "not-well-formed" },
	{ "an attribute without a value", "<a b/>", "not-well-formed" },
	{ "< in a value", "<a b='<'/>", "not-well-formed" },
	{ "a delete is a character", "<a>\x7f\xc2\x80</a>",
	  "{}a(\"\x7f\xc2\x80\")" },
	{ "characters of each length, on and on",
	  "<a b='x\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 0123456789abcdef"
	  "\xc3\xa4'>0123456789abcdef\xc3\xa4\xc3\xa4 \xf0\x9f\x98\x80</a>",
	  "{}a[{}b=x\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 0123456789abcdef"
	  "\xc3\xa4](\"0123456789abcdef\xc3\xa4\xc3\xa4 \xf0\x9f\x98\x80\")" },
	{ "an overlong form of three", "<a>\xe0\x9f\xbf</a>",
	  "unsupported-encoding" },
	{ "of four", "<a>\xf0\x8f\xbf\xbf</a>", "unsupported-encoding" },
	{ "bytes beyond Unicode", "<a>\xf4\x90\x80\x80</a>",
	  "unsupported-encoding" },
	{ "a byte that begins nothing", "<a b='\xf8\x88\x80\x80\x80'/>",
	  "unsupported-encoding" },
	{ "a byte that continues nothing", "<a\x80/>", "unsupported-encoding" },
	{ "U+FFFE", "<a b='\xef\xbf\xbe'/>", "not-well-formed" },
};

static void rules_of_xml(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		print_message("  %s\n", rules[i].name);
		assert_string_equal(result(f, NULL, str_of(rules[i].in)),
				    rules[i].want);
	}
}

/* XML 1.0 fifth edition 2.3, [4] without the colon, and what [4a] adds. */
static const char start_char[] =
	"[A-Z] | \"_\" | [a-z] | [#xC0-#xD6] | [#xD8-#xF6] | [#xF8-#x2FF] | "
	"[#x370-#x37D] | [#x37F-#x1FFF] | [#x200C-#x200D] | [#x2070-#x218F] | "
	"[#x2C00-#x2FEF] | [#x3001-#xD7FF] | [#xF900-#xFDCF] | "
	"[#xFDF0-#xFFFD] | [#x10000-#xEFFFF]";
static const char more_char[] = "\"-\" | \".\" | [0-9] | [#xB7-#xB7] | "
				"[#x0300-#x036F] | [#x203F-#x2040]";

/* Sets what a production allows; its alternatives are read as they stand. */
static void allow(bool *set, const char *production)
{
	struct str rest = str_of(production), word;
	unsigned from, to;
	char a, b;

	while (str_word(&rest, &word)) {
		if (sscanf(word.p, "[#x%x-#x%x]", &from, &to) == 2) {
			memset(set + from, 1, to - from + 1);
		} else if (sscanf(word.p, "[%c-%c]", &a, &b) == 2) {
			memset(set + a, 1, (size_t)(b - a + 1));
		} else if (*word.p == '"') {
			set[(uint8_t)word.p[1]] = true;
		} else {
			assert_true(str_is(word, "|"));
		}
	}
}

/* Every character there is, as the first of a name and as another: whatever the
 * fourth edition allows, the fifth does.  Its counts are those of Appendix B.
 */
static void names_are_of_both_editions(void **state)
{
	bool *start = mem_new(0x110000 * sizeof(*start));
	bool *inner = mem_new(0x110000 * sizeof(*inner));
	size_t starts = 0, inners = 0;

	(void)state;
	allow(start, start_char);
	allow(inner, start_char);
	allow(inner, more_char);
	for (uint32_t c = 1; c < 0x110000; c++) {
		char text[8 + XMPP_XML_PAD] = "a";

		if (c >= 0xd800 && c < 0xe000)
			continue;
		(void)xmpp_xml_char_encode(c, text + 1);
		if (xmpp_xml_char_ncname(text) > 1) {
			assert_true(inner[c]);
			inners++;
		}
		if (xmpp_xml_char_ncname(text + 1) > 0) {
			assert_true(start[c]);
			starts++;
		}
	}
	assert_int_equal(starts, STARTS);
	assert_int_equal(inners, INNERS);
	mem_free(start);
	mem_free(inner);
}

static void must_end(struct str s)
{
	assert_int_equal(s.p[s.n], '\0');
}

/* Who takes a piece of a tree for a C string may. */
static void strings_are_terminated(void **state)
{
	struct fixture *f = *state;
	struct stanza *s;

	assert_int_equal(xmpp_xml_parse(f->p, NULL,
					STR("<p:a xmlns:p='u' p:b='c'>d"
					    "<e>f&amp;g</e></p:a>"),
					f->a, &s),
			 GW_OK);
	must_end(s->name);
	must_end(s->ns);
	must_end(s->attrs[0].name);
	must_end(s->attrs[0].ns);
	must_end(s->attrs[0].value);
	must_end(s->first->text);
	must_end(s->last->name);
	must_end(s->last->first->text);
}

/* Nothing of a unit is left behind, also of one that broke off. */
static void prefixes_end_with_their_unit(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(
		result(f, NULL, STR("<p:a xmlns:p='u'><p:b xmlns:q='v'>")),
		"not-well-formed");
	assert_string_equal(result(f, NULL, STR("<p:a/>")),
			    "bad-namespace-prefix");
	assert_string_equal(result(f, NULL, STR("<q:a/>")),
			    "bad-namespace-prefix");
}

/* Thousands of prefixes, all in force: each means its own namespace. */
static void many_prefixes(void **state)
{
	struct fixture *f = *state;
	struct buf b = { .data = NULL };
	struct stanza *s;
	char want[16];

	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "<a xmlns:p%d='u%d'>", i, i);
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "<p%d:b/>", i);
	for (int i = 0; i < 3000; i++)
		buf_add_lit(&b, "</a>");
	assert_int_equal(xmpp_xml_parse(f->p, NULL, buf_str(&b), f->a, &s),
			 GW_OK);
	for (int i = 0; i < 2999; i++)
		s = s->first;
	s = s->first;
	for (int i = 0; i < 3000; i++, s = s->next) {
		(void)snprintf(want, sizeof(want), "u%d", i);
		assert_true(stanza_is(s, "b", want));
	}
	buf_fini(&b);
}

static void too_many_attributes(void **state)
{
	struct fixture *f = *state;

	for (int n = 256; n <= 257; n++) {
		struct buf b = { .data = NULL };

		buf_add_lit(&b, "<a");
		for (int i = 0; i < n; i++)
			buf_printf(&b, " b%d=''", i);
		buf_add_lit(&b, "/>");
		if (n == 256)
			assert_int_not_equal(*result(f, NULL, buf_str(&b)),
					     'p');
		else
			assert_string_equal(result(f, NULL, buf_str(&b)),
					    "policy-violation");
		buf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rules_of_xml, set_up,
						tear_down),
		cmocka_unit_test(names_are_of_both_editions),
		cmocka_unit_test_setup_teardown(strings_are_terminated, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(prefixes_end_with_their_unit,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_prefixes, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(too_many_attributes, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
