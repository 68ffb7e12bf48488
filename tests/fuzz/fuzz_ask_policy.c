/* SPDX-License-Identifier: MIT */
/* fuzz_ask_policy.c - requests of policy delegation */
#include <stdlib.h>

#include "mta/in/ask_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mta_policy q;
	size_t eaten = 0;

	while (size > 0 && mta_ask_policy(data, size, &q, &eaten) == GW_OK) {
		if (eaten == 0 || eaten > size)
			abort();
		data += eaten;
		size -= eaten;
	}
	return 0;
}
