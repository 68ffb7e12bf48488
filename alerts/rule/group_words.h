/* SPDX-License-Identifier: MIT */
/* group_words.h - what the case of an incident is to say */
#ifndef GW_ALERTS_RULE_GROUP_WORDS_H
#define GW_ALERTS_RULE_GROUP_WORDS_H

#include "alerts/rule/group.h"

/* Of an incident that fires; texts live in a. */
void alerts_group_words(const struct alerts_group *g, struct arena *a,
			struct case_spec *out);

#endif
