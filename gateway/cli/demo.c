/* SPDX-License-Identifier: MIT */
/* demo.c - the demonstration: real protocols, every outcome checked
 *
 * Three people are independent XMPP clients over TLS, the mail comes by SMTP,
 * the alert by HTTP.  Nothing reaches into the daemon: what it did is seen in
 * messages, Maildirs and its API.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>

#include "gateway/cli/demo_private.h"
#include "gateway/cli/secret.h"

const char *const demo_names[DEMO_PEOPLE] = { "ann", "bob", "cy" };

bool demo_gets(struct demo *d, const struct demo_want *want, int64_t within,
	       struct demo_event *out)
{
	size_t at = d->at;

	/* What two people get may come in any order: nothing is used up. */
	return demo_event_wait(d->events, &at, want, within, out);
}

bool demo_comes(struct demo *d, enum demo_who who, const char *show)
{
	size_t at = demo_event_count(d->events);
	struct demo_want connected = { .who = demo_names[who],
				       .kind = DEMO_CONNECTED };
	struct demo_want ended = { .who = demo_names[who], .kind = DEMO_ENDED };
	struct demo_event e;
	const char *xml;

	if (demo_person_connect(d->person[who]) != GW_OK)
		return demo_say_check(d->say, false, "%s has no thread",
				      demo_names[who]);
	if (!demo_event_wait(d->events, &at, &connected, DEMO_SOON, &e)) {
		const char *why = "no answer";

		at = 0;
		while (demo_event_wait(d->events, &at, &ended, 0, &e))
			why = e.body;
		return demo_say_check(d->say, false, "%s cannot log in: %s",
				      demo_names[who], why);
	}
	if (*show != '\0')
		xml = arena_printf(d->c->arena,
				   "<presence><show>%s</show></presence>",
				   show);
	else
		xml = "<presence/>";
	demo_person_send(d->person[who], xml);
	return true;
}

void demo_goes(struct demo *d, enum demo_who who)
{
	demo_person_send(d->person[who], "<presence type='unavailable'/>");
	demo_person_disconnect(d->person[who]);
}

/* XEP-0045 10.1.2: a new room stays locked until its owner takes the
 * defaults. */
static void unlock_room(struct demo *d, enum demo_who who)
{
	demo_person_send(
		d->person[who],
		arena_printf(d->c->arena,
			     "<iq type='set' id='unlock' to='%s'><query "
			     "xmlns='http://jabber.org/protocol/muc#owner'>"
			     "<x xmlns='jabber:x:data' type='submit'/>"
			     "</query></iq>",
			     d->room));
}

bool demo_joins(struct demo *d, enum demo_who who)
{
	struct demo_want joined = { .who = demo_names[who],
				    .kind = DEMO_JOINED,
				    .from = d->room };
	struct demo_event e;

	demo_person_send(
		d->person[who],
		arena_printf(d->c->arena,
			     "<presence to='%s/%s'>"
			     "<x xmlns='http://jabber.org/protocol/muc'>"
			     "<history maxstanzas='0'/></x></presence>",
			     d->room, demo_names[who]));
	if (!demo_gets(d, &joined, DEMO_SOON, &e))
		return false;
	if (strcmp(e.type, "created") == 0)
		unlock_room(d, who);
	return true;
}

void demo_says(struct demo *d, enum demo_who who, const char *to,
	       const char *type, const char *text)
{
	char id[17] = "";

	if (secret_make(id, 16) != GW_OK)
		return;
	demo_person_send(d->person[who],
			 arena_printf(d->c->arena,
				      "<message to='%s' type='%s' id='%s'>"
				      "<body>%s</body></message>",
				      to, type, id, text));
}

int64_t demo_number(const char *text)
{
	const char *hash = strchr(text, '#');

	return hash != NULL ? strtoll(hash + 1, NULL, 10) : 0;
}

const char *demo_case_text(struct demo *d, int64_t number, const char *key)
{
	const struct json *file;
	struct str s;

	if (command_call(d->c, "GET",
			 arena_printf(d->c->arena, "/api/cases/%lld",
				      (long long)number),
			 STR_NONE) != COMMAND_OK)
		return "";
	file = json_get(d->c->answer, "case");
	s = json_get_str(file != NULL ? file : d->c->answer, key);
	return s.n > 0 ? arena_str(d->c->arena, s).p : "";
}

static void make_people(struct demo *d)
{
	for (int i = 0; i < DEMO_PEOPLE; i++)
		d->person[i] = demo_person_new(&(struct demo_person_spec){
			.name = demo_names[i],
			.jid = d->jid[i],
			.password = d->password[i],
			.host = d->c2s_host,
			.port = d->c2s_port,
			.pins = &d->pins,
			.events = d->events,
		});
}

static bool tell_story(struct demo *d)
{
	demo_say_title(d->say,
		       arena_printf(d->c->arena,
				    "Muster at %s: three people, one mail, "
				    "one alert",
				    d->domain));
	return demo_mail_arrives(d) && demo_mail_is_chased(d) &&
	       demo_alert_is_handled(d);
}

static int prepare(struct demo *d)
{
	int code = demo_set_read(d);

	if (code == COMMAND_OK)
		code = demo_set_sweep(d);
	if (code == COMMAND_OK)
		code = demo_set_accounts(d);
	return code;
}

static int run(struct demo *d)
{
	bool complete;
	int code = prepare(d);

	if (code == COMMAND_OK) {
		d->say = demo_say_new(d->c->json);
		make_people(d);
		complete = tell_story(d);
		if (demo_event_stopped())
			demo_say_did(d->say, "stopped: cleaning up");
		for (int i = 0; i < DEMO_PEOPLE; i++)
			demo_person_free(&d->person[i]);
		d->c->quiet = true;
		demo_set_clean(d);
		if (!demo_say_end(&d->say, complete))
			code = COMMAND_FAILED;
	} else {
		d->c->quiet = true;
		demo_set_clean(d);
	}
	return code;
}

/* Whoever has had enough is obeyed once everything is clean again. */
static void hold_signals(sigset_t *before)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ours, before);
}

int demo_run(struct command *c, int argc, char **argv)
{
	struct demo *d;
	sigset_t before;
	int code;

	(void)argv;
	if (argc > 1)
		return command_fail(c, COMMAND_USAGE,
				    "demo takes nothing more");
	hold_signals(&before);
	xmpp_initialize();
	d = mem_new(sizeof(*d));
	d->c = c;
	d->events = demo_event_new();
	if (secret_make(d->run, 8) == GW_OK)
		code = run(d);
	else
		code = command_fail(c, COMMAND_FAILED, "no random numbers");
	explicit_bzero(d->password, sizeof(d->password));
	demo_event_free(&d->events);
	mem_free(d);
	xmpp_shutdown();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}
