/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: every deviation we noticed and lived with, by an id that never changes meaning. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/finding.h>

#include "util/cleanup.h"

enum finding_id {
	F_FINDINGS_CAPPED,
	F_INPUT_ARMOURED,
	F_INPUT_ENVELOPED,
	F_INDEX_SPACE_DIFFERS,
	F_INDEX_SPACE_WRONG,
	F_DIGEST_MISSING,
	F_DIGEST_UNKNOWN_ALG,
	F_DIGEST_NO_CRYPTO,
	F_DATA_MISMATCH,
	F_TEXT_DIFFERS,
	F_EVIDENCE_DEBUG,
	F_EVIDENCE_TRAILING,
	F_EVIDENCE_WRAPPED,
	F_EVIDENCE_UNKNOWN_MEMBER,
	F_EVIDENCE_UNSIGNED,
	F_EVIDENCE_HASH_DIFFERS,
	F_EVIDENCE_BOUND,
	F_EVIDENCE_PCR_NOT_QUOTED,
	F_EVIDENCE_WEAK_HASH,
	F_EVIDENCE_RESERVED,
	F_EVIDENCE_VMPL,
	F_TCG_INDEX_NOT_A_REGISTER,
	F_TCG_NO_ACTION_DIGEST,
	F_TCG_LOCALITY_IGNORED,
	F_TCG_HCRTM_IGNORED,
	F_TCG_SEPARATOR_TWICE,
	F_TCG_SEPARATOR_MISSING,
	F_TCG_SEPARATOR_ERROR,
	F_TCG_SEPARATOR_RELABELLED,
	F_TCG_SEPARATOR_ALIKE,
	F_TCG2_SPECID_ZERO_SIGNATURE,
	F_TCG2_SPECID_TRAILING,
	F_TCG2_HEADER_DIGEST,
	F_TCG2_DIGEST_UNDECLARED,
	F_TCG2_DATA_AFTER_END,
	F_CCEL_EXTENDS_LAUNCH,
	F_AAEL_IN_TWO_LOGS,
	F_JOIN_DIFFERS,
	F_TEXT_SYNC_DIFFERS,
	F_TEXT_SYNC_MALFORMED,
	F_TEXT_HINT_MALFORMED,
	F_TEXT_TOO_MANY_CANDIDATES,
	F_TEXT_NO_FINAL_NEWLINE,
	F_TEXT_CARRIAGE_RETURN,
	F_TEXT_BLANKS,
	F_VIRTUAL_REFUSED,
	F_IMA_PADDED_DIGESTS,
	F_IMA_AGGREGATE_DIFFERS,
	F_IMA_TEMPLATE_UNKNOWN,
	F_IMA_NO_FINAL_NEWLINE,
	F_IMA_BLANK_LOST,
	F_IMA_CARRIAGE_RETURN,
	F_CEL_RECNUM_MISSING,
	F_CEL_RECNUM_ORDER,
	F_CEL_INDEX_RANGE,
	F_CEL_NV_NOT_REPLAYED,
	F_CEL_CC_MR,
	F_CEL_RTMR_MEMBER,
	F_CEL_DIGESTS_EMPTY,
	F_CEL_CONTENT_MISSING,
	F_CEL_CONTENT_11,
	F_CEL_CONTENT_UNKNOWN,
	F_CEL_CONTENT_FORM,
	F_CEL_NUMBER_AS_TEXT,
	F_CEL_NAME_SPELLING,
	F_CEL_EVENT_TYPE_UNKNOWN,
	F_CEL_EVENT_TYPE_NAME,
	F_CEL_TEMPLATE_VALUE,
	F_CEL_MANAGEMENT_FORM,
	F_CEL_MEMBER_UNKNOWN,
	F_CEL_CBOR_FORM,
	F_CEL_JSON_NO_ARRAY,
	F_CEL_TORN_RECORD,
	F_CEL_TLV_WIDTH,
	F_CEL_NOT_INDEXED,
	F_CEL_CONTENT_OPAQUE,
	F_CEL_ASIDE_DROPPED,
	F_CEL_HINT_UNCONFIRMED,
	F_SYSTEMD_INCOMPLETE,
	F_IMAGE_MISSING,
	F_DSTACK_EXCERPT,
	F_IMAGE_DIFFERS,
	F_LAUNCH_ASSUMED,
	F_LAUNCH_ID_BLOCK,
	F_LAUNCH_STEP_MISSING,
	F_LAUNCH_TWICE,
	F_REGISTER_UNREADABLE,
	F_MANIFEST_REFUSED,
	F_REGISTER_RESETTABLE,
	F_COUNT
};

struct finding_desc {
	const char *id;
	int severity;
	bool tolerance; /* a dialect that a strict context refuses */
	/* For the manual: */
	const char *meaning;
	const char *rule;   /* that the input did not keep */
	const char *source; /* document and section that the rule is from */
};

extern const struct finding_desc finding_descs[F_COUNT];

struct tsmmr_finding {
	enum finding_id id;
	uint64_t log; /* TSMMR_NONE: about no log */
	uint64_t record;
	uint64_t offset;
	char text[160];
};

/*
 * An attacker can make one finding per record, so each id is kept so many times, unless
 * TSMMR_LIMIT_FINDINGS says otherwise; what came beyond is counted in one FINDINGS_CAPPED.
 */
#define FINDING_EACH 16

struct findings {
	struct tsmmr_finding *all;
	size_t n;
	size_t cap;
	uint64_t each; /* how often an id is kept; 0: FINDING_EACH */
	uint64_t seen[F_COUNT];
	uint64_t dropped;
};

void findings_done(struct findings *f);
static inline void findings_done_p(struct findings *f)
{
	findings_done(f);
}
/* 0 or E_NOMEM.  The text is printable ASCII when done, whatever went in. */
int findings_add(struct findings *f, enum finding_id id, uint64_t log, uint64_t record,
		 uint64_t offset, const char *format, ...) __attribute__((format(printf, 6, 7)));
/*
 * Adds what other has, its logs counted from log on; TSMMR_NONE: about no log.  It is kept as
 * often as other is, where nobody said how often.
 */
int findings_merge(struct findings *f, const struct findings *other, uint64_t log);
