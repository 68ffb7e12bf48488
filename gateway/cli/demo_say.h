/* SPDX-License-Identifier: MIT */
/* demo_say.h - how the demonstration is told, while it happens
 *
 * Steps, ticks and times for people; with --json one object at the end.
 */
#ifndef GW_CLI_DEMO_SAY_H
#define GW_CLI_DEMO_SAY_H

#include <stdbool.h>

#include "gateway/base/err.h"

struct demo_say;

struct demo_say *demo_say_new(bool json);
/* Says the end; true when every check held and none was left out. */
bool demo_say_end(struct demo_say **s, bool complete);
void demo_say_title(struct demo_say *s, const char *text);
void demo_say_step(struct demo_say *s, int number, const char *text);
/* Something that was done. */
void demo_say_did(struct demo_say *s, const char *fmt, ...) GW_PRINTF(2, 3);
/* Words somebody got, or a reason: set apart, on as many lines as it has. */
void demo_say_quote(struct demo_say *s, const char *text);
/* An outcome: ticked, or marked as failed.  Returns held. */
bool demo_say_check(struct demo_say *s, bool held, const char *fmt, ...)
	GW_PRINTF(3, 4);

#endif
