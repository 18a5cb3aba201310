/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the ways in which people have register values.  A new one is a row here. */
#include "values/reader.h"

extern const struct values_format values_registers, values_measurements, values_systemd_measure,
	values_banks_json, values_td_measure, values_eventlog, values_banks, values_tsspcrread,
	values_list, values_lines;

const struct values_format *const values_formats[] = {
	&values_registers,  &values_measurements, &values_systemd_measure, &values_banks_json,
	&values_td_measure, &values_eventlog,     &values_banks,           &values_tsspcrread,
	&values_list,       &values_lines,
};
const size_t n_values_formats = ARRAY_SIZE(values_formats);
