/* SPDX-License-Identifier: MIT */
/* words.c - enums of cases as the words of the API, and back */
#include "web/words.h"

const char *web_words_kind(enum case_kind k)
{
	switch (k) {
	case CASE_MAIL:
		return "mail";
	case CASE_ALERT:
		return "alert";
	case CASE_FAULT:
		return "fault";
	}
	__builtin_unreachable();
}

const char *web_words_state(enum case_state s)
{
	switch (s) {
	case CASE_OPEN:
		return "open";
	case CASE_CLAIMED:
		return "claimed";
	case CASE_CLOSED:
		return "closed";
	}
	__builtin_unreachable();
}

bool web_words_verb(struct str word, enum case_verb *out)
{
	static const struct {
		const char *word;
		enum case_verb verb;
	} verbs[] = {
		{ "take", VERB_TAKE },	     { "ack", VERB_ACK },
		{ "release", VERB_RELEASE }, { "give", VERB_GIVE },
		{ "done", VERB_DONE },	     { "note", VERB_NOTE },
		{ "decline", VERB_DECLINE },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (str_is(word, verbs[i].word)) {
			*out = verbs[i].verb;
			return true;
		}
	}
	return false;
}
