/* SPDX-License-Identifier: MIT */
/* char.h - characters and names of XML 1.0, fifth edition, in UTF-8
 *
 * Whoever asks has at least XMPP_XML_PAD bytes of zero behind the text: no
 * character of XML is zero, so nothing here needs to know where the text ends.
 */
#ifndef GW_XMPP_XML_CHAR_H
#define GW_XMPP_XML_CHAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XMPP_XML_PAD 16 /* a block (block.h) may begin at the last byte */

/* Char, 2.2. */
bool xmpp_xml_char_valid(uint32_t c);

/* Bytes of the well-formed character at p, 0: there is none. */
size_t xmpp_xml_char_decode(const char *p, uint32_t *out);
size_t xmpp_xml_char_encode(uint32_t c, char *to); /* at most 4 */

/* Bytes of the NCName (Namespaces in XML 1.0, 3) at p, 0: there is none. */
size_t xmpp_xml_char_ncname(const char *p);

/* Where text stops being plain: at <, &, the byte `also`, a control character,
 * white space but blanks included, or what is no character. */
char *xmpp_xml_char_plain(char *p, char also);

static inline bool xmpp_xml_char_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

#endif
