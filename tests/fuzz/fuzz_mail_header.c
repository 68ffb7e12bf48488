/* SPDX-License-Identifier: MIT */
/* fuzz_mail_header.c - whatever a header holds, what is shown is fit for it */
#include <stdlib.h>

#include "mta/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *s)
{
	if (!str_utf8_valid(str_of(s)))
		abort();
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str head = str_make((const char *)data, size);
	struct mta_header h;

	mta_header_read(head, a, &h);
	check(h.subject);
	check(h.from);
	check(h.message_id);
	check(h.in_reply_to);
	(void)mta_header_has(head, "X-Muster-Loop", STR("a@b"));
	(void)mta_header_encode(a, head);
	arena_free(&a);
	return 0;
}
