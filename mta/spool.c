/* SPDX-License-Identifier: MIT */
/* spool.c - mail on our own disk, while we answer for it */
#include "mta/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/run/log.h"

struct removal {
	struct job job;
	char *path;
};

static enum gw_err write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return GW_UNAVAIL;
		p += done;
		n -= (size_t)done;
	}
	return GW_OK;
}

static void run_write(struct job *j)
{
	struct mta_spool_file *f = LIST_OF(j, struct mta_spool_file, job);

	if (f->fd < 0 && f->e == GW_OK) {
		f->fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			     0600);
		if (f->fd < 0)
			f->e = GW_UNAVAIL;
	}
	if (f->e == GW_OK)
		f->e = write_all(f->fd, f->writing.data, f->writing.len);
	crypto_sha256_add(f->sha, f->writing.data, f->writing.len);
	if (!f->ending)
		return;
	crypto_sha256_end(&f->sha, f->digest);
	if (f->e == GW_OK && fdatasync(f->fd) < 0)
		f->e = GW_UNAVAIL;
	if (f->fd >= 0 && close(f->fd) < 0)
		f->e = GW_UNAVAIL;
	f->fd = -1;
}

static void done_write(struct job *j)
{
	struct mta_spool_file *f = LIST_OF(j, struct mta_spool_file, job);

	f->busy = false;
	f->ended = f->ending;
	buf_reset(&f->writing);
	if (f->e != GW_OK)
		log_error("spool.write", "path", f->path, NULL);
	f->done(f);
}

void mta_spool_init(struct mta_spool_file *f, struct jobs *js,
		    const char *folder, const char *id)
{
	struct buf path = { .data = NULL };

	buf_printf(&path, "%s/tmp.%s", folder, id);
	f->jobs = js;
	f->path = buf_take(&path);
	f->fd = -1;
	f->sha = crypto_sha256_new();
	f->job.run = run_write;
	f->job.done = done_write;
}

void mta_spool_flush(struct mta_spool_file *f, bool end)
{
	struct buf b = f->writing;

	f->writing = f->fill;
	f->fill = b;
	f->ending = end;
	f->busy = true;
	if (jobs_submit(f->jobs, &f->job) == GW_OK)
		return;
	/* Too much is going on: the mail is refused with 4xx. */
	f->e = GW_UNAVAIL;
	done_write(&f->job);
}

void mta_spool_fini(struct mta_spool_file *f)
{
	uint8_t digest[32];

	if (f->path == NULL)
		return;
	if (f->sha != NULL)
		crypto_sha256_end(&f->sha, digest);
	if (f->fd >= 0)
		close(f->fd);
	if (f->jobs != NULL)
		mta_spool_remove(f->jobs, f->path);
	mem_free(f->path);
	f->path = NULL;
	buf_fini(&f->writing);
	buf_fini(&f->fill);
}

/* ---- links ---- */

static enum gw_err sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum gw_err e = GW_OK;

	if (fd < 0)
		return GW_UNAVAIL;
	if (fsync(fd) < 0)
		e = GW_UNAVAIL;
	close(fd);
	return e;
}

static void run_links(struct job *j)
{
	struct mta_spool_links *l = LIST_OF(j, struct mta_spool_links, job);
	struct buf path = { .data = NULL };

	l->e = GW_OK;
	for (size_t i = 0; i < l->count && l->e == GW_OK; i++) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s", l->folder, l->names[i]);
		/* A retry of a letter that was deferred has the same name. */
		unlink((const char *)path.data);
		if (link(l->from, (const char *)path.data) < 0)
			l->e = GW_UNAVAIL;
	}
	buf_fini(&path);
	if (l->e == GW_OK)
		l->e = sync_folder(l->folder);
}

static void done_links(struct job *j)
{
	struct mta_spool_links *l = LIST_OF(j, struct mta_spool_links, job);

	if (l->e != GW_OK)
		log_error("spool.link", "folder", l->folder, NULL);
	l->done(l);
}

void mta_spool_link(struct jobs *js, struct mta_spool_links *l)
{
	l->job.run = run_links;
	l->job.done = done_links;
	if (jobs_submit(js, &l->job) == GW_OK)
		return;
	l->e = GW_UNAVAIL;
	l->done(l);
}

/* ---- removing ---- */

static void run_remove(struct job *j)
{
	unlink(LIST_OF(j, struct removal, job)->path);
}

static void done_remove(struct job *j)
{
	struct removal *r = LIST_OF(j, struct removal, job);

	mem_free(r->path);
	mem_free(r);
}

void mta_spool_remove(struct jobs *js, const char *path)
{
	struct removal *r = mem_new(sizeof(*r));

	r->path = mem_strdup(path);
	r->job.run = run_remove;
	r->job.done = done_remove;
	/* If too much waits, the next start removes it. */
	if (jobs_submit(js, &r->job) != GW_OK)
		done_remove(&r->job);
}

static void drop(const char *folder, const char *name)
{
	struct buf path = { .data = NULL };

	buf_printf(&path, "%s/%s", folder, name);
	unlink((const char *)path.data);
	buf_fini(&path);
}

enum gw_err mta_spool_sweep(const char *folder,
			    bool (*keep)(void *arg, const char *name),
			    void *arg, struct err_note *note)
{
	struct dirent *entry;
	DIR *d;

	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return err_say(note, GW_UNAVAIL, "%s: %s", folder,
			       strerror(errno));
	d = opendir(folder);
	if (d == NULL)
		return err_say(note, GW_UNAVAIL, "%s: %s", folder,
			       strerror(errno));
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.' && !keep(arg, entry->d_name))
			drop(folder, entry->d_name);
	closedir(d);
	return GW_OK;
}
