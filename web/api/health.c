/* SPDX-License-Identifier: MIT */
/* health.c - for what watches this program: alive, ready, metrics */
#include "gateway/net/address.h"
#include "web/web_private.h"

static void on_healthy(struct web_req *q)
{
	web_answer(q, 200, "text/plain; charset=utf-8", STR("healthy\n"));
}

static void on_ready(struct web_req *q)
{
	if (store_healthy(q->web->spec.store))
		web_answer(q, 200, "text/plain; charset=utf-8", STR("ready\n"));
	else
		web_answer(q, 503, "text/plain; charset=utf-8",
			   STR("the store is failing\n"));
}

/* What a proxy on this machine passes on is not from this machine. */
static bool is_local(const struct web_req *q)
{
	struct str host = address_host(http_peer(q->http));

	return (str_starts(host, "127.") || str_is(host, "::1")) &&
	       http_header(q->http, "X-Forwarded-For").p == NULL &&
	       http_header(q->http, "Forwarded").p == NULL &&
	       http_header(q->http, "Sec-Fetch-Site").p == NULL;
}

static void on_metrics(struct web_req *q)
{
	struct buf b = { .data = NULL };

	if (!q->known && !is_local(q)) {
		web_refuse(q, 401, "login",
			   "from this machine, or logged in, only");
		return;
	}
	metrics_print(q->web->spec.metrics, &b);
	http_set(q->http, "Cache-Control", "no-store");
	web_answer(q, 200,
		   "application/openmetrics-text; version=1.0.0; "
		   "charset=utf-8",
		   buf_str(&b));
	buf_fini(&b);
}

const struct web_route web_health_routes[] = {
	{ HTTP_GET, "/-/healthy", 0, WEB_OPEN, false, on_healthy },
	{ HTTP_GET, "/-/ready", 0, WEB_OPEN, false, on_ready },
	{ HTTP_GET, "/metrics", 0, WEB_OPEN, false, on_metrics },
	{ .path = NULL },
};
