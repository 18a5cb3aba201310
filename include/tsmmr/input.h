/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of a log before it is read, and what a launch was made of. */
#ifndef TSMMR_INPUT_H
#define TSMMR_INPUT_H

#include <tsmmr/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tsmmr_launch;
struct tsmmr_input;

/*
 * What a launch was made of, for tsmmr_stream_open_launch() and, by tsmmr_input_set_launch(),
 * for logs that describe one.  It is final once either has taken it (E_ARG); they hold it, so
 * it may be freed then.  Changed by one thread, used by any number.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_launch_new(struct tsmmr_launch **ret_launch, struct tsmmr_error *reterr);
void tsmmr_launch_free(struct tsmmr_launch *launch);
/*
 * role: "firmware", "svsm", "igvm", "eif", "kernel", "initrd", "cmdline" (the text, without a NUL
 * at its end) or "dtb".  fd is a regular file, which is duplicated; pread(2) leaves its position
 * alone. The last one given counts.  E_ARG, E_IO.
 * Since: 0.9
 */
int tsmmr_launch_set_image_fd(struct tsmmr_launch *launch, const char *role, int fd,
			      struct tsmmr_error *reterr);
/*
 * What of a launch is in no image:
 *   "vcpus"	how many virtual CPUs an SNP guest has
 *   "cpu"	their signature, CPUID 1 EAX of the VMM's CPU model (SNP by QEMU)
 *   "features"	SEV_FEATURES of their state (SNP; 1)
 *   "fpu"	1: their state has the FPU's as it is after a reset, which KVM puts there since
 *		Linux 6.10 (SNP by QEMU; 1, with an SVSM 0)
 *   "vars"	bytes of the firmware's store of variables, which is not measured (SNP with an
 *		SVSM, which lies below it; 0)
 *   "rmm"	1 or 2: the RMM's major version (CCA; 1)
 *   "passes"	1: the VMM adds and measures page by page; 2: it adds all pages of a section,
 *		then measures them (TDX; 1)
 * E_ARG for another name, or a value it cannot have.
 * Since: 0.9
 */
int tsmmr_launch_set_u64(struct tsmmr_launch *launch, const char *name, uint64_t value,
			 struct tsmmr_error *reterr);
/*
 * What of a launch is a word:
 *   "vmm"	who launched an SNP guest: "qemu" (with KVM; the default), "ec2" or "gce"
 * What each is taken to do is in tsmmr-registers(7).  E_ARG for another name or word.
 * Since: 0.9
 */
int tsmmr_launch_set_word(struct tsmmr_launch *launch, const char *name, const char *word,
			  struct tsmmr_error *reterr);

/*
 * What is known of a log before it is read: of a new one nothing, which is what NULL in its
 * place says too.  It may be used for any number of logs, which copy what they need; one
 * thread at a time may change it, any number may use it.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_input_new(struct tsmmr_input **ret_input, struct tsmmr_error *reterr);
void tsmmr_input_free(struct tsmmr_input *input);
/* TSMMR_FORMAT_*; AUTO finds out.  E_ARG. */
int tsmmr_input_set_format(struct tsmmr_input *input, int format, struct tsmmr_error *reterr);
/* TSMMR_PLATFORM_*; AUTO follows from the format (ccel: TDX).  E_ARG. */
int tsmmr_input_set_platform(struct tsmmr_input *input, int platform, struct tsmmr_error *reterr);
/*
 * The register that a log is about which cannot say: "[PROVIDER/]NAME[:HASH]", copied, NULL for
 * none.  What has one, and is of no format that AUTO knows, is text.  Whether there is such a
 * register shows when the log is opened.  E_ARG, E_NOMEM.
 */
int tsmmr_input_set_register(struct tsmmr_input *input, const char *reg,
			     struct tsmmr_error *reterr);
/* What to call the log in reports, copied; NULL for "-", the default.  E_ARG, E_NOMEM. */
int tsmmr_input_set_name(struct tsmmr_input *input, const char *name, struct tsmmr_error *reterr);
/* What a log that describes a launch (REALM) is about, held; NULL for nothing.  E_ARG. */
int tsmmr_input_set_launch(struct tsmmr_input *input, const struct tsmmr_launch *launch,
			   struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
