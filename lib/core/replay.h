/* SPDX-License-Identifier: BSD-2-Clause */
/* Folding events into registers. */
#pragma once

#include "core/event.h"
#include "core/finding.h"
#include "core/hash.h"
#include "core/stream.h"

struct tsmmr_reg;
struct tsmmr_regs;

enum gap_kind {
	GAP_NO_LOG,
	GAP_UNANCHORED,
	GAP_MISSING_HEAD,
	GAP_OFF_LOG_EXTEND,
	GAP_UNLOGGED,
	GAP_UNQUOTED_TAIL,
	GAP_DATA_MISMATCH,
	GAP_COUNT
};
extern const char *const gap_names[GAP_COUNT];

struct gap {
	enum gap_kind kind;
	uint64_t log, record;	/* TSMMR_NONE: nowhere in particular */
};

enum anchor_kind { ANCHOR_ZERO, ANCHOR_RESET, ANCHOR_LOCALITY, ANCHOR_GIVEN };

/* One register in one bank. */
struct slot {
	const struct tsmmr_reg *expected;	/* what the hardware says, or NULL */
	uint64_t events;		/* measured, with a digest in this bank */
	uint64_t matched_log, matched_record;	/* last place the value was the expected one */
	uint64_t logs;			/* bit n: log n extends it */
	uint8_t anchor;			/* enum anchor_kind */
	uint8_t locality;
	bool matches;			/* the value is the expected one now */
	bool matched;			/* it was, after some event */
	bool missing_digest;		/* a record of this register has no digest in this bank */
	bool data_mismatch;
	bool verified;			/* set by report.c */
	struct gap missing_at, mismatch_at;	/* the first of each */
	uint8_t initial[TSMMR_HASH_SIZE_MAX];
	uint8_t value[TSMMR_HASH_SIZE_MAX];
};

#define REPLAY_BANKS_MAX EVENT_DIGESTS_MAX

/* One register of one platform, in every bank. */
struct replayed {
	const struct platform *platform;
	const struct reg_desc *desc;	/* NULL: a number the platform has no name for */
	uint32_t index;
	uint64_t events;		/* measured */
	bool locality_seen, hcrtm;
	uint8_t locality;
	struct slot *slots[REPLAY_BANKS_MAX];	/* NULL: nothing yet in that bank */
};

struct replay {
	const struct tsmmr_ctx *ctx;
	const struct tsmmr_regs *regs;	/* or NULL */
	struct hasher banks[REPLAY_BANKS_MAX];
	size_t n_banks;
	struct replayed *all;
	size_t n_all;
	size_t cap_all;
	struct findings findings;
};

int replay_new(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *regs, struct replay **ret);
void replay_free(struct replay *r);
DEFINE_CLEANUP(struct replay *, replay_free)
/* NULL when no event came for that register in that bank. */
struct slot *replay_slot(const struct replay *r, const struct platform *platform,
			       const struct reg_desc *desc, uint16_t alg);
/* What such a register starts with: only anchor, locality, initial and value are set. */
void replay_initial(const struct replay *r, const struct platform *platform,
		    const struct reg_desc *desc, const struct hash_alg *alg, struct slot *ret);
/* Events of one log, in its order; logs one after the other.  0, E_NOMEM, E_LIMIT. */
int replay_event(struct replay *r, uint64_t log, const struct tsmmr_event *e,
		 struct tsmmr_error *err);
