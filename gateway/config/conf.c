/* SPDX-License-Identifier: MIT */
/* conf.c - rows and nodes in, filled structs and errors out
 *
 * Sections nest as deep as the file does, at most CONF_DEPTH_MAX: that bounds
 * the recursion through conf_fill().
 */
#include "gateway/config/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/config/conf_private.h"

#define PATH_MAX_KEYS	(CONF_DEPTH_MAX * 2)
#define SUGGEST_MAX	32 /* longer words are not compared */
#define LISTED_KEYS_MAX 12

enum conf_shape conf_shape(const struct conf_node *n)
{
	return n->shape;
}

unsigned conf_line(const struct conf_node *n)
{
	return n->line;
}

struct str conf_scalar(const struct conf_node *n)
{
	return n->shape == CONF_SCALAR ? n->text : STR_NONE;
}

size_t conf_count(const struct conf_node *n)
{
	return n->count;
}

const struct conf_node *conf_item(const struct conf_node *n, size_t i)
{
	return i < n->count ? n->items[i] : NULL;
}

struct str conf_key(const struct conf_node *n, size_t i)
{
	return i < n->count ? n->items[i]->key : STR_NONE;
}

const struct conf_node *conf_get(const struct conf_node *n, const char *key)
{
	if (n->shape != CONF_TABLE)
		return NULL;
	for (size_t i = 0; i < n->count; i++)
		if (str_is(n->items[i]->key, key))
			return n->items[i];
	return NULL;
}

struct arena *conf_arena(struct conf_reader *r)
{
	return r->arena;
}

const struct conf_node *conf_here(const struct conf_reader *r)
{
	return r->here;
}

bool conf_is_empty(const struct conf_node *n)
{
	return n->shape == CONF_SCALAR && n->text.n == 0;
}

struct str conf_quote(struct str s)
{
	size_t n = s.n < 60 ? s.n : 60;

	/* Not in the middle of a character. */
	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_make(s.p, n);
}

void conf_reader_init(struct conf_reader *r, struct arena *a, const char *name)
{
	*r = (struct conf_reader){ .arena = a, .name = name };
	r->faults = arena_alloc(a, CONF_FAULT_MAX * sizeof(*r->faults));
}

/* "route.routes[1].matchers: ", or nothing for the whole file. */
static void add_path(struct buf *out, const struct conf_node *n)
{
	const struct conf_node *chain[PATH_MAX_KEYS];
	size_t depth = 0;

	for (; n->parent != NULL && depth < PATH_MAX_KEYS; n = n->parent)
		chain[depth++] = n;
	if (depth == 0)
		return;
	for (size_t i = depth; i-- > 0;) {
		if (chain[i]->parent->shape == CONF_LIST)
			buf_printf(out, "[%zu]", chain[i]->index);
		else
			buf_printf(out, "%s" STR_FMT, i + 1 < depth ? "." : "",
				   STR_ARG(conf_quote(chain[i]->key)));
	}
	buf_add_lit(out, ": ");
}

enum gw_err conf_error(struct conf_reader *r, const struct conf_node *n,
		       const char *fmt, ...)
{
	struct buf out = { 0 };
	char text[512];
	va_list ap;

	if (n == NULL)
		n = r->here;
	if (r->count++ >= CONF_FAULT_MAX)
		return GW_BAD_INPUT;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(&out, "%s:", r->name);
	if (n != NULL) {
		buf_printf(&out, "%u: ", n->line);
		add_path(&out, n);
	} else {
		buf_add_char(&out, ' ');
	}
	buf_add_lit(&out, text);
	/* One error is one line, whatever the file holds. */
	for (size_t i = 0; i < out.len; i++)
		if (out.data[i] < 0x20 || out.data[i] == 0x7f)
			out.data[i] = '?';
	r->faults[r->count - 1] = (struct conf_fault){
		.line = n != NULL ? n->line : 0,
		.order = r->count,
		.text = arena_strndup(r->arena, (const char *)out.data,
				      out.len),
	};
	buf_fini(&out);
	return GW_BAD_INPUT;
}

static int by_line(const void *a, const void *b)
{
	const struct conf_fault *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void conf_reader_errors(struct conf_reader *r, struct buf *out)
{
	size_t kept = r->count < CONF_FAULT_MAX ? r->count : CONF_FAULT_MAX;

	qsort(r->faults, kept, sizeof(*r->faults), by_line);
	for (size_t i = 0; i < kept; i++)
		buf_printf(out, "%s\n", r->faults[i].text);
	if (r->count > kept)
		buf_printf(out, "%s: and %zu more errors\n", r->name,
			   r->count - kept);
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Insertions, deletions, changes and swaps of neighbours from a to b. */
static unsigned distance(struct str a, struct str b)
{
	unsigned d[SUGGEST_MAX + 1][SUGGEST_MAX + 1];

	for (unsigned i = 0; i <= a.n; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= b.n; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		for (size_t j = 1; j <= b.n; j++) {
			unsigned change = a.p[i - 1] != b.p[j - 1];

			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
					d[i - 1][j - 1] + change);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1,
						d[i][j]);
		}
	}
	return d[a.n][b.n];
}

static const char *closest(const struct conf_section *s, struct str key)
{
	unsigned limit = key.n <= 3 ? 1 : key.n <= 8 ? 2 : 3, best = limit + 1;
	const char *found = NULL;

	if (key.n > SUGGEST_MAX)
		return NULL;
	for (const struct conf_opt *o = s->opts; o->key != NULL; o++) {
		struct str known = str_of(o->key);
		unsigned d;

		if (known.n > SUGGEST_MAX)
			continue;
		d = distance(key, known);
		if (d < best && d < known.n) {
			best = d;
			found = o->key;
		}
	}
	return found;
}

static void unknown_key(struct conf_reader *r, const struct conf_section *s,
			const struct conf_node *n)
{
	const char *near = closest(s, n->key);
	struct buf known = { 0 };
	size_t count = 0;

	if (near != NULL) {
		conf_error(r, n, "unknown key, did you mean `%s'?", near);
		return;
	}
	for (const struct conf_opt *o = s->opts; o->key != NULL; o++)
		buf_printf(&known, "%s%s", count++ > 0 ? ", " : "", o->key);
	if (count == 0)
		conf_error(r, n, "unknown key: this table takes none");
	else if (count <= LISTED_KEYS_MAX)
		conf_error(r, n, "unknown key, known here: %s",
			   (const char *)known.data);
	else
		conf_error(r, n, "unknown key, see muster.yaml(5)");
	buf_fini(&known);
}

static const char *shape_name(const struct conf_node *n)
{
	switch (n->shape) {
	case CONF_SCALAR:
		return "text";
	case CONF_LIST:
		return "a list";
	case CONF_TABLE:
		return "a table";
	}
	return "";
}

/* The list or table a row asks for; NULL when nothing stands there. */
static enum gw_err take_shape(struct conf_reader *r, const struct conf_node *n,
			      enum conf_shape want,
			      const struct conf_node **out)
{
	*out = NULL;
	if (n == NULL || conf_is_empty(n))
		return GW_OK;
	if (n->shape != want)
		return conf_error(r, n, "must be %s, not %s",
				  want == CONF_LIST
					  ? "a list (lines that begin with -)"
					  : "a table (lines of key: value)",
				  shape_name(n));
	*out = n;
	return GW_OK;
}

static enum gw_err check_count(struct conf_reader *r,
			       const struct conf_opt *opt,
			       const struct conf_node *n, size_t count)
{
	int64_t have = (int64_t)count;

	if ((opt->min == 0 && opt->max == 0) ||
	    (have >= opt->min && have <= opt->max))
		return GW_OK;
	return conf_error(r, n, "%zu entries where %lld to %lld are allowed",
			  count, (long long)opt->min, (long long)opt->max);
}

static enum gw_err fill_map(struct conf_reader *r, const struct conf_opt *opt,
			    const struct conf_node *n, struct conf_map *map)
{
	const struct conf_node *table;
	enum gw_err err = take_shape(r, n, CONF_TABLE, &table), each;

	if (err != GW_OK)
		return err;
	map->count = table != NULL ? table->count : 0;
	map->entries =
		arena_alloc(r->arena, (map->count + 1) * sizeof(*map->entries));
	for (size_t i = 0; i < map->count; i++) {
		struct conf_entry *e = &map->entries[i];

		e->name = table->items[i]->key.p;
		e->line = table->items[i]->line;
		e->value = arena_alloc(r->arena, opt->sub->size);
		each = conf_fill(r, opt->sub, table->items[i], e->value);
		if (each != GW_OK)
			err = each;
	}
	each = check_count(r, opt, n, map->count);
	return err != GW_OK ? err : each;
}

static enum gw_err fill_seq(struct conf_reader *r, const struct conf_opt *opt,
			    const struct conf_node *n, struct conf_seq *seq)
{
	const struct conf_node *list;
	enum gw_err err = take_shape(r, n, CONF_LIST, &list), each;

	if (err != GW_OK)
		return err;
	seq->count = list != NULL ? list->count : 0;
	seq->items =
		arena_alloc(r->arena, (seq->count + 1) * sizeof(*seq->items));
	for (size_t i = 0; i < seq->count; i++) {
		seq->items[i] = arena_alloc(r->arena, opt->sub->size);
		each = conf_fill(r, opt->sub, list->items[i], seq->items[i]);
		if (each != GW_OK)
			err = each;
	}
	each = check_count(r, opt, n, seq->count);
	return err != GW_OK ? err : each;
}

static enum gw_err split_list(struct conf_reader *r, struct str text,
			      struct conf_texts *out)
{
	struct str rest = text, piece;
	size_t count = 0;
	const char **items;

	for (size_t i = 0; i < text.n; i++)
		count += text.p[i] == ',';
	items = arena_alloc(r->arena, (count + 2) * sizeof(*items));
	out->count = 0;
	while (str_split(&rest, ',', &piece)) {
		piece = str_trim(piece);
		if (piece.n > 0)
			items[out->count++] =
				arena_strndup(r->arena, piece.p, piece.n);
	}
	out->items = items;
	return GW_OK;
}

static enum gw_err fill_texts(struct conf_reader *r, const struct conf_opt *opt,
			      const struct conf_node *n, struct conf_texts *out)
{
	struct str def = str_of(opt->def);
	const char **items;

	if (n == NULL && str_starts(def, "[") && str_ends(def, "]"))
		return split_list(r, str_make(def.p + 1, def.n - 2), out);
	if (n != NULL && n->shape == CONF_TABLE)
		return conf_error(r, n,
				  "must be a list of texts or one text, "
				  "not a table");
	if (n != NULL && n->shape == CONF_LIST)
		out->count = n->count;
	else
		out->count = (n != NULL ? n->text.n : def.n) > 0;
	items = arena_alloc(r->arena, (out->count + 1) * sizeof(*items));
	out->items = items;
	for (size_t i = 0; i < out->count; i++) {
		const struct conf_node *item = n;

		if (n != NULL && n->shape == CONF_LIST)
			item = n->items[i];
		if (item != NULL && item->shape != CONF_SCALAR)
			return conf_error(r, item, "must be text, not %s",
					  shape_name(item));
		items[i] = item != NULL ? item->text.p : opt->def;
	}
	return check_count(r, opt, n, out->count);
}

static enum gw_err fill_scalar(struct conf_reader *r,
			       const struct conf_opt *opt,
			       const struct conf_node *n, void *field)
{
	if (n == NULL)
		return conf_value_read(r, opt, NULL, str_of(opt->def), field);
	if (n->shape != CONF_SCALAR)
		return conf_error(r, n, "must be one value, not %s",
				  shape_name(n));
	return conf_value_read(r, opt, n, n->text, field);
}

static enum gw_err fill_node(struct conf_reader *r, const struct conf_opt *opt,
			     const struct conf_node *n, void *field)
{
	size_t before = r->count;
	enum gw_err err = opt->parse(r, n, field);

	if (err != GW_OK && r->count == before)
		return conf_error(r, n, "not understood: %s", opt->doc);
	return err == GW_OK && r->count == before ? GW_OK : GW_BAD_INPUT;
}

/* n NULL: the row's default. */
static enum gw_err fill_kind(struct conf_reader *r, const struct conf_opt *opt,
			     const struct conf_node *n, void *field)
{
	switch (opt->kind) {
	case CONF_SECTION:
		return conf_fill(r, opt->sub, n, field);
	case CONF_MAP:
		return fill_map(r, opt, n, field);
	case CONF_SEQ:
		return fill_seq(r, opt, n, field);
	case CONF_TEXTS:
		return fill_texts(r, opt, n, field);
	case CONF_NODE:
		return fill_node(r, opt, n, field);
	case CONF_BOOL:
	case CONF_INT:
	case CONF_SPAN:
	case CONF_BYTES:
	case CONF_TEXT:
	case CONF_ENUM:
		return fill_scalar(r, opt, n, field);
	}
	return GW_INTERNAL;
}

/* A section being filled. */
struct filling {
	const struct conf_section *section;
	const struct conf_node *table; /* absent: in the place it would have */
	char *value;
	bool unset; /* has a required key, and was left out */
};

static enum gw_err fill_missing(struct conf_reader *r, struct filling *f,
				const struct conf_opt *opt)
{
	struct conf_node place = {
		.shape = CONF_TABLE,
		.absent = true,
		.line = f->table->line,
		.key = str_of(opt->key),
		.parent = f->table,
	};
	enum gw_err err;

	r->here = &place;
	if (opt->def != NULL)
		err = fill_kind(r, opt, NULL, f->value + opt->offset);
	else if (f->table->absent &&
		 conf_value_unset(opt, f->value + opt->offset))
		err = GW_OK;
	else if (f->unset)
		err = GW_OK;
	else
		err = conf_error(r, &place, "required, and not there: %s",
				 opt->doc != NULL ? opt->doc : "give it");
	r->here = f->table;
	return err;
}

static bool may_be_left_out(const struct conf_section *s, char *value)
{
	for (const struct conf_opt *o = s->opts; o->key != NULL; o++)
		if (o->def == NULL && conf_value_unset(o, value + o->offset))
			return true;
	return false;
}

static const struct conf_node **sort_keys(struct conf_reader *r,
					  const struct filling *f)
{
	const struct conf_opt *opts = f->section->opts;
	const struct conf_node **given;
	size_t rows = 0, row;

	while (opts[rows].key != NULL)
		rows++;
	given = arena_alloc(r->arena, (rows + 1) * sizeof(*given));
	for (size_t i = 0; i < f->table->count; i++) {
		const struct conf_node *n = f->table->items[i];

		for (row = 0; row < rows; row++)
			if (str_is(n->key, opts[row].key))
				break;
		if (row < rows)
			given[row] = n;
		else
			unknown_key(r, f->section, n);
	}
	return given;
}

static enum gw_err fill_rows(struct conf_reader *r, struct filling *f)
{
	const struct conf_section *s = f->section;
	size_t before = r->count;
	const struct conf_node **given = sort_keys(r, f);
	enum gw_err err = GW_OK, each;

	for (size_t i = 0; s->opts[i].key != NULL; i++) {
		const struct conf_opt *o = &s->opts[i];

		r->here = given[i];
		each = given[i] == NULL ? fill_missing(r, f, o)
					: fill_kind(r, o, given[i],
						    f->value + o->offset);
		if (each != GW_OK)
			err = each;
	}
	r->here = f->table;
	if (err != GW_OK || r->count != before)
		return GW_BAD_INPUT;
	if (f->unset || s->check == NULL)
		return GW_OK;
	err = s->check(r, f->value);
	if (err != GW_OK && r->count == before)
		return conf_error(r, NULL, "does not fit together");
	return r->count == before ? GW_OK : GW_BAD_INPUT;
}

enum gw_err conf_fill(struct conf_reader *r, const struct conf_section *s,
		      const struct conf_node *n, void *value)
{
	const struct conf_node *outer = r->here;
	struct conf_node nothing = { .line = 1 };
	struct filling f = { .section = s, .table = n, .value = value };
	enum gw_err err;

	if (n == NULL || conf_is_empty(n)) {
		if (n != NULL || outer != NULL)
			nothing = n != NULL ? *n : *outer;
		nothing.shape = CONF_TABLE;
		nothing.count = 0;
		nothing.absent = n == NULL && outer != NULL;
		f.table = &nothing;
	} else if (n->shape != CONF_TABLE) {
		return conf_error(r, n,
				  "must be a table (lines of key: value), not "
				  "%s",
				  shape_name(n));
	}
	f.unset = n == NULL && f.table->absent && may_be_left_out(s, value);
	r->here = f.table;
	err = fill_rows(r, &f);
	r->here = outer;
	return err;
}
