/* SPDX-License-Identifier: MIT */
/* words.c - what the card of an incident says
 *
 * Texts come from outside: control characters become blanks, what is long is
 * cut between characters.
 */
#include "alerts/rule/words.h"

#define SUBJECT_MAX 200
#define LINE_MAX    400
#define TEXT_MAX    1500

static const char *const summaries[] = { "summary", "title", "message",
					 "description", NULL };
static const char *const places[] = { "instance", "host",    "hostname", "node",
				      "device",	  "service", "job",	 NULL };
static const char *const actions[] = { "operator_action", "action", NULL };
static const char *const runbooks[] = { "runbook_url", "runbook", NULL };

static struct str first_of(const struct alerts_labels *l,
			   const char *const *names)
{
	struct str s = STR("");

	for (; *names != NULL && s.n == 0; names++)
		s = str_trim(alerts_labels_get(l, *names));
	return s;
}

/* lines: newlines stay. */
static void add_clean(struct buf *out, struct str s, size_t most, bool lines)
{
	size_t n = s.n > most ? most : s.n;

	while (n < s.n && n > 0 && ((uint8_t)s.p[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		bool control = c < 0x20 || c == 0x7f;

		if (control && !(lines && c == '\n'))
			buf_add_char(out, ' ');
		else
			buf_add_char(out, s.p[i]);
	}
	if (n < s.n)
		buf_add_lit(out, "...");
}

static struct str first_line(struct str s)
{
	return str_make(s.p, str_find(s, '\n'));
}

static struct str name_of(const struct alerts_words *w)
{
	struct str name = alerts_labels_get(&w->labels, "alertname");

	return name.n > 0 ? name : STR("alert");
}

void alerts_words_subject(const struct alerts_words *w, struct buf *out)
{
	struct str summary = first_line(first_of(&w->annotations, summaries));
	struct str place = first_of(&w->labels, places);

	add_clean(out, name_of(w), SUBJECT_MAX / 4, false);
	if (summary.n > 0) {
		buf_add_lit(out, " - ");
		add_clean(out, summary, SUBJECT_MAX / 2, false);
	}
	if (place.n > 0) {
		buf_add_lit(out, " (");
		add_clean(out, place, SUBJECT_MAX / 5, false);
		buf_add_char(out, ')');
	}
}

void alerts_words_short(const struct alerts_words *w, struct buf *out)
{
	struct str place = first_of(&w->labels, places);

	add_clean(out, name_of(w), SUBJECT_MAX / 4, false);
	if (place.n > 0) {
		buf_add_lit(out, " (");
		add_clean(out, place, SUBJECT_MAX / 5, false);
		buf_add_char(out, ')');
	}
}

static void add_do(const struct alerts_words *w, struct buf *out)
{
	struct str action = first_of(&w->annotations, actions);
	struct str runbook = first_of(&w->annotations, runbooks);

	if (action.n == 0 && runbook.n == 0)
		return;
	buf_add_lit(out, "Do: ");
	add_clean(out, action, LINE_MAX, false);
	if (action.n > 0 && runbook.n > 0)
		buf_add_lit(out, "; ");
	if (runbook.n > 0) {
		buf_add_lit(out, "runbook ");
		add_clean(out, runbook, LINE_MAX, false);
	}
	buf_add_char(out, '\n');
}

void alerts_words_detail(const struct alerts_words *w, struct buf *out)
{
	struct str text = alerts_labels_get(&w->annotations, "description");

	add_do(w, out);
	if (text.n > 0) {
		add_clean(out, str_trim(text), TEXT_MAX, true);
		buf_add_char(out, '\n');
	}
	if (str_starts(w->generator, "http://") ||
	    str_starts(w->generator, "https://")) {
		buf_add_lit(out, "Source: ");
		add_clean(out, w->generator, LINE_MAX, false);
		buf_add_char(out, '\n');
	}
}
