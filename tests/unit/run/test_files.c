/* SPDX-License-Identifier: MIT */
/* test_files.c - files that others replace */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/run/files.h"

struct place {
	struct loop *loop;
	struct jobs *jobs;
	struct files *files;
	char dir[40];
	char one[60], two[60], name[60];
	unsigned changes;
};

static void on_changed(void *arg)
{
	struct place *p = arg;

	p->changes++;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void place_init(struct place *p)
{
	*p = (struct place){ .dir = "/tmp/muster-files-XXXXXX" };
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->one, sizeof(p->one), "%s/one", p->dir);
	snprintf(p->two, sizeof(p->two), "%s/two", p->dir);
	snprintf(p->name, sizeof(p->name), "%s/name", p->dir);
	p->loop = loop_fake_new(1);
	p->jobs = jobs_new(p->loop, 0, 8);
	p->files = files_new(p->loop, p->jobs, on_changed, p);
	write_file(p->one, "one");
	assert_int_equal(symlink(p->one, p->name), 0);
}

static void watch(struct place *p)
{
	const char *const paths[] = { p->name, p->two };

	files_set(p->files, paths, 2);
}

static void place_fini(struct place *p)
{
	files_free(&p->files);
	jobs_free(&p->jobs);
	loop_free(&p->loop);
	unlink(p->one);
	unlink(p->two);
	unlink(p->name);
	assert_int_equal(rmdir(p->dir), 0);
}

static unsigned after(struct place *p, int64_t ms)
{
	unsigned before = p->changes;

	loop_fake_pass(p->loop, ms);
	return p->changes - before;
}

static void test_quiet_while_nothing_changes(void **state)
{
	struct place p;

	(void)state;
	place_init(&p);
	watch(&p);
	assert_int_equal(after(&p, 3600 * 1000), 0);
	place_fini(&p);
}

static void test_each_change_is_said_once(void **state)
{
	struct place p;

	(void)state;
	place_init(&p);
	watch(&p);
	write_file(p.one, "longer");
	assert_int_equal(after(&p, 15000), 1);
	assert_int_equal(after(&p, 60000), 0);
	write_file(p.two, "now it is there");
	assert_int_equal(after(&p, 60000), 1);
	unlink(p.two);
	assert_int_equal(after(&p, 60000), 1);
	place_fini(&p);
}

/* As certbot does it. */
static void test_a_link_that_points_elsewhere(void **state)
{
	struct place p;

	(void)state;
	place_init(&p);
	watch(&p);
	write_file(p.two, "one");
	assert_int_equal(after(&p, 15000), 1);
	unlink(p.name);
	assert_int_equal(symlink(p.two, p.name), 0);
	assert_int_equal(after(&p, 15000), 1);
	place_fini(&p);
}

static void test_freed_while_it_looks(void **state)
{
	const char *const none[] = { "/nowhere" };
	struct place p;

	(void)state;
	place_init(&p);
	jobs_free(&p.jobs);
	p.jobs = jobs_new(p.loop, 1, 8);
	files_free(&p.files);
	p.files = files_new(p.loop, p.jobs, on_changed, &p);
	watch(&p);
	write_file(p.one, "longer");
	loop_fake_pass(p.loop, 15000); /* the job is with its thread */
	files_set(p.files, none, 1);
	files_free(&p.files);
	jobs_free(&p.jobs); /* its end comes to nobody */
	assert_true(p.changes <= 1);
	p.jobs = jobs_new(p.loop, 0, 8);
	place_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet_while_nothing_changes),
		cmocka_unit_test(test_each_change_is_said_once),
		cmocka_unit_test(test_a_link_that_points_elsewhere),
		cmocka_unit_test(test_freed_while_it_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
