/* SPDX-License-Identifier: BSD-2-Clause */
/* The logs of a report once more, with what it says of each event. */
#include "report/pass.h"

#include "util/error.h"

void pass_free(struct tsmmr_report_pass *pass)
{
	if (!pass)
		return;
	identity_done(&pass->identity);
	report_data_unref(pass->data);
	free(pass->streams);
	free(pass->proven);
	free(pass);
}

int pass_new(const struct tsmmr_report *report, struct tsmmr_stream *const *streams, size_t n,
	     struct tsmmr_report_pass **ret, struct tsmmr_error *err)
{
	_cleanup_(pass_free) struct tsmmr_report_pass *pass = NULL;
	struct report_data *d = report->data;
	int r = report_check_streams(streams, n, err);

	if (r < 0)
		return r;
	if (n != d->n_logs)
		return fail(err, TSMMR_E_ARG, "the report is of %zu logs, not %zu", d->n_logs, n);
	pass = calloc(1, sizeof(*pass));
	if (!pass)
		return fail_nomem(err);
	pass->data = report_data_ref(d);
	pass->error.size = sizeof(pass->error);
	pass->result = 1;
	pass->streams = calloc(n + 1, sizeof(struct tsmmr_stream *));
	pass->proven = calloc(d->n_rows + 1, sizeof(*pass->proven));
	if (!pass->streams || !pass->proven)
		return fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		pass->streams[i] = streams[i];
	for (size_t i = 0; i < d->n_rows; i++)
		pass->proven[i] = report_row_proven(report, i);
	r = identity_start(&pass->identity);
	if (r < 0)
		return fail_low(err, r);

	*ret = take_ptr(pass);
	return 0;
}

/* A log has ended: was it the report's? */
static int check_end(struct tsmmr_report_pass *pass)
{
	uint8_t identity[32];
	int r = identity_end(&pass->identity, identity);

	if (r == 0 && !hash_equal(identity, pass->data->logs[pass->at].identity, sizeof(identity)))
		return fail(&pass->error, TSMMR_E_ARG,
			    "this is not the log that the report is of: nothing that was said of "
			    "it counts");
	pass->at++;
	if (r == 0)
		r = identity_start(&pass->identity);
	return r < 0 ? fail_low(&pass->error, r) : 0;
}

static int next(struct tsmmr_report_pass *pass)
{
	struct row_set set;
	int r = 0;

	while (r == 0 && pass->at < pass->data->n_logs) {
		r = stream_next(pass->streams[pass->at], &pass->event, &pass->error);
		if (r == 0)
			r = check_end(pass);
	}
	if (r <= 0)
		return r;
	r = identity_add(&pass->identity, pass->event);
	if (r < 0)
		return fail_low(&pass->error, r);
	pass->event_proven = false;
	set = report_rows_of(pass->data, pass->event);
	for (uint16_t i = 0; i < set.n; i++)
		pass->event_proven |= pass->proven[set.rows[i]];
	return 1;
}

int pass_next(struct tsmmr_report_pass *pass, struct tsmmr_error *err)
{
	if (pass->result > 0)
		pass->result = next(pass);
	if (pass->result > 0)
		return 1;

	pass->event = NULL;
	if (pass->result < 0) {
		pass->error.log = pass->at;
		error_copy(&pass->error, err);
	}
	return pass->result;
}
