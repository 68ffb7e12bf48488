/* SPDX-License-Identifier: MIT */
/* loop_private.h - what the two loops share with loop.c
 *
 * A backend embeds struct loop as its first member, waits in its own way and
 * calls loop_begin() when it woke, its watches, then loop_finish().
 */
#ifndef GW_RUN_LOOP_PRIVATE_H
#define GW_RUN_LOOP_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/run/loop.h"

struct loop_ops {
	void (*free)(struct loop *l);
	void (*run)(struct loop *l);
	void (*clock)(const struct loop *l, int64_t *now, int64_t *wall);
	int64_t (*usec)(const struct loop *l);
	void (*random)(struct loop *l, void *out, size_t n);
	void (*watch)(struct loop *l, struct loop_watch *w); /* w->events set */
	void (*unwatch)(struct loop *l, struct loop_watch *w);
	void (*wake)(struct loop *l); /* from any thread */
	void (*on_signal)(struct loop *l, int signo,
			  void (*fn)(void *arg, int signo), void *arg);
};

struct loop_heap {
	struct loop_timer **timers;
	size_t used;
	size_t cap;
};

struct loop_queue {
	struct loop_msg *head;
	struct loop_msg **tail;
};

struct loop {
	const struct loop_ops *ops;
	int64_t now;
	int64_t wall;
	uint64_t order; /* timers started so far */
	struct loop_heap heaps[2];
	struct list tasks, last;
	struct loop_queue ready; /* posted, taken over by this turn */
	pthread_mutex_t lock;	 /* over posted alone */
	struct loop_queue posted;
	atomic_bool any_posted; /* whether it holds some */
	bool stopped;
};

void loop_init(struct loop *l, const struct loop_ops *ops);
void loop_fini(struct loop *l);

void loop_begin(struct loop *l);  /* reads the clocks, runs what was posted */
void loop_finish(struct loop *l); /* timers that are due, then the tasks */
/* Milliseconds until the next thing is due; 0: now, -1: nothing is. */
int64_t loop_idle_ms(struct loop *l);
/* Runs all that was posted until now, outside a turn too. */
void loop_flush(struct loop *l);

#endif
