/* SPDX-License-Identifier: MIT */
/* test_children.c - worker processes echo, die and come back
 *
 * The test is its own child: called with an argument it answers on
 * descriptor 3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/run/children.h"
#include "gateway/run/log.h"

#define BOUND_MS 20000 /* a test that waits longer has failed */

struct world {
	struct spawner *s;
	struct loop *l;
	struct child *c;
	struct loop_timer bound;
	struct buf got; /* lines, each with its LF */
	int fd;
	unsigned ups;
	unsigned downs;
	const char *until; /* stop when got is this */
	unsigned until_ups;
	bool stop_on_line;
	bool late;
};

static void on_bound(struct loop_timer *t)
{
	struct world *w =
		(struct world *)(void *)((char *)t -
					 offsetof(struct world, bound));

	w->late = true;
	loop_stop(w->l);
}

static void on_line(void *arg, struct str line, int fd)
{
	struct world *w = arg;

	buf_add_str(&w->got, line);
	buf_add_char(&w->got, '\n');
	if (fd >= 0) {
		assert_int_equal(w->fd, -1);
		w->fd = fd;
	}
	if (w->stop_on_line)
		children_stop(&w->c);
	if (w->stop_on_line ||
	    (w->until != NULL && str_is(buf_str(&w->got), w->until)))
		loop_stop(w->l);
}

static void on_up(void *arg)
{
	struct world *w = arg;

	w->ups++;
	if (w->ups == w->until_ups)
		loop_stop(w->l);
}

static void on_down(void *arg)
{
	((struct world *)arg)->downs++;
}

static void run(struct world *w)
{
	w->bound.fn = on_bound;
	loop_timer_start(w->l, &w->bound, BOUND_MS);
	loop_run(w->l);
	loop_timer_stop(w->l, &w->bound);
	assert_false(w->late);
}

static void run_until(struct world *w, const char *text)
{
	w->until = text;
	if (!str_is(buf_str(&w->got), text))
		run(w);
	w->until = NULL;
	buf_reset(&w->got);
}

static void run_until_ups(struct world *w, unsigned n)
{
	w->until_ups = n;
	if (w->ups < n)
		run(w);
	assert_int_equal(w->ups, n);
}

static void say(struct world *w, const char *text, int fd)
{
	assert_int_equal(children_send(w->c, str_of(text), fd), GW_OK);
}

static int open_world(void **state)
{
	struct world *w = mem_new(sizeof(*w));

	w->s = children_init();
	assert_non_null(w->s);
	w->l = loop_ev_new();
	w->fd = -1;
	children_attach(w->s, w->l);
	*state = w;
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;

	children_stop(&w->c);
	children_fini(&w->s);
	assert_null(w->s);
	loop_free(&w->l);
	buf_fini(&w->got);
	if (w->fd >= 0)
		close(w->fd);
	mem_free(w);
	return 0;
}

static void start(struct world *w, const char *path, const char *how,
		  struct child_limits limits)
{
	const char *const argv[] = { path, how, NULL };
	struct child_spec spec = {
		.name = how,
		.argv = argv,
		.limits = limits,
		.line = on_line,
		.up = on_up,
		.down = on_down,
		.arg = w,
	};

	w->c = children_start(w->s, &spec);
	assert_non_null(w->c);
}

static void start_self(struct world *w, const char *how)
{
	start(w, "/proc/self/exe", how, (struct child_limits){ .open_max = 0 });
}

static void a_child_echoes_lines(void **state)
{
	struct world *w = *state;

	start_self(w, "echo");
	assert_int_equal(children_send(w->c, STR("x"), -1), GW_UNAVAIL);
	run_until_ups(w, 1);
	say(w, "one", -1);
	say(w, "", -1);
	say(w, "three", -1);
	run_until(w, "one\n\nthree\n");
	assert_int_equal(children_send(w->c, STR("a\nb"), -1), GW_BAD_INPUT);
}

static void a_killed_child_comes_back(void **state)
{
	struct world *w = *state;

	start_self(w, "echo");
	run_until_ups(w, 1);
	say(w, "die", -1);
	run_until_ups(w, 2);
	assert_int_equal(w->downs, 1);
	say(w, "again", -1);
	run_until(w, "again\n");
}

static void last_words_are_heard(void **state)
{
	struct world *w = *state;

	start_self(w, "echo");
	run_until_ups(w, 1);
	say(w, "farewell", -1);
	run_until(w, "good\nbye\n");
}

static void a_child_that_closes_its_socket_is_ended(void **state)
{
	struct world *w = *state;

	start_self(w, "echo");
	run_until_ups(w, 1);
	say(w, "hang", -1);
	run_until_ups(w, 2);
	assert_int_equal(w->downs, 1);
}

static void a_line_without_end_ends_the_child(void **state)
{
	struct world *w = *state;

	start_self(w, "echo");
	run_until_ups(w, 1);
	say(w, "flood", -1);
	run_until_ups(w, 2);
	assert_int_equal(w->got.len, 0);
}

/* The child copies the text between two descriptors that travel. */
static void descriptors_travel_with_their_line(void **state)
{
	struct world *w = *state;
	int pair[2];
	char text[8] = "";

	assert_int_equal(pipe(pair), 0);
	start_self(w, "echo");
	run_until_ups(w, 1);
	say(w, "first", -1);
	say(w, "with", pair[1]);
	say(w, "last", -1);
	close(pair[1]);
	run_until(w, "first\nwith\nlast\n");
	assert_int_equal(read(pair[0], text, sizeof(text)), 4);
	assert_memory_equal(text, "with", 4);
	assert_int_equal(read(pair[0], text, sizeof(text)), 0);
	say(w, "give", -1);
	run_until(w, "here\n");
	assert_true(w->fd >= 0);
	assert_int_equal(read(w->fd, text, sizeof(text)), 2);
	assert_memory_equal(text, "hi", 2);
	close(pair[0]);
}

static void limits_and_descriptors_are_set(void **state)
{
	struct world *w = *state;

	start(w, "/proc/self/exe", "echo",
	      (struct child_limits){ .open_max = 17, .cpu = 5 });
	run_until_ups(w, 1);
	say(w, "limits", -1);
	run_until(w, "files 17 cpu 5 core 0 open 0-3\n");
}

static void a_full_socket_has_a_limit(void **state)
{
	struct world *w = *state;
	enum { N = 100 * 1024 };
	char *big = mem_new(N);
	enum gw_err err = GW_OK;

	memset(big, 'x', N);
	start_self(w, "deaf");
	run_until_ups(w, 1);
	for (int i = 0; i < 100 && err == GW_OK; i++)
		err = children_send(w->c, str_make(big, N), -1);
	assert_int_equal(err, GW_LIMIT);
	mem_free(big);
}

static void a_child_may_be_stopped_by_its_line(void **state)
{
	struct world *w = *state;

	start_self(w, "echo");
	run_until_ups(w, 1);
	w->stop_on_line = true;
	say(w, "a", -1);
	say(w, "b", -1);
	run(w);
	assert_null(w->c);
	assert_true(str_is(buf_str(&w->got), "a\n"));
	assert_int_equal(w->downs, 0);
}

static void a_missing_binary_is_never_up(void **state)
{
	struct world *w = *state;

	start(w, "/nonexistent/worker", "x", (struct child_limits){ 0 });
	w->bound.fn = on_bound;
	loop_timer_start(w->l, &w->bound, 1500); /* two tries */
	loop_run(w->l);
	assert_int_equal(w->ups, 0);
	assert_int_equal(w->downs, 0);
}

static void an_argument_too_long_is_refused(void **state)
{
	struct world *w = *state;
	static char big[5000];
	const char *const none[] = { NULL };
	const char *const argv[] = { "/bin/true", big, NULL };
	struct child_spec spec = { .name = "x", .argv = argv };

	memset(big, 'x', sizeof(big) - 1);
	assert_null(children_start(w->s, &spec));
	spec.argv = none;
	assert_null(children_start(w->s, &spec));
}

/* Fini must end a child that ignores SIGTERM, and return. */
static void fini_ends_the_stubborn(void **state)
{
	struct world *w = *state;
	int pair[2];
	char c;

	assert_int_equal(pipe(pair), 0);
	start_self(w, "stubborn");
	run_until_ups(w, 1);
	say(w, "hold", pair[1]);
	close(pair[1]);
	run_until(w, "held\n");
	w->c = NULL;
	children_fini(&w->s);
	/* The child held the only writing end. */
	assert_int_equal(read(pair[0], &c, 1), 0);
	close(pair[0]);
}

/* The child's side from here. */

static void put(const char *text)
{
	size_t n = strlen(text);

	if (write(3, text, n) != (ssize_t)n)
		_exit(3);
}

static void put_fd(const char *text, int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} aux = { .space = { 0 } };
	char line[16];
	struct iovec iov = { .iov_base = line, .iov_len = strlen(text) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &aux,
			      .msg_controllen = sizeof(aux.space) };

	memcpy(line, text, iov.iov_len);
	aux.head.cmsg_level = SOL_SOCKET;
	aux.head.cmsg_type = SCM_RIGHTS;
	aux.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&aux.head), &fd, sizeof(fd));
	if (sendmsg(3, &msg, 0) < 0)
		_exit(4);
}

static void put_limits(void)
{
	struct rlimit files, cpu, core;
	char text[100];
	int open_max = -1;

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_CPU, &cpu);
	getrlimit(RLIMIT_CORE, &core);
	for (int fd = 0; fd < 17; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			open_max = fd;
	snprintf(text, sizeof(text), "files %u cpu %u core %u open 0-%d\n",
		 (unsigned)files.rlim_cur, (unsigned)cpu.rlim_cur,
		 (unsigned)core.rlim_cur, open_max);
	put(text);
}

static void give_fd(void)
{
	int pair[2];

	if (pipe(pair) != 0 || write(pair[1], "hi", 2) != 2)
		_exit(5);
	put_fd("here\n", pair[0]);
}

static void flood(void)
{
	char text[1001];

	memset(text, 'x', 1000);
	text[1000] = '\0';
	for (;;)
		put(text);
}

static void answer(const char *line, int fd)
{
	if (fd >= 0 && strcmp(line, "hold") == 0) {
		put("held\n");
		for (;;)
			pause();
	}
	if (fd >= 0 && write(fd, line, strlen(line)) > 0)
		close(fd);
	if (strcmp(line, "die") == 0)
		raise(SIGKILL);
	if (strcmp(line, "farewell") == 0) {
		put("good\nbye\n");
		_exit(0);
	}
	if (strcmp(line, "hang") == 0) {
		close(3);
		for (;;)
			pause();
	}
	if (strcmp(line, "flood") == 0)
		flood();
	if (strcmp(line, "limits") == 0) {
		put_limits();
	} else if (strcmp(line, "give") == 0) {
		give_fd();
	} else {
		put(line);
		put("\n");
	}
}

/* One byte at a time: slow, but a descriptor is never read past its line. */
static void child_loop(void)
{
	char line[256];
	size_t n = 0;
	int fd = -1;

	for (;;) {
		union {
			struct cmsghdr head;
			char space[CMSG_SPACE(sizeof(int))];
		} aux = { .space = { 0 } };
		char c;
		struct iovec iov = { .iov_base = &c, .iov_len = 1 };
		struct msghdr msg = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = &aux,
				      .msg_controllen = sizeof(aux.space) };

		if (recvmsg(3, &msg, 0) <= 0)
			_exit(0);
		if (CMSG_FIRSTHDR(&msg) != NULL)
			memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		if (c != '\n') {
			line[n++ % (sizeof(line) - 1)] = c;
			continue;
		}
		line[n] = '\0';
		answer(line, fd);
		n = 0;
		fd = -1;
	}
}

static int be_child(const char *how)
{
	if (strcmp(how, "stubborn") == 0)
		signal(SIGTERM, SIG_IGN);
	if (strcmp(how, "deaf") == 0)
		for (;;)
			pause();
	child_loop();
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_world, close_world)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_child_echoes_lines),
		TEST(a_killed_child_comes_back),
		TEST(last_words_are_heard),
		TEST(a_child_that_closes_its_socket_is_ended),
		TEST(a_line_without_end_ends_the_child),
		TEST(descriptors_travel_with_their_line),
		TEST(limits_and_descriptors_are_set),
		TEST(a_full_socket_has_a_limit),
		TEST(a_child_may_be_stopped_by_its_line),
		TEST(a_missing_binary_is_never_up),
		TEST(an_argument_too_long_is_refused),
		TEST(fini_ends_the_stubborn),
	};

	if (argc > 1)
		return be_child(argv[1]);
	return cmocka_run_group_tests_name("children", tests, NULL, NULL);
}
