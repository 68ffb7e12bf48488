/* SPDX-License-Identifier: MIT */
/* keep.h - which messages are stored, and for how long (XEP-0160, 0313, 0334)
 *
 * PURE.
 */
#ifndef GW_XMPP_IM_KEEP_H
#define GW_XMPP_IM_KEEP_H

#include <stdbool.h>

#include "xmpp/xml/stanza.h"

enum xmpp_keep {
	KEEP_NOT,   /* for those who are there */
	KEEP_UNTIL, /* until its person has it */
	KEEP_ALWAYS /* in the archive too */
};

enum xmpp_keep xmpp_keep(const struct stanza *message);

#endif
