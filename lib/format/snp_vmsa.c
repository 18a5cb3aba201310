/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state in which a virtual CPU of an SNP guest starts, by VMM.
 * (Layout: AMD64 Architecture Programmer's Manual, volume 2, table B-4.  Values: the state
 * of a CPU after reset, and what KVM turns on: EFER.SVME, CR4.MCE)
 */
#include "format/snp_vmsa.h"

#include <stddef.h>
#include <string.h>

#include "format/snp_pages.h"
#include "util/cleanup.h"

/*
 * QEMU: target/i386/sev.c, and KVM's sev_es_sync_vmsa().  EC2: sev-snp-measure 0.0.13, whose
 * rows for it come from AWS.  GCE: gce-tcb-verifier, sev/ld_from_ovmf.go; it has no kernel
 * from outside.
 */
/* clang-format off */
const struct snp_vmm snp_vmms[VMMS] = {
	[VMM_QEMU] = { LAUNCH_SNP_QEMU, SNP_PAGE_ZERO, false, true, { 0x9b, 0x9b }, 0x93, 0x8b,
		       0x7040600070406, 0, true },
	[VMM_EC2] = { LAUNCH_SNP_EC2, SNP_PAGE_ZERO, true, false, { 0x9a, 0x9b }, 0x92, 0x83,
		      0x7040600070406, 0x600, false },
	[VMM_GCE] = { LAUNCH_SNP_GCE, SNP_PAGE_UNMEASURED, false, false, { 0x9b, 0x9b }, 0x93, 0x8b,
		      0x70106, 0x600, false },
};
/* clang-format on */

struct segment {
	uint16_t selector, attributes;
	uint32_t limit;
};

enum { ES, CS, SS, DS, FS, GS, GDTR, LDTR, IDTR, TR, SEGMENTS, SEGMENT_SIZE = 16 };

/* clang-format off */
static const struct segment after_reset[SEGMENTS] = {
	[ES] = { 0, 0x93, 0xffff },
	[CS] = { 0xf000, 0, 0xffff }, /* attributes: the VMM's */
	[SS] = { 0, 0, 0xffff },
	[DS] = { 0, 0x93, 0xffff },
	[FS] = { 0, 0x93, 0xffff },
	[GS] = { 0, 0x93, 0xffff },
	[GDTR] = { 0, 0, 0xffff },
	[LDTR] = { 0, 0x82, 0xffff },
	[IDTR] = { 0, 0, 0xffff },
	[TR] = { 0, 0, 0xffff },
};

/* In protected mode, as coconut-svsm's QEMU starts an SVSM. */
static const struct segment flat[SEGMENTS] = {
	[ES] = { 16, 0xc93, 0xffffffff },
	[CS] = { 8, 0xc9b, 0xffffffff },
	[SS] = { 16, 0xc93, 0xffffffff },
	[DS] = { 16, 0xc93, 0xffffffff },
	[FS] = { 16, 0xc93, 0xffffffff },
	[GS] = { 0, 0x93, 0xffff },
	[GDTR] = { 0, 0, 0xffff },
	[LDTR] = { 0, 0x82, 0xffff },
	[IDTR] = { 0, 0, 0xffff },
	[TR] = { 0, 0x8b, 0xffff },
};

static const struct {
	uint16_t at;
	uint64_t value;
} registers[] = {
	{ 0x0d0, 0x1000 },	/* EFER */
	{ 0x148, 0x40 },	/* CR4 */
	{ 0x160, 0x400 },	/* DR7 */
	{ 0x168, 0xffff0ff0 },	/* DR6 */
	{ 0x170, 0x2 },		/* RFLAGS */
	{ 0x3e8, 0x1 },		/* XCR0 */
};
/* clang-format on */

static void put_segments(uint8_t *page, const struct segment *segments)
{
	for (size_t i = 0; i < SEGMENTS; i++, page += SEGMENT_SIZE) {
		put_le(page, segments[i].selector, 2);
		put_le(page + 2, segments[i].attributes, 2);
		put_le(page + 4, segments[i].limit, 4);
	}
}

static void put_mode(uint8_t *page, const struct snp_cpu *cpu)
{
	put_le(page + 0x158, 0x10 | cpu->flat, 8); /* CR0 */
	if (cpu->flat) {
		put_segments(page, flat);
		put_le(page + 0x178, cpu->eip, 8); /* RIP */
		return;
	}
	put_segments(page, after_reset);
	put_le(page + SEGMENT_SIZE * CS + 2, cpu->vmm->cs[cpu->eip != SNP_BSP_EIP], 2);
	put_le(page + SEGMENT_SIZE * CS + 8, cpu->eip & 0xffff0000, 8); /* base */
	put_le(page + SEGMENT_SIZE * SS + 2, cpu->vmm->ss, 2);
	put_le(page + SEGMENT_SIZE * TR + 2, cpu->vmm->tr, 2);
	put_le(page + 0x178, cpu->eip & 0xffff, 8);
}

void snp_vmsa(uint8_t *page, const struct snp_cpu *cpu)
{
	memset(page, 0, 4096);
	put_mode(page, cpu);
	for (size_t i = 0; i < ARRAY_SIZE(registers); i++)
		put_le(page + registers[i].at, registers[i].value, 8);
	put_le(page + 0x268, cpu->vmm->pat, 8);
	put_le(page + 0x310, cpu->rdx, 8);
	put_le(page + 0x3b0, cpu->features, 8); /* SEV_FEATURES */
	if (cpu->fpu) {
		put_le(page + 0x408, 0x1f80, 4); /* MXCSR */
		put_le(page + 0x410, 0x37f, 2);  /* x87 FCW */
	}
}
