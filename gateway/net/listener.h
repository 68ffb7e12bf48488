/* SPDX-License-Identifier: MIT */
/* listener.h - sockets that accept
 *
 * Addresses as operators write them: "127.0.0.1:5222", "[::1]:5222",
 * "localhost:5222" (no other names), "/run/muster/lmtp.sock",
 * "unix:/run/muster/lmtp.sock".  Port 0 is any free one, "[::]:5222" both
 * families; localhost is 127.0.0.1.
 */
#ifndef GW_NET_LISTENER_H
#define GW_NET_LISTENER_H

#include "gateway/net/conn.h"

struct gate;
struct listener;

struct listener_spec {
	const char *address;
	const struct proto *proto;
	void *arg;		/* conn_arg() of every connection */
	struct tls_server *tls; /* direct TLS; NULL: plain */
	unsigned max;		/* connections at once; 0: 10000 */
	unsigned per_host;	/* of one IPv4 or IPv6 /64; 0: unlimited */
	struct gate *gate;	/* strangers are counted; NULL: not */
	unsigned mode;		/* of a unix socket; 0: 0660 */
};

/* A failure says address and reason ("127.0.0.1:5222: in use: ..."). A stale
 * unix socket nobody listens on is replaced. */
enum gw_err listener_open(struct net *n, const struct listener_spec *spec,
			  struct listener **out,
			  struct err_note *note) GW_CHECKED;
/* From now on, as in a listener_spec; connections live on.  NULL-safe. */
void listener_set_limits(struct listener *l, unsigned max, unsigned per_host);
/* Connections live on.  Before net_free(). */
void listener_close(struct listener **l);
const char *listener_address(const struct listener *l);

/* Splits and checks an address; for config checks. */
enum gw_err listener_check_address(const char *address,
				   struct err_note *note) GW_CHECKED;

#endif
