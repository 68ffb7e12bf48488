/* SPDX-License-Identifier: MIT */
/* when.h - time as numbers and as text
 *
 * A point in time is int64_t milliseconds since 1970 UTC (wall) or since boot
 * (the loop's clock); a span is int64_t milliseconds.  The current time is
 * never read here: it comes from the loop.
 */
#ifndef GW_BASE_WHEN_H
#define GW_BASE_WHEN_H

#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define WHEN_SECOND   ((int64_t)1000)
#define WHEN_MINUTE   (60 * WHEN_SECOND)
#define WHEN_HOUR     (60 * WHEN_MINUTE)
#define WHEN_DAY      (24 * WHEN_HOUR)
#define WHEN_TEXT_MAX 40

/* "2026-11-22T10:02:03.004Z" (XEP-0082, RFC 3339); out: WHEN_TEXT_MAX. */
const char *when_rfc3339(int64_t wall, char out[WHEN_TEXT_MAX]);
/* "Sun, 22 Nov 2026 10:02:03 +0000" (RFC 5322 3.3). */
const char *when_rfc5322(int64_t wall, char out[WHEN_TEXT_MAX]);
/* Strict RFC 3339 date-time with zone; fractions beyond ms are cut; a leap
 * second is read as :59.  Years 0001 to 9999. */
enum gw_err when_parse_rfc3339(struct str s, int64_t *wall) GW_CHECKED;

/* Spans as operators write them: "90s", "5m", "1h30m", "2d", "500ms", "0".
 * Number and unit, largest unit first; no sign. */
enum gw_err when_parse_span(struct str s, int64_t *ms) GW_CHECKED;
const char *when_span(int64_t ms, char out[WHEN_TEXT_MAX]); /* "1h30m" */

#endif
