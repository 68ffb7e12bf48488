/* SPDX-License-Identifier: MIT */
/* str.c - borrowed pieces of text */
#include "gateway/base/str.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool space(char c)
{
	return blank(c) || c == '\r' || c == '\n';
}

bool str_ieq(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (str_lower(a.p[i]) != str_lower(b.p[i]))
			return false;
	return true;
}

bool str_iis(struct str a, const char *lit)
{
	return str_ieq(a, str_of(lit));
}

bool str_starts(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && str_is(str_make(s.p, n), prefix);
}

bool str_istarts(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && str_iis(str_make(s.p, n), prefix);
}

bool str_ends(struct str s, const char *suffix)
{
	size_t n = strlen(suffix);

	if (n == 0)
		return true;
	return s.n >= n && str_is(str_make(s.p + (s.n - n), n), suffix);
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

bool str_eq_secret(struct str a, struct str b)
{
	/* Another length: compare a with itself and fail all the same. */
	const char *other = a.n == b.n ? b.p : a.p;
	volatile unsigned char differ = a.n != b.n;

	for (size_t i = 0; i < a.n; i++)
		differ = (unsigned char)(differ | (a.p[i] ^ other[i]));
	return differ == 0;
}

struct str str_trim(struct str s)
{
	while (s.n > 0 && space(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && space(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}

size_t str_find(struct str s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.n;
}

bool str_split(struct str *rest, char sep, struct str *piece)
{
	size_t at;

	if (rest->p == NULL)
		return false;
	at = str_find(*rest, sep);
	*piece = str_make(rest->p, at);
	if (at == rest->n)
		*rest = STR_NONE;
	else
		*rest = str_make(rest->p + at + 1, rest->n - at - 1);
	return true;
}

bool str_word(struct str *rest, struct str *word)
{
	size_t start = 0, end;

	while (start < rest->n && blank(rest->p[start]))
		start++;
	end = start;
	while (end < rest->n && !blank(rest->p[end]))
		end++;
	if (start == end)
		return false;
	*word = str_make(rest->p + start, end - start);
	*rest = str_make(rest->p + end, rest->n - end);
	return true;
}

enum gw_err str_int(struct str s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	int64_t value = 0;

	if (s.n == (size_t)negative)
		return GW_BAD_INPUT;
	for (size_t i = negative; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9)
			return GW_BAD_INPUT;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, negative ? -digit : digit,
					   &value))
			return GW_BAD_INPUT;
	}
	if (value < min || value > max)
		return GW_BAD_INPUT;
	*out = value;
	return GW_OK;
}

enum gw_err str_copy(char *dst, size_t cap, struct str s)
{
	if (cap == 0)
		return GW_LIMIT;
	dst[0] = '\0';
	if (s.n >= cap)
		return GW_LIMIT;
	if (s.n > 0)
		memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
	return GW_OK;
}

/* Length of the character at p, 0 when it is none: the table of RFC 3629 4. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (n < len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool str_utf8_valid(struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		size_t len =
			utf8_length((const unsigned char *)s.p + i, s.n - i);

		if (len == 0)
			return false;
		i += len;
	}
	return true;
}
