/* SPDX-License-Identifier: MIT */
/* key.h - dialback keys (XEP-0185): made, and judged in constant time, pure
 */
#ifndef GW_XMPP_S2S_KEY_H
#define GW_XMPP_S2S_KEY_H

#include <stdbool.h>

#include "gateway/base/str.h"

#define XMPP_S2S_KEY_LEN 64

/* What the keys are made with: the hex SHA-256 of the secret. */
void xmpp_s2s_key_secret(struct str secret, char out[XMPP_S2S_KEY_LEN + 1]);

struct xmpp_s2s_key_of {
	struct str receiving, originating; /* domains */
	struct str id; /* of the stream, given by the receiving server */
};

void xmpp_s2s_key(const char *secret, const struct xmpp_s2s_key_of *of,
		  char out[XMPP_S2S_KEY_LEN + 1]);
bool xmpp_s2s_key_fits(const char *secret, const struct xmpp_s2s_key_of *of,
		       struct str key);

#endif
