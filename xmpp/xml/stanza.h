/* SPDX-License-Identifier: MIT */
/* stanza.h - a stanza: a tree of elements and text in an arena
 *
 * What the parser made is not changed any more: to alter it, take
 * stanza_copy_head().  Builders work on trees of the caller's own.  Names and
 * namespaces given as C strings are not copied (literals, or memory of the
 * same arena); values and text are copied and cleaned: bytes that XML cannot
 * carry become U+FFFD, so that no mail subject can break a peer's stream.
 * Nothing here recurses, however deep the tree.  The look-ups stand here, so
 * that the lengths of literals are known when it is compiled.
 */
#ifndef GW_XMPP_XML_STANZA_H
#define GW_XMPP_XML_STANZA_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/arena.h"
#include "gateway/base/str.h"
#include "xmpp/xml/ns.h"

struct xmpp_attr {
	struct str name;
	struct str ns; /* empty: none */
	struct str value;
};

struct stanza {
	struct str name; /* .p NULL: a text node */
	struct str ns;	 /* empty: none */
	const struct xmpp_attr *attrs;
	size_t attr_count;
	struct stanza *first, *last; /* children */
	struct stanza *next;
	struct stanza *parent; /* below stanza_copy_head: of the original */
	struct str text;
};

/* An element of that name and namespace; .p NULL means any. */
static inline bool stanza_like(const struct stanza *s, struct str name,
			       struct str ns)
{
	return s->name.p != NULL && (name.p == NULL || str_eq(s->name, name)) &&
	       (ns.p == NULL || str_eq(s->ns, ns));
}

/* NULL as name or ns means any, "" as ns means none; s may be NULL. */
static inline bool stanza_is(const struct stanza *s, const char *name,
			     const char *ns)
{
	return s != NULL && stanza_like(s, str_of(name), str_of(ns));
}

struct stanza *stanza_sibling(struct stanza *s, struct str name, struct str ns);
const struct xmpp_attr *stanza_find_attr(const struct stanza *s,
					 struct str name);

/* STR_NONE when absent; name is of an attribute without namespace. */
static inline struct str stanza_attr(const struct stanza *s, const char *name)
{
	const struct xmpp_attr *attr = stanza_find_attr(s, str_of(name));

	return attr != NULL ? attr->value : STR_NONE;
}

struct str stanza_attr_ns(const struct stanza *s, const char *name,
			  const char *ns);
struct str stanza_lang(const struct stanza *s); /* own xml:lang only */
/* Child elements in document order; NULL at the end.  s may be NULL. */
static inline struct stanza *stanza_child(const struct stanza *s,
					  const char *name, const char *ns)
{
	return s != NULL ? stanza_sibling(s->first, str_of(name), str_of(ns))
			 : NULL;
}

struct stanza *stanza_first_element(const struct stanza *s);
struct stanza *stanza_next_element(const struct stanza *s);
struct stanza *stanza_next(const struct stanza *s, const char *name,
			   const char *ns); /* the next sibling like that */
/* All text directly inside s; empty when none, borrowed when one piece. */
struct str stanza_text(struct arena *a, const struct stanza *s);
/* Text of a child, STR_NONE when there is no such child. */
struct str stanza_child_text(struct arena *a, const struct stanza *s,
			     const char *name, const char *ns);

struct stanza *stanza_new(struct arena *a, const char *name, const char *ns);
/* Replaces the value of an attribute of that name, or adds it. */
void stanza_set_attr(struct arena *a, struct stanza *s, const char *name,
		     struct str value);
void stanza_set_lang(struct arena *a, struct stanza *s, struct str lang);
void stanza_del_attr(struct arena *a, struct stanza *s, const char *name);
/* child must be in no tree; a parsed stanza may be added once (then take
 * stanza_copy_head() of it). */
void stanza_add(struct stanza *parent, struct stanza *child);
struct stanza *stanza_add_new(struct arena *a, struct stanza *parent,
			      const char *name, const char *ns);
void stanza_add_text(struct arena *a, struct stanza *parent, struct str text);
/* <name xmlns=ns>text</name> in one go. */
struct stanza *stanza_add_leaf(struct arena *a, struct stanza *parent,
			       const char *name, const char *ns,
			       struct str text);
/* Takes the child out of parent's list; parent must be a tree of our own. */
void stanza_remove(struct stanza *parent, struct stanza *child);

/* Deep; the copy shares nothing with s but C-string literals. */
struct stanza *stanza_copy(struct arena *a, const struct stanza *s);
/* The element, its attributes and its list of children are new, so they may be
 * changed; what the children hold is shared and must live as long. */
struct stanza *stanza_copy_head(struct arena *a, const struct stanza *s);

#endif
