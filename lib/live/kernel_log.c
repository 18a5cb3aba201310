/* SPDX-License-Identifier: BSD-2-Clause */
/* Appending where the kernel keeps the log: the RFC's append_event. */
#include <stdio.h>

#include <tsmmr/tree.h>

#include "live/append.h"
#include "live/logfile.h"
#include "sys/file.h"
#include "util/error.h"

struct kernel_log {
	const struct tsmmr_ctx *ctx;
	const struct tree_reg *reg;
	struct hasher hasher;
};

static int read_value(const struct kernel_log *k, uint8_t *ret, struct tsmmr_error *err)
{
	int r = reg_read(k->ctx->root, k->reg, ret, k->hasher.alg->size, err);

	if (r < 0)
		return r;
	if (r != k->hasher.alg->size)
		return fail(err, TSMMR_E_MALFORMED, "%s has %d bytes instead of %d", k->reg->name,
			    r, k->hasher.alg->size);
	return 0;
}

static int has_record(const struct kernel_log *k, struct span record, bool *ret_found,
		      struct tsmmr_error *err)
{
	struct log_bank bank = { .reg = k->reg, .hasher = k->hasher };
	struct textlog w = { 0 };
	int fd, r;

	fd = file_open(k->ctx->root, k->reg->log_path, err);
	if (fd < 0)
		return fd;
	r = textlog_walk(k->ctx->crypto, &bank, 1, fd, record, &w, err);
	file_close(fd);
	*ret_found = w.found;
	return r;
}

/*
 * One record, one write: far below a page, where the kernel would cut it and take the
 * halves for records.  Its error says that nothing of ours was logged; the register says
 * whether it was extended all the same.
 */
static int write_record(const struct kernel_log *k, int fd, struct span record,
			const uint8_t *before, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	_cleanup_(buf_done) struct buf line = { 0 };
	uint8_t now[TSMMR_HASH_SIZE_MAX];

	buf_add(&line, record.p, record.n);
	buf_char(&line, '\n');
	if (line.failed)
		return fail_nomem(err);
	if (file_put(fd, line.p, line.n, &why) == 0)
		return 0;
	if (read_value(k, now, NULL) == 0 && hash_equal(now, before, k->hasher.alg->size))
		return fail(err, TSMMR_E_IO, "%s: append_event: %s", k->reg->name, why.message);
	return fail_os(err, TSMMR_E_INDOUBT, why.os_errno,
		       "%s may have been extended: append_event: %s", k->reg->name, why.message);
}

static int append_held(const struct kernel_log *k, int fd, struct append *a,
		       struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	struct append_bank *bank = &a->banks[0];
	bool found = false;
	int r;

	r = read_value(k, bank->value, err);
	if (r == 0 && a->flags & TSMMR_APPEND_ONCE)
		r = has_record(k, a->record, &found, err);
	if (r < 0)
		return r;
	a->done = found ? TSMMR_APPENDED_NOTHING : 0;
	if (found)
		return 0;

	r = write_record(k, fd, a->record, bank->value, err);
	if (r == 0 && read_value(k, bank->value, &why) < 0)
		return fail_os(err, TSMMR_E_INDOUBT, why.os_errno,
			       "%s was extended and logged, but cannot be read: %s", k->reg->name,
			       why.message);
	return r;
}

int append_kernel(const struct tsmmr_tree *tree, const struct tree_reg *reg, struct append *a,
		  struct tsmmr_error *err)
{
	struct kernel_log k = { .ctx = tree->ctx, .reg = reg };
	struct append_bank *bank = &a->banks[0];
	int fd, r;

	r = textlog_hasher(tree->ctx->crypto, reg, &k.hasher, err);
	if (r < 0)
		return r;
	a->n_banks = 1;
	bank->alg = k.hasher.alg;
	if (hash_bytes(&k.hasher, a->record.p, a->record.n, bank->digest) < 0)
		r = fail_nomem(err);
	/* Held for what we do before and after the write; the kernel needs no lock of ours. */
	fd = r < 0 ? r :
		     file_open_held(tree->ctx->root, reg->append_path, ctx_lock_ms(tree->ctx), err);
	r = fd < 0 ? fd : append_held(&k, fd, a, err);
	if (fd >= 0)
		file_close_held(fd);
	hasher_done(&k.hasher);
	return r;
}
