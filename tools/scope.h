/* SPDX-License-Identifier: BSD-2-Clause */
/* Scope-bound ownership for the tool: each type is freed by its own destructor. */
#pragma once

#include <stdlib.h>

#include <tsmmr/tsmmr.h>

#define _cleanup_(f) __attribute__((cleanup(f##_p)))

/* Makes f##_p(), which _cleanup_(f) calls with the address of the variable. */
#define DEFINE_CLEANUP(type, f)           \
	static inline void f##_p(type *p) \
	{                                 \
		f(*p);                    \
	}

DEFINE_CLEANUP(struct tsmmr_known *, tsmmr_known_free)
DEFINE_CLEANUP(struct tsmmr_regs *, tsmmr_regs_free)
DEFINE_CLEANUP(struct tsmmr_evidence *, tsmmr_evidence_free)
DEFINE_CLEANUP(struct tsmmr_stream *, tsmmr_stream_free)
DEFINE_CLEANUP(struct tsmmr_input *, tsmmr_input_free)
DEFINE_CLEANUP(struct tsmmr_report *, tsmmr_report_free)
DEFINE_CLEANUP(struct tsmmr_report_pass *, tsmmr_report_pass_free)
DEFINE_CLEANUP(struct tsmmr_policy *, tsmmr_policy_free)
DEFINE_CLEANUP(struct tsmmr_tree *, tsmmr_tree_free)
DEFINE_CLEANUP(struct tsmmr_attest *, tsmmr_attest_free)
DEFINE_CLEANUP(struct tsmmr_appended *, tsmmr_appended_free)
DEFINE_CLEANUP(uint8_t *, tsmmr_free)

static inline void free_p(void *p)
{
	free(*(void **)p);
}

/* Hands over: the variable is left empty, so its cleanup does nothing. */
#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

/*
 * What a call writes as snprintf() does, after these arguments, in memory to be freed; NULL where
 * it fails or there is none.
 */
#define WRITTEN(call, ...)                                                   \
	({                                                                   \
		int n_ = call(__VA_ARGS__, NULL, 0);                         \
		char *text_ = n_ < 0 ? NULL : malloc((size_t)n_ + 1);        \
                                                                             \
		if (text_ && call(__VA_ARGS__, text_, (size_t)n_ + 1) < 0) { \
			free(text_);                                         \
			text_ = NULL;                                        \
		}                                                            \
		text_;                                                       \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
