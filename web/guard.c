/* SPDX-License-Identifier: MIT */
/* guard.c - who may ask for what, decided before a route's function is called
 *
 * A route says what it needs, and there is no route that says nothing: who is
 * not let in here is not let in anywhere (alerts.md 14.4).  Nothing here looks
 * at paths.
 */
#include "gateway/net/address.h"
#include "gateway/run/crypto.h"
#include "gateway/run/log.h"
#include "web/cookie.h"
#include "web/web_private.h"

static bool is_control(struct http_req *r)
{
	return strcmp(http_peer(r), "unix") == 0;
}

static bool from_loopback(const struct web_req *q)
{
	struct str host = address_host(http_peer(q->http));

	return str_starts(host, "127.") || str_is(host, "::1");
}

/* Behind a proxy that ends TLS the browser's line is private though ours is
 * plain: web.url says so, and the Host it sent is that of web.url. */
static bool behind_https(const struct web_req *q)
{
	struct str url = str_of(q->web->conf->url);
	struct str host = http_header(q->http, "Host");

	if (!str_starts(url, "https://") || !from_loopback(q))
		return false;
	url = str_make(url.p + 8, url.n - 8);
	url.n = str_find(url, '/');
	return str_ieq(url, host);
}

bool web_secure(const struct web_req *q)
{
	return (http_is_tls(q->http) && !q->control) || behind_https(q);
}

bool web_private_line(const struct web_req *q)
{
	return web_secure(q) || q->control || from_loopback(q);
}

/* The part of an Origin behind its scheme; n 0: "null" and the like. */
static struct str origin_host(struct str origin)
{
	if (str_istarts(origin, "https://"))
		return str_make(origin.p + 8, origin.n - 8);
	if (str_istarts(origin, "http://"))
		return str_make(origin.p + 7, origin.n - 7);
	return STR_NONE;
}

static bool origin_is_ours(const struct web_req *q, struct str origin)
{
	struct str host = http_header(q->http, "Host");

	return host.n != 0 && str_ieq(origin_host(origin), host);
}

bool web_same_site(const struct web_req *q)
{
	struct str site = http_header(q->http, "Sec-Fetch-Site");
	struct str origin = http_header(q->http, "Origin");

	if (site.p != NULL && !str_is(site, "same-origin"))
		return false;
	/* A form's Origin is "null" under our Referrer-Policy (Fetch, "append
	 * a request Origin header"): then Sec-Fetch-Site alone must say it. */
	if (site.p != NULL && str_is(origin, "null"))
		return true;
	if (origin.p != NULL)
		return origin_is_ours(q, origin);
	return site.p != NULL;
}

bool web_in_pool(const struct pool *p, struct str who)
{
	const struct conf_texts *leads = &pool_conf(p)->leads;

	if (pool_has_member(p, who))
		return true;
	for (size_t i = 0; i < leads->count; i++)
		if (str_is(who, leads->items[i]))
			return true;
	return false;
}

bool web_is_operator(const struct web *w, struct str address)
{
	const struct pool *p;
	size_t it = 0;

	while ((p = pool_next(w->spec.pools, &it)) != NULL)
		if (web_in_pool(p, address))
			return true;
	return false;
}

/* ---- who is it ---- */

static void recognise(struct web_req *q)
{
	struct web *w = q->web;
	const struct session *s;

	q->control = is_control(q->http);
	if (q->control) {
		q->known = q->admin = q->operator_ = true;
		return;
	}
	q->token = web_cookie_get(q);
	s = web_session_of(w->sessions, q->token);
	if (s == NULL)
		return;
	q->known = true;
	q->session = s->id;
	q->who = arena_strdup(q->arena, s->address);
	q->admin =
		w->spec.admin.user_is_admin(w->spec.admin.self, str_of(q->who));
	q->operator_ = q->admin || web_is_operator(w, str_of(q->who));
	/* What a page fetches by itself does not keep its user logged in. */
	if (http_header(q->http, "X-Muster-Auto").p == NULL)
		web_session_use(w->sessions, &q->session);
}

static bool may(const struct web_req *q, enum web_need need)
{
	switch (need) {
	case WEB_CONTROL:
		return q->control;
	case WEB_ADMIN:
		return q->admin;
	case WEB_OPERATOR:
		return q->operator_;
	case WEB_PERSON:
		return q->known;
	case WEB_OPEN:
		return true;
	}
	__builtin_unreachable();
}

static void turn_away(struct web_req *q, enum web_need need)
{
	static const char *const why[] = {
		[WEB_CONTROL] = "only over the control socket of the machine",
		[WEB_ADMIN] = "this is for administrators",
		[WEB_OPERATOR] = "this is for members and leads of a pool",
	};

	if (q->page && !q->known)
		web_gate(q);
	else if (!q->known)
		web_refuse(q, 401, "login", "log in first");
	else
		web_fail(q, GW_DENIED, why[need]);
}

/* Other sites' pages must not act with our cookie. */
static bool forged(struct web_req *q)
{
	struct str given = http_header(q->http, "X-CSRF-Token");

	if (q->control || http_method(q->http) == HTTP_GET)
		return false;
	if (!web_same_site(q))
		return true;
	return !str_eq_secret(str_of(web_csrf(q->arena, q->token)), given);
}

void web_guard(struct http_req *r, void *arg)
{
	struct web_mount *m = arg;
	const struct web_route *route = m->route;
	struct web_req *q = arena_alloc(http_arena(r), sizeof(*q));

	q->web = m->web;
	q->http = r;
	q->arena = http_arena(r);
	q->who = "";
	q->page = route->page;
	list_append(&m->web->waiting, &q->link);
	recognise(q);
	if (!may(q, route->need)) {
		turn_away(q, route->need);
		return;
	}
	/* Before log-in there is no token of a log-in: those routes check the
	 * one of their own form. */
	if (route->need != WEB_OPEN && forged(q)) {
		log_warn("web.forged", "path", LOG_STR(http_path(r)), "peer",
			 http_peer(r), NULL);
		web_refuse(q, 403, "csrf",
			   "this did not come from our own page");
		return;
	}
	route->fn(q);
}
