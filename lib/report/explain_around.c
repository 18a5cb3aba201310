/* SPDX-License-Identifier: BSD-2-Clause */
/* What surrounds a register: who else extends it, and what a log tells as a whole. */
#include "report/explain_around.h"

#include "report/explain_track.h"

/* --- IMA --------------------------------------------------------------------------------- */

/* Is there a record of that content? */
static bool has_content(const struct around *a, uint32_t content)
{
	const struct tsmmr_event *e;
	struct pack_walk walk;

	pack_walk(a->pack, 0, a->n_logs, &walk);
	while ((e = pack_next(&walk)))
		if (e->content == content)
			return true;
	return false;
}

/* As a list, or in a canonical log. */
static bool has_ima(const struct around *a)
{
	const struct report_data *d = a->report->data;

	for (size_t i = 0; i < d->n_sources; i++)
		if (d->sources[i].format->id == TSMMR_FORMAT_IMA ||
		    d->sources[i].format->id == TSMMR_FORMAT_IMA_ASCII)
			return true;
	return has_content(a, TSMMR_CONTENT_IMA_TEMPLATE);
}

bool around_ima_extends(const struct around *a, const struct row *row)
{
	const struct tsmmr_reg *reg = &row->reg;
	const char *role = reg->desc->role ? reg->desc->role : "";

	/* With patches it measures into the register of the same role. */
	if (reg->platform->space == TSMMR_SPACE_PCR ? reg->desc->index != 10 :
						      strcmp(role, "os-runtime") != 0)
		return false;
	return !has_ima(a);
}

/*
 * Every list begins with boot_aggregate, but one whose first records were deleted: root may
 * do so in kernels that hand them over to user space.  (security/integrity/ima, ima_init.c)
 */
bool around_ima_trimmed(const struct pack *p, const struct item *first)
{
	static const char aggregate[] = "boot_aggregate";
	struct pack_room room;
	const struct tsmmr_event *e = pack_get(p, first->at, &room);

	return e->content == TSMMR_CONTENT_IMA_TEMPLATE &&
	       !(e->data.n && memmem(e->data.p, e->data.n, aggregate, sizeof(aggregate) - 1));
}

/* --- systemd ----------------------------------------------------------------------------- */

#define PCR(n) (UINT32_C(1) << (n))
#define PCRS_0_TO_7 0xffu

/*
 * Words that are the same on every machine, in the order of a boot.  (systemd 261, units,
 * and docs/TPM2_PCR_MEASUREMENTS)
 */
/* clang-format off */
static const struct {
	const char *word, *unit;
	uint32_t pcrs;
} words[] = {
	{ "nvpcr-separator",           "systemd-pcrnvdone",      PCR(9) },
	{ "os-separator",              "systemd-pcrosseparator",
	  PCRS_0_TO_7 | PCR(9) | PCR(12) | PCR(13) | PCR(14) },
	{ "nvpcr-separator",           "systemd-pcrnvdone",      PCR(9) },
	{ "enter-initrd",              "systemd-pcrphase",       PCR(11) },
	{ "storage-target-mode-start", "systemd-pcrphase",       PCR(11) },
	{ "storage-target-mode-stop",  "systemd-pcrphase",       PCR(11) },
	{ "leave-initrd",              "systemd-pcrphase",       PCR(11) },
	{ "sysinit",                   "systemd-pcrphase",       PCR(11) },
	{ "factory-reset",             "systemd-pcrphase",       PCR(11) },
	{ "ready",                     "systemd-pcrphase",       PCR(11) },
	{ "shutdown",                  "systemd-pcrphase",       PCR(11) },
	{ "final",                     "systemd-pcrphase",       PCR(11) },
};

/* What else it measures, of which a machine has its own. */
static const struct {
	uint32_t pcr;
	const char *what;
} measured[] = {
	{ 9, "nvpcr-init" },
	{ 11, "boot phases" },
	{ 12, "os-separator, and what an administrator chose" },
	{ 13, "os-separator, and what an administrator chose" },
	{ 15, "machine-id, file-system and the keys of volumes" },
};
/* clang-format on */

_Static_assert(ARRAY_SIZE(words) <= AROUND_WORDS_MAX, "a bit for each");

/* Which of the words it may measure into that register. */
static bool is_word_of(size_t i, const struct reg_desc *desc, int space)
{
	if (space == TSMMR_SPACE_PCR)
		return desc->index < 32 && words[i].pcrs >> desc->index & 1;
	/* PCR 8 to 15 are MR index 3 there.  (UEFI 2.10 §38.4.1) */
	return space == TSMMR_SPACE_CC_MR && desc->index == 3 && words[i].pcrs & PCR(11);
}

size_t around_words(const struct row *row, uint8_t ret[AROUND_WORDS_MAX])
{
	const struct reg_desc *desc = row->reg.desc;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_word_of(i, desc, row->reg.platform->space))
			ret[n++] = (uint8_t)i;
	return n;
}

struct span around_word(size_t i)
{
	return span_of(words[i].word, strlen(words[i].word));
}

/* Each unit is named once. */
void around_say_words(struct buf *b, uint32_t which)
{
	const char *unit = NULL;
	size_t n = 0;

	buf_char(b, '"');
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (which >> i & 1)
			buf_printf(b, "%s%s", n++ ? " " : "", words[i].word);
	buf_str(b, "\" (");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (which >> i & 1 && (!unit || strcmp(unit, words[i].unit) != 0)) {
			buf_printf(b, "%s%s", unit ? ", " : "", words[i].unit);
			unit = words[i].unit;
		}
	buf_str(b, n == 1 ? ") was measured" : ") were measured");
}

static bool is_systemds(const struct pack *p, const struct item *i, const char *text)
{
	struct pack_room room;
	const struct tsmmr_event *e = pack_get(p, i->at, &room);

	return e->content == TSMMR_CONTENT_SYSTEMD && span_eq(e->data, text, strlen(text));
}

const char *around_systemd_measures(const struct around *a, const struct row *row)
{
	if (row->reg.platform->space != TSMMR_SPACE_PCR)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(measured); i++)
		if (measured[i].pcr == row->reg.desc->index)
			return has_content(a, TSMMR_CONTENT_SYSTEMD) ? NULL : measured[i].what;
	return NULL;
}

/*
 * A boot that resumes a hibernated system gets as far as its initrd; then the memory, and
 * with it systemd's log, is that of the boot before.
 */
bool around_resumed_at(const struct pack *p, const struct item *reached, const struct item *next)
{
	return is_systemds(p, reached, "enter-initrd") && is_systemds(p, next, "leave-initrd");
}

/* A boot's id in what systemd says of a record besides. */
static struct span boot_of(const struct tsmmr_event *e)
{
	static const char key[] = "\"bootId\":\"";
	const uint8_t *p = e->content == TSMMR_CONTENT_SYSTEMD && e->aside.n ?
				   memmem(e->aside.p, e->aside.n, key, sizeof(key) - 1) :
				   NULL;
	struct span rest;
	const uint8_t *end;

	if (!p)
		return span_of(NULL, 0);
	p += sizeof(key) - 1;
	rest = span_of(p, e->aside.n - (size_t)(p - e->aside.p));
	end = rest.n ? memchr(rest.p, '"', rest.n) : NULL;
	return span_of(p, end ? (size_t)(end - p) : 0);
}

/* CEL 1.1 §4.4: hibernate is state 1 of a state_trans record. */
static bool is_hibernation(const struct tsmmr_event *e)
{
	const char *type = e->content == TSMMR_CONTENT_CEL ? e->class->type_name(e->type) : NULL;

	return type && !strcmp(type, "state_trans") && span_eq(e->data, "\1", 1);
}

bool around_hibernated(const struct around *a)
{
	for (size_t l = 0; l < a->n_logs; l++) {
		struct span boot = { 0 };
		const struct tsmmr_event *e;
		struct pack_walk walk;

		pack_walk(a->pack, l, 1, &walk);
		while ((e = pack_next(&walk))) {
			struct span other = boot_of(e);

			if (is_hibernation(e) ||
			    (boot.n && other.n && !span_eq(boot, other.p, other.n)))
				return true;
			boot = other.n ? other : boot;
		}
	}
	return false;
}

/* --- copies ------------------------------------------------------------------------------ */

#define REPEAT_STEPS_MAX 1000000 /* comparisons of two records */

static bool is_copy(const struct tsmmr_event *a, const struct tsmmr_event *b)
{
	return a->index == b->index && a->type == b->type && a->n_digests && b->n_digests &&
	       a->digests[0].alg == b->digests[0].alg &&
	       span_eq(a->digests[0].value, b->digests[0].value.p, b->digests[0].value.n);
}

static bool are_copies(const struct pack *p, const uint8_t *a, const uint8_t *b)
{
	struct pack_room rooms[2];

	return is_copy(pack_get(p, a, &rooms[0]), pack_get(p, b, &rooms[1]));
}

/* How many of the last of n records are those that end with number end - 1. */
static size_t common(const struct pack *p, const uint8_t *const *all, size_t n, size_t end,
		     size_t *steps)
{
	size_t k = 0;

	while (k < end && k < n - end && are_copies(p, all[end - 1 - k], all[n - 1 - k]))
		k++;
	*steps += k + 1;
	return k;
}

static uint32_t index_of(const struct pack *p, const uint8_t *at)
{
	struct pack_room room;

	return pack_get(p, at, &room)->index;
}

/* Of one log of firmware's; its measured records are in all. */
static void find_repeat(const struct pack *p, const uint8_t *const *all, size_t n,
			struct repeat *ret)
{
	size_t steps = 0, best = 0, at = 0;
	bool several = false;

	for (size_t end = n; end-- > 1 && steps < REPEAT_STEPS_MAX;) {
		size_t k = common(p, all, n, end, &steps);

		if (k > best) {
			best = k;
			at = end - k;
		}
	}
	for (size_t i = n - best; best && i < n; i++)
		several |= index_of(p, all[i]) != index_of(p, all[n - 1]);
	if (!several)
		return;
	ret->first = pack_record(p, all[n - best]);
	ret->log = pack_source(p, all[n - best]);
	ret->n = best;
	ret->of = pack_record(p, all[at]);
}

static bool is_firmwares(const struct tsmmr_event *e)
{
	return e->measured && e->mark != MARK_LINE && e->content == TSMMR_CONTENT_PCCLIENT_STD;
}

int around_find_repeat(struct around *a)
{
	for (size_t l = 0; l < a->n_logs && !a->repeat.n; l++) {
		_cleanup_(free) const uint8_t **all = NULL;
		const struct tsmmr_event *e;
		struct pack_walk walk;
		size_t n = 0;

		pack_walk(a->pack, l, 1, &walk);
		while ((e = pack_next(&walk)))
			n += is_firmwares(e);
		all = n ? calloc(n, sizeof(*all)) : NULL;
		if (n && !all)
			return TSMMR_E_NOMEM;
		n = 0;
		pack_walk(a->pack, l, 1, &walk);
		while ((e = pack_next(&walk)))
			if (is_firmwares(e))
				all[n++] = walk.at;
		find_repeat(a->pack, all, n, &a->repeat);
	}
	return 0;
}

void around_say_repeat(struct buf *b, const struct repeat *r)
{
	buf_printf(b,
		   "the %zu records from %llu on repeat those from %llu on, in several registers:"
		   " the final events table was joined although the log had its records",
		   r->n, (unsigned long long)r->first, (unsigned long long)r->of);
}

bool around_is_repeat(const struct repeat *r, const struct pack *p, const struct item *i)
{
	struct pack_room room;

	return r->n && pack_source(p, i->at) == r->log && pack_record(p, i->at) >= r->first &&
	       pack_get(p, i->at, &room)->content == TSMMR_CONTENT_PCCLIENT_STD;
}
