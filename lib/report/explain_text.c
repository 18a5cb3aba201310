/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of a hypothesis, and of a register. */
#include "report/explain.h"

#include <stdarg.h>
#include <stdio.h>

#include "report/edit.h"
#include "report/explain_around.h"
#include "report/explain_track.h"
#include "util/text.h"

#define LISTED_MAX 8 /* numbers of records in one sentence */
#define RUNS_MAX 4   /* differences from a reference, each a row */

int answer_add(struct answer *a, struct tsmmr_hypothesis new, struct buf *text)
{
	uint8_t *p;
	size_t n;

	buf_char(text, '\0');
	p = buf_take(text, &n);
	if (!p)
		return TSMMR_E_NOMEM;
	if (a->n == EXPLAIN_ROWS_MAX) {
		free(p);
		return 0;
	}
	new.text = (char *)p;
	a->all[a->n++] = new;
	return 0;
}

struct tsmmr_hypothesis answer_about(const struct answer *a, enum explain_id id,
				     const struct item *first, const struct item *last,
				     bool would_match)
{
	struct pack_room room;
	struct tsmmr_hypothesis h = { id,         TSMMR_NONE,  TSMMR_NONE, TSMMR_NONE,
				      TSMMR_NONE, would_match, NULL };

	if (!first)
		return h;
	h.log = pack_source(a->pack, first->at);
	if (pack_source(a->pack, last->at) != h.log)
		last = first;
	h.first = pack_record(a->pack, first->at);
	h.last = pack_record(a->pack, last->at);
	h.offset = pack_get(a->pack, first->at, &room)->offset;
	return h;
}

/* The same, in words given by printf(3). */
static int answer_say(struct answer *a, enum explain_id id, const struct item *first,
		      const struct item *last, bool would_match, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
static int answer_say(struct answer *a, enum explain_id id, const struct item *first,
		      const struct item *last, bool would_match, const char *format, ...)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_str(&b, text);
	return answer_add(a, answer_about(a, id, first, last, would_match), &b);
}

static void say_number(struct buf *b, const struct pack *p, const struct item *i)
{
	buf_printf(b, "record %llu", (unsigned long long)pack_record(p, i->at));
}

static void say_event(struct buf *b, const struct tsmmr_event *e)
{
	const char *type = e->class && e->class->type_name ? e->class->type_name(e->type) : NULL;

	buf_printf(b, "record %llu", (unsigned long long)e->record);
	if (type)
		buf_printf(b, " (%s)", type);
}

static void say_record(struct buf *b, const struct pack *p, const struct item *i)
{
	struct pack_room room;

	say_event(b, pack_get(p, i->at, &room));
}

/* "between record 15 (…) and record 17 (…)": before item first or one up to last. */
static void say_place(struct buf *b, const struct problem *p, size_t first, size_t last)
{
	const struct item *before = first ? &p->items[first - 1] : NULL;
	const struct item *after = last < p->n ? &p->items[last] : NULL;

	buf_str(b, !before && !after ? "in a register without records" :
		   !after            ? "after " :
		   !before           ? "before " :
				       "between ");
	if (before)
		say_record(b, p->pack, before);
	if (before && after)
		buf_str(b, " and ");
	if (after)
		say_record(b, p->pack, after);
}

/* The meaning in the table as the rest of a sentence. */
static void say_meaning(struct buf *b, enum explain_id id)
{
	const char *s = explain_descs[id].meaning;
	size_t n = strlen(s);
	bool word = s[1] == ' ' || (s[1] >= 'a' && s[1] <= 'z');

	/* "SYNC" keeps its capitals. */
	buf_char(b, word && s[0] >= 'A' && s[0] <= 'Z' ? (char)(s[0] - 'A' + 'a') : s[0]);
	if (n > 1)
		buf_add(b, s + 1, n - 1 - (s[n - 1] == '.'));
}

static const char *start_word(uint8_t last)
{
	return last == 3 ? "of locality 3" :
	       last == 4 ? "of locality 4, or after an H-CRTM" :
	       last      ? "of all ones" :
			   "of all zeros";
}

static void say_drop(struct buf *b, const struct problem *p, const struct found *f)
{
	if (f->id == X_SYNC_WRONG) {
		buf_str(b, "the SYNC line at ");
		say_number(b, p->pack, &p->items[f->at]);
		buf_str(b, " asserts a value the register did not have, and was never measured");
	} else if (f->to == f->at + 1) {
		say_record(b, p->pack, &p->items[f->to]);
		buf_str(b, " repeats ");
		say_record(b, p->pack, &p->items[f->at]);
		buf_str(b, ", and one of them was never measured");
	} else if (f->at != f->to) {
		buf_printf(b, "%zu records of this register, from ", f->to - f->at + 1);
		say_record(b, p->pack, &p->items[f->at]);
		buf_str(b, " to ");
		say_record(b, p->pack, &p->items[f->to]);
		buf_str(b, " are the same, and one of them was never measured");
	} else {
		say_record(b, p->pack, &p->items[f->at]);
		buf_str(b, " was never measured: without it the log fits");
	}
}

static void say_replace(struct buf *b, const struct problem *p, const struct found *f)
{
	const struct item *i = &p->items[f->at];

	if (f->id == X_DIGEST_CHANGED) {
		buf_str(b, "the digest of ");
		say_record(b, p->pack, i);
		buf_str(b, " was changed: with the one that its data gives the log fits");
		return;
	}
	say_record(b, p->pack, i);
	buf_str(b, ": ");
	say_meaning(b, f->id);
}

static void say_insert(struct buf *b, const struct problem *p, const struct found *f)
{
	if (f->words) {
		if (f->at)
			buf_str(b, "after ");
		if (f->at)
			say_number(b, p->pack, &p->items[f->at - 1]);
		buf_str(b, f->at ? " " : "");
		around_say_words(b, f->words);
		return;
	}
	if (f->id == X_UNLOGGED_REPEAT) {
		say_record(b, p->pack, &p->items[f->at]);
		buf_str(b,
			f->to - f->at > 1 ?
				" and those like it after it were measured once more than logged" :
				" was measured twice and logged once");
		return;
	}
	if (f->other) {
		struct pack_room room;
		const struct tsmmr_event *other = pack_get(p->pack, f->other, &room);
		const struct reg_desc *desc = event_reg(other);

		say_event(b, other);
		buf_printf(b, ", logged for %s, was measured into this register, ",
			   desc ? desc->name : "another register");
	} else {
		say_meaning(b, f->id);
		buf_str(b, "; it belongs ");
	}
	say_place(b, p, f->at, f->to);
}

/* What it is about: items from *first to *last. */
static void say_found(struct buf *b, const struct problem *p, const struct found *f, size_t *first,
		      size_t *last)
{
	*first = *last = f->at;
	switch (f->shape) {
	case SHAPE_DROP:
		*last = f->to;
		say_drop(b, p, f);
		break;
	case SHAPE_REPLACE:
		say_replace(b, p, f);
		break;
	case SHAPE_SWAP:
		*last = f->at + 1;
		say_record(b, p->pack, &p->items[f->at]);
		buf_str(b, " and ");
		say_record(b, p->pack, &p->items[f->at + 1]);
		buf_str(b, " were measured in the other order");
		break;
	case SHAPE_INSERT:
		*first = f->at ? f->at - 1 : 0;
		*last = f->to < p->n ? f->to : p->n ? p->n - 1 : 0;
		say_insert(b, p, f);
		break;
	case SHAPE_MOVE:
		say_record(b, p->pack, &p->items[f->at]);
		buf_str(b, " was measured ");
		say_place(b, p, f->to, f->to);
		break;
	default:
		if (f->id == X_FINAL_EVENTS_TWICE) {
			*last = f->to;
			around_say_repeat(b, p->repeat);
			break;
		}
		*first = 0;
		*last = p->n ? p->n - 1 : 0;
		if (f->id == X_START_VALUE)
			buf_printf(b, "with the start value %s the log fits", start_word(f->start));
		else
			say_meaning(b, f->id);
	}
}

int answer_found(struct answer *a, const struct problem *p, const struct found *f)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t first, last;

	say_found(&b, p, f, &first, &last);
	if (f->other)
		a->taken = f->other;
	return answer_add(a,
			  answer_about(a, f->id, p->n ? &p->items[first] : NULL,
				       p->n ? &p->items[last] : NULL, true),
			  &b);
}

/* --- what is undecidable ----------------------------------------------------------------- */

static bool is_bound(const struct problem *p, const struct item *i)
{
	const struct bind_rule *rule;
	struct pack_room room;
	const struct tsmmr_event *e = pack_get(p->pack, i->at, &room);

	if (!e->measured)
		return false;
	/* Computed from the data, it is what that gives. */
	return !event_digest(e, p->h->alg->id) || event_bind(e, p->h, &rule) == TSMMR_BINDING_BOUND;
}

/* A digest that was changed alone, and not its data, is that of one of these. */
static void say_unbound(struct buf *b, const struct problem *p, size_t first, size_t end)
{
	size_t n = 0;

	for (size_t i = first; i < end; i++)
		n += !is_bound(p, &p->items[i]);
	if (n == end - first)
		return;
	if (!n) {
		buf_str(b, "; the data of each gives its digest, so text and digest were changed"
			   " together, or something is missing");
		return;
	}
	buf_str(b, "; a digest that was changed alone is ");
	if (n > LISTED_MAX) {
		buf_printf(b, "one of the %zu that no data gives", n);
		return;
	}
	buf_str(b, n == 1 ? "that of record " : "one of those that no data gives, records ");
	for (size_t i = first, said = 0; i < end; i++)
		if (!is_bound(p, &p->items[i])) {
			buf_printf(b, "%s%llu",
				   !said         ? "" :
				   said + 1 == n ? " and " :
						   ", ",
				   (unsigned long long)pack_record(p->pack, p->items[i].at));
			said++;
		}
}

static void say_effort(struct buf *b, const struct problem *p)
{
	static const char *const what[EFFORT_COUNT] = {
		[EFFORT_CHANGED] = "for a digest changed in a known way",
		[EFFORT_TOO_MANY] = "for one too many",
		[EFFORT_EXCHANGED] = "for two exchanged",
		[EFFORT_MISSING] = "for a known one missing",
	};
	size_t n = 0;

	buf_str(b, "; no single change, addition or exchange of records fits");
	for (size_t i = 0; i < EFFORT_COUNT; i++) {
		size_t at = p->untried[i];

		if (!at)
			continue;
		buf_printf(b, "%s%s ", n++ ? ", " : ", of those tried (", what[i]);
		if (at < p->n) {
			buf_str(b, "from ");
			say_number(b, p->pack, &p->items[at]);
			buf_str(b, " on");
		} else {
			buf_str(b, "hardly any");
		}
	}
	if (n)
		buf_str(b, "; more would take too long)");
}

static bool same_source(const struct problem *p, size_t i, size_t k)
{
	return pack_source(p->pack, p->items[i].at) == pack_source(p->pack, p->items[k].at);
}

/* The records of one log; several when the stretch passes from one log into the next. */
int answer_undecidable(struct answer *a, const struct problem *p, const struct item *next)
{
	size_t end;
	int r = 0;

	if (!p->n && next)
		return answer_say(a, X_UNDECIDABLE, next, next, false,
				  "something was extended just before record %llu without being in"
				  " the log",
				  (unsigned long long)pack_record(p->pack, next->at));
	for (size_t first = 0; r == 0 && first < p->n; first = end) {
		_cleanup_(buf_done) struct buf b = { 0 };

		for (end = first; end < p->n && same_source(p, first, end);)
			end++;
		if (end - first > 1)
			buf_printf(&b, "one of %zu records, from ", end - first);
		say_record(&b, p->pack, &p->items[first]);
		if (end - first > 1) {
			buf_str(&b, " to ");
			say_record(&b, p->pack, &p->items[end - 1]);
		}
		buf_str(&b, ", was changed, or something was extended around them without being"
			    " in the log");
		if (p->to_end && end == p->n) {
			buf_str(&b, ", or the log is older than the register and ends too early,"
				    " with ");
			say_number(&b, p->pack, &p->items[end - 1]);
		}
		buf_str(&b, ": one value cannot say which");
		if (next && end == p->n) {
			buf_str(&b, "; from ");
			say_number(&b, p->pack, next);
			buf_str(&b, " on the log agrees with itself again");
		}
		say_unbound(&b, p, first, end);
		say_effort(&b, p);
		r = answer_add(a,
			       answer_about(a, X_UNDECIDABLE, &p->items[first], &p->items[end - 1],
					    false),
			       &b);
	}
	return r;
}

/* --- a reference ------------------------------------------------------------------------- */

static void say_run(struct buf *b, const struct track *t, size_t at, size_t n)
{
	if (n == 1) {
		say_record(b, t->pack, &t->all[at]);
		return;
	}
	buf_printf(b, "records %llu to %llu",
		   (unsigned long long)pack_record(t->pack, t->all[at].at),
		   (unsigned long long)pack_record(t->pack, t->all[at + n - 1].at));
}

/* One difference: only here, only there, or something else at the same place. */
static int add_difference(struct answer *a, const struct track *here, const struct track *there,
			  const struct edit *only_a, const struct edit *only_b, bool leads)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t at = only_a ? only_a->a : only_b->a, last;

	if (only_a && only_b) {
		say_run(&b, here, only_a->a, only_a->n);
		buf_str(&b, only_a->n == 1 ? " is " : " are ");
		say_run(&b, there, only_b->b, only_b->n);
		buf_str(&b, " in the reference, with another digest");
	} else if (only_a) {
		say_run(&b, here, only_a->a, only_a->n);
		buf_str(&b, only_a->n == 1 ? " is" : " are");
		buf_str(&b, " not in the reference");
	} else {
		buf_str(&b, "in the reference, ");
		buf_str(&b, !at ? "first of all: " : "");
		if (at) {
			buf_str(&b, "after what is ");
			say_record(&b, here->pack, &here->all[at - 1]);
			buf_str(&b, " here: ");
		}
		say_run(&b, there, only_b->b, only_b->n);
	}
	if (!here->n)
		return answer_add(a, answer_about(a, X_REFERENCE_DIFFERS, NULL, NULL, leads), &b);
	last = only_a ? at + only_a->n - 1 : at < here->n ? at : here->n - 1;
	if (!only_a && at)
		at--;
	return answer_add(
		a, answer_about(a, X_REFERENCE_DIFFERS, &here->all[at], &here->all[last], leads),
		&b);
}

int answer_reference(struct answer *a, const struct track *here, const struct track *there,
		     const struct edit_script *script, bool leads)
{
	size_t n = 0;
	int r = 0;

	if (!there->n)
		return answer_say(a, X_REFERENCE_DIFFERS, NULL, NULL, false,
				  "the reference has no record of this register");
	for (size_t i = 0; r == 0 && i < script->n; i++) {
		const struct edit *e = &script->all[i], *next = e + 1;
		bool pair = i + 1 < script->n && e->kind != EDIT_KEEP && next->kind != EDIT_KEEP;
		const struct edit *only_a = e->kind == EDIT_ONLY_A ? e : pair ? next : NULL;
		const struct edit *only_b = e->kind == EDIT_ONLY_B ? e : pair ? next : NULL;

		if (e->kind == EDIT_KEEP)
			continue;
		i += pair;
		if (n++ < RUNS_MAX)
			r = add_difference(a, here, there, only_a, only_b, leads);
	}
	if (n > RUNS_MAX && r == 0)
		r = answer_say(a, X_REFERENCE_DIFFERS, NULL, NULL, leads,
			       "there are %zu more differences from the reference", n - RUNS_MAX);
	if (r < 0 || n)
		return r;
	return answer_say(a, X_REFERENCE_SAME, NULL, NULL, false,
			  "the reference has the same records: whatever is wrong, it is the same in"
			  " both");
}

int answer_lacks_all(struct answer *a, const struct item near[2], size_t n, bool leads)
{
	return answer_say(a, X_REFERENCE_DIFFERS, &near[0], &near[1], leads,
			  "the reference has %zu record%s of this register, beginning near record"
			  " %llu here",
			  n, n == 1 ? "" : "s",
			  (unsigned long long)pack_record(a->pack, near[0].at));
}

/* --- the paragraph ----------------------------------------------------------------------- */

static bool is_after(const struct tsmmr_hypothesis *a, const struct tsmmr_hypothesis *b)
{
	if (a->would_match != b->would_match)
		return b->would_match;
	return a->id > b->id;
}

static void sort(struct answer *a)
{
	for (size_t i = 1; i < a->n; i++)
		for (size_t k = i; k > 0 && is_after(&a->all[k - 1], &a->all[k]); k--) {
			struct tsmmr_hypothesis h = a->all[k];

			a->all[k] = a->all[k - 1];
			a->all[k - 1] = h;
		}
}

/* What explains the whole register leaves nothing open. */
static bool is_whole(const struct tsmmr_hypothesis *h)
{
	return h->would_match && (h->id == X_REFERENCE_DIFFERS || h->id == X_WRONG_REGISTER ||
				  h->id == X_WRONG_INDEX_SPACE || h->id == X_WRONG_BANK);
}

static void drop_open(struct answer *a)
{
	bool whole = false;
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		whole |= is_whole(&a->all[i]);
	for (size_t i = 0; i < a->n; i++) {
		if (whole && !a->all[i].would_match && a->all[i].id >= X_UNDECIDABLE)
			free(a->all[i].text);
		else
			a->all[n++] = a->all[i];
	}
	a->n = n;
}

static void say_value(struct buf *b, const uint8_t *value)
{
	buf_hex(b, value, 6);
	buf_str(b, "…");
}

static void say_state(struct buf *b, const struct tsmmr_report *report, const struct row *row)
{
	const struct tsmmr_regs *regs = report->data->regs;
	const struct hash_alg *alg = hash_by_id(row->reg.alg);

	text_utf8(b, span_of(row->name, strlen(row->name)));
	buf_printf(b, "%s%s should be ", alg ? ":" : "", alg ? alg->name : "");
	say_value(b, row->reg.value);
	if (regs && regs->n_evidence == 1)
		buf_printf(b, " (%s)", regs->evidence[0].kind);
	if (!row->replayed) {
		buf_str(b, ", and no log mentions it.");
		return;
	}
	buf_printf(b, ", and its %llu record%s, replayed from %s, give%s ",
		   (unsigned long long)row->events, row->events == 1 ? "" : "s", row->anchor,
		   row->events == 1 ? "s" : "");
	if (row->status == TSMMR_STATUS_INCOMPLETE && row->n_gaps)
		buf_str(b, "that only across a gap.");
	else {
		say_value(b, row->value);
		buf_char(b, '.');
	}
}

/* The first record of this answer's log from which on nothing is sure. */
static const struct tsmmr_hypothesis *first_place(const struct answer *a)
{
	const struct tsmmr_hypothesis *first = NULL;

	for (size_t i = 0; i < a->n; i++) {
		const struct tsmmr_hypothesis *h = &a->all[i];

		if (h->would_match != a->all[0].would_match || h->log == TSMMR_NONE)
			continue;
		if (!first || h->log < first->log ||
		    (h->log == first->log && h->first < first->first))
			first = h;
	}
	return first;
}

static void say_where(struct buf *b, const struct answer *a)
{
	const struct tsmmr_hypothesis *h = first_place(a);

	if (!h)
		return;
	buf_printf(b, " %s record %llu (offset %llu",
		   a->all[0].would_match ? "The first place to look at is" : "Nothing is sure from",
		   (unsigned long long)h->first, (unsigned long long)h->offset);
	if (h->log)
		buf_printf(b, " of log %llu", (unsigned long long)h->log);
	buf_str(b, a->all[0].would_match ? ")." : ") on.");
}

/* What was tested and fits, else what can be said; then the rest. */
static void say_hypotheses(struct buf *b, const struct answer *a)
{
	for (size_t i = 0; i < a->n; i++) {
		bool first = !i || a->all[i - 1].would_match != a->all[i].would_match;

		if (first)
			buf_str(b, a->all[i].would_match ? " What makes it match: " :
				   i                     ? " Besides: " :
							   " What can be said: ");
		else
			buf_str(b, "; ");
		buf_str(b, a->all[i].text);
		if (i + 1 == a->n || a->all[i + 1].would_match != a->all[i].would_match)
			buf_char(b, '.');
	}
}

static void say_next(struct buf *b, const struct answer *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		const char *next = explain_descs[a->all[i].id].next;
		/* With an answer that fits, the others are not worth a walk. */
		bool said = !next || (a->all[0].would_match && !a->all[i].would_match);

		for (size_t k = 0; k < i; k++)
			said |= a->all[k].id == a->all[i].id;
		if (!said)
			buf_printf(b, "%s%s", n++ ? "; " : " Next: ", next);
	}
	if (n)
		buf_char(b, '.');
}

int answer_finish(struct answer *a, const struct tsmmr_report *report, const struct row *row)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t n;

	drop_open(a);
	if (!a->n)
		return 0;
	sort(a);
	say_state(&b, report, row);
	say_where(&b, a);
	say_hypotheses(&b, a);
	say_next(&b, a);
	buf_char(&b, '\0');
	a->text = (char *)buf_take(&b, &n);
	return a->text ? 0 : TSMMR_E_NOMEM;
}
