/* SPDX-License-Identifier: MIT */
/* demo_alert.c - step 3: an alert, one card, one claim */
#include <stdio.h>
#include <string.h>

#include "gateway/cli/demo_private.h"
#include "gateway/cli/demo_send.h"
#include "gateway/cli/table.h"

#define SUMMARY "Demonstration: the disk of db1 is full"

static bool people_gather(struct demo *d)
{
	struct demo_event e = { .body = "" };
	bool held;

	d->at = demo_event_count(d->events);
	demo_says(d, CY, d->desk, "chat",
		  arena_printf(d->c->arena, "done %lld",
			       (long long)d->mail_case));
	held = demo_gets(d,
			 &(struct demo_want){ .who = demo_names[CY],
					      .kind = DEMO_MESSAGE,
					      .from = d->desk },
			 DEMO_SOON, &e);
	demo_say_check(d->say, held, "cy says done: the mail's case is closed");
	demo_say_quote(d->say, e.body);
	demo_goes(d, CY);
	demo_say_did(d->say, "cy goes offline; ann comes back");
	if (!demo_comes(d, ANN, ""))
		return false;
	held = demo_gets(d,
			 &(struct demo_want){ .who = demo_names[ANN],
					      .kind = DEMO_MESSAGE,
					      .from = d->desk,
					      .has = d->jid[CY] },
			 DEMO_SOON, &e);
	demo_say_check(d->say, held,
		       "ann reads that cy had it: nothing to do for her");
	demo_say_quote(d->say, e.body);
	return demo_say_check(d->say, demo_joins(d, ANN) && demo_joins(d, BOB),
			      "ann and bob are in the room %s", d->room);
}

enum gw_err demo_alert_post(struct demo *d, bool resolved,
			    struct err_note *note)
{
	enum gw_err e;

	if (!resolved)
		d->alert_since = table_now();
	e = demo_send_alert(
		&(struct demo_alert){
			.url = d->alert_url,
			.token = d->alert_token,
			.name = DEMO_ALERT,
			.run = d->run,
			.resolved = resolved,
			.starts_at = d->alert_since,
		},
		note);
	if (resolved && e == GW_OK)
		d->alert_since = 0;
	return e;
}

static bool post(struct demo *d, bool resolved)
{
	struct err_note note = { .text = "" };
	enum gw_err e = demo_alert_post(d, resolved, &note);

	return demo_say_check(d->say, e == GW_OK, "Alertmanager posts: %s%s%s",
			      resolved ? "resolved" : "firing",
			      e == GW_OK ? "" : ": ", note.text);
}

static bool room_gets(struct demo *d, const struct demo_want *want,
		      struct demo_event *out)
{
	struct demo_want w = *want;

	w.who = demo_names[BOB];
	w.kind = DEMO_MESSAGE;
	w.type = "groupchat";
	w.from = d->room;
	return demo_gets(d, &w, DEMO_LATER, out);
}

static bool card_appears(struct demo *d, struct demo_event *card)
{
	struct demo_event e = { .body = "" };
	bool held = room_gets(d,
			      &(struct demo_want){ .has = SUMMARY,
						   .also = "FIRING",
						   .replace = "" },
			      card);

	demo_say_check(d->say, held, "a card appears in the room");
	if (!held)
		return false;
	demo_say_quote(d->say, card->body);
	d->alert_case = demo_number(card->body);
	held = demo_gets(d,
			 &(struct demo_want){ .who = demo_names[ANN],
					      .kind = DEMO_MESSAGE,
					      .type = "chat",
					      .from = d->desk,
					      .has = SUMMARY },
			 DEMO_LATER, &e);
	demo_say_check(d->say, held && demo_number(e.body) == d->alert_case,
		       "ann is told directly");
	demo_say_quote(d->say, e.body);
	return demo_say_check(d->say, d->alert_case > 0, "both name case %lld",
			      (long long)d->alert_case);
}

static bool bob_claims(struct demo *d, const struct demo_event *card)
{
	const char *take = arena_printf(d->c->arena, "take %lld",
					(long long)d->alert_case);
	struct demo_event e = { .body = "" };
	bool held;

	d->at = demo_event_count(d->events);
	demo_says(d, BOB, d->room, "groupchat", take);
	demo_say_did(d->say, "bob says in the room: %s", take);
	held = room_gets(
		d,
		&(struct demo_want){ .replace = card->id,
				     .has = arena_printf(d->c->arena,
							 "claimed by %s",
							 d->jid[BOB]) },
		&e);
	demo_say_check(d->say, held, "the same card says that bob has it");
	demo_say_quote(d->say, e.body);
	if (!held)
		return false;
	d->at = demo_event_count(d->events);
	demo_says(d, ANN, d->room, "groupchat", take);
	demo_say_did(d->say, "ann says it, too: %s", take);
	held = demo_gets(d,
			 &(struct demo_want){ .who = demo_names[ANN],
					      .kind = DEMO_MESSAGE,
					      .has = "has it" },
			 DEMO_SOON, &e);
	demo_say_check(d->say, held && strstr(e.body, "bob") != NULL,
		       "she is told who has it");
	demo_say_quote(d->say, held ? e.body : "");
	return demo_say_check(d->say,
			      strcmp(demo_case_text(d, d->alert_case, "owner"),
				     d->jid[BOB]) == 0,
			      "case %lld is bob's", (long long)d->alert_case);
}

/* Another card would be a message of its own, not a correction. */
static bool is_only_card(struct demo *d, size_t from)
{
	const struct demo_want another = {
		.who = demo_names[BOB],
		.kind = DEMO_MESSAGE,
		.type = "groupchat",
		.from = d->room,
		.replace = "",
		.has = arena_printf(d->c->arena, "#%lld FIRING",
				    (long long)d->alert_case),
	};
	struct demo_event e;
	size_t at = from;

	return demo_event_wait(d->events, &at, &another, 0, &e) &&
	       !demo_event_wait(d->events, &at, &another, 0, &e);
}

static bool card_closes(struct demo *d, const struct demo_event *card)
{
	struct demo_event e = { .body = "" };
	bool held;

	d->at = demo_event_count(d->events);
	if (!post(d, true))
		return false;
	held = room_gets(
		d, &(struct demo_want){ .replace = card->id, .has = "CLOSED" },
		&e);
	demo_say_check(d->say, held, "the same card is closed");
	demo_say_quote(d->say, e.body);
	return demo_say_check(d->say,
			      strcmp(demo_case_text(d, d->alert_case, "state"),
				     "closed") == 0,
			      "case %lld is closed", (long long)d->alert_case);
}

bool demo_alert_is_handled(struct demo *d)
{
	struct demo_event card = { .body = "" };
	size_t from;

	demo_say_step(d->say, 3, "An alert becomes one card, and one claim");
	if (!people_gather(d))
		return false;
	from = d->at = demo_event_count(d->events);
	return post(d, false) && card_appears(d, &card) &&
	       bob_claims(d, &card) && card_closes(d, &card) &&
	       demo_say_check(d->say, is_only_card(d, from),
			      "there was one card in all");
}
