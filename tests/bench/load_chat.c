/* SPDX-License-Identifier: MIT */
/* load_chat.c - pairs that chat, by window or at a fixed rate
 *
 * By window: that many messages go back and forth in each pair; whoever gets
 * one sends one.  At a rate: each end sends in turn, whatever comes back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "load.h"

struct chat {
	uint32_t under_way;
	uint64_t done;
	bool stopping;
};

/* The scenario's own; there is one in a process. */
static struct chat chat;

static struct client *peer_of(struct client *c)
{
	return &c->load->clients[c->index ^ 1];
}

static void say(struct client *c, uint64_t now)
{
	char body[LOAD_BODY + 1];

	load_body(body, c->index, c->sent);
	c->stamp[c->sent % LOAD_WINDOW_MAX] = now;
	c->sent++;
	c->sm_out++;
	c->sm_ask = c->sm_on;
	chat.under_way++;
	load_conn_send(c,
		       "<message to='%s' type='chat' id='m%u'><body>%s</body>"
		       "</message>",
		       peer_of(c)->jid, c->sent, body);
}

static void check_from(struct client *c, const char *p, size_t n)
{
	const struct client *peer = peer_of(c);
	size_t len = strlen(peer->jid);
	const char *from = memmem(p, n, " from=", 6);

	if (c->load->o.raw)
		return;
	if (from == NULL || (size_t)(p + n - from) < len + 8 ||
	    memcmp(from + 7, peer->jid, len) != 0)
		load_fail(c, "not from %s: %.*s", peer->jid, (int)n, p);
}

static void on_stanza(struct client *c, const char *p, size_t n)
{
	struct client *peer = peer_of(c);
	uint32_t source, number;

	if (n < 8 || memcmp(p, "<message", 8) != 0)
		return; /* the answer to our own presence */
	if (!load_body_read(p, n, &source, &number) || source != peer->index)
		load_fail(c, "not ours: %.*s", (int)n, p);
	if (number != c->got)
		load_fail(c, "number %u where %u was due", number, c->got);
	check_from(c, p, n);
	c->got++;
	chat.under_way--;
	chat.done++;
	load_note(&c->load->latency,
		  c->load->now - peer->stamp[number % LOAD_WINDOW_MAX]);
	if (c->load->o.rate == 0 && !chat.stopping)
		say(c, c->load->now);
}

static void start_clock(struct load *l)
{
	long tick = 500000;
	struct itimerspec t = { .it_interval = { .tv_nsec = tick },
				.it_value = { .tv_nsec = tick } };
	struct epoll_event e = { .events = EPOLLIN };

	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (l->timer < 0 || timerfd_settime(l->timer, 0, &t, NULL) != 0 ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->timer, &e) != 0)
		load_fail(NULL, "no timer: %s", strerror(errno));
}

/* What is due by now, one message from each end in turn. */
static void say_due(struct load *l, uint64_t begin, uint64_t *said)
{
	uint64_t now = load_clock(), ticks, due;

	if (read(l->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	for (due = (now - begin) * l->o.rate / 1000000000U; *said < due;
	     (*said)++) {
		struct client *c = &l->clients[*said % l->o.clients];

		if (c->sent - peer_of(c)->got >= LOAD_WINDOW_MAX)
			load_fail(c, "the server cannot keep the rate");
		say(c, now);
	}
}

static void drive(struct load *l, double seconds)
{
	uint64_t begin = load_clock(), said = 0;
	uint64_t end = begin + (uint64_t)(seconds * 1e9);

	chat.stopping = false;
	for (uint32_t i = 0; l->o.rate == 0 && i < l->o.clients; i += 2)
		for (unsigned w = 0; w < l->o.window; w++)
			say(&l->clients[i], begin);
	while (load_clock() < end) {
		load_turn(l, 100);
		if (l->o.rate != 0)
			say_due(l, begin, &said);
	}
	chat.stopping = true;
	end = load_clock() + 20 * 1000000000ULL;
	while (chat.under_way > 0) {
		load_turn(l, 100);
		if (load_clock() > end)
			load_fail(NULL, "%u messages are lost", chat.under_way);
	}
}

/* A doubled message would come after the last: a round trip must bring
 * nothing but its answer. */
static void on_late(struct client *c, const char *p, size_t n)
{
	if (n > 3 && memcmp(p, "<iq", 3) == 0)
		c->count = 1;
	else if (n > 8 && memcmp(p, "<message", 8) == 0)
		load_fail(c, "doubled: %.*s", (int)n, p);
}

static void check_nothing_more(struct load *l)
{
	uint64_t end = load_clock() + 10 * 1000000000ULL;

	if (l->o.raw)
		return;
	l->on_stanza = on_late;
	for (uint32_t i = 0; i < l->o.clients; i++) {
		l->clients[i].count = 0;
		l->clients[i].sm_out++;
		load_conn_send(&l->clients[i],
			       "<iq type='get' id='last' to='%s'><ping xmlns="
			       "'urn:xmpp:ping'/></iq>",
			       l->o.domain);
	}
	for (uint32_t i = 0; i < l->o.clients; i++)
		while (l->clients[i].count == 0) {
			load_turn(l, 100);
			if (load_clock() > end)
				load_fail(&l->clients[i], "no pong");
		}
}

static void on_ready(struct client *c)
{
	c->stamp = calloc(LOAD_WINDOW_MAX, sizeof(*c->stamp));
	if (c->stamp == NULL)
		load_fail(c, "out of memory");
	if (!c->load->o.raw) {
		c->sm_out++;
		load_conn_send(c, "<presence/>");
	}
}

void load_chat(struct load *l)
{
	struct load_figures f = { .unit = "message" };

	if (l->o.clients % 2 != 0)
		load_fail(NULL, "pairs need an even number");
	l->on_stanza = on_stanza;
	l->on_ready = on_ready;
	load_log_all_in(l);
	if (l->o.rate != 0)
		start_clock(l);
	drive(l, l->o.warm);
	load_begin(l, &f);
	chat.done = 0;
	drive(l, l->o.seconds);
	f.operations = chat.done;
	load_end(l, &f);
	check_nothing_more(l);
	load_print(l, &f);
}
