/* SPDX-License-Identifier: MIT */
/* demo_private.h - what the files of the demonstration share */
#ifndef GW_CLI_DEMO_PRIVATE_H
#define GW_CLI_DEMO_PRIVATE_H

#include "gateway/cli/command.h"
#include "gateway/cli/demo_event.h"
#include "gateway/cli/demo_person.h"
#include "gateway/cli/demo_say.h"

enum demo_who { ANN, BOB, CY, DEMO_PEOPLE };

/* By these an earlier run's cases are known again. */
#define DEMO_SUBJECT "Demonstration: pump 3 has stopped"
#define DEMO_ALERT   "DemonstrationDiskFull"

/* Bounds: what takes longer did not happen. */
#define DEMO_SOON  10000 /* ms: an answer */
#define DEMO_LATER 30000 /* ms: behind a deadline or a step of a ladder */

struct demo {
	struct command *c;
	struct demo_say *say;
	struct demo_events *events;
	size_t at; /* events before it were looked at */
	char run[9];
	/* of the configuration */
	const char *domain, *pool, *room, *desk;
	const char *c2s_host;
	unsigned short c2s_port;
	const char *smtp, *alert_url, *alert_token;
	const char *maildir; /* template with %u and %d */
	struct demo_pins pins;
	/* the people */
	const char *jid[DEMO_PEOPLE];
	char password[DEMO_PEOPLE][25];
	struct demo_person *person[DEMO_PEOPLE];
	bool ours[DEMO_PEOPLE]; /* the account is the demonstration's own */
	const char *message_id;
	int64_t mail_case, alert_case;
	int64_t alert_since; /* it fires; 0: not, or no more */
};

extern const char *const demo_names[DEMO_PEOPLE]; /* "ann", ... */

/* demo_set.c: what the configuration says, accounts, cleaning up.  All but
 * the last return an exit code and have said what is wrong. */
int demo_set_read(struct demo *d);
int demo_set_accounts(struct demo *d);
int demo_set_sweep(struct demo *d); /* what an earlier run left open */
void demo_set_clean(struct demo *d);
/* How many files of a person's Maildir hold the mail of this run. */
size_t demo_set_mails(struct demo *d, enum demo_who who);
/* The same, awaited. */
bool demo_set_mail_comes(struct demo *d, enum demo_who who, int64_t within);

/* demo_mail.c and demo_alert.c: the story; false: the rest makes no sense. */
bool demo_mail_arrives(struct demo *d);
bool demo_mail_is_chased(struct demo *d);
bool demo_alert_is_handled(struct demo *d);

/* Posts the alert as Alertmanager does. */
enum gw_err demo_alert_post(struct demo *d, bool resolved,
			    struct err_note *note) GW_CHECKED;

/* demo.c: what the people do. */
bool demo_comes(struct demo *d, enum demo_who who, const char *show);
void demo_goes(struct demo *d, enum demo_who who);
bool demo_joins(struct demo *d, enum demo_who who);
void demo_says(struct demo *d, enum demo_who who, const char *to,
	       const char *type, const char *text);
bool demo_gets(struct demo *d, const struct demo_want *want, int64_t within,
	       struct demo_event *out);
/* The number behind the first '#' of a card or notice; 0: none. */
int64_t demo_number(const char *text);
/* One text of GET /api/cases/N. */
const char *demo_case_text(struct demo *d, int64_t number, const char *key);

#endif
