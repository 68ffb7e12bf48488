/* SPDX-License-Identifier: MIT */
/* err.c - the nine words, spelt out */
#include "gateway/base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *err_name(enum gw_err e)
{
	switch (e) {
#define NAME_CASE(name, text)                                                  \
	case GW_##name:                                                        \
		return #name;
		GW_ERRORS(NAME_CASE)
#undef NAME_CASE
	}
	return "UNKNOWN";
}

const char *err_text(enum gw_err e)
{
	switch (e) {
#define TEXT_CASE(name, text)                                                  \
	case GW_##name:                                                        \
		return text;
		GW_ERRORS(TEXT_CASE)
#undef TEXT_CASE
	}
	return "unknown error";
}

/* A sentence that was cut must still be UTF-8: it goes into JSON and XML. */
static void drop_broken_tail(char *text, size_t len)
{
	size_t start = len;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0xc0)
		start--;
	else if (start == len)
		return;
	text[start] = '\0';
}

enum gw_err err_say(struct err_note *note, enum gw_err e, const char *fmt, ...)
{
	/* Not straight into the note: its old text may be an argument. */
	struct err_note fresh;
	va_list args;
	int n;

	if (note == NULL)
		return e;
	va_start(args, fmt);
	n = vsnprintf(fresh.text, sizeof(fresh.text), fmt, args);
	va_end(args);
	if (n < 0)
		fresh.text[0] = '\0';
	else if ((size_t)n >= sizeof(fresh.text))
		drop_broken_tail(fresh.text, sizeof(fresh.text) - 1);
	memcpy(note->text, fresh.text, strlen(fresh.text) + 1);
	return e;
}
