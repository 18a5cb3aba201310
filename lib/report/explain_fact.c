/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of what was found without an edit. */
#include "report/explain_around.h"

static void say_tail(struct buf *b, const struct pack *p, const struct fact *f,
		     unsigned long long first, unsigned long long last)
{
	if (f->reached)
		buf_printf(b,
			   "the register had the expected value after record %llu; %zu record%s"
			   " after it came later, or never",
			   (unsigned long long)pack_record(p, f->reached->at), f->n,
			   f->n == 1 ? "" : "s");
	else if (f->n == 2)
		buf_printf(b,
			   "record %llu, which repeats record %llu, came later than the register's"
			   " value",
			   last, first);
	else
		buf_printf(
			b,
			"of %zu equal records of this register, %llu to %llu, the last came later"
			" than its value",
			f->n, first, last);
}

static void say_fact(struct buf *b, const struct pack *p, const struct fact *f)
{
	unsigned long long first = f->first ? pack_record(p, f->first->at) : f->record;
	unsigned long long last = f->last ? pack_record(p, f->last->at) : f->record;

	switch (f->id) {
	case X_NOT_EXTENDED:
		buf_str(b, "the register still has the value it starts with: none of these records"
			   " was measured into it, or not yet");
		break;
	case X_EXTRA_TAIL:
		say_tail(b, p, f, first, last);
		break;
	case X_NO_LOG:
		buf_printf(b, "it was %s, and no log given has a record of it",
			   f->row->reg.desc->kind == TSMMR_KIND_RUNTIME ? "extended" :
									  "set at launch");
		break;
	case X_MISSING_HEAD:
		buf_printf(b,
			   f->would_match ?
				   "record %llu asserts the value from which on the log leads to"
				   " the register; nothing given explains that value" :
				   "record %llu asserts a value that nothing given explains",
			   first);
		break;
	case X_DIGEST_MISSING:
		buf_printf(b, "record %llu has no digest in this bank", first);
		break;
	case X_TORN_RECORD:
		buf_printf(
			b,
			f->would_match ?
				"record %llu was not written to its end; without it the log fits" :
				"record %llu was not written to its end, and may be what is "
				"missing",
			first);
		break;
	case X_DATA_CHANGED:
		buf_printf(b,
			   "the digest of record %llu is what was extended, but the data beside it"
			   " does not give that digest",
			   first);
		break;
	case X_OFF_LOG_EXTEND:
		buf_printf(b,
			   "the comment at record %llu is true: its digest was extended without a"
			   " record",
			   first);
		break;
	case X_DIGEST_CHANGED:
		buf_printf(b,
			   "the data of record %llu is what was extended, but does not give the"
			   " digest beside it",
			   first);
		break;
	case X_SYNC_WRONG:
		buf_printf(b,
			   "the SYNC line at record %llu asserts a value the register did not"
			   " have; as a plain record it fits",
			   first);
		break;
	case X_DOUBLED_RECORD:
		if (f->n == 2)
			buf_printf(b,
				   "record %llu repeats record %llu, and one of them was never"
				   " measured",
				   last, first);
		else
			buf_printf(b,
				   "%zu records of this register, %llu to %llu, are the same, and"
				   " one of them was never measured",
				   f->n, first, last);
		break;
	case X_FINAL_EVENTS_TWICE:
		around_say_repeat(b, f->repeat);
		break;
	case X_RESUMED:
		buf_printf(
			b,
			"the register stands after record %llu, where a boot resumes a system"
			" from hibernation: from record %llu on the log may be of the boot before",
			first, last);
		break;
	case X_IMA_TRIMMED:
		buf_printf(b,
			   "IMA's list was trimmed: record %llu is not boot_aggregate, with which"
			   " every list begins, so what the register was before it is not known",
			   first);
		break;
	case X_HIBERNATED:
		buf_str(b,
			"a log tells of a hibernation, or of more than one boot: the registers may"
			" be of another boot than some of its records");
		break;
	case X_SYSTEMD_EXTENDS_TOO:
		buf_printf(b, "systemd may have extended %s%s (%s): its log was not given",
			   f->row->name, f->row->events ? " after these records" : "", f->what);
		break;
	case X_WRONG_REGISTER:
	case X_WRONG_INDEX_SPACE:
	case X_WRONG_BANK:
		buf_printf(b, "the expected value is what the log gives for %s:%s", f->row->name,
			   hash_by_id(f->row->reg.alg)->name);
		break;
	case X_RECORD_ELSEWHERE:
		buf_printf(b,
			   "record %llu was measured into %s, which matches with it; without it"
			   " this register does not match yet",
			   first, f->row->name);
		break;
	case X_TORN_LAST_LINE:
		buf_str(b, "the last line has no newline: it may be the beginning of what was"
			   " measured");
		break;
	case X_IMA_EXTENDS_TOO:
		buf_printf(b,
			   "the kernel's IMA may have extended %s after these records: its list"
			   " was not given",
			   f->row->name);
		break;
	default:
		buf_str(b, "nothing that was tried explains it");
	}
}

int answer_fact(struct answer *a, const struct fact *f)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	say_fact(&b, a->pack, f);
	return answer_add(a, answer_about(a, f->id, f->first, f->last, f->would_match), &b);
}

#define VALUE_SHOWN 6 /* bytes of a value, and up to the first that differs */

static void say_differing(struct buf *b, const uint8_t *value, size_t at, size_t size)
{
	size_t n = at < VALUE_SHOWN ? VALUE_SHOWN : at + 1;

	buf_hex(b, value, n < size ? n : size);
	buf_str(b, n < size ? "…" : "");
}

static bool is_reversed(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[n - 1 - i])
			return false;
	return true;
}

/* Words for what two values have in common that people mix up. */
static const char *way_to_differ(const struct row *row, const uint8_t *nearest)
{
	static const uint8_t zeros[TSMMR_HASH_SIZE_MAX];
	const struct tsmmr_reg *reg = &row->reg;

	if (is_reversed(reg->value, nearest, reg->size))
		return "; it is the same value with its bytes in reverse order";
	if (!memcmp(reg->value, zeros, reg->size))
		return reg->platform->space == TSMMR_SPACE_NITRO_PCR ?
			       "; zeros are what an enclave in debug mode has" :
			       "; zeros were never measured into";
	if (!memcmp(nearest, zeros, reg->size))
		return "; a reference of zeros is of nothing that was measured";
	return "";
}

static void say_both(struct buf *b, const struct row *row, const uint8_t *nearest, size_t n)
{
	const struct tsmmr_reg *reg = &row->reg;
	size_t at = 0;

	while (at + 1 < reg->size && reg->value[at] == nearest[at])
		at++;
	buf_str(b, "the evidence has ");
	say_differing(b, reg->value, at, reg->size);
	buf_str(b, n > 1 ? ", and the nearest of the references " : ", and the reference ");
	say_differing(b, nearest, at, reg->size);
	buf_printf(b, ": byte %zu of %u is the first that differs%s", at, reg->size,
		   way_to_differ(row, nearest));
	if (reg->desc->kind == TSMMR_KIND_LAUNCH && !row->replayed)
		buf_str(b, "; a launch is replayed from what was launched, given with --image");
}

int answer_differs(struct answer *a, const struct row *row, struct span nearest, size_t n)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (nearest.p)
		say_both(&b, row, nearest.p, n);
	else
		buf_str(&b, "the evidence has another value than the reference");
	return answer_add(a, answer_about(a, X_VALUES_DIFFER, NULL, NULL, false), &b);
}
