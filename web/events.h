/* SPDX-License-Identifier: MIT */
/* events.h - what changed, to every open page (server-sent events)
 *
 * The last 1000 events are kept: a page that comes back with the id of the
 * last one it saw gets what it missed, or `reset` when that is gone.  Ids
 * count up from the time of start, so that those of an earlier run are older.
 */
#ifndef GW_WEB_EVENTS_H
#define GW_WEB_EVENTS_H

#include "gateway/base/str.h"
#include "gateway/net/httpd.h"
#include "web/session.h"

struct events;

struct events_viewer {
	struct session_id session; /* ends with it; zeros: control socket */
	const char *who;
	struct str last; /* Last-Event-ID; n 0: a fresh page */
};

/* still(): is this viewer still allowed to see?  Asked at each ping. */
struct events *web_events_new(struct loop *l,
			      bool (*still)(void *arg,
					    const struct events_viewer *v),
			      void *arg);
void web_events_free(struct events **es);
/* Closes all streams; later ones end at once. */
void web_events_stop(struct events *es);

/* data is one line of JSON. */
void web_events_add(struct events *es, const char *kind, struct str data);
/* GW_LIMIT: this viewer, or all together, have too many.  GW_OK: the request
 * has become a stream. */
enum gw_err web_events_open(struct events *es, struct http_req *r,
			    const struct events_viewer *v) GW_CHECKED;
/* Closes the streams of who may not look any more. */
void web_events_review(struct events *es);

#endif
