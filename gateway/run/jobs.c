/* SPDX-License-Identifier: MIT */
/* jobs.c - a pool of threads for calls that block
 *
 * The queue and its lock are all that threads share; a finished job goes back
 * to the core as a posted message.
 */
#include "gateway/run/jobs.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/run/loop_private.h"

struct jobs {
	struct loop *loop;
	struct loop_task inline_task;
	unsigned queue_max;
	atomic_uint waiting; /* changed under the lock, read by the core */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job *head;
	struct job **tail;
	bool ending;
	unsigned threads;
	pthread_t ids[];
};

static struct jobs *of_task(struct loop_task *t)
{
	return (struct jobs *)(void *)((char *)t -
				       offsetof(struct jobs, inline_task));
}

static struct job *of_msg(struct loop_msg *msg)
{
	return (struct job *)(void *)((char *)msg - offsetof(struct job, msg));
}

static struct job *take(struct jobs *js)
{
	struct job *j = js->head;

	if (j == NULL)
		return NULL;
	js->head = j->next;
	if (js->head == NULL)
		js->tail = &js->head;
	atomic_fetch_sub(&js->waiting, 1);
	return j;
}

static void on_done(struct loop_msg *msg)
{
	struct job *j = of_msg(msg);

	j->done(j);
}

static void *work(void *arg)
{
	struct jobs *js = arg;
	struct job *j;

	pthread_mutex_lock(&js->lock);
	for (;;) {
		while ((j = take(js)) == NULL && !js->ending)
			pthread_cond_wait(&js->more, &js->lock);
		if (j == NULL)
			break;
		pthread_mutex_unlock(&js->lock);
		j->run(j);
		loop_post(js->loop, &j->msg);
		pthread_mutex_lock(&js->lock);
	}
	pthread_mutex_unlock(&js->lock);
	return NULL;
}

static void run_inline(struct loop_task *t)
{
	struct jobs *js = of_task(t);
	struct job *j;

	while ((j = take(js)) != NULL) {
		j->run(j);
		j->done(j);
	}
}

/* Signals are the core's: a pool thread must never be the one interrupted. */
static void start_threads(struct jobs *js)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 0; i < js->threads; i++)
		if (pthread_create(&js->ids[i], NULL, work, js) != 0)
			abort(); /* at start only: no thread, no service */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct jobs *jobs_new(struct loop *l, unsigned threads, unsigned queue_max)
{
	struct jobs *js = mem_new(sizeof(*js) + threads * sizeof(pthread_t));

	js->loop = l;
	js->inline_task.fn = run_inline;
	js->queue_max = queue_max;
	js->threads = threads;
	js->tail = &js->head;
	pthread_mutex_init(&js->lock, NULL);
	pthread_cond_init(&js->more, NULL);
	start_threads(js);
	return js;
}

void jobs_free(struct jobs **j)
{
	struct jobs *js = *j;

	if (js == NULL)
		return;
	pthread_mutex_lock(&js->lock);
	js->ending = true;
	pthread_cond_broadcast(&js->more);
	pthread_mutex_unlock(&js->lock);
	for (unsigned i = 0; i < js->threads; i++)
		pthread_join(js->ids[i], NULL);
	loop_flush(js->loop);
	/* Inline mode, and what a done() just called has submitted. */
	loop_defer_cancel(&js->inline_task);
	run_inline(&js->inline_task);
	pthread_cond_destroy(&js->more);
	pthread_mutex_destroy(&js->lock);
	mem_free(js);
	*j = NULL;
}

enum gw_err jobs_submit(struct jobs *js, struct job *j)
{
	pthread_mutex_lock(&js->lock);
	if (atomic_load(&js->waiting) >= js->queue_max) {
		pthread_mutex_unlock(&js->lock);
		return GW_LIMIT;
	}
	j->jobs = js;
	j->msg.fn = on_done;
	j->next = NULL;
	*js->tail = j;
	js->tail = &j->next;
	atomic_fetch_add(&js->waiting, 1);
	pthread_cond_signal(&js->more);
	pthread_mutex_unlock(&js->lock);
	if (js->threads == 0)
		loop_defer(js->loop, &js->inline_task);
	return GW_OK;
}

unsigned jobs_waiting(const struct jobs *js)
{
	return atomic_load(&js->waiting);
}
