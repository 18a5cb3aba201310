/* SPDX-License-Identifier: BSD-2-Clause */
/* The LOG arguments: what each means, and the streams they open. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <tsmmr/tsmmr.h>

struct options;

struct input {
	size_t number;    /* in the order in which they were given */
	const char *name; /* what people call it */
	char *own_name;   /* where name is made up */
	int known;        /* TSMMR_LOG_*, or 0: a file */
	int format;
	char *reg; /* register it is about, or NULL */
	int fd;    /* -1: none of ours; the progress line looks at it */
	struct tsmmr_stream *stream;
	uint64_t n_bytes;      /* of the log, once it was read and rewound */
	struct tsmmr_log *log; /* once frozen */
};

struct inputs {
	struct input *all;
	size_t n;
	struct progress *progress;    /* that shows how far they are */
	struct tsmmr_streams **known; /* of the machine: they own their streams */
	size_t n_known;
};

/*
 * Opens every LOG of the command line, or the well-known logs there are when it has none
 * and nothing else says what is compared, and puts them in order.  All are tried before it
 * gives up.  0, or the exit status of what was reported.
 */
int inputs_open(struct options *o, struct inputs *in);
/* Opens the logs of --reference, which are files, and keeps their events. */
int inputs_open_reference(struct options *o, struct inputs *in);
/* Is one of them this machine's, which may go on measuring while it is read? */
static inline bool inputs_have_known(const struct inputs *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->all[i].known)
			return true;
	return false;
}
/*
 * Before their first events again, as far as they were not frozen.  Where the options say that
 * logs are read more than once, what a pipe brings was kept.
 */
int inputs_rewind(struct options *o, const struct inputs *in);
/* n of them, before anything is read: what a pipe brings will be there again … */
int inputs_keep(struct options *o, const struct input *all, size_t n);
/* … before their first events again. */
int inputs_go_back(struct options *o, struct input *all, size_t n);
void inputs_close(struct inputs *in);
static inline void inputs_close_p(struct inputs *in)
{
	inputs_close(in);
}

/* Is every LOG one of the machine's, or is none given? */
bool inputs_are_known(const struct options *o);
/* Is standard input one of them?  Then they cannot be read again. */
bool inputs_have_stdin(const struct inputs *in);
/*
 * Are there runtime logs?  Only a frozen one knows which register it is about, and is named
 * after it.
 */
bool inputs_have_runtime(const struct inputs *in);
/* Were they frozen already? */
bool inputs_are_frozen(const struct inputs *in);

/*
 * Reads each stream to its end and keeps the events, as far as that was not done yet.  ret_long
 * (nullable) is set where one is over a limit; then it is no failure, and what was read of it
 * is lost.
 */
int inputs_freeze(struct options *o, struct inputs *in, bool *ret_long);

/*
 * Reads the rest of all others when a log has failed, for a worse failure (I/O, a limit) decides
 * the exit status.
 */
void inputs_drain(struct options *o, const struct inputs *in, uint64_t failed_log);

/* How long they are, as far as that is known. */
uint64_t inputs_bytes(const struct inputs *in);
/*
 * The context, under which what is kept of logs of n bytes may take as much memory as it needs.
 * The caller frees it.  As tsmmr_ctx_copy().
 */
int inputs_context(const struct options *o, uint64_t n, struct tsmmr_ctx **ret,
		   struct tsmmr_error *err);

/* How many of the options' values are standard input. */
size_t input_stdin_values(const struct options *o);
/* Is it "-"? */
bool input_is_stdin(const char *path);
/* The same of an option's value: FILE, @FILE, @FORM:FILE or KEY=FILE. */
bool input_is_stdin_value(const char *value);
/* A descriptor of a file, or of stdin; a folder is refused.  log: its number, or TSMMR_NONE. */
int input_open_file(struct options *o, const char *name, uint64_t log, int *ret);
/*
 * The same of what was found in a folder: whoever filled that may have put a pipe there to be
 * waited for, or a device, and neither is opened to be read.
 */
int input_open_found(struct options *o, const char *name, uint64_t log, int *ret);
/* The bytes of what is open, at most limit and some more; path is what it is called. */
int input_read_fd(struct options *o, int fd, const char *path, size_t limit, uint8_t **ret,
		  size_t *ret_len);
/* Of a file or of stdin ("-"). */
int input_read_all(struct options *o, const char *path, size_t limit, uint8_t **ret,
		   size_t *ret_len);
