/* SPDX-License-Identifier: MIT */
/* parse.h - whole units of XML to trees: the one parser
 *
 * One struct xmpp_xml_parser per thread serves every connection: it keeps
 * nothing from one unit to the next but memory to work in, and is given only
 * whole units found by scan.h.  A unit that is not exactly one element to its
 * last byte is refused, so that scanner and parser cannot disagree.
 */
#ifndef GW_XMPP_XML_PARSE_H
#define GW_XMPP_XML_PARSE_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "xmpp/xml/fault.h"
#include "xmpp/xml/stanza.h"

/* What the stream header declared, and so what its stanzas inherit. */
enum xmpp_xml_kind {
	XMPP_XML_DOCUMENT, /* nothing: WebSocket, BOSH, store */
	XMPP_XML_CLIENT,
	XMPP_XML_SERVER,
	XMPP_XML_DIALBACK, /* jabber:server, and the prefix db */
	XMPP_XML_COMPONENT,
};

/* Kept by the stream.  Zeroed: a document. */
struct xmpp_xml_root {
	enum xmpp_xml_kind kind;
	struct str custom; /* a header with other declarations: its start tag,
			    * to be copied by whom keeps it; mostly empty */
};

/* A stream header as it stands; to judge it is the stream's part.  STR_NONE
 * where absent. */
struct xmpp_xml_header {
	const struct stanza *element; /* without children */
	struct str content_ns;	      /* the default namespace */
	struct str to, from, id, version, lang;
	struct xmpp_xml_root root; /* custom in the arena */
};

struct xmpp_xml_parser;

/* salt: random, secret; against prefixes chosen to be slow to find. */
struct xmpp_xml_parser *xmpp_xml_parser_new(unsigned long salt);
void xmpp_xml_parser_free(struct xmpp_xml_parser **p);

/* One whole element in the context of root (NULL: a document).  Failure is
 * GW_BAD_INPUT, and xmpp_xml_parser_fault() says which stream error. */
enum gw_err xmpp_xml_parse(struct xmpp_xml_parser *p,
			   const struct xmpp_xml_root *root, struct str unit,
			   struct arena *a, struct stanza **out) GW_CHECKED;

/* Declaration, if any, and start tag of a stream. */
enum gw_err xmpp_xml_parse_header(struct xmpp_xml_parser *p, struct str unit,
				  struct arena *a,
				  struct xmpp_xml_header *out) GW_CHECKED;

/* Of the last call. */
enum xmpp_xml_fault xmpp_xml_parser_fault(const struct xmpp_xml_parser *p);

#endif
