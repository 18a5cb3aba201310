/* SPDX-License-Identifier: BSD-2-Clause */
/* One event, whatever log it came from. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/log.h>

#include "core/index.h"
#include "core/platform.h"
#include "crypto/hash.h"
#include "util/buf.h"
#include "util/cursor.h"
#include "util/json.h"

#define EVENT_DIGESTS_MAX 16 /* as many banks as a Spec ID event may declare */

struct digest {
	uint16_t alg; /* TPM_ALG_ID, known to us or not */
	struct span value;
};

/* What the decoder noticed.  What it means is decided in replay.c. */
enum event_mark {
	MARK_NONE = 0,
	MARK_HEADER,    /* describes the log itself */
	MARK_LOCALITY,  /* mark_value: the startup locality it claims */
	MARK_HCRTM,     /* a hardware root of trust measured before the first instruction */
	MARK_SEPARATOR, /* the firmware hands over; mark_value 1: after an error */
	MARK_SYNC,      /* asserts the register's value before this record */
	MARK_HINT,      /* says, unmeasured, that a digest was extended off the log */
	/*
	 * A record of the attestation agent, which may be in two logs.  mark_value: where in
	 * data its line begins, 0: there is none.
	 */
	MARK_AAEL,
	/*
	 * A step of a launch: the register holds asserted after it.  mark_value 1: it would
	 * not, had the step been another than the event says.
	 */
	MARK_LAUNCH,
	MARK_VIRTUAL,   /* "NAME extend alg/hex": a register carried in this one's log */
	MARK_OFF_LOG,   /* stands for an extension that had no record */
	MARK_AGGREGATE, /* asserts a hash over the firmware's PCRs */
	MARK_INDEX_MAP, /* our own: which platform's registers the numbers are */
	MARK_LINE,      /* a line of a text log, in a canonical one */
	MARK_TORN,      /* stands for a record that was not written to its end */
	MARK_LABEL,     /* its data only names what was measured: coreboot */
};

struct tsmmr_event {
	uint64_t record; /* in its log, from 0, header included */
	uint64_t offset; /* in bytes */
	uint64_t recnum; /* per index, as CEL counts; set by stream.c */
	const struct platform *platform;
	const struct event_class *class;
	struct crypto crypto; /* of its stream's context; set by stream.c */
	uint32_t index;       /* in space; see event_number() */
	uint32_t content;     /* TSMMR_CONTENT_*, or another of CEL's */
	uint32_t type;        /* of events with that content */
	uint8_t log;          /* which of the logs that a merged one was made of */
	uint8_t space;
	uint8_t mark; /* enum event_mark */
	uint8_t mark_value;
	bool measured;
	uint8_t after_separator; /* TSMMR_AFTER_* or AFTER_PENDING; set by stream.c */
	uint8_t n_digests;
	uint8_t name_n; /* MARK_VIRTUAL: length of NAME, which data begins with */
	uint8_t raw;    /* enum event_raw: how data is encoded that we do not know */
	/* Apart, for most events have one or two of the many they may have: their stream's, … */
	const struct digest *digests;
	/*
	 * MARK_SYNC, MARK_AGGREGATE: the value; MARK_HINT, MARK_VIRTUAL: the digest;
	 * MARK_LAUNCH: the value after it, of no bytes where it cannot be known.
	 */
	struct digest asserted;
	struct span name; /* of an IMA event's template; of a type or content by name */
	struct span data;
	struct span aside; /* what a log says of an event besides, as JSON: not measured */
};

/*
 * As an empty initializer does.  In parts, for of more than some 64 bytes gcc makes a loop in
 * microcode, which takes longer than all else that is done to a record.
 */
static inline void event_clear(struct tsmmr_event *e)
{
	const size_t part = sizeof(*e) / 4;
	uint8_t *p = (uint8_t *)e;

	memset(p, 0, part);
	memset(p + part, 0, part);
	memset(p + 2 * part, 0, part);
	memset(p + 3 * part, 0, sizeof(*e) - 3 * part);
}

/* Content that is carried through: of which encoding its bytes are. */
enum event_raw {
	RAW_BYTES = 0,
	RAW_CBOR, /* one item */
	RAW_JSON, /* one value */
};

/* How people and machines read an event: text is one escaped line, details a JSON object. */
struct describe {
	struct buf *text;     /* appended to with text.h and buf.h */
	struct json *details; /* members of an object that is already open */
	bool whole;           /* text is for a program, which sees all of a line … */
	/* … or hears that it does not: there is more than text says, after "…" or at all. */
	bool cut;
};

/* Marks that something is left out. */
static inline void describe_more(struct describe *d)
{
	buf_str(d->text, "…");
	d->cut = true;
}

#define EVENT_NAMED UINT32_MAX /* a content, or a type, whose name is the event's */

static inline bool event_type_is_named(const struct tsmmr_event *e)
{
	return e->content == TSMMR_CONTENT_PCCLIENT_STD && e->type == EVENT_NAMED && e->name.n;
}

struct hasher;

#define BIND_ANY_TYPE UINT32_MAX /* for a rule's type */

enum bind_strength {
	BIND_TRY,   /* a match binds; no match says nothing */
	BIND_FIRM,  /* no match is a mismatch, which firmware in the field does produce */
	BIND_STRICT /* no match costs the register its "verified" (semantics, promise 5) */
};

/*
 * A rule that may give an event's digest from its data.  Rows of one event type are
 * alternatives, tried in order.
 */
struct bind_rule {
	uint32_t type;
	uint8_t strength;
	const char *id; /* as shown; never changes meaning */
	/* Which of the data's bytes the digest covers, for the manual; NULL: all of them. */
	const char *covers;
	/* NULL: always. */
	bool (*applies)(const struct tsmmr_event *e);
	/* Hashes what the digest covers; E_MALFORMED when the data has not that shape. */
	int (*feed)(const struct tsmmr_event *e, struct hasher *h);
	/*
	 * Describes what the digest covers, and nothing else: this is what is trusted.
	 * NULL: the class's describe(), which then must read nothing but data.
	 */
	int (*describe)(const struct tsmmr_event *e, struct describe *d);
};

#define LOST_MAX 2 /* records that are lost together */

/* What is known about the events of one content type. */
struct event_class {
	const char *(*type_name)(uint32_t type);
	const struct bind_rule *rules;
	const size_t *n_rules;
	int (*describe)(const struct tsmmr_event *e, struct describe *d);
	/* The same of a MARK_LAUNCH, from what its step measured alone; NULL: describe(). */
	int (*describe_step)(const struct tsmmr_event *e, struct describe *d);
	/*
	 * What was extended in a bank that the log has no digest for, where data says
	 * it: IMA.  E_MALFORMED when it does not.  NULL: the log has what there is.
	 */
	int (*derive)(const struct tsmmr_event *e, struct hasher *h, uint8_t *ret);
	/*
	 * For explain.c, both NULL where there are none.  Number i, below the counts, of
	 * other digests the record may have had when it was measured, where before is the
	 * register's value: 1, 0 when that one says nothing about e, or an error.  *ret_id
	 * is the hypothesis, an enum explain_id.  Those from n_variants on, n_whole of them,
	 * are only tried for all records at once.
	 */
	size_t n_variants, n_whole;
	int (*variant)(const struct tsmmr_event *e, size_t i, struct hasher *h,
		       const uint8_t *before, uint8_t *ret, int *ret_id);
	/*
	 * Number i of the records that such logs are known to lose, at a place where the
	 * register is before: how many of them, up to LOST_MAX, and their digests one
	 * after the other; or an error.
	 */
	size_t n_lost;
	int (*lost)(size_t i, struct hasher *h, const uint8_t *before, uint8_t *ret, int *ret_id);
};

/* Not known before the log has ended: stream_settle_separators(). */
#define AFTER_PENDING (TSMMR_AFTER_UNKNOWN + 1)

static inline int event_after_separator(const struct tsmmr_event *e)
{
	return e->after_separator == AFTER_PENDING ? TSMMR_AFTER_UNKNOWN : e->after_separator;
}

const struct reg_desc *event_reg(const struct tsmmr_event *e);
/* The line that an application measured, in whatever log it is carried; else no bytes. */
struct span event_line(const struct tsmmr_event *e);
/* The register's number in its platform's own space, or NOT_A_REGISTER. */
static inline uint32_t event_number(const struct tsmmr_event *e)
{
	return index_convert(e->index, e->space, e->platform->space);
}
/*
 * Is it about that register, which has that number where a table has numbered it?  One of no
 * table has another number in each log, and the same name.
 */
bool event_has_reg(const struct tsmmr_event *e, const struct platform *platform,
		   const struct reg_desc *desc, uint32_t number);
const struct digest *event_digest(const struct tsmmr_event *e, uint16_t alg);
/*
 * Before Linux 5.8 IMA extended its SHA-1 digest into every bank, with zeros after it: that
 * digest, if such a kernel would have extended it into this bank, or NULL.  Which it was, no record
 * says, but the register's value does.  (security/integrity/ima, ima_calc_field_array_hash())
 */
const struct digest *event_padded(const struct tsmmr_event *e, uint16_t alg);

/*
 * Binding over the digests of one algorithm, with a hasher for it.  TSMMR_BINDING_BOUND …, or
 * an error.  *ret_rule is the rule that bound, or the first that should have.
 */
int event_bind(const struct tsmmr_event *e, struct hasher *h, const struct bind_rule **ret_rule);
/*
 * The digest that rule number i of its class gives: 1, 0 when the rule does not speak about
 * this event, or an error.
 */
int event_rule_digest(const struct tsmmr_event *e, size_t i, struct hasher *h, uint8_t *ret);
/*
 * The greatest strength of the rules that speak about this event, BIND_TRY without any.
 * Cheap: looks at type and shape only.
 */
int event_strength(const struct tsmmr_event *e);

/* Of events MARK_LAUNCH: the value after a step is computed from what the event says. */
extern const struct bind_rule launch_rule;
/*
 * Binding over all its digests: bound when every digest that can be computed is, by one
 * rule; a mismatch when any is one; E_LACKS - … when none can be computed of those that
 * are known.  set, of zeros at first, gets the event's crypto library.
 */
struct hashers;
int event_bind_all(const struct tsmmr_event *e, struct hashers *set,
		   const struct bind_rule **ret_rule);
const char *binding_name(int binding);

/* The object tsmmr.event/1; proven is 1, 0, or -1 when nobody knows. */
int event_json(const struct tsmmr_event *e, uint64_t log, int proven, struct hashers *set,
	       struct buf *out);
/* The same for one event after another: what each says of itself, in memory that is kept. */
struct event_words {
	struct buf text, bound, details;
};
int event_json_again(const struct tsmmr_event *e, uint64_t log, int proven, struct hashers *set,
		     struct event_words *words, struct buf *out);
void event_words_done(struct event_words *words);
static inline void event_words_done_p(struct event_words *words)
{
	event_words_done(words);
}
/* The members "type" and "type_id". */
void event_type_json(const struct tsmmr_event *e, struct json *j);
/* Its member "details" alone, of what the log claims. */
int event_details_json(const struct tsmmr_event *e, struct buf *out);
/* Text for people, escaped: all that the log claims. */
int event_text(const struct tsmmr_event *e, struct buf *out);
/* The same of what its digest covers: nothing where nothing is bound. */
int event_trusted_text(const struct tsmmr_event *e, struct buf *out);
/*
 * What the digest of an event covers that is bound by this rule, described: a line of text,
 * and a JSON object.  (event_json.c)
 */
int event_describe_bound(const struct tsmmr_event *e, const struct bind_rule *rule,
			 struct buf *text, struct buf *details);
/*
 * The line alone, and all of it, however long a person would find it.  *ret_cut: not all; what
 * is missing comes after the first "…", or where there is none, text only says how much there is.
 */
int event_describe_whole(const struct tsmmr_event *e, const struct bind_rule *rule,
			 struct buf *text, bool *ret_cut);
