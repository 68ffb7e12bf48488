/* SPDX-License-Identifier: MIT */
/* jobs.h - a pool of threads for calls that block
 *
 * run() works on the job alone (it sees no state of the core) on a pool
 * thread; done() runs on the core thread afterwards.  The job is embedded in
 * its owner's struct and must stay alive until done() was called.
 *
 * With 0 threads (inline mode) run() is called at the end of the turn, on the
 * core thread, then done(): the same order, exact on the fake loop.
 */
#ifndef GW_RUN_JOBS_H
#define GW_RUN_JOBS_H

#include "gateway/run/loop.h"

struct jobs;

struct job {
	void (*run)(struct job *j);
	void (*done)(struct job *j);
	struct loop_msg msg; /* private */
	struct jobs *jobs;   /* private */
	struct job *next;    /* private */
};

struct jobs *jobs_new(struct loop *l, unsigned threads, unsigned queue_max);
/* Waits for running jobs, calls done() of every job accepted. */
void jobs_free(struct jobs **j);
/* GW_LIMIT when queue_max jobs wait already: nothing was taken then. */
enum gw_err jobs_submit(struct jobs *js, struct job *j) GW_CHECKED;
unsigned jobs_waiting(const struct jobs *js);

#endif
