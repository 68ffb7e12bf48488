/* SPDX-License-Identifier: MIT */
/* test_metrics.c - the page a monitoring system reads */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/run/metrics.h"

static int64_t ask(void *arg)
{
	return *(int64_t *)arg;
}

static void the_page_is_openmetrics(void **state)
{
	struct metrics *m = metrics_new();
	struct buf b = { .data = NULL };
	struct metric *late, *early;
	int64_t open = 17;

	(void)state;
	late = metrics_get(m, METRIC_COUNTER, "mails_total", "why=\"late\"",
			   "Mails \"taken\"\nand \\ kept.");
	metrics_get(m, METRIC_GAUGE, "streams", "", "Open streams.")->value =
		-3;
	early = metrics_get(m, METRIC_COUNTER, "mails", "why=\"early\"",
			    "ignored: the first one counts");
	metrics_ask(m, "cases", "Open cases.", ask, &open);
	assert_ptr_equal(late, metrics_get(m, METRIC_COUNTER, "mails_total",
					   "why=\"late\"", ""));
	late->value += 2;
	early->value++;
	open = 18;
	metrics_print(m, &b);
	assert_string_equal(
		(const char *)b.data,
		"# TYPE muster_mails counter\n"
		"# HELP muster_mails Mails \\\"taken\\\"\\nand \\\\ kept.\n"
		"muster_mails_total{why=\"late\"} 2\n"
		"muster_mails_total{why=\"early\"} 1\n"
		"# TYPE muster_streams gauge\n"
		"# HELP muster_streams Open streams.\n"
		"muster_streams -3\n"
		"# TYPE muster_cases gauge\n"
		"# HELP muster_cases Open cases.\n"
		"muster_cases 18\n"
		"# EOF\n");
	buf_fini(&b);
	metrics_free(&m);
	assert_null(m);
	metrics_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_is_openmetrics),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
