/* SPDX-License-Identifier: MIT */
/* history.c - the last messages of a room, and which of them are wanted */
#include "xmpp/muc/history.h"

#include "gateway/base/arena.h"
#include "gateway/base/when.h"

void xmpp_muc_history_init(struct xmpp_muc_history *h, size_t cap)
{
	*h = (struct xmpp_muc_history){ .cap = cap };
	h->ring = mem_new((cap + 1) * sizeof(struct xmpp_muc_line *));
}

static struct xmpp_muc_line **place(const struct xmpp_muc_history *h, size_t i)
{
	return &h->ring[(h->head + i) % h->cap];
}

void xmpp_muc_history_fini(struct xmpp_muc_history *h)
{
	for (size_t i = 0; i < h->count; i++)
		mem_free(*place(h, i));
	mem_free(h->ring);
	*h = (struct xmpp_muc_history){ .ring = NULL };
}

/* The line becomes the ring's. */
static void push(struct xmpp_muc_history *h, struct xmpp_muc_line *line)
{
	if (h->cap == 0) {
		mem_free(line);
		return;
	}
	if (h->count == h->cap) {
		mem_free(*place(h, 0));
		h->head = (h->head + 1) % h->cap;
		h->count--;
	}
	*place(h, h->count++) = line;
}

void xmpp_muc_history_resize(struct xmpp_muc_history *h, size_t cap)
{
	struct xmpp_muc_history resized;

	if (cap == h->cap)
		return;
	xmpp_muc_history_init(&resized, cap);
	for (size_t i = 0; i < h->count; i++)
		push(&resized, *place(h, i));
	mem_free(h->ring);
	*h = resized;
}

void xmpp_muc_history_add(struct xmpp_muc_history *h,
			  const struct xmpp_muc_line *line)
{
	struct xmpp_muc_line *copy =
		mem_new(sizeof(*copy) + line->id.n + line->stanza.n);
	char *text = (char *)(copy + 1);

	memcpy(text, line->id.p, line->id.n);
	memcpy(text + line->id.n, line->stanza.p, line->stanza.n);
	copy->stamp = line->stamp;
	copy->id = str_make(text, line->id.n);
	copy->stanza = str_make(text + line->id.n, line->stanza.n);
	push(h, copy);
}

void xmpp_muc_history_del(struct xmpp_muc_history *h, struct str id)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->count; i++) {
		struct xmpp_muc_line *line = *place(h, i);

		if (str_eq(line->id, id))
			mem_free(line);
		else
			*place(h, kept++) = line;
	}
	h->count = kept;
}

const struct xmpp_muc_line *
xmpp_muc_history_at(const struct xmpp_muc_history *h, size_t i)
{
	return *place(h, i);
}

static int64_t later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

size_t xmpp_muc_history_from(const struct xmpp_muc_history *h,
			     const struct xmpp_muc_wish *w, int64_t now)
{
	int64_t earliest = w->since;
	int64_t chars = 0;
	size_t i = h->count;

	/* More than a century is a wish for everything, and no overflow. */
	if (w->seconds >= 0 && w->seconds < 100 * 365 * (WHEN_DAY / 1000))
		earliest = later_of(earliest, now - w->seconds * WHEN_SECOND);
	while (i > 0) {
		const struct xmpp_muc_line *line =
			xmpp_muc_history_at(h, i - 1);

		chars += (int64_t)line->stanza.n;
		if (line->stamp < earliest ||
		    (w->max_chars >= 0 && chars > w->max_chars) ||
		    (w->max_stanzas >= 0 &&
		     (int64_t)(h->count - i) >= w->max_stanzas))
			break;
		i--;
	}
	return i;
}
