/* SPDX-License-Identifier: BSD-2-Clause */
/* What the replay of a launch takes for granted. */
#include "format/launch.h"

const size_t launch_n_rules = 0;

/* clang-format off */
const struct launch_assumed launch_assumed[LAUNCH_ASSUMPTIONS] = {
	[LAUNCH_EIF] = { "Nitro enclave",
		"the hypervisor measures sections as nitro-cli does; PCR 3 and 4 are not of the image",
		"aws-nitro-enclaves-image-format, utils/eif_reader.rs" },
	[LAUNCH_REALM_1] = { "CCA realm, rmm=1",
		"the RMM is of version 1, which measures INIT_RIPAS, by blocks as KVM maps them",
		"Realm Management Monitor specification 1.0 (DEN0137), initial measurement" },
	[LAUNCH_REALM_2] = { "CCA realm, rmm=2",
		"the RMM is of version 2, which does not measure INIT_RIPAS",
		"TF-RMM, commit bdb07f46" },
	[LAUNCH_TDX] = { "TDX, passes=1",
		"sections in the order of the metadata, each page measured as soon as it is added",
		"TDX Virtual Firmware Design Guide; TDX Module ABI, TDH.MEM.PAGE.ADD, TDH.MR.EXTEND" },
	[LAUNCH_TDX_PASSES] = { "TDX, passes=2",
		"sections in the order of the metadata, each measured when all its pages are added",
		"TDX Virtual Firmware Design Guide; QEMU 8 of Intel and Canonical" },
	[LAUNCH_SNP_QEMU] = { "SNP, vmm=qemu",
		"sections in the order of the metadata, memory as zero pages; last the virtual CPUs, as "
		"KVM has them after a reset",
		"QEMU, target/i386/sev.c; Linux, arch/x86/kvm/svm/sev.c" },
	[LAUNCH_SNP_EC2] = { "SNP, vmm=ec2",
		"as QEMU, but the CPUID page after all sections; CPUs with RDX 0x600, no FPU, CS of the "
		"first, SS and TR not accessed",
		"sev-snp-measure 0.0.13, vmsa.py and guest.py" },
	[LAUNCH_SNP_GCE] = { "SNP, vmm=gce",
		"as QEMU, but memory as unmeasured pages; CPUs with RDX 0x600, PAT 0x70106, no FPU, at "
		"0xfffffffff000 as on Milan",
		"gce-tcb-verifier, sev/ld_from_ovmf.go" },
	[LAUNCH_SNP_SVSM] = { "SNP with an SVSM",
		"QEMU: firmware, SVSM, sections of its metadata; last the virtual CPUs, in protected mode "
		"at its entry",
		"coconut-svsm's QEMU, commit 0e64fb84; sev-snp-measure 0.0.8" },
	[LAUNCH_SNP_IGVM] = { "SNP from an IGVM file",
		"pages in the order of the file, those without data as pages of zeros; no virtual CPUs "
		"but its own, as they are there",
		"crate igvm_defs 0.4, IGVM_VHS_PAGE_DATA; QEMU, backends/igvm.c; igvmmeasure" },
	[LAUNCH_TDX_IGVM] = { "TDX from an IGVM file",
		"pages in the order of the file, each measured as soon as it is added",
		"crate igvm_defs 0.4, IGVM_VHS_PAGE_DATA" },
};
/* clang-format on */

int launch_assume(struct tsmmr_stream *s, enum launch_assumption which)
{
	return findings_add(&s->findings, F_LAUNCH_ASSUMED, 0, TSMMR_NONE, TSMMR_NONE, "%s: %s",
			    launch_assumed[which].what, launch_assumed[which].text);
}
