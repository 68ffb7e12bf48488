/* SPDX-License-Identifier: MIT */
/* conf.h - the rows of `mail:`, and where mail goes from here
 */
#ifndef GW_MTA_CONF_H
#define GW_MTA_CONF_H

#include "gateway/base/arena.h"
#include "gateway/config/conf.h"

struct mta_conf_lmtp {
	const char *listen; /* "" off */
	const char *deliver_to;
};

struct mta_conf_smtp {
	const char *listen;
	const char *deliver_to;
	const char *hostname;
};

struct mta_conf_ask {
	const char *policy, *socketmap;
};

struct mta_conf {
	struct mta_conf_lmtp lmtp;
	struct mta_conf_smtp smtp;
	struct mta_conf_ask ask;
	const char *deliver_to;
	const char *spool;
	int64_t size_max;
	int64_t max_connections;
	int64_t sweep; /* ms between looks into Maildirs */
};

enum mta_target_kind { MTA_TARGET_MAILDIR, MTA_TARGET_LMTP, MTA_TARGET_SMTP };

struct mta_target {
	enum mta_target_kind kind;
	const char *where; /* template of a path, or an address to dial */
};

/* "maildir:/path/%u@%d", "lmtp:unix:/path", "lmtp:HOST:PORT",
 * "smtp:HOST:PORT"; where is borrowed from text. */
enum gw_err mta_target_parse(const char *text, struct mta_target *out,
			     struct err_note *note) GW_CHECKED;
/* The folder of a person.  GW_BAD_INPUT: the address makes no safe path. */
enum gw_err mta_target_path(struct arena *a, const struct mta_target *t,
			    struct str address, char **out) GW_CHECKED;

#endif
