/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a record in the log?
 *
 * A log only grows, by whole lines and under its lock, so the tree remembers where the lines
 * begin that it has seen and reads what others added since.  What it remembers is of this log as
 * long as the log is the same file and not shorter, and as the lines that were added lead from the
 * value that the log replayed to then to the one that it replays to now.  Who writes over a line
 * in place is seen where that line is looked for, and else by who verifies: such a log does not
 * replay to its register.
 */
#include "live/append.h"

#include "format/text.h"
#include "util/error.h"

/* More than a record: what does not fit is none. */
#define CHUNK ((size_t)64 << 10)

/* Lines of the log, as they pass. */
struct search {
	struct logfile *f;
	struct span record;
	bool found;
	struct kept *kept; /* where they are to be remembered, or NULL */
	bool is_cut;       /* the next one is the end of a line that is too long */

	bool is_chain; /* value is what the log replays to */
	uint8_t value[TSMMR_HASH_SIZE_MAX];
};

/* "SYNC alg/hex" of the register's own bank: the value before it. */
static bool is_sync_of(struct span line, const struct hash_alg *alg, uint8_t *ret)
{
	return span_starts(line, "SYNC ", 5) &&
	       text_assertion(span_of(line.p + 5, line.n - 5), ret) == alg;
}

static void follow(struct search *s, struct span line)
{
	struct hasher *h = &s->f->banks[0].hasher;
	uint8_t digest[TSMMR_HASH_SIZE_MAX], asserted[TSMMR_HASH_SIZE_MAX];

	if (is_sync_of(line, h->alg, asserted))
		memcpy(s->value, asserted, h->alg->size);
	s->is_chain = hash_bytes(h, line.p, line.n, digest) == 0 &&
		      hash_extend(h, s->value, digest, h->alg->size) == 0;
}

static void look_at(struct search *s, struct span line, uint64_t at)
{
	if (!text_is_record(line))
		return;
	s->found |= span_eq(line, s->record.p, s->record.n);
	if (s->is_chain)
		follow(s, line);
	if (s->kept && !lines_add(&s->kept->lines, line, at)) {
		lines_done(&s->kept->lines);
		s->kept->is_full = true;
		s->kept = NULL;
	}
}

/* The lines from an offset to the end of what is not pending. */
static int search(struct search *s, uint64_t from, struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *chunk = malloc(CHUNK);
	const struct log_state *st = &s->f->state;
	size_t n = 0;

	if (!chunk)
		return fail_nomem(err);
	for (uint64_t at = from; at + n < st->len;) {
		const uint8_t *newline, *line = chunk;
		uint64_t left = st->len - at - n;
		size_t more = left < CHUNK - n ? (size_t)left : CHUNK - n;
		int r = logdir_log_read(&s->f->dir, at + n, chunk + n, more, err);

		if (r < 0)
			return r;
		n += more;
		while ((newline = memchr(line, '\n', n - (size_t)(line - chunk)))) {
			if (!s->is_cut)
				look_at(s, span_of(line, (size_t)(newline - line)),
					at + (uint64_t)(line - chunk));
			s->is_cut = false;
			line = newline + 1;
		}
		/* No record is so long, and no line of ours. */
		if (line == chunk && n == CHUNK) {
			s->is_chain = false;
			s->is_cut = true;
			line += n;
		}
		n -= (size_t)(line - chunk);
		at += (uint64_t)(line - chunk);
		memmove(chunk, line, n);
	}
	return 0;
}

static void forget(struct kept *k, uint64_t inode)
{
	lines_done(&k->lines);
	k->is_full = false;
	k->inode = inode;
	k->lines_end = 0;
}

/* The lines that were added since the tree looked, or all of them. */
static int catch_up(struct search *s, struct kept *k, struct tsmmr_error *err)
{
	const struct log_state *st = &s->f->state;
	const struct log_bank *b = &s->f->banks[0];
	int r;

	if (k->inode != st->inode || k->lines_end > st->len)
		forget(k, st->inode);
	s->kept = k;
	s->is_chain = k->lines_end > 0;
	memcpy(s->value, k->value, sizeof(s->value));
	r = search(s, k->lines_end, err);
	if (r == 0 && k->lines_end &&
	    !(s->is_chain && st->banks[0].anchored &&
	      bank_equal(b, s->value, st->banks[0].value))) {
		forget(k, st->inode);
		*s = (struct search){ .f = s->f, .record = s->record, .kept = k };
		r = search(s, 0, err);
	}
	/* What was read by half would be doubled by the next one. */
	if (r < 0) {
		forget(k, st->inode);
		return r;
	}
	k->lines_end = k->is_full || !st->banks[0].anchored ? 0 : st->len;
	if (!k->lines_end && !k->is_full)
		forget(k, st->inode);
	memcpy(k->value, st->banks[0].value, sizeof(k->value));
	return 0;
}

/* Is it there?  Another line may have its hash, and the log may have been changed. */
static int look_up(struct search *s, const struct kept *k, struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *line = malloc(s->record.n + 1);
	uint64_t at;

	if (!line)
		return fail_nomem(err);
	for (size_t i = 0; !s->found && lines_find(&k->lines, s->record, &i, &at);) {
		int r = logdir_log_read(&s->f->dir, at, line, s->record.n + 1, err);

		if (r < 0)
			return r;
		s->found = span_eq(s->record, line, s->record.n) && line[s->record.n] == '\n';
	}
	return 0;
}

int append_find(struct logfile *f, struct span record, bool *ret_found, struct tsmmr_error *err)
{
	struct kept *k = f->banks[0].reg->kept;
	struct search s = { .f = f, .record = record };
	int r;

	if (k)
		pthread_mutex_lock(&k->lines_lock);
	if (!k || (k->is_full && k->inode == f->state.inode)) {
		r = search(&s, 0, err);
	} else {
		r = catch_up(&s, k, err);
		if (r == 0)
			r = look_up(&s, k, err);
	}
	if (k)
		pthread_mutex_unlock(&k->lines_lock);
	*ret_found = s.found;
	return r;
}
