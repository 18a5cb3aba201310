/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a file in each role: as a known value, to be replaced by itself, and as a UKI alone.
 */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void known(int fd, const char *role)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_known *known;
	int r;

	PROMISE(tsmmr_known_new(fuzz_ctx(), &known, &err) == 0);
	r = tsmmr_known_add_image_fd(known, 0, role, NULL, fd, &err);
	if (r < 0)
		fuzz_check_error(r, &err);
	tsmmr_known_free(known);
}

static void alone(int fd)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_prediction *p;
	uint8_t *json;
	size_t n;
	int r = tsmmr_prediction_new_uki_fd(fuzz_ctx(), fd, 0, "ready", &p, &err);

	if (r < 0) {
		fuzz_check_error(r, &err);
		return;
	}
	/* What it is measured as does not change where it takes its own place. */
	PROMISE(tsmmr_prediction_replace_fd(p, "uki", fd, fd, "itself", &err) == 0);
	PROMISE(tsmmr_prediction_run(p, &err) == 0);
	PROMISE(tsmmr_report_count(tsmmr_prediction_report(p)) == 4);
	for (size_t i = 0; i < 4; i++)
		PROMISE(tsmmr_prediction_is_changed(p, i) == 0);
	PROMISE(tsmmr_prediction_export_json(p, &json, &n, &err) == 0);
	tsmmr_free(json);
	tsmmr_prediction_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const roles[] = { "pe",  "uki",     "kernel", "initrd",
					     "dtb", "cmdline", "file",   "firmware" };
	int fd = memfd_create("image", MFD_CLOEXEC);

	PROMISE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		known(fd, roles[i]);
	alone(fd);
	close(fd);
	return 0;
}
