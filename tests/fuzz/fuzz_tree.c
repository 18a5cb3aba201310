/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any files, folders and links as a captured root: registers are read, and every log that it has.
 * An input is a list of (place, name, newline, kind, length, bytes).
 */
#include "check.h"
#include "tmpfolder.h"

#include <errno.h>
#include <sys/random.h>

#include <openssl/sha.h>

#define ENTRIES 24
#define NAME_MAX_LEN 180

static const char *const places[] = {
	"sys/devices/virtual/misc/",
	"sys/class/misc/",
	"sys/kernel/tsm/",
	"sys/kernel/security/",
	"sys/kernel/security/tsm/",
	"sys/kernel/config/tsm/",
	"sys/kernel/config/tsm/rtmrs/",
	"sys/class/tpm/",
	"sys/firmware/acpi/tables/",
	"run/",
	"proc/",
	"dev/",
	"",
	"sys/devices/virtual/misc/tdx_guest/measurements/",
	"sys/class/tpm/tpm0/pcr-sha256/",
	"run/tsmmr/tdx_guest/",
};

/*
 * Of what lies beside the root, which nothing in the root may lead to: its SHA-256 alone, for an
 * engine that sees bytes compared puts them into the next input.
 */
#define SECRET_SIZE 48
static uint8_t secret[SHA256_DIGEST_LENGTH];

static bool is_secret(const uint8_t *p, size_t n)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	return n == SECRET_SIZE && !memcmp(SHA256(p, n, hash), secret, sizeof(secret));
}

/* No byte of a name leads out of the root. */
static bool is_below(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if ((n == 2 && !strncmp(path, "..", 2)) || (n == 1 && *path == '.') || n > 100)
			return false;
		path += n + (path[n] == '/');
	}
	return true;
}

static void fill(struct folder *f, const uint8_t *data, size_t size)
{
	struct bytes_left in = { data, size };

	for (size_t i = 0; i < ENTRIES && in.n; i++) {
		static const mode_t modes[] = { 0644, 0444, 0200, 0 };
		const char *place = places[take_byte(&in) % (sizeof(places) / sizeof(*places))];
		char path[NAME_MAX_LEN + 64] = "root/", outside[PATH_MAX];
		uint8_t kind, bytes[256];
		const uint8_t *block;
		size_t n;

		strcat(path, place);
		if (!take_line(&in, path + strlen(path), NAME_MAX_LEN) || !is_below(path))
			continue;
		kind = take_byte(&in);
		block = take_block(&in, &n);
		if (n)
			memcpy(bytes, block, n);
		/* A link to "!…" leads to what is beside the root. */
		if (kind % 4 == FOLDER_LINK && n && bytes[0] == '!') {
			n = (size_t)snprintf(outside, sizeof(outside), "%s/outside%.*s", f->path,
					     (int)n - 1, (char *)bytes + 1);
			folder_put(f, path, FOLDER_LINK, 0, outside, n);
			continue;
		}
		folder_put(f, path, (enum folder_kind)(kind % 4), modes[kind / 4 % 4], bytes, n);
	}
}

static void check_regs(const struct tsmmr_ctx *ctx)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_regs *regs;
	const uint8_t *value;
	uint8_t *json;
	size_t n;
	int r = tsmmr_regs_read(ctx, &regs, &err);

	if (r < 0) {
		fuzz_check_io_error(r, &err);
		return;
	}
	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);

		for (const char *p = tsmmr_reg_name(reg); *p; p++)
			PROMISE(*p > ' ' && *p <= '~');
		if (tsmmr_reg_value(reg, &value, &n) == 0)
			PROMISE(n && n <= TSMMR_HASH_SIZE_MAX && !is_secret(value, n));
	}
	PROMISE(tsmmr_regs_export_json(regs, NULL, &json, &n, &err) == 0);
	fuzz_take_json(json, n);
	tsmmr_regs_free(regs);
}

static void check_logs(const struct tsmmr_ctx *ctx)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_streams *all;
	int r = tsmmr_streams_open_known(ctx, TSMMR_LOG_ALL, TSMMR_PLATFORM_AUTO, &all, &err);

	if (r < 0) {
		fuzz_check_io_error(r, &err);
		return;
	}
	for (size_t i = 0; i < tsmmr_streams_count(all); i++) {
		struct tsmmr_stream *s = tsmmr_streams_get(all, i);
		const struct tsmmr_event *e;
		const uint8_t *p;
		size_t n;

		while ((r = tsmmr_stream_next(s, &e, &err)) > 0)
			PROMISE(tsmmr_event_data(e, &p, &n) < 0 || !is_secret(p, n));
		if (r < 0)
			fuzz_check_io_error(r, &err);
	}
	tsmmr_streams_free(all);
}

static struct tsmmr_ctx *context(const struct folder *f)
{
	static struct tsmmr_ctx *ctx;
	struct tsmmr_error err = { .size = sizeof(err) };
	char root[PATH_MAX], path[PATH_MAX];
	uint8_t bytes[SECRET_SIZE];
	FILE *out;

	if (ctx)
		return ctx;
	PROMISE(getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)('a' + bytes[i] % 26); /* also a record of a text log */
	SHA256(bytes, sizeof(bytes), secret);
	snprintf(root, sizeof(root), "%s/root", f->path);
	PROMISE(mkdir(root, 0755) == 0);
	snprintf(path, sizeof(path), "%s/outside", f->path);
	PROMISE(mkdir(path, 0755) == 0);
	strcat(path, "/measurements");
	PROMISE(mkdir(path, 0755) == 0);
	strcat(path, "/mr:sha384");
	out = fopen(path, "w");
	PROMISE(out && fwrite(bytes, 1, sizeof(bytes), out) == sizeof(bytes) && fclose(out) == 0);
	PROMISE(tsmmr_ctx_new(0, &ctx, NULL) == 0);
	PROMISE(tsmmr_ctx_set_root(ctx, root, &err) == 0);
	return ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct folder *f = folder_get();
	const struct tsmmr_ctx *ctx = context(f);

	fill(f, data, size);
	check_regs(ctx);
	check_logs(ctx);
	folder_empty_again(f);
	return 0;
}
