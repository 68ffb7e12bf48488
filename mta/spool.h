/* SPDX-License-Identifier: MIT */
/* spool.h - mail on our own disk, while we answer for it
 *
 * A mail is written to "tmp.ID" as it comes in, never whole in memory, and
 * synced; each recipient's letter is then a link to it under its own name,
 * and the folder is synced.  All of it in jobs; mode 0600.
 */
#ifndef GW_MTA_SPOOL_H
#define GW_MTA_SPOOL_H

#include "gateway/base/buf.h"
#include "gateway/run/crypto.h"
#include "gateway/run/jobs.h"

#define MTA_SPOOL_CHUNK ((size_t)128 * 1024)

struct mta_spool_file {
	struct job job; /* first three: private while busy */
	struct buf writing;
	struct crypto_sha256 *sha;
	int fd;
	struct jobs *jobs;
	char *path;
	struct buf fill; /* the caller adds here */
	bool busy, ending, ended;
	enum gw_err e; /* GW_UNAVAIL: disk */
	uint8_t digest[32];
	/* A chunk is written, or (ended) all is on disk. */
	void (*done)(struct mta_spool_file *f);
};

void mta_spool_init(struct mta_spool_file *f, struct jobs *js,
		    const char *folder, const char *id);
/* Writes what was added; call when not busy.  end: and syncs, closes. */
void mta_spool_flush(struct mta_spool_file *f, bool end);
/* Not busy.  Removes the file itself too, in a job. */
void mta_spool_fini(struct mta_spool_file *f);

/* Links path as each name in folder and syncs the folder. */
struct mta_spool_links {
	struct job job;
	const char *folder;
	const char *from;
	const char *const *names;
	size_t count;
	enum gw_err e;
	void (*done)(struct mta_spool_links *l);
};
void mta_spool_link(struct jobs *js, struct mta_spool_links *l);
/* Later, nobody waits for it. */
void mta_spool_remove(struct jobs *js, const char *path);
/* Before the loop runs: makes the folder, removes what keep() does not want. */
enum gw_err mta_spool_sweep(const char *folder,
			    bool (*keep)(void *arg, const char *name),
			    void *arg, struct err_note *note) GW_CHECKED;

#endif
