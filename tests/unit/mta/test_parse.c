/* SPDX-License-Identifier: MIT */
/* test_parse.c - the parsers of lines, commands, data, headers, questions */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <stdio.h>

#include "gateway/engine/presence.h"
#include "mta/header.h"
#include "mta/in/ask_parse.h"
#include "mta/in/smtp_parse.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static void only_crlf_ends_a_line(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum gw_err want;
	} rows[] = {
		{ "NOOP\r\n", 6, GW_OK },
		{ "NOOP\r", 5, GW_AGAIN },
		{ "NOOP", 4, GW_AGAIN },
		{ "\r\n", 2, GW_OK },
		{ "NOOP\n", 5, GW_BAD_INPUT },
		{ "NO\rOP\r\n", 7, GW_BAD_INPUT },
		{ "NO\0P\r\n", 6, GW_BAD_INPUT },
	};
	static uint8_t longer[MTA_SMTP_LINE_MAX + 2];
	struct str line;
	size_t eaten;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(mta_smtp_line((const uint8_t *)rows[i].bytes,
					       rows[i].n, &line, &eaten),
				 rows[i].want);
	memset(longer, 'a', sizeof(longer));
	assert_int_equal(mta_smtp_line(longer, sizeof(longer), &line, &eaten),
			 GW_LIMIT);
}

static void commands_are_read_strictly(void **state)
{
	static const struct {
		const char *line;
		enum gw_err want;
		enum mta_smtp_verb verb;
		const char *local, *domain;
	} rows[] = {
		{ "MAIL FROM:<a@b.c>", GW_OK, MTA_SMTP_MAIL, "a", "b.c" },
		{ "mail from: <a@b>", GW_OK, MTA_SMTP_MAIL, "a", "b" },
		{ "MAIL FROM:<>", GW_OK, MTA_SMTP_MAIL, "", "" },
		{ "MAIL FROM:<a@b> SIZE=10 BODY=8BITMIME SMTPUTF8", GW_OK,
		  MTA_SMTP_MAIL, "a", "b" },
		{ "MAIL FROM:<a@b> SIZE=-1", GW_BAD_INPUT, 0, NULL, NULL },
		{ "MAIL FROM:<a@b> SIZE=x", GW_BAD_INPUT, 0, NULL, NULL },
		{ "MAIL FROM:<a@b> RET=FULL", GW_NOT_FOUND, 0, NULL, NULL },
		{ "MAIL FROM:<a@b>SIZE=1", GW_BAD_INPUT, 0, NULL, NULL },
		{ "MAIL FROM:a@b", GW_BAD_INPUT, 0, NULL, NULL },
		{ "MAIL FROM:<a@b", GW_BAD_INPUT, 0, NULL, NULL },
		{ "MAIL TO:<a@b>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<a>", GW_OK, MTA_SMTP_RCPT, "a", "" },
		{ "RCPT TO:<\"a b\"@c>", GW_OK, MTA_SMTP_RCPT, "\"a b\"", "c" },
		{ "RCPT TO:<\"a\\\"@b>\"@c>", GW_OK, MTA_SMTP_RCPT,
		  "\"a\\\"@b>\"", "c" },
		{ "RCPT TO:<\"a@c>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<a@b@c>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<.a@b>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<a.@b>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<a..b@c>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<a@.b>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<a@b.>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<a@[1.2.3.4]>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<@x,@y:a@b>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<gr\xc3\xbc\xc3\x9f@b>", GW_OK, MTA_SMTP_RCPT,
		  "gr\xc3\xbc\xc3\x9f", "b" },
		{ "RCPT TO:<a\xff@b>", GW_BAD_INPUT, 0, NULL, NULL },
		{ "RCPT TO:<a@b> NOTIFY=NEVER", GW_NOT_FOUND, 0, NULL, NULL },
		{ "EHLO", GW_BAD_INPUT, 0, NULL, NULL },
		{ "EHLO [127.0.0.1]", GW_OK, MTA_SMTP_EHLO, NULL, NULL },
		{ "DATA x", GW_BAD_INPUT, 0, NULL, NULL },
		{ "", GW_OK, MTA_SMTP_UNKNOWN, NULL, NULL },
		{ "GET / HTTP/1.1", GW_OK, MTA_SMTP_UNKNOWN, NULL, NULL },
	};
	struct mta_smtp_command c;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum gw_err e = mta_smtp_parse(str_of(rows[i].line), &c);

		if (e != rows[i].want)
			fail_msg("%s: %s", rows[i].line, err_name(e));
		if (e != GW_OK)
			continue;
		assert_int_equal(c.verb, rows[i].verb);
		if (rows[i].local == NULL)
			continue;
		assert_true(c.local.n == 0 ? *rows[i].local == '\0'
					   : str_is(c.local, rows[i].local));
		assert_true(c.domain.n == 0 ? *rows[i].domain == '\0'
					    : str_is(c.domain, rows[i].domain));
	}
}

static const struct {
	const char *in;
	const char *out; /* up to the end of the data */
	bool done, broken;
	size_t rest;
} data_rows[] = {
	{ "a\r\n.\r\n", "a\r\n", true, false, 0 },
	{ ".\r\n", "", true, false, 0 },
	{ "a\r\n.\r\nQUIT\r\n", "a\r\n", true, false, 6 },
	{ "..a\r\n.\r\n", ".a\r\n", true, false, 0 },
	{ "...\r\n.\r\n", "..\r\n", true, false, 0 },
	{ "a\r\n.b\r\n.\r\n", "a\r\nb\r\n", true, false, 0 },
	{ "a.\r\n.\r\n", "a.\r\n", true, false, 0 },
	{ "a\r\n", "a\r\n", false, false, 0 },
	{ "a\n.\r\n", NULL, false, true, 0 },
	{ "a\n.\n", NULL, false, true, 0 },
	{ "a\r\n.\n", NULL, false, true, 0 },
	{ "a\r\n.\rb\r\n.\r\n", NULL, true, true, 0 },
	{ "a\r.\r\n", NULL, false, true, 0 },
	{ "\r\r\n.\r\n", NULL, true, true, 0 },
};

/* Wherever the network cuts it, the same comes out. */
static void data_ends_with_crlf_dot_crlf_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(data_rows); i++) {
		const uint8_t *in = (const uint8_t *)data_rows[i].in;
		size_t n = strlen(data_rows[i].in);

		for (size_t cut = 0; cut <= n; cut++) {
			struct mta_smtp_data d = { .state = 0 };
			struct buf out = { .data = NULL };
			size_t eaten = mta_smtp_data(&d, in, cut, &out);

			eaten += mta_smtp_data(&d, in + eaten, n - eaten, &out);
			if (d.done != data_rows[i].done ||
			    d.broken != data_rows[i].broken)
				fail_msg("row %zu cut %zu", i, cut);
			if (d.done)
				assert_int_equal(n - eaten, data_rows[i].rest);
			if (data_rows[i].out != NULL && *data_rows[i].out)
				assert_string_equal(out.data, data_rows[i].out);
			buf_fini(&out);
		}
	}
}

static void a_zero_byte_breaks_data(void **state)
{
	struct mta_smtp_data d = { .state = 0 };
	struct buf out = { .data = NULL };

	(void)state;
	(void)mta_smtp_data(&d, BYTES("a\0b\r\n.\r\n"), &out);
	assert_true(d.done && d.broken);
	buf_fini(&out);
}

static void headers_are_made_fit_to_be_shown(void **state)
{
	static const struct {
		const char *head, *subject;
	} rows[] = {
		{ "Subject: plain\r\n\r\nSubject: body\r\n", "plain" },
		{ "subject:no blank\r\n", "no blank" },
		{ "Subject: folded\r\n\tline\r\n", "folded   line" },
		{ "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n", "Gr\xc3\xbc\xc3\x9f"
							   "e" },
		{ "Subject: =?ISO-8859-1?Q?Gr=FC=DFe_an?=\r\n",
		  "Gr\xc3\xbc\xc3\x9f"
		  "e an" },
		{ "Subject: =?utf-8?Q?a?= =?utf-8?Q?b?=\r\n", "ab" },
		{ "Subject: =?utf-8?B?!!!?= x\r\n", "=?utf-8?B?!!!?= x" },
		{ "Subject: =?utf-8?Q?a=0D=0ABcc:_x?=\r\n", "a  Bcc: x" },
		{ "Subject: a\xff"
		  "b\x01"
		  "c\xe2\x80\xae"
		  "d\r\n",
		  "a?b cd" },
		{ "no colon here\r\nSubject: after\r\n", "after" },
		{ "Subject:\r\n", "" },
		{ "\r\nSubject: body\r\n", "" },
	};
	struct arena *a = arena_new();
	struct mta_header h;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		mta_header_read(str_of(rows[i].head), a, &h);
		assert_string_equal(h.subject, rows[i].subject);
	}
	mta_header_read(STR("Message-ID: <a@b>\r\nMessage-ID: <c@d>\r\n"), a,
			&h);
	assert_string_equal(h.message_id, "<a@b>");
	mta_header_read(STR("Message-ID: <a b>\r\n"), a, &h);
	assert_string_equal(h.message_id, "");
	arena_free(&a);
}

static void precedence_is_asked_for_in_many_ways(void **state)
{
	static const struct {
		const char *head;
		int want;
	} rows[] = {
		{ "Subject: x\r\n", -1 },
		{ "MT-Priority: -4\r\n", SEV_INFO },
		{ "MT-Priority: 0\r\n", SEV_WARNING },
		{ "MT-Priority: 2\r\n", SEV_ERROR },
		{ "MT-Priority: 4\r\n", SEV_CRITICAL },
		{ "MT-Priority: 6\r\n", SEV_DISASTER },
		{ "MT-Priority: 60\r\n", -1 },
		{ "MT-Priority: 2\r\nImportance: high\r\n", SEV_ERROR },
		{ "MMHS-Primary-Precedence: 4\r\n", SEV_CRITICAL },
		{ "MMHS-Primary-Precedence: 0\r\n", SEV_INFO },
		{ "MMHS-Copy-Precedence: 2\r\n", SEV_WARNING },
		{ "Importance: High\r\n", SEV_WARNING },
		{ "X-Priority: 1 (Highest)\r\n", SEV_WARNING },
		{ "X-Priority: 3\r\n", SEV_INFO },
	};
	struct arena *a = arena_new();
	struct mta_header h;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		mta_header_read(str_of(rows[i].head), a, &h);
		if (h.precedence != rows[i].want)
			fail_msg("%s: %d", rows[i].head, h.precedence);
	}
	arena_free(&a);
}

static void policy_requests_come_in_pieces(void **state)
{
	static const char text[] = "request=smtpd_access_policy\n"
				   "recipient=a=b@c\nrecipient=duty@x.org\n"
				   "odd=%41\nsasl_username=ann\n\nrequest=x\n";
	struct mta_policy q;
	size_t eaten = 0, all = sizeof(text) - 1 - strlen("request=x\n");

	(void)state;
	for (size_t n = 0; n < all; n++)
		assert_int_equal(
			mta_ask_policy((const uint8_t *)text, n, &q, &eaten),
			GW_AGAIN);
	assert_int_equal(mta_ask_policy(BYTES(text), &q, &eaten), GW_OK);
	assert_int_equal(eaten, all);
	assert_true(str_is(q.recipient, "duty@x.org"));
	assert_true(str_is(q.sasl, "ann"));
	assert_int_equal(mta_ask_policy(BYTES("\n"), &q, &eaten), GW_BAD_INPUT);
	assert_int_equal(mta_ask_policy(BYTES("noequals\n\n"), &q, &eaten),
			 GW_BAD_INPUT);
	assert_int_equal(mta_ask_policy(BYTES("a=\0\n\n"), &q, &eaten),
			 GW_BAD_INPUT);
}

static void socketmap_requests_are_netstrings(void **state)
{
	static const struct {
		const char *text;
		enum gw_err want;
	} rows[] = {
		{ "15:pool duty@x.org,", GW_OK },
		{ "15:pool duty@x.org", GW_AGAIN },
		{ "14:pool duty@x.org,", GW_BAD_INPUT },
		{ "4:pool,", GW_BAD_INPUT },
		{ "2: x,", GW_BAD_INPUT },
		{ "123456789:x,", GW_LIMIT },
		{ "99999:x,", GW_LIMIT },
		{ "015:pool duty@x.org,", GW_LIMIT },
		{ ":x,", GW_BAD_INPUT },
		{ "-1:x,", GW_BAD_INPUT },
		{ "", GW_AGAIN },
	};
	struct str map, key;
	size_t eaten;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum gw_err e = mta_ask_socketmap((const uint8_t *)rows[i].text,
						  strlen(rows[i].text), &map,
						  &key, &eaten);

		if (e != rows[i].want)
			fail_msg("%s: %s", rows[i].text, err_name(e));
	}
	for (size_t n = 0; n < 19; n++)
		assert_int_equal(
			mta_ask_socketmap((const uint8_t *)rows[0].text,
					  n < 18 ? n : 17, &map, &key, &eaten),
			GW_AGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_crlf_ends_a_line),
		cmocka_unit_test(commands_are_read_strictly),
		cmocka_unit_test(data_ends_with_crlf_dot_crlf_alone),
		cmocka_unit_test(a_zero_byte_breaks_data),
		cmocka_unit_test(headers_are_made_fit_to_be_shown),
		cmocka_unit_test(precedence_is_asked_for_in_many_ways),
		cmocka_unit_test(policy_requests_come_in_pieces),
		cmocka_unit_test(socketmap_requests_are_netstrings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
