/* SPDX-License-Identifier: MIT */
/* settle.h - a mail that is on disk: decided, delivered, answered */
#ifndef GW_MTA_SETTLE_H
#define GW_MTA_SETTLE_H

#include "mta/in/intake.h"

void mta_settle_begin(struct mta_tx *tx);
/* All recipients get this answer. */
void mta_settle_refuse(struct mta_tx *tx, enum gw_err e);
/* Answers and frees; of intake.c. */
void mta_tx_end(struct mta_tx *tx);

#endif
