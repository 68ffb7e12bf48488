/* SPDX-License-Identifier: MIT */
/* children_private.h - what the core and the spawner say to each other
 *
 * One datagram each, over a SOCK_SEQPACKET pair between two processes of the
 * same binary.  A start request carries the child's socket (SCM_RIGHTS).
 */
#ifndef GW_RUN_CHILDREN_PRIVATE_H
#define GW_RUN_CHILDREN_PRIVATE_H

#include "gateway/run/children.h"

#define CHILDREN_ARGV_MAX  4096 /* bytes of all arguments with their zeros */
#define CHILDREN_ARGC_MAX  64
#define CHILDREN_END_MS	   2000 /* from SIGTERM to SIGKILL */
#define CHILDREN_SOCKET_FD 3	/* where a child finds its socket */

enum children_op { CHILDREN_START, CHILDREN_STOP };

struct children_request {
	enum children_op op;
	uint64_t id;
	struct child_limits limits;
	size_t argc;
	size_t argv_len;
	char argv[CHILDREN_ARGV_MAX]; /* sent up to argv_len */
};

enum children_what { CHILDREN_STARTED, CHILDREN_FAILED, CHILDREN_ENDED };

struct children_report {
	enum children_what what;
	uint64_t id;
	int status; /* errno when FAILED, of waitpid() when ENDED */
	int pid;
};

/* The life of the spawner; ends when the other side of control is closed. */
void children_spawn_run(int control) __attribute__((noreturn));

#endif
