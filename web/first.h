/* SPDX-License-Identifier: MIT */
/* first.h - for whom, when the control socket does not say: the first
 * administrator
 */
#ifndef GW_WEB_FIRST_H
#define GW_WEB_FIRST_H

#include "web/web_private.h"

/* "" when there is none; e: the directory did not answer. */
typedef void web_first_fn(struct web_req *q, enum gw_err e, struct str address);
void web_first_admin(struct web_req *q, web_first_fn *done);

#endif
