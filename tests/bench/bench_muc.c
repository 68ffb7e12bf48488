/* SPDX-License-Identifier: MIT */
/* bench_muc.c - what a message, a join and a change of presence cost in a room
 * of many
 *
 *   tests/bench/bench_muc [OCCUPANTS]
 *
 * Clients are real connections in this process; "core" is the time until the
 * room is done with it, "all" until every client has it.
 */
#include <stdio.h>
#include <time.h>

#include "tests/unit/xmpp/muc.h"

#define ROUNDS 20

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* As if the first client had sent it, past its socket. */
static double core(struct world *w, struct stanza *(*make)(struct arena *a))
{
	struct xmpp_ctx c;
	struct stanza *st;
	double start, took;

	xmpp_ctx_begin(&c, w->x);
	if (xmpp_jid_parse(c.a, STR("ann@example.org/c0"), &c.from) != GW_OK)
		return 0;
	st = make(c.a);
	stanza_set_attr(c.a, st, "from", c.from.full);
	start = now_ms();
	xmpp_route(&c, st);
	took = now_ms() - start;
	xmpp_ctx_end(&c);
	return took;
}

static struct stanza *message(struct arena *a)
{
	struct stanza *st = stanza_new(a, "message", NS_CLIENT);

	stanza_set_attr(a, st, "to", STR(TALK));
	stanza_set_attr(a, st, "type", STR("groupchat"));
	stanza_add_leaf(a, st, "body", NS_CLIENT,
			STR("disk full on db3, who looks at it?"));
	return st;
}

static struct stanza *presence(struct arena *a)
{
	struct stanza *st = stanza_new(a, "presence", NS_CLIENT);

	stanza_set_attr(a, st, "to", STR(TALK "/n0"));
	stanza_add_leaf(a, st, "show", NS_CLIENT, STR("away"));
	return st;
}

static void forget_all(struct world *w)
{
	for (struct client *c = w->clients; c != NULL; c = c->next)
		buf_reset(&c->in);
}

static void measure(struct world *w, const char *what,
		    struct stanza *(*make)(struct arena *a))
{
	double in_core = 0, all = 0, start;

	for (int i = 0; i < ROUNDS; i++) {
		start = now_ms();
		in_core += core(w, make);
		loop_fake_pass(w->loop, 0);
		all += now_ms() - start;
		x_pass(w, 2000);
		forget_all(w);
	}
	printf("%-10s core %.3f ms, all %.3f ms\n", what, in_core / ROUNDS,
	       all / ROUNDS);
}

static struct client *enter(struct world *w, int i)
{
	char full[64], nick[16];
	struct client *c;

	snprintf(full, sizeof(full), "ann@example.org/c%d", i);
	snprintf(nick, sizeof(nick), "n%d", i);
	c = x_login(w, full);
	muc_join(c, TALK, nick);
	return c;
}

int main(int argc, char **argv)
{
	struct world *w = x_world("  resources: 1000\n"
				  "  muc: { users: 100000 }\n");
	int64_t count = 400;
	double start;

	if (argc > 1 && str_int(str_of(argv[1]), 1, 900, &count) != GW_OK)
		return 2;
	for (int i = 0; i < count; i++) {
		struct client *c = enter(w, i);

		if (i == 0)
			muc_configure(c, TALK, "");
		forget_all(w);
	}
	printf("%lld occupants\n", (long long)count);
	measure(w, "message", message);
	measure(w, "presence", presence);
	start = now_ms();
	enter(w, 999);
	printf("%-10s all %.3f ms, with log-in\n", "join", now_ms() - start);
	x_world_end(&w);
	return 0;
}
