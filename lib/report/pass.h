/* SPDX-License-Identifier: BSD-2-Clause */
/* The logs of a report once more, with what it says of each event. */
#pragma once

#include "report/report.h"

struct tsmmr_report_pass {
	struct report_data *data; /* a reference */
	bool *proven;             /* one for each of its rows */
	struct tsmmr_stream **streams;
	size_t at; /* which of them is read; as many as there are: all were */
	struct identity identity;
	const struct tsmmr_event *event; /* the last one, or NULL */
	bool event_proven;
	int result; /* sticky, when not 1 */
	struct tsmmr_error error;
};

int pass_new(const struct tsmmr_report *report, struct tsmmr_stream *const *streams, size_t n,
	     struct tsmmr_report_pass **ret, struct tsmmr_error *err);
void pass_free(struct tsmmr_report_pass *pass);
DEFINE_CLEANUP(struct tsmmr_report_pass *, pass_free)
/* 1, 0 when all was the report's, or an error. */
int pass_next(struct tsmmr_report_pass *pass, struct tsmmr_error *err);
