/* SPDX-License-Identifier: BSD-2-Clause */
/* What registers will hold once something that a log measures is replaced. */
#ifndef TSMMR_PREDICT_H
#define TSMMR_PREDICT_H

#include <tsmmr/report.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tsmmr_prediction;

/*
 * A log is a recipe of its machine, whatever its firmware: the same records with another file in
 * place of one lead to what the registers will hold.  A prediction is made in steps: say what is
 * replaced, then run it.  One thread at a time until then; it never changes afterwards, and any
 * thread may read it.
 *
 * The n logs are held.  report (NULL: nobody vouches for them) must have been made of these logs,
 * and says which registers they explain.  E_ARG, E_NOMEM, and as tsmmr_report_new().
 * Since: 0.9
 */
int tsmmr_prediction_new(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
			 const struct tsmmr_report *report,
			 struct tsmmr_prediction **ret_prediction, struct tsmmr_error *reterr);
/*
 * The same of streams, in memory that does not grow with them: borrowed until it was run, for one
 * thread.  Nothing was read of them, and they can be rewound (tsmmr_stream_keep()): each is read
 * now, and again as it is run.  report may be one of logs or of streams.  E_ARG also where a
 * stream is none that the report is of, E_NOMEM, and as tsmmr_report_new_stream().
 * Since: 0.9
 */
int tsmmr_prediction_new_stream(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams,
				size_t n, const struct tsmmr_report *report,
				struct tsmmr_prediction **ret_prediction,
				struct tsmmr_error *reterr);
/*
 * The same of a unified kernel image alone, with no log: what PCR 11 will hold in SHA-1, SHA-256,
 * SHA-384 and SHA-512 once systemd-stub has measured the sections of that profile and systemd the
 * words of phases (NULL: none; "enter-initrd:leave-initrd").  PCR 4 has the records of others too,
 * so what it gets of the image is among the notes.  fd is a regular file, borrowed for the call.
 *
 * E_ARG, E_FORMAT (no such image), E_NOTFOUND (no such profile), E_MALFORMED, E_UNSUPPORTED (also
 * where the machine chooses what is measured), E_LIMIT, E_TRUNCATED, E_IO, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_prediction_new_uki_fd(const struct tsmmr_ctx *ctx, int fd, uint32_t profile,
				const char *phases, struct tsmmr_prediction **ret_prediction,
				struct tsmmr_error *reterr);
void tsmmr_prediction_free(struct tsmmr_prediction *prediction);
/*
 * A file in place of another; both are regular files, borrowed for the call.  Each record whose
 * digests are those of the old one, as its role is measured, gets those of the new one: "pe",
 * "uki", "kernel", "initrd", "cmdline", "dtb" or "file" (as it is); NULL: as it is, and as a PE
 * image where both are.  what is what to call it, copied.
 *
 * E_ARG (no such role, run already), E_FORMAT (not such a file), E_MALFORMED, E_UNSUPPORTED,
 * E_LIMIT (over 256 steps), E_TRUNCATED, E_IO, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_prediction_replace_fd(struct tsmmr_prediction *prediction, const char *role, int before,
				int after, const char *what, struct tsmmr_error *reterr);
/*
 * One text in place of another, every time that it occurs in 8-bit or 16-bit characters in what a
 * record's digest is known to be of, which is then hashed again.  reg is a register's name or
 * role, NULL for any.  E_ARG (nothing to look for, run already), E_LIMIT, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_prediction_replace_text(struct tsmmr_prediction *prediction, const char *reg,
				  const char *before, const char *after,
				  struct tsmmr_error *reterr);
/*
 * Leaves out a record of log number log, as tsmmr_finding_log() counts them.  E_ARG (run
 * already), E_LIMIT, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_prediction_drop(struct tsmmr_prediction *prediction, uint64_t log, uint64_t record,
			  struct tsmmr_error *reterr);
/*
 * Predicts only the registers of the list, which is as tsmmr_report_select() has it.  It is copied;
 * a later call replaces it.  E_ARG (an empty list, a malformed one, run already),
 * E_NOMEM.
 * Since: 0.9
 */
int tsmmr_prediction_select(struct tsmmr_prediction *prediction, const char *only,
			    struct tsmmr_error *reterr);
/*
 * Takes the steps in their order, record by record, and replays what comes of it.  A register has
 * no value then, and a note says why, where the report reads its log in another way than it is
 * replayed here, or where a record that could not be followed decides about it.  E_NOTFOUND
 * when a step changes nothing or the list names no register, E_ARG (run already; a record to drop
 * that measures nothing), E_UNSUPPORTED (a record to drop that is a step of a launch), E_LIMIT,
 * E_CANCELLED, E_NOMEM.  Where the error has the number of a log, that is a stream which could not
 * be read again, or (E_ARG) has other records now.
 * Since: 0.9
 */
int tsmmr_prediction_run(struct tsmmr_prediction *prediction, struct tsmmr_error *reterr);

/*
 * The replay of the edited logs: its registers, and what they will hold
 * (tsmmr_report_replayed()).  Borrowed; NULL before it was run.
 * Since: 0.9
 */
const struct tsmmr_report *tsmmr_prediction_report(const struct tsmmr_prediction *prediction);
/*
 * Of register i of that report: will it hold something else than before; and was that proven?  1,
 * 0, or E_ARG.
 * Since: 0.9
 */
int tsmmr_prediction_is_changed(const struct tsmmr_prediction *prediction, size_t i);
int tsmmr_prediction_is_vouched(const struct tsmmr_prediction *prediction, size_t i);
/*
 * Was every record of register i followed?  Where not, notes say what else it may hold.  1, 0, or
 * E_ARG.
 * Since: 0.9
 */
int tsmmr_prediction_is_followed(const struct tsmmr_prediction *prediction, size_t i);
/*
 * Note i of what could not be followed, borrowed; NULL past the last.  *ret_log and *ret_record
 * (each may be NULL) are where, or TSMMR_NONE.
 * Since: 0.9
 */
const char *tsmmr_prediction_note(const struct tsmmr_prediction *prediction, size_t i,
				  uint64_t *ret_log, uint64_t *ret_record);
/* The object `tsmmr.prediction/1`.  E_ARG (also before it was run), E_NOMEM. */
int tsmmr_prediction_export_json(const struct tsmmr_prediction *prediction, uint8_t **ret_json,
				 size_t *ret_len, struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
