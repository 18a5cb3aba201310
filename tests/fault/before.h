/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is before an append: a log, what others extended, or what a crash left. */
#pragma once

#include "fault.h"
#include "wrap.h"

static inline void nothing(struct machine *m)
{
}

static inline void a_log(struct machine *m)
{
	append_clean(m, "first", NULL);
}

static inline void foreign(struct machine *m)
{
	append_clean(m, "first", NULL);
	foreign_extend(m);
}

static inline void append_one(const struct machine *m, const char *record)
{
	append(m, record, NULL, NULL);
}

/* A child that appends what has that name, and is gone at its nth such call. */
static inline void crash(const struct machine *m,
			 void (*op)(const struct machine *m, const char *name), const char *name,
			 const char *call, int nth)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		wrap_arm_named(call, nth, WRAP_EXIT_BEFORE);
		op(m, name);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != WRAP_EXITED << 8)
		die("%s: no crash at %s %d", name, call, nth);
}
