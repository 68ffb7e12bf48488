/* SPDX-License-Identifier: MIT */
/* loop_fake.c - the exact loop: a clock that only moves when told, for tests
 *
 * Random bytes come from the seed, so that a scenario is the same each time.
 * Watches are real descriptors asked by poll(2) without waiting: socket pairs
 * inside one process work, and an hour passes in microseconds.
 */
#include <assert.h>
#include <poll.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/run/loop_private.h"

#define START_NOW  ((int64_t)3600 * 1000)
#define START_WALL ((int64_t)1767225600 * 1000) /* 2026-01-01T00:00:00Z */

/* This many turns without time passing is a loop that will never rest. */
#define TURNS_MAX 1000000

struct fake_watch {
	struct loop_watch *w; /* NULL: unwatched during this turn */
	struct list link;
};

struct loop_fake {
	struct loop loop;
	int64_t now;
	int64_t jumped;
	uint64_t random;
	struct list watches;
	struct list ended; /* unwatched during this turn */
	size_t watch_count;
};

static struct loop_fake *self_of(struct loop *l)
{
	return (struct loop_fake *)(void *)l;
}

static void fake_clock(const struct loop *l, int64_t *now, int64_t *wall)
{
	const struct loop_fake *self =
		(const struct loop_fake *)(const void *)l;

	*now = self->now;
	*wall = START_WALL + (self->now - START_NOW) + self->jumped;
}

static int64_t fake_usec(const struct loop *l)
{
	return l->now * 1000;
}

/* splitmix64: no secret is made on this loop. */
static uint64_t next_random(struct loop_fake *self)
{
	uint64_t z = self->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void fake_random(struct loop *l, void *out, size_t n)
{
	uint8_t *p = out;

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(next_random(self_of(l)) >> 56);
}

static void fake_watch(struct loop *l, struct loop_watch *w)
{
	struct loop_fake *self = self_of(l);
	struct fake_watch *b = w->backend.pointer;

	if (b != NULL)
		return;
	b = mem_new(sizeof(*b));
	b->w = w;
	w->backend.pointer = b;
	list_append(&self->watches, &b->link);
	self->watch_count++;
}

static void fake_unwatch(struct loop *l, struct loop_watch *w)
{
	struct loop_fake *self = self_of(l);
	struct fake_watch *b = w->backend.pointer;

	b->w = NULL;
	list_del(&b->link);
	list_append(&self->ended, &b->link);
	self->watch_count--;
}

static void free_ended(struct loop_fake *self)
{
	struct list *node;

	while ((node = list_pop(&self->ended)) != NULL)
		mem_free(LIST_OF(node, struct fake_watch, link));
}

static unsigned events_of(const struct pollfd *p)
{
	unsigned events = 0;

	if ((p->revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0)
		events |= LOOP_READ;
	if ((p->revents & (POLLOUT | POLLHUP | POLLERR | POLLNVAL)) != 0)
		events |= LOOP_WRITE;
	return events;
}

static void ask(struct loop_fake *self, struct pollfd *fds,
		struct fake_watch **asked)
{
	size_t n = 0;

	LIST_EACH(node, &self->watches)
	{
		struct fake_watch *b = LIST_OF(node, struct fake_watch, link);

		asked[n] = b;
		fds[n].fd = b->w->fd;
		if ((b->w->events & LOOP_READ) != 0)
			fds[n].events |= POLLIN;
		if ((b->w->events & LOOP_WRITE) != 0)
			fds[n].events |= POLLOUT;
		n++;
	}
}

/* Calls the watches that are ready; says whether there was one. */
static bool run_watches(struct loop_fake *self)
{
	size_t n = self->watch_count;
	struct pollfd *fds;
	struct fake_watch **asked;
	bool any = false;

	if (n == 0)
		return false;
	fds = mem_new(n * sizeof(*fds));
	asked = mem_new(n * sizeof(struct fake_watch *));
	ask(self, fds, asked);
	poll(fds, n, 0);
	for (size_t i = 0; i < n; i++) {
		struct loop_watch *w = asked[i]->w;
		unsigned events = events_of(&fds[i]);

		if (w == NULL || (events & w->events) == 0)
			continue;
		any = true;
		w->fn(w, events & w->events);
	}
	mem_free(asked);
	mem_free(fds);
	return any;
}

static void turns_until_rest(struct loop_fake *self)
{
	struct loop *l = &self->loop;
	bool any;
	unsigned turns = 0;

	do {
		turns++;
		assert(turns < TURNS_MAX);
		/* What ran may have made a descriptor ready: only a turn in
		 * which nothing ran is rest. */
		any = loop_idle_ms(l) == 0;
		loop_begin(l);
		any = run_watches(self) || any;
		any = any || loop_idle_ms(l) == 0;
		loop_finish(l);
		free_ended(self);
	} while (!l->stopped && (any || loop_idle_ms(l) == 0));
}

static void fake_run(struct loop *l)
{
	turns_until_rest(self_of(l));
}

static void fake_free(struct loop *l)
{
	struct loop_fake *self = self_of(l);

	free_ended(self);
	loop_fini(l);
	mem_free(self);
}

static void fake_wake(struct loop *l)
{
	(void)l; /* it never waits */
}

static void fake_on_signal(struct loop *l, int signo,
			   void (*fn)(void *arg, int signo), void *arg)
{
	(void)l;
	(void)signo;
	(void)fn;
	(void)arg;
	abort(); /* signals are for the real loop */
}

static const struct loop_ops ops = {
	.free = fake_free,
	.run = fake_run,
	.clock = fake_clock,
	.usec = fake_usec,
	.random = fake_random,
	.watch = fake_watch,
	.unwatch = fake_unwatch,
	.wake = fake_wake,
	.on_signal = fake_on_signal,
};

struct loop *loop_fake_new(uint64_t seed)
{
	struct loop_fake *self = mem_new(sizeof(*self));

	self->now = START_NOW;
	self->random = seed;
	list_init(&self->watches);
	list_init(&self->ended);
	loop_init(&self->loop, &ops);
	return &self->loop;
}

void loop_fake_pass(struct loop *l, int64_t ms)
{
	struct loop_fake *self = self_of(l);
	int64_t end = self->now + ms;

	assert(l->ops == &ops && ms >= 0);
	l->stopped = false;
	for (;;) {
		int64_t idle;

		turns_until_rest(self);
		idle = loop_idle_ms(l);
		if (l->stopped || self->now == end)
			return;
		if (idle < 0 || idle > end - self->now)
			idle = end - self->now;
		self->now += idle;
	}
}

void loop_fake_jump(struct loop *l, int64_t ms)
{
	assert(l->ops == &ops);
	self_of(l)->jumped += ms;
	fake_clock(l, &l->now, &l->wall);
}
