/* SPDX-License-Identifier: BSD-2-Clause */
/* What a decoder that an attacker has taken over can still reach. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct options;
struct tsmmr_ctx;

/*
 * From here on the process opens only the files that its command line names and writes only where
 * they say, starts no program and talks to nobody: by Landlock and seccomp, as far as the kernel
 * has them.  Once, and not for verbs that ask this machine nor with --no-sandbox.  Before the first
 * byte of an input is looked at.  0, or the exit status of what was reported.
 */
int sandbox_enter(struct options *o, struct tsmmr_ctx *ctx);

/* (sandbox_calls.c) */
/* Gives up sockets, signals to others, processes and ways around that; 0, or -1 and errno. */
int sandbox_calls(void);
bool sandbox_has_calls(void);

/* "sandbox: Landlock 7, seccomp" */
void sandbox_print(FILE *f);
