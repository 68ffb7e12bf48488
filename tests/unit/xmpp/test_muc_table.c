/* SPDX-License-Identifier: MIT */
/* test_muc_table.c - XEP-0045 section 5, cell by cell */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xmpp/muc/table.h"

static void names_are_the_protocols(void **state)
{
	static const char *const affiliations[] = { "outcast", "none", "member",
						    "admin", "owner" };
	static const char *const roles[] = { "none", "visitor", "participant",
					     "moderator" };

	(void)state;
	for (int a = 0; a < MUC_AFFILIATIONS; a++) {
		assert_string_equal(
			xmpp_muc_affiliation_name((enum xmpp_muc_affiliation)a),
			affiliations[a]);
		assert_int_equal(
			xmpp_muc_affiliation_of(str_of(affiliations[a])), a);
	}
	for (int r = 0; r < MUC_ROLES; r++) {
		assert_string_equal(xmpp_muc_role_name((enum xmpp_muc_role)r),
				    roles[r]);
		assert_int_equal(xmpp_muc_role_of(str_of(roles[r])), r);
	}
	assert_int_equal(xmpp_muc_affiliation_of(STR("Owner")), -1);
	assert_int_equal(xmpp_muc_affiliation_of(STR_NONE), -1);
	assert_int_equal(xmpp_muc_role_of(STR("")), -1);
}

/* 5.1.1: rows are privileges, columns none, visitor, participant, moderator.
 */
static void privileges_of_roles(void **state)
{
	static const char table[MUC_PRIVILEGES][MUC_ROLES + 1] = {
		[MUC_MAY_HEAR] = ".xxx",   [MUC_MAY_WHISPER] = ".xxx",
		[MUC_MAY_SPEAK] = "..xx",  [MUC_MAY_SUBJECT] = "...x",
		[MUC_MAY_INVITE] = "..xx", [MUC_MAY_KICK] = "...x",
		[MUC_MAY_VOICE] = "...x",  [MUC_MAY_SEE_JIDS] = "...x",
	};

	(void)state;
	for (int p = 0; p < MUC_PRIVILEGES; p++)
		for (int r = 0; r < MUC_ROLES; r++)
			assert_int_equal(
				xmpp_muc_role_may((enum xmpp_muc_role)r,
						  (enum xmpp_muc_privilege)p),
				table[p][r] == 'x');
}

/* 5.2.1: columns outcast, none, member, admin, owner. */
static void rights_of_affiliations(void **state)
{
	static const char table[MUC_RIGHTS][MUC_AFFILIATIONS + 1] = {
		[MUC_MAY_ENTER] = ".xxxx",
		[MUC_MAY_ENTER_CLOSED] = "..xxx",
		[MUC_MAY_LIST_MEMBERS] = "..xxx",
		[MUC_MAY_BAN] = "...xx",
		[MUC_MAY_MEMBERS] = "...xx",
		[MUC_MAY_MODERATORS] = "...xx",
		[MUC_MAY_ADMINS] = "....x",
		[MUC_MAY_OWNERS] = "....x",
		[MUC_MAY_CONFIGURE] = "....x",
		[MUC_MAY_DESTROY] = "....x",
	};

	(void)state;
	for (int r = 0; r < MUC_RIGHTS; r++)
		for (int a = 0; a < MUC_AFFILIATIONS; a++)
			assert_int_equal(
				xmpp_muc_may((enum xmpp_muc_affiliation)a,
					     (enum xmpp_muc_right)r),
				table[r][a] == 'x');
}

/* 5.1.2: n(one), v(isitor), p(articipant), m(oderator). */
static void first_roles(void **state)
{
	static const char *const table[2] = { "nppmm", "nvpmm" };
	static const char letters[] = "nvpm";

	(void)state;
	for (int moderated = 0; moderated < 2; moderated++)
		for (int a = 0; a < MUC_AFFILIATIONS; a++)
			assert_int_equal(letters[xmpp_muc_first_role(
						 (enum xmpp_muc_affiliation)a,
						 moderated == 1)],
					 table[moderated][a]);
}

/* 5.2.2: by admin and by owner, from (rows) to (columns); by anybody else
 * nothing. */
static void changes_of_affiliation(void **state)
{
	static const char admin[MUC_AFFILIATIONS][MUC_AFFILIATIONS + 1] = {
		[MUC_OUTCAST] = "xxx..", [MUC_NONE] = "xxx..",
		[MUC_MEMBER] = "xxx..",	 [MUC_ADMIN] = ".....",
		[MUC_OWNER] = ".....",
	};
	enum xmpp_muc_affiliation by, from, to;

	(void)state;
	for (by = MUC_OUTCAST; by < MUC_AFFILIATIONS; by++)
		for (from = MUC_OUTCAST; from < MUC_AFFILIATIONS; from++)
			for (to = MUC_OUTCAST; to < MUC_AFFILIATIONS; to++)
				assert_int_equal(
					xmpp_muc_may_affiliate(by, from, to),
					by == MUC_OWNER ||
						(by == MUC_ADMIN &&
						 admin[from][to] == 'x'));
}

static void changes_of_role(void **state)
{
	static const struct {
		const char *name;
		struct xmpp_muc_standing by, of;
		enum xmpp_muc_role to;
		bool want;
	} cases[] = {
		{ "a participant kicks nobody",
		  { MUC_MEMBER, MUC_PARTICIPANT },
		  { MUC_NONE, MUC_VISITOR },
		  MUC_ROLE_NONE,
		  false },
		{ "a moderator kicks a participant",
		  { MUC_NONE, MUC_MODERATOR },
		  { MUC_NONE, MUC_PARTICIPANT },
		  MUC_ROLE_NONE,
		  true },
		{ "a moderator does not kick who stands higher",
		  { MUC_NONE, MUC_MODERATOR },
		  { MUC_MEMBER, MUC_PARTICIPANT },
		  MUC_ROLE_NONE,
		  false },
		{ "a mere moderator does not kick a moderator",
		  { MUC_MEMBER, MUC_MODERATOR },
		  { MUC_MEMBER, MUC_MODERATOR },
		  MUC_ROLE_NONE,
		  false },
		{ "an admin kicks a moderator",
		  { MUC_ADMIN, MUC_MODERATOR },
		  { MUC_MEMBER, MUC_MODERATOR },
		  MUC_ROLE_NONE,
		  true },
		{ "an admin does not kick an owner",
		  { MUC_ADMIN, MUC_MODERATOR },
		  { MUC_OWNER, MUC_MODERATOR },
		  MUC_ROLE_NONE,
		  false },
		{ "a moderator grants voice",
		  { MUC_NONE, MUC_MODERATOR },
		  { MUC_NONE, MUC_VISITOR },
		  MUC_PARTICIPANT,
		  true },
		{ "a moderator revokes voice",
		  { MUC_NONE, MUC_MODERATOR },
		  { MUC_NONE, MUC_PARTICIPANT },
		  MUC_VISITOR,
		  true },
		{ "nobody revokes voice of an admin",
		  { MUC_OWNER, MUC_MODERATOR },
		  { MUC_ADMIN, MUC_MODERATOR },
		  MUC_VISITOR,
		  false },
		{ "an owner does not make an admin a participant",
		  { MUC_OWNER, MUC_MODERATOR },
		  { MUC_ADMIN, MUC_MODERATOR },
		  MUC_PARTICIPANT,
		  false },
		{ "a mere moderator makes no moderator",
		  { MUC_MEMBER, MUC_MODERATOR },
		  { MUC_NONE, MUC_PARTICIPANT },
		  MUC_MODERATOR,
		  false },
		{ "an admin makes a moderator",
		  { MUC_ADMIN, MUC_MODERATOR },
		  { MUC_NONE, MUC_PARTICIPANT },
		  MUC_MODERATOR,
		  true },
		{ "an admin takes it from a member",
		  { MUC_ADMIN, MUC_MODERATOR },
		  { MUC_MEMBER, MUC_MODERATOR },
		  MUC_PARTICIPANT,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (xmpp_muc_may_role(cases[i].by, cases[i].of, cases[i].to) !=
		    cases[i].want)
			fail_msg("%s", cases[i].name);
}

/* B18.  Columns: lists of outcasts, members, admins, owners. */
static void lists_are_for_those_inside(void **state)
{
	static const enum xmpp_muc_affiliation lists[] = {
		MUC_OUTCAST, MUC_MEMBER, MUC_ADMIN, MUC_OWNER
	};
	static const char table[2][MUC_AFFILIATIONS][5] = {
		{ "....", "....", "....", "xxxx", "xxxx" },
		{ "....", "....", ".xxx", "xxxx", "xxxx" },
	};

	(void)state;
	for (int open = 0; open < 2; open++)
		for (int a = 0; a < MUC_AFFILIATIONS; a++)
			for (int l = 0; l < 4; l++)
				assert_int_equal(
					xmpp_muc_may_list(
						(enum xmpp_muc_affiliation)a,
						lists[l], open == 1),
					table[open][a][l] == 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_protocols),
		cmocka_unit_test(privileges_of_roles),
		cmocka_unit_test(rights_of_affiliations),
		cmocka_unit_test(first_roles),
		cmocka_unit_test(changes_of_affiliation),
		cmocka_unit_test(changes_of_role),
		cmocka_unit_test(lists_are_for_those_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
