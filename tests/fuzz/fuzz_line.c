/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a line of verify --batch. */
#include "fuzz.h"

#include <string.h>

#include "line.h"

/* Strings that end in the line, and that no other text can be broken with. */
static void check_values(const struct line_values *values, const char *text, size_t size,
			 bool base64)
{
	PROMISE(values->n <= LINE_VALUES_MAX);
	for (size_t i = 0; i < values->n; i++) {
		const char *s = values->all[i];
		size_t n = strnlen(s, (size_t)(text + size - s)), len;
		uint8_t *bytes;

		PROMISE(s > text && n && s + n < text + size);
		for (size_t k = 0; k < n; k++)
			PROMISE((uint8_t)s[k] >= 0x20 && s[k] != 0x7f);
		if (base64 && line_base64(values->all[i], &bytes, &len))
			PROMISE((char *)bytes == s && len && len <= n / 4 * 3 + 2);
	}
}

static void check_same(const struct line_values *a, const struct line_values *b)
{
	PROMISE(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		PROMISE(!strcmp(a->all[i], b->all[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *spaced = malloc(size + 2);
	struct line line, again;
	int r;

	PROMISE(text && spaced);
	if (size)
		memcpy(text, data, size);
	/* What is around an object means nothing. */
	spaced[0] = '\t';
	if (size)
		memcpy(spaced + 1, data, size);
	spaced[size + 1] = ' ';

	r = line_parse(text, size, &line);
	PROMISE(r == line.code && (r == 0 || r == TSMMR_E_MALFORMED || r == TSMMR_E_ARG));
	PROMISE(!r == !line.error[0]);
	PROMISE(line_parse(spaced, size + 2, &again) == r && !strcmp(line.error, again.error));
	PROMISE(line.id_kind == again.id_kind && !strcmp(line.id, again.id));
	PROMISE(line.id_kind || !line.id[0]);
	PROMISE(line.nonce.n <= 1);
	check_same(&line.log_path, &again.log_path);
	check_same(&line.expect, &again.expect);
	check_values(&line.log_path, text, size, false);
	check_values(&line.log_base64, text, size, true);
	check_values(&line.evidence_path, text, size, false);
	check_values(&line.evidence_base64, text, size, true);
	check_values(&line.nonce, text, size, false);
	check_values(&line.expect, text, size, false);
	check_values(&line.require, text, size, false);
	free(spaced);
	free(text);
	return 0;
}
