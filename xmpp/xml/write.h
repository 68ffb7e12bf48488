/* SPDX-License-Identifier: MIT */
/* write.h - the one serialiser: trees to bytes
 *
 * Everything Muster sends as XML, on whatever transport, is written here.
 * `scope` is the default namespace in force where the bytes will stand:
 * XMPP_NS_CLIENT inside any stream (client, server, component: ns.h), where
 * the prefix `stream` is known too; empty for a document of its own
 * (WebSocket, BOSH, store), which then declares all it uses.
 */
#ifndef GW_XMPP_XML_WRITE_H
#define GW_XMPP_XML_WRITE_H

#include "gateway/base/buf.h"
#include "gateway/base/frame.h"
#include "xmpp/xml/stanza.h"

#define XMPP_XML_IN_STREAM   STR(XMPP_NS_CLIENT)
#define XMPP_XML_BY_ITSELF   STR("")
#define XMPP_XML_STREAM_DONE "</stream:stream>"

void xmpp_xml_write(struct buf *out, const struct stanza *s, struct str scope);
struct frame *xmpp_xml_frame(const struct stanza *s, struct str scope);

/* Fan-out: the tail is serialised once and shared, a head is written for each
 * recipient; head and tail together are the stanza. */
struct xmpp_xml_patch {
	struct str to, from, id; /* .p NULL: as the stanza has it */
};

void xmpp_xml_write_head(struct buf *out, const struct stanza *s,
			 const struct xmpp_xml_patch *patch, struct str scope);
struct frame *xmpp_xml_tail(const struct stanza *s, struct str scope);

/* Our side of a stream: declaration and start tag.  Empty fields are left
 * out; dialback declares the prefix of XEP-0220. */
struct xmpp_xml_opening {
	const char *content_ns;
	struct str to, from, id, version, lang;
	bool dialback;
};

void xmpp_xml_write_opening(struct buf *out, const struct xmpp_xml_opening *o);

/* s as the inside of an attribute value in either kind of quotes. */
void xmpp_xml_write_value(struct buf *out, struct str s);

#endif
