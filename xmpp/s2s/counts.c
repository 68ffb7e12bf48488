/* SPDX-License-Identifier: MIT */
/* counts.c - links with other servers in numbers */
#include "xmpp/s2s/counts.h"

#include <stdio.h>

#include "xmpp/s2s/link.h"

struct declared {
	struct xmpp_s2s *s;
	enum metric_kind kind;
	const char *name, *help;
};

static struct metric *get(const struct declared *d, const char *labels)
{
	struct metrics *m = d->s->x->metrics;

	if (m == NULL)
		return &d->s->counts_of.none;
	return metrics_get(m, d->kind, d->name, labels, d->help);
}

static void declare_ways(struct xmpp_s2s *s)
{
	static const char *const ways[] = { "direction=\"in\"",
					    "direction=\"out\"" };
	const struct declared stanzas = {
		s, METRIC_COUNTER, "s2s_stanzas_total",
		"Stanzas exchanged with other servers."
	};
	const struct declared bytes = {
		s, METRIC_COUNTER, "s2s_stanza_bytes_total",
		"What these stanzas are long, as XML."
	};

	for (size_t i = 0; i < 2; i++) {
		s->counts_of.stanzas[i] = get(&stanzas, ways[i]);
		s->counts_of.bytes[i] = get(&bytes, ways[i]);
	}
}

static void declare_errors(struct xmpp_s2s *s)
{
	const struct declared errors = {
		s, METRIC_COUNTER, "s2s_errors_total",
		"Links to other servers that failed, by the step that did."
	};
	const struct declared refused = {
		s, METRIC_COUNTER, "s2s_refused_total",
		"Streams of other servers that were ended with an error."
	};
	char labels[40];

	for (unsigned i = 0; i < TRAIL__N; i++) {
		snprintf(labels, sizeof(labels), "step=\"%s\"",
			 xmpp_s2s_trail_name((enum xmpp_s2s_step_of)i));
		s->counts_of.errors[i] = get(&errors, labels);
	}
	s->counts_of.refused = get(&refused, "");
}

static void declare_links(struct xmpp_s2s *s)
{
	static const char *const guests[] = {
		"direction=\"in\",state=\"negotiating\"",
		"direction=\"in\",state=\"ready\""
	};
	const struct declared links = { s, METRIC_GAUGE, "s2s_links",
					"Links between domains of ours and of "
					"other servers." };
	const struct declared queue = { s, METRIC_GAUGE, "s2s_queued_stanzas",
					"Stanzas that wait for a link, or for "
					"its acknowledgement." };
	char labels[60];

	for (unsigned i = 0; i <= LINK_FAILED; i++) {
		snprintf(labels, sizeof(labels),
			 "direction=\"out\",state=\"%s\"",
			 xmpp_s2s_link_state_name((enum xmpp_s2s_link_state)i));
		s->counts_of.links[i] = get(&links, labels);
	}
	for (size_t i = 0; i < 2; i++)
		s->counts_of.guests[i] = get(&links, guests[i]);
	s->counts_of.waiting = get(&queue, "for=\"link\"");
	s->counts_of.kept = get(&queue, "for=\"acknowledgement\"");
}

/* Gauges are counted when somebody looks. */
static void count_links(struct xmpp_s2s *s)
{
	const struct xmpp_s2s_link *l;
	size_t it = 0;

	s->counts_of.waiting->value = s->counts_of.kept->value = 0;
	for (size_t i = 0; i <= LINK_FAILED; i++)
		s->counts_of.links[i]->value = 0;
	while ((l = map_next(&s->links, &it)) != NULL) {
		s->counts_of.links[l->state]->value++;
		s->counts_of.waiting->value += l->waiting_count;
		s->counts_of.kept->value += l->kept_count;
	}
}

static void on_look(void *arg)
{
	struct xmpp_s2s *s = arg;

	count_links(s);
	s->counts_of.guests[0]->value = s->counts_of.guests[1]->value = 0;
	LIST_EACH(node, &s->streams)
	{
		const struct xmpp_s2s_stream *in =
			LIST_OF(node, struct xmpp_s2s_stream, link);

		LIST_EACH(p, &in->pairs)
		{
			bool proved =
				LIST_OF(p, struct xmpp_s2s_pair, link)->proof !=
				NULL;

			s->counts_of.guests[proved]->value++;
		}
	}
}

void xmpp_s2s_counts_init(struct xmpp_s2s *s)
{
	declare_ways(s);
	declare_errors(s);
	declare_links(s);
	if (s->x->metrics != NULL)
		metrics_on_look(s->x->metrics, on_look, s);
}

void xmpp_s2s_counts_stanza(struct xmpp_s2s *s, enum xmpp_s2s_way way, size_t n)
{
	s->counts_of.stanzas[way]->value++;
	s->counts_of.bytes[way]->value += (int64_t)n;
}
