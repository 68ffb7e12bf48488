/* SPDX-License-Identifier: MIT */
/* session.c - what a client says by SMTP or LMTP, command by command */
#include "mta/in/session.h"

#include <stdio.h>

#include "gateway/run/log.h"
#include "mta/reply.h"

#define BAD_MAX 20 /* errors until a client is shown out */

static struct mta_session *of(struct conn *c)
{
	return conn_state(c);
}

static struct mta *mta_of(struct conn *c)
{
	return conn_arg(c);
}

/* Errors in the protocol count; from elsewhere so do guesses at recipients,
 * but a mail server of ours may bring a list of people who have left. */
static bool is_error(struct conn *c, const char *line)
{
	if (*line != '5')
		return false;
	return line[1] != '5' || line[2] == '5' || !conn_peer_is_loopback(c);
}

static void say(struct conn *c, const char *line)
{
	struct mta_session *s = of(c);

	if (is_error(c, line))
		s->bad++;
	conn_write_str(c, str_of(line));
	conn_write_str(c, STR("\r\n"));
	if (s->bad <= BAD_MAX)
		return;
	conn_write_str(c, STR("421 4.7.0 too many errors\r\n"));
	conn_close(c);
	s->waiting = true;
}

void mta_session_open(struct conn *c, bool lmtp)
{
	struct mta_session *s = of(c);
	struct buf b = { .data = NULL };

	s->lmtp = lmtp;
	snprintf(s->peer, sizeof(s->peer), "%s " STR_FMT,
		 lmtp ? "lmtp" : "smtp", STR_ARG(conn_peer_host(c)));
	buf_printf(&b, "220 %s %s Muster", mta_of(c)->hostname,
		   lmtp ? "LMTP" : "ESMTP");
	say(c, (const char *)b.data);
	buf_fini(&b);
}

void mta_session_close(struct conn *c, enum conn_why why)
{
	struct mta_session *s = of(c);

	(void)why;
	mta_tx_leave(&s->tx);
}

void mta_session_timer(struct conn *c)
{
	(void)c;
}

/* ---- greeting ---- */

static bool may_starttls(struct conn *c)
{
	return mta_of(c)->tls != NULL && conn_tls(c) == NULL &&
	       !str_is(str_of(conn_peer(c)), "unix");
}

static void greet(struct conn *c, const struct mta_smtp_command *cmd)
{
	struct mta_session *s = of(c);
	struct mta *m = mta_of(c);
	struct buf b = { .data = NULL };

	if ((cmd->verb == MTA_SMTP_LHLO) != s->lmtp) {
		say(c, s->lmtp ? "500 5.5.1 this is LMTP: say LHLO"
			       : "500 5.5.1 this is SMTP: say EHLO");
		return;
	}
	mta_tx_leave(&s->tx);
	if (str_copy(s->helo, sizeof(s->helo), cmd->arg) != GW_OK)
		return; /* the parser takes no longer name */
	if (cmd->verb == MTA_SMTP_HELO) {
		buf_printf(&b, "250 %s", m->hostname);
		say(c, (const char *)b.data);
		buf_fini(&b);
		return;
	}
	buf_printf(&b,
		   "250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8"
		   "\r\n250-ENHANCEDSTATUSCODES\r\n",
		   m->hostname);
	if (may_starttls(c))
		buf_add_lit(&b, "250-STARTTLS\r\n");
	if (conn_peer_is_loopback(c))
		buf_add_lit(&b, "250-XFORWARD NAME ADDR PROTO HELO SOURCE "
				"PORT IDENT\r\n");
	buf_printf(&b, "250 SIZE %lld", (long long)m->conf->size_max);
	say(c, (const char *)b.data);
	buf_fini(&b);
}

static void starttls(struct conn *c)
{
	if (!may_starttls(c)) {
		say(c, "502 5.5.1 not here");
		return;
	}
	/* What a client sent behind it was not protected (RFC 3207 6). */
	(void)conn_drop_input(c);
	say(c, "220 2.0.0 go ahead");
	conn_starttls(c, mta_of(c)->tls);
	of(c)->waiting = true;
}

void mta_session_secured(struct conn *c)
{
	struct mta_session *s = of(c);

	s->waiting = false;
	s->helo[0] = '\0';
	mta_tx_leave(&s->tx);
}

/* XFORWARD tells who brought the mail to the MTA before us; its queue id
 * makes a retry recognisable. */
static void xforward(struct conn *c, const struct mta_smtp_command *cmd)
{
	struct mta_session *s = of(c);
	struct str rest = cmd->arg, name, value;
	struct arena *a;

	if (!conn_peer_is_loopback(c)) {
		say(c, "550 5.7.1 not from there");
		return;
	}
	a = arena_new();
	while (mta_smtp_xforward(&rest, a, &name, &value))
		/* One that is too long is none: the Message-ID serves. */
		if (str_iis(name, "IDENT") && str_utf8_valid(value) &&
		    str_copy(s->queue_id, sizeof(s->queue_id), value) != GW_OK)
			log_debug("smtp.ident", NULL);
	arena_free(&a);
	say(c, "250 2.0.0 OK");
}

/* ---- envelope ---- */

static void progress(struct mta_tx *tx)
{
	struct conn *c = conn_find(tx->m->spec.net, tx->conn);

	if (c == NULL || of(c)->tx != tx)
		return;
	of(c)->waiting = false;
	conn_go(c);
}

static void answer_one(struct conn *c, const struct mta_rcpt *r)
{
	of(c)->bad = 0;
	say(c, r->reply != NULL ? r->reply : mta_reply(r->e));
}

static void answered(struct mta_tx *tx)
{
	struct conn *c = conn_find(tx->m->spec.net, tx->conn);
	struct mta_session *s;

	if (c == NULL)
		return;
	s = of(c);
	s->tx = NULL;
	s->in_data = false;
	s->waiting = false;
	for (size_t i = 0; i < tx->count; i++)
		answer_one(c, tx->rcpts[i]);
	s->queue_id[0] = '\0';
	if (!tx->m->stopping)
		conn_go(c);
}

static void mail(struct conn *c, const struct mta_smtp_command *cmd)
{
	struct mta_session *s = of(c);
	struct mta *m = mta_of(c);

	if (s->helo[0] == '\0' || s->tx != NULL) {
		say(c, "503 5.5.1 not now");
		return;
	}
	if (cmd->size > m->conf->size_max) {
		say(c, mta_reply(GW_LIMIT));
		return;
	}
	if (!store_healthy(m->spec.store)) {
		say(c, mta_reply(GW_UNAVAIL));
		return;
	}
	s->tx = mta_tx_new(m, cmd->path);
	s->tx->conn = conn_id(c);
	s->tx->peer = arena_strdup(s->tx->arena, s->peer);
	s->tx->helo = arena_strdup(s->tx->arena, s->helo);
	s->tx->queue_id = arena_strdup(s->tx->arena, s->queue_id);
	s->tx->progress = progress;
	s->tx->answered = answered;
	if (cmd->has_priority && conn_peer_is_loopback(c))
		s->tx->priority = mta_header_priority(cmd->priority);
	say(c, "250 2.1.0 OK");
}

static void accept_rcpt(struct conn *c, const char *address, const char *role)
{
	struct mta_session *s = of(c);

	if (mta_tx_add(s->tx, address, role) == NULL)
		say(c, "452 4.5.3 too many recipients");
	else
		say(c, "250 2.1.5 OK");
}

static const char *refusal(enum gw_err e)
{
	if (e == GW_NOT_FOUND)
		return "550 5.1.1 no such recipient";
	return "451 4.3.0 the directory does not answer: try again later";
}

static void person_known(void *arg, enum gw_err e,
			 const struct people_person *p)
{
	struct mta_call *call = arg;
	uint64_t id = call->conn;
	char *address = call->id;
	struct mta *m;
	struct conn *c;

	call->id = NULL;
	m = mta_call_end(call);
	c = m != NULL ? conn_find(m->spec.net, id) : NULL;
	if (c != NULL && of(c)->tx != NULL) {
		/* Who may not log in still has a mailbox until removed. */
		if (e == GW_OK && p != NULL)
			accept_rcpt(c, address, "");
		else
			say(c, refusal(e));
		of(c)->waiting = false;
		conn_go(c);
	}
	mem_free(address);
}

static void ask_person(struct conn *c, const char *address)
{
	struct mta *m = mta_of(c);
	struct mta_call *call = mta_call_new(m);

	call->conn = conn_id(c);
	call->id = mem_strdup(address);
	of(c)->waiting = true;
	conn_hold(c);
	m->spec.people.find(m->spec.people.self, str_of(address), person_known,
			    call);
}

static void find_rcpt(struct conn *c, const struct mta_smtp_command *cmd,
		      struct arena *a)
{
	struct mta *m = mta_of(c);
	struct str domain = cmd->domain;
	const struct pool *p;

	if (domain.n == 0 && m->domains->count > 0)
		domain = str_of(m->domains->entries[0].name);
	p = mta_route_find(m->spec.pools, a, cmd->local, domain);
	if (p != NULL)
		accept_rcpt(c, mta_route_address(a, cmd->local, domain, false),
			    pool_address(p));
	else if (!mta_serves(m, domain))
		say(c, "550 5.7.1 relay denied");
	else
		ask_person(c, mta_route_address(a, cmd->local, domain, true));
}

static void rcpt(struct conn *c, const struct mta_smtp_command *cmd)
{
	struct mta_session *s = of(c);
	struct arena *a;

	if (s->tx == NULL) {
		say(c, "503 5.5.1 MAIL first");
		return;
	}
	if (!s->lmtp && s->tx->count > 0) {
		say(c, "452 4.5.3 too many recipients: one mail for each");
		return;
	}
	if (cmd->quoted) {
		say(c, "550 5.1.1 no such recipient");
		return;
	}
	a = arena_new();
	find_rcpt(c, cmd, a);
	arena_free(&a);
}

static void data(struct conn *c)
{
	struct mta_session *s = of(c);

	if (s->tx == NULL || s->tx->count == 0) {
		say(c, "503 5.5.1 no valid recipients");
		return;
	}
	s->in_data = true;
	say(c, "354 end with a dot on a line of its own");
}

/* ---- lines ---- */

static void command(struct conn *c, const struct mta_smtp_command *cmd)
{
	struct mta_session *s = of(c);

	switch (cmd->verb) {
	case MTA_SMTP_HELO:
	case MTA_SMTP_EHLO:
	case MTA_SMTP_LHLO:
		greet(c, cmd);
		return;
	case MTA_SMTP_MAIL:
		mail(c, cmd);
		return;
	case MTA_SMTP_RCPT:
		rcpt(c, cmd);
		return;
	case MTA_SMTP_DATA:
		data(c);
		return;
	case MTA_SMTP_RSET:
		mta_tx_leave(&s->tx);
		say(c, "250 2.0.0 OK");
		return;
	case MTA_SMTP_NOOP:
		say(c, "250 2.0.0 OK");
		return;
	case MTA_SMTP_VRFY:
		say(c, "252 2.5.2 send it and see");
		return;
	case MTA_SMTP_HELP:
		say(c, "214 2.0.0 see RFC 5321");
		return;
	case MTA_SMTP_QUIT:
		say(c, "221 2.0.0 bye");
		conn_close(c);
		s->waiting = true;
		return;
	case MTA_SMTP_STARTTLS:
		starttls(c);
		return;
	case MTA_SMTP_XFORWARD:
		xforward(c, cmd);
		return;
	case MTA_SMTP_UNKNOWN:
		say(c, "500 5.5.2 no such command");
		return;
	}
}

static void show_out(struct conn *c, enum gw_err e)
{
	say(c, e == GW_LIMIT ? "500 5.5.2 the line is too long"
			     : "521 5.5.2 lines end with CR LF, and hold no "
			       "such byte else");
	conn_close(c);
	of(c)->waiting = true;
}

static size_t line_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct mta_smtp_command cmd;
	struct str line;
	size_t eaten = 0;
	enum gw_err e = mta_smtp_line(p, n, &line, &eaten);

	if (e == GW_AGAIN)
		return 0;
	if (e != GW_OK) {
		show_out(c, e);
		return n;
	}
	e = mta_smtp_parse(line, &cmd);
	if (e == GW_OK)
		command(c, &cmd);
	else if (e == GW_NOT_FOUND)
		say(c, "555 5.5.4 parameter not known");
	else
		say(c, "501 5.5.4 the syntax is wrong");
	return eaten;
}

static size_t data_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct mta_session *s = of(c);
	struct mta_tx *tx = s->tx;
	bool wait;
	size_t eaten;

	/* Before the feed: its end may be answered at once. */
	s->waiting = true;
	conn_hold(c);
	eaten = mta_tx_feed(tx, p, n);
	if (s->tx != tx)
		return eaten;
	wait = tx->data.done || mta_tx_full(tx);
	if (tx->data.done)
		s->in_data = false;
	if (!wait) {
		s->waiting = false;
		conn_go(c);
	}
	return eaten;
}

size_t mta_session_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct mta_session *s = of(c);
	size_t eaten = 0;

	while (eaten < n && !s->waiting) {
		size_t one = s->in_data ? data_input(c, p + eaten, n - eaten)
					: line_input(c, p + eaten, n - eaten);

		if (one == 0)
			break;
		eaten += one;
	}
	return eaten;
}
