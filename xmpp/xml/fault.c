/* SPDX-License-Identifier: MIT */
/* fault.c - names of the stream errors the XML layer can raise */
#include "xmpp/xml/fault.h"

static const char *const names[] = {
#define FAULT_TEXT(name, text) [XMPP_XML_FAULT_##name] = text,
	XMPP_XML_FAULTS(FAULT_TEXT)
#undef FAULT_TEXT
};

const char *xmpp_xml_fault_name(enum xmpp_xml_fault f)
{
	return names[f];
}
