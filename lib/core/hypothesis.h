/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypotheses: every reason we know for a register not to match, by an id that never changes. */
#pragma once

#include <stdint.h>

/* In the order in which people should hear of them: the simplest first. */
enum explain_id {
	X_VALUES_DIFFER,
	X_NOT_EXTENDED,
	X_FINAL_EVENTS_TWICE,
	X_RESUMED,
	X_EXTRA_TAIL,
	X_SYSTEMD_MEASURED,
	X_NO_LOG,
	X_MISSING_HEAD,
	X_DIGEST_MISSING,
	X_TORN_RECORD,
	X_DATA_CHANGED,
	X_OFF_LOG_EXTEND,
	X_BANK_CAPPED,
	X_START_VALUE,
	X_SHA1_PADDED,
	X_CRLF_COPY,
	X_BLANKS_ADDED,
	X_NEWLINE_MEASURED,
	X_DIGEST_CHANGED,
	X_VIOLATION_AS_ZEROS,
	X_VIOLATION_HIDDEN,
	X_SYNC_WRONG,
	X_SYNC_MISSING,
	X_EXTRA_RECORD,
	X_DOUBLED_RECORD,
	X_SEPARATOR_TWICE,
	X_SWAPPED_RECORDS,
	X_RECORD_IN_WRONG_REGISTER,
	X_EXIT_BOOT_SERVICES_MISSING,
	X_SEPARATOR_MISSING,
	X_UNLOGGED_REPEAT,
	X_MOVED_RECORD,
	X_WRONG_REGISTER,
	X_WRONG_INDEX_SPACE,
	X_WRONG_BANK,
	X_RECORD_ELSEWHERE,
	X_REFERENCE_DIFFERS,
	X_REFERENCE_SAME,
	X_IMA_TRIMMED,
	X_UNDECIDABLE,
	X_TORN_LAST_LINE,
	X_IMA_EXTENDS_TOO,
	X_SYSTEMD_EXTENDS_TOO,
	X_HIBERNATED,
	X_COUNT
};

struct explain_desc {
	const char *id;
	const char *meaning; /* for the manual */
	const char *next;    /* what a person should look at; may be NULL */
};

extern const struct explain_desc explain_descs[X_COUNT];
