/* SPDX-License-Identifier: MIT */
/* mailer.h - what the case service asks of mail
 */
#ifndef GW_SEAM_MAILER_H
#define GW_SEAM_MAILER_H

#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

struct seam_mail {
	struct str id; /* named by (case, step): becomes the Message-ID */
	struct str to;
	struct str subject;
	struct str body; /* UTF-8 text */
};

struct seam_mailer {
	void *self;
	/* A copy of the spooled mail to another person; GW_OK once the next
	 * hop has it.  copy_id makes a repeat recognisable. */
	void (*copy)(void *self, struct str mail_id, struct str to,
		     struct str copy_id, void (*done)(void *arg, enum gw_err e),
		     void *arg);
	/* A new mail from Muster itself (steps `by: mail`). */
	void (*send)(void *self, const struct seam_mail *m,
		     void (*done)(void *arg, enum gw_err e), void *arg);
};

#endif
