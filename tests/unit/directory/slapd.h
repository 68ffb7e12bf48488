/* SPDX-License-Identifier: MIT */
/* slapd.h - a real slapd in a folder of its own, on a free loopback port */
#ifndef GW_TESTS_DIRECTORY_SLAPD_H
#define GW_TESTS_DIRECTORY_SLAPD_H

#include <stdbool.h>
#include <sys/types.h>

#define SLAPD_CROWD 1200 /* entries crowd0@example.org... with sn Crowd */

struct slapd {
	char folder[64];
	unsigned port;
	pid_t pid; /* 0: not running */
};

/* Each fails the test when it cannot. */
void slapd_make(struct slapd *s);
void slapd_start(struct slapd *s); /* answers connections on return */
void slapd_signal(struct slapd *s, int signo); /* SIGKILL, SIGTERM: waits */
void slapd_drop(struct slapd *s);

#endif
