/* SPDX-License-Identifier: MIT */
/* table.c - who may do what in a room (XEP-0045 section 5) */
#include "xmpp/muc/table.h"

static const char *const affiliations[MUC_AFFILIATIONS] = {
	[MUC_OUTCAST] = "outcast", [MUC_NONE] = "none",
	[MUC_MEMBER] = "member",   [MUC_ADMIN] = "admin",
	[MUC_OWNER] = "owner",
};

static const char *const roles[MUC_ROLES] = {
	[MUC_ROLE_NONE] = "none",
	[MUC_VISITOR] = "visitor",
	[MUC_PARTICIPANT] = "participant",
	[MUC_MODERATOR] = "moderator",
};

/* Every privilege and right is had from some rank on upwards. */
static const enum xmpp_muc_role privilege_from[MUC_PRIVILEGES] = {
	[MUC_MAY_HEAR] = MUC_VISITOR,	    [MUC_MAY_WHISPER] = MUC_VISITOR,
	[MUC_MAY_SPEAK] = MUC_PARTICIPANT,  [MUC_MAY_SUBJECT] = MUC_MODERATOR,
	[MUC_MAY_INVITE] = MUC_PARTICIPANT, [MUC_MAY_KICK] = MUC_MODERATOR,
	[MUC_MAY_VOICE] = MUC_MODERATOR,    [MUC_MAY_SEE_JIDS] = MUC_MODERATOR,
};

static const enum xmpp_muc_affiliation right_from[MUC_RIGHTS] = {
	[MUC_MAY_ENTER] = MUC_NONE,
	[MUC_MAY_ENTER_CLOSED] = MUC_MEMBER,
	[MUC_MAY_LIST_MEMBERS] = MUC_MEMBER,
	[MUC_MAY_BAN] = MUC_ADMIN,
	[MUC_MAY_MEMBERS] = MUC_ADMIN,
	[MUC_MAY_MODERATORS] = MUC_ADMIN,
	[MUC_MAY_ADMINS] = MUC_OWNER,
	[MUC_MAY_OWNERS] = MUC_OWNER,
	[MUC_MAY_CONFIGURE] = MUC_OWNER,
	[MUC_MAY_DESTROY] = MUC_OWNER,
};

static int index_of(const char *const *names, int count, struct str name)
{
	for (int i = 0; i < count; i++)
		if (str_is(name, names[i]))
			return i;
	return -1;
}

const char *xmpp_muc_affiliation_name(enum xmpp_muc_affiliation a)
{
	return affiliations[a];
}

int xmpp_muc_affiliation_of(struct str name)
{
	return index_of(affiliations, MUC_AFFILIATIONS, name);
}

const char *xmpp_muc_role_name(enum xmpp_muc_role r)
{
	return roles[r];
}

int xmpp_muc_role_of(struct str name)
{
	return index_of(roles, MUC_ROLES, name);
}

bool xmpp_muc_role_may(enum xmpp_muc_role r, enum xmpp_muc_privilege p)
{
	return r >= privilege_from[p];
}

bool xmpp_muc_may(enum xmpp_muc_affiliation a, enum xmpp_muc_right r)
{
	return a >= right_from[r];
}

enum xmpp_muc_role xmpp_muc_first_role(enum xmpp_muc_affiliation a,
				       bool moderated)
{
	static const enum xmpp_muc_role open[MUC_AFFILIATIONS] = {
		[MUC_OUTCAST] = MUC_ROLE_NONE,	[MUC_NONE] = MUC_PARTICIPANT,
		[MUC_MEMBER] = MUC_PARTICIPANT, [MUC_ADMIN] = MUC_MODERATOR,
		[MUC_OWNER] = MUC_MODERATOR,
	};

	return moderated && a == MUC_NONE ? MUC_VISITOR : open[a];
}

/* What it takes to put somebody on a list, or to take him off it. */
static enum xmpp_muc_right right_over(enum xmpp_muc_affiliation list)
{
	switch (list) {
	case MUC_OUTCAST:
		return MUC_MAY_BAN;
	case MUC_NONE:
	case MUC_MEMBER:
		return MUC_MAY_MEMBERS;
	case MUC_ADMIN:
		return MUC_MAY_ADMINS;
	case MUC_OWNER:
	case MUC_AFFILIATIONS:
		return MUC_MAY_OWNERS;
	}
	__builtin_unreachable();
}

bool xmpp_muc_may_affiliate(enum xmpp_muc_affiliation by,
			    enum xmpp_muc_affiliation from,
			    enum xmpp_muc_affiliation to)
{
	return xmpp_muc_may(by, right_over(from)) &&
	       xmpp_muc_may(by, right_over(to));
}

bool xmpp_muc_may_role(struct xmpp_muc_standing by, struct xmpp_muc_standing of,
		       enum xmpp_muc_role to)
{
	bool admin = xmpp_muc_may(by.affiliation, MUC_MAY_MODERATORS);

	if (!xmpp_muc_role_may(by.role, MUC_MAY_KICK) ||
	    by.affiliation < of.affiliation)
		return false;
	if (to == MUC_MODERATOR)
		return admin;
	if (of.role != MUC_MODERATOR)
		return true;
	/* 9.7: the role of an admin or owner goes with the affiliation. */
	return admin && (to == MUC_ROLE_NONE || of.affiliation < MUC_ADMIN);
}

bool xmpp_muc_may_list(enum xmpp_muc_affiliation by,
		       enum xmpp_muc_affiliation list, bool open)
{
	if (xmpp_muc_may(by, MUC_MAY_MEMBERS))
		return true;
	return open && list > MUC_NONE &&
	       xmpp_muc_may(by, MUC_MAY_LIST_MEMBERS);
}
