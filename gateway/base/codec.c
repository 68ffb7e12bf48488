/* SPDX-License-Identifier: MIT */
/* codec.c - base64 and hex */
#include "gateway/base/codec.h"

#include <stdlib.h>
#include <string.h>

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789abcdef";

char *codec_base64(struct arena *a, const void *p, size_t n)
{
	const uint8_t *in = p;
	char *text, *out;

	if (n > SIZE_MAX / 2)
		abort();
	text = out = arena_alloc(a, n / 3 * 4 + 5);
	while (n > 0) {
		size_t take = n < 3 ? n : 3;
		unsigned v = (unsigned)in[0] << 16;

		if (take > 1)
			v |= (unsigned)in[1] << 8;
		if (take > 2)
			v |= in[2];
		out[0] = base64_digits[v >> 18];
		out[1] = base64_digits[v >> 12 & 63];
		out[2] = '=';
		out[3] = '=';
		if (take > 1)
			out[2] = base64_digits[v >> 6 & 63];
		if (take > 2)
			out[3] = base64_digits[v & 63];
		in += take;
		n -= take;
		out += 4;
	}
	return text;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	return -1;
}

enum gw_err codec_unbase64(struct arena *a, struct str in, struct str *out)
{
	size_t digits = in.n, len = 0;
	unsigned v = 0;
	char *bytes;

	if (in.n % 4 != 0)
		return GW_BAD_INPUT;
	for (int pad = 0; pad < 2 && digits > 0; pad++)
		digits -= in.p[digits - 1] == '=';
	bytes = arena_alloc(a, in.n / 4 * 3 + 1);
	for (size_t i = 0; i < digits; i++) {
		int d = base64_value(in.p[i]);

		if (d < 0)
			return GW_BAD_INPUT;
		v = v << 6 | (unsigned)d;
		if (i % 4 == 0)
			continue;
		/* The bits not yet written: 4, 2, 0 after digits 2, 3, 4. */
		bytes[len++] = (char)(v >> (6 - i % 4 * 2) & 0xff);
	}
	/* RFC 4648 3.5: the bits that pad the last digit must be zero. */
	if (digits % 4 == 2 && (v & 15) != 0)
		return GW_BAD_INPUT;
	if (digits % 4 == 3 && (v & 3) != 0)
		return GW_BAD_INPUT;
	*out = str_make(bytes, len);
	return GW_OK;
}

void codec_hex_to(char *dst, const void *p, size_t n)
{
	const uint8_t *in = p;

	for (size_t i = 0; i < n; i++) {
		dst[2 * i] = hex_digits[in[i] >> 4];
		dst[2 * i + 1] = hex_digits[in[i] & 15];
	}
	dst[2 * n] = '\0';
}

char *codec_hex(struct arena *a, const void *p, size_t n)
{
	char *text;

	if (n > SIZE_MAX / 4)
		abort();
	text = arena_alloc(a, 2 * n + 1);
	codec_hex_to(text, p, n);
	return text;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

enum gw_err codec_unhex(struct arena *a, struct str in, struct str *out)
{
	char *bytes;

	if (in.n % 2 != 0)
		return GW_BAD_INPUT;
	bytes = arena_alloc(a, in.n / 2 + 1);
	for (size_t i = 0; i < in.n; i += 2) {
		int high = hex_value(in.p[i]), low = hex_value(in.p[i + 1]);

		if (high < 0 || low < 0)
			return GW_BAD_INPUT;
		bytes[i / 2] = (char)(high << 4 | low);
	}
	*out = str_make(bytes, in.n / 2);
	return GW_OK;
}

int codec_hex_digit(char c)
{
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return hex_value(c);
}

bool codec_hex_byte(const char *p, char *out)
{
	int high = codec_hex_digit(p[0]), low = codec_hex_digit(p[1]);

	if (high < 0 || low < 0)
		return false;
	*out = (char)(high << 4 | low);
	return true;
}
