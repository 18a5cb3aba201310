/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report on this machine while it goes on measuring.
 *
 * Registers are read first, then the logs, which are written ahead of their registers
 * (append.c): so a log has at least what its register held.  If that does not verify, the
 * registers are read again.  Of one that has changed, records after the value that was read
 * are later ones and are taken off.  Where none has changed somebody may be about to extend,
 * having logged, and a moment later both are there; but a log that stays ahead of a register
 * which stands still says something that the register does not, and so does the report.
 */
#include <time.h>

#include "core/trace.h"
#include "live/live.h"
#include "live/open.h"
#include "platform/platforms.h"
#include "report/report.h"
#include "util/error.h"

#define ATTEMPTS 5
#define MOMENT_NS 20000000

/* The registers of this machine, or those of a platform. */
static int read_registers(const struct tsmmr_ctx *ctx, const struct platform *about,
			  struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	struct tsmmr_regs *regs;
	size_t n = 0;
	int r = machine_regs(ctx, &regs, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < regs->n; i++)
		if (!about || regs->regs[i].platform == about)
			regs->regs[n++] = regs->regs[i];
		else
			reg_done(&regs->regs[i]);
	regs->n = n;
	if (!n) {
		regs_free(regs);
		return fail(err, TSMMR_E_NOTFOUND, "this machine shows no %s registers",
			    about->name);
	}
	*ret = regs;
	return 0;
}

/* Takes the values out that are the same in after, and says how many are left. */
static size_t leave_changed(struct tsmmr_regs *regs, const struct tsmmr_regs *after)
{
	size_t n = 0;

	for (size_t i = 0; i < regs->n; i++) {
		struct tsmmr_reg *reg = &regs->regs[i];
		const struct tsmmr_reg *now = i < after->n ? &after->regs[i] : NULL;

		if (reg->has_value && now && now->has_value && now->size == reg->size &&
		    hash_equal(now->value, reg->value, reg->size))
			reg->has_value = false;
		n += reg->has_value;
	}
	return n;
}

static int compare_streams(const struct tsmmr_ctx *ctx, int platform, const struct tsmmr_regs *regs,
			   const struct tsmmr_policy *policy, struct tsmmr_report **ret,
			   struct tsmmr_error *err)
{
	struct tsmmr_stream **streams = NULL;
	size_t n = 0;
	int r = open_known(ctx, TSMMR_LOG_ALL, platform, &streams, &n, err);

	if (r == 0 || r == TSMMR_E_NOTFOUND)
		r = report_new(ctx, streams, n, regs, policy, ret, err);
	streams_free(streams, n);
	free(streams);
	return r;
}

static int compare_trimmed(const struct tsmmr_ctx *ctx, const struct platform *about, int platform,
			   const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
			   struct tsmmr_report **ret, struct tsmmr_error *err)
{
	_cleanup_(parts_done) struct parts parts = { .n = 0 };
	_cleanup_(regs_free) struct tsmmr_regs *after = NULL, *changed = NULL;
	int r = parts_open_any(ctx, platform, &parts, err);

	if (r == 0)
		r = read_registers(ctx, about, &after, err);
	if (r == 0 && regs_copy(regs, 0, &changed) < 0)
		r = fail_nomem(err);
	if (r == 0 && leave_changed(changed, after))
		r = logs_trim(ctx, changed, parts.logs, parts.n, err);
	return r < 0 ? r : report_new_logs(ctx, parts.logs, parts.n, regs, policy, ret, err);
}

/* Does a log go on after what its register holds? */
static bool has_tail(const struct tsmmr_report *report)
{
	for (size_t i = 0; i < report->data->n_rows; i++)
		for (size_t k = 0; k < report->judged[i].n_gaps; k++)
			if (report->judged[i].gaps[k].kind == GAP_UNQUOTED_TAIL)
				return true;
	return false;
}

static int read_until_settled(const struct tsmmr_ctx *ctx, int platform,
			      const struct tsmmr_policy *policy, struct tsmmr_report **ret,
			      struct tsmmr_error *err)
{
	static const struct timespec moment = { .tv_nsec = MOMENT_NS };
	_cleanup_(report_free) struct tsmmr_report *report = NULL;
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	const struct platform *about;
	bool moves = false;
	int r = open_platform(platform, &about, err);

	if (r == 0)
		r = read_registers(ctx, about, &regs, err);
	for (int attempt = 1; r == 0; attempt++) {
		_cleanup_(regs_free) struct tsmmr_regs *before = NULL;
		struct tsmmr_report *next;

		r = moves ? compare_trimmed(ctx, about, platform, regs, policy, &next, err) :
			    compare_streams(ctx, platform, regs, policy, &next, err);
		/* Too much for memory: then what was streamed is the answer. */
		if (r == TSMMR_E_LIMIT && report)
			break;
		if (r < 0)
			return r;
		report_free(report);
		report = next;
		if (report->verdict == TSMMR_VERDICT_VERIFIED || attempt == ATTEMPTS)
			break;

		before = take_ptr(regs);
		r = read_registers(ctx, about, &regs, err);
		if (r < 0)
			return r;
		if (leave_changed(before, regs)) {
			moves = true;
			trace(ctx, TSMMR_TRACE_DEBUG, "registers have changed: read again");
		} else if (attempt == 1 || has_tail(report)) {
			nanosleep(&moment, NULL);
		} else {
			break;
		}
	}
	if (!report)
		return r;
	*ret = take_ptr(report);
	return 0;
}

int report_live(const struct tsmmr_ctx *ctx, int platform, const struct tsmmr_policy *policy,
		struct tsmmr_report **ret, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) }; /* also of what was read again */
	int r = read_until_settled(ctx, platform, policy, ret, &why);

	if (r < 0)
		error_copy(&why, err);
	return r;
}
