/* SPDX-License-Identifier: MIT */
/* bench_directory.c - how long ten thousand new accounts take
 *
 * On two job threads and a store on disk, as the daemon has them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "directory/directory.h"
#include "gateway/run/log.h"
#include "tests/unit/directory/rules.h"

#define ACCOUNTS 10000

static const struct config_root roots[] = {
	{ .key = "directory", .section = &directory_conf_section },
	{ .key = NULL },
};

static const char keys[] = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
			   "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
			   "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

struct bench {
	struct loop *loop;
	struct directory *d;
	size_t left;
	size_t failed;
	int64_t asked, slowest; /* log-ins meanwhile, microseconds */
	struct loop_timer log_in;
};

static void must(enum gw_err e)
{
	if (e == GW_OK)
		return;
	fprintf(stderr, "%s\n", err_text(e));
	exit(1);
}

static void on_done(void *arg, enum gw_err e, const char *why)
{
	struct bench *b = arg;

	(void)why;
	b->failed += e != GW_OK;
	if (--b->left == 0)
		loop_stop(b->loop);
}

static void on_check(void *arg, enum gw_err e)
{
	struct bench *b = arg;
	int64_t took = loop_usec(b->loop) - b->asked;

	(void)e;
	if (took > b->slowest)
		b->slowest = took;
	loop_timer_start(b->loop, &b->log_in, 50);
}

static void try_log_in(struct loop_timer *t)
{
	struct bench *b = LIST_OF(t, struct bench, log_in);
	struct seam_people people = directory_people(b->d);

	b->asked = loop_usec(b->loop);
	people.check(people.self, STR("p0@x.org"), STR("password 0"), on_check,
		     b);
}

static void add_all(struct bench *b, bool by_keys)
{
	char address[32], password[32];

	b->left = ACCOUNTS;
	for (int i = 0; i < ACCOUNTS; i++) {
		snprintf(address, sizeof(address), "%c%d@x.org",
			 by_keys ? 'k' : 'p', i);
		snprintf(password, sizeof(password), "password %d", i);
		if (by_keys)
			directory_add_keys(b->d, str_of(address), str_of(keys),
					   STR_NONE, on_done, b);
		else
			directory_add(b->d, str_of(address), str_of(password),
				      STR_NONE, DIRECTORY_USER, on_done, b);
	}
}

static void measure(struct bench *b, bool by_keys)
{
	int64_t start = loop_usec(b->loop);

	b->slowest = 0;
	b->log_in.fn = try_log_in;
	loop_timer_start(b->loop, &b->log_in, 50);
	add_all(b, by_keys);
	loop_run(b->loop);
	loop_timer_stop(b->loop, &b->log_in);
	printf("%d accounts by %s: %.2f s, %zu failed, slowest log-in "
	       "meanwhile %.1f ms\n",
	       ACCOUNTS, by_keys ? "keys" : "password",
	       (double)(loop_usec(b->loop) - start) / 1e6, b->failed,
	       (double)b->slowest / 1000);
}

static void configure(struct bench *b)
{
	struct buf errors = { .data = NULL };
	struct err_note note;
	struct config *cfg;

	must(config_load_text(STR(""), "m.yaml", roots, &cfg, &errors));
	must(directory_configure(b->d, cfg, &note));
	config_unref(&cfg);
}

int main(void)
{
	char folder[] = "/tmp/bench_directory.XXXXXX", path[64];
	struct store_spec store = { .threaded = true, .readers = 1 };
	struct directory_spec spec = { .normalise = rules_normalise,
				       .new_address = rules_new_address,
				       .prepare_password = xmpp_precis_opaque };
	struct bench b = { .left = 0 };
	struct err_note note;

	log_set_level(LOG_LEVEL_WARN);
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/store.db", folder);
	store.path = path;
	b.loop = loop_ev_new();
	must(store_open(b.loop, &store, &spec.store, &note));
	spec.loop = b.loop;
	spec.jobs = jobs_new(b.loop, 2, 10000);
	spec.metrics = metrics_new();
	b.d = directory_new(&spec);
	configure(&b);
	measure(&b, true);
	measure(&b, false);
	directory_stop(b.d);
	jobs_free(&spec.jobs);
	store_close(&spec.store);
	directory_free(&b.d);
	metrics_free(&spec.metrics);
	loop_free(&b.loop);
	unlink(path);
	return rmdir(folder);
}
