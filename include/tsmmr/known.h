/* SPDX-License-Identifier: BSD-2-Clause */
/* Known values: what the records of a log may be, and what they must not be. */
#ifndef TSMMR_KNOWN_H
#define TSMMR_KNOWN_H

#include <tsmmr/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In which form a list is; it is said, never guessed.  Words: TSMMR_NAMES_KNOWN. */
enum tsmmr_known_kind {
	/*
	 * What sha256sum and its like print, GNU's or BSD's form, of one register, which has
	 * to be named; without one, lines "REGISTER [HASH:]HEX [TYPE] NAME", where TYPE is an
	 * event type's name (EV_...) or 0x and its eight digits.
	 */
	TSMMR_KNOWN_SUMS = 1,
	TSMMR_KNOWN_LOG = 2, /* tsmmr_known_add_logs() */
	/*
	 * A .pcrlock file of systemd's: records of a component of the boot, which know those
	 * that follow each other in a PCR as they do in the file, or in the register that is
	 * named.  Files whose names have the same folder "....pcrlock.d/" are variants of one
	 * component: it is one of them, once, and whole in the registers that are asked about;
	 * else something is lacking.  Components come in any order; a record that begins
	 * several is of the first by its name.  Nothing can be denied by it.
	 */
	TSMMR_KNOWN_PCRLOCK = 3,
	/*
	 * A runtime policy of keylime's, as JSON or as lines "HEX PATH": IMA's records whose
	 * bound path and digest are in it, as a file, a keyring or a buffer, or whose path an
	 * exclude fits from its beginning.  E_UNSUPPORTED where an exclude is more than
	 * characters, "." and ".*".  Signatures, ignored keyrings and device mapper's policy
	 * make nothing known, nor is a boot_aggregate known that is not listed.
	 */
	TSMMR_KNOWN_KEYLIME = 4,
	/*
	 * Lines "REGISTER TYPE PATTERN [require] [once]", each of which knows records of that
	 * register and type (* for any) by the text that their digests cover, as
	 * tsmmr_report_event_text() has it: all of it must fit the pattern, a shell's with *, ?
	 * and [a-z], but without escapes.  One with blanks stands in double quotes.  Where a line
	 * for people is cut, a rule sees the rest too.  Beyond 64 KiB, or after "…" where not all
	 * is said, only a pattern that ends with * knows what comes, and all deny it that it may
	 * fit.  Of what is no text the line says little, of keys only whose they are: such records
	 * belong in a list.  The type is what the log says and is not measured: a pattern must be
	 * narrow enough for any type, and what is denied is denied as any.  What is required must
	 * occur, once is at most once.
	 */
	TSMMR_KNOWN_RULES = 5,
	TSMMR_KNOWN_UNVERIFIED_LOG = 6, /* tsmmr_known_add_stream() */
	TSMMR_KNOWN_IMAGE = 7           /* a file in a role: tsmmr_known_add_image_fd() */
};
/* Combined with a kind. */
enum tsmmr_list_flag {
	TSMMR_LIST_DENIED = 0x100,   /* a record that is in the list is one too many */
	TSMMR_LIST_ANY_ORDER = 0x200 /* where a kind knows sequences: in any order */
};

/*
 * A set of known values, in which nothing is yet.  Lists are added by one thread before the
 * first appraisal is made with it; it is final from then on (E_ARG), and any number of threads
 * may use it.  Of the context's limits EVENTS is that of all digests together (0: 16 million),
 * BYTES that of one list.  Reference-counted: tsmmr_known_free() drops the caller's reference.
 * E_ARG, E_NOMEM, E_IO when the system has no random bytes.
 * Since: 0.9
 */
int tsmmr_known_new(const struct tsmmr_ctx *ctx, struct tsmmr_known **ret_known,
		    struct tsmmr_error *reterr);
/*
 * One more reference, which tsmmr_known_free() drops; NULL gives NULL.  Any thread.
 * Since: 0.9
 */
struct tsmmr_known *tsmmr_known_ref(struct tsmmr_known *known);
void tsmmr_known_free(struct tsmmr_known *known);

/*
 * One list, of a kind and flags, as it stands in memory or from where fd is to its end; neither
 * is needed afterwards.  reg (nullable where a kind allows it) is the register that it is of: a
 * name, a role, "PROVIDER/NAME" or a range "pcr0-7".  name (nullable: the kind's) is what
 * appraisals and errors call the list.
 *
 * The whole list or an error: then the set is of no use any more.  The error's text has the line
 * where there are lines, its offset is in bytes.  E_ARG, E_NOTFOUND (no platform has such a
 * register), E_MALFORMED (also of a list that has nothing in it), E_LIMIT, E_IO, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_known_add(struct tsmmr_known *known, int kind, const char *reg, const char *name,
		    const void *data, size_t len, struct tsmmr_error *reterr);
int tsmmr_known_add_fd(struct tsmmr_known *known, int kind, const char *reg, const char *name,
		       int fd, struct tsmmr_error *reterr);
/*
 * A file, by what it is measured as in its role: "pe", "uki", "kernel", "initrd", "dtb", "cmdline",
 * "file" (as it is, in any register), or "firmware", of which events name the parts by their
 * address.  flags may be TSMMR_LIST_DENIED.  name (nullable: "image") is what appraisals call it.
 * fd is a regular file and is needed no more.  As tsmmr_known_add(), and E_FORMAT (not such a
 * file), E_UNSUPPORTED, E_TRUNCATED.
 * Since: 0.9
 */
int tsmmr_known_add_image_fd(struct tsmmr_known *known, int flags, const char *role,
			     const char *name, int fd, struct tsmmr_error *reterr);
/*
 * The logs of a report that is VERIFIED, all of them in its order: their proven records, in the
 * sequence in which each register has them.  A log that is appraised may be shorter, but begins as
 * they do and goes on in their order, in each register, or (TSMMR_LIST_ANY_ORDER) has none more
 * often than they have.  Denied, none of their digests may occur in their registers.  flags are
 * TSMMR_LIST_DENIED and such; the logs are borrowed for the call, name is as above.
 *
 * E_MISMATCH, E_INCOMPLETE (the report is), E_ARG (other logs), E_MALFORMED (no record that
 * counts), E_LIMIT, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_known_add_logs(struct tsmmr_known *known, int flags, const char *name,
			 const struct tsmmr_report *report, struct tsmmr_log *const *logs, size_t n,
			 struct tsmmr_error *reterr);
/*
 * The same of a log that nobody vouches for, in every bank it has: the caller does.  The rest of
 * the stream is read.  E_MALFORMED, E_LIMIT, E_ARG, E_NOMEM, and as tsmmr_stream_next().
 * Since: 0.9
 */
int tsmmr_known_add_stream(struct tsmmr_known *known, int flags, const char *name,
			   struct tsmmr_stream *stream, struct tsmmr_error *reterr);
/*
 * How many different digests it has, without those of sequences; 0 for NULL.
 * Since: 0.9
 */
size_t tsmmr_known_count(const struct tsmmr_known *known);

#ifdef __cplusplus
}
#endif
#endif
