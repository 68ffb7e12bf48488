/* SPDX-License-Identifier: MIT */
/* config_manual.c - muster.yaml(5) from the rows, as man(7) source
 *
 * Recursion is as deep as the rows nest; a section inside of itself is
 * described once.
 */
#include "gateway/config/conf_private.h"

#define ROW_DEPTH_MAX 32

struct manual {
	struct buf *out;
	struct str path[ROW_DEPTH_MAX]; /* names and "NAME", "[]" */
	const struct conf_section *open[ROW_DEPTH_MAX];
	size_t depth;
};

static const char head[] =
	".TH MUSTER.YAML 5 \"\" \"muster " MUSTER_VERSION "\"\n"
	".SH NAME\n"
	"muster.yaml \\- the configuration of musterd\n"
	".SH DESCRIPTION\n"
	"One YAML file of at most 4 MiB.\n"
	"Every value is text until the key it belongs to gives it a type, so\n"
	"that\n"
	".B no\n"
	"or\n"
	".B 1e3\n"
	"never change by themselves.\n"
	"Anchors and aliases may be used; tags and merge keys may not.\n"
	"An unknown key, a key given twice and a value out of its range are\n"
	"errors, and all of them are reported together with their lines.\n"
	".PP\n"
	".B muster config check\n"
	"reads the file and reports;\n"
	".B muster config effective\n"
	"prints every key with the value in effect.\n"
	".PP\n"
	"A yes or no is written yes, no, true, false, on or off.\n"
	"A time is a number with a unit: 500ms, 90s, 5m, 1h30m, 2d.\n"
	"A size is a number of bytes, or one with kB, MB, GB (powers of 1000)\n"
	"or KiB, MiB, GiB (powers of 1024).\n"
	"A required key must be given where its table is written.\n"
	".SH KEYS\n";

/* No byte of ours may begin a request or an escape. */
static void add_text(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (i == 0 && (s.p[i] == '.' || s.p[i] == '\''))
			buf_add_lit(out, "\\&");
		if (s.p[i] == '\\')
			buf_add_lit(out, "\\e");
		else if (s.p[i] == '-')
			buf_add_lit(out, "\\-");
		else if (s.p[i] == '\n')
			buf_add_char(out, ' ');
		else
			buf_add_char(out, s.p[i]);
	}
}

static void add_line(struct buf *out, const char *text)
{
	if (text == NULL || text[0] == 0)
		return;
	add_text(out, str_of(text));
	if (strchr(".:;!?", text[strlen(text) - 1]) == NULL)
		buf_add_char(out, '.');
	buf_add_char(out, '\n');
}

static void add_path(struct manual *m, const char *key)
{
	for (size_t i = 0; i < m->depth; i++) {
		add_text(m->out, m->path[i]);
		buf_add_char(m->out, '.');
	}
	add_text(m->out, str_of(key));
}

static bool has_default(const struct conf_opt *o)
{
	return o->def != NULL && o->kind != CONF_SECTION &&
	       o->kind != CONF_MAP && o->kind != CONF_SEQ;
}

static void add_row(struct manual *m, const struct conf_opt *o)
{
	struct buf range = { 0 };

	buf_add_lit(m->out, ".TP\n\\fB");
	add_path(m, o->key);
	buf_add_lit(m->out, "\\fR (");
	conf_value_range(o, &range);
	add_text(m->out, buf_str(&range));
	buf_fini(&range);
	if (o->def == NULL)
		buf_add_lit(m->out, "; required");
	else if (has_default(o) && o->def[0] == 0)
		buf_add_lit(m->out, "; none by default");
	if (has_default(o) && o->def[0] != 0) {
		buf_add_lit(m->out, "; default ");
		add_text(m->out, str_of(o->def));
	}
	buf_add_lit(m->out, ")\n");
	add_line(m->out, o->doc);
	if (o->sub != NULL && o->sub->doc != o->doc)
		add_line(m->out, o->sub->doc);
}

static const char *step_of(enum conf_kind kind)
{
	if (kind == CONF_MAP)
		return ".NAME";
	return kind == CONF_SEQ ? "[]" : "";
}

static bool is_open(const struct manual *m, const struct conf_section *s)
{
	for (size_t i = 0; i < m->depth; i++)
		if (m->open[i] == s)
			return true;
	return m->depth == ROW_DEPTH_MAX;
}

static void add_rows(struct manual *m, const struct conf_section *s)
{
	for (const struct conf_opt *o = s->opts; o->key != NULL; o++) {
		struct buf step = { 0 };

		add_row(m, o);
		if (o->sub == NULL)
			continue;
		if (is_open(m, o->sub)) {
			buf_add_lit(m->out, "Its keys are those of the table "
					    "it stands in.\n");
			continue;
		}
		buf_printf(&step, "%s%s", o->key, step_of(o->kind));
		m->path[m->depth] = buf_str(&step);
		m->open[m->depth++] = o->sub;
		add_rows(m, o->sub);
		m->depth--;
		buf_fini(&step);
	}
}

void config_manual(const struct config_root *roots, struct buf *out)
{
	struct arena *a = arena_new();
	struct manual m = { .out = out };

	buf_add_lit(out, head);
	add_rows(&m, config_section(a, roots));
	buf_add_lit(out, ".SH SEE ALSO\n.BR muster (1),\n.BR musterd (8)\n");
	arena_free(&a);
}
