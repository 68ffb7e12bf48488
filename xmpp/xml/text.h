/* SPDX-License-Identifier: MIT */
/* text.h - character data and attribute values, decoded where they stand
 *
 * References, CDATA sections and line ends only ever become shorter, so the
 * result takes the place of what was written.  The text is followed by
 * XMPP_XML_PAD bytes of zero (char.h).
 */
#ifndef GW_XMPP_XML_TEXT_H
#define GW_XMPP_XML_TEXT_H

#include "gateway/base/str.h"
#include "xmpp/xml/fault.h"

/* Character data from *at on, CDATA sections included.  *at moves on to the
 * markup that ends it or the zero behind the text; the result ends at *end,
 * which may be the same place. */
enum xmpp_xml_fault xmpp_xml_text_content(char **at, char **end);

/* The value whose opening quote is at *at, which moves behind the closing one;
 * normalized (XML 1.0 3.3.3) and 0-terminated. */
enum xmpp_xml_fault xmpp_xml_text_value(char **at, struct str *out);

#endif
