/* SPDX-License-Identifier: BSD-2-Clause */
/* --image and --launch: what a launch was made of. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choices.h"
#include "options.h"
#include "scope.h"

/* What follows "NAME=" in the last value that begins so, or NULL. */
static const char *given(const struct words *words, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = words->n; i--;)
		if (!strncmp(words->all[i], name, n) && words->all[i][n] == '=')
			return words->all[i] + n + 1;
	return NULL;
}

const char *images_eif(const struct options *o)
{
	return given(&o->image, "eif");
}

const char *images_launched(const struct options *o)
{
	const char *eif = images_eif(o), *igvm = given(&o->image, "igvm");

	return eif ? eif : igvm ? igvm : given(&o->image, "firmware");
}

/* With logs given, firmware may be what one of them measures: a realm's. */
bool images_launch(const struct options *o)
{
	return images_eif(o) ||
	       (images_launched(o) && (!o->n_operands || o->platform == TSMMR_PLATFORM_TDX ||
				       o->platform == TSMMR_PLATFORM_SNP));
}

/* Is it one of these?  0, or the exit status of what was reported. */
static int check_word(struct options *o, const char *option, const char *word,
		      const char *const *names, size_t n)
{
	struct choices choices = { .word = word };

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(word, names[i]))
			return 0;
		choices_add(&choices, names[i]);
	}
	return choices_fail(o, option, &choices);
}

static bool is_of_no_launch(int role)
{
	return tsmmr_name_find(TSMMR_NAMES_LAUNCH, tsmmr_name(TSMMR_NAMES_IMAGE, role), NULL) < 0;
}

/* A role that no launch has is one of known values: tools/known.c takes those. */
static int check_role(struct options *o, const char *role, bool *ret_launch)
{
	struct choices choices = { .word = role };

	*ret_launch = !tsmmr_name_find(TSMMR_NAMES_LAUNCH, role, NULL);
	if (*ret_launch ||
	    (o->verb->bit == V_APPRAISE && !tsmmr_name_find(TSMMR_NAMES_IMAGE, role, NULL)))
		return 0;
	choices_add_names(&choices, TSMMR_NAMES_LAUNCH, NULL);
	if (o->verb->bit == V_APPRAISE)
		choices_add_names(&choices, TSMMR_NAMES_IMAGE, is_of_no_launch);
	return choices_fail(o, "image", &choices);
}

static int set_image(struct options *o, const char *value)
{
	const char *equals = strchr(value, '=');
	struct tsmmr_error err = NO_ERROR;
	bool of_launch;
	char role[16];
	int fd, r;

	if (!equals || !equals[1] || (size_t)(equals - value) >= sizeof(role))
		return fail_usage(o, "--image: not ROLE=FILE: '%s'", value);
	memcpy(role, value, (size_t)(equals - value));
	role[equals - value] = '\0';
	r = check_role(o, role, &of_launch);
	if (r || !of_launch)
		return r;
	fd = open(equals + 1, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail_errno(o, equals + 1, TSMMR_NONE, "cannot open");
	r = tsmmr_launch_set_image_fd(o->made_of, role, fd, &err);
	close(fd);
	if (r < 0)
		return err.code == TSMMR_E_ARG ?
			       fail_usage(o, "--image: %s: '%s'", err.message, value) :
			       fail_error(o, equals + 1, TSMMR_NONE, &err);
	return 0;
}

static int set_value(struct options *o, const char *value)
{
	static const char *const names[] = { "vcpus",  "cpu", "features", "rmm",
					     "passes", "fpu", "vars",     "vmm" };
	const char *equals = strchr(value, '=');
	struct tsmmr_error err = NO_ERROR;
	char name[16], *end = NULL;
	unsigned long long v;
	int r;

	if (!equals || !equals[1] || (size_t)(equals - value) >= sizeof(name))
		return fail_usage(o, "--launch: not NAME=VALUE: '%s'", value);
	memcpy(name, value, (size_t)(equals - value));
	name[equals - value] = '\0';
	r = check_word(o, "launch", name, names, ARRAY_SIZE(names));
	if (r)
		return r;
	if (!strchr("0123456789", equals[1])) {
		r = tsmmr_launch_set_word(o->made_of, name, equals + 1, &err);
	} else {
		errno = 0;
		v = strtoull(equals + 1, &end, 0);
		if (errno || *end)
			return fail_usage(o, "--launch: not NAME=VALUE: '%s'", value);
		r = tsmmr_launch_set_u64(o->made_of, name, v, &err);
	}
	return r < 0 ? fail_usage(o, "--launch: %s: '%s'", err.message, value) : 0;
}

int images_set(struct options *o)
{
	int worst = 0;

	if (o->made_of)
		return 0;
	if (tsmmr_launch_new(&o->made_of, NULL) < 0)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (size_t i = 0; i < o->image.n; i++)
		worst = exit_first(worst, set_image(o, o->image.all[i]));
	for (size_t i = 0; i < o->launch.n; i++)
		worst = exit_first(worst, set_value(o, o->launch.all[i]));
	return worst;
}
