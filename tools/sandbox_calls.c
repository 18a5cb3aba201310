/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox's system calls, as a program for seccomp(2).
 *
 * Not by libseccomp: it takes seven hundred allocations for these few rules, and (2.5.4) waits
 * for ever when one of them fails.
 */
#include "sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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
#define CLONE3 435    /* on every architecture, … */
#define FCHMODAT2 452 /* … as this is */
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
#ifdef SYS_ipc
	SYS_ipc,
#endif
#ifdef SYS_shmget
	SYS_shmget, SYS_shmat, SYS_msgget, SYS_msgsnd, SYS_semget, SYS_semop,
#endif
#ifdef SYS_semtimedop
	SYS_semtimedop,
#endif
	SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_mq_open,
	SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept4, SYS_kill,
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,
/* what a file is, which is no right of Landlock's */
#ifdef SYS_chmod
	SYS_chmod, SYS_chown, SYS_lchown,
#endif
#ifdef SYS_chown32
	SYS_chown32, SYS_lchown32, SYS_fchown32,
#endif
#ifdef SYS_utime
	SYS_utime, SYS_utimes, SYS_futimesat,
#endif
#ifdef SYS_utimensat_time64
	SYS_utimensat_time64,
#endif
#ifdef SYS_utimensat
	SYS_utimensat,
#endif
	FCHMODAT2, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_setxattr, SYS_lsetxattr,
	SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
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

struct program {
	struct sock_filter all[400];
	uint16_t n;
};

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	assert(p->n < ARRAY_SIZE(p->all));
	p->all[p->n++] = (struct sock_filter){ .code = code, .jt = yes, .jf = no, .k = k };
}

static void load(struct program *p, size_t at)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
}

static void answer(struct program *p, uint32_t action)
{
	add(p, BPF_RET | BPF_K, action, 0, 0);
}

/* What was loaded compared with value: then that is the answer. */
static void answer_if(struct program *p, uint16_t how, uint32_t value, uint32_t action)
{
	add(p, BPF_JMP | how | BPF_K, value, 0, 1);
	answer(p, action);
}

/* Of that call the answer depends on an argument: is it one of two values, or has it these bits? */
static void answer_by(struct program *p, uint32_t call, size_t arg, uint16_t how,
		      const uint32_t values[2], uint32_t yes, uint32_t no)
{
	add(p, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5);
	load(p, offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t) + LOW_HALF);
	add(p, BPF_JMP | how | BPF_K, values[0], 1, 0);
	add(p, BPF_JMP | how | BPF_K, values[1], 0, 1);
	answer(p, yes);
	answer(p, no);
}

static void fill(struct program *p)
{
	const uint32_t own = (uint32_t)getpid();

	load(p, offsetof(struct seccomp_data, arch));
	add(p, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	answer(p, REFUSE);
	load(p, offsetof(struct seccomp_data, nr));
	answer_if(p, BPF_JGE, X32, REFUSE);
	/* Of clone3() the flags cannot be seen: the C library then takes clone(). */
	answer_if(p, BPF_JEQ, CLONE3, SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		answer_if(p, BPF_JEQ, refused[i], REFUSE);
	/* Threads only. */
	answer_by(p, SYS_clone, FLAGS_ARG, BPF_JSET,
		  (const uint32_t[]){ CLONE_THREAD, CLONE_THREAD }, SECCOMP_RET_ALLOW, REFUSE);
	answer_by(p, SYS_tgkill, 0, BPF_JEQ, (const uint32_t[]){ own, own }, SECCOMP_RET_ALLOW,
		  REFUSE);
	/* Input for a terminal, which a shell reads next. */
	answer_by(p, SYS_ioctl, 1, BPF_JEQ, (const uint32_t[]){ TIOCSTI, TIOCLINUX }, REFUSE,
		  SECCOMP_RET_ALLOW);
	/* SIGIO for anybody. */
	answer_by(p, SYS_fcntl, 1, BPF_JEQ, (const uint32_t[]){ F_SETOWN, F_SETOWN_EX }, REFUSE,
		  SECCOMP_RET_ALLOW);
#ifdef SYS_fcntl64
	answer_by(p, SYS_fcntl64, 1, BPF_JEQ, (const uint32_t[]){ F_SETOWN, F_SETOWN_EX }, REFUSE,
		  SECCOMP_RET_ALLOW);
#endif
	answer(p, SECCOMP_RET_ALLOW);
}

int sandbox_calls(void)
{
	struct program p = { .n = 0 };
	struct sock_fprog program = { .filter = p.all };

	fill(&p);
	program.len = p.n;
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
