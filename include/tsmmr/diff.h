/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing two sets of logs, register by register. */
#ifndef TSMMR_DIFF_H
#define TSMMR_DIFF_H

#include <tsmmr/report.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tsmmr_diff;

enum tsmmr_side { TSMMR_SIDE_A = 0, TSMMR_SIDE_B = 1 };

/* How a record of one side relates to the other side. */
enum tsmmr_edit {
	TSMMR_EDIT_ONLY_A = 1,
	TSMMR_EDIT_ONLY_B = 2,
	TSMMR_EDIT_MOVED = 3, /* in both, at another place among its register's */
	TSMMR_EDIT_TEXT = 4   /* in both, with other text beside it: not measured */
};

/*
 * A comparison is made in steps: say what each side (enum tsmmr_side) has, then compare.
 * One thread at a time until then; it never changes afterwards, unless events are read again, and
 * any thread may read it.
 * E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_diff_new(const struct tsmmr_ctx *ctx, struct tsmmr_diff **ret_diff,
		   struct tsmmr_error *reterr);
void tsmmr_diff_free(struct tsmmr_diff *diff);
/*
 * One more log of a side, replayed after those before it, and held.  E_ARG (compared already,
 * too), E_LIMIT over 64 of a side.
 * Since: 0.9
 */
int tsmmr_diff_add_log(struct tsmmr_diff *diff, int side, struct tsmmr_log *log,
		       struct tsmmr_error *reterr);
/*
 * The same of a stream of which nothing was read, and which can be rewound (tsmmr_stream_keep()):
 * it is read several times.  Kept are events that differ, in at most TSMMR_LIMIT_BYTES, and in as
 * many those for as long as the other side has yet to come to theirs; and of registers that
 * differ the digests.
 * Borrowed until tsmmr_diff_compare() has returned, whatever it returns: there is no second one of
 * streams.  One thread for all of them.  E_ARG (compared or read from already, or streams that
 * were joined), E_LIMIT over 64 of a side.
 * Since: 0.9
 */
int tsmmr_diff_add_stream(struct tsmmr_diff *diff, int side, struct tsmmr_stream *stream,
			  struct tsmmr_error *reterr);
/*
 * The registers of a side, compared where both have the value of one; copied, in place of
 * those given before.  NULL: none.  E_ARG (compared already, too), E_NOMEM.
 * Since: 0.9
 */
int tsmmr_diff_set_regs(struct tsmmr_diff *diff, int side, const struct tsmmr_regs *regs,
			struct tsmmr_error *reterr);
/*
 * Of streams no event is kept, however many differ, but read again by tsmmr_diff_reread(); and of
 * each register no more than the first most of its differences.  The streams stay borrowed until
 * tsmmr_diff_free().  E_ARG (compared already, too).
 * Since: 0.9
 */
int tsmmr_diff_set_reread(struct tsmmr_diff *diff, size_t most, struct tsmmr_error *reterr);
/*
 * A return of 0 means "compared": ask for the verdict.  What differs is the shortest edit while
 * at most 1000 records of a register are in one side only; beyond, see
 * tsmmr_diff_is_shortest().  E_ARG (the same log twice on a side, compared already, or a stream
 * that has other records when it is read again), E_NOMEM, E_LIMIT, E_UNSUPPORTED, and as
 * tsmmr_stream_next().
 * Since: 0.9
 */
int tsmmr_diff_compare(struct tsmmr_diff *diff, struct tsmmr_error *reterr);

/*
 * TSMMR_OK when nothing measured differs, E_MISMATCH when something does, E_INCOMPLETE when
 * there was nothing to compare: neither a record, nor a register that both have a value of.
 * E_ARG for NULL, and before tsmmr_diff_compare().
 */
int tsmmr_diff_verdict(const struct tsmmr_diff *diff);

/*
 * Registers, each in one bank, that either side knows; then what is only compared, and
 * not replayed: banks that cannot be computed, NV indices, numbers without a register.
 */
size_t tsmmr_diff_count(const struct tsmmr_diff *diff);
/* Its name, as tsmmr_report_name() has it; NULL when i is out of range. */
const char *tsmmr_diff_name(const struct tsmmr_diff *diff, size_t i);
/* The register as side (TSMMR_SIDE_*) has it; NULL when it does not. */
const struct tsmmr_reg *tsmmr_diff_reg(const struct tsmmr_diff *diff, size_t i, int side);
/* The value that side's logs give; borrowed.  E_NOTFOUND when they have no records of it, E_ARG. */
int tsmmr_diff_replayed(const struct tsmmr_diff *diff, size_t i, int side,
			const uint8_t **ret_value, size_t *ret_len);
/* Records of it in that bank, on that side. */
size_t tsmmr_diff_record_count(const struct tsmmr_diff *diff, size_t i, int side);
/* 1 when records and values are the same, 0 when not. */
int tsmmr_diff_is_same(const struct tsmmr_diff *diff, size_t i);
/*
 * 1; 0 when the two are too far apart for the shortest edit, so that all between the
 * first and the last difference counts as different.
 */
int tsmmr_diff_is_shortest(const struct tsmmr_diff *diff, size_t i);

/* Differences of register i, in the order of its records. */
size_t tsmmr_diff_edit_count(const struct tsmmr_diff *diff, size_t i);
/*
 * Difference k: TSMMR_EDIT_*, or E_ARG.  Each ret_ may be NULL; the event of a
 * side that has none is NULL, and its log TSMMR_NONE; so is one that was not read again.  Events
 * are the logs' own, or of streams the comparison's.
 */
int tsmmr_diff_edit(const struct tsmmr_diff *diff, size_t i, size_t k,
		    const struct tsmmr_event **ret_a, uint64_t *ret_log_a,
		    const struct tsmmr_event **ret_b, uint64_t *ret_log_b);

/*
 * After tsmmr_diff_set_reread(): has tsmmr_diff_edit() give the events of difference k of register
 * i, and of as many after it as go into about as much memory as the logs are long; those that it
 * gave before are gone, and it has none of others.  Costs nothing where they are there already,
 * else the logs are read once more.  One thread, while no other reads the comparison.  E_ARG (not
 * compared, no such difference, none that is shown, or logs that have other records now), E_NOMEM,
 * and as tsmmr_stream_next().
 * Since: 0.9
 */
int tsmmr_diff_reread(struct tsmmr_diff *diff, size_t i, size_t k, struct tsmmr_error *reterr);

/*
 * The object `tsmmr.diff/1`.  E_ARG (where events are read again: tsmmr_diff_next_json()),
 * E_NOMEM.
 */
int tsmmr_diff_export_json(const struct tsmmr_diff *diff, uint8_t **ret_json, size_t *ret_len,
			   struct tsmmr_error *reterr);
/*
 * The same, piece by piece, with events that are read again as it comes to them: 1 and some bytes,
 * which the next call on the comparison voids; 0 after the last; or fails as tsmmr_diff_reread().
 * After either it begins again.
 * Since: 0.9
 */
int tsmmr_diff_next_json(struct tsmmr_diff *diff, const uint8_t **ret_json, size_t *ret_len,
			 struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
