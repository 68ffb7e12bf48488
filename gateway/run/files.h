/* SPDX-License-Identifier: MIT */
/* files.h - says when files are not what they were
 *
 * For what others replace without telling us.  A job asks every few seconds,
 * by name: a symbolic link that points elsewhere now is a change too.
 */
#ifndef GW_RUN_FILES_H
#define GW_RUN_FILES_H

#include "gateway/run/jobs.h"

struct files;

struct files *files_new(struct loop *l, struct jobs *jobs,
			void (*changed)(void *arg), void *arg);
/* Watched from now on, from what they are now: to be called before they are
 * read.  A file that is not there is watched too. */
void files_set(struct files *f, const char *const *paths, size_t n);
void files_free(struct files **f); /* before the jobs end */

#endif
