/* SPDX-License-Identifier: MIT */
/* demo_mail.c - steps 1 and 2: a mail finds who is there, and is chased */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/cli/demo_private.h"
#include "gateway/cli/demo_send.h"
#include "gateway/cli/table.h"

/* ---- 1 ---- */

static bool is_level(struct demo *d, enum demo_who who, const char *level)
{
	const struct json *members = json_get(d->c->answer, "members");

	for (size_t i = 0; i < json_size(members); i++) {
		const struct json *m = json_at(members, i);

		if (str_is(json_get_str(m, "address"), d->jid[who]))
			return str_is(json_get_str(m, "availability"), level);
	}
	return false;
}

static int ask_who(struct demo *d)
{
	return command_call(
		d->c, "GET",
		arena_printf(d->c->arena, "/api/who/%s",
			     control_segment(d->c->arena, str_of(d->pool))),
		STR_NONE);
}

/* Presence travels: the board is asked until it agrees, with a bound. */
static bool board_agrees(struct demo *d)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000000L };
	int64_t end = table_now() + DEMO_SOON;

	while (table_now() < end && !demo_event_stopped()) {
		if (ask_who(d) != COMMAND_OK)
			return false;
		if (is_level(d, ANN, "ready") && is_level(d, BOB, "away") &&
		    is_level(d, CY, "offline"))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void quote_members(struct demo *d)
{
	const struct json *members;

	if (ask_who(d) != COMMAND_OK)
		return;
	members = json_get(d->c->answer, "members");
	for (size_t i = 0; i < json_size(members); i++) {
		const struct json *m = json_at(members, i);

		demo_say_quote(
			d->say,
			arena_printf(d->c->arena, STR_FMT ": %s" STR_FMT,
				     STR_ARG(json_get_str(m, "address")),
				     json_bool(json_get(m, "chosen"), false)
					     ? "would be chosen: "
					     : "",
				     STR_ARG(json_get_str(m, "reason"))));
	}
}

/* The decision as the store has it; NULL: none for ann. */
static const char *find_decision(struct demo *d)
{
	const struct json *mails;
	char wanted[200];

	if (command_call(d->c, "GET", "/api/mails?all=1", STR_NONE) !=
	    COMMAND_OK)
		return NULL;
	mails = command_rows(d->c, "mails");
	snprintf(wanted, sizeof(wanted), "<%s>", d->message_id);
	for (size_t i = 0; i < json_size(mails); i++) {
		const struct json *m = json_at(mails, i);
		struct str id = json_get_str(m, "message_id");

		if (!str_is(id, wanted) && !str_is(id, d->message_id))
			continue;
		if (!str_is(json_get_str(m, "chosen"), d->jid[ANN]))
			return NULL;
		return arena_printf(d->c->arena, "%s was chosen: " STR_FMT,
				    d->jid[ANN],
				    STR_ARG(json_get_str(m, "why")));
	}
	return NULL;
}

static bool send_mail(struct demo *d)
{
	struct err_note note = { .text = "" };
	enum gw_err e = demo_send_mail(
		&(struct demo_mail){
			.smtp = d->smtp,
			.from = "control@plant.example",
			.to = d->pool,
			.message_id = d->message_id,
			.subject = DEMO_SUBJECT,
			.body = "Pump 3 has stopped. Please have a look.",
		},
		&note);

	return demo_say_check(d->say, e == GW_OK,
			      "a mail for %s is taken over SMTP: %s", d->pool,
			      e == GW_OK ? "250" : note.text);
}

bool demo_mail_arrives(struct demo *d)
{
	const char *decision;
	bool there;

	demo_say_step(d->say, 1, "A mail goes to who is there");
	if (!demo_comes(d, ANN, "") || !demo_comes(d, BOB, "away"))
		return false;
	if (!demo_say_check(d->say, board_agrees(d),
			    "ann is available, bob is away, cy is offline "
			    "(XMPP over TLS)"))
		return false;
	quote_members(d);
	if (!send_mail(d))
		return false;
	there = demo_set_mail_comes(d, ANN, DEMO_SOON);
	demo_say_check(d->say,
		       there && demo_set_mails(d, BOB) == 0 &&
			       demo_set_mails(d, CY) == 0,
		       "it lies in ann's mailbox, not in bob's and not in "
		       "cy's");
	decision = find_decision(d);
	demo_say_check(d->say, decision != NULL,
		       "the decision is on record, with its reason");
	demo_say_quote(d->say, decision != NULL ? decision : "");
	return there;
}

/* ---- 2 ---- */

static bool told(struct demo *d, enum demo_who who, const char *has,
		 struct demo_event *out)
{
	return demo_gets(d,
			 &(struct demo_want){ .who = demo_names[who],
					      .kind = DEMO_MESSAGE,
					      .from = d->desk,
					      .has = DEMO_SUBJECT,
					      .also = has },
			 DEMO_LATER, out);
}

static bool ann_is_told(struct demo *d)
{
	struct demo_event e = { .body = "" };
	bool held = told(d, ANN, "take ", &e);

	demo_say_check(d->say, held,
		       "ann has not read it: at the deadline she is told by "
		       "IM");
	demo_say_quote(d->say, e.body);
	d->mail_case = demo_number(e.body);
	return held &&
	       demo_say_check(d->say, d->mail_case > 0, "it is case %lld now",
			      (long long)d->mail_case);
}

static bool cy_is_asked(struct demo *d)
{
	struct demo_event e = { .body = "" };
	bool held;

	demo_goes(d, ANN);
	demo_say_did(d->say, "ann goes offline; cy comes online");
	if (!demo_comes(d, CY, ""))
		return false;
	held = told(d, CY, "take ", &e);
	demo_say_check(d->say, held, "cy is asked, and offered the mail");
	demo_say_quote(d->say, e.body);
	return held;
}

static bool cy_takes_it(struct demo *d)
{
	struct demo_event e = { .body = "" };
	bool held;

	d->at = demo_event_count(d->events);
	demo_says(d, CY, d->desk, "chat",
		  arena_printf(d->c->arena, "take %lld",
			       (long long)d->mail_case));
	demo_say_did(d->say, "cy answers: take %lld", (long long)d->mail_case);
	held = demo_gets(d,
			 &(struct demo_want){ .who = demo_names[CY],
					      .kind = DEMO_MESSAGE,
					      .from = d->desk },
			 DEMO_SOON, &e);
	demo_say_check(d->say, held, "cy's claim is confirmed");
	demo_say_quote(d->say, e.body);
	demo_say_check(d->say, demo_set_mail_comes(d, CY, DEMO_SOON),
		       "cy has a copy of the mail");
	return demo_say_check(
		d->say,
		strcmp(demo_case_text(d, d->mail_case, "state"), "claimed") ==
				0 &&
			strcmp(demo_case_text(d, d->mail_case, "owner"),
			       d->jid[CY]) == 0,
		"case %lld is claimed by cy: ann's chase has stopped",
		(long long)d->mail_case);
}

bool demo_mail_is_chased(struct demo *d)
{
	demo_say_step(d->say, 2, "A mail that is not read is chased");
	return ann_is_told(d) && cy_is_asked(d) && cy_takes_it(d);
}
