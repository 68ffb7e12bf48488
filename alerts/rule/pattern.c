/* SPDX-License-Identifier: MIT */
/* pattern.c - an RE2 expression as Alertmanager's users write them, as ERE
 *
 * glibc writes repetition out in memory: X+ as XX*, X{9} nine times, what is
 * nested as the product.  So the pieces an expression will have are counted
 * while it is read, and too many are refused.  Back-references do not exist in
 * RE2 and are refused, so that matching stays linear.
 */
#include "alerts/rule/pattern.h"

#define REPEAT_MAX 1000 /* RE2's own bound */
#define PIECES_MAX 10000
#define DEPTH_MAX  32

struct scan {
	struct str in;
	size_t at;
	struct buf *out;
	struct err_note *note;
	size_t pieces[DEPTH_MAX]; /* of each open group */
	size_t depth;
	size_t last; /* pieces of what a repetition would repeat; 0: nothing */
};

static enum gw_err refuse(struct scan *s, const char *what)
{
	return err_say(
		s->note, GW_BAD_INPUT, "the expression `%.*s' %s at byte %zu",
		s->in.n > 100 ? 100 : (int)s->in.n, s->in.p, what, s->at + 1);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_';
}

/* The inside of a bracket expression for a class; NULL: none of that name. */
static const char *class_of(char c)
{
	switch (c) {
	case 'd':
		return "0-9";
	case 'w':
		return "a-zA-Z0-9_";
	case 's':
		return " \t\n\f\r";
	default:
		return NULL;
	}
}

static char control_of(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	default:
		return 0;
	}
}

static enum gw_err escape(struct scan *s)
{
	char c;

	if (s->at + 1 >= s->in.n)
		return refuse(s, "ends in a backslash");
	c = s->in.p[s->at + 1];
	if (class_of(c) != NULL)
		buf_printf(s->out, "[%s]", class_of(c));
	else if (c == 'D' || c == 'W' || c == 'S')
		buf_printf(s->out, "[^%s]", class_of((char)(c + 32)));
	else if (control_of(c) != 0)
		buf_add_char(s->out, control_of(c));
	else if (is_word(c))
		return refuse(s, "has an escape that is not supported");
	else
		buf_printf(s->out, "\\%c", c);
	s->at += 2;
	return GW_OK;
}

/* In POSIX a backslash in brackets is itself: what RE2 escapes there is put
 * where it needs no escape, or refused. */
static enum gw_err bracket_escape(struct scan *s, struct buf *inside)
{
	char c;

	if (s->at + 1 >= s->in.n)
		return refuse(s, "ends in a backslash");
	c = s->in.p[s->at + 1];
	if (class_of(c) != NULL)
		buf_add_lit(inside, class_of(c));
	else if (control_of(c) != 0)
		buf_add_char(inside, control_of(c));
	else if (is_word(c) || c == ']' || c == '^' || c == '-')
		return refuse(s, "has an escape in brackets that is not "
				 "supported (write - last, ] first)");
	else
		buf_add_char(inside, c);
	s->at += 2;
	return GW_OK;
}

static enum gw_err bracket(struct scan *s)
{
	enum gw_err e;
	size_t first;

	buf_add_char(s->out, '[');
	s->at++;
	if (s->at < s->in.n && s->in.p[s->at] == '^') {
		buf_add_char(s->out, '^');
		s->at++;
	}
	for (first = s->at; s->at < s->in.n; first = 0) {
		char c = s->in.p[s->at];

		if (c == ']' && s->at != first) {
			buf_add_char(s->out, c);
			s->at++;
			return GW_OK;
		}
		if (c == '[')
			return refuse(s, "has [ inside of brackets");
		if (c == '\\') {
			e = bracket_escape(s, s->out);
			if (e != GW_OK)
				return e;
			continue;
		}
		buf_add_char(s->out, c);
		s->at++;
	}
	return refuse(s, "has an open bracket");
}

static enum gw_err atom(struct scan *s, enum gw_err e)
{
	s->last = 1;
	s->pieces[s->depth]++;
	return e;
}

static enum gw_err open_group(struct scan *s)
{
	struct str rest = str_make(s->in.p + s->at, s->in.n - s->at);

	if (s->depth + 1 == DEPTH_MAX)
		return refuse(s, "nests too deep");
	buf_add_char(s->out, '(');
	s->at++;
	if (str_starts(rest, "(?:"))
		s->at += 2;
	else if (str_starts(rest, "(?"))
		return refuse(s, "has a group of a kind that is not supported");
	s->pieces[++s->depth] = 1;
	s->last = 0;
	return GW_OK;
}

static enum gw_err close_group(struct scan *s)
{
	if (s->depth == 0)
		return refuse(s, "closes a group that is not open");
	s->last = s->pieces[s->depth--];
	s->pieces[s->depth] += s->last;
	buf_add_char(s->out, ')');
	s->at++;
	return GW_OK;
}

/* The whole text must match: lazy or greedy makes no difference. */
static enum gw_err repeated(struct scan *s, size_t copies)
{
	if (s->last == 0)
		return refuse(s, "repeats nothing, or what repeats already");
	s->pieces[s->depth] += s->last * copies;
	if (s->pieces[s->depth] > PIECES_MAX)
		return refuse(s, "repeats too much");
	s->last = 0;
	if (s->at < s->in.n && s->in.p[s->at] == '?')
		s->at++;
	return GW_OK;
}

static enum gw_err counted(struct scan *s)
{
	size_t bound = 0, most = 1;

	buf_add_char(s->out, '{');
	for (s->at++; s->at < s->in.n && s->in.p[s->at] != '}'; s->at++) {
		char c = s->in.p[s->at];

		if (!is_digit(c) && c != ',')
			return refuse(s, "has a brace that counts nothing");
		buf_add_char(s->out, c);
		bound = c == ',' ? 0 : bound * 10 + (size_t)(c - '0');
		if (bound > most)
			most = bound;
		if (most > REPEAT_MAX)
			return refuse(s, "repeats more than 1000 times");
	}
	if (s->at == s->in.n)
		return refuse(s, "has an open brace");
	buf_add_char(s->out, '}');
	s->at++;
	return repeated(s, most);
}

static enum gw_err simple(struct scan *s, char c)
{
	buf_add_char(s->out, c);
	s->at++;
	switch (c) {
	case '+':
		return repeated(s, 2);
	case '*':
	case '?':
		return repeated(s, 1);
	case '|':
		s->last = 0;
		return GW_OK;
	default:
		return atom(s, GW_OK);
	}
}

static enum gw_err step(struct scan *s)
{
	char c = s->in.p[s->at];

	switch (c) {
	case '\\':
		return atom(s, escape(s));
	case '[':
		return atom(s, bracket(s));
	case '(':
		return open_group(s);
	case ')':
		return close_group(s);
	case '{':
		return counted(s);
	default:
		return simple(s, c);
	}
}

enum gw_err alerts_pattern_translate(struct str re2, struct buf *out,
				     bool *icase, struct err_note *note)
{
	struct scan s = { .in = re2, .out = out, .note = note };
	enum gw_err e = GW_OK;

	if (re2.n > ALERTS_PATTERN_MAX)
		return err_say(note, GW_BAD_INPUT,
			       "an expression of %zu bytes, at most %zu", re2.n,
			       ALERTS_PATTERN_MAX);
	*icase = str_starts(re2, "(?i)");
	if (*icase)
		s.at = 4;
	/* glibc reads () as an error in some places, RE2 as nothing. */
	if (s.at == re2.n) {
		buf_add_lit(out, "^$");
		return GW_OK;
	}
	buf_add_lit(out, "^(");
	while (s.at < re2.n && e == GW_OK)
		e = step(&s);
	if (e == GW_OK && s.depth > 0)
		e = refuse(&s, "has an open group");
	buf_add_lit(out, ")$");
	return e;
}
