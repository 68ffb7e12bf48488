/* SPDX-License-Identifier: MIT */
/* test_loop.c - turns, timers, tasks and watches on both loops */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/run/loop.h"

/* What happened, one letter each, in order. */
struct world {
	struct loop *l;
	char seen[64];
	size_t n;
	struct loop_timer timer[3];
	struct loop_task task[3];
	struct loop_watch watch;
	struct loop_msg msg;
	int fd[2];
	struct world *link;
	int64_t fired_at;
	unsigned left;
};

static struct world *world_of(void *member, size_t offset)
{
	return (struct world *)(void *)((char *)member - offset);
}

#define OF(p, member) world_of((p), offsetof(struct world, member))

static void see(struct world *w, char c)
{
	assert_true(w->n < sizeof(w->seen) - 1);
	w->seen[w->n++] = c;
}

static void saw(struct world *w, const char *want)
{
	assert_string_equal(w->seen, want);
	memset(w->seen, 0, sizeof(w->seen));
	w->n = 0;
}

static void on_a(struct loop_timer *t)
{
	see(OF(t, timer[0]), 'a');
	assert_false(loop_timer_active(t));
}

static void on_b(struct loop_timer *t)
{
	see(OF(t, timer[1]), 'b');
}

static void on_c(struct loop_timer *t)
{
	see(OF(t, timer[2]), 'c');
}

static void on_x(struct loop_task *t)
{
	see(OF(t, task[0]), 'x');
}

static void on_y(struct loop_task *t)
{
	see(OF(t, task[1]), 'y');
}

static void on_z(struct loop_task *t)
{
	see(OF(t, task[2]), 'z');
}

static void on_msg(struct loop_msg *m)
{
	see(OF(m, msg), 'm');
}

static void on_fd(struct loop_watch *watch, unsigned events)
{
	char c = '?';

	assert_int_equal(events, LOOP_READ);
	assert_int_equal(read(watch->fd, &c, 1), 1);
	see(OF(watch, watch), c);
}

static void set_up(struct world *w, struct loop *l)
{
	memset(w, 0, sizeof(*w));
	w->l = l;
	w->timer[0].fn = on_a;
	w->timer[1].fn = on_b;
	w->timer[2].fn = on_c;
	w->task[0].fn = on_x;
	w->task[1].fn = on_y;
	w->task[2].fn = on_z;
	w->msg.fn = on_msg;
	w->watch.fn = on_fd;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, w->fd), 0);
	w->watch.fd = w->fd[0];
}

static void tear_down(struct world *w)
{
	loop_unwatch(w->l, &w->watch);
	for (size_t i = 0; i < 3; i++)
		loop_timer_stop(w->l, &w->timer[i]);
	close(w->fd[0]);
	close(w->fd[1]);
	loop_free(&w->l);
	assert_null(w->l);
}

static void stop_task(struct loop_task *t)
{
	struct world *w = OF(t, task[1]);

	see(w, 'y');
	loop_stop(w->l);
}

/* One turn: posted messages, descriptors, timers, tasks. */
static void check_order(struct loop *l)
{
	struct world w;

	set_up(&w, l);
	w.task[1].fn = stop_task;
	loop_watch(l, &w.watch, LOOP_READ);
	assert_int_equal(write(w.fd[1], "r", 1), 1);
	loop_timer_start(l, &w.timer[0], 0);
	loop_defer(l, &w.task[0]);
	loop_defer(l, &w.task[1]);
	loop_post(l, &w.msg);
	loop_run(l);
	saw(&w, "mraxy");
	tear_down(&w);
}

static void order_within_a_turn_fake(void **state)
{
	(void)state;
	check_order(loop_fake_new(1));
}

static void order_within_a_turn_real(void **state)
{
	(void)state;
	check_order(loop_ev_new());
}

static void timers_fire_in_order_of_due_then_of_start(void **state)
{
	static const struct {
		const char *name;
		int64_t in[3];
		const char *want;
	} cases[] = {
		{ "by due", { 30, 20, 10 }, "cba" },
		{ "together: as started", { 5, 5, 5 }, "abc" },
		{ "the past is now", { 1, -7, 0 }, "bca" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		set_up(&w, loop_fake_new(1));
		for (size_t t = 0; t < 3; t++)
			loop_timer_start(w.l, &w.timer[t], cases[i].in[t]);
		loop_fake_pass(w.l, 100);
		saw(&w, cases[i].want);
		tear_down(&w);
	}
}

static void pass_stops_exactly_where_told(void **state)
{
	struct world w;
	int64_t start;

	(void)state;
	set_up(&w, loop_fake_new(1));
	start = loop_now(w.l);
	assert_true(loop_wall(w.l) == INT64_C(1767225600000));
	loop_timer_start(w.l, &w.timer[0], 1000);
	loop_fake_pass(w.l, 999);
	saw(&w, "");
	assert_true(loop_now(w.l) == start + 999);
	loop_fake_pass(w.l, 1);
	saw(&w, "a");
	assert_true(loop_wall(w.l) == INT64_C(1767225600000) + 1000);
	tear_down(&w);
}

static void starting_an_active_timer_moves_it(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, loop_fake_new(1));
	loop_timer_start(w.l, &w.timer[0], 10);
	loop_timer_start(w.l, &w.timer[1], 20);
	loop_timer_start(w.l, &w.timer[0], 30);
	loop_fake_pass(w.l, 25);
	saw(&w, "b");
	loop_fake_pass(w.l, 25);
	saw(&w, "a");
	tear_down(&w);
}

static void move_the_others(struct loop_timer *t)
{
	struct world *w = OF(t, timer[0]);

	see(w, 'A');
	loop_timer_stop(w->l, &w->timer[1]);
	loop_timer_start(w->l, &w->timer[2], 50);
}

static void timer_moved_while_another_fires(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, loop_fake_new(1));
	w.timer[0].fn = move_the_others;
	for (size_t t = 0; t < 3; t++)
		loop_timer_start(w.l, &w.timer[t], 10);
	loop_fake_pass(w.l, 10);
	saw(&w, "A");
	assert_false(loop_timer_active(&w.timer[1]));
	loop_fake_pass(w.l, 50);
	saw(&w, "c");
	tear_down(&w);
}

static void again_at_once(struct loop_timer *t)
{
	struct world *w = OF(t, timer[0]);

	see(w, 'a');
	if (w->left-- > 0) {
		loop_timer_start(w->l, t, 0);
		loop_defer(w->l, &w->task[0]);
	}
}

static void timer_started_by_a_timer_waits_for_the_next_turn(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, loop_fake_new(1));
	w.timer[0].fn = again_at_once;
	w.left = 2;
	loop_timer_start(w.l, &w.timer[0], 0);
	loop_fake_pass(w.l, 0);
	saw(&w, "axaxa");
	tear_down(&w);
}

static void wall_timer_follows_the_wall_clock(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, loop_fake_new(1));
	loop_timer_at_wall(w.l, &w.timer[0], loop_wall(w.l) + 3600000);
	loop_timer_start(w.l, &w.timer[1], 1000);
	loop_timer_at_wall(w.l, &w.timer[2], loop_wall(w.l) - 5);
	loop_fake_pass(w.l, 0);
	saw(&w, "c");
	loop_fake_jump(w.l, 3600000 - 500);
	loop_fake_pass(w.l, 499);
	saw(&w, "");
	loop_fake_pass(w.l, 501);
	saw(&w, "ab");
	loop_timer_at_wall(w.l, &w.timer[0], loop_wall(w.l) + 100);
	loop_fake_jump(w.l, -1000);
	loop_fake_pass(w.l, 1099);
	saw(&w, "");
	loop_fake_pass(w.l, 1);
	saw(&w, "a");
	tear_down(&w);
}

static void defer_next(struct loop_task *t)
{
	struct world *w = OF(t, task[0]);

	see(w, 'X');
	loop_defer(w->l, &w->task[1]);
	loop_defer(w->l, &w->task[1]);
}

static void task_deferred_by_a_task_runs_in_the_same_turn(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, loop_fake_new(1));
	w.task[0].fn = defer_next;
	loop_defer(w.l, &w.task[0]);
	loop_post(w.l, &w.msg);
	loop_run(w.l);
	saw(&w, "mXy");
	loop_defer(w.l, &w.task[1]);
	loop_defer_cancel(&w.task[1]);
	loop_defer_cancel(&w.task[1]);
	loop_run(w.l);
	saw(&w, "");
	tear_down(&w);
}

/* What is written last sees what all tasks did, those they deferred too. */
static void last_tasks_run_when_no_other_is_left(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, loop_fake_new(1));
	w.task[0].fn = defer_next;
	loop_defer_last(w.l, &w.task[2]);
	loop_defer(w.l, &w.task[0]);
	loop_defer_last(w.l, &w.task[2]);
	loop_run(w.l);
	saw(&w, "Xyz");
	loop_defer_last(w.l, &w.task[2]);
	loop_defer_cancel(&w.task[2]);
	loop_run(w.l);
	saw(&w, "");
	tear_down(&w);
}

static void unwatch_self(struct loop_watch *watch, unsigned events)
{
	struct world *w = OF(watch, watch);

	(void)events;
	see(w, 'u');
	loop_unwatch(w->l, watch);
	loop_stop(w->l);
}

static void check_unwatch_inside(struct loop *l)
{
	struct world w;

	set_up(&w, l);
	w.watch.fn = unwatch_self;
	loop_watch(l, &w.watch, LOOP_READ | LOOP_WRITE);
	loop_run(l);
	saw(&w, "u");
	assert_int_equal(w.watch.events, 0);
	assert_null(w.watch.backend.pointer);
	tear_down(&w);
}

static void a_watch_may_end_itself(void **state)
{
	(void)state;
	check_unwatch_inside(loop_fake_new(1));
	check_unwatch_inside(loop_ev_new());
}

static void end_both(struct loop_watch *watch, unsigned events)
{
	struct world *w = OF(watch, watch);

	(void)events;
	see(w, 'e');
	loop_unwatch(w->l, &w->watch);
	loop_unwatch(w->l, &w->link->watch);
	loop_stop(w->l);
}

/* Both were ready; the first one ends the second, which must not be called. */
static void a_watch_may_end_another_that_is_ready(void **state)
{
	(void)state;
	for (int real = 0; real < 2; real++) {
		struct loop *l = real ? loop_ev_new() : loop_fake_new(1);
		struct world w[2];

		for (size_t i = 0; i < 2; i++) {
			set_up(&w[i], l);
			w[i].watch.fn = end_both;
			w[i].link = &w[1 - i];
			assert_int_equal(write(w[i].fd[1], "r", 1), 1);
			loop_watch(l, &w[i].watch, LOOP_READ);
		}
		loop_run(l);
		assert_int_equal(w[0].n + w[1].n, 1);
		close(w[1].fd[0]);
		close(w[1].fd[1]);
		tear_down(&w[0]);
	}
}

static void fake_random_depends_on_the_seed_alone(void **state)
{
	char id[3][17];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct loop *l = loop_fake_new(i == 2 ? 8 : 7);

		loop_id(l, id[i]);
		loop_free(&l);
		assert_int_equal(strlen(id[i]), 16);
	}
	assert_string_equal(id[0], id[1]);
	assert_string_not_equal(id[0], id[2]);
}

static void note_time(struct loop_timer *t)
{
	struct world *w = OF(t, timer[0]);

	w->fired_at = loop_now(w->l);
	loop_stop(w->l);
}

static void real_timer_is_never_early(void **state)
{
	struct world w;
	int64_t start;

	(void)state;
	set_up(&w, loop_ev_new());
	w.timer[0].fn = note_time;
	start = loop_now(w.l);
	loop_timer_start(w.l, &w.timer[0], 20);
	loop_run(w.l);
	assert_true(w.fired_at >= start + 20);
	loop_timer_at_wall(w.l, &w.timer[0], loop_wall(w.l) + 20);
	start = loop_wall(w.l);
	loop_run(w.l);
	assert_true(loop_wall(w.l) >= start + 20);
	tear_down(&w);
}

#define POSTS 1000

struct post {
	struct loop_msg msg;
	struct loop *l;
	unsigned *left;
};

static void on_post(struct loop_msg *msg)
{
	struct post *p = (struct post *)(void *)msg;

	if (--*p->left == 0)
		loop_stop(p->l);
}

static void *post_all(void *arg)
{
	struct post *p = arg;

	for (size_t i = 0; i < POSTS; i++)
		loop_post(p[i].l, &p[i].msg);
	return NULL;
}

static void posts_of_other_threads_wake_the_loop(void **state)
{
	struct loop *l = loop_ev_new();
	struct post *p = mem_new(2 * POSTS * sizeof(*p));
	unsigned left = 2 * POSTS;
	pthread_t thread[2];

	(void)state;
	for (size_t i = 0; i < (size_t)2 * POSTS; i++)
		p[i] = (struct post){ { .fn = on_post }, l, &left };
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, post_all,
						&p[i * POSTS]),
				 0);
	loop_run(l);
	for (size_t i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(left, 0);
	loop_free(&l);
	mem_free(p);
}

static void on_signo(void *arg, int signo)
{
	struct world *w = arg;

	see(w, signo == SIGHUP ? 'h' : '?');
	loop_stop(w->l);
}

static void signals_arrive_on_the_core_thread(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, loop_ev_new());
	loop_on_signal(w.l, SIGHUP, on_signo, &w);
	raise(SIGHUP);
	loop_run(w.l);
	saw(&w, "h");
	tear_down(&w);
}

static uint64_t step(uint64_t *x)
{
	*x = *x * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return *x >> 33;
}

static int64_t last_fired;
static unsigned fired;

static void in_order(struct loop_timer *t)
{
	assert_true(t->due >= last_fired);
	last_fired = t->due;
	fired++;
}

/* Many timers started, moved and stopped at random still fire by due. */
static void many_timers_keep_their_order(void **state)
{
	enum { N = 2000 };
	struct loop *l = loop_fake_new(1);
	struct loop_timer *t = mem_new(N * sizeof(*t));
	unsigned active = 0;
	uint64_t x = 42;

	(void)state;
	fired = 0;
	last_fired = 0;
	for (size_t i = 0; i < (size_t)N * 5; i++) {
		struct loop_timer *one = &t[step(&x) % N];

		one->fn = in_order;
		if (step(&x) % 4 == 0)
			loop_timer_stop(l, one);
		else
			loop_timer_start(l, one, (int64_t)(step(&x) % 5000));
	}
	for (size_t i = 0; i < N; i++)
		active += loop_timer_active(&t[i]) ? 1 : 0;
	loop_fake_pass(l, 5000);
	assert_int_equal(fired, active);
	loop_free(&l);
	mem_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_within_a_turn_fake),
		cmocka_unit_test(order_within_a_turn_real),
		cmocka_unit_test(timers_fire_in_order_of_due_then_of_start),
		cmocka_unit_test(pass_stops_exactly_where_told),
		cmocka_unit_test(starting_an_active_timer_moves_it),
		cmocka_unit_test(timer_moved_while_another_fires),
		cmocka_unit_test(
			timer_started_by_a_timer_waits_for_the_next_turn),
		cmocka_unit_test(wall_timer_follows_the_wall_clock),
		cmocka_unit_test(task_deferred_by_a_task_runs_in_the_same_turn),
		cmocka_unit_test(last_tasks_run_when_no_other_is_left),
		cmocka_unit_test(a_watch_may_end_itself),
		cmocka_unit_test(a_watch_may_end_another_that_is_ready),
		cmocka_unit_test(fake_random_depends_on_the_seed_alone),
		cmocka_unit_test(real_timer_is_never_early),
		cmocka_unit_test(posts_of_other_threads_wake_the_loop),
		cmocka_unit_test(signals_arrive_on_the_core_thread),
		cmocka_unit_test(many_timers_keep_their_order),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
