/* SPDX-License-Identifier: MIT */
/* header.c - stream headers, and what their stanzas inherit */
#include <string.h>

#include "xmpp/xml/char.h"
#include "xmpp/xml/decl.h"
#include "xmpp/xml/parse_private.h"
#include "xmpp/xml/write.h"

#define ROOT_MAX 1024 /* what a connection may make us keep */

static const struct xmpp_xml_kind_def nothing = { .content = { NULL, 0 } };

/* Declarations of a header. */
struct declared {
	struct str content; /* the default namespace, STR_NONE: none */
	bool stream, dialback, other; /* which prefixes */
};

static void add_declaration(struct buf *tag, struct str prefix, struct str uri)
{
	buf_add_lit(tag, prefix.p != NULL ? " xmlns:" : " xmlns");
	buf_add_str(tag, prefix);
	buf_add_lit(tag, "='");
	xmpp_xml_write_value(tag, uri);
	buf_add_char(tag, '\'');
}

static struct declared look(const struct xmpp_xml_parser *p)
{
	struct declared d = { .content = p->levels[0].deflt };

	for (size_t i = 0; i < p->scope.n; i++) {
		const struct xmpp_xml_binding *b = &p->scope.v[i];

		if (str_is(b->prefix, "stream") &&
		    str_is(b->uri, XMPP_NS_STREAMS))
			d.stream = true;
		else if (str_is(b->prefix, "db") &&
			 str_is(b->uri, XMPP_NS_DIALBACK))
			d.dialback = true;
		else
			d.other = true;
	}
	return d;
}

static enum xmpp_xml_kind kind_of(const struct declared *d)
{
	if (str_is(d->content, XMPP_NS_CLIENT))
		return XMPP_XML_CLIENT;
	if (str_is(d->content, XMPP_NS_SERVER))
		return d->dialback ? XMPP_XML_DIALBACK : XMPP_XML_SERVER;
	if (str_is(d->content, XMPP_NS_COMPONENT))
		return XMPP_XML_COMPONENT;
	return XMPP_XML_DOCUMENT;
}

/* A start tag that declares the same, to be read before each stanza; false
 * when it is too long to be kept. */
static bool make_custom(const struct xmpp_xml_parser *p, struct str content,
			struct str *out)
{
	struct buf tag = { .data = NULL };
	bool fits;

	buf_add_lit(&tag, "<root");
	if (content.p != NULL)
		add_declaration(&tag, STR_NONE, content);
	for (size_t i = 0; i < p->scope.n; i++)
		add_declaration(&tag, p->scope.v[i].prefix, p->scope.v[i].uri);
	buf_add_char(&tag, '>');
	fits = tag.len <= ROOT_MAX;
	if (fits)
		*out = arena_str(p->a, buf_str(&tag));
	buf_fini(&tag);
	return fits;
}

/* The usual declarations need no tag. */
static bool make_root(const struct xmpp_xml_parser *p, const struct declared *d,
		      struct xmpp_xml_root *out)
{
	*out = (struct xmpp_xml_root){ .kind = kind_of(d) };
	if (d->stream && !d->other && out->kind != XMPP_XML_DOCUMENT &&
	    d->dialback == (out->kind == XMPP_XML_DIALBACK))
		return true;
	return make_custom(p, d->content, &out->custom);
}

static bool fill(struct xmpp_xml_parser *p, const struct stanza *s,
		 struct xmpp_xml_header *out)
{
	struct declared d = look(p);

	*out = (struct xmpp_xml_header){
		.element = s,
		.content_ns = d.content,
		.to = stanza_attr(s, "to"),
		.from = stanza_attr(s, "from"),
		.id = stanza_attr(s, "id"),
		.version = stanza_attr(s, "version"),
		.lang = stanza_lang(s),
	};
	return make_root(p, &d, &out->root) ||
	       xmpp_xml_parse_fail(p, XMPP_XML_FAULT_POLICY);
}

static bool read_header(struct xmpp_xml_parser *p, struct xmpp_xml_header *out)
{
	struct xmpp_xml_tag tag;

	while (xmpp_xml_char_space(*p->in))
		p->in++;
	if (p->in[0] == '<' && (p->in[1] == '!' || p->in[1] == '?'))
		return xmpp_xml_parse_fail(p, XMPP_XML_FAULT_RESTRICTED);
	if (*p->in++ != '<' || !xmpp_xml_tag_read(p, &tag))
		return false;
	if (tag.empty)
		return xmpp_xml_parse_fail(p, XMPP_XML_FAULT_BAD_FORMAT);
	return p->in == p->end && fill(p, xmpp_xml_tag_element(p, &tag), out);
}

enum gw_err xmpp_xml_parse_header(struct xmpp_xml_parser *p, struct str unit,
				  struct arena *a, struct xmpp_xml_header *out)
{
	enum xmpp_xml_fault fault = xmpp_xml_decl_cut(&unit);

	if (fault == XMPP_XML_FAULT_NONE && unit.n == 0)
		fault = XMPP_XML_FAULT_NOT_WELL_FORMED;
	p->fault = fault;
	if (fault != XMPP_XML_FAULT_NONE)
		return GW_BAD_INPUT;
	p->kind = &nothing;
	xmpp_xml_parse_begin(p, STR_NONE, unit, a);
	return xmpp_xml_parse_end(p, unit, read_header(p, out));
}
