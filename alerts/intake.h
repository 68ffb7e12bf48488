/* SPDX-License-Identifier: MIT */
/* intake.h - batches of events on their way to disk
 *
 * One commit is under way at a time; batches that come meanwhile share the
 * next one.  done() is called after the commit (or with what refused it), so
 * a 2xx sent from there means "on disk".  At most WAITING_MAX batches wait;
 * more are refused with GW_LIMIT at once.
 */
#ifndef GW_ALERTS_INTAKE_H
#define GW_ALERTS_INTAKE_H

#include "alerts/model.h"
#include "alerts/rule/group.h"
#include "gateway/run/metrics.h"

struct alerts_intake;

/* Lives, with all it points at, until done(). */
struct alerts_batch {
	struct list link; /* private */
	struct alerts_event *events;
	size_t n;
	struct str source;
	struct str key; /* of the delivery, "" */
	struct str raw; /* as it came; STR_NONE: not kept */
	size_t refused; /* events whose fingerprint other labels have */
	void (*done)(struct alerts_batch *b, enum gw_err e);
	void *arg;
};

struct alerts_intake_spec {
	struct loop *loop;
	struct store *store;
	struct alerts_model *model;
	struct alerts_groups *groups;
	struct metric *fired, *resolved, *refreshed, *shed, *dead;
};

struct alerts_intake *alerts_intake_new(const struct alerts_intake_spec *spec);
void alerts_intake_limit(struct alerts_intake *in, size_t max_alerts);
void alerts_intake_submit(struct alerts_intake *in, struct alerts_batch *b);
/* Kept, bounded, for people to look at; nobody waits for it. */
void alerts_intake_dead(struct alerts_intake *in, struct str source,
			const char *why, struct str body);
/* Before the loop: a row of the disk. */
void alerts_intake_restore(struct alerts_intake *in,
			   const struct store_alert *row, struct arena *a);
/* What waits is answered GW_UNAVAIL, and so is all that comes later. */
void alerts_intake_stop(struct alerts_intake *in);
void alerts_intake_free(struct alerts_intake **in); /* nothing under way */

#endif
