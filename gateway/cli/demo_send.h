/* SPDX-License-Identifier: MIT */
/* demo_send.h - mail and alerts as the world outside sends them (libcurl)
 */
#ifndef GW_CLI_DEMO_SEND_H
#define GW_CLI_DEMO_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"

struct demo_mail {
	const char *smtp; /* "127.0.0.1:2525" */
	const char *from, *to;
	const char *message_id, *subject, *body;
};
/* GW_OK: the server said 250 to it. */
enum gw_err demo_send_mail(const struct demo_mail *m,
			   struct err_note *note) GW_CHECKED;

struct demo_alert {
	const char *url;   /* of the source */
	const char *token; /* "" none */
	const char *name;  /* alertname */
	const char *run;   /* makes the alert another one each time */
	bool resolved;
	int64_t starts_at;
};
/* GW_OK: 2xx.  The body is Alertmanager's webhook, version 4. */
enum gw_err demo_send_alert(const struct demo_alert *d,
			    struct err_note *note) GW_CHECKED;

#endif
