/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: one table of options drives parsing, -h and who takes what. */
#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "choices.h"
#include "image.h"
#include "scope.h"
#include "values.h"

enum kind {
	FLAG,   /* int: 1 when given */
	STRING, /* const char *: the last one given */
	WORDS,  /* struct words: each one given */
	LIST,   /* char *: all that were given, joined by commas */
	NUMBER, /* uint64_t, which may end in K, M or G */
	NAME,   /* int: a name of the set names */
	SPECIAL /* parse() */
};

struct desc {
	const char *name;
	char letter;
	uint8_t kind;
	uint32_t verbs;
	size_t where; /* in struct options */
	int names;    /* TSMMR_NAMES_* */
	int (*parse)(struct options *o, const char *value);
	const char *value; /* NULL: takes none */
	const char *help;
};

static int parse_nonce(struct options *o, const char *value)
{
	uint8_t nonce[sizeof(o->nonce)], any = 0;
	size_t n = value_hex(value, nonce, sizeof(nonce));

	if (!n)
		return fail_usage(o, "--nonce: not 1 to 64 bytes of hexadecimal: '%s'", value);
	for (size_t i = 0; i < n; i++)
		any |= nonce[i];
	/* Padded with zeros it would be in every field that nobody filled. */
	if (!any)
		return fail_usage(o, "--nonce: zeros are no nonce");
	if (o->n_nonce && (n != o->n_nonce || memcmp(nonce, o->nonce, n) != 0))
		return fail_usage(o, "--nonce: two of them, and evidence carries one");
	memcpy(o->nonce, nonce, n);
	o->n_nonce = n;
	return 0;
}

/* The words of a policy are read where it stands, as if it were part of the line. */
static int parse_policy(struct options *o, const char *value)
{
	return o->policy_path ? fail_usage(o, "--policy: not in a policy") :
				o->read_policy(o, value);
}

static int parse_root(struct options *o, const char *value)
{
	if (strcmp(value, "list") != 0)
		return options_add_word(o, &o->trust_root, value);
	o->list_roots = 1;
	return 0;
}

static int parse_time(struct options *o, const char *value)
{
	if (!value_time(value, &o->time))
		return fail_usage(o, "--time: not as in 2026-01-31 or 2026-01-31T12:00:00Z: '%s'",
				  value);
	o->time_given = 1;
	return 0;
}

static const char *const colors[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
};

static void add_colors(struct choices *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(colors); i++)
		choices_add(c, colors[i]);
}

static int parse_color(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	for (size_t i = 0; i < ARRAY_SIZE(colors); i++) {
		if (!strcmp(value, colors[i])) {
			o->color = (enum color)i;
			return 0;
		}
	}
	add_colors(&choices);
	return choices_fail(o, "color", &choices);
}

static const struct {
	const char *word;
	uint32_t flag;
} tlv_indexes[] = {
	{ "auto", 0 },
	{ "pcr", TSMMR_CTX_TLV_PCR },
	{ "cc-mr", TSMMR_CTX_TLV_CC_MR },
};

static void add_tlv_indexes(struct choices *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(tlv_indexes); i++)
		choices_add(c, tlv_indexes[i].word);
}

static int parse_tlv_index(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	for (size_t i = 0; i < ARRAY_SIZE(tlv_indexes); i++) {
		if (!strcmp(value, tlv_indexes[i].word)) {
			o->tlv_index = tlv_indexes[i].flag;
			return 0;
		}
	}
	add_tlv_indexes(&choices);
	return choices_fail(o, "tlv-index", &choices);
}

bool options_can_read(int format)
{
	int can = tsmmr_format_can(format);

	return can > 0 && can & TSMMR_CAN_READ;
}

static void add_formats(struct choices *c)
{
	choices_add_names(c, TSMMR_NAMES_FORMAT, options_can_read);
}

/* What a log can be read as; other names are for writing. */
static int parse_format(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	if (tsmmr_name_find(TSMMR_NAMES_FORMAT, value, &o->format) == 0 &&
	    options_can_read(o->format))
		return 0;
	add_formats(&choices);
	return choices_fail(o, "format", &choices);
}

static void add_platforms(struct choices *c)
{
	choices_add_names(c, TSMMR_NAMES_PLATFORM, NULL);
}

static int parse_platform(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	o->platform = TSMMR_PLATFORM_AUTO;
	if (!strcmp(value, "auto") ||
	    tsmmr_name_find(TSMMR_NAMES_PLATFORM, value, &o->platform) == 0)
		return 0;
	add_platforms(&choices);
	return choices_fail(o, "platform", &choices);
}

static const uint8_t written[] = {
	TSMMR_FORMAT_JSONL,        TSMMR_FORMAT_TPM2_YAML, TSMMR_FORMAT_CEL_CBOR,
	TSMMR_FORMAT_CEL_CBOR_SEQ, TSMMR_FORMAT_CEL_JSON,  TSMMR_FORMAT_CEL_TLV,
};

static void add_written(struct choices *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(written); i++)
		choices_add(c, tsmmr_name(TSMMR_NAMES_FORMAT, written[i]));
}

static int parse_to(struct options *o, const char *value)
{
	struct choices choices = { .word = value };

	for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
		if (!strcmp(value, tsmmr_name(TSMMR_NAMES_FORMAT, written[i]))) {
			o->to = written[i];
			return 0;
		}
	}
	add_written(&choices);
	return choices_fail(o, "to", &choices);
}

static void add_known(struct choices *c)
{
	choices_add_names(c, TSMMR_NAMES_KNOWN, NULL);
}

static void add_roots(struct choices *c)
{
	const uint8_t *sha256;
	const char *name;

	choices_add(c, "list");
	for (size_t i = 0; tsmmr_trust_root_at(i, &name, &sha256, NULL) == 0; i++)
		choices_add(c, name);
}

#define AT(field) offsetof(struct options, field)

/* clang-format off */
static const struct desc descs[] = {
	/* name         letter kind  verbs       where  names  parse  value  help */
	{ "format", 0, SPECIAL, V_LOGS, 0, 0, parse_format, "FORMAT",
	  "what the one LOG is: auto tcg2 tcg1 ccel text aael ima cel-cbor ..." },
	{ "mr", 0, STRING, V_LOGS | V_APPEND | V_LOCK, AT(mr), 0, NULL, "NAME[:ALG]",
	  "the register the one LOG is about; append, lock: to extend, to lock" },
	{ "platform", 0, SPECIAL, V_READ | V_ATTEST, 0, 0, parse_platform, "NAME",
	  "auto tdx snp cca nitro tpm: whose registers these are" },
	{ "root", 0, STRING, V_ALL, AT(root), 0, NULL, "DIR",
	  "stands in for / when looking for logs and registers" },
	{ "log-dir", 0, STRING, V_LOGS | V_APPEND | V_CAPTURE | V_ATTEST, AT(log_dir), 0, NULL, "DIR",
	  "where runtime logs are (/run/tsmmr)" },
	{ "tcti", 0, STRING, V_READ | V_APPEND | V_ATTEST, AT(tcti), 0, NULL, "NAME:CONF",
	  "what reaches the TPM, as tpm2-tss names it (device)" },
	{ "once", 0, FLAG, V_APPEND, AT(once), 0, NULL, NULL,
	  "skip a record that was logged since boot" },
	{ "user-data", 0, STRING, V_ATTEST, AT(user_data), 0, NULL, "FILE",
	  "Nitro: what the document carries besides the nonce" },
	{ "public-key", 0, STRING, V_ATTEST, AT(public_key), 0, NULL, "FILE",
	  "Nitro: a key the document carries" },
	{ "evidence", 0, WORDS, V_VALUES | V_REPLAY | V_MERGE, AT(evidence), 0, NULL, "[PART=]FILE",
	  "quote or report with the register values" },
	{ "expect", 0, WORDS, V_VALUES | IN_POLICY, AT(expect), 0, NULL, "NAME[:ALG]=HEX|@FILE",
	  "register values by hand" },
	{ "expect-any", 0, WORDS, V_VALUES | IN_POLICY, AT(expect_any), 0, NULL, "@FILE",
	  "one of these sets of values must hold as a whole" },
	{ "at-least", 0, WORDS, V_JUDGE | IN_POLICY, AT(at_least), 0, NULL, "claim.NAME=N",
	  "a claim of the evidence is a number not below" },
	{ "live", 0, FLAG, V_SHOW | V_JUDGE, AT(live), 0, NULL, NULL,
	  "the registers of this machine, also for a log that is a file" },
	{ "nonce", 0, SPECIAL, V_VALUES | IN_POLICY | V_ATTEST, 0, 0, parse_nonce, "HEX",
	  "what the evidence must carry" },
	{ "min-trust", 0, NAME, V_VALUES | IN_POLICY, AT(min_trust), TSMMR_NAMES_TRUST, NULL, "TRUST",
	  "unsigned signed authenticated: the least accepted" },
	{ "min-hash", 0, NAME, V_VALUES | IN_POLICY, AT(min_hash), TSMMR_NAMES_HASH, NULL, "NAME",
	  "the weakest hash that proves anything (sha256)" },
	{ "must-check", 0, LIST, V_JUDGE | IN_POLICY, AT(must_check), 0, NULL, "WORDS",
	  "what evidence may not leave unchecked: tcb-status revocation ..." },
	{ "trust-root", 0, SPECIAL, V_VALUES | IN_POLICY, 0, 0, parse_root, "FILE|sha256:HEX|VENDOR",
	  "who must have signed the evidence: tsmmr-trust(7)" },
	{ "time", 0, SPECIAL, V_VALUES | IN_POLICY, 0, 0, parse_time, "RFC3339",
	  "when certificates must be valid, if not now" },
	{ "allow-debug", 0, FLAG, V_VALUES | IN_POLICY, AT(allow_debug), 0, NULL, NULL,
	  "take evidence of a guest its host may debug" },
	{ "manifest", 0, WORDS, V_VALUES | IN_POLICY, AT(manifest), 0, NULL, "REG=FILE",
	  "a file whose hash is that register, and what it names" },
	{ "require", 0, LIST, V_JUDGE | IN_POLICY, AT(require), 0, NULL, "LIST",
	  "registers that must be verified: rtmr0-2,pcr0-7:sha256" },
	{ "allow", 0, LIST, V_JUDGE | IN_POLICY, AT(allow), 0, NULL, "[REG:]GAP,...",
	  "gaps that are accepted" },
	{ "policy", 0, SPECIAL, V_SHOW | V_JUDGE, 0, 0, parse_policy, "FILE",
	  "options that decide, one a line, as they are written here" },
	{ "known", 0, WORDS, V_APPRAISE, AT(known), 0, NULL, "[REG:]KIND=FILE",
	  "a list of what records may be; KIND: sums rules pcrlock keylime log "
	  "unverified-log" },
	{ "denied", 0, WORDS, V_APPRAISE, AT(denied), 0, NULL, "[REG:]KIND=FILE",
	  "a list of what no record may be" },
	{ "any-order", 0, FLAG, V_APPRAISE, AT(any_order), 0, NULL, NULL,
	  "records of lists that have an order, in any" },
	{ "write-unknown", 0, STRING, V_APPRAISE, AT(write_unknown), 0, NULL, "FILE",
	  "what was unknown, as a list to read and to hand in" },
	{ "reference", 0, WORDS, V_EXPLAIN, AT(reference), 0, NULL, "LOG",
	  "a log to compare these with, as one of an earlier boot" },
	{ "only", 0, LIST, V_VALUES | V_REPLAY, AT(only), 0, NULL, "LIST",
	  "nothing but these registers" },
	{ "domain", 0, STRING, V_SHOW, AT(domain), 0, NULL, "PREFIX",
	  "proven and bound records of one application, nothing else" },
	{ "alg", 0, NAME, V_VALUES | V_REPLAY, AT(alg), TSMMR_NAMES_HASH, NULL, "NAME",
	  "this bank; for show, whose digests are shown" },
	{ "initial", 0, WORDS, V_SHOW | V_REPLAY | V_JUDGE | V_MERGE | IN_POLICY, AT(initial), 0, NULL,
	  "NAME[:ALG]=HEX", "the value a register started with" },
	{ "image", 0, WORDS, V_LOGS, AT(image), 0, NULL, "ROLE=FILE",
	  "of a launch: firmware svsm igvm kernel initrd cmdline dtb eif" },
	{ "launch", 0, WORDS, V_LOGS, AT(launch), 0, NULL, "NAME=VALUE",
	  "what is in no image: vcpus cpu features rmm passes fpu vars vmm" },
	{ "replace", 0, WORDS, V_PREDICT, AT(replace), 0, NULL, "[ROLE:]OLD=NEW",
	  "a file for another: pe uki kernel initrd dtb cmdline file" },
	{ "replace-text", 0, WORDS, V_PREDICT, AT(replace_text), 0, NULL, "[REG:]|OLD|NEW|",
	  "a text for another, with any sign as the fence" },
	{ "drop", 0, WORDS, V_PREDICT, AT(drop), 0, NULL, "[LOG:]RECORD",
	  "without that record" },
	{ "phases", 0, STRING, V_PREDICT, AT(phases), 0, NULL, "WORD:WORD...",
	  "uki=FILE: that systemd went through: enter-initrd:leave-initrd" },
	{ "profile", 0, NUMBER, V_PREDICT, AT(profile), 0, NULL, "N",
	  "uki=FILE: the profile that is started (0)" },
	{ "strict", 0, FLAG, V_READ | IN_POLICY, AT(strict), 0, NULL, NULL,
	  "no dialects: a tolerated deviation is an error" },
	{ "events", 0, FLAG, V_VERIFY | V_EXPLAIN | V_APPRAISE, AT(events), 0, NULL, NULL,
	  "with --json: every event too" },
	{ "to", 0, SPECIAL, V_EXPORT | V_MERGE, 0, 0, parse_to, "FORMAT",
	  "cel-cbor cel-cbor-seq cel-json cel-tlv jsonl; export: tpm2-yaml" },
	{ "tlv-index", 0, SPECIAL, V_EXPORT | V_MERGE, 0, 0, parse_tlv_index, "HOW",
	  "how cel-tlv numbers: auto pcr cc-mr" },
	{ "json", 0, FLAG, V_ALL, AT(json), 0, NULL, NULL,
	  "for programs" },
	{ "color", 0, SPECIAL, V_ALL, 0, 0, parse_color, "WHEN",
	  "auto always never (NO_COLOR)" },
	{ "output", 'o', STRING, V_READ | V_CAPTURE | V_ATTEST, AT(out), 0, NULL, "FILE",
	  "write there; nothing is left of it on failure" },
	{ "page", 0, STRING, V_VERIFY | V_EXPLAIN | V_APPRAISE | V_DIFF, AT(page), 0, NULL, "FILE.html",
	  "the answer as one page for a browser too" },
	{ "quiet", 'q', FLAG, V_ALL, AT(quiet), 0, NULL, NULL,
	  "no warnings and hints; verify: only the verdict" },
	{ "verbose", 'v', FLAG, V_ALL, AT(verbose), 0, NULL, NULL,
	  "more of everything" },
	{ "max-bytes", 0, NUMBER, V_LOGS, AT(max_bytes), 0, NULL, "N",
	  "refuse a larger log" },
	{ "max-events", 0, NUMBER, V_LOGS, AT(max_events), 0, NULL, "N",
	  "refuse a log with more events" },
	{ "max-event-bytes", 0, NUMBER, V_LOGS, AT(max_event_bytes), 0, NULL, "N",
	  "refuse an event with more data" },
	{ "help", 'h', FLAG, V_ALL, AT(help), 0, NULL, NULL,
	  "this" },
	{ "version", 'V', FLAG, V_ALL, AT(version), 0, NULL, NULL,
	  "the versions of the tool and the library" },
};
/* clang-format on */

#define N_DESCS ARRAY_SIZE(descs)

/* What getopt_long() returns for row i, so that no row looks like a letter. */
#define LONG_BASE 256

int options_add_word(struct options *o, struct words *words, const char *value)
{
	const char **more = realloc(words->all, (words->n + 1) * sizeof(*more));

	if (!more)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	more[words->n++] = value;
	words->all = more;
	return 0;
}

static int add_to_list(struct options *o, char **list, const char *value)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", *list ? *list : "", *list ? "," : "", value) < 0)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	free(*list);
	*list = joined;
	return 0;
}

/* "given" and "live" are where a value comes from, no grades to ask for. */
static bool is_grade(int trust)
{
	return trust >= TSMMR_TRUST_UNSIGNED;
}

void options_choices(const char *name, struct choices *c)
{
	static const struct {
		const char *option;
		void (*add)(struct choices *c);
	} adders[] = {
		{ "format", add_formats },
		{ "platform", add_platforms },
		{ "to", add_written },
		{ "tlv-index", add_tlv_indexes },
		{ "color", add_colors },
		{ "trust-root", add_roots },
		{ "mr", choices_add_registers },
		{ "only", choices_add_registers },
		{ "require", choices_add_registers },
		{ "known", add_known },
		{ "denied", add_known },
	};

	for (size_t i = 0; i < ARRAY_SIZE(adders); i++)
		if (!strcmp(name, adders[i].option))
			adders[i].add(c);
	for (size_t i = 0; i < N_DESCS; i++)
		if (descs[i].kind == NAME && !strcmp(name, descs[i].name))
			choices_add_names(c, descs[i].names,
					  descs[i].names == TSMMR_NAMES_TRUST ? is_grade : NULL);
}

static int take_name(struct options *o, const struct desc *d, const char *value, int *field)
{
	bool (*allowed)(int value) = d->names == TSMMR_NAMES_TRUST ? is_grade : NULL;
	struct choices choices = { .word = value };

	if (tsmmr_name_find(d->names, value, field) == 0 && (!allowed || allowed(*field)))
		return 0;
	choices_add_names(&choices, d->names, allowed);
	return choices_fail(o, d->name, &choices);
}

static int apply(struct options *o, const struct desc *d, const char *value)
{
	void *field = (char *)o + d->where;

	/* Nothing is asked by it, and that is not what anybody means. */
	if (d->value && !*value)
		return fail_usage(o, "--%s: an empty value", d->name);
	switch ((enum kind)d->kind) {
	case FLAG:
		*(int *)field = 1;
		return 0;
	case STRING:
		*(const char **)field = value;
		return 0;
	case WORDS:
		return options_add_word(o, field, value);
	case LIST:
		return add_to_list(o, field, value);
	case NUMBER:
		if (!value_size(value, field))
			return fail_usage(
				o, "--%s: not a number above 0, as in 5000, 64K, 10M, 2G: '%s'",
				d->name, value);
		return 0;
	case NAME:
		return take_name(o, d, value, field);
	case SPECIAL:
		return d->parse(o, value);
	}
	return 0;
}

bool options_row(size_t i, struct option_row *ret)
{
	if (i >= N_DESCS)
		return false;
	*ret = (struct option_row){
		.name = descs[i].name,
		.letter = descs[i].letter,
		.is_list = descs[i].kind == LIST,
		.verbs = descs[i].verbs,
		.value = descs[i].value,
		.help = descs[i].help,
	};
	return true;
}

static const struct desc *desc_of(int c)
{
	if (c >= LONG_BASE && (size_t)(c - LONG_BASE) < N_DESCS)
		return &descs[c - LONG_BASE];
	for (size_t i = 0; i < N_DESCS; i++)
		if (descs[i].letter && descs[i].letter == c)
			return &descs[i];
	return NULL;
}

int options_apply(struct options *o, const char *name, const char *value)
{
	for (size_t i = 0; i < N_DESCS; i++) {
		const struct desc *d = &descs[i];

		if (strcmp(d->name, name) != 0 || !(d->verbs & IN_POLICY))
			continue;
		if (!d->value && *value)
			return fail_usage(o, "--%s takes no value", name);
		return apply(o, d, value);
	}
	return fail_usage(o, "'%s' is no option that decides", name);
}

/* getopt()'s idea of the table. */
static void make_getopt(struct option *longs, char *letters)
{
	*letters++ = ':';
	for (size_t i = 0; i < N_DESCS; i++) {
		const struct desc *d = &descs[i];

		longs[i] = (struct option){
			.name = d->name,
			.has_arg = d->value ? required_argument : no_argument,
			.val = LONG_BASE + (int)i,
		};
		if (!d->letter)
			continue;
		*letters++ = d->letter;
		if (d->value)
			*letters++ = ':';
	}
	*letters = '\0';
}

/* "--max" could be several; "--evidance" is one that has nearly that name. */
static int no_such_option(struct options *o, const char *arg)
{
	size_t n = strcspn(arg + 2, "=");
	_cleanup_(free) char *word = strndup(arg + 2, n);
	struct choices near = { .word = word }, begun = { .word = word };
	const char *likely;

	if (!word)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (size_t i = 0; i < N_DESCS; i++) {
		if (o->verb && !(descs[i].verbs & o->verb->bit))
			continue;
		choices_add(&near, descs[i].name);
		if (!strncmp(descs[i].name, word, n))
			choices_add(&begun, descs[i].name);
	}
	if (begun.len)
		return fail_usage(o, "--%s begins several: %s", word, begun.list);
	likely = choices_likely(&near);
	return fail_usage(o, "no such option: --%s%s%s", word, likely ? "; the nearest is --" : "",
			  likely ? likely : "");
}

static int refused_by_getopt(struct options *o, int c, char **argv)
{
	const struct desc *d = desc_of(optopt);

	if (d && c == ':')
		return fail_usage(o, "--%s needs a value: %s", d->name, d->value);
	if (d)
		return fail_usage(o, "--%s takes no value", d->name);
	for (int i = 1; optopt && i <= optind && argv[i]; i++)
		for (size_t k = 0; argv[i][0] == '-' && k < N_DESCS; k++)
			if (!strcmp(argv[i] + 1, descs[k].name))
				return fail_usage(o, "no such option: %s; the nearest is -%s",
						  argv[i], argv[i]);
	if (optopt)
		return fail_usage(o, "no such option: -%c", optopt);
	return no_such_option(o, argv[optind - 1]);
}

/* Reads everything that begins with "-"; which rows were seen goes to given. */
static int parse_all(struct options *o, int argc, char **argv, bool *given)
{
	struct option longs[N_DESCS + 1] = { { .name = NULL } };
	char letters[3 * N_DESCS + 2];
	int c;

	make_getopt(longs, letters);
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		const struct desc *d = c == '?' || c == ':' ? NULL : desc_of(c);
		int r = d ? apply(o, d, optarg) : refused_by_getopt(o, c, argv);

		if (r)
			return r;
		given[d - descs] = true;
	}

	o->operands = argv + optind;
	o->n_operands = (size_t)(argc - optind);
	return 0;
}

/* Does each option given mean something to the verb? */
static int check_given(struct options *o, const bool *given)
{
	for (size_t i = 0; i < N_DESCS; i++)
		if (given[i] && !(descs[i].verbs & o->verb->bit))
			return fail_usage(o, "%s takes no --%s", o->verb->name, descs[i].name);
	return 0;
}

/* --only and --alg as the one list that the library takes: "a:sha256,b:sha1", "*:sha256". */
static int make_select(struct options *o)
{
	const char *alg = o->alg ? tsmmr_name(TSMMR_NAMES_HASH, o->alg) : NULL;
	const char *list = o->only ? o->only : "*";
	struct tsmmr_error err = NO_ERROR;

	if (!o->only && !alg)
		return 0;
	while (*list) {
		size_t n = strcspn(list, ",");
		bool has_bank = memchr(list, ':', n) != NULL;
		char *longer;

		if (asprintf(&longer, "%s%s%.*s%s%s", o->select ? o->select : "",
			     o->select ? "," : "", (int)n, list, alg && !has_bank ? ":" : "",
			     alg && !has_bank ? alg : "") < 0)
			return fail(o, TSMMR_E_NOMEM, "out of memory");
		free(o->select);
		o->select = longer;
		list += n + (list[n] == ',');
	}
	if (tsmmr_select_matches(o->select ? o->select : "", "rtmr0", NULL, 0, &err) < 0)
		return fail_usage(o, "--only: %s", err.message);
	return 0;
}

bool options_no_logs(const struct options *o)
{
	return o->evidence.n && !o->n_operands && !images_launch(o);
}

static int check_together(struct options *o)
{
	bool evidence = o->evidence.n || o->verb->bit == V_ATTEST;

	if (o->n_nonce && !evidence)
		return fail_usage(o, "--nonce is about --evidence, and there is none");
	if (o->trust_root.n && !evidence)
		return fail_usage(o, "--trust-root is about --evidence, and there is none");
	if (o->events && !o->json)
		return fail_usage(o, "--events is about --json");
	if (o->page && (!strcmp(o->page, "-") || (o->out && !strcmp(o->page, o->out))))
		return fail_usage(o, "--page is a file of its own");
	if (o->live && o->evidence.n)
		return fail_usage(o, "--live and --evidence both say what the registers hold");
	if ((o->verb->bit & V_LOGS) && (o->format || o->mr) && o->n_operands != 1)
		return fail_usage(o, "--format and --mr are about exactly one LOG;"
				     " for more say FORMAT,NAME=PATH");
	return 0;
}

static const struct verb *find_verb(const struct verb *verbs, const char *word)
{
	while (verbs->name && strcmp(verbs->name, word) != 0)
		verbs++;
	return verbs->name ? verbs : NULL;
}

static int no_such_verb(struct options *o, const struct verb *verbs, const char *word)
{
	struct choices choices = { .word = word };
	const char *likely;

	for (; verbs->name; verbs++)
		choices_add(&choices, verbs->name);
	likely = choices_likely(&choices);
	if (likely)
		return fail_usage(o, "no such verb: '%s'; the nearest is '%s'", word, likely);
	if (access(word, F_OK) == 0)
		return fail_usage(o,
				  "no such verb: '%s'; for a file say what to do with it: show %s",
				  word, word);
	return fail_usage(o, "no such verb: '%s'; there are: %s", word, choices.list);
}

/* "help", "help VERB" and "version" are asked in words too. */
static void take_questions(struct options *o)
{
	for (; o->n_operands; o->operands++, o->n_operands--) {
		if (!strcmp(o->operands[0], "help"))
			o->help = 1;
		else if (!strcmp(o->operands[0], "version"))
			o->version = 1;
		else
			break;
	}
}

/* The verb is the first operand, wherever the options stand. */
static int take_verb(struct options *o, const struct verb *verbs)
{
	if (!o->n_operands)
		return fail_usage(o, "no verb given");
	o->verb = find_verb(verbs, o->operands[0]);
	if (!o->verb)
		return no_such_verb(o, verbs, o->operands[0]);
	o->operands++;
	o->n_operands--;
	return 0;
}

int options_parse(struct options *o, const struct verb *verbs,
		  int (*read_policy)(struct options *o, const char *path), int argc, char **argv)
{
	bool given[N_DESCS] = { false };
	int r;

	o->read_policy = read_policy;
	/* An error on the way is reported in JSON, and as one of the verb that comes later. */
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		o->json |= !strcmp(argv[i], "--json");
		if (!o->verb)
			o->verb = find_verb(verbs, argv[i]);
	}

	r = parse_all(o, argc, argv, given);
	if (r)
		return r;
	o->verb = NULL;
	take_questions(o);
	if (o->version || o->list_roots || (o->help && !o->n_operands))
		return 0;

	r = take_verb(o, verbs);
	if (r || o->help)
		return r;

	/* All of them, for the worst decides. */
	check_given(o, given);
	if (o->verb->expand)
		o->verb->expand(o);
	check_together(o);
	make_select(o);
	return failed(o);
}

void options_free(struct options *o)
{
	struct words *const words[] = {
		&o->replace,    &o->replace_text, &o->drop,     &o->evidence,   &o->expect,
		&o->expect_any, &o->at_least,     &o->manifest, &o->trust_root, &o->initial,
		&o->reference,  &o->image,        &o->launch,   &o->policy,     &o->own_log,
		&o->carrier,    &o->carried,      &o->known,    &o->denied,     &o->kept
	};

	for (size_t i = 0; i < o->kept.n; i++)
		free((char *)(uintptr_t)o->kept.all[i]);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		free(words[i]->all);
	free(o->require);
	free(o->allow);
	free(o->must_check);
	free(o->only);
	free(o->select);
	tsmmr_evidence_free(o->handed_in);
	tsmmr_launch_free(o->made_of);
	tsmmr_known_free(o->known_values);
	tsmmr_ctx_free(o->ctx);
}

void options_print_row(FILE *f, const char *left, int width, const char *text)
{
	int used = fprintf(f, "  %-*s", width, left), indent = width + 3;

	/* What has no room begins a line of its own. */
	if (used >= indent)
		used = fprintf(f, "\n%*s", indent - 1, "") - 1;
	while (*text) {
		int n = (int)strcspn(text, " ");

		if (used > indent && used + 1 + n > 79)
			used = fprintf(f, "\n%*s", indent - 1, "") - 1;
		used += fprintf(f, " %.*s", n, text);
		text += n + (text[n] == ' ');
	}
	putc('\n', f);
}

void options_print(FILE *f, const struct verb *verb)
{
	for (size_t i = 0; i < N_DESCS; i++) {
		const struct desc *d = &descs[i];
		char left[64];

		if (!(d->verbs & verb->bit))
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", d->letter ? '-' : ' ',
			 d->letter ? d->letter : ' ', d->letter ? ", " : "  ", d->name,
			 d->value ? " " : "", d->value ? d->value : "");
		options_print_row(f, left, 28, d->help);
	}
}
