/* SPDX-License-Identifier: MIT */
/* yaml.c - a YAML file as a small tree of text; the only user of libyaml
 *
 * The event interface is used, because it alone gives lines and leaves every
 * scalar as text.  It neither expands nor bounds aliases: that is done here,
 * by copying, so that each node has one place in the file and one path.
 * Depth is bounded, and nothing here recurses.
 */
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "gateway/config/conf_private.h"

struct anchor {
	struct str name;
	struct conf_node *node;
};

struct tree {
	struct conf_reader *r;
	struct str yaml;
	struct conf_node *root;
	struct conf_node *stack[CONF_DEPTH_MAX];
	size_t depth;
	size_t nodes;
	size_t documents;
	struct anchor *anchors;
	size_t anchor_count;
	struct str key; /* read, its value not yet */
	unsigned key_line;
	bool have_key;
};

static unsigned line_of(const yaml_event_t *e)
{
	return (unsigned)e->start_mark.line + 1;
}

/* For what is wrong at a line and not (only) with a node. */
static enum gw_err fail_at(struct tree *t, unsigned line, const char *what)
{
	struct conf_node place = { .line = line };

	if (t->depth > 0) {
		place.parent = t->stack[t->depth - 1]->parent;
		place.key = t->stack[t->depth - 1]->key;
		place.index = t->stack[t->depth - 1]->index;
	}
	return conf_error(t->r, &place, "%s", what);
}

static struct conf_node *top(const struct tree *t)
{
	return t->depth > 0 ? t->stack[t->depth - 1] : NULL;
}

static struct conf_node *new_node(struct tree *t, enum conf_shape shape)
{
	struct conf_node *n;

	if (t->nodes == CONF_NODE_MAX)
		return NULL;
	t->nodes++;
	n = arena_alloc(t->r->arena, sizeof(*n));
	n->shape = shape;
	return n;
}

/* A new node at the place where the reading is. */
static enum gw_err add_node(struct tree *t, enum conf_shape shape,
			    unsigned line, struct conf_node **out)
{
	struct conf_node *parent = top(t), *n = new_node(t, shape);

	*out = n;
	if (n == NULL)
		return fail_at(t, line,
			       "more than 100,000 values, aliases expanded: "
			       "split or shorten the file");
	n->line = line;
	n->parent = parent;
	if (parent == NULL) {
		t->root = n;
		return GW_OK;
	}
	n->index = parent->count++;
	if (parent->shape == CONF_TABLE) {
		n->key = t->key;
		n->line = t->key_line;
		t->have_key = false;
	}
	if (parent->last != NULL)
		parent->last->next = n;
	else
		parent->first = n;
	parent->last = n;
	return GW_OK;
}

static struct anchor *find_anchor(struct tree *t, struct str name)
{
	for (size_t i = 0; i < t->anchor_count; i++)
		if (str_eq(t->anchors[i].name, name))
			return &t->anchors[i];
	return NULL;
}

/* A name given again means the newer node from there on (YAML 1.1, 3.2.2.2).
 */
static enum gw_err set_anchor(struct tree *t, const yaml_char_t *name,
			      struct conf_node *n)
{
	struct str key = str_of((const char *)name);
	struct anchor *a;

	if (name == NULL)
		return GW_OK;
	a = find_anchor(t, key);
	if (a == NULL && t->anchor_count == CONF_ANCHOR_MAX)
		return fail_at(t, n->line, "more than 1,000 anchors");
	if (a == NULL) {
		a = &t->anchors[t->anchor_count++];
		a->name = arena_str(t->r->arena, key);
	}
	a->node = n;
	return GW_OK;
}

static bool tag_is(const yaml_char_t *tag, const char *type)
{
	struct str s = str_of((const char *)tag);

	if (tag == NULL || str_is(s, "!"))
		return true;
	return str_starts(s, "tag:yaml.org,2002:") && str_ends(s, type);
}

static enum gw_err fail_tag(struct tree *t, unsigned line)
{
	return fail_at(t, line,
		       "YAML tags (!name) are not used here: leave "
		       "the tag out");
}

static enum gw_err take_key(struct tree *t, const yaml_event_t *e)
{
	struct str s = str_make((const char *)e->data.scalar.value,
				e->data.scalar.length);

	if (e->data.scalar.anchor != NULL)
		return fail_at(t, line_of(e), "a key cannot have an anchor");
	if (s.n == 0 || s.n > CONF_KEY_MAX)
		return fail_at(t, line_of(e), "a key must have 1 to 255 bytes");
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return fail_at(t, line_of(e),
				       "a key cannot hold control characters");
	if (str_is(s, "<<"))
		return fail_at(t, line_of(e),
			       "merge keys (<<) are not used "
			       "here: write the keys out");
	t->key = arena_str(t->r->arena, s);
	t->key_line = line_of(e);
	t->have_key = true;
	return GW_OK;
}

static bool wants_key(const struct tree *t)
{
	return t->depth > 0 && top(t)->shape == CONF_TABLE && !t->have_key;
}

static enum gw_err on_scalar(struct tree *t, const yaml_event_t *e)
{
	struct str s = str_make((const char *)e->data.scalar.value,
				e->data.scalar.length);
	struct conf_node *n;
	enum gw_err err;

	if (!tag_is(e->data.scalar.tag, ":str"))
		return fail_tag(t, line_of(e));
	if (wants_key(t))
		return take_key(t, e);
	err = add_node(t, CONF_SCALAR, line_of(e), &n);
	if (err != GW_OK)
		return err;
	if (memchr(s.p, 0, s.n) != NULL)
		return conf_error(t->r, n, "text cannot hold a zero byte");
	n->text = arena_str(t->r->arena, s);
	return set_anchor(t, e->data.scalar.anchor, n);
}

static enum gw_err on_open(struct tree *t, const yaml_event_t *e,
			   enum conf_shape shape, const yaml_char_t *anchor)
{
	struct conf_node *n;
	enum gw_err err;

	if (wants_key(t))
		return fail_at(t, line_of(e),
			       "a key must be text, not a list or table");
	if (t->depth == CONF_DEPTH_MAX)
		return fail_at(t, line_of(e), "nested deeper than 32 levels");
	err = add_node(t, shape, line_of(e), &n);
	if (err != GW_OK)
		return err;
	n->open = true;
	t->stack[t->depth++] = n;
	return set_anchor(t, anchor, n);
}

static int by_key(const void *a, const void *b)
{
	const struct conf_node *x = *(const struct conf_node *const *)a;
	const struct conf_node *y = *(const struct conf_node *const *)b;
	int order = str_cmp(x->key, y->key);

	if (order != 0)
		return order;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void find_duplicates(struct tree *t, const struct conf_node *table)
{
	size_t size = table->count * sizeof(*table->items);
	const struct conf_node **sorted;

	if (table->count < 2)
		return;
	sorted = arena_alloc(t->r->arena, size);
	memcpy(sorted, table->items, size);
	qsort(sorted, table->count, sizeof(*sorted), by_key);
	for (size_t i = 1; i < table->count; i++)
		if (str_eq(sorted[i]->key, sorted[i - 1]->key))
			conf_error(t->r, sorted[i],
				   "given twice, first in line %u: "
				   "keep one of them",
				   sorted[i - 1]->line);
}

static void on_close(struct tree *t)
{
	struct conf_node *n = t->stack[--t->depth];
	size_t i = 0;

	n->open = false;
	n->items = arena_alloc(t->r->arena, (n->count + 1) * sizeof(*n->items));
	for (struct conf_node *c = n->first; c != NULL; c = c->next)
		n->items[i++] = c;
	if (n->shape == CONF_TABLE)
		find_duplicates(t, n);
}

/* One node of a copy; its children follow later. */
static struct conf_node *copy_node(struct tree *t, const struct conf_node *from,
				   const struct conf_node *parent)
{
	struct conf_node *n = new_node(t, from->shape);

	if (n == NULL)
		return NULL;
	n->line = from->line;
	n->key = from->key;
	n->index = from->index;
	n->parent = parent;
	n->text = from->text;
	n->count = from->count;
	if (from->shape != CONF_SCALAR)
		n->items = arena_alloc(t->r->arena,
				       (n->count + 1) * sizeof(*n->items));
	return n;
}

static enum gw_err copy_children(struct tree *t, const struct conf_node *from,
				 struct conf_node *to)
{
	struct {
		const struct conf_node *from;
		struct conf_node *to;
		size_t next;
	} stack[CONF_DEPTH_MAX], *f = stack;
	size_t depth = 1;

	stack[0].from = from;
	stack[0].to = to;
	stack[0].next = 0;
	while (depth > 0) {
		const struct conf_node *child;
		struct conf_node *copy;

		f = &stack[depth - 1];
		if (f->next == f->to->count) {
			depth--;
			continue;
		}
		child = f->from->items[f->next];
		copy = copy_node(t, child, f->to);
		if (copy == NULL)
			return fail_at(t, to->line,
				       "more than 100,000 values once its "
				       "aliases are expanded");
		f->to->items[f->next++] = copy;
		if (child->shape == CONF_SCALAR)
			continue;
		if (t->depth + depth >= CONF_DEPTH_MAX)
			return fail_at(t, to->line,
				       "nested deeper than 32 levels once its "
				       "aliases are expanded");
		stack[depth].from = child;
		stack[depth].to = copy;
		stack[depth++].next = 0;
	}
	return GW_OK;
}

static enum gw_err on_alias(struct tree *t, const yaml_event_t *e)
{
	struct str name = str_of((const char *)e->data.alias.anchor);
	const struct anchor *a = find_anchor(t, name);
	struct conf_node *n;
	enum gw_err err;

	if (wants_key(t))
		return fail_at(t, line_of(e), "a key cannot be an alias");
	if (a == NULL)
		return fail_at(t, line_of(e),
			       "an alias (*name) for which no anchor (&name) "
			       "stands above it");
	if (a->node->open)
		return fail_at(t, line_of(e),
			       "an alias inside of what it stands for");
	err = add_node(t, a->node->shape, line_of(e), &n);
	if (err != GW_OK)
		return err;
	n->text = a->node->text;
	if (n->shape == CONF_SCALAR)
		return GW_OK;
	if (t->depth == CONF_DEPTH_MAX)
		return fail_at(t, line_of(e), "nested deeper than 32 levels");
	n->count = a->node->count;
	n->items = arena_alloc(t->r->arena, (n->count + 1) * sizeof(*n->items));
	return copy_children(t, a->node, n);
}

static enum gw_err on_event(struct tree *t, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return GW_OK;
	case YAML_DOCUMENT_START_EVENT:
		if (t->documents++ > 0)
			return fail_at(t, line_of(e),
				       "a second document begins here (---): "
				       "one file holds one");
		return GW_OK;
	case YAML_ALIAS_EVENT:
		return on_alias(t, e);
	case YAML_SCALAR_EVENT:
		return on_scalar(t, e);
	case YAML_SEQUENCE_START_EVENT:
		if (!tag_is(e->data.sequence_start.tag, ":seq"))
			return fail_tag(t, line_of(e));
		return on_open(t, e, CONF_LIST, e->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		if (!tag_is(e->data.mapping_start.tag, ":map"))
			return fail_tag(t, line_of(e));
		return on_open(t, e, CONF_TABLE, e->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_close(t);
		return GW_OK;
	}
	return GW_INTERNAL;
}

/* The reader of libyaml knows the byte where it stopped, but no line. */
static unsigned line_at(struct str yaml, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset && i < yaml.n; i++)
		line += yaml.p[i] == '\n';
	return line;
}

static bool indented_by_tab(struct str yaml, unsigned line)
{
	struct str one = STR_NONE;

	for (unsigned i = 0; i < line; i++)
		if (!str_split(&yaml, '\n', &one))
			return false;
	for (size_t i = 0; i < one.n && (one.p[i] == ' ' || one.p[i] == '\t');
	     i++)
		if (one.p[i] == '\t')
			return true;
	return false;
}

static void syntax_error(struct tree *t, const yaml_parser_t *p)
{
	const char *problem = p->problem != NULL ? p->problem : "no memory";
	struct conf_node place = { .line = (unsigned)p->problem_mark.line + 1 };

	t->depth = 0;
	if (p->error == YAML_READER_ERROR) {
		place.line = line_at(t->yaml, p->problem_offset);
		conf_error(t->r, &place, "not readable as UTF-8 text: %s",
			   problem);
	} else if (indented_by_tab(t->yaml, place.line)) {
		conf_error(t->r, &place,
			   "not valid YAML: indent with spaces, not tabs");
	} else if (p->context != NULL) {
		conf_error(t->r, &place,
			   "not valid YAML: %s, %s that began in line %zu",
			   problem, p->context, p->context_mark.line + 1);
	} else {
		conf_error(t->r, &place, "not valid YAML: %s", problem);
	}
}

static enum gw_err read_events(struct tree *t, yaml_parser_t *p)
{
	yaml_event_t e;
	bool last = false;
	enum gw_err err = GW_OK;

	while (err == GW_OK && !last) {
		if (!yaml_parser_parse(p, &e)) {
			syntax_error(t, p);
			return GW_BAD_INPUT;
		}
		last = e.type == YAML_STREAM_END_EVENT;
		err = on_event(t, &e);
		yaml_event_delete(&e);
	}
	return err;
}

enum gw_err yaml_tree(struct conf_reader *r, struct str yaml,
		      const struct conf_node **root)
{
	struct tree t = { .r = r, .yaml = yaml };
	yaml_parser_t parser;
	enum gw_err err;

	*root = NULL;
	if (!yaml_parser_initialize(&parser))
		return GW_UNAVAIL;
	t.anchors = arena_alloc(r->arena, CONF_ANCHOR_MAX * sizeof(*t.anchors));
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.p,
				     yaml.n);
	err = read_events(&t, &parser);
	yaml_parser_delete(&parser);
	*root = t.root;
	return err;
}
