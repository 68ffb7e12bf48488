/* SPDX-License-Identifier: MIT */
/* test_muc.c - rooms: entering, talking, leaving (XEP-0045 section 7) */
#include "tests/unit/xmpp/muc.h"

static void first_in_makes_a_room_that_is_locked(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_join(ann, TALK, "ann");
	x_expect(ann, "from='talk@rooms.example.org/ann'");
	x_expect(ann, "affiliation='owner'");
	x_expect(ann, "role='moderator'");
	x_expect(ann, "code='110'");
	x_expect(ann, "code='201'");
	x_expect(ann, "<subject");
	muc_join(bob, TALK, "bob");
	x_expect(bob, "type='error'");
	x_expect(bob, "item-not-found");
	muc_configure(ann, TALK, "");
	x_expect(ann, "type='result'");
	muc_join(bob, TALK, "bob");
	x_expect(bob, "code='110'");
	x_world_end(&w);
}

static void newcomer_sees_others_then_itself_then_subject(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_say(ann, TALK, "early");
	x_forget(ann);
	muc_join(bob, TALK, "bob");
	x_expect(bob, "from='talk@rooms.example.org/ann'");
	x_expect(bob, "from='talk@rooms.example.org/bob'");
	x_expect(bob, "code='110'");
	x_expect(bob, "<body>early</body>");
	x_expect(bob, "<delay xmlns='urn:xmpp:delay' "
		      "from='talk@rooms.example.org'");
	x_expect(bob, "<subject");
	x_expect(bob, "</message>");
	x_expect_nothing(bob);
	x_expect(ann, "from='talk@rooms.example.org/bob'");
	x_expect(ann, "jid='bob@example.org/desk'");
	x_expect_no(ann, "code='110'");
	x_world_end(&w);
}

static void
real_addresses_are_for_moderators_unless_the_room_is_open(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	muc_join(cat, TALK, "cat");
	x_expect(ann, "jid='cat@example.org/tv'");
	x_expect(bob, "from='talk@rooms.example.org/cat'");
	x_expect_no(bob, "cat@example.org");
	x_expect_no(cat, "code='100'");
	x_expect_no(cat, "bob@example.org");
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_whois'>"
		      "<value>anyone</value></field>");
	x_expect(bob, "code='104'");
	x_expect(bob, "code='172'");
	x_send(cat, "<presence to='talk@rooms.example.org/cat'>"
		    "<show>away</show></presence>");
	x_expect(bob, "jid='cat@example.org/tv'");
	x_world_end(&w);
}

static void a_message_reaches_all_with_the_rooms_id(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	muc_say(bob, TALK, "hello");
	x_expect(ann, "to='ann@example.org/phone'");
	x_expect(ann, "<body>hello</body>");
	x_expect(ann, "<stanza-id");
	x_expect(ann, "by='talk@rooms.example.org'");
	x_expect(bob, "from='talk@rooms.example.org/bob'");
	x_expect(bob, "<body>hello</body>");
	x_world_end(&w);
}

static void who_is_not_in_may_not_speak(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_say(bob, TALK, "hello");
	x_expect(bob, "<not-acceptable");
	x_expect_nothing(ann);
	muc_say(bob, "nowhere@rooms.example.org", "hello");
	x_expect(bob, "<item-not-found");
	x_world_end(&w);
}

static void b08_forged_ids_are_replaced_by_genuine_ones(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	const char *text;
	unsigned ids = 0;

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	x_send(bob,
	       "<message to='" TALK "' type='groupchat'>"
	       "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged1'/>"
	       "<body>B08</body>"
	       "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged2'/>"
	       "<stanza-id xmlns='urn:xmpp:sid:0' id='forged3' by='" TALK "'/>"
	       "<stanza-id xmlns='urn:xmpp:sid:0' id='forged4' by='" TALK "'/>"
	       "<x xmlns='" NS_MUC_TEXT "#user'><status code='110'/></x>"
	       "<delay xmlns='urn:xmpp:delay' from='" TALK "' "
	       "stamp='2002-09-10T23:08:25Z'/>"
	       "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged5'/>"
	       "</message>");
	text = x_text(ann);
	for (const char *at = text; (at = strstr(at, "<occupant-id")) != NULL;
	     at++)
		ids++;
	assert_int_equal(ids, 1);
	x_expect_no(ann, "id='forged");
	x_expect_no(ann, "code='110'");
	x_expect_no(ann, "<delay");
	x_expect(ann, "<body>B08</body>");
	x_expect(ann, "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='");
	x_expect(ann, "<stanza-id");
	x_forget(ann);
	/* Nor in presence, whether one comes or changes. */
	x_send(bob, "<presence to='" TALK "/bob'><show>away</show>"
		    "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged6'/>"
		    "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged7'/>"
		    "</presence>");
	x_expect(ann, "<show>away</show>");
	x_expect_no(ann, "forged");
	x_world_end(&w);
}

/* The id of the first occupant-id unread, in out. */
static void occupant_id_of(struct client *c, char out[65])
{
	x_expect(c, "urn:xmpp:occupant-id:0' id='");
	memcpy(out, x_text(c), 64);
	out[64] = '\0';
}

static void occupant_ids_are_stable_over_restart_and_nick(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	char before[65], after[65], other[65];

	(void)state;
	muc_in(cat, OPS, "cat");
	muc_say(cat, OPS, "one");
	occupant_id_of(cat, before);
	x_close(cat);
	x_restart(w);
	cat = x_online(w, "cat@example.org/radio");
	muc_in(cat, OPS, "tiger");
	muc_say(cat, OPS, "two");
	occupant_id_of(cat, after);
	assert_string_equal(before, after);
	muc_talk(cat);
	muc_say(cat, TALK, "three");
	occupant_id_of(cat, other);
	assert_string_not_equal(before, other);
	x_world_end(&w);
}

static void a_nick_is_one_persons_however_it_is_written(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_join(bob, TALK, "ANN");
	x_expect(bob, "<conflict");
	muc_join(bob, TALK, "Muster");
	x_expect(bob, "<conflict");
	x_expect_nothing(ann);
	x_send(bob, "<presence to='" TALK "'><x xmlns='" NS_MUC_TEXT
		    "'/></presence>");
	x_expect(bob, "<jid-malformed");
	x_world_end(&w);
}

static void two_clients_of_a_person_share_a_nick(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *bob2 = x_online(w, "bob@example.org/train");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	muc_in(bob2, TALK, "bob");
	muc_say(ann, TALK, "both");
	x_expect(bob, "<body>both</body>");
	x_expect(bob2, "<body>both</body>");
	x_forget(ann);
	x_send(bob, "<presence type='unavailable' to='" TALK "/bob'/>");
	x_expect(bob, "type='unavailable'");
	x_expect(bob, "</presence>");
	x_expect(ann, "jid='bob@example.org/train'");
	x_expect_no(ann, "unavailable");
	muc_say(ann, TALK, "one");
	x_expect(bob2, "<body>one</body>");
	x_expect_nothing(bob);
	x_world_end(&w);
}

static void a_nick_is_changed_before_everybody(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	x_send(bob, "<presence to='" TALK "/ann'/>");
	x_expect(bob, "<conflict");
	x_expect_nothing(ann);
	x_send(bob, "<presence to='" TALK "/rob'/>");
	x_expect(ann, "type='unavailable'");
	x_expect(ann, "nick='rob'");
	x_expect(ann, "code='303'");
	x_expect(ann, "from='talk@rooms.example.org/rob'");
	x_expect(bob, "code='303'");
	x_expect(bob, "code='110'");
	x_expect(bob, "from='talk@rooms.example.org/rob'");
	x_expect(bob, "code='110'");
	muc_say(bob, TALK, "me");
	x_expect(ann, "from='talk@rooms.example.org/rob'");
	x_world_end(&w);
}

static void who_leaves_is_seen_leaving_with_its_words(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	x_send(bob, "<presence type='unavailable' to='" TALK "/bob'>"
		    "<status>tea</status></presence>");
	x_expect(bob, "type='unavailable'");
	x_expect(bob, "code='110'/></x></presence>");
	x_expect(ann, "type='unavailable'");
	x_expect(ann, "<status>tea</status>");
	x_expect(ann, "role='none'");
	muc_say(ann, TALK, "gone");
	x_expect_nothing(bob);
	x_world_end(&w);
}

static void who_goes_offline_leaves(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	muc_in(cat, TALK, "cat");
	x_send(bob, "<presence type='unavailable'/>");
	x_expect(ann, "from='talk@rooms.example.org/bob'");
	x_expect(ann, "role='none'");
	x_cut(cat);
	x_expect(ann, "from='talk@rooms.example.org/cat'");
	x_expect(ann, "role='none'");
	x_world_end(&w);
}

static void a_cut_stream_that_may_resume_stays_in(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	x_send(bob, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
	x_expect(bob, "<enabled");
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	x_cut(bob);
	muc_say(ann, TALK, "still");
	x_forget(ann);
	muc_pass(ann, 60);
	x_expect_no(ann, "unavailable");
	muc_pass(ann, 600);
	x_expect(ann, "from='talk@rooms.example.org/bob'");
	x_expect(ann, "role='none'");
	x_world_end(&w);
}

static void an_unconfigured_room_ends_with_its_last_occupant(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	muc_talk(ann);
	x_send(ann, "<presence type='unavailable' to='" TALK "/ann'/>");
	x_forget(ann);
	x_send(ann, "<iq type='get' id='d' to='" TALK "'><query "
		    "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	x_expect(ann, "<item-not-found");
	x_world_end(&w);
}

static void entering_again_tells_everything_again(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_say(ann, TALK, "old");
	muc_in(bob, TALK, "bob");
	muc_join(bob, TALK, "bob");
	x_expect(bob, "from='talk@rooms.example.org/ann'");
	x_expect(bob, "code='110'");
	x_expect(bob, "<body>old</body>");
	x_expect(bob, "<subject");
	x_world_end(&w);
}

static void presence_without_entering_is_refused(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	x_send(bob, "<presence to='" TALK "/bob'/>");
	x_expect(bob, "<not-acceptable");
	x_expect_nothing(ann);
	x_world_end(&w);
}

static void history_is_as_the_newcomer_wishes(void **state)
{
	static const struct {
		const char *wish;
		const char *first; /* NULL: none */
	} cases[] = {
		{ "maxstanzas='0'", NULL },
		{ "maxchars='0'", NULL },
		{ "maxstanzas='1'", "<body>c</body>" },
		{ "maxstanzas='2'", "<body>b</body>" },
		{ "seconds='90'", "<body>b</body>" },
		{ "since='2026-01-01T00:01:30Z'", "<body>c</body>" },
		{ "", "<body>a</body>" },
	};
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob;
	const char *text;

	(void)state;
	muc_talk(ann);
	muc_say(ann, TALK, "a");
	muc_pass(ann, 60);
	muc_say(ann, TALK, "b");
	muc_pass(ann, 60);
	muc_say(ann, TALK, "c");
	bob = x_online(w, "bob@example.org/desk");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		x_sendf(bob,
			"<presence to='" TALK "/bob'><x xmlns='" NS_MUC_TEXT
			"'><history %s/></x></presence>",
			cases[i].wish);
		text = strstr(x_text(bob), "<body>");
		if (cases[i].first == NULL) {
			assert_null(text);
		} else {
			assert_non_null(text);
			assert_memory_equal(text, cases[i].first,
					    strlen(cases[i].first));
		}
		x_send(bob, "<presence type='unavailable' to='" TALK "/bob'/>");
		x_forget(bob);
	}
	x_world_end(&w);
}

static void rooms_and_history_survive_a_restart(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob;

	(void)state;
	muc_talk(ann);
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_persistentroom'>"
		      "<value>1</value></field>"
		      "<field var='muc#roomconfig_roomname'>"
		      "<value>Talk</value></field>");
	x_expect(ann, "id='conf'");
	muc_say(ann, TALK, "kept");
	x_send(ann, "<message type='groupchat' to='" TALK "'>"
		    "<subject>about</subject></message>");
	x_close(ann);
	x_restart(w);
	bob = x_online(w, "bob@example.org/desk");
	muc_join(bob, TALK, "bob");
	x_expect(bob, "code='110'");
	x_expect(bob, "from='talk@rooms.example.org/ann'");
	x_expect(bob, "<body>kept</body>");
	x_expect(bob, "<delay");
	x_expect(bob, "<subject>about</subject>");
	muc_configure(bob, TALK, "");
	x_expect(bob, "<forbidden");
	x_world_end(&w);
}

/* It ends with its last occupant, which a restart does not make leave. */
static void a_temporary_room_outlives_a_restart(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	muc_talk(ann);
	muc_configure(ann, TALK, "");
	x_expect(ann, "id='conf'");
	muc_say(ann, TALK, "kept");
	x_restart(w);
	ann = x_online(w, "ann@example.org/phone");
	muc_join(ann, TALK, "ann");
	x_expect(ann, "<body>kept</body>");
	x_restart(w);
	x_pass(w, 11 * WHEN_MINUTE); /* nobody comes back */
	ann = x_online(w, "ann@example.org/phone");
	muc_join(ann, TALK, "ann");
	x_expect(ann, "code='201'");
	x_world_end(&w);
}

static void a_whisper_is_for_one(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	muc_in(cat, TALK, "cat");
	x_send(bob, "<message type='chat' to='" TALK "/cat'>"
		    "<body>psst</body></message>");
	x_expect(cat, "from='talk@rooms.example.org/bob'");
	x_expect(cat, "<body>psst</body>");
	x_expect(cat, "<x xmlns='" NS_MUC_TEXT "#user'/>");
	x_expect_nothing(ann);
	x_send(bob, "<message type='chat' to='" TALK "/nobody'>"
		    "<body>psst</body></message>");
	x_expect(bob, "<item-not-found");
	x_send(bob, "<message type='groupchat' to='" TALK "/cat'>"
		    "<body>psst</body></message>");
	x_expect(bob, "<bad-request");
	x_world_end(&w);
}

static void the_subject_is_moderators_unless_the_room_says_other(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	x_send(bob, "<message type='groupchat' to='" TALK "'>"
		    "<subject>mine</subject></message>");
	x_expect(bob, "<forbidden");
	x_send(ann, "<message type='groupchat' to='" TALK "'>"
		    "<subject>hers</subject></message>");
	x_expect(bob, "from='talk@rooms.example.org/ann'");
	x_expect(bob, "<subject>hers</subject>");
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_changesubject'>"
		      "<value>1</value></field>");
	x_forget(ann);
	x_send(bob, "<message type='groupchat' to='" TALK "'>"
		    "<subject>mine</subject></message>");
	x_expect(ann, "<subject>mine</subject>");
	x_world_end(&w);
}

static void a_ping_to_oneself_says_whether_one_is_in(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	x_send(bob, "<iq type='get' id='p1' to='" TALK "/bob'>"
		    "<ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(bob, "<not-acceptable");
	muc_in(bob, TALK, "bob");
	x_send(bob, "<iq type='get' id='p2' to='" TALK "/bob'>"
		    "<ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(bob, "type='result' id='p2'");
	x_send(bob, "<iq type='get' id='p3' to='" TALK "/nobody'>"
		    "<ping xmlns='urn:xmpp:ping'/></iq>");
	x_expect(bob, "<item-not-found");
	x_world_end(&w);
}

static void an_iq_to_an_occupant_goes_to_its_client_and_back(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *bob2 = x_online(w, "bob@example.org/train");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	muc_in(bob2, TALK, "bob");
	x_send(bob, "<iq type='get' id='v1' to='" TALK "/ann'>"
		    "<query xmlns='jabber:iq:version'/></iq>");
	x_expect(ann, "from='talk@rooms.example.org/bob'");
	x_expect_no(ann, "bob@example.org");
	x_send(ann, "<iq type='result' id='m2-v1' to='" TALK "/bob'>"
		    "<query xmlns='jabber:iq:version'/></iq>");
	x_expect(bob, "id='v1'");
	x_expect_no(bob, "ann@example.org");
	x_expect_nothing(bob2);
	x_world_end(&w);
}

static void too_many_messages_at_once_are_refused(void **state)
{
	struct world *w = x_world("  muc: { rate: 1 }\n");
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	muc_talk(ann);
	for (int i = 0; i < 5; i++)
		muc_say(ann, TALK, "x");
	x_expect_no(ann, "type='error'");
	muc_say(ann, TALK, "x");
	x_expect(ann, "<resource-constraint");
	x_pass(w, 1000);
	muc_say(ann, TALK, "again");
	x_expect(ann, "<body>again</body>");
	x_expect_no(ann, "type='error'");
	x_world_end(&w);
}

static void a_message_over_the_limit_is_refused(void **state)
{
	struct world *w = x_world("  muc: { message_max: 2000 }\n");
	struct client *ann = x_online(w, "ann@example.org/phone");
	char body[2001];

	(void)state;
	memset(body, 'a', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	muc_talk(ann);
	muc_say(ann, TALK, body);
	x_expect(ann, "<policy-violation");
	x_expect_no(ann, "from='talk@rooms.example.org/ann'");
	assert_int_equal(x_limit(w, "room_message"), 1);
	x_world_end(&w);
}

static void a_full_room_admits_admins_only(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *ann2 = x_online(w, "ann@example.org/tv");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_configure(ann, TALK,
		      "<field var='muc#roomconfig_maxusers'>"
		      "<value>1</value></field>");
	muc_join(bob, TALK, "bob");
	x_expect(bob, "<service-unavailable");
	assert_int_equal(x_limit(w, "room_users"), 1);
	muc_join(ann2, TALK, "ann");
	x_expect(ann2, "code='110'");
	assert_int_equal(x_limit(w, "room_users"), 1);
	x_world_end(&w);
}

static void changes_of_presence_are_told_ten_at_once_at_most(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *bob = x_online(w, "bob@example.org/desk");

	(void)state;
	muc_talk(ann);
	muc_in(bob, TALK, "bob");
	for (int i = 0; i < 10; i++)
		x_send(bob, "<presence to='" TALK "/bob'/>");
	x_forget(ann);
	x_send(bob, "<presence to='" TALK "/robert'/>");
	x_expect(bob, "<resource-constraint");
	x_expect_nothing(ann);
	x_pass(w, 2000);
	x_send(bob, "<presence to='" TALK "/robert'/>");
	x_expect(ann, "code='303'");
	x_world_end(&w);
}

static void there_is_a_limit_of_rooms(void **state)
{
	struct world *w = x_world("  muc: { most: 1 }\n");
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	muc_talk(ann);
	muc_join(ann, "more@rooms.example.org", "ann");
	x_expect(ann, "<resource-constraint");
	assert_int_equal(x_limit(w, "rooms"), 1);
	x_world_end(&w);
}

static void rooms_may_be_the_administrators_alone(void **state)
{
	struct world *w = x_world("  muc: { create: none }\n");
	struct client *ann = x_online(w, "ann@example.org/phone");

	(void)state;
	muc_join(ann, TALK, "ann");
	x_expect(ann, "<item-not-found");
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_in_makes_a_room_that_is_locked),
		cmocka_unit_test(newcomer_sees_others_then_itself_then_subject),
		cmocka_unit_test(
			real_addresses_are_for_moderators_unless_the_room_is_open),
		cmocka_unit_test(a_message_reaches_all_with_the_rooms_id),
		cmocka_unit_test(who_is_not_in_may_not_speak),
		cmocka_unit_test(b08_forged_ids_are_replaced_by_genuine_ones),
		cmocka_unit_test(occupant_ids_are_stable_over_restart_and_nick),
		cmocka_unit_test(a_nick_is_one_persons_however_it_is_written),
		cmocka_unit_test(two_clients_of_a_person_share_a_nick),
		cmocka_unit_test(a_nick_is_changed_before_everybody),
		cmocka_unit_test(who_leaves_is_seen_leaving_with_its_words),
		cmocka_unit_test(who_goes_offline_leaves),
		cmocka_unit_test(a_cut_stream_that_may_resume_stays_in),
		cmocka_unit_test(
			an_unconfigured_room_ends_with_its_last_occupant),
		cmocka_unit_test(entering_again_tells_everything_again),
		cmocka_unit_test(presence_without_entering_is_refused),
		cmocka_unit_test(history_is_as_the_newcomer_wishes),
		cmocka_unit_test(rooms_and_history_survive_a_restart),
		cmocka_unit_test(a_temporary_room_outlives_a_restart),
		cmocka_unit_test(a_whisper_is_for_one),
		cmocka_unit_test(
			the_subject_is_moderators_unless_the_room_says_other),
		cmocka_unit_test(a_ping_to_oneself_says_whether_one_is_in),
		cmocka_unit_test(
			an_iq_to_an_occupant_goes_to_its_client_and_back),
		cmocka_unit_test(too_many_messages_at_once_are_refused),
		cmocka_unit_test(a_message_over_the_limit_is_refused),
		cmocka_unit_test(a_full_room_admits_admins_only),
		cmocka_unit_test(
			changes_of_presence_are_told_ten_at_once_at_most),
		cmocka_unit_test(there_is_a_limit_of_rooms),
		cmocka_unit_test(rooms_may_be_the_administrators_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
