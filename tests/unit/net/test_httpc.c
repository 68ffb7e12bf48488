/* SPDX-License-Identifier: MIT */
/* test_httpc.c - requests to our own httpd, and to servers that misbehave,
 * all on one loop */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/net/httpc.h"
#include "gateway/net/httpd.h"
#include "gateway/net/listener.h"
#include "gateway/run/loop.h"

struct fix {
	struct loop *loop;
	struct net *net;
	struct httpd *httpd;
	struct httpc *httpc;
	struct loop_timer bound;
	int mute; /* listens, never accepts */
	char mute_address[32];
	int wanted;
	int answers;
	unsigned status;
	struct buf body;
	char error[300];
};

static void on_info(struct http_req *r, void *arg)
{
	struct str token = http_header(r, "X-Token");

	(void)arg;
	http_reply_text(r, 200,
			arena_printf(http_arena(r), STR_FMT "|" STR_FMT "|%d",
				     STR_ARG(token), STR_ARG(http_body(r)),
				     http_method(r)));
}

static void on_moved(struct http_req *r, void *arg)
{
	(void)arg;
	http_set(r, "Location", "/info");
	http_reply(r, 302, NULL, STR_NONE);
}

static const struct http_route routes[] = {
	{ HTTP_GET | HTTP_POST | HTTP_PUT | HTTP_DELETE, "/info", 100000,
	  on_info },
	{ HTTP_GET, "/moved", 0, on_moved },
	{ .path = NULL },
};

static void on_bound(struct loop_timer *t)
{
	struct fix *f = LIST_OF(t, struct fix, bound);

	loop_stop(f->loop);
}

static void mute_server(struct fix *f)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t n = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->mute = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(f->mute, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(listen(f->mute, 5), 0);
	getsockname(f->mute, (struct sockaddr *)&sa, &n);
	snprintf(f->mute_address, sizeof(f->mute_address), "127.0.0.1:%u",
		 ntohs(sa.sin_port));
}

static int setup(void **state)
{
	struct httpd_spec spec = { .listen = "127.0.0.1:0" };
	struct fix *f = test_calloc(1, sizeof(*f));
	struct err_note note;

	f->loop = loop_ev_new();
	f->net = net_new(f->loop);
	f->httpc = httpc_new(f->loop);
	f->bound.fn = on_bound;
	if (httpd_open(f->net, &spec, &f->httpd, &note) != GW_OK)
		fail_msg("%s", note.text);
	assert_int_equal(httpd_routes(f->httpd, routes, f), GW_OK);
	mute_server(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	httpc_free(&f->httpc);
	httpd_close(&f->httpd);
	net_free(&f->net);
	loop_free(&f->loop);
	close(f->mute);
	buf_fini(&f->body);
	test_free(f);
	return 0;
}

static void on_done(void *arg, unsigned status, struct str body,
		    const char *error)
{
	struct fix *f = arg;

	f->status = status;
	buf_reset(&f->body);
	buf_add_str(&f->body, body);
	snprintf(f->error, sizeof(f->error), "%s", error != NULL ? error : "");
	if (++f->answers == f->wanted)
		loop_stop(f->loop);
}

static enum gw_err start(struct fix *f, struct httpc_request r,
			 const char *address, const char *path)
{
	char url[200];

	snprintf(url, sizeof(url), "http://%s%s", address, path);
	r.url = url;
	r.done = on_done;
	r.arg = f;
	return httpc_send(f->httpc, &r);
}

static void wait_for(struct fix *f, int answers)
{
	f->wanted = answers;
	if (f->answers < answers) {
		loop_timer_start(f->loop, &f->bound, 10000);
		loop_run(f->loop);
		loop_timer_stop(f->loop, &f->bound);
	}
	assert_int_equal(f->answers, answers);
}

static void test_methods_headers_bodies(void **state)
{
	static const char *const token[] = { "X-Token: t", NULL };
	static const struct {
		struct httpc_request r;
		const char *want;
	} cases[] = {
		{ { .method = NULL }, "||1" },
		{ { .headers = token }, "t||1" },
		{ { .body = { "abc", 3 } }, "|abc|2" },
		{ { .method = "POST" }, "||2" },
		{ { .method = "PUT", .body = { "abc", 3 } }, "|abc|4" },
		{ { .method = "DELETE" }, "||8" },
	};
	struct fix *f = *state;

	for (int i = 0; i < (int)(sizeof(cases) / sizeof(cases[0])); i++) {
		assert_int_equal(
			start(f, cases[i].r, httpd_address(f->httpd), "/info"),
			GW_OK);
		wait_for(f, i + 1);
		assert_int_equal(f->status, 200);
		assert_string_equal(f->body.data, cases[i].want);
	}
}

static void test_other_statuses_are_answers(void **state)
{
	struct fix *f = *state;
	struct httpc_request r = { .method = NULL };

	assert_int_equal(start(f, r, httpd_address(f->httpd), "/no"), GW_OK);
	wait_for(f, 1);
	assert_int_equal(f->status, 404);
	assert_string_equal(f->error, "");
	assert_int_equal(start(f, r, httpd_address(f->httpd), "/moved"), GW_OK);
	wait_for(f, 2);
	assert_int_equal(f->status, 302); /* a redirect is not followed */
}

static void test_many_at_once(void **state)
{
	struct fix *f = *state;
	struct httpc_request r = { .method = NULL };

	for (int i = 0; i < 100; i++)
		assert_int_equal(start(f, r, httpd_address(f->httpd), "/info"),
				 GW_OK);
	wait_for(f, 100);
	assert_int_equal(f->status, 200);
}

static void test_no_answer_is_status_0(void **state)
{
	struct fix *f = *state;
	struct httpc_request r = { .timeout = 200 };

	assert_int_equal(start(f, r, f->mute_address, "/"), GW_OK);
	wait_for(f, 1);
	assert_int_equal(f->status, 0);
	assert_non_null(strstr(f->error, "timed out"));
	assert_int_equal(start(f, r, "127.0.0.1:1", "/"), GW_OK);
	wait_for(f, 2);
	assert_int_equal(f->status, 0);
	assert_string_not_equal(f->error, "");
}

static void test_long_answers_are_cut(void **state)
{
	static char body[50000];
	struct fix *f = *state;
	struct httpc_request r = { .body = { body, sizeof(body) },
				   .response_max = 49999 };

	memset(body, 'x', sizeof(body));
	assert_int_equal(start(f, r, httpd_address(f->httpd), "/info"), GW_OK);
	wait_for(f, 1);
	assert_int_equal(f->status, 0);
	assert_non_null(strstr(f->error, "longer"));
	r.response_max = 60000;
	assert_int_equal(start(f, r, httpd_address(f->httpd), "/info"), GW_OK);
	wait_for(f, 2);
	assert_int_equal(f->status, 200);
	assert_int_equal(f->body.len, sizeof(body) + 3);
}

static void https(struct fix *f, const char *host, const char *address,
		  const char *ca_file)
{
	char url[100];
	struct httpc_request r = { .url = url, .ca_file = ca_file };

	snprintf(url, sizeof(url), "https://%s%s/info", host,
		 strrchr(address, ':'));
	r.done = on_done;
	r.arg = f;
	assert_int_equal(httpc_send(f->httpc, &r), GW_OK);
	wait_for(f, f->answers + 1);
}

static void test_certificates_are_checked(void **state)
{
	static const char *const names[] = { "localhost", NULL };
	struct fix *f = *state;
	struct listener_spec spec = { .address = "127.0.0.1:0",
				      .proto = &httpd_tls_proto,
				      .arg = f->httpd };
	struct listener *l = NULL;
	struct err_note note;
	char pem[64];

	snprintf(pem, sizeof(pem), "test_httpc.%d.pem", getpid());
	spec.tls = tls_server_new(NULL);
	assert_int_equal(tls_self_signed(pem, names, &note), GW_OK);
	assert_int_equal(
		tls_server_add(spec.tls, "localhost", pem, NULL, &note), GW_OK);
	assert_int_equal(listener_open(f->net, &spec, &l, &note), GW_OK);
	https(f, "localhost", listener_address(l), pem);
	assert_string_equal(f->error, "");
	assert_int_equal(f->status, 200);
	https(f, "localhost", listener_address(l), NULL);
	assert_int_equal(f->status, 0);
	assert_non_null(strstr(f->error, "certificate"));
	https(f, "127.0.0.1", listener_address(l), pem);
	assert_int_equal(f->status, 0);
	assert_non_null(strstr(f->error, "127.0.0.1"));
	unlink(pem);
	listener_close(&l);
	tls_server_free(&spec.tls);
}

static void test_requests_that_make_no_sense(void **state)
{
	static const char *const split[] = { "X-A: b\r\nX-Evil: c", NULL };
	static const char *const bare[] = { "no colon", NULL };
	static const struct httpc_request cases[] = {
		{ .url = "file:///etc/passwd" },
		{ .url = "127.0.0.1/" },
		{ .url = "http://127.0.0.1/\r\nX-Evil: c" },
		{ .url = "http://127.0.0.1/", .headers = split },
		{ .url = "http://127.0.0.1/", .headers = bare },
		{ .url = "http://127.0.0.1/", .method = "GET /x\r\n" },
	};
	struct fix *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(httpc_send(f->httpc, &cases[i]), GW_BAD_INPUT);
}

static void test_free_ends_what_is_pending(void **state)
{
	struct fix *f = *state;
	struct httpc_request r = { .timeout = 60000 };

	assert_int_equal(start(f, r, f->mute_address, "/"), GW_OK);
	assert_int_equal(start(f, r, f->mute_address, "/"), GW_OK);
	f->status = 1;
	httpc_free(&f->httpc);
	assert_int_equal(f->answers, 2);
	assert_int_equal(f->status, 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_methods_headers_bodies),
		T(test_other_statuses_are_answers),
		T(test_many_at_once),
		T(test_no_answer_is_status_0),
		T(test_long_answers_are_cut),
		T(test_certificates_are_checked),
		T(test_requests_that_make_no_sense),
		T(test_free_ends_what_is_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
