/* SPDX-License-Identifier: MIT */
/* dns_events.h - our loop as libunbound sees it
 */
#ifndef GW_NET_DNS_EVENTS_H
#define GW_NET_DNS_EVENTS_H

#include "gateway/run/loop.h"

struct dns_events;
struct ub_event_base;

struct dns_events *dns_events_new(struct loop *l);
struct ub_event_base *dns_events_base(struct dns_events *e);
/* After the context that uses it. */
void dns_events_free(struct dns_events **e);

#endif
