/* SPDX-License-Identifier: MIT */
/* s2s.c - links with other XMPP servers, and why they fail */
#include "web/web_private.h"

static void on_links(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct buf b = { .data = NULL };

	buf_add_lit(&b, "{\"links\":");
	admin->s2s_links(admin->self, &b);
	buf_add_char(&b, '}');
	web_json(q, 200, &b);
}

const struct web_route web_s2s_routes[] = {
	{ HTTP_GET, "/api/s2s", 0, WEB_ADMIN, false, on_links },
	{ .path = NULL },
};
