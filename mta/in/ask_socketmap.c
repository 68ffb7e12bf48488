/* SPDX-License-Identifier: MIT */
/* ask_socketmap.c - the socketmap of Postfix and Sendmail: netstrings */
#include "mta/in/ask_parse.h"

#define DIGITS_MAX 5 /* of MTA_SOCKETMAP_MAX */

/* "123:" at the start; GW_AGAIN while it may still become one. */
static enum gw_err length(const uint8_t *p, size_t n, size_t *len, size_t *at)
{
	*len = 0;
	for (*at = 0; *at < n; (*at)++) {
		uint8_t c = p[*at];

		if (c == ':' && *at > 0)
			return *len <= MTA_SOCKETMAP_MAX ? GW_OK : GW_LIMIT;
		if (c < '0' || c > '9')
			return GW_BAD_INPUT;
		if (*at == DIGITS_MAX || (*at == 1 && p[0] == '0'))
			return GW_LIMIT;
		*len = *len * 10 + (size_t)(c - '0');
	}
	return GW_AGAIN;
}

enum gw_err mta_ask_socketmap(const uint8_t *p, size_t n, struct str *map,
			      struct str *key, size_t *eaten)
{
	size_t len, at;
	enum gw_err e = length(p, n, &len, &at);
	struct str rest;

	if (e != GW_OK)
		return e;
	if (n - at - 1 < len + 1)
		return GW_AGAIN;
	rest = str_make((const char *)p + at + 1, len);
	if (p[at + 1 + len] != ',' || memchr(rest.p, '\0', len) != NULL)
		return GW_BAD_INPUT;
	*eaten = at + 1 + len + 1;
	if (!str_split(&rest, ' ', map) || map->n == 0 || rest.p == NULL)
		return GW_BAD_INPUT;
	*key = rest;
	return GW_OK;
}
