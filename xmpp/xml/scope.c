/* SPDX-License-Identifier: MIT */
/* scope.c - which prefix means which namespace, while elements open and close
 */
#include "xmpp/xml/scope.h"

#include "gateway/base/arena.h"
#include "xmpp/xml/ns.h"

#define NS_XMLNS "http://www.w3.org/2000/xmlns/"
#define FIRST	 16   /* bindings there is room for at first */
#define KEPT	 1024 /* and between two units */

void xmpp_xml_scope_fini(struct xmpp_xml_scope *s)
{
	mem_free(s->v);
	s->v = NULL;
	s->cap = 0;
}

enum xmpp_xml_fault xmpp_xml_scope_judge(struct str prefix, struct str uri)
{
	bool xml = prefix.p != NULL && str_is(prefix, "xml");

	if (prefix.p != NULL && (uri.n == 0 || str_is(prefix, "xmlns")))
		return XMPP_XML_FAULT_BAD_PREFIX;
	if (str_is(uri, XMPP_NS_XML) != xml || str_is(uri, NS_XMLNS))
		return XMPP_XML_FAULT_BAD_PREFIX;
	return XMPP_XML_FAULT_NONE;
}

static uint32_t bucket_of(const struct xmpp_xml_scope *s, struct str prefix)
{
	return (uint32_t)(map_hash(s->seed, prefix.p, prefix.n) %
			  XMPP_XML_BUCKETS);
}

/* The newest binding of that prefix, counted from 1; 0: none. */
static uint32_t look_up(const struct xmpp_xml_scope *s, struct str prefix,
			uint32_t bucket)
{
	uint32_t i = s->newest[bucket];

	while (i > 0 && !str_eq(s->v[i - 1].prefix, prefix))
		i = s->v[i - 1].older;
	return i;
}

enum xmpp_xml_fault xmpp_xml_scope_bind(struct xmpp_xml_scope *s,
					struct str prefix, struct str uri,
					size_t since)
{
	uint32_t bucket = bucket_of(s, prefix);
	size_t cap = s->cap > 0 ? 2 * s->cap : FIRST;

	if (look_up(s, prefix, bucket) > since)
		return XMPP_XML_FAULT_NOT_WELL_FORMED;
	if (s->n == s->cap) {
		s->v = mem_grow(s->v, s->cap * sizeof(*s->v),
				cap * sizeof(*s->v));
		s->cap = cap;
	}
	s->v[s->n++] = (struct xmpp_xml_binding){ .prefix = prefix,
						  .uri = uri,
						  .bucket = bucket,
						  .older = s->newest[bucket] };
	s->newest[bucket] = (uint32_t)s->n;
	return XMPP_XML_FAULT_NONE;
}

void xmpp_xml_scope_leave(struct xmpp_xml_scope *s, size_t n)
{
	while (s->n > n) {
		const struct xmpp_xml_binding *b = &s->v[--s->n];

		s->newest[b->bucket] = b->older;
	}
	if (s->n == 0 && s->cap > KEPT)
		xmpp_xml_scope_fini(s);
}

struct str xmpp_xml_scope_find(const struct xmpp_xml_scope *s,
			       struct str prefix)
{
	uint32_t i;

	if (s->n == 0)
		return STR_NONE;
	i = look_up(s, prefix, bucket_of(s, prefix));
	return i > 0 ? s->v[i - 1].uri : STR_NONE;
}
