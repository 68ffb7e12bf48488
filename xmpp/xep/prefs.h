/* SPDX-License-Identifier: MIT */
/* prefs.h - whose messages a person wants kept (XEP-0441)
 */
#ifndef GW_XMPP_XEP_PREFS_H
#define GW_XMPP_XEP_PREFS_H

#include "xmpp/account.h"

enum xmpp_prefs_default { PREFS_ALWAYS, PREFS_NEVER, PREFS_ROSTER };
extern const char *const xmpp_prefs_defaults[]; /* as words; ended by NULL */

/* Does acc want messages to or from peer in his archive? */
bool xmpp_prefs_keep(const struct xmpp_account *acc, struct jid peer);

#endif
