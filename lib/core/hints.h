/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of a log's hints at extensions off the log the log itself confirms. */
#pragma once

#include "core/event.h"
#include "crypto/hash.h"

#define HINTS_OPEN_MAX 4 /* undecided ones of a register; all 16 readings are kept */
#define HINT_REGISTERS_MAX 64
#define HINTS_CONFIRMED_MAX (1u << 16)

struct hint_at {
	uint8_t log;
	uint64_t record;
};

/* The values a register may have had since the last SYNC line, in one bank. */
struct hint_window {
	const struct platform *platform;
	const struct reg_desc *desc; /* or NULL */
	uint32_t number;
	uint16_t alg;
	bool lost; /* more hints than can be kept: none is decided */
	uint8_t n;
	struct hint_at open[HINTS_OPEN_MAX];
	uint8_t values[1u << HINTS_OPEN_MAX][TSMMR_HASH_SIZE_MAX]; /* bit i: hint i is true */
};

struct hints {
	struct hint_window *windows;
	size_t n_windows;
	struct hint_at *confirmed;
	size_t n, cap;
	bool sorted; /* by place: nothing is added any more */
	struct hashers set;
};

/*
 * First all events go through hints_event(), then again through hints_confirmed(), which
 * says whether a SYNC line further on is only true if what this one hints at happened.
 * A hint with no SYNC line after it is not confirmed.
 */
int hints_event(struct hints *h, const struct tsmmr_event *e);
bool hints_confirmed(struct hints *h, const struct tsmmr_event *e);
void hints_done(struct hints *h);
static inline void hints_done_p(struct hints *h)
{
	hints_done(h);
}
