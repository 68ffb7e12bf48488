/* SPDX-License-Identifier: MIT */
/* test_events.c - what changed reaches open pages, and those that come back */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/web/house.h"

static int setup(void **state)
{
	*state = house_open();
	return 0;
}

static int teardown(void **state)
{
	struct house *h = *state;

	house_close(&h);
	return 0;
}

static int open_stream(struct house *h, const struct login *l, const char *last)
{
	char text[512];
	int fd = house_dial(h);

	snprintf(text, sizeof(text),
		 "GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n"
		 "%s%s%s\r\n",
		 l->cookie, last != NULL ? "Last-Event-ID: " : "",
		 last != NULL ? last : "", last != NULL ? "\r\n" : "");
	house_say(fd, text);
	return fd;
}

/* The id of the last event heard. */
static void last_id(const struct buf *b, char out[32])
{
	const char *p = (const char *)b->data, *found = NULL;

	while ((p = strstr(p, "id: ")) != NULL)
		found = p += 4;
	assert_non_null(found);
	snprintf(out, 32, "%.*s", (int)strcspn(found, "\n"), found);
}

static void a_page_sees_people_and_cases_change(void **state)
{
	struct house *h = *state;
	struct login l = house_login(h, OPERATOR);
	struct buf b = { .data = NULL };
	int fd = open_stream(h, &l, NULL);

	house_hear(fd, &b, "event: hello");
	assert_non_null(strstr((char *)b.data, "text/event-stream"));
	assert_non_null(strstr((char *)b.data, "retry: 3000"));
	house_presence(h, OPERATOR, PRES_ONLINE);
	house_hear(fd, &b, "event: person");
	house_hear(fd, &b, "\"address\":\"ann@example.org\"");
	house_case(h, "disk full");
	house_hear(fd, &b, "event: case");
	house_hear(fd, &b, "\"subject\":\"disk full\"");
	house_hear(fd, &b, "event: alert");
	close(fd);
	buf_fini(&b);
}

static void who_comes_back_misses_nothing(void **state)
{
	struct house *h = *state;
	struct login l = house_login(h, OPERATOR);
	struct buf b = { .data = NULL };
	char id[32];
	int fd = open_stream(h, &l, NULL);

	house_hear(fd, &b, "event: hello\ndata: {}\n\n");
	last_id(&b, id);
	close(fd);
	house_case(h, "first");
	house_case(h, "second");
	buf_reset(&b);
	fd = open_stream(h, &l, id);
	house_hear(fd, &b, "\"subject\":\"first\"");
	house_hear(fd, &b, "\"subject\":\"second\"");
	assert_null(strstr((char *)b.data, "event: reset"));
	assert_null(strstr((char *)b.data, "event: hello"));
	/* Nothing twice: from the last one on there is only news. */
	house_hear(fd, &b, "event: alert");
	house_presence(h, OPERATOR, PRES_ONLINE);
	house_hear(fd, &b, "event: person");
	last_id(&b, id);
	close(fd);
	buf_reset(&b);
	fd = open_stream(h, &l, id);
	house_presence(h, OPERATOR, PRES_DND);
	house_hear(fd, &b, "\"show\":\"dnd\"");
	assert_null(strstr((char *)b.data, "second"));
	close(fd);
	buf_fini(&b);
}

static void core_many(struct house *h, void *arg)
{
	(void)arg;
	for (int i = 0; i < 1100; i++)
		web_events_add(h->web->events, "person", STR("{}"));
}

static void who_missed_too_much_reads_anew(void **state)
{
	struct house *h = *state;
	struct login l = house_login(h, OPERATOR);
	struct buf b = { .data = NULL };
	char id[32];
	int fd = open_stream(h, &l, NULL);

	house_hear(fd, &b, "event: hello\ndata: {}\n\n");
	last_id(&b, id);
	close(fd);
	house_do(h, core_many, NULL);
	buf_reset(&b);
	fd = open_stream(h, &l, id);
	house_hear(fd, &b, "event: reset\n");
	close(fd);
	buf_fini(&b);
}

static void ids_of_before_a_restart_and_nonsense_read_anew(void **state)
{
	static const char *const ids[] = { "1",
					   "0",
					   "-5",
					   "x",
					   "99999999999999999999",
					   "9223372036854775807" };
	struct house *h = *state;
	struct login l = house_login(h, OPERATOR);
	struct buf b = { .data = NULL };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		int fd = open_stream(h, &l, ids[i]);

		buf_reset(&b);
		house_hear(fd, &b, "event: reset\n");
		close(fd);
	}
	buf_fini(&b);
}

static void one_person_has_six_streams(void **state)
{
	struct house *h = *state;
	struct login l = house_login(h, OPERATOR);
	struct buf b = { .data = NULL };
	int fds[7];

	for (int i = 0; i < 6; i++) {
		fds[i] = open_stream(h, &l, NULL);
		buf_reset(&b);
		house_hear(fds[i], &b, "event: hello");
	}
	fds[6] = open_stream(h, &l, NULL);
	buf_reset(&b);
	house_hear(fds[6], &b, "HTTP/1.1 429");
	for (int i = 0; i < 7; i++)
		close(fds[i]);
	buf_fini(&b);
}

static void until_end(int fd, struct buf *b)
{
	char piece[4096];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		buf_add(b, piece, (size_t)n);
	assert_int_equal(n, 0);
}

static void logging_out_ends_the_stream(void **state)
{
	struct house *h = *state;
	struct login l = house_login(h, OPERATOR);
	struct buf b = { .data = NULL };
	struct answer a = { .status = 0 };
	int fd = open_stream(h, &l, NULL);

	house_hear(fd, &b, "event: hello");
	assert_int_equal(house_ask(h,
				   &(struct ask){ .method = "POST",
						  .path = "/api/logout",
						  .cookie = l.cookie,
						  .csrf = l.csrf },
				   &a),
			 200);
	house_hear(fd, &b, "\r\n0\r\n\r\n"); /* the last chunk */
	close(fd);
	buf_fini(&b);
	house_answer_fini(&a);
}

static void stopping_ends_all_streams(void **state)
{
	struct house *h = *state;
	struct login l = house_login(h, OPERATOR);
	struct buf b = { .data = NULL };
	int fd = open_stream(h, &l, NULL);

	house_hear(fd, &b, "event: hello");
	house_restart(h);
	until_end(fd, &b);
	close(fd);
	buf_fini(&b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_page_sees_people_and_cases_change),
		T(who_comes_back_misses_nothing),
		T(who_missed_too_much_reads_anew),
		T(ids_of_before_a_restart_and_nonsense_read_anew),
		T(one_person_has_six_streams),
		T(logging_out_ends_the_stream),
		T(stopping_ends_all_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
