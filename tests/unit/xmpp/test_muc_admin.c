/* SPDX-License-Identifier: MIT */
/* test_muc_admin.c - rights in rooms: lists, kick, ban, voice, settings, the
 * end; what strangers learn (B18)
 */
#include "tests/unit/xmpp/muc.h"

static void ask_list(struct client *c, const char *room, const char *what)
{
	x_sendf(c,
		"<iq type='get' id='list' to='%s'><query xmlns='" NS_MUC_TEXT
		"#admin'><item %s/></query></iq>",
		room, what);
}

static void set_item(struct client *c, const char *room, const char *item)
{
	x_sendf(c,
		"<iq type='set' id='set' to='%s'><query xmlns='" NS_MUC_TEXT
		"#admin'><item %s><reason>why</reason></item></query></iq>",
		room, item);
}

static void b18_strangers_learn_nothing_of_a_closed_room(void **state)
{
	static const char *const lists[] = {
		"affiliation='owner'",	"affiliation='admin'",
		"affiliation='member'", "affiliation='outcast'",
		"role='moderator'",	"role='participant'",
		"role='visitor'",
	};
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct client *eve = x_online(w, "eve@example.org/x");

	(void)state;
	muc_in(cat, OPS, "cat");
	muc_say(cat, OPS, "internal");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ask_list(eve, OPS, lists[i]);
		x_expect(eve, "<forbidden");
		x_expect_no(eve, "<item");
	}
	muc_join(eve, OPS, "eve");
	x_expect(eve, "<registration-required");
	x_expect_no(eve, "internal");
	x_send(eve, "<iq type='get' id='i' to='" OPS "'><query "
		    "xmlns='http://jabber.org/protocol/disco#items'/></iq>");
	x_expect(eve, "<forbidden");
	x_send(eve, "<iq type='get' id='n' to='" OPS "'><query "
		    "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(eve, "muc_membersonly");
	x_expect_no(eve, "roominfo_subject");
	x_expect_no(eve, "roominfo_occupants");
	muc_configure(eve, OPS, "");
	x_expect(eve, "<forbidden");
	x_send(eve, "<iq type='get' id='f' to='" OPS "'>"
		    "<query xmlns='" NS_MUC_TEXT "#owner'/></iq>");
	x_expect(eve, "<forbidden");
	x_send(eve, "<iq type='get' id='v' to='" OPS "/cat'>"
		    "<query xmlns='jabber:iq:version'/></iq>");
	x_expect(eve, "<not-acceptable");
	x_send(eve, "<iq type='set' id='m' to='" OPS "'>"
		    "<query xmlns='urn:xmpp:mam:2' queryid='q'/></iq>");
	x_expect(eve, "type='error'");
	x_send(eve, "<message to='" OPS "/cat' type='chat' id='pm'>"
		    "<body>psst</body></message>");
	x_expect(eve, "<not-acceptable");
	x_expect_no(eve, "cat@example.org");
	x_expect_no(cat, "psst");
	x_world_end(&w);
}

/* An occupant of an open room sees nicknames, its moderators persons. */
static void b18_occupants_are_not_told_who_is_who(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *eve = x_online(w, "eve@example.org/x");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "b");
	muc_say(bob, TALK, "hello");
	muc_join(eve, TALK, "e");
	x_expect(eve, TALK "/b'");
	x_send(eve, "<iq type='get' id='i' to='" TALK "'><query "
		    "xmlns='http://jabber.org/protocol/disco#items'/></iq>");
	muc_say(bob, TALK, "again");
	x_expect(eve, "<body>again</body>");
	x_expect_no(eve, "bob@example.org");
	x_close(bob);
	x_expect(eve, "type='unavailable'");
	x_expect_no(eve, "bob@example.org");
	x_expect(ann, "jid='bob@example.org/desk'");
	x_world_end(&w);
}

static void members_of_an_open_room_see_who_belongs_to_it(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	ask_list(cat, OPS, "affiliation='member'");
	x_expect(cat, "dan@example.org");
	ask_list(cat, OPS, "affiliation='owner'");
	x_expect(cat, "ann@example.org");
	ask_list(cat, OPS, "affiliation='outcast'");
	x_expect(cat, "<forbidden");
	x_world_end(&w);
}

static void configured_standing_holds(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_join(ann, OPS, "ann");
	x_expect(ann, "from='" OPS "/ann'");
	x_expect(ann, "affiliation='owner'");
	x_expect(ann, "code='100'");
	muc_join(bob, OPS, "bob");
	x_expect(bob, "from='" OPS "/bob'");
	x_expect(bob, "affiliation='admin' role='moderator'");
	set_item(ann, OPS, "affiliation='none' jid='dan@example.org'");
	x_expect(ann, "<not-allowed");
	set_item(ann, OPS, "affiliation='outcast' jid='muster@example.org'");
	x_expect(ann, "<not-allowed");
	set_item(ann, OPS, "role='none' nick='muster'");
	x_expect(ann, "<not-allowed");
	muc_configure(ann, OPS,
		      "<field var='muc#roomconfig_membersonly'>"
		      "<value>0</value></field>");
	x_expect(ann, "<not-allowed");
	x_send(ann,
	       "<iq type='set' id='d' to='" OPS "'><query xmlns='" NS_MUC_TEXT
	       "#owner'><destroy/></query></iq>");
	x_expect(ann, "<not-allowed");
	x_world_end(&w);
}

static void a_kick_is_seen_with_307(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	muc_in(cat, TALK, "cat");
	set_item(bob, TALK, "role='none' nick='cat'");
	x_expect(bob, "<forbidden");
	set_item(ann, TALK, "role='none' nick='cat'");
	x_expect(cat, "type='unavailable'");
	x_expect(cat, "role='none'");
	x_expect(cat, "<actor nick='ann'/>");
	x_expect(cat, "<reason>why</reason>");
	x_expect(cat, "code='307'");
	x_expect(cat, "code='110'");
	x_expect(bob, "code='307'");
	x_expect(ann, "type='result' id='set'");
	muc_join(cat, TALK, "cat");
	x_expect(cat, "from='" TALK "/cat'");
	x_expect(cat, "code='110'");
	x_world_end(&w);
}

static void a_ban_is_seen_with_301_and_lasts(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	muc_talk(ann);
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_persistentroom'>"
		      "<value>1</value></field>");
	muc_in(bob, TALK, "bob");
	muc_in(cat, TALK, "cat");
	set_item(bob, TALK, "affiliation='outcast' jid='cat@example.org'");
	x_expect(bob, "<forbidden");
	set_item(ann, TALK, "affiliation='outcast' jid='ann@example.org'");
	x_expect(ann, "type='error'");
	set_item(ann, TALK, "affiliation='outcast' jid='cat@example.org'");
	x_expect(cat, "affiliation='outcast'");
	x_expect(cat, "code='301'");
	x_expect(bob, "code='301'");
	muc_join(cat, TALK, "cat");
	x_expect(cat, "<forbidden");
	ask_list(ann, TALK, "affiliation='outcast'");
	x_expect(ann, "jid='cat@example.org'");
	x_restart(w);
	cat = x_online(w, "cat@example.org/tv");
	muc_join(cat, TALK, "kitty");
	x_expect(cat, "<forbidden");
	x_world_end(&w);
}

static void a_room_keeps_an_owner(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	set_item(ann, TALK, "affiliation='member' jid='ann@example.org'");
	x_expect(ann, "<conflict");
	set_item(ann, TALK, "affiliation='owner' nick='bob'");
	x_expect(bob, "affiliation='owner' role='moderator'");
	set_item(ann, TALK, "affiliation='member' jid='ann@example.org'");
	x_expect(bob, "affiliation='member' role='participant'");
	x_world_end(&w);
}

static void voice_is_given_and_taken_in_a_moderated_room(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_moderatedroom'>"
		      "<value>1</value></field>");
	muc_join(bob, TALK, "bob");
	x_expect(bob, "role='visitor'");
	muc_say(bob, TALK, "hush");
	x_expect(bob, "<forbidden");
	set_item(ann, TALK, "role='participant' nick='bob'");
	x_expect(bob, "role='participant'");
	muc_say(bob, TALK, "aloud");
	x_expect(bob, "<body>aloud</body>");
	x_world_end(&w);
}

static void a_room_that_closes_puts_strangers_out_with_322(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	muc_in(cat, TALK, "cat");
	set_item(ann, TALK, "affiliation='member' jid='bob@example.org'");
	x_forget(bob);
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_membersonly'>"
		      "<value>1</value></field>");
	x_expect(cat, "code='322'");
	x_expect(cat, "code='110'");
	x_expect(bob, "code='322'");
	x_expect_no(bob, "code='110'");
	set_item(ann, TALK, "affiliation='none' jid='bob@example.org'");
	x_expect(bob, "code='321'");
	x_world_end(&w);
}

static void a_password_is_asked_for(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_passwordprotectedroom'>"
		      "<value>1</value></field>");
	x_expect(ann, "<not-acceptable");
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_passwordprotectedroom'>"
		      "<value>1</value></field>"
		      "<field var='muc#roomconfig_roomsecret'>"
		      "<value>cauldron</value></field>");
	muc_join(bob, TALK, "bob");
	x_expect(bob, "<not-authorized");
	x_send(bob, "<presence to='" TALK "/bob'><x xmlns='" NS_MUC_TEXT
		    "'><password>cauldron</password></x></presence>");
	x_expect(bob, "code='110'");
	x_expect_no(ann, "cauldron");
	x_world_end(&w);
}

static void the_form_shows_what_was_set(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	muc_talk(ann);
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_roomname'>"
		      "<value>Tea &amp; talk</value></field>"
		      "<field var='muc#maxhistoryfetch'>"
		      "<value>7</value></field>");
	x_expect(ann, "type='result' id='conf'");
	x_send(ann, "<iq type='get' id='f' to='" TALK "'>"
		    "<query xmlns='" NS_MUC_TEXT "#owner'/></iq>");
	x_expect(ann, "var='FORM_TYPE'");
	x_expect(ann, "<value>http://jabber.org/protocol/muc#roomconfig");
	x_expect(ann, "<value>Tea &amp; talk</value>");
	x_expect(ann, "var='muc#maxhistoryfetch'");
	x_expect(ann, "<value>7</value>");
	muc_configure(ann, TALK,
		      "<field var='muc#maxhistoryfetch'>"
		      "<value>-1</value></field>");
	x_expect(ann, "<not-acceptable");
	x_world_end(&w);
}

static void a_room_that_is_destroyed_says_so_and_is_gone(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_persistentroom'>"
		      "<value>1</value></field>");
	muc_in(bob, TALK, "bob");
	x_send(bob,
	       "<iq type='set' id='d' to='" TALK "'><query xmlns='" NS_MUC_TEXT
	       "#owner'><destroy/></query></iq>");
	x_expect(bob, "<forbidden");
	x_send(ann,
	       "<iq type='set' id='d' to='" TALK "'><query xmlns='" NS_MUC_TEXT
	       "#owner'><destroy jid='new@rooms.example.org'>"
	       "<reason>moved</reason></destroy></query></iq>");
	x_expect(bob, "type='unavailable'");
	x_expect(bob, "affiliation='none' role='none'");
	x_expect(bob, "<destroy jid='new@rooms.example.org'>"
		      "<reason>moved</reason></destroy>");
	x_expect(ann, "type='result' id='d'");
	x_restart(w);
	bob = x_online(w, "bob@example.org/desk");
	x_send(bob, "<iq type='get' id='n' to='" TALK "'><query "
		    "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(bob, "<item-not-found");
	x_world_end(&w);
}

static void a_room_nobody_configured_is_not_made(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_join(ann, TALK, "ann");
	x_expect(ann, "code='201'");
	x_send(ann, "<iq type='set' id='c' to='" TALK
		    "'><query xmlns='" NS_MUC_TEXT "#owner'>"
		    "<x xmlns='jabber:x:data' type='cancel'/></query></iq>");
	x_expect(ann, "type='unavailable'");
	x_expect(ann, "type='result' id='c'");
	muc_join(bob, TALK, "bob");
	x_expect(bob, "code='201'");
	x_world_end(&w);
}

static void an_invitation_through_the_room_opens_it(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct client *eve = x_online(w, "eve@example.org/x");
	static const char *const invite =
		"<message to='" OPS "'><x xmlns='" NS_MUC_TEXT "#user'>"
		"<invite to='eve@example.org'><reason>help</reason></invite>"
		"</x></message>";

	(void)state;
	x_send(bob, invite);
	x_expect(bob, "<forbidden");
	muc_in(cat, OPS, "cat");
	x_send(cat, invite);
	x_expect(cat, "<forbidden");
	x_expect_nothing(eve);
	muc_in(bob, OPS, "bob");
	x_send(bob, invite);
	x_expect(eve, "from='" OPS "'");
	x_expect(eve, "<invite from='bob@example.org'");
	x_expect(eve, "<reason>help</reason>");
	x_expect(eve, "<x xmlns='jabber:x:conference' jid='" OPS "'/>");
	x_send(eve, "<message to='" OPS "'><x xmlns='" NS_MUC_TEXT "#user'>"
		    "<decline to='bob@example.org'><reason>busy</reason>"
		    "</decline></x></message>");
	x_expect(bob, "<decline from='eve@example.org'");
	muc_join(eve, OPS, "eve");
	x_expect(eve, "affiliation='member'");
	x_world_end(&w);
}

static void a_direct_invitation_passes_untouched(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	x_send(bob, "<message to='cat@example.org'>"
		    "<x xmlns='jabber:x:conference' jid='" OPS "'/></message>");
	x_expect(cat, "from='bob@example.org/desk'");
	x_expect(cat, "<x xmlns='jabber:x:conference' jid='" OPS "'/>");
	x_world_end(&w);
}

static void the_service_lists_public_rooms(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *eve = x_online(w, "eve@example.org/x");
	static const char *const items =
		"<iq type='get' id='i' to='rooms.example.org'><query "
		"xmlns='http://jabber.org/protocol/disco#items'/></iq>";

	(void)state;
	x_send(eve, "<iq type='get' id='h' to='example.org'><query "
		    "xmlns='http://jabber.org/protocol/disco#items'/></iq>");
	x_expect(eve, "jid='rooms.example.org'");
	x_send(eve, "<iq type='get' id='s' to='rooms.example.org'><query "
		    "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(eve, "category='conference' type='text'");
	x_expect(eve, "var='http://jabber.org/protocol/muc'");
	muc_talk(ann);
	x_send(eve, items);
	x_expect(eve, "jid='" TALK "'");
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_publicroom'>"
		      "<value>0</value></field>");
	x_forget(eve);
	x_send(eve, items);
	x_expect_no(eve, TALK);
	x_send(eve, items);
	x_expect(eve, "jid='" OPS "' name='Operations'");
	x_send(eve, "<iq type='get' id='r' to='" OPS "'><query "
		    "node='x-roomuser-item' "
		    "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(eve, "type='result' id='r'");
	x_expect_no(eve, "<identity");
	x_world_end(&w);
}

static void several_changes_are_done_together_or_not_at_all(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	muc_talk(ann);
	x_send(ann, "<iq type='set' id='set' to='" TALK
		    "'><query xmlns='" NS_MUC_TEXT "#admin'>"
		    "<item affiliation='member' jid='cat@example.org'/>"
		    "<item affiliation='emperor' jid='dan@example.org'/>"
		    "</query></iq>");
	x_expect(ann, "<bad-request");
	ask_list(ann, TALK, "affiliation='member'");
	x_expect_no(ann, "cat@example.org");
	x_send(ann, "<iq type='set' id='set' to='" TALK
		    "'><query xmlns='" NS_MUC_TEXT "#admin'>"
		    "<item affiliation='member' jid='cat@example.org'/>"
		    "<item affiliation='admin' jid='dan@example.org'/>"
		    "</query></iq>");
	x_expect(ann, "type='result' id='set'");
	ask_list(ann, TALK, "affiliation='admin'");
	x_expect(ann, "jid='dan@example.org'");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b18_strangers_learn_nothing_of_a_closed_room),
		cmocka_unit_test(b18_occupants_are_not_told_who_is_who),
		cmocka_unit_test(members_of_an_open_room_see_who_belongs_to_it),
		cmocka_unit_test(configured_standing_holds),
		cmocka_unit_test(a_kick_is_seen_with_307),
		cmocka_unit_test(a_ban_is_seen_with_301_and_lasts),
		cmocka_unit_test(a_room_keeps_an_owner),
		cmocka_unit_test(voice_is_given_and_taken_in_a_moderated_room),
		cmocka_unit_test(
			a_room_that_closes_puts_strangers_out_with_322),
		cmocka_unit_test(a_password_is_asked_for),
		cmocka_unit_test(the_form_shows_what_was_set),
		cmocka_unit_test(a_room_that_is_destroyed_says_so_and_is_gone),
		cmocka_unit_test(a_room_nobody_configured_is_not_made),
		cmocka_unit_test(an_invitation_through_the_room_opens_it),
		cmocka_unit_test(a_direct_invitation_passes_untouched),
		cmocka_unit_test(the_service_lists_public_rooms),
		cmocka_unit_test(
			several_changes_are_done_together_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
