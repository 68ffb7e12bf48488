/* SPDX-License-Identifier: MIT */
/* conf.c - the rows of `directory:` */
#include "directory/directory_private.h"
#include "directory/scram.h"
#include "gateway/base/when.h"

#define TEXT(field, def, lo, hi, doc)                                          \
	CONF_OPT(TEXT, struct directory_ldap_conf, field, def, lo, hi, doc)
#define SPAN(field, def, doc)                                                  \
	CONF_OPT(SPAN, struct directory_ldap_conf, field, def, WHEN_SECOND,    \
		 WHEN_MINUTE, doc)

static const char *const kinds[] = { "auto", "local", "ldap", NULL };

static const struct conf_opt ldap_options[] = {
	TEXT(url, NULL, 1, 1024,
	     "The server: ldap://HOST, ldaps://HOST or ldapi:///."),
	TEXT(base, NULL, 0, 1024, "The entry under which people are."),
	TEXT(bind_dn, "", 0, 1024,
	     "Who asks for people; empty: nobody (an anonymous bind)."),
	TEXT(bind_password_file, "", 0, 4096,
	     "The file with that one's password, read at each connect."),
	TEXT(user_filter, "(mail=%s)", 3, 1024,
	     "How a person is found: %s is the address, %u what is before "
	     "its @, %d what is behind."),
	TEXT(address_attribute, "mail", 1, 100,
	     "The attribute that holds the address."),
	TEXT(name_attribute, "cn", 1, 100,
	     "The attribute that holds the name."),
	TEXT(login_attribute, "uid", 1, 100,
	     "The attribute that a group's memberUid names."),
	CONF_OPT(TEXTS, struct directory_ldap_conf, member_attributes,
		 "[member, uniqueMember, memberUid]", 1, 10,
		 "The attributes of a group that name its members."),
	CONF_OPT(TEXTS, struct directory_ldap_conf, credential_attributes,
		 "[pwdChangedTime, pwdAccountLockedTime, pwdLastSet, "
		 "userAccountControl, shadowLastChange, krbLastPwdChange]",
		 0, DIRECTORY_CREDENTIALS,
		 "The attributes that change with a person's password or a "
		 "lock; when one does, no token logs that person in."),
	TEXT(tls_ca_file, "", 0, 4096,
	     "PEM file with who may vouch for the server; empty: the "
	     "system's."),
	CONF_OPT(BOOL, struct directory_ldap_conf, start_tls, "no", 0, 0,
		 "StartTLS on an ldap: URL, or no connection at all."),
	SPAN(network_timeout, "5s", "Connecting may take this long."),
	SPAN(timeout, "5s", "An answer may take this long."),
	CONF_OPT(INT, struct directory_ldap_conf, page, "500", 10, 10000,
		 "Entries in one page of a long answer."),
	CONF_OPT(INT, struct directory_ldap_conf, login_connections, "2", 1, 16,
		 "Connections on which passwords are tried."),
	{ .key = NULL },
};

static enum gw_err check_ldap(struct conf_reader *r, void *value)
{
	const struct directory_ldap_conf *c = value;

	if (strstr(c->user_filter, "%s") == NULL &&
	    strstr(c->user_filter, "%u") == NULL)
		return conf_error(r, conf_get(conf_here(r), "user_filter"),
				  "without %%s or %%u it would find everybody");
	if (*c->user_filter != '(')
		return conf_error(r, conf_get(conf_here(r), "user_filter"),
				  "a filter begins with a parenthesis");
	if (c->start_tls && !str_istarts(str_of(c->url), "ldap://"))
		return conf_error(r, conf_get(conf_here(r), "start_tls"),
				  "StartTLS is for an ldap: URL");
	return GW_OK;
}

static const struct conf_section ldap_section = {
	.size = sizeof(struct directory_ldap_conf),
	.opts = ldap_options,
	.doc = "People and groups in an LDAP directory.",
	.check = check_ldap,
};

static const struct conf_opt options[] = {
	CONF_OPT_ENUM(struct directory_conf, kind, "auto", kinds,
		      "Where people are; auto: in LDAP if ldap is given."),
	CONF_OPT(INT, struct directory_conf, rounds, "10000",
		 DIRECTORY_ROUNDS_MIN, DIRECTORY_ROUNDS_MAX,
		 "Rounds of PBKDF2 for passwords of the built-in directory."),
	CONF_OPT(TEXTS, struct directory_conf, admins, "", 0, 1000,
		 "Addresses of administrators, beside those of the built-in "
		 "directory."),
	CONF_OPT(TEXTS, struct directory_conf, operators, "", 0, 1000,
		 "Addresses of operators, beside those of the built-in "
		 "directory."),
	CONF_OPT_SUB(SECTION, struct directory_conf, ldap, &ldap_section,
		     "An LDAP directory that is asked before the built-in "
		     "one."),
	{ .key = NULL },
};

bool directory_conf_ldap(const struct directory_conf *c)
{
	return c->kind != DIRECTORY_LOCAL && c->ldap.url != NULL;
}

bool directory_conf_same_ldap(const struct directory_conf *a,
			      const struct directory_conf *b)
{
	struct buf x = { .data = NULL }, y = { .data = NULL };
	bool same;

	conf_print_flow(&x, &ldap_section, &a->ldap);
	conf_print_flow(&y, &ldap_section, &b->ldap);
	same = str_eq(buf_str(&x), buf_str(&y));
	buf_fini(&x);
	buf_fini(&y);
	return same;
}

static enum gw_err check(struct conf_reader *r, void *value)
{
	const struct directory_conf *c = value;

	if (c->kind == DIRECTORY_LDAP && c->ldap.url == NULL)
		return conf_error(r, conf_get(conf_here(r), "kind"),
				  "ldap.url and ldap.base are missing");
	return GW_OK;
}

const struct conf_section directory_conf_section = {
	.size = sizeof(struct directory_conf),
	.opts = options,
	.doc = "People: the built-in directory, or LDAP beside it.",
	.check = check,
};
