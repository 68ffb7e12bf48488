/* SPDX-License-Identifier: MIT */
/* address.h - where a socket is: text to sockaddr and back
 *
 * Numbers and paths only ("localhost" is 127.0.0.1): nothing is looked up.
 */
#ifndef GW_NET_ADDRESS_H
#define GW_NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define ADDRESS_TEXT_MAX 64

struct address {
	struct sockaddr_storage sa;
	socklen_t len;
};

/* Syntax as in listener.h; note names the address. */
enum gw_err address_parse(const char *text, struct address *out,
			  struct err_note *note) GW_CHECKED;
/* "192.0.2.1:4711", "[2001:db8::1]:4711" (an IPv4 host inside IPv6 as IPv4),
 * "unix" for anything else. */
void address_print(const struct address *a, char out[ADDRESS_TEXT_MAX]);
/* The host part of what address_print() wrote, without brackets. */
struct str address_host(const char *printed);

/* "192.0.2.0/24", "2001:db8::/32", or one address. */
struct address_net {
	struct address at;
	unsigned bits;
};
enum gw_err address_net_parse(const char *text, struct address_net *out,
			      struct err_note *note) GW_CHECKED;
/* An IPv4 host inside IPv6 is an IPv4 host. */
bool address_in(const struct address *a, const struct address_net *net);
bool address_is_unix(const struct address *a);
/* Who is counted as one: an IPv4 host, or an IPv6 /64, which one subscriber
 * holds.  Empty for unix sockets. */
struct str address_party(const struct address *a);

#endif
