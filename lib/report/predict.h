/* SPDX-License-Identifier: BSD-2-Clause */
/* What registers will hold once something that a log measures is replaced. */
#pragma once

#include <tsmmr/predict.h>

#include "report/report.h"

#define PREDICT_STEPS_MAX 256
#define PREDICT_NOTES_MAX 64

/* By what a file is measured in one way: the old one, and the new one in its place. */
struct predict_swap {
	bool (*fits)(const void *rule, const struct tsmmr_event *e);
	const void *rule;
	const char *id, *part; /* static; part is a section's name, or "" */
	uint32_t pcrs;         /* bit i: measured into PCR i, or what stands for it */
	bool tagged;           /* what fits is of such a file, and of nothing else */
	bool whole;            /* the hash of the file itself, which data may have too */
	/* A record that comes and goes with what it is of, in this order among the others. */
	bool chained;
	unsigned order;
	uint16_t algs[HASHERS_MAX];
	uint8_t has_old, has_new;
	uint8_t old[HASHERS_MAX][TSMMR_HASH_SIZE_MAX], new[HASHERS_MAX][TSMMR_HASH_SIZE_MAX];
	bool done; /* some record was replaced, dropped or added by it */
};

enum predict_kind { PREDICT_FILE, PREDICT_TEXT, PREDICT_DROP };

struct predict_step {
	enum predict_kind kind;
	char *what; /* for messages */
	struct predict_swap *swaps;
	size_t n_swaps;
	char *reg; /* a name or role; NULL: any */
	struct buf before, after;
	uint64_t log, record;
	uint64_t count; /* what it changed */
};

/* What could not be followed. */
struct predict_note {
	uint64_t log, record; /* or TSMMR_NONE */
	char *text;
};

/* A register of which a record was not followed. */
struct predict_doubt {
	const struct platform *platform; /* a reference */
	const struct reg_desc *desc;
};

struct tsmmr_prediction {
	struct tsmmr_ctx *ctx;
	struct tsmmr_stream **streams;
	size_t n_logs;
	bool over_logs;               /* the streams are ours, and the same each time */
	bool ran;                     /* or tried to */
	struct tsmmr_report *vouched; /* or NULL: nobody vouches for the logs */
	struct tsmmr_report *was, *will;
	struct predict_step *steps;
	size_t n_steps;
	struct predict_note notes[PREDICT_NOTES_MAX];
	size_t n_notes;
	struct predict_doubt *doubts; /* each register once */
	size_t n_doubts;
	struct hashers set;
	uint16_t algs[ALGORITHM_HASHES]; /* known ones that the logs have digests of */
	size_t n_algs;
	/* The only register whose records are all there, of an image alone; NULL: of a machine. */
	const char *only;
	char *select;    /* which are told; NULL: all */
	uint64_t budget; /* bytes that may still be taken for one record */
};

/* A register that is not told, always or … */
enum predict_loose_if { LOOSE, LOOSE_IF_FIRMWARE_DIFFERS };

struct predict_loose {
	const struct platform *platform;
	const struct reg_desc *desc;
	uint16_t alg; /* of the firmware's registers that it hangs on */
	enum predict_loose_if when;
};

/* Both replays, up to the record that is looked at. */
struct predict_run {
	struct tsmmr_prediction *p;
	struct replay *was, *will;
	struct predict_loose *loose;
	size_t n_loose;
	bool authority; /* some record is of the key that signed an image */
	bool unread;    /* what failed is reading a log, not following it */
	/* Of an image alone: records of other registers, which are told after all else. */
	struct predict_note others[PREDICT_NOTES_MAX];
	size_t n_others;
};

int predict_new(struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
		const struct tsmmr_report *report, struct tsmmr_prediction **ret,
		struct tsmmr_error *err);
/* The same of streams, which are borrowed until it was run, and rewound for that. */
int predict_new_streams(struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
			const struct tsmmr_report *report, struct tsmmr_prediction **ret,
			struct tsmmr_error *err);
void predict_free(struct tsmmr_prediction *p);
DEFINE_CLEANUP(struct tsmmr_prediction *, predict_free)
/* Takes over what step owns, in any case.  0, E_LIMIT, E_NOMEM. */
int predict_add(struct tsmmr_prediction *p, struct predict_step *step, struct tsmmr_error *err);
void predict_step_done(struct predict_step *step);
/* The hashes that the logs' digests are of, as far as they can be computed. */
int predict_hashes(struct tsmmr_prediction *p, struct hashers *ret, struct tsmmr_error *err);
/* Edits, and replays.  E_NOTFOUND for a step that changes nothing. */
int predict_run(struct tsmmr_prediction *p, struct tsmmr_error *err);
/* (predict_follow.c) */
/* What becomes of one record, in an empty log; and after the last one of all. */
int predict_event(struct predict_run *run, struct tsmmr_log *made, uint64_t first,
		  const struct tsmmr_event *e, struct tsmmr_error *err);
int predict_end(struct predict_run *run, struct tsmmr_error *err);
/* (predict_feed.c) */
/*
 * What the logs replay to: as they are where run is NULL, and their hashes are noted; or once
 * they were rewound, as the steps leave them.
 */
int predict_report(struct tsmmr_prediction *p, struct predict_run *run, struct tsmmr_report **ret,
		   struct tsmmr_error *err);
/* (predict_check.c) */
/*
 * Row i of will: does it differ from what it was, does somebody vouch for what that was, and was
 * every record of it followed?
 */
bool predict_is_changed(const struct tsmmr_prediction *p, size_t i);
bool predict_is_vouched(const struct tsmmr_prediction *p, size_t i);
bool predict_is_followed(const struct tsmmr_prediction *p, size_t i);
/* The event's register is not told.  0, E_NOMEM. */
int predict_loosen(struct predict_run *run, const struct tsmmr_event *e,
		   enum predict_loose_if when);
/* Once all was replayed: takes the values away that cannot be told, with a note on each. */
int predict_check(struct predict_run *run);
/* (predict_json.c) */
int predict_json(const struct tsmmr_prediction *p, struct buf *out);

/* (predict_edit.c) */
/* One event as a step leaves it. */
struct predict_edit {
	struct tsmmr_prediction *p;
	struct tsmmr_log *log; /* of what is made of the record: it keeps its bytes */
	uint64_t number;       /* of the log that it was of */
	struct tsmmr_event e;
	bool gone;
	struct predict_swap *hit;   /* of the last step, or NULL */
	bool followed;              /* some file was replaced in it */
	struct predict_step *other; /* of a file such as the record is of */
};
int predict_apply(struct predict_edit *x, struct predict_step *step, struct tsmmr_error *err);
/* Other data in place of before, where its digests say what its data is; 1, or 0: they do not. */
int predict_set_bytes(struct predict_edit *x, struct span before, struct span after,
		      struct tsmmr_error *err);
/* What to know beside the values; and why x's record is left as it is, though it may change. */
int predict_note(struct tsmmr_prediction *p, uint64_t log, uint64_t record, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int predict_doubt(const struct predict_edit *x, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
