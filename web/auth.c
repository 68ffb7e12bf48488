/* SPDX-License-Identifier: MIT */
/* auth.c - the log-in page, log-in links, log-out
 *
 * Works without scripts.  A link logs in only by the button on its page: a
 * GET never changes state, for link previews fetch whatever they see.
 */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"
#include "gateway/run/log.h"
#include "web/cookie.h"
#include "web/web_private.h"

#define LINK_LIVES   ((int64_t)10 * 60 * 1000)
#define LINKS_MAX    100
#define PASSWORD_MAX 1024

struct link {
	struct list link; /* web.links, oldest first */
	struct session_id id;
	int64_t until; /* loop_now() */
	char address[];
};

struct attempt {
	struct web_req *q;
	struct limit_try limit;
	const char *next;
};

/* ---- the form's own token: nobody else can make our form post ---- */

static char *mac(struct arena *a, struct str key, struct str text)
{
	uint8_t out[CRYPTO_HASH_MAX];

	crypto_hmac(CRYPTO_SHA256, key, text, out);
	return codec_hex(a, out, 32);
}

char *web_csrf(struct arena *a, struct str token)
{
	return mac(a, token, STR("csrf"));
}

static char *form_token(struct web_req *q, struct str cookie)
{
	const uint8_t *key = q->web->key;

	return mac(q->arena, str_make((const char *)key, 32), cookie);
}

/* ---- pages ---- */

static void page_begin(struct buf *b, const char *title)
{
	buf_add_lit(b, "<!doctype html>\n<html lang=\"en\"><head>"
		       "<meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" "
		       "content=\"width=device-width, initial-scale=1\">"
		       "<meta name=\"color-scheme\" content=\"light dark\">");
	buf_printf(b, "<title>%s - Muster</title>", title);
	buf_add_lit(b, "<link rel=\"icon\" href=\"/static/icon.svg\">"
		       "<link rel=\"stylesheet\" href=\"/static/style.css\">"
		       "</head><body class=\"gate\"><main class=\"gate-box\">"
		       "<p class=\"brand\"><img src=\"/static/icon.svg\" "
		       "alt=\"\" width=\"28\" height=\"28\">Muster</p>");
}

static void page_end(struct buf *b)
{
	buf_add_lit(b, "</main></body></html>\n");
}

static void page_send(struct web_req *q, unsigned status, struct buf *b)
{
	page_end(b);
	http_set(q->http, "Cache-Control", "no-store");
	web_answer(q, status, "text/html; charset=utf-8", buf_str(b));
	buf_fini(b);
}

static void hidden(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, "<input type=\"hidden\" name=\"%s\" value=\"", name);
	buf_add_xml(b, value);
	buf_add_lit(b, "\">");
}

/* The cookie stays the same while it lives, so that two tabs both work. */
static void form_begin(struct web_req *q, struct buf *b, struct str action)
{
	struct str cookie = web_cookie_page(q);
	uint8_t secret[32];

	if (cookie.n != 64) {
		loop_random(q->web->spec.loop, secret, sizeof(secret));
		cookie = str_of(codec_hex(q->arena, secret, sizeof(secret)));
		web_cookie_set_page(q, cookie.p);
	}
	buf_add_lit(b, "<form method=\"post\" action=\"");
	buf_add_xml(b, action);
	buf_add_lit(b, "\">");
	hidden(b, "csrf", str_of(form_token(q, cookie)));
}

static void said(struct buf *b, const char *message)
{
	if (message == NULL)
		return;
	buf_add_lit(b, "<p class=\"said\" role=\"alert\">");
	buf_add_xml(b, str_of(message));
	buf_add_lit(b, "</p>");
}

static void login_page(struct web_req *q, unsigned status, const char *message,
		       struct str next)
{
	struct buf b = { .data = NULL };

	page_begin(&b, "Log in");
	buf_add_lit(&b, "<h1>Log in</h1>");
	said(&b, message);
	form_begin(q, &b, STR("/login"));
	if (next.n != 0)
		hidden(&b, "next", next);
	buf_add_lit(&b, "<label for=\"address\">Address</label>"
			"<input id=\"address\" name=\"address\" type=\"text\" "
			"inputmode=\"email\" autocomplete=\"username\" "
			"autocapitalize=\"none\" spellcheck=\"false\" "
			"required autofocus placeholder=\"ann@example.org\" "
			"value=\"");
	buf_add_xml(&b, web_form(q, "address"));
	buf_add_lit(
		&b,
		"\"><label for=\"password\">Password</label>"
		"<input id=\"password\" name=\"password\" type=\"password\" "
		"autocomplete=\"current-password\" required>"
		"<button type=\"submit\" class=\"primary\">Log in</button>"
		"</form>");
	page_send(q, status, &b);
}

static void message_page(struct web_req *q, unsigned status, const char *title,
			 const char *message)
{
	struct buf b = { .data = NULL };

	page_begin(&b, title);
	buf_printf(&b, "<h1>%s</h1>", title);
	said(&b, message);
	buf_add_lit(&b, "<p><a href=\"/login\">Log in with a password</a></p>");
	page_send(q, status, &b);
}

/* ---- both ways in ---- */

static bool posted_by_our_form(struct web_req *q)
{
	struct str cookie = web_cookie_page(q);
	struct str given = web_form(q, "csrf");

	return web_same_site(q) && cookie.n == 64 &&
	       str_eq_secret(str_of(form_token(q, cookie)), given);
}

struct entering {
	struct web_req *q;
	const char *next;
	char token[SESSION_TOKEN_MAX];
};

static void on_entered(void *arg, enum gw_err e)
{
	struct entering *in = arg;
	struct web_req *q = in->q;
	bool good = e == GW_OK && q->web != NULL;

	if (good)
		web_cookie_set(q, in->token);
	/* The arena, and with it `in', goes with the answer. */
	explicit_bzero(in->token, sizeof(in->token));
	if (good) {
		web_redirect(q, in->next);
		return;
	}
	log_warn("web.session_not_stored", "why", err_text(e), NULL);
	if (q->web == NULL)
		web_answer(q, 503, NULL, STR_NONE);
	else
		message_page(q, 503, "Not logged in",
			     "The log-in could not be written down. Try again "
			     "in a moment.");
}

static void old_ended(void *arg, enum gw_err e)
{
	(void)arg;
	if (e != GW_OK)
		log_warn("web.session_not_stored", "why", err_text(e), NULL);
}

/* A log-in that was there is over: one secret, one log-in.  The browser has
 * its secret when the log-in is on disk, so that a crash takes none back. */
static void enter(struct web_req *q, struct str address, const char *next,
		  const char *how)
{
	struct entering *in = arena_alloc(q->arena, sizeof(*in));
	struct web *w = q->web;

	in->q = q;
	in->next = next;
	log_info("web.login", "who", LOG_STR(address), "peer",
		 http_peer(q->http), "how", how, NULL);
	if (q->known)
		web_session_end(w->sessions, &q->session, old_ended, NULL);
	web_session_start(w->sessions, address, in->token, on_entered, in);
}

static const char *next_of(struct web_req *q, struct str given)
{
	if (!web_page_path(given))
		return "/";
	return arena_strndup(q->arena, given.p, given.n);
}

static void on_login_page(struct web_req *q)
{
	struct str next = http_query(q->http, "next");

	if (!web_private_line(q)) {
		message_page(q, 403, "Log in over HTTPS",
			     "This line is not encrypted: open this page with "
			     "https:// instead.");
		return;
	}
	if (q->known)
		web_redirect(q, next_of(q, next));
	else
		login_page(q, 200, NULL, web_page_path(next) ? next : STR_NONE);
}

static void on_checked(void *arg, enum gw_err e)
{
	struct attempt *t = arg;
	struct web_req *q = t->q;
	struct str next = str_of(t->next);

	if (e == GW_OK && q->web != NULL) {
		web_limit_good(q->web->limits, &t->limit);
		enter(q, t->limit.account, t->next, "password");
		return;
	}
	log_warn("web.login_failed", "who", LOG_STR(t->limit.account), "peer",
		 http_peer(q->http), "why", err_text(e), NULL);
	if (q->web == NULL)
		web_answer(q, 503, NULL, STR_NONE);
	else if (e == GW_DENIED || e == GW_NOT_FOUND)
		login_page(q, 401, "Address or password is wrong.", next);
	else
		login_page(q, 503,
			   "Passwords cannot be checked just now. Try again "
			   "in a moment.",
			   next);
}

static void check(struct attempt *t, struct str password)
{
	struct web *w = t->q->web;
	struct str address = t->limit.account;

	web_limit_begin(w->limits, &t->limit);
	if (web_admins_has(w->admins, address))
		web_admins_check(w->admins, address, password, on_checked, t);
	else
		w->spec.people.check(w->spec.people.self, address, password,
				     on_checked, t);
}

static void too_often(struct attempt *t, int64_t wait)
{
	struct web_req *q = t->q;

	http_set(q->http, "Retry-After",
		 arena_printf(q->arena, "%" PRId64, wait / 1000 + 1));
	login_page(q, 429,
		   arena_printf(q->arena,
				"Too many attempts. Try again in %" PRId64
				" minutes.",
				wait / 60000 + 1),
		   str_of(t->next));
}

static void on_login(struct web_req *q)
{
	struct attempt *t = arena_alloc(q->arena, sizeof(*t));
	struct str password = web_form(q, "password");
	int64_t wait;

	t->q = q;
	t->next = next_of(q, web_form(q, "next"));
	t->limit.peer = http_peer(q->http);
	if (!web_private_line(q)) {
		on_login_page(q);
		return;
	}
	if (!posted_by_our_form(q)) {
		login_page(q, 403, "This page was too old. Try again.",
			   str_of(t->next));
		return;
	}
	if (!web_address(q->arena, web_form(q, "address"), &t->limit.account) ||
	    password.n == 0 || password.n > PASSWORD_MAX) {
		login_page(q, 401, "Address or password is wrong.",
			   str_of(t->next));
		return;
	}
	wait = web_limit_wait(q->web->limits, &t->limit);
	if (wait > 0)
		too_often(t, wait);
	else
		check(t, password);
}

/* ---- links ---- */

static void link_drop(struct link *l)
{
	list_del(&l->link);
	mem_free(l);
}

void web_links_sweep(struct web *w)
{
	LIST_EACH_SAFE(it, tmp, &w->links)
	{
		struct link *l = LIST_OF(it, struct link, link);

		if (loop_now(w->spec.loop) < l->until)
			break;
		link_drop(l);
	}
}

void web_links_free(struct web *w)
{
	LIST_EACH_SAFE(it, tmp, &w->links)
	link_drop(LIST_OF(it, struct link, link));
}

static void link_add(struct web *w, struct str address, const char *token)
{
	struct link *l = mem_new(sizeof(*l) + address.n + 1);
	size_t n = 1;

	LIST_EACH(it, &w->links)
	n++;
	if (n > LINKS_MAX)
		link_drop(LIST_OF(w->links.next, struct link, link));
	memcpy(l->address, address.p, address.n);
	crypto_digest(CRYPTO_SHA256, str_of(token), l->id.hash);
	l->until = loop_now(w->spec.loop) + LINK_LIVES;
	list_append(&w->links, &l->link);
}

void web_login_link(struct web *w, struct str address, char out[WEB_LINK_MAX])
{
	uint8_t secret[32];
	char token[65];

	loop_random(w->spec.loop, secret, sizeof(secret));
	codec_hex_to(token, secret, sizeof(secret));
	link_add(w, address, token);
	snprintf(out, WEB_LINK_MAX, "/login/%s", token);
	log_info("web.link", "for", LOG_STR(address), NULL);
}

static struct link *link_find(struct web_req *q)
{
	struct str token = http_segment(q->http, 0);
	struct session_id id;

	web_links_sweep(q->web);
	crypto_digest(CRYPTO_SHA256, token, id.hash);
	LIST_EACH(it, &q->web->links)
	{
		struct link *l = LIST_OF(it, struct link, link);

		if (memcmp(l->id.hash, id.hash, sizeof(id.hash)) == 0)
			return l;
	}
	return NULL;
}

static void link_over(struct web_req *q)
{
	message_page(q, 410, "Link used up",
		     "This link is good for one use within 10 minutes. "
		     "Ask for another one.");
}

static void on_link_page(struct web_req *q)
{
	const struct link *l = link_find(q);
	struct buf b = { .data = NULL };

	if (l == NULL || !web_private_line(q)) {
		link_over(q);
		return;
	}
	page_begin(&b, "Log in");
	buf_add_lit(&b, "<h1>Log in</h1><p>You will be logged in as <strong>");
	buf_add_xml(&b, str_of(l->address));
	buf_add_lit(&b, "</strong>. This link works once.</p>");
	form_begin(q, &b, http_path(q->http));
	buf_add_lit(&b, "<button type=\"submit\" class=\"primary\" autofocus>"
			"Log in</button></form>");
	page_send(q, 200, &b);
}

static void on_link(struct web_req *q)
{
	struct link *l = link_find(q);
	struct str address;

	if (l == NULL || !web_private_line(q)) {
		link_over(q);
		return;
	}
	if (!posted_by_our_form(q)) {
		message_page(q, 403, "Log in", "Open the link again.");
		return;
	}
	address = arena_str(q->arena, str_of(l->address));
	link_drop(l);
	enter(q, address, "/", "link");
}

const struct web_route web_auth_routes[] = {
	{ HTTP_GET, "/login", 0, WEB_OPEN, true, on_login_page },
	{ HTTP_POST, "/login", 8192, WEB_OPEN, true, on_login },
	{ HTTP_GET, "/login/{}", 0, WEB_OPEN, true, on_link_page },
	{ HTTP_POST, "/login/{}", 1024, WEB_OPEN, true, on_link },
	{ .path = NULL },
};
