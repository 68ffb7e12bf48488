/* SPDX-License-Identifier: MIT */
/* status.c - the nine words as HTTP says them */
#include "web/web_private.h"

unsigned web_status(enum gw_err e)
{
	switch (e) {
	case GW_OK:
		return 200;
	case GW_AGAIN:
	case GW_UNAVAIL:
		return 503;
	case GW_BAD_INPUT:
		return 400;
	case GW_LIMIT:
		return 429;
	case GW_DENIED:
		return 403;
	case GW_NOT_FOUND:
		return 404;
	case GW_CONFLICT:
		return 409;
	case GW_INTERNAL:
		return 500;
	}
	__builtin_unreachable();
}

const char *web_code(enum gw_err e)
{
	switch (e) {
	case GW_OK:
		return "ok";
	case GW_AGAIN:
		return "again";
	case GW_UNAVAIL:
		return "unavailable";
	case GW_BAD_INPUT:
		return "bad_input";
	case GW_LIMIT:
		return "limit";
	case GW_DENIED:
		return "denied";
	case GW_NOT_FOUND:
		return "not_found";
	case GW_CONFLICT:
		return "conflict";
	case GW_INTERNAL:
		return "internal";
	}
	__builtin_unreachable();
}
