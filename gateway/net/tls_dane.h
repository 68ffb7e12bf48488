/* SPDX-License-Identifier: MIT */
/* tls_dane.h - what DNS, proved, says of a certificate (RFC 7671, 7673)
 *
 * It counts instead of what tls_server_federate() trusts.
 */
#ifndef GW_NET_TLS_DANE_H
#define GW_NET_TLS_DANE_H

#include "gateway/net/dns.h"

struct tls_dane {
	const char *domain, *host; /* names it may have: A-labels */
	const struct dns_tlsa *records;
	size_t n;
};

/* One we understand; any other is as if it were not there. */
bool tls_dane_usable(const struct dns_tlsa *t);

#endif
