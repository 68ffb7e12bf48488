/* SPDX-License-Identifier: MIT */
/* configuration.c - the running configuration: shown, and read again */
#include "web/web_private.h"

static void on_effective(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct buf b = { .data = NULL };

	admin->config_effective(admin->self, &b);
	http_set(q->http, "Cache-Control", "no-store");
	web_answer(q, 200, "text/plain; charset=utf-8", buf_str(&b));
	buf_fini(&b);
}

static void on_schema(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct buf b = { .data = NULL };

	admin->config_schema(admin->self, &b);
	web_json(q, 200, &b);
}

static void on_reload(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;

	admin->reload(admin->self, web_done, q);
}

const struct web_route web_configuration_routes[] = {
	{ HTTP_GET, "/api/config/effective", 0, WEB_ADMIN, false,
	  on_effective },
	{ HTTP_GET, "/api/config/schema", 0, WEB_ADMIN, false, on_schema },
	{ HTTP_POST, "/api/config/reload", 1024, WEB_ADMIN, false, on_reload },
	{ .path = NULL },
};
