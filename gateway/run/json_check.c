/* SPDX-License-Identifier: MIT */
/* json_check.c - RFC 8259 to the letter, before json-c builds the tree
 *
 * One pass without recursion.  Beyond the grammar it refuses what two readers
 * could understand differently: duplicate keys (compared after their escapes),
 * lone surrogates, U+0000, integers beyond 64 bits, reals beyond a double.
 */
#include "gateway/run/json_private.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/codec.h"

#define NUMBER_MAX 64 /* bytes of one number */

struct key {
	struct str text;
	size_t at;
};

/* What the byte at hand may be. */
enum want {
	WANT_VALUE,
	WANT_VALUE_OR_END, /* just behind [ */
	WANT_KEY,
	WANT_KEY_OR_END, /* just behind { */
	WANT_COMMA_OR_END,
	WANT_NOTHING, /* the root is complete */
};

struct level {
	bool object;
	size_t first_key; /* where its keys begin in check.keys */
};

struct check {
	struct str in;
	size_t at;
	enum want want;
	struct level levels[JSON_DEPTH_MAX];
	size_t depth;
	struct key *keys; /* of all objects now open */
	size_t key_count;
	size_t key_cap;
	struct arena *arena; /* keys that had escapes */
	struct err_note *note;
};

static enum gw_err bad(struct check *c, size_t at, const char *what)
{
	return err_say(c->note, GW_BAD_INPUT, "byte %zu: %s", at, what);
}

static int peek(const struct check *c)
{
	return c->at < c->in.n ? (unsigned char)c->in.p[c->at] : -1;
}

static bool is_digit(int ch)
{
	return ch >= '0' && ch <= '9';
}

static void skip_blanks(struct check *c)
{
	int ch = peek(c);

	while (ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r') {
		c->at++;
		ch = peek(c);
	}
}

/* Four hex digits at `at`; -1 when they are not. */
static long hex4(struct str s, size_t at)
{
	long v = 0;

	if (at + 4 > s.n)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		int digit = codec_hex_digit(s.p[i]);

		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

static bool is_high(long v)
{
	return v >= 0xd800 && v <= 0xdbff;
}

static bool is_low(long v)
{
	return v >= 0xdc00 && v <= 0xdfff;
}

/* c->at is on the u of an escape. */
static enum gw_err scan_unicode(struct check *c)
{
	size_t at = c->at - 1;
	long v = hex4(c->in, c->at + 1);
	bool escape_next;

	if (v < 0)
		return bad(c, at, "\\u needs four hex digits");
	if (v == 0)
		return bad(c, at, "U+0000 is not allowed in text");
	c->at += 5;
	if (is_low(v))
		return bad(c, at, "lone low surrogate");
	if (!is_high(v))
		return GW_OK;
	escape_next = c->at + 6 <= c->in.n && c->in.p[c->at] == '\\' &&
		      c->in.p[c->at + 1] == 'u';
	if (!escape_next || !is_low(hex4(c->in, c->at + 2)))
		return bad(c, at, "lone high surrogate");
	c->at += 6;
	return GW_OK;
}

/* c->at is behind a backslash. */
static enum gw_err scan_escape(struct check *c)
{
	switch (peek(c)) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		c->at++;
		return GW_OK;
	case 'u':
		return scan_unicode(c);
	default:
		return bad(c, c->at - 1, "unknown escape");
	}
}

/* c->at is on the opening quote; *raw is what stands between the quotes. */
static enum gw_err scan_string(struct check *c, struct str *raw, bool *escaped)
{
	size_t start = ++c->at;
	int ch;

	*escaped = false;
	while ((ch = peek(c)) != '"') {
		enum gw_err err;

		if (ch < 0)
			return bad(c, start - 1, "text without an end");
		if (ch < 0x20)
			return bad(c, c->at, "control character in text");
		c->at++;
		if (ch != '\\')
			continue;
		*escaped = true;
		err = scan_escape(c);
		if (err != GW_OK)
			return err;
	}
	*raw = str_make(c->in.p + start, c->at - start);
	c->at++;
	if (!str_utf8_valid(*raw))
		return bad(c, start - 1, "text is not UTF-8");
	return GW_OK;
}

static size_t put_utf8(char *p, long v)
{
	if (v < 0x80) {
		p[0] = (char)v;
		return 1;
	}
	if (v < 0x800) {
		p[0] = (char)(0xc0 | (v >> 6));
		p[1] = (char)(0x80 | (v & 63));
		return 2;
	}
	if (v < 0x10000) {
		p[0] = (char)(0xe0 | (v >> 12));
		p[1] = (char)(0x80 | ((v >> 6) & 63));
		p[2] = (char)(0x80 | (v & 63));
		return 3;
	}
	p[0] = (char)(0xf0 | (v >> 18));
	p[1] = (char)(0x80 | ((v >> 12) & 63));
	p[2] = (char)(0x80 | ((v >> 6) & 63));
	p[3] = (char)(0x80 | (v & 63));
	return 4;
}

static char plain_escape(char ch)
{
	switch (ch) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return ch;
	}
}

/* The text of a key whose escapes were found good. */
static struct str unescape(struct arena *a, struct str raw)
{
	char *out = arena_alloc(a, raw.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < raw.n;) {
		long v;

		if (raw.p[i] != '\\') {
			out[n++] = raw.p[i++];
			continue;
		}
		if (raw.p[i + 1] != 'u') {
			out[n++] = plain_escape(raw.p[i + 1]);
			i += 2;
			continue;
		}
		v = hex4(raw, i + 2);
		i += 6;
		if (is_high(v)) {
			v = 0x10000 + ((v - 0xd800) << 10) +
			    (hex4(raw, i + 2) - 0xdc00);
			i += 6;
		}
		n += put_utf8(out + n, v);
	}
	return str_make(out, n);
}

static void remember_key(struct check *c, struct str text, size_t at)
{
	if (c->key_count == c->key_cap) {
		size_t cap = c->key_cap > 0 ? 2 * c->key_cap : 64;

		c->keys = mem_grow(c->keys, c->key_cap * sizeof(*c->keys),
				   cap * sizeof(*c->keys));
		c->key_cap = cap;
	}
	c->keys[c->key_count++] = (struct key){ text, at };
}

static int by_text(const void *a, const void *b)
{
	const struct key *ka = a;
	const struct key *kb = b;
	int order = str_cmp(ka->text, kb->text);

	if (order != 0)
		return order;
	return ka->at < kb->at ? -1 : 1;
}

/* At the end of an object: no two of its keys may be the same. */
static enum gw_err check_keys(struct check *c, size_t first)
{
	size_t n = c->key_count - first;
	struct key *keys;

	c->key_count = first;
	if (n < 2)
		return GW_OK;
	keys = c->keys + first;
	qsort(keys, n, sizeof(*keys), by_text);
	for (size_t i = 1; i < n; i++)
		if (str_eq(keys[i - 1].text, keys[i].text))
			return bad(c, keys[i].at, "the same key twice");
	return GW_OK;
}

static size_t skip_digits(struct check *c)
{
	size_t start = c->at;

	while (is_digit(peek(c)))
		c->at++;
	return c->at - start;
}

static enum gw_err check_range(struct check *c, struct str s, bool real)
{
	char text[NUMBER_MAX + 1];
	int64_t v;

	if (str_copy(text, sizeof(text), s) != GW_OK)
		return bad(c, c->at - s.n, "number too long");
	if (real && !isfinite(strtod(text, NULL)))
		return bad(c, c->at - s.n, "number too large");
	if (!real && str_int(s, INT64_MIN, INT64_MAX, &v) != GW_OK)
		return bad(c, c->at - s.n, "integer too large");
	return GW_OK;
}

static enum gw_err scan_number(struct check *c)
{
	size_t start = c->at;
	bool real = false;

	if (peek(c) == '-')
		c->at++;
	if (peek(c) == '0')
		c->at++;
	else if (skip_digits(c) == 0)
		return bad(c, start, "not a value");
	if (is_digit(peek(c)))
		return bad(c, start, "number with a leading zero");
	if (peek(c) == '.') {
		real = true;
		c->at++;
		if (skip_digits(c) == 0)
			return bad(c, start, "number without its fraction");
	}
	if (peek(c) == 'e' || peek(c) == 'E') {
		real = true;
		c->at++;
		if (peek(c) == '+' || peek(c) == '-')
			c->at++;
		if (skip_digits(c) == 0)
			return bad(c, start, "number without its exponent");
	}
	return check_range(c, str_make(c->in.p + start, c->at - start), real);
}

static enum gw_err scan_word(struct check *c)
{
	static const char *const words[] = { "true", "false", "null" };
	struct str rest = str_make(c->in.p + c->at, c->in.n - c->at);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_starts(rest, words[i])) {
			c->at += strlen(words[i]);
			return GW_OK;
		}
	}
	return bad(c, c->at, "not a value");
}

static void value_done(struct check *c)
{
	c->want = c->depth == 0 ? WANT_NOTHING : WANT_COMMA_OR_END;
}

static enum gw_err open_level(struct check *c, bool object)
{
	if (c->depth == JSON_DEPTH_MAX)
		return bad(c, c->at, "nested too deeply");
	c->levels[c->depth++] = (struct level){ object, c->key_count };
	c->at++;
	c->want = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
	return GW_OK;
}

static enum gw_err close_level(struct check *c)
{
	struct level *level = &c->levels[--c->depth];

	c->at++;
	value_done(c);
	return level->object ? check_keys(c, level->first_key) : GW_OK;
}

static enum gw_err scan_value(struct check *c)
{
	struct str raw;
	bool escaped;
	enum gw_err err;

	switch (peek(c)) {
	case '{':
		return open_level(c, true);
	case '[':
		return open_level(c, false);
	case '"':
		err = scan_string(c, &raw, &escaped);
		break;
	case 't':
	case 'f':
	case 'n':
		err = scan_word(c);
		break;
	default:
		err = scan_number(c);
		break;
	}
	value_done(c);
	return err;
}

static enum gw_err scan_key(struct check *c)
{
	size_t at = c->at;
	struct str raw;
	bool escaped;
	enum gw_err err;

	if (peek(c) != '"')
		return bad(c, at, "a key in double quotes is missing");
	err = scan_string(c, &raw, &escaped);
	if (err != GW_OK)
		return err;
	remember_key(c, escaped ? unescape(c->arena, raw) : raw, at);
	skip_blanks(c);
	if (peek(c) != ':')
		return bad(c, c->at, "a colon is missing");
	c->at++;
	c->want = WANT_VALUE;
	return GW_OK;
}

static enum gw_err scan_comma(struct check *c)
{
	if (peek(c) != ',')
		return bad(c, c->at, "a comma or the end is missing");
	c->at++;
	c->want = c->levels[c->depth - 1].object ? WANT_KEY : WANT_VALUE;
	return GW_OK;
}

static bool at_end_of_level(const struct check *c)
{
	if (c->want != WANT_KEY_OR_END && c->want != WANT_VALUE_OR_END &&
	    c->want != WANT_COMMA_OR_END)
		return false;
	return peek(c) == (c->levels[c->depth - 1].object ? '}' : ']');
}

static enum gw_err step(struct check *c)
{
	if (peek(c) < 0)
		return bad(c, c->at, "the text ends too early");
	if (at_end_of_level(c))
		return close_level(c);
	switch (c->want) {
	case WANT_KEY:
	case WANT_KEY_OR_END:
		return scan_key(c);
	case WANT_COMMA_OR_END:
		return scan_comma(c);
	case WANT_VALUE:
	case WANT_VALUE_OR_END:
	case WANT_NOTHING:
		return scan_value(c);
	}
	__builtin_unreachable();
}

enum gw_err json_check(struct str text, struct str *value,
		       struct err_note *note)
{
	struct check c = { .in = text, .want = WANT_VALUE, .note = note };
	enum gw_err err = GW_OK;
	size_t start, end;

	c.arena = arena_new();
	skip_blanks(&c);
	start = c.at;
	while (err == GW_OK && c.want != WANT_NOTHING) {
		skip_blanks(&c);
		err = step(&c);
	}
	end = c.at;
	skip_blanks(&c);
	if (err == GW_OK && c.at < text.n)
		err = bad(&c, c.at, "more text behind the value");
	*value = str_make(text.p + start, end - start);
	mem_free(c.keys);
	arena_free(&c.arena);
	return err;
}
