/* SPDX-License-Identifier: MIT */
/* verb.c - the few words persons say to Muster */
#include "gateway/desk/verb.h"

#include "gateway/base/when.h"

#define LINE_MAX_BYTES 4096

const char verb_help[] =
	"take N - it is yours until you release it or it is done\n"
	"ack N [30m] - it is yours for a while\n"
	"release N - give it back\n"
	"give N WHOM - offer it to somebody else, who takes it\n"
	"decline N - you will not\n"
	"done N [why] - close it\n"
	"note N TEXT - write into its timeline\n"
	"show N - its card; list - what is open; who [POOL] - who is there\n"
	"One-to-one the number may be left out: the last case you were told "
	"of.";

enum tail { TAIL_NONE, TAIL_SPAN, TAIL_WHOM, TAIL_TEXT, TAIL_TEXT_NEEDED };

static const struct {
	const char *name;
	enum verb_word word;
	enum case_verb verb;
	enum tail tail;
	const char *use;
} verbs[] = {
	{ "take", WORD_ORDER, VERB_TAKE, TAIL_NONE, "take 17" },
	{ "ack", WORD_ORDER, VERB_ACK, TAIL_SPAN, "ack 17, or ack 17 30m" },
	{ "release", WORD_ORDER, VERB_RELEASE, TAIL_NONE, "release 17" },
	{ "give", WORD_ORDER, VERB_GIVE, TAIL_WHOM, "give 17 bob" },
	{ "decline", WORD_ORDER, VERB_DECLINE, TAIL_NONE, "decline 17" },
	{ "done", WORD_ORDER, VERB_DONE, TAIL_TEXT, "done 17 [why]" },
	{ "note", WORD_ORDER, VERB_NOTE, TAIL_TEXT_NEEDED, "note 17 TEXT" },
	{ "show", WORD_SHOW, VERB_NOTE, TAIL_NONE, "show 17" },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static bool number_of(struct str s, uint64_t *out)
{
	int64_t v;

	if (s.n > 1 && s.p[0] == '#')
		s = str_make(s.p + 1, s.n - 1);
	if (s.n == 0 || s.n > 15 || s.p[0] < '0' || s.p[0] > '9')
		return false;
	if (str_int(s, 1, INT64_MAX, &v) != GW_OK)
		return false;
	*out = (uint64_t)v;
	return true;
}

static enum gw_err misused(struct err_note *note, const char *use)
{
	return err_say(note, GW_BAD_INPUT, "say it like this: %s", use);
}

static enum gw_err read_tail(enum tail tail, struct str rest,
			     struct verb_line *out)
{
	switch (tail) {
	case TAIL_NONE:
		return rest.n == 0 ? GW_OK : GW_BAD_INPUT;
	case TAIL_SPAN:
		if (rest.n == 0)
			return GW_OK;
		if (when_parse_span(rest, &out->span) != GW_OK ||
		    out->span == 0)
			return GW_BAD_INPUT;
		return GW_OK;
	case TAIL_WHOM:
		out->other = rest;
		return rest.n > 0 && str_find(rest, ' ') == rest.n
			       ? GW_OK
			       : GW_BAD_INPUT;
	case TAIL_TEXT:
		out->text = rest;
		return GW_OK;
	case TAIL_TEXT_NEEDED:
		out->text = rest;
		return rest.n > 0 ? GW_OK : GW_BAD_INPUT;
	}
	__builtin_unreachable();
}

static enum gw_err parse_order(size_t i, struct str rest, struct verb_line *out,
			       struct err_note *note)
{
	struct str ahead = rest;
	struct str first = STR_NONE;
	bool numbered =
		str_word(&ahead, &first) && number_of(first, &out->number);

	out->word = verbs[i].word;
	out->verb = verbs[i].verb;
	if (numbered)
		rest = str_trim(ahead);
	else if (rest.n > 0 && verbs[i].tail != TAIL_SPAN)
		return GW_NOT_FOUND; /* "take a look", "done with it" */
	if (read_tail(verbs[i].tail, rest, out) == GW_OK)
		return GW_OK;
	return numbered ? misused(note, verbs[i].use) : GW_NOT_FOUND;
}

static enum gw_err parse_question(struct str word, struct str rest,
				  struct verb_line *out)
{
	bool alone = rest.n == 0;

	if (str_iis(word, "help") && alone) {
		out->word = WORD_HELP;
		return GW_OK;
	}
	if (str_iis(word, "list") && alone) {
		out->word = WORD_LIST;
		return GW_OK;
	}
	if (str_iis(word, "who") && (alone || (str_find(rest, ' ') == rest.n &&
					       str_find(rest, '@') < rest.n))) {
		out->word = WORD_WHO;
		out->other = rest;
		return GW_OK;
	}
	return GW_NOT_FOUND;
}

enum gw_err verb_parse(struct str text, struct verb_line *out,
		       struct err_note *note)
{
	struct str rest = str_trim(text);
	struct str word;

	*out = (struct verb_line){ .other = STR(""), .text = STR("") };
	if (rest.n > LINE_MAX_BYTES || !str_word(&rest, &word))
		return GW_NOT_FOUND;
	rest = str_trim(rest);
	for (size_t i = 0; i < VERBS; i++)
		if (str_iis(word, verbs[i].name))
			return parse_order(i, rest, out, note);
	return parse_question(word, rest, out);
}

uint64_t verb_case_of_id(struct str id)
{
	struct str rest = id;
	struct str piece;
	uint64_t number = 0;

	if (!str_split(&rest, '-', &piece) || !str_is(piece, "case") ||
	    !str_split(&rest, '-', &piece) || !number_of(piece, &number))
		return 0;
	return number;
}
