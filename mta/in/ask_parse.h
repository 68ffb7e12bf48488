/* SPDX-License-Identifier: MIT */
/* ask_parse.h - the two framings in which mail servers ask
 *
 * PURE.
 */
#ifndef GW_MTA_ASK_PARSE_H
#define GW_MTA_ASK_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

#define MTA_POLICY_MAX	  ((size_t)65536)
#define MTA_SOCKETMAP_MAX ((size_t)10000)

/* Postfix policy delegation: what of a request we look at. */
struct mta_policy {
	struct str request, state, recipient, client, sasl;
};

/* Lines name=value up to an empty one.  GW_AGAIN: not all there; of a repeated
 * attribute the last one counts.  Slices of p. */
enum gw_err mta_ask_policy(const uint8_t *p, size_t n, struct mta_policy *out,
			   size_t *eaten) GW_CHECKED;

/* Netstring "map key".  Slices of p. */
enum gw_err mta_ask_socketmap(const uint8_t *p, size_t n, struct str *map,
			      struct str *key, size_t *eaten) GW_CHECKED;

#endif
