/* SPDX-License-Identifier: MIT */
/* bench_alerts.c - how long a start takes with 100k alerts that fire
 *
 * alerts.md 15.2 wants it below 2 s.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "alerts/intake.h"

#define ALERTS 100000

struct bench {
	struct loop *loop;
	struct store *store;
	struct arena *arena;
	struct alerts_model model;
	struct alerts_intake *intake;
	size_t n;
};

static void write_all(struct bench *b)
{
	struct store_alert_write *w = store_alert_write_new();
	struct buf labels = { .data = NULL };
	int64_t now = loop_wall(b->loop);

	for (unsigned i = 0; i < ALERTS; i++) {
		char id[32];

		buf_reset(&labels);
		buf_add_lit(&labels, "alertname");
		buf_add_char(&labels, '\0');
		buf_printf(&labels, "Disk%u", i % 100);
		buf_add_char(&labels, '\0');
		buf_add_lit(&labels, "instance");
		buf_add_char(&labels, '\0');
		buf_printf(&labels, "host%u.example.org:9100", i);
		buf_add_char(&labels, '\0');
		snprintf(id, sizeof(id), "%016x", i);
		store_alert_put(w, &(struct store_alert){
					   .fingerprint = str_of(id),
					   .source = STR("prom"),
					   .labels = buf_str(&labels),
					   .annotations = buf_str(&labels),
					   .severity = SEV_WARNING,
					   .firing = true,
					   .starts_at = now,
					   .ends_at = now + 240000,
					   .fired_at = now,
					   .seen_at = now });
	}
	buf_fini(&labels);
	store_alert_submit(b->store, w, NULL, NULL);
	loop_run(b->loop);
}

static void on_row(void *arg, const struct store_alert *row)
{
	struct bench *b = arg;

	alerts_intake_restore(b->intake, row, b->arena);
	arena_reset(b->arena);
	b->n++;
}

int main(void)
{
	struct bench b = { .loop = loop_fake_new(1), .arena = arena_new() };
	struct alerts_intake_spec spec = { .loop = b.loop };
	struct store_spec store = { .path = "/tmp/bench_alerts.db" };
	struct err_note note;
	struct rusage usage;
	int64_t start;

	unlink(store.path);
	if (store_open(b.loop, &store, &b.store, &note) != GW_OK) {
		fprintf(stderr, "%s\n", note.text);
		return 1;
	}
	write_all(&b);
	alerts_model_init(&b.model, loop_seed(b.loop));
	spec.store = b.store;
	spec.model = &b.model;
	b.intake = alerts_intake_new(&spec);
	start = loop_usec(b.loop);
	if (store_alert_load(b.store, on_row, &b) != GW_OK)
		return 1;
	start = loop_usec(b.loop) - start;
	getrusage(RUSAGE_SELF, &usage);
	printf("%zu alerts loaded in %lld ms, %ld MiB resident at most\n", b.n,
	       (long long)(start / 1000), usage.ru_maxrss / 1024);
	alerts_intake_free(&b.intake);
	alerts_model_fini(&b.model);
	store_close(&b.store);
	arena_free(&b.arena);
	loop_free(&b.loop);
	unlink(store.path);
	return b.n == ALERTS ? 0 : 1;
}
