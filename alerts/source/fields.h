/* SPDX-License-Identifier: MIT */
/* fields.h - labels and times as JSON has them */
#ifndef GW_ALERTS_SOURCE_FIELDS_H
#define GW_ALERTS_SOURCE_FIELDS_H

#include "alerts/event.h"

#define ALERTS_FIELDS_ABSENT INT64_MIN

/* An object of texts, copied into a; absent and null are empty.  GW_BAD_INPUT:
 * something else. */
enum gw_err alerts_fields_pairs(const struct json *object, struct arena *a,
				struct alerts_pairs *out) GW_CHECKED;
/* RFC 3339; absent, null, "" and the year 1 are ALERTS_FIELDS_ABSENT: Go's
 * zero time, which amtool and Alertmanager send for "not given". */
enum gw_err alerts_fields_time(const struct json *text,
			       int64_t *out) GW_CHECKED;
/* A text, "" when absent. */
struct str alerts_fields_text(const struct json *object, const char *key,
			      struct arena *a);

#endif
