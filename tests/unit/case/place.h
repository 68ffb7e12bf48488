/* SPDX-License-Identifier: MIT */
/* place.h - a case service with a store, a board, a pool, and a front that
 * notes what it was asked to do, for the tests of the case room
 */
#ifndef GW_TESTS_CASE_PLACE_H
#define GW_TESTS_CASE_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "gateway/case/case.h"
#include "gateway/config/config.h"

#define ACTS_MAX    4000
#define ANSWERS_MAX 100
#define ROOM	    "ops@rooms.x.org"

/* What the front was handed. */
struct place_act {
	char id[32];
	char to[40];
	char why[40];
	enum act_kind kind;
	int64_t version; /* of the case as it was shown */
	char owner[40];
	void (*done)(void *arg, enum gw_err e);
	void *arg;
};

struct place_answer {
	enum gw_err e;
	uint64_t number;
	char why[200];
};

struct place_seen { /* by a watcher */
	char what[24];
	uint64_t number;
};

struct place {
	char folder[64];
	char path[128]; /* ":memory:" or a file in folder */
	struct loop *loop;
	struct config *cfg;
	struct store *store;
	struct board *board;
	struct pools *pools;
	struct cases *cases;
	struct place_act acts[ACTS_MAX];
	size_t act_count;
	struct place_answer answers[ANSWERS_MAX];
	size_t answer_count;
	struct place_seen seen[ANSWERS_MAX];
	size_t seen_count;
	bool front_holds;	/* leaves acts unanswered */
	enum gw_err front_says; /* its answer otherwise */
	const char *dead;	/* does not answer pings */
	const char *via;	/* of orders; NULL: one-to-one */
	unsigned pings;
	bool pings_hang; /* until the test says pong() */
	void (*pong)(void *arg, enum gw_err e);
	void *pong_arg;
};

struct place *place_new(bool file);
void place_free(struct place **p);
/* The daemon dies (what the front has not answered, it never will) and comes
 * back from the same store; the board is empty. */
void place_restart(struct place *p);
void place_up(struct place *p);
void place_down(struct place *p);

void place_presence(struct place *p, const char *who, enum presence_show show);
uint64_t place_open(struct place *p, const char *key, enum severity s,
		    const char *ladder);
struct place_answer place_order(struct place *p, enum case_verb verb,
				uint64_t number, const char *who,
				const char *other);
struct place_answer place_close(struct place *p, const char *key);
void place_pass(struct place *p, int64_t ms);
/* Acts since the last call, as "card ops, tell ann"; ends with "". */
const char *place_acts(struct place *p);
void place_note(void *arg, enum gw_err e, uint64_t number, const char *why);
void place_sql(struct place *p, const char *literal);
int64_t place_count(struct place *p, const char *literal);

#endif
