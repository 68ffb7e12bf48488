/* SPDX-License-Identifier: MIT */
/* parse.c - XML as XMPP speaks it (RFC 6120 11), whole units only
 *
 * One pass over a copy of the unit.  There is no DTD, so no entities but the
 * five, no default attributes and no other encoding; whatever is not this
 * subset of XML 1.0 (fifth edition, but see name.c) and Namespaces in XML 1.0
 * (third) is refused.  Nothing recurses, and no work grows with the square of
 * the input.
 */
#include "xmpp/xml/parse.h"

#include <string.h>

#include "xmpp/xml/char.h"
#include "xmpp/xml/parse_private.h"
#include "xmpp/xml/text.h"

#define UNIT_MAX    INT32_MAX
#define LEVELS_KEPT 1024 /* between two units */

static const struct xmpp_xml_kind_def kinds[] = {
	[XMPP_XML_DOCUMENT] = { { NULL, 0 }, false, false },
	[XMPP_XML_CLIENT] = { { XMPP_NS_CLIENT, sizeof(XMPP_NS_CLIENT) - 1 },
			      true,
			      false },
	[XMPP_XML_SERVER] = { { XMPP_NS_SERVER, sizeof(XMPP_NS_SERVER) - 1 },
			      true,
			      false },
	[XMPP_XML_DIALBACK] = { { XMPP_NS_SERVER, sizeof(XMPP_NS_SERVER) - 1 },
				true,
				true },
	[XMPP_XML_COMPONENT] = { { XMPP_NS_COMPONENT,
				   sizeof(XMPP_NS_COMPONENT) - 1 },
				 true,
				 false },
};

bool xmpp_xml_parse_fail(struct xmpp_xml_parser *p, enum xmpp_xml_fault fault)
{
	p->fault = fault;
	return false;
}

static bool start_tag(struct xmpp_xml_parser *p)
{
	struct xmpp_xml_tag tag;
	struct stanza *s;

	if (p->root != NULL && p->at == NULL) /* a second element */
		return false;
	p->in++;
	if (!xmpp_xml_tag_read(p, &tag))
		return false;
	s = xmpp_xml_tag_element(p, &tag);
	if (p->at != NULL)
		stanza_add(p->at, s);
	else
		p->root = s;
	if (tag.empty)
		xmpp_xml_tag_close(p);
	else
		p->at = s;
	return true;
}

static bool end_tag(struct xmpp_xml_parser *p)
{
	struct str want;

	if (p->at == NULL)
		return false;
	want = p->levels[p->open - 1].tag;
	p->in += 2;
	if ((size_t)(p->end - p->in) < want.n ||
	    memcmp(p->in, want.p, want.n) != 0)
		return false;
	p->in += want.n;
	while (xmpp_xml_char_space(*p->in))
		p->in++;
	if (*p->in != '>')
		return false;
	p->in++;
	p->at = p->at->parent;
	xmpp_xml_tag_close(p);
	return true;
}

/* The scanner refused these already; whoever feeds units of another origin is
 * safe as well. */
static bool restricted(struct xmpp_xml_parser *p)
{
	if (p->in[1] == '!' && strncmp(p->in, "<!--", 4) != 0)
		return false;
	return xmpp_xml_parse_fail(p, XMPP_XML_FAULT_RESTRICTED);
}

static bool markup(struct xmpp_xml_parser *p)
{
	switch (p->in[1]) {
	case '/':
		return end_tag(p);
	case '!':
	case '?':
		return restricted(p);
	default:
		return start_tag(p);
	}
}

/* Character data, which ends at *end: only there, once the markup behind it is
 * read, is room to terminate it.  Mostly there is nothing to be decoded. */
static bool text(struct xmpp_xml_parser *p, char **end)
{
	char *from = p->in;
	enum xmpp_xml_fault fault;
	struct stanza *node;

	*end = xmpp_xml_char_plain_ascii(from, ']');
	if (**end == '<' && (*end)[1] != '!') {
		p->in = *end;
	} else {
		fault = xmpp_xml_text_content(&p->in, end);
		if (fault != XMPP_XML_FAULT_NONE)
			return xmpp_xml_parse_fail(p, fault);
	}
	if (*end == from)
		return true;
	if (p->at == NULL)
		return xmpp_xml_parse_fail(p, XMPP_XML_FAULT_BAD_FORMAT);
	node = arena_alloc(p->a, sizeof(*node));
	node->text = str_make(from, (size_t)(*end - from));
	stanza_add(p->at, node);
	return true;
}

/* The unit is one element, to its last byte. */
static bool whole(const struct xmpp_xml_parser *p)
{
	return p->in == p->end && p->root != NULL && p->at == NULL;
}

static bool content(struct xmpp_xml_parser *p)
{
	while (*p->in != '\0') {
		char *end = NULL;

		if ((p->in[0] != '<' || p->in[1] == '!') && !text(p, &end))
			return false;
		if (*p->in == '\0')
			break;
		if (!markup(p))
			return false;
		if (end != NULL)
			*end = '\0';
	}
	return whole(p);
}

void xmpp_xml_parse_begin(struct xmpp_xml_parser *p, struct str header,
			  struct str unit, struct arena *a)
{
	char *copy = arena_alloc(a, header.n + unit.n + XMPP_XML_PAD);

	if (header.n > 0)
		memcpy(copy, header.p, header.n);
	memcpy(copy + header.n, unit.p, unit.n);
	p->custom = header.n > 0;
	p->a = a;
	p->in = copy;
	p->end = copy + header.n + unit.n;
	p->root = NULL;
	p->at = NULL;
	p->open = 0;
	p->fault = XMPP_XML_FAULT_NONE;
}

enum gw_err xmpp_xml_parse_end(struct xmpp_xml_parser *p, struct str unit,
			       bool ok)
{
	if (p->scope.n > 0)
		xmpp_xml_scope_leave(&p->scope, 0);
	if (p->cap > LEVELS_KEPT) {
		mem_free(p->levels);
		p->levels = NULL;
		p->cap = 0;
	}
	if (ok)
		return GW_OK;
	if (p->fault == XMPP_XML_FAULT_NONE)
		p->fault = XMPP_XML_FAULT_NOT_WELL_FORMED;
	if (p->fault == XMPP_XML_FAULT_NOT_WELL_FORMED && !str_utf8_valid(unit))
		p->fault = XMPP_XML_FAULT_ENCODING;
	return GW_BAD_INPUT;
}

static enum gw_err refuse(struct xmpp_xml_parser *p, enum gw_err err,
			  enum xmpp_xml_fault fault)
{
	p->fault = fault;
	return err;
}

struct xmpp_xml_parser *xmpp_xml_parser_new(unsigned long salt)
{
	struct xmpp_xml_parser *p = mem_new(sizeof(*p));

	p->scope.seed = (struct map_seed){ salt, ~(uint64_t)salt };
	return p;
}

void xmpp_xml_parser_free(struct xmpp_xml_parser **p)
{
	if (*p == NULL)
		return;
	xmpp_xml_scope_fini(&(*p)->scope);
	mem_free((*p)->levels);
	mem_free(*p);
	*p = NULL;
}

enum gw_err xmpp_xml_parse(struct xmpp_xml_parser *p,
			   const struct xmpp_xml_root *root, struct str unit,
			   struct arena *a, struct stanza **out)
{
	static const struct xmpp_xml_root document = {
		.kind = XMPP_XML_DOCUMENT
	};
	struct xmpp_xml_tag tag;
	enum gw_err err;
	bool ok;

	if (root == NULL)
		root = &document;
	if (unit.n == 0 || unit.n > UNIT_MAX)
		return refuse(p, GW_BAD_INPUT, XMPP_XML_FAULT_NOT_WELL_FORMED);
	p->kind = &kinds[root->kind];
	xmpp_xml_parse_begin(p, root->custom, unit, a);
	ok = !p->custom || (p->in++, xmpp_xml_tag_read(p, &tag));
	err = xmpp_xml_parse_end(p, unit, ok && content(p));
	if (err == GW_OK)
		*out = p->root;
	return err;
}

enum xmpp_xml_fault xmpp_xml_parser_fault(const struct xmpp_xml_parser *p)
{
	return p->fault;
}
