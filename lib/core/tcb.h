/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vendor says that a platform's versions are worth, in Intel's words. */
#pragma once

#include "util/cursor.h"

enum tcb_word {
	TCB_NONE, /* nothing is said of it */
	TCB_UP_TO_DATE,
	TCB_SW_HARDENING_NEEDED,
	TCB_CONFIGURATION_NEEDED,
	TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	TCB_OUT_OF_DATE,
	TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TCB_REVOKED,
	/* What an evaluation adds: no level matches, a new start of the guest would help. */
	TCB_NOT_SUPPORTED,
	TCB_RELAUNCH_ADVISED,
	TCB_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
	TCB_WORDS
};

const char *tcb_word_name(enum tcb_word word); /* of NONE: "" */
/* TCB_WORDS: none of them. */
enum tcb_word tcb_word_of(struct span s);
