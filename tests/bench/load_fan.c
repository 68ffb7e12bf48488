/* SPDX-License-Identifier: MIT */
/* load_fan.c - one says it, many hear it: a room, and presence
 *
 * A source has up to a window of stanzas under way; one is done when all who
 * must hear it have.  Everyone hears each source in its order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct fan {
	struct load *l;
	uint32_t sources, hearers, joined, asked;
	uint32_t *next; /* [client][source]: the number due */
	uint32_t *left; /* [source][slot]: who has not heard it yet */
	uint64_t under_way, done;
	bool stopping, self;
	void (*say)(struct client *c, const char *body);
};

/* The scenario's own; there is one in a process. */
static struct fan fan;

static void start_fan(struct load *l, uint32_t sources, uint32_t hearers)
{
	fan.l = l;
	fan.sources = sources;
	fan.hearers = hearers;
	fan.next = calloc((size_t)l->o.clients * sources, sizeof(*fan.next));
	fan.left = calloc((size_t)sources * LOAD_WINDOW_MAX, sizeof(*fan.left));
	if (fan.next == NULL || fan.left == NULL)
		load_fail(NULL, "out of memory");
	for (uint32_t i = 0; i < sources; i++) {
		l->clients[i].stamp =
			calloc(LOAD_WINDOW_MAX, sizeof(*l->clients[i].stamp));
		if (l->clients[i].stamp == NULL)
			load_fail(NULL, "out of memory");
	}
}

static void say(struct client *c)
{
	char body[LOAD_BODY + 1];
	uint32_t slot = c->sent % LOAD_WINDOW_MAX;

	load_body(body, c->index, c->sent);
	c->stamp[slot] = c->load->now;
	fan.left[c->index * LOAD_WINDOW_MAX + slot] = fan.hearers;
	c->sent++;
	fan.under_way += fan.hearers;
	fan.say(c, body);
}

static bool attribute_has(const char *p, size_t n, const char *word)
{
	const char *end = memchr(p, '>', n);
	size_t head = end == NULL ? n : (size_t)(end - p);

	return memmem(p, head, word, strlen(word)) != NULL;
}

static void heard(struct client *c, const char *p, size_t n)
{
	uint32_t source, number, *due, *left;
	struct client *s;
	char name[24];

	if (!load_body_read(p, n, &source, &number) || source >= fan.sources)
		load_fail(c, "not ours: %.*s", (int)n, p);
	if (source == c->index && !fan.self)
		return;
	s = &fan.l->clients[source];
	snprintf(name, sizeof(name), fan.self ? "/u%u" : "u%u@", source);
	if (!attribute_has(p, n, name))
		load_fail(c, "not from u%u: %.*s", source, (int)n, p);
	due = &fan.next[(size_t)c->index * fan.sources + source];
	if (number != *due)
		load_fail(c, "u%u's number %u where %u was due", source, number,
			  *due);
	++*due;
	fan.done++;
	fan.under_way--;
	load_note(&fan.l->latency,
		  fan.l->now - s->stamp[number % LOAD_WINDOW_MAX]);
	left = &fan.left[source * LOAD_WINDOW_MAX + number % LOAD_WINDOW_MAX];
	if (--*left == 0 && !fan.stopping)
		say(s);
}

static void drive(struct load *l, double seconds)
{
	uint64_t end = load_clock() + (uint64_t)(seconds * 1e9);

	l->now = load_clock();
	fan.stopping = false;
	for (uint32_t i = 0; i < fan.sources; i++)
		for (unsigned w = 0; w < l->o.window; w++)
			say(&l->clients[i]);
	while (load_clock() < end)
		load_turn(l, 100);
	fan.stopping = true;
	end = load_clock() + 20 * 1000000000ULL;
	while (fan.under_way > 0) {
		load_turn(l, 100);
		if (load_clock() > end)
			load_fail(NULL, "%llu deliveries are lost",
				  (unsigned long long)fan.under_way);
	}
}

/* What joining sets off has an end: no stanza for half a second. */
static void until_quiet(struct load *l)
{
	uint64_t seen = l->heard + 1, end = load_clock() + 60000000000ULL;

	while (seen != l->heard) {
		uint64_t until = load_clock() + 500000000;

		seen = l->heard;
		while (load_clock() < until)
			load_turn(l, 100);
		if (load_clock() > end)
			load_fail(NULL, "it never becomes quiet");
	}
}

static void measure(struct load *l)
{
	struct load_figures f = { .unit = "delivery" };

	until_quiet(l);
	drive(l, l->o.warm);
	load_begin(l, &f);
	fan.done = 0;
	drive(l, l->o.seconds);
	f.operations = fan.done;
	load_end(l, &f);
	/* A doubled one would be out of order: heard() looks on. */
	until_quiet(l);
	load_print(l, &f);
}

static bool is(const char *p, size_t n, const char *tag)
{
	size_t len = strlen(tag);

	return n > len && memcmp(p, tag, len) == 0;
}

static bool has(const char *p, size_t n, const char *word)
{
	return memmem(p, n, word, strlen(word)) != NULL;
}

/* ---- a room ---- */

static void say_in_room(struct client *c, const char *body)
{
	load_conn_send(c,
		       "<message to='bench@%s' type='groupchat' id='g%u'>"
		       "<body>%s</body></message>",
		       c->load->o.rooms, c->sent, body);
}

static void join(struct client *c)
{
	load_conn_send(c,
		       "<presence to='bench@%s/u%u'><x xmlns="
		       "'http://jabber.org/protocol/muc'><history "
		       "maxstanzas='0'/></x></presence>",
		       c->load->o.rooms, c->index);
}

static void on_room(struct client *c, const char *p, size_t n)
{
	if (is(p, n, "<message") && has(p, n, "<body"))
		heard(c, p, n);
	else if (is(p, n, "<presence") && has(p, n, "type='error'"))
		load_fail(c, "cannot join: %.*s", (int)n, p);
	else if (is(p, n, "<presence") &&
		 (has(p, n, "code='110'") || has(p, n, "code=\"110\"")))
		fan.joined++;
	else if (is(p, n, "<iq"))
		fan.asked++;
	else if (has(p, n, "error"))
		load_fail(c, "in the room: %.*s", (int)n, p);
}

void load_room(struct load *l)
{
	start_fan(l, l->o.senders, l->o.clients);
	fan.self = true;
	fan.say = say_in_room;
	l->on_stanza = on_room;
	load_log_all_in(l);
	join(&l->clients[0]);
	load_until(l, "making the room", &fan.joined, 1, 20);
	load_conn_send(&l->clients[0],
		       "<iq type='set' id='room' to='bench@%s'><query xmlns="
		       "'http://jabber.org/protocol/muc#owner'><x xmlns="
		       "'jabber:x:data' type='submit'/></query></iq>",
		       l->o.rooms);
	load_until(l, "opening the room", &fan.asked, 1, 20);
	for (uint32_t i = 1; i < l->o.clients; i++)
		join(&l->clients[i]);
	load_until(l, "joining", &fan.joined, l->o.clients, 60);
	measure(l);
}

/* ---- presence: a ring, everyone knows the nearest on both sides ---- */

static void say_presence(struct client *c, const char *body)
{
	load_conn_send(c, "<presence><status>%s</status></presence>", body);
}

static bool knows(const struct load *l, uint32_t a, uint32_t b)
{
	uint32_t n = l->o.clients, apart = a > b ? a - b : b - a;

	if (apart > n / 2)
		apart = n - apart;
	return apart > 0 && apart <= l->o.contacts / 2;
}

static void subscription(struct client *c, uint32_t to, const char *type)
{
	load_conn_send(c, "<presence to='u%u@%s' type='%s'/>", to,
		       c->load->o.domain, type);
}

static uint32_t sender_of(struct client *c, const char *p, size_t n)
{
	const char *from = memmem(p, n, " from=", 6);
	uint32_t source;

	if (from == NULL || from[7] != 'u')
		load_fail(c, "from nobody: %.*s", (int)n, p);
	source = (uint32_t)strtoul(from + 8, NULL, 10);
	if (source >= c->load->o.clients)
		load_fail(c, "from a stranger: %.*s", (int)n, p);
	return source;
}

static bool typed(const char *p, size_t n, const char *type)
{
	char word[32];

	snprintf(word, sizeof(word), "=\"%s\"", type);
	if (attribute_has(p, n, word))
		return true;
	snprintf(word, sizeof(word), "='%s'", type);
	return attribute_has(p, n, word);
}

static void on_presence(struct client *c, const char *p, size_t n)
{
	if (is(p, n, "<iq") && (typed(p, n, "set"))) {
		if (!has(p, n, "jabber:iq:roster"))
			return;
	} else if (is(p, n, "<iq")) {
		fan.asked++;
	} else if (typed(p, n, "subscribe")) {
		subscription(c, sender_of(c, p, n), "subscribed");
	} else if (typed(p, n, "subscribed")) {
		fan.joined++;
	} else if (typed(p, n, "error")) {
		load_fail(c, "presence: %.*s", (int)n, p);
	} else if (is(p, n, "<presence") && has(p, n, "<status>")) {
		heard(c, p, n);
	}
}

static void ask_roster(struct client *c)
{
	load_conn_send(c, "<iq type='get' id='roster'><query xmlns="
			  "'jabber:iq:roster'/></iq><presence/>");
}

void load_presence(struct load *l)
{
	uint32_t all = l->o.clients;

	start_fan(l, all, l->o.contacts);
	fan.say = say_presence;
	l->on_stanza = on_presence;
	l->on_ready = ask_roster;
	load_log_all_in(l);
	load_until(l, "rosters", &fan.asked, all, 30);
	until_quiet(l);
	for (uint32_t i = 0; i < all; i++) {
		for (uint32_t j = 0; j < all; j++)
			if (knows(l, i, j))
				subscription(&l->clients[i], j, "subscribe");
		/* one at a time: a roster is a row in somebody's database */
		load_until(l, "subscriptions", &fan.joined,
			   (i + 1) * l->o.contacts, 60);
	}
	measure(l);
}
