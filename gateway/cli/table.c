/* SPDX-License-Identifier: MIT */
/* table.c - aligned columns, measured in terminal cells */
#include "gateway/cli/table.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>
#include <wchar.h>

#include "gateway/base/buf.h"
#include "gateway/base/when.h"

#define COLUMNS_MAX 12

int64_t table_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Bytes of the character at s, its cells in *cells (0: not to be shown). */
static size_t next_char(const char *s, size_t n, int *cells)
{
	mbstate_t state = { 0 };
	wchar_t w;
	size_t used = mbrtowc(&w, s, n, &state);

	if (used == 0 || used > n) {
		*cells = 0;
		return 1;
	}
	*cells = wcwidth(w);
	if (*cells < 0)
		*cells = 0;
	return used;
}

int table_width(const char *text)
{
	size_t n = strlen(text);
	int width = 0, cells;

	for (size_t i = 0; i < n;) {
		i += next_char(text + i, n - i, &cells);
		width += cells;
	}
	return width;
}

char *table_text(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t at = 0;
	int cells;

	for (size_t i = 0; i < s.n;) {
		size_t used = next_char(s.p + i, s.n - i, &cells);

		if (cells > 0) {
			memcpy(out + at, s.p + i, used);
			at += used;
		} else if (used == 1) {
			out[at++] = ' ';
		}
		i += used;
	}
	return out;
}

/* text cut to max cells, with an ellipsis. */
static char *cut(struct arena *a, char *text, int max)
{
	size_t n = strlen(text), i = 0;
	int width = 0, cells;

	if (max <= 0 || table_width(text) <= max)
		return text;
	while (i < n) {
		size_t used = next_char(text + i, n - i, &cells);

		if (width + cells > max - 1)
			break;
		width += cells;
		i += used;
	}
	return arena_printf(a, "%.*s\u2026", (int)i, text);
}

static bool time_of(const struct json *v, int64_t *wall)
{
	switch (json_kind(v)) {
	case JSON_INT:
		*wall = json_int(v, 0);
		return *wall > 0;
	case JSON_STRING:
		return when_parse_rfc3339(json_str(v), wall) == GW_OK;
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_REAL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		return false;
	}
	return false;
}

/* The largest unit is enough for a glance. */
static char *ago(struct arena *a, const struct json *v)
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} units[] = {
		{ WHEN_MINUTE, WHEN_SECOND, "s" },
		{ WHEN_HOUR, WHEN_MINUTE, "m" },
		{ 2 * WHEN_DAY, WHEN_HOUR, "h" },
		{ INT64_MAX, WHEN_DAY, "d" },
	};
	int64_t wall, span;
	bool past;
	size_t i = 0;

	if (!time_of(v, &wall))
		return arena_strdup(a, "");
	span = table_now() - wall;
	past = span >= 0;
	if (!past)
		span = -span;
	while (span >= units[i].below)
		i++;
	return arena_printf(a, "%s%lld%s%s", past ? "" : "in ",
			    (long long)(span / units[i].unit), units[i].name,
			    past ? " ago" : "");
}

static char *value_text(struct arena *a, const struct json *v)
{
	switch (json_kind(v)) {
	case JSON_STRING:
		return table_text(a, json_str(v));
	case JSON_INT:
		return arena_printf(a, "%lld", (long long)json_int(v, 0));
	case JSON_REAL:
		return arena_printf(a, "%g", json_real(v, 0));
	case JSON_BOOL:
		return arena_strdup(a, json_bool(v, false) ? "yes" : "no");
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		return arena_strdup(a, "");
	}
	return arena_strdup(a, "");
}

static const struct json *inside(struct arena *a, const struct json *row,
				 struct str path)
{
	struct str step;

	while (row != NULL && str_split(&path, '.', &step))
		row = json_get(row, arena_str(a, step).p);
	return row;
}

static const struct json *find(struct arena *a, const struct json *row,
			       const char *key)
{
	struct str keys = str_of(key), one;
	const struct json *v = NULL;

	while (v == NULL && str_split(&keys, '|', &one))
		v = inside(a, row, one);
	return v;
}

static char *flag(struct arena *a, const struct json *v, const char *title)
{
	char *out = arena_strdup(a, json_bool(v, false) ? title : "");

	for (char *p = out; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

char *table_cell(struct arena *a, const struct json *row,
		 const struct table_column *column)
{
	const struct json *v = find(a, row, column->key);

	switch (column->kind) {
	case TABLE_TEXT:
		return cut(a, value_text(a, v), column->max);
	case TABLE_NUMBER:
		return json_int(v, 0) == 0 ? arena_strdup(a, "")
					   : value_text(a, v);
	case TABLE_AGO:
		return ago(a, v);
	case TABLE_MARK:
		return arena_strdup(a, json_bool(v, false) ? "->" : "");
	case TABLE_FLAG:
		return flag(a, v, column->title);
	}
	return arena_strdup(a, "");
}

static void print_cell(const char *text, int width, bool right, bool last)
{
	int pad = width - table_width(text);

	if (right)
		printf("%*s%s", pad, "", text);
	else if (last)
		printf("%s", text);
	else
		printf("%s%*s", text, pad, "");
	fputs(last ? "\n" : "  ", stdout);
}

static void print_row(const struct table_column *columns, char **cells,
		      const int *width)
{
	for (size_t i = 0; columns[i].title != NULL; i++)
		print_cell(cells != NULL ? cells[i] : columns[i].title,
			   width[i], columns[i].kind == TABLE_NUMBER,
			   columns[i + 1].title == NULL);
}

void table_print(const struct json *rows, const struct table_column *columns,
		 const char *none)
{
	struct arena *a = arena_new();
	size_t n = json_size(rows), count = 0;
	int width[COLUMNS_MAX] = { 0 };
	char **cells;

	while (columns[count].title != NULL && count < COLUMNS_MAX)
		count++;
	if (n == 0)
		puts(none);
	cells = arena_alloc(a, (n * count + 1) * sizeof(*cells));
	for (size_t i = 0; i < n * count; i++) {
		size_t k = i % count;
		int w;

		cells[i] = table_cell(a, json_at(rows, i / count), &columns[k]);
		w = table_width(cells[i]);
		if (w > width[k])
			width[k] = w;
	}
	for (size_t k = 0; k < count; k++)
		if (table_width(columns[k].title) > width[k])
			width[k] = table_width(columns[k].title);
	if (n > 0)
		print_row(columns, NULL, width);
	for (size_t i = 0; i < n; i++)
		print_row(columns, &cells[i * count], width);
	arena_free(&a);
}
