/* SPDX-License-Identifier: MIT */
/* demo_event.h - what the three people of the demonstration saw, in order
 *
 * Each person is a client in a thread of its own; all that reaches them is
 * kept here, and the story waits for what it expects, with a bound.
 */
#ifndef GW_CLI_DEMO_EVENT_H
#define GW_CLI_DEMO_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum demo_event_kind {
	DEMO_CONNECTED,
	DEMO_ENDED, /* body: why, "" orderly */
	DEMO_MESSAGE,
	DEMO_JOINED, /* from: the own address in the room; type: "created" */
};

struct demo_event { /* texts are never NULL */
	enum demo_event_kind kind;
	const char *who; /* whose client saw it */
	const char *from, *type, *id, *replace, *body;
};

struct demo_events;

struct demo_events *demo_event_new(void);
void demo_event_free(struct demo_events **e);
/* From any thread; copied. */
void demo_event_add(struct demo_events *e, const struct demo_event *event);
size_t demo_event_count(struct demo_events *e);

/* What is waited for; empty fields match everything. */
struct demo_want {
	const char *who;
	enum demo_event_kind kind;
	const char *type; /* "chat", "groupchat" */
	const char *from; /* begins with it */
	const char *replace;
	const char *has, *also; /* parts of the body */
};
/* The first match from *at on, which then stands behind it; false: it did not
 * come within so many ms.  Texts of out live as long as e. */
bool demo_event_wait(struct demo_events *e, size_t *at,
		     const struct demo_want *want, int64_t within,
		     struct demo_event *out);

/* Somebody has had enough: SIGINT, SIGTERM or SIGHUP, which demo_run() holds
 * back, is pending.  No wait goes on. */
bool demo_event_stopped(void);

#endif
