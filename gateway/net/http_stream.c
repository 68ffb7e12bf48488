/* SPDX-License-Identifier: MIT */
/* http_stream.c - server-sent events: a bounded buffer between two threads
 *
 * The core fills it, libmicrohttpd's thread empties it and suspends the
 * connection when there is nothing left.  A suspended connection notices
 * nothing, so each wake-up first looks whether the browser is still there.
 * The core frees a stream, after libmicrohttpd has let go of it.
 */
#include <errno.h>
#include <sys/socket.h>

#include "gateway/net/httpd_private.h"

#define WAITING_MAX ((size_t)256 * 1024)
#define BLOCK	    ((size_t)4096)

static bool peer_gone(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	char byte;
	ssize_t n;

	if (info == NULL)
		return true;
	n = recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Lock held. */
static ssize_t take(struct http_stream *s, char *out, size_t max)
{
	size_t n = s->out.len - s->sent;

	if (n == 0 && s->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		s->suspended = true;
		MHD_suspend_connection(s->mhd);
		return 0;
	}
	if (n > max)
		n = max;
	memcpy(out, s->out.data + s->sent, n);
	s->sent += n;
	if (s->sent == s->out.len) {
		buf_reset(&s->out);
		s->sent = 0;
	}
	return (ssize_t)n;
}

/* libmicrohttpd's thread. */
static ssize_t on_read(void *cls, uint64_t pos, char *out, size_t max)
{
	struct http_stream *s = cls;
	ssize_t n;

	(void)pos;
	if (peer_gone(s->mhd))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	pthread_mutex_lock(&s->h->lock);
	n = take(s, out, max);
	pthread_mutex_unlock(&s->h->lock);
	return n;
}

/* libmicrohttpd's thread, or the core in httpd_close(). */
static void on_free(void *cls)
{
	struct http_stream *s = cls;

	pthread_mutex_lock(&s->h->lock);
	s->gone = true;
	list_append(&s->h->gone, &s->gone_link);
	httpd_ring(s->h);
	pthread_mutex_unlock(&s->h->lock);
}

/* Lock held. */
static void wake(struct http_stream *s)
{
	if (!s->suspended)
		return;
	s->suspended = false;
	MHD_resume_connection(s->mhd);
}

void http_stream_bury(struct http_stream *s)
{
	void (*closed)(void *arg) = s->closed;

	list_del(&s->link);
	s->closed = NULL;
	if (closed != NULL)
		closed(s->arg);
	buf_fini(&s->out);
	mem_free(s);
}

static void on_orphan(struct loop_task *t)
{
	http_stream_bury(LIST_OF(t, struct http_stream, task));
}

static void set_response(struct http_req *r, struct http_stream *s)
{
	r->status = 200;
	r->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK,
							on_read, s, on_free);
	if (r->response == NULL) {
		on_free(s);
		return;
	}
	http_set(r, "Content-Type", "text/event-stream");
	http_set(r, "Cache-Control", "no-store");
	http_set(r, "X-Accel-Buffering", "no");
	http_add_extra(r);
}

struct http_stream *http_stream(struct http_req *r, void (*closed)(void *arg),
				void *arg)
{
	struct http_stream *s = mem_new(sizeof(*s));

	s->h = r->h;
	s->mhd = r->mhd;
	s->closed = closed;
	s->arg = arg;
	list_init(&s->link);
	list_init(&s->gone_link);
	if (r->h == NULL) {
		s->gone = true;
		s->task.fn = on_orphan;
		loop_defer(r->loop, &s->task);
	} else {
		list_append(&r->h->streams, &s->link);
		set_response(r, s);
	}
	httpd_answer(r);
	return s;
}

enum gw_err http_stream_send(struct http_stream *s, struct str bytes)
{
	enum gw_err e = GW_OK;

	if (s->h == NULL)
		return GW_UNAVAIL;
	pthread_mutex_lock(&s->h->lock);
	if (s->gone || s->ended) {
		e = GW_UNAVAIL;
	} else if (bytes.n > WAITING_MAX - (s->out.len - s->sent)) {
		e = GW_LIMIT;
	} else {
		if (s->sent > WAITING_MAX) {
			buf_eat(&s->out, s->sent);
			s->sent = 0;
		}
		buf_add_str(&s->out, bytes);
		wake(s);
	}
	pthread_mutex_unlock(&s->h->lock);
	return e;
}

void http_stream_end(struct http_stream *s)
{
	pthread_mutex_lock(&s->h->lock);
	s->ended = true;
	wake(s);
	pthread_mutex_unlock(&s->h->lock);
}

void http_stream_close(struct http_stream *s)
{
	s->closed = NULL;
	if (s->h != NULL)
		http_stream_end(s);
}
