/* SPDX-License-Identifier: MIT */
/* store.c - the one writer: group commit, savepoints, commit callbacks
 *
 * Three kinds of thread, each with a handle of its own: the writer, the
 * readers, and one that copies the write-ahead log into the database while
 * the writer goes on.  They meet the core in three queues under one lock and
 * touch nothing else of it.
 *
 * A failed commit may still be found in the log after a crash of the machine:
 * SQLite cannot take back what it may have written.  UNAVAIL promises that
 * the caller was told no success, and requests can be repeated safely.
 */
#include "gateway/store/store.h"

#include <pthread.h>
#include <signal.h>

#include "gateway/base/arena.h"
#include "gateway/base/when.h"
#include "gateway/run/log.h"
#include "gateway/store/group.h"
#include "gateway/store/migrate.h"
#include "gateway/store/schema.h"
#include "gateway/store/sql_private.h"

/* One commit of this many short requests takes about 3 ms. */
#define GROUP_MAX 512

/* Frames (pages of 4 KiB) of the log: when to copy them; and from which length
 * on the writer itself copies the rest, so that the log starts anew, when that
 * is at most so much or such a part of the log. */
#define COPY_FRAMES 2000
#define WRAP_FRAMES 8192
#define REST_FRAMES 500
#define REST_PART   8

struct queue {
	struct store_req *head;
	struct store_req **tail;
};

/* Outlives the store when it was posted and the loop has not run it yet. */
struct wake {
	struct loop_msg msg;
	struct store *store; /* NULL: closed meanwhile */
};

struct reader {
	pthread_t thread;
	struct store *store;
	struct store_db *db;
	bool runs;
};

struct store {
	struct loop *loop;
	bool threaded;
	unsigned n_readers;
	struct reader *readers;
	pthread_t writer, copier;
	bool writer_runs, copier_runs;
	struct store_db *copier_db;

	pthread_mutex_t db_lock; /* guards db: the writer, and store_now() */
	struct store_db *db;

	pthread_mutex_t lock; /* guards the members from here */
	pthread_cond_t to_write, to_read, to_copy;
	struct queue writes, reads, finished;
	bool stop, probe, posted;
	bool commits;	 /* the last commit that wrote succeeded */
	bool copy, wrap; /* work for the copier; for the writer */
	bool copying;
	int frames, copied; /* of the log */
	int wrapped_at;	    /* its length when the writer copied last */

	struct wake *wake; /* core thread only, from here */
	struct loop_task turn;
	struct loop_timer retry;
	bool healthy;
	void (*on_health)(void *arg, bool healthy);
	void *on_health_arg;
};

static const struct store_migration store_schema_own[] = {
	{ "store", 1,
	  "CREATE TABLE store_probe (id BIGINT PRIMARY KEY, n BIGINT NOT NULL);"
	  "INSERT INTO store_probe (id, n) VALUES (1, 0);"
	  "CREATE TABLE kv ("
	  " room TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
	  " PRIMARY KEY (room, key));"
	  "CREATE TABLE config ("
	  " version INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"
	  " text TEXT NOT NULL, since BIGINT NOT NULL)" },
	{ .room = NULL },
};

static const struct store_migration *const all_rooms[] = {
	store_schema_own,
	store_schema_xmpp,
	store_schema_mail,
	store_schema_alert,
	store_schema_case,
	store_schema_dir,
	NULL,
};

/* --- queues ------------------------------------------------------------ */

static void queue_init(struct queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static void queue_add(struct queue *q, struct store_req *r)
{
	r->next = NULL;
	*q->tail = r;
	q->tail = &r->next;
}

static struct store_req *queue_take(struct queue *q, unsigned most)
{
	struct store_req *head = q->head;
	struct store_req **end = &q->head;

	for (unsigned i = 0; i < most && *end != NULL; i++)
		end = &(*end)->next;
	if (*end == NULL) {
		queue_init(q);
		return head;
	}
	q->head = *end;
	*end = NULL;
	return head;
}

/* --- the log into the database ----------------------------------------- */

static void copy_log(struct store *s, struct store_db *db)
{
	int frames = 0, copied = 0;
	enum gw_err e;

	sql_clear(db);
	e = sql_checkpoint(db, &frames, &copied);
	if (e == GW_AGAIN)
		return;
	if (e != GW_OK) {
		log_error("store.checkpoint-failed", "why", sql_why(db), NULL);
		return;
	}
	pthread_mutex_lock(&s->lock);
	s->copied = copied;
	pthread_mutex_unlock(&s->lock);
}

/* The log starts anew only when a commit finds all of it copied, which never
 * happens under load unless the writer copies a short rest itself. */
static void plan_copy(struct store *s)
{
	int rest, bearable;

	s->frames = sql_wal_frames(s->db);
	if (s->frames < s->copied || s->frames < s->wrapped_at)
		s->copied = s->wrapped_at = 0; /* it did start anew */
	rest = s->frames - s->copied;
	bearable = s->frames / REST_PART;
	if (bearable < REST_FRAMES)
		bearable = REST_FRAMES;
	/* A reader's old snapshot makes the attempt vain: not at each commit.
	 */
	if (!s->copying && s->frames >= WRAP_FRAMES && rest <= bearable &&
	    s->frames - s->wrapped_at >= REST_FRAMES) {
		s->wrap = true;
		s->copy = false;
		s->wrapped_at = s->frames;
	} else if (rest >= COPY_FRAMES) {
		s->copy = true;
	}
}

static void *copier_main(void *arg)
{
	struct store *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (!s->stop && !s->copy)
			pthread_cond_wait(&s->to_copy, &s->lock);
		if (s->stop)
			break;
		s->copy = false;
		s->copying = true;
		pthread_mutex_unlock(&s->lock);
		copy_log(s, s->copier_db);
		pthread_mutex_lock(&s->lock);
		s->copying = false;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- from the threads to the core -------------------------------------- */

static void judge(struct store *s, enum group_outcome o)
{
	if (o == GROUP_FAILED)
		s->commits = false;
	else if (o == GROUP_WROTE)
		s->commits = true;
}

/* Under the lock. */
static void hand_over(struct store *s, struct store_req *head)
{
	struct store_req *next;

	for (; head != NULL; head = next) {
		next = head->next;
		queue_add(&s->finished, head);
	}
	if (s->posted || !s->threaded)
		return;
	s->posted = true;
	loop_post(s->loop, &s->wake->msg);
}

static void settle_health(struct store *s, bool healthy)
{
	if (s->healthy == healthy)
		return;
	s->healthy = healthy;
	if (healthy) {
		loop_timer_stop(s->loop, &s->retry);
		log_warn("store.works-again", NULL);
	} else {
		loop_timer_start(s->loop, &s->retry, WHEN_SECOND);
	}
	if (s->on_health != NULL)
		s->on_health(s->on_health_arg, healthy);
}

static void deliver(struct store *s)
{
	struct store_req *r, *next;
	bool commits;

	pthread_mutex_lock(&s->lock);
	commits = s->commits;
	r = queue_take(&s->finished, UINT32_MAX);
	pthread_mutex_unlock(&s->lock);
	settle_health(s, commits);
	for (; r != NULL; r = next) {
		next = r->next;
		r->next = NULL;
		r->done(r, r->result);
	}
}

static void on_wake(struct loop_msg *msg)
{
	struct wake *w = LIST_OF(msg, struct wake, msg);

	if (w->store == NULL) {
		mem_free(w);
		return;
	}
	pthread_mutex_lock(&w->store->lock);
	w->store->posted = false;
	pthread_mutex_unlock(&w->store->lock);
	deliver(w->store);
}

/* --- the writer -------------------------------------------------------- */

static void write_group(struct store *s, struct store_req *head)
{
	enum group_outcome o;

	pthread_mutex_lock(&s->db_lock);
	o = group_run(s->db, head);
	pthread_mutex_lock(&s->lock);
	plan_copy(s);
	judge(s, o);
	hand_over(s, head);
	if (s->copy)
		pthread_cond_signal(&s->to_copy);
	pthread_mutex_unlock(&s->lock);
	pthread_mutex_unlock(&s->db_lock);
}

static void wrap_log(struct store *s)
{
	pthread_mutex_lock(&s->db_lock);
	copy_log(s, s->db);
	pthread_mutex_unlock(&s->db_lock);
}

static void *writer_main(void *arg)
{
	struct store *s = arg;
	struct store_req *head;
	bool probe, wrap;

	for (;;) {
		pthread_mutex_lock(&s->lock);
		while (!s->stop && !s->probe && !s->wrap &&
		       s->writes.head == NULL)
			pthread_cond_wait(&s->to_write, &s->lock);
		head = queue_take(&s->writes, GROUP_MAX);
		probe = s->probe;
		wrap = s->wrap;
		s->probe = s->wrap = false;
		if (s->stop && head == NULL)
			break;
		pthread_mutex_unlock(&s->lock);
		if (wrap)
			wrap_log(s);
		if (head != NULL || probe)
			write_group(s, head);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- without threads --------------------------------------------------- */

static void run_inline(struct store *s)
{
	struct store_req *head;

	pthread_mutex_lock(&s->lock);
	head = queue_take(&s->writes, GROUP_MAX);
	pthread_mutex_unlock(&s->lock);
	if (head != NULL)
		write_group(s, head);
	if (s->copy || s->wrap) {
		s->copy = s->wrap = false;
		copy_log(s, s->db);
	}
	deliver(s);
}

static void on_turn(struct loop_task *t)
{
	struct store *s = LIST_OF(t, struct store, turn);

	run_inline(s);
	if (s->writes.head != NULL)
		loop_defer(s->loop, &s->turn);
}

static void on_retry(struct loop_timer *t)
{
	struct store *s = LIST_OF(t, struct store, retry);

	loop_timer_start(s->loop, &s->retry, WHEN_SECOND);
	if (!s->threaded) {
		write_group(s, NULL);
		deliver(s);
		return;
	}
	pthread_mutex_lock(&s->lock);
	s->probe = true;
	pthread_cond_signal(&s->to_write);
	pthread_mutex_unlock(&s->lock);
}

/* --- readers ----------------------------------------------------------- */

/* One transaction, so that all of a request's statements see one state. */
static void run_read(struct store_db *db, struct store_req *r)
{
	enum gw_err e;

	sql_clear(db);
	e = sql_run(sql(db, "BEGIN"));
	if (e == GW_OK) {
		e = r->apply(r, db);
		if (sql_end_all(db))
			e = GW_INTERNAL;
		if (sql_in_transaction(db) &&
		    sql_run(sql(db, "ROLLBACK")) != GW_OK)
			e = GW_UNAVAIL;
	}
	if (sql_failed(db)) {
		log_error("store.read-failed", "why", sql_why(db), NULL);
		e = GW_UNAVAIL;
	}
	r->result = e;
}

static void *reader_main(void *arg)
{
	struct reader *reader = arg;
	struct store *s = reader->store;
	struct store_req *r;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (!s->stop && s->reads.head == NULL)
			pthread_cond_wait(&s->to_read, &s->lock);
		r = queue_take(&s->reads, 1);
		if (r == NULL)
			break;
		pthread_mutex_unlock(&s->lock);
		run_read(reader->db, r);
		pthread_mutex_lock(&s->lock);
		hand_over(s, r);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- opening and closing ----------------------------------------------- */

static bool is_memory(const char *path)
{
	return str_is(str_of(path), ":memory:");
}

static enum gw_err start_thread(pthread_t *id, void *(*fn)(void *), void *arg,
				bool *runs)
{
	*runs = pthread_create(id, NULL, fn, arg) == 0;
	return *runs ? GW_OK : GW_UNAVAIL;
}

static enum gw_err start_all(struct store *s)
{
	enum gw_err e;

	e = start_thread(&s->writer, writer_main, s, &s->writer_runs);
	if (e == GW_OK && s->copier_db != NULL)
		e = start_thread(&s->copier, copier_main, s, &s->copier_runs);
	for (unsigned i = 0; e == GW_OK && i < s->n_readers; i++)
		e = start_thread(&s->readers[i].thread, reader_main,
				 &s->readers[i], &s->readers[i].runs);
	return e;
}

/* Signals are the core's: its loop must be the one that wakes. */
static enum gw_err start_threads(struct store *s, struct err_note *note)
{
	sigset_t all, before;
	enum gw_err e;

	if (!s->threaded)
		return GW_OK;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = start_all(s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e != GW_OK)
		return err_say(note, e, "the store's threads do not start");
	return GW_OK;
}

static enum gw_err open_handles(struct store *s, const char *path,
				struct err_note *note)
{
	enum gw_err e;

	e = sql_create(path, note);
	if (e == GW_OK)
		e = sql_open(path, SQL_WRITER, &s->db, note);
	if (e == GW_OK)
		e = store_migrate(s->db, all_rooms, loop_wall(s->loop), note);
	if (e == GW_OK && s->threaded && !is_memory(path))
		e = sql_open(path, SQL_CHECKPOINT, &s->copier_db, note);
	for (unsigned i = 0; e == GW_OK && i < s->n_readers; i++) {
		s->readers[i].store = s;
		e = sql_open(path, SQL_READER, &s->readers[i].db, note);
	}
	return e;
}

static struct store *new_store(struct loop *l, const struct store_spec *spec)
{
	struct store *s = mem_new(sizeof(*s));

	s->loop = l;
	s->threaded = spec->threaded;
	/* A database in memory is seen by one handle only. */
	s->n_readers =
		spec->threaded && !is_memory(spec->path) ? spec->readers : 0;
	s->readers = mem_new((s->n_readers + 1) * sizeof(*s->readers));
	s->commits = s->healthy = true;
	s->turn.fn = on_turn;
	s->retry.fn = on_retry;
	s->wake = mem_new(sizeof(*s->wake));
	s->wake->msg.fn = on_wake;
	s->wake->store = s;
	queue_init(&s->writes);
	queue_init(&s->reads);
	queue_init(&s->finished);
	pthread_mutex_init(&s->db_lock, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->to_write, NULL);
	pthread_cond_init(&s->to_read, NULL);
	pthread_cond_init(&s->to_copy, NULL);
	return s;
}

static void free_store(struct store *s)
{
	for (unsigned i = 0; i < s->n_readers; i++)
		sql_close(&s->readers[i].db);
	sql_close(&s->copier_db);
	sql_close(&s->db);
	pthread_cond_destroy(&s->to_copy);
	pthread_cond_destroy(&s->to_read);
	pthread_cond_destroy(&s->to_write);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->db_lock);
	if (s->posted)
		s->wake->store = NULL; /* on_wake() frees it */
	else
		mem_free(s->wake);
	mem_free(s->readers);
	mem_free(s);
}

static void join_threads(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->to_write);
	pthread_cond_broadcast(&s->to_read);
	pthread_cond_broadcast(&s->to_copy);
	pthread_mutex_unlock(&s->lock);
	if (s->writer_runs)
		pthread_join(s->writer, NULL);
	if (s->copier_runs)
		pthread_join(s->copier, NULL);
	for (unsigned i = 0; i < s->n_readers; i++)
		if (s->readers[i].runs)
			pthread_join(s->readers[i].thread, NULL);
}

enum gw_err store_open(struct loop *l, const struct store_spec *spec,
		       struct store **out, struct err_note *note)
{
	struct store *s = new_store(l, spec);
	enum gw_err e;

	e = open_handles(s, spec->path, note);
	if (e == GW_OK)
		e = start_threads(s, note);
	if (e != GW_OK) {
		store_close(&s);
		return e;
	}
	*out = s;
	return GW_OK;
}

void store_close(struct store **store)
{
	struct store *s = *store;

	if (s == NULL)
		return;
	join_threads(s);
	/* What the last done() calls submit is still served, inline. */
	s->threaded = false;
	while (s->writes.head != NULL || s->finished.head != NULL)
		run_inline(s);
	loop_defer_cancel(&s->turn);
	loop_timer_stop(s->loop, &s->retry);
	free_store(s);
	*store = NULL;
}

/* --- requests ---------------------------------------------------------- */

static void submit(struct store *s, struct store_req *r)
{
	r->store = s;
	r->result = GW_INTERNAL;
	pthread_mutex_lock(&s->lock);
	queue_add(&s->writes, r);
	if (s->threaded)
		pthread_cond_signal(&s->to_write);
	pthread_mutex_unlock(&s->lock);
	if (!s->threaded)
		loop_defer(s->loop, &s->turn);
}

void store_submit(struct store *s, struct store_req *r)
{
	r->read = false;
	submit(s, r);
}

void store_read(struct store *s, struct store_req *r)
{
	r->read = true;
	if (!s->threaded || s->n_readers == 0) {
		submit(s, r);
		return;
	}
	r->store = s;
	r->result = GW_INTERNAL;
	pthread_mutex_lock(&s->lock);
	queue_add(&s->reads, r);
	pthread_cond_signal(&s->to_read);
	pthread_mutex_unlock(&s->lock);
}

enum gw_err store_now(struct store *s, struct store_req *r)
{
	bool commits;
	enum group_outcome o;

	r->store = s;
	r->next = NULL;
	r->read = false;
	pthread_mutex_lock(&s->db_lock);
	o = group_run(s->db, r);
	pthread_mutex_unlock(&s->db_lock);
	pthread_mutex_lock(&s->lock);
	judge(s, o);
	commits = s->commits;
	pthread_mutex_unlock(&s->lock);
	settle_health(s, commits);
	return r->result;
}

bool store_healthy(const struct store *s)
{
	return s->healthy;
}

void store_on_health(struct store *s, void (*fn)(void *arg, bool healthy),
		     void *arg)
{
	s->on_health = fn;
	s->on_health_arg = arg;
}

struct loop *store_loop(const struct store *s)
{
	return s->loop;
}
