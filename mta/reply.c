/* SPDX-License-Identifier: MIT */
/* reply.c - what SMTP says of an outcome: the one place that maps errors
 *
 * Presence never shows here: the words go to strangers.
 */
#include "mta/reply.h"

const char *mta_reply(enum gw_err e)
{
	switch (e) {
	case GW_OK:
		return "250 2.0.0 OK";
	case GW_AGAIN:
		return "450 4.2.0 deferred: try again later";
	case GW_BAD_INPUT:
		return "554 5.6.0 the mail breaks the protocol: refused";
	case GW_LIMIT:
		return "552 5.3.4 the mail is too large";
	case GW_DENIED:
		return "554 5.2.0 the mail could not be delivered";
	case GW_NOT_FOUND:
		return "550 5.1.1 no such recipient";
	case GW_CONFLICT:
		return "451 4.3.2 this mail is being delivered already";
	case GW_UNAVAIL:
		return "452 4.3.1 the mail cannot be kept now: try again "
		       "later";
	case GW_INTERNAL:
		return "451 4.3.0 internal error: try again later";
	}
	return "451 4.3.0 internal error: try again later";
}
