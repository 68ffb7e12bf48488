/* SPDX-License-Identifier: MIT */
/* words.h - what the card of an incident says; pure */
#ifndef GW_ALERTS_RULE_WORDS_H
#define GW_ALERTS_RULE_WORDS_H

#include "alerts/labels.h"
#include "gateway/base/buf.h"

struct alerts_words {
	struct alerts_labels labels, annotations;
	struct str generator;
};

/* "DiskFull - disk 97 % on /var (db1)": one line, at most 200 bytes. */
void alerts_words_subject(const struct alerts_words *w, struct buf *out);
/* "Do: ..." and the description; lines end with \n, at most some 3 KiB. */
void alerts_words_detail(const struct alerts_words *w, struct buf *out);
/* "DiskFull (db1)" */
void alerts_words_short(const struct alerts_words *w, struct buf *out);

#endif
