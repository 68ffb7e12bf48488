/* SPDX-License-Identifier: MIT */
/* card.c - cards, lines and notices */
#include "gateway/desk/card.h"

#include "gateway/base/when.h"

#define SUBJECT_MAX 300
#define DETAIL_MAX  1500

/* Text from outside, on one line: controls become blanks, long text is cut at
 * a character. */
static void add_plain(struct buf *out, const char *text, size_t max)
{
	struct str s = str_of(text);
	bool cut = s.n > max;

	if (cut) {
		s.n = max;
		while (s.n > 0 && ((uint8_t)s.p[s.n] & 0xc0U) == 0x80U)
			s.n--;
	}
	for (size_t i = 0; i < s.n; i++)
		buf_add_char(out, (uint8_t)s.p[i] < ' ' || s.p[i] == 0x7f
					  ? ' '
					  : s.p[i]);
	if (cut)
		buf_add_lit(out, "...");
}

/* The same with its lines kept. */
static void add_lines(struct buf *out, const char *text)
{
	struct str rest = str_of(text);
	struct str line;
	size_t start = out->len;

	while (str_split(&rest, '\n', &line)) {
		char copy[DETAIL_MAX + 1];

		if (out->len - start > DETAIL_MAX)
			return;
		if (line.n > DETAIL_MAX)
			line.n = DETAIL_MAX;
		if (line.n == 0 || str_copy(copy, sizeof(copy), line) != GW_OK)
			continue;
		buf_add_char(out, '\n');
		add_plain(out, copy, DETAIL_MAX);
	}
}

static void add_clock(struct buf *out, int64_t wall)
{
	int64_t minute = wall / WHEN_MINUTE % (24 * 60);

	buf_printf(out, "%02d:%02d UTC", (int)(minute / 60),
		   (int)(minute % 60));
}

static const char *sign(const struct casefile *c)
{
	if (c->state == CASE_CLOSED)
		return "\u2705"; /* check mark */
	if (c->kind == CASE_MAIL)
		return "\u2709"; /* envelope */
	return c->severity >= SEV_CRITICAL ? "\U0001F534" : "\U0001F7E0";
}

static const char *word(const struct casefile *c)
{
	if (c->state == CASE_CLOSED)
		return "CLOSED";
	switch (c->kind) {
	case CASE_MAIL:
		return "UNREAD";
	case CASE_ALERT:
		return c->firing > 0 ? "FIRING" : "RESOLVED";
	case CASE_FAULT:
		return "FAULT";
	}
	__builtin_unreachable();
}

static void add_title(const struct casefile *c, struct buf *out)
{
	buf_printf(out, "%s #%llu %s %s  ", sign(c),
		   (unsigned long long)c->number, word(c),
		   presence_severity_name(c->severity));
	add_plain(out, c->subject, SUBJECT_MAX);
	if (c->kind == CASE_ALERT && c->alerts > 1)
		buf_printf(out, " (%u alerts, %u firing)", c->alerts,
			   c->firing);
}

static void add_choices(const struct casefile *c, struct buf *out)
{
	unsigned long long n = (unsigned long long)c->number;

	buf_printf(out, "take %llu | ack %llu | help", n, n);
}

static void add_holder(const struct casefile *c, struct buf *out)
{
	if (c->state == CASE_CLOSED) {
		buf_add_lit(out, "closed ");
		add_clock(out, c->closed_at);
		buf_add_lit(out, ": ");
		add_plain(out, c->closed_why, SUBJECT_MAX);
		if (*c->owner != '\0')
			buf_printf(out, " (%s had it)", c->owner);
		return;
	}
	if (c->state == CASE_OPEN) {
		buf_add_lit(out, "unclaimed - reply: ");
		add_choices(c, out);
		return;
	}
	buf_printf(out, "claimed by %s since ", c->owner);
	add_clock(out, c->claimed_at);
	if (c->until != 0) {
		buf_add_lit(out, ", until ");
		add_clock(out, c->until);
	}
	if (*c->offered_to != '\0')
		buf_printf(out, ", offered to %s", c->offered_to);
}

static void add_link(const struct casefile *c, const char *link_base,
		     struct buf *out)
{
	if (*link_base != '\0')
		buf_printf(out, "\n%s/c/%llu", link_base,
			   (unsigned long long)c->number);
}

void card_write(const struct casefile *c, const char *link_base,
		struct buf *out)
{
	add_title(c, out);
	add_lines(out, c->detail);
	add_link(c, link_base, out);
	buf_add_char(out, '\n');
	add_holder(c, out);
}

void card_line(const struct casefile *c, struct buf *out)
{
	add_title(c, out);
	buf_add_lit(out, " - ");
	add_holder(c, out);
}

static void add_short(const struct casefile *c, struct buf *out)
{
	buf_printf(out, "#%llu ", (unsigned long long)c->number);
	add_plain(out, c->subject, SUBJECT_MAX);
}

void card_room_line(const struct casefile *c, const struct act *act,
		    struct buf *out)
{
	switch (act->line) {
	case LINE_NONE:
		break;
	case LINE_ESCALATED:
		add_short(c, out);
		buf_add_lit(out, "\nnobody has it yet - who takes it? reply: ");
		add_choices(c, out);
		return;
	case LINE_NOBODY:
		add_short(c, out);
		buf_add_lit(out, "\nnobody is available; the first to come "
				 "online will be told");
		return;
	case LINE_CLAIMED:
		add_short(c, out);
		buf_printf(out, "\n%s has it", c->owner);
		return;
	case LINE_RELEASED:
		add_short(c, out);
		buf_printf(out, "\nopen again (%s) - reply: ", act->why);
		add_choices(c, out);
		return;
	case LINE_CLOSED:
		add_short(c, out);
		buf_add_lit(out, "\nclosed: ");
		add_plain(out, c->closed_why, SUBJECT_MAX);
		return;
	case LINE_WORSE:
		add_short(c, out);
		buf_printf(out, "\nnow %s",
			   presence_severity_name(c->severity));
		return;
	}
}

/* ---- what one person is told ---- */

static bool because(const struct act *act, const char *rule)
{
	return str_is(str_of(act->why), rule);
}

static void add_reason(const struct casefile *c, const struct act *act,
		       struct buf *out)
{
	const char *thing = c->kind == CASE_MAIL ? "This mail" : "This";

	if (because(act, "recipient"))
		buf_printf(out, "This mail to you has not been read yet.");
	else if (because(act, "arrival"))
		buf_printf(out,
			   "%s is waiting, and you are the first to come "
			   "online.",
			   thing);
	else if (because(act, "given"))
		buf_printf(out, "%s offers it to you.", c->owner);
	else if (because(act, "lead"))
		buf_printf(out, "Nobody has taken it; you are told as lead.");
	else if (because(act, "claim-expired"))
		buf_printf(out, "The time you acknowledged it for has run out: "
				"it is open again.");
	else if (because(act, "offer-declined"))
		buf_printf(out,
			   "%s has declined your offer: it is still "
			   "yours.",
			   act->other);
	else if (because(act, "offer-unanswered"))
		buf_printf(out,
			   "%s has not answered your offer: it is still "
			   "yours.",
			   act->other);
	else if (because(act, "named"))
		buf_printf(out, "%s is waiting, and you are named for it.",
			   thing);
	else if (because(act, "all-available"))
		buf_printf(out,
			   "%s is waiting; all who are available are "
			   "asked.",
			   thing);
	else
		buf_printf(out,
			   "%s is waiting, and you are the best "
			   "available.",
			   thing);
}

static void add_answers(const struct casefile *c, const struct act *act,
			struct buf *out)
{
	unsigned long long n = (unsigned long long)c->number;

	if (because(act, "offer-declined") || because(act, "offer-unanswered"))
		return;
	buf_printf(out, "\nReply: take %llu | ack %llu | decline %llu", n, n,
		   n);
	if (act->offer)
		buf_add_lit(out, "  (take brings you a copy of the mail)");
}

static void add_withdrawal(const struct casefile *c, const struct act *act,
			   struct buf *out)
{
	add_short(c, out);
	if (c->state == CASE_CLOSED) {
		buf_add_lit(out, "\nclosed: ");
		add_plain(out, c->closed_why, SUBJECT_MAX);
		buf_add_lit(out, act->kind == ACT_THANK
					 ? ". Thank you."
					 : ". Nothing to do for you.");
		return;
	}
	if (because(act, "accepted")) {
		buf_printf(out, "\n%s has accepted it from you.", c->owner);
		return;
	}
	buf_printf(out, "\n%s has it. Nothing to do for you.", c->owner);
}

void card_notice(const struct casefile *c, const struct act *act,
		 const char *link_base, struct buf *out)
{
	if (act->kind != ACT_TELL) {
		add_withdrawal(c, act, out);
		return;
	}
	add_title(c, out);
	add_lines(out, c->detail);
	add_link(c, link_base, out);
	buf_add_char(out, '\n');
	add_reason(c, act, out);
	add_answers(c, act, out);
}
