/* SPDX-License-Identifier: MIT */
/* demo_event.c - a list with a lock, and waiting on it */
#include "gateway/cli/demo_event.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "gateway/base/arena.h"

#define LOOK_EVERY 100 /* ms: whether we are to stop */

struct demo_events {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct arena *arena;
	struct demo_event *events;
	size_t count, cap;
};

struct demo_events *demo_event_new(void)
{
	struct demo_events *e = mem_new(sizeof(*e));
	pthread_condattr_t attr;

	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&e->more, &attr);
	pthread_condattr_destroy(&attr);
	e->arena = arena_new();
	return e;
}

void demo_event_free(struct demo_events **out)
{
	struct demo_events *e = *out;

	if (e == NULL)
		return;
	pthread_cond_destroy(&e->more);
	pthread_mutex_destroy(&e->lock);
	arena_free(&e->arena);
	mem_free(e->events);
	mem_free(e);
	*out = NULL;
}

static const char *keep(struct demo_events *e, const char *s)
{
	return arena_strdup(e->arena, s != NULL ? s : "");
}

void demo_event_add(struct demo_events *e, const struct demo_event *event)
{
	struct demo_event *slot;

	pthread_mutex_lock(&e->lock);
	if (e->count == e->cap) {
		size_t cap = e->cap == 0 ? 64 : e->cap * 2;

		e->events = mem_grow(e->events, e->cap * sizeof(*e->events),
				     cap * sizeof(*e->events));
		e->cap = cap;
	}
	slot = &e->events[e->count++];
	slot->kind = event->kind;
	slot->who = keep(e, event->who);
	slot->from = keep(e, event->from);
	slot->type = keep(e, event->type);
	slot->id = keep(e, event->id);
	slot->replace = keep(e, event->replace);
	slot->body = keep(e, event->body);
	pthread_cond_broadcast(&e->more);
	pthread_mutex_unlock(&e->lock);
}

size_t demo_event_count(struct demo_events *e)
{
	size_t n;

	pthread_mutex_lock(&e->lock);
	n = e->count;
	pthread_mutex_unlock(&e->lock);
	return n;
}

static bool same(const char *want, const char *is)
{
	return want == NULL || strcmp(want, is) == 0;
}

static bool holds(const char *body, const char *part)
{
	return part == NULL || strstr(body, part) != NULL;
}

static bool matches(const struct demo_event *e, const struct demo_want *w)
{
	return e->kind == w->kind && same(w->who, e->who) &&
	       same(w->type, e->type) && same(w->replace, e->replace) &&
	       (w->from == NULL ||
		strncmp(e->from, w->from, strlen(w->from)) == 0) &&
	       holds(e->body, w->has) && holds(e->body, w->also);
}

static struct timespec after(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

bool demo_event_stopped(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) == 1 ||
		sigismember(&pending, SIGTERM) == 1 ||
		sigismember(&pending, SIGHUP) == 1);
}

static bool is_before(const struct timespec *x, const struct timespec *y)
{
	return x->tv_sec < y->tv_sec ||
	       (x->tv_sec == y->tv_sec && x->tv_nsec < y->tv_nsec);
}

/* Waits for more, under the lock; false: the time is over, or ours is. */
static bool wait_more(struct demo_events *e, const struct timespec *end)
{
	struct timespec look = after(LOOK_EVERY);
	bool last = !is_before(&look, end);
	int late =
		pthread_cond_timedwait(&e->more, &e->lock, last ? end : &look);

	return !(late == ETIMEDOUT && last) && !demo_event_stopped();
}

bool demo_event_wait(struct demo_events *e, size_t *at,
		     const struct demo_want *want, int64_t within,
		     struct demo_event *out)
{
	struct timespec end = after(within);
	bool found = false, go_on = true;

	pthread_mutex_lock(&e->lock);
	for (size_t i = *at; !found && go_on;) {
		while (i < e->count && !found) {
			found = matches(&e->events[i], want);
			i++;
		}
		if (found) {
			*out = e->events[i - 1];
			*at = i;
		} else {
			go_on = wait_more(e, &end);
		}
	}
	pthread_mutex_unlock(&e->lock);
	return found;
}
