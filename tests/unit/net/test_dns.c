/* SPDX-License-Identifier: MIT */
/* test_dns.c - look-ups against a small server of our own on the same loop */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/net/dns.h"

enum { T_A = 1, T_AAAA = 28, T_SRV = 33 };
enum { OK = 0, SERVFAIL = 2, NXDOMAIN = 3, SILENCE = 99 };

/* data: an address, or "priority weight port target". */
static const struct {
	const char *name;
	unsigned type;
	const char *data;
} zone[] = {
	{ "v4.example", T_A, "192.0.2.1" },
	{ "v6.example", T_AAAA, "2001:db8::1" },
	{ "both.example", T_A, "192.0.2.1" },
	{ "both.example", T_A, "192.0.2.2" },
	{ "both.example", T_A, "192.0.2.3" },
	{ "both.example", T_AAAA, "2001:db8::1" },
	{ "both.example", T_AAAA, "2001:db8::2" },
	{ "_x._tcp.example", T_SRV, "20 0 5269 last.example" },
	{ "_x._tcp.example", T_SRV, "10 0 5269 rare.example" },
	{ "_x._tcp.example", T_SRV, "10 90 5269 often.example" },
	{ "_x._tcp.example", T_SRV, "10 10 5270 seldom.example" },
	{ "_no._tcp.example", T_SRV, "0 0 0 ." },
	{ "v4.other", T_A, "192.0.2.9" },
	{ "_x._tcp.other", T_SRV, "1 2 5269 v4.other" },
	{ "_x._tcp.other", T_SRV, "0 2 5270 v4.other" },
};

struct fixture {
	struct loop *loop;
	struct dns *dns;
	struct loop_watch server;
	unsigned port;
	unsigned answers;
	bool proved;
	unsigned asked;
	enum gw_err e;
	struct buf text;
};

static void add_name(struct buf *b, const char *name)
{
	struct str rest = str_of(name), label;

	while (strcmp(name, ".") != 0 && str_split(&rest, '.', &label)) {
		buf_add_char(b, (char)label.n);
		buf_add_str(b, label);
	}
	buf_add_char(b, 0);
}

static void add_16(struct buf *b, unsigned v)
{
	buf_add_char(b, (char)(v >> 8));
	buf_add_char(b, (char)v);
}

static void add_data(struct buf *b, unsigned type, const char *data)
{
	struct buf d = { .data = NULL };
	unsigned priority, weight, port;
	char target[64];
	uint8_t ip[16];

	if (type == T_SRV) {
		assert_int_equal(sscanf(data, "%u %u %u %63s", &priority,
					&weight, &port, target),
				 4);
		add_16(&d, priority);
		add_16(&d, weight);
		add_16(&d, port);
		add_name(&d, target);
	} else {
		inet_pton(type == T_A ? AF_INET : AF_INET6, data, ip);
		buf_add(&d, ip, type == T_A ? 4 : 16);
	}
	add_16(b, 0xc00c); /* the name asked for */
	add_16(b, type);
	add_16(b, 1);
	add_16(b, 0);
	add_16(b, 60);
	add_16(b, (unsigned)d.len);
	buf_add(b, d.data, d.len);
	buf_fini(&d);
}

static unsigned read_question(const uint8_t *q, size_t n, char *name,
			      size_t *end)
{
	size_t i = 12, out = 0;

	while (i < n && q[i] != 0 && out < 200) {
		memcpy(name + out, q + i + 1, q[i]);
		out += q[i];
		name[out++] = '.';
		i += (size_t)q[i] + 1;
	}
	assert_true(i + 5 <= n && out > 0);
	name[out - 1] = 0;
	*end = i + 5;
	return (unsigned)q[i + 1] << 8 | q[i + 2];
}

static unsigned outcome_of(const char *name)
{
	if (strcmp(name, "broken.example") == 0)
		return SERVFAIL;
	if (strcmp(name, "silent.example") == 0)
		return SILENCE;
	for (size_t i = 0; i < sizeof(zone) / sizeof(zone[0]); i++)
		if (strcasecmp(zone[i].name, name) == 0)
			return OK;
	return NXDOMAIN;
}

static void serve(struct loop_watch *w, unsigned events)
{
	struct fixture *f = LIST_OF(w, struct fixture, server);
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	uint8_t q[512];
	char name[256];
	struct buf b = { .data = NULL };
	ssize_t n = recvfrom(w->fd, q, sizeof(q), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &len);
	size_t end;
	unsigned type, outcome, count = 0;

	(void)events;
	assert_true(n > 12);
	f->asked++;
	type = read_question(q, (size_t)n, name, &end);
	outcome = outcome_of(name);
	if (outcome == SILENCE)
		return;
	buf_add(&b, q, end);
	for (size_t i = 0; i < sizeof(zone) / sizeof(zone[0]); i++) {
		if (strcasecmp(zone[i].name, name) != 0 || zone[i].type != type)
			continue;
		add_data(&b, type, zone[i].data);
		count++;
	}
	b.data[2] = 0x81;
	b.data[3] = (uint8_t)(0x80 | outcome);
	b.data[7] = (uint8_t)count;
	b.data[11] = 0; /* no EDNS */
	sendto(w->fd, b.data, b.len, 0, (struct sockaddr *)&from, len);
	buf_fini(&b);
}

static int set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	char servers[32];

	f->loop = loop_fake_new(7);
	f->server.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	f->server.fn = serve;
	assert_int_equal(bind(f->server.fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(f->server.fd, (struct sockaddr *)&a, &len),
			 0);
	loop_watch(f->loop, &f->server, LOOP_READ);
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", ntohs(a.sin_port));
	f->port = ntohs(a.sin_port);
	f->dns = dns_new(f->loop, servers);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	dns_free(&f->dns);
	loop_unwatch(f->loop, &f->server);
	close(f->server.fd);
	loop_free(&f->loop);
	buf_fini(&f->text);
	mem_free(f);
	return 0;
}

static void on_addresses(void *arg, enum gw_err e, const char *const *addresses,
			 size_t n)
{
	struct fixture *f = arg;

	f->answers++;
	f->e = e;
	f->proved = f->dns != NULL && dns_proved(f->dns);
	buf_reset(&f->text);
	buf_add_lit(&f->text, "");
	for (size_t i = 0; i < n; i++)
		buf_printf(&f->text, "%s ", addresses[i]);
}

static void on_srv(void *arg, enum gw_err e, const struct dns_srv *srv,
		   size_t n)
{
	struct fixture *f = arg;

	f->answers++;
	f->e = e;
	f->proved = f->dns != NULL && dns_proved(f->dns);
	buf_reset(&f->text);
	buf_add_lit(&f->text, "");
	for (size_t i = 0; i < n; i++)
		buf_printf(&f->text, "%s:%u ", srv[i].target, srv[i].port);
}

static void names_become_addresses_in_turns(void **state)
{
	static const struct {
		const char *name;
		enum gw_err want;
		const char *text, *or_text;
	} cases[] = {
		{ "v4.example", GW_OK, "192.0.2.1 ", "" },
		{ "v6.example", GW_OK, "2001:db8::1 ", "" },
		/* Which family is first depends on the machine's routes. */
		{ "both.example", GW_OK,
		  "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 192.0.2.3 ",
		  "192.0.2.1 2001:db8::1 192.0.2.2 2001:db8::2 192.0.2.3 " },
		{ "192.0.2.7", GW_OK, "192.0.2.7 ", "" },
		{ "2001:db8::7", GW_OK, "2001:db8::7 ", "" },
		{ "nothing.example", GW_NOT_FOUND, "", "" },
		{ "broken.example", GW_UNAVAIL, "", "" },
		{ "a..b", GW_NOT_FOUND, "", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f->answers = 0;
		dns_addresses(f->dns, cases[i].name, on_addresses, f);
		assert_int_equal(f->answers, 0); /* never inside the call */
		loop_fake_pass(f->loop, 0);
		assert_int_equal(f->answers, 1);
		assert_int_equal(f->e, cases[i].want);
		if (strcmp((const char *)f->text.data, cases[i].or_text) != 0)
			assert_string_equal((const char *)f->text.data,
					    cases[i].text);
	}
}

static void srv_is_sorted_and_drawn(void **state)
{
	struct fixture *f = *state;
	unsigned often = 0, rare = 0;

	for (unsigned i = 0; i < 500; i++) {
		const char *text;

		dns_srv(f->dns, "_x._tcp.example", on_srv, f);
		loop_fake_pass(f->loop, 0);
		assert_int_equal(f->e, GW_OK);
		text = (const char *)f->text.data;
		assert_true(str_ends(str_of(text), " last.example:5269 "));
		assert_non_null(strstr(text, "seldom.example:5270 "));
		often += strncmp(text, "often", 5) == 0;
		rare += strncmp(text, "rare", 4) == 0;
	}
	/* 90 of 101, and 1 of 101: RFC 2782 leaves weight 0 a small chance. */
	assert_in_range(often, 400, 490);
	assert_in_range(rare, 0, 25);
}

static void a_decided_no_is_told_from_nothing(void **state)
{
	struct fixture *f = *state;

	dns_srv(f->dns, "_no._tcp.example", on_srv, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->e, GW_OK);
	assert_string_equal((const char *)f->text.data, ".:0 ");
	dns_srv(f->dns, "_none._tcp.example", on_srv, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->e, GW_NOT_FOUND);
	dns_srv(f->dns, "v4.example", on_srv, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->e, GW_NOT_FOUND);
	dns_srv(f->dns, "broken.example", on_srv, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->e, GW_UNAVAIL);
}

static void pending_questions_end_with_the_resolver(void **state)
{
	struct fixture *f = *state;

	dns_srv(f->dns, "silent.example", on_srv, f);
	dns_addresses(f->dns, "silent.example", on_addresses, f);
	dns_addresses(f->dns, "192.0.2.1", on_addresses, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->answers, 1);
	dns_srv(f->dns, "_x._tcp.example", on_srv, f);
	dns_free(&f->dns);
	assert_int_equal(f->answers, 4);
	assert_int_equal(f->e, GW_UNAVAIL);
}

static void no_search_list_is_tried(void **state)
{
	struct fixture *f = *state;

	dns_addresses(f->dns, "nothing", on_addresses, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->e, GW_NOT_FOUND);
	assert_int_equal(f->asked, 2); /* A and AAAA */
}

static void a_bad_server_list_answers_nothing(void **state)
{
	struct fixture *f = *state;
	struct dns *d = dns_new(f->loop, "not a server");

	dns_addresses(d, "v4.example", on_addresses, f);
	loop_fake_pass(f->loop, 0);
	assert_int_equal(f->answers, 1);
	assert_int_equal(f->e, GW_UNAVAIL);
	dns_free(&d);
}

/* ---- with signatures (libunbound) ---- */

/* Of "example", which the server does not sign: all it says is forged. */
static const char anchor[] =
	"example. 3600 IN DNSKEY 257 3 13 "
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	"AAAAAAAAAAAAAAAAAAAAAA==\n";

static void on_tlsa(void *arg, enum gw_err e, const struct dns_tlsa *tlsa,
		    size_t n)
{
	struct fixture *f = arg;

	(void)tlsa;
	assert_int_equal(n, 0);
	f->answers++;
	f->e = e;
}

static enum gw_err validating(struct fixture *f, const char *text,
			      struct err_note *note)
{
	char path[] = "/tmp/muster-anchor-XXXXXX";
	char server[32];
	int fd = mkstemp(path);
	enum gw_err e;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	dns_free(&f->dns);
	snprintf(server, sizeof(server), "127.0.0.1:%u", f->port);
	e = dns_new_validating(f->loop, server, path, &f->dns, note);
	unlink(path);
	return e;
}

static void wait_for_answer(struct fixture *f, unsigned want)
{
	for (int i = 0; i < 2000 && f->answers < want; i++)
		loop_fake_pass(f->loop, 1);
	assert_int_equal(f->answers, want);
}

static void what_should_be_signed_and_is_not_is_forged(void **state)
{
	struct fixture *f = *state;
	struct err_note note;

	if (!dns_can_validate())
		skip();
	assert_int_equal(validating(f, anchor, &note), GW_OK);
	dns_addresses(f->dns, "v4.example", on_addresses, f);
	wait_for_answer(f, 1);
	assert_int_equal(f->e, GW_DENIED);
	dns_srv(f->dns, "_x._tcp.example", on_srv, f);
	wait_for_answer(f, 2);
	assert_int_equal(f->e, GW_DENIED);
	dns_tlsa(f->dns, "_1._tcp.example", on_tlsa, f);
	wait_for_answer(f, 3);
	assert_int_equal(f->e, GW_DENIED);
}

static void what_nobody_signs_is_an_answer_but_no_proof(void **state)
{
	struct fixture *f = *state;
	struct err_note note;

	if (!dns_can_validate())
		skip();
	assert_int_equal(validating(f, anchor, &note), GW_OK);
	dns_addresses(f->dns, "v4.other", on_addresses, f);
	wait_for_answer(f, 1);
	assert_int_equal(f->e, GW_OK);
	assert_string_equal((const char *)f->text.data, "192.0.2.9 ");
	assert_false(f->proved);
	dns_srv(f->dns, "_x._tcp.other", on_srv, f);
	wait_for_answer(f, 2);
	assert_int_equal(f->e, GW_OK);
	assert_string_equal((const char *)f->text.data,
			    "v4.other:5270 v4.other:5269 ");
	assert_false(f->proved);
	dns_tlsa(f->dns, "_1._tcp.other", on_tlsa, f);
	wait_for_answer(f, 3);
	assert_int_equal(f->e, GW_NOT_FOUND);
}

static void who_says_nothing_is_not_waited_for_long(void **state)
{
	struct fixture *f = *state;
	struct err_note note;

	if (!dns_can_validate())
		skip();
	assert_int_equal(validating(f, anchor, &note), GW_OK);
	dns_addresses(f->dns, "silent.example", on_addresses, f);
	loop_fake_pass(f->loop, 10000);
	assert_int_equal(f->answers, 1);
	assert_int_equal(f->e, GW_UNAVAIL);
	/* And with the question still open there, all is freed. */
	dns_srv(f->dns, "silent.example", on_srv, f);
	dns_free(&f->dns);
	assert_int_equal(f->answers, 2);
}

static void without_anchors_nothing_can_be_proved(void **state)
{
	struct fixture *f = *state;
	struct err_note note;
	struct dns *d = NULL;

	if (!dns_can_validate()) {
		assert_int_equal(dns_new_validating(f->loop, NULL, "/no/file",
						    &d, &note),
				 GW_UNAVAIL);
		return;
	}
	assert_int_equal(
		dns_new_validating(f->loop, "127.0.0.1", "/no/file", &d, &note),
		GW_BAD_INPUT);
	assert_non_null(strstr(note.text, "/no/file"));
	assert_int_equal(
		dns_new_validating(f->loop, "nowhere at all", "/no", &d, &note),
		GW_BAD_INPUT);
	assert_non_null(strstr(note.text, "nowhere at all"));
	assert_int_equal(validating(f, "no anchor\n", &note), GW_BAD_INPUT);
	assert_non_null(strstr(note.text, "holds no trust anchors"));
	assert_null(d);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(names_become_addresses_in_turns),
		T(srv_is_sorted_and_drawn),
		T(a_decided_no_is_told_from_nothing),
		T(pending_questions_end_with_the_resolver),
		T(no_search_list_is_tried),
		T(a_bad_server_list_answers_nothing),
		T(what_should_be_signed_and_is_not_is_forged),
		T(what_nobody_signs_is_an_answer_but_no_proof),
		T(who_says_nothing_is_not_waited_for_long),
		T(without_anchors_nothing_can_be_proved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
