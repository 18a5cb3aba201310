/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals while a call must not be interrupted, or must not kill us. */
#include "sys/signals.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "util/cleanup.h"

static const int of_faults[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP };
/* The kernel sends them to the thread that writes, so nobody else's are among them. */
static const int of_writes[] = { SIGPIPE, SIGXFSZ };

static void hold(struct signals *s, const sigset_t *which)
{
	sigpending(&s->pending);
	pthread_sigmask(SIG_BLOCK, which, &s->mask);
}

void signals_hold(struct signals *s)
{
	sigset_t which;

	sigfillset(&which);
	for (size_t i = 0; i < ARRAY_SIZE(of_faults); i++)
		sigdelset(&which, of_faults[i]);
	hold(s, &which);
}

void signals_hold_of_writes(struct signals *s)
{
	sigset_t which;

	sigemptyset(&which);
	for (size_t i = 0; i < ARRAY_SIZE(of_writes); i++)
		sigaddset(&which, of_writes[i]);
	hold(s, &which);
}

void signals_release(struct signals *s)
{
	const struct timespec now = { 0 };
	int saved = errno;
	sigset_t ours;

	sigemptyset(&ours);
	for (size_t i = 0; i < ARRAY_SIZE(of_writes); i++)
		if (!sigismember(&s->pending, of_writes[i]))
			sigaddset(&ours, of_writes[i]);
	while (sigtimedwait(&ours, NULL, &now) > 0 || errno == EINTR)
		;
	pthread_sigmask(SIG_SETMASK, &s->mask, NULL);
	errno = saved;
}
