/* SPDX-License-Identifier: MIT */
/* pattern.h - an RE2 expression as Alertmanager's users write them, as ERE */
#ifndef GW_ALERTS_RULE_PATTERN_H
#define GW_ALERTS_RULE_PATTERN_H

#include <stdbool.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define ALERTS_PATTERN_MAX ((size_t)4096)

/* Adds ^(...)$ in POSIX extended syntax; icase: (?i) stood in front.
 * GW_BAD_INPUT with a sentence for what has no counterpart. */
enum gw_err alerts_pattern_translate(struct str re2, struct buf *out,
				     bool *icase,
				     struct err_note *note) GW_CHECKED;

#endif
