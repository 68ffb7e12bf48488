/* SPDX-License-Identifier: MIT */
/* name.h - which characters beyond ASCII a name may hold */
#ifndef GW_XMPP_XML_NAME_H
#define GW_XMPP_XML_NAME_H

#include <stdbool.h>
#include <stdint.h>

bool xmpp_xml_name_char(uint32_t c, bool first);

#endif
