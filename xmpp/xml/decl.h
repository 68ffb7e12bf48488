/* SPDX-License-Identifier: MIT */
/* decl.h - the XML declaration in front of a stream header */
#ifndef GW_XMPP_XML_DECL_H
#define GW_XMPP_XML_DECL_H

#include "gateway/base/str.h"
#include "xmpp/xml/fault.h"

/* Cuts a declaration off the front of *unit, with the white space behind it.
 * NONE when there is none, or it says XML 1.0 and UTF-8. */
enum xmpp_xml_fault xmpp_xml_decl_cut(struct str *unit);

#endif
