/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of input.h: check arguments, call in, filter codes. */
#include "api.h"

#include "live/open.h"
#include "sys/file.h"

TSMMR_API int tsmmr_launch_new(struct tsmmr_launch **ret_launch, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ret_launch)
		return bad_arg(reterr, "nowhere to return to");
	return launch_new(ret_launch) < 0 ? fail_nomem(reterr) : 0;
}

TSMMR_API void tsmmr_launch_free(struct tsmmr_launch *launch)
{
	launch_free(launch);
}

static int check_unused(const struct tsmmr_launch *launch, struct tsmmr_error *err)
{
	if (__atomic_load_n(&launch->used, __ATOMIC_ACQUIRE))
		return bad_arg(err, "the launch is in use, so it is final");
	return 0;
}

TSMMR_API int tsmmr_launch_set_image_fd(struct tsmmr_launch *launch, const char *role, int fd,
					struct tsmmr_error *reterr)
{
	enum image_role which;
	struct image image;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!launch || !role || fd < 0)
		return bad_arg(reterr, "no launch, no role or no descriptor");
	which = image_role_find(role);
	if (which == IMAGE_ROLES)
		return bad_arg(reterr, "no image has that role");
	r = check_unused(launch, reterr);
	if (r == 0)
		r = file_image(fd, &image, reterr);
	if (r == 0)
		launch_set_image(&launch->is, which, &image);
	return filter(r);
}

TSMMR_API int tsmmr_launch_set_u64(struct tsmmr_launch *launch, const char *name, uint64_t value,
				   struct tsmmr_error *reterr)
{
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!launch || !name)
		return bad_arg(reterr, "no launch or no name");
	r = check_unused(launch, reterr);
	return filter(r < 0 ? r : launch_set(&launch->is, name, value, reterr));
}

TSMMR_API int tsmmr_launch_set_word(struct tsmmr_launch *launch, const char *name, const char *word,
				    struct tsmmr_error *reterr)
{
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!launch || !name || !word)
		return bad_arg(reterr, "no launch, no name or no word");
	r = check_unused(launch, reterr);
	return filter(r < 0 ? r : launch_set_word(&launch->is, name, word, reterr));
}

TSMMR_API int tsmmr_input_new(struct tsmmr_input **ret_input, struct tsmmr_error *reterr)
{
	struct tsmmr_input *input;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ret_input)
		return bad_arg(reterr, "nowhere to return to");
	input = calloc(1, sizeof(*input));
	if (!input)
		return fail_nomem(reterr);
	*ret_input = input;
	return 0;
}

TSMMR_API void tsmmr_input_free(struct tsmmr_input *input)
{
	if (!input)
		return;
	launch_free(input->launch);
	free(input->reg);
	free(input->name);
	free(input);
}

TSMMR_API int tsmmr_input_set_format(struct tsmmr_input *input, int format,
				     struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!input || !tsmmr_name(TSMMR_NAMES_FORMAT, format))
		return bad_arg(reterr, "no input or no such format");
	input->said.format = format;
	return 0;
}

TSMMR_API int tsmmr_input_set_platform(struct tsmmr_input *input, int platform,
				       struct tsmmr_error *reterr)
{
	const struct platform *unused;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!input)
		return bad_arg(reterr, "no input");
	r = open_platform(platform, &unused, reterr);
	if (r == 0)
		input->said.platform = platform;
	return r;
}

TSMMR_API int tsmmr_input_set_register(struct tsmmr_input *input, const char *reg,
				       struct tsmmr_error *reterr)
{
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!input)
		return bad_arg(reterr, "no input");
	r = set_text(&input->reg, reg, reterr);
	input->said.reg = input->reg;
	return r;
}

TSMMR_API int tsmmr_input_set_name(struct tsmmr_input *input, const char *name,
				   struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	return input ? set_text(&input->name, name, reterr) : bad_arg(reterr, "no input");
}

TSMMR_API int tsmmr_input_set_launch(struct tsmmr_input *input, const struct tsmmr_launch *launch,
				     struct tsmmr_error *reterr)
{
	struct tsmmr_launch *held;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!input)
		return bad_arg(reterr, "no input");
	held = launch ? launch_use(launch) : NULL;
	launch_free(input->launch);
	input->launch = held;
	input->said.launch = held;
	return 0;
}
