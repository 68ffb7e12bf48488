/* SPDX-License-Identifier: MIT */
/* httpc.c - HTTP requests going out (libcurl multi, on the loop)
 *
 * The only file that knows libcurl.  No redirects, no proxies and nothing
 * else from the environment: a request goes where the operator said.
 */
#include "gateway/net/httpc.h"

#include <curl/curl.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/list.h"
#include "gateway/run/log.h"

#define TIMEOUT_MS   (10 * (int64_t)1000)
#define RESPONSE_MAX ((size_t)1024 * 1024)
#define PER_HOST     8L
#define IN_TOTAL     64L

struct httpc {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	struct loop_task reap; /* end of turn: finished transfers */
	struct list transfers;
	struct list sockets;
};

struct transfer {
	struct httpc *h;
	struct list link;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	size_t body_max;
	bool too_long;
	char error[CURL_ERROR_SIZE];
	void (*done)(void *arg, unsigned status, struct str body,
		     const char *error);
	void *arg;
};

struct watched {
	struct loop_watch watch;
	struct httpc *h;
	struct list link;
};

static void act(struct httpc *h, curl_socket_t fd, int events)
{
	int running;
	CURLMcode e = curl_multi_socket_action(h->multi, fd, events, &running);

	if (e != CURLM_OK)
		log_error("httpc.multi", "why", curl_multi_strerror(e), NULL);
	loop_defer(h->loop, &h->reap);
}

static void on_timer(struct loop_timer *t)
{
	act(LIST_OF(t, struct httpc, timer), CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(struct loop_watch *w, unsigned events)
{
	struct watched *s = (struct watched *)(void *)w;
	int what = ((events & LOOP_READ) != 0 ? CURL_CSELECT_IN : 0) |
		   ((events & LOOP_WRITE) != 0 ? CURL_CSELECT_OUT : 0);

	act(s->h, w->fd, what);
}

/* curl: wake me in ms; -1: never.  It must not be called back from here. */
static int want_timer(CURLM *multi, long ms, void *arg)
{
	struct httpc *h = arg;

	(void)multi;
	if (ms < 0)
		loop_timer_stop(h->loop, &h->timer);
	else
		loop_timer_start(h->loop, &h->timer, ms);
	return 0;
}

static void forget_socket(struct watched *s)
{
	loop_unwatch(s->h->loop, &s->watch);
	list_del(&s->link);
	mem_free(s);
}

static struct watched *new_socket(struct httpc *h, curl_socket_t fd)
{
	struct watched *s = mem_new(sizeof(*s));

	s->h = h;
	s->watch.fn = on_socket;
	s->watch.fd = fd;
	list_append(&h->sockets, &s->link);
	curl_multi_assign(h->multi, fd, s);
	return s;
}

/* curl: watch this descriptor for these events. */
static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		       void *socket_arg)
{
	struct httpc *h = arg;
	struct watched *s = socket_arg;
	unsigned events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL)
			forget_socket(s);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= LOOP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= LOOP_WRITE;
	if (s == NULL)
		s = new_socket(h, fd);
	loop_watch(h->loop, &s->watch, events);
	return 0;
}

static size_t on_data(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	n *= size;
	if (n > t->body_max - t->body.len) {
		t->too_long = true;
		return 0;
	}
	buf_add(&t->body, p, n);
	return n;
}

static void transfer_free(struct transfer *t)
{
	list_del(&t->link);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	buf_fini(&t->body);
	mem_free(t);
}

static void finish(struct transfer *t, const char *error)
{
	long status = 0;

	if (error == NULL)
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(t->h->multi, t->easy);
	list_del(&t->link);
	t->done(t->arg, (unsigned)status,
		status != 0 ? buf_str(&t->body) : STR_NONE, error);
	transfer_free(t);
}

static const char *why_failed(const struct transfer *t, CURLcode e)
{
	if (e == CURLE_OK)
		return NULL;
	if (t->too_long)
		return "the answer is longer than allowed";
	return t->error[0] != '\0' ? t->error : curl_easy_strerror(e);
}

static void on_reap(struct loop_task *task)
{
	struct httpc *h = LIST_OF(task, struct httpc, reap);
	struct CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct transfer *t = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		finish(t, why_failed(t, m->data.result));
	}
}

struct httpc *httpc_new(struct loop *l)
{
	struct httpc *h = mem_new(sizeof(*h));

	h->loop = l;
	h->timer.fn = on_timer;
	h->reap.fn = on_reap;
	list_init(&h->transfers);
	list_init(&h->sockets);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->multi = curl_multi_init();
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, PER_HOST);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, IN_TOTAL);
	return h;
}

void httpc_free(struct httpc **hp)
{
	struct httpc *h = *hp;

	if (h == NULL)
		return;
	*hp = NULL;
	while (!list_empty(&h->transfers))
		finish(LIST_OF(h->transfers.next, struct transfer, link),
		       "the daemon stops");
	curl_multi_cleanup(h->multi);
	while (!list_empty(&h->sockets))
		forget_socket(LIST_OF(h->sockets.next, struct watched, link));
	loop_timer_stop(h->loop, &h->timer);
	loop_defer_cancel(&h->reap);
	curl_global_cleanup();
	mem_free(h);
}

static bool clean(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	}
	return true;
}

static bool request_ok(const struct httpc_request *r)
{
	const char *const *h = r->headers;

	if (!str_istarts(str_of(r->url), "http://") &&
	    !str_istarts(str_of(r->url), "https://"))
		return false;
	for (; h != NULL && *h != NULL; h++) {
		if (!clean(*h) || strchr(*h, ':') == NULL)
			return false;
	}
	return clean(r->url) && (r->method == NULL || clean(r->method));
}

static bool set_method(CURL *c, const struct httpc_request *r)
{
	CURLcode e = CURLE_OK;
	bool head = r->method != NULL && strcmp(r->method, "HEAD") == 0;

	if (head)
		return curl_easy_setopt(c, CURLOPT_NOBODY, 1L) == CURLE_OK;
	if (r->body.n != 0 ||
	    (r->method != NULL && strcmp(r->method, "POST") == 0)) {
		e = curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
				     (curl_off_t)r->body.n);
		if (e == CURLE_OK)
			e = curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS,
					     r->body.n != 0 ? r->body.p : "");
	}
	if (e == CURLE_OK && r->method != NULL)
		e = curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	return e == CURLE_OK;
}

static bool add_header(struct transfer *t, const char *line)
{
	struct curl_slist *l = curl_slist_append(t->headers, line);

	if (l != NULL)
		t->headers = l;
	return l != NULL;
}

static bool set_headers(struct transfer *t, const struct httpc_request *r)
{
	const char *const *h = r->headers;

	/* No waiting for a 100 that many servers never send. */
	if (!add_header(t, "Expect:"))
		return false;
	for (; h != NULL && *h != NULL; h++) {
		if (!add_header(t, *h))
			return false;
	}
	return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) ==
	       CURLE_OK;
}

static bool set_rest(struct transfer *t, const struct httpc_request *r)
{
	CURL *c = t->easy;
	long timeout = (long)(r->timeout > 0 ? r->timeout : TIMEOUT_MS);

	return curl_easy_setopt(c, CURLOPT_URL, r->url) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ==
		       CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT,
				"Muster/" MUSTER_VERSION) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PRIVATE, t) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data) ==
		       CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, t) == CURLE_OK &&
	       (r->ca_file == NULL ||
		curl_easy_setopt(c, CURLOPT_CAINFO, r->ca_file) == CURLE_OK);
}

enum gw_err httpc_send(struct httpc *h, const struct httpc_request *r)
{
	struct transfer *t;

	if (!request_ok(r))
		return GW_BAD_INPUT;
	t = mem_new(sizeof(*t));
	list_init(&t->link);
	t->h = h;
	t->done = r->done;
	t->arg = r->arg;
	t->body_max = r->response_max != 0 ? r->response_max : RESPONSE_MAX;
	t->easy = curl_easy_init();
	if (t->easy == NULL || !set_rest(t, r) || !set_method(t->easy, r) ||
	    !set_headers(t, r) ||
	    curl_multi_add_handle(h->multi, t->easy) != CURLM_OK) {
		transfer_free(t);
		return GW_UNAVAIL;
	}
	list_append(&h->transfers, &t->link);
	return GW_OK;
}
