/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that never change: what the command line and the JSON call our numbers. */
#include "core/names.h"

#include <stddef.h>
#include <string.h>

#include <tsmmr/report.h>

#include "core/tcb.h"
#include "util/cleanup.h"
#include "util/cursor.h"

#define LOOKUP(function, table)                                                               \
	const char *function(int value)                                                       \
	{                                                                                     \
		return value >= 0 && (size_t)value < ARRAY_SIZE(table) ? table[value] : NULL; \
	}

static const char *const spaces[] = {
	[TSMMR_SPACE_PCR] = "pcr",
	[TSMMR_SPACE_CC_MR] = "cc-mr",
	[TSMMR_SPACE_RTMR] = "rtmr",
	[TSMMR_SPACE_REM] = "rem",
	[TSMMR_SPACE_NITRO_PCR] = "nitro-pcr",
	[TSMMR_SPACE_NV] = "nv",
};
LOOKUP(space_name, spaces)

static const char *const trusts[] = {
	[TSMMR_TRUST_GIVEN] = "given",
	[TSMMR_TRUST_LIVE] = "live",
	[TSMMR_TRUST_UNSIGNED] = "unsigned",
	[TSMMR_TRUST_SIGNED] = "signed",
	[TSMMR_TRUST_AUTHENTICATED] = "authenticated",
};
LOOKUP(trust_name, trusts)

static const char *const kinds[] = {
	[TSMMR_KIND_RUNTIME] = "runtime",
	[TSMMR_KIND_LAUNCH] = "launch",
	[TSMMR_KIND_CONFIG] = "config",
};
LOOKUP(kind_name, kinds)

static const char *const statuses[] = {
	[TSMMR_STATUS_VERIFIED] = "verified",       [TSMMR_STATUS_UNTOUCHED] = "untouched",
	[TSMMR_STATUS_NO_EVIDENCE] = "no-evidence", [TSMMR_STATUS_INCOMPLETE] = "incomplete",
	[TSMMR_STATUS_MISMATCH] = "mismatch",       [TSMMR_STATUS_EQUAL] = "equal",
};
LOOKUP(status_name, statuses)

static const char *const verdicts[] = {
	[TSMMR_VERDICT_VERIFIED] = "verified",
	[TSMMR_VERDICT_INCOMPLETE] = "incomplete",
	[TSMMR_VERDICT_MISMATCH] = "mismatch",
};
LOOKUP(verdict_name, verdicts)

static const char *const severities[] = {
	[TSMMR_SEVERITY_INFO] = "info",
	[TSMMR_SEVERITY_WARNING] = "warning",
	[TSMMR_SEVERITY_ERROR] = "error",
};
LOOKUP(severity_name, severities)

static const char *const parts[] = {
	[TSMMR_PART_AUTO] = "auto",
	[TSMMR_PART_QUOTE] = "quote",
	[TSMMR_PART_SIG] = "sig",
	[TSMMR_PART_PCRS] = "pcrs",
	[TSMMR_PART_AK] = "ak",
	[TSMMR_PART_CERTS] = "certs",
	[TSMMR_PART_MANIFEST] = "manifest",
	[TSMMR_PART_CRL] = "crl",
	[TSMMR_PART_TCB_INFO] = "tcb-info",
	[TSMMR_PART_QE_IDENTITY] = "qe-identity",
	[TSMMR_PART_ENDORSEMENTS] = "endorsements",
	[TSMMR_PART_GPU] = "gpu",
};
LOOKUP(part_name, parts)

static const char *const known_logs[] = {
	[TSMMR_LOG_CCEL] = "ccel",       [TSMMR_LOG_TPM] = "tpm",   [TSMMR_LOG_IMA] = "ima",
	[TSMMR_LOG_SYSTEMD] = "systemd", [TSMMR_LOG_AAEL] = "aael", [TSMMR_LOG_RUNTIME] = "runtime",
};
LOOKUP(known_log_name, known_logs)

/* CEL 1.1, table 2; what CEL has no number for is ours. */
static const char *const contents[] = {
	[TSMMR_CONTENT_NONE] = "none",
	[TSMMR_CONTENT_TEXT] = "text",
	[TSMMR_CONTENT_CEL] = "cel",
	[TSMMR_CONTENT_PCCLIENT_STD] = "pcclient_std",
	[TSMMR_CONTENT_IMA_TEMPLATE] = "ima_template",
	[TSMMR_CONTENT_IMA_TLV] = "ima_tlv",
	[TSMMR_CONTENT_SYSTEMD] = "systemd",
};
LOOKUP(content_name, contents)

static const char *const errors[] = {
	[-TSMMR_OK] = "OK",
	[-TSMMR_E_NOMEM] = "NOMEM",
	[-TSMMR_E_ARG] = "ARG",
	[-TSMMR_E_ABI] = "ABI",
	[-TSMMR_E_IO] = "IO",
	[-TSMMR_E_NOTFOUND] = "NOTFOUND",
	[-TSMMR_E_FORMAT] = "FORMAT",
	[-TSMMR_E_TRUNCATED] = "TRUNCATED",
	[-TSMMR_E_MALFORMED] = "MALFORMED",
	[-TSMMR_E_UNSUPPORTED] = "UNSUPPORTED",
	[-TSMMR_E_LIMIT] = "LIMIT",
	[-TSMMR_E_MISMATCH] = "MISMATCH",
	[-TSMMR_E_INCOMPLETE] = "INCOMPLETE",
	[-TSMMR_E_UNTRUSTED] = "UNTRUSTED",
	[-TSMMR_E_LOCKED] = "LOCKED",
	[-TSMMR_E_INDOUBT] = "INDOUBT",
	[-TSMMR_E_INTERNAL] = "INTERNAL",
	[-TSMMR_E_CANCELLED] = "CANCELLED",
};

const char *error_name(int code)
{
	return code <= 0 && code > -(int)ARRAY_SIZE(errors) ? errors[-code] : NULL;
}

static const char *const tcb_words[TCB_WORDS] = {
	[TCB_NONE] = "",
	[TCB_UP_TO_DATE] = "UpToDate",
	[TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
	[TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
	[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = "ConfigurationAndSWHardeningNeeded",
	[TCB_OUT_OF_DATE] = "OutOfDate",
	[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = "OutOfDateConfigurationNeeded",
	[TCB_REVOKED] = "Revoked",
	[TCB_NOT_SUPPORTED] = "NotSupported",
	[TCB_RELAUNCH_ADVISED] = "TDRelaunchAdvised",
	[TCB_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = "TDRelaunchAdvisedConfigurationNeeded",
};

const char *tcb_word_name(enum tcb_word word)
{
	return tcb_words[word];
}

enum tcb_word tcb_word_of(struct span s)
{
	for (int i = TCB_NONE + 1; i < TCB_WORDS; i++)
		if (span_eq(s, tcb_words[i], strlen(tcb_words[i])))
			return (enum tcb_word)i;
	return TCB_WORDS;
}

/* What evidence can leave unchecked (tsmmr-trust(7)). */
static const char *const unchecked[] = {
	"ak-attributes",
	"certificate-chain",
	"certificate-tcb",
	"chip-id",
	"ek-to-ak",
	"freshness",
	"mac",
	"manifest",
	"pcr-values",
	"platform-token",
	"qe-identity",
	"revocation",
	"signature",
	"software-components",
	"tcb-status",
};

bool is_unchecked_word(struct span word)
{
	for (size_t i = 0; i < ARRAY_SIZE(unchecked); i++)
		if (span_eq(word, unchecked[i], strlen(unchecked[i])))
			return true;
	return false;
}

const char *unchecked_word(size_t i)
{
	return i < ARRAY_SIZE(unchecked) ? unchecked[i] : NULL;
}

static const char *const details[] = {
	[TSMMR_DETAIL_NONCE] = "nonce",
	[TSMMR_DETAIL_SIGNATURE] = "signature",
	[TSMMR_DETAIL_CHAIN] = "chain",
	[TSMMR_DETAIL_CHAIN_MISSING] = "chain-missing",
	[TSMMR_DETAIL_EXPIRED] = "expired",
	[TSMMR_DETAIL_DEBUG] = "debug",
	[TSMMR_DETAIL_ROOT] = "root",
	[TSMMR_DETAIL_BINDING] = "binding",
	[TSMMR_DETAIL_CRYPTO] = "crypto-unavailable",
	[TSMMR_DETAIL_CLAIM] = "claim",
	[TSMMR_DETAIL_REVOKED] = "revoked",
	[TSMMR_DETAIL_COLLATERAL] = "collateral",
};

const char *detail_name(int detail)
{
	return detail > 0 && detail < (int)ARRAY_SIZE(details) ? details[detail] : NULL;
}
