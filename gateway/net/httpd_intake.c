/* SPDX-License-Identifier: MIT */
/* httpd_intake.c - libmicrohttpd's thread: collects requests, sends replies
 *
 * What could smuggle a second request past a proxy is refused here, for
 * libmicrohttpd takes it all (dependencies.md, trap 7).
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/net/httpd_private.h"
#include "gateway/run/log.h"

#define HEADERS_MAX 64
#define SWALLOW_MAX ((size_t)256 * 1024) /* of a refused body */

/* What the headers announce. */
struct intake {
	struct http_req *r;
	struct http_field **tail;
	unsigned count;
	bool bad;
	bool chunked;
	bool expects;
	int64_t length;
};

/* Given twice, each would be believed by somebody else. */
static const char *const single_headers[] = {
	"Host",		 "Content-Length", "Transfer-Encoding",
	"Authorization", "Content-Type",   "Origin",
	"Expect",	 "Sec-Fetch-Site", "Sec-Fetch-Mode",
};

static const struct {
	const char *name;
	unsigned method;
} methods[] = {
	{ "GET", HTTP_GET },	   { "HEAD", HTTP_GET },
	{ "POST", HTTP_POST },	   { "PUT", HTTP_PUT },
	{ "DELETE", HTTP_DELETE }, { "OPTIONS", HTTP_OPTIONS },
};

static unsigned method_of(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	}
	return 0;
}

static bool is_token(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] <= ' ' || p[i] >= 0x7f ||
		    strchr("\"(),/:;<=>?@[\\]{}", p[i]) != NULL)
			return false;
	}
	return n != 0;
}

static bool is_field_value(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind,
				 const char *key, size_t key_n,
				 const char *value, size_t value_n)
{
	struct intake *in = cls;
	struct arena *a = in->r->arena;
	struct http_field *f = arena_alloc(a, sizeof(*f));

	(void)kind;
	if (++in->count > HEADERS_MAX || !is_token(key, key_n) ||
	    !is_field_value(value, value_n)) {
		in->bad = true;
		return MHD_NO;
	}
	f->name = arena_str(a, str_make(key, key_n));
	f->value = arena_str(a, str_trim(str_make(value, value_n)));
	*in->tail = f;
	in->tail = &f->next;
	return MHD_YES;
}

static bool singles_once(const struct http_req *r)
{
	size_t n = sizeof(single_headers) / sizeof(single_headers[0]);

	for (size_t i = 0; i < n; i++) {
		unsigned seen = 0;

		for (struct http_field *f = r->headers; f != NULL; f = f->next)
			seen += str_iis(f->name, single_headers[i]);
		if (seen > 1)
			return false;
	}
	return true;
}

static bool all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.n != 0;
}

/* RFC 9112 6.1 and 6.3: one way to see where the request ends, or none. */
static bool framing_ok(const struct http_req *r, const char *version,
		       struct intake *in)
{
	struct str length = http_header(r, "Content-Length");
	struct str coding = http_header(r, "Transfer-Encoding");

	if (!singles_once(r))
		return false;
	if (coding.p != NULL) {
		in->chunked = true;
		if (length.p != NULL || !str_iis(coding, "chunked") ||
		    strcmp(version, MHD_HTTP_VERSION_1_1) != 0)
			return false;
	}
	if (length.p != NULL &&
	    (!all_digits(length) ||
	     str_int(length, 0, INT64_MAX, &in->length) != GW_OK))
		return false;
	in->expects = http_header(r, "Expect").p != NULL;
	return true;
}

static bool take_headers(struct http_req *r, const char *version,
			 struct intake *in)
{
	in->tail = &r->headers;
	if (MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, on_header,
					in) < 0)
		return false;
	return !in->bad && framing_ok(r, version, in);
}

/* Our socket pairs have no name; what was accepted has the listener's. */
static bool from_tls(int fd)
{
	struct address own = { .len = sizeof(own.sa) };

	return getsockname(fd, (struct sockaddr *)&own.sa, &own.len) == 0 &&
	       own.sa.ss_family == AF_UNIX && own.len == sizeof(sa_family_t);
}

static void take_peer(struct http_req *r)
{
	const union MHD_ConnectionInfo *info;
	struct address a = { .len = 0 };

	info = MHD_get_connection_info(r->mhd,
				       MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (info != NULL && info->client_addr != NULL) {
		sa_family_t family = info->client_addr->sa_family;

		if (family == AF_INET)
			a.len = sizeof(struct sockaddr_in);
		else if (family == AF_INET6)
			a.len = sizeof(struct sockaddr_in6);
		else
			a.len = sizeof(sa_family_t);
		memcpy(&a.sa, info->client_addr, a.len);
	}
	address_print(&a, r->peer);
	info = MHD_get_connection_info(r->mhd,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	r->tls = info != NULL && from_tls(info->connect_fd);
}

/* 0: the route takes it; else the status that says why not. */
static unsigned admit(struct http_req *r, const char *method,
		      const struct intake *in)
{
	unsigned m = method_of(method);
	const struct httpd_table *t;
	struct str coding;
	enum gw_err e;

	if (httpd_route_parse(r->arena, str_of(r->raw), &r->target) != GW_OK)
		return MHD_HTTP_BAD_REQUEST;
	pthread_mutex_lock(&r->h->lock);
	t = r->h->table;
	pthread_mutex_unlock(&r->h->lock);
	e = httpd_route_find(t, &r->target, m, &r->entry, &r->allowed);
	if (e == GW_NOT_FOUND)
		return MHD_HTTP_NOT_FOUND;
	if (e != GW_OK)
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	r->method = (enum http_method)m;
	/* RFC 9110 8.4: nothing is unpacked here (B04). */
	coding = http_header(r, "Content-Encoding");
	if (coding.n > 0 && !str_iis(coding, "identity"))
		return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
	if ((in->chunked && r->entry.route->body_max == 0) ||
	    (uint64_t)in->length > r->entry.route->body_max)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	return 0;
}

static void allow(struct http_req *r, struct MHD_Response *resp)
{
	char text[64] = "";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if ((r->allowed & methods[i].method) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%s", n != 0 ? ", " : "",
					      methods[i].name);
	}
	if (MHD_add_response_header(resp, "Allow", text) != MHD_YES)
		log_error("http.reply_header", "name", "Allow", NULL);
}

/* What we say here is never a page (alerts.md 14.4). */
static bool plain_headers(struct MHD_Response *resp, bool end)
{
	static const char *const headers[][2] = {
		{ "Content-Type", "text/plain" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Content-Security-Policy",
		  "default-src 'none'; frame-ancestors 'none'" },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		good = good &&
		       MHD_add_response_header(resp, headers[i][0],
					       headers[i][1]) == MHD_YES;
	if (end)
		good = good && MHD_add_response_header(resp, "Connection",
						       "close") == MHD_YES;
	return good;
}

static enum MHD_Result refuse(struct http_req *r, unsigned status, bool end)
{
	enum MHD_Result sent;
	struct MHD_Response *resp;
	char text[80];
	int n = snprintf(text, sizeof(text), "%u %s\n", status,
			 MHD_get_reason_phrase_for(status));

	r->phase = HTTPD_SENT;
	resp = MHD_create_response_from_buffer((size_t)n, text,
					       MHD_RESPMEM_MUST_COPY);
	if (resp == NULL)
		return MHD_NO;
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		allow(r, resp);
	if (plain_headers(resp, end))
		sent = MHD_queue_response(r->mhd, status, resp);
	else
		sent = MHD_NO;
	MHD_destroy_response(resp);
	return sent;
}

/* A refused body of modest size is read to its end, so that the client gets
 * to see the reply and keeps its connection. */
static enum MHD_Result on_head(struct http_req *r, const char *method,
			       const char *version)
{
	struct intake in = { .r = r };

	take_peer(r);
	/* libmicrohttpd ends a target at a NUL, but finds the version behind
	 * the last blank: the two do not meet then. */
	if (r->raw_end != version || !take_headers(r, version, &in))
		return refuse(r, MHD_HTTP_BAD_REQUEST, true);
	r->refusal = admit(r, method, &in);
	r->phase = HTTPD_BODY;
	if (r->refusal == 0 ||
	    (!in.expects && in.length <= (int64_t)SWALLOW_MAX))
		return MHD_YES;
	return refuse(r, r->refusal, true);
}

static enum MHD_Result on_body(struct http_req *r, const char *data,
			       size_t *size)
{
	size_t n = *size;

	*size = 0;
	if (r->refusal == 0 && n > r->entry.route->body_max - r->body.len) {
		r->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
		buf_fini(&r->body);
	}
	if (r->refusal == 0) {
		buf_add(&r->body, data, n);
		return MHD_YES;
	}
	r->swallowed += n;
	return r->swallowed <= SWALLOW_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result hand_over(struct http_req *r)
{
	struct httpd *h = r->h;
	enum MHD_Result go = MHD_NO;

	pthread_mutex_lock(&h->lock);
	if (!h->closing) {
		r->phase = HTTPD_CORE;
		MHD_suspend_connection(r->mhd);
		list_append(&h->arrived, &r->link);
		httpd_ring(h);
		go = MHD_YES;
	}
	pthread_mutex_unlock(&h->lock);
	return go;
}

static enum MHD_Result send_reply(struct http_req *r)
{
	struct MHD_Response *resp = r->response;
	enum MHD_Result sent;

	r->phase = HTTPD_SENT;
	r->response = NULL;
	if (resp == NULL)
		return MHD_NO;
	sent = MHD_queue_response(r->mhd, r->status, resp);
	MHD_destroy_response(resp);
	return sent;
}

enum MHD_Result httpd_intake_request(void *cls, struct MHD_Connection *c,
				     const char *url, const char *method,
				     const char *version, const char *data,
				     size_t *size, void **con_cls)
{
	struct http_req *r = *con_cls;

	(void)cls;
	(void)url;
	if (r == NULL)
		return MHD_NO;
	r->mhd = c;
	switch (r->phase) {
	case HTTPD_HEAD:
		return on_head(r, method, version);
	case HTTPD_BODY:
		if (*size != 0)
			return on_body(r, data, size);
		if (r->refusal != 0)
			return refuse(r, r->refusal, false);
		return hand_over(r);
	case HTTPD_REPLY:
		return send_reply(r);
	case HTTPD_CORE:
	case HTTPD_SENT:
		break;
	}
	return MHD_NO;
}

/* The only place where libmicrohttpd shows the target as it came. */
void *httpd_intake_target(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct httpd *h = cls;
	struct http_req *r = mem_new(sizeof(*r));

	r->h = h;
	r->loop = h->loop;
	r->mhd = c;
	r->arena = arena_new();
	r->raw = arena_strdup(r->arena, uri != NULL ? uri : "");
	r->raw_end = uri != NULL ? uri + strlen(uri) + 1 : NULL;
	list_init(&r->link);
	return r;
}

void httpd_intake_completed(void *cls, struct MHD_Connection *c, void **con_cls,
			    enum MHD_RequestTerminationCode why)
{
	struct http_req *r = *con_cls;

	(void)cls;
	(void)c;
	(void)why;
	*con_cls = NULL;
	if (r != NULL && r->h != NULL)
		httpd_req_free(r);
}
