/* SPDX-License-Identifier: MIT */
/* char.h - characters and names of XML 1.0 in UTF-8
 *
 * Whoever asks has at least XMPP_XML_PAD bytes of zero behind the text: no
 * character of XML is zero, so nothing here needs to know where the text ends.
 */
#ifndef GW_XMPP_XML_CHAR_H
#define GW_XMPP_XML_CHAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xmpp/xml/block.h"

#define XMPP_XML_PAD XMPP_XML_BLOCK /* one may begin at the last byte */

/* Char, 2.2. */
bool xmpp_xml_char_valid(uint32_t c);

size_t xmpp_xml_char_encode(uint32_t c, char *to); /* at most 4 */

/* What a byte may be in a name. */
#define XMPP_XML_START	1 /* its first */
#define XMPP_XML_INNER	2 /* or another */
#define XMPP_XML_BEYOND 4 /* part of a character beyond ASCII */

extern const uint8_t xmpp_xml_char_class[256];

size_t xmpp_xml_char_any_ncname(const char *p);

/* Bytes of the NCName (Namespaces in XML 1.0, 3) at p, 0: there is none. */
static inline size_t xmpp_xml_char_ncname(const char *p)
{
	const uint8_t *at = (const uint8_t *)p;

	if ((xmpp_xml_char_class[*at] & XMPP_XML_START) != 0) {
		do {
			at++;
		} while ((xmpp_xml_char_class[*at] & XMPP_XML_INNER) != 0);
	}
	return xmpp_xml_char_class[*at] != XMPP_XML_BEYOND
		       ? (size_t)(at - (const uint8_t *)p)
		       : xmpp_xml_char_any_ncname(p);
}

/* Where text stops being plain: at <, &, the byte `also`, a control character,
 * white space but blanks included, or what is no character. */
char *xmpp_xml_char_plain(char *p, char also);

/* The same, or at the first character beyond ASCII.  Those bytes and control
 * characters are both less than a blank when signed. */
static inline char *xmpp_xml_char_plain_ascii(char *p, char also)
{
	size_t n;

	do {
		xmpp_xml_block b = xmpp_xml_block_at(p);

		n = xmpp_xml_block_first((b < ' ') | (b == '<') | (b == '&') |
					 (b == (int8_t)also));
		p += n;
	} while (n == XMPP_XML_BLOCK);
	return p;
}

static inline bool xmpp_xml_char_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

#endif
