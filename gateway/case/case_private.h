/* SPDX-License-Identifier: MIT */
/* case_private.h - what the files of this room share with each other
 *
 * A case in memory is a struct case_live.  Its facts are a struct case_rev,
 * one per transition, which never changes: `rev` is the newest and decides,
 * `shown` is the newest on disk and is what others see.
 */
#ifndef GW_CASE_CASE_PRIVATE_H
#define GW_CASE_CASE_PRIVATE_H

#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/case/case.h"
#include "gateway/store/case/cases.h"

struct case_rev {
	unsigned refs;
	struct casefile f;
	int64_t config_version, owner_gone;
	unsigned climbed, acts; /* acts: the number of the last one planned */
	size_t told_count;
	const char **told;
	struct list grave; /* in cases->graves: freed when the turn ends */
	char *text;	   /* the strings of all this */
};

struct case_ladder { /* shared by the cases that climb it */
	unsigned refs;
	struct cases *cs;
	char *text; /* as stored */
	struct arena *arena;
	struct ladder ladder;
};

enum case_todo_state { TODO_UNCOMMITTED, TODO_PLANNED, TODO_DOING, TODO_OVER };

struct case_todo { /* an act of the outbox */
	struct list link;
	enum case_todo_state state;
	const char *result; /* TODO_OVER: to be stored */
	bool storing;
	unsigned tries;
	int64_t again;	 /* loop time; not before */
	int64_t version; /* what must be on disk to be shown by it */
	struct arena *arena;
	struct store_case_act act;
};

struct case_mark { /* a sign of life asked for, for one decision */
	struct list link;
	char *who;
	enum { MARK_ASKED, MARK_ALIVE, MARK_SILENT } state;
};

struct case_live {
	struct cases *cs;
	uint64_t number;
	char *key;
	struct case_rev *rev;	/* NULL: is being read again */
	struct case_rev *shown; /* NULL: not on disk yet */
	struct case_ladder *ladder;
	struct loop_timer timer; /* due; forgetting; reading again */
	unsigned inflight;	 /* requests whose commit is awaited */
	bool broken;		 /* a commit failed: to be read again */
	bool reading;
	struct list todos; /* by step */
	struct list marks;
	unsigned asked;	       /* pings under way */
	struct list kick_link; /* in cases->kicked */
};

struct case_watcher {
	case_watch_fn *fn;
	void *arg;
};

/* Answers that come from other rooms find out here that we are gone. */
struct case_anchor {
	struct cases *cs; /* NULL: freed */
	unsigned refs;
};

struct cases {
	struct case_service_spec use;
	struct case_front front;
	struct case_conf conf;
	int64_t config_version;
	struct case_watcher watchers[8];
	size_t watcher_count;
	struct case_anchor *anchor;
	struct case_live **live; /* by number */
	size_t count, cap;
	uint64_t last; /* the largest number given */
	struct map by_key;
	struct map people;  /* case_people.c */
	struct map told;    /* last case a person was told of */
	struct map ladders; /* by text */
	struct map named;   /* of the current configuration */
	size_t waiting;	    /* cases that await an arrival */
	bool started;
	int64_t overdue_from; /* wall: nothing is overdue before */
	struct list graves, kicked;
	struct loop_task bury, run;
	struct loop_timer retry, sweep, settle;
};

/* case_rev.c */
struct case_rev *case_rev_new(const struct case_rev *from); /* a copy */
struct case_rev *case_rev_ref(struct case_rev *r);
void case_rev_unref(struct cases *cs, struct case_rev **r);
struct casefile case_rev_file(const struct store_case *row); /* borrows */
struct case_rev *case_rev_of_row(const struct store_case *row);
void case_rev_row(const struct case_rev *r, const char *ladder_text,
		  struct arena *a, struct store_case *out);
struct case_facts case_rev_facts(const struct cases *cs,
				 const struct case_rev *r);
/* The facts a plan wants, into a revision that is being made. */
void case_rev_take(struct case_rev *r, const struct case_facts *f);

/* case_live.c */
struct case_live *case_live_new(struct cases *cs, uint64_t number,
				const char *key);
/* Index of number in cs->live, or of where it belongs. */
size_t case_live_place(const struct cases *cs, uint64_t number);
struct case_live *case_live_get(const struct cases *cs, uint64_t number);
struct case_live *case_live_by_key(const struct cases *cs, struct str key);
void case_live_drop(struct case_live *c);
/* rev becomes the newest; takes it; NULL: none. */
void case_live_set(struct case_live *c, struct case_rev *rev);
void case_live_schedule(struct case_live *c);
/* A commit failed: forget, and read again once all answers are in. */
void case_live_break(struct case_live *c);
void case_live_adopt(struct case_live *c, const struct store_case *row,
		     const struct store_case_act *acts, size_t n);

/* case_step.c */
struct case_event {
	struct happening h;	      /* who, other, why: live for the call */
	const struct case_spec *spec; /* what is changed, or NULL */
	const char *what;	      /* for the timeline; NULL: by the plan */
	const char *via, *why;
	const char *answer; /* a sentence when it succeeds */
	case_done_fn *done; /* or NULL */
	void *arg;
};
void case_step(struct case_live *c, const struct case_event *ev);
/* An answer that rests on what was submitted before, and changes nothing. */
struct case_answer {
	uint64_t number;
	enum gw_err e;
	const char *why;
	case_done_fn *done;
	void *arg;
};
void case_step_answer(struct cases *cs, const struct case_answer *answer);
void case_step_presence(struct case_live *c, const char *who);

/* case_ping.c */
void case_ping_ask(struct case_live *c, const char *who);
void case_ping_apply(const struct case_live *c, struct snapshot *s);
void case_ping_forget(struct case_live *c);

/* case_act.c */
void case_act_add(struct case_live *c, const struct store_case_act *act,
		  int64_t version, enum case_todo_state state);
void case_act_committed(struct case_live *c, int64_t first, int64_t last);
void case_act_kick(struct case_live *c);
void case_act_drop(struct case_todo *t);
/* A correction that is not under way yet will show version, too. */
bool case_act_joins(struct case_live *c, const char *room, int64_t version);
void case_act_init(struct cases *cs);

/* case_people.c */
void case_people_init(struct cases *cs);
void case_people_fini(struct cases *cs);
void case_people_of(struct cases *cs, const struct case_rev *old,
		    const struct case_rev *new);
void case_people_told(struct cases *cs, struct str who, uint64_t number,
		      int64_t at);
uint64_t case_people_last(const struct cases *cs, struct str who);
void case_people_sweep_later(struct cases *cs);

/* case_ladder.c */
struct case_ladder *case_ladder_read(struct cases *cs, const char *text);
struct case_ladder *case_ladder_ref(struct case_ladder *l);
void case_ladder_unref(struct case_ladder **l);
/* For a new case: as configured, or the default; NULL: none to climb. */
struct case_ladder *case_ladder_for(struct cases *cs,
				    const struct case_spec *spec);
void case_ladder_init(struct cases *cs);
void case_ladder_configure(struct cases *cs, const struct conf_map *ladders);
void case_ladder_fini(struct cases *cs);

void case_anchor_unref(struct case_anchor **a);

#endif
