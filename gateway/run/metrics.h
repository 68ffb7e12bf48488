/* SPDX-License-Identifier: MIT */
/* metrics.h - counters and gauges, printed as OpenMetrics text
 *
 * A room declares what it counts and keeps the returned struct; adding is an
 * increment on the core thread.  Names follow OpenMetrics: muster_ prefix is
 * added here, counters end in _total.
 */
#ifndef GW_RUN_METRICS_H
#define GW_RUN_METRICS_H

#include <stdint.h>

#include "gateway/base/buf.h"

struct metrics;

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
	int64_t value;
};

struct metrics *metrics_new(void);
void metrics_free(struct metrics **m);
/* The same name and labels give the same metric.  labels: "" or
 * `kind="mail",why="late"` already escaped.  Owned by the registry. */
struct metric *metrics_get(struct metrics *m, enum metric_kind kind,
			   const char *name, const char *labels,
			   const char *help);
/* A gauge that is asked when the page is printed. */
void metrics_ask(struct metrics *m, const char *name, const char *help,
		 int64_t (*fn)(void *arg), void *arg);
/* Called before the page is printed, to set gauges that have labels. */
void metrics_on_look(struct metrics *m, void (*fn)(void *arg), void *arg);
void metrics_print(struct metrics *m, struct buf *out); /* ends in # EOF */

#endif
