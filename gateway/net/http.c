/* SPDX-License-Identifier: MIT */
/* http.c - a request as its handler sees it, and the reply
 *
 * Runs on the core thread only, on a request that is the core's.
 */
#include "gateway/net/httpd_private.h"

#include "gateway/run/log.h"

enum http_method http_method(const struct http_req *r)
{
	return r->method;
}

struct str http_path(const struct http_req *r)
{
	return r->target.path;
}

struct str http_segment(const struct http_req *r, unsigned i)
{
	return httpd_route_segment(r->entry.route->path, &r->target, i);
}

struct str http_query(const struct http_req *r, const char *name)
{
	return http_query_nth(r, name, 0);
}

struct str http_query_nth(const struct http_req *r, const char *name,
			  unsigned nth)
{
	return httpd_route_query(r->arena, r->target.query, name, nth);
}

struct str http_header(const struct http_req *r, const char *name)
{
	for (const struct http_field *f = r->headers; f != NULL; f = f->next) {
		if (str_iis(f->name, name))
			return f->value;
	}
	return STR_NONE;
}

struct str http_cookie(const struct http_req *r, const char *name)
{
	for (const struct http_field *f = r->headers; f != NULL; f = f->next) {
		struct str v = STR_NONE;

		if (str_iis(f->name, "Cookie"))
			v = httpd_route_cookie(f->value, name);
		if (v.p != NULL)
			return v;
	}
	return STR_NONE;
}

struct str http_body(const struct http_req *r)
{
	return buf_str(&r->body);
}

const char *http_peer(const struct http_req *r)
{
	return r->peer;
}

bool http_is_tls(const struct http_req *r)
{
	return r->tls;
}

struct arena *http_arena(struct http_req *r)
{
	return r->arena;
}

struct loop *http_loop(const struct http_req *r)
{
	return r->loop;
}

/* RFC 9110 5.5, without obs-text. */
static bool value_ok(const char *v)
{
	for (; *v != '\0'; v++) {
		if (((unsigned char)*v < 0x20 && *v != '\t') || *v == 0x7f)
			return false;
	}
	return true;
}

static bool name_ok(const char *n)
{
	return *n != '\0' &&
	       n[strspn(n, "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] == '\0';
}

void http_set(struct http_req *r, const char *name, const char *value)
{
	struct http_field *f;

	if (!name_ok(name) || !value_ok(value)) {
		r->extra_bad = true;
		return;
	}
	f = arena_alloc(r->arena, sizeof(*f));
	f->name = str_of(arena_strdup(r->arena, name));
	f->value = str_of(arena_strdup(r->arena, value));
	f->next = r->extra;
	r->extra = f;
}

static void add_header(struct http_req *r, const char *name, const char *value)
{
	if (MHD_add_response_header(r->response, name, value) != MHD_YES)
		log_error("http.reply_header", "path", r->target.path.p, "name",
			  name, NULL);
}

void http_add_extra(struct http_req *r)
{
	for (const struct http_field *f = r->extra; f != NULL; f = f->next)
		add_header(r, f->name.p, f->value.p);
}

void http_reply(struct http_req *r, unsigned status, const char *type,
		struct str body)
{
	char *copy;

	/* A value with a line break is a bug, or an attack that found one:
	 * nothing of this reply can be trusted. */
	if (r->extra_bad || (type != NULL && !value_ok(type))) {
		log_error("http.reply_broken", "path", r->target.path.p, NULL);
		r->extra = NULL;
		status = 500;
		type = NULL;
		body = STR_NONE;
	}
	copy = mem_new(body.n + 1);
	if (body.n != 0)
		memcpy(copy, body.p, body.n);
	r->status = status;
	r->response = MHD_create_response_from_buffer_with_free_callback(
		body.n, copy, mem_free);
	if (r->response == NULL) {
		mem_free(copy);
		log_error("http.no_memory", "path", r->target.path.p, NULL);
	} else {
		if (type != NULL)
			add_header(r, "Content-Type", type);
		http_add_extra(r);
	}
	httpd_answer(r);
}

void http_reply_text(struct http_req *r, unsigned status, const char *text)
{
	http_reply(r, status, "text/plain; charset=utf-8", str_of(text));
}
