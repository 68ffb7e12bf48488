/* SPDX-License-Identifier: MIT */
/* config_schema.c - the rows as a JSON Schema (draft 2020-12)
 *
 * Editors complete and check muster.yaml with it, the console draws its page
 * from it.  What JSON Schema has no word for stands in "x-kind", "x-min" and
 * "x-max".  A section inside of itself is a $ref to where it began.
 */
#include "gateway/config/conf_private.h"
#include "gateway/run/json.h"

#define ROW_DEPTH_MAX 32

struct schema {
	struct json_out out;
	struct buf pointer; /* RFC 6901, of what is being written */
	const struct conf_section *open[ROW_DEPTH_MAX];
	size_t begin[ROW_DEPTH_MAX]; /* lengths of the pointer there */
	size_t depth;
};

static void add_section(struct schema *s, const struct conf_section *section);

static const char *kind_name(enum conf_kind kind)
{
	switch (kind) {
	case CONF_BOOL:
		return "bool";
	case CONF_INT:
		return "int";
	case CONF_SPAN:
		return "span";
	case CONF_BYTES:
		return "bytes";
	case CONF_TEXT:
		return "text";
	case CONF_ENUM:
		return "enum";
	case CONF_TEXTS:
		return "texts";
	case CONF_SECTION:
		return "section";
	case CONF_MAP:
		return "map";
	case CONF_SEQ:
		return "seq";
	case CONF_NODE:
		return "node";
	}
	return "";
}

static void add_bounds(struct json_out *j, const struct conf_opt *o,
		       const char *min, const char *max)
{
	if (o->min == 0 && o->max == 0)
		return;
	json_out_int(j, min, o->min);
	if (o->max != INT64_MAX)
		json_out_int(j, max, o->max);
}

static void add_names(struct json_out *j, const struct conf_opt *o)
{
	json_out_array(j, "enum");
	for (size_t i = 0; o->names[i] != NULL; i++)
		json_out_text(j, NULL, o->names[i]);
	json_out_end_array(j);
}

static void add_texts(struct json_out *j, const struct conf_opt *o)
{
	json_out_array(j, "anyOf");
	json_out_object(j, NULL);
	json_out_text(j, "type", "string");
	json_out_end_object(j);
	json_out_object(j, NULL);
	json_out_text(j, "type", "array");
	json_out_object(j, "items");
	json_out_text(j, "type", "string");
	json_out_end_object(j);
	add_bounds(j, o, "minItems", "maxItems");
	json_out_end_object(j);
	json_out_end_array(j);
}

static void add_scalar(struct json_out *j, const struct conf_opt *o)
{
	switch (o->kind) {
	case CONF_BOOL:
		json_out_text(j, "type", "boolean");
		return;
	case CONF_INT:
		json_out_text(j, "type", "integer");
		add_bounds(j, o, "minimum", "maximum");
		return;
	case CONF_SPAN:
		json_out_text(j, "pattern",
			      "^(0|(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?"
			      "(\\d+ms)?)$");
		add_bounds(j, o, "x-min", "x-max");
		return;
	case CONF_BYTES:
		json_out_text(j, "pattern",
			      "^\\d+( ?(B|[kK]B|MB|GB|KiB|MiB|GiB))?$");
		add_bounds(j, o, "x-min", "x-max");
		return;
	case CONF_TEXT:
		add_bounds(j, o, "x-min", "x-max");
		return;
	case CONF_ENUM:
		add_names(j, o);
		return;
	case CONF_TEXTS:
		add_texts(j, o);
		return;
	case CONF_SECTION:
	case CONF_MAP:
	case CONF_SEQ:
	case CONF_NODE:
		return;
	}
}

/* One object with the schema of a section, under a key of the parent's. */
static void add_sub(struct schema *s, const struct conf_opt *o)
{
	size_t mark = s->pointer.len;

	if (o->kind == CONF_SECTION) {
		add_section(s, o->sub);
		return;
	}
	if (o->kind == CONF_MAP) {
		json_out_text(&s->out, "type", "object");
		json_out_object(&s->out, "additionalProperties");
		buf_add_lit(&s->pointer, "/additionalProperties");
	} else {
		json_out_text(&s->out, "type", "array");
		json_out_object(&s->out, "items");
		buf_add_lit(&s->pointer, "/items");
	}
	add_section(s, o->sub);
	json_out_end_object(&s->out);
	buf_cut(&s->pointer, mark);
}

static void add_row(struct schema *s, const struct conf_opt *o)
{
	size_t mark = s->pointer.len;

	buf_printf(&s->pointer, "/properties/%s", o->key);
	json_out_object(&s->out, o->key);
	if (o->doc != NULL)
		json_out_text(&s->out, "description", o->doc);
	json_out_text(&s->out, "x-kind", kind_name(o->kind));
	if (o->def != NULL && o->sub == NULL)
		json_out_text(&s->out, "default", o->def);
	if (o->sub != NULL)
		add_sub(s, o);
	else
		add_scalar(&s->out, o);
	json_out_end_object(&s->out);
	buf_cut(&s->pointer, mark);
}

static bool add_reference(struct schema *s, const struct conf_section *section)
{
	for (size_t i = 0; i < s->depth; i++) {
		struct buf ref = { 0 };

		if (s->open[i] != section)
			continue;
		buf_add_char(&ref, '#');
		buf_add(&ref, s->pointer.data, s->begin[i]);
		json_out_str(&s->out, "$ref", buf_str(&ref));
		buf_fini(&ref);
		return true;
	}
	return s->depth == ROW_DEPTH_MAX;
}

static void add_section(struct schema *s, const struct conf_section *section)
{
	struct json_out *j = &s->out;

	if (add_reference(s, section))
		return;
	s->open[s->depth] = section;
	s->begin[s->depth++] = s->pointer.len;
	json_out_text(j, "type", "object");
	json_out_bool(j, "additionalProperties", false);
	json_out_array(j, "required");
	for (const struct conf_opt *o = section->opts; o->key != NULL; o++)
		if (o->def == NULL)
			json_out_text(j, NULL, o->key);
	json_out_end_array(j);
	json_out_object(j, "properties");
	for (const struct conf_opt *o = section->opts; o->key != NULL; o++)
		add_row(s, o);
	json_out_end_object(j);
	s->depth--;
}

void config_schema(const struct config_root *roots, struct buf *out)
{
	struct arena *a = arena_new();
	struct schema s = { .depth = 0 };

	json_out_init(&s.out, out);
	json_out_object(&s.out, NULL);
	json_out_text(&s.out, "$schema",
		      "https://json-schema.org/draft/2020-12/schema");
	json_out_text(&s.out, "title", "muster.yaml");
	add_section(&s, config_section(a, roots));
	json_out_end_object(&s.out);
	buf_fini(&s.pointer);
	arena_free(&a);
}
