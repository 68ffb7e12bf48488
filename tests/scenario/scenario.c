/* SPDX-License-Identifier: MIT */
/* scenario.c - plays a .scn file against the real rooms on a fake clock
 *
 * Board, pools, cases, desk and store are the real ones; XMPP and mail are
 * recorders.  An hour passes in microseconds.  A line is one statement:
 *
 *   config / indented YAML      pools, ladders, cases, presence
 *   online|chat|away|xa|dnd|offline NAME     presence of NAME@x.org
 *   lost NAME / back NAME       the stream is cut / resumed
 *   dead NAME                   does not answer pings
 *   mail KEY to=NAME pool=duty severity=S subject="..."   its deadline passed
 *   read KEY                    somebody read it
 *   alert KEY severity=S summary="..." [alerts=N firing=N]
 *   resolve KEY
 *   NAME says "..."             one-to-one to the desk
 *   NAME in room says "..."     in the operators' room, as a member
 *   guest NAME in room says "..."   not a member
 *   expect NAME|room|subject|mail NAME|copy NAME "part of the text"
 *   expect silence              nothing was sent that nobody expected, but
 *                               for subjects, which follow their own clock
 *   pass 90s                    time passes
 *   restart                     the daemon ends and comes back
 *   store fails / store works
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/base/when.h"
#include "gateway/config/config.h"
#include "gateway/desk/desk.h"

#define DOMAIN "x.org"
#define ROOM   "ops@rooms." DOMAIN

struct sent {
	struct list link;
	char *what; /* "ann", "room", "subject", "mail ann", "copy ann" */
	char *text;
};

struct scene {
	const char *path;
	unsigned line;
	struct arena *a;
	struct loop *loop;
	char store_path[64];
	struct store *store;
	struct config *cfg;
	struct board *board;
	struct pools *pools;
	struct cases *cases;
	struct desk *desk;
	struct list sent;
	const char *dead; /* who does not answer pings */
};

static const struct config_root roots[] = {
	{ .key = "presence", .section = &board_conf_section },
	{ .key = "pools", .opt = &pool_conf_opt },
	{ .key = "ladders", .opt = &case_ladders_opt },
	{ .key = "cases", .section = &case_conf_section },
	{ .key = NULL },
};

static void broken(struct scene *s, const char *why, struct str what)
{
	fail_msg("%s:%u: %s: " STR_FMT, s->path, s->line, why, STR_ARG(what));
}

/* ---- the recorders ---- */

static void record(struct scene *s, const char *kind, struct str who,
		   struct str text)
{
	struct sent *m = mem_new(sizeof(*m));
	struct buf what = { .data = NULL };

	who.n = str_find(who, '@');
	buf_add_lit(&what, kind);
	buf_add_str(&what, who);
	m->what = buf_take(&what);
	m->text = mem_strndup(text.p != NULL ? text.p : "", text.n);
	list_append(&s->sent, &m->link);
}

static void tell(void *self, const struct seam_notice *n,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	record(self, "", n->to, n->body);
	done(arg, GW_OK);
}

static void post(void *self, const struct seam_post *p,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	record(self, p->replace.n > 0 ? "card" : "room", STR(""), p->body);
	done(arg, GW_OK);
}

static void subject(void *self, struct str room, struct str text)
{
	(void)room;
	record(self, "subject", STR(""), text);
}

static void ping(void *self, struct str bare, int64_t within,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	const struct scene *s = self;
	struct str name = bare;

	(void)within;
	name.n = str_find(bare, '@');
	if (s->dead != NULL && str_is(name, s->dead)) {
		done(arg, GW_UNAVAIL);
		return;
	}
	board_proof(s->board, bare, STR("r"), 0);
	done(arg, GW_OK);
}

static void copy(void *self, struct str mail_id, struct str to,
		 struct str copy_id, void (*done)(void *arg, enum gw_err e),
		 void *arg)
{
	(void)copy_id;
	record(self, "copy ", to, mail_id);
	done(arg, GW_OK);
}

static void send_mail(void *self, const struct seam_mail *m,
		      void (*done)(void *arg, enum gw_err e), void *arg)
{
	record(self, "mail ", m->to, m->body);
	done(arg, GW_OK);
}

static void no_group(void *self, struct str dn,
		     void (*done)(void *arg, enum gw_err e,
				  const char *const *addresses, size_t n),
		     void *arg)
{
	(void)self;
	(void)dn;
	done(arg, GW_NOT_FOUND, NULL, 0);
}

/* ---- the rooms ---- */

static void build(struct scene *s)
{
	struct store_spec store = { .path = s->store_path };
	struct seam_people people = { .self = s, .group = no_group };
	struct seam_messenger messenger = { .self = s,
					    .tell = tell,
					    .post = post,
					    .subject = subject,
					    .ping = ping };
	struct seam_mailer mailer = { .self = s,
				      .copy = copy,
				      .send = send_mail };
	struct err_note note = { .text = "" };

	if (store_open(s->loop, &store, &s->store, &note) != GW_OK)
		broken(s, "store", str_of(note.text));
	s->board = board_new(s->loop);
	board_configure(s->board, config_get(s->cfg, "presence"));
	s->pools = pool_service_new(s->loop, s->board, &people);
	pool_configure(s->pools, config_get(s->cfg, "pools"));
	s->cases = case_service_new(
		&(struct case_service_spec){ .loop = s->loop,
					     .store = s->store,
					     .board = s->board,
					     .pools = s->pools,
					     .messenger = messenger });
	s->desk = desk_new(&(struct desk_spec){ .loop = s->loop,
						.cases = s->cases,
						.pools = s->pools,
						.board = s->board,
						.messenger = messenger,
						.mailer = mailer });
	if (case_configure(s->cases, config_get(s->cfg, "cases"),
			   config_get(s->cfg, "ladders"), 1, &note) != GW_OK)
		broken(s, "ladders", str_of(note.text));
	if (case_load(s->cases) != GW_OK)
		broken(s, "cases do not load", STR(""));
	case_start(s->cases);
	loop_fake_pass(s->loop, 0);
}

static void demolish(struct scene *s)
{
	store_close(&s->store);
	desk_free(&s->desk);
	case_service_free(&s->cases);
	pool_service_free(&s->pools);
	board_free(&s->board);
}

/* ---- statements ---- */

static struct str address(struct scene *s, struct str name)
{
	return str_of(arena_printf(s->a, STR_FMT "@" DOMAIN, STR_ARG(name)));
}

/* The text between quotes off rest. */
static struct str quoted(struct scene *s, struct str *rest)
{
	struct str text = str_trim(*rest);
	size_t end;

	if (text.n < 2 || text.p[0] != '"')
		broken(s, "expected \"text\"", text);
	text = str_make(text.p + 1, text.n - 1);
	end = str_find(text, '"');
	if (end == text.n)
		broken(s, "the text has no end", text);
	*rest = str_make(text.p + end + 1, text.n - end - 1);
	text.n = end;
	return text;
}

/* key=value or key="v a l u e" off rest; false at the end. */
static bool setting(struct scene *s, struct str *rest, struct str *key,
		    struct str *value)
{
	struct str text = str_trim(*rest);
	size_t eq = str_find(text, '=');

	if (text.n == 0)
		return false;
	if (eq == text.n)
		broken(s, "expected key=value", text);
	*key = str_make(text.p, eq);
	*rest = str_make(text.p + eq + 1, text.n - eq - 1);
	if (rest->n > 0 && rest->p[0] == '"')
		*value = quoted(s, rest);
	else if (!str_word(rest, value))
		*value = STR("");
	return true;
}

static enum severity severity_named(struct scene *s, struct str name)
{
	for (int i = SEV_INFO; i <= SEV_DISASTER; i++)
		if (str_is(name, presence_severity_name((enum severity)i)))
			return (enum severity)i;
	broken(s, "no such severity", name);
	return SEV_INFO;
}

static void presence(struct scene *s, enum presence_show show, struct str name)
{
	board_presence(s->board,
		       &(struct board_presence){ .bare = address(s, name),
						 .resource = STR("r"),
						 .show = show,
						 .status = STR("") });
	loop_fake_pass(s->loop, 0);
}

static void take_setting(struct scene *s, struct case_spec *spec,
			 struct str key, struct str value)
{
	int64_t n = 0;

	if (str_is(key, "to"))
		spec->recipient = address(s, value);
	else if (str_is(key, "severity"))
		spec->severity = severity_named(s, value);
	else if (str_is(key, "subject") || str_is(key, "summary"))
		spec->subject = value;
	else if (str_is(key, "ladder"))
		spec->ladder = value;
	else if (str_is(key, "alerts") && str_int(value, 0, 1000, &n) == GW_OK)
		spec->alerts = (unsigned)n;
	else if (str_is(key, "firing") && str_int(value, 0, 1000, &n) == GW_OK)
		spec->firing = (unsigned)n;
	else
		broken(s, "no such setting", key);
}

static void opened(void *arg, enum gw_err e, uint64_t number, const char *why)
{
	enum gw_err *out = arg;

	(void)number;
	(void)why;
	*out = e;
}

static void open_case(struct scene *s, enum case_kind kind, struct str rest)
{
	struct case_spec spec = { .kind = kind,
				  .severity = SEV_WARNING,
				  .subject = STR("something"),
				  .detail = STR(""),
				  .pool = STR("duty@" DOMAIN),
				  .ladder = STR("chase"),
				  .room = STR(ROOM),
				  .recipient = STR(""),
				  .alerts = 1,
				  .firing = 1,
				  .why = STR("scenario") };
	struct str name;
	struct str key;
	struct str value;
	enum gw_err e = GW_AGAIN;
	bool mail = kind == CASE_MAIL;

	if (!str_word(&rest, &name))
		broken(s, "expected a key", rest);
	spec.key =
		str_of(arena_printf(s->a, "%s:" STR_FMT,
				    mail ? "mail" : "incident", STR_ARG(name)));
	spec.mail_id = mail ? name : STR("");
	while (setting(s, &rest, &key, &value))
		take_setting(s, &spec, key, value);
	case_open(s->cases, &spec, opened, &e);
	loop_fake_pass(s->loop, 0);
	if (e != GW_OK)
		broken(s, "not opened", str_of(err_text(e)));
}

static void close_case(struct scene *s, const char *kind, struct str name,
		       struct str why)
{
	struct str key = str_of(arena_printf(s->a, "%s:" STR_FMT, kind,
					     STR_ARG(str_trim(name))));
	enum gw_err e = GW_AGAIN;

	case_close_key(s->cases, key, why, opened, &e);
	loop_fake_pass(s->loop, 0);
	if (e != GW_OK)
		broken(s, "not closed", str_of(err_text(e)));
}

static void says(struct scene *s, struct str who, struct str rest, bool room,
		 bool member)
{
	struct seam_desk ear = desk_ear(s->desk);
	struct seam_said said = { .from = address(s, who),
				  .room = room ? STR(ROOM) : STR(""),
				  .nick = room ? who : STR(""),
				  .id = STR("m1"),
				  .reply_to = STR(""),
				  .thread = STR(""),
				  .body = quoted(s, &rest),
				  .member = member };

	ear.heard(ear.self, &said);
	loop_fake_pass(s->loop, 0);
}

static void sent_free(struct sent *m)
{
	list_del(&m->link);
	mem_free(m->what);
	mem_free(m->text);
	mem_free(m);
}

static void show_sent(struct scene *s)
{
	LIST_EACH(node, &s->sent)
	{
		const struct sent *m = LIST_OF(node, struct sent, link);

		print_message("  sent %s: %s\n", m->what, m->text);
	}
}

static void expect_silence(struct scene *s)
{
	LIST_EACH(node, &s->sent)
	{
		const struct sent *m = LIST_OF(node, struct sent, link);

		if (!str_is(str_of(m->what), "subject")) {
			show_sent(s);
			broken(s, "was not expected", str_of(m->text));
		}
	}
}

static void expect(struct scene *s, struct str rest)
{
	struct str what = str_trim(rest);
	size_t quote = str_find(what, '"');
	struct str tail = str_make(what.p + quote, what.n - quote);
	struct str part;

	if (str_is(what, "silence")) {
		expect_silence(s);
		return;
	}
	part = quoted(s, &tail);
	what.n = quote;
	what = str_trim(what);
	LIST_EACH(node, &s->sent)
	{
		struct sent *m = LIST_OF(node, struct sent, link);

		if (str_is(what, m->what) &&
		    memmem(m->text, strlen(m->text), part.p, part.n) != NULL) {
			sent_free(m);
			return;
		}
	}
	show_sent(s);
	broken(s, "was not sent", rest);
}

static void pass(struct scene *s, struct str rest)
{
	int64_t ms = 0;

	if (when_parse_span(str_trim(rest), &ms) != GW_OK)
		broken(s, "expected a time", rest);
	loop_fake_pass(s->loop, ms);
}

static const struct {
	const char *word;
	enum presence_show show;
} shows[] = {
	{ "online", PRES_ONLINE }, { "chat", PRES_CHAT }, { "away", PRES_AWAY },
	{ "xa", PRES_XA },	   { "dnd", PRES_DND },	  { "offline", 0 },
};

static bool play_presence(struct scene *s, struct str word, struct str rest)
{
	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		if (str_is(word, shows[i].word)) {
			presence(s, shows[i].show, str_trim(rest));
			return true;
		}
	if (!str_is(word, "lost") && !str_is(word, "back"))
		return false;
	board_doubt(s->board, address(s, str_trim(rest)), STR("r"),
		    str_is(word, "lost"));
	loop_fake_pass(s->loop, 0);
	return true;
}

static bool play_speech(struct scene *s, struct str word, struct str rest)
{
	bool guest = str_is(word, "guest");
	struct str who = word;
	struct str next;
	bool room;

	if (guest && !str_word(&rest, &who))
		return false;
	if (!str_word(&rest, &next))
		return false;
	room = str_is(next, "in");
	if (room && (!str_word(&rest, &next) || !str_word(&rest, &next)))
		return false;
	if (!str_is(next, "says"))
		return false;
	says(s, who, rest, room, !guest);
	return true;
}

static void play(struct scene *s, struct str line)
{
	struct str rest = line;
	struct str word;

	if (!str_word(&rest, &word) || word.p[0] == '#')
		return;
	if (play_presence(s, word, rest))
		return;
	if (str_is(word, "expect")) {
		expect(s, rest);
	} else if (str_is(word, "pass")) {
		pass(s, rest);
	} else if (str_is(word, "mail")) {
		open_case(s, CASE_MAIL, rest);
	} else if (str_is(word, "alert")) {
		open_case(s, CASE_ALERT, rest);
	} else if (str_is(word, "read")) {
		close_case(s, "mail", rest, STR("read"));
	} else if (str_is(word, "resolve")) {
		close_case(s, "incident", rest, STR("resolved"));
	} else if (str_is(word, "dead")) {
		s->dead = arena_str(s->a, str_trim(rest)).p;
	} else if (str_is(word, "restart")) {
		demolish(s);
		build(s);
	} else if (!play_speech(s, word, rest)) {
		broken(s, "not a statement", line);
	}
}

static void configure(struct scene *s, struct str yaml)
{
	struct buf errors = { .data = NULL };

	if (config_load_text(yaml, s->path, roots, &s->cfg, &errors) != GW_OK)
		broken(s, "config", buf_str(&errors));
	buf_fini(&errors);
	build(s);
}

static bool is_yaml(struct str line)
{
	return line.n == 0 || line.p[0] == ' ' || line.p[0] == '#';
}

static void play_file(struct scene *s, struct str text)
{
	struct str line;

	while (str_split(&text, '\n', &line)) {
		s->line++;
		if (str_is(line, "config")) {
			const char *start = text.p;
			unsigned lines = 0;

			while (str_split(&text, '\n', &line) && is_yaml(line))
				lines++;
			configure(s, str_make(start, (size_t)(line.p - start)));
			s->line += lines + 1;
		}
		play(s, line);
	}
}

static char *read_file(const char *path)
{
	struct buf b = { .data = NULL };
	FILE *f = fopen(path, "re");
	char piece[4096];
	size_t n;

	if (f == NULL)
		fail_msg("%s cannot be read", path);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	return buf_take(&b);
}

static void remove_store(const char *path)
{
	static const char *const endings[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < 3; i++) {
		char name[80];

		snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		unlink(name);
	}
}

static void play_scenario(void **state)
{
	const char *path = *state;
	struct scene s = { .path = path,
			   .a = arena_new(),
			   .loop = loop_fake_new(1) };
	char *text = read_file(path);

	list_init(&s.sent);
	snprintf(s.store_path, sizeof(s.store_path), "/tmp/muster-scn-%d.db",
		 (int)getpid());
	remove_store(s.store_path);
	play_file(&s, str_of(text));
	if (s.cfg == NULL)
		fail_msg("%s: no config", path);
	demolish(&s);
	LIST_EACH_SAFE(node, tmp, &s.sent)
	sent_free(LIST_OF(node, struct sent, link));
	config_unref(&s.cfg);
	loop_free(&s.loop);
	arena_free(&s.a);
	mem_free(text);
	remove_store(s.store_path);
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc < 2) {
		fputs("usage: scenario FILE.scn...\n", stderr);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		const struct CMUnitTest tests[] = {
			cmocka_unit_test_prestate(play_scenario, argv[i]),
		};

		print_message("%s\n", argv[i]);
		failed += cmocka_run_group_tests(tests, NULL, NULL);
	}
	return failed == 0 ? 0 : 1;
}
