/* SPDX-License-Identifier: MIT */
/* loop.c - timers, tasks, posted messages and turns, the same for both loops
 *
 * Timers live in two binary heaps: one in time since boot, one in wall time,
 * so that an absolute deadline moves with a clock that is set.  It never
 * waits and never reads a clock itself: that is the backend's.
 */
#include "gateway/run/loop_private.h"

#include <assert.h>

#include "gateway/base/arena.h"

enum { HEAP_BOOT, HEAP_WALL };

static bool earlier(const struct loop_timer *a, const struct loop_timer *b)
{
	if (a->due != b->due)
		return a->due < b->due;
	return a->order < b->order;
}

static void heap_set(struct loop_heap *h, size_t i, struct loop_timer *t)
{
	h->timers[i] = t;
	t->place = (uint32_t)i + 1;
}

static void heap_up(struct loop_heap *h, size_t i, struct loop_timer *t)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (!earlier(t, h->timers[parent]))
			break;
		heap_set(h, i, h->timers[parent]);
		i = parent;
	}
	heap_set(h, i, t);
}

static void heap_down(struct loop_heap *h, size_t i, struct loop_timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= h->used)
			break;
		if (child + 1 < h->used &&
		    earlier(h->timers[child + 1], h->timers[child]))
			child++;
		if (!earlier(h->timers[child], t))
			break;
		heap_set(h, i, h->timers[child]);
		i = child;
	}
	heap_set(h, i, t);
}

static void heap_add(struct loop_heap *h, struct loop_timer *t)
{
	if (h->used == h->cap) {
		size_t cap = h->cap > 0 ? 2 * h->cap : 64;

		h->timers = mem_grow(h->timers, h->cap * sizeof(*h->timers),
				     cap * sizeof(*h->timers));
		h->cap = cap;
	}
	h->used++;
	heap_up(h, h->used - 1, t);
}

static void heap_del(struct loop_heap *h, struct loop_timer *t)
{
	size_t i = (size_t)t->place - 1;
	struct loop_timer *last;

	assert(i < h->used && h->timers[i] == t);
	last = h->timers[--h->used];
	t->place = 0;
	if (last == t)
		return;
	if (i > 0 && earlier(last, h->timers[(i - 1) / 2]))
		heap_up(h, i, last);
	else
		heap_down(h, i, last);
}

static int64_t late_by(const struct loop *l, const struct loop_timer *t)
{
	return (t->wall ? l->wall : l->now) - t->due;
}

/* The timer to fire next, of both heaps; NULL when there is none. */
static struct loop_timer *next_timer(const struct loop *l)
{
	struct loop_timer *best = NULL;

	for (size_t i = 0; i < 2; i++) {
		const struct loop_heap *h = &l->heaps[i];
		int64_t a, b;

		if (h->used == 0)
			continue;
		if (best == NULL) {
			best = h->timers[0];
			continue;
		}
		a = late_by(l, h->timers[0]);
		b = late_by(l, best);
		if (a > b || (a == b && h->timers[0]->order < best->order))
			best = h->timers[0];
	}
	return best;
}

/* Timers started meanwhile sort behind those already due and wait for the
 * next turn: one that restarts itself with 0 must not starve the sockets. */
static void run_timers(struct loop *l)
{
	uint64_t until = l->order;
	struct loop_timer *t;

	while ((t = next_timer(l)) != NULL && late_by(l, t) >= 0 &&
	       t->order < until) {
		loop_timer_stop(l, t);
		t->fn(t);
	}
}

static struct list *next_task(struct loop *l)
{
	struct list *node = list_pop(&l->tasks);

	return node != NULL ? node : list_pop(&l->last);
}

static void run_tasks(struct loop *l)
{
	struct list *node;

	while ((node = next_task(l)) != NULL) {
		struct loop_task *t = LIST_OF(node, struct loop_task, link);

		t->fn(t);
	}
}

/* Most turns have none, and take no lock to see it. */
static bool any_posted(struct loop *l)
{
	return atomic_load_explicit(&l->any_posted, memory_order_acquire);
}

static bool take_posted(struct loop *l)
{
	if (!any_posted(l))
		return false;
	pthread_mutex_lock(&l->lock);
	*l->ready.tail = l->posted.head;
	l->ready.tail = l->posted.tail;
	atomic_store_explicit(&l->any_posted, false, memory_order_relaxed);
	l->posted.head = NULL;
	l->posted.tail = &l->posted.head;
	pthread_mutex_unlock(&l->lock);
	return true;
}

static void run_ready(struct loop *l)
{
	struct loop_msg *msg;

	while ((msg = l->ready.head) != NULL) {
		l->ready.head = msg->next;
		if (msg->next == NULL)
			l->ready.tail = &l->ready.head;
		msg->next = NULL;
		msg->fn(msg);
	}
}

void loop_init(struct loop *l, const struct loop_ops *ops)
{
	l->ops = ops;
	list_init(&l->tasks);
	list_init(&l->last);
	l->ready.tail = &l->ready.head;
	l->posted.tail = &l->posted.head;
	pthread_mutex_init(&l->lock, NULL);
	ops->clock(l, &l->now, &l->wall);
}

void loop_fini(struct loop *l)
{
	pthread_mutex_destroy(&l->lock);
	for (size_t i = 0; i < 2; i++)
		mem_free(l->heaps[i].timers);
}

void loop_begin(struct loop *l)
{
	l->ops->clock(l, &l->now, &l->wall);
	take_posted(l);
	run_ready(l);
}

void loop_finish(struct loop *l)
{
	run_timers(l);
	run_tasks(l);
}

int64_t loop_idle_ms(struct loop *l)
{
	const struct loop_timer *t = next_timer(l);

	if (any_posted(l) || !list_empty(&l->tasks) || !list_empty(&l->last))
		return 0;
	if (t == NULL)
		return -1;
	return late_by(l, t) >= 0 ? 0 : -late_by(l, t);
}

void loop_flush(struct loop *l)
{
	run_ready(l);
	while (take_posted(l))
		run_ready(l);
}

void loop_free(struct loop **l)
{
	if (*l == NULL)
		return;
	loop_flush(*l);
	(*l)->ops->free(*l);
	*l = NULL;
}

void loop_run(struct loop *l)
{
	l->stopped = false;
	l->ops->run(l);
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}

int64_t loop_now(const struct loop *l)
{
	return l->now;
}

int64_t loop_wall(const struct loop *l)
{
	return l->wall;
}

int64_t loop_usec(const struct loop *l)
{
	return l->ops->usec(l);
}

void loop_random(struct loop *l, void *out, size_t n)
{
	l->ops->random(l, out, n);
}

struct map_seed loop_seed(struct loop *l)
{
	struct map_seed seed;

	loop_random(l, &seed, sizeof(seed));
	return seed;
}

void loop_id(struct loop *l, char out[17])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t random[16];

	loop_random(l, random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		out[i] = digits[random[i] & 63];
	out[16] = '\0';
}

static void timer_add(struct loop *l, struct loop_timer *t, bool wall,
		      int64_t due)
{
	loop_timer_stop(l, t);
	t->wall = wall;
	t->due = due;
	t->order = l->order++;
	heap_add(&l->heaps[wall ? HEAP_WALL : HEAP_BOOT], t);
}

void loop_timer_start(struct loop *l, struct loop_timer *t, int64_t in_ms)
{
	int64_t due = l->now;

	if (in_ms > 0 && __builtin_add_overflow(l->now, in_ms, &due))
		due = INT64_MAX;
	timer_add(l, t, false, due);
}

void loop_timer_at_wall(struct loop *l, struct loop_timer *t, int64_t wall)
{
	if (wall <= l->wall)
		loop_timer_start(l, t, 0);
	else
		timer_add(l, t, true, wall);
}

void loop_timer_stop(struct loop *l, struct loop_timer *t)
{
	if (t->place != 0)
		heap_del(&l->heaps[t->wall ? HEAP_WALL : HEAP_BOOT], t);
}

bool loop_timer_active(const struct loop_timer *t)
{
	return t->place != 0;
}

void loop_defer(struct loop *l, struct loop_task *t)
{
	loop_defer_cancel(t);
	list_append(&l->tasks, &t->link);
}

void loop_defer_last(struct loop *l, struct loop_task *t)
{
	loop_defer_cancel(t);
	list_append(&l->last, &t->link);
}

void loop_defer_cancel(struct loop_task *t)
{
	if (t->link.next != NULL)
		list_del(&t->link);
}

void loop_watch(struct loop *l, struct loop_watch *w, unsigned events)
{
	if (events == w->events)
		return;
	if (events == 0) {
		loop_unwatch(l, w);
		return;
	}
	w->events = events;
	l->ops->watch(l, w);
}

void loop_unwatch(struct loop *l, struct loop_watch *w)
{
	if (w->events == 0)
		return;
	w->events = 0;
	l->ops->unwatch(l, w);
	w->backend.pointer = NULL;
}

void loop_post(struct loop *l, struct loop_msg *msg)
{
	bool first;

	msg->next = NULL;
	pthread_mutex_lock(&l->lock);
	first = l->posted.head == NULL;
	*l->posted.tail = msg;
	l->posted.tail = &msg->next;
	atomic_store_explicit(&l->any_posted, true, memory_order_release);
	/* Woken under the lock: whoever sees the message may free the loop
	 * as soon as it is released. */
	if (first)
		l->ops->wake(l);
	pthread_mutex_unlock(&l->lock);
}

void loop_on_signal(struct loop *l, int signo, void (*fn)(void *arg, int signo),
		    void *arg)
{
	l->ops->on_signal(l, signo, fn, arg);
}
