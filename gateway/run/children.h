/* SPDX-License-Identifier: MIT */
/* children.h - worker processes: started, watched, expendable
 *
 * children_init() forks the spawner before any thread exists; the spawner
 * starts binaries on request with one end of a socket pair as descriptor 3
 * and limits set.  Line-delimited JSON travels over the pair; descriptors may
 * ride along (SCM_RIGHTS).  A child that dies is started again with back-off
 * (1 s doubling to 60 s).
 */
#ifndef GW_RUN_CHILDREN_H
#define GW_RUN_CHILDREN_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"
#include "gateway/run/loop.h"

struct spawner;
struct child;

struct child_limits {
	uint64_t memory;   /* RLIMIT_AS, bytes; 0: none */
	uint64_t cpu;	   /* RLIMIT_CPU, seconds; 0: none */
	uint64_t stack;	   /* RLIMIT_STACK, bytes; 0: as is */
	unsigned open_max; /* RLIMIT_NOFILE; 0: as is */
};

struct child_spec {
	const char *name;	 /* for the log */
	const char *const *argv; /* argv[0] is the path */
	struct child_limits limits;
	/* One line, without its LF; fd -1 or a passed descriptor, yours. */
	void (*line)(void *arg, struct str line, int fd);
	void (*up)(void *arg);	 /* started (again) */
	void (*down)(void *arg); /* ended; will be started again */
	void *arg;
};

/* Before any thread and before the loop; NULL when fork fails. */
struct spawner *children_init(void);
void children_attach(struct spawner *s, struct loop *l);
/* The loop ends before the spawner; no child was started on it. */
void children_detach(struct spawner *s);
void children_fini(struct spawner **s); /* ends all children, waits bounded */

/* The spec is copied; NULL when argv is empty or over 4 KiB.  No callback
 * comes from inside start, stop or send, and none after stop. */
struct child *children_start(struct spawner *s, const struct child_spec *spec);
void children_stop(struct child **c); /* SIGTERM, in 2 s SIGKILL */
/* GW_UNAVAIL while it is down, GW_LIMIT while 1 MiB waits unsent.  The
 * descriptor (-1: none) is duplicated, the caller keeps his.  A LF in the
 * line is GW_BAD_INPUT. */
enum gw_err children_send(struct child *c, struct str line, int fd) GW_CHECKED;

#endif
