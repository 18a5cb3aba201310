/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a machine keeps its logs. */
#include "sys/file.h"

#include <tsmmr/log.h>

#include "util/cleanup.h"

static const struct {
	const char *path;
	int format;
} logs[] = {
	/* drivers/acpi/sysfs.c: the area that the CCEL table points to */
	[TSMMR_LOG_CCEL] = { "/sys/firmware/acpi/tables/data/CCEL", TSMMR_FORMAT_CCEL },
	/* drivers/char/tpm/eventlog/common.c: SHA-1 only or crypto agile, as the TPM is */
	[TSMMR_LOG_TPM] = { "/sys/kernel/security/tpm0/binary_bios_measurements",
			    TSMMR_FORMAT_AUTO },
};

const char *log_path(int well_known)
{
	if (well_known < 0 || (size_t)well_known >= ARRAY_SIZE(logs))
		return NULL;
	return logs[well_known].path;
}

int log_format(int well_known)
{
	return logs[well_known].format;
}
