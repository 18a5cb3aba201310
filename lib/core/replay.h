/* SPDX-License-Identifier: BSD-2-Clause */
/* Folding events into registers. */
#pragma once

#include "core/ctx.h"
#include "core/event.h"
#include "core/finding.h"
#include "crypto/hash.h"

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
	GAP_MISSING_IMAGE,
	GAP_UNREADABLE,
	GAP_LAUNCH_UNKNOWN, /* of appraisals alone */
	GAP_UNTRUSTED,      /* not to be allowed: --min-trust */
	GAP_WEAK_HASH,      /* nor this: --min-hash */
	GAP_NO_CRYPTO,      /* nor this, and an error where it is asked about */
	GAP_COUNT
};
extern const char *const gap_names[GAP_COUNT];

struct tsmmr_gap {
	enum gap_kind kind;
	uint64_t log, record; /* TSMMR_NONE: nowhere in particular */
	bool allowed;         /* of a judgement: by its policy */
};

/* A place in the logs. */
struct place {
	uint64_t log, record;
};

enum anchor_kind {
	ANCHOR_ZERO,
	ANCHOR_RESET,
	ANCHOR_LOCALITY,
	ANCHOR_GIVEN,
	ANCHOR_FIRMWARE_LOG, /* a runtime log began at what the firmware log replays to */
	ANCHOR_SYNC,         /* asserted by the log itself, and by nothing else */
	ANCHOR_COUNT
};
extern const char *const anchor_names[ANCHOR_COUNT];

/*
 * Readings of one register that believe the same SYNC line last, and differ in the hints
 * after it; and of them all, while no more than this many hashes are spent on those that
 * are more than 16.  (semantics, promise 8)
 */
#define CANDIDATES_MAX 16
#define SLOT_READINGS_MAX 1024
#define SLOT_WORK_MAX (UINT64_C(1) << 21)
#define GAPS_OF_A_KIND 4 /* further ones add nothing to the verdict */
#define CANDIDATE_GAPS_MAX (3 * GAPS_OF_A_KIND)

/*
 * One reading of what the logs say of a register.  A log of records has one.  A text
 * log has more where a SYNC line differs from the running value (an extension nobody
 * logged, or a line that is not true) and where a comment reports an extension off the
 * log (perhaps).  The register's final value decides.
 */
struct candidate {
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	uint8_t anchor;    /* enum anchor_kind */
	bool matches;      /* the value is the expected one now */
	bool matched;      /* it was, after some record */
	bool denied_since; /* a SYNC after that place differs */
	bool padded;       /* takes SHA-1 digests, padded, for those of its bank */
	bool again;        /* repeats an earlier log, and has not caught up yet */
	uint64_t twice;    /* bit n: log n does repeat one (while again: if it catches up) */
	uint8_t n_gaps;
	uint8_t n_gaps_matched; /* those before that place */
	uint32_t denied;        /* SYNC lines that this reading takes for untrue, … */
	uint32_t believes;      /* … the last one that it takes for true (0: the start), … */
	uint32_t doubts;        /* … and how many untrue ones since */
	struct place matched_at;
	struct tsmmr_gap gaps[CANDIDATE_GAPS_MAX];
};

/* One register in one bank. */
struct slot {
	const struct tsmmr_reg *expected; /* what the hardware says, or NULL */
	uint64_t events;                  /* measured, with a digest in this bank */
	uint64_t logs;                    /* bit n: log n extends it */
	uint64_t last_log;                /* the log of the last of them */
	uint64_t n_head; /* that log's first ones that are SYNC lines of other banks … */
	bool in_head;    /* … and so far there are no others */
	uint8_t anchor;  /* of its start value */
	uint8_t locality;
	bool missing_digest; /* a record of this register has no digest in this bank */
	bool data_mismatch;
	bool too_many; /* readings were dropped that the log supports */
	bool let_go;   /* some were that deny SYNC lines which others believe */
	bool launched; /* its events are steps of a launch … */
	bool no_value; /* … one of which could not be folded, … */
	struct tsmmr_gap no_value_at;
	bool not_alone; /* … or they are not all its events */
	bool torn;      /* a record that was not written to its end may be this register's */
	struct tsmmr_gap torn_at;
	bool agent_seen;
	bool idle;        /* nobody asks for its value: events are counted, and not computed */
	bool by_firmware; /* some event is of content pcclient_std */
	bool pad_tried;   /* there is a padded reading, or has been */
	struct tsmmr_gap missing_at, mismatch_at; /* the first of each */
	uint64_t agent_log; /* the log with the first of the agent's records … */
	uint8_t before_agent[TSMMR_HASH_SIZE_MAX]; /* … and the value before it */
	uint8_t caught_up[TSMMR_HASH_SIZE_MAX];    /* what a repetition must reach */
	uint8_t initial[TSMMR_HASH_SIZE_MAX];
	uint32_t syncs; /* SYNC lines so far */
	uint64_t work;  /* hashes spent on more readings than CANDIDATES_MAX */
	size_t n, cap;
	struct candidate *all;
	struct waiting *waits, *waits_last; /* extensions that are not in its value yet; or NULL */
};

#define REPLAY_BANKS_MAX EVENT_DIGESTS_MAX
#define REPLAY_TORN_MAX 8 /* platforms; one more is judged as if it were whole */

/* One register of one platform, in every bank. */
struct replayed {
	const struct platform *platform;
	const struct reg_desc *desc; /* NULL: a number the platform has no name for */
	uint32_t index;
	uint64_t events; /* measured */
	/*
	 * In this log it has had records before, with digests in the first so many banks and in
	 * no other, and none of them is of a head.  0: look again.
	 */
	uint64_t settled_log;
	size_t settled;
	uint32_t lacking; /* bit i: some in bank hash_by_index(i), which cannot be computed */
	bool locality_seen, hcrtm;
	bool torn; /* as of a slot, also of one that is to come */
	struct tsmmr_gap torn_at;
	uint8_t locality;
	struct slot *slots[REPLAY_BANKS_MAX]; /* NULL: nothing yet in that bank */
};

#define VIRTUAL_MAX 64 /* virtual registers of one replay (semantics, promise 8) */

/*
 * A register that only exists in the log of another, its carrier: each of its extensions
 * is a record there.
 */
struct virtual_reg {
	const struct platform *platform; /* made up: the carrier's name, and its own */
	const struct platform *carrier_platform;
	const struct reg_desc *carrier;
	uint16_t carrier_alg;
	const struct hash_alg *alg;
	uint64_t events, logs;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
};

#define AGGREGATES_MAX 8 /* one a boot: further ones are of kexec */

/* IMA's first record: a hash over what the firmware's PCRs were then. */
struct aggregate {
	const struct platform *platform;
	struct place at;
	uint64_t offset;
	uint16_t alg;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
};

#define REPLAY_LAST 32

struct replay {
	const struct tsmmr_ctx *ctx;
	const struct tsmmr_regs *regs; /* or NULL */
	struct hasher banks[REPLAY_BANKS_MAX];
	size_t n_banks;
	/* Nobody and no log says what a register holds: but for its best reading none shows. */
	bool one_reading;
	bool may_wait;                          /* who asks for values calls replay_settle() … */
	struct queue *queues[REPLAY_BANKS_MAX]; /* … for extensions that wait; NULL: none yet */
	/* Nobody asks what a register holds in a bank that regs do not have it in. */
	bool expected_only;
	uint32_t lacking; /* of any register; each is a finding */
	struct replayed *all;
	size_t n_all;
	size_t cap_all;
	/* Which of all a number was last; of platforms in tables alone, whose registers stay. */
	struct {
		const struct platform *platform;
		uint32_t index;
		uint8_t space;
		size_t at;
	} last[REPLAY_LAST];
	struct virtual_reg *virtuals;
	size_t n_virtuals;
	struct aggregate aggregates[AGGREGATES_MAX];
	size_t n_aggregates;
	/* The first torn record of a register that nobody knows, of each platform. */
	struct {
		const struct platform *platform;
		struct tsmmr_gap at;
	} torn[REPLAY_TORN_MAX];
	size_t n_torn;
	uint64_t texts_differ; /* events that break a firm rule … */
	bool text_differs;     /* … of which the one that is folded now is one */
	struct findings findings;
};

/* One more extension of a virtual register.  0, or an error.  (virtual.c) */
int virtual_extend(struct replay *r, uint64_t log, const struct tsmmr_event *e, struct hasher *h,
		   uint16_t carrier_alg);
void virtuals_done(struct replay *r);

int replay_new(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *regs, struct replay **ret);
void replay_free(struct replay *r);
DEFINE_CLEANUP(struct replay *, replay_free)
/* Events of one log, in its order; logs one after the other.  0, E_NOMEM, E_LIMIT. */
int replay_event(struct replay *r, uint64_t log, const struct tsmmr_event *e,
		 struct tsmmr_error *err);
/* From now on, until the next event, every register has its value.  0, E_NOMEM. */
int replay_settle(struct replay *r);
/* NULL when no event came for that register in that bank. */
const struct slot *replay_slot(const struct replay *r, const struct platform *platform,
			       const struct reg_desc *desc, uint16_t alg);
/*
 * Has it events in that bank (TSMMR_HASH_NONE: in any) that the crypto library cannot
 * compute?  0, or the code of what is lacking.
 */
int replay_lacks(const struct replay *r, const struct platform *platform,
		 const struct reg_desc *desc, uint16_t alg);
/* What such a register starts with: anchor, locality, initial, and one candidate.  slot_free(). */
int replay_initial(const struct replay *r, const struct platform *platform,
		   const struct reg_desc *desc, const struct hash_alg *alg, struct slot **ret);

/* (waiting.c) */
/* Has this register one reading, and are there others to wait for? */
bool waiting_may(struct replay *r, size_t bank, const struct slot *slot);
/* Extends it when others are, too, by input of a digest's size, which is copied. */
int waiting_add(struct replay *r, size_t bank, struct slot *slot, struct span input,
		struct place at);
/* What waits for this register is done now. */
int waiting_none(struct replay *r, size_t bank, const struct slot *slot);
void waiting_done(struct replay *r);

/* (candidates.c) */
/* All that may fail below fails with E_NOMEM, or as a hasher does. */
/* The start value is in slot->initial: one reading, with that value. */
int candidates_start(struct slot *slot);
int candidates_copy(struct slot *to, const struct slot *slot);
void slot_free(struct slot *slot);
DEFINE_CLEANUP(struct slot *, slot_free)
/*
 * Every reading is extended; then each is compared with what is expected.  padded, or
 * NULL, is what the kernel may have extended instead, always or never: the readings that
 * believe so take it.
 */
int candidates_extend(struct slot *slot, struct hasher *h, struct span input, const uint8_t *padded,
		      struct place at);
/* Whatever the reading, what comes next was extended off the log. */
void candidates_off_log(struct slot *slot, struct place at);
/* Whatever the reading, something may have been extended here that has no record. */
void candidates_torn(struct slot *slot, struct place at);
/* The one reading there is has this value now: a step of a launch, or what has waited. */
void candidates_set(struct slot *slot, const uint8_t *value, size_t size, struct place at);
/*
 * A SYNC line says that the value is this.  *ret_differs: no reading had it.
 * first: it is the first record of this register in its log.
 */
int candidates_assert(struct slot *slot, size_t size, const uint8_t *value, bool first,
		      struct place at, bool *ret_differs);
/* Perhaps digest was extended off the log. */
int candidates_hint(struct slot *slot, struct hasher *h, const uint8_t *digest, struct place at);
/*
 * Perhaps what follows, of log n, repeats the agent's records of an earlier log: one more reading,
 * from the value before them.  It counts once it has reached where that log had ended:
 * then the records are the same.
 */
int candidates_restart(struct slot *slot, size_t size, uint64_t log);
/* For a value that became known only now: which readings end in it. */
void candidates_compare(struct slot *slot, size_t size);
/*
 * The reading that explains the register: the best whose value is the expected one; else
 * the best that had it at an earlier record (*ret_earlier); else, or where nothing is
 * expected, the one the log itself supports best.
 */
const struct candidate *candidates_best(const struct slot *slot, bool *ret_earlier);
