/* SPDX-License-Identifier: MIT */
/* conf_error.c - what an operator is told: where, what was wrong, what to do
 *
 * Every error is one line, and all of a load are kept to the end and given
 * in the order of the file.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/config/conf_private.h"

#define PATH_MAX_KEYS	(CONF_DEPTH_MAX * 2)
#define SUGGEST_MAX	32 /* longer words are not compared */
#define LISTED_KEYS_MAX 12

/* Without the piece of a character that a cut left at the end. */
static struct str whole(struct str s)
{
	while (s.n > 0 && !str_utf8_valid(s))
		s.n--;
	return s;
}

void conf_error_init(struct conf_reader *r, struct arena *a, const char *name)
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
	bool cut;

	if (n == NULL)
		n = r->here;
	if (r->count++ >= CONF_FAULT_MAX)
		return GW_BAD_INPUT;
	va_start(ap, fmt);
	cut = vsnprintf(text, sizeof(text), fmt, ap) >= (int)sizeof(text);
	va_end(ap);
	buf_printf(&out, "%s:", r->name);
	if (n != NULL) {
		buf_printf(&out, "%u: ", n->line);
		add_path(&out, n);
	} else {
		buf_add_char(&out, ' ');
	}
	buf_add_str(&out, cut ? whole(str_of(text)) : str_of(text));
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

void conf_error_lines(struct conf_reader *r, struct buf *out)
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

void conf_error_unknown(struct conf_reader *r, const struct conf_section *s,
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
