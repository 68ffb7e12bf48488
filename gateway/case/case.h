/* SPDX-License-Identifier: MIT */
/* case.h - the life of a case: store, timers, who was told what
 *
 * Open cases are in memory; every transition is one transaction (an UPDATE
 * WHERE id AND version, the planned steps, the timeline entry), and what
 * others see leaves after its commit.  The engine decides, this file carries
 * out.  All on the core thread.
 */
#ifndef GW_CASE_CASE_H
#define GW_CASE_CASE_H

#include "gateway/board/board.h"
#include "gateway/engine/ladder.h"
#include "gateway/pool/pool.h"
#include "gateway/seam/mailer.h"
#include "gateway/seam/messenger.h"
#include "gateway/store/store.h"

struct cases;

/* One case as others see it: borrowed for the turn, or in the arena. */
struct casefile {
	uint64_t number;
	enum case_kind kind;
	enum case_state state;
	enum severity severity;
	int64_t version;
	int64_t opened_at, changed_at, closed_at;
	const char *key;     /* "mail:<id>" or "incident:<key>" */
	const char *mail_id; /* CASE_MAIL, else "" */
	const char *card_id; /* stanza id of its card; "" none posted */
	uint64_t previous;   /* closed case of the same key; 0: none known */
	const char *subject; /* one line for people */
	const char *detail;  /* more lines: "Do: ...", runbook; "" */
	const char *pool;    /* address, "" none */
	const char *ladder;  /* name, "" none */
	const char *room;    /* card here, "" none */
	const char *recipient;
	const char *owner;
	int64_t claimed_at, until;
	const char *offered_to;
	const char *closed_why;
	unsigned step, round, alerts, firing; /* alerts: of an incident */
	int64_t due;
	bool waiting_arrival;
};

struct case_spec {
	enum case_kind kind;
	enum severity severity;
	struct str key; /* an open case of this key exists: it is updated */
	struct str subject, detail;
	struct str pool, ladder, room, recipient;
	struct str mail_id; /* CASE_MAIL */
	unsigned alerts, firing;
	struct str why; /* what opened it, for the timeline */
};

typedef void case_done_fn(void *arg, enum gw_err e, uint64_t number,
			  const char *why);

/* What the desk does for the case service: words are its business. */
struct case_front {
	void *self;
	/* Carry out one act of a plan under a stable id; done() when the
	 * messenger (mailer) has it, GW_UNAVAIL: try again later. */
	void (*act)(void *self, const struct casefile *c, const struct act *act,
		    struct str id, void (*done)(void *arg, enum gw_err e),
		    void *arg);
};
/* Told after the commit of every transition: console, alerts, mail.  what: as
 * in the timeline; who: "" when no person did it. */
typedef void case_watch_fn(void *arg, const struct casefile *c,
			   const char *what, const char *who);

struct case_service_spec {
	struct loop *loop;
	struct store *store;
	struct board *board;
	struct pools *pools;
	struct seam_messenger messenger; /* ping only */
};
struct cases *case_service_new(const struct case_service_spec *spec);
void case_service_free(struct cases **cs);
void case_set_front(struct cases *cs, const struct case_front *front);
void case_watch(struct cases *cs, case_watch_fn *fn, void *arg);

struct case_conf {		     /* `cases:` in muster.yaml */
	int64_t claimant_gone_after; /* ms offline until a claim is lost */
};
extern const struct conf_section case_conf_section;
/* `ladders:`, a struct conf_map of names to struct ladder. */
extern const struct conf_opt case_ladders_opt;
/* The ladders that new cases climb; copied.  A case keeps the ladder it
 * opened with: its text is stored with it. */
enum gw_err case_configure(struct cases *cs, const struct case_conf *conf,
			   const struct conf_map *ladders, int64_t version,
			   struct err_note *note) GW_CHECKED;
/* Before the loop runs: open cases, timers, unfinished steps. */
enum gw_err case_load(struct cases *cs) GW_CHECKED;
/* Resumes unfinished steps; once XMPP and mail are up.  Steps overdue wait
 * half a minute, so that people have connected again. */
void case_start(struct cases *cs);

void case_open(struct cases *cs, const struct case_spec *spec,
	       case_done_fn *done, void *arg);
/* Quiet or loud change of an open case; NOT_FOUND: none open of this key. */
void case_update(struct cases *cs, const struct case_spec *spec,
		 case_done_fn *done, void *arg);
void case_close_key(struct cases *cs, struct str key, struct str why,
		    case_done_fn *done, void *arg);

/* done() of all calls comes after the call returned, once what it rests on is
 * on disk; GW_UNAVAIL: nothing was changed. */
enum case_verb {
	VERB_TAKE,
	VERB_ACK,
	VERB_RELEASE,
	VERB_GIVE,
	VERB_DONE,
	VERB_NOTE,
	VERB_DECLINE
};
struct case_order {
	enum case_verb verb;
	uint64_t number;
	struct str who;	  /* real bare JID */
	struct str via;	  /* "room", "direct", "web", "cli" */
	struct str other; /* GIVE */
	struct str text;  /* NOTE, DONE: reason */
	int64_t span;	  /* ACK: ms; 0: the default of the severity */
};
/* done() after the commit; why is a sentence for the person either way, e.g.
 * CONFLICT "ann has it since 10:02". */
void case_order(struct cases *cs, const struct case_order *o,
		case_done_fn *done, void *arg);

const struct casefile *case_get(const struct cases *cs, uint64_t number);
const struct casefile *case_by_key(const struct cases *cs, struct str key);
/* By key: an open one.  Walk: the open ones and those closed within 24 h, by
 * number, from 0. */
const struct casefile *case_next(const struct cases *cs, uint64_t after);
/* Whether this person may speak on it one-to-one: its recipient, its owner,
 * who it is offered to, who was told, members and leads of its pool. */
bool case_concerns(const struct cases *cs, uint64_t number, struct str who);
/* The last case this person was told of: for a bare "ack" one-to-one. */
uint64_t case_last_told(const struct cases *cs, struct str who);

/* A case that is in memory no more, by a reader; borrowed for the call. */
void case_read(struct cases *cs, uint64_t number,
	       void (*done)(void *arg, enum gw_err e, const struct casefile *c),
	       void *arg);

struct case_entry {
	int64_t seq, at;
	const char *what; /* "opened", "told", "claimed", ... */
	const char *who, *via, *why;
	const char *choice; /* JSON of the ranked candidates; "" none */
};
/* From the store by a reader; entries borrowed for the call. */
void case_timeline(struct cases *cs, uint64_t number,
		   void (*done)(void *arg, enum gw_err e,
				const struct case_entry *entries, size_t n),
		   void *arg);

#endif
