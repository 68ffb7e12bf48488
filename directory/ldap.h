/* SPDX-License-Identifier: MIT */
/* ldap.h - people and groups of an LDAP directory
 *
 * A person is the one entry that has the address asked for among the values of
 * its address attribute, whatever the filter found besides; two entries of one
 * address are GW_UNAVAIL until somebody puts that right.  No callback may free
 * the directory.
 */
#ifndef GW_DIRECTORY_LDAP_H
#define GW_DIRECTORY_LDAP_H

#include "directory/directory_private.h"

struct directory_ldap;

/* conf outlives it. */
struct directory_ldap *
directory_ldap_new(const struct directory_spec *spec,
		   const struct directory_ldap_conf *conf);
/* Everything under way is answered with GW_UNAVAIL. */
void directory_ldap_free(struct directory_ldap **l);

void directory_ldap_find(struct directory_ldap *l, struct str address,
			 directory_find_fn *done, void *arg);
/* GW_NOT_FOUND: there is no such person; GW_DENIED: wrong password. */
void directory_ldap_check(struct directory_ldap *l, struct str address,
			  struct str password, directory_check_fn *done,
			  void *arg);
/* dn: of an entry that names its members, or a filter in parentheses that
 * all members match.  Members without an address are left out. */
void directory_ldap_group(struct directory_ldap *l, struct str dn,
			  directory_group_fn *done, void *arg);

#endif
