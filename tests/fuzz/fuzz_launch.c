/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an image of a launch, and as a log that tells of one. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void read_all(struct tsmmr_stream *s)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	const struct tsmmr_event *e;
	uint64_t records = 0;
	char text[256];
	uint8_t *json;
	size_t n;
	int r;

	while ((r = tsmmr_stream_next(s, &e, &err)) > 0) {
		PROMISE(tsmmr_event_record(e) == records++);
		PROMISE(tsmmr_event_text(e, text, sizeof(text)) >= 0);
		PROMISE(tsmmr_event_binding(e, NULL) >= 0);
		PROMISE(tsmmr_event_export_json(e, 0, &json, &n, &err) == 0);
		tsmmr_free(json);
	}
	if (r < 0)
		fuzz_check_error(r, &err);
	tsmmr_stream_free(s);
}

#define ROLES 5
#define LAUNCHES 4

/* The bytes are every image of a launch, in one of several ways. */
static struct tsmmr_launch *launch_of(int fd, size_t way)
{
	static const char *const roles[LAUNCHES][ROLES] = {
		{ "firmware", "kernel", "initrd", "cmdline", "dtb" },
		{ "firmware", "svsm" },
		{ "igvm" },
		{ "firmware" },
	};
	struct tsmmr_launch *launch;

	PROMISE(tsmmr_launch_new(&launch, NULL) == 0);
	for (size_t i = 0; i < ROLES && roles[way][i]; i++)
		PROMISE(tsmmr_launch_set_image_fd(launch, roles[way][i], fd, NULL) == 0);
	if (way == LAUNCHES - 1)
		PROMISE(tsmmr_launch_set_word(launch, "vmm", "ec2", NULL) == 0);
	PROMISE(tsmmr_launch_set_u64(launch, "vcpus", 2, NULL) == 0);
	PROMISE(tsmmr_launch_set_u64(launch, "cpu", 0xa00f11, NULL) == 0);
	return launch;
}

static void read_as(const struct tsmmr_ctx *ctx, const struct tsmmr_launch *launch, size_t i,
		    const uint8_t *data, size_t size)
{
	static const int platforms[] = { TSMMR_PLATFORM_AUTO, TSMMR_PLATFORM_TDX,
					 TSMMR_PLATFORM_SNP };
	static const int formats[] = { TSMMR_FORMAT_AUTO, TSMMR_FORMAT_EIF, TSMMR_FORMAT_REALM };
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_input *input;
	struct tsmmr_stream *s;
	int r = tsmmr_stream_open_launch(ctx, launch, platforms[i], &s, &err);

	if (r == 0)
		read_all(s);
	else
		fuzz_check_error(r, &err);
	PROMISE(input_as(formats[i], TSMMR_PLATFORM_AUTO, NULL, &input, NULL) == 0);
	PROMISE(tsmmr_input_set_launch(input, launch, NULL) == 0);
	r = tsmmr_stream_open_mem(ctx, input, data, size, &s, &err);
	tsmmr_input_free(input);
	if (r == 0)
		read_all(s);
	else
		fuzz_check_error(r, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("launch", MFD_CLOEXEC);
	struct tsmmr_ctx *ctx;

	PROMISE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	PROMISE(tsmmr_ctx_new(0, &ctx, NULL) == 0);
	for (size_t way = 0; way < LAUNCHES; way++) {
		struct tsmmr_launch *launch = launch_of(fd, way);

		for (size_t i = 0; i < 3; i++)
			read_as(ctx, launch, i, data, size);
		tsmmr_launch_free(launch);
	}
	tsmmr_ctx_free(ctx);
	close(fd);
	return 0;
}
