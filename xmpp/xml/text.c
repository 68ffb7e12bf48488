/* SPDX-License-Identifier: MIT */
/* text.c - character data and attribute values, decoded where they stand */
#include "xmpp/xml/text.h"

#include <string.h>

#include "xmpp/xml/char.h"

#define CDATA_START "<![CDATA["

/* Text being decoded: read at `at`, written at `to`, never before it. */
struct cursor {
	char *at;
	char *to;
};

/* Moves n bytes to where the result ends. */
static void take(struct cursor *c, size_t n)
{
	if (c->to != c->at)
		memmove(c->to, c->at, n);
	c->to += n;
	c->at += n;
}

static void put(struct cursor *c, char byte, size_t eaten)
{
	*c->to++ = byte;
	c->at += eaten;
}

/* CR LF and CR are one line end (2.11). */
static size_t line_end(const char *p)
{
	return p[0] == '\r' && p[1] == '\n' ? 2 : 1;
}

static bool ends_cdata(const char *p)
{
	return p[0] == ']' && p[1] == ']' && p[2] == '>';
}

static int digit(char c, unsigned base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (base == 16 && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* &#10; or &#xa; (4.1 [66]). */
static enum xmpp_xml_fault character_reference(struct cursor *c)
{
	const char *p = c->at + 2;
	unsigned base = *p == 'x' ? 16 : 10;
	const char *first = *p == 'x' ? ++p : p;
	uint32_t code = 0;
	int value;

	for (; (value = digit(*p, base)) >= 0; p++) {
		if (code < 0x110000) /* and so never more than 32 bits */
			code = code * base + (uint32_t)value;
	}
	if (p == first || *p != ';' || !xmpp_xml_char_valid(code))
		return XMPP_XML_FAULT_NOT_WELL_FORMED;
	c->at += (size_t)(p + 1 - c->at);
	c->to += xmpp_xml_char_encode(code, c->to);
	return XMPP_XML_FAULT_NONE;
}

/* RFC 6120 11.1: there are no entities but the five (4.6). */
static enum xmpp_xml_fault reference(struct cursor *c)
{
	static const struct {
		const char *name;
		size_t n;
		char means;
	} five[] = {
		{ "&amp;", 5, '&' },  { "&lt;", 4, '<' },    { "&gt;", 4, '>' },
		{ "&quot;", 6, '"' }, { "&apos;", 6, '\'' },
	};
	size_t n;

	if (c->at[1] == '#')
		return character_reference(c);
	for (size_t i = 0; i < sizeof(five) / sizeof(five[0]); i++) {
		if (strncmp(c->at, five[i].name, five[i].n) == 0) {
			put(c, five[i].means, five[i].n);
			return XMPP_XML_FAULT_NONE;
		}
	}
	n = xmpp_xml_char_ncname(c->at + 1);
	return n > 0 && c->at[1 + n] == ';' ? XMPP_XML_FAULT_RESTRICTED
					    : XMPP_XML_FAULT_NOT_WELL_FORMED;
}

static enum xmpp_xml_fault cdata(struct cursor *c)
{
	c->at += sizeof(CDATA_START) - 1;
	for (;;) {
		take(c, (size_t)(xmpp_xml_char_plain(c->at, ']') - c->at));
		switch (*c->at) {
		case ']':
			if (ends_cdata(c->at)) {
				c->at += 3;
				return XMPP_XML_FAULT_NONE;
			}
			take(c, 1);
			break;
		case '<':
		case '&':
		case '\n':
		case '\t':
			take(c, 1);
			break;
		case '\r':
			put(c, '\n', line_end(c->at));
			break;
		default:
			return XMPP_XML_FAULT_NOT_WELL_FORMED;
		}
	}
}

/* What plain text stopped at. */
static enum xmpp_xml_fault content_step(struct cursor *c)
{
	switch (*c->at) {
	case '<':
		return cdata(c);
	case '&':
		return reference(c);
	case '\r':
		put(c, '\n', line_end(c->at));
		return XMPP_XML_FAULT_NONE;
	case ']': /* 2.4 */
		if (ends_cdata(c->at))
			return XMPP_XML_FAULT_NOT_WELL_FORMED;
		take(c, 1);
		return XMPP_XML_FAULT_NONE;
	case '\n':
	case '\t':
		take(c, 1);
		return XMPP_XML_FAULT_NONE;
	default:
		return XMPP_XML_FAULT_NOT_WELL_FORMED;
	}
}

enum xmpp_xml_fault xmpp_xml_text_content(char **at, char **end)
{
	struct cursor c = { .at = *at, .to = *at };
	enum xmpp_xml_fault fault;

	for (;;) {
		take(&c, (size_t)(xmpp_xml_char_plain(c.at, ']') - c.at));
		if (*c.at == '\0' ||
		    (*c.at == '<' &&
		     strncmp(c.at, CDATA_START, sizeof(CDATA_START) - 1) != 0))
			break;
		fault = content_step(&c);
		if (fault != XMPP_XML_FAULT_NONE)
			return fault;
	}
	*at = c.at;
	*end = c.to;
	return XMPP_XML_FAULT_NONE;
}

enum xmpp_xml_fault xmpp_xml_text_value(char **at, struct str *out)
{
	struct cursor c = { .at = *at + 1, .to = *at + 1 };
	enum xmpp_xml_fault fault;
	char quote = **at;

	for (;;) {
		take(&c, (size_t)(xmpp_xml_char_plain(c.at, quote) - c.at));
		if (*c.at == quote)
			break;
		if (xmpp_xml_char_space(*c.at)) { /* written as such */
			put(&c, ' ', line_end(c.at));
			continue;
		}
		fault = *c.at == '&' ? reference(&c)
				     : XMPP_XML_FAULT_NOT_WELL_FORMED;
		if (fault != XMPP_XML_FAULT_NONE)
			return fault;
	}
	*out = str_make(*at + 1, (size_t)(c.to - *at - 1));
	*at = c.at + 1;
	*c.to = '\0';
	return XMPP_XML_FAULT_NONE;
}
