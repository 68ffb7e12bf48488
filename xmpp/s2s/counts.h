/* SPDX-License-Identifier: MIT */
/* counts.h - links with other servers in numbers
 */
#ifndef GW_XMPP_S2S_COUNTS_H
#define GW_XMPP_S2S_COUNTS_H

#include "gateway/run/metrics.h"
#include "xmpp/s2s/trail.h"

enum xmpp_s2s_way { S2S_IN, S2S_OUT };

struct xmpp_s2s;

struct xmpp_s2s_counts {
	struct metric *stanzas[2], *bytes[2]; /* by enum xmpp_s2s_way */
	struct metric *errors[TRAIL__N];
	struct metric *refused;
	struct metric *links[5];  /* by enum xmpp_s2s_link_state */
	struct metric *guests[2]; /* not proved, proved */
	struct metric *waiting, *kept;
	struct metric none; /* where nobody counts */
};

void xmpp_s2s_counts_init(struct xmpp_s2s *s);
/* A stanza of n bytes went or came. */
void xmpp_s2s_counts_stanza(struct xmpp_s2s *s, enum xmpp_s2s_way way,
			    size_t n);

#endif
