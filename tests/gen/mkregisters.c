/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes tsmmr-registers(7): every register that the library's tables have. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/index.h"
#include "core/names.h"
#include "crypto/hash.h"
#include "format/launch.h"
#include "platform/platforms.h"

#define REGS_MAX 32

/* Who sets or extends a register, and with what: what no table says. */
/* clang-format off */
static const struct about {
	int platform;
	const char *title, *intro;
	const char *who[REGS_MAX];
} abouts[] = {
	{ TSMMR_PLATFORM_TDX, "INTEL TDX",
	  "Intel TDX Module ABI specification, TDREPORT_STRUCT; what firmware and boot loaders\n"
	  "measure: UEFI 2.10, section 38.4.1, and the TDX Virtual Firmware Design Guide.",
	  {
		"The TDX module, while the TD is built: the pages it starts with, their place and\n"
		"their contents.",
		"Firmware: its variables, Secure Boot, boot options, what the host hands to it\n"
		"(PCRs 1 and 7).",
		"Firmware: boot loaders and other images, partitions\n(PCRs 2 to 6).",
		"Boot loader, EFI stub and systemd: kernel, initial file system, command line\n"
		"(PCRs 8 to 15).",
		"Applications.",
		"The host, when it makes the TD: configuration that is not the owner's.",
		"The host, when it makes the TD: the owner.",
		"The host, when it makes the TD: configuration that is the owner's.",
		"The processor, when the TDX module is loaded: the module.",
		"The TDX module: the service TDs that are bound to the TD, such as one for migration.",
	  } },
	{ TSMMR_PLATFORM_CCA, "ARM CCA",
	  "Realm Management Monitor specification (DEN0137), realm measurements; UEFI 2.10,\n"
	  "section 38.4.1.\n"
	  "The hash is SHA-256, SHA-384 or SHA-512, as the realm was made.",
	  {
		"The RMM, while the realm is built: its parameters, its pages, its vCPUs.",
		"Firmware: its variables, Secure Boot, boot options, what the host hands to it\n"
		"(PCRs 1 and 7).",
		"Firmware: boot loaders and other images, partitions\n(PCRs 2 to 6).",
		"Boot loader, EFI stub and systemd: kernel, initial file system, command line\n"
		"(PCRs 8 to 15).",
		"Applications.",
		"The host, when it makes the realm: the Realm Personalization Value.",
	  } },
	{ TSMMR_PLATFORM_TPM, "TPM",
	  "TCG PC Client Platform Firmware Profile 1.06, section 3.3.4; Platform TPM Profile 1.06,\n"
	  "PCR attributes; the Linux TPM PCR Registry of the UAPI Group.\n"
	  "Each PCR is in every bank that the TPM was set up with.",
	  {
		"Firmware: itself, from its first code on.",
		"Firmware: its configuration, tables, boot options, what the host hands to it.",
		"Firmware: drivers and option ROMs.",
		"Firmware: their configuration.",
		"Firmware: boot loaders, and the order in which it tried them.",
		"Firmware: partitions and boot configuration; leaving boot services.",
		"The maker of the machine.",
		"Firmware and shim: Secure Boot, and the keys that were used.",
		"GRUB: its commands and the kernel's command line.",
		"GRUB and EFI stub: the files that were read, such as kernel, initial file system,\n"
		"load options.",
		"Linux: IMA's list.",
		"systemd-stub and systemd: the unified kernel image, and phases of the boot.",
		"systemd-stub: command line, credentials and add-ons from outside of the image.",
		"systemd-stub: extensions for the initial file system.",
		"shim: the machine owner's keys and hashes.",
		"systemd: keys of volumes, the machine's id, file systems.",
		"Anybody: for debugging.",
		"A dynamic launch (DRTM): itself.",
		"A dynamic launch: the keys that vouch for it.",
		"What a dynamic launch started: its parts.",
		"The same: its configuration.",
		"The same, as it likes.",
		"The same, as it likes.",
		"Applications.",
	  } },
	{ TSMMR_PLATFORM_NITRO, "AWS NITRO",
	  "AWS Nitro Enclaves user guide, cryptographic attestation.\n"
	  "A document has of the registers that an enclave extends only those that it locked.\n"
	  "The PCRs of an instance with a NitroTPM are those of a TPM.",
	  {
		"The hypervisor: the whole image file.",
		"The hypervisor: kernel, command line and first RAM disk.",
		"The hypervisor: the other RAM disks, which are the application.",
		"The hypervisor: the role of the parent instance.",
		"The hypervisor: the id of the parent instance.",
		"Nobody.", "Nobody.", "Nobody.",
		"The hypervisor: the certificate that the image file was signed with.",
		"Nobody.", "Nobody.", "Nobody.", "Nobody.", "Nobody.", "Nobody.", "Nobody.",
		"Applications.", "Applications.", "Applications.", "Applications.",
		"Applications.", "Applications.", "Applications.", "Applications.",
		"Applications.", "Applications.", "Applications.", "Applications.",
		"Applications.", "Applications.", "Applications.", "Applications.",
	  } },
	{ TSMMR_PLATFORM_SNP, "AMD SEV-SNP",
	  "SEV Secure Nested Paging firmware ABI specification (56860), ATTESTATION_REPORT.\n"
	  "A guest has no register to extend: what runs in it is measured into a vTPM, whose PCRs\n"
	  "are those of a TPM.",
	  {
		"The AMD secure processor, while the guest is built: the pages it starts with, their\n"
		"place and their contents, and its vCPUs.",
		"The host, when it makes the guest.",
		"The host, with the guest's image: hash of the key that signed its identity.",
		"The host, with the guest's image: hash of the key that vouches for that key.",
		"The guest, when it asks for a report.",
	  } },
};
/* clang-format on */

static const struct about *about(const struct platform *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(abouts); i++)
		if (abouts[i].platform == p->id)
			return &abouts[i];
	fprintf(stderr, "mkregisters: what is %s?\n", p->name);
	exit(1);
}

static void numbers(const struct platform *p, const struct reg_desc *d)
{
	uint32_t cel = index_convert(d->index, p->space, p->cel_space);

	if (d->index == NO_INDEX) {
		fputs("No log can name it", stdout);
		return;
	}
	printf("%s %u", space_name(p->space), d->index);
	if (p->space != p->cel_space && cel != NOT_A_REGISTER)
		printf(", %s %u", space_name(p->cel_space), cel);
}

static void size(const struct platform *p, const struct reg_desc *d)
{
	const struct hash_alg *alg = hash_by_id(d->alg);

	if (alg)
		printf("; %s", alg->name);
	else if (d->size)
		printf("; %u bytes", d->size);
}

static void start(const struct platform *p, const struct reg_desc *d)
{
	if (d->kind != TSMMR_KIND_RUNTIME)
		return;
	fputs(d->initial == 0xff ? "; starts with ones" : "; starts with zeros", stdout);
	if (p->space == TSMMR_SPACE_PCR && d->index == 0)
		fputs(" and the startup locality", stdout);
}

static void flags(const struct reg_desc *d)
{
	if (d->kind == TSMMR_KIND_RUNTIME && !(d->flags & TSMMR_REG_EXTENSIBLE))
		fputs("; not for the guest", stdout);
	if (d->flags & TSMMR_REG_RESETTABLE)
		fputs("; the guest can reset it", stdout);
	if (d->flags & TSMMR_REG_LOCKABLE)
		fputs("; can be locked", stdout);
	if (d->flags & TSMMR_REG_LOCK_TO_ATTEST)
		fputs(", and must be to be in a document", stdout);
}

static void input(const struct platform *p)
{
	switch (p->input) {
	case INPUT_RAW_64:
		puts("An extension takes up to 64 bytes as they are, and hashes them after the "
		     "value.");
		break;
	case INPUT_RAW:
		puts("An extension takes any bytes as they are, and hashes them after the value.");
		break;
	default:
		puts("An extension takes a digest of the register's hash, and hashes it after the "
		     "value.");
	}
}

static bool can_extend(const struct platform *p)
{
	for (size_t i = 0; i < p->n_regs; i++)
		if (p->regs[i].flags & TSMMR_REG_EXTENSIBLE)
			return true;
	return false;
}

static void section(const struct platform *p)
{
	const struct about *a = about(p);

	printf(".Sh %s\n", a->title);
	printf("The platform\n.Cm %s .\n%s\n", p->name, a->intro);
	if (can_extend(p))
		input(p);
	if (p->providers[0]) {
		fputs("The kernel shows them as\n", stdout);
		/* "tpm#" is tpm0, tpm1 and so on. */
		for (size_t i = 0; p->providers[i]; i++)
			printf(".Li %.*s%s%s\n", (int)strcspn(p->providers[i], "#"),
			       p->providers[i], strchr(p->providers[i], '#') ? "0" : "",
			       !p->providers[i + 1] ? " ." :
			       !p->providers[i + 2] ? "\nor" :
						      " ,");
	}
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < p->n_regs; i++) {
		const struct reg_desc *d = &p->regs[i];

		if (i >= REGS_MAX || !a->who[i]) {
			fprintf(stderr, "mkregisters: who extends %s of %s?\n", d->name, p->name);
			exit(1);
		}
		printf(".It Cm %s", d->name);
		if (d->role)
			printf(" Pq %s", d->role);
		printf("\n%s\n.br\n", a->who[i]);
		numbers(p, d);
		printf("; %s", kind_name(d->kind));
		size(p, d);
		start(p, d);
		flags(d);
		puts(".");
	}
	puts(".El");
}

/* What each replay of a launch takes for granted. */
static void launches(void)
{
	struct tsmmr_finding whole;

	puts(".Sh LAUNCHES\n"
	     "The log of a launch says what was measured, in which order and how, for one way\n"
	     "to launch.\n"
	     "What no image says of it is assumed; the finding LAUNCH_ASSUMED says what:\n"
	     ".Bl -tag -width indent");
	for (size_t i = 0; i < LAUNCH_ASSUMPTIONS; i++) {
		if (strlen(launch_assumed[i].what) + strlen(": ") +
			    strlen(launch_assumed[i].text) >=
		    sizeof(whole.text))
			exit(1);
		printf(".It Sy %s\n%c%s.\n.br\n(%s)\n", launch_assumed[i].what,
		       toupper((unsigned char)launch_assumed[i].text[0]),
		       launch_assumed[i].text + 1, launch_assumed[i].source);
	}
	puts(".El");
}

int main(void)
{
	puts(".\\\" SPDX-License-Identifier: BSD-2-Clause\n"
	     ".\\\" Made by tests/gen/mkregisters.c from the library's tables: change those.\n"
	     ".Dd November 29, 2026\n"
	     ".Dt TSMMR-REGISTERS 7\n"
	     ".Os\n"
	     ".Sh NAME\n"
	     ".Nm tsmmr-registers\n"
	     ".Nd measurement registers of five platforms\n"
	     ".Sh DESCRIPTION\n"
	     "Each platform has registers of its own names and numbers;\n"
	     "a role is what a register is for on any of them, and can be used for its name:\n"
	     "see ROLES in\n"
	     ".Xr tsmmr-findings 7 .\n"
	     "For each register this page has the role, who sets or extends it, and with what;\n"
	     "then its number in a firmware's log\n"
	     ".Pq Li pcr , cc-mr , nitro-pcr\n"
	     "and, where that is another, in a canonical event log\n"
	     ".Pq Li rtmr , rem ;\n"
	     "its kind; its hash or its size; what it starts with.\n"
	     ".Pp\n"
	     "A\n"
	     ".Cm launch\n"
	     "register is set before the first instruction and never changes;\n"
	     "a\n"
	     ".Cm runtime\n"
	     "register is extended, and only that;\n"
	     "a\n"
	     ".Cm config\n"
	     "register is a value that was chosen.\n"
	     "A register of a provider that no table has is named as the kernel names it.\n"
	     "One that another carries, in that one's log, is called\n"
	     ".Ar CARRIER Ns / Ns Ar NAME :\n"
	     "see\n"
	     ".Xr tsmmr-cel 7 .");
	for (size_t i = 0; i < n_platforms; i++)
		section(platforms[i]);
	launches();
	puts(".Sh SEE ALSO\n.Xr tsmmr-replay 1 ,\n.Xr libtsmmr 3 ,\n.Xr tsmmr-cel 7 ,\n"
	     ".Xr tsmmr-claims 7 ,\n.Xr tsmmr-findings 7");
	return ferror(stdout) ? 1 : 0;
}
