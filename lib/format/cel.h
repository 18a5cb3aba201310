/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCG's Canonical Event Log, version 1.1: what its three encodings share.  An encoding
 * turns bytes into a struct cel_record and back; what the fields mean is decided here.
 */
#pragma once

#include "core/event.h"
#include "core/hints.h"
#include "core/stream.h"

/* Content types, and fields of a record in TLV, that have no name in TSMMR_CONTENT_*. */
#define CEL_CONTENT_LIBCEL_SYSTEMD 11
#define CEL_CONTENT_NAMED EVENT_NAMED /* a name that CEL does not have */
#define CEL_TYPE_NAMED EVENT_NAMED    /* of an event that has a name: that is its type */
#define CEL_CONTENT_COS 80            /* Confidential Space (go-tpm-tools) */
#define CEL_TLV_CC_MR 108             /* UEFI's MrIndex in place of a PCR (go-eventlog) */

/* TPMI_CELMGTTYPE; data of an event of content CEL is what follows it here. */
enum {
	CEL_VERSION = 1,      /* major and minor, two bytes each, big-endian */
	CEL_FIRMWARE_END = 2, /* nothing */
	CEL_TIMESTAMP = 80,   /* eight bytes, big-endian; the unit is not settled */
	CEL_STATE_TRANS = 81  /* one byte: suspend, hibernate, kexec */
};
#define CEL_STATES_N 3
extern const char *const cel_states[CEL_STATES_N];
/* "cel_version" …, or NULL. */
const char *cel_management_name(uint32_t type);

/* Numbers, as data of such events has them. */
static inline void cel_put_be(uint8_t *p, size_t n, uint64_t v)
{
	for (; n; v >>= 8)
		p[--n] = (uint8_t)v;
}

static inline uint64_t cel_get_be(struct span s)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

enum cel_index {
	CEL_PCR, /* of whatever kind the platform's registers are */
	CEL_NV,
	CEL_CC_MR, /* TLV type 108 */
	CEL_RTMR   /* systemd's member "rtmr" */
};

struct cel_record {
	bool has_recnum; /* always, when written */
	uint64_t recnum;
	enum cel_index kind;
	uint32_t index;
	uint32_t content; /* TSMMR_CONTENT_*, or another number */
	uint32_t type;    /* event type, TPMI_CELMGTTYPE; else 0 */
	uint8_t raw;      /* enum event_raw, of data where content is none that we know */
	struct span name; /* of an IMA template; of content or an event type that only has a name */
	struct span data;
	struct span aside; /* JSON object of members that were not measured; or empty */
	uint8_t n_digests;
	struct digest digests[EVENT_DIGESTS_MAX]; /* last: those that are not there are not set */
};

/* In parts, as event_clear() is. */
static inline void cel_record_clear(struct cel_record *rec)
{
	const size_t half = offsetof(struct cel_record, digests) / 2;

	memset(rec, 0, half);
	memset((uint8_t *)rec + half, 0, offsetof(struct cel_record, digests) - half);
}

/* Bytes of its digests, each of which takes so many besides. */
static inline size_t cel_digests_size(const struct cel_record *rec, size_t besides)
{
	size_t n = 0;

	for (size_t i = 0; i < rec->n_digests; i++)
		n += besides + rec->digests[i].value.n;
	return n;
}

/*
 * Records of our own, all pcclient_std, by what their data begins with.  (tsmmr-cel(7))
 * INDEX_MAP, EV_NO_ACTION: "tdx rtmr" follows, platform and index space; or, of a platform
 * that no table has, "acme/agile:sha256": what register this record's number is.  LINE,
 * EV_NO_ACTION: a line of a text log that was not measured.  TORN_TEXT, EV_NO_ACTION: what
 * there is of a record that was not written to its end.  OFF_LOG, EV_EVENT_TAG: the
 * digest was extended and has no record; the comment that reported it is the event.
 */
#define CEL_SIGNATURE_SIZE 16
extern const char cel_index_map[CEL_SIGNATURE_SIZE];
extern const char cel_text_line[CEL_SIGNATURE_SIZE];
extern const char cel_torn_text[CEL_SIGNATURE_SIZE];
#define CEL_TAG_OFF_LOG 0x54534d52u /* "RMST" in a little-endian file */

/* ---- reading ---- */

/* First in the state of every CEL decoder; reported: a finding of that id was made. */
struct cel_reader {
	uint64_t next[STREAM_INDEX_MAX]; /* recnum due, by number */
	uint64_t texts;                  /* bit n: number n has had a line of text … */
	uint64_t lines;                  /* … which was one for sure: SYNC, INIT */
	bool labels;                     /* the firmware's header is coreboot's */
	bool firmware;                   /* records that only firmware makes were there … */
	bool firmware_end;               /* … and have ended */
	bool any;                        /* a record of a register has been read */
	uint8_t kind;                    /* enum cel_index of the first of them */
	bool reported[F_COUNT];
	uint8_t asserted[TSMMR_HASH_SIZE_MAX];
};

/*
 * Adds a digest: refuses a second one of an algorithm, more than 16, a size that a known
 * algorithm does not have, and one of 0 or over 64 bytes.  0, or E_MALFORMED and *ret_why.
 */
int cel_add_digest(struct cel_record *rec, uint64_t alg, struct span value, const char **ret_why);
/* A tolerated deviation, reported once a log; 0, or the failure of a strict context. */
int cel_tolerate(struct tsmmr_stream *s, enum finding_id id, uint64_t offset, const char *text);
/*
 * From a record that begins at offset to an event: numbering, content, marks, and what
 * was tolerated.  Spans must stay valid until the next call of the decoder.
 */
int cel_read(struct tsmmr_stream *s, struct tsmmr_error *err, const struct cel_record *rec,
	     uint64_t offset, struct tsmmr_event *e);
/*
 * Words and numbers as text, in any case; *ret_exact: as the table has it.  An event type, and
 * a content type, that is neither is a name.  (cel_named.c)
 */
bool cel_is_word(struct span s, const char *word, bool *ret_exact);
/* "134217729" or "0x0000000C"; more than 64 bits is no number. */
bool cel_number_of(struct span s, uint64_t *ret);
bool cel_type_of(struct span s, uint32_t *ret, bool *ret_exact);
bool cel_content_of(struct span s, uint32_t *ret, bool *ret_exact);
/* Takes off what cel_wrap() put on. */
void cel_unwrap(struct tsmmr_event *e);
/* Whose registers does the first record say it numbers?  (struct format, claims) */
size_t cel_claims(const struct cel_record *rec, char ret[CLAIM_MAX]);

/*
 * What a record INDEX_MAP says of a log about s->platform: checked, and where it names a
 * register, taken.  (cel_map.c)
 */
int cel_map_read(struct tsmmr_stream *s, struct tsmmr_error *err, const struct tsmmr_event *e);
/* What it says in a log about p's registers, or of desc, where p is of no table: false, no room. */
bool cel_map_text(const struct platform *p, const struct reg_desc *desc, struct buf *out);

/* For content that is not pcclient_std or ima_template.  (cel_class.c) */
const struct event_class *cel_class(uint32_t content);

/* ---- writing ---- */

struct cel_writer;
typedef int (*cel_put_fn)(struct cel_writer *w, const struct cel_record *rec, struct buf *out,
			  struct tsmmr_error *err);

#define CEL_NV_MAX 64 /* NV indices whose records are counted */

/* Or an event as it is: firmware's, with one or two digests, each of its algorithm's size. */
typedef int (*cel_put_event_fn)(struct cel_writer *w, const struct tsmmr_event *e, uint64_t recnum,
				struct buf *out, struct tsmmr_error *err);

/* First in the state of every CEL encoder. */
struct cel_writer {
	const struct export *x;
	cel_put_fn put;
	cel_put_event_fn put_event;
	uint64_t n;                        /* records written */
	uint64_t recnum[STREAM_INDEX_MAX]; /* by CEL's own number */
	struct {
		uint32_t index;
		uint64_t n;
	} nv[CEL_NV_MAX];
	size_t n_nv;
	const struct reg_desc *regs[STREAM_INDEX_MAX]; /* of no table, by the number it was given */
	size_t n_regs;
	bool cc_mr;        /* numbered by MrIndex: no map is needed */
	uint8_t space;     /* that the numbers are of */
	bool named;        /* the encoding can name what has no number */
	uint8_t raw;       /* enum event_raw: content that it carries as it is */
	bool said_version; /* by us, not by the log */
	bool firmware, firmware_end;
	uint64_t not_indexed, asides, unconfirmed, opaque;
	const struct platform *plain; /* whose events of that space are as CEL has them; or NULL */
	uint16_t banks[EVENT_DIGESTS_MAX]; /* of the log's firmware part */
	size_t n_banks;
	/* Of the last event that was put as it is: of one with such digests all is known. */
	struct {
		uint64_t number; /* another one where they are not as those before */
		uint8_t n;
		bool measured;
		uint16_t algs[2];
		size_t sizes[2];
	} last;
	struct hashers set;
	struct buf scratch;
	uint8_t derived[EVENT_DIGESTS_MAX][TSMMR_HASH_SIZE_MAX];
};

/*
 * Puts into b, for encodings that cannot say it, which name (where asked) and encoding the data
 * has; rec then is a record of bytes.  The name has at most 65535 bytes.  (cel_named.c)
 */
void cel_wrap(struct buf *b, bool name, struct cel_record *rec);
/* The encoder's begin, event, end and done, but for what surrounds the records; put… are set. */
int cel_write_begin(struct cel_writer *w, const struct export *x, struct buf *out,
		    struct tsmmr_error *err);
int cel_write_event(struct cel_writer *w, const struct tsmmr_event *e, struct buf *out,
		    struct tsmmr_error *err);
int cel_write_end(struct cel_writer *w, struct tsmmr_error *err);
void cel_write_done(struct cel_writer *w);

/* ---- IMA, for events of content type ima_template (ima_class.c) ---- */
extern const struct event_class ima_class;
/*
 * Whether an event is a violation, which is extended as all ones, and what boot_aggregate
 * asserts: sets its marks.  digests, name and data are there.
 */
void ima_finish(struct tsmmr_event *e);

extern const struct encoder cel_json_encoder; /* (cel_json_out.c) */
extern const struct format format_cel_cbor, format_cel_cbor_seq, format_cel_json, format_cel_tlv,
	format_systemd, format_ima, format_ima_ascii;
