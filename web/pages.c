/* SPDX-License-Identifier: MIT */
/* pages.c - the shell of the console, and what it loads
 *
 * All pages are one shell; its script looks at the path.  Only what the
 * log-in page needs is served without log-in, and the page that an invitation
 * leads to: it knows nothing but what stands behind the # of its address.
 */
#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"
#include "web/files.h"
#include "web/web_private.h"

static const char *type_of(struct str name)
{
	if (str_ends(name, ".js"))
		return "text/javascript; charset=utf-8";
	if (str_ends(name, ".css"))
		return "text/css; charset=utf-8";
	if (str_ends(name, ".svg"))
		return "image/svg+xml";
	return "text/html; charset=utf-8";
}

static const struct web_file *find(struct str name)
{
	for (const struct web_file *f = web_files; f->name != NULL; f++)
		if (str_is(name, f->name))
			return f;
	return NULL;
}

/* ETag by content (RFC 9110 8.8.3); a list of tags holds ours as text. */
static bool unchanged(struct web_req *q, const struct web_file *f)
{
	struct str seen = http_header(q->http, "If-None-Match");
	uint8_t hash[32];
	char *tag;

	crypto_digest(CRYPTO_SHA256, str_make((const char *)f->data, f->size),
		      hash);
	tag = arena_printf(q->arena, "\"%s\"", codec_hex(q->arena, hash, 16));
	http_set(q->http, "ETag", tag);
	http_set(q->http, "Cache-Control", "no-cache");
	return seen.n >= 34 && memmem(seen.p, seen.n, tag, 34) != NULL;
}

static void serve(struct web_req *q, struct str name)
{
	const struct web_file *f = find(name);

	if (f == NULL)
		web_fail(q, GW_NOT_FOUND, "no such file");
	else if (unchanged(q, f))
		web_answer(q, 304, NULL, STR_NONE);
	else
		web_answer(q, 200, type_of(name),
			   str_make((const char *)f->data, f->size));
}

static void on_file(struct web_req *q)
{
	struct str name = http_segment(q->http, 0);

	if (str_ends(name, ".html") && !str_is(name, "app.html"))
		web_fail(q, GW_NOT_FOUND, "no such file");
	else
		serve(q, name);
}

static void on_style(struct web_req *q)
{
	serve(q, STR("style.css"));
}

static void on_icon(struct web_req *q)
{
	serve(q, STR("icon.svg"));
}

static void on_invite(struct web_req *q)
{
	serve(q, STR("invite.html"));
}

static void on_invite_script(struct web_req *q)
{
	serve(q, STR("invite.js"));
}

static void on_shell(struct web_req *q)
{
	serve(q, STR("app.html"));
}

static void on_case_shell(struct web_req *q)
{
	if (web_page_path(http_path(q->http)))
		on_shell(q);
	else
		web_fail(q, GW_NOT_FOUND, "a case has a number");
}

bool web_page_path(struct str path)
{
	int64_t number;

	if (str_is(path, "/") || str_is(path, "/mail"))
		return true;
	return str_starts(path, "/c/") &&
	       str_int(str_make(path.p + 3, path.n - 3), 1, INT64_MAX,
		       &number) == GW_OK;
}

/* From another site's link a browser does not send a SameSite=Strict cookie:
 * this page asks for itself once more, which is from our site then. */
static void once_more(struct web_req *q)
{
	http_set(q->http, "Cache-Control", "no-store");
	web_answer(q, 200, "text/html; charset=utf-8",
		   STR("<!doctype html><html lang=\"en\"><head>"
		       "<meta http-equiv=\"refresh\" content=\"0\">"
		       "<title>Muster</title></head><body></body></html>\n"));
}

void web_gate(struct web_req *q)
{
	struct str path = http_path(q->http);

	if (str_is(http_header(q->http, "Sec-Fetch-Site"), "cross-site"))
		once_more(q);
	else if (web_page_path(path) && path.n > 1)
		web_redirect(q, arena_printf(q->arena, "/login?next=" STR_FMT,
					     STR_ARG(path)));
	else
		web_redirect(q, "/login");
}

const struct web_route web_pages_routes[] = {
	{ HTTP_GET, "/", 0, WEB_PERSON, true, on_shell },
	{ HTTP_GET, "/mail", 0, WEB_PERSON, true, on_shell },
	{ HTTP_GET, "/c/{}", 0, WEB_PERSON, true, on_case_shell },
	{ HTTP_GET, "/invite", 0, WEB_OPEN, true, on_invite },
	{ HTTP_GET, "/static/invite.js", 0, WEB_OPEN, false, on_invite_script },
	{ HTTP_GET, "/static/style.css", 0, WEB_OPEN, false, on_style },
	{ HTTP_GET, "/static/icon.svg", 0, WEB_OPEN, false, on_icon },
	{ HTTP_GET, "/static/{}", 0, WEB_PERSON, false, on_file },
	{ .path = NULL },
};
