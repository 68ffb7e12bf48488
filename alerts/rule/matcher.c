/* SPDX-License-Identifier: MIT */
/* matcher.c - one condition on one label, in Alertmanager's words */
#include "alerts/rule/matcher.h"

#include <regex.h>

#include "alerts/rule/pattern.h"

#define MATCHERS_MAX 100

/* ---- reading ---- */

struct reader {
	struct str in;
	size_t at;
	struct arena *arena;
	struct err_note *note;
};

static enum gw_err bad(struct reader *r)
{
	return err_say(r->note, GW_BAD_INPUT, "bad matcher format: %.*s",
		       r->in.n > 200 ? 200 : (int)r->in.n, r->in.p);
}

static bool at_end(const struct reader *r)
{
	return r->at >= r->in.n;
}

static void skip_blank(struct reader *r)
{
	while (!at_end(r) && strchr(" \t\r\n", r->in.p[r->at]) != NULL)
		r->at++;
}

static bool take(struct reader *r, char c)
{
	if (at_end(r) || r->in.p[r->at] != c)
		return false;
	r->at++;
	return true;
}

static bool name_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == ':' || (!first && c >= '0' && c <= '9');
}

static enum gw_err read_name(struct reader *r, struct str *name)
{
	size_t from = r->at;

	while (!at_end(r) && name_byte(r->in.p[r->at], r->at == from))
		r->at++;
	if (r->at == from)
		return bad(r);
	*name = arena_str(r->arena, str_make(r->in.p + from, r->at - from));
	return GW_OK;
}

static enum gw_err read_op(struct reader *r, enum alerts_matcher_op *op)
{
	if (take(r, '=')) {
		*op = take(r, '~') ? ALERTS_MATCH_RE : ALERTS_MATCH_EQ;
		return GW_OK;
	}
	if (!take(r, '!'))
		return bad(r);
	if (take(r, '=')) {
		*op = ALERTS_MATCH_NE;
		return GW_OK;
	}
	*op = ALERTS_MATCH_NRE;
	return take(r, '~') ? GW_OK : bad(r);
}

/* Only \" \\ and \n are escapes; another backslash stays (labels.ParseMatcher
 * of Alertmanager), so that expressions need no doubled ones. */
static enum gw_err read_quoted(struct reader *r, struct str *value)
{
	char *text = arena_alloc(r->arena, r->in.n + 1);
	size_t n = 0;

	while (!at_end(r)) {
		char c = r->in.p[r->at++];

		if (c == '"') {
			*value = str_make(text, n);
			return GW_OK;
		}
		if (c != '\\') {
			text[n++] = c;
		} else if (take(r, '"')) {
			text[n++] = '"';
		} else if (take(r, '\\')) {
			text[n++] = '\\';
		} else if (take(r, 'n')) {
			text[n++] = '\n';
		} else {
			text[n++] = c;
		}
	}
	return bad(r);
}

static enum gw_err read_value(struct reader *r, struct str *value)
{
	size_t from;

	if (take(r, '"'))
		return read_quoted(r, value);
	for (from = r->at; !at_end(r) && r->in.p[r->at] != ','; r->at++)
		if (r->in.p[r->at] == '"')
			return bad(r);
	*value = arena_str(r->arena,
			   str_trim(str_make(r->in.p + from, r->at - from)));
	return GW_OK;
}

static enum gw_err read_one(struct reader *r, struct alerts_matcher *m)
{
	enum gw_err e;

	skip_blank(r);
	e = read_name(r, &m->name);
	if (e != GW_OK)
		return e;
	skip_blank(r);
	e = read_op(r, &m->op);
	if (e != GW_OK)
		return e;
	skip_blank(r);
	e = read_value(r, &m->value);
	if (e != GW_OK)
		return e;
	skip_blank(r);
	if (!str_utf8_valid(m->value))
		return bad(r);
	return alerts_matcher_make(m, r->note);
}

static struct str without_braces(struct str s)
{
	s = str_trim(s);
	if (str_starts(s, "{") && str_ends(s, "}") && s.n >= 2)
		s = str_trim(str_make(s.p + 1, s.n - 2));
	return s;
}

enum gw_err alerts_matcher_parse(struct str text, struct arena *a,
				 struct alerts_matcher **out, size_t *n,
				 struct err_note *note)
{
	struct reader r = { .in = without_braces(text),
			    .arena = a,
			    .note = note };
	struct alerts_matcher found[MATCHERS_MAX] = { 0 };
	enum gw_err e = GW_OK;

	*n = 0;
	while (!at_end(&r) && e == GW_OK && *n < MATCHERS_MAX) {
		e = read_one(&r, &found[*n]);
		if (e == GW_OK)
			++*n;
		if (e == GW_OK && !at_end(&r) && !take(&r, ','))
			e = bad(&r);
	}
	if (e == GW_OK && (*n == 0 || !at_end(&r)))
		e = bad(&r);
	if (e != GW_OK) {
		alerts_matcher_fini(found, *n);
		*n = 0;
		return e;
	}
	*out = arena_alloc(a, *n * sizeof(**out));
	memcpy(*out, found, *n * sizeof(**out));
	return GW_OK;
}

/* ---- matching ---- */

static enum gw_err compile(struct alerts_matcher *m, struct buf *pattern,
			   struct err_note *note)
{
	bool icase = false;
	char why[128];
	regex_t *regex;
	int err;
	enum gw_err e =
		alerts_pattern_translate(m->value, pattern, &icase, note);

	if (e != GW_OK)
		return e;
	regex = mem_new(sizeof(*regex));
	err = regcomp(regex, (const char *)pattern->data,
		      REG_EXTENDED | REG_NOSUB | (icase ? REG_ICASE : 0));
	if (err == 0) {
		m->regex = regex;
		return GW_OK;
	}
	regerror(err, regex, why, sizeof(why));
	mem_free(regex);
	return err_say(note, GW_BAD_INPUT, "error parsing regexp: %s: `%.*s'",
		       why, m->value.n > 200 ? 200 : (int)m->value.n,
		       m->value.p);
}

enum gw_err alerts_matcher_make(struct alerts_matcher *m, struct err_note *note)
{
	struct buf pattern = { .data = NULL };
	enum gw_err e;

	m->regex = NULL;
	if (m->op == ALERTS_MATCH_EQ || m->op == ALERTS_MATCH_NE)
		return GW_OK;
	e = compile(m, &pattern, note);
	buf_fini(&pattern);
	return e;
}

void alerts_matcher_fini(struct alerts_matcher *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (m[i].regex != NULL)
			regfree(m[i].regex);
		mem_free(m[i].regex);
		m[i].regex = NULL;
	}
}

static bool matches(const struct alerts_matcher *m,
		    const struct alerts_labels *l)
{
	struct str value = alerts_labels_find(l, m->name);

	switch (m->op) {
	case ALERTS_MATCH_EQ:
		return str_eq(value, m->value);
	case ALERTS_MATCH_NE:
		return !str_eq(value, m->value);
	case ALERTS_MATCH_RE:
		return regexec(m->regex, value.p, 0, NULL, 0) == 0;
	case ALERTS_MATCH_NRE:
		return regexec(m->regex, value.p, 0, NULL, 0) != 0;
	}
	return false;
}

bool alerts_matcher_all(const struct alerts_matcher *m, size_t n,
			const struct alerts_labels *l)
{
	for (size_t i = 0; i < n; i++)
		if (!matches(&m[i], l))
			return false;
	return true;
}

void alerts_matcher_print(const struct alerts_matcher *m, struct buf *out)
{
	static const char *const ops[] = { "=", "!=", "=~", "!~" };

	buf_add_str(out, m->name);
	buf_add_lit(out, ops[m->op]);
	buf_add_json(out, m->value);
}
