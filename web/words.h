/* SPDX-License-Identifier: MIT */
/* words.h - enums of cases as the words of the API, and back */
#ifndef GW_WEB_WORDS_H
#define GW_WEB_WORDS_H

#include <stdbool.h>

#include "gateway/base/str.h"
#include "gateway/case/case.h"

const char *web_words_kind(enum case_kind k);	/* "mail" */
const char *web_words_state(enum case_state s); /* "claimed" */
bool web_words_verb(struct str word, enum case_verb *out);

#endif
