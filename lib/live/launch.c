/* SPDX-License-Identifier: BSD-2-Clause */
/* The launch of a guest as a log: which platform the firmware is made for. */
#include <assert.h>

#include "format/format.h"
#include "format/ovmf.h"
#include "live/open.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "platform/platforms.h"

/* Is the firmware for this platform?  Where the caller named one, it is taken at its word. */
static bool is_for(const struct ovmf *ovmf, const struct platform *p, const struct platform *named)
{
	struct span unused;

	if (!p->launch || (named && p != named))
		return false;
	assert(format_launch(p->launch) && format_launch(p->launch)->firmware);
	return named || ovmf_find(ovmf, format_launch(p->launch)->firmware, &unused);
}

static int find_platform(const struct launch *l, const struct platform *named,
			 const struct platform **ret, struct tsmmr_error *err)
{
	_cleanup_(free) struct ovmf *ovmf = malloc(sizeof(*ovmf));
	const struct platform *found = NULL;
	enum image_role role = l->images[IMAGE_SVSM].read ? IMAGE_SVSM : IMAGE_FIRMWARE;
	int r = ovmf ? ovmf_open(l, role, ovmf, err) : fail_nomem(err);

	for (size_t i = 0; r == 0 && i < n_platforms; i++) {
		if (!is_for(ovmf, platforms[i], named))
			continue;
		if (found)
			return fail(err, TSMMR_E_ARG,
				    "the firmware is for %s and for %s: say which platform",
				    found->name, platforms[i]->name);
		found = platforms[i];
	}
	if (r < 0)
		return r;
	if (!found && named)
		return fail(err, TSMMR_E_ARG, "firmware does not explain the launch of %s",
			    named->name);
	if (!found)
		return fail(err, TSMMR_E_FORMAT,
			    "the firmware is for no platform that this version knows");
	*ret = found;
	return 0;
}

int open_launch(const struct tsmmr_ctx *ctx, const struct tsmmr_launch *launch, int platform_id,
		struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	const struct platform *platform = NULL;
	struct source nothing;
	int r = open_platform(platform_id, &platform, err);

	if (r == 0)
		r = find_platform(&launch->is, platform, &platform, err);
	if (r < 0)
		return r;
	source_mem(&nothing, NULL, 0);
	return stream_new(ctx,
			  &(struct stream_of){ format_launch(platform->launch), platform, NULL, 0,
					       launch },
			  &nothing, ret, err);
}
