/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm CCA: registers. */
#include "util/cleanup.h"
#include "vendor/vendor.h"

/* A Realm is made with SHA-256 or SHA-512 (RMM: also SHA-384), so neither is fixed here. */
#define LAUNCH(name, role, index) \
	{ name, role, index, TSMMR_HASH_NONE, 0, TSMMR_REG_LAUNCH, 0, 0 }
#define RUNTIME(name, role, index) \
	{ name, role, index, TSMMR_HASH_NONE, 0, TSMMR_REG_RUNTIME, 0, TSMMR_REG_EXTENSIBLE }

/*
 * Numbers are the measurement slots of the RMM, RIM first, which are also the firmware
 * log's for RIM and REM0 to REM2.  (Realm Management Monitor specification, DEN0137, Realm
 * measurements; UEFI 2.10 §38.4.1)  Names are those of the kernel's proposed driver.
 */
static const struct reg_desc cca_regs[] = {
	LAUNCH("rim", "initial-vm-state", 0),
	RUNTIME("rem0", "firmware-config", 1),
	RUNTIME("rem1", "boot", 2),
	RUNTIME("rem2", "os-runtime", 3),
	RUNTIME("rem3", "app-runtime", 4),
};

const struct platform platform_cca = {
	.id = TSMMR_PLATFORM_CCA,
	.name = "cca",
	.space = TSMMR_SPACE_CC_MR,
	.n_index = 5,
	.regs = cca_regs,
	.n_regs = ARRAY_SIZE(cca_regs),
};
