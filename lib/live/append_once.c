/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a record in the log? */
#include "live/append.h"

#include "util/error.h"

int append_find(struct logfile *f, struct span record, bool *ret_found, struct tsmmr_error *err)
{
	struct textlog w = { 0 };
	int fd, r;

	r = logdir_log_rewind(&f->dir, &fd, err);
	if (r == 0)
		r = textlog_walk(f->banks, f->n_banks, fd, record, &w, err);
	*ret_found = w.found;
	return r;
}
