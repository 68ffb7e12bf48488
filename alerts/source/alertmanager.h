/* SPDX-License-Identifier: MIT */
/* alertmanager.h - the webhook of Alertmanager and Grafana, version 4
 *
 * POST (Grafana: PUT too) to /alerts/SOURCE.  Unknown fields are ignored;
 * only labels and status of each alert are needed, because both programs let
 * users change the rest.
 */
#ifndef GW_ALERTS_SOURCE_ALERTMANAGER_H
#define GW_ALERTS_SOURCE_ALERTMANAGER_H

#include "alerts/event.h"

struct alerts_webhook {
	struct alerts_event *events; /* those that are good */
	size_t n, bad;
	struct str key;	      /* of the delivery: hex */
	struct err_note note; /* of the first bad one */
};

/* expire: an alert that fires ends then at the latest.  GW_BAD_INPUT: the
 * whole is no webhook; note says why. */
enum gw_err alerts_alertmanager_parse(struct str body, int64_t now,
				      int64_t expire, struct arena *a,
				      struct alerts_webhook *out) GW_CHECKED;

#endif
