/* SPDX-License-Identifier: MIT */
/* model.h - the hot table of alerts, and what an event makes of one
 *
 * Refreshes are not news (alerts.md 15.1): only transitions go to disk, a
 * refresh moves the end in memory.  Memory changes at once; every change is
 * noted in an undo, which either commits or puts all back exactly.
 */
#ifndef GW_ALERTS_MODEL_H
#define GW_ALERTS_MODEL_H

#include "alerts/event.h"
#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/run/loop.h"
#include "gateway/store/alert/alert.h"

struct alerts_data { /* one block of memory, replaced as a whole */
	struct alerts_labels labels, annotations;
	struct str generator, source;
};

struct alerts_state {
	enum severity severity;
	bool firing;
	bool confirmed; /* its sender said it is over */
	bool timeout_based;
	int64_t starts, ends; /* the sender's; ends: of the firing, wall */
	int64_t fired, seen;  /* ours, wall */
	unsigned truncated;   /* alerts its sender left out beside it */
};

struct alerts_alert {
	char fingerprint[ALERTS_FINGERPRINT_MAX];
	struct alerts_data *data;
	struct alerts_state state;
	struct list members;	 /* of incidents, rule/group.c */
	struct loop_timer timer; /* its end, or when it is forgotten */
	void *owner;
};

enum alerts_change {
	ALERTS_NOTHING, /* no news, no refresh */
	ALERTS_REFRESH,
	ALERTS_FIRED, /* new, or again */
	ALERTS_CHANGED,
	ALERTS_RESOLVED,
};

struct alerts_model {
	struct map by_fingerprint;
	size_t firing;
};

struct alerts_undo; /* what one commit changed, in order */

void alerts_model_init(struct alerts_model *m, struct map_seed seed);
void alerts_model_fini(struct alerts_model *m); /* timers stopped before */

struct alerts_undo *alerts_undo_new(void);
size_t alerts_undo_count(const struct alerts_undo *u);
/* The i-th alert changed, and how; fresh: it was not in the table before. */
struct alerts_alert *alerts_undo_at(const struct alerts_undo *u, size_t i,
				    enum alerts_change *change);
void alerts_undo_commit(struct alerts_undo **u);
/* Alerts that were new are freed. */
void alerts_undo_back(struct alerts_undo **u, struct alerts_model *m);

/* GW_CONFLICT: other labels have this fingerprint.  u: takes the change. */
enum gw_err alerts_model_take(struct alerts_model *m, struct alerts_undo *u,
			      const struct alerts_event *e, struct str source,
			      int64_t now) GW_CHECKED;
void alerts_model_row(const struct alerts_alert *al, struct buf *labels,
		      struct buf *annotations, struct store_alert *out);
/* A row of the disk; NULL when it cannot be read. */
struct alerts_alert *alerts_model_restore(struct alerts_model *m,
					  const struct store_alert *row,
					  struct arena *a);
void alerts_model_forget(struct alerts_model *m, struct alerts_alert **al);

#endif
