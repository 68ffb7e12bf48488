/* SPDX-License-Identifier: MIT */
/* load.c - options, turns, phases and the figures as JSON
 *
 *   load --scenario chat --port 5222 --clients 100 --window 10 ...
 *
 * Between phases it prints a line {"phase": ...} and waits for a line on
 * standard input, so that whoever started it can read the server's counters
 * while nothing is under way.  The last line holds the result.
 */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define EVENTS 1024

void load_fail(const struct client *c, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "load: ");
	if (c != NULL)
		fprintf(stderr, "u%u: ", c->index);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(1);
}

uint64_t load_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

void load_phase(struct load *l, const char *name)
{
	char line[64];

	load_conn_flush(l);
	printf("{\"phase\": \"%s\"}\n", name);
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		load_fail(NULL, "told to end in phase %s", name);
}

/* ---- latencies ---- */

static unsigned bucket_of(uint64_t ns)
{
	unsigned top;

	if (ns < 64)
		return (unsigned)ns;
	top = 63 - (unsigned)__builtin_clzll(ns);
	return (top - 5) * 64 + (unsigned)((ns >> (top - 6)) & 63);
}

static uint64_t bucket_value(unsigned b)
{
	unsigned top = b / 64 + 5;

	if (b < 64)
		return b;
	return (uint64_t)(64 + b % 64) << (top - 6);
}

void load_note(struct histogram *h, uint64_t ns)
{
	h->count++;
	h->sum += ns;
	if (ns > h->most)
		h->most = ns;
	h->bucket[bucket_of(ns)]++;
}

static double percentile(const struct histogram *h, double share)
{
	uint64_t seen = 0, goal = (uint64_t)(share * (double)h->count);

	for (unsigned b = 0; b < sizeof(h->bucket) / sizeof(*h->bucket); b++) {
		seen += h->bucket[b];
		if (seen > goal)
			return (double)bucket_value(b) / 1000.0;
	}
	return (double)h->most / 1000.0;
}

/* ---- bodies: who, which number, and filling ---- */

void load_body(char out[LOAD_BODY + 1], uint32_t source, uint32_t number)
{
	int n = snprintf(out, LOAD_BODY + 1, "%06u %010u ", source, number);

	memset(out + n, 'x', LOAD_BODY - (size_t)n);
	out[LOAD_BODY] = '\0';
}

static uint32_t digits(const char *p, unsigned n)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v * 10 + (uint32_t)(p[i] - '0');
	return v;
}

bool load_body_read(const char *p, size_t n, uint32_t *source, uint32_t *number)
{
	static const char filling[] =
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx<";
	const char *b = memmem(p, n, filling, sizeof(filling) - 1);

	_Static_assert(sizeof(filling) == LOAD_BODY - 18 + 2, "up to the end");
	if (b == NULL || b - p < 18)
		return false;
	b -= 18;
	*source = digits(b, 6);
	*number = digits(b + 7, 10);
	return b[6] == ' ' && b[17] == ' ';
}

/* ---- turns ---- */

void load_turn(struct load *l, int milliseconds)
{
	static struct epoll_event events[EVENTS];
	int n;

	load_conn_flush(l);
	n = epoll_wait(l->epoll, events, EVENTS, milliseconds);
	if (n < 0 && errno != EINTR)
		load_fail(NULL, "epoll_wait: %s", strerror(errno));
	for (int i = 0; i < n; i++)
		if (events[i].data.ptr != NULL)
			load_conn_event(events[i].data.ptr, events[i].events);
}

void load_until(struct load *l, const char *what, const uint32_t *value,
		uint32_t goal, double seconds)
{
	uint64_t end = load_clock() + (uint64_t)(seconds * 1e9);

	while (*value < goal) {
		load_turn(l, 200);
		if (load_clock() > end)
			load_fail(NULL, "%s: %u of %u after %g s", what, *value,
				  goal, seconds);
	}
	load_conn_flush(l);
}

/* All in, a bounded number of log-ins under way at once. */
void load_log_all_in(struct load *l)
{
	uint32_t opened = 0, all = l->o.clients;
	uint64_t end = load_clock() + 300 * 1000000000ULL;

	while (l->ready < all) {
		/* The relay pairs them as they come. */
		while (opened < all &&
		       opened - l->ready < (l->o.raw ? 1 : l->o.at_once))
			load_conn_open(&l->clients[opened++]);
		load_turn(l, 200);
		if (load_clock() > end)
			load_fail(NULL, "%u of %u logged in", l->ready, all);
	}
}

/* ---- figures ---- */

static uint64_t segments(const struct load *l)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < l->o.clients; i++)
		if (l->clients[i].fd > 0)
			sum += load_conn_segments(&l->clients[i]);
	return sum;
}

void load_begin(struct load *l, struct load_figures *f)
{
	load_phase(l, "begin");
	memset(&l->latency, 0, sizeof(l->latency));
	l->heard = 0;
	f->segments = segments(l);
	f->begin = load_clock();
}

void load_end(struct load *l, struct load_figures *f)
{
	f->end = load_clock();
	load_phase(l, "end");
	f->segments = segments(l) - f->segments;
}

void load_print(struct load *l, const struct load_figures *f)
{
	const struct histogram *h = &l->latency;
	double seconds = (double)(f->end - f->begin) / 1e9;

	printf("{\"scenario\": \"%s\", \"unit\": \"%s\", \"operations\": %llu, "
	       "\"seconds\": %.3f, \"per_second\": %.1f, \"stanzas\": %llu, "
	       "\"segments\": %llu, \"latency_us\": {\"mean\": %.1f, "
	       "\"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, \"p999\": %.1f, "
	       "\"max\": %.1f}}\n",
	       l->o.scenario, f->unit, (unsigned long long)f->operations,
	       seconds, (double)f->operations / seconds,
	       (unsigned long long)l->heard, (unsigned long long)f->segments,
	       h->count == 0 ? 0.0 : (double)h->sum / (double)h->count / 1000.0,
	       percentile(h, 0.5), percentile(h, 0.9), percentile(h, 0.99),
	       percentile(h, 0.999), (double)h->most / 1000.0);
	fflush(stdout);
}

/* ---- options ---- */

static const struct option words[] = {
	{ "scenario", required_argument, NULL, 's' },
	{ "host", required_argument, NULL, 'h' },
	{ "port", required_argument, NULL, 'p' },
	{ "domain", required_argument, NULL, 'd' },
	{ "rooms", required_argument, NULL, 'o' },
	{ "password", required_argument, NULL, 'P' },
	{ "mechanism", required_argument, NULL, 'm' },
	{ "clients", required_argument, NULL, 'c' },
	{ "window", required_argument, NULL, 'w' },
	{ "rate", required_argument, NULL, 'r' },
	{ "senders", required_argument, NULL, 'S' },
	{ "contacts", required_argument, NULL, 'C' },
	{ "at-once", required_argument, NULL, 'a' },
	{ "logins", required_argument, NULL, 'l' },
	{ "seconds", required_argument, NULL, 't' },
	{ "warm", required_argument, NULL, 'W' },
	{ "tls", no_argument, NULL, 'T' },
	{ "sm", no_argument, NULL, 'A' },
	{ "raw", no_argument, NULL, 'R' },
	{ NULL, 0, NULL, 0 },
};

static unsigned number(const char *text)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || v > 100000000)
		load_fail(NULL, "%s is no number", text);
	return (unsigned)v;
}

static bool text_option(struct load_options *o, int k)
{
	switch (k) {
	case 's':
		o->scenario = optarg;
		return true;
	case 'h':
		o->host = optarg;
		return true;
	case 'd':
		o->domain = optarg;
		return true;
	case 'o':
		o->rooms = optarg;
		return true;
	case 'P':
		o->password = optarg;
		return true;
	case 'm':
		o->mechanism = optarg;
		return true;
	case 't':
		o->seconds = strtod(optarg, NULL);
		return true;
	case 'W':
		o->warm = strtod(optarg, NULL);
		return true;
	default:
		return false;
	}
}

static unsigned *number_option(struct load_options *o, int k)
{
	switch (k) {
	case 'p':
		return &o->port;
	case 'c':
		return &o->clients;
	case 'w':
		return &o->window;
	case 'r':
		return &o->rate;
	case 'S':
		return &o->senders;
	case 'C':
		return &o->contacts;
	case 'a':
		return &o->at_once;
	case 'l':
		return &o->logins;
	default:
		return NULL;
	}
}

static void read_options(struct load_options *o, int argc, char **argv)
{
	unsigned *n;
	int k;

	while ((k = getopt_long(argc, argv, "", words, NULL)) != -1) {
		n = number_option(o, k);
		if (n != NULL)
			*n = number(optarg);
		else if (k == 'T')
			o->tls = true;
		else if (k == 'A')
			o->sm = true;
		else if (k == 'R')
			o->raw = true;
		else if (!text_option(o, k))
			exit(2);
	}
	if (o->scenario == NULL || o->port == 0 || o->clients == 0)
		load_fail(NULL, "give --scenario, --port and --clients");
	if (o->window > LOAD_WINDOW_MAX)
		load_fail(NULL, "the window is too large");
}

static const struct {
	const char *name;
	void (*run)(struct load *l);
} scenarios[] = {
	{ "chat", load_chat },	       { "room", load_room },
	{ "presence", load_presence }, { "logins", load_logins },
	{ "hold", load_hold },
};

static void prepare(struct load *l)
{
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->clients = calloc(l->o.clients, sizeof(*l->clients));
	if (l->epoll < 0 || l->clients == NULL)
		load_fail(NULL, "no epoll or no memory");
	for (uint32_t i = 0; i < l->o.clients; i++) {
		l->clients[i].load = l;
		l->clients[i].index = i;
	}
	if (!l->o.tls)
		return;
	l->tls = SSL_CTX_new(TLS_client_method());
	if (l->tls == NULL)
		load_fail(NULL, "no TLS");
	SSL_CTX_set_mode(l->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(l->tls, SSL_SESS_CACHE_OFF);
}

int main(int argc, char **argv)
{
	static struct load l = {
		.o = { .host = "127.0.0.1",
		       .domain = "localhost",
		       .rooms = "rooms.localhost",
		       .password = "bench-secret",
		       .mechanism = "SCRAM-SHA-1",
		       .window = 1,
		       .senders = 10,
		       .contacts = 20,
		       .at_once = 32,
		       .seconds = 5,
		       .warm = 1 },
		.timer = -1,
	};

	read_options(&l.o, argc, argv);
	prepare(&l);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		if (strcmp(l.o.scenario, scenarios[i].name) == 0) {
			scenarios[i].run(&l);
			return 0;
		}
	load_fail(NULL, "no scenario %s", l.o.scenario);
}
