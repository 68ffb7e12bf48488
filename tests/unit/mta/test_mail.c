/* SPDX-License-Identifier: MIT */
/* test_mail.c - a mail comes in, a person is chosen, and it is delivered */
#include "tests/unit/mta/place.h"

#include <sys/stat.h>
#include <unistd.h>

#define HEAD                                                                   \
	"Message-ID: <1@example.net>\r\nFrom: joe@example.net\r\n"             \
	"Subject: disk"

static void starts(const char *got, const char *want)
{
	if (strncmp(got, want, strlen(want)) != 0)
		fail_msg("got \"%s\", wanted \"%s...\"", got, want);
}

static void a_mail_for_a_role_goes_to_who_is_there(void **state)
{
	struct place *p = place_new("all", "");
	char *path, *text;

	(void)state;
	place_presence(p, "bob@x.org", PRES_ONLINE);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 0);
	path = place_only(p, "bob@x.org", "new");
	text = place_read(path);
	assert_non_null(strstr(text, "Received: from mx.example.net ("));
	assert_non_null(strstr(text, "role=duty@x.org; chosen=bob@x.org; "
				     "rule=available\n"));
	assert_non_null(strstr(text, "\nSubject: disk\n\nHello.\n"));
	assert_null(strchr(text, '\r'));
	assert_int_equal(place_count(p, "bob@x.org", "tmp"), 0);
	/* Routine mail is not watched: nothing of it stays with us. */
	assert_int_equal(place_spooled(p), 0);
	assert_int_equal(place_number(p, "SELECT state FROM mail"),
			 MAIL_DELIVERED);
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail_decision "
					 "WHERE snapshot LIKE '%bob@x.org%'"),
			 1);
	mem_free(path);
	mem_free(text);
	place_free(&p);
}

static void a_mail_for_a_person_goes_there(void **state)
{
	struct place *p = place_new("all", "");

	(void)state;
	starts(place_mail(p, "Ann+list@X.org", HEAD), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	place_free(&p);
}

static void strangers_and_unknown_people_are_refused(void **state)
{
	static const struct {
		const char *rcpt, *want;
	} rows[] = {
		{ "nobody@x.org", "550 5.1.1" },
		{ "ann@elsewhere.net", "550 5.7.1" },
		{ "\"ann\"@x.org", "550 5.1.1" },
		{ "ann%elsewhere.net@x.org", "550 5.1.1" },
		{ "@a.net:ann@x.org", "501 5.5.4" },
		{ "ann@[127.0.0.1]", "501 5.5.4" },
		{ "", "501 5.5.4" },
		{ "postmaster", "550 5.1.1" },
		{ "bob@x.org", "250 2.1.5" },
		{ "DUTY+now@x.org", "250 2.1.5" },
	};
	struct place *p = place_new("all", "");
	char line[100];

	(void)state;
	place_connect(p, &mta_lmtp_proto);
	(void)place_say(p, "LHLO a\r\nMAIL FROM:<>\r\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line), "RCPT TO:<%s>\r\n", rows[i].rcpt);
		starts(place_say(p, line), rows[i].want);
	}
	p->directory_dead = true;
	starts(place_say(p, "RCPT TO:<bob@x.org>\r\n"), "451 4.3.0");
	place_free(&p);
}

static void smtp_takes_one_recipient_a_mail(void **state)
{
	struct place *p = place_new("all", "");

	(void)state;
	place_connect(p, &mta_smtp_proto);
	starts((const char *)p->got.data, "220 mx.x.org ESMTP");
	assert_non_null(strstr(place_say(p, "EHLO a\r\n"), "250 SIZE 50"));
	(void)place_say(p, "MAIL FROM:<joe@example.net> SIZE=100 "
			   "BODY=8BITMIME\r\nRCPT TO:<ann@x.org>\r\n");
	starts(place_say(p, "RCPT TO:<bob@x.org>\r\n"), "452 4.5.3");
	starts(place_say(p, "DATA\r\n"), "354 ");
	starts(place_say(p, HEAD "\r\n\r\n..dot\r\n.\r\n"), "250 ");
	starts(place_say(p, "QUIT\r\n"), "221 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	place_free(&p);
}

static void lmtp_answers_each_recipient(void **state)
{
	struct place *p = place_new("all", "");
	const char *got;

	(void)state;
	place_presence(p, "bob@x.org", PRES_ONLINE);
	place_connect(p, &mta_lmtp_proto);
	(void)place_say(p, "LHLO a\r\nMAIL FROM:<joe@example.net>\r\n"
			   "RCPT TO:<silent@x.org>\r\nRCPT TO:<bob@x.org>\r\n"
			   "RCPT TO:<duty@x.org>\r\nRCPT TO:<cy@x.org>\r\n"
			   "RCPT TO:<duty@x.org>\r\nDATA\r\n");
	got = place_say(p, HEAD "\r\n\r\nx\r\n.\r\n");
	assert_string_equal(got, "450 4.2.0 deferred: try again later\r\n"
				 "250 2.0.0 OK\r\n250 2.0.0 OK\r\n"
				 "250 2.0.0 OK\r\n250 2.0.0 OK\r\n");
	/* Role and member in one mail: one copy. */
	assert_int_equal(place_count(p, "bob@x.org", "new"), 1);
	assert_int_equal(place_count(p, "cy@x.org", "new"), 1);
	assert_int_equal(place_count(p, "ann@x.org", "new"), 0);
	place_free(&p);
}

static void a_repeat_is_answered_and_not_delivered(void **state)
{
	struct place *p = place_new("all", "");

	(void)state;
	place_presence(p, "ann@x.org", PRES_ONLINE);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	place_presence(p, "ann@x.org", PRES_OFFLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	place_restart(p);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	assert_int_equal(place_count(p, "bob@x.org", "new"), 0);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	/* Another mail with a stolen Message-ID is another mail. */
	starts(place_mail(p, "duty@x.org", HEAD " again"), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new") +
				 place_count(p, "bob@x.org", "new"),
			 2);
	place_free(&p);
}

static void a_lost_reply_is_no_second_delivery(void **state)
{
	struct place *p = place_new("all", "");
	const char *text = "LHLO a\r\nMAIL FROM:<joe@example.net>\r\n"
			   "RCPT TO:<ann@x.org>\r\nDATA\r\n" HEAD
			   "\r\n\r\nHello.\r\n.\r\n";

	(void)state;
	place_connect(p, &mta_lmtp_proto);
	assert_int_equal(write(p->peer, text, strlen(text)),
			 (ssize_t)strlen(text));
	place_hang_up(p);
	place_pass(p, 100);
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	starts(place_mail(p, "ann@x.org", HEAD), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	place_free(&p);
}

static void nobody_there_is_deferred_until_somebody_is(void **state)
{
	struct place *p = place_new("defer", "");

	(void)state;
	starts(place_mail(p, "duty@x.org", HEAD), "450 4.2.0");
	assert_int_equal(place_spooled(p), 0);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	assert_int_equal(place_count(p, "bob@x.org", "new"), 1);
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail"), 1);
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail_decision"),
			 2);
	place_free(&p);
}

static void a_hold_ends_when_somebody_comes(void **state)
{
	struct place *p = place_new("hold 5m then all", "");

	(void)state;
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	assert_int_equal(place_spooled(p), 1);
	place_restart(p);
	assert_int_equal(place_spooled(p), 1);
	place_pass(p, WHEN_MINUTE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	place_pass(p, WHEN_SECOND);
	assert_int_equal(place_count(p, "bob@x.org", "new"), 1);
	assert_int_equal(place_count(p, "ann@x.org", "new"), 0);
	assert_int_equal(place_spooled(p), 0);
	place_pass(p, WHEN_HOUR);
	assert_int_equal(place_count(p, "bob@x.org", "new"), 1);
	place_free(&p);
}

static void a_hold_that_is_over_goes_to_all(void **state)
{
	struct place *p = place_new("hold 5m then all", "");

	(void)state;
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	place_pass(p, 4 * WHEN_MINUTE);
	assert_int_equal(place_count(p, "ann@x.org", "new"), 0);
	place_restart(p);
	place_pass(p, 2 * WHEN_MINUTE);
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	assert_int_equal(place_count(p, "bob@x.org", "new"), 1);
	place_free(&p);
}

/* Flow points: what a kill leaves behind, and what the next start makes of
 * it.  The sender had no answer and sends again. */
static void killed_before_the_rows(void **state)
{
	struct place *p = place_new("all", "");
	char path[200];
	FILE *f;

	(void)state;
	place_down(p);
	snprintf(path, sizeof(path), "%s/spool/tmp.abc", p->folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/spool/abcdefghijklmnop", p->folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	place_up(p);
	assert_int_equal(place_spooled(p), 0);
	place_free(&p);
}

/* The mail is known and spooled, and nothing more. */
static void respool(struct place *p)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/spool/abcdefghijklmnop", p->folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(HEAD "\r\n\r\nHello.\r\n", f);
	fclose(f);
	place_sql(p, "UPDATE mail SET id = 'abcdefghijklmnop', state = 0, "
		     "spooled = 1");
	place_sql(p, "UPDATE mail_decision SET mail = 'abcdefghijklmnop'");
	place_sql(p, "DELETE FROM mail_delivery");
}

static void killed_before_the_delivery(void **state)
{
	struct place *p = place_new("all", "");
	char *path;

	(void)state;
	place_presence(p, "ann@x.org", PRES_ONLINE);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	path = place_only(p, "ann@x.org", "new");
	assert_int_equal(unlink(path), 0);
	respool(p);
	place_restart(p);
	place_pass(p, 10);
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	assert_int_equal(place_count(p, "bob@x.org", "new"), 0);
	mem_free(path);
	place_free(&p);
}

static void killed_before_the_delivery_row(void **state)
{
	struct place *p = place_new("all", "");
	char *path, *again;
	char moved[700], *m;

	(void)state;
	place_presence(p, "ann@x.org", PRES_ONLINE);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	path = place_only(p, "ann@x.org", "new");
	respool(p);
	/* As the file of that id is named. */
	snprintf(moved, sizeof(moved), "%s", path);
	m = strstr(strrchr(moved, '/'), ".M");
	assert_non_null(m);
	memcpy(m + 2, "abcdefghijklmnop", 16);
	assert_int_equal(rename(path, moved), 0);
	place_restart(p);
	place_pass(p, 10);
	again = place_only(p, "ann@x.org", "new");
	assert_string_equal(again, moved);
	assert_int_equal(place_number(p, "SELECT state FROM mail"),
			 MAIL_DELIVERED);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	mem_free(again);
	mem_free(path);
	place_free(&p);
}

/* Ends the daemon between two deferred steps of the loop. */
struct ending {
	struct loop_task task;
	struct place *p;
	unsigned after;
};

static void end_in_time(struct loop_task *t)
{
	struct ending *e = LIST_OF(t, struct ending, task);

	if (e->after-- == 0)
		place_down(e->p);
	else
		loop_defer(e->p->loop, t);
}

static void ended_in_the_middle_of_a_mail(void **state)
{
	(void)state;
	for (unsigned after = 0; after < 12; after++) {
		struct place *p = place_new("all", "");
		struct ending e = { .p = p, .after = after };

		place_connect(p, &mta_lmtp_proto);
		(void)place_say(p, "LHLO a\r\nMAIL FROM:<a@b>\r\n"
				   "RCPT TO:<ann@x.org>\r\nDATA\r\n");
		e.task.fn = end_in_time;
		loop_defer(p->loop, &e.task);
		(void)place_say(p, HEAD "\r\n\r\nHello.\r\n.\r\n");
		assert_null(p->net);
		place_up(p);
		/* Its MTA comes again, whatever it heard. */
		starts(place_mail(p, "ann@x.org", HEAD), "250 ");
		assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
		place_free(&p);
	}
}

static void a_full_disk_promises_nothing(void **state)
{
	struct place *p = place_new("all", "");
	char spool[100], away[110];

	(void)state;
	snprintf(spool, sizeof(spool), "%s/spool", p->folder);
	snprintf(away, sizeof(away), "%s.away", spool);
	assert_int_equal(rename(spool, away), 0);
	starts(place_mail(p, "ann@x.org", HEAD), "452 4.3.1");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 0);
	assert_int_equal(rename(away, spool), 0);
	/* The store takes nothing. */
	place_sql(p, "CREATE TRIGGER full BEFORE INSERT ON mail BEGIN "
		     "SELECT RAISE(ABORT, 'full'); END");
	starts(place_mail(p, "ann@x.org", HEAD), "452 4.3.1");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 0);
	place_sql(p, "DROP TRIGGER full");
	/* It takes the mail, but not that it was delivered. */
	place_sql(p, "CREATE TRIGGER full BEFORE INSERT ON mail_delivery BEGIN "
		     "SELECT RAISE(ABORT, 'full'); END");
	starts(place_mail(p, "ann@x.org", HEAD), "452 4.3.1");
	place_sql(p, "DROP TRIGGER full");
	starts(place_mail(p, "ann@x.org", HEAD), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	place_free(&p);
}

static void a_list_of_people_who_left_is_no_attack(void **state)
{
	struct place *p = place_new("all", "");

	(void)state;
	place_connect(p, &mta_lmtp_proto);
	(void)place_say(p, "LHLO a\r\nMAIL FROM:<a@b>\r\n");
	for (int i = 0; i < 100; i++)
		starts(place_say(p, "RCPT TO:<left@x.org>\r\n"), "550 5.1.1");
	starts(place_say(p, "RCPT TO:<ann@x.org>\r\n"), "250 ");
	for (int i = 0; i < 20; i++)
		starts(place_say(p, "NONSENSE\r\n"), "500 ");
	assert_non_null(strstr(place_say(p, "NONSENSE\r\n"), "421 4.7.0"));
	place_free(&p);
}

static void old_mails_are_forgotten(void **state)
{
	struct place *p = place_new("all", "");

	(void)state;
	place_presence(p, "ann@x.org", PRES_ONLINE);
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	starts(place_mail(p, "duty@x.org", HEAD "\r\nMT-Priority: 4"), "250 ");
	place_hang_up(p);
	loop_fake_jump(p->loop, 31 * WHEN_DAY);
	place_pass(p, 2 * WHEN_HOUR);
	/* The watched one is kept, as long as it takes. */
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail"), 1);
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail_decision"),
			 1);
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail_delivery"),
			 1);
	place_free(&p);
}

static void smuggling_is_refused(void **state)
{
	static const char *const bodies[] = {
		"a\n.\r\nMAIL FROM:<x@y>\r\n.\r\n",
		"a\r\n.\nMAIL FROM:<x@y>\r\n.\r\n",
		"a\n.\nMAIL FROM:<x@y>\r\n.\r\n",
		"a\r.\rMAIL FROM:<x@y>\r\n.\r\n",
		"a\r\n.\rMAIL FROM:<x@y>\r\n.\r\n",
		"a\nb\r\n.\r\n",
	};
	struct place *p = place_new("all", "");

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		place_connect(p, &mta_smtp_proto);
		(void)place_say(p, "EHLO a\r\nMAIL FROM:<joe@example.net>\r\n"
				   "RCPT TO:<ann@x.org>\r\nDATA\r\n");
		assert_string_equal(place_say(p, bodies[i]),
				    "554 5.6.0 the mail breaks the protocol: "
				    "refused\r\n");
	}
	place_connect(p, &mta_smtp_proto);
	starts(place_say(p, "EHLO a\nNOOP\r\n"), "521 5.5.2");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 0);
	place_free(&p);
}

static void large_mails_pass_through_and_too_large_do_not(void **state)
{
	struct place *p = place_new("all", "  size_max: 3 MB\n");
	static const char line[] = "0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456\r\n";
	struct buf b = { .data = NULL };
	struct stat st;
	char *path;

	(void)state;
	buf_add_lit(&b, HEAD "\r\n\r\n");
	while (b.len < 2000000)
		buf_add_lit(&b, line);
	buf_add_lit(&b, ".\r\n");
	place_connect(p, &mta_lmtp_proto);
	(void)place_say(p, "LHLO a\r\nMAIL FROM:<a@b>\r\n"
			   "RCPT TO:<ann@x.org>\r\nDATA\r\n");
	starts(place_send(p, b.data, b.len), "250 ");
	path = place_only(p, "ann@x.org", "new");
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 1900000 && st.st_size < 2000400);
	assert_int_equal(st.st_mode & 0777, 0600);
	buf_cut(&b, b.len - 3);
	while (b.len < 3100000)
		buf_add_lit(&b, line);
	buf_add_lit(&b, ".\r\n");
	starts(place_say(p, "MAIL FROM:<a@b> SIZE=3100000\r\n"), "552 5.3.4");
	(void)place_say(p, "MAIL FROM:<a@b>\r\nRCPT TO:<ann@x.org>\r\n"
			   "DATA\r\n");
	starts(place_send(p, b.data, b.len), "552 5.3.4");
	starts(place_say(p, "NOOP\r\n"), "250 ");
	assert_int_equal(place_count(p, "ann@x.org", "new"), 1);
	mem_free(path);
	buf_fini(&b);
	place_free(&p);
}

static void loops_end(void **state)
{
	struct place *p = place_new("all", "");
	struct buf head = { .data = NULL };

	(void)state;
	starts(place_mail(p, "ann@x.org", HEAD "\r\nX-Muster-Loop: ann@x.org"),
	       "554 5.4.6");
	starts(place_mail(p, "ann@x.org", HEAD "\r\nX-Muster-Loop: duty@x.org"),
	       "250 ");
	buf_add_lit(&head, HEAD);
	for (int i = 0; i < 50; i++)
		buf_add_lit(&head, "\r\nReceived: from a by b");
	starts(place_mail(p, "bob@x.org", (const char *)head.data),
	       "554 5.4.6");
	buf_fini(&head);
	place_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_for_a_role_goes_to_who_is_there),
		cmocka_unit_test(a_mail_for_a_person_goes_there),
		cmocka_unit_test(strangers_and_unknown_people_are_refused),
		cmocka_unit_test(smtp_takes_one_recipient_a_mail),
		cmocka_unit_test(lmtp_answers_each_recipient),
		cmocka_unit_test(a_repeat_is_answered_and_not_delivered),
		cmocka_unit_test(a_lost_reply_is_no_second_delivery),
		cmocka_unit_test(nobody_there_is_deferred_until_somebody_is),
		cmocka_unit_test(a_hold_ends_when_somebody_comes),
		cmocka_unit_test(a_hold_that_is_over_goes_to_all),
		cmocka_unit_test(killed_before_the_rows),
		cmocka_unit_test(killed_before_the_delivery),
		cmocka_unit_test(killed_before_the_delivery_row),
		cmocka_unit_test(ended_in_the_middle_of_a_mail),
		cmocka_unit_test(a_full_disk_promises_nothing),
		cmocka_unit_test(a_list_of_people_who_left_is_no_attack),
		cmocka_unit_test(old_mails_are_forgotten),
		cmocka_unit_test(smuggling_is_refused),
		cmocka_unit_test(large_mails_pass_through_and_too_large_do_not),
		cmocka_unit_test(loops_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
