/* SPDX-License-Identifier: MIT */
/* stream.c - GET /api/events: what changed, as it changes */
#include "web/web_private.h"

static void on_events(struct web_req *q)
{
	struct web *w = q->web;
	struct events_viewer v = {
		.session = q->session,
		.who = q->who,
		.last = http_header(q->http, "Last-Event-ID"),
	};

	if (v.last.p == NULL)
		v.last = http_query(q->http, "last");
	list_del(&q->link);
	web_headers(q->http);
	if (web_events_open(w->events, q->http, &v) == GW_OK)
		return;
	list_append(&w->waiting, &q->link);
	web_fail(q, GW_LIMIT, "too many pages of yours are open");
}

const struct web_route web_stream_routes[] = {
	{ HTTP_GET, "/api/events", 0, WEB_OPERATOR, false, on_events },
	{ .path = NULL },
};
