/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of known.h: check arguments, call in, filter codes. */
#include "api.h"

#include "core/known.h"
#include "known/table.h"
#include "platform/platforms.h"
#include "sys/file.h"

#define FLAGS (TSMMR_KNOWN_DENIED | TSMMR_KNOWN_ANY_ORDER)

TSMMR_API int tsmmr_known_new(const struct tsmmr_ctx *ctx, struct tsmmr_known **ret_known,
			      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_known)
		return bad_arg(reterr, "no context or nowhere to return to");
	return filter(known_new(ctx, platforms, n_platforms, ret_known, reterr));
}

TSMMR_API struct tsmmr_known *tsmmr_known_ref(struct tsmmr_known *known)
{
	return known ? known_ref(known) : NULL;
}

TSMMR_API void tsmmr_known_free(struct tsmmr_known *known)
{
	known_unref(known);
}

/* Takes source over. */
static int add(struct tsmmr_known *known, int kind, const char *reg, const char *name,
	       struct source *source, struct tsmmr_error *err)
{
	const struct known_kind *row = known_kind(kind & ~FLAGS);
	int r = row ? known_add(known, row, kind & FLAGS, reg, name, source, err) :
		      bad_arg(err, "no such kind of known values");

	source_done(source);
	return filter(r);
}

TSMMR_API int tsmmr_known_add(struct tsmmr_known *known, int kind, const char *reg,
			      const char *name, const void *data, size_t len,
			      struct tsmmr_error *reterr)
{
	struct source source;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!known || (!data && len))
		return bad_arg(reterr, "no known values or no data");
	source_mem(&source, data, len);
	return add(known, kind, reg, name, &source, reterr);
}

TSMMR_API int tsmmr_known_add_fd(struct tsmmr_known *known, int kind, const char *reg,
				 const char *name, int fd, struct tsmmr_error *reterr)
{
	struct source source;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!known || fd < 0)
		return bad_arg(reterr, "no known values or no descriptor");
	file_source(fd, &source);
	return add(known, kind, reg, name, &source, reterr);
}

TSMMR_API int tsmmr_known_add_image_fd(struct tsmmr_known *known, int flags, const char *role,
				       const char *name, int fd, struct tsmmr_error *reterr)
{
	struct image image;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!known || !role || fd < 0 || flags & ~FLAGS)
		return bad_arg(reterr, "no known values, no role, no descriptor or other flags");
	r = file_image(fd, &image, reterr);
	if (r == 0)
		r = known_add_image(known, known_kind(TSMMR_KNOWN_IMAGE), flags, role, name, &image,
				    reterr);
	return filter(r);
}

TSMMR_API size_t tsmmr_known_count(const struct tsmmr_known *known)
{
	return known ? known->digests.n : 0;
}
