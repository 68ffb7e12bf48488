/* SPDX-License-Identifier: MIT */
/* reply.c - the one reply of a request: JSON, page, or error */
#include "web/web_private.h"

#define CSP                                                                    \
	"default-src 'none'; script-src 'self'; style-src 'self'; "            \
	"img-src 'self' data:; connect-src 'self'; form-action 'self'; "       \
	"base-uri 'none'; frame-ancestors 'none'"

void web_headers(struct http_req *r)
{
	http_set(r, "Content-Security-Policy", CSP);
	http_set(r, "X-Content-Type-Options", "nosniff");
	http_set(r, "Referrer-Policy", "no-referrer");
	http_set(r, "X-Frame-Options", "DENY");
	http_set(r, "Cross-Origin-Opener-Policy", "same-origin");
	http_set(r, "Cross-Origin-Resource-Policy", "same-origin");
}

void web_answer(struct web_req *q, unsigned status, const char *type,
		struct str body)
{
	list_del(&q->link);
	json_free(&q->body);
	web_headers(q->http);
	http_reply(q->http, status, type, body);
}

static void no_store(struct web_req *q)
{
	http_set(q->http, "Cache-Control", "no-store");
}

void web_json(struct web_req *q, unsigned status, struct buf *json)
{
	no_store(q);
	buf_add_char(json, '\n');
	web_answer(q, status, "application/json", buf_str(json));
	buf_fini(json);
}

struct str web_printable(const char *why)
{
	struct str s = str_of(why);

	return str_utf8_valid(s) ? s : STR("not readable");
}

void web_refuse(struct web_req *q, unsigned status, const char *code,
		const char *why)
{
	struct buf b = { .data = NULL };
	struct json_out o;

	json_out_init(&o, &b);
	json_out_object(&o, NULL);
	json_out_object(&o, "error");
	json_out_text(&o, "code", code);
	json_out_str(&o, "message", web_printable(why));
	json_out_end_object(&o);
	json_out_end_object(&o);
	web_json(q, status, &b);
}

void web_fail(struct web_req *q, enum gw_err e, const char *why)
{
	if (why == NULL || *why == '\0')
		why = err_text(e);
	web_refuse(q, web_status(e), web_code(e), why);
}

void web_redirect(struct web_req *q, const char *to)
{
	no_store(q);
	http_set(q->http, "Location", to);
	web_answer(q, 303, NULL, STR_NONE);
}

void web_done(void *arg, enum gw_err e, const char *why)
{
	struct web_req *q = arg;
	struct buf b = { .data = NULL };

	if (e != GW_OK) {
		web_fail(q, e, why);
		return;
	}
	buf_add_lit(&b, "{}");
	web_json(q, 200, &b);
}
