/* SPDX-License-Identifier: MIT */
/* maildir.c - has a watched mail been read?  A look into its Maildir
 *
 * Only watched mails are looked at, by jobs, every few seconds.  A mail no
 * longer where it was is looked for in the other folders by the name Muster
 * gave its file.  Gone in two sweeps, unread, after having been seen there:
 * deleted unread.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/run/log.h"
#include "mta/letter.h"

enum mail_sight { UNREAD, SEEN, ANSWERED, MOVED, MISSING };

struct check {
	const char *id; /* of the letter */
	size_t handoff;
	const char *folder; /* the Maildir */
	const char *name;   /* without flags */
	const char *known;  /* path it had last time; NULL */
	char *found;	    /* path now, heap; NULL */
	enum mail_sight verdict;
};

struct sweep {
	struct job job;
	struct mta_call *call;
	struct arena *arena;
	size_t count;
	struct check *checks;
};

static bool has_flag(const char *path, char flag)
{
	const char *info = strrchr(path, ':');

	return info != NULL && strncmp(info, ":2,", 3) == 0 &&
	       strchr(info + 3, flag) != NULL;
}

static enum mail_sight by_flags(const char *path)
{
	if (has_flag(path, 'R'))
		return ANSWERED;
	return has_flag(path, 'S') ? SEEN : UNREAD;
}

/* The file of that name in a folder, whatever its flags. */
static char *find_in(const char *folder, const char *name)
{
	size_t n = strlen(name);
	struct buf path = { .data = NULL };
	struct dirent *entry;
	DIR *d = opendir(folder);

	if (d == NULL)
		return NULL;
	while (path.len == 0 && (entry = readdir(d)) != NULL)
		if (strncmp(entry->d_name, name, n) == 0 &&
		    (entry->d_name[n] == '\0' || entry->d_name[n] == ':' ||
		     entry->d_name[n] == ','))
			buf_printf(&path, "%s/%s", folder, entry->d_name);
	closedir(d);
	return path.len > 0 ? buf_take(&path) : NULL;
}

static char *find_sub(const char *folder, const char *sub, const char *name)
{
	struct buf path = { .data = NULL };
	char *found;

	buf_printf(&path, "%s/%s", folder, sub);
	found = find_in((const char *)path.data, name);
	buf_fini(&path);
	return found;
}

/* Maildir++: the other folders begin with a dot. */
static char *find_moved(const char *folder, const char *name)
{
	struct dirent *entry;
	DIR *d = opendir(folder);
	char *found = NULL;

	if (d == NULL)
		return NULL;
	while (found == NULL && (entry = readdir(d)) != NULL) {
		struct buf sub = { .data = NULL };

		if (entry->d_name[0] != '.' ||
		    strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		buf_printf(&sub, "%s/cur", entry->d_name);
		found = find_sub(folder, (const char *)sub.data, name);
		buf_reset(&sub);
		buf_printf(&sub, "%s/new", entry->d_name);
		if (found == NULL)
			found = find_sub(folder, (const char *)sub.data, name);
		buf_fini(&sub);
	}
	closedir(d);
	return found;
}

static bool is_trash(const char *path)
{
	return strstr(path, "/.Trash") != NULL ||
	       strstr(path, "/.Deleted") != NULL;
}

static void look(struct check *c)
{
	if (c->known != NULL && access(c->known, F_OK) == 0)
		c->found = mem_strdup(c->known);
	if (c->found == NULL)
		c->found = find_sub(c->folder, "new", c->name);
	if (c->found == NULL)
		c->found = find_sub(c->folder, "cur", c->name);
	if (c->found != NULL) {
		c->verdict = by_flags(c->found);
		return;
	}
	c->found = find_moved(c->folder, c->name);
	if (c->found == NULL)
		c->verdict = MISSING;
	else if (by_flags(c->found) != UNREAD)
		c->verdict = by_flags(c->found);
	else
		c->verdict = is_trash(c->found) ? MISSING : MOVED;
}

static void run(struct job *j)
{
	struct sweep *s = LIST_OF(j, struct sweep, job);

	for (size_t i = 0; i < s->count; i++)
		look(&s->checks[i]);
}

/* ---- what it means ---- */

static void conclude(struct mta *m, struct check *c)
{
	static const char *const words[] = {
		[SEEN] = "seen", [ANSWERED] = "answered", [MOVED] = "moved"
	};
	struct mta_letter *l = mta_letter_get(m, str_of(c->id));
	struct mta_handoff *h;
	bool was_there;

	if (l == NULL || !l->row.watched || c->handoff >= l->count)
		return;
	h = &l->handoffs[c->handoff];
	was_there = h->seen_as != NULL;
	if (c->verdict == MISSING) {
		h->missed++;
		if (was_there && h->missed == 2 && !h->seen)
			mta_watch_evidence(l, "deleted", h->person);
		return;
	}
	h->missed = 0;
	mem_free(h->seen_as);
	h->seen_as = c->found;
	c->found = NULL;
	if (c->verdict == UNREAD || h->seen)
		return;
	h->seen = true;
	mta_watch_evidence(l, words[c->verdict], h->person);
}

static void done(struct job *j)
{
	struct sweep *s = LIST_OF(j, struct sweep, job);
	struct arena *a = s->arena;
	struct mta *m = mta_call_end(s->call);

	for (size_t i = 0; i < s->count; i++) {
		if (m != NULL && !m->stopping)
			conclude(m, &s->checks[i]);
		mem_free(s->checks[i].found);
	}
	arena_free(&a);
	if (m == NULL || m->stopping)
		return;
	m->sweeping = false;
	mta_track_start(m);
}

/* ---- what is looked at ---- */

static void add_checks(struct sweep *s, struct mta_letter *l, struct buf *list)
{
	for (size_t i = 0; i < l->count; i++) {
		struct mta_handoff *h = &l->handoffs[i];
		struct check c = { .id = arena_strdup(s->arena, l->row.id),
				   .handoff = i,
				   .known =
					   arena_strdup(s->arena, h->seen_as) };
		char *folder;

		if (!h->has_it || h->parcel.target.kind != MTA_TARGET_MAILDIR ||
		    mta_target_path(s->arena, &h->parcel.target,
				    str_of(h->person), &folder) != GW_OK)
			continue;
		c.folder = folder;
		c.name = mta_out_maildir_name(s->arena, &h->parcel);
		buf_add(list, &c, sizeof(c));
	}
}

static struct sweep *sweep_new(struct mta *m)
{
	struct arena *a = arena_new();
	struct sweep *s = arena_alloc(a, sizeof(*s));
	struct buf list = { .data = NULL };
	struct mta_letter *l;
	size_t it = 0;

	s->arena = a;
	while ((l = map_next(&m->letters, &it)) != NULL)
		if (l->row.watched && l->row.state == MAIL_DELIVERED &&
		    !l->claimed && !l->deciding)
			add_checks(s, l, &list);
	s->count = list.len / sizeof(struct check);
	s->checks = arena_alloc(a, list.len + 1);
	if (list.len > 0)
		memcpy(s->checks, list.data, list.len);
	buf_fini(&list);
	return s;
}

void mta_track_due(struct loop_timer *t)
{
	struct mta *m = LIST_OF(t, struct mta, sweep);
	struct sweep *s = sweep_new(m);
	struct arena *a = s->arena;

	if (s->count == 0) {
		arena_free(&a);
		return; /* the next watched mail starts it again */
	}
	s->job.run = run;
	s->job.done = done;
	s->call = mta_call_new(m);
	m->sweeping = true;
	if (jobs_submit(m->spec.jobs, &s->job) == GW_OK)
		return;
	m->sweeping = false;
	(void)mta_call_end(s->call);
	arena_free(&a);
	mta_track_start(m);
}

void mta_track_start(struct mta *m)
{
	if (m->stopping || m->sweeping || loop_timer_active(&m->sweep))
		return;
	loop_timer_start(m->spec.loop, &m->sweep, m->conf->sweep);
}
