/* SPDX-License-Identifier: MIT */
/* cookie.c - the two cookies: log-in, and what a log-in page is known by */
#include "web/cookie.h"

static const char *name_of(const struct web_req *q, bool page)
{
	if (web_secure(q))
		return page ? "__Host-muster-page" : "__Host-muster";
	return page ? "muster-page" : "muster";
}

static void set(struct web_req *q, bool page, const char *value,
		const char *tail)
{
	http_set(q->http, "Set-Cookie",
		 arena_printf(q->arena,
			      "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
			      name_of(q, page), value,
			      web_secure(q) ? "; Secure" : "", tail));
}

struct str web_cookie_get(const struct web_req *q)
{
	return http_cookie(q->http, name_of(q, false));
}

void web_cookie_set(struct web_req *q, const char *token)
{
	set(q, false, token, "");
}

void web_cookie_clear(struct web_req *q)
{
	set(q, false, "", "; Max-Age=0");
}

struct str web_cookie_page(const struct web_req *q)
{
	return http_cookie(q->http, name_of(q, true));
}

void web_cookie_set_page(struct web_req *q, const char *token)
{
	set(q, true, token, "");
}
