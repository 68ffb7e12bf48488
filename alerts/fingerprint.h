/* SPDX-License-Identifier: MIT */
/* fingerprint.h - the name of an alert, equal to Alertmanager's */
#ifndef GW_ALERTS_FINGERPRINT_H
#define GW_ALERTS_FINGERPRINT_H

#include <stdint.h>

#include "alerts/labels.h"

#define ALERTS_FINGERPRINT_MAX 17 /* 16 hex digits and the end */

uint64_t alerts_fingerprint(const struct alerts_labels *l);
const char *alerts_fingerprint_text(uint64_t f,
				    char out[ALERTS_FINGERPRINT_MAX]);

#endif
