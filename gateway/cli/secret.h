/* SPDX-License-Identifier: MIT */
/* secret.h - passwords from a person or a pipe, never from argv
 */
#ifndef GW_CLI_SECRET_H
#define GW_CLI_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"

/* From a terminal: asked twice, not shown.  piped, or no terminal: the first
 * line of standard input. */
enum gw_err secret_read(const char *prompt, bool piped, struct arena *a,
			struct str *out, struct err_note *note) GW_CHECKED;
/* n random letters and digits, none of them easily mistaken. */
enum gw_err secret_make(char *out, size_t n) GW_CHECKED;

#endif
