/* SPDX-License-Identifier: MIT */
/* stanza.c - the tree of a stanza: look-ups, builders, copies */
#include "xmpp/xml/stanza.h"

#include <assert.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static bool like(struct str s, const char *want)
{
	return want == NULL || str_is(s, want);
}

/* Length of the XML 1.0 Char that starts at s.p, 0 when there is none. */
static size_t char_length(struct str s)
{
	uint8_t c = (uint8_t)s.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return 0;
	if (n > s.n || !str_utf8_valid(str_make(s.p, n)))
		return 0;
	if (n == 3 && memcmp(s.p, "\xef\xbf", 2) == 0 &&
	    (uint8_t)s.p[2] >= 0xbe) /* U+FFFE, U+FFFF */
		return 0;
	return n;
}

static size_t clean_length(struct str s)
{
	size_t at = 0;

	while (at < s.n) {
		uint8_t c = (uint8_t)s.p[at];
		size_t n = c >= 0x20 && c < 0x80
				   ? 1
				   : char_length(str_make(s.p + at, s.n - at));

		if (n == 0)
			break;
		at += n;
	}
	return at;
}

static struct str clean(struct arena *a, struct str s)
{
	size_t good = clean_length(s);
	char *out;
	size_t n = 0;

	if (good == s.n)
		return s.p != NULL ? arena_str(a, s) : STR("");
	out = arena_alloc(a, s.n * (sizeof(REPLACEMENT) - 1) + 1);
	while (s.n > 0) {
		memcpy(out + n, s.p, good);
		n += good;
		s = str_make(s.p + good, s.n - good);
		if (s.n == 0)
			break;
		memcpy(out + n, REPLACEMENT, sizeof(REPLACEMENT) - 1);
		n += sizeof(REPLACEMENT) - 1;
		s = str_make(s.p + 1, s.n - 1);
		good = clean_length(s);
	}
	return str_make(out, n);
}

static const struct xmpp_attr *find_attr(const struct stanza *s,
					 const char *name, const char *ns)
{
	struct str want = str_of(name);

	for (size_t i = 0; s != NULL && i < s->attr_count; i++) {
		if (str_eq(s->attrs[i].name, want) && like(s->attrs[i].ns, ns))
			return &s->attrs[i];
	}
	return NULL;
}

static void put_attr(struct arena *a, struct stanza *s, struct xmpp_attr attr)
{
	struct xmpp_attr *attrs;
	size_t i = 0;

	while (i < s->attr_count && !(str_eq(s->attrs[i].name, attr.name) &&
				      str_eq(s->attrs[i].ns, attr.ns)))
		i++;
	attrs = arena_alloc(a, (s->attr_count + 1) * sizeof(*attrs));
	if (s->attr_count > 0)
		memcpy(attrs, s->attrs, s->attr_count * sizeof(*attrs));
	if (i == s->attr_count)
		s->attr_count++;
	attrs[i] = attr;
	s->attrs = attrs;
}

struct stanza *stanza_sibling(struct stanza *s, struct str name, struct str ns)
{
	while (s != NULL && !stanza_like(s, name, ns))
		s = s->next;
	return s;
}

const struct xmpp_attr *stanza_find_attr(const struct stanza *s,
					 struct str name)
{
	for (size_t i = 0; s != NULL && i < s->attr_count; i++) {
		if (str_eq(s->attrs[i].name, name) && s->attrs[i].ns.n == 0)
			return &s->attrs[i];
	}
	return NULL;
}

struct str stanza_attr_ns(const struct stanza *s, const char *name,
			  const char *ns)
{
	const struct xmpp_attr *attr = find_attr(s, name, ns);

	return attr != NULL ? attr->value : STR_NONE;
}

struct str stanza_lang(const struct stanza *s)
{
	return stanza_attr_ns(s, "lang", XMPP_NS_XML);
}

struct stanza *stanza_first_element(const struct stanza *s)
{
	return stanza_child(s, NULL, NULL);
}

struct stanza *stanza_next_element(const struct stanza *s)
{
	return stanza_next(s, NULL, NULL);
}

struct stanza *stanza_next(const struct stanza *s, const char *name,
			   const char *ns)
{
	return s != NULL ? stanza_sibling(s->next, str_of(name), str_of(ns))
			 : NULL;
}

struct str stanza_text(struct arena *a, const struct stanza *s)
{
	const struct stanza *only = NULL;
	size_t pieces = 0, n = 0;
	char *out;

	for (const struct stanza *c = s != NULL ? s->first : NULL; c != NULL;
	     c = c->next) {
		if (c->name.p != NULL)
			continue;
		only = c;
		pieces++;
		n += c->text.n;
	}
	if (pieces <= 1)
		return only != NULL ? only->text : STR("");
	out = arena_alloc(a, n + 1);
	n = 0;
	for (const struct stanza *c = s->first; c != NULL; c = c->next) {
		if (c->name.p != NULL)
			continue;
		memcpy(out + n, c->text.p, c->text.n);
		n += c->text.n;
	}
	return str_make(out, n);
}

struct str stanza_child_text(struct arena *a, const struct stanza *s,
			     const char *name, const char *ns)
{
	const struct stanza *child = stanza_child(s, name, ns);

	return child != NULL ? stanza_text(a, child) : STR_NONE;
}

struct stanza *stanza_new(struct arena *a, const char *name, const char *ns)
{
	struct stanza *s = arena_alloc(a, sizeof(*s));

	s->name = str_of(name);
	s->ns = str_of(ns);
	return s;
}

void stanza_set_attr(struct arena *a, struct stanza *s, const char *name,
		     struct str value)
{
	put_attr(a, s,
		 (struct xmpp_attr){ .name = str_of(name),
				     .value = clean(a, value) });
}

void stanza_set_lang(struct arena *a, struct stanza *s, struct str lang)
{
	put_attr(a, s,
		 (struct xmpp_attr){ .name = STR("lang"),
				     .ns = STR(XMPP_NS_XML),
				     .value = clean(a, lang) });
}

void stanza_del_attr(struct arena *a, struct stanza *s, const char *name)
{
	const struct xmpp_attr *attr = stanza_find_attr(s, str_of(name));
	struct xmpp_attr *attrs;
	size_t at;

	if (attr == NULL)
		return;
	at = (size_t)(attr - s->attrs);
	attrs = arena_alloc(a, s->attr_count * sizeof(*attrs));
	memcpy(attrs, s->attrs, at * sizeof(*attrs));
	memcpy(attrs + at, attr + 1, (s->attr_count - at - 1) * sizeof(*attrs));
	s->attrs = attrs;
	s->attr_count--;
}

void stanza_add(struct stanza *parent, struct stanza *child)
{
	assert(child->parent == NULL && child->next == NULL);
	child->parent = parent;
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

struct stanza *stanza_add_new(struct arena *a, struct stanza *parent,
			      const char *name, const char *ns)
{
	struct stanza *child = stanza_new(a, name, ns);

	stanza_add(parent, child);
	return child;
}

void stanza_add_text(struct arena *a, struct stanza *parent, struct str text)
{
	struct stanza *child;

	if (text.n == 0)
		return;
	child = arena_alloc(a, sizeof(*child));
	child->text = clean(a, text);
	stanza_add(parent, child);
}

struct stanza *stanza_add_leaf(struct arena *a, struct stanza *parent,
			       const char *name, const char *ns,
			       struct str text)
{
	struct stanza *child = stanza_add_new(a, parent, name, ns);

	stanza_add_text(a, child, text);
	return child;
}

void stanza_remove(struct stanza *parent, struct stanza *child)
{
	struct stanza **link = &parent->first;
	struct stanza *before = NULL;

	assert(child->parent == parent);
	while (*link != child) {
		before = *link;
		link = &before->next;
	}
	*link = child->next;
	if (parent->last == child)
		parent->last = before;
	child->next = NULL;
	child->parent = NULL;
}

static struct stanza *copy_node(struct arena *a, const struct stanza *s)
{
	struct stanza *n = arena_alloc(a, sizeof(*n));

	*n = *s;
	n->parent = NULL;
	n->next = NULL;
	return n;
}

/* Gives s children of its own in place of those it took over. */
static void own_children(struct arena *a, struct stanza *s)
{
	const struct stanza *shared = s->first;

	s->first = NULL;
	s->last = NULL;
	for (; shared != NULL; shared = shared->next)
		stanza_add(s, copy_node(a, shared));
}

/* What own() takes. */
static size_t size_of(struct str s)
{
	return s.n + 1;
}

/* A copy behind *to, which moves on. */
static struct str own(char **to, struct str s)
{
	char *copy = *to;

	if (s.p == NULL)
		return STR_NONE;
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	*to += s.n + 1;
	return str_make(copy, s.n);
}

/* All of one element in one piece. */
static void own_strings(struct arena *a, struct stanza *s)
{
	const struct xmpp_attr *shared = s->attrs;
	struct xmpp_attr *attrs = NULL;
	size_t size = size_of(s->name) + size_of(s->ns);
	char *text;

	if (s->name.p == NULL) {
		s->text = arena_str(a, s->text);
		return;
	}
	for (size_t i = 0; i < s->attr_count; i++)
		size += size_of(shared[i].name) + size_of(shared[i].ns) +
			size_of(shared[i].value);
	if (s->attr_count > 0)
		attrs = arena_alloc(a, s->attr_count * sizeof(*attrs));
	text = arena_alloc(a, size);
	s->name = own(&text, s->name);
	s->ns = own(&text, s->ns);
	for (size_t i = 0; i < s->attr_count; i++) {
		attrs[i].name = own(&text, shared[i].name);
		attrs[i].ns = own(&text, shared[i].ns);
		attrs[i].value = own(&text, shared[i].value);
	}
	s->attrs = attrs;
}

struct stanza *stanza_copy(struct arena *a, const struct stanza *s)
{
	struct stanza *root = copy_node(a, s);
	struct stanza *n = root;

	/* Pre-order over the copy, whose parent pointers are its own; a node's
	 * children are still the original's until the walk comes to it. */
	for (;;) {
		own_strings(a, n);
		own_children(a, n);
		if (n->first != NULL) {
			n = n->first;
			continue;
		}
		while (n != root && n->next == NULL)
			n = n->parent;
		if (n == root)
			return root;
		n = n->next;
	}
}

struct stanza *stanza_copy_head(struct arena *a, const struct stanza *s)
{
	struct stanza *n = copy_node(a, s);

	own_children(a, n);
	return n;
}
