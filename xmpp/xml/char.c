/* SPDX-License-Identifier: MIT */
/* char.c - characters and names of XML 1.0 in UTF-8 */
#include "xmpp/xml/char.h"

#include "xmpp/xml/name.h"

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
			if (n == 0 || !xmpp_xml_name_char(c, at == p))
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
