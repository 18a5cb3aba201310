/* SPDX-License-Identifier: BSD-2-Clause */
/* Appending records: the log is made ready, what is new is committed, one or several at once. */
#include "live/append.h"

#include <stdio.h>

#include <tsmmr/tree.h>

#include "core/trace.h"
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

/* What is above may be too much, and only a reader who believes the SYNC goes on from here. */
static void put_doubt(struct logfile *f, bool doubt)
{
	struct buf *text = &f->state.text;

	if (doubt && f->n_doubted > 1)
		buf_printf(text, "# the %zu records above may not have been extended\n",
			   f->n_doubted);
	else if (doubt)
		buf_str(text, "# the record above may not have been extended\n");
}

/*
 * A line that says what a bank of the register is, and is measured itself, in all of them.
 * doubt: what is before it could not be settled.
 */
static int sync_bank(struct logfile *f, size_t i, bool doubt, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf line = { 0 };
	const struct hash_alg *alg = f->banks[i].hasher.alg;
	struct log_state *st = &f->state;
	struct committed committed;
	struct input in;

	buf_printf(&line, "SYNC %s/", alg->kernel ? alg->kernel : alg->name);
	buf_hex(&line, f->banks[i].now, alg->size);
	if (line.failed || input_of(f, span_of(line.p, line.n), &in) < 0)
		return fail_nomem(err);

	st->text.n = 0;
	/* An empty line before what one write begins with, as the kernel has it. */
	buf_str(&st->text, st->len ? "\n" : "");
	put_doubt(f, doubt);
	buf_add(&st->text, line.p, line.n);
	buf_char(&st->text, '\n');
	in.end = st->text.n;
	if (inputs_foresee(f, &in, 1) == 0) {
		in.banks[i].anchored = true;
		memcpy(in.banks[i].leaves, f->banks[i].now, alg->size);
		if (hash_extend(&f->banks[i].hasher, in.banks[i].leaves, in.banks[i].digest,
				alg->size) == 0)
			return inputs_commit(f, &in, 1, &committed, err);
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

/* The log is ready to take lines: settled, its boot's, in step with the register. */
static int prepare(struct logfile *f, size_t room, bool *ret_doubt, struct tsmmr_error *err)
{
	int r = append_settle(f, ret_doubt, err);

	if (r == 0)
		r = logfile_look(f, err);
	if (r == 0)
		r = logdir_log_reserve(&f->dir, f->state.len, room + 2 * f->n_banks * SYNC_ROOM,
				       err);
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

static int append_records(struct logfile *f, struct input *in, size_t n, struct committed *ret,
			  struct tsmmr_error *err)
{
	struct log_state *st = &f->state;

	st->text.n = 0;
	for (size_t k = 0; k < n; k++) {
		buf_char(&st->text, '\n');
		buf_add(&st->text, in[k].line.p, in[k].line.n);
		buf_char(&st->text, '\n');
		in[k].end = st->text.n;
	}
	if (inputs_foresee(f, in, n) < 0) {
		st->text.n = 0;
		return fail_nomem(err);
	}
	return inputs_commit(f, in, n, ret, err);
}

/* What an append says it did.  after: the register with it, of which that is known. */
static void tell(const struct logfile *f, const struct input *in, bool has_after, uint32_t done,
		 struct append *a)
{
	a->done = done;
	a->n_banks = f->n_banks;
	for (size_t i = 0; i < f->n_banks; i++) {
		struct append_bank *bank = &a->banks[i];
		const struct input_bank *from = &in->banks[i];

		bank->alg = f->banks[i].hasher.alg;
		memcpy(bank->digest, from->digest, sizeof(bank->digest));
		memcpy(bank->value, has_after ? from->after : f->banks[i].now, sizeof(bank->value));
	}
}

/* Is a record that is wanted only once among the first n of those before it? */
static bool is_double(struct append *const *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(all[i]->record, all[n]->record.p, all[n]->record.n))
			return true;
	return false;
}

/* Is the record to be left out, since the log has it?  One that may not be measured does not count.
 */
static int is_known(struct logfile *f, const struct append *a, bool doubt, bool *ret,
		    struct tsmmr_error *err)
{
	*ret = false;
	if (!(a->flags & TSMMR_APPEND_ONCE) || doubt)
		return 0;
	return append_find(f, a->record, ret, err);
}

/* How many of them go into one group: none that the log has, or will have when it is its turn. */
static int count_new(struct logfile *f, struct append *const *all, size_t n, size_t *ret,
		     struct tsmmr_error *err)
{
	bool known;
	int r;

	for (*ret = 1; *ret < n; ++*ret) {
		r = is_known(f, all[*ret], false, &known, err);
		if (r < 0)
			return r;
		if (known || (all[*ret]->flags & TSMMR_APPEND_ONCE && is_double(all, *ret)))
			break;
	}
	return 0;
}

/* The first of them, and of those that follow what can be appended with it. */
static int append_locked(struct logfile *f, struct append *const *all, struct input *in, size_t n,
			 struct committed *ret, struct tsmmr_error *err)
{
	bool doubt, known = false;
	size_t room = 0;
	uint32_t done;
	int r;

	for (size_t k = 0; k < n; k++)
		room += all[k]->record.n + 2;
	r = prepare(f, room, &doubt, err);
	if (r == 0)
		r = is_known(f, all[0], doubt, &known, err);
	if (r < 0)
		return r;
	done = f->repaired ? TSMMR_APPENDED_REPAIR : 0;
	if (known) {
		tell(f, in, false, done | TSMMR_APPENDED_NOTHING, all[0]);
		ret->done = 1;
		return 0;
	}
	/* What was in doubt is no longer when the first of them is done. */
	if (doubt)
		n = 1;
	r = count_new(f, all, n, &n, err);
	if (r < 0)
		return r;

	if (!in_sync(f)) {
		trace(f->ctx, TSMMR_TRACE_INFO, "%s: a SYNC is due: %s", f->banks[0].reg->name,
		      f->state.banks[0].anchored ? "others extended it" : "its log is new");
		r = sync_before(f, doubt, err);
		if (r < 0)
			return r;
		done |= TSMMR_APPENDED_SYNC;
	}
	r = append_records(f, in, n, ret, err);

	/* Others came in between: the records are safe, so what fails now is the next one's. */
	for (int i = 0; r == 0 && i < SYNC_TRIES && !in_sync(f) && sync_once(f, false, NULL) == 0;
	     i++)
		;
	for (size_t k = 0; k < ret->done; k++)
		tell(f, &in[k], ret->is_chain, k ? 0 : done, all[k]);
	return r;
}

static int cannot_extend(const struct tree_reg *reg, struct tsmmr_error *err)
{
	int r = reg_check_seen(reg, err);

	if (r < 0)
		return r;
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

/* As many of n as are appended together.  See struct committed. */
static int append_ours(const struct tsmmr_tree *tree, const struct tree_reg *reg,
		       struct append *const *all, size_t n, struct committed *ret,
		       struct tsmmr_error *err)
{
	_cleanup_(logfile_close) struct logfile f = { 0 };
	_cleanup_(free) struct input *in = calloc(n, sizeof(*in));
	int r = in ? can_log(reg, err) : fail_nomem(err);

	*ret = (struct committed){ .failed = 1 };
	if (r < 0)
		return r;
	r = logfile_open(tree, reg, true, &f, err);
	if (r < 0) {
		/* None of them would fare better: nor is the lock waited for again, for each. */
		ret->failed = n;
		return r;
	}
	for (size_t k = 0; k < n; k++)
		if (input_of(&f, all[k]->record, &in[k]) < 0)
			return fail_nomem(err);
	r = append_locked(&f, all, in, n, ret, err);
	if (r == 0)
		ret->failed = 0;
	return r;
}

/* So many of them have room in one group. */
static size_t count_fitting(struct append *const *all, size_t n)
{
	size_t k = 0, bytes = 0;

	while (k < n && k < APPEND_GROUP_MAX) {
		bytes += all[k]->record.n + 2;
		if (k && bytes > PENDING_MAX)
			break;
		k++;
	}
	return k;
}

/* The first of n, and what fits with it.  Those that ret counts have an answer. */
static int append_group(const struct tsmmr_tree *tree, const struct tree_reg *reg,
			struct append *const *all, size_t n, struct committed *ret,
			struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	int r;

	n = count_fitting(all, n);
	r = append_ours(tree, reg, all, n, ret, &why);
	/* Where there is no space for all of them there may be for one. */
	if (r == TSMMR_E_LIMIT && n > 1 && !ret->attempted)
		r = append_ours(tree, reg, all, 1, ret, &why);
	if (r < 0) {
		unextended(r, &why);
		error_copy(&why, err);
	}
	return r;
}

/* A record of one of several threads, and its answer. */
struct job {
	struct kept_waiting waiting;
	struct append *append;
	struct tsmmr_error err;
	int r;
};

static void answer(struct kept_waiting **waiting, size_t n, int r, const struct tsmmr_error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct job *job = (struct job *)waiting[i];

		job->r = r;
		if (r < 0)
			error_copy(err, &job->err);
	}
}

/* What waits, as one thread after the other would have appended it. */
static void lead(const struct tsmmr_tree *tree, const struct tree_reg *reg)
{
	struct kept_waiting *waiting[APPEND_GROUP_MAX];
	struct append *all[APPEND_GROUP_MAX];
	size_t n = kept_take(reg->kept, waiting, APPEND_GROUP_MAX);

	for (size_t i = 0; i < n; i++)
		all[i] = ((struct job *)waiting[i])->append;
	for (size_t at = 0; at < n;) {
		struct tsmmr_error err = { .size = sizeof(err) };
		struct committed c;
		int r = append_group(tree, reg, all + at, n - at, &c, &err);

		answer(waiting + at, c.done, 0, NULL);
		answer(waiting + at + c.done, c.failed, r, &err);
		at += c.done + c.failed;
	}
	kept_answer(reg->kept, waiting, n);
}

/* Threads that append to one register at the same time become one group: the first leads. */
static int append_in_turn(const struct tsmmr_tree *tree, const struct tree_reg *reg,
			  struct append *a, struct tsmmr_error *err)
{
	struct job job = { .append = a, .err = { .size = sizeof(job.err) } };
	struct committed committed;

	if (!reg->kept || !kept_is_ours(reg->kept))
		return append_group(tree, reg, &a, 1, &committed, err);
	if (kept_wait(reg->kept, &job.waiting)) {
		while (!job.waiting.answered)
			lead(tree, reg);
		kept_resign(reg->kept);
	}
	if (job.r < 0)
		error_copy(&job.err, err);
	return job.r;
}

int tree_append(const struct tsmmr_tree *tree, const struct tree_reg *reg, struct append *a,
		struct tsmmr_error *err)
{
	int r = check_record(a->record, err);

	if (r < 0)
		return r;
	if (!reg->append_path)
		return append_in_turn(tree, reg, a, err);
	r = append_kernel(tree, reg, a, err);
	return r < 0 ? unextended(r, err) : 0;
}

int tree_append_many(const struct tsmmr_tree *tree, const struct tree_reg *reg,
		     struct append *const *all, size_t n, size_t *ret_n, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	size_t good = 0, at = 0;
	int r = 0, bad = 0;

	while (good < n && (bad = check_record(all[good]->record, &why)) == 0)
		good++;
	while (r == 0 && at < good) {
		struct committed c = { .done = 1 };

		r = reg->append_path ? tree_append(tree, reg, all[at], err) :
				       append_group(tree, reg, all + at, good - at, &c, err);
		at += r == 0 || !reg->append_path ? c.done : 0;
	}
	*ret_n = at;
	return r < 0 ? r : bad < 0 ? fail_as(err, &why) : 0;
}

/* "# .EXTEND" first, then the extension; the next append finds them apart and writes a SYNC. */
static int extend_with_hint(struct logfile *f, const uint8_t *digest, size_t n,
			    struct tsmmr_error *err)
{
	struct log_state *st = &f->state;
	struct committed committed;
	struct input in = { .n = 1 };
	bool doubt;
	int r = prepare(f, SYNC_ROOM, &doubt, err);

	if (r < 0)
		return r;
	/* As the kernel: an empty line before the first of several. */
	buf_str(&st->text, in_sync(f) ? "\n" : "");
	put_doubt(f, doubt);
	buf_str(&st->text, "# .EXTEND ");
	buf_hex(&st->text, digest, n);
	buf_char(&st->text, '\n');
	in.end = st->text.n;
	memcpy(in.banks[0].digest, digest, n);
	return inputs_foresee(f, &in, 1) < 0 ? fail_nomem(err) :
					       inputs_commit(f, &in, 1, &committed, err);
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
