/* SPDX-License-Identifier: MIT */
/* conf.h - `alerts:` of muster.yaml as structs; the rows are in conf.c */
#ifndef GW_ALERTS_CONF_H
#define GW_ALERTS_CONF_H

#include "gateway/config/conf.h"

/* The source of what musterd itself has to say; no other may be called so. */
#define ALERTS_OWN "musterd"

struct alerts_conf_source { /* one entry of `sources:` */
	int kind;
	const char *token_file;
	int64_t expire; /* ms */
};

struct alerts_conf_matchers { /* texts in Alertmanager's syntax */
	size_t count;
	const char *const *items;
};

struct alerts_conf_span {
	int64_t ms; /* -1: not given */
};

struct alerts_conf_route {
	const char *receiver;
	struct conf_texts group_by;
	bool go_on; /* continue */
	struct alerts_conf_matchers matchers;
	struct alerts_conf_matchers match, match_re; /* name, value, ... */
	struct alerts_conf_span group_wait, group_interval, repeat_interval;
	struct conf_seq routes; /* of struct alerts_conf_route */
};

struct alerts_conf_receiver {
	const char *name;
	const char *room, *pool, *ladder; /* "" none */
};

struct alerts_conf_certificates {
	int64_t warning, error, critical; /* before their end */
};

struct alerts_conf { /* `alerts:` */
	struct conf_map sources;
	struct alerts_conf_route route;
	struct conf_seq receivers;
	struct alerts_conf_certificates certificates;
	int64_t resolve_timeout;
	int64_t max_alerts;
};

#endif
