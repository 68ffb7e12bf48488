/* SPDX-License-Identifier: MIT */
/* ladder.h - the life of a case as one pure function
 *
 * Everything it may know is in the case's facts and the snapshot; everything
 * it wants is in the plan.  Each step chooses anew by live presence.  Timers
 * live in the store: ACT_WAKE says when to ask again.  Every act has a why.
 */
#ifndef GW_ENGINE_LADDER_H
#define GW_ENGINE_LADDER_H

#include "gateway/engine/choose.h"

enum ladder_target {
	TELL_RECIPIENT, /* of the mail, or nobody for an alert */
	TELL_BEST,	/* best available not told yet */
	TELL_ALL_AVAILABLE,
	TELL_LEAD,   /* members marked lead */
	TELL_PERSON, /* one named address */
	TELL_ROOM,   /* a line in a room */
};

enum { BY_IM = 1, BY_MAIL = 2 };

struct ladder_step {
	enum ladder_target target;
	const char *address; /* TELL_PERSON, TELL_ROOM */
	int64_t wait;	     /* ms until the next step */
	unsigned by;	     /* BY_*; 0 counts as BY_IM */
	bool offer_mail;     /* claiming brings a copy of the mail */
};

struct ladder {
	const char *name;
	size_t count;
	const struct ladder_step *steps;
	unsigned repeat; /* times the whole is climbed again, backing off */
};

/* So many steps are climbed for one case at most, whatever its ladder. */
#define LADDER_CLIMB_MAX 50

enum case_kind { CASE_MAIL, CASE_ALERT, CASE_FAULT };
enum case_state { CASE_OPEN, CASE_CLAIMED, CASE_CLOSED };

struct case_facts {
	uint64_t number;
	enum case_kind kind;
	enum case_state state;
	enum severity severity;
	const char *recipient; /* of a mail; "" for alerts */
	const char *room;      /* operators' room for its card; "" none */
	bool has_card;	       /* the card was posted already */
	unsigned step;	       /* steps climbed so far */
	unsigned climbed;      /* the same over all rounds, LADDER_CLIMB_MAX */
	unsigned round;	       /* repeats of the ladder so far */
	int64_t due;	       /* when the next step is due; 0: none */
	bool waiting_arrival;  /* a step found nobody: first one who comes */
	const char *owner;     /* CASE_CLAIMED */
	int64_t claimed_at;
	int64_t until;		     /* claim ends then; 0: until released */
	const char *offered_to;	     /* give: who may accept; "" none */
	int64_t owner_gone;	     /* owner offline since; 0: is there */
	int64_t claimant_gone_after; /* ms offline until the claim is lost */
	size_t told_count;
	const char *const *told; /* in the order in which they were told */
};

enum happening_kind {
	HAP_OPENED,   /* the case exists now */
	HAP_DUE,      /* the time asked for by ACT_WAKE has come */
	HAP_PRESENCE, /* somebody's presence changed (who) */
	HAP_CLAIM,    /* who takes it (until 0) or acks it (until set) */
	HAP_RELEASE,  /* who (owner or lead) gives it back */
	HAP_GIVE,     /* owner offers it to other */
	HAP_DECLINE,  /* who will not */
	HAP_CLOSE,    /* resolved, read, answered, done: why says which */
	HAP_CHANGED,  /* quiet change: counts, note */
	HAP_WORSE,    /* severity rose */
	HAP_FAILED,   /* who could not be told and never will be */
};

struct happening {
	enum happening_kind kind;
	const char *who;   /* bare JID or "" */
	const char *other; /* HAP_GIVE */
	int64_t until;	   /* HAP_CLAIM: ack expiry; 0: take */
	const char *why;   /* HAP_CLOSE */
	/* Signs of life are awaited first: all but climbing, which is due at
	 * once. */
	bool hold;
};

enum act_kind {
	ACT_TELL,     /* to: person; by; offer */
	ACT_ROOM,     /* a new line in room `to` */
	ACT_CARD,     /* post the card in room `to` (first time) */
	ACT_CORRECT,  /* correct the card in place */
	ACT_WITHDRAW, /* tell `to` that other has it, nothing to do */
	ACT_THANK,    /* tell the claimant `to` that other closed it */
	ACT_COPY,     /* a copy of the mail to the claimant `to` */
	ACT_WAKE,     /* ask again at `at` */
};

enum act_line {
	LINE_NONE,
	LINE_ESCALATED,
	LINE_NOBODY,
	LINE_CLAIMED,
	LINE_RELEASED,
	LINE_CLOSED,
	LINE_WORSE,
};

struct act {
	enum act_kind kind;
	const char *to;
	const char *other; /* who claimed, declined, closed...; "" */
	unsigned by;
	bool offer;
	bool needs_ping;    /* ACT_TELL: proof of life too old, ask first */
	int64_t at;	    /* ACT_WAKE */
	const char *why;    /* name of the rule, for log and timeline */
	enum act_line line; /* ACT_ROOM: which line */
};

struct plan {
	enum gw_err refused;	 /* GW_OK; GW_CONFLICT: other has it; GW_DENIED;
				    GW_NOT_FOUND: closed already */
	const char *why;	 /* one sentence: why this plan, why refused */
	struct case_facts after; /* the facts as they are to be stored */
	size_t count;
	struct act *acts;
	struct choice choice; /* count 0: nobody had to be chosen */
};

/* Severity names, facts, ladder: borrowed; the plan lives in a. */
struct plan ladder_decide(const struct case_facts *f, const struct ladder *l,
			  const struct snapshot *s, const struct happening *h,
			  struct arena *a);

#endif
