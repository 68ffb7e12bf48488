/* SPDX-License-Identifier: MIT */
/* cookie.h - the two cookies: log-in, and what a log-in page is known by
 *
 * `__Host-` binds a cookie to this host and to HTTPS; browsers refuse it on
 * plain loopback, where a bare name must do.
 */
#ifndef GW_WEB_COOKIE_H
#define GW_WEB_COOKIE_H

#include "web/web_private.h"

struct str web_cookie_get(const struct web_req *q);
void web_cookie_set(struct web_req *q, const char *token);
void web_cookie_clear(struct web_req *q);

/* The same for the page before log-in. */
struct str web_cookie_page(const struct web_req *q);
void web_cookie_set_page(struct web_req *q, const char *token);

#endif
