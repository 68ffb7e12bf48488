/* SPDX-License-Identifier: MIT */
/* tag.c - start tags: names, attributes, namespaces (Namespaces in XML 1.0) */
#include <string.h>

#include "xmpp/xml/char.h"
#include "xmpp/xml/parse_private.h"
#include "xmpp/xml/text.h"

#define LEVELS_FIRST 16

/* Its address marks the namespace as inherited from the stream: only that is
 * mapped, not the jabber:server someone wrote inside a wrapper. */
static const char mapped_ns[] = XMPP_NS_CLIENT;

struct qname {
	struct str prefix, local; /* prefix STR_NONE: none */
};

/* Its length, 0: there is none. */
static inline size_t read_qname(const char *p, struct qname *out)
{
	size_t n = xmpp_xml_char_ncname(p);
	struct str first = str_make(p, n);
	size_t more;

	out->prefix = STR_NONE;
	out->local = first;
	if (p[n] != ':' || n == 0)
		return n;
	more = xmpp_xml_char_ncname(p + n + 1);
	out->prefix = first;
	out->local = str_make(p + n + 1, more);
	return more > 0 ? n + 1 + more : 0;
}

static inline char *skip_space(char *at)
{
	while (xmpp_xml_char_space(*at))
		at++;
	return at;
}

static struct xmpp_xml_level *open_level(struct xmpp_xml_parser *p)
{
	struct xmpp_xml_level *l;
	size_t cap = p->cap > 0 ? 2 * p->cap : LEVELS_FIRST;

	if (p->open == p->cap) {
		p->levels = mem_grow(p->levels, p->cap * sizeof(*l),
				     cap * sizeof(*l));
		p->cap = cap;
	}
	l = &p->levels[p->open++];
	l->bindings = p->scope.n;
	if (p->open > 1)
		l->deflt = l[-1].deflt;
	else
		l->deflt = p->custom ? STR_NONE : p->kind->content;
	return l;
}

void xmpp_xml_tag_close(struct xmpp_xml_parser *p)
{
	p->open--;
	if (p->scope.n != p->levels[p->open].bindings)
		xmpp_xml_scope_leave(&p->scope, p->levels[p->open].bindings);
}

static bool declare(struct xmpp_xml_parser *p, struct xmpp_xml_tag *tag,
		    struct str prefix, struct str uri)
{
	struct xmpp_xml_level *l = &p->levels[p->open - 1];
	enum xmpp_xml_fault fault = xmpp_xml_scope_judge(prefix, uri);

	if (fault != XMPP_XML_FAULT_NONE)
		return xmpp_xml_parse_fail(p, fault);
	if (prefix.p != NULL)
		return xmpp_xml_scope_bind(&p->scope, prefix, uri,
					   l->bindings) == XMPP_XML_FAULT_NONE;
	if (tag->defaulted)
		return false;
	tag->defaulted = true;
	l->deflt = uri;
	return true;
}

static bool add_attr(struct xmpp_xml_parser *p, struct xmpp_xml_tag *tag,
		     const struct qname *name, struct str value)
{
	struct xmpp_attr *attr = &p->attrs[tag->attr_count];

	if (tag->attr_count == XMPP_XML_ATTRS)
		return xmpp_xml_parse_fail(p, XMPP_XML_FAULT_POLICY);
	attr->name = name->local;
	attr->ns = name->prefix; /* to be resolved */
	attr->value = value;
	tag->attr_count++;
	tag->foreign |= name->prefix.p != NULL;
	return true;
}

static bool take_attr(struct xmpp_xml_parser *p, struct xmpp_xml_tag *tag,
		      const struct qname *name, struct str value)
{
	if (name->prefix.p == NULL && str_is(name->local, "xmlns"))
		return declare(p, tag, STR_NONE, value);
	if (name->prefix.p != NULL && str_is(name->prefix, "xmlns"))
		return declare(p, tag, name->local, value);
	return add_attr(p, tag, name, value);
}

/* Mostly there is nothing to be decoded.  Gives where reading goes on, NULL:
 * refused. */
static char *read_value(struct xmpp_xml_parser *p, char *at, struct str *out)
{
	enum xmpp_xml_fault fault;
	char quote = *at;
	char *end;

	if (quote != '"' && quote != '\'')
		return NULL;
	end = xmpp_xml_char_plain_ascii(at + 1, quote);
	if (*end == quote) {
		*end = '\0';
		*out = str_make(at + 1, (size_t)(end - at - 1));
		return end + 1;
	}
	fault = xmpp_xml_text_value(&at, out);
	if (fault == XMPP_XML_FAULT_NONE)
		return at;
	xmpp_xml_parse_fail(p, fault);
	return NULL;
}

static char *read_attr(struct xmpp_xml_parser *p, struct xmpp_xml_tag *tag,
		       char *at)
{
	struct qname name;
	struct str value;
	size_t n = read_qname(at, &name);
	char *end = at + n;

	at = skip_space(end);
	if (n == 0 || *at != '=')
		return NULL;
	*end = '\0';
	at = read_value(p, skip_space(at + 1), &value);
	return at != NULL && take_attr(p, tag, &name, value) ? at : NULL;
}

/* STR_NONE: not bound. */
static struct str resolve(const struct xmpp_xml_parser *p, struct str prefix)
{
	struct str ns = xmpp_xml_scope_find(&p->scope, prefix);

	if (ns.p != NULL)
		return ns;
	if (str_is(prefix, "xml"))
		return STR(XMPP_NS_XML);
	if (!p->custom && p->kind->stream && str_is(prefix, "stream"))
		return STR(XMPP_NS_STREAMS);
	if (!p->custom && p->kind->dialback && str_is(prefix, "db"))
		return STR(XMPP_NS_DIALBACK);
	return STR_NONE;
}

/* Once all declarations of the tag are known: an attribute may stand in front
 * of that of its prefix. */
static bool resolve_attrs(struct xmpp_xml_parser *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str *ns = &p->attrs[i].ns;

		if (ns->p == NULL)
			continue;
		*ns = resolve(p, *ns);
		if (ns->p == NULL)
			return xmpp_xml_parse_fail(p,
						   XMPP_XML_FAULT_BAD_PREFIX);
	}
	return true;
}

static bool same_name(const struct xmpp_attr *a, const struct xmpp_attr *b)
{
	return a->name.n == b->name.n && a->name.p[0] == b->name.p[0] &&
	       str_eq(a->name, b->name) && str_eq(a->ns, b->ns);
}

/* Namespaces in XML 1.0, 6.3. */
static bool attrs_differ(const struct xmpp_attr *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (same_name(&v[i], &v[k]))
				return false;
		}
	}
	return true;
}

static bool resolve_element(struct xmpp_xml_parser *p,
			    const struct xmpp_xml_tag *tag)
{
	struct xmpp_xml_level *l = &p->levels[p->open - 1];

	l->ns = l->deflt;
	if (tag->prefix.p == NULL)
		return true;
	l->ns = resolve(p, tag->prefix);
	return l->ns.p != NULL ||
	       xmpp_xml_parse_fail(p, XMPP_XML_FAULT_BAD_PREFIX);
}

/* Up to the bracket that ends the tag, or the slash before it. */
static char *read_attrs(struct xmpp_xml_parser *p, struct xmpp_xml_tag *tag,
			char *at)
{
	while (at != NULL && *at != '>' && *at != '/') {
		char *next = skip_space(at);

		if (*next == '>' || *next == '/')
			return next;
		at = next != at ? read_attr(p, tag, next) : NULL;
	}
	return at;
}

bool xmpp_xml_tag_read(struct xmpp_xml_parser *p, struct xmpp_xml_tag *tag)
{
	struct xmpp_xml_level *l = open_level(p);
	struct qname name;
	size_t n = read_qname(p->in, &name);
	char *at;

	if (n == 0)
		return false;
	l->tag = str_make(p->in, n);
	tag->prefix = name.prefix;
	tag->local = name.local;
	tag->attr_count = 0;
	tag->foreign = false;
	tag->defaulted = false;
	at = read_attrs(p, tag, p->in + n);
	if (at == NULL)
		return false;
	tag->empty = *at == '/';
	if (tag->empty && *++at != '>')
		return false;
	p->in[n] = '\0';
	p->in = at + 1;
	return (!tag->foreign || resolve_attrs(p, tag->attr_count)) &&
	       resolve_element(p, tag) &&
	       attrs_differ(p->attrs, tag->attr_count);
}

static struct str keep_ns(const struct xmpp_xml_parser *p)
{
	const struct xmpp_xml_level *l = &p->levels[p->open - 1];
	const struct stanza *up = p->at;

	if (up != NULL && l->ns.p == l[-1].ns.p)
		return up->ns;
	if (l->ns.n == 0)
		return STR_NONE;
	if (str_eq(l->ns, p->kind->content) &&
	    (up == NULL || up->ns.p == mapped_ns))
		return STR(mapped_ns);
	return l->ns;
}

struct stanza *xmpp_xml_tag_element(struct xmpp_xml_parser *p,
				    const struct xmpp_xml_tag *tag)
{
	struct element {
		struct stanza s;
		struct xmpp_attr attrs[];
	} * e;
	size_t size = tag->attr_count * sizeof(struct xmpp_attr);

	e = arena_alloc(p->a, sizeof(*e) + size);
	e->s.name = tag->local;
	e->s.ns = keep_ns(p);
	if (size > 0) {
		memcpy(e->attrs, p->attrs, size);
		e->s.attrs = e->attrs;
		e->s.attr_count = tag->attr_count;
	}
	return &e->s;
}
