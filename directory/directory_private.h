/* SPDX-License-Identifier: MIT */
/* directory_private.h - the rows of `directory:`, and both kinds of people */
#ifndef GW_DIRECTORY_DIRECTORY_PRIVATE_H
#define GW_DIRECTORY_DIRECTORY_PRIVATE_H

#include "directory/directory.h"

#define DIRECTORY_CREDENTIALS 16 /* attributes at most */

enum directory_kind { DIRECTORY_AUTO, DIRECTORY_LOCAL, DIRECTORY_LDAP };

struct directory_ldap_conf {
	const char *url; /* NULL: not written, there is no LDAP */
	const char *base;
	const char *bind_dn;
	const char *bind_password_file;
	const char *user_filter;
	const char *address_attribute;
	const char *name_attribute;
	const char *login_attribute; /* what memberUid names */
	struct conf_texts member_attributes;
	struct conf_texts credential_attributes;
	const char *tls_ca_file;
	bool start_tls;
	int64_t network_timeout; /* connecting */
	int64_t timeout;	 /* an answer */
	int64_t page;
	int64_t login_connections;
};

struct directory_conf {
	int kind;
	int64_t rounds;
	struct conf_texts admins;
	struct conf_texts operators;
	struct directory_ldap_conf ldap;
};

/* LDAP without a word in the file is none. */
bool directory_conf_ldap(const struct directory_conf *c);

bool directory_conf_same_ldap(const struct directory_conf *a,
			      const struct directory_conf *b);

typedef void directory_find_fn(void *arg, enum gw_err e,
			       const struct people_person *p);
typedef void directory_check_fn(void *arg, enum gw_err e);
typedef void directory_group_fn(void *arg, enum gw_err e,
				const char *const *addresses, size_t n);

#endif
