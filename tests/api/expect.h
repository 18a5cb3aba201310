/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/data/expect.tsv: what each fixture must give. */
#pragma once

#include "testing.h"

struct expect {
	const char *file, *open, *format, *code, *verdict;
	char *findings, *registers; /* "-" for none */
	uint64_t record, offset, records;
};

/* "-" is TSMMR_NONE. */
static inline uint64_t expect_number(const char *s)
{
	return strcmp(s, "-") ? strtoull(s, NULL, 10) : TSMMR_NONE;
}

/* The next row of text, which is cut up; 0 at its end. */
static inline int expect_next(char **text, struct expect *ret)
{
	char *field[10];
	char *line;

	do {
		line = strsep(text, "\n");
		if (!line)
			return 0;
	} while (!*line || *line == '#');

	for (size_t i = 0; i < N_OF(field); i++) {
		field[i] = strsep(&line, "\t");
		if (!field[i])
			fail_msg("expect.tsv: a row of %zu fields", i);
	}
	assert_null(line);
	*ret = (struct expect){
		.file = field[0],
		.open = field[1],
		.format = field[2],
		.code = field[3],
		.record = expect_number(field[4]),
		.offset = expect_number(field[5]),
		.records = expect_number(field[6]),
		.verdict = field[7],
		.findings = field[8],
		.registers = field[9],
	};
	return 1;
}
