/* SPDX-License-Identifier: MIT */
/* fault.h - what was wrong with the XML, as the stream error that says so
 *
 * RFC 6120 4.9.3; only the conditions the XML layer can find.
 */
#ifndef GW_XMPP_XML_FAULT_H
#define GW_XMPP_XML_FAULT_H

#define XMPP_XML_FAULTS(X)                                                     \
	X(NONE, "")                                                            \
	X(BAD_FORMAT, "bad-format")                                            \
	X(BAD_PREFIX, "bad-namespace-prefix")                                  \
	X(INVALID, "invalid-xml")                                              \
	X(NOT_WELL_FORMED, "not-well-formed")                                  \
	X(POLICY, "policy-violation")                                          \
	X(RESTRICTED, "restricted-xml")                                        \
	X(ENCODING, "unsupported-encoding")

enum xmpp_xml_fault {
#define XMPP_XML_FAULT_ENUM(name, text) XMPP_XML_FAULT_##name,
	XMPP_XML_FAULTS(XMPP_XML_FAULT_ENUM)
#undef XMPP_XML_FAULT_ENUM
};

/* The name of the stream error element, "" for NONE. */
const char *xmpp_xml_fault_name(enum xmpp_xml_fault f);

#endif
