/* SPDX-License-Identifier: MIT */
/* fuzz_webhook.c - bodies from outside: webhook, API, and matchers
 *
 * The first byte says which reader gets the rest.  What is accepted must keep
 * to the limits, sorted and fingerprinted; a refusal must say why.
 */
#include <stdint.h>
#include <stdlib.h>

#include "alerts/api/v2.h"
#include "alerts/rule/matcher.h"
#include "alerts/source/alertmanager.h"

#define NOW    INT64_C(1767225600000)
#define EXPIRE INT64_C(90000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_events(const struct alerts_event *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct alerts_labels *l = &e[i].labels;

		must(l->n > 0 && l->n <= ALERTS_LABELS_MAX);
		must(e[i].fingerprint == alerts_fingerprint(l));
		for (size_t j = 0; j < l->n; j++) {
			must(l->v[j].value.n > 0);
			must(l->v[j].value.n <= ALERTS_VALUE_MAX);
			must(str_utf8_valid(l->v[j].value));
			must(j == 0 ||
			     str_cmp(l->v[j - 1].name, l->v[j].name) < 0);
		}
		must(e[i].resolved || e[i].ends > NOW);
	}
}

static void read_webhook(struct str body, struct arena *a)
{
	struct alerts_webhook hook;

	if (alerts_alertmanager_parse(body, NOW, EXPIRE, a, &hook) != GW_OK) {
		must(hook.note.text[0] != '\0');
		return;
	}
	must(hook.bad == 0 || hook.note.text[0] != '\0');
	must(hook.key.n == 32);
	check_events(hook.events, hook.n);
}

static void read_api(struct str body, struct arena *a)
{
	struct alerts_v2_times times = { .now = NOW,
					 .resolve_timeout = 300000 };
	struct alerts_v2_post post;

	alerts_v2_parse(body, &times, a, &post);
	must(post.status == 200 || post.answer.n > 0);
	must(post.status != 422 || post.n == 0);
	check_events(post.events, post.n);
}

static void read_matcher(struct str text, struct arena *a)
{
	struct alerts_label v = { .name = STR("a"), .value = text };
	struct alerts_labels l = { .n = 1, .v = &v };
	struct err_note note = { .text = "" };
	struct alerts_matcher *m;
	size_t n;

	if (text.n > 200)
		return;
	if (alerts_matcher_parse(text, a, &m, &n, &note) != GW_OK) {
		must(note.text[0] != '\0');
		return;
	}
	(void)alerts_matcher_all(m, n, &l);
	alerts_matcher_fini(m, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str rest = STR_NONE;

	if (size > 0)
		rest = arena_str(a, str_make((const char *)data + 1, size - 1));
	if (size > 0 && data[0] == 'w')
		read_webhook(rest, a);
	else if (size > 0 && data[0] == 'v')
		read_api(rest, a);
	else if (size > 0 && data[0] == 'm')
		read_matcher(rest, a);
	arena_free(&a);
	return 0;
}
