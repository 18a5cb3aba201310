/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of tools/job.c: the targets' options are never those of a line of --batch. */
#include "fuzz.h"

#include "job.h"

int job_log(struct options *o, size_t i, const char *name, int *ret_fd, struct bytes *ret)
{
	abort();
}

int job_evidence(struct options *o, size_t i, const char *name, size_t limit, uint8_t **ret,
		 size_t *ret_len)
{
	abort();
}
