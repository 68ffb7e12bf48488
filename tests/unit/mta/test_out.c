/* SPDX-License-Identifier: MIT */
/* test_out.c - to the next hop by LMTP and SMTP, and what it may answer */
#include "tests/unit/mta/place.h"

#include <unistd.h>

#define HEAD "Message-ID: <1@example.net>\r\nSubject: disk"

/* A next hop that answers as it is told. */
struct hop {
	struct place *p;
	struct listener *listener;
	const char *banner, *hello, *rcpt, *end; /* NULL: nothing is said */
	const char *refuse;			 /* this recipient gets 550 */
	struct buf heard;
	unsigned mails;
};

static void hop_say(struct conn *c, const char *text)
{
	if (text == NULL)
		return;
	conn_write_str(c, str_of(text));
	conn_write_str(c, STR("\r\n"));
}

static void hop_open(struct conn *c)
{
	const struct hop *h = conn_arg(c);

	hop_say(c, h->banner);
}

static void hop_line(struct conn *c, struct hop *h, struct str line)
{
	bool *in_data = conn_state(c); /* of this connection */

	if (*in_data) {
		if (str_is(line, ".")) {
			*in_data = false;
			h->mails++;
			hop_say(c, h->end);
			if (h->end == NULL)
				conn_abort(c);
		}
	} else if (str_starts(line, "LHLO") || str_starts(line, "EHLO")) {
		hop_say(c, h->hello);
	} else if (str_starts(line, "RCPT")) {
		bool no =
			h->refuse != NULL && memmem(line.p, line.n, h->refuse,
						    strlen(h->refuse)) != NULL;

		hop_say(c, no ? "550 5.1.1 not here" : h->rcpt);
	} else if (str_is(line, "DATA")) {
		*in_data = true;
		hop_say(c, "354 go");
	} else {
		hop_say(c, "250 ok");
	}
}

static size_t hop_input(struct conn *c, const uint8_t *p, size_t n)
{
	struct hop *h = conn_arg(c);
	size_t eaten = 0;
	const uint8_t *end;

	while ((end = memchr(p + eaten, '\n', n - eaten)) != NULL) {
		struct str line = str_make((const char *)p + eaten,
					   (size_t)(end - p) - eaten);

		eaten += line.n + 1;
		buf_add_str(&h->heard, line);
		buf_add_char(&h->heard, '\n');
		hop_line(c, h, str_trim(line));
	}
	return eaten;
}

static const struct proto hop_proto = {
	.name = "hop",
	.state_size = sizeof(bool),
	.open = hop_open,
	.input = hop_input,
};

static struct place *with_hop(struct hop *h, const char *extra)
{
	struct err_note note = { .text = "" };
	char address[100];
	struct listener_spec spec = { .address = address,
				      .proto = &hop_proto,
				      .arg = h };
	static char yaml[300];
	static unsigned number;

	snprintf(address, sizeof(address), "/tmp/hop.%d.%u", (int)getpid(),
		 number++);
	snprintf(yaml, sizeof(yaml), "  lmtp: { deliver_to: \"%s:unix:%s\" }\n",
		 extra, address);
	h->p = place_new("all", yaml);
	h->banner = "220 hop";
	h->hello = "250-hop\r\n250-8BITMIME\r\n250 SIZE";
	h->rcpt = "250 ok";
	h->end = "250 taken";
	if (listener_open(h->p->net, &spec, &h->listener, &note) != GW_OK)
		fail_msg("%s", note.text);
	return h->p;
}

static void hop_free(struct hop *h)
{
	place_hang_up(h->p);
	listener_close(&h->listener);
	place_free(&h->p);
	buf_fini(&h->heard);
}

static void starts(const char *got, const char *want)
{
	if (strncmp(got, want, strlen(want)) != 0)
		fail_msg("got \"%s\", wanted \"%s...\"", got, want);
}

static void the_next_hop_gets_it_whole(void **state)
{
	static const char *const kinds[] = { "lmtp", "smtp" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hop h = { .mails = 0 };
		struct place *p = with_hop(&h, kinds[i]);
		const char *heard;

		starts(place_mail(p, "ann@x.org", HEAD "\r\nX: y\r\n\r\n..dot"),
		       "250 ");
		buf_add_char(&h.heard, '\0');
		heard = (const char *)h.heard.data;
		starts(heard, i == 0 ? "LHLO mx.x.org\r\n" : "EHLO mx.x.org");
		assert_non_null(strstr(heard, "MAIL FROM:<joe@example.net> "
					      "BODY=8BITMIME\r\n"
					      "RCPT TO:<ann@x.org>\r\nDATA"));
		assert_non_null(strstr(heard, "\nReceived: from "));
		assert_non_null(strstr(heard, "\r\n\r\n..dot\r\n"));
		assert_non_null(strstr(heard, "Hello.\r\n.\r\nQUIT\r\n"));
		assert_int_equal(h.mails, 1);
		hop_free(&h);
	}
}

static void what_it_answers_is_what_we_answer(void **state)
{
	struct hop h = { .mails = 0 };
	struct place *p = with_hop(&h, "lmtp");

	(void)state;
	h.rcpt = "452 4.2.2 over quota";
	starts(place_mail(p, "ann@x.org", HEAD), "452 4.3.1");
	h.rcpt = "550 5.1.1 who?";
	starts(place_mail(p, "ann@x.org", HEAD), "554 5.2.0");
	h.rcpt = "250 ok";
	h.end = "451 4.0.0 later";
	starts(place_mail(p, "ann@x.org", HEAD), "452 4.3.1");
	h.end = NULL; /* dies after the dot: not known, so not promised */
	starts(place_mail(p, "ann@x.org", HEAD), "452 4.3.1");
	h.end = "250 ok";
	h.banner = "554 closed today"; /* the hop, not the recipient */
	starts(place_mail(p, "ann@x.org", HEAD), "452 4.3.1");
	h.banner = "220 hop";
	assert_int_equal(place_spooled(p), 0);
	starts(place_mail(p, "ann@x.org", HEAD), "250 ");
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail"), 1);
	hop_free(&h);
}

static void a_silent_hop_is_given_up(void **state)
{
	struct hop h = { .mails = 0 };
	struct place *p = with_hop(&h, "lmtp");

	(void)state;
	h.hello = NULL;
	assert_string_equal(place_mail(p, "ann@x.org", HEAD), "");
	place_pass(p, 2 * WHEN_MINUTE);
	starts(place_say(p, ""), "452 4.3.1");
	hop_free(&h);
}

static void a_hop_that_is_down_defers(void **state)
{
	struct hop h = { .mails = 0 };
	struct place *p = with_hop(&h, "lmtp");

	(void)state;
	listener_close(&h.listener);
	starts(place_mail(p, "ann@x.org", HEAD), "452 4.3.1");
	hop_free(&h);
}

static void a_mailbox_that_refuses_lets_the_next_have_it(void **state)
{
	struct hop h = { .mails = 0 };
	struct place *p = with_hop(&h, "lmtp");

	(void)state;
	place_presence(p, "ann@x.org", PRES_ONLINE);
	place_presence(p, "bob@x.org", PRES_ONLINE);
	h.refuse = "<ann@x.org>";
	starts(place_mail(p, "duty@x.org", HEAD), "250 ");
	buf_add_char(&h.heard, '\0');
	assert_non_null(strstr((const char *)h.heard.data, "chosen=bob@x.org"));
	assert_int_equal(h.mails, 1);
	assert_int_equal(place_number(p, "SELECT COUNT(*) FROM mail WHERE "
					 "chosen = 'bob@x.org'"),
			 1);
	hop_free(&h);
}

static void one_who_refuses_does_not_spoil_it_for_all(void **state)
{
	struct hop h = { .mails = 0 };
	struct place *p = with_hop(&h, "lmtp");

	(void)state;
	h.refuse = "<bob@x.org>";
	starts(place_mail(p, "both@x.org", HEAD), "250 ");
	assert_int_equal(h.mails, 1);
	assert_int_equal(place_number(p, "SELECT state FROM mail"),
			 MAIL_DELIVERED);
	hop_free(&h);
}

static void a_promise_is_kept_when_the_hop_was_down(void **state)
{
	struct hop h = { .mails = 0 };
	struct place *p = with_hop(&h, "lmtp");

	(void)state;
	h.rcpt = "451 later";
	/* Held and released into a hop that is down: queued, then there. */
	starts(place_mail(p, "late@x.org", HEAD), "250 ");
	place_pass(p, 6 * WHEN_MINUTE);
	assert_int_equal(place_number(p, "SELECT state FROM mail"),
			 MAIL_QUEUED);
	assert_int_equal(place_spooled(p), 1);
	place_hang_up(p);
	h.rcpt = "250 ok";
	place_pass(p, WHEN_HOUR);
	assert_int_equal(place_number(p, "SELECT state FROM mail"),
			 MAIL_DELIVERED);
	assert_int_equal(h.mails, 2);
	assert_int_equal(place_spooled(p), 0);
	hop_free(&h);
}

static void a_promise_nobody_takes_is_a_case(void **state)
{
	struct hop h = { .mails = 0 };
	struct place *p = with_hop(&h, "lmtp");

	(void)state;
	h.rcpt = "550 no";
	starts(place_mail(p, "late@x.org", HEAD), "250 ");
	place_pass(p, 6 * WHEN_MINUTE);
	assert_int_equal(place_number(p, "SELECT state FROM mail"),
			 MAIL_FAILED);
	assert_non_null(case_next(p->cases, 0));
	assert_int_equal(place_spooled(p), 1);
	hop_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_hop_gets_it_whole),
		cmocka_unit_test(what_it_answers_is_what_we_answer),
		cmocka_unit_test(a_silent_hop_is_given_up),
		cmocka_unit_test(a_hop_that_is_down_defers),
		cmocka_unit_test(a_mailbox_that_refuses_lets_the_next_have_it),
		cmocka_unit_test(one_who_refuses_does_not_spoil_it_for_all),
		cmocka_unit_test(a_promise_is_kept_when_the_hop_was_down),
		cmocka_unit_test(a_promise_nobody_takes_is_a_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
