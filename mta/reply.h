/* SPDX-License-Identifier: MIT */
/* reply.h - what SMTP says of an outcome: the one place that maps errors */
#ifndef GW_MTA_REPLY_H
#define GW_MTA_REPLY_H

#include "gateway/base/err.h"

/* "452 4.3.1 ..." of an error at a recipient or after the data. */
const char *mta_reply(enum gw_err e);

#endif
