/* SPDX-License-Identifier: MIT */
/* verb.h - one line of a person as an order, a question, or mere talk
 *
 * PURE.  Talk among people in a room must stay unanswered: a line is a verb
 * only when all of it reads as one ("take 17", "#17" as well; "take a look"
 * is talk).
 */
#ifndef GW_DESK_VERB_H
#define GW_DESK_VERB_H

#include "gateway/case/case.h"

enum verb_word { WORD_ORDER, WORD_WHO, WORD_LIST, WORD_SHOW, WORD_HELP };

struct verb_line {
	enum verb_word word;
	enum case_verb verb;
	uint64_t number;  /* 0: none was named */
	int64_t span;	  /* ack: ms; 0: not named */
	struct str other; /* give: whom; who: the pool */
	struct str text;  /* note, done */
};

/* Slices point into text.  GW_NOT_FOUND: not a verb at all; GW_BAD_INPUT: a
 * verb misused, note says how it is used. */
enum gw_err verb_parse(struct str text, struct verb_line *out,
		       struct err_note *note) GW_CHECKED;

/* The case a stable id or thread names ("case-17-3", "case-17"); 0: none. */
uint64_t verb_case_of_id(struct str id);

extern const char verb_help[];

#endif
