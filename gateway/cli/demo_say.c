/* SPDX-License-Identifier: MIT */
/* demo_say.c - narration */
#include "gateway/cli/demo_say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/cli/table.h"
#include "gateway/run/json.h"

#define INDENT "              "

struct demo_say {
	bool json, colour;
	unsigned held, failed;
	int64_t began;
	struct buf text;
	struct json_out out;
};

struct demo_say *demo_say_new(bool json)
{
	struct demo_say *s = mem_new(sizeof(*s));
	const char *plain = getenv("NO_COLOR");

	s->json = json;
	s->colour =
		isatty(STDOUT_FILENO) == 1 && (plain == NULL || *plain == '\0');
	s->began = table_now();
	json_out_init(&s->out, &s->text);
	json_out_object(&s->out, NULL);
	json_out_array(&s->out, "checks");
	return s;
}

static const char *tint(const struct demo_say *s, const char *code)
{
	return s->colour ? code : "";
}

#define BOLD  "\033[1m"
#define DIM   "\033[2m"
#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[0m"

/* As people of the place read it on their own clock. */
static void print_time(const struct demo_say *s)
{
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	localtime_r(&t.tv_sec, &tm);
	printf("%s%02d:%02d:%02d.%ld%s  ", tint(s, DIM), tm.tm_hour, tm.tm_min,
	       tm.tm_sec, t.tv_nsec / 100000000, tint(s, PLAIN));
}

void demo_say_title(struct demo_say *s, const char *text)
{
	if (s->json)
		return;
	printf("\n%s%s%s\n", tint(s, BOLD), text, tint(s, PLAIN));
	fflush(stdout);
}

void demo_say_step(struct demo_say *s, int number, const char *text)
{
	if (s->json)
		return;
	printf("\n%s%d  %s%s\n", tint(s, BOLD), number, text, tint(s, PLAIN));
	fflush(stdout);
}

void demo_say_did(struct demo_say *s, const char *fmt, ...)
{
	va_list ap;

	if (s->json)
		return;
	print_time(s);
	printf("  ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void demo_say_quote(struct demo_say *s, const char *text)
{
	struct arena *a = arena_new();
	struct str rest = str_of(text);
	struct str line;

	while (!s->json && str_split(&rest, '\n', &line))
		if (line.n > 0)
			printf(INDENT "%s| %s%s\n", tint(s, DIM),
			       table_text(a, line), tint(s, PLAIN));
	fflush(stdout);
	arena_free(&a);
}

bool demo_say_check(struct demo_say *s, bool held, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (held)
		s->held++;
	else
		s->failed++;
	json_out_object(&s->out, NULL);
	json_out_bool(&s->out, "held", held);
	json_out_int(&s->out, "at", table_now());
	json_out_text(&s->out, "what", text);
	json_out_end_object(&s->out);
	if (s->json)
		return held;
	print_time(s);
	printf("%s%s%s %s\n", tint(s, held ? GREEN : RED),
	       held ? "\u2713" : "\u2717", tint(s, PLAIN), text);
	fflush(stdout);
	return held;
}

bool demo_say_end(struct demo_say **out, bool complete)
{
	struct demo_say *s = *out;
	bool good = complete && s->failed == 0;
	int64_t ms = table_now() - s->began;

	json_out_end_array(&s->out);
	json_out_bool(&s->out, "ok", good);
	json_out_int(&s->out, "ms", ms);
	json_out_end_object(&s->out);
	if (s->json)
		printf(STR_FMT "\n", STR_ARG(buf_str(&s->text)));
	else
		printf("\n%s%s%s  %u checks held, %u failed, %lld.%lld s\n",
		       tint(s, good ? GREEN : RED),
		       good ? "All of it happened."
			    : "The demonstration failed.",
		       tint(s, PLAIN), s->held, s->failed,
		       (long long)(ms / 1000), (long long)(ms % 1000 / 100));
	fflush(stdout);
	buf_fini(&s->text);
	mem_free(s);
	*out = NULL;
	return good;
}
