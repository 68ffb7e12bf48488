/* SPDX-License-Identifier: MIT */
/* test_conn_tail.c - what is serialised into the output of a connection */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/net/conn.h"

struct fixture {
	struct loop *loop;
	struct net *net;
	struct conn *c;
	int peer;
	unsigned closed;
	enum conn_why why;
};

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	(void)c;
	(void)p;
	return n;
}

static void on_close(struct conn *c, enum conn_why why)
{
	struct fixture *f = conn_arg(c);

	f->closed++;
	f->why = why;
}

static const struct proto proto = {
	.name = "bytes",
	.input = on_input,
	.close = on_close,
};

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));
	int fd[2];

	f->loop = loop_fake_new(1);
	f->net = net_new(f->loop);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) != 0)
		return -1;
	f->peer = fd[1];
	f->c = conn_accepted(f->net, fd[0], &proto, f, NULL);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	net_free(&f->net);
	loop_free(&f->loop);
	close(f->peer);
	mem_free(f);
	return 0;
}

static void write_in_place(struct conn *c, const char *text)
{
	buf_add_lit(conn_tail(c), text);
	conn_wrote(c, strlen(text));
}

static void it_is_sent_in_its_turn_and_in_one_write(void **state)
{
	struct fixture *f = *state;
	char big[600], p[1024];
	struct frame *frame;

	memset(big, 'b', sizeof(big));
	frame = frame_new(big, sizeof(big));
	conn_write(f->c, "one,", 4);
	write_in_place(f->c, "two,");
	conn_write_frame(f->c, STR("three,"), frame);
	write_in_place(f->c, "four,");
	conn_write_str(f->c, STR("five"));
	assert_int_equal(conn_unsent(f->c), 4 + 4 + 6 + 600 + 5 + 4);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(conn_unsent(f->c), 0);
	assert_int_equal(recv(f->peer, p, sizeof(p), 0), 623);
	assert_memory_equal(p, "one,two,three,bbb", 17);
	assert_memory_equal(p + 613, "bfour,five", 10);
	frame_unref(&frame);
}

static void it_is_not_begun_where_it_would_go_nowhere(void **state)
{
	struct fixture *f = *state;

	conn_close(f->c);
	assert_null(conn_tail(f->c));
}

static void more_than_the_limit_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	const struct conn_limits limits = { .out_max = 8 };
	char p[16];

	conn_set_limits(f->c, &limits);
	write_in_place(f->c, "nine long");
	assert_null(conn_tail(f->c));
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_OVERFLOW);
	assert_int_equal(recv(f->peer, p, sizeof(p), 0), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_is_sent_in_its_turn_and_in_one_write),
		T(it_is_not_begun_where_it_would_go_nowhere),
		T(more_than_the_limit_ends_the_connection),
	};

	return cmocka_run_group_tests_name("net/conn_tail", tests, NULL, NULL);
}
