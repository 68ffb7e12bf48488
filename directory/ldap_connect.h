/* SPDX-License-Identifier: MIT */
/* ldap_connect.h - one attempt to reach an LDAP server, in a job
 *
 * The attempt has copies of all it needs and outlives who wanted it:
 * directory_ldap_connect_forget() says that nobody waits any more.
 */
#ifndef GW_DIRECTORY_LDAP_CONNECT_H
#define GW_DIRECTORY_LDAP_CONNECT_H

#include <ldap.h>

#include "directory/directory_private.h"

struct directory_ldap_connect;

/* ld is yours, bound and not blocking; NULL: why says what was wrong. */
typedef void directory_ldap_connect_fn(void *arg, LDAP *ld, const char *why);

/* NULL: the job pool is full. */
struct directory_ldap_connect *
directory_ldap_connect_start(struct jobs *jobs,
			     const struct directory_ldap_conf *conf,
			     directory_ldap_connect_fn *done, void *arg);
void directory_ldap_connect_forget(struct directory_ldap_connect **c);

#endif
