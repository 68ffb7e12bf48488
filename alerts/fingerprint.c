/* SPDX-License-Identifier: MIT */
/* fingerprint.c - the name of an alert, equal to Alertmanager's
 *
 * 64-bit FNV-1a over the pairs sorted by name, each as name, 0xFF, value,
 * 0xFF.  It is no secret and no proof: whoever may post can make two sets
 * with one fingerprint, so the table compares the labels as well.
 */
#include "alerts/fingerprint.h"

#include <stdio.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

static uint64_t add(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (uint8_t)s.p[i]) * FNV_PRIME;
	return (h ^ 0xff) * FNV_PRIME;
}

uint64_t alerts_fingerprint(const struct alerts_labels *l)
{
	uint64_t h = FNV_OFFSET;

	for (size_t i = 0; i < l->n; i++)
		h = add(add(h, l->v[i].name), l->v[i].value);
	return h;
}

const char *alerts_fingerprint_text(uint64_t f,
				    char out[ALERTS_FINGERPRINT_MAX])
{
	snprintf(out, ALERTS_FINGERPRINT_MAX, "%016llx", (unsigned long long)f);
	return out;
}
