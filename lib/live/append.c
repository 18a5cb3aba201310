/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extending a register together with its log.
 *
 * A line goes through five steps, all under the register's lock:
 *
 *	1. the state file says what is pending: the bytes, and the register before and after
 *	2. the log gets the bytes, durable
 *	3. the register is extended, each bank of it by its own hash of the line
 *	4. the register is read back
 *	5. the state file says that nothing is pending
 *
 * The log is written ahead of the register, as "# .EXTEND" is in the kernel's: a reader
 * who reads the register first and then the log finds in it all that was extended; a log
 * that cannot be written is noticed before anything has happened; and a crash leaves at
 * worst one record at the end that the register does not have.  The next append asks the
 * register which side of step 3 it was; a bank that was not reached is extended then.
 *
 * What replays is the log's own value (log_state.value).  Where the register has another,
 * somebody else extended it, and a SYNC line says so: the mainline kernel keeps no log and
 * has no compare-and-extend, so this can only be seen before and after.
 */
#include "live/append.h"

#include <assert.h>
#include <stdio.h>

#include <tsmmr/tree.h>

#include "core/trace.h"
#include "live/live.h"
#include "live/logfile.h"
#include "sys/tpm.h"
#include "util/error.h"

#define RECORD_MAX 4000 /* the kernel takes a page, its SYNC included */
#define SYNC_TRIES 4    /* while others extend all the time */
#define SYNC_ROOM 512   /* more than a SYNC of any hash takes, with a comment */

/* As the kernel's isspace(): also 0xA0.  (lib/ctype.c) */
static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

/*
 * A record must come back from the log as it went in, and as nothing else.  The kernel's
 * append_event splits at newlines and carriage returns, trims blanks, does not hash what
 * begins with '#'; and a SYNC line asserts what only the keeper of the log can know.
 */
static int check_record(struct span record, struct tsmmr_error *err)
{
	const uint8_t *p = record.p;
	size_t n = record.n;
	const char *why = NULL;

	if (!n)
		why = "is empty";
	else if (n > RECORD_MAX)
		why = "is longer than 4000 bytes";
	else if (memchr(p, '\n', n))
		why = "has a newline: a record is one line";
	else if (memchr(p, '\r', n))
		why = "has a carriage return, which ends a line for the kernel";
	else if (memchr(p, 0, n))
		why = "has a NUL byte";
	else if (p[0] == '#')
		why = "begins with '#': a comment is not measured";
	else if (n >= 4 && memcmp(p, "SYNC", 4) == 0 && (n == 4 || p[4] == ' '))
		why = "begins with \"SYNC \", which asserts a register's value";
	else if (is_blank(p[0]))
		why = "begins with a blank, which the kernel takes off";
	else if (is_blank(p[n - 1]))
		why = "ends with a blank, which the kernel takes off";
	return why ? fail(err, TSMMR_E_ARG, "the record %s", why) : 0;
}

/* The caller's error, from one that was only filled in case. */
static int fail_as(struct tsmmr_error *err, const struct tsmmr_error *mine)
{
	error_copy(mine, err);
	return mine->code;
}

/* Forgets what is pending; when that fails it stays pending, and the next append asks again. */
static void abandon(struct logfile *f)
{
	if (logdir_log_cut(&f->dir, f->state.len, NULL) < 0)
		return;
	f->state.text.n = 0;
	logfile_save(f, false, NULL);
}

/* What was pending is part of the log. */
static void adopt(struct logfile *f)
{
	struct log_state *st = &f->state;

	st->len += st->text.n;
	for (size_t i = 0; i < f->n_banks; i++) {
		struct bank_state *b = &st->banks[i];

		b->anchored = b->leaves_anchored;
		memcpy(b->value, b->leaves, sizeof(b->value));
	}
	st->text.n = 0;
}

static bool is_extended(const struct logfile *f, size_t i)
{
	return bank_equal(&f->banks[i], f->banks[i].now, f->state.banks[i].after);
}

static bool all_extended(const struct logfile *f)
{
	for (size_t i = 0; i < f->n_banks; i++)
		if (!is_extended(f, i))
			return false;
	return true;
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
 */
static int conclude(struct logfile *f, int extended, const struct tsmmr_error *why,
		    struct tsmmr_error *err)
{
	struct tsmmr_error unread = { .size = sizeof(unread) };
	bool seen = logfile_look(f, &unread) == 0;

	if (extended == 0 && !seen)
		return fail_os(err, TSMMR_E_INDOUBT, unread.os_errno,
			       "%s was extended and its log written, but it cannot be read (%s): "
			       "the next append settles it",
			       f->banks[0].reg->name, unread.message);
	if (extended == 0 || (seen && all_extended(f))) {
		/* If this fails, the next append finds the same. */
		adopt(f);
		logfile_save(f, false, NULL);
		return 0;
	}
	if (extended == TSMMR_E_INDOUBT) {
		f->state.failed = true;
		logfile_save(f, true, NULL);
		return fail_os(err, TSMMR_E_INDOUBT, why->os_errno,
			       "%s: the record is pending and the next append settles it",
			       why->message);
	}

	abandon(f);
	return fail_as(err, why);
}

/* What a line, or a digest of the first bank alone, extends. */
struct input {
	struct span line; /* as it is measured; p is NULL for a digest of nobody knows what */
	uint8_t digests[LOG_BANKS_MAX][TSMMR_HASH_SIZE_MAX];
	size_t n; /* banks that it extends */
};

static int input_of(struct logfile *f, struct span line, struct input *ret)
{
	ret->line = line;
	ret->n = f->n_banks;
	for (size_t i = 0; i < f->n_banks; i++)
		if (hash_bytes(&f->banks[i].hasher, line.p, line.n, ret->digests[i]) < 0)
			return TSMMR_E_NOMEM;
	return 0;
}

static int extend_bank(struct logfile *f, const struct input *in, size_t i, struct tsmmr_error *err)
{
	const struct log_bank *b = &f->banks[i];

	return reg_extend_record(f->ctx->root, f->ctx->crypto, b->reg, in->line, in->digests[i],
				 b->hasher.alg->size, err);
}

/* Step 3.  Where only some banks were extended, the rest of it is the next append's. */
static int extend_all(struct logfile *f, const struct input *in, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };

	for (size_t i = 0; i < in->n; i++) {
		int r = extend_bank(f, in, i, &why);

		if (r < 0)
			return i ? fail_os(err, TSMMR_E_INDOUBT, why.os_errno,
					   "%s:%s is not extended yet: %s", f->banks[i].reg->name,
					   f->banks[i].reg->hash, why.message) :
				   fail_as(err, &why);
	}
	return 0;
}

/* What the log replays to after in, where a bank has a value that it replays to. */
static int foresee(struct logfile *f, const struct input *in)
{
	for (size_t i = 0; i < f->n_banks; i++) {
		struct bank_state *b = &f->state.banks[i];

		b->leaves_anchored = b->anchored;
		memcpy(b->leaves, b->value, sizeof(b->leaves));
		if (in->line.p && hash_extend(&f->banks[i].hasher, b->leaves, in->digests[i],
					      f->banks[i].hasher.alg->size) < 0)
			return TSMMR_E_NOMEM;
	}
	return 0;
}

/*
 * One line, whose text is in f->state.text, through the five steps.  The banks' now is the
 * register before; leaves is what the log replays to after it, which is not the register's value
 * where the two had parted.
 */
static int commit(struct logfile *f, const struct input *in, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	struct log_state *st = &f->state;
	int r = st->text.failed ? TSMMR_E_NOMEM : 0;

	assert(st->text.n || st->text.failed);
	st->failed = false;
	for (size_t i = 0; i < f->n_banks; i++) {
		size_t size = f->banks[i].hasher.alg->size;
		struct bank_state *b = &st->banks[i];

		memcpy(b->before, f->banks[i].now, size);
		memcpy(b->after, f->banks[i].now, size);
		if (i < in->n &&
		    hash_extend(&f->banks[i].hasher, b->after, in->digests[i], size) < 0)
			r = TSMMR_E_NOMEM;
	}
	r = r < 0 ? fail_nomem(err) : logfile_save(f, true, err);
	/* A log that is new is to be found after a crash, with the boot that it is of. */
	if (r == 0 && !st->len)
		r = logdir_sync(&f->dir, err);
	if (r == 0)
		r = logdir_log_write(&f->dir, st->len, st->text.p, st->text.n, err);
	if (r < 0) {
		abandon(f);
		return r;
	}

	r = extend_all(f, in, &why);
	return conclude(f, r, &why, err);
}

/*
 * A line that says what a bank of the register is, and is measured itself, in all of them.
 * doubt: the record before it could not be settled, and only a reader who believes this SYNC
 * may go on from here.
 */
static int sync_bank(struct logfile *f, size_t i, bool doubt, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf line = { 0 };
	const struct hash_alg *alg = f->banks[i].hasher.alg;
	struct log_state *st = &f->state;
	struct bank_state *b = &st->banks[i];
	struct input in;

	buf_printf(&line, "SYNC %s/", alg->kernel ? alg->kernel : alg->name);
	buf_hex(&line, f->banks[i].now, alg->size);
	if (line.failed || input_of(f, span_of(line.p, line.n), &in) < 0)
		return fail_nomem(err);

	st->text.n = 0;
	/* An empty line before what one write begins with, as the kernel has it. */
	buf_str(&st->text, st->len ? "\n" : "");
	buf_str(&st->text, doubt ? "# the record above may not have been extended\n" : "");
	buf_add(&st->text, line.p, line.n);
	buf_char(&st->text, '\n');
	if (foresee(f, &in) == 0) {
		b->leaves_anchored = true;
		memcpy(b->leaves, f->banks[i].now, alg->size);
		if (hash_extend(&f->banks[i].hasher, b->leaves, in.digests[i], alg->size) == 0)
			return commit(f, &in, err);
	}
	st->text.n = 0;
	return fail_nomem(err);
}

static bool bank_in_sync(const struct logfile *f, size_t i)
{
	return f->state.banks[i].anchored &&
	       bank_equal(&f->banks[i], f->banks[i].now, f->state.banks[i].value);
}

static bool in_sync(const struct logfile *f)
{
	for (size_t i = 0; i < f->n_banks; i++)
		if (!bank_in_sync(f, i))
			return false;
	return true;
}

/* A SYNC of each bank that has another value than the log. */
static int sync_once(struct logfile *f, bool doubt, struct tsmmr_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n_banks; i++)
		if (!bank_in_sync(f, i))
			r = sync_bank(f, i, doubt, err);
	return r;
}

static int append_record(struct logfile *f, const struct input *in, struct tsmmr_error *err)
{
	struct log_state *st = &f->state;

	st->text.n = 0;
	buf_char(&st->text, '\n');
	buf_add(&st->text, in->line.p, in->line.n);
	buf_char(&st->text, '\n');
	if (foresee(f, in) < 0) {
		st->text.n = 0;
		return fail_nomem(err);
	}
	return commit(f, in, err);
}

/* The line of what is pending that is measured; n is 0 where there is none. */
static struct span pending_line(const struct log_state *st)
{
	struct span left = span_of(st->text.p, st->text.n), line = span_of(NULL, 0);

	while (left.n) {
		const uint8_t *newline = memchr(left.p, '\n', left.n);
		size_t n = newline ? (size_t)(newline - left.p) : left.n;

		if (n && left.p[0] != '#')
			line = span_of(left.p, n);
		n += newline ? 1 : 0;
		left = span_of(left.p + n, left.n - n);
	}
	return line;
}

/* Extends the banks that a crash or a failure kept from what is pending. */
static int finish(struct logfile *f, struct tsmmr_error *err)
{
	struct span line = pending_line(&f->state);
	struct input in;
	bool done = false;

	if (!line.n)
		return 0;
	if (input_of(f, line, &in) < 0)
		return fail_nomem(err);
	for (size_t i = 0; i < f->n_banks; i++) {
		struct log_bank *b = &f->banks[i];
		int r;

		if (!bank_equal(b, b->now, f->state.banks[i].before))
			continue;
		r = extend_bank(f, &in, i, err);
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
		bool is = bank_equal(&f->banks[i], f->banks[i].now, f->state.banks[i].before);

		before += is;
		either += is || is_extended(f, i);
	}
	return before == f->n_banks ? BEFORE :
	       all_extended(f)      ? AFTER :
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
			adopt(f);
	}
	f->repaired = true;
	return r < 0 ? r : logfile_save(f, false, err);
}

/*
 * What a crash or an unreadable register left pending.  Where the register is neither as
 * it was before nor as it was to be after, others extended it and nothing can be proven:
 * the record stays, for leaving out one that was measured would be worse than having one
 * too many, and the SYNC that follows says that what is before it is not proven.
 */
static int settle(struct logfile *f, bool *ret_doubt, struct tsmmr_error *err)
{
	enum side side;
	int r;

	*ret_doubt = false;
	if (!f->state.text.n)
		return 0;
	r = logfile_look(f, err);
	if (r < 0)
		return r;
	side = side_of(f);
	r = settle_as(f, side, err);
	*ret_doubt = side != BEFORE && !all_extended(f);
	return r;
}

/* The log is ready to take a line: settled, its boot's, in step with the register. */
static int prepare(struct logfile *f, size_t room, bool *ret_doubt, struct tsmmr_error *err)
{
	int r = settle(f, ret_doubt, err);

	if (r == 0)
		r = logfile_look(f, err);
	if (r == 0)
		r = logdir_log_reserve(&f->dir, f->state.len, room + 2 * f->n_banks * SYNC_ROOM,
				       err);
	return r;
}

static int find_record(struct logfile *f, struct span record, bool *ret_found,
		       struct tsmmr_error *err)
{
	struct textlog w = { 0 };
	int fd, r;

	r = logdir_log_rewind(&f->dir, &fd, err);
	if (r == 0)
		r = textlog_walk(f->banks, f->n_banks, fd, record, &w, err);
	*ret_found = w.found;
	return r;
}

/* A SYNC that is in doubt is settled like a record, but the caller's is not: it never began. */
static int sync_before(struct logfile *f, bool doubt, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	int r = sync_once(f, doubt, &why);

	if (r == TSMMR_E_INDOUBT)
		return fail(err, TSMMR_E_IO, "SYNC: %s", why.message);
	return r < 0 ? fail_as(err, &why) : 0;
}

static int append_locked(struct logfile *f, const struct input *in, struct append *a,
			 struct tsmmr_error *err)
{
	bool doubt, found = false;
	int r;

	r = prepare(f, a->record.n + 2, &doubt, err);
	if (r == 0 && a->flags & TSMMR_APPEND_ONCE)
		r = find_record(f, a->record, &found, err);
	if (r < 0)
		return r;
	a->done = f->repaired ? TSMMR_APPENDED_REPAIR : 0;

	/* One that may not have been measured does not count. */
	if (found && !doubt) {
		a->done |= TSMMR_APPENDED_NOTHING;
		return 0;
	}

	if (!in_sync(f)) {
		trace(f->ctx, TSMMR_TRACE_INFO, "%s: a SYNC is due: %s", f->banks[0].reg->name,
		      f->state.banks[0].anchored ? "others extended it" : "its log is new");
		r = sync_before(f, doubt, err);
		if (r < 0)
			return r;
		a->done |= TSMMR_APPENDED_SYNC;
	}
	r = append_record(f, in, err);
	if (r < 0)
		return r;

	/* Others came in between: the record is safe, so what fails now is the next one's. */
	for (int i = 0; i < SYNC_TRIES && !in_sync(f) && sync_once(f, false, NULL) == 0; i++)
		;
	return 0;
}

static int cannot_extend(const struct tree_reg *reg, struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_LOCKED, "%s cannot be extended%s", reg->name,
		    reg->layout != TREE_TPM ? "" :
		    tpm_is_built_in()       ? ": no device takes commands to its TPM" :
					      ": TPM commands are not built in (tpm2-tss)");
}

static int can_log(const struct tree_reg *reg, struct tsmmr_error *err)
{
	if (!reg->write_path)
		return cannot_extend(reg, err);
	if (reg->follows)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "%s:%s has no log of its own: a record for %s extends all its banks",
			    reg->name, reg->hash, reg->name);
	if (!reg->value_path)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "%s cannot be read, so no log of it can be kept", reg->name);
	return 0;
}

/* Says so where it is certain, so that the caller may try again. */
static int unextended(int r, struct tsmmr_error *err)
{
	static const char words[] = "; the record was not extended";
	size_t n = error_filled(err) ? strlen(err->message) : 0;

	if (n && (r == TSMMR_E_IO || r == TSMMR_E_LIMIT) &&
	    n + sizeof(words) <= sizeof(err->message))
		memcpy(err->message + n, words, sizeof(words));
	return r;
}

static int append_ours(const struct tsmmr_tree *tree, const struct tree_reg *reg, struct append *a,
		       struct tsmmr_error *err)
{
	_cleanup_(logfile_close) struct logfile f = { 0 };
	struct input in;
	int r = can_log(reg, err);

	if (r < 0)
		return r;
	r = logfile_open(tree, reg, true, &f, err);
	if (r < 0)
		return r;
	if (input_of(&f, a->record, &in) < 0)
		return fail_nomem(err);
	r = append_locked(&f, &in, a, err);
	if (r < 0)
		return r;

	a->n_banks = f.n_banks;
	for (size_t i = 0; i < f.n_banks; i++) {
		struct append_bank *bank = &a->banks[i];

		bank->alg = f.banks[i].hasher.alg;
		memcpy(bank->digest, in.digests[i], sizeof(bank->digest));
		memcpy(bank->value, f.banks[i].now, sizeof(bank->value));
	}
	return 0;
}

int tree_append(const struct tsmmr_tree *tree, const struct tree_reg *reg, struct append *a,
		struct tsmmr_error *err)
{
	int r = check_record(a->record, err);

	if (r < 0)
		return r;
	r = reg->append_path ? append_kernel(tree, reg, a, err) : append_ours(tree, reg, a, err);
	return r < 0 ? unextended(r, err) : 0;
}

/* "# .EXTEND" first, then the extension; the next append finds them apart and writes a SYNC. */
static int extend_with_hint(struct logfile *f, const uint8_t *digest, size_t n,
			    struct tsmmr_error *err)
{
	struct log_state *st = &f->state;
	struct input in = { .n = 1 };
	bool doubt;
	int r = prepare(f, SYNC_ROOM, &doubt, err);

	if (r < 0)
		return r;
	/* As the kernel: an empty line before the first of several. */
	buf_str(&st->text, in_sync(f) ? "\n" : "");
	buf_str(&st->text, doubt ? "# the record above may not have been extended\n" : "");
	buf_str(&st->text, "# .EXTEND ");
	buf_hex(&st->text, digest, n);
	buf_char(&st->text, '\n');
	memcpy(in.digests[0], digest, n);
	return foresee(f, &in) < 0 ? fail_nomem(err) : commit(f, &in, err);
}

int tree_extend_logged(const struct tsmmr_tree *tree, const struct tree_reg *reg,
		       const uint8_t *digest, size_t n, struct tsmmr_error *err)
{
	_cleanup_(logfile_close) struct logfile f = { 0 };
	struct tsmmr_error why = { .size = sizeof(why) };
	int r;

	if (!reg->write_path)
		return cannot_extend(reg, err);
	if (n != reg->size)
		return fail(err, TSMMR_E_ARG, "%s takes %zu bytes, not %zu", reg->name, reg->size,
			    n);
	/* The kernel's own log, or none: where nobody has appended, no log needs a hint. */
	if (reg->log_path || !reg->value_path || !reg->hash || reg->follows)
		return reg_extend(tree->ctx->root, tree->ctx->crypto, reg, digest, n, err);
	r = logfile_open(tree, reg, false, &f, &why);
	if (r == TSMMR_E_NOTFOUND || r == TSMMR_E_UNSUPPORTED)
		return reg_extend(tree->ctx->root, tree->ctx->crypto, reg, digest, n, err);
	return r < 0 ? fail_as(err, &why) : extend_with_hint(&f, digest, n, err);
}

/* A SYNC is ours, and no record that a caller could ask about. */
static bool is_sync(const struct buf *text)
{
	const uint8_t *newline = memrchr(text->p, '\n', text->n - 1);
	size_t from = newline ? (size_t)(newline + 1 - text->p) : 0;

	return span_starts(span_of(text->p + from, text->n - from), "SYNC ", 5);
}

/* As settle(), but what cannot be proven is left pending. */
static int settle_asked(struct logfile *f, int *ret_outcome, struct tsmmr_error *err)
{
	bool sync;
	enum side side;
	int r;

	*ret_outcome = TSMMR_SETTLED_NOTHING;
	if (!f->state.text.n)
		return 0;
	sync = is_sync(&f->state.text);
	r = logfile_look(f, err);
	if (r < 0)
		return r;
	side = side_of(f);
	if (side == NEITHER)
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
	r = settle_as(f, side, err);
	if (!sync)
		*ret_outcome = side == BEFORE ? TSMMR_SETTLED_NOT_EXTENDED : TSMMR_SETTLED_EXTENDED;
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
	else
		r = r == TSMMR_E_NOTFOUND ? 0 : fail_as(err, &why);
	if (r == 0)
		*ret_outcome = outcome;
	return r;
}
