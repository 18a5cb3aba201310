/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state in which a virtual CPU of an SNP guest starts, as QEMU and KVM set it up.
 * (Layout: AMD64 Architecture Programmer's Manual, volume 2, table B-4.  Values: the state
 * of a CPU after reset, and what KVM turns on: EFER.SVME, CR4.MCE)
 */
#include "format/snp_vmsa.h"

#include <stddef.h>
#include <string.h>

#include "util/cleanup.h"

struct segment {
	uint16_t at, selector, attributes;
	uint32_t limit;
};

/* clang-format off */
static const struct segment segments[] = {
	{ 0x00, 0, 0x93, 0xffff },	/* ES */
	{ 0x10, 0xf000, 0x9b, 0xffff },	/* CS; its base follows from the entry point */
	{ 0x20, 0, 0x93, 0xffff },	/* SS */
	{ 0x30, 0, 0x93, 0xffff },	/* DS */
	{ 0x40, 0, 0x93, 0xffff },	/* FS */
	{ 0x50, 0, 0x93, 0xffff },	/* GS */
	{ 0x60, 0, 0, 0xffff },		/* GDTR */
	{ 0x70, 0, 0x82, 0xffff },	/* LDTR */
	{ 0x80, 0, 0, 0xffff },		/* IDTR */
	{ 0x90, 0, 0x8b, 0xffff },	/* TR */
};
/* clang-format on */

/* clang-format off */
static const struct {
	uint16_t at;
	uint64_t value;
} registers[] = {
	{ 0x0d0, 0x1000 },		/* EFER */
	{ 0x148, 0x40 },		/* CR4 */
	{ 0x158, 0x10 },		/* CR0 */
	{ 0x160, 0x400 },		/* DR7 */
	{ 0x168, 0xffff0ff0 },		/* DR6 */
	{ 0x170, 0x2 },			/* RFLAGS */
	{ 0x268, 0x7040600070406 },	/* PAT */
	{ 0x3e8, 0x1 },			/* XCR0 */
	{ 0x408, 0x1f80 },		/* MXCSR */
	{ 0x410, 0x37f },		/* x87 FCW */
};
/* clang-format on */

static void put(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

void snp_vmsa(uint8_t *page, uint32_t eip, uint32_t cpu, uint64_t features)
{
	memset(page, 0, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(segments); i++) {
		put(page + segments[i].at, segments[i].selector, 2);
		put(page + segments[i].at + 2, segments[i].attributes, 2);
		put(page + segments[i].at + 4, segments[i].limit, 4);
	}
	for (size_t i = 0; i < ARRAY_SIZE(registers); i++)
		put(page + registers[i].at, registers[i].value, 8);
	put(page + 0x18, eip & 0xffff0000, 8); /* CS base */
	put(page + 0x178, eip & 0xffff, 8);    /* RIP */
	put(page + 0x310, cpu, 8);             /* RDX */
	put(page + 0x3b0, features, 8);        /* SEV_FEATURES */
}
