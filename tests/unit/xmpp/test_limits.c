/* SPDX-License-Identifier: MIT */
/* test_limits.c - limits that one person or stranger cannot make others feel
 * (XEP-0205, XEP-0478): each is on by default, settable, counted
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/net/listener.h"
#include "tests/unit/xmpp/component.h"
#include "tests/unit/xmpp/far.h"
#include "tests/unit/xmpp/secure.h"

#define ECHO K_CONF("      echo.example.org: { secret: right-secret }\n")
#define OPEN_S2S                                                               \
	"<stream:stream xmlns='jabber:server' "                                \
	"xmlns:db='jabber:server:dialback' "                                   \
	"xmlns:stream='http://etherx.jabber.org/streams' from='far.example' "  \
	"to='example.org' version='1.0'>"

/* ---- strangers ---- */

struct door {
	const char *what;
	int port;
};

static void on_address(void *arg, const char *what, const char *address)
{
	struct door *d = arg;
	int64_t n;

	if (strcmp(d->what, what) != 0)
		return;
	assert_int_equal(
		str_int(str_of(strrchr(address, ':') + 1), 1, 65535, &n),
		GW_OK);
	d->port = (int)n;
}

/* A real connection, through the listener. */
static int dial(struct world *w, const char *what, const char *from)
{
	struct door d = { .what = what };
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct sockaddr_in own = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	xmpp_addresses(w->x, on_address, &d);
	assert_true(d.port != 0);
	to.sin_port = htons((uint16_t)d.port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(inet_pton(AF_INET, from, &own.sin_addr), 1);
	assert_int_equal(bind(fd, (void *)&own, sizeof(own)), 0);
	assert_int_equal(connect(fd, (void *)&to, sizeof(to)), 0);
	x_pass(w, 0);
	return fd;
}

static struct client *come(struct world *w, const char *what, const char *from)
{
	return x_client(w, dial(w, what, from));
}

/* Clients, servers and components are strangers alike until they are known. */
static void one_budget_for_all_doors(void **state)
{
	struct world *w =
		x_world("  s2s: { listen: \"127.0.0.1:0\" }\n" ECHO
			"  guests: { connections: 3, trusted: [] }\n");
	struct client *c[3], *ann;

	(void)state;
	c[0] = come(w, "c2s", "127.0.0.66");
	x_send(c[0], X_STREAM_OPEN);
	c[1] = come(w, "s2s", "127.0.0.66");
	x_send(c[1], OPEN_S2S);
	c[2] = come(w, "component", "127.0.0.66");
	x_send(c[2], K_OPEN("echo.example.org"));
	for (int i = 0; i < 3; i++) {
		x_expect(c[i], "<stream:stream ");
		x_forget(c[i]);
		ann = come(w, "c2s", i == 0 ? "127.0.0.1" : "127.0.0.2");
		if (i == 2) { /* each address has one by now */
			x_expect_end(ann);
			continue;
		}
		x_send(ann, X_STREAM_OPEN);
		x_expect(ann, "</stream:features>");
		x_expect(c[i], "<resource-constraint ");
		x_expect_end(c[i]);
	}
	assert_false(c[2]->ended);
	x_world_end(&w);
}

static void who_is_known_frees_the_place(void **state)
{
	struct world *w =
		x_world("  s2s: { listen: \"127.0.0.1:0\" }\n" ECHO
			"  guests: { connections: 1, trusted: [] }\n");
	struct client *ann, *k, *c;

	(void)state;
	ann = come(w, "c2s", "127.0.0.1");
	x_send(ann, X_STREAM_OPEN);
	x_send(ann, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		    "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	x_expect(ann, "<success ");
	k = come(w, "component", "127.0.0.1");
	x_send(k, K_OPEN("echo.example.org"));
	k_shake(k, "right-secret");
	x_expect(k, "<handshake/>");
	c = come(w, "c2s", "127.0.0.1");
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "</stream:features>");
	assert_false(ann->ended);
	assert_false(k->ended);
	x_world_end(&w);
}

/* Of the listeners, as of everything else, without a restart. */
static void a_reload_changes_who_may_come(void **state)
{
	static const char *const doors[] = { "c2s", "s2s" };
	struct world *w = x_world("  s2s: { listen: \"127.0.0.1:0\" }\n");
	struct client *c;

	(void)state;
	x_reload(w, "  per_host: 1\n  guests: { trusted: [] }\n"
		    "  s2s: { listen: \"127.0.0.1:0\", per_host: 1 }\n");
	for (size_t i = 0; i < 2; i++) {
		c = come(w, doors[i], "127.0.0.66");
		x_send(c, i == 0 ? X_STREAM_OPEN : OPEN_S2S);
		x_expect(c, "</stream:features>");
		x_expect_end(come(w, doors[i], "127.0.0.66"));
		assert_false(c->ended);
	}
	x_world_end(&w);
}

/* RFC 6120 5.4.2.2: no handshake, and the stream ends. */
static void b16_a_handshake_too_many(void **state)
{
	struct secure s;
	struct client *c;

	(void)state;
	secure_init_with(&s, "  guests: { handshakes: 2, trusted: [] }\n");
	for (int i = 0; i < 4; i++) {
		c = come(s.w, "c2s", "127.0.0.9");
		x_send(c, X_STREAM_OPEN);
		x_expect(c, "</stream:features>");
		x_send(c, "<starttls "
			  "xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
		if (i < 2) {
			x_expect(c, "<proceed ");
			continue;
		}
		x_expect(c, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
			    "</stream:stream>");
		x_expect_end(c);
	}
	c = come(s.w, "c2s", "127.0.0.10");
	x_send(c, X_STREAM_OPEN "<starttls "
				"xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
	x_expect(c, "<proceed ");
	secure_fini(&s);
}

/* What waits behind an element that is being answered is little. */
static void a_guest_that_pipelines(void **state)
{
	struct world *w = x_world("  guests: { memory: 65536, trusted: [] }\n");
	struct client *guests[12];
	static char much[20000];
	unsigned ended = 0;

	(void)state;
	memset(much, 'x', sizeof(much) - 1);
	for (int i = 0; i < 12; i++) {
		guests[i] = come(w, "c2s", "127.0.0.66");
		x_send(guests[i], X_STREAM_OPEN);
		x_forget(guests[i]);
		x_sendf(guests[i], "<a>%.7000s", much);
	}
	for (int i = 0; i < 12; i++) {
		(void)x_text(guests[i]);
		ended += guests[i]->ended ? 1 : 0;
	}
	/* 9 times 7,000 bytes are within 64 KiB. */
	assert_int_equal(ended, 3);
	x_world_end(&w);
}

/* ---- persons ---- */

static void write_to(struct client *c, unsigned i)
{
	x_sendf(c,
		"<message id='m%u' to='p%u@echo.example.org' type='chat'>"
		"<body>x</body></message>",
		i, i);
}

static void different_recipients_in_an_hour(void **state)
{
	struct world *w =
		x_world("  rates: { recipients: 20 }\n" ECHO "    ping: 0\n");
	struct client *k = k_login(w, "echo.example.org", "right-secret");
	struct client *ann = x_online(w, "ann@example.org/a"), *other;

	(void)state;
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < 20; i++)
			write_to(ann, i);
	x_expect_nothing(ann);
	x_forget(k);
	write_to(ann, 20);
	x_expect(ann, "type='error'");
	x_expect(ann, "<resource-constraint ");
	/* The same again, or by another client of the person. */
	write_to(ann, 20);
	x_expect(ann, "<resource-constraint ");
	other = x_online(w, "ann@example.org/b");
	write_to(other, 21);
	x_expect(other, "<resource-constraint ");
	x_expect_nothing(k);
	/* Those she knows, and others, are not concerned. */
	write_to(other, 3);
	x_expect(k, "to='p3@echo.example.org'");
	write_to(x_online(w, "bob@example.org/b"), 21);
	x_expect(k, "to='p21@echo.example.org'");
	/* Leaving is no way around it; an hour is. */
	x_close(ann);
	x_close(other);
	x_pass(w, 30 * 60000);
	ann = x_online(w, "ann@example.org/a");
	write_to(ann, 22);
	x_expect(ann, "<resource-constraint ");
	x_pass(w, 31 * 60000);
	write_to(ann, 22);
	x_expect(k, "to='p22@echo.example.org'");
	x_world_end(&w);
}

static void requests_for_presence_in_an_hour(void **state)
{
	struct world *w = x_world("  rates: { subscriptions: 6 }\n" ECHO);
	struct client *ann = x_online(w, "ann@example.org/a");

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		x_sendf(ann,
			"<presence type='subscribe' id='s' "
			"to='p%u@echo.example.org'/>",
			i);
	x_expect_no(ann, "<resource-constraint ");
	x_forget(ann);
	x_send(ann, "<presence type='subscribe' id='s' "
		    "to='p9@echo.example.org'/>");
	x_expect(ann, "<resource-constraint ");
	/* To take one back is always possible. */
	x_send(ann, "<presence type='unsubscribe' to='p1@echo.example.org'/>");
	x_expect_no(ann, "<resource-constraint ");
	x_forget(ann);
	x_pass(w, 10 * 60000);
	x_send(ann, "<presence type='subscribe' id='s' "
		    "to='p9@echo.example.org'/>");
	x_expect_no(ann, "<resource-constraint ");
	x_world_end(&w);
}

static void contacts_read_in_a_minute(void **state)
{
	struct world *w = x_world("  rates: { roster_reads: 10 }\n");
	struct client *ann = x_login(w, "ann@example.org/a");

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		x_send(ann, "<iq type='get' id='r'>"
			    "<query xmlns='jabber:iq:roster'/></iq>");
		x_expect(ann, "type='result'");
	}
	x_forget(ann);
	x_send(ann, "<iq type='get' id='r'>"
		    "<query xmlns='jabber:iq:roster'/></iq>");
	x_expect(ann, "<resource-constraint ");
	x_forget(ann);
	/* Nothing new costs nothing. */
	x_send(ann, "<iq type='get' id='r'>"
		    "<query xmlns='jabber:iq:roster' ver='0'/></iq>");
	x_expect(ann, "type='result'");
	x_pass(w, 6000);
	x_send(ann, "<iq type='get' id='r'>"
		    "<query xmlns='jabber:iq:roster'/></iq>");
	x_expect(ann, "type='result'");
	x_world_end(&w);
}

static void by_default_and_off(void **state)
{
	struct world *w = x_world(NULL);
	const struct xmpp_conf *conf = w->x->conf;

	(void)state;
	assert_int_equal(conf->guests.connections, 5000);
	assert_int_equal(conf->guests.memory, 16 << 20);
	assert_int_equal(conf->guests.handshakes, 300);
	assert_int_equal(conf->guests.arrivals, 600);
	assert_int_equal(conf->guests.trusted.count, 2);
	assert_int_equal(conf->per_host, 100);
	assert_int_equal(conf->rates.recipients, 1000);
	assert_int_equal(conf->rates.subscriptions, 200);
	assert_int_equal(conf->rates.roster_reads, 30);
	assert_true(conf->stanza_max > 0 && conf->rate > 0);
	assert_true(conf->resources > 0 && conf->offline > 0);
	assert_true(conf->login_within > 0 && conf->roster > 0);
	assert_true(conf->resume_queue > 0 && conf->muc.rate > 0);
	assert_true(conf->s2s.per_host > 0 && conf->s2s.rate > 0);
	x_world_end(&w);
	w = x_world("  rates: { recipients: 0, subscriptions: 0, "
		    "roster_reads: 0 }\n" ECHO);
	for (unsigned i = 0; i < 1500; i++) {
		struct str to = str_of("x");

		assert_true(xmpp_limit_recipient(w->x, STR("a@b"), to));
		assert_true(xmpp_limit_spend(w->x, STR("a@b"),
					     XMPP_LIMIT_SUBSCRIPTIONS));
		assert_true(xmpp_limit_spend(w->x, STR("a@b"),
					     XMPP_LIMIT_ROSTER_READS));
	}
	x_world_end(&w);
}

/* ---- announced ---- */

#define LIMITS(bytes, idle)                                                    \
	"<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>" bytes           \
	"</max-bytes><idle-seconds>" idle "</idle-seconds></limits>"

static void limits_are_announced(void **state)
{
	struct world *w = x_world("  s2s: { listen: \"127.0.0.1:0\", "
				  "tls: optional, auth: dialback, "
				  "stanza_max: 300000, idle: 5m }\n"
				  "  stanza_max: 100000\n  idle_ask: 50s\n"
				  "  login_within: 40s\n");
	struct client *c = x_connect(w);

	(void)state;
	x_send(c, X_STREAM_OPEN);
	x_expect(c, LIMITS("8192", "40"));
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	x_send(c, X_STREAM_OPEN);
	x_expect(c, LIMITS("100000", "50"));
	c = x_connect_s2s(w);
	x_send(c, OPEN_S2S);
	x_expect(c, LIMITS("300000", "600"));
	x_world_end(&w);
}

/* From where it is said on: the next element may be as long. */
static void what_is_announced_counts_at_once(void **state)
{
	static char blanks[50001];
	struct world *w = x_world("  stanza_max: 100000\n");
	struct client *c = x_connect(w);

	(void)state;
	memset(blanks, ' ', sizeof(blanks) - 1);
	x_send(c, X_STREAM_OPEN);
	x_send(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
		  "mechanism='PLAIN'>AGFubgBzZWNyZXQ=</auth>");
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "<max-bytes>100000</max-bytes>");
	x_sendf(c,
		"<iq type='set' id='b'>%s<bind "
		"xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
		blanks);
	x_expect(c, "type='result'");
	x_world_end(&w);
}

/* inner, n times, in `<message>`: end closes what inner opened. */
static void send_many(struct client *c, const char *inner, unsigned n,
		      const char *end)
{
	struct buf b = { .data = NULL };
	char *text;

	buf_add_lit(&b, "<message to='bob@example.org'");
	for (unsigned i = 0; *inner == ' ' && i < n; i++)
		buf_printf(&b, " a%u=''", i);
	buf_add_lit(&b, ">");
	for (unsigned i = 0; *inner != ' ' && i < n; i++)
		buf_printf(&b, "%s", inner);
	for (unsigned i = 0; *end != '\0' && i < n; i++)
		buf_printf(&b, "%s", end);
	buf_printf(&b, "</message>");
	text = buf_take(&b);
	x_send(c, text);
	mem_free(text);
}

static void parts_of_a_stanza_are_counted(void **state)
{
	static const struct {
		const char *name, *inner, *end;
		unsigned most; /* beside the stanza itself */
	} rows[] = {
		{ "elements", "<x/>", "", 119 },
		{ "depth", "<x>", "</x>", 19 },
		{ "attributes", " ", "", 39 }, /* and `to' */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w = x_world("  elements: 120\n  depth: 20\n"
					  "  attributes: 40\n");
		struct client *c = x_online(w, "ann@example.org/a");

		print_message("  %s\n", rows[i].name);
		send_many(c, rows[i].inner, rows[i].most, rows[i].end);
		x_expect_no(c, "<stream:error>");
		send_many(c, rows[i].inner, rows[i].most + 1, rows[i].end);
		x_expect(c, "<policy-violation ");
		x_expect_end(c);
		x_world_end(&w);
	}
}

static void a_stranger_has_limits_of_his_own(void **state)
{
	struct world *w = x_world("  guests: { stanza_max: 5000, "
				  "elements: 16 }\n");
	struct client *c = x_connect(w);
	char blanks[5001];

	(void)state;
	memset(blanks, ' ', sizeof(blanks) - 1);
	blanks[sizeof(blanks) - 1] = '\0';
	x_send(c, X_STREAM_OPEN);
	x_expect(c, "<max-bytes>5000</max-bytes>");
	x_sendf(c, "<iq>%s</iq>", blanks);
	x_expect(c, "<policy-violation ");
	c = x_connect(w);
	x_send(c, X_STREAM_OPEN);
	send_many(c, "<x/>", 16, "");
	x_expect(c, "<policy-violation ");
	x_world_end(&w);
}

#define TAKES(bytes)                                                           \
	"<stream:features><dialback xmlns='urn:xmpp:features:dialback'/>"      \
	"<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>" bytes           \
	"</max-bytes></limits></stream:features>"

static void write_much(struct client *c, unsigned id, unsigned bytes)
{
	x_sendf(c,
		"<message id='m%u' to='eve@far.example' type='chat'>"
		"<body>%0*u</body></message>",
		id, (int)bytes, 1U);
}

/* What the other server says it does not take is given back, whether it
 * waited for the link or not; all else goes. */
static void theirs_are_obeyed(void **state)
{
	struct far *f = far_new("");
	struct client *ann = x_online(f->w, "ann@example.org/a"), *c;

	(void)state;
	write_much(ann, 1, 10);
	write_much(ann, 2, 5000);
	write_much(ann, 3, 20);
	c = far_called(f);
	x_send(c, ANSWER TAKES("5000"));
	x_expect(c, "<db:result ");
	x_send(c, "<db:result from='far.example' to='example.org' "
		  "type='valid'/>");
	x_expect(c, "id='m1'");
	x_expect(c, "id='m3'");
	x_expect_no(c, "id='m2'");
	x_expect(ann, "id='m2'");
	x_expect(ann, "<policy-violation ");
	x_expect(ann, "takes no stanza so large");
	write_much(ann, 4, 5000);
	x_expect(ann, "id='m4'");
	x_expect(ann, "takes no stanza so large");
	x_forget(ann);
	write_much(ann, 5, 4000);
	x_expect(c, "id='m5'");
	x_expect_nothing(ann);
	far_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_budget_for_all_doors),
		cmocka_unit_test(who_is_known_frees_the_place),
		cmocka_unit_test(a_reload_changes_who_may_come),
		cmocka_unit_test(b16_a_handshake_too_many),
		cmocka_unit_test(a_guest_that_pipelines),
		cmocka_unit_test(different_recipients_in_an_hour),
		cmocka_unit_test(requests_for_presence_in_an_hour),
		cmocka_unit_test(contacts_read_in_a_minute),
		cmocka_unit_test(by_default_and_off),
		cmocka_unit_test(limits_are_announced),
		cmocka_unit_test(parts_of_a_stanza_are_counted),
		cmocka_unit_test(a_stranger_has_limits_of_his_own),
		cmocka_unit_test(what_is_announced_counts_at_once),
		cmocka_unit_test(theirs_are_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
