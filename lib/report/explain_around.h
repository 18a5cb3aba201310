/* SPDX-License-Identifier: BSD-2-Clause */
/* What surrounds a register: who else extends it, and what a log tells as a whole. */
#pragma once

#include "report/explain.h"

/* The last n measured records of a log, from record first on, are those from record of on. */
struct repeat {
	uint64_t log, first, of;
	size_t n; /* 0: there are none */
};

/* All that was given. */
struct around {
	const struct tsmmr_report *report;
	const struct pack *pack; /* its logs are the first n_logs in it */
	size_t n_logs;
	struct repeat repeat;
};

/* May Linux's IMA extend it, and was its list not given? */
bool around_ima_extends(const struct around *a, const struct row *row);
/* Is this the first record of an IMA list that lacks those it began with? */
bool around_ima_trimmed(const struct pack *p, const struct item *first);

#define AROUND_WORDS_MAX 16
/* The words that systemd measures into a register on any machine, in order: numbers of them. */
size_t around_words(const struct row *row, uint8_t ret[AROUND_WORDS_MAX]);
struct span around_word(size_t i);
/* "enter-initrd sysinit" (systemd-pcrphase) were measured; which: a bit for each. */
void around_say_words(struct buf *b, uint32_t which);
/* What systemd measures into it, where its log was not given; or NULL. */
const char *around_systemd_measures(const struct around *a, const struct row *row);

/* Does a register whose value is after the first of these stand where a boot resumes? */
bool around_resumed_at(const struct pack *p, const struct item *reached, const struct item *next);
/* Does some log tell of a hibernation, or of two boots? */
bool around_hibernated(const struct around *a);

/* Looks for what the end of a log repeats in several registers.  0 or E_NOMEM. */
int around_find_repeat(struct around *a);
void around_say_repeat(struct buf *b, const struct repeat *r);
bool around_is_repeat(const struct repeat *r, const struct pack *p, const struct item *i);
