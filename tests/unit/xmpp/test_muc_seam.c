/* SPDX-License-Identifier: MIT */
/* test_muc_seam.c - Muster's bot in rooms: what it posts, what it hears */
#include "gateway/store/sql.h"
#include "gateway/store/xmpp/muc.h"
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

static const char *const duty_yaml =
	"pools:\n"
	"  duty@example.org:\n"
	"    members: [cat@example.org, dan@example.org]\n"
	"    leads: [bob@example.org]\n"
	"    room: duty@rooms.example.org\n";

static const char *const duty_without_cat =
	"pools:\n"
	"  duty@example.org:\n"
	"    members: [dan@example.org]\n"
	"    leads: [bob@example.org]\n"
	"    room: duty@rooms.example.org\n";

static void a_pools_room_is_its_members_room(void **state)
{
	static const char room[] = "duty@rooms.example.org";
	struct world *w = x_world(duty_yaml);
	struct client *bob = x_online(w, "bob@example.org/desk");
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct client *eve = x_online(w, "eve@example.org/x");

	(void)state;
	muc_join(eve, room, "eve");
	x_expect(eve, "<registration-required");
	muc_join(cat, room, "cat");
	x_expect(cat, "from='duty@rooms.example.org/cat'");
	x_expect(cat, "affiliation='member' role='participant'");
	muc_join(bob, room, "bob");
	x_expect(bob, "from='duty@rooms.example.org/bob'");
	x_expect(bob, "affiliation='admin' role='moderator'");
	x_reload(w, duty_without_cat);
	x_pass(w, 60 * 1000);
	x_expect(cat, "type='unavailable'");
	x_expect(cat, "code='321'");
	x_expect(bob, "from='duty@rooms.example.org/cat'");
	x_expect(bob, "code='321'");
	muc_join(cat, room, "cat");
	x_expect(cat, "<registration-required");
	x_world_end(&w);
}

static void a_room_may_name_a_pool_as_its_members(void **state)
{
	static const char *const yaml =
		"  muc: { rooms: { ops@rooms.example.org: "
		"{ members: [duty@example.org], owners: [ann@example.org] } } "
		"}\n"
		"pools: { duty@example.org: { members: [cat@example.org] } }\n";
	struct world *w = x_world(yaml);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct client *dan = x_online(w, "dan@example.org/x");

	(void)state;
	muc_join(cat, OPS, "cat");
	x_expect(cat, "affiliation='member'");
	muc_join(dan, OPS, "dan");
	x_expect(dan, "<registration-required");
	x_send(ann,
	       "<iq type='get' id='l' to='" OPS "'><query xmlns='" NS_MUC_TEXT
	       "#admin'><item affiliation='member'/></query>"
	       "</iq>");
	x_expect(ann, "jid='cat@example.org'");
	x_world_end(&w);
}

struct pages {
	struct store_req req;
	bool full;
};

static enum gw_err apply_pages(struct store_req *r, struct store_db *db)
{
	struct pages *p = (struct pages *)(void *)r;
	struct sql_stmt *q =
		p->full ? sql(db, "PRAGMA max_page_count = 1")
			: sql(db, "PRAGMA max_page_count = 1000000");
	enum gw_err e = sql_row(q);

	return sql_end(q, e);
}

/* A full disk: nothing that needs a page more is stored. */
static void disk_full(struct world *w, bool full)
{
	struct pages p = { .req = { .apply = apply_pages }, .full = full };

	assert_int_equal(store_now(w->store, &p.req), GW_OK);
	x_pass(w, 2000); /* a store that failed tries itself each second */
}

#define LONG_TEXT 20000

static void long_text(char out[LONG_TEXT + 1])
{
	memset(out, 'a', LONG_TEXT);
	out[LONG_TEXT] = '\0';
}

static void a_post_that_is_not_stored_is_not_seen(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct seam_post p = card;
	char text[LONG_TEXT + 1];
	struct answer a;

	(void)state;
	long_text(text);
	p.body = str_of(text);
	muc_in(cat, OPS, "cat");
	disk_full(w, true);
	post(w, &p, &a);
	x_pass(w, 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.e, GW_UNAVAIL);
	x_expect_nothing(cat);
	disk_full(w, false);
	post(w, &p, &a);
	x_pass(w, 0);
	assert_int_equal(a.e, GW_OK);
	x_expect(cat, "<body>aaa");
	x_world_end(&w);
}

static void what_was_heard_but_not_stored_is_said_to_its_sender(void **state)
{
	struct world *w = x_world(muc_yaml);
	struct client *cat = x_online(w, "cat@example.org/tv");
	struct client *dan = x_online(w, "dan@example.org/x");
	char text[LONG_TEXT + 1];

	(void)state;
	long_text(text);
	muc_in(cat, OPS, "cat");
	disk_full(w, true);
	muc_say(cat, OPS, text);
	x_expect(cat, "<body>aaa");
	x_expect(cat, "type='error'");
	x_expect(cat, "<resource-constraint");
	disk_full(w, false);
	muc_join(dan, OPS, "dan");
	x_expect(dan, "<subject");
	x_expect_no(dan, "<body>");
	x_world_end(&w);
}

/* Somebody of a server we cannot reach: what we send comes back at once. */
static void a_ghost_leaves_with_the_first_error(void **state)
{
	struct world *w = x_world(NULL);
	struct client *ann = x_online(w, "ann@example.org/phone");
	struct stanza *st;
	struct xmpp_ctx c;

	(void)state;
	muc_talk(ann);
	xmpp_ctx_begin(&c, w->x);
	assert_int_equal(xmpp_jid_parse(c.a, STR("zoe@far.example/x"), &c.from),
			 GW_OK);
	st = stanza_new(c.a, "presence", NS_CLIENT);
	stanza_set_attr(c.a, st, "from", c.from.full);
	stanza_set_attr(c.a, st, "to", STR(TALK "/zoe"));
	stanza_add_new(c.a, st, "x", NS_MUC_TEXT);
	xmpp_route(&c, st);
	xmpp_ctx_end(&c);
	x_expect(ann, "from='" TALK "/zoe'");
	x_expect(ann, "type='unavailable'");
	x_expect(ann, "role='none'");
	muc_say(ann, TALK, "alone");
	x_expect(ann, "<body>alone</body>");
	x_world_end(&w);
}

static int64_t stored_lines(struct world *w)
{
	struct muc_lines l = { .room = STR(OPS), .max = 1000 };
	struct arena *a = arena_new();
	int64_t n;

	assert_int_equal(muc_load_lines(w->store, a, &l), GW_OK);
	n = (int64_t)l.count;
	arena_free(&a);
	return n;
}

static void stored_history_is_bounded_by_count_and_age(void **state)
{
	struct world *w =
		x_world("  muc: { keep: 3, keep_for: 1d, rooms: { " OPS
			": { members: [cat@example.org] } } }\n");
	struct client *cat = x_online(w, "cat@example.org/tv");

	(void)state;
	muc_in(cat, OPS, "cat");
	for (int i = 0; i < 10; i++)
		muc_say(cat, OPS, "x");
	assert_int_equal(stored_lines(w), 10);
	x_pass(w, 60 * 1000);
	assert_int_equal(stored_lines(w), 3);
	x_pass(w, INT64_C(26) * 3600 * 1000);
	assert_int_equal(stored_lines(w), 0);
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
		cmocka_unit_test(a_pools_room_is_its_members_room),
		cmocka_unit_test(a_room_may_name_a_pool_as_its_members),
		cmocka_unit_test(a_post_that_is_not_stored_is_not_seen),
		cmocka_unit_test(
			what_was_heard_but_not_stored_is_said_to_its_sender),
		cmocka_unit_test(a_ghost_leaves_with_the_first_error),
		cmocka_unit_test(stored_history_is_bounded_by_count_and_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
