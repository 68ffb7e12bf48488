/* SPDX-License-Identifier: MIT */
/* v2.h - Alertmanager's API, version 2: alerts in (v2.c), all out (v2_read.c)
 *
 * Answers are those of Alertmanager 0.25, byte for byte where its clients
 * look: schema errors 422 with a code, what cannot be stored 400 with a JSON
 * text after the rest was stored, 415 for another content type.
 */
#ifndef GW_ALERTS_API_V2_H
#define GW_ALERTS_API_V2_H

#include "alerts/event.h"
#include "gateway/net/httpd.h"

struct alerts_v2_post {
	struct alerts_event *events; /* those that are good */
	size_t n;
	unsigned status; /* 200, 400, 422 */
	/* status not 200: a JSON text when some are good or could have been,
	 * an object {code, message} when nothing of it was taken */
	struct str answer;
	const char *why; /* the same for the log and the dead letter */
};

struct alerts_v2_times {
	int64_t now, resolve_timeout;
};

void alerts_v2_parse(struct str body, const struct alerts_v2_times *t,
		     struct arena *a, struct alerts_v2_post *out);

/* {"code":..., "message":...} */
void alerts_v2_error(struct http_req *r, unsigned status, unsigned code,
		     const char *text);

extern const struct http_route alerts_api_v2_read[];

#endif
