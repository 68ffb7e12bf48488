/* SPDX-License-Identifier: MIT */
/* hasher.c - passwords to keys, in jobs, a few at a time */
#include "directory/hasher.h"

#include "gateway/base/arena.h"

#define RUNNING_MAX 16	   /* jobs of ours in the pool at once */
#define WAITING_MAX 100000 /* of each kind */
#define RETRY_MS    20	   /* when the pool is full of other people's jobs */

struct hash {
	struct job job;
	struct list link;		 /* in waiting or running */
	struct directory_hasher *hasher; /* NULL: freed, nobody waits */
	char *password;
	size_t password_len;
	struct directory_keys keys;
	directory_hasher_fn *done;
	void *arg;
};

struct queue {
	struct list head;
	size_t n;
};

struct directory_hasher {
	struct loop *loop;
	struct jobs *jobs;
	struct queue urgent, patient;
	struct list running;
	unsigned running_count;
	struct loop_timer retry;
};

static void hash_free(struct hash *h)
{
	explicit_bzero(h->password, h->password_len);
	mem_free(h->password);
	mem_free(h);
}

static void run(struct job *j)
{
	struct hash *h = LIST_OF(j, struct hash, job);
	struct str password = str_make(h->password, h->password_len);

	for (size_t i = 0; i < DIRECTORY_HASHES; i++)
		if (h->keys.of[i].rounds != 0)
			directory_scram_derive((enum crypto_hash)i, password,
					       &h->keys.of[i]);
}

static struct hash *first_of(struct queue *q)
{
	return list_empty(&q->head) ? NULL
				    : LIST_OF(q->head.next, struct hash, link);
}

static bool start_one(struct directory_hasher *s, struct queue *q)
{
	struct hash *h = first_of(q);

	if (h == NULL || jobs_submit(s->jobs, &h->job) != GW_OK)
		return false;
	q->n--;
	list_del(&h->link);
	list_append(&s->running, &h->link);
	s->running_count++;
	return true;
}

static void pump(struct directory_hasher *s)
{
	while (s->running_count < RUNNING_MAX &&
	       (start_one(s, &s->urgent) || start_one(s, &s->patient)))
		;
	if (s->running_count == 0 && s->urgent.n + s->patient.n > 0)
		loop_timer_start(s->loop, &s->retry, RETRY_MS);
}

static void on_retry(struct loop_timer *t)
{
	pump(LIST_OF(t, struct directory_hasher, retry));
}

static void on_done(struct job *j)
{
	struct hash *h = LIST_OF(j, struct hash, job);
	struct directory_hasher *s = h->hasher;

	if (s != NULL) {
		list_del(&h->link);
		s->running_count--;
		pump(s);
		h->done(h->arg, GW_OK, &h->keys);
	}
	hash_free(h);
}

struct directory_hasher *directory_hasher_new(struct loop *l, struct jobs *j)
{
	struct directory_hasher *s = mem_new(sizeof(*s));

	s->loop = l;
	s->jobs = j;
	list_init(&s->urgent.head);
	list_init(&s->patient.head);
	list_init(&s->running);
	s->retry.fn = on_retry;
	return s;
}

static void drop(struct queue *q)
{
	struct list *node;

	while ((node = list_pop(&q->head)) != NULL) {
		struct hash *h = LIST_OF(node, struct hash, link);

		h->done(h->arg, GW_UNAVAIL, NULL);
		hash_free(h);
	}
}

void directory_hasher_free(struct directory_hasher **out)
{
	struct directory_hasher *s = *out;
	struct list *node;

	if (s == NULL)
		return;
	loop_timer_stop(s->loop, &s->retry);
	drop(&s->urgent);
	drop(&s->patient);
	while ((node = list_pop(&s->running)) != NULL) {
		struct hash *h = LIST_OF(node, struct hash, link);

		h->hasher = NULL;
		h->done(h->arg, GW_UNAVAIL, NULL);
	}
	mem_free(s);
	*out = NULL;
}

enum gw_err directory_hasher_ask(struct directory_hasher *s,
				 const struct directory_hasher_ask *ask)
{
	struct queue *q = ask->urgent ? &s->urgent : &s->patient;
	struct hash *h;

	if (q->n >= WAITING_MAX)
		return GW_LIMIT;
	h = mem_new(sizeof(*h));
	h->job.run = run;
	h->job.done = on_done;
	h->hasher = s;
	h->password = mem_new(ask->password.n + 1);
	h->password_len = ask->password.n;
	if (ask->password.n > 0)
		memcpy(h->password, ask->password.p, ask->password.n);
	h->keys = ask->keys;
	h->done = ask->done;
	h->arg = ask->arg;
	list_append(&q->head, &h->link);
	q->n++;
	pump(s);
	return GW_OK;
}
