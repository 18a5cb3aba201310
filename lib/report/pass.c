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
	free(pass->rows);
	free(pass->domain);
	free(pass);
}

int pass_new(const struct tsmmr_report *report, struct tsmmr_stream *const *streams, size_t n,
	     struct tsmmr_report_pass **ret, struct tsmmr_error *err)
{
	_cleanup_(pass_free) struct tsmmr_report_pass *pass = NULL;
	struct report_data *d = report->data;
	int r = report_check_pass(report, streams, n, err);

	if (r < 0)
		return r;
	pass = calloc(1, sizeof(*pass));
	if (!pass)
		return fail_nomem(err);
	pass->data = report_data_ref(d);
	pass->error.size = sizeof(pass->error);
	pass->result = 1;
	pass->streams = calloc(n + 1, sizeof(struct tsmmr_stream *));
	pass->rows = calloc(d->n_rows + 1, sizeof(*pass->rows));
	if (!pass->streams || !pass->rows)
		return fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		pass->streams[i] = streams[i];
	for (size_t i = 0; i < d->n_rows; i++)
		pass->rows[i].proven = report_row_proven(report, i);
	r = identity_start(&pass->identity, pass->data->crypto);
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
		r = identity_start(&pass->identity, pass->data->crypto);
	return r < 0 ? fail_low(&pass->error, r) : 0;
}

/*
 * Where a register is explained by the agent's records standing in two logs, the second repeats
 * all that the register has had from the agent's first record on.  (candidates_restart())
 */
static bool is_repeated(struct tsmmr_report_pass *pass, struct pass_row *row, uint64_t twice)
{
	bool agents = pass->event->mark == MARK_AAEL;
	/* As replay counts: those that a merged one was made of, each. */
	uint64_t log = pass->data->logs[pass->at].first + pass->event->log;

	if (agents && row->agent_seen && row->agent_log != pass->at) {
		row->skip = twice >> log & 1 ? row->since : 0;
		row->agent_log = pass->at;
	}
	if (row->skip) {
		row->skip--;
		return true;
	}
	if (agents && !row->agent_seen) {
		row->agent_seen = true;
		row->agent_log = pass->at;
	}
	row->since += row->agent_seen;
	return false;
}

/*
 * What the stream cannot know before its end, the report does.  Where the end shows that this is
 * another log, nothing counts.
 */
static void settle(struct tsmmr_report_pass *pass)
{
	struct tsmmr_stream *s = pass->streams[pass->at];

	if (pass->event == &s->event)
		event_settle_separators(&s->event, pass->data->logs[pass->at].closed);
}

/* What the report says of the event. */
static void look_up(struct tsmmr_report_pass *pass)
{
	settle(pass);
	pass->rows_of = report_rows_of(pass->data, pass->event);
	pass->event_proven = pass->event_repeated = false;
	for (uint16_t i = 0; i < pass->rows_of.n; i++) {
		uint16_t at = pass->rows_of.rows[i];

		pass->event_proven |= pass->rows[at].proven;
		if (pass->data->rows[at].twice)
			pass->event_repeated |=
				is_repeated(pass, &pass->rows[at], pass->data->rows[at].twice);
	}
}

static int next(struct tsmmr_report_pass *pass)
{
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
	look_up(pass);
	return 1;
}

/* Is it these words, or does it begin with them? */
static bool begins_with(struct span line, const char *words)
{
	size_t n = strlen(words);

	return span_starts(line, words, n) && (line.n == n || line.p[n] == ' ');
}

/* "CARRIER/NAME": a line that extends that register, or a record of a log of its own. */
static bool is_of_virtual(const struct tsmmr_report_pass *pass, const char *name)
{
	const struct tsmmr_event *e = pass->event;
	const struct reg_desc *desc = event_reg(e);
	size_t n = desc ? strlen(desc->name) : 0;

	for (uint16_t i = 0; i < pass->rows_of.n; i++)
		if (pass->data->rows[pass->rows_of.rows[i]].is_virtual)
			return !strcmp(desc->name, name);
	return n && e->mark == MARK_VIRTUAL && !strncmp(name, desc->name, n) && name[n] == '/' &&
	       span_eq(span_of(e->data.p, e->name_n), name + n + 1, strlen(name + n + 1));
}

/* 1 when the event is the domain's, proven and bound; 0, or an error. */
static int in_domain(struct tsmmr_report_pass *pass)
{
	const struct tsmmr_event *e = pass->event;
	_cleanup_(hashers_done) struct hashers set = { 0 };
	const struct bind_rule *rule = NULL;
	int r;

	if (!e->measured || pass->event_repeated ||
	    !(begins_with(event_line(e), pass->domain) || is_of_virtual(pass, pass->domain)))
		return 0;
	r = pass->event_proven ? event_bind_all(e, &set, &rule) : TSMMR_BINDING_UNBOUND;
	if (r < 0)
		return fail_low(&pass->error, r);
	pass->withheld += r != TSMMR_BINDING_BOUND;
	return r == TSMMR_BINDING_BOUND;
}

int pass_set_domain(struct tsmmr_report_pass *pass, const char *domain, struct tsmmr_error *err)
{
	size_t n = strlen(domain);
	char *copy;

	if (pass->started)
		return fail(err, TSMMR_E_ARG, "a pass that has begun");
	if (!n || domain[0] == ' ' || domain[n - 1] == ' ')
		return fail(err, TSMMR_E_ARG, "a domain is whole words: '%s'", domain);
	copy = strdup(domain);
	if (!copy)
		return fail_nomem(err);
	free(pass->domain);
	pass->domain = copy;
	return 0;
}

int pass_next(struct tsmmr_report_pass *pass, struct tsmmr_error *err)
{
	pass->started = true;
	while (pass->result > 0) {
		int in = 1;

		pass->result = next(pass);
		if (pass->result > 0 && pass->domain)
			in = in_domain(pass);
		if (in < 0)
			pass->result = in;
		else if (in && pass->result > 0)
			return 1;
	}

	pass->event = NULL;
	if (pass->result < 0) {
		pass->error.log = pass->at;
		error_copy(&pass->error, err);
	}
	return pass->result;
}
