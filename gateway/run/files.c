/* SPDX-License-Identifier: MIT */
/* files.c - says when files are not what they were */
#include "gateway/run/files.h"

#include <string.h>
#include <sys/stat.h>

#include "gateway/base/arena.h"
#include "gateway/base/when.h"

#define EVERY (15 * WHEN_SECOND)

struct stamp {
	const char *path;
	int64_t size, seconds, nanoseconds;
	uint64_t inode; /* 0: not there */
};

/* One set of paths; a job under way keeps its own until it is done. */
struct look {
	struct job job;
	struct files *files; /* NULL: nobody asks any more */
	struct arena *arena;
	bool busy;
	bool differs;
	size_t n;
	struct stamp *stamps;
};

struct files {
	struct loop *loop;
	struct jobs *jobs;
	void (*changed)(void *arg);
	void *arg;
	struct look *look;
	struct loop_timer timer;
};

static struct stamp stamp_of(const char *path)
{
	struct stamp s = { .path = path };
	struct stat st;

	if (stat(path, &st) != 0)
		return s;
	s.inode = st.st_ino;
	s.size = st.st_size;
	s.seconds = st.st_mtim.tv_sec;
	s.nanoseconds = st.st_mtim.tv_nsec;
	return s;
}

static void run(struct job *j)
{
	struct look *k = LIST_OF(j, struct look, job);

	k->differs = false;
	for (size_t i = 0; i < k->n; i++) {
		struct stamp *old = &k->stamps[i];
		struct stamp now = stamp_of(old->path);

		if (now.inode == old->inode && now.size == old->size &&
		    now.seconds == old->seconds &&
		    now.nanoseconds == old->nanoseconds)
			continue;
		*old = now;
		k->differs = true;
	}
}

static void look_free(struct look *k)
{
	struct arena *a;

	if (k == NULL)
		return;
	k->files = NULL;
	a = k->arena;
	if (!k->busy)
		arena_free(&a);
}

static void done(struct job *j)
{
	struct look *k = LIST_OF(j, struct look, job);
	struct files *f = k->files;

	k->busy = false;
	if (f == NULL) {
		look_free(k);
		return;
	}
	loop_timer_start(f->loop, &f->timer, EVERY);
	if (k->differs)
		f->changed(f->arg);
}

static void on_timer(struct loop_timer *t)
{
	struct files *f = LIST_OF(t, struct files, timer);
	struct look *k = f->look;

	k->job.run = run;
	k->job.done = done;
	k->busy = jobs_submit(f->jobs, &k->job) == GW_OK;
	if (!k->busy)
		loop_timer_start(f->loop, &f->timer, EVERY);
}

struct files *files_new(struct loop *l, struct jobs *jobs,
			void (*changed)(void *arg), void *arg)
{
	struct files *f = mem_new(sizeof(*f));

	f->loop = l;
	f->jobs = jobs;
	f->changed = changed;
	f->arg = arg;
	f->timer.fn = on_timer;
	return f;
}

void files_set(struct files *f, const char *const *paths, size_t n)
{
	struct arena *a = arena_new();
	struct look *k = arena_alloc(a, sizeof(*k));

	k->arena = a;
	k->files = f;
	k->stamps = arena_alloc(a, (n + 1) * sizeof(*k->stamps));
	for (size_t i = 0; i < n; i++)
		k->stamps[k->n++] = stamp_of(arena_strdup(a, paths[i]));
	look_free(f->look);
	f->look = k;
	loop_timer_start(f->loop, &f->timer, EVERY);
}

void files_free(struct files **f)
{
	if (*f == NULL)
		return;
	loop_timer_stop((*f)->loop, &(*f)->timer);
	look_free((*f)->look);
	mem_free(*f);
	*f = NULL;
}
