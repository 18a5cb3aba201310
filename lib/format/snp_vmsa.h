/* SPDX-License-Identifier: BSD-2-Clause */
/* The state in which a virtual CPU of an SNP guest starts, by VMM. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "format/launch.h"

#define SNP_BSP_EIP UINT32_C(0xfffffff0)

/* How a VMM launches; what it assumes is in tsmmr-registers(7). */
struct snp_vmm {
	enum launch_assumption assumed;
	uint8_t memory;  /* type of the pages that the firmware wants for memory */
	bool cpuid_last; /* its page comes after all others */
	bool direct;     /* boots a kernel from outside, or an SVSM */
	uint16_t cs[2];  /* attributes: of the first CPU, of the others */
	uint16_t ss, tr;
	uint64_t pat;
	uint32_t rdx; /* 0: the CPU's signature */
	bool fpu;     /* may be as after a reset */
};

extern const struct snp_vmm snp_vmms[VMMS];

struct snp_cpu {
	const struct snp_vmm *vmm;
	uint32_t eip, rdx;
	uint64_t features;
	bool fpu, flat;
};

/* page has 4096 bytes. */
void snp_vmsa(uint8_t *page, const struct snp_cpu *cpu);
