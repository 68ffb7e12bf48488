/* SPDX-License-Identifier: MIT */
/* limits.c - XEP-0478 between servers: ours are announced, theirs obeyed
 *
 * A stanza the other server would not take is not sent: it would end the
 * stream, and be sent again on the next one (XEP-0198).
 */
#include <inttypes.h>

#include "xmpp/s2s/stream.h"
#include "xmpp/xml/write.h"

void xmpp_s2s_limits_add(const struct xmpp_s2s_stream *s, struct arena *a,
			 struct stanza *to, bool proved)
{
	const struct xmpp_s2s_conf *conf = xmpp_s2s_config(s->s2s);
	struct stanza *limits = stanza_add_new(a, to, "limits", NS_LIMITS);
	uint32_t bytes = proved ? s->s2s->limits.bytes : s->s2s->x->guest.bytes;
	int64_t idle = proved ? 2 * conf->idle : conf->login_within;

	stanza_add_leaf(a, limits, "max-bytes", NS_LIMITS,
			str_of(arena_printf(a, "%u", bytes)));
	stanza_add_leaf(
		a, limits, "idle-seconds", NS_LIMITS,
		str_of(arena_printf(a, "%" PRId64, idle / WHEN_SECOND)));
}

void xmpp_s2s_limits_take(struct xmpp_s2s_stream *s, struct arena *a,
			  const struct stanza *from)
{
	const struct stanza *limits = stanza_child(from, "limits", NS_LIMITS);
	struct str text;
	int64_t bytes = 0;

	s->takes = 0;
	if (limits == NULL)
		return;
	text = stanza_child_text(a, limits, "max-bytes", NS_LIMITS);
	if (str_int(str_trim(text), 1, INT64_MAX, &bytes) == GW_OK)
		s->takes = bytes;
}

bool xmpp_s2s_fits(const struct xmpp_s2s_stream *s, const struct stanza *st)
{
	struct buf out = { 0 };
	bool fits;

	if (s->takes == 0)
		return true;
	xmpp_xml_write(&out, st, XMPP_XML_IN_STREAM);
	fits = out.len <= (uint64_t)s->takes;
	buf_fini(&out);
	return fits;
}
