/* SPDX-License-Identifier: BSD-2-Clause */
/* What a crash or a failure left pending of an append: the register says how far it came. */
#include "live/append.h"

#include <tsmmr/tree.h>

#include "core/trace.h"
#include "format/text.h"
#include "util/error.h"

/*
 * The next line of what is pending that is measured, and where it ends there, from *at on;
 * false after the last.
 */
static bool next_line(const struct log_state *st, size_t *at, struct span *ret)
{
	while (*at < st->text.n) {
		struct span left = span_of(st->text.p + *at, st->text.n - *at);
		const uint8_t *newline = memchr(left.p, '\n', left.n);
		size_t n = newline ? (size_t)(newline - left.p) : left.n;

		*at += n + (newline ? 1 : 0);
		*ret = span_of(left.p, n);
		if (text_is_record(*ret))
			return true;
	}
	return false;
}

static size_t count_lines(const struct log_state *st)
{
	struct span line = span_of(NULL, 0);
	size_t n = 0;

	for (size_t at = 0; next_line(st, &at, &line);)
		n++;
	return n;
}

static int extend_by(struct hasher *h, uint8_t *value, struct span line)
{
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	int r = hash_bytes(h, line.p, line.n, digest);

	return r < 0 ? r : hash_extend(h, value, digest, h->alg->size);
}

#define NOWHERE SIZE_MAX

/* How many of the lines that are pending a bank was extended by, or NOWHERE. */
static int bank_came(struct logfile *f, size_t i, size_t *ret)
{
	struct log_bank *b = &f->banks[i];
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	struct span line = span_of(NULL, 0);
	size_t n = 0;

	memcpy(value, f->state.banks[i].before, sizeof(value));
	*ret = bank_equal(b, b->now, value) ? 0 : NOWHERE;
	for (size_t at = 0; *ret == NOWHERE && next_line(&f->state, &at, &line);) {
		if (extend_by(&b->hasher, value, line) < 0)
			return TSMMR_E_NOMEM;
		n++;
		if (bank_equal(b, b->now, value))
			*ret = n;
	}
	return 0;
}

/* The foremost bank; NOWHERE where one has another value than any of the lines leads to. */
static int register_came(struct logfile *f, size_t *ret)
{
	size_t most = 0;

	for (size_t i = 0; i < f->n_banks && most != NOWHERE; i++) {
		size_t n;

		if (bank_came(f, i, &n) < 0)
			return TSMMR_E_NOMEM;
		most = n == NOWHERE || n > most ? n : most;
	}
	*ret = most;
	return 0;
}

/* All that a line changes in a bank.  Lines that are pending together are records. */
static int pass_line(struct logfile *f, size_t i, struct span line)
{
	struct bank_state *b = &f->state.banks[i];
	struct hasher *h = &f->banks[i].hasher;

	memcpy(b->before, b->after, sizeof(b->before));
	memcpy(b->value, b->leaves, sizeof(b->value));
	if (extend_by(h, b->after, line) < 0)
		return TSMMR_E_NOMEM;
	return extend_by(h, b->leaves, line);
}

/*
 * Of several lines that are pending the register has the first n: the last of these is pending
 * alone then, as if it had been committed by itself, for a bank of it may be missing.  The log
 * had all of them before the register had one.
 */
static int narrow(struct logfile *f, size_t n, struct tsmmr_error *err)
{
	struct log_state *st = &f->state;
	size_t at = 0, last = 0;
	struct span line = span_of(NULL, 0);
	int r;

	for (size_t i = 0; i < f->n_banks; i++) {
		struct bank_state *b = &st->banks[i];

		memcpy(b->after, b->before, sizeof(b->after));
		memcpy(b->leaves, b->value, sizeof(b->leaves));
		b->leaves_anchored = b->anchored;
	}
	for (size_t k = 0; k < n; k++) {
		last = at;
		next_line(st, &at, &line);
		for (size_t i = 0; i < f->n_banks; i++)
			if (pass_line(f, i, line) < 0)
				return fail_nomem(err);
	}
	r = logdir_log_write(&f->dir, st->len, st->text.p, at, err);
	if (r < 0)
		return r;
	st->len += last;
	st->text.n = at - last;
	memmove(st->text.p, st->text.p + last, st->text.n);
	return 0;
}

/* Extends the banks that a crash or a failure kept from the line that is pending. */
static int finish(struct logfile *f, struct tsmmr_error *err)
{
	struct span line;
	struct input in;
	bool done = false;
	size_t at = 0;

	if (!next_line(&f->state, &at, &line))
		return 0;
	if (input_of(f, line, &in) < 0)
		return fail_nomem(err);
	for (size_t i = 0; i < f->n_banks; i++) {
		struct log_bank *b = &f->banks[i];
		int r;

		if (!bank_equal(b, b->now, f->state.banks[i].before))
			continue;
		r = input_extend_bank(f, &in, i, err);
		if (r == TSMMR_E_INDOUBT) {
			f->state.failed = true;
			logfile_save(f, true, NULL);
		}
		if (r < 0)
			return r;
		done = true;
	}
	return done ? logfile_look(f, err) : 0;
}

/* Which side of the extension is the register on, as last read? */
enum side { BEFORE, AFTER, PARTLY, NEITHER };

static enum side side_of(const struct logfile *f)
{
	size_t before = 0, either = 0;

	for (size_t i = 0; i < f->n_banks; i++) {
		const struct log_bank *b = &f->banks[i];
		const struct bank_state *st = &f->state.banks[i];
		bool is = bank_equal(b, b->now, st->before);

		before += is;
		either += is || bank_equal(b, b->now, st->after);
	}
	return before == f->n_banks ? BEFORE :
	       state_is_extended(f) ? AFTER :
	       either == f->n_banks ? PARTLY :
				      NEITHER;
}

static int settle_as(struct logfile *f, enum side side, struct tsmmr_error *err)
{
	struct log_state *st = &f->state;
	int r;

	trace(f->ctx, TSMMR_TRACE_INFO, "%s: what was pending was %s", f->banks[0].reg->name,
	      side == BEFORE ? "not extended" :
	      side == AFTER  ? "extended" :
	      side == PARTLY ? "extended in some banks" :
			       "perhaps extended");
	if (side == BEFORE) {
		r = logdir_log_cut(&f->dir, st->len, err);
		st->text.n = 0;
	} else {
		r = logdir_log_write(&f->dir, st->len, st->text.p, st->text.n, err);
		if (r == 0)
			r = finish(f, err);
		if (r == 0)
			state_adopt(st, f->n_banks);
	}
	f->repaired = true;
	return r < 0 ? r : logfile_save(f, false, err);
}

/* How many lines are pending, and by how many the register was extended, where that is several. */
struct came {
	size_t lines, n;
};

static int look_how_far(struct logfile *f, struct came *ret, struct tsmmr_error *err)
{
	int r = logfile_look(f, err);

	if (r < 0)
		return r;
	ret->lines = count_lines(&f->state);
	ret->n = NOWHERE;
	return ret->lines > 1 && register_came(f, &ret->n) < 0 ? fail_nomem(err) : 0;
}

static int narrow_to(struct logfile *f, const struct came *came, struct tsmmr_error *err)
{
	if (came->lines < 2 || came->n == NOWHERE)
		return 0;
	trace(f->ctx, TSMMR_TRACE_INFO, "%s: %zu of %zu records that were pending were extended",
	      f->banks[0].reg->name, came->n, came->lines);
	return came->n ? narrow(f, came->n, err) : 0;
}

/*
 * Where the register is neither as it was before nor as it was to be after a line, others
 * extended it and nothing can be proven: what is pending stays, for leaving out a record that
 * was measured would be worse than having one too many, and the SYNC that follows says that
 * what is before it is not proven.
 */
int append_settle(struct logfile *f, bool *ret_doubt, struct tsmmr_error *err)
{
	struct came came;
	enum side side;
	int r;

	*ret_doubt = false;
	if (!f->state.text.n)
		return 0;
	r = look_how_far(f, &came, err);
	if (r == 0)
		r = narrow_to(f, &came, err);
	if (r < 0)
		return r;
	side = side_of(f);
	r = settle_as(f, side, err);
	*ret_doubt = side != BEFORE && !state_is_extended(f);
	f->n_doubted = *ret_doubt ? came.lines : 0;
	return r;
}

/* A SYNC is ours, and no record that a caller could ask about. */
static bool is_sync(const struct buf *text)
{
	const uint8_t *newline = memrchr(text->p, '\n', text->n - 1);
	size_t from = newline ? (size_t)(newline + 1 - text->p) : 0;

	return span_starts(span_of(text->p + from, text->n - from), "SYNC ", 5);
}

static int outcome_of(const struct came *came, enum side side)
{
	if (side == BEFORE)
		return TSMMR_SETTLED_NOT_EXTENDED;
	return came->lines > 1 && came->n < came->lines ? TSMMR_SETTLED_PARTLY :
							  TSMMR_SETTLED_EXTENDED;
}

/* As append_settle(), but what cannot be proven is left pending. */
static int settle_asked(struct logfile *f, int *ret_outcome, struct tsmmr_error *err)
{
	struct came came;
	enum side side;
	bool sync;
	int r;

	*ret_outcome = TSMMR_SETTLED_NOTHING;
	if (!f->state.text.n)
		return 0;
	sync = is_sync(&f->state.text);
	r = look_how_far(f, &came, err);
	if (r < 0)
		return r;
	side = side_of(f);
	if (side == NEITHER && came.n == NOWHERE)
		return fail(err, TSMMR_E_INDOUBT,
			    "%s was extended by others too, so nothing shows whether the record "
			    "that is pending was: the next append logs it, and that it may not be",
			    f->banks[0].reg->name);
	/* The kernel shows what it fetched before, until a write succeeds.  (tsm-mr.c) */
	if (side != AFTER && f->state.failed && f->banks[0].reg->layout == TREE_TSM)
		return fail(err, TSMMR_E_INDOUBT,
			    "%s reads as before the write that failed, but after such a write the "
			    "kernel does not fetch it again",
			    f->banks[0].reg->name);
	r = narrow_to(f, &came, err);
	if (r < 0)
		return r;
	side = side_of(f);
	r = settle_as(f, side, err);
	if (!sync)
		*ret_outcome = outcome_of(&came, side);
	return r;
}

int tree_settle(const struct tsmmr_tree *tree, const struct tree_reg *reg, int *ret_outcome,
		struct tsmmr_error *err)
{
	_cleanup_(logfile_close) struct logfile f = { 0 };
	struct tsmmr_error why = { .size = sizeof(why) };
	int outcome = TSMMR_SETTLED_NOTHING, r = TSMMR_E_NOTFOUND;

	/* Only in a log of ours is anything pending. */
	if (!reg->log_path && reg->value_path && reg->hash)
		r = logfile_open(tree, reg, false, &f, &why);
	if (r == 0)
		r = settle_asked(&f, &outcome, err);
	else if (r == TSMMR_E_NOTFOUND)
		r = 0;
	else
		error_copy(&why, err);
	if (r == 0)
		*ret_outcome = outcome;
	return r;
}
