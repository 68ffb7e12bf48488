/* SPDX-License-Identifier: MIT */
/* conn_dial.c - connections we open */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/base/arena.h"
#include "gateway/net/conn_private.h"

/* The descriptor with its connect under way; error: why that is hopeless. */
static int begin_connect(const struct address *a, int *error)
{
	int fd = socket(a->sa.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	*error = 0;
	if (fd >= 0 && !address_is_unix(a))
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0)
		return fd;
	if (fd < 0 || (errno != EINPROGRESS && errno != EINTR))
		*error = errno;
	return fd;
}

enum gw_err conn_dial_tls(struct net *n, const char *address,
			  const struct tls_dial *d, const struct proto *p,
			  void *arg, uint64_t *id)
{
	struct address a;
	struct conn *c;
	int error;
	enum gw_err e = address_parse(address, &a, NULL);

	if (e != GW_OK)
		return e;
	if (n->stopping)
		return GW_UNAVAIL;
	c = conn_new(n, begin_connect(&a, &error), p, arg);
	*id = c->id;
	if (d != NULL)
		c->tls = tls_session_dial(d);
	c->peer = mem_strdup(address_is_unix(&a) ? "unix" : address);
	c->connecting = 1;
	c->due_by = loop_now(n->loop) + CONN_READY_BOUND;
	conn_touch(c);
	if (error != 0)
		conn_fail(c, CONN_FAULT, strerrordesc_np(error));
	return GW_OK;
}

enum gw_err conn_dial(struct net *n, const char *address, const struct proto *p,
		      void *arg, uint64_t *id)
{
	return conn_dial_tls(n, address, NULL, p, arg, id);
}

void conn_dial_event(struct conn *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error != 0) {
		conn_fail(c, CONN_FAULT, strerrordesc_np(error));
		return;
	}
	c->connecting = 0;
	c->due_by = 0;
	c->last_input = loop_now(c->net->loop);
	if (c->tls == NULL)
		return;
	c->due_by = c->last_input + CONN_READY_BOUND;
	conn_io_greet(c);
}
