/* SPDX-License-Identifier: MIT */
/* place.h - the mail side with all it stands on, and a client's end of a line
 */
#ifndef GW_TESTS_MTA_PLACE_H
#define GW_TESTS_MTA_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/base/when.h"
#include "mta/letter.h"

struct place {
	char folder[64];
	struct loop *loop;
	struct config *cfg;
	struct metrics *metrics;
	struct jobs *jobs;
	struct net *net;
	struct store *store;
	struct board *board;
	struct pools *pools;
	struct cases *cases;
	struct mta *mta;
	const char *extra;  /* YAML below `mail:`, two blanks deep */
	const char *nobody; /* of the pool */
	bool directory_dead;
	struct seam_people people;
	int peer; /* client's end; -1 */
	struct buf got;
	unsigned acts; /* that the case front was handed */
	char last_act[64];
};

struct place *place_new(const char *nobody, const char *extra);
void place_free(struct place **p);
/* The daemon ends and comes back from what is on disk. */
void place_down(struct place *p);
void place_up(struct place *p);
void place_restart(struct place *p);
void place_pass(struct place *p, int64_t ms);
void place_presence(struct place *p, const char *who, enum presence_show show);

/* A connection; what was there before is closed. */
void place_connect(struct place *p, const struct proto *proto);
void place_hang_up(struct place *p);
/* Says text and returns all that came back since. */
const char *place_say(struct place *p, const char *text);
const char *place_send(struct place *p, const void *bytes, size_t n);
/* A whole mail by LMTP: the answer to the data, the first line of it. */
const char *place_mail(struct place *p, const char *rcpt, const char *headers);

/* Files in a person's new/ or cur/. */
unsigned place_count(struct place *p, const char *person, const char *sub);
/* Path and content of the only file there. */
char *place_only(struct place *p, const char *person, const char *sub);
char *place_read(const char *path);
unsigned place_spooled(struct place *p);
void place_sql(struct place *p, const char *literal);
int64_t place_number(struct place *p, const char *literal);

#endif
