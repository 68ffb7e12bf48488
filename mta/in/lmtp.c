/* SPDX-License-Identifier: MIT */
/* lmtp.c - mail by LMTP (RFC 2033): an answer for each recipient */
#include "mta/in/session.h"

static void opened(struct conn *c)
{
	mta_session_open(c, true);
}

const struct proto mta_lmtp_proto = {
	.name = "lmtp",
	.state_size = sizeof(struct mta_session),
	.limits = MTA_SESSION_LIMITS,
	.open = opened,
	.input = mta_session_input,
	.timer = mta_session_timer,
	.secured = mta_session_secured,
	.close = mta_session_close,
};
