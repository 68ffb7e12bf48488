/* SPDX-License-Identifier: MIT */
/* httpd_tls.c - the plain side of an HTTPS connection, over a socket pair
 *
 * conn.c ends the TLS, libmicrohttpd sees a socket.  Nothing is buffered
 * here: what the pair does not take stays with the conn, which is held; what
 * the browser does not take stays in the pair, which is not read.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/net/httpd_private.h"
#include "gateway/run/log.h"

#define PIECE	   16384 /* a TLS record */
#define UNSENT_MAX ((size_t)256 * 1024)

struct tls_pair {
	struct loop_watch watch; /* our end */
	struct net *net;	 /* NULL: there is no pair */
	uint64_t conn;
	bool ended; /* the far end is closed */
};

static void on_pair(struct loop_watch *w, unsigned events);

static void want(struct tls_pair *t, unsigned events)
{
	if (events == 0 || t->ended)
		loop_unwatch(net_loop(t->net), &t->watch);
	else
		loop_watch(net_loop(t->net), &t->watch, events);
}

static void true_peer(const struct conn *c, struct address *out)
{
	if (address_parse(conn_peer(c), out, NULL) == GW_OK)
		return;
	*out = (struct address){ .len = sizeof(sa_family_t) };
	out->sa.ss_family = AF_UNIX;
}

static void on_open(struct conn *c)
{
	struct tls_pair *t = conn_state(c);
	struct httpd *h = conn_arg(c);
	struct address peer;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       fds) != 0) {
		log_error("http.socketpair", "why", strerror(errno), NULL);
		conn_abort(c);
		return;
	}
	/* From here on libmicrohttpd counts. */
	conn_known(c);
	t->net = conn_net(c);
	t->conn = conn_id(c);
	t->watch.fd = fds[0];
	t->watch.fn = on_pair;
	want(t, LOOP_READ);
	true_peer(c, &peer);
	/* The far end is closed by libmicrohttpd in any case. */
	if (MHD_add_connection(h->mhd, fds[1], (struct sockaddr *)&peer.sa,
			       peer.len) != MHD_YES)
		conn_abort(c);
}

static size_t on_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct tls_pair *t = conn_state(c);
	ssize_t sent;
	size_t done = 0;

	while (done < n) {
		sent = send(t->watch.fd, p + done, n - done, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			break;
		done += (size_t)sent;
	}
	if (done == n)
		return n;
	if (errno != EAGAIN) {
		conn_close(c);
		return n;
	}
	conn_hold(c);
	want(t, t->watch.events | LOOP_WRITE);
	return done;
}

/* false: the far end is closed. */
static bool pump(struct conn *c, struct tls_pair *t)
{
	char piece[PIECE];
	ssize_t n;

	while (conn_unsent(c) < UNSENT_MAX) {
		n = recv(t->watch.fd, piece, sizeof(piece), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		conn_write(c, piece, (size_t)n);
	}
	want(t, t->watch.events & ~(unsigned)LOOP_READ);
	return true;
}

static void on_pair(struct loop_watch *w, unsigned events)
{
	struct tls_pair *t = (struct tls_pair *)(void *)w;
	struct conn *c = conn_find(t->net, t->conn);

	if (c == NULL)
		return;
	if ((events & LOOP_WRITE) != 0) {
		want(t, w->events & ~(unsigned)LOOP_WRITE);
		conn_go(c);
	}
	if ((events & LOOP_READ) != 0 && !pump(c, t)) {
		t->ended = true;
		want(t, 0);
		conn_close(c);
	}
}

static void on_drained(struct conn *c)
{
	struct tls_pair *t = conn_state(c);

	if (t->net != NULL)
		want(t, t->watch.events | LOOP_READ);
}

static void on_close(struct conn *c, enum conn_why why)
{
	struct tls_pair *t = conn_state(c);

	(void)why;
	if (t->net == NULL)
		return;
	loop_unwatch(net_loop(t->net), &t->watch);
	close(t->watch.fd);
}

const struct proto httpd_tls_proto = {
	.name = "https",
	.state_size = sizeof(struct tls_pair),
	.limits = { .in_max = 65536 },
	.open = on_open,
	.input = on_input,
	.drained = on_drained,
	.close = on_close,
};
