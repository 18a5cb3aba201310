/* SPDX-License-Identifier: BSD-2-Clause */
/* The state in which a virtual CPU of an SNP guest starts. */
#pragma once

#include <stdint.h>

#define SNP_BSP_EIP UINT32_C(0xfffffff0)

/* page has 4096 bytes. */
void snp_vmsa(uint8_t *page, uint32_t eip, uint32_t cpu, uint64_t features);
