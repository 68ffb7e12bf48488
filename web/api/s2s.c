/* SPDX-License-Identifier: MIT */
/* s2s.c - links with other XMPP servers, and why they fail */
#include "web/web_private.h"

static void report(struct web_req *q, unsigned status, struct str domain)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct buf b = { .data = NULL };

	if (admin->s2s_report(admin->self, domain, &b) == GW_OK) {
		web_json(q, status, &b);
		return;
	}
	buf_fini(&b);
	web_fail(q, GW_BAD_INPUT, "that is no domain");
}

static void on_links(struct web_req *q)
{
	report(q, 200, STR_NONE);
}

static void on_domain(struct web_req *q)
{
	report(q, 200, http_segment(q->http, 0));
}

/* What comes of it is asked for with GET. */
static void on_try(struct web_req *q)
{
	const struct seam_admin *admin = &q->web->spec.admin;
	struct str domain = http_segment(q->http, 0);
	struct err_note note = { .text = "" };
	enum gw_err e = admin->s2s_try(admin->self, domain, &note);

	if (e == GW_OK)
		report(q, 202, domain);
	else
		web_fail(q, e, note.text);
}

const struct web_route web_s2s_routes[] = {
	{ HTTP_GET, "/api/s2s", 0, WEB_ADMIN, false, on_links },
	{ HTTP_GET, "/api/s2s/{}", 0, WEB_ADMIN, false, on_domain },
	{ HTTP_POST, "/api/s2s/{}/try", 1024, WEB_ADMIN, false, on_try },
	{ .path = NULL },
};
