/* SPDX-License-Identifier: MIT */
/* httpd_private.h - who owns a request when
 *
 * A request belongs to one thread at a time.  libmicrohttpd's thread collects
 * it, suspends the connection and puts it into `arrived`; from then on it is
 * the core's, until http_reply() or http_stream() resumes the connection.
 * What both touch at once (the two hand-over lists, a stream's buffer) is
 * under httpd.lock, and nothing else is.
 */
#ifndef GW_NET_HTTPD_PRIVATE_H
#define GW_NET_HTTPD_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>

#include <microhttpd.h>

#include "gateway/base/buf.h"
#include "gateway/base/list.h"
#include "gateway/net/address.h"
#include "gateway/net/httpd.h"
#include "gateway/net/httpd_route.h"
#include "gateway/run/loop.h"

/* Rings the core.  It outlives the httpd when it is on its way. */
struct httpd_bell {
	struct loop_msg msg;
	struct httpd *h; /* core; NULL: the httpd is closed */
	bool rung;	 /* lock */
};

struct httpd {
	struct loop *loop;
	struct MHD_Daemon *mhd;
	char *address;
	struct list waiting; /* core: requests whose reply is to come */
	struct list streams; /* core */
	pthread_mutex_t lock;
	struct list arrived;	   /* lock: requests for the core */
	struct list gone;	   /* lock: streams whose connection ended */
	struct httpd_bell *bell;   /* lock, for rung */
	struct httpd_table *table; /* lock; itself immutable */
	bool closing;		   /* lock */
};

enum httpd_phase {
	HTTPD_HEAD,  /* not looked at yet */
	HTTPD_BODY,  /* collecting */
	HTTPD_CORE,  /* suspended; the core's */
	HTTPD_REPLY, /* response is set */
	HTTPD_SENT,
};

struct http_field {
	struct str name;
	struct str value;
	struct http_field *next;
};

struct http_req {
	struct httpd *h; /* NULL: an orphan, its httpd was closed */
	struct loop *loop;
	struct MHD_Connection *mhd;
	struct arena *arena;
	struct list link; /* httpd.arrived or .waiting */
	enum httpd_phase phase;
	const char *raw;     /* the request target, as it came */
	const char *raw_end; /* where libmicrohttpd has what follows it */
	struct httpd_target target;
	enum http_method method;
	struct httpd_route_entry entry;
	struct http_field *headers;
	char peer[ADDRESS_TEXT_MAX];
	bool tls;
	unsigned allowed; /* methods, for a 405 */
	unsigned refusal; /* status to be sent when the body was swallowed */
	size_t swallowed;
	struct buf body;
	struct http_field *extra; /* http_set() */
	bool extra_bad;
	unsigned status;
	struct MHD_Response *response;
};

struct http_stream {
	struct httpd *h; /* NULL: born an orphan */
	struct MHD_Connection *mhd;
	struct list link;	   /* core: httpd.streams */
	struct list gone_link;	   /* lock: httpd.gone */
	struct loop_task task;	   /* an orphan's end */
	void (*closed)(void *arg); /* core; NULL once told, or not wanted */
	void *arg;
	struct buf out; /* lock, and all below */
	size_t sent;	/* of out */
	bool suspended; /* waits for bytes */
	bool ended;	/* no more bytes will come */
	bool gone;
};

/* httpd_intake.c: libmicrohttpd's callbacks */
enum MHD_Result httpd_intake_request(void *cls, struct MHD_Connection *c,
				     const char *url, const char *method,
				     const char *version, const char *data,
				     size_t *size, void **con_cls);
void *httpd_intake_target(void *cls, const char *uri, struct MHD_Connection *c);
void httpd_intake_completed(void *cls, struct MHD_Connection *c, void **con_cls,
			    enum MHD_RequestTerminationCode why);
/* httpd.c, for the core side: the response is set, the connection goes on.
 * The request is gone afterwards. */
void httpd_answer(struct http_req *r);
void httpd_req_free(struct http_req *r);
void httpd_ring(struct httpd *h); /* lock held */
/* http.c: what http_set() was told, into the response. */
void http_add_extra(struct http_req *r);
/* http_stream.c */
void http_stream_end(struct http_stream *s);  /* the daemon stops */
void http_stream_bury(struct http_stream *s); /* tells and frees */

#endif
