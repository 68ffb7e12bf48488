/* SPDX-License-Identifier: MIT */
/* scope.h - which prefix means which namespace, while elements open and close
 *
 * Prefixes are a peer's to choose and may be thousands deep: they are found by
 * a seeded hash, the newest first.  Strings are borrowed for the time of one
 * unit.
 */
#ifndef GW_XMPP_XML_SCOPE_H
#define GW_XMPP_XML_SCOPE_H

#include "gateway/base/map.h"
#include "gateway/base/str.h"
#include "xmpp/xml/fault.h"

struct xmpp_xml_binding {
	struct str prefix, uri;
	uint32_t bucket;
	uint32_t older; /* in the bucket, counted from 1 */
};

#define XMPP_XML_BUCKETS 256

struct xmpp_xml_scope {
	struct map_seed seed;
	struct xmpp_xml_binding *v;
	size_t n, cap;
	uint32_t newest[XMPP_XML_BUCKETS]; /* counted from 1, 0: none */
};

void xmpp_xml_scope_fini(struct xmpp_xml_scope *s);

/* What xmlns='uri' and xmlns:prefix='uri' must not say (Namespaces in XML 1.0
 * 3, 5); prefix is STR_NONE for the former. */
enum xmpp_xml_fault xmpp_xml_scope_judge(struct str prefix, struct str uri);

/* since: how many there were before the start tag at hand, in which a prefix
 * can be declared only once. */
enum xmpp_xml_fault xmpp_xml_scope_bind(struct xmpp_xml_scope *s,
					struct str prefix, struct str uri,
					size_t since);
/* Back to n bindings. */
void xmpp_xml_scope_leave(struct xmpp_xml_scope *s, size_t n);

/* STR_NONE: not bound. */
struct str xmpp_xml_scope_find(const struct xmpp_xml_scope *s,
			       struct str prefix);

#endif
