/* SPDX-License-Identifier: MIT */
/* test_conn.c - connections: bytes, limits, timeouts, the end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/net/conn.h"
#include "gateway/net/listener.h"

struct fixture {
	struct loop *loop;
	struct net *net;
	int peer; /* the other end of the last pair */
	uint64_t id;
	/* What the protocol saw. */
	unsigned opened, closed, inputs, drains, timers, order;
	enum conn_why why;
	struct buf got;
	char fault[128];
	size_t eat_max;	 /* 0: all */
	size_t eat_none; /* do not eat before this many are there */
	bool hold, again, echo;
};

static struct fixture *of(struct conn *c)
{
	return conn_arg(c);
}

static void on_open(struct conn *c)
{
	assert_ptr_equal(conn_find(conn_net(c), conn_id(c)), c);
	of(c)->opened++;
}

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct fixture *f = of(c);

	f->inputs++;
	if (n < f->eat_none)
		return 0;
	if (f->eat_max > 0 && n > f->eat_max)
		n = f->eat_max;
	buf_add(&f->got, p, n);
	if (f->echo)
		conn_write(c, p, n);
	if (f->hold)
		conn_hold(c);
	if (f->again)
		conn_again(c);
	return n;
}

/* Eats whole lines only and echoes each. */
static size_t on_line(struct conn *c, const uint8_t *p, size_t n)
{
	const uint8_t *end = memchr(p, '\n', n);
	size_t eaten = 0;

	while (end != NULL) {
		size_t len = (size_t)(end - (p + eaten)) + 1;

		conn_write(c, p + eaten, len);
		eaten += len;
		end = memchr(p + eaten, '\n', n - eaten);
	}
	return eaten;
}

static void on_drained(struct conn *c)
{
	of(c)->drains++;
}

static void on_timer(struct conn *c)
{
	of(c)->timers++;
}

static void on_close(struct conn *c, enum conn_why why)
{
	struct fixture *f = of(c);

	f->closed++;
	f->why = why;
	snprintf(f->fault, sizeof(f->fault), "%s", conn_fault(c));
	assert_null(conn_find(conn_net(c), conn_id(c)));
	/* All of these are late, and harmless. */
	conn_write(c, "x", 1);
	conn_close(c);
	conn_go(c);
	conn_again(c);
	conn_timer(c, 1);
}

static const struct proto bytes_proto = {
	.name = "bytes",
	.state_size = 24,
	.open = on_open,
	.input = on_input,
	.drained = on_drained,
	.timer = on_timer,
	.close = on_close,
};

static const struct proto lines_proto = {
	.name = "lines",
	.open = on_open,
	.input = on_line,
	.close = on_close,
};

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));

	f->loop = loop_fake_new(1);
	f->net = net_new(f->loop);
	f->peer = -1;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	net_free(&f->net);
	loop_free(&f->loop);
	if (f->peer >= 0)
		close(f->peer);
	buf_fini(&f->got);
	mem_free(f);
	return 0;
}

static struct conn *accept_type(struct fixture *f, const struct proto *p,
				int type)
{
	int fd[2];
	struct conn *c;

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fd), 0);
	if (f->peer >= 0)
		close(f->peer);
	f->peer = fd[1];
	assert_int_equal(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
	c = conn_accepted(f->net, fd[0], p, f, NULL);
	f->id = conn_id(c);
	return c;
}

static struct conn *accept_one(struct fixture *f, const struct proto *p)
{
	return accept_type(f, p, SOCK_STREAM);
}

static void pass(struct fixture *f, int64_t ms)
{
	loop_fake_pass(f->loop, ms);
}

static void send_all(struct fixture *f, const void *p, size_t n)
{
	assert_int_equal(send(f->peer, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* All there is to read now, added to b; true at the end of the stream. */
static bool drain(struct fixture *f, struct buf *b)
{
	char p[4096];
	ssize_t n;

	while ((n = recv(f->peer, p, sizeof(p), 0)) > 0)
		buf_add(b, p, (size_t)n);
	if (n < 0)
		assert_int_equal(errno, EAGAIN);
	return n == 0;
}

static void expect(struct fixture *f, const char *want)
{
	struct buf b = { .data = NULL };

	drain(f, &b);
	assert_int_equal(b.len, strlen(want));
	if (b.len > 0)
		assert_memory_equal(b.data, want, b.len);
	buf_fini(&b);
}

static unsigned open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void lines_come_back_whatever_the_split(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "hello\nbrave\n\nnew world\n";
	size_t n = sizeof(text) - 1;

	for (size_t i = 0; i <= n; i++) {
		for (size_t j = i; j <= n; j++) {
			accept_one(f, &lines_proto);
			if (i > 0)
				send_all(f, text, i);
			pass(f, 0);
			if (j > i)
				send_all(f, text + i, j - i);
			pass(f, 0);
			if (n > j)
				send_all(f, text + j, n - j);
			pass(f, 0);
			expect(f, text);
			close(f->peer);
			f->peer = -1;
			pass(f, 0);
			assert_int_equal(f->why, CONN_PEER);
		}
	}
	assert_int_equal(net_count(f->net), 0);
	assert_int_equal(f->opened, f->closed);
}

static void a_turn_is_one_write(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_type(f, &bytes_proto, SOCK_SEQPACKET);
	char big[600], p[4096];
	struct frame *frame;

	memset(big, 'b', sizeof(big));
	frame = frame_new(big, sizeof(big));
	conn_write(c, "one,", 4);
	conn_write_frame(c, STR("head:"), frame);
	conn_write_str(c, STR(",end"));
	assert_int_equal(conn_unsent(c), 4 + 5 + 600 + 4);
	assert_int_equal(frame->refs, 2);
	pass(f, 0);
	assert_int_equal(frame->refs, 1);
	assert_int_equal(conn_unsent(c), 0);
	assert_int_equal(recv(f->peer, p, sizeof(p), 0), 613);
	assert_memory_equal(p, "one,head:bbb", 12);
	assert_memory_equal(p + 608, "b,end", 5);
	frame_unref(&frame);
}

static void a_slow_reader_gets_every_byte(void **state)
{
	struct fixture *f = *state;
	struct conn *c;
	struct buf sent = { .data = NULL }, got = { .data = NULL };
	size_t done = 0;
	uint8_t p[7001];
	size_t most = 0;

	f->echo = true;
	c = accept_one(f, &bytes_proto);
	for (unsigned i = 0; i < 3000000; i++)
		buf_add_char(&sent, (char)(i * 31 + i / 255));
	while (got.len < sent.len) {
		size_t left = sent.len - done;
		ssize_t n;

		if (left > 0) {
			n = send(f->peer, sent.data + done,
				 left > 50000 ? 50000 : left, MSG_NOSIGNAL);
			done += n > 0 ? (size_t)n : 0;
		}
		pass(f, 0);
		assert_int_equal(f->closed, 0);
		if (conn_unsent(c) > most)
			most = conn_unsent(c);
		n = recv(f->peer, p, sizeof(p), 0);
		if (n > 0)
			buf_add(&got, p, (size_t)n);
	}
	assert_int_equal(got.len, sent.len);
	assert_memory_equal(got.data, sent.data, sent.len);
	/* Its own input was slowed down: output stayed below the half. */
	assert_true(most > 100000);
	assert_true(most < ((size_t)2 << 20) + 65536);
	pass(f, 0);
	assert_true(f->drains > 0);
	buf_fini(&sent);
	buf_fini(&got);
}

static void who_does_not_read_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	struct conn_limits l = { .out_max = 500000 };
	char p[10000];

	memset(p, 0, sizeof(p));
	conn_set_limits(c, &l);
	for (unsigned i = 0; i < 200 && f->closed == 0; i++) {
		conn_write(c, p, sizeof(p));
		pass(f, 0);
	}
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_OVERFLOW);
}

static void drained_comes_once_when_output_falls_low(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	struct buf b = { .data = NULL };
	char *p = mem_new(1000000);

	conn_write(c, "small", 5);
	pass(f, 0);
	assert_int_equal(f->drains, 0);
	conn_write(c, p, 1000000);
	pass(f, 0);
	assert_int_equal(f->drains, 0);
	while (conn_unsent(c) > 0) {
		drain(f, &b);
		pass(f, 0);
	}
	assert_int_equal(f->drains, 1);
	drain(f, &b);
	assert_int_equal(b.len, 1000005);
	buf_fini(&b);
	mem_free(p);
}

static void uneaten_input_is_limited(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	struct conn_limits l = { .in_max = 100 };

	conn_set_limits(c, &l);
	f->eat_none = 1000;
	for (unsigned i = 0; i < 99; i++)
		send_all(f, "x", 1);
	pass(f, 0);
	assert_int_equal(f->closed, 0);
	send_all(f, "x", 1);
	pass(f, 0);
	assert_int_equal(f->why, CONN_OVERFLOW);
	assert_int_equal(f->closed, 1);
}

static void a_held_stream_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);

	f->hold = true;
	f->eat_max = 3;
	send_all(f, "abcdef", 6);
	pass(f, 0);
	assert_int_equal(f->inputs, 1);
	send_all(f, "ghi", 3);
	pass(f, 10);
	assert_int_equal(f->inputs, 1);
	assert_int_equal(f->got.len, 3);
	conn_go(c);
	pass(f, 0);
	assert_int_equal(f->inputs, 2);
	assert_memory_equal(f->got.data, "abcdef", 6);
	f->hold = false;
	f->eat_max = 0;
	conn_go(c);
	pass(f, 0);
	assert_int_equal(f->got.len, 9);
	assert_memory_equal(f->got.data, "abcdefghi", 9);
}

static void held_input_is_handed_up_before_the_end(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);

	f->hold = true;
	f->eat_max = 1;
	send_all(f, "ab", 2);
	pass(f, 0);
	close(f->peer);
	f->peer = -1;
	pass(f, 0);
	assert_int_equal(f->closed, 0);
	f->hold = false;
	conn_go(c);
	pass(f, 0);
	assert_int_equal(f->got.len, 2);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_PEER);
}

static unsigned share_at_turn[8];

static size_t on_share(struct conn *c, const uint8_t *p, size_t n)
{
	struct fixture *f = of(c);

	(void)p;
	share_at_turn[f->inputs++ & 7u] = f->order;
	if (n > 2)
		conn_again(c);
	return n > 2 ? 2 : n;
}

static void count_turn(struct loop_timer *t);

struct turns {
	struct loop_timer timer;
	struct fixture *f;
	unsigned left;
};

static void count_turn(struct loop_timer *t)
{
	struct turns *turns = (struct turns *)(void *)t;

	turns->f->order++;
	if (--turns->left > 0)
		loop_timer_start(turns->f->loop, t, 0);
}

static void a_stream_gets_its_share_of_a_turn(void **state)
{
	static const struct proto p = { .name = "share",
					.open = on_open,
					.input = on_share,
					.close = on_close };
	struct fixture *f = *state;
	struct turns turns = { .timer.fn = count_turn, .f = f, .left = 20 };

	accept_one(f, &p);
	pass(f, 0);
	loop_timer_start(f->loop, &turns.timer, 0);
	send_all(f, "aabbccdd", 8);
	pass(f, 0);
	assert_int_equal(f->inputs, 4);
	for (unsigned i = 1; i < 4; i++)
		assert_true(share_at_turn[i] > share_at_turn[i - 1]);
}

static void dropped_input_is_counted(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);

	f->hold = true;
	f->eat_max = 2;
	send_all(f, "ab<injected>", 12);
	pass(f, 0);
	assert_int_equal(conn_drop_input(c), 10);
	assert_int_equal(conn_drop_input(c), 0);
	f->hold = false;
	f->eat_max = 0;
	conn_go(c);
	send_all(f, "cd", 2);
	pass(f, 0);
	assert_int_equal(f->got.len, 4);
	assert_memory_equal(f->got.data, "abcd", 4);
}

static void a_rate_slows_reading_down(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	struct conn_limits l = { .rate = 1000 };
	char p[10000];

	memset(p, 'r', sizeof(p));
	conn_set_limits(c, &l);
	send_all(f, p, sizeof(p));
	pass(f, 0);
	assert_int_equal(f->got.len, 2000); /* the burst of 2 s */
	pass(f, 1000);
	assert_in_range(f->got.len, 2900, 3000);
	pass(f, 3000);
	assert_in_range(f->got.len, 5900, 6000);
	pass(f, 4100);
	assert_int_equal(f->got.len, 10000);
	/* After a rest there is a burst again, and no more than one. */
	pass(f, 60000);
	send_all(f, p, sizeof(p));
	pass(f, 0);
	assert_int_equal(f->got.len, 12000);
}

static void a_rate_below_a_byte_a_turn_still_moves(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	struct conn_limits l = { .rate = 1 };

	conn_set_limits(c, &l);
	send_all(f, "0123456789", 10);
	pass(f, 0);
	assert_int_equal(f->got.len, 2);
	pass(f, 8000);
	assert_int_equal(f->got.len, 10);
}

static void an_idle_peer_is_let_go(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	struct conn_limits l = { .idle = 10000 };

	conn_set_limits(c, &l);
	for (unsigned i = 0; i < 5; i++) {
		pass(f, 9000);
		send_all(f, "x", 1);
		pass(f, 0);
	}
	pass(f, 9999);
	assert_int_equal(f->closed, 0);
	pass(f, 1);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_TIMEOUT);
}

static void a_timer_fires_once_unless_stopped(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);

	conn_timer(c, 50);
	pass(f, 49);
	assert_int_equal(f->timers, 0);
	pass(f, 1000);
	assert_int_equal(f->timers, 1);
	conn_timer(c, 50);
	conn_timer(c, -1);
	pass(f, 1000);
	assert_int_equal(f->timers, 1);
	conn_timer(c, 50);
	conn_close(c);
	pass(f, 1000);
	assert_int_equal(f->timers, 1);
}

static void closing_sends_the_rest_first(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	struct buf b = { .data = NULL };
	char *p = mem_new(1500000);

	pass(f, 0);
	conn_write(c, p, 1500000);
	conn_close(c);
	conn_write(c, "late", 4);
	send_all(f, "unheard", 7);
	pass(f, 0);
	assert_int_equal(f->closed, 0);
	while (!drain(f, &b))
		pass(f, 0);
	assert_int_equal(b.len, 1500000);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_LOCAL);
	assert_int_equal(f->inputs, 0);
	buf_fini(&b);
	mem_free(p);
}

static void closing_waits_five_seconds_for_a_reader(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	char *p = mem_new(1500000);

	conn_write(c, p, 1500000);
	conn_close(c);
	pass(f, 4999);
	assert_int_equal(f->closed, 0);
	pass(f, 1);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_LOCAL);
	mem_free(p);
}

static void last_words_survive_a_talking_peer(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	unsigned before;

	pass(f, 0);
	before = open_fds();
	conn_write(c, "421 bye", 7);
	conn_close(c);
	send_all(f, "more", 4);
	pass(f, 0);
	assert_int_equal(f->closed, 1);
	send_all(f, "and more", 8); /* no reset yet */
	pass(f, 0);
	expect(f, "421 bye");
	assert_int_equal(open_fds(), before);
	pass(f, 2000);
	assert_int_equal(open_fds(), before - 1);
}

static void aborting_drops_the_rest(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	struct buf b = { .data = NULL };

	pass(f, 0);
	conn_write(c, "never seen", 10);
	conn_abort(c);
	assert_int_equal(f->closed, 0);
	pass(f, 0);
	assert_int_equal(f->closed, 1);
	assert_true(drain(f, &b));
	assert_int_equal(b.len, 0);
}

static void writing_to_a_dead_peer_is_no_signal(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);

	pass(f, 0);
	conn_hold(c);
	pass(f, 0);
	close(f->peer);
	f->peer = -1;
	conn_write(c, "hello", 5);
	pass(f, 0);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_PEER);
	assert_string_equal(f->fault, "Broken pipe");
}

static void an_id_dies_with_its_connection(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);
	uint64_t id = f->id;

	assert_true(id != 0);
	assert_ptr_equal(conn_find(f->net, id), c);
	assert_string_equal(conn_peer(c), "unix");
	assert_true(conn_peer_is_loopback(c));
	assert_null(conn_tls(c));
	pass(f, 0);
	conn_abort(c);
	pass(f, 0);
	assert_null(conn_find(f->net, id));
	accept_one(f, &bytes_proto);
	assert_null(conn_find(f->net, id));
}

static void ten_thousand_connections_leave_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned before = open_fds();

	for (unsigned i = 0; i < 10000; i++) {
		struct conn *c = accept_one(f, &bytes_proto);

		send_all(f, "hello", 5);
		pass(f, 0);
		if (i % 3 == 0) {
			conn_write(c, "bye", 3);
			conn_close(c);
			pass(f, 0);
		} else if (i % 3 == 1) {
			conn_abort(c);
			pass(f, 0);
		}
		close(f->peer);
		f->peer = -1;
		pass(f, 0);
	}
	assert_int_equal(f->opened, 10000);
	assert_int_equal(f->closed, 10000);
	assert_int_equal(net_count(f->net), 0);
	assert_int_equal(open_fds(), before);
}

static void a_stop_ends_everything_with_its_last_words(void **state)
{
	struct fixture *f = *state;
	struct conn *c = accept_one(f, &bytes_proto);

	pass(f, 0);
	conn_write(c, "</stream>", 9);
	net_free(&f->net);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_SHUTDOWN);
	expect(f, "</stream>");
}

static void dialling_reaches_a_listener(void **state)
{
	struct fixture *f = *state;
	struct listener *l;
	struct listener_spec spec = { .address = "127.0.0.1:0",
				      .proto = &lines_proto,
				      .arg = f };
	uint64_t id;
	struct conn *c;

	assert_int_equal(listener_open(f->net, &spec, &l, NULL), GW_OK);
	assert_int_equal(
		conn_dial(f->net, listener_address(l), &bytes_proto, f, &id),
		GW_OK);
	c = conn_find(f->net, id);
	conn_write(c, "over there\n", 11);
	pass(f, 0);
	assert_int_equal(f->opened, 2);
	assert_int_equal(f->got.len, 11);
	assert_string_equal(conn_peer(c), listener_address(l));
	assert_true(str_is(conn_peer_host(c), "127.0.0.1"));
	listener_close(&l);
}

static void a_refused_dial_is_closed_never_opened(void **state)
{
	struct fixture *f = *state;
	uint64_t id = 0;

	assert_int_equal(conn_dial(f->net, "127.0.0.1:1", &bytes_proto, f, &id),
			 GW_OK);
	assert_true(id != 0);
	assert_int_equal(f->closed, 0);
	pass(f, 0);
	assert_int_equal(f->opened, 0);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->why, CONN_FAULT);
	assert_string_equal(f->fault, "Connection refused");
	assert_int_equal(conn_dial(f->net, "nonsense", &bytes_proto, f, &id),
			 GW_BAD_INPUT);
	assert_int_equal(
		conn_dial(f->net, "/no/such/socket", &bytes_proto, f, &id),
		GW_OK);
	pass(f, 0);
	assert_int_equal(f->closed, 2);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lines_come_back_whatever_the_split),
		T(a_turn_is_one_write),
		T(a_slow_reader_gets_every_byte),
		T(who_does_not_read_is_cut_off),
		T(drained_comes_once_when_output_falls_low),
		T(uneaten_input_is_limited),
		T(a_held_stream_is_not_read),
		T(held_input_is_handed_up_before_the_end),
		T(a_stream_gets_its_share_of_a_turn),
		T(dropped_input_is_counted),
		T(a_rate_slows_reading_down),
		T(a_rate_below_a_byte_a_turn_still_moves),
		T(an_idle_peer_is_let_go),
		T(a_timer_fires_once_unless_stopped),
		T(closing_sends_the_rest_first),
		T(closing_waits_five_seconds_for_a_reader),
		T(last_words_survive_a_talking_peer),
		T(aborting_drops_the_rest),
		T(writing_to_a_dead_peer_is_no_signal),
		T(an_id_dies_with_its_connection),
		T(ten_thousand_connections_leave_nothing),
		T(a_stop_ends_everything_with_its_last_words),
		T(dialling_reaches_a_listener),
		T(a_refused_dial_is_closed_never_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
