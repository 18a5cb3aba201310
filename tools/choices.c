/* SPDX-License-Identifier: BSD-2-Clause */
/* What a word could have been: the nearest name, and a list of all there are. */
#include "choices.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "role.h"
#include "scope.h"

#define NAME_MAX_BYTES 160
/* No set of the library's has a larger number. */
#define NUMBER_MAX 0x200

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters are to be changed, added or left out, whatever their case. */
static size_t distance_of(const char *a, const char *b)
{
	size_t row[NAME_MAX_BYTES], n = strlen(b);

	if (n >= NAME_MAX_BYTES)
		return SIZE_MAX;
	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 0; a[i]; i++) {
		size_t corner = row[0]++;

		for (size_t k = 0; k < n; k++) {
			size_t change = corner + (tolower((unsigned char)a[i]) !=
						  tolower((unsigned char)b[k]));

			corner = row[k + 1];
			row[k + 1] = least(change, least(corner, row[k]) + 1);
		}
	}
	return row[n];
}

/* "7" is more likely to be pcr7 than any other name, however few letters that has. */
static bool is_end(const char *word, const char *name)
{
	size_t n = strlen(word), n_name = strlen(name);

	return n && n < n_name && !strcmp(name + n_name - n, word) &&
	       !isdigit((unsigned char)name[n_name - n - 1]);
}

void choices_add(struct choices *c, const char *name)
{
	size_t distance;
	int n;

	if (c->each) {
		c->each(name);
		return;
	}
	distance = is_end(c->word, name) ? 1 : distance_of(c->word, name);
	if (!c->nearest || distance < c->distance) {
		c->nearest = name;
		c->distance = distance;
	}
	n = snprintf(c->list + c->len, sizeof(c->list) - c->len, "%s%s", c->len ? " " : "", name);
	if (n > 0 && (size_t)n < sizeof(c->list) - c->len)
		c->len += (size_t)n;
	else
		c->list[c->len] = '\0';
}

void choices_add_names(struct choices *c, int names, bool (*allowed)(int value))
{
	for (int value = 0; value < NUMBER_MAX; value++) {
		const char *name = tsmmr_name(names, value);

		if (name && (!allowed || allowed(value)))
			choices_add(c, name);
	}
}

void choices_add_registers(struct choices *c)
{
	/* clang-format off */
	static const char *const names[] = {
		"pcr0", "pcr1", "pcr2", "pcr3", "pcr4", "pcr5", "pcr6", "pcr7", "pcr8", "pcr9",
		"pcr10", "pcr11", "pcr12", "pcr13", "pcr14", "pcr15", "pcr16", "pcr17", "pcr18",
		"pcr19", "pcr20", "pcr21", "pcr22", "pcr23",
		"rtmr0", "rtmr1", "rtmr2", "rtmr3", "mrtd", "mrconfigid", "mrowner", "mrownerconfig",
		"mrseam", "servtd_hash", "measurement", "host_data", "report_data",
		"id_key_digest", "author_key_digest", "rim", "rem0", "rem1", "rem2", "rem3",
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		choices_add(c, names[i]);
	for (size_t i = 0; role_names[i]; i++)
		choices_add(c, role_names[i]);
}

const char *choices_likely(const struct choices *c)
{
	return c->nearest && c->distance <= strlen(c->word) / 3 ? c->nearest : NULL;
}

int choices_fail(struct options *o, const char *option, const struct choices *c)
{
	return fail_usage(o, "--%s: '%s' is none of: %s", option, c->word, c->list);
}
