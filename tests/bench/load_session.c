/* SPDX-License-Identifier: MIT */
/* load_session.c - log-ins one after the other, and sessions that stay */
#include <stdio.h>
#include <string.h>

#include "load.h"

static void ignore(struct client *c, const char *p, size_t n)
{
	(void)c;
	(void)p;
	(void)n;
}

/* ---- log in, log out, again: --clients accounts, --at-once under way ---- */

static uint32_t begun, finished, goal;

static void leave(struct client *c)
{
	load_note(&c->load->latency, load_clock() - c->started);
	c->state = CLIENT_CLOSING;
	load_conn_send(c, "</stream:stream>");
}

/* The account is free again; the next log-in takes it. */
static void left(struct client *c)
{
	finished++;
	if (begun < goal) {
		begun++;
		load_conn_open(c);
	}
}

static void churn(struct load *l, uint32_t logins)
{
	begun = finished = 0;
	goal = logins;
	for (; begun < l->o.at_once && begun < goal; begun++)
		load_conn_open(&l->clients[begun]);
	load_until(l, "log-ins", &finished, goal, 240);
}

void load_logins(struct load *l)
{
	struct load_figures f = { .unit = "log-in" };

	if (l->o.at_once > l->o.clients)
		load_fail(NULL, "an account logs in once at a time");
	l->on_stanza = ignore;
	l->on_ready = leave;
	l->on_gone = left;
	churn(l, l->o.logins / 10 + 1);
	load_begin(l, &f);
	churn(l, l->o.logins);
	f.operations = finished;
	load_end(l, &f);
	f.segments = 0; /* the sockets are gone */
	load_print(l, &f);
}

/* ---- all log in and stay ---- */

static void stay(struct client *c)
{
	load_note(&c->load->latency, load_clock() - c->started);
	load_conn_send(c, "<presence/>");
}

void load_hold(struct load *l)
{
	struct load_figures f = { .unit = "log-in" };

	l->on_stanza = ignore;
	l->on_ready = stay;
	load_begin(l, &f);
	load_log_all_in(l);
	f.operations = l->ready;
	load_end(l, &f);
	load_phase(l, "idle");
	load_print(l, &f);
}
