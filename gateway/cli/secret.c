/* SPDX-License-Identifier: MIT */
/* secret.c - asking without showing */
#include "gateway/cli/secret.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MAX 1024

static enum gw_err read_line(struct arena *a, struct str *out,
			     struct err_note *note)
{
	char line[SECRET_MAX + 2];
	size_t n = 0;
	int c;

	while ((c = getchar()) != EOF && c != '\n') {
		if (n > SECRET_MAX)
			return err_say(note, GW_LIMIT,
				       "a password has at most %d bytes",
				       SECRET_MAX);
		line[n++] = (char)c;
	}
	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n == 0)
		return err_say(note, GW_BAD_INPUT, "no password was given");
	*out = arena_str(a, str_make(line, n));
	explicit_bzero(line, sizeof(line));
	return GW_OK;
}

static enum gw_err ask(const char *prompt, struct arena *a, struct str *out,
		       struct err_note *note)
{
	struct termios shown, hidden;
	enum gw_err e;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return err_say(note, GW_UNAVAIL, "the terminal is not usable");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(stderr, "%s: ", prompt);
	fflush(stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	e = read_line(a, out, note);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	return e;
}

enum gw_err secret_read(const char *prompt, bool piped, struct arena *a,
			struct str *out, struct err_note *note)
{
	struct str again;
	enum gw_err e;

	if (piped || !isatty(STDIN_FILENO))
		return read_line(a, out, note);
	e = ask(prompt, a, out, note);
	if (e == GW_OK)
		e = ask("Once more", a, &again, note);
	if (e == GW_OK && !str_eq(*out, again))
		return err_say(note, GW_BAD_INPUT, "the two are not the same");
	return e;
}

enum gw_err secret_make(char *out, size_t n)
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
	const size_t count = sizeof(letters) - 1;
	uint8_t byte;

	for (size_t i = 0; i < n;) {
		if (getrandom(&byte, 1, 0) != 1)
			return GW_UNAVAIL;
		if (byte < 256 / count * count)
			out[i++] = letters[byte % count];
	}
	out[n] = '\0';
	return GW_OK;
}
