/* SPDX-License-Identifier: MIT */
/* test_desk.c - how acts reach people */
#include "gateway/desk/desk.h"
#include "tests/unit/case/place.h"

/* A messenger and a mailer that answer what the test wants. */
struct mouths {
	enum gw_err im, mail;
	unsigned ims, mails;
};

static void tell(void *self, const struct seam_notice *n,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct mouths *m = self;

	assert_true(str_is(n->to, "cy@x.org"));
	m->ims++;
	done(arg, m->im);
}

static void post(void *self, const struct seam_post *p,
		 void (*done)(void *arg, enum gw_err e), void *arg)
{
	(void)self;
	(void)p;
	done(arg, GW_OK);
}

static void subject(void *self, struct str room, struct str text)
{
	(void)self;
	(void)room;
	(void)text;
}

static void send_mail(void *self, const struct seam_mail *mail,
		      void (*done)(void *arg, enum gw_err e), void *arg)
{
	struct mouths *m = self;

	assert_true(str_is(mail->to, "cy@x.org"));
	m->mails++;
	done(arg, m->mail);
}

static struct desk *desk_of(struct place *p, struct mouths *m)
{
	return desk_new(&(struct desk_spec){
		.loop = p->loop,
		.cases = p->cases,
		.pools = p->pools,
		.board = p->board,
		.messenger = { .self = m,
			       .tell = tell,
			       .post = post,
			       .subject = subject },
		.mailer = { .self = m, .send = send_mail },
	});
}

static const struct row {
	const char *name;
	enum gw_err im, mail;
	unsigned ims, mails; /* within an hour; 2: more than once */
	const char *what;    /* the timeline has it in the end */
} rows[] = {
	{ "both take it", GW_OK, GW_OK, 1, 1, "told" },
	{ "the next hop is down: said by IM once", GW_OK, GW_UNAVAIL, 1, 2,
	  NULL },
	{ "no account, but a mailbox", GW_NOT_FOUND, GW_OK, 1, 1, "told" },
	{ "an account, but no mailbox", GW_OK, GW_DENIED, 1, 1, "told" },
	{ "neither", GW_NOT_FOUND, GW_DENIED, 1, 1, "undelivered" },
};

static void told_by_im_and_by_mail(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct place *p = place_new(false);
		struct mouths m = { .im = r->im, .mail = r->mail };
		struct desk *d = desk_of(p, &m);
		char literal[100];

		print_message("%s\n", r->name);
		place_open(p, "incident:1", SEV_ERROR, "both");
		place_pass(p, WHEN_HOUR);
		assert_int_equal(m.ims, r->ims);
		assert_int_equal(m.mails > 1 ? 2 : m.mails, r->mails);
		if (r->what == NULL) { /* until the next hop is back */
			m.mail = GW_OK;
			place_pass(p, WHEN_HOUR);
			assert_int_equal(m.ims, 1);
		}
		snprintf(literal, sizeof(literal),
			 "SELECT COUNT(*) FROM case_entry WHERE what = '%s'",
			 r->what == NULL ? "told" : r->what);
		assert_int_equal(place_count(p, literal), 1);
		desk_free(&d);
		place_free(&p);
	}
}

/* The button under a notice speaks of its case; under anything else it says
 * nothing, and never of the case one was told last. */
static void a_button_is_about_its_notice(void **state)
{
	struct place *p = place_new(false);
	struct mouths m = { .ims = 0 };
	struct desk *d = desk_of(p, &m);
	struct seam_desk ear = desk_ear(d);
	struct seam_said said = { .from = STR("cy@x.org"),
				  .body = STR("ack"),
				  .reply_to = STR("some-answer"),
				  .marker = true };

	(void)state;
	ear.heard(ear.self, &said);
	place_pass(p, WHEN_SECOND);
	assert_int_equal(m.ims, 0);
	said.reply_to = STR("case-99-1");
	ear.heard(ear.self, &said);
	place_pass(p, WHEN_SECOND);
	assert_int_equal(m.ims, 1);
	desk_free(&d);
	place_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_by_im_and_by_mail),
		cmocka_unit_test(a_button_is_about_its_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
