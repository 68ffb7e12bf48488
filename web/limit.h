/* SPDX-License-Identifier: MIT */
/* limit.h - how often log-in may fail before it has to wait
 *
 * Counted per account and address of the peer together, per account, and per
 * address: one who guesses is stopped soon, and cannot lock others out soon.
 */
#ifndef GW_WEB_LIMIT_H
#define GW_WEB_LIMIT_H

#include "gateway/run/loop.h"

#include "gateway/base/str.h"

struct limits;

struct limits *web_limit_new(struct loop *l);
void web_limit_free(struct limits **ls);

struct limit_try {
	struct str account; /* as typed, folded */
	const char *peer;   /* http_peer() */
};
/* How long to wait before this may be tried; 0: now. */
int64_t web_limit_wait(struct limits *ls, const struct limit_try *t);
/* A try counts as failed until it was good, so that many at once are counted
 * too. */
void web_limit_begin(struct limits *ls, const struct limit_try *t);
void web_limit_good(struct limits *ls, const struct limit_try *t);
void web_limit_sweep(struct limits *ls);

#endif
