/* SPDX-License-Identifier: MIT */
/* reply.h - what a request brought, and the one reply it gets */
#ifndef GW_WEB_REPLY_H
#define GW_WEB_REPLY_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "gateway/net/httpd.h"

struct web_req;

/* reply.c: each of these ends the request */
void web_json(struct web_req *q, unsigned status, struct buf *json); /* eats */
void web_fail(struct web_req *q, enum gw_err e, const char *why);
void web_refuse(struct web_req *q, unsigned status, const char *code,
		const char *why);
void web_answer(struct web_req *q, unsigned status, const char *type,
		struct str body);
void web_redirect(struct web_req *q, const char *to);
/* Sentences may quote what somebody sent, and be cut inside a character. */
struct str web_printable(const char *why);
void web_headers(struct http_req *r); /* alerts.md 14.4, on every answer */
/* seam_answer_fn with arg a struct web_req: {} or the error. */
void web_done(void *arg, enum gw_err e, const char *why);

/* body.c: what came in */
/* The JSON object of the body ({} when there is none); false: replied. */
bool web_object(struct web_req *q);
struct str web_form(struct web_req *q, const char *name); /* urlencoded */
/* A segment of the path that will be printed: UTF-8 without controls. */
bool web_segment(struct web_req *q, unsigned i, struct str *out);
/* An address as people type it, folded; false: it cannot be one. */
bool web_address(struct arena *a, struct str in, struct str *out);

#endif
