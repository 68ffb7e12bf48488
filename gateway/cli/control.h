/* SPDX-License-Identifier: MIT */
/* control.h - HTTP to the running daemon over its control socket (libcurl)
 *
 * Who may open the socket is an administrator, so nobody logs in here.
 */
#ifndef GW_CLI_CONTROL_H
#define GW_CLI_CONTROL_H

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"

struct control;

struct control_reply {
	unsigned status; /* of HTTP */
	struct buf body;
};

struct control *control_new(const char *socket_path);
void control_free(struct control **c);
/* GW_UNAVAIL: no daemon answers there (note says why); else what it said is
 * in out, whatever the status.  body.p NULL: none. */
enum gw_err control_call(struct control *c, const char *method,
			 const char *path, struct str body,
			 struct control_reply *out) GW_CHECKED;
const char *control_error(const struct control *c); /* of the last call */
/* One segment of a path, percent-encoded. */
char *control_segment(struct arena *a, struct str s);

#endif
