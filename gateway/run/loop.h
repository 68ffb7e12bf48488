/* SPDX-License-Identifier: MIT */
/* loop.h - the one thread that thinks: descriptors, timers, turns, time
 *
 * A loop is an interface: loop_ev.c waits with libev, loop_fake.c advances a
 * clock of its own, so that a scenario is exact.  Everything here belongs to
 * the core thread, but for loop_post(), which any thread may call.
 *
 * A turn: posted messages, descriptors, timers that are due, then the tasks
 * deferred to the end of the turn (each socket is written once per turn),
 * until none is left.  Tasks deferred by a task run in the same turn.
 *
 * Timers, watches and tasks are members of the struct they serve.  Zeroed
 * memory is an inactive one; starting an active one moves it; a timer is
 * inactive again before its function is called.
 */
#ifndef GW_RUN_LOOP_H
#define GW_RUN_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/list.h"
#include "gateway/base/map.h"

struct loop;

struct loop_timer {
	void (*fn)(struct loop_timer *t);
	int64_t due;	/* loop_now() time, or wall time */
	uint64_t order; /* private: of those due together, first come */
	uint32_t place; /* heap index + 1; 0: inactive */
	bool wall;	/* started by loop_timer_at_wall() */
};

struct loop_task {
	void (*fn)(struct loop_task *t);
	struct list link; /* link.next NULL or self: inactive */
};

enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop_watch {
	void (*fn)(struct loop_watch *w, unsigned events);
	int fd;
	unsigned events; /* wanted; 0: inactive */
	union {
		void *pointer;
		_Alignas(void *) uint8_t room[48];
	} backend; /* the backend's own; nothing after loop_unwatch() */
};

/* A message from another thread.  fn runs on the core thread and owns msg. */
struct loop_msg {
	void (*fn)(struct loop_msg *msg);
	struct loop_msg *next;
};

struct loop *loop_ev_new(void);		   /* the real one; NULL: no epoll */
struct loop *loop_fake_new(uint64_t seed); /* exact; starts at 2026-01-01 */
/* All watches and timers stopped before; runs what is posted still. */
void loop_free(struct loop **l);

/* Runs turns until loop_stop().  On the fake loop: until nothing is due. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* Fake loop only: runs all that is due up to now + ms, then stands there. */
void loop_fake_pass(struct loop *l, int64_t ms);
/* Fake loop only: wall clock jumps by ms (may be negative), now does not. */
void loop_fake_jump(struct loop *l, int64_t ms);

int64_t loop_now(const struct loop *l);	 /* ms since boot, CLOCK_BOOTTIME */
int64_t loop_wall(const struct loop *l); /* ms since 1970 UTC */
/* Both are read once per turn.  This one is read now, for measuring only: */
int64_t loop_usec(const struct loop *l);
void loop_random(struct loop *l, void *out, size_t n);
struct map_seed loop_seed(struct loop *l);
/* A fresh text identifier of 16 url-safe characters (96 random bits). */
void loop_id(struct loop *l, char out[17]);

void loop_timer_start(struct loop *l, struct loop_timer *t, int64_t in_ms);
/* Follows the wall clock when that is set; the past is due at once. */
void loop_timer_at_wall(struct loop *l, struct loop_timer *t, int64_t wall);
void loop_timer_stop(struct loop *l, struct loop_timer *t);
bool loop_timer_active(const struct loop_timer *t);

void loop_defer(struct loop *l, struct loop_task *t); /* end of this turn */
/* When no other task is left: what the tasks wrote goes out with the rest. */
void loop_defer_last(struct loop *l, struct loop_task *t);
void loop_defer_cancel(struct loop_task *t);

void loop_watch(struct loop *l, struct loop_watch *w, unsigned events);
void loop_unwatch(struct loop *l, struct loop_watch *w);

void loop_post(struct loop *l, struct loop_msg *msg); /* any thread */

/* SIGINT, SIGTERM, SIGHUP, SIGCHLD... on the core thread; fn(arg, signo).
 * Real loop only; call before run. */
void loop_on_signal(struct loop *l, int signo, void (*fn)(void *arg, int signo),
		    void *arg);

#endif
