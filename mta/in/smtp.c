/* SPDX-License-Identifier: MIT */
/* smtp.c - mail by SMTP (RFC 5321), one recipient per mail
 *
 * SMTP has one answer after the data for all recipients, and ours differ: a
 * second RCPT is told to come in a mail of its own.
 */
#include "mta/in/session.h"

static void opened(struct conn *c)
{
	mta_session_open(c, false);
}

const struct proto mta_smtp_proto = {
	.name = "smtp",
	.state_size = sizeof(struct mta_session),
	.limits = MTA_SESSION_LIMITS,
	.open = opened,
	.input = mta_session_input,
	.timer = mta_session_timer,
	.secured = mta_session_secured,
	.close = mta_session_close,
};
