/* SPDX-License-Identifier: BSD-2-Clause */
/* The logs of a report once more, with what it says of each event. */
#pragma once

#include "report/report.h"

struct pass_row {
	bool proven;
	/* Where the attestation agent's records stand in two logs: which was the first … */
	bool agent_seen;
	size_t agent_log;
	uint64_t since, skip; /* … events from its first on, and those that a second one repeats */
};

struct tsmmr_report_pass {
	struct report_data *data; /* a reference */
	struct pass_row *rows;    /* one for each of its rows */
	struct tsmmr_stream **streams;
	size_t at; /* which of them is read; as many as there are: all were */
	struct identity identity;
	const struct tsmmr_event *event; /* the last one, or NULL */
	struct row_set rows_of;          /* that it speaks of */
	bool started, event_proven, event_repeated;
	char *domain; /* NULL: every event is handed out */
	uint64_t withheld;
	int result; /* sticky, when not 1 */
	struct tsmmr_error error;
};

int pass_new(const struct tsmmr_report *report, struct tsmmr_stream *const *streams, size_t n,
	     struct tsmmr_report_pass **ret, struct tsmmr_error *err);
void pass_free(struct tsmmr_report_pass *pass);
DEFINE_CLEANUP(struct tsmmr_report_pass *, pass_free)
/* Before the first event.  E_ARG, E_NOMEM. */
int pass_set_domain(struct tsmmr_report_pass *pass, const char *domain, struct tsmmr_error *err);
/* 1, 0 when all was the report's, or an error. */
int pass_next(struct tsmmr_report_pass *pass, struct tsmmr_error *err);
