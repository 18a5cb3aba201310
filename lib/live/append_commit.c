/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extending a register together with its log.
 *
 * Lines go through five steps, one or several together, all under the register's lock:
 *
 *	1. the state file says what is pending: the bytes, and the register before and after
 *	2. the log gets the bytes, durable
 *	3. the register is extended, line by line, each bank of it by its own hash of the line
 *	4. the register is read back
 *	5. the state file says that nothing is pending
 *
 * The log is written ahead of the register, as "# .EXTEND" is in the kernel's: a reader
 * who reads the register first and then the log finds in it all that was extended; a log
 * that cannot be written is noticed before anything has happened; and a crash leaves at
 * worst lines at the end that the register does not have.  The next append asks the
 * register how far step 3 came: each line that was pending leads from one value to the next,
 * and no two of them are the same.  A bank that was not reached is extended then.
 *
 * Several lines cost two fdatasync() instead of two each.  None of them is acknowledged before
 * the last one's step 4.
 *
 * What replays is the log's own value (log_state.value).  Where the register has another,
 * somebody else extended it, and a SYNC line says so: the mainline kernel keeps no log and
 * has no compare-and-extend, so this can only be seen before and after.
 */
#include "live/append.h"

#include <assert.h>

#include "util/error.h"

/* Forgets what is pending; when that fails it stays pending, and the next append asks again. */
static void abandon(struct logfile *f)
{
	if (logdir_log_cut(&f->dir, f->state.len, NULL) < 0)
		return;
	f->state.text.n = 0;
	logfile_save(f, false, NULL);
}

void state_adopt(struct log_state *st, size_t n_banks)
{
	st->len += st->text.n;
	for (size_t i = 0; i < n_banks; i++) {
		struct bank_state *b = &st->banks[i];

		b->anchored = b->leaves_anchored;
		memcpy(b->value, b->leaves, sizeof(b->value));
	}
	st->text.n = 0;
}

bool state_is_extended(const struct logfile *f)
{
	for (size_t i = 0; i < f->n_banks; i++)
		if (!bank_equal(&f->banks[i], f->banks[i].now, f->state.banks[i].after))
			return false;
	return true;
}

static bool stands_after(const struct logfile *f, const struct input *in)
{
	for (size_t i = 0; i < f->n_banks; i++)
		if (!bank_equal(&f->banks[i], f->banks[i].now, in->banks[i].after))
			return false;
	return true;
}

/* Only the first n are pending. */
static void set_pending(struct logfile *f, const struct input *in, size_t n)
{
	const struct input *last = &in[n - 1];

	f->state.text.n = last->end;
	for (size_t i = 0; i < f->n_banks; i++) {
		struct bank_state *b = &f->state.banks[i];

		memcpy(b->after, last->banks[i].after, sizeof(b->after));
		b->leaves_anchored = last->banks[i].anchored;
		memcpy(b->leaves, last->banks[i].leaves, sizeof(b->leaves));
	}
}

/* The first n are part of the log, and only the next one is pending. */
static void set_pending_after(struct logfile *f, const struct input *in, size_t n)
{
	size_t end = n ? in[n - 1].end : 0;
	struct log_state *st = &f->state;

	if (n) {
		set_pending(f, in, n);
		state_adopt(st, f->n_banks);
		memmove(st->text.p, st->text.p + end, in[n].end - end);
	}
	for (size_t i = 0; n && i < f->n_banks; i++)
		memcpy(st->banks[i].before, in[n - 1].banks[i].after, sizeof(st->banks[i].before));
	set_pending(f, in, n + 1);
	st->text.n = in[n].end - end;
}

/* The log without what is no longer pending.  Where that fails the state must not change. */
static int cut_to_pending(struct logfile *f)
{
	return logdir_log_cut(&f->dir, f->state.len + f->state.text.n, NULL);
}

static int fail_unread(const struct logfile *f, const struct committed *c,
		       const struct tsmmr_error *unread, struct tsmmr_error *err)
{
	return fail_os(err, TSMMR_E_INDOUBT, unread->os_errno,
		       "%s was extended and its log written%s, but it cannot be read (%s): "
		       "the next append settles it",
		       f->banks[0].reg->name, c->failed > 1 ? ", by several records" : "",
		       unread->message);
}

/* The first ones of n are in the register, and so is the log that has them. */
static void keep(struct logfile *f, const struct input *in, const struct committed *c, size_t n)
{
	set_pending(f, in, c->done);
	if (c->done < n && cut_to_pending(f) < 0)
		return;
	/* If this fails, the next append finds the same. */
	state_adopt(&f->state, f->n_banks);
	logfile_save(f, false, NULL);
}

/* Only the register can say whether the next one was extended, and it does not now. */
static int leave_pending(struct logfile *f, const struct input *in, bool seen,
			 const struct tsmmr_error *why, struct committed *ret,
			 struct tsmmr_error *err)
{
	if (seen) {
		set_pending_after(f, in, ret->done);
		ret->failed = 1;
	} else {
		set_pending(f, in, ret->done + 1);
		ret->failed = ret->done + 1;
		ret->done = 0;
	}
	f->state.failed = true;
	if (cut_to_pending(f) == 0)
		logfile_save(f, true, NULL);
	return fail_os(err, TSMMR_E_INDOUBT, why->os_errno,
		       "%s: the record is pending and the next append settles it", why->message);
}

/*
 * Step 4 and 5.  Not every failure says that nothing was extended, and a success that
 * cannot be read back does not say what others did.
 *
 * After a failure that says nothing (EINTR, EIO) a register that has the value after it
 * was extended.  One that has the value before it is no proof: the kernel fetches a value
 * again only after a write that succeeded (tsm-mr.c), so it may be an old one.  No driver
 * that we know extends and then fails, so the next append believes it, and if that is
 * wrong it finds an extension that is not ours and writes a SYNC.
 *
 * The first ret->done were extended; where extended is not 0, it says why the next one failed.
 */
static int conclude(struct logfile *f, const struct input *in, size_t n, int extended,
		    const struct tsmmr_error *why, struct committed *ret, struct tsmmr_error *err)
{
	struct tsmmr_error unread = { .size = sizeof(unread) };
	bool seen = logfile_look(f, &unread) == 0;

	if (extended < 0 && seen && stands_after(f, &in[ret->done])) {
		ret->done++;
		extended = 0;
	}
	if (extended == TSMMR_E_INDOUBT)
		return leave_pending(f, in, seen, why, ret, err);
	if (ret->done && !seen) {
		ret->failed = ret->done;
		ret->done = 0;
		return fail_unread(f, ret, &unread, err);
	}

	if (ret->done)
		keep(f, in, ret, n);
	else
		abandon(f);
	if (extended == 0)
		return 0;
	ret->failed = 1;
	error_copy(why, err);
	return extended;
}

int input_of(struct logfile *f, struct span line, struct input *ret)
{
	ret->line = line;
	ret->n = f->n_banks;
	for (size_t i = 0; i < f->n_banks; i++)
		if (hash_bytes(&f->banks[i].hasher, line.p, line.n, ret->banks[i].digest) < 0)
			return TSMMR_E_NOMEM;
	return 0;
}

int input_extend_bank(struct logfile *f, const struct input *in, size_t i, struct tsmmr_error *err)
{
	const struct log_bank *b = &f->banks[i];

	return reg_extend_record(f->ctx->root, f->ctx->crypto, b->reg, in->line,
				 in->banks[i].digest, b->hasher.alg->size, err);
}

/* Step 3.  Where only some banks were extended, the rest of it is the next append's. */
static int extend_all(struct logfile *f, const struct input *in, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };

	for (size_t i = 0; i < in->n; i++) {
		int r = input_extend_bank(f, in, i, &why);

		if (r < 0 && i)
			return fail_os(err, TSMMR_E_INDOUBT, why.os_errno,
				       "%s:%s is not extended yet: %s", f->banks[i].reg->name,
				       f->banks[i].reg->hash, why.message);
		if (r < 0) {
			error_copy(&why, err);
			return r;
		}
	}
	return 0;
}

static int extend_with(struct log_bank *b, uint8_t *value, const struct input_bank *in)
{
	return hash_extend(&b->hasher, value, in->digest, b->hasher.alg->size);
}

int inputs_foresee(struct logfile *f, struct input *in, size_t n)
{
	for (size_t i = 0; i < f->n_banks; i++) {
		const struct bank_state *b = &f->state.banks[i];
		const uint8_t *from = b->value;

		for (size_t k = 0; k < n; k++) {
			struct input_bank *bank = &in[k].banks[i];

			bank->anchored = b->anchored;
			memcpy(bank->leaves, from, sizeof(bank->leaves));
			if (in[k].line.p && extend_with(&f->banks[i], bank->leaves, bank) < 0)
				return TSMMR_E_NOMEM;
			from = bank->leaves;
		}
	}
	return 0;
}

/* The register before them, and after each. */
static int foresee_register(struct logfile *f, struct input *in, size_t n)
{
	for (size_t i = 0; i < f->n_banks; i++) {
		const uint8_t *from = f->banks[i].now;

		memcpy(f->state.banks[i].before, from, sizeof(f->state.banks[i].before));
		for (size_t k = 0; k < n; k++) {
			struct input_bank *bank = &in[k].banks[i];

			memcpy(bank->after, from, sizeof(bank->after));
			if (i < in[k].n && extend_with(&f->banks[i], bank->after, bank) < 0)
				return TSMMR_E_NOMEM;
			from = bank->after;
		}
	}
	return 0;
}

/* Step 1 and 2. */
static int write_ahead(struct logfile *f, struct input *in, size_t n, struct tsmmr_error *err)
{
	struct log_state *st = &f->state;
	int r;

	st->failed = false;
	if (st->text.failed || foresee_register(f, in, n) < 0)
		return fail_nomem(err);
	set_pending(f, in, n);
	r = logfile_save(f, true, err);
	/* A log that is new is to be found after a crash, with the boot that it is of. */
	if (r == 0 && !st->len)
		r = logdir_sync(&f->dir, err);
	return r < 0 ? r : logdir_log_write(&f->dir, st->len, st->text.p, st->text.n, err);
}

int inputs_commit(struct logfile *f, struct input *in, size_t n, struct committed *ret,
		  struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	int r;

	assert(f->state.text.failed || f->state.text.n == in[n - 1].end);
	*ret = (struct committed){ .failed = 1 };
	r = write_ahead(f, in, n, err);
	if (r < 0) {
		abandon(f);
		return r;
	}

	*ret = (struct committed){ .attempted = true };
	while (r == 0 && ret->done < n) {
		r = extend_all(f, &in[ret->done], &why);
		ret->done += r == 0;
	}
	r = conclude(f, in, n, r, &why, ret, err);
	ret->is_chain = ret->done && stands_after(f, &in[ret->done - 1]);
	return r;
}
