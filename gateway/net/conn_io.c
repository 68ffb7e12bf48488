/* SPDX-License-Identifier: MIT */
/* conn_io.c - the bytes of a connection: read, decrypt, hand up; and back */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/net/conn_private.h"
#include "gateway/net/gate.h"

#define TLS_READ_LEAST ((size_t)4096)
#define RATE_BURST     2 /* seconds */

static void refill(struct conn *c)
{
	int64_t now = loop_now(c->net->loop);
	int64_t full = c->limits.rate * RATE_BURST * 1000;
	int64_t passed = now - c->tokens_at;

	if (passed > RATE_BURST * 1000)
		passed = RATE_BURST * 1000;
	c->tokens += passed * c->limits.rate;
	if (c->tokens > full)
		c->tokens = full;
	c->tokens_at = now;
}

/* A tenth of a second's worth at least, so that a slow rate is not paid for
 * with a wake-up per byte. */
static void pause_reading(struct conn *c)
{
	int64_t want = c->limits.rate * 100;
	int64_t wait;

	if (want < 1000)
		want = 1000;
	wait = (want - c->tokens + c->limits.rate - 1) / c->limits.rate;
	c->paused_until = loop_now(c->net->loop) + wait;
	if (c->net->pauses != NULL)
		c->net->pauses->value++;
}

static void spend(struct conn *c, size_t n)
{
	if (c->limits.rate <= 0)
		return;
	c->tokens -= (int64_t)n * 1000;
	if (c->tokens < 1000)
		pause_reading(c);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t read_max(struct conn *c)
{
	size_t max = CONN_READ_MAX;
	size_t room = 1;

	if (c->limits.in_max > c->in.len)
		room = c->limits.in_max - c->in.len;
	/* What comes out of a record is not what goes in. */
	if (c->tls != NULL && room < TLS_READ_LEAST)
		room = TLS_READ_LEAST;
	max = smaller(max, room);
	if (c->limits.rate <= 0)
		return max;
	refill(c);
	return smaller(max, c->tokens < 1000 ? 1 : (size_t)(c->tokens / 1000));
}

static bool may_hand_up(const struct conn *c)
{
	return !c->held && !c->closing && !c->dead;
}

static void hand_up_all(struct conn *c, const uint8_t *p, size_t n)
{
	bool kept = c->in.len > 0;
	size_t eaten;

	if (kept || !may_hand_up(c)) {
		if (n > 0 && !c->dead && !c->closing)
			buf_add(&c->in, p, n);
		if (!may_hand_up(c))
			return;
		p = c->in.data;
		n = c->in.len;
	}
	if (n == 0)
		return;
	c->in_input = 1;
	c->dropped = 0;
	c->secure_now = 0;
	c->shown = n;
	eaten = c->proto->input(c, p, n);
	c->in_input = 0;
	assert(eaten <= n);
	if (c->dropped)
		eaten = n;
	assert(!c->secure_now || eaten == n);
	if (kept)
		buf_eat(&c->in, eaten);
	else if (eaten < n)
		buf_add(&c->in, p + eaten, n - eaten);
	if (c->in.len == 0)
		buf_fini(&c->in);
	if (c->in.len >= c->limits.in_max && may_hand_up(c) && !c->again)
		conn_fail(c, CONN_OVERFLOW, "input limit reached");
}

/* p: fresh bytes, borrowed; n 0: only what is kept.  Others may have to go for
 * what is kept of a stranger: that comes last. */
static void hand_up(struct conn *c, const uint8_t *p, size_t n)
{
	hand_up_all(c, p, n);
	if (c->guest != NULL)
		gate_holds(c->guest, c->in.len);
}

void conn_io_hand_up(struct conn *c)
{
	hand_up(c, NULL, 0);
}

static void handshake_done(struct conn *c)
{
	c->due_by = 0;
	if (c->opening) {
		c->opening = 0;
		if (c->proto->open != NULL)
			c->proto->open(c);
	} else if (c->proto->secured != NULL) {
		c->proto->secured(c);
	}
}

static void decrypt(struct conn *c, size_t n)
{
	struct net *net = c->net;
	bool was_ready = tls_session_ready(c->tls);
	struct tls_fed out = { .plain = &net->plain, .wire = &c->wire };
	struct str cipher = str_make((const char *)net->scratch, n);
	struct err_note note = { .text = "" };

	buf_reset(&net->plain);
	if (tls_session_feed(c->tls, cipher, &out, &note) != GW_OK) {
		/* The alert says to the peer what was wrong. */
		conn_io_send_wire(c);
		c->linger = 1;
		conn_fail(c, CONN_FAULT, note.text);
		return;
	}
	if (!was_ready && tls_session_ready(c->tls) && !c->closing)
		handshake_done(c);
	if (net->plain.len > 0)
		hand_up(c, net->plain.data, net->plain.len);
	if (out.ended)
		c->eof = 1;
}

void conn_io_greet(struct conn *c)
{
	struct err_note note = { .text = "" };
	struct tls_fed out = { .plain = &c->net->plain, .wire = &c->wire };

	if (tls_session_feed(c->tls, STR(""), &out, &note) != GW_OK)
		conn_fail(c, CONN_FAULT, note.text);
}

static bool peer_is_gone(int error)
{
	return error == ECONNRESET || error == EPIPE || error == ETIMEDOUT;
}

static void socket_failed(struct conn *c)
{
	int error = errno;

	if (error == EAGAIN || error == EINTR)
		return;
	c->linger = 0;
	conn_fail(c, peer_is_gone(error) ? CONN_PEER : CONN_FAULT,
		  strerrordesc_np(error));
}

void conn_io_read(struct conn *c)
{
	struct net *net = c->net;
	ssize_t n = recv(c->watch.fd, net->scratch, read_max(c), MSG_DONTWAIT);

	if (n < 0) {
		socket_failed(c);
		return;
	}
	if (n == 0) {
		c->eof = 1;
		return;
	}
	c->last_input = loop_now(net->loop);
	spend(c, (size_t)n);
	if (c->tls != NULL)
		decrypt(c, (size_t)n);
	else
		hand_up(c, net->scratch, (size_t)n);
}

void conn_io_discard(struct conn *c)
{
	ssize_t n =
		recv(c->watch.fd, c->net->scratch, CONN_READ_MAX, MSG_DONTWAIT);

	if (n == 0)
		c->eof = 1;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		c->eof = 1;
}

bool conn_io_wants_read(const struct conn *c)
{
	if (c->connecting || c->closing || c->dead || c->eof)
		return false;
	if (c->paused_until != 0)
		return false;
	if (c->tls != NULL && !tls_session_ready(c->tls))
		return true;
	return !c->held && !c->again && !c->choked;
}

/* Bytes sent; a full socket is noted, a broken one ends the connection. */
static size_t send_vectors(struct conn *c, struct iovec *v, int count)
{
	struct msghdr m = { .msg_iov = v, .msg_iovlen = (size_t)count };
	int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	size_t all = 0;
	ssize_t n;

	for (int i = 0; i < count; i++)
		all += v[i].iov_len;
	/* One piece, as mostly: the kernel need not read a list of it. */
	if (count == 1)
		n = send(c->watch.fd, v->iov_base, v->iov_len, flags);
	else
		n = sendmsg(c->watch.fd, &m, flags);
	if (n < 0) {
		socket_failed(c);
		n = 0;
	}
	c->blocked = (size_t)n < all;
	return (size_t)n;
}

void conn_io_send_wire(struct conn *c)
{
	struct iovec v = { c->wire.data, c->wire.len };

	if (c->wire.len > 0 && !c->blocked)
		buf_eat(&c->wire, send_vectors(c, &v, 1));
}

/* Fills records up to their 16 KB; returns where the ciphertext is. */
static struct buf *encrypt(struct conn *c)
{
	struct net *net = c->net;
	struct buf *wire = &c->wire;

	if (wire->len == 0) {
		wire = &net->wire;
		buf_reset(wire);
	}
	if (!tls_session_ready(c->tls))
		return wire;
	while (c->out.bytes > 0 && wire->len < CONN_WIRE_MAX) {
		size_t n =
			conn_out_take(&c->out, net->scratch, CONN_RECORD_MAX);

		if (tls_session_write(c->tls, net->scratch, n, wire) != GW_OK) {
			conn_fail(c, CONN_FAULT, "TLS write failed");
			return wire;
		}
	}
	if (c->closing && c->out.bytes == 0 && !c->tls_ended) {
		tls_session_end(c->tls, wire);
		c->tls_ended = 1;
	}
	return wire;
}

void conn_io_flush(struct conn *c)
{
	struct buf *wire = &c->wire;
	struct iovec *v = c->net->vectors;
	int count = 0;
	size_t sent, of_wire;

	if (c->connecting || c->blocked || c->dead)
		return;
	if (c->tls != NULL)
		wire = encrypt(c);
	if (wire->len > 0)
		v[count++] = (struct iovec){ wire->data, wire->len };
	if (c->tls == NULL)
		count += conn_out_vectors(&c->out, v + count,
					  CONN_VECTORS_MAX - count);
	if (count == 0 || c->dead)
		return;
	sent = send_vectors(c, v, count);
	of_wire = smaller(sent, wire->len);
	if (c->dead)
		return;
	if (wire == &c->wire)
		buf_eat(wire, of_wire);
	else if (of_wire < wire->len)
		buf_add(&c->wire, wire->data + of_wire, wire->len - of_wire);
	if (c->wire.len == 0)
		buf_fini(&c->wire);
	if (sent > of_wire)
		conn_out_eat(&c->out, sent - of_wire);
}
