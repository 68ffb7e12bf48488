/* SPDX-License-Identifier: MIT */
/* metrics.c - counters and gauges, printed as OpenMetrics text
 *
 * Families and samples are few and looked up at declaration only, so lists
 * are enough.
 */
#include "gateway/run/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/list.h"

struct sample {
	struct metric metric;
	const char *labels;
	struct list link;
};

struct family {
	enum metric_kind kind;
	const char *name; /* without _total */
	const char *help;
	int64_t (*fn)(void *arg); /* NULL: the samples have the values */
	void *arg;
	struct list samples;
	struct list link;
};

struct look {
	void (*fn)(void *arg);
	void *arg;
	struct list link;
};

struct metrics {
	struct arena *arena;
	struct list families;
	struct list looks;
};

struct metrics *metrics_new(void)
{
	struct metrics *m = mem_new(sizeof(*m));

	m->arena = arena_new();
	list_init(&m->families);
	list_init(&m->looks);
	return m;
}

void metrics_free(struct metrics **m)
{
	if (*m == NULL)
		return;
	arena_free(&(*m)->arena);
	mem_free(*m);
	*m = NULL;
}

/* OpenMetrics names the family without the suffix its samples carry. */
static struct str family_name(enum metric_kind kind, const char *name)
{
	struct str s = str_of(name);

	if (kind == METRIC_COUNTER && str_ends(s, "_total"))
		s.n -= strlen("_total");
	return s;
}

static struct family *get_family(struct metrics *m, enum metric_kind kind,
				 const char *name, const char *help)
{
	struct str want = family_name(kind, name);
	struct family *f;

	LIST_EACH(node, &m->families)
	{
		f = LIST_OF(node, struct family, link);
		if (!str_is(want, f->name))
			continue;
		assert(f->kind == kind);
		return f;
	}
	f = arena_alloc(m->arena, sizeof(*f));
	f->kind = kind;
	f->name = arena_strndup(m->arena, want.p, want.n);
	f->help = arena_strdup(m->arena, help);
	list_init(&f->samples);
	list_append(&m->families, &f->link);
	return f;
}

struct metric *metrics_get(struct metrics *m, enum metric_kind kind,
			   const char *name, const char *labels,
			   const char *help)
{
	struct family *f = get_family(m, kind, name, help);
	struct sample *s;

	assert(f->fn == NULL);
	LIST_EACH(node, &f->samples)
	{
		s = LIST_OF(node, struct sample, link);
		if (str_is(str_of(labels), s->labels))
			return &s->metric;
	}
	s = arena_alloc(m->arena, sizeof(*s));
	s->labels = arena_strdup(m->arena, labels);
	list_append(&f->samples, &s->link);
	return &s->metric;
}

void metrics_ask(struct metrics *m, const char *name, const char *help,
		 int64_t (*fn)(void *arg), void *arg)
{
	struct family *f = get_family(m, METRIC_GAUGE, name, help);

	assert(list_empty(&f->samples));
	f->fn = fn;
	f->arg = arg;
}

void metrics_on_look(struct metrics *m, void (*fn)(void *arg), void *arg)
{
	struct look *l = arena_alloc(m->arena, sizeof(*l));

	l->fn = fn;
	l->arg = arg;
	list_append(&m->looks, &l->link);
}

static void print_help(const char *help, struct buf *out)
{
	for (; *help != '\0'; help++) {
		if (*help == '\n')
			buf_add_lit(out, "\\n");
		else if (*help == '\\' || *help == '"')
			buf_printf(out, "\\%c", *help);
		else
			buf_add_char(out, *help);
	}
}

static void print_sample(const struct family *f, const char *labels,
			 int64_t value, struct buf *out)
{
	buf_printf(out, "muster_%s%s", f->name,
		   f->kind == METRIC_COUNTER ? "_total" : "");
	if (labels[0] != '\0')
		buf_printf(out, "{%s}", labels);
	buf_printf(out, " %" PRId64 "\n", value);
}

static void print_family(const struct family *f, struct buf *out)
{
	buf_printf(out, "# TYPE muster_%s %s\n# HELP muster_%s ", f->name,
		   f->kind == METRIC_COUNTER ? "counter" : "gauge", f->name);
	print_help(f->help, out);
	buf_add_char(out, '\n');
	if (f->fn != NULL)
		print_sample(f, "", f->fn(f->arg), out);
	LIST_EACH(node, &f->samples)
	{
		const struct sample *s = LIST_OF(node, struct sample, link);

		print_sample(f, s->labels, s->metric.value, out);
	}
}

void metrics_print(struct metrics *m, struct buf *out)
{
	LIST_EACH(node, &m->looks)
	{
		const struct look *l = LIST_OF(node, struct look, link);

		l->fn(l->arg);
	}
	LIST_EACH(node, &m->families)
	print_family(LIST_OF(node, struct family, link), out);
	buf_add_lit(out, "# EOF\n");
}
