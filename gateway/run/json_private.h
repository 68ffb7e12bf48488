/* SPDX-License-Identifier: MIT */
/* json_private.h - what must hold before json-c sees a byte
 *
 * json-c accepts more than RFC 8259 even when it is strict: duplicate keys,
 * single quotes, NaN, clamped integers, lone surrogates, embedded NUL.
 */
#ifndef GW_RUN_JSON_PRIVATE_H
#define GW_RUN_JSON_PRIVATE_H

#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define JSON_DEPTH_MAX 32

/* On success *value is the text without the blanks around it. */
enum gw_err json_check(struct str text, struct str *value,
		       struct err_note *note) GW_CHECKED;

#endif
