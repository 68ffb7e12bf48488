/* SPDX-License-Identifier: MIT */
/* jid_domain.h - the domain of an address in its one true form
 *
 * A-labels become U-labels, upper case lower, a trailing dot goes.  The limit
 * is that of DNS: 63 octets a label and 253 in all, in A-label form.
 */
#ifndef GW_XMPP_JID_DOMAIN_H
#define GW_XMPP_JID_DOMAIN_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

/* out borrows from `in` where nothing had to change. */
enum gw_err xmpp_jid_domain(struct arena *a, struct str in, struct str *out,
			    struct err_note *note) GW_CHECKED;

/* A domain of a jid as DNS and certificates have it: A-labels. */
enum gw_err xmpp_jid_domain_ascii(struct arena *a, struct str domain,
				  struct str *out) GW_CHECKED;

#endif
