/* SPDX-License-Identifier: MIT */
/* loop_ev.c - the real loop: waits with libev, reads the kernel's clocks
 *
 * The only file that knows libev.  Its timers are not used but for one that
 * ends the wait.  A timerfd that is cancelled when the wall clock is set (and
 * after a suspend) ends the wait too, so that wall deadlines stay true.
 */
#include <ev.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/run/loop_private.h"

#define WAIT_MAX (24 * 3600 * 1000) /* ms; just a wake-up with nothing due */

struct ev_signo {
	ev_signal sig;
	void (*fn)(void *arg, int signo);
	void *arg;
	struct list link;
};

struct loop_ev {
	struct loop loop;
	struct ev_loop *ev;
	ev_async wake;
	ev_timer wait;
	int64_t wait_until; /* loop time; while wait is active */
	ev_io clock_set;
	int clock_fd;
	bool begun; /* loop_begin() was called in this turn */
	struct list signals;
};

static struct loop_ev *self_of(struct loop *l)
{
	return (struct loop_ev *)(void *)l;
}

static_assert(sizeof(ev_io) <= sizeof(((struct loop_watch *)0)->backend),
	      "a watch has room for libev's");

static ev_io *io_of(struct loop_watch *w)
{
	return (ev_io *)(void *)w->backend.room;
}

static int64_t clock_usec(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		abort();
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void ev_clock(const struct loop *l, int64_t *now, int64_t *wall)
{
	(void)l;
	*now = clock_usec(CLOCK_BOOTTIME) / 1000;
	*wall = clock_usec(CLOCK_REALTIME) / 1000;
}

static int64_t ev_usec(const struct loop *l)
{
	(void)l;
	return clock_usec(CLOCK_BOOTTIME);
}

static void ev_random(struct loop *l, void *out, size_t n)
{
	uint8_t *p = out;

	(void)l;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort(); /* no secret may ever be guessable */
		p += got;
		n -= (size_t)got;
	}
}

static void on_nothing(struct ev_loop *ev, ev_timer *t, int revents)
{
	(void)ev;
	(void)t;
	(void)revents;
}

static void on_wake(struct ev_loop *ev, ev_async *w, int revents)
{
	(void)ev;
	(void)w;
	(void)revents;
}

static void arm_clock_set(int fd)
{
	struct itimerspec never = { .it_value = { .tv_sec = INT64_MAX / 4 } };

	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
			NULL);
}

static void on_clock_set(struct ev_loop *ev, ev_io *io, int revents)
{
	struct loop_ev *self = ev_userdata(ev);
	uint64_t ticks;

	(void)revents;
	if (read(io->fd, &ticks, sizeof(ticks)) < 0 && errno == EAGAIN)
		return;
	arm_clock_set(io->fd);
	/* libev's clock stood still in the suspend, ours did not. */
	ev_timer_stop(ev, &self->wait);
}

static void on_io(struct ev_loop *ev, ev_io *io, int revents)
{
	struct loop_watch *w = LIST_OF(io, struct loop_watch, backend);
	unsigned events = 0;

	(void)ev;
	if ((revents & (EV_READ | EV_ERROR)) != 0)
		events |= LOOP_READ;
	if ((revents & (EV_WRITE | EV_ERROR)) != 0)
		events |= LOOP_WRITE;
	events &= w->events;
	if (events != 0)
		w->fn(w, events);
}

static void on_signal(struct ev_loop *ev, ev_signal *sig, int revents)
{
	struct ev_signo *s = (struct ev_signo *)(void *)sig;

	(void)ev;
	(void)revents;
	s->fn(s->arg, sig->signum);
}

/* libev calls this when the wait is over, and once before it: posted messages
 * come before descriptors. */
static void invoke(struct ev_loop *ev)
{
	struct loop_ev *self = ev_userdata(ev);

	if (ev_pending_count(ev) == 0)
		return;
	if (!self->begun)
		loop_begin(&self->loop);
	self->begun = true;
	ev_invoke_pending(ev);
}

static void ev_free(struct loop *l)
{
	struct loop_ev *self = self_of(l);
	struct list *node;

	while ((node = list_pop(&self->signals)) != NULL) {
		struct ev_signo *s = LIST_OF(node, struct ev_signo, link);

		ev_signal_stop(self->ev, &s->sig);
		mem_free(s);
	}
	if (self->clock_fd >= 0) {
		ev_io_stop(self->ev, &self->clock_set);
		close(self->clock_fd);
	}
	ev_async_stop(self->ev, &self->wake);
	ev_timer_stop(self->ev, &self->wait);
	ev_loop_destroy(self->ev);
	loop_fini(l);
	mem_free(self);
}

/* A timer that ends the wait too early does no harm, and is left alone. */
static void wait_at_most(struct loop_ev *self, int64_t ms)
{
	int64_t until = self->loop.now + ms;

	if (ev_is_active(&self->wait) && self->wait_until <= until)
		return;
	ev_timer_stop(self->ev, &self->wait);
	ev_timer_set(&self->wait, (double)ms / 1000.0, 0.0);
	ev_timer_start(self->ev, &self->wait);
	self->wait_until = until;
}

static void one_turn(struct loop_ev *self)
{
	struct loop *l = &self->loop;
	int64_t idle = loop_idle_ms(l);

	if (idle < 0 || idle > WAIT_MAX)
		idle = WAIT_MAX;
	if (idle > 0)
		wait_at_most(self, idle);
	self->begun = false;
	ev_run(self->ev, idle > 0 ? EVRUN_ONCE : EVRUN_NOWAIT);
	if (!self->begun)
		loop_begin(l);
	loop_finish(l);
}

static void ev_run_loop(struct loop *l)
{
	while (!l->stopped)
		one_turn(self_of(l));
}

static void ev_watch_fd(struct loop *l, struct loop_watch *w)
{
	struct loop_ev *self = self_of(l);
	ev_io *io = io_of(w);
	int events = 0;

	if (!ev_is_active(io))
		ev_init(io, on_io);
	if ((w->events & LOOP_READ) != 0)
		events |= EV_READ;
	if ((w->events & LOOP_WRITE) != 0)
		events |= EV_WRITE;
	ev_io_stop(self->ev, io);
	ev_io_set(io, w->fd, events);
	ev_io_start(self->ev, io);
}

static void ev_unwatch_fd(struct loop *l, struct loop_watch *w)
{
	ev_io_stop(self_of(l)->ev, io_of(w));
}

static void ev_wake(struct loop *l)
{
	ev_async_send(self_of(l)->ev, &self_of(l)->wake);
}

static void ev_on_signal(struct loop *l, int signo,
			 void (*fn)(void *arg, int signo), void *arg)
{
	struct ev_signo *s = mem_new(sizeof(*s));

	s->fn = fn;
	s->arg = arg;
	ev_signal_init(&s->sig, on_signal, signo);
	ev_signal_start(self_of(l)->ev, &s->sig);
	list_append(&self_of(l)->signals, &s->link);
}

static const struct loop_ops ops = {
	.free = ev_free,
	.run = ev_run_loop,
	.clock = ev_clock,
	.usec = ev_usec,
	.random = ev_random,
	.watch = ev_watch_fd,
	.unwatch = ev_unwatch_fd,
	.wake = ev_wake,
	.on_signal = ev_on_signal,
};

struct loop *loop_ev_new(void)
{
	struct ev_loop *ev = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL);
	struct loop_ev *self;

	if (ev == NULL)
		return NULL;
	self = mem_new(sizeof(*self));
	self->ev = ev;
	list_init(&self->signals);
	ev_set_userdata(ev, self);
	ev_set_invoke_pending_cb(ev, invoke);
	ev_async_init(&self->wake, on_wake);
	ev_async_start(ev, &self->wake);
	ev_init(&self->wait, on_nothing);
	self->clock_fd =
		timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (self->clock_fd >= 0) {
		arm_clock_set(self->clock_fd);
		ev_io_init(&self->clock_set, on_clock_set, self->clock_fd,
			   EV_READ);
		ev_io_start(ev, &self->clock_set);
	}
	loop_init(&self->loop, &ops);
	return &self->loop;
}
