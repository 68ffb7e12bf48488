/* SPDX-License-Identifier: MIT */
/* ldap_link.h - one connection to an LDAP server, on our loop
 *
 * Connecting, StartTLS and the first bind block and are a job; from then on
 * libldap is asked only for what has arrived.  A lost connection is made anew
 * at once, then with back-off (1 s doubling to 30 s).  While the server is
 * known to be dead requests end at once; while a first attempt is under way
 * they wait.  A request is a member of the struct it serves.
 */
#ifndef GW_DIRECTORY_LDAP_LINK_H
#define GW_DIRECTORY_LDAP_LINK_H

#include <ldap.h>

#include "directory/directory_private.h"
#include "gateway/base/list.h"

struct directory_ldap_link;

struct directory_ldap_req {
	/* Starts it and fills msgid; an LDAP result code. */
	int (*send)(struct directory_ldap_req *r, LDAP *ld);
	void (*entry)(struct directory_ldap_req *r, LDAP *ld, LDAPMessage *m);
	/* The last message; NULL: there is no answer. */
	void (*end)(struct directory_ldap_req *r, LDAP *ld, LDAPMessage *m);
	int msgid;
	struct directory_ldap_link *at; /* private from here */
	struct list link;
	struct loop_timer timer;
	int64_t sent;
};

struct directory_ldap_link_spec {
	struct loop *loop;
	struct jobs *jobs;
	const struct directory_ldap_conf *conf; /* outlives the link */
	const char *name;			/* for the log */
	unsigned at_once; /* requests under way; 1 for binds */
	bool lazy;	  /* connects when there is something to send */
};

struct directory_ldap_link *
directory_ldap_link_new(const struct directory_ldap_link_spec *spec);
/* Ends all requests without an answer. */
void directory_ldap_link_free(struct directory_ldap_link **l);
/* end() may be called before this returns. */
void directory_ldap_link_ask(struct directory_ldap_link *l,
			     struct directory_ldap_req *r);
size_t directory_ldap_link_load(const struct directory_ldap_link *l);

#endif
