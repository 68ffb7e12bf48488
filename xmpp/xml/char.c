/* SPDX-License-Identifier: MIT */
/* char.c - characters and names of XML 1.0, fifth edition, in UTF-8 */
#include "xmpp/xml/char.h"

#define NAME (XMPP_XML_START | XMPP_XML_INNER)

const uint8_t xmpp_xml_char_class[256] = {
	['-'] = XMPP_XML_INNER,
	['.'] = XMPP_XML_INNER,
	['0' ... '9'] = XMPP_XML_INNER,
	['A' ... 'Z'] = NAME,
	['_'] = NAME,
	['a' ... 'z'] = NAME,
	[0x80 ... 0xff] = XMPP_XML_BEYOND,
};

struct range {
	uint32_t from, to;
};

/* NameStartChar beyond ASCII (XML 1.0 fifth edition, 2.3 [4]). */
static const struct range starts[] = {
	{ 0xc0, 0xd6 },	    { 0xd8, 0xf6 },	{ 0xf8, 0x2ff },
	{ 0x370, 0x37d },   { 0x37f, 0x1fff },	{ 0x200c, 0x200d },
	{ 0x2070, 0x218f }, { 0x2c00, 0x2fef }, { 0x3001, 0xd7ff },
	{ 0xf900, 0xfdcf }, { 0xfdf0, 0xfffd }, { 0x10000, 0xeffff },
};

/* What NameChar adds to it ([4a]). */
static const struct range inner[] = {
	{ 0xb7, 0xb7 },
	{ 0x300, 0x36f },
	{ 0x203f, 0x2040 },
};

static bool among(uint32_t c, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= r[i].from && c <= r[i].to)
			return true;
	}
	return false;
}

static bool names(uint32_t c, bool first)
{
	return among(c, starts, sizeof(starts) / sizeof(starts[0])) ||
	       (!first && among(c, inner, sizeof(inner) / sizeof(inner[0])));
}

bool xmpp_xml_char_valid(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c < 0xd800 || (c >= 0xe000 && c < 0xfffe) ||
	       (c >= 0x10000 && c < 0x110000);
}

/* The six low bits of a byte that continues a character. */
static bool add_tail(uint32_t *c, uint8_t byte)
{
	*c = *c << 6 | (byte & 0x3fU);
	return (byte & 0xc0U) == 0x80;
}

/* Bytes of the well-formed character at p, 0: there is none. */
static inline size_t decode(const char *p, uint32_t *out)
{
	const uint8_t *b = (const uint8_t *)p;
	uint32_t c = b[0];
	bool ok;

	if (c < 0x80) {
		*out = c;
		return xmpp_xml_char_valid(c) ? 1 : 0;
	}
	if (c < 0xe0) {
		c &= 0x1f;
		ok = b[0] >= 0xc2 && add_tail(&c, b[1]);
		*out = c;
		return ok ? 2 : 0;
	}
	if (c < 0xf0) {
		c &= 0x0f;
		ok = add_tail(&c, b[1]) && add_tail(&c, b[2]);
		*out = c;
		return ok && c >= 0x800 && xmpp_xml_char_valid(c) ? 3 : 0;
	}
	c &= 0x0f; /* a fifth bit would be above U+10FFFF */
	ok = add_tail(&c, b[1]) && add_tail(&c, b[2]) && add_tail(&c, b[3]);
	*out = c;
	return ok && c >= 0x10000 && xmpp_xml_char_valid(c) ? 4 : 0;
}

size_t xmpp_xml_char_encode(uint32_t c, char *to)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--) {
		to[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	to[0] = (char)(lead[n] | c);
	return n;
}

size_t xmpp_xml_char_any_ncname(const char *p)
{
	const char *at = p;
	uint8_t want = XMPP_XML_START;
	uint32_t c;

	for (;;) {
		uint8_t kind = xmpp_xml_char_class[(uint8_t)*at];
		size_t n = 1;

		if (kind == XMPP_XML_BEYOND) {
			n = decode(at, &c);
			if (n == 0 || !names(c, at == p))
				break;
		} else if ((kind & want) == 0) {
			break;
		}
		at += n;
		want = XMPP_XML_INNER;
	}
	return (size_t)(at - p);
}

char *xmpp_xml_char_plain(char *p, char also)
{
	uint32_t c;

	for (;;) {
		p = xmpp_xml_char_plain_ascii(p, also);
		if ((uint8_t)*p < 0x80)
			return p;
		while ((uint8_t)*p >= 0x80) {
			size_t n = decode(p, &c);

			if (n == 0)
				return p;
			p += n;
		}
	}
}
