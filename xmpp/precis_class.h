/* SPDX-License-Identifier: MIT */
/* precis_class.h - string classes, contextual rules and the bidi rule
 *
 * The judging half of PRECIS, on code points; nothing is changed here.
 */
#ifndef GW_XMPP_PRECIS_CLASS_H
#define GW_XMPP_PRECIS_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "xmpp/precis_table.h"

struct precis_points {
	uint32_t *p;
	size_t n;
};

const struct precis_row *xmpp_precis_class_row(uint32_t c);

/* What a fullwidth or halfwidth code point stands for, else c itself. */
uint32_t xmpp_precis_class_width(uint32_t c);

/* IdentifierClass, or FreeformClass (RFC 8264 4.2, 4.3). */
enum gw_err xmpp_precis_class_check(struct precis_points s, bool freeform,
				    struct err_note *note) GW_CHECKED;

/* The bidi rule (RFC 5893 2) where there is a right-to-left code point. */
enum gw_err xmpp_precis_class_bidi(struct precis_points s,
				   struct err_note *note) GW_CHECKED;

/* See xmpp_precis_one_script(). */
enum gw_err xmpp_precis_class_script(struct precis_points s,
				     struct err_note *note) GW_CHECKED;

#endif
