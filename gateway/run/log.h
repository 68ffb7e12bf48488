/* SPDX-License-Identifier: MIT */
/* log.h - one fact per line: what.happened key=value...
 *
 * Levels: error (a human must act), warn, info (one per mail, alert, log-in),
 * debug.  Values come from outside and are escaped here; never log bodies,
 * passwords or tokens.  The sink is the one piece of process-wide state we
 * allow ourselves besides stdio itself; any thread may log.
 *
 *   log_info("mail.held", "id", id, "to", to, "why", "presence", NULL);
 */
#ifndef GW_RUN_LOG_H
#define GW_RUN_LOG_H

#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/str.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Opens for append (mode 0640), NULL: stderr.  May be called again (rotate). */
enum gw_err log_open(const char *path, enum log_level level) GW_CHECKED;
void log_set_level(enum log_level level);
void log_close(void);

/* Pairs of const char *, ended by NULL; a NULL value prints as "-". */
void log_error(const char *what, ...) __attribute__((sentinel));
void log_warn(const char *what, ...) __attribute__((sentinel));
void log_info(const char *what, ...) __attribute__((sentinel));
void log_debug(const char *what, ...) __attribute__((sentinel));

/* Numbers and slices as values: text that lives until the end of the
 * enclosing block. */
struct log_text {
	char text[256];
};
#define LOG_INT(v) (log_int_(&(struct log_text){ .text = "" }, (int64_t)(v)))
#define LOG_STR(s) (log_str_(&(struct log_text){ .text = "" }, (s)))
const char *log_int_(struct log_text *t, int64_t v);
const char *log_str_(struct log_text *t, struct str s); /* cut when long */

#endif
