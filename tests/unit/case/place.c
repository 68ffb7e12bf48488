/* SPDX-License-Identifier: MIT */
/* place.c - a case service with all it stands on, for its tests */
#include "tests/unit/case/place.h"

#include <stdlib.h>
#include <unistd.h>

#include "gateway/store/sql.h"

static const char yaml[] =
	"presence: { settle: 0s }\n"
	"pools:\n"
	"  duty@x.org:\n"
	"    members: [ann@x.org, bob@x.org, cy@x.org]\n"
	"    leads: [cy@x.org]\n"
	"ladders:\n"
	"  one: [{ tell: best available, wait: 3m }, "
	"{ tell: best available, wait: 3m }, { tell: all available }]\n"
	"  mail: [{ tell: recipient, wait: 5m }, "
	"{ tell: best available, wait: 5m, offer: mail }]\n"
	"  both: [{ tell: cy@x.org, by: [im, mail] }]\n"
	"  loop: { steps: [{ tell: best available, wait: 1s }], repeat: 5 }\n";

static const struct config_root roots[] = {
	{ .key = "presence", .section = &board_conf_section },
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = "ladders", .opt = &case_ladders_opt },
	{ .key = "cases", .section = &case_conf_section },
	{ .key = NULL },
};

static void copy(char *to, size_t n, const char *s)
{
	snprintf(to, n, "%s", s);
}

static void front_act(void *self, const struct casefile *c,
		      const struct act *act, struct str id,
		      void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct place *p = self;
	struct place_act *a = &p->acts[p->act_count++];

	assert_true(p->act_count < ACTS_MAX);
	*a = (struct place_act){ .kind = act->kind,
				 .version = c->version,
				 .done = done,
				 .arg = arg };
	snprintf(a->id, sizeof(a->id), STR_FMT, STR_ARG(id));
	copy(a->to, sizeof(a->to), act->to);
	copy(a->why, sizeof(a->why), act->why);
	copy(a->owner, sizeof(a->owner), c->owner);
	if (p->front_holds)
		return;
	a->done = NULL;
	done(arg, p->front_says);
}

static void ping(void *self, struct str bare, int64_t within,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct place *p = self;

	(void)within;
	p->pings++;
	if (p->pings_hang) {
		p->pong = done;
		p->pong_arg = arg;
		return;
	}
	done(arg,
	     p->dead != NULL && str_is(bare, p->dead) ? GW_UNAVAIL : GW_OK);
}

static void seen(void *arg, const struct casefile *c, const char *what,
		 const char *who)
{
	struct place *p = arg;

	(void)who;
	if (p->seen_count == ANSWERS_MAX)
		p->seen_count = 0;
	copy(p->seen[p->seen_count].what, sizeof(p->seen[0].what), what);
	p->seen[p->seen_count++].number = c->number;
}

void place_note(void *arg, enum gw_err e, uint64_t number, const char *why)
{
	struct place *p = arg;
	struct place_answer *a = &p->answers[p->answer_count++];

	assert_true(p->answer_count < ANSWERS_MAX);
	a->e = e;
	a->number = number;
	copy(a->why, sizeof(a->why), why);
}

void place_up(struct place *p)
{
	struct seam_people nobody = { .self = NULL };
	struct store_spec spec = { .path = p->path };
	struct err_note note = { .text = "" };
	struct case_service_spec use = { .loop = p->loop };

	if (p->store == NULL &&
	    store_open(p->loop, &spec, &p->store, &note) != GW_OK)
		fail_msg("%s", note.text);
	p->board = board_new(p->loop);
	board_configure(p->board, config_get(p->cfg, "presence"));
	p->pools = pool_service_new(p->loop, p->board, &nobody);
	pool_configure(p->pools, config_get(p->cfg, "pools"));
	use.store = p->store;
	use.board = p->board;
	use.pools = p->pools;
	use.messenger.self = p;
	use.messenger.ping = ping;
	p->cases = case_service_new(&use);
	assert_int_equal(case_configure(p->cases, config_get(p->cfg, "cases"),
					config_get(p->cfg, "ladders"), 1,
					&note),
			 GW_OK);
	assert_int_equal(case_load(p->cases), GW_OK);
	case_watch(p->cases, seen, p);
	case_set_front(p->cases,
		       &(struct case_front){ .self = p, .act = front_act });
	case_start(p->cases);
}

/* What the front holds is answered after the service is gone. */
static void answer_held(struct place *p)
{
	for (size_t i = 0; i < p->act_count; i++) {
		struct place_act *a = &p->acts[i];

		if (a->done != NULL)
			a->done(a->arg, GW_UNAVAIL);
		a->done = NULL;
	}
}

void place_down(struct place *p)
{
	case_service_free(&p->cases);
	answer_held(p);
	pool_service_free(&p->pools);
	board_free(&p->board);
	if (p->folder[0] != '\0')
		store_close(&p->store);
}

struct place *place_new(bool file)
{
	struct place *p = mem_new(sizeof(*p));
	struct buf errors = { .data = NULL };

	copy(p->path, sizeof(p->path), ":memory:");
	if (file) {
		copy(p->folder, sizeof(p->folder), "/tmp/case.XXXXXX");
		assert_non_null(mkdtemp(p->folder));
		snprintf(p->path, sizeof(p->path), "%s/store.db", p->folder);
	}
	p->loop = loop_fake_new(1);
	if (config_load_text(str_of(yaml), "test", roots, &p->cfg, &errors) !=
	    GW_OK)
		fail_msg("%s", (const char *)errors.data);
	buf_fini(&errors);
	place_up(p);
	return p;
}

static void remove_files(const struct place *p)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[160];

	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", p->path, ends[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(p->folder), 0);
}

void place_free(struct place **place)
{
	struct place *p = *place;

	*place = NULL;
	place_down(p);
	store_close(&p->store);
	loop_free(&p->loop);
	config_unref(&p->cfg);
	if (p->folder[0] != '\0')
		remove_files(p);
	mem_free(p);
}

void place_restart(struct place *p)
{
	place_down(p);
	place_up(p);
	place_pass(p, 0);
}

void place_pass(struct place *p, int64_t ms)
{
	loop_fake_pass(p->loop, ms);
}

void place_presence(struct place *p, const char *who, enum presence_show show)
{
	board_presence(p->board, &(struct board_presence){ .bare = str_of(who),
							   .resource = STR("r"),
							   .show = show });
	place_pass(p, 0);
}

static struct place_answer last_answer(struct place *p, size_t before)
{
	place_pass(p, 0);
	assert_int_equal(p->answer_count, before + 1);
	p->answer_count = before;
	return p->answers[before];
}

uint64_t place_open(struct place *p, const char *key, enum severity s,
		    const char *ladder)
{
	size_t before = p->answer_count;
	struct place_answer a;
	bool mail = strncmp(key, "mail:", 5) == 0;

	case_open(p->cases,
		  &(struct case_spec){
			  .kind = mail ? CASE_MAIL : CASE_ALERT,
			  .severity = s,
			  .key = str_of(key),
			  .subject = STR("disk full"),
			  .pool = STR("duty@x.org"),
			  .room = STR(ROOM),
			  .recipient = mail ? STR("ann@x.org") : STR(""),
			  .ladder = str_of(ladder),
			  .alerts = 1,
			  .firing = 1,
			  .why = STR("it fires"),
		  },
		  place_note, p);
	a = last_answer(p, before);
	assert_int_equal(a.e, GW_OK);
	return a.number;
}

struct place_answer place_order(struct place *p, enum case_verb verb,
				uint64_t number, const char *who,
				const char *other)
{
	size_t before = p->answer_count;

	case_order(
		p->cases,
		&(struct case_order){
			.verb = verb,
			.number = number,
			.who = str_of(who),
			.via = str_of(p->via != NULL ? p->via : "direct"),
			.other = str_of(other),
			.text = verb == VERB_NOTE ? str_of(other) : STR("") },
		place_note, p);
	assert_int_equal(p->answer_count, before);
	return last_answer(p, before);
}

struct place_answer place_close(struct place *p, const char *key)
{
	size_t before = p->answer_count;

	case_close_key(p->cases, str_of(key), STR("resolved"), place_note, p);
	return last_answer(p, before);
}

const char *place_acts(struct place *p)
{
	static const char *const names[] = {
		[ACT_TELL] = "tell",	     [ACT_ROOM] = "line",
		[ACT_CARD] = "card",	     [ACT_CORRECT] = "correct",
		[ACT_WITHDRAW] = "withdraw", [ACT_THANK] = "thank",
		[ACT_COPY] = "copy",	     [ACT_WAKE] = "wake",
	};
	static char text[ACTS_MAX];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < p->act_count && n < sizeof(text) - 80; i++) {
		const struct place_act *a = &p->acts[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %.*s",
				      i > 0 ? ", " : "", names[a->kind],
				      (int)strcspn(a->to, "@"), a->to);
	}
	p->act_count = 0;
	return text;
}

struct running {
	struct store_req req;
	const char *literal;
	int64_t n;
};

static enum gw_err apply_sql(struct store_req *r, struct store_db *db)
{
	struct running *run = LIST_OF(r, struct running, req);
	struct sql_stmt *q = sql(db, run->literal);
	enum gw_err e = sql_row(q);

	if (e == GW_OK)
		run->n = sql_int(q, 0);
	return sql_end(q, e);
}

void place_sql(struct place *p, const char *literal)
{
	assert_int_equal(place_count(p, literal), 0);
}

int64_t place_count(struct place *p, const char *literal)
{
	struct running run = { .req = { .apply = apply_sql },
			       .literal = literal };

	assert_int_equal(store_now(p->store, &run.req), GW_OK);
	return run.n;
}
