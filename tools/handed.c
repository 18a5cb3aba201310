/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and evidence that a line of --batch hands in, as files or as bytes. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "beneath.h"
#include "input.h"
#include "job.h"
#include "options.h"
#include "scope.h"

/* A file of the line's, in *ret_fd. */
static int open_path(struct options *o, const char *path, uint64_t log, int *ret_fd)
{
	if (!beneath_is(path))
		return fail_usage(o, "'%s': not a relative path without '..'", path);
	*ret_fd = beneath_open(o->batch_fd, path);
	if (*ret_fd >= 0)
		return 0;
	if (errno == EINVAL || errno == ELOOP)
		return fail(o, TSMMR_E_IO, "%s: %s", path,
			    errno == ELOOP ? "a symbolic link, and none is followed" :
					     "no regular file");
	return fail_errno(o, path, log, "cannot open");
}

int job_log(struct options *o, size_t i, const char *name, int *ret_fd, struct bytes *ret)
{
	if (!o->job->line.log_base64.n)
		return open_path(o, name, i, ret_fd);
	*ret = o->job->logs[i];
	return 0;
}

int job_evidence(struct options *o, size_t i, const char *name, size_t limit, uint8_t **ret,
		 size_t *ret_len)
{
	const struct bytes *bytes = &o->job->evidence[i];
	int fd = -1, r;

	if (o->job->line.evidence_path.n) {
		r = open_path(o, name, TSMMR_NONE, &fd);
		if (r)
			return r;
		r = input_read_fd(o, fd, name, limit, ret, ret_len);
		close(fd);
		return r;
	}
	*ret = malloc(bytes->n + 1);
	if (!*ret)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	memcpy(*ret, bytes->p, bytes->n);
	*ret_len = bytes->n;
	return 0;
}
