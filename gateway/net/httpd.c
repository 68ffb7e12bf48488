/* SPDX-License-Identifier: MIT */
/* httpd.c - the life of libmicrohttpd, and the core's end of the hand-over
 *
 * The other end, on libmicrohttpd's own thread, is httpd_intake.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/net/httpd_private.h"
#include "gateway/run/log.h"

#define POOL_SIZE   ((size_t)16 * 1024) /* all headers of a request fit */
#define TURN_MAX    64			/* requests handled in one turn */
#define MAX_DEFAULT 1000
#define HOST_MAX    100
#define IDLE_MS	    (60 * (int64_t)1000)

/* Keeps libmicrohttpd from decoding: it would do so in place, and twice is
 * once too often. */
static size_t on_unescape(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

static void GW_PRINTF(2, 0) on_log(void *cls, const char *fmt, va_list ap)
{
	char text[256];

	(void)cls;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	/* A socket pair has no TCP options, which it complains about. */
	if (strstr(text, "TCP_") != NULL ||
	    strstr(text, "push the data") != NULL)
		return;
	if (strstr(text, "resource limit") != NULL)
		log_warn("http.library", "text", text, NULL);
	else
		log_debug("http.library", "text", text, NULL);
}

void httpd_req_free(struct http_req *r)
{
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	buf_fini(&r->body);
	arena_free(&r->arena);
	mem_free(r);
}

void httpd_ring(struct httpd *h)
{
	/* httpd_close() looks for itself. */
	if (h->bell->rung || h->closing)
		return;
	h->bell->rung = true;
	loop_post(h->loop, &h->bell->msg);
}

void httpd_answer(struct http_req *r)
{
	if (r->h == NULL) {
		httpd_req_free(r);
		return;
	}
	list_del(&r->link);
	r->phase = HTTPD_REPLY;
	MHD_resume_connection(r->mhd);
}

static void bury_gone(struct httpd *h)
{
	struct list *l;

	do {
		pthread_mutex_lock(&h->lock);
		l = list_pop(&h->gone);
		pthread_mutex_unlock(&h->lock);
		if (l != NULL)
			http_stream_bury(
				LIST_OF(l, struct http_stream, gone_link));
	} while (l != NULL);
}

static struct http_req *next_arrived(struct httpd *h)
{
	struct list *l;

	pthread_mutex_lock(&h->lock);
	l = list_pop(&h->arrived);
	pthread_mutex_unlock(&h->lock);
	return l != NULL ? LIST_OF(l, struct http_req, link) : NULL;
}

static void on_bell(struct loop_msg *msg)
{
	struct httpd_bell *bell = (struct httpd_bell *)(void *)msg;
	struct httpd *h = bell->h;
	struct http_req *r;

	if (h == NULL) {
		mem_free(bell);
		return;
	}
	pthread_mutex_lock(&h->lock);
	bell->rung = false;
	pthread_mutex_unlock(&h->lock);
	bury_gone(h);
	for (int i = 0; i < TURN_MAX && (r = next_arrived(h)) != NULL; i++) {
		list_append(&h->waiting, &r->link);
		r->entry.route->fn(r, r->entry.arg);
	}
	pthread_mutex_lock(&h->lock);
	if (!list_empty(&h->arrived))
		httpd_ring(h);
	pthread_mutex_unlock(&h->lock);
}

static enum gw_err fail(int fd, const char *what, struct err_note *note)
{
	enum gw_err e =
		err_say(note, GW_UNAVAIL, "%s: %s", what, strerror(errno));

	if (fd >= 0)
		close(fd);
	return e;
}

static enum gw_err open_socket(const char *text, int *out, char *printed,
			       struct err_note *note)
{
	struct address a;
	enum gw_err e = address_parse(text, &a, note);
	struct sockaddr *sa = (struct sockaddr *)&a.sa;
	int on = 1, fd;

	if (e != GW_OK)
		return e;
	if (address_is_unix(&a))
		return err_say(note, GW_BAD_INPUT,
			       "%s: HTTP listens on host:port only", text);
	fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, sa, a.len) != 0 || listen(fd, 511) != 0 ||
	    getsockname(fd, sa, &a.len) != 0)
		return fail(fd, text, note);
	address_print(&a, printed);
	*out = fd;
	return GW_OK;
}

static struct MHD_Daemon *start(struct httpd *h, const struct httpd_spec *s,
				int fd)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
			 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			 (fd < 0 ? MHD_USE_NO_LISTEN_SOCKET : MHD_NO_FLAG);
	int64_t idle = s->idle != 0 ? s->idle : IDLE_MS;
	struct MHD_OptionItem listen_socket[] = {
		{ fd < 0 ? MHD_OPTION_END : MHD_OPTION_LISTEN_SOCKET, fd,
		  NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	/* The logger first, it also hears of what the others meet. */
	return MHD_start_daemon(
		flags, 0, NULL, NULL, httpd_intake_request, h,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_ARRAY,
		listen_socket, MHD_OPTION_URI_LOG_CALLBACK, httpd_intake_target,
		h, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, httpd_intake_completed, NULL,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_SIZE,
		MHD_OPTION_CONNECTION_LIMIT,
		s->max != 0 ? s->max : (unsigned)MAX_DEFAULT,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		s->per_host != 0 ? s->per_host : (unsigned)HOST_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((idle + 999) / 1000),
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static struct httpd *httpd_new(struct loop *l, const char *address)
{
	static const struct http_route none[] = { { .path = NULL } };
	struct httpd *h = mem_new(sizeof(*h));

	h->loop = l;
	h->address = mem_strdup(address);
	list_init(&h->waiting);
	list_init(&h->streams);
	list_init(&h->arrived);
	list_init(&h->gone);
	pthread_mutex_init(&h->lock, NULL);
	h->bell = mem_new(sizeof(*h->bell));
	h->bell->msg.fn = on_bell;
	h->bell->h = h;
	if (httpd_route_table(NULL, none, NULL, &h->table) != GW_OK)
		log_error("http.routes", NULL);
	return h;
}

static void httpd_free(struct httpd *h)
{
	while (h->table != NULL) {
		struct httpd_table *t = h->table;

		h->table = t->older;
		mem_free(t);
	}
	/* A bell on its way frees itself when it arrives. */
	h->bell->h = NULL;
	if (!h->bell->rung)
		mem_free(h->bell);
	pthread_mutex_destroy(&h->lock);
	mem_free(h->address);
	mem_free(h);
}

enum gw_err httpd_open(struct net *n, const struct httpd_spec *spec,
		       struct httpd **out, struct err_note *note)
{
	char printed[ADDRESS_TEXT_MAX] = "";
	sigset_t all, before;
	struct httpd *h;
	enum gw_err e;
	int fd = -1;

	if (spec->listen != NULL) {
		e = open_socket(spec->listen, &fd, printed, note);
		if (e != GW_OK)
			return e;
	}
	h = httpd_new(net_loop(n), printed);
	/* Signals are the core's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	h->mhd = start(h, spec, fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (h->mhd == NULL) {
		httpd_free(h);
		return fail(fd, "libmicrohttpd does not start", note);
	}
	*out = h;
	return GW_OK;
}

/* A suspended connection would end the process in MHD_stop_daemon(). */
static void resume_all(struct httpd *h)
{
	struct http_req *r;
	struct list *l;

	pthread_mutex_lock(&h->lock);
	h->closing = true;
	pthread_mutex_unlock(&h->lock);
	while ((r = next_arrived(h)) != NULL)
		httpd_answer(r);
	while ((l = list_pop(&h->waiting)) != NULL) {
		r = LIST_OF(l, struct http_req, link);
		r->h = NULL;
		r->phase = HTTPD_REPLY;
		MHD_resume_connection(r->mhd);
	}
	LIST_EACH(it, &h->streams)
	http_stream_end(LIST_OF(it, struct http_stream, link));
}

void httpd_close(struct httpd **hp)
{
	struct httpd *h = *hp;

	if (h == NULL)
		return;
	*hp = NULL;
	resume_all(h);
	MHD_stop_daemon(h->mhd);
	bury_gone(h);
	httpd_free(h);
}

const char *httpd_address(const struct httpd *h)
{
	return h->address;
}

enum gw_err httpd_routes(struct httpd *h, const struct http_route *routes,
			 void *arg)
{
	struct httpd_table *t;
	enum gw_err e = httpd_route_table(h->table, routes, arg, &t);

	if (e != GW_OK)
		return e;
	t->older = h->table;
	pthread_mutex_lock(&h->lock);
	h->table = t;
	pthread_mutex_unlock(&h->lock);
	return GW_OK;
}
