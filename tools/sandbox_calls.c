/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox's system calls, as a program for seccomp(2).
 *
 * Not by libseccomp: it takes seven hundred allocations for these few rules, and (2.5.4) waits
 * for ever when one of them fails.
 */
#include "sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "scope.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH AUDIT_ARCH_PPC64LE
#endif

#ifdef ARCH
/* Of x86-64 with 32-bit pointers: the same calls under other numbers. */
#define X32 0x40000000
#define CLONE3 435 /* on every architecture */
#define REFUSE (SECCOMP_RET_ERRNO | EACCES)

/* Where clone() has its flags, and the half that they are in. */
#ifdef __s390x__
#define FLAGS_ARG 1
#else
#define FLAGS_ARG 0
#endif
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_HALF 4
#else
#define LOW_HALF 0
#endif

/* clang-format off */
static const uint32_t refused[] = {
/* others */
#ifdef SYS_socketcall
	SYS_socketcall,
#endif
#ifdef SYS_accept
	SYS_accept,
#endif
#ifdef SYS_pidfd_send_signal
	SYS_pidfd_send_signal,
#endif
#ifdef SYS_pidfd_getfd
	SYS_pidfd_getfd,
#endif
	SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept4, SYS_kill,
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,
/* programs */
#ifdef SYS_fork
	SYS_fork,
#endif
#ifdef SYS_vfork
	SYS_vfork,
#endif
	SYS_execve, SYS_execveat,
/* other ways to files and to calls */
#ifdef SYS_io_uring_setup
	SYS_io_uring_setup,
#endif
#ifdef SYS_open_tree
	SYS_open_tree, SYS_move_mount, SYS_fsopen,
#endif
	SYS_open_by_handle_at, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare,
	SYS_setns,
/* the kernel's own */
#ifdef SYS_kexec_file_load
	SYS_kexec_file_load,
#endif
	SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_add_key, SYS_request_key, SYS_keyctl,
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot,
	SYS_swapon, SYS_swapoff, SYS_personality,
};
/* clang-format on */

#define FIELD(field) (uint32_t) offsetof(struct seccomp_data, field)
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define IF(how, value, yes, no) BPF_JUMP(BPF_JMP | BPF_##how | BPF_K, value, yes, no)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

int sandbox_calls(void)
{
	enum { N = ARRAY_SIZE(refused) };
	const struct sock_filter head[] = {
		LOAD(FIELD(arch)), IF(JEQ, ARCH, 1, 0), RETURN(REFUSE), LOAD(FIELD(nr)),
		/* Of clone3() the flags cannot be seen: the C library then takes clone(). */
		IF(JEQ, CLONE3, 0, 1), RETURN(SECCOMP_RET_ERRNO | ENOSYS),
		IF(JGE, X32, N + 4, 0), /* to the last one of all */
	};
	/* Threads only. */
	const struct sock_filter tail[] = {
		IF(JEQ, SYS_clone, 0, 2),
		LOAD(FIELD(args[FLAGS_ARG]) + LOW_HALF),
		IF(JSET, CLONE_THREAD, 0, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(REFUSE),
	};
	struct sock_filter all[ARRAY_SIZE(head) + N + ARRAY_SIZE(tail)];
	const struct sock_fprog program = { .len = ARRAY_SIZE(all), .filter = all };

	memcpy(all, head, sizeof(head));
	for (size_t i = 0; i < N; i++)
		all[ARRAY_SIZE(head) + i] =
			(struct sock_filter)IF(JEQ, refused[i], (uint8_t)(N + 3 - i), 0);
	memcpy(all + ARRAY_SIZE(head) + N, tail, sizeof(tail));
	/* EINVAL: a kernel, or an emulator's, that has none. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 && errno != EINVAL ?
		       -1 :
		       0;
}

bool sandbox_has_calls(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}
#else
int sandbox_calls(void)
{
	return 0;
}

bool sandbox_has_calls(void)
{
	return false;
}
#endif
