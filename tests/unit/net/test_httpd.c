/* SPDX-License-Identifier: MIT */
/* test_httpd.c - a real httpd, its core on a thread of its own, and this
 * thread as the browser, with nothing but a socket */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/net/httpd.h"
#include "gateway/run/loop.h"

struct fix {
	struct loop *loop;
	struct net *net;
	struct httpd *httpd;
	pthread_t core;
	in_port_t port;
	struct http_req *held; /* /hold: replied to when told */
	struct http_stream *stream;
	enum gw_err sent;
	int handled;
	int closed;
	sem_t told; /* closed, or /hold has arrived */
};

/* On the core. */

static struct fix *fix_of(void *arg)
{
	return arg;
}

static void on_hello(struct http_req *r, void *arg)
{
	fix_of(arg)->handled++;
	http_set(r, "X-Answer", "42");
	http_reply_text(r, 200, "hello");
}

static void on_echo(struct http_req *r, void *arg)
{
	fix_of(arg)->handled++;
	http_reply(r, 200, "application/octet-stream", http_body(r));
}

static void on_segments(struct http_req *r, void *arg)
{
	struct str a = http_segment(r, 0), b = http_segment(r, 1);

	fix_of(arg)->handled++;
	http_reply_text(
		r, 200,
		arena_printf(http_arena(r), STR_FMT "|" STR_FMT "|%s",
			     STR_ARG(a), STR_ARG(b),
			     http_segment(r, 2).p == NULL ? "none" : "more"));
}

static void on_info(struct http_req *r, void *arg)
{
	struct str q = http_query(r, "a"), q1 = http_query_nth(r, "a", 1);
	struct str h = http_header(r, "x-one"), k = http_cookie(r, "sid");

	fix_of(arg)->handled++;
	http_reply_text(r, 200,
			arena_printf(http_arena(r),
				     STR_FMT "|" STR_FMT "|" STR_FMT "|" STR_FMT
					     "|%d|%s",
				     STR_ARG(q), STR_ARG(q1), STR_ARG(h),
				     STR_ARG(k), http_is_tls(r), http_peer(r)));
}

struct late {
	struct loop_timer timer;
	struct http_req *r;
};

static void late_now(struct loop_timer *t)
{
	http_reply_text(LIST_OF(t, struct late, timer)->r, 201, "late");
}

static void on_late(struct http_req *r, void *arg)
{
	struct late *l = arena_alloc(http_arena(r), sizeof(*l));

	(void)arg;
	l->timer.fn = late_now;
	l->r = r;
	loop_timer_start(http_loop(r), &l->timer, 30);
}

static void on_hold(struct http_req *r, void *arg)
{
	fix_of(arg)->held = r;
	sem_post(&fix_of(arg)->told);
}

static void on_split(struct http_req *r, void *arg)
{
	fix_of(arg)->handled++;
	http_set(r, "X-Evil", "a\r\nSet-Cookie: sid=stolen");
	http_reply_text(r, 200, "hello");
}

static void on_big(struct http_req *r, void *arg)
{
	struct buf b = { .len = 0 };

	(void)arg;
	memset(buf_space(&b, 3 << 20), 'x', 3 << 20);
	b.len = 3 << 20;
	http_reply(r, 200, NULL, buf_str(&b));
	buf_fini(&b);
}

static void on_closed(void *arg)
{
	fix_of(arg)->closed++;
	fix_of(arg)->stream = NULL;
	sem_post(&fix_of(arg)->told);
}

static void on_events(struct http_req *r, void *arg)
{
	fix_of(arg)->stream = http_stream(r, on_closed, arg);
	fix_of(arg)->sent =
		http_stream_send(fix_of(arg)->stream, STR("data: 0\n\n"));
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/hello", 0, on_hello },
	{ HTTP_POST, "/echo", 1000, on_echo },
	{ HTTP_GET, "/", 0, on_hello },
	{ HTTP_GET, "/a/{}/b/{}", 0, on_segments },
	{ HTTP_PUT | HTTP_DELETE, "/thing/{}", 10, on_segments },
	{ HTTP_POST, "/nobody", 0, on_hello },
	{ HTTP_GET, "/info", 0, on_info },
	{ HTTP_GET, "/late", 0, on_late },
	{ HTTP_GET, "/hold", 0, on_hold },
	{ HTTP_GET, "/split", 0, on_split },
	{ HTTP_GET, "/big", 0, on_big },
	{ HTTP_GET, "/events", 0, on_events },
	{ .path = NULL },
};

/* Runs fn on the core and waits until it has. */
struct errand {
	struct loop_msg msg;
	struct fix *f;
	void (*fn)(struct fix *f);
	sem_t done;
};

static void on_errand(struct loop_msg *msg)
{
	struct errand *e = (struct errand *)(void *)msg;

	e->fn(e->f);
	sem_post(&e->done);
}

static void on_core(struct fix *f, void (*fn)(struct fix *f))
{
	struct errand e = { .msg = { .fn = on_errand }, .f = f, .fn = fn };

	sem_init(&e.done, 0, 0);
	loop_post(f->loop, &e.msg);
	sem_wait(&e.done);
	sem_destroy(&e.done);
}

static void wait_told(struct fix *f)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	assert_int_equal(sem_timedwait(&f->told, &until), 0);
}

static void *core_main(void *arg)
{
	loop_run(fix_of(arg)->loop);
	return NULL;
}

/* An errand that has been run: what came before it is over. */
static void core_nothing(struct fix *f)
{
	(void)f;
}

static void core_close(struct fix *f)
{
	httpd_close(&f->httpd);
}

static void core_stop(struct fix *f)
{
	httpd_close(&f->httpd);
	loop_stop(f->loop);
}

static int setup(void **state)
{
	struct httpd_spec spec = { .listen = "127.0.0.1:0", .per_host = 300 };
	struct fix *f = test_calloc(1, sizeof(*f));
	struct err_note note;

	f->loop = loop_ev_new();
	f->net = net_new(f->loop);
	sem_init(&f->told, 0, 0);
	if (httpd_open(f->net, &spec, &f->httpd, &note) != GW_OK)
		fail_msg("%s", note.text);
	assert_int_equal(httpd_routes(f->httpd, routes, f), GW_OK);
	f->port = (in_port_t)strtoul(strrchr(httpd_address(f->httpd), ':') + 1,
				     NULL, 10);
	pthread_create(&f->core, NULL, core_main, f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	on_core(f, core_stop);
	pthread_join(f->core, NULL);
	net_free(&f->net);
	loop_free(&f->loop);
	sem_destroy(&f->told);
	test_free(f);
	return 0;
}

/* The browser. */

static int dial(const struct fix *f)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(f->port) };
	struct timeval bound = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
	return fd;
}

static void say(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, text, n, MSG_NOSIGNAL);

		if (done <= 0)
			return; /* refused: the answer tells */
		text += done;
		n -= (size_t)done;
	}
}

/* All up to the end of the connection; a timeout fails the test. */
static void hear_all(int fd, struct buf *out)
{
	for (;;) {
		char piece[65536];
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		if (n < 0 && errno == EAGAIN)
			fail_msg("no end of: %s", (char *)out->data);
		if (n <= 0)
			break;
		buf_add(out, piece, (size_t)n);
	}
	buf_add(out, "", 0);
}

/* Until the text was seen. */
static void hear(int fd, struct buf *out, const char *text)
{
	while (out->len == 0 ||
	       memmem(out->data, out->len, text, strlen(text)) == NULL) {
		char piece[4096];
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		if (n <= 0)
			fail_msg("no '%s' in: %s", text,
				 out->len ? (char *)out->data : "");
		buf_add(out, piece, (size_t)n);
	}
}

static unsigned status_of(const struct buf *b)
{
	if (b->len < 12 || memcmp(b->data, "HTTP/1.1 ", 9) != 0)
		return 0;
	return (unsigned)strtoul((const char *)b->data + 9, NULL, 10);
}

static const char *body_of(const struct buf *b)
{
	const char *p = strstr((const char *)b->data, "\r\n\r\n");

	assert_non_null(p);
	return p + 4;
}

static unsigned exchange(const struct fix *f, const char *text, size_t n,
			 struct buf *out)
{
	int fd = dial(f);

	buf_reset(out);
	say(fd, text, n);
	hear_all(fd, out);
	close(fd);
	return status_of(out);
}

static unsigned get(const struct fix *f, const char *target, struct buf *out)
{
	char text[5000];
	int n = snprintf(text, sizeof(text),
			 "GET %s HTTP/1.1\r\nHost: x\r\n"
			 "Connection: close\r\n\r\n",
			 target);

	return exchange(f, text, (size_t)n, out);
}

static void test_a_route_answers(void **state)
{
	struct buf b = { .len = 0 };

	assert_int_equal(get(*state, "/hello", &b), 200);
	assert_string_equal(body_of(&b), "hello");
	assert_non_null(strstr((char *)b.data, "X-Answer: 42\r\n"));
	assert_non_null(strstr((char *)b.data, "Content-Type: text/plain"));
	assert_int_equal(get(*state, "/", &b), 200);
	assert_int_equal(get(*state, "/a/one/b/two", &b), 200);
	assert_string_equal(body_of(&b), "one|two|none");
	assert_int_equal(get(*state, "/a/%C3%A9%20%3B/b/x@y.z", &b), 200);
	assert_string_equal(body_of(&b), "\xc3\xa9 ;|x@y.z|none");
	assert_int_equal(get(*state, "/late", &b), 201);
	assert_string_equal(body_of(&b), "late");
	assert_int_equal(get(*state, "/big", &b), 200);
	assert_int_equal(strlen(body_of(&b)), 3 << 20);
	buf_fini(&b);
}

static void test_what_a_handler_sees(void **state)
{
	static const char text[] =
		"GET /info?b=1&a=x%20y+z%26&a=2 HTTP/1.1\r\nHost: x\r\n"
		"X-One:  two words \r\nCookie: a=1; sid=abc; b=2\r\n"
		"Connection: close\r\n\r\n";
	struct buf b = { .len = 0 };

	assert_int_equal(exchange(*state, text, sizeof(text) - 1, &b), 200);
	assert_memory_equal(body_of(&b), "x y z&|2|two words|abc|0|127.0.0.1:",
			    strlen("x y z&|2|two words|abc|0|127.0.0.1:"));
	buf_fini(&b);
}

/* alerts.md 14.4: decided before any handler. */
static void test_targets_that_are_refused(void **state)
{
	static const struct {
		const char *target;
		unsigned want;
	} cases[] = {
		{ "/nothing", 404 },
		{ "/Hello", 404 },
		{ "/hello/", 404 },
		{ "/hello/x", 404 },
		{ "/a//b/x", 400 },
		{ "//hello", 400 },
		{ "/./hello", 400 },
		{ "/x/../hello", 400 },
		{ "/%2e/hello", 400 },
		{ "/x/%2e%2E/hello", 400 },
		{ "/x/.%2e/hello", 400 },
		{ "/a/x%2fy/b/z", 400 },
		{ "/a/x%5Cy/b/z", 400 },
		{ "/a/x\\y/b/z", 400 },
		{ "/hello%00", 400 },
		{ "/hello%00.png", 400 },
		{ "/hello%0d%0aX:%20y", 400 },
		{ "/hello;x=1", 400 },
		{ "/x/..;/hello", 400 },
		{ "/hello%2", 400 },
		{ "/hello%", 400 },
		{ "/hello%2>", 400 },
		{ "/hello%zz", 400 },
		{ "/hello%u0041", 400 },
		{ "/a/%ff/b/z", 400 },
		{ "/a/%c0%ae/b/z", 400 },
		{ "/%252e%252e/hello", 404 },
		{ "/hello#x", 400 },
		{ "/hel lo", 0 }, /* just closed */
		{ "hello", 400 },
		{ "*", 400 },
		{ "http://x/hello", 400 },
		{ "/hello?a=%0", 400 },
		{ "/hello?a=%00", 400 },
		{ "/hello?x=%2fy&z=../..", 200 },
	};
	struct fix *f = *state;
	struct buf b = { .len = 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned got = get(f, cases[i].target, &b);

		if (got != cases[i].want)
			fail_msg("%s: %u", cases[i].target, got);
	}
	on_core(f, core_nothing);
	assert_int_equal(f->handled, 1);
	buf_fini(&b);
}

#define CLOSE "Host: x\r\nConnection: close\r\n"

/* Each must come to an end by itself: nothing is left open. */
static const struct {
	const char *name;
	const char *text;
	unsigned want;
	const char *has;
} refused[] = {
	{ "wrong method", "POST /hello HTTP/1.1\r\n" CLOSE "\r\n", 405,
	  "Allow: GET, HEAD\r\n" },
	{ "unknown method", "PATCH /hello HTTP/1.1\r\n" CLOSE "\r\n", 405,
	  NULL },
	{ "method in lower case", "get /hello HTTP/1.1\r\n" CLOSE "\r\n", 405,
	  NULL },
	{ "method of others", "DELETE /hello HTTP/1.1\r\n" CLOSE "\r\n", 405,
	  NULL },
	{ "method is not overridden",
	  "GET /thing/1?_method=DELETE HTTP/1.1\r\n" CLOSE
	  "X-HTTP-Method-Override: DELETE\r\n\r\n",
	  405, "Allow: PUT, DELETE\r\n" },
	{ "URL is not overridden",
	  "GET /nothing HTTP/1.1\r\n" CLOSE
	  "X-Original-URL: /hello\r\nX-Rewrite-URL: /hello\r\n\r\n",
	  404, NULL },
	{ "no host", "GET /hello HTTP/1.1\r\n\r\n", 400, NULL },
	{ "two hosts", "GET /hello HTTP/1.1\r\nHost: y\r\n" CLOSE "\r\n", 400,
	  NULL },
	{ "blank before the colon",
	  "GET /hello HTTP/1.1\r\n" CLOSE "X-A : b\r\n\r\n", 400, NULL },
	{ "body where none is taken",
	  "POST /nobody HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\n\r\nabc", 413,
	  NULL },
	{ "chunks where none are taken",
	  "POST /nobody HTTP/1.1\r\n" CLOSE
	  "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	  413, NULL },
	{ "body of a GET",
	  "GET /hello HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\n\r\nabc", 413,
	  NULL },
	{ "too much by length",
	  "PUT /thing/1 HTTP/1.1\r\n" CLOSE
	  "Content-Length: 11\r\n\r\n01234567890",
	  413, NULL },
	{ "too much in chunks",
	  "PUT /thing/1 HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n"
	  "8\r\n01234567\r\n3\r\n890\r\n0\r\n\r\n",
	  413, NULL },
	{ "as much as allowed",
	  "PUT /thing/1 HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n"
	  "7\r\n0123456\r\n3\r\n789\r\n0\r\n\r\n",
	  200, NULL },
	{ "asks first, and is told no",
	  "PUT /thing/1 HTTP/1.1\r\n" CLOSE
	  "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n",
	  413, NULL },
	{ "far too much",
	  "POST /echo HTTP/1.1\r\n" CLOSE
	  "Content-Length: 99999999999\r\n\r\nabc",
	  413, NULL },
	{ "length and chunks",
	  "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	  "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
	  400, "Connection: close\r\n" },
	{ "chunks and length",
	  "POST /echo HTTP/1.1\r\nHost: x\r\n"
	  "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
	  "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n",
	  400, "Connection: close\r\n" },
	{ "two lengths",
	  "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
	  "Content-Length: 0\r\n\r\nabc",
	  400, "Connection: close\r\n" },
	{ "the same length twice",
	  "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
	  "Content-Length: 3\r\n\r\nabc",
	  400, "Connection: close\r\n" },
	{ "two lengths in one",
	  "POST /echo HTTP/1.1\r\nHost: x\r\n"
	  "Content-Length: 3, 3\r\n\r\nabc",
	  400, NULL },
	{ "length with a sign",
	  "POST /echo HTTP/1.1\r\nHost: x\r\n"
	  "Content-Length: +3\r\n\r\nabc",
	  400, NULL },
	{ "coding by another name",
	  "POST /echo HTTP/1.1\r\nHost: x\r\n"
	  "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
	  400, "Connection: close\r\n" },
	{ "coding twice",
	  "POST /echo HTTP/1.1\r\nHost: x\r\n"
	  "Transfer-Encoding: chunked\r\n"
	  "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
	  400, "Connection: close\r\n" },
	{ "coding under HTTP/1.0",
	  "POST /echo HTTP/1.0\r\nHost: x\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	  400, NULL },
	{ "length and chunks of a GET",
	  "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	  400, "Connection: close\r\n" },
	{ "length and chunks of a GET, and nothing more",
	  "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n",
	  400, "Connection: close\r\n" },
	{ "far too much of a DELETE",
	  "DELETE /thing/1 HTTP/1.1\r\nHost: x\r\n"
	  "Content-Length: 99999999999\r\n\r\nabc",
	  413, "Connection: close\r\n" },
	{ "two lengths of a DELETE",
	  "DELETE /thing/1 HTTP/1.1\r\nHost: x\r\n"
	  "Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
	  400, "Connection: close\r\n" },
	{ "a reply with a line break in a header",
	  "GET /split HTTP/1.1\r\n" CLOSE "\r\n", 500, NULL },
};

static void test_requests_that_are_refused(void **state)
{
	struct buf b = { .len = 0 };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		unsigned got = exchange(*state, refused[i].text,
					strlen(refused[i].text), &b);

		if (got != refused[i].want)
			fail_msg("%s: %u: %s", refused[i].name, got,
				 (char *)b.data);
		if (refused[i].has != NULL &&
		    strstr((char *)b.data, refused[i].has) == NULL)
			fail_msg("%s: %s", refused[i].name, (char *)b.data);
		if (strstr((char *)b.data, "hello") != NULL ||
		    strstr((char *)b.data, "stolen") != NULL)
			fail_msg("%s: let through", refused[i].name);
	}
	buf_fini(&b);
}

static void test_a_nul_never_shortens(void **state)
{
	static const char line[] = "GET /hello\0x HTTP/1.1\r\n" CLOSE "\r\n";
	struct buf b = { .len = 0 };

	assert_int_equal(exchange(*state, line, sizeof(line) - 1, &b), 400);
	buf_fini(&b);
}

static void test_endless_heads_are_cut(void **state)
{
	struct buf b = { .len = 0 }, out = { .len = 0 };

	buf_add_lit(&b, "GET /hello HTTP/1.1\r\n" CLOSE);
	for (int i = 0; i < 100; i++)
		buf_printf(&b, "X-%d: y\r\n", i);
	buf_add_lit(&b, "\r\n");
	assert_int_equal(exchange(*state, (char *)b.data, b.len, &out), 400);
	buf_reset(&b);
	buf_add_lit(&b, "GET /hello HTTP/1.1\r\n" CLOSE "X-A: ");
	memset(buf_space(&b, 100000), 'a', 100000);
	b.len += 100000;
	buf_add_lit(&b, "\r\n\r\n");
	assert_int_not_equal(exchange(*state, (char *)b.data, b.len, &out),
			     200);
	buf_fini(&b);
	buf_fini(&out);
}

static void test_a_refused_body_keeps_the_connection(void **state)
{
	static const char two[] =
		"POST /nobody HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
		"abcGET /hello HTTP/1.1\r\n" CLOSE "\r\n";
	struct buf b = { .len = 0 };

	assert_int_equal(exchange(*state, two, sizeof(two) - 1, &b), 413);
	assert_non_null(strstr((char *)b.data, "hello"));
	buf_fini(&b);
}

static void test_asking_first_is_answered(void **state)
{
	static const char head[] =
		"POST /echo HTTP/1.1\r\n" CLOSE "Expect: 100-continue\r\n"
		"Content-Length: 3\r\n\r\n";
	int fd = dial(*state);
	struct buf b = { .len = 0 };

	say(fd, head, sizeof(head) - 1);
	hear(fd, &b, "HTTP/1.1 100 Continue\r\n\r\n");
	buf_reset(&b);
	say(fd, "abc", 3);
	hear_all(fd, &b);
	assert_int_equal(status_of(&b), 200);
	assert_string_equal(body_of(&b), "abc");
	close(fd);
	buf_fini(&b);
}

static void test_head_is_get_without_the_body(void **state)
{
	static const char text[] = "HEAD /hello HTTP/1.1\r\n" CLOSE "\r\n";
	struct buf b = { .len = 0 };

	assert_int_equal(exchange(*state, text, sizeof(text) - 1, &b), 200);
	assert_non_null(strstr((char *)b.data, "Content-Length: 5\r\n"));
	assert_string_equal(body_of(&b), "");
	buf_fini(&b);
}

static void test_a_hundred_at_once_keep_alive(void **state)
{
	enum { N = 100, ROUNDS = 5 };
	struct fix *f = *state;
	struct buf b = { .len = 0 };
	char text[200];
	int fds[N], n;

	for (int i = 0; i < N; i++)
		fds[i] = dial(f);
	for (int k = 0; k < ROUNDS; k++) {
		for (int i = 0; i < N; i++) {
			n = snprintf(text, sizeof(text),
				     "POST /echo HTTP/1.1\r\nHost: x\r\n"
				     "Content-Length: 8\r\n\r\n<%03d-%02d>",
				     i, k);
			say(fds[i], text, (size_t)n);
		}
		for (int i = 0; i < N; i++) {
			snprintf(text, sizeof(text), "\r\n\r\n<%03d-%02d>", i,
				 k);
			buf_reset(&b);
			hear(fds[i], &b, text);
		}
	}
	for (int i = 0; i < N; i++)
		close(fds[i]);
	on_core(f, core_nothing);
	assert_int_equal(f->handled, N * ROUNDS);
	buf_fini(&b);
}

static const char post[] =
	"POST /echo HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n"
	"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

static void test_a_request_cut_anywhere_is_the_same(void **state)
{
	struct timespec nap = { .tv_nsec = 200000 };
	struct buf b = { .len = 0 };

	for (size_t cut = 1; cut < sizeof(post) - 1; cut++) {
		int on = 1, fd = dial(*state);

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		buf_reset(&b);
		say(fd, post, cut);
		nanosleep(&nap, NULL); /* so that it mostly comes alone */
		say(fd, post + cut, sizeof(post) - 1 - cut);
		hear_all(fd, &b);
		close(fd);
		if (status_of(&b) != 200 || strcmp(body_of(&b), "abcde") != 0)
			fail_msg("%zu: %s", cut, (char *)b.data);
	}
	buf_fini(&b);
}

static void test_browsers_that_hang_up_anywhere(void **state)
{
	static const char *const targets[] = { "/late", "/events", "/big" };
	struct linger reset = { .l_onoff = 1 };
	struct buf b = { .len = 0 };
	char text[200];

	for (size_t cut = 1; cut < sizeof(post); cut++) {
		int fd = dial(*state);

		say(fd, post, cut);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	for (int i = 0; i < 60; i++) {
		int n = snprintf(text, sizeof(text),
				 "GET %s HTTP/1.1\r\nHost: x\r\n\r\n",
				 targets[i % 3]);
		int fd = dial(*state);

		say(fd, text, (size_t)n);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		assert_int_equal(get(*state, "/hello", &b), 200);
	}
	/* Behind all the late ones before it. */
	assert_int_equal(get(*state, "/late", &b), 201);
	buf_fini(&b);
}

static int open_events(struct fix *f, struct buf *b)
{
	static const char text[] = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd = dial(f);

	say(fd, text, sizeof(text) - 1);
	hear(fd, b, "data: 0\n\n");
	assert_non_null(strstr((char *)b->data, "text/event-stream"));
	return fd;
}

static void core_event(struct fix *f)
{
	if (f->stream != NULL)
		f->sent = http_stream_send(f->stream, STR("data: 1\n\n"));
}

static void core_end(struct fix *f)
{
	http_stream_close(f->stream);
	f->stream = NULL;
}

static void core_flood(struct fix *f)
{
	static char block[65536];

	for (int i = 0; i < 1000 && f->sent == GW_OK; i++)
		f->sent = http_stream_send(f->stream,
					   str_make(block, sizeof(block)));
	if (f->sent == GW_LIMIT)
		core_end(f);
}

static void test_events_flow(void **state)
{
	struct fix *f = *state;
	struct buf b = { .len = 0 };
	int fd = open_events(f, &b);

	for (int i = 0; i < 50; i++) {
		buf_reset(&b);
		on_core(f, core_event);
		assert_int_equal(f->sent, GW_OK);
		hear(fd, &b, "data: 1\n\n");
	}
	on_core(f, core_end);
	buf_reset(&b);
	hear(fd, &b, "0\r\n\r\n"); /* the browser sees the end */
	close(fd);
	assert_int_equal(f->closed, 0);
	buf_fini(&b);
}

static void test_a_browser_gone_is_noticed_at_the_next_send(void **state)
{
	struct fix *f = *state;
	struct buf b = { .len = 0 };
	int fd = open_events(f, &b);

	on_core(f, core_event);
	hear(fd, &b, "data: 1\n\n");
	close(fd);
	on_core(f, core_event);
	wait_told(f);
	on_core(f, core_nothing);
	assert_int_equal(f->closed, 1);
	buf_fini(&b);
}

static void test_a_browser_that_does_not_read_is_limited(void **state)
{
	struct fix *f = *state;
	struct buf b = { .len = 0 };
	int fd = open_events(f, &b);

	on_core(f, core_flood);
	assert_int_equal(f->sent, GW_LIMIT);
	close(fd);
	assert_int_equal(get(f, "/hello", &b), 200);
	buf_fini(&b);
}

static void test_stop_with_open_streams_and_requests(void **state)
{
	static const char hold[] = "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fix *f = *state;
	struct buf b = { .len = 0 };
	int stream = open_events(f, &b), held = dial(f);

	say(held, hold, sizeof(hold) - 1);
	wait_told(f);
	on_core(f, core_close);
	assert_int_equal(f->closed, 1);
	buf_reset(&b);
	hear_all(stream, &b);
	hear_all(held, &b);
	close(stream);
	close(held);
	/* Its handler comes late; it must not hit freed memory. */
	http_set(f->held, "X-A", "b");
	http_reply_text(f->held, 200, "too late");
	buf_fini(&b);
}

static void core_orphan(struct fix *f)
{
	f->stream = http_stream(f->held, on_closed, f);
	f->sent = http_stream_send(f->stream, STR("x"));
}

static void test_a_stream_made_after_the_stop_is_closed(void **state)
{
	static const char hold[] = "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fix *f = *state;
	int fd = dial(f);

	say(fd, hold, sizeof(hold) - 1);
	wait_told(f);
	on_core(f, core_close);
	on_core(f, core_orphan);
	wait_told(f);
	assert_int_equal(f->sent, GW_UNAVAIL);
	close(fd);
}

static void test_routes_given_twice(void **state)
{
	static const struct http_route again[] = {
		{ HTTP_GET | HTTP_PUT, "/hello", 0, on_hello },
		{ .path = NULL },
	};
	static const struct http_route other[] = {
		{ HTTP_PUT, "/hello", 0, on_hello },
		{ .path = NULL },
	};
	struct fix *f = *state;

	assert_int_equal(httpd_routes(f->httpd, again, f), GW_CONFLICT);
	assert_int_equal(httpd_routes(f->httpd, other, f), GW_OK);
	assert_int_equal(httpd_routes(f->httpd, other, f), GW_CONFLICT);
}

static void test_addresses_that_fail(void **state)
{
	struct fix *f = *state;
	struct httpd_spec spec = { .listen = httpd_address(f->httpd) };
	struct httpd *h = NULL;
	struct err_note note;

	assert_int_equal(httpd_open(f->net, &spec, &h, &note), GW_UNAVAIL);
	assert_non_null(strstr(note.text, spec.listen));
	spec.listen = "nonsense";
	assert_int_equal(httpd_open(f->net, &spec, &h, &note), GW_BAD_INPUT);
	spec.listen = "/run/x.sock";
	assert_int_equal(httpd_open(f->net, &spec, &h, &note), GW_BAD_INPUT);
	assert_null(h);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_route_answers),
		T(test_what_a_handler_sees),
		T(test_targets_that_are_refused),
		T(test_requests_that_are_refused),
		T(test_a_nul_never_shortens),
		T(test_endless_heads_are_cut),
		T(test_a_refused_body_keeps_the_connection),
		T(test_asking_first_is_answered),
		T(test_head_is_get_without_the_body),
		T(test_a_hundred_at_once_keep_alive),
		T(test_a_request_cut_anywhere_is_the_same),
		T(test_browsers_that_hang_up_anywhere),
		T(test_events_flow),
		T(test_a_browser_gone_is_noticed_at_the_next_send),
		T(test_a_browser_that_does_not_read_is_limited),
		T(test_stop_with_open_streams_and_requests),
		T(test_a_stream_made_after_the_stop_is_closed),
		T(test_routes_given_twice),
		T(test_addresses_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
