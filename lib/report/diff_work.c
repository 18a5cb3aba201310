/* SPDX-License-Identifier: BSD-2-Clause */
/* What a comparison has while it reads: streams of both sides, and what is met of each row. */
#include "report/diff_work.h"

#include "util/error.h"

int diff_open_streams(struct diff_work *w, struct tsmmr_error *err)
{
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < w->diff->n_logs[side]; i++) {
			const struct diff_input *in = &w->diff->inputs[side][i];

			w->streams[side][i] = in->stream;
			if (in->log && stream_over_log(in->log, &w->streams[side][i]) < 0)
				return fail_nomem(err);
		}
	return 0;
}

void diff_meetings_done(struct diff_work *w)
{
	for (size_t i = 0; w->rows && i < w->diff->n; i++) {
		edit_script_done(&w->rows[i].script);
		free(w->rows[i].texts);
	}
	free(w->rows);
	w->rows = NULL;
}

void diff_work_done(struct diff_work *w)
{
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < w->diff->n_logs[side]; i++)
			if (w->diff->inputs[side][i].log)
				stream_free(w->streams[side][i]);
	diff_meetings_done(w);
}
