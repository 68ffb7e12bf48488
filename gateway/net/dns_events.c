/* SPDX-License-Identifier: MIT */
/* dns_events.c - our loop as libunbound sees it (unbound-event.h)
 *
 * In the manner of libevent: an event that does not persist is over when it
 * has come, and one with a time-out may come by that.  libunbound's own way
 * would be libevent, whose names libev has as well.
 */
#include "gateway/net/dns_events.h"

#ifdef HAVE_UNBOUND
#include <sys/time.h>
#include <unbound-event.h>

#include "gateway/base/arena.h"

struct dns_events {
	struct ub_event_base base; /* first: it is cast */
	struct loop *loop;
};

struct event {
	struct ub_event event; /* first */
	struct loop *loop;
	int fd;
	short bits;
	void (*cb)(int fd, short bits, void *arg);
	void *arg;
	int64_t timeout; /* ms; -1: none */
	struct loop_watch watch;
	struct loop_timer timer;
};

static struct event *event_of(struct ub_event *e)
{
	return (struct event *)(void *)e;
}

static void stop(struct event *e)
{
	loop_unwatch(e->loop, &e->watch);
	loop_timer_stop(e->loop, &e->timer);
}

static void start(struct event *e)
{
	unsigned events = ((e->bits & UB_EV_READ) ? (unsigned)LOOP_READ : 0) |
			  ((e->bits & UB_EV_WRITE) ? (unsigned)LOOP_WRITE : 0);

	stop(e);
	e->watch.fd = e->fd;
	if (events != 0 && e->fd >= 0)
		loop_watch(e->loop, &e->watch, events);
	if (e->timeout >= 0)
		loop_timer_start(e->loop, &e->timer, e->timeout);
}

/* The last that is done with it: it may be freed in the call. */
static void fire(struct event *e, short bits)
{
	if ((e->bits & UB_EV_PERSIST) == 0)
		stop(e);
	else if (e->timeout >= 0)
		loop_timer_start(e->loop, &e->timer, e->timeout);
	e->cb(e->fd, bits, e->arg);
}

static void on_ready(struct loop_watch *w, unsigned events)
{
	short bits = 0;

	if ((events & LOOP_READ) != 0)
		bits |= UB_EV_READ;
	if ((events & LOOP_WRITE) != 0)
		bits |= UB_EV_WRITE;
	fire(LIST_OF(w, struct event, watch), bits);
}

static void on_timer(struct loop_timer *t)
{
	fire(LIST_OF(t, struct event, timer), UB_EV_TIMEOUT);
}

static void set_timeout(struct event *e, const struct timeval *tv)
{
	e->timeout = tv == NULL ? -1
				: (int64_t)tv->tv_sec * 1000 +
					  (tv->tv_usec + 999) / 1000;
}

static void add_bits(struct ub_event *u, short bits)
{
	event_of(u)->bits |= bits;
}

static void del_bits(struct ub_event *u, short bits)
{
	event_of(u)->bits &= (short)~bits;
}

static void set_fd(struct ub_event *u, int fd)
{
	event_of(u)->fd = fd;
}

static void event_free(struct ub_event *u)
{
	struct event *e = event_of(u);

	stop(e);
	mem_free(e);
}

static int event_add(struct ub_event *u, struct timeval *tv)
{
	set_timeout(event_of(u), tv);
	start(event_of(u));
	return 0;
}

static int event_del(struct ub_event *u)
{
	stop(event_of(u));
	return 0;
}

static int add_timer(struct ub_event *u, struct ub_event_base *b,
		     void (*cb)(int fd, short bits, void *arg), void *arg,
		     struct timeval *tv)
{
	struct event *e = event_of(u);

	(void)b;
	e->cb = cb;
	e->arg = arg;
	return event_add(u, tv);
}

static int no_signal(struct ub_event *u, struct timeval *tv)
{
	(void)u;
	(void)tv;
	return -1;
}

static void no_socket(struct ub_event *u)
{
	(void)u;
}

static void no_block(struct ub_event *u, int bits)
{
	(void)u;
	(void)bits;
}

static struct ub_event *new_event(struct ub_event_base *b, int fd, short bits,
				  void (*cb)(int fd, short bits, void *arg),
				  void *arg)
{
	static struct ub_event_vmt calls = {
		.add_bits = add_bits,
		.del_bits = del_bits,
		.set_fd = set_fd,
		.free = event_free,
		.add = event_add,
		.del = event_del,
		.add_timer = add_timer,
		.del_timer = event_del,
		.add_signal = no_signal,
		.del_signal = event_del,
		.winsock_unregister_wsaevent = no_socket,
		.winsock_tcp_wouldblock = no_block,
	};
	struct event *e = mem_new(sizeof(*e));

	e->event.magic = UB_EVENT_MAGIC;
	e->event.vmt = &calls;
	e->loop = ((struct dns_events *)(void *)b)->loop;
	e->fd = fd;
	e->bits = bits;
	e->cb = cb;
	e->arg = arg;
	e->timeout = -1;
	e->watch.fn = on_ready;
	e->timer.fn = on_timer;
	return &e->event;
}

static void base_free(struct ub_event_base *b)
{
	(void)b;
}

static int no_dispatch(struct ub_event_base *b)
{
	(void)b;
	return -1;
}

static int loop_exit(struct ub_event_base *b, struct timeval *tv)
{
	(void)b;
	(void)tv;
	return 0;
}

static struct ub_event *new_signal(struct ub_event_base *b, int fd,
				   void (*cb)(int fd, short bits, void *arg),
				   void *arg)
{
	return new_event(b, fd, 0, cb, arg);
}

static struct ub_event *new_socket(struct ub_event_base *b, void *s,
				   void (*cb)(int fd, short bits, void *arg),
				   void *arg)
{
	(void)s;
	return new_event(b, -1, 0, cb, arg);
}

struct dns_events *dns_events_new(struct loop *l)
{
	static struct ub_event_base_vmt calls = {
		.free = base_free,
		.dispatch = no_dispatch,
		.loopexit = loop_exit,
		.new_event = new_event,
		.new_signal = new_signal,
		.winsock_register_wsaevent = new_socket,
	};
	struct dns_events *e = mem_new(sizeof(*e));

	e->base.magic = UB_EVENT_MAGIC;
	e->base.vmt = &calls;
	e->loop = l;
	return e;
}

struct ub_event_base *dns_events_base(struct dns_events *e)
{
	return &e->base;
}

void dns_events_free(struct dns_events **e)
{
	mem_free(*e);
	*e = NULL;
}

#endif
