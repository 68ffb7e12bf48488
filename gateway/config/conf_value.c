/* SPDX-License-Identifier: MIT */
/* conf_value.c - the scalars: text to value, value to text, their ranges */
#include <stdio.h>

#include "gateway/base/when.h"
#include "gateway/config/conf_private.h"

static const struct {
	const char *name;
	int64_t bytes;
} units[] = {
	{ "GiB", (int64_t)1 << 30 },
	{ "MiB", (int64_t)1 << 20 },
	{ "KiB", (int64_t)1 << 10 },
	{ "GB", 1000000000 },
	{ "MB", 1000000 },
	{ "kB", 1000 },
	{ "KB", 1000 },
	{ "B", 1 },
};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static bool bounded(const struct conf_opt *opt)
{
	return opt->min != 0 || opt->max != 0;
}

static bool within(const struct conf_opt *opt, int64_t v)
{
	return !bounded(opt) || (v >= opt->min && v <= opt->max);
}

/* The largest unit that loses nothing; only powers of 1024 are printed. */
static void print_bytes(int64_t v, struct buf *out)
{
	for (size_t i = 0; i < 3; i++) {
		if (v == 0 || v % units[i].bytes != 0)
			continue;
		buf_printf(out, "%lld %s", (long long)(v / units[i].bytes),
			   units[i].name);
		return;
	}
	buf_printf(out, "%lld", (long long)v);
}

static void print_number(const struct conf_opt *opt, int64_t v, struct buf *out)
{
	char text[WHEN_TEXT_MAX];

	if (opt->kind == CONF_SPAN)
		buf_add_lit(out, when_span(v, text));
	else if (opt->kind == CONF_BYTES)
		print_bytes(v, out);
	else
		buf_printf(out, "%lld", (long long)v);
}

static void add_range(const struct conf_opt *opt, struct buf *out)
{
	if (!bounded(opt))
		return;
	if (opt->max == INT64_MAX) {
		buf_add_lit(out, ", at least ");
		print_number(opt, opt->min, out);
		return;
	}
	buf_add_lit(out, " from ");
	print_number(opt, opt->min, out);
	buf_add_lit(out, " to ");
	print_number(opt, opt->max, out);
}

void conf_value_range(const struct conf_opt *opt, struct buf *out)
{
	switch (opt->kind) {
	case CONF_BOOL:
		buf_add_lit(out, "yes or no");
		return;
	case CONF_INT:
		buf_add_lit(out, "a whole number");
		add_range(opt, out);
		return;
	case CONF_SPAN:
		buf_add_lit(out, "a time");
		add_range(opt, out);
		return;
	case CONF_BYTES:
		buf_add_lit(out, "a size");
		add_range(opt, out);
		return;
	case CONF_TEXT:
		buf_add_lit(out, "text");
		if (bounded(opt))
			buf_printf(out, " of %lld to %lld bytes",
				   (long long)opt->min, (long long)opt->max);
		return;
	case CONF_ENUM:
		for (size_t i = 0; opt->names[i] != NULL; i++)
			buf_printf(out, "%s%s", i > 0 ? ", " : "",
				   opt->names[i]);
		return;
	case CONF_TEXTS:
		buf_add_lit(out, "a list of texts or one text");
		return;
	case CONF_SECTION:
		buf_add_lit(out, "a table");
		return;
	case CONF_MAP:
		buf_add_lit(out, "a table of names");
		return;
	case CONF_SEQ:
		buf_add_lit(out, "a list of tables");
		return;
	case CONF_NODE:
		buf_add_lit(out, "see text");
		return;
	}
}

/* "`x' is not a time from 1s to 1m (write it as ...)" */
static enum gw_err refuse(struct conf_reader *r, const struct conf_opt *opt,
			  const struct conf_node *n, struct str text)
{
	struct str shown = conf_quote(text);
	const char *hint = "";
	struct buf range = { 0 };

	if (opt->kind == CONF_SPAN)
		hint = " (write it as 500ms, 90s, 5m, 1h30m or 2d)";
	else if (opt->kind == CONF_BYTES)
		hint = " (write it as 4096, 256 kB or 8 MiB)";
	conf_value_range(opt, &range);
	conf_error(r, n, "`" STR_FMT "%s' is not %s%s%s%s", STR_ARG(shown),
		   shown.n < text.n ? "..." : "",
		   opt->kind == CONF_ENUM ? "one of " : "",
		   (const char *)range.data, hint,
		   n == NULL ? "; this is the built-in default: a bug" : "");
	buf_fini(&range);
	return GW_BAD_INPUT;
}

static bool read_bool(struct str text, bool *out)
{
	static const char *const yes[] = { "true", "yes", "on" };
	static const char *const no[] = { "false", "no", "off" };

	for (size_t i = 0; i < 3; i++) {
		if (!str_iis(text, yes[i]) && !str_iis(text, no[i]))
			continue;
		*out = str_iis(text, yes[i]);
		return true;
	}
	return false;
}

static bool read_bytes(struct str text, int64_t *out)
{
	size_t digits = 0;
	struct str unit;
	int64_t count;

	while (digits < text.n && text.p[digits] >= '0' &&
	       text.p[digits] <= '9')
		digits++;
	if (str_int(str_make(text.p, digits), 0, INT64_MAX, &count) != GW_OK)
		return false;
	unit = str_make(text.p + digits, text.n - digits);
	if (unit.n == 0) {
		*out = count;
		return true;
	}
	if (unit.p[0] == ' ')
		unit = str_make(unit.p + 1, unit.n - 1);
	for (size_t i = 0; i < UNIT_COUNT; i++)
		if (str_is(unit, units[i].name))
			return !__builtin_mul_overflow(count, units[i].bytes,
						       out);
	return false;
}

static bool read_enum(const struct conf_opt *opt, struct str text, int *out)
{
	for (int i = 0; opt->names[i] != NULL; i++) {
		if (!str_is(text, opt->names[i]))
			continue;
		*out = i;
		return true;
	}
	return false;
}

static bool read_number(const struct conf_opt *opt, struct str text,
			int64_t *out)
{
	bool ok;

	if (opt->kind == CONF_SPAN)
		ok = when_parse_span(text, out) == GW_OK;
	else if (opt->kind == CONF_BYTES)
		ok = read_bytes(text, out);
	else
		ok = str_int(text, INT64_MIN + 1, INT64_MAX, out) == GW_OK;
	return ok && within(opt, *out);
}

static bool read_text(struct conf_reader *r, const struct conf_opt *opt,
		      struct str text, const char **out)
{
	if (!within(opt, (int64_t)text.n))
		return false;
	*out = arena_strndup(r->arena, text.p, text.n);
	return true;
}

enum gw_err conf_value_read(struct conf_reader *r, const struct conf_opt *opt,
			    const struct conf_node *n, struct str text,
			    void *field)
{
	bool ok = false;

	switch (opt->kind) {
	case CONF_BOOL:
		ok = read_bool(text, field);
		break;
	case CONF_INT:
	case CONF_SPAN:
	case CONF_BYTES:
		ok = read_number(opt, text, field);
		break;
	case CONF_TEXT:
		ok = read_text(r, opt, text, field);
		break;
	case CONF_ENUM:
		ok = read_enum(opt, text, field);
		break;
	case CONF_TEXTS:
	case CONF_SECTION:
	case CONF_MAP:
	case CONF_SEQ:
	case CONF_NODE:
		return GW_INTERNAL;
	}
	return ok ? GW_OK : refuse(r, opt, n, text);
}

void conf_value_print(const struct conf_opt *opt, const void *field,
		      struct buf *out)
{
	switch (opt->kind) {
	case CONF_BOOL:
		buf_add_lit(out, *(const bool *)field ? "yes" : "no");
		return;
	case CONF_INT:
	case CONF_SPAN:
	case CONF_BYTES:
		print_number(opt, *(const int64_t *)field, out);
		return;
	case CONF_TEXT:
		conf_print_text(out, str_of(*(const char *const *)field));
		return;
	case CONF_ENUM:
		conf_print_text(out, str_of(opt->names[*(const int *)field]));
		return;
	case CONF_TEXTS:
	case CONF_SECTION:
	case CONF_MAP:
	case CONF_SEQ:
	case CONF_NODE:
		return;
	}
}

bool conf_value_unset(const struct conf_opt *opt, void *field)
{
	switch (opt->kind) {
	case CONF_INT:
	case CONF_SPAN:
	case CONF_BYTES:
		*(int64_t *)field = CONF_UNSET;
		return true;
	case CONF_ENUM:
		*(int *)field = -1;
		return true;
	case CONF_TEXT:
		*(const char **)field = NULL;
		return true;
	case CONF_TEXTS:
		*(struct conf_texts *)field = (struct conf_texts){ 0 };
		return true;
	case CONF_MAP:
		*(struct conf_map *)field = (struct conf_map){ 0 };
		return true;
	case CONF_SEQ:
		*(struct conf_seq *)field = (struct conf_seq){ 0 };
		return true;
	case CONF_BOOL:
	case CONF_SECTION:
	case CONF_NODE:
		return false;
	}
	return false;
}

bool conf_value_is_unset(const struct conf_opt *opt, const void *field)
{
	switch (opt->kind) {
	case CONF_INT:
	case CONF_SPAN:
	case CONF_BYTES:
		return *(const int64_t *)field == CONF_UNSET;
	case CONF_ENUM:
		return *(const int *)field == -1;
	case CONF_TEXT:
		return *(const char *const *)field == NULL;
	case CONF_TEXTS:
		return ((const struct conf_texts *)field)->items == NULL;
	case CONF_MAP:
		return ((const struct conf_map *)field)->entries == NULL;
	case CONF_SEQ:
		return ((const struct conf_seq *)field)->items == NULL;
	case CONF_BOOL:
	case CONF_SECTION:
	case CONF_NODE:
		return false;
	}
	return false;
}
