/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a machine keeps its logs. */
#include "sys/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tsmmr/log.h>

#include "util/cleanup.h"
#include "util/error.h"

#define IMA "/sys/kernel/security/ima/"

static const struct {
	int known;
	int format;
	const char *path;
} logs[] = {
	/* drivers/acpi/sysfs.c: the area that the CCEL table points to */
	{ TSMMR_LOG_CCEL, TSMMR_FORMAT_CCEL, "/sys/firmware/acpi/tables/data/CCEL" },
	/* drivers/char/tpm/eventlog/common.c: SHA-1 only or crypto agile, as the TPM is */
	{ TSMMR_LOG_TPM, TSMMR_FORMAT_AUTO, "/sys/kernel/security/tpm0/binary_bios_measurements" },
	/*
	 * security/integrity/ima/ima_fs.c: all say the same; since Linux 6.10 there is one
	 * of each bank, and the names without one are links to SHA-1's.
	 */
	{ TSMMR_LOG_IMA, TSMMR_FORMAT_IMA, IMA "binary_runtime_measurements_sha256" },
	{ TSMMR_LOG_IMA, TSMMR_FORMAT_IMA, IMA "binary_runtime_measurements_sha1" },
	{ TSMMR_LOG_IMA, TSMMR_FORMAT_IMA, IMA "binary_runtime_measurements" },
	{ TSMMR_LOG_IMA, TSMMR_FORMAT_IMA_ASCII, IMA "ascii_runtime_measurements_sha256" },
	{ TSMMR_LOG_IMA, TSMMR_FORMAT_IMA_ASCII, IMA "ascii_runtime_measurements_sha1" },
	{ TSMMR_LOG_IMA, TSMMR_FORMAT_IMA_ASCII, IMA "ascii_runtime_measurements" },
	/* systemd, measurement-log.c: of TPM PCRs, and of TDX's registers */
	{ TSMMR_LOG_SYSTEMD, TSMMR_FORMAT_SYSTEMD, "/run/log/systemd/tpm2-measure.log" },
	{ TSMMR_LOG_SYSTEMD, TSMMR_FORMAT_SYSTEMD, "/run/log/systemd/cc-measure.log" },
};

const char *log_path(int well_known, size_t i, int *ret_format)
{
	for (size_t row = 0; row < ARRAY_SIZE(logs); row++)
		if (logs[row].known == well_known && i-- == 0) {
			*ret_format = logs[row].format;
			return logs[row].path;
		}
	return NULL;
}

static bool exists(const char *root, const char *path)
{
	int fd = file_open(root, path, NULL);

	if (fd >= 0)
		file_close(fd);
	return fd >= 0;
}

bool log_has_tpm(const char *root)
{
	return exists(root, "/sys/class/tpm/tpm0") ||
	       exists(root, "/sys/kernel/security/tpm0/binary_bios_measurements");
}

/* Does the devicetree node say that it is an event log of a confidential VM? */
static bool is_log_node(const char *root, const char *node)
{
	static const char want[] = "confidential-computing-event-log";
	_cleanup_(free) char *path = NULL;
	char compatible[128];
	ssize_t n;
	int fd;

	if (asprintf(&path, "/sys/firmware/devicetree/base/%s/compatible", node) < 0) {
		path = NULL;
		return false;
	}
	fd = file_open(root, path, NULL);
	if (fd < 0)
		return false;
	n = read(fd, compatible, sizeof(compatible));
	file_close(fd);
	return n >= (ssize_t)sizeof(want) && memcmp(compatible, want, sizeof(want)) == 0;
}

static bool devicetree_has_log(const char *root)
{
	int fd = file_open_in(root, "/sys/firmware/devicetree/base", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (fd >= 0 && !dir)
		file_close(fd);
	while (dir && !found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' && is_log_node(root, entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

int log_hidden(const char *root, struct tsmmr_error *err)
{
	/* Linux shows the area that the table points to since 6.4.  (drivers/acpi/sysfs.c) */
	if (exists(root, "/sys/firmware/acpi/tables/CCEL"))
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "there is an ACPI table CCEL, but this kernel gives no access to "
			    "the log it points to");
	/* Arm CCA realms without ACPI; the node has an address that only the kernel can read. */
	if (devicetree_has_log(root))
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "the devicetree names an event log in memory, but this kernel gives "
			    "no access to it");
	return fail(err, TSMMR_E_NOTFOUND, "no CCEL: the firmware left none that the kernel shows");
}
