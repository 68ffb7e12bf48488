/* SPDX-License-Identifier: MIT */
/* test_lives.c - XEP-0198 in any order: messages, cuts, resumptions, restarts,
 * crashes, time; whatever comes, each message came, and under one name
 */
#include "tests/unit/xmpp/peer.h"

#define BOB "bob@example.org"

/* Whoever comes to Bob's address now is offered what no client of his
 * acknowledged, and nothing else. */
static void only_these_wait(struct world *w, int first, int last)
{
	struct peer again;

	peer_online(&again, w, "bob", "again");
	x_pass(w, 10);
	peer_read(&again);
	peer_has_all(&again, first, last);
	for (int n = 0; n < PEER_MESSAGES; n++)
		if (n < first || n > last)
			assert_int_equal(again.seen[n], 0);
}

#define STEPS 60
#define SEEDS 32

struct story {
	struct world *w;
	struct peer ann, bob;
	struct peer other; /* a client of Bob's without 0198; c NULL: away */
	bool company;	   /* he has such a one */
	bool archive;	   /* without, messages have no names to know them by */
	uint64_t dice;
	int said;
	bool doomed; /* the disk has stopped: all that is left is a crash */
	bool aloud;
};

static unsigned roll(struct story *s, unsigned sides)
{
	s->dice = s->dice * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(s->dice >> 33) % sides;
}

static void tell(const struct story *s, const char *what)
{
	if (s->aloud)
		print_message("    %s\n", what);
}

static void both_cut(struct story *s)
{
	peer_cut(&s->ann);
	peer_cut(&s->bob);
}

static void a_crash(struct story *s)
{
	tell(s, "crash");
	x_crash(s->w);
	s->doomed = false;
	both_cut(s);
}

static void come_back(struct story *s, struct peer *p)
{
	if (s->doomed)
		return;
	tell(s, p == &s->ann ? "ann back" : "bob back");
	peer_read(p);
	peer_cut(p);
	peer_back(p);
}

static void say_one(struct story *s)
{
	if (s->said >= PEER_MESSAGES - 2)
		return;
	tell(s, "say");
	peer_say(&s->ann, "bob", ++s->said);
}

static void acknowledge(struct story *s)
{
	tell(s, "ack");
	if (s->bob.c->fd < 0)
		return;
	peer_read(&s->bob);
	if (!s->bob.c->ended)
		peer_ack(&s->bob);
}

/* And shows that it lives. */
static void look(struct story *s)
{
	if (s->other.c == NULL)
		return;
	peer_read(&s->other);
	if (s->other.c->fd >= 0)
		x_send(s->other.c, " ");
}

/* It reads all it is sent before it goes. */
static void other_comes_or_goes(struct story *s)
{
	struct client *c = s->other.c;

	if (!s->company)
		return;
	tell(s, c == NULL ? "other comes" : "other goes");
	if (c == NULL) {
		s->other.c = x_login(s->w, BOB "/other");
		x_send(s->other.c, "<presence/>");
		return;
	}
	look(s);
	if (c->fd >= 0)
		x_send(c, "</stream:stream>");
	look(s);
	x_close(c);
	s->other.c = NULL;
}

static void time_passes(struct story *s)
{
	static const int64_t spans[] = { 1000, 31000, 200000, 301000 };
	unsigned i = roll(s, 4);

	tell(s, "time passes");
	x_pass(s->w, spans[i]);
}

static void stop_or_die(struct story *s)
{
	if (s->doomed || roll(s, 3) == 0) {
		a_crash(s);
	} else if (roll(s, 2) == 0) {
		tell(s, "the disk stops");
		x_disk_stops(s->w);
		s->doomed = true;
	} else {
		tell(s, "restart");
		x_restart(s->w);
		both_cut(s);
	}
}

static void one_step(struct story *s)
{
	look(s);
	switch (roll(s, s->company ? 14 : 12)) {
	case 0:
		stop_or_die(s);
		return;
	case 1:
		tell(s, "bob cut");
		peer_cut(&s->bob);
		return;
	case 2:
		tell(s, "ann cut");
		if (!s->doomed)
			peer_cut(&s->ann);
		return;
	case 3:
		come_back(s, &s->ann);
		return;
	case 4:
		come_back(s, &s->bob);
		return;
	case 5:
		time_passes(s);
		return;
	case 6:
	case 7:
		acknowledge(s);
		return;
	case 12:
		other_comes_or_goes(s);
		return;
	default:
		say_one(s);
		return;
	}
}

/* All came, to one of Bob's clients at least, and to each under one name. */
static void all_came(struct story *s)
{
	for (int n = 1; n <= s->said; n++) {
		bool doubled = s->bob.seen[n] > 1 || s->other.seen[n] > 1;

		if (s->bob.seen[n] + s->other.seen[n] > 0 &&
		    !(s->archive && doubled))
			continue;
		print_error("message %d came %u and %u times\n", n,
			    s->bob.seen[n], s->other.seen[n]);
		fail();
	}
}

enum { COMPANY = 1, ARCHIVE = 2 };

static void live_through(uint64_t seed, unsigned kind, bool aloud)
{
	bool archive = (kind & ARCHIVE) != 0;
	struct story s = { .w = x_world_on_disk(
				   archive ? NULL
					   : "  archive: { keep: false }\n"),
			   .company = (kind & COMPANY) != 0,
			   .archive = archive,
			   .dice = seed,
			   .aloud = aloud };

	peer_online(&s.bob, s.w, "bob", "b");
	peer_online(&s.ann, s.w, "ann", "a");
	for (int i = 0; i < STEPS; i++)
		one_step(&s);
	if (s.doomed)
		a_crash(&s);
	come_back(&s, &s.ann);
	come_back(&s, &s.bob);
	x_pass(s.w, 1000);
	peer_read(&s.bob);
	look(&s);
	all_came(&s);
	peer_ack(&s.bob);
	x_crash(s.w);
	only_these_wait(s.w, 1, 0);
	x_world_end(&s.w);
}

static void anything_in_any_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		print_message("  seed %u\n", (unsigned)seed);
		for (unsigned kind = 0; kind < 4; kind++)
			live_through(seed, kind, false);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
