/* SPDX-License-Identifier: MIT */
/* admin.h - what console and command line ask of rooms they may not include
 *
 * wire.c fills it.  Rows arrive through callbacks as flat pairs of names and
 * values (NULL-ended), so that the API prints them without knowing more.
 */
#ifndef GW_SEAM_ADMIN_H
#define GW_SEAM_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/str.h"

typedef void seam_answer_fn(void *arg, enum gw_err e, const char *why);
/* json: an array of objects (already JSON text). */
typedef void seam_rows_fn(void *arg, enum gw_err e, struct str json);

struct seam_page {
	bool watched_only; /* of mails */
	size_t max;
	struct str after; /* STR_NONE: the first page */
};

struct seam_invite {
	struct str address; /* a domain, or the account's; none: no account */
	struct str inviter; /* whose contact it is to be; or none */
	int64_t valid;	    /* ms */
};

struct seam_admin {
	void *self;
	/* Status: listeners, hooks, versions, health; a JSON object. */
	void (*status)(void *self, struct buf *json);
	void (*user_add)(void *self, struct str address, struct str password,
			 struct str name, bool admin, seam_answer_fn *done,
			 void *arg);
	void (*user_add_keys)(void *self, struct str address, struct str keys,
			      struct str name, seam_answer_fn *done, void *arg);
	void (*user_passwd)(void *self, struct str address, struct str password,
			    seam_answer_fn *done, void *arg);
	void (*user_disable)(void *self, struct str address, bool disabled,
			     seam_answer_fn *done, void *arg);
	void (*user_list)(void *self, struct str after, size_t max,
			  seam_rows_fn *done, void *arg);
	bool (*user_is_admin)(void *self, struct str address);
	/* An account for who has the link, or a contact, once; json: an
	 * object.  GW_DENIED: registration is closed. */
	void (*invite)(void *self, const struct seam_invite *wish,
		       seam_rows_fn *done, void *arg);
	/* Those that are open: a JSON array of objects; one by its id. */
	void (*invitations)(void *self, struct buf *json);
	void (*invite_revoke)(void *self, struct str id, seam_answer_fn *done,
			      void *arg);
	/* Pages: each row says under "after" what asks for those behind. */
	void (*mail_list)(void *self, const struct seam_page *page,
			  seam_rows_fn *done, void *arg);
	void (*alert_list)(void *self, const struct seam_page *page,
			   seam_rows_fn *done, void *arg);
	/* Links with other servers: a JSON object; with a domain those with
	 * it, step by step.  GW_BAD_INPUT: that is none. */
	enum gw_err (*s2s_report)(void *self, struct str domain,
				  struct buf *json);
	enum gw_err (*s2s_try)(void *self, struct str domain,
			       struct err_note *note);
	/* Effective configuration, and reload (all or nothing). */
	void (*config_effective)(void *self, struct buf *yaml);
	void (*config_schema)(void *self, struct buf *json);
	void (*reload)(void *self, seam_answer_fn *done, void *arg);
};

#endif
