/* SPDX-License-Identifier: MIT */
/* httpc.h - HTTP requests going out (libcurl multi, on the loop)
 */
#ifndef GW_NET_HTTPC_H
#define GW_NET_HTTPC_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "gateway/run/loop.h"

struct httpc;

struct httpc_request {
	const char *url;
	const char *method;	    /* NULL: GET, or POST with a body */
	const char *const *headers; /* "Name: value", ended by NULL; or NULL */
	struct str body;
	int64_t timeout;     /* ms; 0: 10 s */
	size_t response_max; /* bytes; 0: 1 MiB */
	const char *ca_file; /* NULL: the system's */
	/* status 0: no answer (error says why).  Body borrowed for the call;
	 * never from inside httpc_send(); it may send, but not free. */
	void (*done)(void *arg, unsigned status, struct str body,
		     const char *error);
	void *arg;
};

struct httpc *httpc_new(struct loop *l);
void httpc_free(struct httpc **h); /* pending requests: done() with status 0 */
enum gw_err httpc_send(struct httpc *h,
		       const struct httpc_request *r) GW_CHECKED; /* copied */

#endif
