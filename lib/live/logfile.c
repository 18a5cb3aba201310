/* SPDX-License-Identifier: BSD-2-Clause */
/* A register's text log that the library keeps: finding it, and finding out what it says. */
#include "live/logfile.h"

#include <stdio.h>

#include "core/platform.h"
#include "core/trace.h"
#include "format/format.h"
#include "live/live.h"
#include "sys/file.h"
#include "sys/kept.h"
#include "util/error.h"
#include "util/hex.h"

#define STATE_MAX (PENDING_MAX + 8192) /* and values in hex, and the longest record */

/*
 * Registers are told apart by name, and by hash where the tree has several banks of that
 * name and no record extends them together: then as the kernel names them, "rtmr0:sha256".
 */
static int dir_name(const struct tsmmr_ctx *ctx, const struct tree_reg *reg, char **ret,
		    struct tsmmr_error *err)
{
	const char *path = reg->value_path ? reg->value_path : reg->write_path;
	int banks = 0;

	if (reg->layout == TREE_TSM && reg->hash && path && !reg->leads)
		banks = logdir_has_banks(ctx->root, path, reg->name, err);
	if (banks < 0)
		return banks;
	if (asprintf(ret, "%s%s%s", reg->name, banks ? ":" : "", banks ? reg->hash : "") < 0) {
		*ret = NULL;
		return fail_nomem(err);
	}
	return 0;
}

static const char *log_dir_of(const struct tsmmr_ctx *ctx)
{
	return ctx->log_dir ? ctx->log_dir : logdir_default;
}

/* The same for as long as the tree is open: a handle does not change from one log to another. */
static int kept_dir_name(const struct tsmmr_ctx *ctx, const struct tree_reg *reg, char **ret,
			 struct tsmmr_error *err)
{
	char *name = reg->kept ? kept_name(reg->kept) : NULL;
	int r;

	if (name) {
		*ret = name;
		return 0;
	}
	r = dir_name(ctx, reg, ret, err);
	if (r == 0 && reg->kept)
		kept_set_name(reg->kept, *ret);
	return r;
}

int append_log_path(const struct tsmmr_ctx *ctx, const struct tree_reg *reg, char **ret)
{
	_cleanup_(free) char *name = NULL;
	char *path;
	int r = dir_name(ctx, reg, &name, NULL);

	if (r < 0)
		return r;
	if (asprintf(&path, "%s/%s/%s/event_log", log_dir_of(ctx), reg->provider, name) < 0)
		return TSMMR_E_NOMEM;
	*ret = path;
	return 0;
}

int textlog_hasher(struct crypto crypto, const struct tree_reg *reg, struct hasher *ret,
		   struct tsmmr_error *err)
{
	const struct hash_alg *alg = reg_alg(reg);
	int r = reg_check_seen(reg, err);

	if (r < 0)
		return r;
	/* crypto/hash_info.c has called SM3 both. */
	if (reg->hash && strcmp(reg->hash, "sm3") == 0)
		alg = hash_by_id(TSMMR_HASH_SM3_256);
	if (!alg)
		return fail(err, TSMMR_E_UNSUPPORTED, "%s: no log without a hash that we know",
			    reg->name);
	if (reg->size != alg->size)
		return fail(err, TSMMR_E_UNSUPPORTED, "%s: %zu bytes are no %s", reg->name,
			    reg->size, alg->name);
	r = hasher_init(ret, crypto, alg);
	return r < 0 ? fail_low(err, r) : 0;
}

/* One event of a text log.  Where a SYNC differs it is believed: then we wrote it. */
static int walk_bank(struct textlog_value *v, struct hasher *h, const struct tsmmr_event *e)
{
	const struct digest *d = event_digest(e, h->alg->id);

	if (e->mark == MARK_SYNC && e->asserted.alg == h->alg->id) {
		v->anchored = true;
		memcpy(v->value, e->asserted.value.p, e->asserted.value.n);
	}
	v->anchored &= d != NULL;
	return v->anchored ? hash_extend(h, v->value, d->value.p, h->alg->size) : 0;
}

static int walk_event(struct textlog *w, struct log_bank *banks, size_t n_banks,
		      const struct tsmmr_event *e, struct span wanted)
{
	int r = 0;

	w->last = e->offset;
	memcpy(w->was, w->now, sizeof(w->was));
	if (!e->measured)
		return 0;
	if (wanted.n && span_eq(e->data, wanted.p, wanted.n))
		w->found = true;
	for (size_t i = 0; r == 0 && i < n_banks; i++)
		r = walk_bank(&w->now[i], &banks[i].hasher, e);
	return r;
}

static int walk(struct tsmmr_stream *s, struct log_bank *banks, size_t n_banks, struct span wanted,
		struct textlog *ret, struct tsmmr_error *err)
{
	struct textlog w = { 0 };
	const struct tsmmr_event *e;
	int r;

	while ((r = stream_next(s, &e, err)) > 0) {
		uint64_t end = e->offset + e->data.n;

		if (walk_event(&w, banks, n_banks, e, wanted) < 0)
			return fail_nomem(err);
		/* A newline would have been read as well. */
		w.torn = s->source.offset == end;
	}
	if (r == 0)
		*ret = w;
	return r;
}

int textlog_walk(struct crypto crypto, struct log_bank *banks, size_t n_banks, int fd,
		 struct span wanted, struct textlog *ret, struct tsmmr_error *err)
{
	/* The limits of a stream, whatever the caller's are: it is our own log. */
	const struct tsmmr_ctx plain = { .crypto = crypto };
	_cleanup_(platform_unref) const struct platform *platform = NULL;
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	struct reg_desc desc = { .name = banks[0].reg->name };
	struct source source;
	int r;

	if (platform_make(banks[0].reg->provider, &desc, &platform) < 0)
		return fail_nomem(err);
	file_source(fd, &source);
	r = stream_new(&plain,
		       &(struct stream_of){ .format = &format_text,
					    .platform = platform,
					    .reg = platform->regs,
					    .alg = banks[0].hasher.alg->id },
		       &source, &s, err);
	if (r < 0) {
		source_done(&source);
		return r;
	}
	return walk(s, banks, n_banks, wanted, ret, err);
}

int logfile_look(struct logfile *f, struct tsmmr_error *err)
{
	uint8_t values[LOG_BANKS_MAX][TSMMR_HASH_SIZE_MAX];

	for (size_t i = 0; i < f->n_banks; i++) {
		const struct log_bank *b = &f->banks[i];
		int r = reg_read(f->ctx->root, b->reg, values[i], sizeof(values[i]), err);

		if (r < 0)
			return r;
		if ((size_t)r != b->hasher.alg->size)
			return fail(err, TSMMR_E_MALFORMED, "%s has %d bytes instead of %d",
				    b->reg->name, r, b->hasher.alg->size);
	}
	for (size_t i = 0; i < f->n_banks; i++)
		memcpy(f->banks[i].now, values[i], f->banks[i].hasher.alg->size);
	return 0;
}

/*
 * The state is lines of text; every value stands there, as hex or "-", with a line for each
 * bank of the register:
 *
 *	tsmmr-append 2 BOOT-ID
 *	log INODE LENGTH
 *	bank VALUE BEFORE AFTER LEAVES
 *	pending LENGTH, or "failed" for "pending"
 *	(so many bytes)
 *	check HASH-OF-ALL-BEFORE
 */
static const char state_magic[] = "tsmmr-append 2 ";

static void put_value(struct buf *b, bool there, const uint8_t *value, size_t size)
{
	buf_char(b, ' ');
	if (there)
		buf_hex(b, value, size);
	else
		buf_char(b, '-');
}

int logfile_save(struct logfile *f, bool durable, struct tsmmr_error *err)
{
	const struct log_state *st = &f->state;
	_cleanup_(buf_done) struct buf b = { 0 };
	uint8_t check[TSMMR_HASH_SIZE_MAX];
	struct hasher *hasher = &f->banks[0].hasher;
	bool pending = st->text.n > 0;

	buf_printf(&b, "%s%s\nlog %llu %llu\n", state_magic, *st->boot ? st->boot : "-",
		   (unsigned long long)st->inode, (unsigned long long)st->len);
	for (size_t i = 0; i < f->n_banks; i++) {
		const struct bank_state *bank = &st->banks[i];
		size_t size = f->banks[i].hasher.alg->size;

		buf_str(&b, "bank");
		put_value(&b, bank->anchored, bank->value, size);
		put_value(&b, pending, bank->before, size);
		put_value(&b, pending, bank->after, size);
		put_value(&b, pending && bank->leaves_anchored, bank->leaves, size);
		buf_char(&b, '\n');
	}
	buf_printf(&b, "%s %zu\n", pending && st->failed ? "failed" : "pending", st->text.n);
	buf_add(&b, st->text.p, st->text.n);
	if (b.failed || hash_bytes(hasher, b.p, b.n, check) < 0)
		return fail_nomem(err);
	buf_str(&b, "check");
	put_value(&b, true, check, hasher->alg->size);
	buf_char(&b, '\n');
	if (b.failed)
		return fail_nomem(err);
	return logdir_state_write(&f->dir, &b, durable, err);
}

/* What stands before the next end byte, which is taken too. */
static bool take_until(struct cursor *c, char end, struct span *ret)
{
	const uint8_t *at = cur_empty(c) ? NULL : memchr(c->p, end, cur_left(c));

	return at && cur_take(c, (uint64_t)(at - c->p), ret) && cur_skip(c, 1);
}

static bool take_number(struct cursor *c, char end, uint64_t *ret)
{
	struct span digits;
	uint64_t n = 0;

	if (!take_until(c, end, &digits) || !digits.n || digits.n > 20)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9' || n > UINT64_MAX / 10 - 1)
			return false;
		n = 10 * n + (uint64_t)(digits.p[i] - '0');
	}
	*ret = n;
	return true;
}

static bool take_value(struct cursor *c, char end, size_t size, bool *ret_there, uint8_t *ret)
{
	struct span hex;

	if (!take_until(c, end, &hex))
		return false;
	*ret_there = !span_eq(hex, "-", 1);
	return !*ret_there || hex_decode(ret, size, (const char *)hex.p, hex.n) == (ssize_t)size;
}

static bool take_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);
	struct span s;

	return span_starts(cur_rest(c), word, n) && cur_take(c, n, &s);
}

/* A state that is torn after its first line still says which boot the log is of. */
static bool take_boot(struct cursor *c, char ret[BOOT_ID_SIZE])
{
	struct span id;

	if (!take_word(c, state_magic) || !take_until(c, '\n', &id) || id.n >= BOOT_ID_SIZE)
		return false;
	*ret = 0;
	if (!span_eq(id, "-", 1)) {
		memcpy(ret, id.p, id.n);
		ret[id.n] = 0;
	}
	return true;
}

/* *pending becomes false where it is not said what the register was and is to be. */
static bool take_bank(struct cursor *c, size_t size, struct bank_state *bank, bool *pending)
{
	bool before, after;

	if (!take_word(c, "bank ") || !take_value(c, ' ', size, &bank->anchored, bank->value) ||
	    !take_value(c, ' ', size, &before, bank->before) ||
	    !take_value(c, ' ', size, &after, bank->after) ||
	    !take_value(c, '\n', size, &bank->leaves_anchored, bank->leaves))
		return false;
	*pending &= before && after;
	return true;
}

/* The rest.  True only when all of it is there and the checksum says that it is ours. */
static bool take_state(struct cursor *c, struct logfile *f)
{
	uint8_t check[TSMMR_HASH_SIZE_MAX], want[TSMMR_HASH_SIZE_MAX];
	struct log_state *st = &f->state;
	struct hasher *h = &f->banks[0].hasher;
	size_t size = h->alg->size;
	bool pending = true, there;
	struct span text, all;
	uint64_t n;

	if (!take_word(c, "log ") || !take_number(c, ' ', &st->inode) ||
	    !take_number(c, '\n', &st->len))
		return false;
	for (size_t i = 0; i < f->n_banks; i++)
		if (!take_bank(c, f->banks[i].hasher.alg->size, &st->banks[i], &pending))
			return false;
	st->failed = take_word(c, "failed ");
	if ((!st->failed && !take_word(c, "pending ")) || !take_number(c, '\n', &n) ||
	    !cur_take(c, n, &text))
		return false;
	all = span_of(c->start, cur_offset(c));
	if (!take_word(c, "check ") || !take_value(c, '\n', size, &there, check) || !there ||
	    hash_bytes(h, all.p, all.n, want) < 0 || !hash_equal(check, want, size) ||
	    (n && !pending))
		return false;
	buf_add(&st->text, text.p, text.n);
	return !st->text.failed;
}

/* A log that has nothing in it yet. */
static void begin_state(struct logfile *f, const char *boot, uint64_t inode)
{
	buf_done(&f->state.text);
	f->state = (struct log_state){ .inode = inode };
	memcpy(f->state.boot, boot, BOOT_ID_SIZE);
}

static int set_aside(struct logfile *f, const char *boot, const char *suffix,
		     struct tsmmr_error *err)
{
	uint64_t inode, size;
	int r;

	trace(f->ctx, TSMMR_TRACE_INFO, "%s: a log of another boot is kept as event_log.%s",
	      f->banks[0].reg->name, suffix);
	r = logdir_log_set_aside(&f->dir, suffix, err);

	if (r == 0)
		r = logdir_log_stat(&f->dir, &inode, &size, err);
	if (r == 0)
		begin_state(f, boot, inode);
	return r;
}

/*
 * A last line without newline was not left by us.  If the register has it, then it is a
 * record and gets its newline; if not, it goes: nothing may be written after half a line.
 */
static int mend_tail(struct logfile *f, const struct textlog *w, bool has, uint64_t *size,
		     struct tsmmr_error *err)
{
	int r;

	if (!has) {
		*size = w->last;
		return logdir_log_cut(&f->dir, w->last, err);
	}
	r = logdir_log_write(&f->dir, *size, "\n", 1, err);
	*size += 1;
	return r;
}

/* Is every bank what the log replays to? */
static bool leads_to(const struct logfile *f, const struct textlog_value *values)
{
	for (size_t i = 0; i < f->n_banks; i++)
		if (!values[i].anchored ||
		    !bank_equal(&f->banks[i], f->banks[i].now, values[i].value))
			return false;
	return true;
}

/*
 * The state does not fit the log: somebody wrote to the log, or the state is torn or gone.
 * Then the log is read.  One whose boot nobody knows is only taken for this boot's when it
 * replays to the register, which no other could.
 */
static int rebuild(struct logfile *f, const char *boot, bool ours, uint64_t inode, uint64_t size,
		   struct tsmmr_error *err)
{
	struct textlog w;
	bool has, had;
	int fd, r;

	r = logdir_log_rewind(&f->dir, &fd, err);
	if (r == 0)
		r = textlog_walk(f->ctx->crypto, f->banks, f->n_banks, fd, span_of(NULL, 0), &w,
				 err);
	if (r == 0)
		r = logfile_look(f, err);
	if (r < 0)
		return r;
	f->repaired = true;
	has = leads_to(f, w.now);
	had = w.torn && leads_to(f, w.was);
	if (!ours && !has && !had)
		return set_aside(f, boot, "unknown", err);

	if (w.torn) {
		r = mend_tail(f, &w, has, &size, err);
		if (r < 0)
			return r;
		if (!has)
			memcpy(w.now, w.was, sizeof(w.now));
	}
	begin_state(f, boot, inode);
	f->state.len = size;
	for (size_t i = 0; i < f->n_banks; i++) {
		f->state.banks[i].anchored = w.now[i].anchored;
		memcpy(f->state.banks[i].value, w.now[i].value, sizeof(w.now[i].value));
	}
	return 0;
}

/* Is the log as the state says, but for what is pending? */
static bool fits(const struct log_state *st, uint64_t inode, uint64_t size)
{
	return st->inode == inode && size >= st->len && size - st->len <= st->text.n;
}

/*
 * Which boot the log is of.  Registers begin again with a boot, and so does their log;
 * without /proc the boot id is the one in the state.
 */
static int understand(struct logfile *f, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf file = { 0 };
	char boot[BOOT_ID_SIZE] = "", was[BOOT_ID_SIZE] = "";
	bool known, ours, whole;
	uint64_t inode, size;
	struct cursor c;
	int r;

	r = logdir_boot_id(f->ctx->root, boot, err);
	if (r == 0)
		r = logdir_log_stat(&f->dir, &inode, &size, err);
	if (r == 0)
		r = logdir_state_read(&f->dir, STATE_MAX, &file, err);
	if (r < 0)
		return r;

	c = cur_over(file.p, file.n);
	known = take_boot(&c, was);
	ours = known && (!*boot || strcmp(boot, was) == 0);
	whole = known && take_state(&c, f);
	if (f->state.text.failed)
		return fail_nomem(err);
	if (ours)
		memcpy(boot, was, sizeof(boot));
	memcpy(f->state.boot, boot, sizeof(boot));
	if (whole && ours && fits(&f->state, inode, size))
		return 0;
	if (!size) {
		begin_state(f, boot, inode);
		return 0;
	}
	/* A torn state proves nothing; then the register decides. */
	if (whole && !ours && *was)
		return set_aside(f, boot, was, err);
	return rebuild(f, boot, ours, inode, size, err);
}

static int add_bank(struct logfile *f, const struct tree_reg *reg, struct tsmmr_error *err)
{
	struct log_bank *b = &f->banks[f->n_banks];
	int r;

	if (f->n_banks == LOG_BANKS_MAX)
		return fail(err, TSMMR_E_UNSUPPORTED, "%s: more than %d banks", reg->name,
			    LOG_BANKS_MAX);
	b->reg = reg;
	r = textlog_hasher(f->ctx->crypto, reg, &b->hasher, err);
	f->n_banks += r == 0;
	return r;
}

static int add_banks(struct logfile *f, const struct tsmmr_tree *tree, const struct tree_reg *reg,
		     struct tsmmr_error *err)
{
	int r = add_bank(f, reg, err);

	for (size_t i = 0; r == 0 && reg->leads && i < tree->scan.n; i++) {
		const struct tree_reg *other = &tree->scan.regs[i];

		if (other->follows && tree_same(other, reg))
			r = add_bank(f, other, err);
	}
	return r;
}

int logfile_open(const struct tsmmr_tree *tree, const struct tree_reg *reg, bool create,
		 struct logfile *ret, struct tsmmr_error *err)
{
	const struct tsmmr_ctx *ctx = tree->ctx;
	_cleanup_(free) char *name = NULL;
	_cleanup_(logfile_close) struct logfile f = {
		.ctx = ctx,
		.dir = { .dir = -1, .lock = -1, .state = -1, .log = -1 },
	};
	int r;

	r = kept_dir_name(ctx, reg, &name, err);
	if (r == 0)
		r = add_banks(&f, tree, reg, err);
	if (r == 0)
		r = logdir_open(&(struct logdir_name){ ctx->root, log_dir_of(ctx), reg->provider,
						       name, reg->kept, ctx_lock_ms(ctx) },
				create, &f.dir, err);
	if (r == 0)
		r = understand(&f, err);
	if (r < 0)
		return r;
	*ret = f;
	f.ctx = NULL;
	return 0;
}

void logfile_close(struct logfile *f)
{
	if (!f->ctx)
		return;
	logdir_close(&f->dir);
	buf_done(&f->state.text);
	for (size_t i = 0; i < f->n_banks; i++)
		hasher_done(&f->banks[i].hasher);
	f->ctx = NULL;
}
