/* SPDX-License-Identifier: MIT */
/* table.h - who may do what in a room (XEP-0045 section 5): pure tables
 *
 * Affiliations are lasting and of a person, roles last for one visit.  Every
 * question of the form "may A do this to B" is answered here and nowhere else.
 */
#ifndef GW_XMPP_MUC_TABLE_H
#define GW_XMPP_MUC_TABLE_H

#include <stdbool.h>

#include "gateway/base/str.h"

/* In order of power; the numbers are in the store. */
enum xmpp_muc_affiliation {
	MUC_OUTCAST,
	MUC_NONE,
	MUC_MEMBER,
	MUC_ADMIN,
	MUC_OWNER,
	MUC_AFFILIATIONS
};

enum xmpp_muc_role {
	MUC_ROLE_NONE,
	MUC_VISITOR,
	MUC_PARTICIPANT,
	MUC_MODERATOR,
	MUC_ROLES
};

enum xmpp_muc_privilege {
	MUC_MAY_HEAR,
	MUC_MAY_WHISPER, /* private messages, unless the room says other */
	MUC_MAY_SPEAK,
	MUC_MAY_SUBJECT, /* where the room leaves it to moderators */
	MUC_MAY_INVITE,
	MUC_MAY_KICK,
	MUC_MAY_VOICE, /* grant and revoke it */
	MUC_MAY_SEE_JIDS,
	MUC_PRIVILEGES
};

enum xmpp_muc_right {
	MUC_MAY_ENTER,
	MUC_MAY_ENTER_CLOSED, /* a members-only room */
	MUC_MAY_LIST_MEMBERS,
	MUC_MAY_BAN,
	MUC_MAY_MEMBERS,    /* edit that list */
	MUC_MAY_MODERATORS, /* grant and revoke it */
	MUC_MAY_ADMINS,
	MUC_MAY_OWNERS,
	MUC_MAY_CONFIGURE,
	MUC_MAY_DESTROY,
	MUC_RIGHTS
};

/* As in the protocol; -1: no such word. */
const char *xmpp_muc_affiliation_name(enum xmpp_muc_affiliation a);
int xmpp_muc_affiliation_of(struct str name);
const char *xmpp_muc_role_name(enum xmpp_muc_role r);
int xmpp_muc_role_of(struct str name);

bool xmpp_muc_role_may(enum xmpp_muc_role r, enum xmpp_muc_privilege p);
bool xmpp_muc_may(enum xmpp_muc_affiliation a, enum xmpp_muc_right r);
/* 5.1.2: what a person is on entering, or when the affiliation changes. */
enum xmpp_muc_role xmpp_muc_first_role(enum xmpp_muc_affiliation a,
				       bool moderated);

struct xmpp_muc_standing {
	enum xmpp_muc_affiliation affiliation;
	enum xmpp_muc_role role;
};

/* 5.2.2: may `by` turn `from` into `to`. */
bool xmpp_muc_may_affiliate(enum xmpp_muc_affiliation by,
			    enum xmpp_muc_affiliation from,
			    enum xmpp_muc_affiliation to);
/* 5.1.3; MUC_ROLE_NONE is a kick. */
bool xmpp_muc_may_role(struct xmpp_muc_standing by, struct xmpp_muc_standing of,
		       enum xmpp_muc_role to);
/* 9.5, 9.8, 10.5, 10.8: may a list of persons be read; open: everybody in the
 * room sees real JIDs anyway. */
bool xmpp_muc_may_list(enum xmpp_muc_affiliation by,
		       enum xmpp_muc_affiliation list, bool open);

#endif
