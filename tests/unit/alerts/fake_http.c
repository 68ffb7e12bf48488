/* SPDX-License-Identifier: MIT */
/* fake_http.c - requests without a socket */
#include "tests/unit/alerts/fake_http.h"

#include <stdio.h>
#include <stdlib.h>

#define TABLES_MAX 8

struct httpd {
	const struct http_route *tables[TABLES_MAX];
	void *args[TABLES_MAX];
	size_t n;
	struct fake_reply reply;
};

struct http_req {
	struct httpd *httpd;
	struct arena *arena;
	struct fake_call call;
	struct str segment;
};

struct httpd *fake_http_new(void)
{
	return mem_new(sizeof(struct httpd));
}

void fake_http_free(struct httpd **h)
{
	buf_fini(&(*h)->reply.body);
	mem_free(*h);
	*h = NULL;
}

struct fake_reply *fake_http_reply(struct httpd *h)
{
	return &h->reply;
}

enum gw_err httpd_routes(struct httpd *h, const struct http_route *routes,
			 void *arg)
{
	if (h->n == TABLES_MAX)
		abort();
	h->tables[h->n] = routes;
	h->args[h->n++] = arg;
	return GW_OK;
}

static bool path_matches(const char *route, const char *path,
			 struct str *segment)
{
	size_t n = strlen(route);

	*segment = STR_NONE;
	if (n < 2 || strcmp(route + n - 2, "{}") != 0)
		return strcmp(route, path) == 0;
	if (strncmp(route, path, n - 2) != 0 ||
	    strchr(path + n - 2, '/') != NULL)
		return false;
	*segment = str_of(path + n - 2);
	return true;
}

static void end(struct http_req *r)
{
	struct arena *a = r->arena;

	arena_free(&a);
}

void fake_http_call(struct httpd *h, const struct fake_call *c)
{
	struct arena *a = arena_new();
	struct http_req *r = arena_alloc(a, sizeof(*r));

	buf_reset(&h->reply.body);
	h->reply.status = 0;
	h->reply.headers[0] = '\0';
	r->httpd = h;
	r->arena = a;
	r->call = *c;
	r->call.body = arena_strdup(a, c->body != NULL ? c->body : "");
	for (size_t i = 0; i < h->n; i++)
		for (const struct http_route *t = h->tables[i]; t->path != NULL;
		     t++)
			if ((t->methods & c->method) != 0 &&
			    path_matches(t->path, c->path, &r->segment)) {
				t->fn(r, h->args[i]);
				return;
			}
	http_reply_text(r, 404, "no route\n");
}

struct str http_segment(const struct http_req *r, unsigned i)
{
	return i == 0 ? r->segment : STR_NONE;
}

struct str http_query_nth(const struct http_req *r, const char *name,
			  unsigned nth)
{
	struct str rest = str_of(r->call.query), one, key;

	while (str_split(&rest, '&', &one))
		if (str_split(&one, '=', &key) && str_is(key, name) &&
		    nth-- == 0)
			return one;
	return STR_NONE;
}

struct str http_query(const struct http_req *r, const char *name)
{
	return http_query_nth(r, name, 0);
}

struct str http_header(const struct http_req *r, const char *name)
{
	if (strcmp(name, "Content-Type") == 0)
		return str_of(r->call.type);
	if (strcmp(name, "Authorization") == 0)
		return str_of(r->call.authorization);
	return STR_NONE;
}

struct str http_body(const struct http_req *r)
{
	return str_of(r->call.body);
}

const char *http_peer(const struct http_req *r)
{
	return r->call.peer != NULL ? r->call.peer : "127.0.0.1:1";
}

struct arena *http_arena(struct http_req *r)
{
	return r->arena;
}

void http_set(struct http_req *r, const char *name, const char *value)
{
	char *to = r->httpd->reply.headers;
	size_t used = strlen(to);

	snprintf(to + used, sizeof(r->httpd->reply.headers) - used, "%s: %s\n",
		 name, value);
}

void http_reply(struct http_req *r, unsigned status, const char *type,
		struct str body)
{
	struct fake_reply *reply = &r->httpd->reply;

	reply->status = status;
	reply->count++;
	snprintf(reply->type, sizeof(reply->type), "%s",
		 type != NULL ? type : "");
	buf_reset(&reply->body);
	buf_add_str(&reply->body, body);
	buf_add_char(&reply->body, '\0');
	end(r);
}

void http_reply_text(struct http_req *r, unsigned status, const char *text)
{
	http_reply(r, status, "text/plain; charset=utf-8", str_of(text));
}
