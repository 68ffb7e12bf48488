/* SPDX-License-Identifier: MIT */
/* dns.h - names to addresses and SRV, by c-ares on the loop
 *
 * Or, where TLSA is asked for too, by libunbound, which proves each answer or
 * says that it is forged (DNSSEC).
 */
#ifndef GW_NET_DNS_H
#define GW_NET_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/run/loop.h"

struct dns;

struct dns_srv {
	const char *target; /* "." : decidedly not available (RFC 2782) */
	uint16_t port, priority, weight;
	unsigned tag; /* the asker's; 0 */
};

struct dns_tlsa { /* RFC 6698 2.1 */
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t n;
};

/* servers: "127.0.0.1:5300,..." or NULL for the system's. */
struct dns *dns_new(struct loop *l, const char *servers);
/* The same, validating from the anchors of a file on.  GW_UNAVAIL: this build
 * cannot; GW_BAD_INPUT: the file or a server is not good. */
enum gw_err dns_new_validating(struct loop *l, const char *servers,
			       const char *anchors, struct dns **out,
			       struct err_note *note) GW_CHECKED;
bool dns_can_validate(void); /* built with libunbound */
bool dns_validates(const struct dns *d);
/* Inside a callback: its answer, be it that there is nothing, was proved. */
bool dns_proved(const struct dns *d);
void dns_free(struct dns **d); /* pending look-ups end with GW_UNAVAIL */

/* Texts such as "192.0.2.1", v6 and v4 as they should be tried (RFC 8305).
 * GW_NOT_FOUND: the name has none; GW_UNAVAIL: nobody could say; GW_DENIED:
 * the answer is forged. */
void dns_addresses(struct dns *d, const char *name,
		   void (*done)(void *arg, enum gw_err e,
				const char *const *addresses, size_t n),
		   void *arg);
/* Sorted as RFC 2782 says, weights drawn with the loop's randomness. */
void dns_srv(struct dns *d, const char *name,
	     void (*done)(void *arg, enum gw_err e, const struct dns_srv *srv,
			  size_t n),
	     void *arg);
/* The same order for records of several answers that are one list. */
void dns_order_srv(struct loop *l, struct dns_srv *srv, size_t n);
/* Only what was proved is an answer: else there is none. */
void dns_tlsa(struct dns *d, const char *name,
	      void (*done)(void *arg, enum gw_err e,
			   const struct dns_tlsa *tlsa, size_t n),
	      void *arg);

#endif
