/* SPDX-License-Identifier: MIT */
/* test_muc_seam.c - Muster's bot in rooms: what it posts, what it hears */
#include "tests/unit/xmpp/muc.h"

struct answer {
	unsigned count;
	enum gw_err e;
};

static void answered(void *arg, enum gw_err e)
{
	struct answer *a = arg;

	a->count++;
	a->e = e;
}

static void post(struct world *w, const struct seam_post *p, struct answer *a)
{
	struct seam_messenger m = xmpp_messenger(w->x);

	*a = (struct answer){ .count = 0 };
	m.post(m.self, p, answered, a);
}

static const struct seam_post card = { .room = { OPS, sizeof(OPS) - 1 },
				       .id = { "case-17-1", 9 },
				       .thread = { "case-17", 7 },
				       .body = { "disk full", 9 },
				       .replace = { "", 0 } };

static void a_post_is_seen_and_answered_after_its_commit(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct answer a;

	(void)state;
	muc_in(cat, OPS, "cat");
	post(w, &card, &a);
	assert_int_equal(a.count, 0);
	x_pass(w, 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.e, GW_OK);
	x_expect(cat, "id='case-17-1'");
	x_expect(cat, "<body>disk full</body>");
	x_expect(cat, "<thread>case-17</thread>");
	x_expect(cat, "<origin-id xmlns='urn:xmpp:sid:0' id='case-17-1'/>");
	x_expect_no(cat, "<replace");
	x_world_end(&w);
}

static void a_repeated_post_is_recognised_even_after_a_restart(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat;
	struct answer a;

	(void)state;
	post(w, &card, &a);
	x_pass(w, 0);
	post(w, &card, &a);
	x_pass(w, 0);
	assert_int_equal(a.e, GW_OK);
	x_restart(w);
	post(w, &card, &a);
	x_pass(w, 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.e, GW_OK);
	cat = x_online(w, "cat@example.org/tv");
	muc_join(cat, OPS, "cat");
	x_expect(cat, "<body>disk full</body>");
	x_expect_no(cat, "<body>disk full</body>");
	x_world_end(&w);
}

static void a_correction_names_what_it_replaces(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct seam_post second = card;
	struct answer a;

	(void)state;
	muc_in(cat, OPS, "cat");
	second.id = STR("case-17-2");
	second.replace = STR("case-17-1");
	post(w, &second, &a);
	x_pass(w, 0);
	x_expect(cat, "<replace xmlns='urn:xmpp:message-correct:0' "
		      "id='case-17-1'/>");
	x_world_end(&w);
}

static void the_bot_is_there_before_and_after_a_restart_unchanged(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	char before[65];

	(void)state;
	muc_join(cat, OPS, "cat");
	x_expect(cat, "from='ops@rooms.example.org/muster'");
	x_expect(cat, "urn:xmpp:occupant-id:0' id='");
	memcpy(before, x_text(cat), 64);
	before[64] = '\0';
	x_expect(cat, "affiliation='owner'");
	x_close(cat);
	x_restart(w);
	cat = x_online(w, "cat@example.org/tv");
	muc_join(cat, OPS, "cat");
	x_expect(cat, "from='ops@rooms.example.org/muster'");
	x_expect(cat, before);
	x_world_end(&w);
}

static void a_room_that_is_not_there_is_made_closed_and_lasting(void **state)
{
	struct world *w = x_world(NULL);
	struct client *eve = x_online(w, "eve@example.org/x");
	struct seam_post p = card;
	struct answer a;

	(void)state;
	p.room = STR("new@rooms.example.org");
	post(w, &p, &a);
	x_pass(w, 0);
	assert_int_equal(a.e, GW_OK);
	muc_join(eve, "new@rooms.example.org", "eve");
	x_expect(eve, "<registration-required");
	x_restart(w);
	eve = x_online(w, "eve@example.org/y");
	muc_join(eve, "new@rooms.example.org", "eve");
	x_expect(eve, "<registration-required");
	p.room = STR("room@elsewhere.example");
	post(w, &p, &a);
	assert_int_equal(a.e, GW_NOT_FOUND);
	x_world_end(&w);
}

static void the_desk_hears_what_persons_say(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct answer a;

	(void)state;
	muc_in(cat, OPS, "whoever");
	muc_say(cat, OPS, "take 17");
	assert_string_equal((const char *)w->heard.data,
			    "cat@example.org|" OPS "|take 17\n");
	buf_reset(&w->heard);
	post(w, &card, &a);
	x_pass(w, 0);
	assert_int_equal(w->heard.len, 0);
	muc_talk(ann);
	muc_say(ann, TALK, "take 17");
	assert_int_equal(w->heard.len, 0);
	x_send(cat, "<message type='chat' to='" OPS "/muster'>"
		    "<body>list</body></message>");
	assert_string_equal((const char *)w->heard.data,
			    "cat@example.org||list\n");
	x_world_end(&w);
}

static void the_bot_sets_the_subject(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct seam_messenger m = xmpp_messenger(w->x);

	(void)state;
	muc_in(cat, OPS, "cat");
	m.subject(m.self, STR(OPS), STR("2 open"));
	x_expect(cat, "from='ops@rooms.example.org/muster'");
	x_expect(cat, "<subject>2 open</subject></message>");
	m.subject(m.self, STR(OPS), STR("2 open"));
	x_expect_nothing(cat);
	x_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_post_is_seen_and_answered_after_its_commit),
		cmocka_unit_test(
			a_repeated_post_is_recognised_even_after_a_restart),
		cmocka_unit_test(a_correction_names_what_it_replaces),
		cmocka_unit_test(
			the_bot_is_there_before_and_after_a_restart_unchanged),
		cmocka_unit_test(
			a_room_that_is_not_there_is_made_closed_and_lasting),
		cmocka_unit_test(the_desk_hears_what_persons_say),
		cmocka_unit_test(the_bot_sets_the_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
