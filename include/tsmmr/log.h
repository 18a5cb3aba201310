/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and events: what software claims happened. */
#ifndef TSMMR_LOG_H
#define TSMMR_LOG_H

#include <tsmmr/finding.h>
#include <tsmmr/input.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Logs that live at a known place below the root directory. */
enum tsmmr_well_known {
	TSMMR_LOG_ALL = 0,  /* of every kind */
	TSMMR_LOG_CCEL = 1, /* /sys/firmware/acpi/tables/data/CCEL */
	TSMMR_LOG_TPM = 2,  /* /sys/kernel/security/tpm0/binary_bios_measurements */
	TSMMR_LOG_IMA = 3,  /* /sys/kernel/security/ima/binary_runtime_measurements */
	TSMMR_LOG_SYSTEMD = 4,
	TSMMR_LOG_AAEL = 5,
	TSMMR_LOG_RUNTIME = 6
};

/*
 * Streams: one event at a time, in memory that does not grow with the log.
 *
 * input is what is known of it, NULL for nothing.  _mem borrows data until the stream is
 * freed; _fd borrows the descriptor, which must block (EAGAIN is E_IO), and reads from where it
 * stands.
 *
 * A log in hex, base64 or base64url is decoded as it is read: finding INPUT_ARMOURED, and
 * offsets are those of the bytes inside.  One that is compressed is E_UNSUPPORTED, by name.
 *
 * Fail with E_ARG, E_NOMEM, E_IO, E_FORMAT, E_UNSUPPORTED, or as tsmmr_stream_next() does.
 * Since: 0.9
 */
int tsmmr_stream_open_mem(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input,
			  const void *data, size_t len, struct tsmmr_stream **ret_stream,
			  struct tsmmr_error *reterr);
int tsmmr_stream_open_fd(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input, int fd,
			 struct tsmmr_stream **ret_stream, struct tsmmr_error *reterr);
/*
 * The logs of this machine, or of what stands under the context's root: those of one
 * kind, or TSMMR_LOG_ALL, in the order in which they are replayed.  RUNTIME
 * may give one for each register.  platform other than AUTO leaves out what is about
 * another; a log asked for by its kind that never is about that platform is E_ARG.
 *
 * The streams are borrowed from the list, for one thread each at a time: _get gives NULL when
 * i is out of range, and _free frees them all.
 *
 * E_NOTFOUND when there is none; a log that is there and cannot be opened is an error: E_ARG,
 * E_NOMEM, E_IO, E_FORMAT, E_UNSUPPORTED.
 * Since: 0.9
 */
struct tsmmr_streams;
int tsmmr_streams_open_known(const struct tsmmr_ctx *ctx, int well_known, int platform,
			     struct tsmmr_streams **ret_streams, struct tsmmr_error *reterr);
size_t tsmmr_streams_count(const struct tsmmr_streams *streams);
struct tsmmr_stream *tsmmr_streams_get(struct tsmmr_streams *streams, size_t i);
void tsmmr_streams_free(struct tsmmr_streams *streams);
/* The events of a log, which the stream holds.  E_ARG, E_NOMEM. */
int tsmmr_stream_open_log(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log,
			  struct tsmmr_stream **ret_stream, struct tsmmr_error *reterr);
/*
 * The launch of a guest as a log, made of the images of launch, which the stream holds.  Each
 * event is a step that the platform folds into its launch register; where what it needs was
 * not given, the register has no value and a finding says what is missing.  platform is TDX
 * (firmware), SNP (firmware; kernel, initrd, cmdline), NITRO (eif), or AUTO for what the image
 * was made for.
 *
 * An appraisal takes these steps for known, as the caller chose the images: an EIF that comes as
 * a log is to be opened as one.
 *
 * E_ARG (no firmware given, or it was made for both), E_FORMAT, E_TRUNCATED, E_MALFORMED,
 * E_UNSUPPORTED, E_LIMIT, E_IO, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_stream_open_launch(const struct tsmmr_ctx *ctx, const struct tsmmr_launch *launch,
			     int platform, struct tsmmr_stream **ret_stream,
			     struct tsmmr_error *reterr);
void tsmmr_stream_free(struct tsmmr_stream *stream);

/*
 * What to call this log in reports; copied.  Default "-", for known logs their path.  E_ARG,
 * E_NOMEM.
 * Since: 0.9
 */
int tsmmr_stream_set_name(struct tsmmr_stream *stream, const char *name,
			  struct tsmmr_error *reterr);
const char *tsmmr_stream_name(const struct tsmmr_stream *stream);

/*
 * 1 and an event, 0 at the end, or an error.  The event and all it points to are
 * borrowed until the next call.  After an error the stream only repeats it.
 *
 * E_TRUNCATED, E_MALFORMED, E_UNSUPPORTED, E_LIMIT, E_IO, E_NOMEM; reterr says at which
 * record and byte.
 */
int tsmmr_stream_next(struct tsmmr_stream *stream, const struct tsmmr_event **ret_event,
		      struct tsmmr_error *reterr);
int tsmmr_stream_format(const struct tsmmr_stream *stream);
/* Events and bytes read so far. */
uint64_t tsmmr_stream_event_count(const struct tsmmr_stream *stream);
uint64_t tsmmr_stream_byte_count(const struct tsmmr_stream *stream);
/*
 * For a caller that reads it more than once, as a report and its pass do.  _keep: what can be read
 * only once (a pipe), or may be another thing the next time (a file of the kernel's), is kept while
 * it is read, in a temporary file without a name, and what is short in memory; before the first
 * event.  _rewind: back to before the first event.  Neither says that a file is still the one it
 * was: the pass does.
 * E_ARG (events were taken, for _keep), E_IO, E_NOMEM; _rewind: E_UNSUPPORTED where it was not
 * kept, and as opening fails.
 * Since: 0.9
 */
int tsmmr_stream_keep(struct tsmmr_stream *stream, struct tsmmr_error *reterr);
int tsmmr_stream_rewind(struct tsmmr_stream *stream, struct tsmmr_error *reterr);
/*
 * What tsmmr_log_merge() makes of n logs, as a stream: to be exported, or reported on, in memory
 * that does not grow with them.  The streams are borrowed until it is freed, one thread for all
 * of them; nothing was read of them, and they can be rewound (tsmmr_stream_keep()).  Each is read
 * once by this, and once more by whoever reads the events; where it then has other records,
 * reading them ends with E_ARG.  To read one of them, or this again, is to rewind first.
 * E_ARG (also the same log twice, with the error's log, which tsmmr_log_merge() takes), E_LIMIT,
 * E_UNSUPPORTED, E_NOMEM, and as tsmmr_stream_next().
 * Since: 0.9
 */
int tsmmr_stream_merge(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
		       struct tsmmr_stream **ret_stream, struct tsmmr_error *reterr);
/*
 * What was tolerated, or left out by an export, so far: finding i, borrowed until the next
 * event or export; NULL when i is out of range.
 */
size_t tsmmr_stream_finding_count(const struct tsmmr_stream *stream);
const struct tsmmr_finding *tsmmr_stream_finding(const struct tsmmr_stream *stream, size_t i);
/*
 * Writes what is left of the stream to fd as it is read.  format is JSONL, TPM2_YAML, or
 * one of CEL's.  CEL_CBOR needs to know first how many records there are, and any of CEL's
 * whether the hints of a text log are true: such a log is read twice, a pipe through a
 * temporary file, and no event may have been taken from it.  CEL_CBOR_SEQ never waits.
 *
 * After an error part of it may have been written, and those events are not left to be written
 * again.  As tsmmr_stream_next(), and E_ARG, E_UNSUPPORTED (by name, what that format cannot say).
 */
int tsmmr_stream_export_fd(const struct tsmmr_ctx *ctx, struct tsmmr_stream *stream, int format,
			   int fd, struct tsmmr_error *reterr);
/*
 * The same into memory, for the caller to tsmmr_free(); more than TSMMR_LIMIT_BYTES (256 MiB)
 * is E_LIMIT.  The stream's findings say what was left out; for those of a frozen log there
 * is tsmmr_stream_open_log().
 * Since: 0.9
 */
int tsmmr_stream_export(const struct tsmmr_ctx *ctx, struct tsmmr_stream *stream, int format,
			uint8_t **ret_bytes, size_t *ret_len, struct tsmmr_error *reterr);

/*
 * Logs: a stream read to its end and frozen, for random access.  Limited to
 * TSMMR_LIMIT_BYTES (256 MiB) of memory.  input is what is known of it, NULL for nothing.
 * _parse copies the bytes, _parse_borrow views them until the log, and all that holds it, is
 * freed; _open_fd reads a descriptor, which it borrows, from where it stands; _from_stream
 * reads a stream of one log that nothing was read from before (E_ARG), and needs it no more.
 * Whole or nothing: a log that ends in an error gives the error.  They fail as
 * tsmmr_stream_open_mem() and tsmmr_stream_next() do.
 * Since: 0.9
 */
int tsmmr_log_parse(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input, const void *data,
		    size_t len, struct tsmmr_log **ret_log, struct tsmmr_error *reterr);
int tsmmr_log_parse_borrow(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input,
			   const void *data, size_t len, struct tsmmr_log **ret_log,
			   struct tsmmr_error *reterr);
int tsmmr_log_open_fd(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input, int fd,
		      struct tsmmr_log **ret_log, struct tsmmr_error *reterr);
int tsmmr_log_from_stream(const struct tsmmr_ctx *ctx, struct tsmmr_stream *stream,
			  struct tsmmr_log **ret_log, struct tsmmr_error *reterr);
/*
 * One log out of several: firmware logs first, then those of IMA and systemd, then those of
 * one register, in the given order otherwise.  Records that the attestation agent has in two logs
 * are taken once.  Whether the logs join is for a report on the result to say.  The result
 * holds the logs.  At most 64, those that a merged one was made of counted.
 * E_ARG, E_NOMEM, E_LIMIT.
 */
int tsmmr_log_merge(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
		    struct tsmmr_log **ret_log, struct tsmmr_error *reterr);
/*
 * Every log that this machine has about a platform's registers (or what stands under the
 * context's root), read, joined and merged: what an agent sends beside a quote.  platform
 * AUTO takes the one that all of them are about.
 *
 * E_ARG when they are about several, E_MISMATCH when a log does not begin where those
 * before it end, and as tsmmr_streams_open_known(), tsmmr_stream_next().
 * Since: 0.1
 */
int tsmmr_log_collect(const struct tsmmr_ctx *ctx, int platform, struct tsmmr_log **ret_log,
		      struct tsmmr_error *reterr);
/*
 * One more reference, which a tsmmr_log_free() drops; NULL gives NULL.  Any thread.
 * Since: 0.9
 */
struct tsmmr_log *tsmmr_log_ref(struct tsmmr_log *log);
void tsmmr_log_free(struct tsmmr_log *log);

/* How many events it has. */
size_t tsmmr_log_count(const struct tsmmr_log *log);
/* NULL when i is out of range. */
const struct tsmmr_event *tsmmr_log_get(const struct tsmmr_log *log, size_t i);
/* TSMMR_FORMAT_*, MERGED of a merged one; E_ARG. */
int tsmmr_log_format(const struct tsmmr_log *log);
/*
 * The stream's name, "-" where nobody gave one, "merged" of a merged log; borrowed.  Bytes of
 * the input, of all inputs of a merged one.  What was tolerated in it: finding i, borrowed;
 * NULL when i is out of range.
 * Since: 0.9
 */
const char *tsmmr_log_name(const struct tsmmr_log *log);
uint64_t tsmmr_log_byte_count(const struct tsmmr_log *log);
size_t tsmmr_log_finding_count(const struct tsmmr_log *log);
const struct tsmmr_finding *tsmmr_log_finding(const struct tsmmr_log *log, size_t i);
/*
 * The logs that a merged one was made of, in the order in which they were given, and what
 * tsmmr_event_log(), findings, gaps and hypotheses count: the name (borrowed, NULL) and
 * the format (E_ARG, each for i out of range) of each.  A log of its own is its only one.
 * One that was merged of merged ones counts theirs.
 * Since: 0.9
 */
size_t tsmmr_log_source_count(const struct tsmmr_log *log);
const char *tsmmr_log_source_name(const struct tsmmr_log *log, size_t i);
int tsmmr_log_source_format(const struct tsmmr_log *log, size_t i);
/*
 * Where that record of that source stands in the log, for tsmmr_log_get(): what a finding, a
 * gap or a hypothesis is about.  TSMMR_NONE where the log has no such record.
 * Since: 0.9
 */
uint64_t tsmmr_log_find(const struct tsmmr_log *log, uint64_t source, uint64_t record);
/* The log in another form, as tsmmr_stream_export_fd() writes it, and fails as that does. */
int tsmmr_log_export(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log, int format,
		     uint8_t **ret_bytes, size_t *ret_len, struct tsmmr_error *reterr);
int tsmmr_log_export_fd(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log, int format,
			int fd, struct tsmmr_error *reterr);

/*
 * What kind of thing an event's data is: the content types of CEL 1.1, table 2, by their
 * numbers there.  Others (80, 200 …) are carried as they are.
 */
enum tsmmr_content {
	TSMMR_CONTENT_NONE = 0,         /* a digest and nothing else */
	TSMMR_CONTENT_TEXT = 1,         /* a line of a text log; not a number of CEL's */
	TSMMR_CONTENT_CEL = 4,          /* about the log: its version, firmware_end … */
	TSMMR_CONTENT_PCCLIENT_STD = 5, /* event type and data of the TCG PFP */
	TSMMR_CONTENT_IMA_TEMPLATE = 7, /* template name and data */
	TSMMR_CONTENT_IMA_TLV = 8,
	TSMMR_CONTENT_SYSTEMD = 9 /* the string that systemd measured */
};

/* Is what an event says about itself what its digest covers? */
enum tsmmr_binding {
	TSMMR_BINDING_UNBOUND = 0, /* the digest covers something else, or no rule is known */
	TSMMR_BINDING_BOUND = 1,   /* the data gives the digest by the event's rule */
	TSMMR_BINDING_MISMATCH = 2 /* it should, and does not */
};

/*
 * Which of the logs that a merged one was made of (tsmmr_log_source_name()); 0 in a log of its
 * own, TSMMR_NONE for NULL.
 * Since: 0.9
 */
uint64_t tsmmr_event_log(const struct tsmmr_event *event);
uint64_t tsmmr_event_record(const struct tsmmr_event *event); /* in its log, from 0 */
uint64_t tsmmr_event_offset(const struct tsmmr_event *event); /* of its first byte in its log */
uint64_t tsmmr_event_recnum(const struct tsmmr_event *event); /* per register, as CEL counts */
uint64_t tsmmr_event_index(const struct tsmmr_event *event);  /* in the space, or TSMMR_NONE */
int tsmmr_event_space(const struct tsmmr_event *event);       /* TSMMR_SPACE_*: what index counts */
const char *tsmmr_event_register(const struct tsmmr_event *event); /* "rtmr0", or NULL */
const char *tsmmr_event_role(const struct tsmmr_event *event);     /* of that register, or NULL */
int tsmmr_event_platform(const struct tsmmr_event *event);         /* AUTO: not in a table */
/*
 * TSMMR_CONTENT_*, or another of 32 bits; and the type that an event of that content has.
 * TSMMR_NONE where the log has a name of its own for it, which is in text and JSON.
 */
uint64_t tsmmr_event_content(const struct tsmmr_event *event);
uint64_t tsmmr_event_type(const struct tsmmr_event *event);
const char *tsmmr_event_type_name(const struct tsmmr_event *event); /* NULL: no name */
/* 1 when the record claims an extension, 0 for EV_NO_ACTION and the like. */
int tsmmr_event_is_measured(const struct tsmmr_event *event);
/* Whether the firmware had handed over when the record was made: tsmmr_event_after_separator() */
enum tsmmr_after {
	TSMMR_AFTER_NO = 0,  /* no separator came before in the same register */
	TSMMR_AFTER_YES = 1, /* one did: what follows it is the operating system's */
	/*
	 * It cannot be said.  The log has no separator in a register that must have one, or
	 * (of an event of a stream) none so far.  Or what came before has a separator's
	 * digest, which is a known constant, and calls itself something else.
	 */
	TSMMR_AFTER_UNKNOWN = 2
};
/* TSMMR_AFTER_* */
int tsmmr_event_after_separator(const struct tsmmr_event *event);
/*
 * Digest i of the record: TSMMR_HASH_*, or another TPM_ALG_ID, and the bytes; borrowed.  Each ret_
 * may be NULL.  E_NOTFOUND past the last one, E_ARG.
 * Since: 0.9
 */
size_t tsmmr_event_digest_count(const struct tsmmr_event *event);
int tsmmr_event_digest(const struct tsmmr_event *event, size_t i, int *ret_hash,
		       const uint8_t **ret_digest, size_t *ret_len);
/* Borrowed; NULL and 0 where there is none.  E_ARG. */
int tsmmr_event_data(const struct tsmmr_event *event, const uint8_t **ret_data, size_t *ret_len);
/*
 * TSMMR_BINDING_*; *ret_rule (nullable) names the rule, static, NULL when unbound.  The data is
 * hashed at each call.  E_UNSUPPORTED where the crypto library lacks the hash, E_ARG, E_NOMEM.
 */
int tsmmr_event_binding(const struct tsmmr_event *event, const char **ret_rule);
/*
 * What a person wants to read, one line of printable UTF-8.  Like snprintf(): writes at
 * most size bytes with the NUL and returns the length it would have; E_ARG, E_NOMEM.  The
 * text is the log's claim.
 */
int tsmmr_event_text(const struct tsmmr_event *event, char *buf, size_t size);
/*
 * The object `tsmmr.event/1`; log is the number it gets.  Nothing is said of what is
 * proven: tsmmr_report_event_json() is who knows.  E_ARG, E_NOMEM.
 */
int tsmmr_event_export_json(const struct tsmmr_event *event, uint64_t log, uint8_t **ret_json,
			    size_t *ret_len, struct tsmmr_error *reterr);

/*
 * The member "details" of it alone: what the log claims of the event, as a JSON object.
 * E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_event_details_json(const struct tsmmr_event *event, uint8_t **ret_json, size_t *ret_len,
			     struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
