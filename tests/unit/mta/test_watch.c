/* SPDX-License-Identifier: MIT */
/* test_watch.c - unread mail becomes a case; reading, or a person, ends it */
#include "tests/unit/mta/place.h"

#include <sys/stat.h>
#include <unistd.h>

#define PRIORITY                                                               \
	"Message-ID: <1@example.net>\r\nFrom: joe@example.net\r\n"             \
	"Subject: disk\r\nMT-Priority: 0"
#define FLASH "Message-ID: <2@example.net>\r\nSubject: fire\r\nMT-Priority: 9"

static struct place *with_ann(const char *headers)
{
	struct place *p = place_new("all", "");

	place_presence(p, "ann@x.org", PRES_ONLINE);
	assert_memory_equal(place_mail(p, "duty@x.org", headers), "250 ", 4);
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	return p;
}

/* As a client does that has shown it. */
static void set_flags(struct place *p, const char *folder, const char *flags)
{
	char *path = place_only(p, "ann@x.org", "new");
	char to[700];
	char *name = strrchr(path, '/') + 1;
	int maildir = (int)(strstr(path, "/new/") - path);

	snprintf(to, sizeof(to), "%.*s%s", maildir, path, folder);
	(void)mkdir(to, 0700);
	snprintf(to, sizeof(to), "%.*s%s/cur", maildir, path, folder);
	(void)mkdir(to, 0700);
	snprintf(to, sizeof(to), "%.*s%s/cur/%s:2,%s", maildir, path, folder,
		 name, flags);
	assert_int_equal(rename(path, to), 0);
	mem_free(path);
}

static const struct casefile *the_case(struct place *p)
{
	return case_next(p->cases, 0);
}

static void unread_by_its_deadline_it_becomes_a_case(void **state)
{
	struct place *p = with_ann(PRIORITY);
	const struct casefile *c;

	(void)state;
	assert_int_equal(place_spooled(p), 1);
	place_pass(p, 59 * WHEN_MINUTE);
	assert_null(the_case(p));
	place_pass(p, 2 * WHEN_MINUTE);
	c = the_case(p);
	assert_non_null(c);
	assert_int_equal(c->kind, CASE_MAIL);
	assert_int_equal(c->severity, SEV_WARNING);
	assert_string_equal(c->recipient, "ann@x.org");
	assert_string_equal(c->pool, "duty@x.org");
	assert_string_equal(c->ladder, "chase");
	assert_string_equal(c->room, "ops@rooms.x.org");
	assert_string_equal(c->subject, "disk");
	assert_string_equal(c->detail,
			    "From: joe@example.net\nFor: duty@x.org");
	assert_int_equal(place_number(p, "SELECT case_number FROM mail"), 1);
	place_free(&p);
}

static void read_in_time_it_never_is_one(void **state)
{
	struct place *p = with_ann(PRIORITY);

	(void)state;
	place_pass(p, 4 * WHEN_SECOND);
	set_flags(p, "", "S");
	place_pass(p, 4 * WHEN_SECOND);
	assert_int_equal(place_number(p, "SELECT watched FROM mail"), 0);
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail_evidence "
					 "WHERE what = 'seen'"),
			 1);
	assert_int_equal(place_spooled(p), 0);
	place_pass(p, 2 * WHEN_HOUR);
	assert_null(the_case(p));
	place_free(&p);
}

static void only_looked_at_by_the_server_is_not_read(void **state)
{
	struct place *p = with_ann(PRIORITY);

	(void)state;
	set_flags(p, "", "");
	place_pass(p, 61 * WHEN_MINUTE);
	assert_non_null(the_case(p));
	place_free(&p);
}

static void read_late_closes_the_case(void **state)
{
	struct place *p = with_ann(PRIORITY);

	(void)state;
	place_pass(p, 61 * WHEN_MINUTE);
	set_flags(p, "", "RS");
	place_pass(p, 4 * WHEN_SECOND);
	assert_int_equal(the_case(p)->state, CASE_CLOSED);
	assert_non_null(
		strstr(the_case(p)->closed_why, "answered by ann@x.org"));
	assert_int_equal(place_spooled(p), 0);
	place_free(&p);
}

/* Nobody is chased for a mail that was read while the disk was full. */
static void read_while_the_store_fails_it_ends_later(void **state)
{
	static const char *const tables[] = { "mail", "case_entry" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct place *p = with_ann(PRIORITY);
		char text[200];

		place_pass(p, 61 * WHEN_MINUTE);
		set_flags(p, "", "S");
		snprintf(text, sizeof(text),
			 "CREATE TRIGGER full BEFORE %s ON %s BEGIN "
			 "SELECT RAISE(ABORT, 'full'); END",
			 i == 0 ? "UPDATE" : "INSERT", tables[i]);
		place_sql(p, text);
		place_pass(p, 30 * WHEN_SECOND);
		assert_int_equal(place_number(p, "SELECT watched FROM mail"),
				 1);
		place_sql(p, "DROP TRIGGER full");
		place_pass(p, 30 * WHEN_SECOND);
		assert_int_equal(the_case(p)->state, CASE_CLOSED);
		assert_int_equal(place_number(p, "SELECT watched FROM mail"),
				 0);
		assert_int_equal(place_spooled(p), 0);
		place_free(&p);
	}
}

static void moved_to_a_folder_counts_as_handled(void **state)
{
	struct place *p = with_ann(PRIORITY);

	(void)state;
	place_pass(p, 4 * WHEN_SECOND);
	set_flags(p, "/.Work", "");
	place_pass(p, 4 * WHEN_SECOND);
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail_evidence "
					 "WHERE what = 'moved'"),
			 1);
	assert_int_equal(place_number(p, "SELECT watched FROM mail"), 0);
	place_free(&p);
}

static void deleted_unread_is_a_case_at_once(void **state)
{
	struct place *p = with_ann(PRIORITY);
	char *path = place_only(p, "ann@x.org", "new");

	(void)state;
	place_pass(p, 4 * WHEN_SECOND);
	assert_int_equal(unlink(path), 0);
	place_pass(p, 10 * WHEN_SECOND);
	assert_non_null(the_case(p));
	mem_free(path);
	place_free(&p);
}

static void from_ack_from_on_seen_is_not_enough(void **state)
{
	struct place *p = with_ann(FLASH);

	(void)state;
	set_flags(p, "", "S");
	place_pass(p, 4 * WHEN_MINUTE);
	assert_non_null(the_case(p));
	assert_int_equal(the_case(p)->severity, SEV_CRITICAL);
	assert_int_equal(the_case(p)->state, CASE_OPEN);
	place_free(&p);
}

static void noted(void *arg, enum gw_err e, uint64_t number, const char *why)
{
	(void)number;
	(void)why;
	*(enum gw_err *)arg = e;
}

static void a_person_who_says_done_ends_the_watch(void **state)
{
	struct place *p = with_ann(FLASH);
	struct case_order o = { .verb = VERB_DONE,
				.number = 1,
				.who = STR("ann@x.org"),
				.via = STR("direct"),
				.other = STR(""),
				.text = STR("handled") };
	enum gw_err e = GW_INTERNAL;

	(void)state;
	place_pass(p, 4 * WHEN_MINUTE);
	case_order(p->cases, &o, noted, &e);
	place_pass(p, WHEN_SECOND);
	assert_int_equal(e, GW_OK);
	assert_int_equal(place_number(p, "SELECT watched FROM mail"), 0);
	assert_int_equal(place_spooled(p), 0);
	place_free(&p);
}

static void machines_are_never_chased(void **state)
{
	static const char *const marks[] = { "Auto-Submitted: auto-replied",
					     "Precedence: bulk",
					     "Precedence: list",
					     "List-Id: <a.b>" };
	struct place *p = place_new("all", "");
	char headers[300];

	(void)state;
	place_presence(p, "ann@x.org", PRES_ONLINE);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		snprintf(headers, sizeof(headers),
			 "Message-ID: <%zu@a>\r\nMT-Priority: 0\r\n%s", i,
			 marks[i]);
		assert_memory_equal(place_mail(p, "duty@x.org", headers),
				    "250 ", 4);
	}
	place_connect(p, &mta_lmtp_proto);
	(void)place_say(p, "LHLO a\r\nMAIL FROM:<>\r\n"
			   "RCPT TO:<duty@x.org>\r\nDATA\r\n");
	(void)place_say(p, "MT-Priority: 0\r\n\r\n.\r\n");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 5);
	assert_int_equal(place_number(p, "SELECT SUM(watched) FROM mail"), 0);
	place_free(&p);
}

static void a_restart_resumes_the_watch(void **state)
{
	struct place *p = with_ann(PRIORITY);

	(void)state;
	place_pass(p, 30 * WHEN_MINUTE);
	place_restart(p);
	assert_int_equal(place_spooled(p), 1);
	set_flags(p, "", "S");
	place_pass(p, 4 * WHEN_SECOND);
	assert_int_equal(place_number(p, "SELECT watched FROM mail"), 0);
	place_free(&p);
	p = with_ann(PRIORITY);
	place_pass(p, 30 * WHEN_MINUTE);
	place_down(p);
	loop_fake_jump(p->loop, 2 * WHEN_HOUR);
	place_up(p);
	place_pass(p, WHEN_SECOND);
	assert_non_null(the_case(p));
	place_restart(p);
	place_pass(p, WHEN_HOUR);
	assert_int_equal(the_case(p)->number, 1);
	assert_null(case_next(p->cases, 1));
	place_free(&p);
}

/* ---- seam_mailer ---- */

static void done(void *arg, enum gw_err e)
{
	*(enum gw_err *)arg = e;
}

static void a_copy_is_delivered_once(void **state)
{
	struct place *p = with_ann(PRIORITY);
	struct seam_mailer mailer = mta_mailer(p->mta);
	enum gw_err e = GW_INTERNAL;
	char id[64];
	char *path, *text;

	(void)state;
	path = place_only(p, "ann@x.org", "new");
	snprintf(id, sizeof(id), "%.16s", strstr(strrchr(path, '/'), ".M") + 2);
	mem_free(path);
	for (int i = 0; i < 2; i++) {
		mailer.copy(mailer.self, str_of(id), STR("bob@x.org"),
			    STR("case-1-2"), done, &e);
		place_pass(p, 10);
		assert_int_equal(e, GW_OK);
	}
	path = place_only(p, "bob@x.org", "new");
	text = place_read(path);
	assert_non_null(strstr(text, "X-Muster-Copy: id=case-1-2; of="));
	assert_non_null(strstr(text, "\nSubject: disk\n"));
	mem_free(path);
	mem_free(text);
	mailer.copy(mailer.self, STR("nosuchmail"), STR("bob@x.org"),
		    STR("case-9-2"), done, &e);
	place_pass(p, 10);
	assert_int_equal(e, GW_NOT_FOUND);
	place_free(&p);
}

static void a_mail_of_our_own_is_correct(void **state)
{
	struct place *p = place_new("all", "");
	struct seam_mailer mailer = mta_mailer(p->mta);
	struct seam_mail mail = { .id = STR("case-3-1"),
				  .to = STR("bob@x.org"),
				  .subject = STR("Grüße\r\nBcc: x@y"),
				  .body = STR("one\n.two\r\nthree") };
	enum gw_err e = GW_INTERNAL;
	char *path, *text;

	(void)state;
	mailer.send(mailer.self, &mail, done, &e);
	mailer.send(mailer.self, &mail, done, &e);
	place_pass(p, 10);
	assert_int_equal(e, GW_OK);
	path = place_only(p, "bob@x.org", "new");
	text = place_read(path);
	assert_non_null(strstr(text, "\nAuto-Submitted: auto-generated\n"));
	assert_non_null(strstr(text, "\nMessage-ID: <case-3-1@x.org>\n"));
	assert_non_null(strstr(text, "\nSubject: =?utf-8?B?R3LDvMOfZSAgQmNj"));
	assert_null(strstr(text, "\nBcc"));
	assert_non_null(strstr(text, "\n\none\n.two\nthree\n"));
	mem_free(path);
	mem_free(text);
	place_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unread_by_its_deadline_it_becomes_a_case),
		cmocka_unit_test(read_in_time_it_never_is_one),
		cmocka_unit_test(only_looked_at_by_the_server_is_not_read),
		cmocka_unit_test(read_late_closes_the_case),
		cmocka_unit_test(read_while_the_store_fails_it_ends_later),
		cmocka_unit_test(moved_to_a_folder_counts_as_handled),
		cmocka_unit_test(deleted_unread_is_a_case_at_once),
		cmocka_unit_test(from_ack_from_on_seen_is_not_enough),
		cmocka_unit_test(a_person_who_says_done_ends_the_watch),
		cmocka_unit_test(machines_are_never_chased),
		cmocka_unit_test(a_restart_resumes_the_watch),
		cmocka_unit_test(a_copy_is_delivered_once),
		cmocka_unit_test(a_mail_of_our_own_is_correct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
