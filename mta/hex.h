/* SPDX-License-Identifier: MIT */
/* hex.h - a byte as mail writes it in "=C3" and "+C3": either case */
#ifndef GW_MTA_HEX_H
#define GW_MTA_HEX_H

#include <stdbool.h>

static inline int mta_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Two digits at p. */
static inline bool mta_hex_byte(const char *p, char *out)
{
	int high = mta_hex_digit(p[0]), low = mta_hex_digit(p[1]);

	if (high < 0 || low < 0)
		return false;
	*out = (char)(high * 16 + low);
	return true;
}

#endif
