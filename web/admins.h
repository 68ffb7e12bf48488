/* SPDX-License-Identifier: MIT */
/* admins.h - console passwords of local administrators, as argon2id
 *
 * Apart from the directory's: who has one logs in to the console with it and
 * with nothing else, also while the directory is dead.  One hash is computed
 * at a time (19 MiB each); a few may wait.
 */
#ifndef GW_WEB_ADMINS_H
#define GW_WEB_ADMINS_H

#include "gateway/run/jobs.h"
#include "gateway/store/store.h"

struct admins;

typedef void admins_fn(void *arg, enum gw_err e);

struct admins *web_admins_new(struct store *s, struct jobs *j);
/* After jobs_free() and store_close(). */
void web_admins_free(struct admins **as);
/* Before the loop runs. */
enum gw_err web_admins_load(struct admins *as) GW_CHECKED;

bool web_admins_has(const struct admins *as, struct str address);
/* GW_DENIED: wrong.  GW_LIMIT: too many wait.  Arguments are copied. */
void web_admins_check(struct admins *as, struct str address,
		      struct str password, admins_fn *done, void *arg);
/* Answers after the commit; "" takes the password away. */
void web_admins_set(struct admins *as, struct str address, struct str password,
		    admins_fn *done, void *arg);

#endif
