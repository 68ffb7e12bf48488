/* SPDX-License-Identifier: MIT */
/* session.h - what SMTP and LMTP have in common: everything but a few words */
#ifndef GW_MTA_SESSION_H
#define GW_MTA_SESSION_H

#include "mta/in/intake.h"

struct mta_session {
	bool lmtp;
	bool waiting; /* for an answer: no further command */
	bool in_data;
	char helo[256];	    /* "": not greeted */
	char peer[80];	    /* "lmtp 192.0.2.1" */
	char queue_id[101]; /* of the MTA, by XFORWARD */
	struct mta_tx *tx;  /* from MAIL on */
	size_t asked;	    /* recipients whose directory answer is awaited */
	unsigned bad;
};

void mta_session_open(struct conn *c, bool lmtp);
size_t mta_session_input(struct conn *c, const uint8_t *p, size_t n);
void mta_session_timer(struct conn *c);
void mta_session_secured(struct conn *c);
void mta_session_close(struct conn *c, enum conn_why why);

#define MTA_SESSION_LIMITS                                                     \
	{                                                                      \
		.in_max = (size_t)256 * 1024, .idle = 300000                   \
	}

#endif
