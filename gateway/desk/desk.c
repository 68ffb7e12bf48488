/* SPDX-License-Identifier: MIT */
/* desk.c - hears persons, orders the case service, shows and tells
 *
 * The card of a case keeps one id for its life ("case-17-card"): a quiet
 * change corrects that first message (XEP-0308), whatever came in between.
 */
#include "gateway/desk/desk.h"

#include "gateway/base/list.h"
#include "gateway/base/map.h"
#include "gateway/base/when.h"
#include "gateway/desk/card.h"
#include "gateway/desk/verb.h"
#include "gateway/run/log.h"

#define SUBJECT_EVERY (WHEN_MINUTE)
#define LIST_MAX      20

/* A room whose subject sums up its open cases. */
struct room {
	struct desk *desk;
	char *address;
	char *subject; /* as last set; NULL: never */
	int64_t set_at;
	struct loop_timer due;
};

struct desk {
	struct loop *loop;
	struct cases *cases;
	struct pools *pools;
	struct board *board;
	struct seam_messenger messenger;
	struct seam_mailer mailer;
	char *link_base; /* "": no links */
	struct map rooms;
	struct map said;     /* by IM, of acts whose mail is tried again */
	struct list telling; /* struct both */
};

/* ---- answering ---- */

static void nothing_more(void *arg, enum gw_err e)
{
	(void)arg;
	if (e != GW_OK)
		log_warn("desk.answer", "why", err_text(e), NULL);
}

/* Where the answer to a line goes; kept while the case service commits. */
struct answer {
	struct desk *desk;
	char *to; /* person, or room */
	bool room;
	char *nick;
	struct verb_line line; /* verb and number only */
};

static void say(struct desk *d, bool room, struct str to, struct str text)
{
	char id[17];

	loop_id(d->loop, id);
	if (room)
		d->messenger.post(d->messenger.self,
				  &(struct seam_post){ .room = to,
						       .id = str_of(id),
						       .thread = STR(""),
						       .replace = STR(""),
						       .body = text },
				  nothing_more, NULL);
	else
		d->messenger.tell(d->messenger.self,
				  &(struct seam_notice){ .to = to,
							 .id = str_of(id),
							 .thread = STR(""),
							 .replace = STR(""),
							 .body = text },
				  nothing_more, NULL);
}

static void reply(struct desk *d, const struct seam_said *said, struct str text)
{
	bool room = said->room.n > 0;
	struct buf b = { .data = NULL };

	if (room && said->nick.n > 0)
		buf_printf(&b, STR_FMT ": ", STR_ARG(said->nick));
	buf_add_str(&b, text);
	say(d, room, room ? said->room : said->from, buf_str(&b));
	buf_fini(&b);
}

static const char *confirmation(enum case_verb verb)
{
	switch (verb) {
	case VERB_TAKE:
	case VERB_ACK:
		return "yours";
	case VERB_RELEASE:
		return "released, open again";
	case VERB_GIVE:
		return "offered";
	case VERB_DONE:
		return "closed";
	case VERB_NOTE:
		return "noted";
	case VERB_DECLINE:
		return "declined";
	}
	__builtin_unreachable();
}

static void add_outcome(const struct answer *an, enum gw_err e, uint64_t number,
			const char *why, struct buf *out)
{
	const struct casefile *c = case_get(an->desk->cases, number);
	const char *subject = c != NULL ? c->subject : "";

	buf_printf(out, "#%llu: ", (unsigned long long)number);
	if (e == GW_OK)
		buf_printf(out, "%s%s%s", confirmation(an->line.verb),
			   *subject != '\0' ? " - " : "", subject);
	else if (why != NULL && *why != '\0')
		buf_add_lit(out, why);
	else
		buf_add_lit(out, err_text(e));
}

static void ordered(void *arg, enum gw_err e, uint64_t number, const char *why)
{
	struct answer *an = arg;
	struct buf b = { .data = NULL };

	if (an->room && *an->nick != '\0')
		buf_printf(&b, "%s: ", an->nick);
	add_outcome(an, e, number != 0 ? number : an->line.number, why, &b);
	say(an->desk, an->room, str_of(an->to), buf_str(&b));
	buf_fini(&b);
	mem_free(an->to);
	mem_free(an->nick);
	mem_free(an);
}

/* ---- who may speak on a case ----
 *
 * In its room: the members.  Elsewhere: whom it concerns.  Always by the real
 * bare JID. */
static bool may_speak(const struct desk *d, const struct casefile *c,
		      const struct seam_said *said)
{
	if (said->room.n > 0 && str_is(said->room, c->room))
		return said->member;
	return case_concerns(d->cases, c->number, said->from);
}

/* A bare "ack": the card replied to, its thread, or what one was told last. */
static uint64_t number_meant(const struct desk *d, const struct seam_said *said)
{
	uint64_t n = verb_case_of_id(said->reply_to);

	if (n == 0)
		n = verb_case_of_id(said->thread);
	if (n == 0 && said->room.n == 0)
		n = case_last_told(d->cases, said->from);
	return n;
}

/* "bob" means the person of that name in the speaker's domain. */
static struct str whom(struct str other, struct str from, struct arena *a)
{
	size_t at = str_find(from, '@');

	if (other.n == 0 || str_find(other, '@') < other.n)
		return other;
	return str_of(
		arena_printf(a, STR_FMT STR_FMT, STR_ARG(other),
			     STR_ARG(str_make(from.p + at, from.n - at))));
}

static void order(struct desk *d, const struct seam_said *said,
		  const struct verb_line *line)
{
	struct arena *a = arena_new();
	struct answer *an = mem_new(sizeof(*an));
	bool room = said->room.n > 0;
	struct str to = room ? said->room : said->from;

	an->desk = d;
	an->room = room;
	an->to = mem_strndup(to.p, to.n);
	an->nick = mem_strndup(said->nick.p != NULL ? said->nick.p : "",
			       said->nick.n);
	an->line = *line;
	case_order(d->cases,
		   &(struct case_order){
			   .verb = line->verb,
			   .number = line->number,
			   .who = said->from,
			   .via = room ? STR("room") : STR("direct"),
			   .other = whom(line->other, said->from, a),
			   .text = line->text,
			   .span = line->span,
		   },
		   ordered, an);
	arena_free(&a);
}

/* ---- questions ---- */

static void add_pool(const struct desk *d, const struct pool *p,
		     struct buf *out)
{
	struct arena *a = arena_new();
	struct choose_question q = { .mode = CHOOSE_ONE, .severity = SEV_INFO };
	struct snapshot s;
	struct choice c;

	buf_printf(out, "%s:", pool_address(p));
	if (pool_snapshot(d->pools, p, a, &s) != GW_OK) {
		buf_add_lit(out, " its directory group is not known now\n");
		arena_free(&a);
		return;
	}
	c = choose(&s, &q, a);
	for (size_t i = 0; i < c.count; i++)
		buf_printf(out, "\n%s %s - %s",
			   c.candidates[i].chosen ? "->" : "  ",
			   c.candidates[i].person->address,
			   c.candidates[i].why);
	buf_printf(out, "\n(%s)\n", c.why);
	arena_free(&a);
}

static void answer_who(struct desk *d, const struct seam_said *said,
		       struct str pool)
{
	struct buf b = { .data = NULL };
	const struct pool *p;
	size_t it = 0;

	while ((p = pool_next(d->pools, &it)) != NULL)
		if (pool.n == 0 || str_is(pool, pool_address(p)))
			if (pool_has_member(p, said->from) || said->member)
				add_pool(d, p, &b);
	if (b.len == 0)
		buf_add_lit(&b, "there is no such pool that you may see");
	reply(d, said, str_trim(buf_str(&b)));
	buf_fini(&b);
}

static void answer_list(struct desk *d, const struct seam_said *said)
{
	struct buf b = { .data = NULL };
	const struct casefile *c;
	uint64_t after = 0;
	unsigned shown = 0;
	unsigned left = 0;

	while ((c = case_next(d->cases, after)) != NULL) {
		after = c->number;
		if (c->state == CASE_CLOSED || !may_speak(d, c, said))
			continue;
		if (shown == LIST_MAX) {
			left++;
			continue;
		}
		if (shown++ > 0)
			buf_add_char(&b, '\n');
		card_line(c, &b);
	}
	if (shown == 0)
		buf_add_lit(&b, "nothing is open");
	if (left > 0)
		buf_printf(&b, "\nand %u more", left);
	reply(d, said, buf_str(&b));
	buf_fini(&b);
}

static void answer_show(struct desk *d, const struct seam_said *said,
			const struct casefile *c)
{
	struct buf b = { .data = NULL };

	card_write(c, d->link_base, &b);
	reply(d, said, buf_str(&b));
	buf_fini(&b);
}

/* Orders, and show: what names a case. */
static void about_case(struct desk *d, const struct seam_said *said,
		       struct verb_line *line)
{
	const struct casefile *c;

	if (line->number == 0)
		line->number = number_meant(d, said);
	if (line->number == 0) {
		/* Without a number, in a room: most likely talk. */
		if (said->room.n == 0)
			reply(d, said,
			      STR("which one? Say its number; `list' shows "
				  "what is open"));
		return;
	}
	c = case_get(d->cases, line->number);
	/* Whoever may not speak does not learn whether there is such a case. */
	if (c == NULL || !may_speak(d, c, said)) {
		reply(d, said,
		      STR("there is no such case that is yours to "
			  "act on"));
		return;
	}
	if (line->word == WORD_SHOW)
		answer_show(d, said, c);
	else
		order(d, said, line);
}

static void heard(void *self, const struct seam_said *said)
{
	struct desk *d = self;
	struct verb_line line;
	struct err_note note = { .text = "" };
	enum gw_err e = verb_parse(said->body, &line, &note);

	/* Under what is no notice of a case it means nothing. */
	if (said->marker && verb_case_of_id(said->reply_to) == 0)
		return;
	if (e == GW_NOT_FOUND) {
		if (said->room.n == 0)
			reply(d, said, STR("I did not understand; say help"));
		return;
	}
	if (e != GW_OK) {
		reply(d, said, str_of(note.text));
		return;
	}
	switch (line.word) {
	case WORD_ORDER:
	case WORD_SHOW:
		about_case(d, said, &line);
		return;
	case WORD_WHO:
		answer_who(d, said, line.other);
		return;
	case WORD_LIST:
		answer_list(d, said);
		return;
	case WORD_HELP:
		reply(d, said, str_of(verb_help));
		return;
	}
}

/* ---- carrying out acts ---- */

static struct str card_id(const struct casefile *c, char out[40])
{
	struct buf b = { .data = NULL };

	buf_printf(&b, "case-%llu-card", (unsigned long long)c->number);
	if (str_copy(out, 40, buf_str(&b)) != GW_OK)
		out[0] = '\0';
	buf_fini(&b);
	return str_of(out);
}

static struct str thread_id(const struct casefile *c, char out[40])
{
	struct str id = card_id(c, out);

	out[id.n - strlen("-card")] = '\0';
	return str_of(out);
}

typedef void done_fn(void *arg, enum gw_err e);

/* One act to carry out: of which case, under which id, who is to know. */
struct deed {
	const struct casefile *c;
	const struct act *act;
	struct str id;
	done_fn *done;
	void *arg;
};

static void post_card(struct desk *d, const struct deed *deed)
{
	const struct casefile *c = deed->c;
	struct buf b = { .data = NULL };
	char first[40];
	char thread[40];
	bool fresh = deed->act->kind == ACT_CARD;

	card_write(c, d->link_base, &b);
	d->messenger.post(
		d->messenger.self,
		&(struct seam_post){
			.room = str_of(deed->act->to),
			.id = fresh ? card_id(c, first) : deed->id,
			.thread = thread_id(c, thread),
			.replace = fresh ? STR("") : card_id(c, first),
			.body = buf_str(&b),
		},
		deed->done, deed->arg);
	buf_fini(&b);
}

static void post_line(struct desk *d, const struct deed *deed)
{
	struct buf b = { .data = NULL };
	char thread[40];

	card_room_line(deed->c, deed->act, &b);
	d->messenger.post(d->messenger.self,
			  &(struct seam_post){
				  .room = str_of(deed->act->to),
				  .id = deed->id,
				  .thread = thread_id(deed->c, thread),
				  .replace = STR(""),
				  .body = buf_str(&b),
			  },
			  deed->done, deed->arg);
	buf_fini(&b);
}

static void mail_notice(struct desk *d, const struct deed *deed,
			struct str body)
{
	struct buf subject = { .data = NULL };

	buf_printf(&subject, "[muster #%llu] ",
		   (unsigned long long)deed->c->number);
	buf_add_lit(&subject, deed->c->subject);
	d->mailer.send(d->mailer.self,
		       &(struct seam_mail){ .id = deed->id,
					    .to = str_of(deed->act->to),
					    .subject = buf_str(&subject),
					    .body = body },
		       deed->done, deed->arg);
	buf_fini(&subject);
}

static void im_notice(struct desk *d, const struct deed *deed, struct str body)
{
	char thread[40];

	d->messenger.tell(d->messenger.self,
			  &(struct seam_notice){
				  .to = str_of(deed->act->to),
				  .id = deed->id,
				  .thread = thread_id(deed->c, thread),
				  .replace = STR(""),
				  .body = body,
			  },
			  deed->done, deed->arg);
}

/* By IM and by mail under one step.  A person who was reached one way was
 * told; what may still succeed the other way is tried again, without saying
 * again by IM what was said: clients show a repeat as a second message. */
struct both {
	struct list link;
	struct desk *desk; /* NULL: freed meanwhile */
	char *id;
	bool by_im, by_mail;
	enum gw_err im, mail;
	unsigned left;
	done_fn *done;
	void *arg;
};

static bool is_later(enum gw_err e)
{
	return e == GW_UNAVAIL || e == GW_AGAIN || e == GW_LIMIT;
}

static enum gw_err verdict(const struct both *b)
{
	if (!b->by_im || !b->by_mail)
		return b->by_im ? b->im : b->mail;
	if (is_later(b->im) || is_later(b->mail))
		return GW_UNAVAIL;
	return b->im == GW_OK ? GW_OK : b->mail;
}

static void note_said(struct desk *d, const struct both *b, bool later)
{
	char *said = map_get(&d->said, str_of(b->id));

	if (later && b->im == GW_OK && said == NULL) {
		said = mem_strdup(b->id);
		map_put(&d->said, str_of(said), said);
	} else if (!later && said != NULL) {
		map_del(&d->said, str_of(said));
		mem_free(said);
	}
}

static void one_of_both(struct both *b)
{
	enum gw_err e = verdict(b);

	if (--b->left > 0)
		return;
	list_del(&b->link);
	if (b->desk != NULL && b->by_im && b->by_mail)
		note_said(b->desk, b, is_later(e));
	b->done(b->arg, e);
	mem_free(b->id);
	mem_free(b);
}

static void im_over(void *arg, enum gw_err e)
{
	struct both *b = arg;

	b->im = e;
	one_of_both(b);
}

static void mail_over(void *arg, enum gw_err e)
{
	struct both *b = arg;

	b->mail = e;
	one_of_both(b);
}

static struct both *both_new(struct desk *d, const struct deed *deed)
{
	struct both *b = mem_new(sizeof(*b));

	b->desk = d;
	b->id = mem_strndup(deed->id.p, deed->id.n);
	b->by_mail = (deed->act->by & BY_MAIL) != 0;
	b->by_im = !b->by_mail || (deed->act->by & BY_IM) != 0;
	b->left = (unsigned)b->by_im + (unsigned)b->by_mail;
	b->done = deed->done;
	b->arg = deed->arg;
	list_append(&d->telling, &b->link);
	return b;
}

static void tell(struct desk *d, const struct deed *deed)
{
	struct buf body = { .data = NULL };
	struct both *b = both_new(d, deed);
	bool by_im = b->by_im, by_mail = b->by_mail;
	struct deed each = *deed;

	each.arg = b;
	card_notice(deed->c, deed->act, d->link_base, &body);
	if (by_im) {
		each.done = im_over;
		if (by_mail && map_get(&d->said, deed->id) != NULL)
			im_over(b, GW_OK);
		else
			im_notice(d, &each, buf_str(&body));
	}
	if (by_mail) { /* b is there until both are over */
		each.done = mail_over;
		mail_notice(d, &each, buf_str(&body));
	}
	buf_fini(&body);
}

static void copy_mail(struct desk *d, const struct deed *deed)
{
	struct str mail_id = str_of(deed->c->key);

	mail_id.p += strlen("mail:");
	mail_id.n -= strlen("mail:");
	d->mailer.copy(d->mailer.self, mail_id, str_of(deed->act->to), deed->id,
		       deed->done, deed->arg);
}

static void act_now(void *self, const struct casefile *c, const struct act *act,
		    struct str id, done_fn *done, void *arg)
{
	struct desk *d = self;
	const struct deed deed = { c, act, id, done, arg };

	switch (act->kind) {
	case ACT_TELL:
	case ACT_WITHDRAW:
	case ACT_THANK:
		tell(d, &deed);
		return;
	case ACT_ROOM:
		post_line(d, &deed);
		return;
	case ACT_CARD:
	case ACT_CORRECT:
		post_card(d, &deed);
		return;
	case ACT_COPY:
		copy_mail(d, &deed);
		return;
	case ACT_WAKE: /* the case service's own timer */
		done(arg, GW_OK);
		return;
	}
}

/* ---- subjects of rooms ---- */

struct tally {
	unsigned open[SEV_DISASTER + 1];
	unsigned unclaimed[SEV_DISASTER + 1];
};

static struct tally count(const struct desk *d, const char *room)
{
	struct tally t = { .open = { 0 } };
	const struct casefile *c;
	uint64_t after = 0;

	while ((c = case_next(d->cases, after)) != NULL) {
		after = c->number;
		if (c->state == CASE_CLOSED || !str_is(str_of(room), c->room))
			continue;
		t.open[c->severity]++;
		if (c->state == CASE_OPEN)
			t.unclaimed[c->severity]++;
	}
	return t;
}

static void add_tally(const struct tally *t, struct buf *out)
{
	for (int s = SEV_DISASTER; s >= SEV_INFO; s--) {
		if (t->open[s] == 0)
			continue;
		if (out->len > 0)
			buf_add_lit(out, " \u00b7 ");
		buf_printf(out, "%u %s", t->open[s],
			   presence_severity_name((enum severity)s));
		if (t->unclaimed[s] > 0)
			buf_printf(out, " (%u unclaimed)", t->unclaimed[s]);
	}
	if (out->len == 0)
		buf_add_lit(out, "nothing is open");
}

static void set_subject(struct room *r)
{
	struct desk *d = r->desk;
	struct tally t = count(d, r->address);
	struct buf b = { .data = NULL };

	add_tally(&t, &b);
	r->set_at = loop_now(d->loop);
	if (r->subject == NULL || !str_is(buf_str(&b), r->subject)) {
		d->messenger.subject(d->messenger.self, str_of(r->address),
				     buf_str(&b));
		mem_free(r->subject);
		r->subject = buf_take(&b);
	}
	buf_fini(&b);
}

static void subject_due(struct loop_timer *t)
{
	set_subject(LIST_OF(t, struct room, due));
}

static struct room *room_get(struct desk *d, const char *address)
{
	struct room *r = map_get(&d->rooms, str_of(address));

	if (r != NULL)
		return r;
	r = mem_new(sizeof(*r));
	r->desk = d;
	r->address = mem_strdup(address);
	r->due.fn = subject_due;
	r->set_at = loop_now(d->loop) - SUBJECT_EVERY;
	map_put(&d->rooms, str_of(r->address), r);
	return r;
}

/* At most once a minute, and only when a number changes. */
static void case_changed(void *arg, const struct casefile *c, const char *what,
			 const char *who)
{
	struct desk *d = arg;
	struct room *r;
	int64_t wait;

	(void)what;
	(void)who;
	if (*c->room == '\0')
		return;
	r = room_get(d, c->room);
	wait = r->set_at + SUBJECT_EVERY - loop_now(d->loop);
	if (!loop_timer_active(&r->due))
		loop_timer_start(d->loop, &r->due, wait > 0 ? wait : 0);
}

struct desk *desk_new(const struct desk_spec *spec)
{
	struct desk *d = mem_new(sizeof(*d));

	d->loop = spec->loop;
	d->cases = spec->cases;
	d->pools = spec->pools;
	d->board = spec->board;
	d->messenger = spec->messenger;
	d->mailer = spec->mailer;
	d->link_base = mem_strdup("");
	map_init(&d->rooms, loop_seed(d->loop));
	map_init(&d->said, loop_seed(d->loop));
	list_init(&d->telling);
	case_set_front(d->cases,
		       &(struct case_front){ .self = d, .act = act_now });
	case_watch(d->cases, case_changed, d);
	return d;
}

void desk_link(struct desk *d, struct str base)
{
	mem_free(d->link_base);
	d->link_base = mem_strndup(base.p, base.n);
}

struct seam_desk desk_ear(struct desk *d)
{
	return (struct seam_desk){ .self = d, .heard = heard };
}

static void free_tellings(struct desk *d)
{
	struct list *node;
	char *said;
	size_t it = 0;

	while ((said = map_next(&d->said, &it)) != NULL)
		mem_free(said);
	map_fini(&d->said);
	while ((node = list_pop(&d->telling)) != NULL)
		LIST_OF(node, struct both, link)->desk = NULL;
}

void desk_free(struct desk **out)
{
	struct desk *d = *out;
	struct room *r;
	size_t it = 0;

	if (d == NULL)
		return;
	while ((r = map_next(&d->rooms, &it)) != NULL) {
		loop_timer_stop(d->loop, &r->due);
		mem_free(r->address);
		mem_free(r->subject);
		mem_free(r);
	}
	map_fini(&d->rooms);
	free_tellings(d);
	mem_free(d->link_base);
	mem_free(d);
	*out = NULL;
}
