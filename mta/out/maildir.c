/* SPDX-License-Identifier: MIT */
/* maildir.c - delivery into a Maildir, so that it survives a power cut
 *
 * Written to tmp/, synced, linked to new/, and new/ is synced.  The file's
 * name is made from the mail's own: a repeat after a crash finds the first.
 * Lines end with LF there, as every Maildir reader expects.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/run/log.h"
#include "mta/out/deliver.h"

#define COPY_CHUNK ((size_t)64 * 1024)

struct place { /* what the job works with, in the parcel's arena */
	const char *folder, *name, *tmp, *final;
	enum gw_err e;
	int error;
};

char *mta_out_maildir_name(struct arena *a, const struct mta_parcel *p)
{
	char *name = arena_printf(a, "%lld.M%s.%s", (long long)(p->at / 1000),
				  p->name, p->hostname);

	for (char *c = name; *c != '\0'; c++)
		if (*c == '/' || *c == ':' || *c == ',')
			*c = '_';
	return name;
}

static bool fail(struct place *w)
{
	w->error = errno;
	w->e = GW_UNAVAIL;
	return false;
}

static bool sync_folder(struct place *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return fail(w);
	ok = fsync(fd) == 0 || fail(w);
	close(fd);
	return ok;
}

/* With the entry itself durable in its parent. */
static bool make_folder(struct place *w, char *path)
{
	char *slash = strrchr(path, '/');
	bool ok;

	if (mkdir(path, 0700) < 0)
		return errno == EEXIST || fail(w);
	if (slash == NULL || slash == path)
		return true;
	*slash = '\0';
	ok = sync_folder(w, path);
	*slash = '/';
	return ok;
}

static bool make_folders(struct mta_parcel *p, struct place *w)
{
	static const char *const subs[] = { "", "/tmp", "/new", "/cur" };
	char *path = arena_printf(p->arena, "%s/cur", w->folder);

	if (access(path, X_OK) == 0)
		return true;
	path = arena_strdup(p->arena, w->folder);
	for (char *c = strchr(path + 1, '/'); c != NULL;
	     c = strchr(c + 1, '/')) {
		bool ok;

		*c = '\0';
		ok = make_folder(w, path);
		*c = '/';
		if (!ok)
			return false;
	}
	for (size_t i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		path = arena_printf(p->arena, "%s%s", w->folder, subs[i]);
		if (!make_folder(w, path))
			return false;
	}
	return true;
}

/* CRLF to LF; the mail has no other CR (the intake refuses them). */
static size_t without_cr(uint8_t *p, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r')
			p[out++] = p[i];
	return out;
}

static bool write_all(struct place *w, int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail(w);
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static bool copy_spool(struct mta_parcel *p, struct place *w, int out)
{
	uint8_t *chunk = arena_alloc(p->arena, COPY_CHUNK);
	int in = open(p->spool, O_RDONLY | O_CLOEXEC);
	bool ok = true;
	ssize_t n;

	if (in < 0)
		return fail(w);
	while (ok && (n = read(in, chunk, COPY_CHUNK)) != 0) {
		if (n < 0)
			ok = errno == EINTR || fail(w);
		else
			ok = write_all(w, out, chunk,
				       without_cr(chunk, (size_t)n));
	}
	close(in);
	return ok;
}

static bool write_tmp(struct mta_parcel *p, struct place *w)
{
	struct str head = arena_str(p->arena, p->head);
	int fd;
	bool ok;

	unlink(w->tmp); /* of an attempt that was cut short */
	fd = open(w->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(w);
	head.n = without_cr((uint8_t *)(uintptr_t)head.p, head.n);
	ok = write_all(w, fd, (const uint8_t *)head.p, head.n);
	if (ok && p->spool != NULL)
		ok = copy_spool(p, w, fd);
	if (ok && fdatasync(fd) < 0)
		ok = fail(w);
	if (close(fd) < 0 && ok)
		ok = fail(w);
	return ok;
}

/* Has somebody's client moved it to cur/ already? */
static bool is_in_cur(struct mta_parcel *p, const struct place *w)
{
	DIR *d = opendir(arena_printf(p->arena, "%s/cur", w->folder));
	size_t n = strlen(w->name);
	struct dirent *entry;
	bool found = false;

	if (d == NULL)
		return false;
	while (!found && (entry = readdir(d)) != NULL)
		found = strncmp(entry->d_name, w->name, n) == 0 &&
			(entry->d_name[n] == ':' || entry->d_name[n] == '\0');
	closedir(d);
	return found;
}

static void run(struct job *j)
{
	struct mta_parcel *p = LIST_OF(j, struct mta_parcel, job);
	struct place *w = p->client;

	if (!make_folders(p, w))
		return;
	if (p->again && (access(w->final, F_OK) == 0 || is_in_cur(p, w)))
		return;
	if (write_tmp(p, w) && link(w->tmp, w->final) < 0 && errno != EEXIST)
		(void)fail(w);
	unlink(w->tmp);
	if (w->e == GW_OK)
		(void)sync_folder(w,
				  arena_printf(p->arena, "%s/new", w->folder));
}

static void done(struct job *j)
{
	struct mta_parcel *p = LIST_OF(j, struct mta_parcel, job);
	struct place *w = p->client;

	if (w->e != GW_OK)
		log_error("maildir.failed", "folder", w->folder, "id", p->name,
			  "why", strerror(w->error), NULL);
	mta_deliver_end(p, w->e,
			w->e == GW_OK ? STR("in the Maildir")
				      : STR("the Maildir takes nothing"));
}

void mta_out_maildir(struct mta_parcel *p)
{
	struct place *w = arena_alloc(p->arena, sizeof(*w));
	char *folder;

	if (mta_target_path(p->arena, &p->target, str_of(p->to), &folder) !=
	    GW_OK) {
		mta_deliver_end(p, GW_BAD_INPUT,
				STR("no Maildir can have that name"));
		return;
	}
	w->folder = folder;
	w->name = mta_out_maildir_name(p->arena, p);
	w->tmp = arena_printf(p->arena, "%s/tmp/%s", folder, w->name);
	w->final = arena_printf(p->arena, "%s/new/%s", folder, w->name);
	p->client = w;
	p->job.run = run;
	p->job.done = done;
	if (jobs_submit(p->jobs, &p->job) != GW_OK)
		mta_deliver_end(p, GW_UNAVAIL, STR("too much waits"));
}
