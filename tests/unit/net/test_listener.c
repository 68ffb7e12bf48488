/* SPDX-License-Identifier: MIT */
/* test_listener.c - sockets that accept: addresses, limits, the lack of
 * descriptors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/net/conn_private.h"
#include "gateway/net/listener.h"
#include "gateway/run/log.h"

#define PEERS_MAX 64

struct fixture {
	struct loop *loop;
	struct net *net;
	struct listener *listener;
	char dir[64];
	char path[96];
	unsigned opened, closed;
	char from[ADDRESS_TEXT_MAX];
	int peers[PEERS_MAX];
	unsigned count;
};

static void on_open(struct conn *c)
{
	struct fixture *f = conn_arg(c);

	f->opened++;
	snprintf(f->from, sizeof(f->from), "%s", conn_peer(c));
}

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	conn_write(c, p, n);
	return n;
}

static void on_close(struct conn *c, enum conn_why why)
{
	struct fixture *f = conn_arg(c);

	(void)why;
	f->closed++;
}

static const struct proto echo = {
	.name = "echo",
	.open = on_open,
	.input = on_input,
	.close = on_close,
};

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));

	f->loop = loop_fake_new(1);
	f->net = net_new(f->loop);
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_listener.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/sock", f->dir);
	*state = f;
	return 0;
}

static void hang_up(struct fixture *f, unsigned i)
{
	if (f->peers[i] >= 0)
		close(f->peers[i]);
	f->peers[i] = -1;
	loop_fake_pass(f->loop, 0);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < f->count; i++)
		hang_up(f, i);
	listener_close(&f->listener);
	net_free(&f->net);
	loop_free(&f->loop);
	unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	mem_free(f);
	return 0;
}

static enum gw_err open_at(struct fixture *f, const char *address, unsigned max,
			   unsigned per_host, struct err_note *note)
{
	struct listener_spec spec = { .address = address,
				      .proto = &echo,
				      .arg = f,
				      .max = max,
				      .per_host = per_host };

	return listener_open(f->net, &spec, &f->listener, note);
}

static int try_connect(const char *address)
{
	struct address a;
	int fd;

	assert_int_equal(address_parse(address, &a, NULL), GW_OK);
	fd = socket(a.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&a.sa, a.len) == 0)
		return fd;
	close(fd);
	return -1;
}

static void dial(struct fixture *f)
{
	int fd = try_connect(listener_address(f->listener));

	assert_true(fd >= 0);
	assert_true(f->count < PEERS_MAX);
	f->peers[f->count++] = fd;
	loop_fake_pass(f->loop, 0);
}

static bool is_cut_off(int fd)
{
	char p[1];
	ssize_t n = recv(fd, p, 1, MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

static void an_address_is_right_or_says_why(void **state)
{
	static const struct {
		const char *address;
		enum gw_err want;
		const char *say;
	} cases[] = {
		{ "127.0.0.1:5222", GW_OK, "" },
		{ "0.0.0.0:0", GW_OK, "" },
		{ "[::1]:5222", GW_OK, "" },
		{ "[::]:65535", GW_OK, "" },
		{ "localhost:5222", GW_OK, "" },
		{ "/run/muster/lmtp.sock", GW_OK, "" },
		{ "unix:/run/muster/lmtp.sock", GW_OK, "" },
		{ "", GW_BAD_INPUT, "HOST:PORT" },
		{ "127.0.0.1", GW_BAD_INPUT, "HOST:PORT" },
		{ "5222", GW_BAD_INPUT, "HOST:PORT" },
		{ ":5222", GW_BAD_INPUT, "host" },
		{ "127.0.0.1:", GW_BAD_INPUT, "port" },
		{ "127.0.0.1:65536", GW_BAD_INPUT, "port" },
		{ "127.0.0.1:-1", GW_BAD_INPUT, "port" },
		{ "127.0.0.1:52x", GW_BAD_INPUT, "port" },
		{ "127.0.0.1: 5222", GW_BAD_INPUT, "port" },
		{ "127.0.0.256:1", GW_BAD_INPUT, "host" },
		{ "::1:5222", GW_BAD_INPUT, "host" },
		{ "[127.0.0.1]:1", GW_BAD_INPUT, "host" },
		{ "[localhost]:1", GW_BAD_INPUT, "host" },
		{ "[::1:5222", GW_BAD_INPUT, "host" },
		{ "[]:5222", GW_BAD_INPUT, "host" },
		{ "example.org:5222", GW_BAD_INPUT, "host" },
		{ "unix:run/sock", GW_BAD_INPUT, "begin with /" },
		{ "unix:", GW_BAD_INPUT, "begin with /" },
		{ "/12345678901234567890123456789012345678901234567890"
		  "12345678901234567890123456789012345678901234567890"
		  "1234567",
		  GW_BAD_INPUT, "107 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err_note note = { .text = "" };

		assert_int_equal(
			listener_check_address(cases[i].address, &note),
			cases[i].want);
		assert_non_null(strstr(note.text, cases[i].say));
		if (cases[i].want != GW_OK)
			assert_int_equal(strncmp(note.text, cases[i].address,
						 strlen(cases[i].address)),
					 0);
	}
}

static void a_peer_is_printed_as_people_write_it(void **state)
{
	static const struct {
		const char *ip, *text, *host;
		size_t party;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1:4711", "192.0.2.1", 4 },
		{ "2001:db8::1", "[2001:db8::1]:4711", "2001:db8::1", 8 },
		{ "::ffff:192.0.2.1", "192.0.2.1:4711", "192.0.2.1", 4 },
		{ NULL, "unix", "unix", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address a = { .sa.ss_family = AF_UNIX };
		struct sockaddr_in *in = (void *)&a.sa;
		struct sockaddr_in6 *in6 = (void *)&a.sa;
		char text[ADDRESS_TEXT_MAX];

		if (cases[i].ip != NULL &&
		    inet_pton(AF_INET, cases[i].ip, &in->sin_addr) == 1) {
			in->sin_family = AF_INET;
			in->sin_port = htons(4711);
		} else if (cases[i].ip != NULL) {
			assert_int_equal(inet_pton(AF_INET6, cases[i].ip,
						   &in6->sin6_addr),
					 1);
			in6->sin6_family = AF_INET6;
			in6->sin6_port = htons(4711);
		}
		address_print(&a, text);
		assert_string_equal(text, cases[i].text);
		assert_true(str_is(address_host(text), cases[i].host));
		assert_int_equal(address_party(&a).n, cases[i].party);
	}
}

static void every_kind_of_address_is_served(void **state)
{
	struct fixture *f = *state;
	const char *const cases[][2] = { { "127.0.0.1:0", "127.0.0.1:" },
					 { "localhost:0", "127.0.0.1:" },
					 { "[::1]:0", "[::1]:" },
					 { f->path, "unix" } };
	struct err_note note;
	char p[4];

	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(open_at(f, cases[i][0], 0, 0, &note), GW_OK);
		dial(f);
		assert_int_equal(f->opened, i + 1);
		assert_int_equal(
			strncmp(f->from, cases[i][1], strlen(cases[i][1])), 0);
		assert_int_equal(send(f->peers[i], "ping", 4, 0), 4);
		loop_fake_pass(f->loop, 0);
		assert_int_equal(recv(f->peers[i], p, 4, MSG_DONTWAIT), 4);
		listener_close(&f->listener);
		assert_null(f->listener);
	}
	/* They outlive their listeners. */
	assert_int_equal(f->closed, 0);
	assert_int_equal(net_count(f->net), 4);
}

/* A peer that vanished is noticed, and a turn's output leaves at once. */
static void a_tcp_peer_is_watched_and_not_waited_for(void **state)
{
	static const struct {
		int level, name;
	} options[] = { { SOL_SOCKET, SO_KEEPALIVE },
			{ IPPROTO_TCP, TCP_NODELAY } };
	struct fixture *f = *state;
	struct err_note note;
	struct conn *c;
	size_t it = 0;

	assert_int_equal(open_at(f, "127.0.0.1:0", 0, 0, &note), GW_OK);
	dial(f);
	c = slot_next(&f->net->slots, &it);
	assert_non_null(c);
	for (unsigned i = 0; i < 2; i++) {
		int on = 0;
		socklen_t n = sizeof(on);

		assert_int_equal(getsockopt(c->watch.fd, options[i].level,
					    options[i].name, &on, &n),
				 0);
		assert_true(on != 0);
	}
}

static void the_wildcard_serves_both_families(void **state)
{
	struct fixture *f = *state;
	char address[64];
	const char *port;

	assert_int_equal(open_at(f, "[::]:0", 0, 0, NULL), GW_OK);
	port = strrchr(listener_address(f->listener), ':');
	snprintf(address, sizeof(address), "127.0.0.1%s", port);
	f->peers[f->count++] = try_connect(address);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->opened, 1);
	assert_int_equal(strncmp(f->from, "127.0.0.1:", 10), 0);
}

static void one_host_has_its_limit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_at(f, "127.0.0.1:0", 0, 3, NULL), GW_OK);
	for (unsigned i = 0; i < 5; i++)
		dial(f);
	assert_int_equal(f->opened, 3);
	assert_false(is_cut_off(f->peers[2]));
	assert_true(is_cut_off(f->peers[3]));
	assert_true(is_cut_off(f->peers[4]));
	hang_up(f, 0);
	dial(f);
	assert_int_equal(f->opened, 4);
	assert_false(is_cut_off(f->peers[5]));
}

static void a_full_listener_lets_the_next_wait(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_at(f, f->path, 2, 0, NULL), GW_OK);
	for (unsigned i = 0; i < 3; i++)
		dial(f);
	assert_int_equal(f->opened, 2);
	loop_fake_pass(f->loop, 100000);
	assert_false(is_cut_off(f->peers[2]));
	hang_up(f, 1);
	assert_int_equal(f->opened, 3);
}

static void limits_change_while_it_listens(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_at(f, "127.0.0.1:0", 3, 3, NULL), GW_OK);
	for (unsigned i = 0; i < 4; i++)
		dial(f);
	assert_int_equal(f->opened, 3);
	/* Room for the one that waits; but his address has enough. */
	listener_set_limits(f->listener, 10, 3);
	loop_fake_pass(f->loop, 0);
	assert_true(is_cut_off(f->peers[3]));
	listener_set_limits(f->listener, 10, 4);
	dial(f);
	assert_int_equal(f->opened, 4);
	/* Less than there are: they stay, nobody comes in. */
	listener_set_limits(f->listener, 1, 0);
	dial(f);
	for (unsigned i = 0; i < 3; i++) {
		assert_false(is_cut_off(f->peers[i]));
		hang_up(f, i);
	}
	assert_int_equal(f->opened, 4);
	hang_up(f, 4);
	assert_int_equal(f->opened, 5);
}

/* All that is left of them, but for what is given back. */
static int use_up_descriptors(struct rlimit *old)
{
	struct rlimit few;
	int last = -1, fd;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, old), 0);
	few = *old;
	few.rlim_cur = 40;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		last = fd;
	assert_int_equal(errno, EMFILE);
	return last;
}

static void no_descriptor_means_later_and_no_busy_loop(void **state)
{
	struct fixture *f = *state;
	struct rlimit old;
	int last;

	assert_int_equal(open_at(f, f->path, 0, 0, NULL), GW_OK);
	assert_int_equal(log_open("/dev/null", LOG_LEVEL_ERROR), GW_OK);
	f->peers[f->count++] = try_connect(f->path);
	last = use_up_descriptors(&old);
	/* The fake loop dies of an event that never goes away. */
	loop_fake_pass(f->loop, 10000);
	assert_int_equal(f->opened, 0);
	close(last);
	loop_fake_pass(f->loop, 249);
	loop_fake_pass(f->loop, 1);
	assert_int_equal(f->opened, 1);
	for (int fd = last - 1; fd > f->peers[0]; fd--) {
		struct stat st, null;

		if (fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 &&
		    st.st_rdev == null.st_rdev)
			close(fd);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	log_close();
}

static void leave_a_stale_socket(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	close(fd);
}

static void a_stale_socket_is_replaced(void **state)
{
	struct fixture *f = *state;

	leave_a_stale_socket(f->path);
	assert_int_equal(open_at(f, f->path, 0, 0, NULL), GW_OK);
	dial(f);
	assert_int_equal(f->opened, 1);
}

static void a_live_socket_is_not(void **state)
{
	struct fixture *f = *state;
	struct listener *first;
	struct err_note note;
	char want[160];

	assert_int_equal(open_at(f, f->path, 0, 0, NULL), GW_OK);
	first = f->listener;
	f->listener = NULL;
	assert_int_equal(open_at(f, f->path, 0, 0, &note), GW_CONFLICT);
	snprintf(want, sizeof(want), "%s: in use: ", f->path);
	assert_int_equal(strncmp(note.text, want, strlen(want)), 0);
	f->listener = first;
	dial(f);
	assert_true(f->opened >= 1);
	listener_close(&f->listener);
	/* Nor is a port. */
	assert_int_equal(open_at(f, "127.0.0.1:0", 0, 0, NULL), GW_OK);
	first = f->listener;
	assert_int_equal(open_at(f, listener_address(first), 0, 0, &note),
			 GW_CONFLICT);
	assert_non_null(strstr(note.text, ": in use: "));
	f->listener = first;
}

static void an_ordinary_file_is_never_removed(void **state)
{
	struct fixture *f = *state;
	struct err_note note;
	struct stat st;
	int fd = open(f->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	close(fd);
	assert_int_equal(open_at(f, f->path, 0, 0, &note), GW_CONFLICT);
	assert_int_equal(stat(f->path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(open_at(f, "/no/such/dir/sock", 0, 0, &note),
			 GW_UNAVAIL);
}

static void a_socket_has_its_mode_whatever_the_umask(void **state)
{
	struct fixture *f = *state;
	struct listener_spec spec = { .address = f->path,
				      .proto = &echo,
				      .arg = f };
	struct stat st;
	mode_t old = umask(077);

	assert_int_equal(listener_open(f->net, &spec, &f->listener, NULL),
			 GW_OK);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	listener_close(&f->listener);
	assert_int_equal(stat(f->path, &st), -1);
	spec.mode = 0600;
	umask(0);
	assert_int_equal(listener_open(f->net, &spec, &f->listener, NULL),
			 GW_OK);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	umask(old);
}

static void a_successors_socket_stays(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(open_at(f, f->path, 0, 0, NULL), GW_OK);
	assert_int_equal(unlink(f->path), 0);
	leave_a_stale_socket(f->path);
	listener_close(&f->listener);
	assert_int_equal(stat(f->path, &st), 0);
}

#define CALLERS	    50u
#define CALLER_SAYS ((size_t)200000)

/* Many at once on epoll: each sends much and hangs up when all came back. */
struct real {
	struct loop *loop;
	struct loop_timer bound;
	unsigned finished;
	bool timed_out;
};

struct caller {
	size_t back;
};

static void on_call(struct conn *c)
{
	char p[1000];

	memset(p, 'c', sizeof(p));
	for (size_t i = 0; i < CALLER_SAYS; i += sizeof(p))
		conn_write(c, p, sizeof(p));
}

static size_t on_echo(struct conn *c, const uint8_t *p, size_t n)
{
	struct caller *k = conn_state(c);

	(void)p;
	k->back += n;
	if (k->back == CALLER_SAYS)
		conn_close(c);
	return n;
}

static void on_hung_up(struct conn *c, enum conn_why why)
{
	struct real *r = conn_arg(c);
	const struct caller *k = conn_state(c);

	if (why == CONN_LOCAL && k->back == CALLER_SAYS)
		r->finished++;
	if (r->finished == CALLERS)
		loop_stop(r->loop);
}

static void on_bound(struct loop_timer *t)
{
	struct real *r = LIST_OF(t, struct real, bound);

	r->timed_out = true;
	loop_stop(r->loop);
}

static void many_at_once_on_the_real_loop(void **state)
{
	static const struct proto server = { .name = "server",
					     .input = on_input };
	static const struct proto caller = { .name = "caller",
					     .state_size =
						     sizeof(struct caller),
					     .open = on_call,
					     .input = on_echo,
					     .close = on_hung_up };
	struct real r = { .loop = loop_ev_new(), .bound.fn = on_bound };
	struct net *net = net_new(r.loop);
	struct listener_spec spec = { .address = "127.0.0.1:0",
				      .proto = &server };
	struct listener *l;
	uint64_t id;

	(void)state;
	assert_int_equal(listener_open(net, &spec, &l, NULL), GW_OK);
	for (unsigned i = 0; i < CALLERS; i++)
		assert_int_equal(
			conn_dial(net, listener_address(l), &caller, &r, &id),
			GW_OK);
	loop_timer_start(r.loop, &r.bound, 20000);
	loop_run(r.loop);
	assert_false(r.timed_out);
	assert_int_equal(r.finished, CALLERS);
	loop_timer_stop(r.loop, &r.bound);
	listener_close(&l);
	net_free(&net);
	loop_free(&r.loop);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_address_is_right_or_says_why),
		T(a_peer_is_printed_as_people_write_it),
		T(every_kind_of_address_is_served),
		T(a_tcp_peer_is_watched_and_not_waited_for),
		T(the_wildcard_serves_both_families),
		T(one_host_has_its_limit),
		T(a_full_listener_lets_the_next_wait),
		T(one_host_has_its_limit),
		T(limits_change_while_it_listens),
		T(no_descriptor_means_later_and_no_busy_loop),
		T(a_stale_socket_is_replaced),
		T(a_live_socket_is_not),
		T(an_ordinary_file_is_never_removed),
		T(a_socket_has_its_mode_whatever_the_umask),
		T(a_successors_socket_stays),
		cmocka_unit_test(many_at_once_on_the_real_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
