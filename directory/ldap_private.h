/* SPDX-License-Identifier: MIT */
/* ldap_private.h - what people and groups of LDAP share */
#ifndef GW_DIRECTORY_LDAP_PRIVATE_H
#define GW_DIRECTORY_LDAP_PRIVATE_H

#include "directory/ldap.h"
#include "directory/ldap_link.h"
#include "gateway/base/buf.h"

#define DIRECTORY_LDAP_LOGINS 16

struct directory_ldap {
	struct directory_spec spec;
	const struct directory_ldap_conf *conf;
	struct directory_ldap_link *search;
	struct directory_ldap_link *logins[DIRECTORY_LDAP_LOGINS];
};

/* A piece of a filter from outside, so that it stays a value (RFC 4515 3). */
void directory_ldap_escape(struct buf *out, struct str value);
/* Calls fn for each value of an attribute. */
void directory_ldap_values(LDAP *ld, LDAPMessage *m, const char *attribute,
			   void (*fn)(void *arg, struct str value), void *arg);
/* The result code in the last message of an answer; -1 without one. */
int directory_ldap_code(LDAP *ld, LDAPMessage *m);

#endif
