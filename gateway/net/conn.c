/* SPDX-License-Identifier: MIT */
/* conn.c - the life of a connection, and its public face
 *
 * Whatever happens during a turn only marks the connection; settle(), at the
 * end of the turn, opens it, writes, ends it, and decides what to wait for.
 * What must happen "next turn" is a deadline of now.
 */
#include "gateway/net/conn.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/net/conn_private.h"
#include "gateway/net/gate.h"

#define IN_MAX	((size_t)65536)
#define OUT_MAX ((size_t)4 << 20)
#define OUT_LOW ((size_t)32768)

void conn_release(struct conn *c)
{
	loop_unwatch(c->net->loop, &c->watch);
	loop_timer_stop(c->net->loop, &c->clock);
	loop_defer_cancel(&c->settle);
	if (c->watch.fd >= 0)
		close(c->watch.fd);
	if (c->keeper != NULL)
		c->keeper->gone(c->keeper, c);
	mem_free(c->peer);
	mem_free(c->fault);
	mem_free(c);
}

static void linger_event(struct loop_watch *w, unsigned events)
{
	struct conn *c = LIST_OF(w, struct conn, watch);

	(void)events;
	conn_io_discard(c);
	if (c->eof)
		conn_release(c);
}

static void linger_over(struct loop_timer *t)
{
	conn_release(LIST_OF(t, struct conn, clock));
}

/* Closing a socket with unread bytes resets it, and the peer may lose our
 * last words: tell it that we are done and wait a little for its end. */
static void linger(struct conn *c)
{
	struct loop *l = c->net->loop;

	if (shutdown(c->watch.fd, SHUT_WR) < 0) {
		conn_release(c);
		return;
	}
	list_append(&c->net->lingering, &c->settle.link);
	c->watch.fn = linger_event;
	loop_watch(l, &c->watch, LOOP_READ);
	c->clock.fn = linger_over;
	loop_timer_start(l, &c->clock, CONN_LINGER_BOUND);
}

static void finish(struct conn *c)
{
	struct loop *l = c->net->loop;

	c->dead = 1;
	c->ended = 1;
	gate_leave(&c->guest);
	loop_unwatch(l, &c->watch);
	loop_timer_stop(l, &c->clock);
	loop_timer_stop(l, &c->timer);
	loop_defer_cancel(&c->settle);
	slot_del(&c->net->slots, c->id);
	if (c->proto->close != NULL)
		c->proto->close(c, c->why);
	tls_session_free(&c->tls);
	conn_out_clear(&c->out);
	buf_fini(&c->in);
	buf_fini(&c->wire);
	if (c->linger && !c->eof)
		linger(c);
	else
		conn_release(c);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return b != 0 && b < a ? b : a;
}

/* Lazily: a deadline that moves away (new input) leaves the timer alone, and
 * it looks again when it fires. */
static void arm_clock(struct conn *c)
{
	struct loop *l = c->net->loop;
	int64_t now = loop_now(l);
	int64_t at = INT64_MAX;

	if (c->limits.idle > 0 && !c->closing && !c->connecting)
		at = c->last_input + c->limits.idle;
	at = earlier(at, c->due_by);
	at = earlier(at, c->paused_until);
	if (c->low_due || (c->again && !c->held))
		at = now;
	if (at == INT64_MAX)
		loop_timer_stop(l, &c->clock);
	else if (!loop_timer_active(&c->clock) || c->clock.due > at)
		loop_timer_start(l, &c->clock, at > now ? at - now : 0);
}

/* What waits for the handshake does not wait for the socket. */
static bool can_send(const struct conn *c)
{
	return c->wire.len > 0 ||
	       (c->out.bytes > 0 && (c->tls == NULL || conn_is_secure(c)));
}

static void watch_socket(struct conn *c)
{
	unsigned events = 0;

	if (conn_io_wants_read(c))
		events |= LOOP_READ;
	if (c->connecting || can_send(c))
		events |= LOOP_WRITE;
	if (events == c->watch.events)
		return;
	if (events == 0)
		loop_unwatch(c->net->loop, &c->watch);
	else
		loop_watch(c->net->loop, &c->watch, events);
}

static void begin_close(struct conn *c, enum conn_why why)
{
	c->closing = 1;
	c->why = why;
	c->again = 0;
	c->low_due = 0;
	c->due_by = loop_now(c->net->loop) + CONN_FLUSH_BOUND;
	loop_timer_stop(c->net->loop, &c->timer);
	/* Nothing can be said to a peer that has not come in yet. */
	if (c->connecting)
		c->dead = 1;
	if (c->tls != NULL && !conn_is_secure(c))
		conn_out_clear(&c->out);
}

static void mark_output(struct conn *c)
{
	size_t unsent = conn_unsent(c);

	if (unsent > c->limits.out_max / 2 && unsent > c->limits.out_low)
		c->choked = 1;
	if (unsent > c->limits.out_low)
		return;
	c->choked = 0;
	if (c->high && !c->closing)
		c->low_due = 1;
	c->high = 0;
}

static void settle(struct loop_task *t)
{
	struct conn *c = LIST_OF(t, struct conn, settle);

	if (c->opening && !c->connecting && c->tls == NULL && !c->closing &&
	    !c->dead) {
		c->opening = 0;
		if (c->proto->open != NULL)
			c->proto->open(c);
	}
	if (c->eof && !c->held && !c->again && !c->closing)
		begin_close(c, CONN_PEER);
	conn_io_flush(c);
	if (c->dead || (c->closing && conn_unsent(c) == 0)) {
		finish(c);
		return;
	}
	mark_output(c);
	watch_socket(c);
	arm_clock(c);
}

static void on_event(struct loop_watch *w, unsigned events)
{
	struct conn *c = LIST_OF(w, struct conn, watch);

	conn_touch(c);
	if (c->connecting) {
		conn_dial_event(c);
		return;
	}
	if (events & LOOP_WRITE)
		c->blocked = 0;
	if ((events & LOOP_READ) && conn_io_wants_read(c))
		conn_io_read(c);
}

static bool timed_out(struct conn *c, int64_t now)
{
	if (c->due_by != 0 && now >= c->due_by) {
		c->linger = 0;
		conn_fail(c, CONN_TIMEOUT, "timed out");
		return true;
	}
	if (c->limits.idle > 0 && !c->closing && !c->connecting &&
	    now >= c->last_input + c->limits.idle) {
		conn_fail(c, CONN_TIMEOUT, "idle");
		return true;
	}
	return false;
}

static void on_clock(struct loop_timer *t)
{
	struct conn *c = LIST_OF(t, struct conn, clock);
	int64_t now = loop_now(c->net->loop);

	conn_touch(c);
	if (c->dead || timed_out(c, now))
		return;
	if (now >= c->paused_until)
		c->paused_until = 0;
	if (c->again && !c->held) {
		c->again = 0;
		conn_io_hand_up(c);
	}
	if (c->low_due && !c->closing && !c->dead) {
		c->low_due = 0;
		if (c->proto->drained != NULL)
			c->proto->drained(c);
	}
}

static void on_timer(struct loop_timer *t)
{
	struct conn *c = LIST_OF(t, struct conn, timer);

	conn_touch(c);
	if (c->proto->timer != NULL && !c->closing && !c->dead)
		c->proto->timer(c);
}

struct conn *conn_new(struct net *n, int fd, const struct proto *p, void *arg)
{
	struct conn *c = mem_new(sizeof(*c) + p->state_size);

	c->net = n;
	c->proto = p;
	c->arg = arg;
	c->opening = 1;
	c->watch.fd = fd;
	c->watch.fn = on_event;
	c->settle.fn = settle;
	c->clock.fn = on_clock;
	c->timer.fn = on_timer;
	c->last_input = loop_now(n->loop);
	c->id = slot_add(&n->slots, c);
	conn_set_limits(c, &p->limits);
	return c;
}

static char *peer_of(int fd)
{
	struct address a = { .len = sizeof(a.sa) };
	char text[ADDRESS_TEXT_MAX] = "unix";

	if (getpeername(fd, (struct sockaddr *)&a.sa, &a.len) == 0)
		address_print(&a, text);
	return mem_strdup(text);
}

struct conn *conn_accepted(struct net *n, int fd, const struct proto *p,
			   void *arg, struct tls_server *tls)
{
	struct conn *c = conn_new(n, fd, p, arg);

	c->peer = peer_of(fd);
	if (tls != NULL) {
		c->tls = tls_session_new(tls);
		c->due_by = loop_now(n->loop) + CONN_READY_BOUND;
	}
	conn_touch(c);
	return c;
}

void conn_touch(struct conn *c)
{
	if (!c->ended)
		loop_defer_last(c->net->loop, &c->settle);
}

void conn_fail(struct conn *c, enum conn_why why, const char *fault)
{
	if (c->dead)
		return;
	if (!c->closing)
		c->why = why;
	if (c->fault == NULL)
		c->fault = mem_strdup(fault);
	c->dead = 1;
	conn_touch(c);
}

void conn_keep(struct conn *c, struct conn_keeper *k)
{
	c->keeper = k;
}

void conn_shut_down(struct conn *c)
{
	if (!c->dead && !c->closing)
		begin_close(c, CONN_SHUTDOWN);
	conn_io_flush(c);
	c->linger = 0;
	finish(c);
}

void conn_evict(struct conn *c, const char *why)
{
	if (c->dead)
		return;
	if (c->proto->evicted != NULL && !c->opening && !c->closing)
		c->proto->evicted(c, why);
	/* Lingering would hold the place that is needed. */
	conn_io_flush(c);
	c->linger = 0;
	conn_fail(c, CONN_OVERFLOW, why);
}

void conn_known(struct conn *c)
{
	gate_leave(&c->guest);
}

bool conn_may_starttls(struct conn *c)
{
	return c->guest == NULL || gate_may_shake_hands(c->guest);
}

uint64_t conn_id(const struct conn *c)
{
	return c->id;
}

struct conn *conn_find(const struct net *n, uint64_t id)
{
	return slot_get(&n->slots, id);
}

struct net *conn_net(const struct conn *c)
{
	return c->net;
}

void *conn_state(struct conn *c)
{
	return c->state;
}

void *conn_arg(const struct conn *c)
{
	return c->arg;
}

const char *conn_peer(const struct conn *c)
{
	return c->peer;
}

struct str conn_peer_host(const struct conn *c)
{
	return address_host(c->peer);
}

bool conn_peer_is_loopback(const struct conn *c)
{
	struct str host = conn_peer_host(c);

	return str_is(host, "unix") || str_is(host, "::1") ||
	       str_is(host, "localhost") || str_starts(host, "127.");
}

const char *conn_fault(const struct conn *c)
{
	return c->fault != NULL ? c->fault : "";
}

void conn_set_limits(struct conn *c, const struct conn_limits *l)
{
	bool new_rate = l->rate != c->limits.rate;

	c->limits = *l;
	if (c->limits.in_max == 0)
		c->limits.in_max = IN_MAX;
	if (c->limits.out_max == 0)
		c->limits.out_max = OUT_MAX;
	if (c->limits.out_low == 0)
		c->limits.out_low = OUT_LOW;
	if (new_rate) {
		c->tokens = l->rate * 2 * 1000;
		c->tokens_at = loop_now(c->net->loop);
		c->paused_until = 0;
	}
	conn_touch(c);
}

/* False: the bytes have nowhere to go. */
static bool make_room(struct conn *c, size_t n)
{
	if (c->dead || c->closing)
		return false;
	if (n > c->limits.out_max || conn_unsent(c) > c->limits.out_max - n) {
		conn_fail(c, CONN_OVERFLOW, "output limit reached");
		return false;
	}
	if (conn_unsent(c) + n > c->limits.out_low)
		c->high = 1;
	conn_touch(c);
	return true;
}

struct buf *conn_tail(struct conn *c)
{
	return c->dead || c->closing ? NULL : conn_out_tail(&c->out);
}

/* What is over the limit ends the connection, and is dropped with it. */
void conn_wrote(struct conn *c, size_t n)
{
	if (make_room(c, n))
		conn_out_wrote(&c->out, n);
}

void conn_write(struct conn *c, const void *p, size_t n)
{
	if (n > 0 && make_room(c, n))
		conn_out_add(&c->out, p, n);
}

void conn_write_str(struct conn *c, struct str s)
{
	conn_write(c, s.p, s.n);
}

void conn_write_frame(struct conn *c, struct str head, struct frame *f)
{
	if (!make_room(c, head.n + f->len))
		return;
	conn_out_add(&c->out, head.p, head.n);
	conn_out_add_frame(&c->out, f);
}

size_t conn_unsent(const struct conn *c)
{
	return c->out.bytes + c->wire.len;
}

void conn_close(struct conn *c)
{
	if (c->dead || c->closing)
		return;
	c->linger = 1;
	begin_close(c, CONN_LOCAL);
	conn_touch(c);
}

void conn_abort(struct conn *c)
{
	if (c->dead)
		return;
	c->linger = 0;
	conn_fail(c, CONN_LOCAL, "");
}

void conn_hold(struct conn *c)
{
	c->held = 1;
	conn_touch(c);
}

void conn_go(struct conn *c)
{
	if (!c->held || c->ended)
		return;
	c->held = 0;
	c->last_input = loop_now(c->net->loop);
	if (c->in.len > 0 || c->in_input)
		c->again = 1;
	conn_touch(c);
}

void conn_again(struct conn *c)
{
	c->again = 1;
	conn_touch(c);
}

size_t conn_drop_input(struct conn *c)
{
	size_t n = c->in.len;

	if (c->in_input) {
		c->dropped = 1;
		return c->shown;
	}
	buf_fini(&c->in);
	return n;
}

void conn_timer(struct conn *c, int64_t in_ms)
{
	if (c->dead || c->closing)
		return;
	if (in_ms < 0)
		loop_timer_stop(c->net->loop, &c->timer);
	else
		loop_timer_start(c->net->loop, &c->timer, in_ms);
}

/* Call with no TLS yet, and whatever was written goes ahead of the handshake as
 * it is.  False: too late for that. */
static bool begin_tls(struct conn *c)
{
	assert(c->tls == NULL);
	assert(c->in_input || c->in.len == 0);
	if (c->dead || c->closing)
		return false;
	c->secure_now = 1;
	while (c->out.bytes > 0) {
		size_t n = c->out.bytes;

		conn_out_take(&c->out, buf_space(&c->wire, n), n);
		c->wire.len += n;
	}
	c->due_by = loop_now(c->net->loop) + CONN_READY_BOUND;
	conn_touch(c);
	return true;
}

void conn_starttls(struct conn *c, struct tls_server *tls)
{
	if (begin_tls(c))
		c->tls = tls_session_new(tls);
}

void conn_starttls_dial(struct conn *c, const struct tls_dial *d)
{
	if (!begin_tls(c))
		return;
	c->tls = tls_session_dial(d);
	conn_io_greet(c);
}

const char *conn_tls_distrust(const struct conn *c)
{
	return c->tls != NULL ? tls_session_distrust(c->tls) : "no TLS";
}

bool conn_tls_names(const struct conn *c, struct str ascii, struct str unicode)
{
	return c->tls != NULL && tls_session_names(c->tls, ascii, unicode);
}

bool conn_tls_dane(const struct conn *c)
{
	return c->tls != NULL && tls_session_dane(c->tls);
}

void conn_tls_addresses(const struct conn *c,
			void (*fn)(void *arg, struct str address), void *arg)
{
	if (c->tls != NULL)
		tls_session_addresses(c->tls, fn, arg);
}

const struct tls_info *conn_tls(const struct conn *c)
{
	return conn_is_secure(c) ? tls_session_info(c->tls) : NULL;
}

enum gw_err conn_tls_exporter(struct conn *c, const char *label, uint8_t *out,
			      size_t n)
{
	if (!conn_is_secure(c))
		return GW_UNAVAIL;
	return tls_session_exporter(c->tls, label, out, n);
}

size_t conn_tls_end_point(const struct conn *c, uint8_t out[64])
{
	return conn_is_secure(c) ? tls_session_end_point(c->tls, out) : 0;
}

size_t conn_tls_unique(const struct conn *c, uint8_t out[64])
{
	return conn_is_secure(c) ? tls_session_unique(c->tls, out) : 0;
}
