/* SPDX-License-Identifier: MIT */
/* scan.h - where a stream header, a stanza and the stream end, found while
 * the bytes arrive
 *
 * One small scanner per connection.  It knows tags, quotes, depth, CDATA and
 * the XML declaration, refuses everything RFC 6120 11.1 forbids and end tags
 * that do not match, and holds the limits byte by byte: no limit is checked
 * only after the parse.  It does not check which names, entities and bytes
 * there may be: that is the parser's, which sees whole units only.
 */
#ifndef GW_XMPP_XML_SCAN_H
#define GW_XMPP_XML_SCAN_H

#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "xmpp/xml/fault.h"

/* All inclusive: a unit of exactly `bytes` bytes passes.  Elements and depth
 * count the stanza itself. */
struct xmpp_xml_limits {
	uint32_t bytes;
	uint32_t elements;
	uint32_t depth;
	uint32_t attrs; /* per element, namespace declarations included */
};

extern const struct xmpp_xml_limits xmpp_xml_scan_guest; /* before login */
extern const struct xmpp_xml_limits xmpp_xml_scan_c2s;

#define XMPP_XML_SCAN_NEAR 5

/* limits is borrowed and may be exchanged between two calls (after login).
 * All places are counted from where the unit begins. */
struct xmpp_xml_scan {
	const struct xmpp_xml_limits *limits;
	/* As near[], of elements deeper than most stanzas go, and only while
	 * such a unit is unfinished; the first says how many fit. */
	uint32_t *deep;
	uint32_t pos; /* bytes of the unfinished unit already looked at */
	uint32_t elements;
	uint32_t depth;
	uint32_t attrs;
	uint32_t root; /* hash of the stream element's name */
	uint32_t name; /* where that of the tag at hand begins */
	/* Where the names of the open elements begin, the outermost first. */
	uint32_t near[XMPP_XML_SCAN_NEAR];
	uint8_t state;
	uint8_t quote;
	uint8_t matched; /* of a fixed word such as [CDATA[ */
	uint8_t phase;	 /* before the header, in the stream, after its end */
};

enum xmpp_xml_unit_kind {
	XMPP_XML_SPACE,	 /* white space between units: a keepalive */
	XMPP_XML_HEADER, /* XML declaration, if any, and stream start tag */
	XMPP_XML_STANZA, /* one whole element */
	XMPP_XML_END,	 /* the end tag of the stream */
};

struct xmpp_xml_unit {
	enum xmpp_xml_unit_kind kind;
	enum xmpp_xml_fault fault; /* NONE unless the call failed */
	struct str text;	   /* a piece of the input */
	size_t eaten;		   /* drop this many bytes of the input */
};

/* A new stream, or the restart of one after TLS and SASL. */
void xmpp_xml_scan_init(struct xmpp_xml_scan *s,
			const struct xmpp_xml_limits *limits);
/* When the connection is closed. */
void xmpp_xml_scan_fini(struct xmpp_xml_scan *s);

/* in: all bytes not yet eaten, the earlier ones unchanged.  GW_OK: one unit;
 * drop out->eaten bytes and call again.  GW_AGAIN: keep all bytes, call again
 * when there are more.  GW_BAD_INPUT, GW_LIMIT: out->fault says which stream
 * error; the stream is to be closed and the scanner not used again. */
enum gw_err xmpp_xml_scan(struct xmpp_xml_scan *s, struct str in,
			  struct xmpp_xml_unit *out) GW_CHECKED;

/* A WebSocket message or BOSH body: exactly one element, white space around
 * it apart (RFC 7395 3.3); an incomplete one is GW_BAD_INPUT. */
enum gw_err xmpp_xml_scan_document(const struct xmpp_xml_limits *limits,
				   struct str in,
				   struct xmpp_xml_unit *out) GW_CHECKED;

#endif
