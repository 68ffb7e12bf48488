/* SPDX-License-Identifier: MIT */
/* presence.c - how far the board's presence is trusted */
#include "gateway/engine/presence.h"

#include "gateway/base/when.h"

/* "for 12m": rounded to what a person wants to know. */
static const char *for_how_long(int64_t since, int64_t now, struct arena *a)
{
	char text[WHEN_TEXT_MAX];
	int64_t span = now - since;

	if (since == 0 || span < WHEN_SECOND)
		return "";
	span -= span % (span < WHEN_MINUTE ? WHEN_SECOND : WHEN_MINUTE);
	return arena_printf(a, " for %s", when_span(span, text));
}

static struct verdict say(enum availability level, const char *what,
			  const struct person *p, int64_t now, struct arena *a)
{
	return (struct verdict){
		.level = level,
		.why = arena_printf(a, "%s%s", what,
				    for_how_long(p->since, now, a)),
	};
}

static struct verdict gone(const struct person *p, const char *what,
			   int64_t now, struct arena *a)
{
	if (p->push)
		return say(AVAIL_REACHABLE, "reachable by push only", p, now,
			   a);
	return say(AVAIL_OFFLINE, what, p, now, a);
}

struct verdict presence_verdict(const struct person *p,
				const struct presence_rules *rules, int64_t now,
				struct arena *a)
{
	if (p->show != PRES_OFFLINE && p->doubtful &&
	    now - p->doubt_since >= rules->doubt_grace)
		return gone(p, "connection lost, last seen", now, a);
	switch (p->show) {
	case PRES_OFFLINE:
		return gone(p, "offline", now, a);
	case PRES_DND:
		return say(AVAIL_BUSY, "busy", p, now, a);
	case PRES_XA:
		return say(AVAIL_AWAY, "extended away", p, now, a);
	case PRES_AWAY:
		return say(AVAIL_AWAY, "away", p, now, a);
	case PRES_ONLINE:
	case PRES_CHAT:
		/* Flapping presence must not draw mail: xmpp.md 11.4. */
		if (now - p->since < rules->settle)
			return say(AVAIL_AWAY, "has only just come", p, now, a);
		return say(AVAIL_READY, "available", p, now, a);
	}
	__builtin_unreachable();
}

const char *presence_show_name(enum presence_show s)
{
	static const char *const names[] = {
		[PRES_OFFLINE] = "offline", [PRES_DND] = "dnd",
		[PRES_XA] = "xa",	    [PRES_AWAY] = "away",
		[PRES_ONLINE] = "online",   [PRES_CHAT] = "chat",
	};

	return names[s];
}

const char *presence_avail_name(enum availability v)
{
	static const char *const names[] = {
		[AVAIL_OFFLINE] = "offline",	 [AVAIL_BUSY] = "busy",
		[AVAIL_AWAY] = "away",		 [AVAIL_READY] = "ready",
		[AVAIL_REACHABLE] = "reachable",
	};

	return names[v];
}

const char *presence_severity_name(enum severity s)
{
	static const char *const names[] = {
		[SEV_INFO] = "info",	     [SEV_WARNING] = "warning",
		[SEV_ERROR] = "error",	     [SEV_CRITICAL] = "critical",
		[SEV_DISASTER] = "disaster",
	};

	return names[s];
}
