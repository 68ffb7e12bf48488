/* SPDX-License-Identifier: MIT */
/* ask_policy.c - Postfix policy delegation: name=value lines */
#include "mta/in/ask_parse.h"

#define ATTRIBUTES_MAX 200

static enum gw_err take(struct mta_policy *out, struct str line)
{
	struct str name;
	struct {
		const char *name;
		struct str *to;
	} const known[] = {
		{ "request", &out->request },
		{ "protocol_state", &out->state },
		{ "recipient", &out->recipient },
		{ "client_address", &out->client },
		{ "sasl_username", &out->sasl },
	};

	if (!str_split(&line, '=', &name) || line.p == NULL || name.n == 0)
		return GW_BAD_INPUT;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_is(name, known[i].name))
			*known[i].to = line;
	return GW_OK;
}

enum gw_err mta_ask_policy(const uint8_t *p, size_t n, struct mta_policy *out,
			   size_t *eaten)
{
	size_t from = 0;
	unsigned count = 0;

	*out = (struct mta_policy){ .request = STR("") };
	while (from < n) {
		const uint8_t *end = memchr(p + from, '\n', n - from);
		struct str line;
		enum gw_err e;

		if (end == NULL)
			break;
		line = str_make((const char *)p + from,
				(size_t)(end - p) - from);
		from += line.n + 1;
		*eaten = from;
		if (line.n == 0)
			return count > 0 ? GW_OK : GW_BAD_INPUT;
		if (++count > ATTRIBUTES_MAX ||
		    memchr(line.p, '\0', line.n) != NULL)
			return GW_BAD_INPUT;
		e = take(out, line);
		if (e != GW_OK)
			return e;
	}
	return n >= MTA_POLICY_MAX ? GW_LIMIT : GW_AGAIN;
}
