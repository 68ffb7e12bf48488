/* SPDX-License-Identifier: MIT */
/* test_case.c - the life of a case, as persons and the store see it */
#include "tests/unit/case/place.h"

#include <time.h>

static int set_up(void **state)
{
	*state = place_new(false);
	return 0;
}

static int set_up_file(void **state)
{
	*state = place_new(true);
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	place_free(&p);
	return 0;
}

#define assert_acts(p, text) assert_string_equal(place_acts(p), text)

static void assert_refused(struct place_answer a, enum gw_err e,
			   const char *part)
{
	assert_int_equal(a.e, e);
	if (strstr(a.why, part) == NULL)
		fail_msg("`%s' does not say `%s'", a.why, part);
}

static const struct casefile *file(struct place *p, uint64_t number)
{
	const struct casefile *c = case_get(p->cases, number);

	assert_non_null(c);
	return c;
}

static void from_opening_to_close(void **state)
{
	struct place *p = *state;
	struct place_answer a;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_AWAY);
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	assert_int_equal(n, 1);
	assert_acts(p, "card ops, tell ann");
	assert_int_equal(case_last_told(p->cases, STR("ann@x.org")), 1);
	a = place_order(p, VERB_TAKE, n, "bob@x.org", "");
	assert_int_equal(a.e, GW_OK);
	assert_string_equal(a.why, "you have case 1");
	assert_acts(p, "correct ops, withdraw ann");
	assert_refused(place_order(p, VERB_TAKE, n, "ann@x.org", ""),
		       GW_CONFLICT, "bob@x.org has it since 00:00");
	assert_refused(place_order(p, VERB_RELEASE, n, "ann@x.org", ""),
		       GW_DENIED, "only the owner");
	assert_acts(p, "");
	assert_int_equal(place_order(p, VERB_RELEASE, n, "bob@x.org", "").e,
			 GW_OK);
	assert_acts(p, "line ops, correct ops, tell ann");
	assert_int_equal(place_close(p, "incident:1").e, GW_OK);
	assert_acts(p, "withdraw bob, withdraw ann, correct ops, line ops");
	assert_int_equal(file(p, n)->state, CASE_CLOSED);
	assert_string_equal(file(p, n)->closed_why, "resolved");
	assert_int_equal(file(p, n)->firing, 0);
	assert_refused(place_order(p, VERB_TAKE, n, "ann@x.org", ""),
		       GW_NOT_FOUND, "closed");
	assert_int_equal(place_close(p, "incident:1").e, GW_NOT_FOUND);
}

static void two_claims_in_one_turn_see_each_other(void **state)
{
	struct place *p = *state;
	uint64_t n = place_open(p, "incident:1", SEV_ERROR, "one");
	struct case_order o = { .verb = VERB_TAKE,
				.number = n,
				.who = STR("ann@x.org"),
				.via = STR("room") };

	case_order(p->cases, &o, place_note, p);
	o.who = STR("bob@x.org");
	case_order(p->cases, &o, place_note, p);
	/* Nobody hears of it, and nobody sees it, before it is on disk. */
	assert_int_equal(p->answer_count, 0);
	assert_int_equal(file(p, n)->state, CASE_OPEN);
	place_pass(p, 0);
	assert_int_equal(p->answer_count, 2);
	assert_int_equal(p->answers[0].e, GW_OK);
	assert_refused(p->answers[1], GW_CONFLICT, "ann@x.org has it");
	assert_string_equal(file(p, n)->owner, "ann@x.org");
}

static void the_same_key_is_the_same_case_until_it_is_closed(void **state)
{
	struct place *p = *state;
	uint64_t n = place_open(p, "incident:1", SEV_WARNING, "one");

	assert_acts(p, "card ops, line ops");
	assert_int_equal(place_open(p, "incident:1", SEV_WARNING, "one"), n);
	assert_acts(p, "");
	assert_int_equal(place_open(p, "incident:1", SEV_CRITICAL, "one"), n);
	assert_acts(p, "correct ops, line ops");
	assert_int_equal(file(p, n)->severity, SEV_CRITICAL);
	place_close(p, "incident:1");
	assert_int_equal(place_open(p, "incident:1", SEV_WARNING, "one"), 2);
	assert_int_equal(file(p, 2)->previous, 1);
	assert_ptr_equal(case_by_key(p->cases, STR("incident:1")), file(p, 2));
	assert_ptr_equal(case_next(p->cases, 0), file(p, 1));
	assert_ptr_equal(case_next(p->cases, 1), file(p, 2));
	assert_null(case_next(p->cases, 2));
	place_pass(p, 25 * WHEN_HOUR);
	assert_null(case_get(p->cases, 1));
	assert_non_null(case_get(p->cases, 2));
}

static void opened_and_closed_and_opened_in_one_turn(void **state)
{
	struct place *p = *state;
	struct case_spec spec = { .key = STR("incident:1"),
				  .kind = CASE_ALERT,
				  .room = STR(ROOM) };

	case_open(p->cases, &spec, place_note, p);
	case_close_key(p->cases, STR("incident:1"), STR("gone"), place_note, p);
	case_open(p->cases, &spec, place_note, p);
	place_pass(p, 0);
	assert_int_equal(p->answer_count, 3);
	assert_int_equal(p->answers[0].number, 1);
	assert_int_equal(p->answers[1].number, 1);
	assert_int_equal(p->answers[2].number, 2);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(p->answers[i].e, GW_OK);
}

static void it_climbs_until_somebody_has_it(void **state)
{
	struct place *p = *state;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	assert_acts(p, "card ops, tell ann");
	place_pass(p, 3 * WHEN_MINUTE - 1);
	assert_acts(p, "");
	place_pass(p, 1);
	assert_acts(p, "tell bob");
	place_order(p, VERB_TAKE, n, "bob@x.org", "");
	place_acts(p);
	place_pass(p, WHEN_HOUR);
	assert_acts(p, "");
}

static void an_ack_runs_out(void **state)
{
	struct place *p = *state;
	uint64_t n = place_open(p, "incident:1", SEV_CRITICAL, "one");
	struct place_answer a;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	a = place_order(p, VERB_ACK, n, "ann@x.org", "");
	assert_string_equal(a.why, "you have case 1 until 00:30 UTC");
	place_acts(p);
	place_pass(p, 30 * WHEN_MINUTE - 1);
	assert_int_equal(file(p, n)->state, CASE_CLAIMED);
	place_pass(p, 1);
	assert_int_equal(file(p, n)->state, CASE_OPEN);
	/* The second line: nobody else is there. */
	assert_acts(p, "tell ann, line ops, correct ops, line ops");
}

static const struct {
	enum severity severity;
	int64_t span;
} spans[] = {
	{ SEV_INFO, 4 * WHEN_HOUR },	    { SEV_WARNING, 4 * WHEN_HOUR },
	{ SEV_ERROR, WHEN_HOUR },	    { SEV_CRITICAL, 30 * WHEN_MINUTE },
	{ SEV_DISASTER, 30 * WHEN_MINUTE },
};

static void an_ack_lasts_as_its_severity_says(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		char key[20];
		uint64_t n;

		snprintf(key, sizeof(key), "incident:%zu", i);
		n = place_open(p, key, spans[i].severity, "one");
		place_order(p, VERB_ACK, n, "ann@x.org", "");
		assert_int_equal(file(p, n)->until - file(p, n)->claimed_at,
				 spans[i].span);
	}
}

static void a_claimant_gone_ten_minutes_loses_it(void **state)
{
	struct place *p = *state;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	place_order(p, VERB_TAKE, n, "ann@x.org", "");
	place_presence(p, "ann@x.org", PRES_OFFLINE);
	place_pass(p, 9 * WHEN_MINUTE);
	place_presence(p, "ann@x.org", PRES_AWAY);
	place_pass(p, WHEN_HOUR);
	assert_int_equal(file(p, n)->state, CASE_CLAIMED);
	place_presence(p, "ann@x.org", PRES_OFFLINE);
	place_pass(p, 10 * WHEN_MINUTE);
	assert_int_equal(file(p, n)->state, CASE_OPEN);
}

static void claims_and_fairness_are_on_the_board(void **state)
{
	struct place *p = *state;
	struct arena *a = arena_new();
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	assert_int_equal(board_person(p->board, STR("ann@x.org"), a).told,
			 loop_wall(p->loop));
	place_order(p, VERB_TAKE, n, "ann@x.org", "");
	assert_int_equal(board_person(p->board, STR("ann@x.org"), a).claims, 1);
	place_restart(p);
	assert_int_equal(board_person(p->board, STR("ann@x.org"), a).claims, 1);
	assert_int_equal(case_last_told(p->cases, STR("ann@x.org")), n);
	place_order(p, VERB_DONE, n, "ann@x.org", "");
	assert_int_equal(board_person(p->board, STR("ann@x.org"), a).claims, 0);
	arena_free(&a);
}

static void handed_over_declined_and_timed_out(void **state)
{
	struct place *p = *state;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	place_order(p, VERB_TAKE, n, "ann@x.org", "");
	place_acts(p);
	assert_refused(place_order(p, VERB_GIVE, n, "ann@x.org", "bob"),
		       GW_BAD_INPUT, "to whom");
	assert_refused(place_order(p, VERB_GIVE, n, "bob@x.org", "bob@x.org"),
		       GW_DENIED, "only the owner");
	place_order(p, VERB_GIVE, n, "ann@x.org", "bob@x.org");
	assert_acts(p, "tell bob");
	place_order(p, VERB_DECLINE, n, "bob@x.org", "");
	assert_acts(p, "tell ann");
	place_order(p, VERB_GIVE, n, "ann@x.org", "bob@x.org");
	place_acts(p);
	place_pass(p, 5 * WHEN_MINUTE);
	assert_acts(p, "tell ann");
	assert_refused(place_order(p, VERB_TAKE, n, "bob@x.org", ""),
		       GW_CONFLICT, "ann@x.org has it");
	place_order(p, VERB_GIVE, n, "ann@x.org", "bob@x.org");
	assert_int_equal(place_order(p, VERB_TAKE, n, "bob@x.org", "").e,
			 GW_OK);
	assert_string_equal(file(p, n)->owner, "bob@x.org");
	assert_acts(p, "tell bob, correct ops, withdraw ann");
}

static void strangers_are_refused_one_to_one(void **state)
{
	struct place *p = *state;
	uint64_t n = place_open(p, "incident:1", SEV_ERROR, "one");

	assert_refused(place_order(p, VERB_TAKE, n, "eve@x.org", ""), GW_DENIED,
		       "only members of duty@x.org");
	assert_refused(place_order(p, VERB_TAKE, 99, "ann@x.org", ""),
		       GW_NOT_FOUND, "no open case 99");
	assert_refused(place_order(p, VERB_NOTE, n, "ann@x.org", ""),
		       GW_BAD_INPUT, "words");
	assert_int_equal(place_order(p, VERB_NOTE, n, "ann@x.org", "hm").e,
			 GW_OK);
}

static void a_pool_without_ladder_has_a_best_member_still(void **state)
{
	struct place *p = *state;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_open(p, "incident:1", SEV_ERROR, "");
	assert_acts(p, "card ops, tell ann");
	place_open(p, "incident:2", SEV_ERROR, "no such ladder");
	assert_acts(p, "card ops, tell ann");
}

static void a_mail_is_copied_to_who_takes_it(void **state)
{
	struct place *p = *state;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	n = place_open(p, "mail:7", SEV_WARNING, "mail");
	assert_acts(p, "card ops, tell ann");
	place_pass(p, 5 * WHEN_MINUTE);
	assert_acts(p, "tell bob");
	place_order(p, VERB_TAKE, n, "bob@x.org", "");
	assert_acts(p, "correct ops, withdraw ann, copy bob");
}

static void the_front_may_be_down_for_long(void **state)
{
	struct place *p = *state;

	p->front_says = GW_UNAVAIL;
	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_open(p, "incident:1", SEV_ERROR, "one");
	place_pass(p, WHEN_MINUTE);
	p->front_says = GW_OK;
	p->act_count = 0;
	place_pass(p, WHEN_MINUTE);
	assert_acts(p, "card ops, tell ann");
	place_pass(p, WHEN_MINUTE / 2);
	assert_acts(p, "");
	assert_int_equal(place_count(p, "SELECT COUNT(*) FROM case_act WHERE "
					"done_at = 0"),
			 0);
}

static void who_cannot_be_told_is_passed_over(void **state)
{
	struct place *p = *state;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	p->front_holds = true;
	place_open(p, "incident:1", SEV_ERROR, "one");
	p->acts[1].done(p->acts[1].arg, GW_NOT_FOUND);
	p->acts[1].done = NULL;
	p->acts[0].done(p->acts[0].arg, GW_OK);
	p->acts[0].done = NULL;
	place_pass(p, 0);
	assert_int_equal(p->act_count, 3);
	assert_string_equal(p->acts[2].to, "bob@x.org");
}

static void fifty_steps_are_enough(void **state)
{
	struct place *p = *state;
	uint64_t n = place_open(p, "incident:1", SEV_ERROR, "loop");

	for (int i = 0; i < 60; i++) {
		place_order(p, VERB_TAKE, n, "ann@x.org", "");
		place_order(p, VERB_RELEASE, n, "ann@x.org", "");
		p->act_count = 0;
	}
	place_order(p, VERB_TAKE, n, "ann@x.org", "");
	place_order(p, VERB_RELEASE, n, "ann@x.org", "");
	assert_int_equal(file(p, n)->due, 0);
}

static void corrections_that_pile_up_become_one(void **state)
{
	struct place *p = *state;
	uint64_t n = place_open(p, "incident:1", SEV_ERROR, "one");

	place_acts(p);
	for (int i = 0; i < 10; i++) {
		char text[20];

		snprintf(text, sizeof(text), "note %d", i);
		case_order(p->cases,
			   &(struct case_order){ .verb = VERB_NOTE,
						 .number = n,
						 .who = STR("ann@x.org"),
						 .via = STR("room"),
						 .text = str_of(text) },
			   place_note, p);
	}
	place_pass(p, 0);
	assert_int_equal(p->answer_count, 10);
	assert_int_equal(p->act_count, 1);
	assert_int_equal(p->acts[0].version, file(p, n)->version);
}

/* ---- restarts ---- */

static void a_restart_repeats_unfinished_acts_by_their_names(void **state)
{
	struct place *p = *state;
	struct place_act before[8];

	place_presence(p, "ann@x.org", PRES_ONLINE);
	p->front_holds = true;
	place_open(p, "incident:1", SEV_ERROR, "one");
	assert_int_equal(p->act_count, 2);
	memcpy(before, p->acts, sizeof(before));
	place_restart(p);
	assert_int_equal(p->act_count, 4);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(p->acts[i + 2].id, before[i].id);
		assert_string_equal(p->acts[i + 2].to, before[i].to);
	}
	assert_string_equal(before[1].id, "case-1-2");
	p->front_holds = false;
	place_restart(p);
	p->act_count = 0;
	place_restart(p);
	assert_acts(p, "");
}

/* One life of a case, with a restart after the step of that number. */
static void live(struct place *p, unsigned restart_after, char *out, size_t cap)
{
	size_t n = 0;

	for (unsigned step = 0; step < 7; step++) {
		switch (step) {
		case 0:
			place_open(p, "incident:1", SEV_ERROR, "one");
			break;
		case 1:
		case 2:
			place_pass(p, 3 * WHEN_MINUTE);
			break;
		case 3:
			place_order(p, VERB_TAKE, 1, "bob@x.org", "");
			break;
		case 4:
			place_order(p, VERB_GIVE, 1, "bob@x.org", "ann@x.org");
			break;
		case 5:
			place_pass(p, 5 * WHEN_MINUTE);
			break;
		case 6:
			place_close(p, "incident:1");
			break;
		}
		for (size_t i = 0; i < p->act_count; i++)
			n += (size_t)snprintf(out + n, cap - n, "%s %s %s\n",
					      p->acts[i].id, p->acts[i].to,
					      p->acts[i].why);
		p->act_count = 0;
		if (step != restart_after)
			continue;
		place_restart(p);
		place_presence(p, "ann@x.org", PRES_ONLINE);
		place_presence(p, "bob@x.org", PRES_ONLINE);
	}
}

static void a_restart_at_any_step_changes_nothing(void **state)
{
	char without[4000] = "";

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct place *p = place_new(true);
		char with[4000] = "";

		place_presence(p, "ann@x.org", PRES_ONLINE);
		place_presence(p, "bob@x.org", PRES_ONLINE);
		live(p, 7 - i, with, sizeof(with));
		if (i == 0)
			memcpy(without, with, sizeof(with));
		assert_string_equal(with, without);
		place_free(&p);
	}
	assert_true(strlen(without) > 200);
}

static void an_overdue_step_waits_for_people_to_return(void **state)
{
	struct place *p = *state;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_open(p, "incident:1", SEV_ERROR, "one");
	place_acts(p);
	place_down(p);
	loop_fake_pass(p->loop, WHEN_HOUR);
	place_up(p);
	place_pass(p, 10 * WHEN_SECOND);
	assert_acts(p, "");
	place_presence(p, "bob@x.org", PRES_ONLINE);
	place_pass(p, 20 * WHEN_SECOND);
	assert_acts(p, "tell bob");
}

static void an_owner_who_does_not_return_loses_it(void **state)
{
	struct place *p = *state;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	place_order(p, VERB_TAKE, n, "ann@x.org", "");
	place_restart(p);
	place_pass(p, 30 * WHEN_SECOND + 10 * WHEN_MINUTE - 1);
	assert_int_equal(file(p, n)->state, CASE_CLAIMED);
	place_pass(p, 1);
	assert_int_equal(file(p, n)->state, CASE_OPEN);
}

static void the_ladder_it_opened_with_stays_its_ladder(void **state)
{
	struct place *p = *state;
	struct conf_map none = { .count = 0 };
	struct err_note note;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	place_open(p, "incident:1", SEV_ERROR, "one");
	place_restart(p);
	assert_int_equal(case_configure(p->cases, config_get(p->cfg, "cases"),
					&none, 2, &note),
			 GW_OK);
	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	place_acts(p);
	place_pass(p, 3 * WHEN_MINUTE);
	assert_acts(p, "tell bob");
}

/* ---- the store fails ---- */

#define BREAK                                                                  \
	"CREATE TRIGGER broken BEFORE INSERT ON case_entry "                   \
	"BEGIN SELECT RAISE(ABORT, 'broken'); END"
#define MEND "DROP TRIGGER broken"

static void what_is_not_stored_did_not_happen(void **state)
{
	struct place *p = *state;
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	place_acts(p);
	p->seen_count = 0;
	place_sql(p, BREAK);
	assert_refused(place_order(p, VERB_TAKE, n, "ann@x.org", ""),
		       GW_UNAVAIL, "could not be stored");
	assert_refused(place_order(p, VERB_TAKE, n, "bob@x.org", ""),
		       GW_UNAVAIL, "try again");
	assert_int_equal(file(p, n)->state, CASE_OPEN);
	assert_acts(p, "");
	assert_int_equal(p->seen_count, 0);
	place_sql(p, MEND);
	place_pass(p, 2 * WHEN_SECOND);
	assert_int_equal(place_order(p, VERB_TAKE, n, "bob@x.org", "").e,
			 GW_OK);
	assert_acts(p, "correct ops, withdraw ann");
	place_pass(p, WHEN_HOUR);
	assert_string_equal(file(p, n)->owner, "");
}

static void a_case_that_could_not_be_opened_is_opened_later(void **state)
{
	struct place *p = *state;
	struct case_spec spec = { .key = STR("incident:1"),
				  .kind = CASE_ALERT,
				  .room = STR(ROOM) };

	place_sql(p, BREAK);
	case_open(p->cases, &spec, place_note, p);
	case_update(p->cases, &spec, place_note, p);
	place_pass(p, 0);
	assert_int_equal(p->answers[0].e, GW_UNAVAIL);
	assert_int_equal(p->answers[1].e, GW_UNAVAIL);
	assert_null(case_next(p->cases, 0));
	place_sql(p, MEND);
	place_pass(p, 2 * WHEN_SECOND);
	assert_acts(p, "");
	case_open(p->cases, &spec, place_note, p);
	place_pass(p, 0);
	assert_int_equal(p->answers[2].e, GW_OK);
	assert_int_equal(p->answers[2].number, 2);
	assert_acts(p, "card ops");
}

static void a_step_that_is_due_is_tried_until_it_is_stored(void **state)
{
	struct place *p = *state;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	place_open(p, "incident:1", SEV_ERROR, "one");
	place_acts(p);
	place_sql(p, BREAK);
	place_pass(p, 4 * WHEN_MINUTE);
	assert_acts(p, "");
	place_sql(p, MEND);
	place_pass(p, 3 * WHEN_SECOND);
	assert_acts(p, "tell bob");
}

static void
an_act_carried_out_is_not_repeated_while_the_store_is_down(void **state)
{
	struct place *p = *state;

	p->front_holds = true;
	place_open(p, "incident:1", SEV_ERROR, "one");
	place_sql(p, BREAK);
	p->acts[0].done(p->acts[0].arg, GW_OK);
	p->acts[0].done = NULL;
	p->front_holds = false;
	p->act_count = 0;
	place_pass(p, WHEN_MINUTE);
	assert_acts(p, "line ops");
	assert_int_equal(
		place_count(p, "SELECT COUNT(*) FROM case_act WHERE done_at = "
			       "0"),
		2);
	place_sql(p, MEND);
	place_pass(p, 5 * WHEN_MINUTE);
	assert_acts(p, "");
	assert_int_equal(
		place_count(p, "SELECT COUNT(*) FROM case_act WHERE done_at = "
			       " 0"),
		0);
}

/* ---- the timeline, and many ---- */

struct lines {
	enum gw_err e;
	char text[2000];
	char choice[2000];
};

static void keep_lines(void *arg, enum gw_err e,
		       const struct case_entry *entries, size_t n)
{
	struct lines *l = arg;
	size_t at = 0;

	l->e = e;
	for (size_t i = 0; i < n; i++) {
		at += (size_t)snprintf(l->text + at, sizeof(l->text) - at,
				       "%s|%s|%s|%s\n", entries[i].what,
				       entries[i].who, entries[i].via,
				       entries[i].why);
		if (*entries[i].choice != '\0')
			snprintf(l->choice, sizeof(l->choice), "%s",
				 entries[i].choice);
	}
}

static void the_timeline_says_who_and_why(void **state)
{
	struct place *p = *state;
	struct lines l = { .e = GW_AGAIN };
	uint64_t n;

	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_DND);
	n = place_open(p, "incident:1", SEV_ERROR, "one");
	place_order(p, VERB_TAKE, n, "ann@x.org", "");
	case_timeline(p->cases, n, keep_lines, &l);
	place_pass(p, 0);
	assert_int_equal(l.e, GW_OK);
	assert_string_equal(l.text, "opened|||it fires\n"
				    "card|ops@rooms.x.org||opened\n"
				    "told|ann@x.org|im|best-available\n"
				    "claimed|ann@x.org|direct|claimed\n"
				    "corrected|ops@rooms.x.org||claimed\n");
	assert_non_null(strstr(l.choice, "\"person\":\"ann@x.org\",\"level\":"
					 "\"ready\",\"score\":100,"
					 "\"eligible\":true,\"chosen\":true"));
	assert_non_null(strstr(l.choice, "\"why\":\"skipped: busy"));
	case_timeline(p->cases, 99, keep_lines, &l);
	place_pass(p, 0);
	assert_int_equal(l.e, GW_NOT_FOUND);
}

static void count_open(void *arg, enum gw_err e, uint64_t number,
		       const char *why)
{
	(void)number;
	(void)why;
	assert_int_equal(e, GW_OK);
	++*(size_t *)arg;
}

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ten_thousand_open_cases_load_fast(void **state)
{
	struct place *p = *state;
	size_t opened = 0;
	int64_t before;

	for (int i = 0; i < 10000; i++) {
		char key[40];

		snprintf(key, sizeof(key), "incident:%d", i);
		case_open(p->cases,
			  &(struct case_spec){ .kind = CASE_ALERT,
					       .key = str_of(key),
					       .pool = STR("duty@x.org"),
					       .ladder = STR("one") },
			  count_open, &opened);
	}
	place_pass(p, 0);
	assert_int_equal(opened, 10000);
	place_down(p);
	before = clock_ms();
	place_up(p);
	print_message("loaded in %d ms\n", (int)(clock_ms() - before));
	assert_true(clock_ms() - before < 5000);
	assert_non_null(case_get(p->cases, 10000));
	assert_null(case_get(p->cases, 10001));
}

#define TEST(f)	     cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define TEST_FILE(f) cmocka_unit_test_setup_teardown(f, set_up_file, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(from_opening_to_close),
		TEST(two_claims_in_one_turn_see_each_other),
		TEST(the_same_key_is_the_same_case_until_it_is_closed),
		TEST(opened_and_closed_and_opened_in_one_turn),
		TEST(it_climbs_until_somebody_has_it),
		TEST(an_ack_runs_out),
		TEST(an_ack_lasts_as_its_severity_says),
		TEST(a_claimant_gone_ten_minutes_loses_it),
		TEST(claims_and_fairness_are_on_the_board),
		TEST(handed_over_declined_and_timed_out),
		TEST(strangers_are_refused_one_to_one),
		TEST(a_pool_without_ladder_has_a_best_member_still),
		TEST(a_mail_is_copied_to_who_takes_it),
		TEST(the_front_may_be_down_for_long),
		TEST(who_cannot_be_told_is_passed_over),
		TEST(fifty_steps_are_enough),
		TEST(corrections_that_pile_up_become_one),
		TEST_FILE(a_restart_repeats_unfinished_acts_by_their_names),
		cmocka_unit_test(a_restart_at_any_step_changes_nothing),
		TEST_FILE(an_overdue_step_waits_for_people_to_return),
		TEST_FILE(an_owner_who_does_not_return_loses_it),
		TEST_FILE(the_ladder_it_opened_with_stays_its_ladder),
		TEST(what_is_not_stored_did_not_happen),
		TEST(a_case_that_could_not_be_opened_is_opened_later),
		TEST(a_step_that_is_due_is_tried_until_it_is_stored),
		TEST(an_act_carried_out_is_not_repeated_while_the_store_is_down),
		TEST(the_timeline_says_who_and_why),
		TEST_FILE(ten_thousand_open_cases_load_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
