/* SPDX-License-Identifier: MIT */
/* test_ladder.c - what is done about a case when something happens
 *
 * Everybody is described by one letter: + ready, ~ away, ! busy, p push only,
 * ? ready but long unheard of, - offline.  Acts are written in their order,
 * with the time to ask again at the end ("wake 5m").
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/engine/ladder.h"

#define NOW  ((int64_t)1767225600000)
#define MIN  WHEN_MINUTE
#define TEXT 500

static const struct ladder_step mail_steps[] = {
	{ .target = TELL_RECIPIENT, .wait = 5 * MIN },
	{ .target = TELL_BEST, .wait = 5 * MIN, .offer_mail = true },
	{ .target = TELL_ROOM, .address = "watch", .wait = 10 * MIN },
	{ .target = TELL_LEAD, .by = BY_IM | BY_MAIL },
};
static const struct ladder_step best_steps[] = {
	{ .target = TELL_BEST, .wait = 3 * MIN },
	{ .target = TELL_BEST, .wait = 3 * MIN },
	{ .target = TELL_ALL_AVAILABLE, .wait = 5 * MIN },
};
static const struct ladder_step odd_steps[] = {
	{ .target = TELL_PERSON, .address = "boss" },
	{ .target = TELL_ROOM, .address = "" },
	{ .target = TELL_ROOM, .wait = MIN },
	{ .target = TELL_BEST, .wait = MIN },
};
static const struct ladder_step named_steps[] = {
	{ .target = TELL_PERSON, .address = "boss", .wait = 5 * MIN },
	{ .target = TELL_BEST },
};
static const struct ladder named = { "named", 2, named_steps, 0 };
static const struct ladder mail = { "mail", 4, mail_steps, 0 };
static const struct ladder best = { "best", 3, best_steps, 0 };
static const struct ladder odd = { "odd", 4, odd_steps, 0 };
static const struct ladder again = { "again", 1, best_steps, 2 };

static const char *const ann[] = { "ann" };
static const char *const ann_bob[] = { "ann", "bob" };
static const char *const ann_boss[] = { "ann", "boss" };
static const char *const lead_first[] = { "lead", "ann" };

/* What a row leaves out is filled in by facts_of(). */
#define ALERT .kind = CASE_ALERT
#define MAIL  .kind = CASE_MAIL
#define NEVER (-1)
#define CARD  .has_card = true
#define TOLD(list)                                                             \
	.told = (list), .told_count = sizeof(list) / sizeof((list)[0])
#define OWNED(who)                                                             \
	.state = CASE_CLAIMED, .owner = who, .claimed_at = NOW - 5 * MIN

/* clang-format off */
static const struct row {
	const char *name;
	struct case_facts facts;
	const struct ladder *ladder;
	const char *people; /* ann, bob, cy (no member), lead */
	struct happening h;
	const char *want; /* "!DENIED why" when refused */
	enum case_state state;
} rows[] = {
	/* --- opening --- */
	{ "opening shows the card first, then tells the best",
	  { ALERT }, &best, "++-",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, tell ann, wake 3m", CASE_OPEN },
	{ "without a room nobody is shown anything",
	  { ALERT, .room = "" }, &best, "++-",
	  { .kind = HAP_OPENED, .who = "" },
	  "tell ann, wake 3m", CASE_OPEN },
	{ "without a ladder the card is all",
	  { ALERT }, NULL, "++-",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops", CASE_OPEN },
	{ "a mail goes to its recipient first",
	  { MAIL }, &mail, "++-",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, tell ann, wake 5m", CASE_OPEN },
	{ "an absent recipient is passed at once",
	  { MAIL }, &mail, "-+-",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, tell+ bob, wake 5m", CASE_OPEN },
	{ "a busy recipient is left alone for an error",
	  { MAIL }, &mail, "!+-",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, tell+ bob, wake 5m", CASE_OPEN },
	{ "and disturbed for a critical",
	  { MAIL, .severity = SEV_CRITICAL }, &mail, "!+-",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, tell ann, wake 5m", CASE_OPEN },
	{ "an alert has no recipient",
	  { ALERT }, &mail, "++-",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, tell+ ann, wake 5m", CASE_OPEN },
	{ "nobody there: said once, and awaited",
	  { ALERT }, &best, "---",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, line nobody, wake 3m", CASE_OPEN },
	{ "steps without a wait are climbed together",
	  { ALERT }, &odd, "+--",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, tell boss, line escalated, line escalated, wake 1m",
	  CASE_OPEN },
	{ "a room step without any room is passed",
	  { ALERT, .room = "" }, &odd, "+--",
	  { .kind = HAP_OPENED, .who = "" },
	  "tell boss, tell ann", CASE_OPEN },
	{ "who was long unheard of is asked first",
	  { ALERT }, &best, "?--",
	  { .kind = HAP_OPENED, .who = "" },
	  "card ops, tell? ann, wake 3m", CASE_OPEN },
	{ "while asking, all but the climb is done",
	  { ALERT }, &best, "?--",
	  { .kind = HAP_OPENED, .who = "", .hold = true },
	  "card ops, wake 0s", CASE_OPEN },
	/* --- climbing --- */
	{ "the second step asks somebody else",
	  { ALERT, CARD, .step = 1, .due = NOW, TOLD(ann) }, &best, "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "tell bob, wake 3m", CASE_OPEN },
	{ "too early nothing happens but the wait",
	  { ALERT, CARD, .step = 1, .due = NOW + MIN, TOLD(ann) }, &best,
	  "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "wake 1m", CASE_OPEN },
	{ "nothing was to be done",
	  { ALERT, CARD, .step = 3 }, &best, "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "", CASE_OPEN },
	{ "all available: also who was told before",
	  { ALERT, CARD, .step = 2, .due = NOW, TOLD(ann_bob) }, &best, "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "tell ann, tell bob", CASE_OPEN },
	{ "nobody was said already",
	  { ALERT, CARD, .step = 1, .due = NOW, .waiting_arrival = true },
	  &best, "---",
	  { .kind = HAP_DUE, .who = "" },
	  "wake 3m", CASE_OPEN },
	{ "a room and the lead close the ladder of mail",
	  { MAIL, CARD, .step = 2, .due = NOW, TOLD(ann_bob) }, &mail, "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "line escalated, wake 10m", CASE_OPEN },
	{ "the lead is told by mail too, there or not",
	  { MAIL, CARD, .step = 3, .due = NOW, TOLD(ann_bob) }, &mail, "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "tellm lead", CASE_OPEN },
	{ "a ladder that repeats waits longer each time",
	  { ALERT, CARD, .due = NOW, .round = 1 }, &again, "+--",
	  { .kind = HAP_DUE, .who = "" },
	  "tell ann, wake 6m", CASE_OPEN },
	{ "and ends",
	  { ALERT, CARD, .due = NOW, .round = 2 }, &again, "+--",
	  { .kind = HAP_DUE, .who = "" },
	  "tell ann", CASE_OPEN },
	{ "after fifty steps it stays in the room",
	  { ALERT, CARD, .due = NOW, .climbed = 50 }, &again, "+--",
	  { .kind = HAP_DUE, .who = "" },
	  "line escalated", CASE_OPEN },
	{ "a closed case has nothing due",
	  { ALERT, CARD, .state = CASE_CLOSED, .due = NOW }, &best, "+--",
	  { .kind = HAP_DUE, .who = "" },
	  "", CASE_CLOSED },
	/* --- presence --- */
	{ "the first to come is told at once",
	  { ALERT, CARD, .step = 1, .waiting_arrival = true }, &best, "-+-",
	  { .kind = HAP_PRESENCE, .who = "bob" },
	  "tell bob, correct ops", CASE_OPEN },
	{ "with the mail, if it is one",
	  { MAIL, CARD, .step = 2, .waiting_arrival = true }, &mail, "-+-",
	  { .kind = HAP_PRESENCE, .who = "bob" },
	  "tell+ bob, correct ops", CASE_OPEN },
	{ "who comes as away is not there",
	  { ALERT, CARD, .step = 1, .waiting_arrival = true }, &best, "-~-",
	  { .kind = HAP_PRESENCE, .who = "bob" },
	  "", CASE_OPEN },
	{ "a stranger who comes is nobody",
	  { ALERT, CARD, .step = 1, .waiting_arrival = true }, &best, "--+",
	  { .kind = HAP_PRESENCE, .who = "cy" },
	  "", CASE_OPEN },
	{ "one never heard of neither",
	  { ALERT, CARD, .step = 1, .waiting_arrival = true }, &best, "--+",
	  { .kind = HAP_PRESENCE, .who = "eve" },
	  "", CASE_OPEN },
	{ "who was told already is not told again on coming",
	  { ALERT, CARD, .step = 1, .waiting_arrival = true, TOLD(ann) },
	  &best, "+--",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "", CASE_OPEN },
	{ "nobody awaited, nobody told",
	  { ALERT, CARD, .step = 1, .due = NOW + MIN }, &best, "++-",
	  { .kind = HAP_PRESENCE, .who = "bob" },
	  "wake 1m", CASE_OPEN },
	{ "all who were asked have left: no use waiting",
	  { ALERT, CARD, .step = 1, .due = NOW + MIN, TOLD(ann) }, &best,
	  "-+-",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "tell bob, wake 3m", CASE_OPEN },
	{ "one of those who were asked is there still",
	  { ALERT, CARD, .step = 2, .due = NOW + MIN, TOLD(ann_bob) }, &best,
	  "-+-",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "wake 1m", CASE_OPEN },
	{ "said twice that all have left, it climbs once: now it waits for a "
	  "room",
	  { MAIL, CARD, .step = 3, .due = NOW + MIN, TOLD(ann) }, &mail,
	  "---",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "wake 1m", CASE_OPEN },
	{ "or for whoever comes",
	  { ALERT, CARD, .step = 2, .due = NOW + MIN, .waiting_arrival = true,
	    TOLD(ann) },
	  &best, "---",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "wake 1m", CASE_OPEN },
	{ "or for somebody who was told by mail",
	  { ALERT, CARD, .step = 1, .due = NOW + MIN, TOLD(ann_boss) },
	  &named, "---",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "wake 1m", CASE_OPEN },
	{ "presence is nothing to a closed case",
	  { ALERT, CARD, .state = CASE_CLOSED }, &best, "-+-",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "", CASE_CLOSED },
	{ "an owner who leaves has ten minutes",
	  { ALERT, CARD, OWNED("ann") }, &best, "-+-",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "wake 10m", CASE_CLAIMED },
	{ "counted from when the owner left",
	  { ALERT, CARD, OWNED("ann"), .owner_gone = NOW - MIN }, &best, "-+-",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "wake 9m", CASE_CLAIMED },
	{ "an owner who returns keeps it",
	  { ALERT, CARD, OWNED("ann"), .owner_gone = NOW - MIN }, &best, "+--",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "", CASE_CLAIMED },
	{ "others who leave do not matter",
	  { ALERT, CARD, OWNED("ann") }, &best, "+--",
	  { .kind = HAP_PRESENCE, .who = "bob" },
	  "", CASE_CLAIMED },
	{ "an offer under way keeps its time",
	  { ALERT, CARD, OWNED("ann"), .offered_to = "bob", .due = NOW + MIN },
	  &best, "-+-",
	  { .kind = HAP_PRESENCE, .who = "ann" },
	  "wake 1m", CASE_CLAIMED },
	/* --- claims --- */
	{ "a claim stops the climb and calls the others off",
	  { ALERT, CARD, .step = 2, .due = NOW + MIN, TOLD(ann_bob) }, &best,
	  "++-",
	  { .kind = HAP_CLAIM, .who = "bob" },
	  "correct ops, withdraw ann", CASE_CLAIMED },
	{ "an ack ends by itself",
	  { ALERT, CARD }, &best, "++-",
	  { .kind = HAP_CLAIM, .who = "bob", .until = NOW + 30 * MIN },
	  "correct ops, wake 30m", CASE_CLAIMED },
	{ "a second claim hears who has it",
	  { ALERT, CARD, OWNED("ann") }, &best, "++-",
	  { .kind = HAP_CLAIM, .who = "bob" },
	  "!CONFLICT ann has it since 23:55 UTC", CASE_CLAIMED },
	{ "the owner may claim anew",
	  { ALERT, CARD, OWNED("ann"), .until = NOW + MIN, .due = NOW + MIN },
	  &best, "++-",
	  { .kind = HAP_CLAIM, .who = "ann" },
	  "correct ops", CASE_CLAIMED },
	{ "who was offered it accepts",
	  { ALERT, CARD, OWNED("ann"), .offered_to = "bob", .due = NOW + MIN },
	  &best, "++-",
	  { .kind = HAP_CLAIM, .who = "bob" },
	  "correct ops, withdraw ann", CASE_CLAIMED },
	{ "a claimant other than the recipient gets the mail",
	  { MAIL, CARD, .step = 1, .due = NOW + MIN, TOLD(ann) }, &mail, "++-",
	  { .kind = HAP_CLAIM, .who = "bob" },
	  "correct ops, withdraw ann, copy bob", CASE_CLAIMED },
	{ "the recipient has it already",
	  { MAIL, CARD, .step = 1, .due = NOW + MIN, TOLD(ann) }, &mail, "++-",
	  { .kind = HAP_CLAIM, .who = "ann" },
	  "correct ops", CASE_CLAIMED },
	{ "who claims from elsewhere has ten minutes to come",
	  { ALERT, CARD }, &best, "++-",
	  { .kind = HAP_CLAIM, .who = "eve" },
	  "correct ops, wake 10m", CASE_CLAIMED },
	{ "a closed case cannot be claimed",
	  { ALERT, CARD, .state = CASE_CLOSED }, &best, "++-",
	  { .kind = HAP_CLAIM, .who = "ann" },
	  "!NOT_FOUND it is closed", CASE_CLOSED },
	/* --- claims that end --- */
	{ "an ack that ran out: told, open, and climbing",
	  { ALERT, CARD, OWNED("ann"), .until = NOW, .due = NOW, .step = 1,
	    TOLD(ann) },
	  &best, "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "tell ann, line released, correct ops, tell bob, wake 3m",
	  CASE_OPEN },
	{ "a claimant gone too long loses it",
	  { ALERT, CARD, OWNED("ann"), .owner_gone = NOW - 10 * MIN,
	    .due = NOW },
	  &best, "-+-",
	  { .kind = HAP_DUE, .who = "" },
	  "line released, correct ops, tell bob, wake 3m", CASE_OPEN },
	{ "not when that is switched off",
	  { ALERT, CARD, OWNED("ann"), .owner_gone = NOW - 10 * MIN,
	    .claimant_gone_after = NEVER, .due = NOW },
	  &best, "-+-",
	  { .kind = HAP_DUE, .who = "" },
	  "", CASE_CLAIMED },
	{ "not a moment too early",
	  { ALERT, CARD, OWNED("ann"), .owner_gone = NOW - 9 * MIN,
	    .until = NOW + 5 * MIN, .due = NOW },
	  &best, "-+-",
	  { .kind = HAP_DUE, .who = "" },
	  "wake 1m", CASE_CLAIMED },
	{ "the ack may run out before",
	  { ALERT, CARD, OWNED("ann"), .owner_gone = NOW - MIN,
	    .until = NOW + 5 * MIN, .due = NOW },
	  &best, "-+-",
	  { .kind = HAP_DUE, .who = "" },
	  "wake 5m", CASE_CLAIMED },
	{ "released: the next, not who gave it back",
	  { ALERT, CARD, OWNED("ann"), .step = 1, TOLD(ann) }, &best, "++-",
	  { .kind = HAP_RELEASE, .who = "ann" },
	  "line released, correct ops, tell bob, wake 3m", CASE_OPEN },
	{ "released at the ladder's end: from its start, others asked again",
	  { ALERT, CARD, OWNED("ann"), .step = 3, TOLD(ann_bob) }, &best,
	  "++-",
	  { .kind = HAP_RELEASE, .who = "ann" },
	  "line released, correct ops, tell bob, wake 3m", CASE_OPEN },
	{ "released without a ladder",
	  { ALERT, CARD, OWNED("ann") }, NULL, "++-",
	  { .kind = HAP_RELEASE, .who = "ann" },
	  "line released, correct ops", CASE_OPEN },
	{ "a lead may release what others have",
	  { ALERT, CARD, OWNED("ann") }, NULL, "++-",
	  { .kind = HAP_RELEASE, .who = "lead" },
	  "line released, correct ops", CASE_OPEN },
	{ "others may not",
	  { ALERT, CARD, OWNED("ann") }, &best, "++-",
	  { .kind = HAP_RELEASE, .who = "bob" },
	  "!DENIED ann has it; only the owner or a lead may", CASE_CLAIMED },
	{ "nor strangers",
	  { ALERT, CARD, OWNED("ann") }, &best, "++-",
	  { .kind = HAP_RELEASE, .who = "eve" },
	  "!DENIED ann has it; only the owner or a lead may", CASE_CLAIMED },
	{ "nor what nobody has",
	  { ALERT, CARD }, &best, "++-",
	  { .kind = HAP_RELEASE, .who = "ann" },
	  "!CONFLICT nobody has it", CASE_OPEN },
	/* --- handing over --- */
	{ "an offer waits five minutes",
	  { ALERT, CARD, OWNED("ann") }, &best, "++-",
	  { .kind = HAP_GIVE, .who = "ann", .other = "bob" },
	  "tell bob, wake 5m", CASE_CLAIMED },
	{ "an offer of a mail brings it",
	  { MAIL, CARD, OWNED("ann"), .until = NOW + MIN }, &mail, "++-",
	  { .kind = HAP_GIVE, .who = "ann", .other = "bob" },
	  "tell+ bob, wake 1m", CASE_CLAIMED },
	{ "to oneself is no offer",
	  { ALERT, CARD, OWNED("ann") }, &best, "++-",
	  { .kind = HAP_GIVE, .who = "ann", .other = "ann" },
	  "!CONFLICT that is who has it already", CASE_CLAIMED },
	{ "only the owner offers",
	  { ALERT, CARD, OWNED("ann") }, &best, "++-",
	  { .kind = HAP_GIVE, .who = "bob", .other = "bob" },
	  "!DENIED ann has it; only the owner or a lead may", CASE_CLAIMED },
	{ "unanswered it returns",
	  { ALERT, CARD, OWNED("ann"), .offered_to = "bob", .due = NOW },
	  &best, "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "tell ann", CASE_CLAIMED },
	{ "not before its time",
	  { ALERT, CARD, OWNED("ann"), .offered_to = "bob",
	    .due = NOW + MIN },
	  &best, "++-",
	  { .kind = HAP_DUE, .who = "" },
	  "", CASE_CLAIMED },
	{ "declined it returns at once",
	  { ALERT, CARD, OWNED("ann"), .offered_to = "bob", .due = NOW + MIN },
	  &best, "++-",
	  { .kind = HAP_DECLINE, .who = "bob" },
	  "tell ann", CASE_CLAIMED },
	{ "who is asked may decline: the next",
	  { ALERT, CARD, .step = 1, .due = NOW + MIN, TOLD(ann) }, &best,
	  "++-",
	  { .kind = HAP_DECLINE, .who = "ann" },
	  "tell bob, wake 3m", CASE_OPEN },
	{ "what others have is not to be declined",
	  { ALERT, CARD, OWNED("ann") }, &best, "++-",
	  { .kind = HAP_DECLINE, .who = "bob" },
	  "!CONFLICT it is not yours to decline", CASE_CLAIMED },
	/* --- closing and changes --- */
	{ "closed at the source: owner thanked, card and line",
	  { ALERT, CARD, OWNED("ann"), TOLD(ann) }, &best, "++-",
	  { .kind = HAP_CLOSE, .who = "", .why = "resolved" },
	  "thank ann, correct ops, line closed", CASE_CLOSED },
	{ "closed by the owner: no thanks to oneself",
	  { ALERT, CARD, OWNED("ann"), TOLD(ann) }, &best, "++-",
	  { .kind = HAP_CLOSE, .who = "ann", .why = "done" },
	  "correct ops, line closed", CASE_CLOSED },
	{ "closed unclaimed: all who were asked are called off",
	  { ALERT, CARD, .due = NOW + MIN, TOLD(ann_bob) }, &best, "++-",
	  { .kind = HAP_CLOSE, .who = "bob", .why = "done" },
	  "withdraw ann, correct ops, line closed", CASE_CLOSED },
	{ "closed before any card: no line",
	  { ALERT, TOLD(ann) }, &best, "++-",
	  { .kind = HAP_CLOSE, .who = "", .why = "resolved" },
	  "withdraw ann", CASE_CLOSED },
	{ "a quiet change corrects the card",
	  { ALERT, CARD, .due = NOW + MIN }, &best, "++-",
	  { .kind = HAP_CHANGED, .who = "" },
	  "correct ops, wake 1m", CASE_OPEN },
	{ "worse is said aloud, and climbs",
	  { ALERT, CARD, .step = 1, .due = NOW + MIN, TOLD(ann) }, &best,
	  "++-",
	  { .kind = HAP_WORSE, .who = "" },
	  "correct ops, line worse, tell bob, wake 3m", CASE_OPEN },
	{ "worse is only said when somebody has it",
	  { ALERT, CARD, OWNED("ann") }, &best, "++-",
	  { .kind = HAP_WORSE, .who = "" },
	  "correct ops, line worse", CASE_CLAIMED },
	/* --- messages that reach nobody --- */
	{ "who cannot be told is passed over",
	  { ALERT, CARD, .step = 1, .due = NOW + MIN, TOLD(ann) }, &best,
	  "++-",
	  { .kind = HAP_FAILED, .who = "ann" },
	  "tell bob, wake 3m", CASE_OPEN },
	{ "unless somebody else was asked since",
	  { ALERT, CARD, .step = 2, .due = NOW + MIN, TOLD(ann_bob) }, &best,
	  "++-",
	  { .kind = HAP_FAILED, .who = "ann" },
	  "wake 1m", CASE_OPEN },
	{ "nor when nothing is waited for",
	  { ALERT, CARD, .step = 3, TOLD(ann) }, &best, "++-",
	  { .kind = HAP_FAILED, .who = "ann" },
	  "", CASE_OPEN },
	{ "nor when nobody was told",
	  { ALERT, CARD, .step = 1, .due = NOW + MIN }, &best, "++-",
	  { .kind = HAP_FAILED, .who = "ann" },
	  "wake 1m", CASE_OPEN },
	{ "nor when it is claimed",
	  { ALERT, CARD, OWNED("ann"), TOLD(lead_first) }, &best, "++-",
	  { .kind = HAP_FAILED, .who = "ann" },
	  "", CASE_CLAIMED },
};
/* clang-format on */

static struct person person_of(char how, const char *name)
{
	struct person p = { .address = name,
			    .member = strcmp(name, "cy") != 0 &&
				      strcmp(name, "lead") != 0,
			    .lead = strcmp(name, "lead") == 0,
			    .since = NOW - WHEN_HOUR,
			    .proof = how == '?' ? NOW - WHEN_HOUR : NOW,
			    .on_cover = true,
			    .mailbox_ok = true };

	switch (how) {
	case '+':
	case '?':
		p.show = PRES_ONLINE;
		break;
	case '~':
		p.show = PRES_AWAY;
		break;
	case '!':
		p.show = PRES_DND;
		break;
	default:
		p.show = PRES_OFFLINE;
	}
	p.push = how == 'p';
	return p;
}

static const char *act_word(const struct act *act)
{
	switch (act->kind) {
	case ACT_TELL:
		if (act->needs_ping)
			return "tell?";
		if (act->by == (BY_IM | BY_MAIL))
			return "tellm";
		return act->offer ? "tell+" : "tell";
	case ACT_ROOM:
		return "line";
	case ACT_CARD:
		return "card";
	case ACT_CORRECT:
		return "correct";
	case ACT_WITHDRAW:
		return "withdraw";
	case ACT_THANK:
		return "thank";
	case ACT_COPY:
		return "copy";
	case ACT_WAKE:
		return "wake";
	}
	return "";
}

static const char *const lines[] = {
	[LINE_ESCALATED] = "escalated", [LINE_NOBODY] = "nobody",
	[LINE_CLAIMED] = "claimed",	[LINE_RELEASED] = "released",
	[LINE_CLOSED] = "closed",	[LINE_WORSE] = "worse",
};

static void write_plan(const struct plan *p, char *out)
{
	size_t n = 0;

	out[0] = '\0';
	if (p->refused != GW_OK) {
		snprintf(out, TEXT, "!%s %s", err_name(p->refused), p->why);
		return;
	}
	for (size_t i = 0; i < p->count; i++) {
		const struct act *act = &p->acts[i];
		char span[WHEN_TEXT_MAX];
		const char *what = act->to;

		if (act->kind == ACT_ROOM)
			what = lines[act->line];
		else if (act->kind == ACT_WAKE)
			what = when_span(act->at - NOW, span);
		assert_true(act->why != NULL && *act->why != '\0');
		n += (size_t)snprintf(out + n, TEXT - n, "%s%s %s",
				      i > 0 ? ", " : "", act_word(act), what);
	}
}

static const char *or_else(const char *s, const char *other)
{
	return s != NULL ? s : other;
}

static struct case_facts facts_of(const struct row *r)
{
	struct case_facts f = r->facts;

	f.number = 17;
	f.recipient = f.kind == CASE_MAIL ? "ann" : "";
	f.room = or_else(f.room, "ops");
	f.owner = or_else(f.owner, "");
	f.offered_to = or_else(f.offered_to, "");
	if (f.severity == SEV_INFO)
		f.severity = SEV_ERROR;
	if (f.claimant_gone_after == 0)
		f.claimant_gone_after = 10 * MIN;
	if (f.claimant_gone_after == NEVER)
		f.claimant_gone_after = 0;
	return f;
}

static struct plan decide(const struct row *r, struct person people[4],
			  struct arena *a)
{
	struct snapshot s = {
		.now = NOW,
		.rules = { .settle = 0,
			   .doubt_grace = 30000,
			   .proof_max = MIN,
			   .dnd_breaks_at = SEV_CRITICAL },
		.count = 4,
		.people = people,
	};
	struct case_facts f;

	f = facts_of(r);
	people[0] = person_of(r->people[0], "ann");
	people[1] = person_of(r->people[1], "bob");
	people[2] = person_of(r->people[2], "cy");
	people[3] = person_of('-', "lead");
	return ladder_decide(&f, r->ladder, &s, &r->h, a);
}

static void each_happening_has_its_plan(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct person people[4];
		struct plan p = decide(&rows[i], people, a);
		char got[TEXT];

		print_message("%s\n", rows[i].name);
		write_plan(&p, got);
		assert_string_equal(got, rows[i].want);
		assert_int_equal(p.after.state, rows[i].state);
		assert_non_null(p.why);
	}
	arena_free(&a);
}

static void the_same_question_has_the_same_answer(void **state)
{
	struct arena *a = arena_new();
	char first[TEXT], second[TEXT];
	struct person people[4];
	struct plan p = decide(&rows[0], people, a);

	(void)state;
	write_plan(&p, first);
	p = decide(&rows[0], people, a);
	write_plan(&p, second);
	assert_string_equal(first, second);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_happening_has_its_plan),
		cmocka_unit_test(the_same_question_has_the_same_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
