/* SPDX-License-Identifier: MIT */
/* conf.c - rows and nodes in, filled structs out
 *
 * Sections nest as deep as the file does, at most CONF_DEPTH_MAX: that bounds
 * the recursion through conf_fill().
 */
#include "gateway/config/conf.h"

#include "gateway/config/conf_private.h"

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
			conf_error_unknown(r, f->section, n);
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
