/* SPDX-License-Identifier: MIT */
/* test_jobs.c - jobs run elsewhere, their end is told on the core thread */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "gateway/run/jobs.h"

#define JOBS 200

struct world;

struct one {
	struct job job;
	struct world *w;
	size_t number;
	bool ran;
};

struct world {
	struct loop *l;
	struct jobs *jobs;
	struct one all[JOBS];
	size_t order[JOBS]; /* as done() was called */
	size_t done;
	size_t expected;
	pthread_t core;
	pthread_mutex_t gate; /* held: jobs wait in run() */
	atomic_uint at_gate;
	bool chain;
};

static void on_run(struct job *j)
{
	struct one *o = (struct one *)(void *)j;

	atomic_fetch_add(&o->w->at_gate, 1);
	pthread_mutex_lock(&o->w->gate);
	pthread_mutex_unlock(&o->w->gate);
	o->ran = true;
}

static void on_done(struct job *j)
{
	struct one *o = (struct one *)(void *)j;
	struct world *w = o->w;

	assert_true(o->ran);
	assert_true(pthread_equal(pthread_self(), w->core));
	w->order[w->done++] = o->number;
	if (w->chain && o->number + 1 < JOBS) {
		w->chain = o->number + 2 < w->expected;
		assert_int_equal(
			jobs_submit(w->jobs, &w->all[o->number + 1].job),
			GW_OK);
	}
	if (w->done == w->expected)
		loop_stop(w->l);
}

static void prepare(struct world *w, size_t number)
{
	struct one *o = &w->all[number];

	o->job.run = on_run;
	o->job.done = on_done;
	o->w = w;
	o->number = number;
}

static void set_up(struct world *w, struct loop *l, unsigned threads,
		   unsigned queue_max)
{
	memset(w, 0, sizeof(*w));
	w->l = l;
	w->core = pthread_self();
	pthread_mutex_init(&w->gate, NULL);
	w->jobs = jobs_new(l, threads, queue_max);
	for (size_t i = 0; i < JOBS; i++)
		prepare(w, i);
}

static void tear_down(struct world *w)
{
	jobs_free(&w->jobs);
	assert_null(w->jobs);
	loop_free(&w->l);
	pthread_mutex_destroy(&w->gate);
}

static void submit_all(struct world *w, size_t n)
{
	w->expected = n;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(jobs_submit(w->jobs, &w->all[i].job), GW_OK);
}

static void inline_order_is_the_order_of_one_thread(void **state)
{
	static struct world inl, one;

	(void)state;
	set_up(&inl, loop_fake_new(1), 0, JOBS);
	submit_all(&inl, JOBS);
	assert_int_equal(inl.done, 0); /* not before the end of the turn */
	assert_int_equal(jobs_waiting(inl.jobs), JOBS);
	loop_run(inl.l);
	set_up(&one, loop_ev_new(), 1, JOBS);
	submit_all(&one, JOBS);
	loop_run(one.l);
	assert_int_equal(inl.done, JOBS);
	assert_int_equal(one.done, JOBS);
	assert_memory_equal(inl.order, one.order, sizeof(inl.order));
	tear_down(&inl);
	tear_down(&one);
}

static void many_threads_finish_every_job_once(void **state)
{
	static struct world w;
	bool seen[JOBS] = { false };

	(void)state;
	set_up(&w, loop_ev_new(), 4, JOBS);
	submit_all(&w, JOBS);
	loop_run(w.l);
	for (size_t i = 0; i < JOBS; i++) {
		assert_false(seen[w.order[i]]);
		seen[w.order[i]] = true;
	}
	tear_down(&w);
}

static void a_full_queue_takes_nothing(void **state)
{
	static struct world w;

	(void)state;
	set_up(&w, loop_ev_new(), 1, 2);
	pthread_mutex_lock(&w.gate);
	submit_all(&w, 1);
	while (atomic_load(&w.at_gate) == 0)
		sched_yield(); /* until the thread has the first */
	assert_int_equal(jobs_submit(w.jobs, &w.all[1].job), GW_OK);
	assert_int_equal(jobs_submit(w.jobs, &w.all[2].job), GW_OK);
	assert_int_equal(jobs_waiting(w.jobs), 2);
	assert_int_equal(jobs_submit(w.jobs, &w.all[3].job), GW_LIMIT);
	pthread_mutex_unlock(&w.gate);
	w.expected = 3;
	loop_run(w.l);
	assert_false(w.all[3].ran);
	tear_down(&w);
}

static void free_finishes_what_was_accepted(void **state)
{
	(void)state;
	for (unsigned threads = 0; threads < 3; threads++) {
		static struct world w;

		set_up(&w, loop_ev_new(), threads, JOBS);
		submit_all(&w, 50);
		jobs_free(&w.jobs);
		assert_int_equal(w.done, 50);
		tear_down(&w);
	}
}

static void done_may_submit_the_next(void **state)
{
	(void)state;
	for (unsigned threads = 0; threads < 3; threads++) {
		static struct world w;

		set_up(&w, loop_ev_new(), threads, JOBS);
		w.chain = true;
		submit_all(&w, 1);
		w.expected = 20;
		loop_run(w.l);
		assert_int_equal(w.done, 20);
		tear_down(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inline_order_is_the_order_of_one_thread),
		cmocka_unit_test(many_threads_finish_every_job_once),
		cmocka_unit_test(a_full_queue_takes_nothing),
		cmocka_unit_test(free_finishes_what_was_accepted),
		cmocka_unit_test(done_may_submit_the_next),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
