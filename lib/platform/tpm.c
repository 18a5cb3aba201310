/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM PCRs. */
#include "util/cleanup.h"
#include "platform/platforms.h"

#define BY_GUEST TSMMR_REG_EXTENSIBLE
#define AT_WILL (BY_GUEST | TSMMR_REG_RESETTABLE)

/* Every bank the TPM was set up with has all 24, so neither hash nor size is fixed. */
#define PCR(n, role, initial, flags)                                                      \
	{                                                                                 \
		"pcr" #n, role, n, TSMMR_HASH_NONE, 0, TSMMR_KIND_RUNTIME, initial, flags \
	}

/*
 * Reset values: TCG PC Client Platform TPM Profile 1.06, PCR attributes; 17
 * to 22 belong to the dynamic launch, and are extended and reset at its localities only; 16
 * and 23 are reset at any.  What a PCR is for: TCG PC Client PFP 1.06 §3.3.4.  8 and 9 are
 * boot loaders' convention, 16 and 23 are free for applications.
 */
static const struct reg_desc tpm_regs[] = {
	PCR(0, "initial-vm-state", 0x00, BY_GUEST),
	PCR(1, "firmware-config", 0x00, BY_GUEST),
	PCR(2, NULL, 0x00, BY_GUEST),
	PCR(3, NULL, 0x00, BY_GUEST),
	PCR(4, "boot", 0x00, BY_GUEST),
	PCR(5, "boot", 0x00, BY_GUEST),
	PCR(6, NULL, 0x00, BY_GUEST),
	PCR(7, "firmware-config", 0x00, BY_GUEST),
	PCR(8, "os-runtime", 0x00, BY_GUEST),
	PCR(9, "os-runtime", 0x00, BY_GUEST),
	PCR(10, NULL, 0x00, BY_GUEST),
	PCR(11, NULL, 0x00, BY_GUEST),
	PCR(12, NULL, 0x00, BY_GUEST),
	PCR(13, NULL, 0x00, BY_GUEST),
	PCR(14, NULL, 0x00, BY_GUEST),
	PCR(15, NULL, 0x00, BY_GUEST),
	PCR(16, "app-runtime", 0x00, AT_WILL),
	PCR(17, NULL, 0xff, 0),
	PCR(18, NULL, 0xff, 0),
	PCR(19, NULL, 0xff, 0),
	PCR(20, NULL, 0xff, 0),
	PCR(21, NULL, 0xff, 0),
	PCR(22, NULL, 0xff, 0),
	PCR(23, "app-runtime", 0x00, AT_WILL),
};

const struct platform platform_tpm = {
	.id = TSMMR_PLATFORM_TPM,
	.name = "tpm",
	.regs = tpm_regs,
	.n_regs = ARRAY_SIZE(tpm_regs),
	.space = TSMMR_SPACE_PCR,
	.n_index = 24,
	.cel_space = TSMMR_SPACE_PCR,
	.providers = { "tpm#" },
	.firmware_log = TSMMR_LOG_TPM,
	.systemd_log = "tpm2-measure.log",
};
