/* SPDX-License-Identifier: MIT */
/* parse_private.h - the parser's state while it reads one unit
 *
 * The unit is copied once, into the arena of its tree, with XMPP_XML_PAD bytes
 * of zero behind it; names, values and text of the tree are pieces of the copy,
 * decoded and 0-terminated in place.
 */
#ifndef GW_XMPP_XML_PARSE_PRIVATE_H
#define GW_XMPP_XML_PARSE_PRIVATE_H

#include "xmpp/xml/parse.h"
#include "xmpp/xml/scope.h"

/* More than any scanner lets through: a unit of the writer's has a declaration
 * for each foreign attribute. */
#define XMPP_XML_ATTRS 256

/* An element that is open, or the stream header around the unit. */
struct xmpp_xml_level {
	struct str tag;	  /* as written: the end tag must say the same */
	struct str deflt; /* default namespace */
	struct str ns;	  /* of the element, before it is mapped */
	size_t bindings;  /* outside of it */
};

struct xmpp_xml_kind_def {
	struct str content;    /* the namespace that becomes jabber:client */
	bool stream, dialback; /* which prefixes are declared */
};

struct xmpp_xml_parser {
	struct xmpp_xml_scope scope;
	struct xmpp_xml_level *levels;
	size_t open, cap;			/* levels */
	struct xmpp_attr attrs[XMPP_XML_ATTRS]; /* of the tag at hand */
	enum xmpp_xml_fault fault;
	/* The unit at hand. */
	const struct xmpp_xml_kind_def *kind;
	bool custom; /* the prefixes are those of a header, not the kind's */
	struct arena *a;
	char *in, *end; /* what is left of the copy */
	struct stanza *root, *at;
};

/* A start tag that was read: its declarations are in force, its attributes in
 * p->attrs. */
struct xmpp_xml_tag {
	struct str prefix, local; /* prefix STR_NONE: none */
	size_t attr_count;
	bool foreign;	/* an attribute has a prefix */
	bool defaulted; /* xmlns was declared */
	bool empty;	/* ended by /> */
};

/* All false when refused; p->fault stays NONE for what is simply not
 * well-formed. */

/* From the byte behind < to behind >; opens a level. */
bool xmpp_xml_tag_read(struct xmpp_xml_parser *p, struct xmpp_xml_tag *tag);
/* The element of the tag just read, in no tree yet. */
struct stanza *xmpp_xml_tag_element(struct xmpp_xml_parser *p,
				    const struct xmpp_xml_tag *tag);
void xmpp_xml_tag_close(struct xmpp_xml_parser *p);

/* Copies the pieces and looks at the first. */
void xmpp_xml_parse_begin(struct xmpp_xml_parser *p, struct str header,
			  struct str unit, struct arena *a);
/* GW_BAD_INPUT with p->fault unless ok. */
enum gw_err xmpp_xml_parse_end(struct xmpp_xml_parser *p, struct str unit,
			       bool ok) GW_CHECKED;
bool xmpp_xml_parse_fail(struct xmpp_xml_parser *p, enum xmpp_xml_fault fault);

#endif
