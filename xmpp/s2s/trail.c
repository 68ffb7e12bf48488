/* SPDX-License-Identifier: MIT */
/* trail.c - what a link has tried since it began to connect */
#include "xmpp/s2s/trail.h"

#include <stdarg.h>
#include <stdio.h>

#include "gateway/base/arena.h"

#define MARKS_MAX 48
#define TEXT_MAX  240

enum result { UNDER_WAY, GOOD, FAILED };

struct xmpp_s2s_mark {
	enum xmpp_s2s_step_of step;
	enum result result;
	int64_t at;    /* wall */
	int64_t began; /* loop time */
	int64_t took;
	char *text;
};

static const char *const names[] = {
	[TRAIL_POLICY] = "policy",     [TRAIL_DNS] = "dns",
	[TRAIL_CONNECT] = "connect",   [TRAIL_STREAM] = "stream",
	[TRAIL_TLS] = "tls",	       [TRAIL_CERTIFICATE] = "certificate",
	[TRAIL_EXTERNAL] = "external", [TRAIL_DIALBACK] = "dialback",
	[TRAIL_COUNT] = "count",       [TRAIL_READY] = "ready",
};

const char *xmpp_s2s_trail_name(enum xmpp_s2s_step_of step)
{
	return names[step];
}

void xmpp_s2s_trail_clear(struct xmpp_s2s_trail *t)
{
	for (unsigned i = 0; i < t->n; i++)
		mem_free(t->marks[i].text);
	mem_free(t->marks);
	t->marks = NULL;
	t->n = 0;
}

/* Names in answers of DNS are bytes. */
static char *printable(const char *text)
{
	char *copy = mem_strdup(text);

	for (char *p = copy; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return copy;
}

static unsigned add(struct xmpp_s2s_trail *t, enum xmpp_s2s_step_of step,
		    const char *text)
{
	struct xmpp_s2s_mark *m;

	if (t->marks == NULL)
		t->marks = mem_new(MARKS_MAX * sizeof(*t->marks));
	if (t->n == MARKS_MAX)
		return XMPP_S2S_TRAIL_NONE;
	m = &t->marks[t->n];
	m->step = step;
	m->at = loop_wall(t->loop);
	m->began = loop_now(t->loop);
	m->text = printable(text);
	return t->n++;
}

static void finish(struct xmpp_s2s_trail *t, struct xmpp_s2s_mark *m, bool good,
		   const char *text)
{
	struct buf whole = { 0 };

	if (m->result != UNDER_WAY)
		return;
	m->result = good ? GOOD : FAILED;
	m->took = loop_now(t->loop) - m->began;
	if (*text == '\0')
		return;
	buf_printf(&whole, "%s%s%s", m->text, *m->text != '\0' ? ": " : "",
		   text);
	mem_free(m->text);
	m->text = printable((const char *)whole.data);
	buf_fini(&whole);
}

unsigned xmpp_s2s_trail_begin(struct xmpp_s2s_trail *t,
			      enum xmpp_s2s_step_of step, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return add(t, step, text);
}

void xmpp_s2s_trail_end(struct xmpp_s2s_trail *t, unsigned mark, bool good,
			const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	if (mark >= t->n)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	finish(t, &t->marks[mark], good, text);
}

void xmpp_s2s_trail_say(struct xmpp_s2s_trail *t, enum xmpp_s2s_step_of step,
			bool good, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;
	unsigned mark;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	mark = add(t, step, text);
	if (mark != XMPP_S2S_TRAIL_NONE)
		finish(t, &t->marks[mark], good, "");
}

enum xmpp_s2s_step_of xmpp_s2s_trail_fail(struct xmpp_s2s_trail *t,
					  const char *why)
{
	enum xmpp_s2s_step_of step = TRAIL_READY;
	bool failed = false;
	unsigned mark;

	for (unsigned i = 0; i < t->n; i++) {
		finish(t, &t->marks[i], false, why);
		step = t->marks[i].step;
		failed = t->marks[i].result == FAILED;
	}
	if (failed)
		return step;
	mark = add(t, step, "");
	if (mark != XMPP_S2S_TRAIL_NONE)
		finish(t, &t->marks[mark], false, why);
	return step;
}

void xmpp_s2s_trail_json(const struct xmpp_s2s_trail *t, struct json_out *out,
			 const char *key)
{
	static const char *const results[] = { "under way", "good", "failed" };

	json_out_array(out, key);
	for (unsigned i = 0; i < t->n; i++) {
		const struct xmpp_s2s_mark *m = &t->marks[i];

		json_out_object(out, NULL);
		json_out_text(out, "step", names[m->step]);
		json_out_text(out, "result", results[m->result]);
		json_out_text(out, "text", m->text);
		json_out_int(out, "at", m->at);
		json_out_int(out, "took", m->took);
		json_out_end_object(out);
	}
	json_out_end_array(out);
}
