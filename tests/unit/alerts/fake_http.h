/* SPDX-License-Identifier: MIT */
/* fake_http.h - requests without a socket: routes are called at once, their
 * one reply is noted
 *
 * Stands in for gateway/net/httpd.c in tests that do not link it.
 */
#ifndef GW_TESTS_ALERTS_FAKE_HTTP_H
#define GW_TESTS_ALERTS_FAKE_HTTP_H

#include "gateway/base/buf.h"
#include "gateway/net/httpd.h"

struct fake_call {
	enum http_method method;
	const char *path, *query; /* "a=b&c=d", not decoded */
	const char *peer;	  /* NULL: 127.0.0.1:1 */
	const char *type, *authorization;
	const char *body;
};

struct fake_reply { /* of the last call; status 0: none yet */
	unsigned status;
	char type[64];
	char headers[512]; /* "name: value\n" */
	struct buf body;
	unsigned count; /* of all replies */
};

struct httpd *fake_http_new(void);
void fake_http_free(struct httpd **h);
/* Calls the handler; the reply may come later. */
void fake_http_call(struct httpd *h, const struct fake_call *c);
struct fake_reply *fake_http_reply(struct httpd *h);

#endif
