/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm CCA: which register is which. */
#pragma once

#define CCA_REMS 4
#define CCA_RPV_SIZE 64

enum { CCA_RIM, CCA_REM0, CCA_RPV = CCA_REM0 + CCA_REMS, CCA_REGS };
