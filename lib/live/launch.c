/* SPDX-License-Identifier: BSD-2-Clause */
/* The launch of a guest as a log: which platform the firmware is made for. */
#include <assert.h>

#include "format/format.h"
#include "format/igvm_file.h"
#include "format/ovmf.h"
#include "live/open.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "platform/platforms.h"

/* What the image says of the platforms that it is for. */
struct about {
	bool is_igvm;
	struct igvm igvm;
	struct ovmf ovmf; /* of firmware, or of the SVSM below it */
};

static int read_image(const struct launch *l, struct about *ret, struct tsmmr_error *err)
{
	ret->is_igvm = l->images[IMAGE_IGVM].read;
	if (ret->is_igvm)
		return igvm_open(l, &ret->igvm, err);
	return ovmf_open(l, l->images[IMAGE_SVSM].read ? IMAGE_SVSM : IMAGE_FIRMWARE, &ret->ovmf,
			 err);
}

/* Is it for this platform?  Where the caller named one, firmware is taken at its word. */
static bool is_for(const struct about *a, const struct platform *p, const struct platform *named)
{
	struct span unused;

	if (!p->launch || (named && p != named))
		return false;
	if (a->is_igvm)
		return igvm_mask(&a->igvm, p->launch);
	assert(format_launch(p->launch) && format_launch(p->launch)->firmware);
	return named || ovmf_find(&a->ovmf, format_launch(p->launch)->firmware, &unused);
}

static int find_platform(const struct launch *l, const struct platform *named,
			 const struct platform **ret, struct tsmmr_error *err)
{
	_cleanup_(free) struct about *about = malloc(sizeof(*about));
	const char *what = l->images[IMAGE_IGVM].read ? "IGVM file" : "firmware";
	const struct platform *found = NULL;
	int r = about ? read_image(l, about, err) : fail_nomem(err);

	for (size_t i = 0; r == 0 && i < n_platforms; i++) {
		if (!is_for(about, platforms[i], named))
			continue;
		if (found)
			return fail(err, TSMMR_E_ARG,
				    "the %s is for %s and for %s: say which platform", what,
				    found->name, platforms[i]->name);
		found = platforms[i];
	}
	if (r < 0)
		return r;
	if (!found && named)
		return fail(err, TSMMR_E_ARG, "the %s does not explain the launch of %s", what,
			    named->name);
	if (!found)
		return fail(err, TSMMR_E_FORMAT,
			    "the %s is for no platform that this version knows", what);
	*ret = found;
	return 0;
}

/* An image that is its launch's log itself, as bytes in their order. */
struct image_source {
	const struct image *image; /* of the launch, which the stream holds */
	uint64_t at;
};

static long read_image_on(void *user, void *to, size_t n)
{
	struct image_source *from = user;
	long got = from->image->read(from->image->user, from->at, to, n);

	if (got > 0)
		from->at += (uint64_t)got;
	return got;
}

static int open_eif(const struct tsmmr_ctx *ctx, const struct tsmmr_launch *launch,
		    const struct platform *named, struct tsmmr_stream **ret,
		    struct tsmmr_error *err)
{
	const struct image *image = &launch->is.images[IMAGE_EIF];
	struct image_source *from;
	struct log_spec said = { .format = TSMMR_FORMAT_EIF, .launch = launch, .chosen = true };
	struct source source;

	if (named && named->id != format_by_id(TSMMR_FORMAT_EIF)->default_platform)
		return fail(err, TSMMR_E_ARG, "an EIF does not explain the launch of %s",
			    named->name);
	from = malloc(sizeof(*from));
	if (!from)
		return fail_nomem(err);
	*from = (struct image_source){ image, 0 };
	source_fd(&source, read_image_on, from, image->size);
	source.done = free;
	return open_source(ctx, &said, &source, ret, err);
}

int open_launch(const struct tsmmr_ctx *ctx, const struct tsmmr_launch *launch, int platform_id,
		struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	const struct platform *platform = NULL;
	struct source nothing;
	int r = open_platform(platform_id, &platform, err);

	if (r == 0 && launch->is.images[IMAGE_EIF].read)
		return open_eif(ctx, launch, platform, ret, err);
	if (r == 0)
		r = find_platform(&launch->is, platform, &platform, err);
	if (r < 0)
		return r;
	source_mem(&nothing, NULL, 0);
	return stream_new(
		ctx,
		&(struct stream_of){ .format = format_launch(launch->is.images[IMAGE_IGVM].read ?
								     TSMMR_FORMAT_IGVM :
								     platform->launch),
				     .platform = platform,
				     .launch = launch,
				     .chosen = true },
		&nothing, ret, err);
}
