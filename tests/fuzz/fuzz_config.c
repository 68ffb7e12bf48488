/* SPDX-License-Identifier: MIT */
/* fuzz_config.c - any bytes as muster.yaml
 *
 * What is accepted must load back from its effective text as the same; what
 * is refused must say so in lines that each name the file.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/config/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_errors(struct str errors)
{
	struct str line;

	must(errors.n > 0 && errors.p[errors.n - 1] == '\n');
	errors.n--;
	while (str_split(&errors, '\n', &line)) {
		must(str_starts(line, "f:"));
		must(str_utf8_valid(line));
	}
}

static void check_effective(const struct config *c)
{
	struct buf text = { 0 }, errors = { 0 };
	struct config *again;

	config_print(c, &text);
	must(config_load_text(buf_str(&text), "f", sample_roots, &again,
			      &errors) == GW_OK);
	must(str_is(str_of(config_hash(c)), config_hash(again)));
	config_unref(&again);
	buf_fini(&text);
	buf_fini(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf errors = { 0 };
	struct config *c;

	if (config_load_text(str_make((const char *)data, size), "f",
			     sample_roots, &c, &errors) == GW_OK) {
		must(errors.len == 0);
		check_effective(c);
	} else {
		must(c == NULL);
		check_errors(buf_str(&errors));
	}
	config_unref(&c);
	buf_fini(&errors);
	return 0;
}
