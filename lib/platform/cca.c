/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm CCA: registers. */
#include "platform/cca.h"

#include "platform/platforms.h"
#include "util/cleanup.h"

/* A Realm is made with SHA-256, SHA-384 or SHA-512, so no hash is fixed here. */
#define LAUNCH(name, role, index)                                              \
	{                                                                      \
		name, role, index, TSMMR_HASH_NONE, 0, TSMMR_KIND_LAUNCH, 0, 0 \
	}
#define RUNTIME(name, role, index)                                                                 \
	{                                                                                          \
		name, role, index, TSMMR_HASH_NONE, 0, TSMMR_KIND_RUNTIME, 0, TSMMR_REG_EXTENSIBLE \
	}

/*
 * Numbers are the measurement slots of the RMM, RIM first, which are also the firmware
 * log's for RIM and REM0 to REM2.  (Realm Management Monitor specification, DEN0137, Realm
 * measurements; UEFI 2.10 §38.4.1)  Names are those of the kernel's proposed driver.
 *
 * The specification's text has a value padded to 512 bits before it is extended; RMMs
 * extend it as it is (TF-RMM, RSI_MEASUREMENT_EXTEND).
 */
static const struct reg_desc cca_regs[] = {
	[CCA_RIM] = LAUNCH("rim", "initial-vm-state", 0),
	[CCA_REM0] = RUNTIME("rem0", "firmware-config", 1),
	[CCA_REM0 + 1] = RUNTIME("rem1", "boot", 2),
	[CCA_REM0 + 2] = RUNTIME("rem2", "os-runtime", 3),
	[CCA_REM0 + 3] = RUNTIME("rem3", "app-runtime", 4),
	[CCA_RPV] = { "rpv", "host-config", NO_INDEX, TSMMR_HASH_NONE, CCA_RPV_SIZE,
		      TSMMR_KIND_CONFIG, 0, 0 },
};

const struct platform platform_cca = {
	.id = TSMMR_PLATFORM_CCA,
	.name = "cca",
	.regs = cca_regs,
	.n_regs = ARRAY_SIZE(cca_regs),
	.input = INPUT_RAW_64,
	.space = TSMMR_SPACE_CC_MR,
	.n_index = 5,
	.cel_space = TSMMR_SPACE_REM,
	.providers = { "arm_cca_guest" },
	.reports = "arm_cca_guest",
	.firmware_log = TSMMR_LOG_CCEL, /* a realm's firmware leaves one too (UEFI 2.10 §38.4) */
};
