/* SPDX-License-Identifier: MIT */
/* fuzz_ask_socketmap.c - netstrings with questions in them */
#include <stdlib.h>

#include "mta/in/ask_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str map, key;
	size_t eaten = 0;

	while (size > 0 &&
	       mta_ask_socketmap(data, size, &map, &key, &eaten) == GW_OK) {
		if (eaten == 0 || eaten > size || map.n + key.n >= eaten)
			abort();
		data += eaten;
		size -= eaten;
	}
	return 0;
}
