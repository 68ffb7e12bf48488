/* SPDX-License-Identifier: MIT */
/* dns.h - names to addresses and SRV, by c-ares on the loop
 */
#ifndef GW_NET_DNS_H
#define GW_NET_DNS_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/run/loop.h"

struct dns;

struct dns_srv {
	const char *target; /* "." : decidedly not available (RFC 2782) */
	uint16_t port, priority, weight;
};

/* servers: "127.0.0.1:5300,..." or NULL for the system's. */
struct dns *dns_new(struct loop *l, const char *servers);
void dns_free(struct dns **d); /* pending look-ups end with GW_UNAVAIL */

/* Texts such as "192.0.2.1", v6 and v4 as they should be tried (RFC 8305).
 * GW_NOT_FOUND: the name has none; GW_UNAVAIL: nobody could say. */
void dns_addresses(struct dns *d, const char *name,
		   void (*done)(void *arg, enum gw_err e,
				const char *const *addresses, size_t n),
		   void *arg);
/* Sorted as RFC 2782 says, weights drawn with the loop's randomness. */
void dns_srv(struct dns *d, const char *name,
	     void (*done)(void *arg, enum gw_err e, const struct dns_srv *srv,
			  size_t n),
	     void *arg);

#endif
