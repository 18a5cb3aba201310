/* SPDX-License-Identifier: BSD-2-Clause */
/* The launch of a guest as a log: which platform's the firmware is made for. */
#include "format/launch.h"
#include "format/ovmf.h"
#include "live/open.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "platform/platforms.h"

static const struct {
	int platform;
	const struct format *format;
	const uint8_t *guid;
} kinds[] = {
	{ TSMMR_PLATFORM_TDX, &format_tdx_launch, ovmf_guid_tdx },
	{ TSMMR_PLATFORM_SNP, &format_snp_launch, ovmf_guid_snp },
};

static int find_kind(const struct launch *l, int platform_id, const struct format **ret,
		     struct tsmmr_error *err)
{
	_cleanup_(free) struct ovmf *ovmf = malloc(sizeof(*ovmf));
	struct span unused;
	int r = ovmf ? ovmf_open(l, ovmf, err) : fail_nomem(err);

	*ret = NULL;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++) {
		if (platform_id ? kinds[i].platform != platform_id :
				  !ovmf_find(ovmf, kinds[i].guid, &unused))
			continue;
		if (*ret)
			return fail(err, TSMMR_E_ARG,
				    "the firmware is for TDX and for SNP: say which platform");
		*ret = kinds[i].format;
	}
	if (r < 0)
		return r;
	if (!*ret && platform_id)
		return fail(err, TSMMR_E_ARG, "the launch of %s is no matter of firmware",
			    platform_name(platform_id) ? platform_name(platform_id) : "nobody");
	if (!*ret)
		return fail(err, TSMMR_E_FORMAT, "the firmware is neither for TDX nor for SNP");
	return 0;
}

int open_launch(const struct tsmmr_ctx *ctx, int platform_id, struct tsmmr_stream **ret,
		struct tsmmr_error *err)
{
	const struct platform *platform = NULL;
	const struct format *format;
	struct source nothing;
	int r = find_kind(&ctx->launch, platform_id, &format, err);

	if (r == 0)
		r = open_platform(format->default_platform, &platform, err);
	if (r < 0)
		return r;
	source_mem(&nothing, NULL, 0);
	return stream_new(ctx, format, platform, NULL, 0, &nothing, ret, err);
}
