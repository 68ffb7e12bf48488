/* SPDX-License-Identifier: MIT */
/* test_gate.c - strangers at the door: who is let in, who must make room */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/when.h"
#include "gateway/net/gate.h"
#include "gateway/net/listener.h"

#define PEERS_MAX 200

struct peer {
	int fd;
	uint64_t id; /* of the connection; 0: never came in */
};

struct fixture {
	struct loop *loop;
	struct net *net;
	struct metrics *metrics;
	struct gate *gate;
	struct listener *listener[2];
	uint64_t newest;
	struct peer peers[PEERS_MAX];
	unsigned count;
};

static void on_open(struct conn *c)
{
	struct fixture *f = conn_arg(c);

	f->newest = conn_id(c);
}

/* Eats lines; "known" is a log-in. */
static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	if (n >= 5 && memcmp(p, "known", 5) == 0)
		conn_known(c);
	return p[n - 1] == '\n' ? n : 0;
}

static void on_evicted(struct conn *c, const char *why)
{
	(void)why;
	conn_write_str(c, STR("no room"));
	conn_close(c);
}

static const struct proto lines = {
	.name = "lines",
	.open = on_open,
	.input = on_input,
	.evicted = on_evicted,
};

static void limit(struct fixture *f, unsigned guests, size_t bytes,
		  unsigned handshakes)
{
	static const char *const trusted[] = { "127.9.0.0/16" };
	struct gate_limits l = { .guests = guests,
				 .bytes = bytes,
				 .handshakes = handshakes,
				 .trusted = trusted,
				 .trusted_count = 1 };

	gate_set_limits(f->gate, &l);
}

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));
	struct listener_spec spec = { .address = "127.0.0.1:0",
				      .proto = &lines,
				      .arg = f,
				      .per_host = 100 };

	f->loop = loop_fake_new(1);
	f->net = net_new(f->loop);
	f->metrics = metrics_new();
	f->gate = gate_new(f->loop, f->metrics, "test");
	limit(f, 10, 1 << 20, 0);
	spec.gate = f->gate;
	spec.address = "0.0.0.0:0";
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			listener_open(f->net, &spec, &f->listener[i], NULL),
			GW_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < f->count; i++)
		close(f->peers[i].fd);
	loop_fake_pass(f->loop, 0);
	for (int i = 0; i < 2; i++)
		listener_close(&f->listener[i]);
	net_free(&f->net);
	gate_free(&f->gate);
	metrics_free(&f->metrics);
	loop_free(&f->loop);
	mem_free(f);
	return 0;
}

static struct peer *come(struct fixture *f, int door, const char *from)
{
	struct peer *p = &f->peers[f->count++];
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct sockaddr_in own = { .sin_family = AF_INET };
	const char *port = strrchr(listener_address(f->listener[door]), ':');
	int64_t n;

	assert_true(f->count <= PEERS_MAX);
	assert_int_equal(str_int(str_of(port + 1), 1, 65535, &n), GW_OK);
	to.sin_port = htons((uint16_t)n);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(inet_pton(AF_INET, from, &own.sin_addr), 1);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(p->fd >= 0);
	assert_int_equal(bind(p->fd, (void *)&own, sizeof(own)), 0);
	assert_int_equal(connect(p->fd, (void *)&to, sizeof(to)), 0);
	f->newest = 0;
	loop_fake_pass(f->loop, 0);
	p->id = f->newest;
	return p;
}

static bool is_in(struct fixture *f, const struct peer *p)
{
	return p->id != 0 && conn_find(f->net, p->id) != NULL;
}

static void say(struct fixture *f, struct peer *p, const char *text)
{
	assert_int_equal(send(p->fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
	loop_fake_pass(f->loop, 0);
}

static int64_t metric(struct fixture *f, const char *name)
{
	struct buf out = { 0 };
	char line[128];
	const char *at;
	int64_t n = -1;

	snprintf(line, sizeof(line), "\n%s ", name);
	metrics_print(f->metrics, &out);
	buf_add_char(&out, '\0');
	at = strstr((const char *)out.data, line);
	assert_non_null(at);
	assert_int_equal(sscanf(at + strlen(line), "%ld", &n), 1);
	buf_fini(&out);
	return n;
}

/* One address fills all places and comes again and again: others are let in,
 * through any of the doors, and stay. */
static void one_address_locks_nobody_out(void **state)
{
	struct fixture *f = *state;
	struct peer *mallory[40], *ann, *bob;

	for (int i = 0; i < 10; i++)
		mallory[i] = come(f, i % 2, "127.0.0.66");
	assert_int_equal(metric(f, "muster_test_guests"), 10);
	ann = come(f, 0, "127.0.0.1");
	bob = come(f, 1, "127.0.0.2");
	assert_true(is_in(f, ann));
	assert_true(is_in(f, bob));
	assert_false(is_in(f, mallory[0]));
	assert_false(is_in(f, mallory[1]));
	assert_true(is_in(f, mallory[2]));
	for (int i = 10; i < 40; i++)
		mallory[i] = come(f, i % 2, "127.0.0.66");
	assert_true(is_in(f, ann));
	assert_true(is_in(f, bob));
	assert_int_equal(metric(f, "muster_test_guests"), 10);
	assert_int_equal(
		metric(f, "muster_test_guests_dropped_total{why=\"share\"}"),
		2);
	assert_int_equal(
		metric(f, "muster_test_guests_refused_total{why=\"full\"}"),
		30);
}

static void who_is_dropped_is_told(void **state)
{
	struct fixture *f = *state;
	char text[16] = "";
	struct peer *first = come(f, 0, "127.0.0.66");

	for (int i = 1; i < 10; i++)
		come(f, 0, "127.0.0.66");
	come(f, 0, "127.0.0.1");
	assert_int_equal(recv(first->fd, text, sizeof(text), MSG_DONTWAIT), 7);
	assert_string_equal(text, "no room");
	assert_int_equal(recv(first->fd, text, sizeof(text), MSG_DONTWAIT), 0);
}

static void who_has_logged_in_takes_no_place(void **state)
{
	struct fixture *f = *state;
	struct peer *known[20];

	for (int i = 0; i < 20; i++) {
		known[i] = come(f, 0, "127.0.0.7");
		say(f, known[i], "known\n");
	}
	assert_int_equal(metric(f, "muster_test_guests"), 0);
	for (int i = 0; i < 30; i++)
		come(f, 0, "127.0.0.66");
	come(f, 0, "127.0.0.1");
	for (int i = 0; i < 20; i++)
		assert_true(is_in(f, known[i]));
}

/* Each place is another address's: who had five seconds makes room, and
 * before that the newcomer is refused. */
static void many_addresses_get_five_seconds_each(void **state)
{
	struct fixture *f = *state;
	struct peer *p[10], *ann;
	char from[32];

	for (int i = 0; i < 10; i++) {
		snprintf(from, sizeof(from), "127.0.1.%d", i + 1);
		p[i] = come(f, 0, from);
	}
	loop_fake_pass(f->loop, 4000);
	assert_false(is_in(f, come(f, 0, "127.0.0.1")));
	loop_fake_pass(f->loop, 1000);
	ann = come(f, 0, "127.0.0.1");
	assert_true(is_in(f, ann));
	assert_false(is_in(f, p[0]));
	assert_true(is_in(f, p[1]));
	assert_int_equal(
		metric(f, "muster_test_guests_dropped_total{why=\"time\"}"), 1);
}

/* Bytes are a budget too: 10 strangers of one address keep 10 kB each, one of
 * another a hundred bytes. */
static void bytes_are_taken_from_who_holds_most(void **state)
{
	struct fixture *f = *state;
	static char much[10001], little[101];
	struct peer *ann, *last;

	limit(f, 100, 55000, 0);
	memset(much, 'x', 10000);
	memset(little, 'x', 100);
	ann = come(f, 0, "127.0.0.1");
	say(f, ann, little);
	for (int i = 0; i < 10; i++) {
		last = come(f, 0, "127.0.0.66");
		say(f, last, much);
	}
	assert_int_equal(metric(f, "muster_test_guest_bytes"), 50100);
	assert_true(is_in(f, ann));
	assert_int_equal(
		metric(f, "muster_test_guests_dropped_total{why=\"bytes\"}"),
		5);
	say(f, ann, "\n");
	assert_int_equal(metric(f, "muster_test_guest_bytes"), 50000);
}

static void places_are_given_back(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 5; round++) {
		struct peer *p[10];

		for (int i = 0; i < 10; i++) {
			p[i] = come(f, 0, "127.0.0.66");
			assert_true(is_in(f, p[i]));
			say(f, p[i], "half a line");
		}
		for (int i = 0; i < 10; i++)
			shutdown(p[i]->fd, SHUT_RDWR);
		loop_fake_pass(f->loop, 0);
		assert_int_equal(metric(f, "muster_test_guests"), 0);
		assert_int_equal(metric(f, "muster_test_guest_bytes"), 0);
	}
}

static void trusted_networks_have_no_share(void **state)
{
	struct fixture *f = *state;
	struct peer *p[101];

	limit(f, 1000, 1 << 20, 1);
	for (int i = 0; i < 101; i++) {
		p[i] = come(f, 0, "127.9.3.4");
		assert_true(is_in(f, p[i]));
	}
	limit(f, 101, 1 << 20, 1);
	assert_false(is_in(f, come(f, 0, "127.0.0.1")));
	assert_int_equal(
		metric(f, "muster_test_guests_refused_total{why=\"per_host\"}"),
		0);
}

static void one_address_has_its_limit(void **state)
{
	struct fixture *f = *state;

	limit(f, 1000, 1 << 20, 0);
	for (int i = 0; i < 100; i++)
		assert_true(is_in(f, come(f, 0, "127.0.0.5")));
	assert_false(is_in(f, come(f, 0, "127.0.0.5")));
	assert_true(is_in(f, come(f, 0, "127.0.0.6")));
	assert_int_equal(
		metric(f, "muster_test_guests_refused_total{why=\"per_host\"}"),
		1);
}

static struct address at(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(text, &a, NULL), GW_OK);
	return a;
}

static void shake(struct fixture *f, const char *from, unsigned times,
		  unsigned want)
{
	struct address a = at(from);
	unsigned fits = 0;

	for (unsigned i = 0; i < times; i++)
		fits += gate_has_room(f->gate, &a, true) ? 1 : 0;
	assert_int_equal(fits, want);
}

/* B16: the CPU that a handshake costs is rationed, IPv6 by /64. */
static void b16_handshakes_are_rationed_by_address(void **state)
{
	struct fixture *f = *state;
	struct address plain = at("192.0.2.1:1");
	char text[64];

	limit(f, 10, 1 << 20, 60);
	shake(f, "192.0.2.1:1", 100, 60);
	assert_true(gate_has_room(f->gate, &plain, false));
	shake(f, "192.0.2.2:1", 100, 60);
	shake(f, "[2001:db8::1]:1", 30, 30);
	shake(f, "[2001:db8::ffff:1]:2", 100, 30);
	shake(f, "[2001:db8:0:1::1]:1", 100, 60);
	shake(f, "127.9.0.1:1", 1000, 1000);
	loop_fake_pass(f->loop, 10 * WHEN_SECOND);
	shake(f, "192.0.2.1:1", 100, 10);
	loop_fake_pass(f->loop, 2 * WHEN_MINUTE);
	shake(f, "192.0.2.1:1", 100, 60);
	assert_int_equal(
		metric(f,
		       "muster_test_guests_refused_total{why=\"handshakes\"}"),
		40 + 40 + 70 + 40 + 90 + 40);
	/* The table does not grow, and many others leave most their share. */
	for (unsigned i = 0; i < 400; i++) {
		snprintf(text, sizeof(text), "198.51.%u.%u:1", i / 256,
			 i % 256);
		shake(f, text, 60, 60);
	}
	limit(f, 10, 1 << 20, 0);
	shake(f, "192.0.2.1:1", 1000, 1000);
}

/* Whoever comes and goes all the time comes more seldom. */
static void arrivals_are_rationed_by_address(void **state)
{
	struct fixture *f = *state;
	struct gate_limits l = { .guests = 100,
				 .bytes = 1 << 20,
				 .arrivals = 30 };
	unsigned in = 0;

	gate_set_limits(f->gate, &l);
	for (int i = 0; i < 50; i++) {
		struct peer *p = come(f, i % 2, "127.0.0.66");

		in += is_in(f, p) ? 1 : 0;
		shutdown(p->fd, SHUT_RDWR);
		loop_fake_pass(f->loop, 0);
	}
	assert_int_equal(in, 30);
	assert_true(is_in(f, come(f, 0, "127.0.0.1")));
	assert_false(is_in(f, come(f, 0, "127.0.0.66")));
	loop_fake_pass(f->loop, 2 * WHEN_SECOND);
	assert_true(is_in(f, come(f, 0, "127.0.0.66")));
	assert_int_equal(
		metric(f, "muster_test_guests_refused_total{why=\"arrivals\"}"),
		21);
}

static void networks(void **state)
{
	static const struct {
		const char *net, *address;
		bool in;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255:1", true },
		{ "192.0.2.0/24", "192.0.3.0:1", false },
		{ "192.0.2.0/24", "[::ffff:192.0.2.7]:1", true },
		{ "192.0.2.128/25", "192.0.2.127:1", false },
		{ "192.0.2.128/25", "192.0.2.129:1", true },
		{ "192.0.2.1", "192.0.2.1:1", true },
		{ "192.0.2.1", "192.0.2.2:1", false },
		{ "0.0.0.0/0", "192.0.2.2:1", true },
		{ "0.0.0.0/0", "[2001:db8::1]:1", false },
		{ "::1", "[::1]:1", true },
		{ "::1", "127.0.0.1:1", false },
		{ "2001:db8::/33", "[2001:db8:7fff::1]:1", true },
		{ "2001:db8::/33", "[2001:db8:8000::1]:1", false },
	};
	static const char *const bad[] = { "",
					   "x",
					   "192.0.2.0/33",
					   "192.0.2.0/",
					   "192.0.2.0/-1",
					   "::/129",
					   "localhost",
					   "192.0.2.0/2/4",
					   "[::1]",
					   "192.0.2" };
	struct address_net net;
	struct address a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(address_net_parse(rows[i].net, &net, NULL),
				 GW_OK);
		a = at(rows[i].address);
		assert_int_equal(address_in(&a, &net), rows[i].in);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("  '%s'\n", bad[i]);
		assert_int_equal(address_net_parse(bad[i], &net, NULL),
				 GW_BAD_INPUT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_address_locks_nobody_out,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_dropped_is_told, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			who_has_logged_in_takes_no_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			many_addresses_get_five_seconds_each, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			bytes_are_taken_from_who_holds_most, set_up, tear_down),
		cmocka_unit_test_setup_teardown(places_are_given_back, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(trusted_networks_have_no_share,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_address_has_its_limit,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			b16_handshakes_are_rationed_by_address, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			arrivals_are_rationed_by_address, set_up, tear_down),
		cmocka_unit_test(networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
