/* SPDX-License-Identifier: MIT */
/* events.c - what changed, to every open page (server-sent events)
 *
 * A page that reads too slowly is cut off; it comes back by itself with its
 * last id.
 */
#include "web/events.h"

#include <inttypes.h>

#include "gateway/base/buf.h"
#include "gateway/base/list.h"
#include "gateway/run/log.h"

#define RING	   1000
#define PING_EVERY ((int64_t)15 * 1000)
#define PER_PERSON 6
#define ALL_MAX	   200

struct stream {
	struct list link;
	struct events *events;
	struct http_stream *http;
	struct events_viewer viewer;
	char who[];
};

struct events {
	struct loop *loop;
	bool (*still)(void *arg, const struct events_viewer *v);
	void *arg;
	struct loop_timer ping;
	struct list streams;
	size_t count;
	bool stopped;
	uint64_t next;	 /* id of the event to come */
	uint64_t oldest; /* id of the oldest one kept */
	char *ring[RING];
};

static void on_closed(void *arg)
{
	struct stream *s = arg;

	list_del(&s->link);
	s->events->count--;
	mem_free(s);
}

static void cut(struct stream *s)
{
	http_stream_close(s->http);
	on_closed(s);
}

/* GW_UNAVAIL: on_closed() is on its way by itself. */
static bool send(struct stream *s, struct str bytes)
{
	if (http_stream_send(s->http, bytes) != GW_LIMIT)
		return true;
	log_info("web.stream_slow", "who", s->who, NULL);
	cut(s);
	return false;
}

void web_events_review(struct events *es)
{
	LIST_EACH_SAFE(it, tmp, &es->streams)
	{
		struct stream *s = LIST_OF(it, struct stream, link);

		if (!es->still(es->arg, &s->viewer))
			cut(s);
	}
}

static void on_ping(struct loop_timer *t)
{
	struct events *es = LIST_OF(t, struct events, ping);

	web_events_review(es);
	LIST_EACH_SAFE(it, tmp, &es->streams)
	send(LIST_OF(it, struct stream, link), STR(": ping\n\n"));
	if (!list_empty(&es->streams))
		loop_timer_start(es->loop, &es->ping, PING_EVERY);
}

struct events *web_events_new(struct loop *l,
			      bool (*still)(void *arg,
					    const struct events_viewer *v),
			      void *arg)
{
	struct events *es = mem_new(sizeof(*es));

	es->loop = l;
	es->still = still;
	es->arg = arg;
	es->ping.fn = on_ping;
	es->next = (uint64_t)loop_wall(l);
	es->oldest = es->next;
	list_init(&es->streams);
	return es;
}

void web_events_stop(struct events *es)
{
	es->stopped = true;
	loop_timer_stop(es->loop, &es->ping);
	LIST_EACH_SAFE(it, tmp, &es->streams)
	cut(LIST_OF(it, struct stream, link));
}

void web_events_free(struct events **out)
{
	struct events *es = *out;

	if (es == NULL)
		return;
	web_events_stop(es);
	for (size_t i = 0; i < RING; i++)
		mem_free(es->ring[i]);
	mem_free(es);
	*out = NULL;
}

void web_events_add(struct events *es, const char *kind, struct str data)
{
	struct buf line = { .data = NULL };
	char **slot = &es->ring[es->next % RING];

	buf_printf(&line, "id: %" PRIu64 "\nevent: %s\ndata: ", es->next, kind);
	buf_add_str(&line, data);
	buf_add_lit(&line, "\n\n");
	LIST_EACH_SAFE(it, tmp, &es->streams)
	send(LIST_OF(it, struct stream, link), buf_str(&line));
	mem_free(*slot);
	*slot = buf_take(&line);
	es->next++;
	if (es->next - es->oldest > RING)
		es->oldest = es->next - RING;
}

/* A browser that left its page is noticed by the next send only: who opens a
 * page has just left another. */
static size_t streams_of(struct events *es, const char *who)
{
	size_t n = 0;

	LIST_EACH_SAFE(it, tmp, &es->streams)
	{
		struct stream *s = LIST_OF(it, struct stream, link);

		if (str_eq(str_of(s->who), str_of(who)) &&
		    send(s, STR(": are you there\n\n")))
			n++;
	}
	return n;
}

/* What was missed since; a fresh page is only told where it stands, one that
 * has missed more than is kept is told to read everything again. */
static void greeting(const struct events *es, struct str last, struct buf *out)
{
	int64_t seen = 0;
	bool read = str_int(last, 0, INT64_MAX, &seen) == GW_OK;
	uint64_t from = (uint64_t)seen + 1;

	buf_add_lit(out, "retry: 3000\n\n");
	if (read && from >= es->oldest && from <= es->next) {
		for (uint64_t id = from; id < es->next; id++)
			buf_add_lit(out, es->ring[id % RING]);
		return;
	}
	buf_printf(out, "id: %" PRIu64 "\nevent: %s\ndata: {}\n\n",
		   es->next - 1, last.n == 0 ? "hello" : "reset");
}

enum gw_err web_events_open(struct events *es, struct http_req *r,
			    const struct events_viewer *v)
{
	size_t n = strlen(v->who);
	struct buf first = { .data = NULL };
	struct stream *s;

	if (es->stopped || es->count >= ALL_MAX ||
	    streams_of(es, v->who) >= PER_PERSON)
		return GW_LIMIT;
	s = mem_new(sizeof(*s) + n + 1);
	memcpy(s->who, v->who, n);
	s->events = es;
	s->viewer = *v;
	s->viewer.who = s->who;
	s->viewer.last = STR_NONE;
	greeting(es, v->last, &first);
	list_append(&es->streams, &s->link);
	es->count++;
	s->http = http_stream(r, on_closed, s);
	if (http_stream_send(s->http, buf_str(&first)) == GW_LIMIT) {
		buf_reset(&first);
		buf_printf(&first,
			   "id: %" PRIu64 "\nevent: reset\ndata: {}\n\n",
			   es->next - 1);
		send(s, buf_str(&first));
	}
	buf_fini(&first);
	if (!loop_timer_active(&es->ping))
		loop_timer_start(es->loop, &es->ping, PING_EVERY);
	return GW_OK;
}
