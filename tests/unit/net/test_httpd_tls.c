/* SPDX-License-Identifier: MIT */
/* test_httpd_tls.c - HTTPS: a browser made of OpenSSL on this thread, the
 * core with listener, TLS and socket pairs on another */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/net/httpd.h"
#include "gateway/net/listener.h"
#include "gateway/run/loop.h"

#define BIG	 ((size_t)3 << 20)
#define PER_HOST 40

struct fix {
	struct loop *loop;
	struct net *net;
	struct httpd *httpd;
	struct tls_server *tls;
	struct listener *listener;
	pthread_t core;
	SSL_CTX *ctx;
	char pem[64];
	in_port_t port;
	struct http_stream *stream;
	int closed;
	size_t left; /* connections in the net, seen by the core */
	sem_t told;
};

struct browser {
	int fd;
	in_port_t port; /* its own */
	SSL *ssl;
};

static struct fix *fix_of(void *arg)
{
	return arg;
}

static void on_info(struct http_req *r, void *arg)
{
	(void)arg;
	http_reply_text(r, 200,
			arena_printf(http_arena(r), "%d|%s", http_is_tls(r),
				     http_peer(r)));
}

static void on_echo(struct http_req *r, void *arg)
{
	(void)arg;
	http_reply(r, 200, NULL, http_body(r));
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
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/info", 0, on_info },
	{ HTTP_POST, "/echo", BIG, on_echo },
	{ HTTP_GET, "/events", 0, on_events },
	{ .path = NULL },
};

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

static void core_stop(struct fix *f)
{
	listener_close(&f->listener);
	httpd_close(&f->httpd);
	loop_stop(f->loop);
}

static void core_event(struct fix *f)
{
	if (f->stream != NULL &&
	    http_stream_send(f->stream, STR("data: 1\n\n")) != GW_OK)
		f->closed += 100;
}

static void core_count(struct fix *f)
{
	f->left = net_count(f->net);
}

static void *core_main(void *arg)
{
	loop_run(fix_of(arg)->loop);
	return NULL;
}

static void open_listener(struct fix *f)
{
	static const char *const names[] = { "localhost", NULL };
	struct listener_spec spec = { .address = "127.0.0.1:0",
				      .proto = &httpd_tls_proto };
	struct err_note note;

	snprintf(f->pem, sizeof(f->pem), "test_httpd_tls.%d.pem", getpid());
	f->tls = tls_server_new(NULL);
	assert_int_equal(tls_self_signed(f->pem, names, &note), GW_OK);
	assert_int_equal(
		tls_server_add(f->tls, "localhost", f->pem, NULL, &note),
		GW_OK);
	spec.arg = f->httpd;
	spec.tls = f->tls;
	if (listener_open(f->net, &spec, &f->listener, &note) != GW_OK)
		fail_msg("%s", note.text);
	f->port = (in_port_t)strtoul(
		strrchr(listener_address(f->listener), ':') + 1, NULL, 10);
}

static int setup(void **state)
{
	struct httpd_spec spec = { .listen = NULL, .per_host = PER_HOST };
	struct fix *f = test_calloc(1, sizeof(*f));
	struct err_note note;

	f->loop = loop_ev_new();
	f->net = net_new(f->loop);
	sem_init(&f->told, 0, 0);
	if (httpd_open(f->net, &spec, &f->httpd, &note) != GW_OK)
		fail_msg("%s", note.text);
	assert_int_equal(httpd_routes(f->httpd, routes, f), GW_OK);
	open_listener(f);
	f->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(f->ctx, SSL_VERIFY_PEER, NULL);
	assert_int_equal(SSL_CTX_load_verify_file(f->ctx, f->pem), 1);
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
	tls_server_free(&f->tls);
	SSL_CTX_free(f->ctx);
	sem_destroy(&f->told);
	unlink(f->pem);
	test_free(f);
	return 0;
}

static struct browser dial(const struct fix *f)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(f->port) };
	struct timeval bound = { .tv_sec = 10 };
	struct browser b = { .fd = socket(AF_INET, SOCK_STREAM, 0) };
	socklen_t n = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(b.fd, (struct sockaddr *)&sa, n), 0);
	setsockopt(b.fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
	getsockname(b.fd, (struct sockaddr *)&sa, &n);
	b.port = ntohs(sa.sin_port);
	b.ssl = SSL_new(f->ctx);
	SSL_set1_host(b.ssl, "localhost");
	SSL_set_tlsext_host_name(b.ssl, "localhost");
	SSL_set_fd(b.ssl, b.fd);
	assert_int_equal(SSL_connect(b.ssl), 1);
	return b;
}

static void hang_up(struct browser *b)
{
	SSL_free(b->ssl);
	close(b->fd);
}

static void say(struct browser *b, const char *text, size_t n)
{
	size_t done;

	assert_int_equal(SSL_write_ex(b->ssl, text, n, &done), 1);
	assert_int_equal(done, n);
}

static void hear(struct browser *b, struct buf *out, const char *text)
{
	char piece[4096];
	size_t n;

	while (out->len == 0 ||
	       memmem(out->data, out->len, text, strlen(text)) == NULL) {
		if (SSL_read_ex(b->ssl, piece, sizeof(piece), &n) != 1)
			fail_msg("no '%s' in: %s", text,
				 out->len ? (char *)out->data : "");
		buf_add(out, piece, n);
	}
}

/* A timeout of the socket is a failure too. */
static bool hear_end(struct browser *b)
{
	char piece[4096];
	size_t n;

	while (SSL_read_ex(b->ssl, piece, sizeof(piece), &n) == 1)
		;
	return SSL_get_error(b->ssl, 0) != SSL_ERROR_WANT_READ;
}

static void wait_told(struct fix *f)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	assert_int_equal(sem_timedwait(&f->told, &until), 0);
}

#define REQ(line) line " HTTP/1.1\r\nHost: localhost\r\n\r\n"

static void test_the_peer_is_the_true_one(void **state)
{
	struct browser b = dial(*state);
	struct buf out = { .len = 0 };
	char want[64];

	snprintf(want, sizeof(want), "\r\n\r\n1|127.0.0.1:%u", b.port);
	for (int i = 0; i < 3; i++) {
		buf_reset(&out);
		say(&b, REQ("GET /info"), sizeof(REQ("GET /info")) - 1);
		hear(&b, &out, want);
	}
	hang_up(&b);
	buf_fini(&out);
}

static void *send_big(void *arg)
{
	struct browser *b = arg;
	struct buf out = { .len = 0 };

	buf_printf(&out,
		   "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
		   "Content-Length: %zu\r\n\r\n",
		   BIG);
	for (size_t i = 0; i < BIG; i++)
		buf_add_char(&out, (char)('a' + i % 26));
	say(b, (char *)out.data, out.len);
	buf_fini(&out);
	return NULL;
}

static void test_big_bodies_survive_both_ways(void **state)
{
	struct browser b = dial(*state);
	struct buf out = { .len = 0 };
	char piece[1000];
	const char *body;
	size_t n;

	send_big(&b);
	hear(&b, &out, "\r\n\r\n");
	n = (size_t)((char *)memmem(out.data, out.len, "\r\n\r\n", 4) + 4 -
		     (char *)out.data);
	buf_eat(&out, n);
	while (out.len < BIG) {
		assert_int_equal(SSL_read_ex(b.ssl, piece, sizeof(piece), &n),
				 1);
		buf_add(&out, piece, n);
	}
	assert_int_equal(out.len, BIG);
	body = (char *)out.data;
	for (size_t i = 0; i < BIG; i++) {
		if (body[i] != (char)('a' + i % 26))
			fail_msg("byte %zu is %c", i, body[i]);
	}
	hang_up(&b);
	buf_fini(&out);
}

static void test_thirty_at_once(void **state)
{
	struct browser b[30];
	struct buf out = { .len = 0 };

	for (int i = 0; i < 30; i++)
		b[i] = dial(*state);
	for (int i = 0; i < 30; i++)
		say(&b[i], REQ("GET /info"), sizeof(REQ("GET /info")) - 1);
	for (int i = 0; i < 30; i++) {
		char want[64];

		snprintf(want, sizeof(want), "1|127.0.0.1:%u", b[i].port);
		buf_reset(&out);
		hear(&b[i], &out, want);
		hang_up(&b[i]);
	}
	buf_fini(&out);
}

static void test_events_and_a_browser_gone(void **state)
{
	struct fix *f = *state;
	struct browser b = dial(f);
	struct buf out = { .len = 0 };
	struct timespec nap = { .tv_nsec = 5000000 };

	say(&b, REQ("GET /events"), sizeof(REQ("GET /events")) - 1);
	hear(&b, &out, "event-stream");
	for (int i = 0; i < 20; i++) {
		buf_reset(&out);
		on_core(f, core_event);
		hear(&b, &out, "data: 1\n\n");
	}
	hang_up(&b);
	/* First the core must see the end of the connection. */
	f->left = 1;
	for (int i = 0; i < 1000 && f->left != 0; i++) {
		on_core(f, core_count);
		nanosleep(&nap, NULL);
	}
	assert_int_equal(f->left, 0);
	on_core(f, core_event);
	wait_told(f);
	assert_int_equal(f->closed, 1);
	buf_fini(&out);
}

/* Counted by the browser's address, not by the socket pair. */
static void test_one_host_gets_its_share(void **state)
{
	struct browser b[PER_HOST + 1];
	struct buf out = { .len = 0 };

	for (int i = 0; i < PER_HOST; i++) {
		b[i] = dial(*state);
		say(&b[i], REQ("GET /info"), sizeof(REQ("GET /info")) - 1);
		buf_reset(&out);
		hear(&b[i], &out, "\r\n\r\n1|");
	}
	b[PER_HOST] = dial(*state);
	assert_true(hear_end(&b[PER_HOST]));
	for (int i = 0; i <= PER_HOST; i++)
		hang_up(&b[i]);
	buf_fini(&out);
}

static void core_close(struct fix *f)
{
	listener_close(&f->listener);
	httpd_close(&f->httpd);
}

static void test_stop_with_open_connections(void **state)
{
	struct fix *f = *state;
	struct browser b = dial(f), idle = dial(f);
	struct buf out = { .len = 0 };

	say(&b, REQ("GET /events"), sizeof(REQ("GET /events")) - 1);
	hear(&b, &out, "event-stream");
	on_core(f, core_close);
	assert_int_equal(f->closed, 1);
	assert_true(hear_end(&b));
	assert_true(hear_end(&idle));
	hang_up(&b);
	hang_up(&idle);
	buf_fini(&out);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_peer_is_the_true_one),
		T(test_big_bodies_survive_both_ways),
		T(test_thirty_at_once),
		T(test_events_and_a_browser_gone),
		T(test_one_host_gets_its_share),
		T(test_stop_with_open_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
