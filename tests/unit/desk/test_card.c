/* SPDX-License-Identifier: MIT */
/* test_card.c - the words of cards, lines and notices */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/when.h"
#include "gateway/desk/card.h"

/* 2026-11-22 10:02 UTC */
#define TEN_O_TWO ((int64_t)1795341720000)

static struct casefile alert(void)
{
	return (struct casefile){
		.number = 17,
		.kind = CASE_ALERT,
		.state = CASE_OPEN,
		.severity = SEV_CRITICAL,
		.key = "incident:x",
		.subject = "DiskFull - disk 97 % on /var (db1)",
		.detail = "Do: free space or extend LV",
		.pool = "duty@x.org",
		.ladder = "",
		.room = "ops@rooms.x.org",
		.recipient = "",
		.owner = "",
		.offered_to = "",
		.closed_why = "",
		.alerts = 1,
		.firing = 1,
	};
}

static struct casefile mail(void)
{
	struct casefile c = alert();

	c.kind = CASE_MAIL;
	c.severity = SEV_WARNING;
	c.subject = "mail for duty@x.org: Router down";
	c.detail = "";
	c.recipient = "ann@x.org";
	return c;
}

static void says(struct buf *b, const char *want)
{
	assert_string_equal(b->data != NULL ? (const char *)b->data : "", want);
	buf_fini(b);
}

static void an_open_alert_says_how_to_claim_it(void **state)
{
	struct casefile c = alert();
	struct buf b = { .data = NULL };

	(void)state;
	card_write(&c, "http://m", &b);
	says(&b, "\U0001F534 #17 FIRING critical  DiskFull - disk 97 % on /var "
		 "(db1)\nDo: free space or extend LV\nhttp://m/c/17\n"
		 "unclaimed - reply: take 17 | ack 17 | help");
}

static void a_claimed_one_says_who_has_it(void **state)
{
	struct casefile c = alert();
	struct buf b = { .data = NULL };

	(void)state;
	c.state = CASE_CLAIMED;
	c.owner = "ann@x.org";
	c.claimed_at = TEN_O_TWO;
	c.until = TEN_O_TWO + 30 * WHEN_MINUTE;
	c.detail = "";
	card_write(&c, "", &b);
	says(&b, "\U0001F534 #17 FIRING critical  DiskFull - disk 97 % on /var "
		 "(db1)\nclaimed by ann@x.org since 10:02 UTC, until 10:32 "
		 "UTC");
}

static void a_closed_one_says_why(void **state)
{
	struct casefile c = alert();
	struct buf b = { .data = NULL };

	(void)state;
	c.state = CASE_CLOSED;
	c.owner = "ann@x.org";
	c.closed_at = TEN_O_TWO;
	c.closed_why = "resolved";
	c.detail = "";
	card_write(&c, "", &b);
	says(&b, "\u2705 #17 CLOSED critical  DiskFull - disk 97 % on /var "
		 "(db1)\nclosed 10:02 UTC: resolved (ann@x.org had it)");
}

static void several_alerts_are_counted(void **state)
{
	struct casefile c = alert();
	struct buf b = { .data = NULL };

	(void)state;
	c.alerts = 3;
	c.firing = 2;
	card_line(&c, &b);
	says(&b, "\U0001F534 #17 FIRING critical  DiskFull - disk 97 % on /var "
		 "(db1) (3 alerts, 2 firing) - unclaimed - reply: take 17 | "
		 "ack 17 | help");
}

/* A mail's subject must not forge a second line of the card. */
static void controls_in_a_subject_are_blanks(void **state)
{
	struct casefile c = mail();
	struct buf b = { .data = NULL };

	(void)state;
	c.subject = "a\r\nclaimed by bob\x1b[2J\x7f";
	card_write(&c, "", &b);
	says(&b, "\u2709 #17 UNREAD warning  a  claimed by bob [2J \n"
		 "unclaimed - reply: take 17 | ack 17 | help");
}

static void long_text_is_cut_at_a_character(void **state)
{
	struct casefile c = alert();
	struct buf b = { .data = NULL };
	struct buf subject = { .data = NULL };

	(void)state;
	for (int i = 0; i < 400; i++)
		buf_add_lit(&subject, "\u00e4");
	c.subject = (const char *)subject.data;
	card_line(&c, &b);
	assert_true(str_utf8_valid(buf_str(&b)));
	assert_true(b.len < 500);
	buf_fini(&b);
	buf_fini(&subject);
}

static const struct {
	const char *name;
	enum act_kind kind;
	const char *why;
	bool offer;
	bool is_mail;
	const char *want; /* somewhere in the notice */
} notices[] = {
	{ "the recipient is reminded", ACT_TELL, "recipient", false, true,
	  "has not been read yet" },
	{ "the best available is asked", ACT_TELL, "best-available", true, true,
	  "take brings you a copy" },
	{ "who comes first is told so", ACT_TELL, "arrival", false, false,
	  "the first to come online" },
	{ "an offer names who gives", ACT_TELL, "given", false, false,
	  "bob@x.org offers it to you" },
	{ "others are let off", ACT_WITHDRAW, "claimed", false, true,
	  "bob@x.org has it. Nothing to do for you." },
};

static void notices_say_why_and_what_to_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++) {
		struct casefile c = notices[i].is_mail ? mail() : alert();
		struct act act = { .kind = notices[i].kind,
				   .to = "ann@x.org",
				   .why = notices[i].why,
				   .offer = notices[i].offer };
		struct buf b = { .data = NULL };

		c.owner = "bob@x.org";
		card_notice(&c, &act, "", &b);
		if (strstr((const char *)b.data, notices[i].want) == NULL)
			fail_msg("%s: %s", notices[i].name,
				 (const char *)b.data);
		buf_fini(&b);
	}
}

static void a_closed_case_thanks_its_owner(void **state)
{
	struct casefile c = alert();
	struct act act = { .kind = ACT_THANK, .to = "ann@x.org", .why = "" };
	struct buf b = { .data = NULL };

	(void)state;
	c.state = CASE_CLOSED;
	c.closed_why = "resolved";
	card_notice(&c, &act, "", &b);
	says(&b, "#17 DiskFull - disk 97 % on /var (db1)\nclosed: resolved. "
		 "Thank you.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_alert_says_how_to_claim_it),
		cmocka_unit_test(a_claimed_one_says_who_has_it),
		cmocka_unit_test(a_closed_one_says_why),
		cmocka_unit_test(several_alerts_are_counted),
		cmocka_unit_test(controls_in_a_subject_are_blanks),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(notices_say_why_and_what_to_answer),
		cmocka_unit_test(a_closed_case_thanks_its_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
