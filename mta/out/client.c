/* SPDX-License-Identifier: MIT */
/* client.c - handing a mail to the next hop by LMTP or SMTP
 *
 * One mail, one recipient, one connection.  The mail is read from the spool in
 * jobs, a chunk at a time, as fast as the next hop takes it.  No answer after
 * the final dot counts as not delivered: better twice than never.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/when.h"
#include "mta/out/deliver.h"

#define CHUNK	     ((size_t)64 * 1024)
#define WAIT_COMMAND (60 * WHEN_SECOND)
#define WAIT_DATA    (180 * WHEN_SECOND)
#define WAIT_END     (600 * WHEN_SECOND) /* RFC 5321 4.5.3.2.6 */
#define REPLY_LINES  100

enum step { BANNER, HELLO, MAIL, RCPT, DATA, BODY, END, QUIT };

struct client {
	struct job job;
	struct mta_parcel *parcel;
	enum step step;
	uint64_t conn;
	int fd;
	bool utf8, size, eight;
	bool line_start;
	bool busy;   /* the job has the chunk */
	bool closed; /* the connection is gone */
	bool decided;
	bool eof, unreadable; /* of the last chunk */
	unsigned lines;
	enum gw_err e;
	char reply[MTA_REPLY_MAX];
	size_t chunk_len;
	uint8_t chunk[CHUNK];
};

static const struct proto client_proto;

static struct client *of(struct conn *c)
{
	struct mta_parcel *p = conn_arg(c);

	return p->client;
}

static void finish(struct client *k)
{
	struct mta_parcel *p = k->parcel;
	enum gw_err e = k->decided ? k->e : GW_UNAVAIL;
	char reply[MTA_REPLY_MAX];

	if (k->busy || !k->closed)
		return;
	if (k->fd >= 0)
		close(k->fd);
	memcpy(reply, k->reply, sizeof(reply));
	p->client = NULL;
	mta_deliver_end(p, e, str_of(reply)); /* frees k with the arena */
}

static void decide(struct client *k, enum gw_err e, struct str reply)
{
	size_t n = reply.n < sizeof(k->reply) ? reply.n : sizeof(k->reply) - 1;

	if (k->decided)
		return;
	k->decided = true;
	k->e = e;
	memcpy(k->reply, reply.p, n);
	k->reply[n] = '\0';
}

/* ---- what we say ---- */

static void say(struct conn *c, enum step next, char *line)
{
	struct client *k = of(c);

	k->step = next;
	conn_write_str(c, str_of(line));
	conn_write_str(c, STR("\r\n"));
	conn_timer(c, WAIT_COMMAND);
}

static void quit(struct conn *c)
{
	say(c, QUIT, arena_strdup(of(c)->parcel->arena, "QUIT"));
	conn_close(c);
}

static void give_up(struct conn *c, enum gw_err e, struct str reply)
{
	decide(of(c), e, reply);
	quit(c);
}

static bool is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static void say_hello(struct conn *c)
{
	const struct mta_parcel *p = of(c)->parcel;

	say(c, HELLO,
	    arena_printf(p->arena, "%s %s",
			 p->target.kind == MTA_TARGET_LMTP ? "LHLO" : "EHLO",
			 p->hostname));
}

static void say_mail(struct conn *c)
{
	struct client *k = of(c);
	const struct mta_parcel *p = k->parcel;
	bool wide = !is_ascii(p->env_from) || !is_ascii(p->to);

	if (wide && !k->utf8) {
		give_up(c, GW_DENIED,
			STR("550 5.6.7 the next hop takes ASCII addresses "
			    "only"));
		return;
	}
	say(c, MAIL,
	    arena_printf(p->arena, "MAIL FROM:<%s>%s%s", p->env_from,
			 k->eight ? " BODY=8BITMIME" : "",
			 wide ? " SMTPUTF8" : ""));
}

/* ---- the mail itself ---- */

static void read_chunk(struct job *j)
{
	struct client *k = LIST_OF(j, struct client, job);
	ssize_t n;

	if (k->fd < 0)
		k->fd = open(k->parcel->spool, O_RDONLY | O_CLOEXEC);
	do
		n = k->fd < 0 ? -1 : read(k->fd, k->chunk, CHUNK);
	while (n < 0 && k->fd >= 0 && errno == EINTR);
	k->chunk_len = n > 0 ? (size_t)n : 0;
	k->eof = n == 0;
	k->unreadable = n < 0;
}

static void chunk_read(struct job *j);

static void want_chunk(struct conn *c)
{
	struct client *k = of(c);

	if (k->busy || k->step != BODY)
		return;
	conn_timer(c, WAIT_DATA);
	if (k->parcel->spool == NULL) {
		k->eof = true;
		k->chunk_len = 0;
		chunk_read(&k->job);
		return;
	}
	k->job.run = read_chunk;
	k->job.done = chunk_read;
	k->busy = true;
	if (jobs_submit(k->parcel->jobs, &k->job) == GW_OK)
		return;
	k->busy = false;
	decide(k, GW_UNAVAIL, STR("too much waits"));
	conn_abort(c);
}

/* RFC 5321 4.5.2; runs between dots at the start of a line go as they are. */
static void write_stuffed(struct conn *c, const uint8_t *p, size_t n)
{
	struct client *k = of(c);
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (k->line_start && p[i] == '.') {
			conn_write(c, p + from, i - from);
			conn_write(c, ".", 1);
			from = i;
		}
		k->line_start = p[i] == '\n';
	}
	conn_write(c, p + from, n - from);
}

static void end_data(struct conn *c)
{
	struct client *k = of(c);

	if (!k->line_start)
		conn_write_str(c, STR("\r\n"));
	conn_write_str(c, STR(".\r\n"));
	k->step = END;
	conn_timer(c, WAIT_END);
}

static void chunk_read(struct job *j)
{
	struct client *k = LIST_OF(j, struct client, job);
	struct conn *c = conn_find(k->parcel->net, k->conn);

	k->busy = false;
	if (c == NULL || k->closed) {
		finish(k);
		return;
	}
	if (k->unreadable)
		decide(k, GW_UNAVAIL, STR("the spool cannot be read"));
	if (k->decided) {
		/* Half a mail: without its dot it counts for nothing. */
		conn_abort(c);
		return;
	}
	write_stuffed(c, k->chunk, k->chunk_len);
	if (k->eof)
		end_data(c);
	else if (conn_unsent(c) <= CHUNK / 2)
		want_chunk(c);
}

static void begin_data(struct conn *c)
{
	struct client *k = of(c);

	k->step = BODY;
	k->line_start = true;
	write_stuffed(c, (const uint8_t *)k->parcel->head.p, k->parcel->head.n);
	want_chunk(c);
}

static void on_drained(struct conn *c)
{
	if (of(c)->step == BODY && !of(c)->eof)
		want_chunk(c);
}

/* ---- what they say ---- */

static enum gw_err meaning(struct str line)
{
	switch (line.p[0]) {
	case '2':
	case '3':
		return GW_OK;
	case '5':
		return GW_DENIED;
	default:
		return GW_UNAVAIL;
	}
}

static void capability(struct client *k, struct str line)
{
	struct str word = str_make(line.p + 4, line.n - 4);
	struct str name;

	if (!str_word(&word, &name))
		return;
	k->utf8 = k->utf8 || str_iis(name, "SMTPUTF8");
	k->size = k->size || str_iis(name, "SIZE");
	k->eight = k->eight || str_iis(name, "8BITMIME");
}

static void accepted(struct conn *c, struct str line)
{
	struct client *k = of(c);

	switch (k->step) {
	case BANNER:
		say_hello(c);
		return;
	case HELLO:
		say_mail(c);
		return;
	case MAIL:
		say(c, RCPT,
		    arena_printf(k->parcel->arena, "RCPT TO:<%s>",
				 k->parcel->to));
		return;
	case RCPT:
		say(c, DATA, arena_strdup(k->parcel->arena, "DATA"));
		return;
	case DATA:
		if (line.p[0] == '3')
			begin_data(c);
		else
			give_up(c, GW_UNAVAIL, line);
		return;
	case END:
		decide(k, GW_OK, line);
		quit(c);
		return;
	case BODY:
	case QUIT:
		return;
	}
}

static void reply(struct conn *c, struct str line)
{
	struct client *k = of(c);
	enum gw_err e = meaning(line);

	if (k->step == QUIT)
		return;
	if (e == GW_OK && k->step != BODY) {
		accepted(c, line);
		return;
	}
	/* Before MAIL it is the hop that refuses, not the recipient. */
	if (k->step == BANNER || k->step == HELLO || e == GW_OK)
		e = GW_UNAVAIL;
	give_up(c, e, line);
}

static bool is_reply(struct str line)
{
	if (line.n < 3 || (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-'))
		return false;
	for (size_t i = 0; i < 3; i++)
		if (line.p[i] < '0' || line.p[i] > '9')
			return false;
	return true;
}

static void on_line(struct conn *c, struct str line)
{
	struct client *k = of(c);

	if (!is_reply(line) || ++k->lines > REPLY_LINES) {
		decide(k, GW_UNAVAIL, STR("the next hop breaks the protocol"));
		conn_abort(c);
		return;
	}
	if (k->step == HELLO && line.n > 4)
		capability(k, line);
	if (line.n == 3 || line.p[3] == ' ')
		reply(c, line);
}

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	size_t eaten = 0;
	const uint8_t *end;

	while (!of(c)->closed &&
	       (end = memchr(p + eaten, '\n', n - eaten)) != NULL) {
		struct str line = str_make((const char *)p + eaten,
					   (size_t)(end - p) - eaten);

		eaten += line.n + 1;
		on_line(c, str_trim(line));
	}
	return eaten;
}

static void on_open(struct conn *c)
{
	conn_timer(c, WAIT_COMMAND);
}

static void on_timer(struct conn *c)
{
	decide(of(c), GW_UNAVAIL, STR("the next hop does not answer"));
	conn_abort(c);
}

static void on_close(struct conn *c, enum conn_why why)
{
	struct client *k = of(c);

	(void)why;
	decide(k, GW_UNAVAIL,
	       *conn_fault(c) != '\0' ? str_of(conn_fault(c))
				      : STR("the next hop went away"));
	k->closed = true;
	finish(k);
}

static const struct proto client_proto = {
	.name = "mail-out",
	.limits = { .in_max = 8192, .out_low = CHUNK / 2 },
	.open = on_open,
	.input = on_input,
	.drained = on_drained,
	.timer = on_timer,
	.close = on_close,
};

void mta_out_client(struct mta_parcel *p)
{
	struct client *k = arena_alloc(p->arena, sizeof(*k));

	k->parcel = p;
	k->fd = -1;
	p->client = k;
	if (conn_dial(p->net, p->target.where, &client_proto, p, &k->conn) !=
	    GW_OK)
		mta_deliver_end(p, GW_UNAVAIL,
				STR("the next hop cannot be reached"));
}
