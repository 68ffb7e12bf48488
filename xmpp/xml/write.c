/* SPDX-License-Identifier: MIT */
/* write.c - trees to bytes, with the namespaces a reader needs
 *
 * Whoever parses the output gets the same tree: white space in attribute
 * values and carriage returns are written as references, because a parser
 * would change them (XML 1.0 2.11, 3.3.3).
 */
#include "xmpp/xml/write.h"

#include <string.h>

#define NEAR  32
#define USUAL 500 /* most stanzas are shorter */

/* Names by which the world expects these elements (RFC 6120 4.8.5, XEP-0220);
 * the namespace of XML itself cannot be a default one. */
static const struct prefix {
	struct str ns;
	const char *name;
} prefixes[] = {
	{ { XMPP_NS_STREAMS, sizeof(XMPP_NS_STREAMS) - 1 }, "stream" },
	{ { XMPP_NS_DIALBACK, sizeof(XMPP_NS_DIALBACK) - 1 }, "db" },
	{ { XMPP_NS_XML, sizeof(XMPP_NS_XML) - 1 }, "xml" },
};

struct level {
	const struct stanza *el;
	struct str scope; /* default namespace inside el */
};

/* The elements that are open.  Not parent pointers: shared subtrees have
 * those of another tree. */
struct walk {
	struct level near[NEAR];
	struct level *v;
	size_t n, cap;
};

static void push(struct walk *w, const struct stanza *el, struct str scope)
{
	struct level *grown;

	if (w->n == w->cap) {
		grown = mem_new(2 * w->cap * sizeof(*grown));
		memcpy(grown, w->v, w->n * sizeof(*grown));
		if (w->v != w->near)
			mem_free(w->v);
		w->v = grown;
		w->cap *= 2;
	}
	w->v[w->n++] = (struct level){ .el = el, .scope = scope };
}

#define BIT(c) (1ULL << (c))
#define MARKUP (BIT('&') | BIT('<') | BIT('>') | BIT('\r'))
#define QUOTED (MARKUP | BIT('"') | BIT('\'') | BIT('\t') | BIT('\n'))

static const char *reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	default:
		return "&#13;";
	}
}

#define EACH(byte)     (0x0101010101010101ULL * (byte))
#define HAS_LESS(w, n) (((w)-EACH(n)) & ~(w)&EACH(0x80))

/* Eight bytes of which none is in QUOTED, as nearly all are: looked at in one
 * go ("determine if a word has a byte less than n", Bit Twiddling Hacks).
 * With one bit set < is >, and & is '. */
static bool plain_word(const char *p)
{
	uint64_t w, angle, single, quote;

	memcpy(&w, p, sizeof(w));
	angle = (w | EACH('<' ^ '>')) ^ EACH('>');
	single = (w | EACH('&' ^ '\'')) ^ EACH('\'');
	quote = w ^ EACH('"');
	return (HAS_LESS(w, 0x20) | HAS_LESS(angle, 1) | HAS_LESS(single, 1) |
		HAS_LESS(quote, 1)) == 0;
}

/* How many bytes there are before the first one of set. */
static size_t plain_length(struct str s, uint64_t set)
{
	size_t i = 0;

	while (s.n - i >= sizeof(uint64_t) && plain_word(s.p + i))
		i += sizeof(uint64_t);
	for (; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];

		if (c < 64 && (set >> c & 1) != 0)
			break;
	}
	return i;
}

static void add_escaped(struct buf *out, struct str s, uint64_t set)
{
	for (;;) {
		size_t n = plain_length(s, set);

		buf_add(out, s.p, n);
		if (n == s.n)
			return;
		buf_add_lit(out, reference(s.p[n]));
		s = str_make(s.p + n + 1, s.n - n - 1);
	}
}

static void add_attr(struct buf *out, const char *name, struct str value)
{
	buf_add_char(out, ' ');
	buf_add_lit(out, name);
	buf_add(out, "='", 2);
	add_escaped(out, value, QUOTED);
	buf_add_char(out, '\'');
}

static const struct prefix *prefix_of(struct str ns)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (str_eq(prefixes[i].ns, ns))
			return &prefixes[i];
	}
	return NULL;
}

static void add_name(struct buf *out, const struct stanza *s, struct str scope)
{
	const struct prefix *p = NULL;

	if (!str_eq(s->ns, scope))
		p = prefix_of(s->ns);
	if (p != NULL) {
		buf_add_lit(out, p->name);
		buf_add_char(out, ':');
	}
	buf_add_str(out, s->name);
}

/* Declares what add_name() used; gives the default namespace inside. */
static struct str add_namespace(struct buf *out, const struct stanza *s,
				struct str scope, bool in_stream)
{
	const struct prefix *p;

	if (str_eq(s->ns, scope))
		return scope;
	p = prefix_of(s->ns);
	if (p == NULL) {
		add_attr(out, "xmlns", s->ns);
		return s->ns;
	}
	if (p->ns.p == prefixes[0].ns.p && in_stream)
		return scope;
	if (str_is(p->ns, XMPP_NS_XML))
		return scope;
	buf_add_lit(out, " xmlns:");
	buf_add_lit(out, p->name);
	buf_add(out, "='", 2);
	buf_add_str(out, p->ns);
	buf_add_char(out, '\'');
	return scope;
}

/* Prefixes of attributes are ours: n0, n1, by the first attribute that needs
 * the namespace. */
static void add_foreign_attr(struct buf *out, const struct stanza *s, size_t i)
{
	const struct xmpp_attr *attr = &s->attrs[i];
	size_t first = 0;

	if (str_is(attr->ns, XMPP_NS_XML)) {
		buf_add_lit(out, " xml:");
		buf_add_str(out, attr->name);
	} else {
		while (!str_eq(s->attrs[first].ns, attr->ns))
			first++;
		if (first == i) {
			buf_printf(out, " xmlns:n%zu='", i);
			add_escaped(out, attr->ns, QUOTED);
			buf_add_char(out, '\'');
		}
		buf_printf(out, " n%zu:" STR_FMT, first, STR_ARG(attr->name));
	}
	buf_add(out, "='", 2);
	add_escaped(out, attr->value, QUOTED);
	buf_add_char(out, '\'');
}

/* Mostly nothing needs an escape, and the attribute is known in its length. */
static void add_own_attr(struct buf *out, const struct xmpp_attr *attr,
			 struct str value)
{
	char *to;

	if (plain_length(value, QUOTED) < value.n) {
		buf_add_char(out, ' ');
		buf_add_str(out, attr->name);
		buf_add(out, "='", 2);
		add_escaped(out, value, QUOTED);
		buf_add_char(out, '\'');
		return;
	}
	to = (char *)buf_more(out, attr->name.n + value.n + 4);
	*to++ = ' ';
	to = mempcpy(to, attr->name.p, attr->name.n);
	to = mempcpy(to, "='", 2);
	if (value.n > 0)
		to = mempcpy(to, value.p, value.n);
	*to = '\'';
}

/* `<name attributes`, without the closing bracket. */
static struct str add_start(struct buf *out, const struct stanza *s,
			    struct str scope, bool in_stream)
{
	struct str inside;

	buf_add_char(out, '<');
	add_name(out, s, scope);
	inside = add_namespace(out, s, scope, in_stream);
	for (size_t i = 0; i < s->attr_count; i++) {
		if (s->attrs[i].ns.n > 0)
			add_foreign_attr(out, s, i);
		else
			add_own_attr(out, &s->attrs[i], s->attrs[i].value);
	}
	return inside;
}

static void add_end(struct buf *out, const struct stanza *s, struct str scope)
{
	buf_add(out, "</", 2);
	add_name(out, s, scope);
	buf_add_char(out, '>');
}

/* The default namespace inside s when it stands in scope. */
static struct str scope_inside(const struct stanza *s, struct str scope)
{
	return prefix_of(s->ns) != NULL ? scope : s->ns;
}

/* From the bracket that closes the start tag of s to the end of s. */
static void add_rest(struct buf *out, const struct stanza *s, struct str scope)
{
	struct walk w = { .cap = NEAR };
	const struct stanza *n = s->first;

	if (n == NULL) {
		buf_add(out, "/>", 2);
		return;
	}
	w.v = w.near;
	push(&w, s, scope_inside(s, scope));
	buf_add_char(out, '>');
	while (w.n > 0) {
		struct str outer = w.n > 1 ? w.v[w.n - 2].scope : scope;
		struct level *top = &w.v[w.n - 1];

		if (n == NULL) {
			add_end(out, top->el, outer);
			n = top->el->next;
			w.n--;
		} else if (n->name.p == NULL) {
			add_escaped(out, n->text, MARKUP);
			n = n->next;
		} else {
			struct str in =
				add_start(out, n, top->scope, scope.n > 0);

			if (n->first != NULL) {
				buf_add_char(out, '>');
				push(&w, n, in);
				n = n->first;
			} else {
				buf_add(out, "/>", 2);
				n = n->next;
			}
		}
	}
	if (w.v != w.near)
		mem_free(w.v);
}

static struct frame *to_frame(struct buf *b)
{
	struct frame *f = frame_new(b->data, b->len);

	buf_fini(b);
	return f;
}

void xmpp_xml_write(struct buf *out, const struct stanza *s, struct str scope)
{
	add_start(out, s, scope, scope.n > 0);
	add_rest(out, s, scope);
}

struct frame *xmpp_xml_frame(const struct stanza *s, struct str scope)
{
	struct buf b = { .data = NULL };

	buf_reserve(&b, USUAL);
	xmpp_xml_write(&b, s, scope);
	return to_frame(&b);
}

static struct str *patched(struct xmpp_xml_patch *p, struct str name)
{
	if (str_is(name, "to"))
		return &p->to;
	if (str_is(name, "from"))
		return &p->from;
	return str_is(name, "id") ? &p->id : NULL;
}

void xmpp_xml_write_head(struct buf *out, const struct stanza *s,
			 const struct xmpp_xml_patch *patch, struct str scope)
{
	struct xmpp_xml_patch left = *patch;

	buf_add_char(out, '<');
	add_name(out, s, scope);
	add_namespace(out, s, scope, scope.n > 0);
	for (size_t i = 0; i < s->attr_count; i++) {
		const struct xmpp_attr *attr = &s->attrs[i];
		struct str *with =
			attr->ns.n == 0 ? patched(&left, attr->name) : NULL;

		if (attr->ns.n > 0) {
			add_foreign_attr(out, s, i);
		} else if (with != NULL && with->p != NULL) {
			add_own_attr(out, attr, *with);
			with->p = NULL;
		} else {
			add_own_attr(out, attr, attr->value);
		}
	}
	if (left.to.p != NULL)
		add_attr(out, "to", left.to);
	if (left.from.p != NULL)
		add_attr(out, "from", left.from);
	if (left.id.p != NULL)
		add_attr(out, "id", left.id);
}

struct frame *xmpp_xml_tail(const struct stanza *s, struct str scope)
{
	struct buf b = { .data = NULL };

	add_rest(&b, s, scope);
	return to_frame(&b);
}

static void add_optional(struct buf *out, const char *name, struct str value)
{
	if (value.n > 0)
		add_attr(out, name, value);
}

void xmpp_xml_write_opening(struct buf *out, const struct xmpp_xml_opening *o)
{
	buf_add_lit(out, "<?xml version='1.0'?><stream:stream");
	add_attr(out, "xmlns", str_of(o->content_ns));
	buf_add_lit(out, " xmlns:stream='" XMPP_NS_STREAMS "'");
	if (o->dialback)
		buf_add_lit(out, " xmlns:db='" XMPP_NS_DIALBACK "'");
	add_optional(out, "id", o->id);
	add_optional(out, "from", o->from);
	add_optional(out, "to", o->to);
	add_optional(out, "version", o->version);
	add_optional(out, "xml:lang", o->lang);
	buf_add_char(out, '>');
}

void xmpp_xml_write_value(struct buf *out, struct str s)
{
	add_escaped(out, s, QUOTED);
}
