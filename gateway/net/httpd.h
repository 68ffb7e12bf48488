/* SPDX-License-Identifier: MIT */
/* httpd.h - all HTTP that comes in (libmicrohttpd, one thread of its own)
 *
 * Handlers run on the core thread.  A request is valid until its one reply,
 * which may come in a later turn (after a commit).  A route matches exactly,
 * after one decode; `{}` stands for one non-empty segment.  Bad escapes, dot
 * segments, NUL and doubled slashes get 400 before any handler; a path with
 * other methods gets 405; Content-Length with Transfer-Encoding or two
 * lengths get 400 and a closed connection.  Bodies over body_max get 413.
 */
#ifndef GW_NET_HTTPD_H
#define GW_NET_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "gateway/net/conn.h"

struct httpd;
struct http_req;
struct http_stream; /* server-sent events */

enum http_method {
	HTTP_GET = 1, /* serves HEAD too */
	HTTP_POST = 2,
	HTTP_PUT = 4,
	HTTP_DELETE = 8,
	HTTP_OPTIONS = 16,
};

struct http_route {
	unsigned methods;
	const char *path; /* "/api/cases/{}" */
	size_t body_max;  /* 0: a body is refused */
	void (*fn)(struct http_req *r, void *arg);
};

struct httpd_spec {
	const char *listen; /* plain, port 0: any; NULL: only HTTPS */
	unsigned max;	    /* connections at once; 0: 1000 */
	unsigned per_host;  /* 0: 100 */
	int64_t idle;	    /* ms; 0: 60 s */
};

enum gw_err httpd_open(struct net *n, const struct httpd_spec *spec,
		       struct httpd **out, struct err_note *note) GW_CHECKED;
/* Close the TLS listeners before.  Requests without a reply are cut off; their
 * handlers still end them with a reply, which goes nowhere. */
void httpd_close(struct httpd **h);
const char *httpd_address(const struct httpd *h); /* "127.0.0.1:5280"; "" */
/* Tables outlive the httpd; a path given twice with the same method is
 * GW_CONFLICT. */
enum gw_err httpd_routes(struct httpd *h, const struct http_route *routes,
			 void *arg) GW_CHECKED; /* ended by path NULL */
/* The proto of an HTTPS listener: TLS ends in conn.c, the plain side goes to
 * libmicrohttpd by a socket pair.  arg of the listener: the httpd. */
extern const struct proto httpd_tls_proto;

enum http_method http_method(const struct http_req *r);
struct str http_path(const struct http_req *r);
struct str http_segment(const struct http_req *r, unsigned i);	   /* i-th {} */
struct str http_query(const struct http_req *r, const char *name); /* decoded */
/* Of a name that is given more than once (filter=a&filter=b). */
struct str http_query_nth(const struct http_req *r, const char *name,
			  unsigned nth);
struct str http_header(const struct http_req *r, const char *name);
struct str http_cookie(const struct http_req *r, const char *name);
struct str http_body(const struct http_req *r);
const char *http_peer(const struct http_req *r);
bool http_is_tls(const struct http_req *r);
struct arena *http_arena(struct http_req *r);
struct loop *http_loop(const struct http_req *r);

/* Extra header of the reply to come; values are checked for CR and LF. */
void http_set(struct http_req *r, const char *name, const char *value);
/* Ends the request; body is copied. type NULL: no body type. */
void http_reply(struct http_req *r, unsigned status, const char *type,
		struct str body);
void http_reply_text(struct http_req *r, unsigned status, const char *text);

/* Ends the request by turning it into an open event stream.  closed() is
 * called once, on the core thread, when the browser is gone (noticed at the
 * next send or ping at the latest) or the daemon stops, but not after
 * http_stream_close().  The stream is gone after either. */
struct http_stream *http_stream(struct http_req *r, void (*closed)(void *arg),
				void *arg);
/* GW_LIMIT when more than 256 KiB wait: the caller closes it.  GW_UNAVAIL:
 * the browser is gone, closed() is on its way. */
enum gw_err http_stream_send(struct http_stream *s,
			     struct str bytes) GW_CHECKED;
void http_stream_close(struct http_stream *s);

#endif
