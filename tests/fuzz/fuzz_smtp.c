/* SPDX-License-Identifier: MIT */
/* fuzz_smtp.c - lines, commands and data as they may come from anywhere
 *
 * The same bytes whole and byte by byte must give the same mail.
 */
#include <stdlib.h>

#include "mta/in/smtp_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void commands(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	struct mta_smtp_command c;
	struct str line, name, value;
	size_t eaten = 0;

	while (n > 0 && mta_smtp_line(p, n, &line, &eaten) == GW_OK) {
		if (mta_smtp_parse(line, &c) == GW_OK &&
		    c.verb == MTA_SMTP_XFORWARD)
			while (mta_smtp_xforward(&c.arg, a, &name, &value))
				;
		p += eaten;
		n -= eaten;
	}
	arena_free(&a);
}

static void mail(const uint8_t *p, size_t n)
{
	struct mta_smtp_data whole = { .state = 0 }, pieces = { .state = 0 };
	struct buf a = { .data = NULL }, b = { .data = NULL };
	size_t eaten = mta_smtp_data(&whole, p, n, &a);
	size_t i = 0;

	while (i < n && !pieces.done)
		i += mta_smtp_data(&pieces, p + i, 1, &b);
	if (i != eaten || whole.done != pieces.done ||
	    whole.broken != pieces.broken || a.len != b.len ||
	    (a.len > 0 && memcmp(a.data, b.data, a.len) != 0))
		abort();
	buf_fini(&a);
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	commands(data, size);
	mail(data, size);
	return 0;
}
