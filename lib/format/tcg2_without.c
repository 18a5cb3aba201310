/* SPDX-License-Identifier: BSD-2-Clause */
/* Records whose data was left out. */
#include "core/separator.h"
#include "format/tcg2.h"

static const size_t no_rules;

static int describe_nothing(const struct tsmmr_event *e, struct describe *d)
{
	(void)e;
	buf_str(d->text, "without its data");
	return d->text->failed ? TSMMR_E_NOMEM : 0;
}

static const struct event_class without_class = {
	.type_name = tcg_type_name,
	.n_rules = &no_rules,
	.describe = describe_nothing,
	.n_lost = TCG_N_LOST,
	.lost = tcg_lost,
};

/* Is the first digest that of 00000000? */
static bool is_separator(const struct tsmmr_event *e)
{
	return e->type == EV_SEPARATOR && e->n_digests &&
	       separator_of(e->digests) == SEPARATOR_ZEROS;
}

void tcg_without_data(struct tsmmr_event *e)
{
	static const uint8_t zeros[4];

	if (e->data.n || !e->measured)
		return;
	if (is_separator(e)) {
		e->data = span_of(zeros, sizeof(zeros));
		return;
	}
	e->class = &without_class;
	/* Where an event's type alone says what it does, it still does. */
	if (e->mark == MARK_SEPARATOR)
		e->mark = MARK_NONE;
}
