/* SPDX-License-Identifier: MIT */
/* buf.c - bytes that grow */
#include "gateway/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define CAP_MIN ((size_t)64)
#define USUAL	((size_t)40) /* what is printed in one go */

static void grow(struct buf *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : CAP_MIN;

	if (n > SIZE_MAX / 2 - 1 - b->len)
		abort();
	while (cap <= b->len + n)
		cap *= 2;
	b->data = mem_resize(b->data, cap);
	b->data[b->len] = 0;
	b->cap = cap;
}

/* Room for n more bytes and the terminator. */
static void reserve(struct buf *b, size_t n)
{
	if (n >= b->cap - b->len)
		grow(b, n);
}

void buf_reserve(struct buf *b, size_t n)
{
	reserve(b, n);
}

void buf_fini(struct buf *b)
{
	mem_free(b->data);
	*b = (struct buf){ .data = NULL };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = 0;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	reserve(b, n);
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = 0;
}

void buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_add_lit(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	reserve(b, 1);
	b->data[b->len++] = (uint8_t)c;
	b->data[b->len] = 0;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int n;

	reserve(b, USUAL);
	va_start(args, fmt);
	n = vsnprintf((char *)b->data + b->len, b->cap - b->len, fmt, args);
	va_end(args);
	if (n < 0)
		abort();
	if ((size_t)n >= b->cap - b->len) {
		reserve(b, (size_t)n);
		va_start(args, fmt);
		vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, args);
		va_end(args);
	}
	b->len += (size_t)n;
}

uint8_t *buf_more(struct buf *b, size_t n)
{
	uint8_t *more;

	reserve(b, n);
	more = b->data + b->len;
	b->len += n;
	b->data[b->len] = 0;
	return more;
}

uint8_t *buf_space(struct buf *b, size_t n)
{
	reserve(b, n);
	/* Zeroed, so that data stays terminated however little is used. */
	memset(b->data + b->len, 0, n + 1);
	return b->data + b->len;
}

void buf_eat(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
	b->data[b->len] = 0;
}

void buf_cut(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->data != NULL)
		b->data[len] = 0;
}

struct str buf_str(const struct buf *b)
{
	return str_make(b->data != NULL ? (const char *)b->data : "", b->len);
}

char *buf_take(struct buf *b)
{
	char *text;

	reserve(b, 0);
	text = (char *)b->data;
	*b = (struct buf){ .data = NULL };
	return text;
}

static const char *xml_escape(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\'':
		return "&apos;";
	case '"':
		return "&quot;";
	case '\r':
		/* XML 1.0 2.11: a bare one would be read as a line feed. */
		return "&#13;";
	default:
		return NULL;
	}
}

void buf_add_xml(struct buf *b, struct str s)
{
	size_t plain = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *escape = xml_escape(s.p[i]);

		if (escape == NULL)
			continue;
		buf_add(b, s.p + plain, i - plain);
		buf_add_lit(b, escape);
		plain = i + 1;
	}
	if (plain < s.n)
		buf_add(b, s.p + plain, s.n - plain);
}

static void json_escape(struct buf *b, char c)
{
	switch (c) {
	case '"':
		buf_add_lit(b, "\\\"");
		return;
	case '\\':
		buf_add_lit(b, "\\\\");
		return;
	case '\n':
		buf_add_lit(b, "\\n");
		return;
	case '\r':
		buf_add_lit(b, "\\r");
		return;
	case '\t':
		buf_add_lit(b, "\\t");
		return;
	default:
		buf_printf(b, "\\u%04x", (unsigned)(unsigned char)c);
	}
}

void buf_add_json(struct buf *b, struct str s)
{
	size_t plain = 0;

	buf_add_char(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(b, s.p + plain, i - plain);
		json_escape(b, s.p[i]);
		plain = i + 1;
	}
	if (plain < s.n)
		buf_add(b, s.p + plain, s.n - plain);
	buf_add_char(b, '"');
}
