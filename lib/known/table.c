/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the forms in which people have known values.  A new one is a row here. */
#include "known/table.h"

extern const struct known_kind known_image, known_keylime, known_log, known_pcrlock, known_rules,
	known_sums, known_unverified_log;

static const struct known_kind *const kinds[] = {
	&known_image,   &known_sums, &known_rules,          &known_pcrlock,
	&known_keylime, &known_log,  &known_unverified_log,
};

const struct known_kind *known_kind(int id)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i]->id == id)
			return kinds[i];
	return NULL;
}

const char *known_kind_name(int id)
{
	const struct known_kind *kind = known_kind(id);

	return kind ? kind->name : NULL;
}
