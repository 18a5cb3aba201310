/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of diff.h: check arguments, call in, filter codes. */
#include "api.h"

#include "report/diff.h"

TSMMR_API int tsmmr_diff_new(const struct tsmmr_ctx *ctx, struct tsmmr_diff **ret_diff,
			     struct tsmmr_error *reterr)
{
	struct tsmmr_diff *diff;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_diff)
		return bad_arg(reterr, "no context or nowhere to return to");
	diff = calloc(1, sizeof(*diff));
	if (!diff)
		return fail_nomem(reterr);
	diff->ctx = hold(ctx);
	*ret_diff = diff;
	return 0;
}

/* Can this side of it still be said? */
static int check_open(const struct tsmmr_diff *diff, int side, struct tsmmr_error *err)
{
	if (bad_abi(err))
		return TSMMR_E_ABI;
	if (!diff || side < 0 || side >= SIDES)
		return bad_arg(err, "no comparison, or no side");
	return diff->compared ? bad_arg(err, "it was compared already") : 0;
}

TSMMR_API int tsmmr_diff_add_log(struct tsmmr_diff *diff, int side, struct tsmmr_log *log,
				 struct tsmmr_error *reterr)
{
	int r = check_open(diff, side, reterr);

	if (r < 0)
		return r;
	return log ? diff_add_log(diff, side, log, reterr) : bad_arg(reterr, "no log");
}

TSMMR_API int tsmmr_diff_add_stream(struct tsmmr_diff *diff, int side, struct tsmmr_stream *stream,
				    struct tsmmr_error *reterr)
{
	int r = check_open(diff, side, reterr);

	if (r < 0)
		return r;
	return stream ? diff_add_stream(diff, side, stream, reterr) : bad_arg(reterr, "no stream");
}

TSMMR_API int tsmmr_diff_set_regs(struct tsmmr_diff *diff, int side, const struct tsmmr_regs *regs,
				  struct tsmmr_error *reterr)
{
	struct tsmmr_regs *copy = NULL;
	int r = check_open(diff, side, reterr);

	if (r < 0)
		return r;
	if (regs && regs_copy(regs, 0, &copy) < 0)
		return fail_nomem(reterr);
	regs_free(diff->regs[side]);
	diff->regs[side] = copy;
	return 0;
}

TSMMR_API int tsmmr_diff_set_reread(struct tsmmr_diff *diff, size_t most,
				    struct tsmmr_error *reterr)
{
	int r = check_open(diff, SIDE_A, reterr);

	if (r < 0)
		return r;
	diff->reread = true;
	diff->most = most;
	return 0;
}

TSMMR_API int tsmmr_diff_compare(struct tsmmr_diff *diff, struct tsmmr_error *reterr)
{
	int r = check_open(diff, SIDE_A, reterr);

	return r < 0 ? r : filter(diff_compare(diff, reterr));
}

TSMMR_API void tsmmr_diff_free(struct tsmmr_diff *diff)
{
	if (!diff)
		return;
	tsmmr_ctx_free(diff->ctx);
	diff_free(diff);
}

TSMMR_API int tsmmr_diff_verdict(const struct tsmmr_diff *diff)
{
	if (!diff || !diff->compared)
		return TSMMR_E_ARG;
	if (!diff_is_same(diff))
		return TSMMR_E_MISMATCH;
	return diff_is_compared(diff) ? TSMMR_OK : TSMMR_E_INCOMPLETE;
}

TSMMR_API size_t tsmmr_diff_count(const struct tsmmr_diff *diff)
{
	return diff ? diff->n : 0;
}

static const struct diff_row *row_at(const struct tsmmr_diff *diff, size_t i)
{
	return diff && i < diff->n ? &diff->rows[i] : NULL;
}

static const struct row *side_at(const struct tsmmr_diff *diff, size_t i, int side)
{
	const struct diff_row *row = row_at(diff, i);

	return row && side >= 0 && side < SIDES ? row->rows[side] : NULL;
}

TSMMR_API const char *tsmmr_diff_name(const struct tsmmr_diff *diff, size_t i)
{
	const struct diff_row *row = row_at(diff, i);

	return row ? diff_any(row)->name : NULL;
}

TSMMR_API const struct tsmmr_reg *tsmmr_diff_reg(const struct tsmmr_diff *diff, size_t i, int side)
{
	const struct row *row = side_at(diff, i, side);

	return row ? &row->reg : NULL;
}

TSMMR_API int tsmmr_diff_replayed(const struct tsmmr_diff *diff, size_t i, int side,
				  const uint8_t **ret_value, size_t *ret_len)
{
	const struct row *row = side_at(diff, i, side);

	if (!row_at(diff, i) || side < 0 || side >= SIDES)
		return TSMMR_E_ARG;
	return row && row->replayed ? lend(row->value, row->reg.size, ret_value, ret_len) :
				      TSMMR_E_NOTFOUND;
}

TSMMR_API size_t tsmmr_diff_record_count(const struct tsmmr_diff *diff, size_t i, int side)
{
	const struct diff_row *row = row_at(diff, i);

	return row && side >= 0 && side < SIDES ? row->n_records[side] : 0;
}

TSMMR_API int tsmmr_diff_is_same(const struct tsmmr_diff *diff, size_t i)
{
	const struct diff_row *row = row_at(diff, i);

	return row && row->same;
}

TSMMR_API int tsmmr_diff_is_shortest(const struct tsmmr_diff *diff, size_t i)
{
	const struct diff_row *row = row_at(diff, i);

	return row && row->exact;
}

TSMMR_API size_t tsmmr_diff_edit_count(const struct tsmmr_diff *diff, size_t i)
{
	const struct diff_row *row = row_at(diff, i);

	return row ? row->n : 0;
}

static void give_place(const struct diff_event *at, const struct tsmmr_event **ret,
		       uint64_t *ret_log)
{
	if (ret)
		*ret = at ? at->e : NULL;
	if (ret_log)
		*ret_log = at ? at->log : TSMMR_NONE;
}

TSMMR_API int tsmmr_diff_edit(const struct tsmmr_diff *diff, size_t i, size_t k,
			      const struct tsmmr_event **ret_a, uint64_t *ret_log_a,
			      const struct tsmmr_event **ret_b, uint64_t *ret_log_b)
{
	const struct diff_row *row = row_at(diff, i);

	if (!row || k >= row->n)
		return TSMMR_E_ARG;
	give_place(diff_event(diff, row, k, SIDE_A), ret_a, ret_log_a);
	give_place(diff_event(diff, row, k, SIDE_B), ret_b, ret_log_b);
	return diff_edit_kind(&row->edits[k]);
}

/* What is read again, is it of a comparison? */
static int check_compared(const struct tsmmr_diff *diff, struct tsmmr_error *err)
{
	if (bad_abi(err))
		return TSMMR_E_ABI;
	return diff && diff->compared ? 0 : bad_arg(err, "no comparison, or none made yet");
}

TSMMR_API int tsmmr_diff_reread(struct tsmmr_diff *diff, size_t i, size_t k,
				struct tsmmr_error *reterr)
{
	int r = check_compared(diff, reterr);

	if (r < 0)
		return r;
	return row_at(diff, i) ? filter(diff_reread(diff, i, k, reterr)) :
				 bad_arg(reterr, "no such register");
}

TSMMR_API int tsmmr_diff_next_json(struct tsmmr_diff *diff, const uint8_t **ret_json,
				   size_t *ret_len, struct tsmmr_error *reterr)
{
	int r = check_compared(diff, reterr);

	if (r == 0)
		r = filter(diff_next_json(diff, reterr));
	if (r > 0)
		lend(diff->json.out.p, diff->json.out.n, ret_json, ret_len);
	return r;
}

TSMMR_API int tsmmr_diff_export_json(const struct tsmmr_diff *diff, uint8_t **ret_json,
				     size_t *ret_len, struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!diff || !diff->compared || !ret_json)
		return bad_arg(reterr, "no comparison, none made yet, or nowhere to return to");
	if (diff->reread)
		return bad_arg(reterr,
			       "its events are read again, and so is its JSON piece by piece");
	return give_low(&b, diff_json(diff, &b), ret_json, ret_len, reterr);
}
