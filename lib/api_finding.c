/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of finding.h. */
#include "api.h"

#include "core/finding.h"

TSMMR_API const char *tsmmr_finding_id(const struct tsmmr_finding *finding)
{
	return finding ? finding_descs[finding->id].id : NULL;
}

TSMMR_API int tsmmr_finding_severity(const struct tsmmr_finding *finding)
{
	return finding ? finding_descs[finding->id].severity : TSMMR_E_ARG;
}

TSMMR_API uint64_t tsmmr_finding_log(const struct tsmmr_finding *finding)
{
	return finding ? finding->log : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_finding_record(const struct tsmmr_finding *finding)
{
	return finding ? finding->record : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_finding_offset(const struct tsmmr_finding *finding)
{
	return finding ? finding->offset : TSMMR_NONE;
}

TSMMR_API const char *tsmmr_finding_text(const struct tsmmr_finding *finding)
{
	return finding ? finding->text : NULL;
}
