/* SPDX-License-Identifier: MIT */
/* csv.c - RFC 4180, read strictly */
#include "gateway/cli/csv.h"

void csv_init(struct csv *c, struct str text)
{
	*c = (struct csv){ .rest = text };
	if (str_starts(text, "\xef\xbb\xbf"))
		c->rest = str_make(text.p + 3, text.n - 3);
}

static char peek(const struct csv *c)
{
	return c->rest.n > 0 ? c->rest.p[0] : '\0';
}

static void skip(struct csv *c, size_t n)
{
	c->rest.p += n;
	c->rest.n -= n;
}

/* CRLF, LF, or the end of the text. */
static bool at_end(const struct csv *c)
{
	return c->rest.n == 0 || c->rest.p[0] == '\n' ||
	       (c->rest.n > 1 && c->rest.p[0] == '\r' && c->rest.p[1] == '\n');
}

static void skip_end(struct csv *c)
{
	if (peek(c) == '\r')
		skip(c, 1);
	if (peek(c) == '\n')
		skip(c, 1);
	c->lines++;
}

/* Room for a quoted field: up to its closing quote. */
static size_t quoted_size(struct str s)
{
	size_t i = 1;

	while (i < s.n && (s.p[i] != '"' || (i + 1 < s.n && s.p[i + 1] == '"')))
		i += s.p[i] == '"' ? 2 : 1;
	return i + 1;
}

static enum gw_err quoted(struct csv *c, struct arena *a, struct str *out,
			  struct err_note *note)
{
	char *text = arena_alloc(a, quoted_size(c->rest));
	size_t n = 0;

	skip(c, 1);
	while (c->rest.n > 0) {
		if (peek(c) == '"' && (c->rest.n < 2 || c->rest.p[1] != '"'))
			break;
		if (peek(c) == '"')
			skip(c, 1);
		if (peek(c) == '\n')
			c->lines++;
		text[n++] = peek(c);
		skip(c, 1);
	}
	if (c->rest.n == 0)
		return err_say(note, GW_BAD_INPUT,
			       "line %u: a quote is opened and not closed",
			       c->line);
	skip(c, 1);
	if (!at_end(c) && peek(c) != ',')
		return err_say(note, GW_BAD_INPUT,
			       "line %u: text after a closing quote", c->line);
	*out = str_make(text, n);
	return GW_OK;
}

static enum gw_err plain(struct csv *c, struct arena *a, struct str *out,
			 struct err_note *note)
{
	const char *start = c->rest.p;
	size_t n = 0;

	while (!at_end(c) && peek(c) != ',') {
		if (peek(c) == '"')
			return err_say(note, GW_BAD_INPUT,
				       "line %u: a quote inside a field that "
				       "does not begin with one",
				       c->line);
		skip(c, 1);
		n++;
	}
	*out = arena_str(a, n > 0 ? str_make(start, n) : STR(""));
	return GW_OK;
}

static enum gw_err read_row(struct csv *c, struct arena *a, struct csv_row *row,
			    struct err_note *note)
{
	enum gw_err e;

	row->count = 0;
	for (;;) {
		struct str *field = &row->fields[row->count];

		if (row->count == CSV_FIELDS_MAX)
			return err_say(note, GW_BAD_INPUT,
				       "line %u: more than %d fields", c->line,
				       CSV_FIELDS_MAX);
		e = peek(c) == '"' ? quoted(c, a, field, note)
				   : plain(c, a, field, note);
		if (e != GW_OK)
			return e;
		row->count++;
		if (at_end(c))
			break;
		skip(c, 1);
	}
	skip_end(c);
	return GW_OK;
}

bool csv_next(struct csv *c, struct arena *a, struct csv_row *row,
	      enum gw_err *e, struct err_note *note)
{
	*e = GW_OK;
	while (c->rest.n > 0 && at_end(c))
		skip_end(c);
	if (c->rest.n == 0)
		return false;
	c->line = c->lines + 1;
	*e = read_row(c, a, row, note);
	return *e == GW_OK;
}
