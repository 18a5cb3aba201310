/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What IBM's tsspcrread prints: digests, but not which PCR they are of.
 *
 *	count 1 pcrUpdateCounter 21
 *	 digest length 32
 *	 3d 45 …			16 bytes a line; with -ns one line of hex, and no more
 *
 * The PCR is that of a line before, a label ("PCR 10", "10:") or the command itself ("-ha 10");
 * digests that have none must be all 24 of each bank, in order.
 */
#include "values/reader.h"

#include <stdio.h>

#include "util/error.h"
#include "util/hex.h"

#define PCRS 24
#define NONE UINT32_MAX

struct state {
	uint32_t pcr; /* that a line named, or NONE */
	size_t due;   /* bytes of a digest that are still to come */
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	size_t n;
	uint32_t next[TSMMR_HASH_SIZE_MAX + 1]; /* by size: how many came without a PCR */
	bool named;
};

/* All of it hex, with or without blanks: how many bytes, or 0. */
static size_t bytes_of(struct span s, uint8_t *to, size_t size)
{
	ssize_t n = s.n ? hex_decode(to, size, (const char *)s.p, s.n) : -1;

	return n > 0 && !memchr(s.p, ':', s.n) ? (size_t)n : 0;
}

/* The number after a word, wherever in the line. */
static uint32_t number_after(struct span line, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n < line.n; i++) {
		struct span rest = span_of(line.p + i + n, line.n - i - n);
		size_t digits = 0;

		if (memcmp(line.p + i, word, n) != 0)
			continue;
		while (rest.n && memchr(" -_[", rest.p[0], 4))
			rest = span_of(rest.p + 1, rest.n - 1);
		while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
			digits++;
		if (digits)
			return values_number(span_of(rest.p, digits), PCRS);
	}
	return NONE;
}

/* PCRS for a number that no PCR has. */
static uint32_t label_of(struct span line)
{
	static const char *const words[] = { "-ha ", "PCR", "pcr" };
	uint32_t pcr = NONE;

	if (line.n && line.p[line.n - 1] == ':')
		pcr = values_number(span_of(line.p, line.n - 1), PCRS);
	if (pcr != NONE && pcr != PCRS)
		return pcr;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		pcr = number_after(line, words[i]);
		if (pcr != NONE)
			return pcr;
	}
	return NONE;
}

static int give(struct values_reader *rd, struct state *st)
{
	char hex[2 * TSMMR_HASH_SIZE_MAX];
	uint32_t pcr = st->pcr;

	st->named |= pcr != NONE;
	if (pcr == NONE)
		pcr = st->next[st->n]++;
	if (pcr >= PCRS)
		return fail(rd->err, TSMMR_E_MALFORMED, "%s: a value of no PCR", rd->where);
	hex_encode(hex, st->value, st->n);
	return values_give_pcr(rd, pcr, NULL, span_of(hex, 2 * st->n));
}

static int read_line(struct values_reader *rd, struct span line, struct state *st)
{
	uint8_t bytes[TSMMR_HASH_SIZE_MAX];
	size_t n = bytes_of(line, bytes, sizeof(bytes));

	if (!line.n || span_starts(line, "count ", 6))
		return 0;
	if (span_starts(line, "digest length ", 14)) {
		st->due = values_number(values_trim(span_of(line.p + 14, line.n - 14)),
					TSMMR_HASH_SIZE_MAX + 1);
		st->n = 0;
		if (!st->due || st->due > TSMMR_HASH_SIZE_MAX)
			return fail(rd->err, TSMMR_E_MALFORMED, "%s: not a digest's length",
				    rd->where);
		return 0;
	}
	if (!n) {
		uint32_t pcr = label_of(line);

		if (pcr == NONE || st->due)
			return fail(rd->err, TSMMR_E_MALFORMED, "%s: not of tsspcrread", rd->where);
		st->pcr = pcr;
		return 0;
	}
	if (!st->due) {
		st->due = n;
		st->n = 0;
	}
	if (n > st->due)
		return fail(rd->err, TSMMR_E_MALFORMED, "%s: more bytes than the digest has",
			    rd->where);
	memcpy(st->value + st->n, bytes, n);
	st->n += n;
	st->due -= n;
	return st->due ? 0 : give(rd, st);
}

static int read_all(struct values_reader *rd, struct span text, struct json_object *o)
{
	struct state st = { .pcr = NONE };
	struct span line;
	bool some = false, all = true;
	int r = 0;

	(void)o;
	while (r == 0 && values_line(rd, &text, &line))
		r = read_line(rd, values_trim(line), &st);
	if (r < 0)
		return r;
	if (st.due)
		return fail(rd->err, TSMMR_E_TRUNCATED, "%s: the digest ends too early", rd->where);
	for (size_t i = 0; i < ARRAY_SIZE(st.next); i++) {
		some |= st.next[i] > 0;
		all &= st.next[i] == 0 || st.next[i] == PCRS;
	}
	if (some && (!all || st.named))
		return fail(rd->err, TSMMR_E_MALFORMED,
			    "tsspcrread does not say which PCR a value is of: put \"PCR N\" before "
			    "each, or write pcrN=HEX");
	return 0;
}

static bool probe(struct span text, struct json_object *o)
{
	struct values_reader none = { .line = 0 };
	uint8_t bytes[TSMMR_HASH_SIZE_MAX];
	struct span line;

	(void)o;
	while (values_line(&none, &text, &line)) {
		line = values_trim(line);
		if (span_starts(line, "count ", 6) || span_starts(line, "digest length ", 14) ||
		    bytes_of(line, bytes, sizeof(bytes)) >= 20)
			return true;
		if (line.n && label_of(line) == NONE)
			return false;
	}
	return false;
}

const struct values_format values_tsspcrread = {
	.id = TSMMR_VALUES_TSSPCRREAD,
	.name = "tsspcrread",
	.probe = probe,
	.read = read_all,
};
