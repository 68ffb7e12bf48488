/* SPDX-License-Identifier: MIT */
/* test_log.c - one line per fact, whatever the values are */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/run/log.h"

struct place {
	char dir[64];
	char path[80];
};

static int make_place(void **state)
{
	struct place *p = mem_new(sizeof(*p));

	snprintf(p->dir, sizeof(p->dir), "/tmp/muster-log-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/log", p->dir);
	*state = p;
	return 0;
}

static int clean_place(void **state)
{
	struct place *p = *state;

	log_close();
	unlink(p->path);
	rmdir(p->dir);
	mem_free(p);
	return 0;
}

static struct buf contents(const char *path)
{
	struct buf b = { .data = NULL };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	do {
		n = read(fd, buf_space(&b, 65536), 65536);
		assert_true(n >= 0);
		b.len += (size_t)n;
	} while (n > 0);
	close(fd);
	return b;
}

/* The line behind its 24-byte time stamp and a blank. */
static void logged(struct place *p, const char *want)
{
	struct buf b = contents(p->path);

	assert_true(b.len > 25);
	assert_int_equal(b.data[23], 'Z');
	assert_int_equal(b.len - 25, strlen(want));
	assert_memory_equal(b.data + 25, want, strlen(want));
	buf_fini(&b);
	assert_int_equal(truncate(p->path, 0), 0);
}

static const struct {
	const char *name;
	const char *value;
	const char *want;
} values[] = {
	{ "plain", "ann@example.org", "ann@example.org" },
	{ "absent", NULL, "-" },
	{ "empty", "", "\"\"" },
	{ "blank", "disk full", "\"disk full\"" },
	{ "a forged pair", "x admin=1", "\"x admin=1\"" },
	{ "a forged line", "x\n2026 error hacked",
	  "\"x\\x0a2026 error hacked\"" },
	{ "quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "terminal escape", "\x1b[2J", "\"\\x1b[2J\"" },
	{ "UTF-8", "caf\xc3\xa9 \xf0\x9f\x98\x80",
	  "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"" },
	{ "broken UTF-8", "a\xff\xc3", "\"a\\xff\\xc3\"" },
	{ "C1 control",
	  "\xc2\x9b"
	  "2J",
	  "\"\\xc2\\x9b2J\"" },
	{ "right-to-left override",
	  "a\xe2\x80\xae"
	  "b",
	  "\"a\\xe2\\x80\\xaeb\"" },
	{ "dash of the same block",
	  "a\xe2\x80\x94"
	  "b",
	  "\"a\xe2\x80\x94"
	  "b\"" },
	{ "DEL", "\x7f", "\"\\x7f\"" },
};

static void values_never_break_the_line(void **state)
{
	struct place *p = *state;

	assert_int_equal(log_open(p->path, LOG_LEVEL_INFO), GW_OK);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char want[200];

		snprintf(want, sizeof(want), "info mail.held id=7 to=%s\n",
			 values[i].want);
		log_info("mail.held", "id", LOG_INT(7), "to", values[i].value,
			 NULL);
		logged(p, want);
	}
}

static void levels_below_are_silent(void **state)
{
	struct place *p = *state;
	struct stat st;

	assert_int_equal(log_open(p->path, LOG_LEVEL_WARN), GW_OK);
	log_info("a.b", NULL);
	log_debug("a.b", NULL);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_mode & 0777 & ~(mode_t)0640, 0);
	log_warn("a.b", NULL);
	logged(p, "warn a.b\n");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("a.b", NULL);
	logged(p, "debug a.b\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("a.b", NULL);
	log_error("c", NULL);
	logged(p, "error c\n");
}

static void a_slice_is_cut_between_characters(void **state)
{
	char big[400];
	const char *got;

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_string_equal(LOG_STR(STR("abc")), "abc");
	assert_null(LOG_STR(STR_NONE));
	assert_string_equal(LOG_STR(STR("a\0b")), "a?b");
	assert_int_equal(strlen(LOG_STR(str_make(big, 255))), 255);
	got = LOG_STR(str_make(big, 256));
	assert_int_equal(strlen(got), 255);
	assert_string_equal(got + 252, "...");
	memcpy(big + 251, "\xc3\xa9", 2);
	got = LOG_STR(str_make(big, 300));
	assert_int_equal(strlen(got), 254);
	assert_string_equal(got + 250, "x...");
	assert_string_equal(LOG_INT(INT64_MIN), "-9223372036854775808");
}

static void rotation_goes_on_in_the_new_file(void **state)
{
	struct place *p = *state;

	assert_int_equal(log_open(p->path, LOG_LEVEL_INFO), GW_OK);
	log_info("before", NULL);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(log_open(p->path, LOG_LEVEL_INFO), GW_OK);
	log_info("after", NULL);
	logged(p, "info after\n");
	assert_int_equal(log_open("/nonexistent/log", LOG_LEVEL_INFO),
			 GW_UNAVAIL);
	log_info("still", NULL);
	logged(p, "info still\n");
}

#define LINES 500

static void *log_many(void *arg)
{
	for (int i = 0; i < LINES; i++)
		log_info("thread.says", "name", arg, "n", LOG_INT(i), NULL);
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	struct place *p = *state;
	char names[4][8] = { "one", "two", "three", "four" };
	pthread_t id[4];
	struct buf b;
	struct str rest, line;
	size_t n = 0;

	assert_int_equal(log_open(p->path, LOG_LEVEL_INFO), GW_OK);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&id[i], NULL, log_many, names[i]), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(log_open(p->path, LOG_LEVEL_INFO), GW_OK);
	for (size_t i = 0; i < 4; i++)
		pthread_join(id[i], NULL);
	b = contents(p->path);
	rest = buf_str(&b);
	while (str_split(&rest, '\n', &line)) {
		if (line.n == 0)
			continue;
		assert_true(str_starts(str_make(line.p + 25, line.n - 25),
				       "info thread.says name="));
		n++;
	}
	assert_int_equal(n, 4 * LINES);
	buf_fini(&b);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_place, clean_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_never_break_the_line),
		TEST(levels_below_are_silent),
		TEST(a_slice_is_cut_between_characters),
		TEST(rotation_goes_on_in_the_new_file),
		TEST(lines_of_threads_do_not_mix),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
