/* SPDX-License-Identifier: MIT */
/* codec.h - bytes as text: base64 (RFC 4648 4) and lower-case hex
 *
 * Decoding is strict: no white space, no missing or surplus padding, zero
 * trailing bits; anything else is GW_BAD_INPUT and *out stays unset.
 */
#ifndef GW_BASE_CODEC_H
#define GW_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

char *codec_base64(struct arena *a, const void *p, size_t n);
enum gw_err codec_unbase64(struct arena *a, struct str in,
			   struct str *out) GW_CHECKED;
char *codec_hex(struct arena *a, const void *p, size_t n);
void codec_hex_to(char *dst, const void *p, size_t n); /* 2n+1 bytes */
enum gw_err codec_unhex(struct arena *a, struct str in,
			struct str *out) GW_CHECKED; /* lower case only */
/* The value of one digit of either case; -1: it is none. */
int codec_hex_digit(char c);
/* Two digits at p, as in "%C3" and "=c3". */
bool codec_hex_byte(const char *p, char *out);

#endif
