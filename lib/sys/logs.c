/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a machine keeps its logs. */
#include "sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tsmmr/log.h>

#include "util/cleanup.h"
#include "util/error.h"

#define IMA "/sys/kernel/security/ima/"
#define NODES "/sys/firmware/devicetree/base"

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

static bool is_absent(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static int fail_path(const char *root, const char *path, struct tsmmr_error *err)
{
	return fail_errno(err, "%s%s: %s", root, path, errno_text(errno));
}

/* 1, 0, or E_IO. */
static int exists(const char *root, const char *path, struct tsmmr_error *err)
{
	int fd = file_open_in(root, path, O_PATH);

	if (fd < 0)
		return is_absent(errno) ? 0 : fail_path(root, path, err);
	file_close(fd);
	return 1;
}

int log_has_tpm(const char *root, struct tsmmr_error *err)
{
	int r = exists(root, "/sys/class/tpm/tpm0", err);

	return r ? r : exists(root, "/sys/kernel/security/tpm0/binary_bios_measurements", err);
}

/* Does the devicetree node say that it is an event log of a confidential VM?  1, 0, or an error. */
static int is_log_node(const char *root, const char *node, struct tsmmr_error *err)
{
	static const char want[] = "confidential-computing-event-log";
	_cleanup_(free) char *path = NULL;
	char compatible[128];
	ssize_t n;
	int fd, r;

	if (asprintf(&path, NODES "/%s/compatible", node) < 0) {
		path = NULL;
		return fail_nomem(err);
	}
	fd = file_open(root, path, err);
	if (fd < 0)
		return fd == TSMMR_E_NOTFOUND ? 0 : fd;
	n = read(fd, compatible, sizeof(compatible));
	if (n < 0)
		r = fail_path(root, path, err);
	else
		r = n >= (ssize_t)sizeof(want) && memcmp(compatible, want, sizeof(want)) == 0;
	file_close(fd);
	return r;
}

static int devicetree_has_log(const char *root, struct tsmmr_error *err)
{
	int fd = file_open_in(root, NODES, O_RDONLY | O_DIRECTORY);
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	if (fd < 0)
		return is_absent(errno) ? 0 : fail_path(root, NODES, err);
	dir = fdopendir(fd);
	if (!dir) {
		r = fail_path(root, NODES, err);
		file_close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			r = is_log_node(root, entry->d_name, err);
	if (r == 0 && errno)
		r = fail_path(root, NODES, err);
	closedir(dir);
	return r;
}

int log_hidden(const char *root, struct tsmmr_error *err)
{
	int r = exists(root, "/sys/firmware/acpi/tables/CCEL", err);

	/* Linux shows the area that the table points to since 6.4.  (drivers/acpi/sysfs.c) */
	if (r > 0)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "there is an ACPI table CCEL, but this kernel gives no access to "
			    "the log it points to");
	/* Arm CCA realms without ACPI; the node has an address that only the kernel can read. */
	if (r == 0)
		r = devicetree_has_log(root, err);
	if (r > 0)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "the devicetree names an event log in memory, but this kernel gives "
			    "no access to it");
	if (r < 0)
		return r;
	return fail(err, TSMMR_E_NOTFOUND, "no CCEL: the firmware left none that the kernel shows");
}
