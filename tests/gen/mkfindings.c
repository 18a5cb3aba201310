/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes tsmmr-findings(7): every word that the library's tables have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hypothesis.h"
#include "core/names.h"
#include "core/replay.h"
#include "format/cel.h"
#include "format/format.h"
#include "format/tcg2.h"
#include "platform/platforms.h"
#include "report/appraise.h"

static const char *const gap_meanings[GAP_COUNT] = {
	[GAP_NO_LOG] = "The register was extended, and no log is about it.",
	[GAP_UNANCHORED] = "The first record asserts a value that nothing before it explains: all "
			   "that follows is true only if that value was.",
	[GAP_MISSING_HEAD] = "The log begins at a value that no record before it explains.",
	[GAP_OFF_LOG_EXTEND] = "A \".EXTEND\" comment is true: a digest was extended that has no "
			       "record.",
	[GAP_UNLOGGED] =
		"Something was extended that the log does not have, or may have been: a SYNC "
		"line shows it, a record that was not written to its end, "
		"or a record that lacks a digest in this bank.",
	[GAP_UNQUOTED_TAIL] = "The register had the expected value after an earlier record; what "
			      "follows is not covered.",
	[GAP_DATA_MISMATCH] = "The digests are what was extended, but the text beside one of them "
			      "does not give it.",
	[GAP_MISSING_IMAGE] = "A launch measured an image that was not given, so its register "
			      "cannot be computed.",
	[GAP_UNREADABLE] = "This machine has the register, and it cannot be read.",
	[GAP_LAUNCH_UNKNOWN] =
		"Of an appraisal: the platform has a register that says which firmware was "
		"launched, and neither a reference nor an image says that it is the one that is "
		"wanted; firmware of somebody's own can extend the others with anything.",
	[GAP_UNTRUSTED] = "What vouches for the value is weaker than --min-trust asks; it is "
			  "not for --allow.",
	[GAP_WEAK_HASH] = "The hash is weaker than --min-hash asks; it is not for "
			  "--allow.",
	[GAP_NO_CRYPTO] =
		"The crypto library lacks the hash, and nobody asked for this bank: where "
		"it is asked, that is an error.",
};

static const char *const reason_meanings[REASON_COUNT] = {
	[REASON_UNTRUSTED] = "Evidence that something asked depends on is trusted less than "
			     "--min-trust asks, or leaves unchecked what --must-check names.",
	[REASON_NONCE] = "Evidence that something asked depends on carries a nonce, and nobody "
			 "said which it must be, nor that none is asked for.",
	[REASON_GAP] = "A register that is asked about has a gap that is not allowed.",
	[REASON_NOT_COVERED] = "No value vouches for a register that is asked about, or nothing "
			       "was measured into one that --require names.",
	[REASON_NOTHING_ASKED] =
		"Nothing is wrong, and nothing is proven: there was no register and no "
		"claim to ask about.",
	[REASON_REFERENCE] = "A register has none of the values that it must have.",
	[REASON_CLAIM] = "A claim of the evidence is another than it must be, or is not made.",
	[REASON_TCB] = "What its vendor says of the platform is not accepted, or does not hold; in "
		       "tsmmr-trust(7): COLLATERAL.",
};

static const char *const appraisal_meanings[APPRAISAL_REASONS] = {
	[APPRAISAL_IS_DENIED] = "A record of the register is in a list that --denied names.",
	[APPRAISAL_IS_UNKNOWN] = "A record of a register that is asked about is not proven, or in "
				 "no list.",
	[APPRAISAL_IS_LACKING] = "A list demands a record that is not there, or that one is there "
				 "once.",
};

static const char *const anchor_meanings[ANCHOR_COUNT] = {
	[ANCHOR_ZERO] = "Zeros, as the architecture defines.",
	[ANCHOR_RESET] = "Another value that the architecture defines, such as all ones.",
	[ANCHOR_LOCALITY] = "Zeros and the startup locality: \"locality-3\", \"locality-4\".",
	[ANCHOR_GIVEN] = "A value given by hand, with --initial.",
	[ANCHOR_FIRMWARE_LOG] =
		"The value that the firmware's log replays to, where a runtime log begins.",
	[ANCHOR_SYNC] = "A value that only the log itself asserts.",
};

static const struct {
	const char *role, *meaning;
} roles[] = {
	{ "initial-vm-state", "The machine before its first instruction." },
	{ "firmware-config", "How the firmware is set up: its variables, Secure Boot." },
	{ "boot", "What the firmware starts: boot loaders, partitions." },
	{ "os-runtime", "Kernel, initial file system and command line." },
	{ "app-runtime", "What applications measure." },
	{ "host-config", "Values the host chose for the guest." },
	{ "tcb", "What the guest rests on." },
	{ "app-image", "The application that was launched." },
	{ "image-signer", "Who signed what was launched." },
	{ "freshness", "What the guest put into the evidence when it was made." },
};

static const char *const strengths[] = {
	[BIND_TRY] = "try",
	[BIND_FIRM] = "firm",
	[BIND_STRICT] = "strict",
};

/* The generator stops where a table has a word that nobody explained. */
static const char *need(const char *meaning, const char *word)
{
	if (meaning)
		return meaning;
	fprintf(stderr, "mkfindings: what does '%s' mean?\n", word);
	exit(1);
}

/* A sentence a line, and the characters that roff takes for its own. */
static void escaped(const char *s)
{
	for (; *s; s++) {
		if (!strncmp(s, ".  ", 3)) {
			puts(".");
			s += 2;
		} else if (!strncmp(s, "§", strlen("§"))) {
			fputs("\\(sc", stdout);
			s += strlen("§") - 1;
		} else if (*s == '\\') {
			fputs("\\e", stdout);
		} else if (*s == '"') {
			fputs("\\(dq", stdout);
		} else if (*s == '-' && s[1] == '-') {
			fputs("\\-\\-", stdout);
			s++;
		} else {
			putchar(*s);
		}
	}
}

static void text(const char *s)
{
	escaped(s);
	putchar('\n');
}

static void list(const char *section, const char *intro)
{
	printf(".Sh %s\n%s\n.Bl -tag -width Ds\n", section, intro);
}

static void findings(void)
{
	list("FINDINGS",
	     "What was noticed and tolerated.\n"
	     "Findings inform; the verdict follows from the status and the gaps of registers.\n"
	     "One marked\n.Em strict\nis an error under\n.Fl -strict .\n"
	     "Each has its meaning, the rule that was not kept, and where that rule is written.");
	for (size_t i = 0; i < F_COUNT; i++) {
		const struct finding_desc *d = &finding_descs[i];

		printf(".It Cm %s Pq %s%s\n", need(d->id, "a finding"), severity_name(d->severity),
		       d->tolerance ? ", strict" : "");
		text(need(d->meaning, d->id));
		puts(".br");
		text(need(d->rule, d->id));
		putchar('(');
		escaped(need(d->source, d->id));
		puts(")");
	}
	puts(".El");
}

static void hypotheses(void)
{
	list("HYPOTHESES",
	     "Why a register does not match, as\n.Cm explain\nreports it, each tested by replay; "
	     "then what to do next.");
	for (size_t i = 0; i < X_COUNT; i++) {
		const struct explain_desc *d = &explain_descs[i];

		printf(".It Cm %s\n", need(d->id, "a hypothesis"));
		text(need(d->meaning, d->id));
		if (d->next) {
			fputs("Next: ", stdout);
			text(d->next);
		}
	}
	puts(".El");
}

static void words(const char *const *names, const char *const *meanings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		printf(".It Cm %s\n", names[i]);
		text(need(meanings[i], names[i]));
	}
	puts(".El");
}

static void gaps_reasons_anchors(void)
{
	list("GAPS", "Why a register is\n.Qq incomplete .\n.Fl -allow\naccepts them by name; they "
		     "stay in the "
		     "output.");
	words(gap_names, gap_meanings, GAP_COUNT);
	list("REASONS", "Why a verdict is not\n.Qq verified ,\nas JSON has it in\n.Qq because .");
	words(reason_names, reason_meanings, REASON_COUNT);
	list("REASONS OF APPRAISALS",
	     "Why an appraisal is not\n.Qq appraised ,\nbeside those of the verdict.\n"
	     "launch-unknown is a\n.Qq gap\nof the register that it is about.");
	words(appraisal_reasons, appraisal_meanings, APPRAISAL_REASONS);
	list("ANCHORS", "What the replay of a register began with.");
	words(anchor_names, anchor_meanings, ANCHOR_COUNT);
}

/* Every register that has the role, as its platform calls it. */
static void role_registers(const char *role)
{
	const char *comma = "";

	for (size_t i = 0; i < n_platforms; i++)
		for (size_t k = 0; k < platforms[i]->n_regs; k++) {
			const struct reg_desc *d = &platforms[i]->regs[k];

			if (!d->role || strcmp(d->role, role) != 0)
				continue;
			printf("%s%s", comma, d->name);
			comma = ", ";
		}
	puts(*comma ? "." : "No register of this version.");
}

static void role_list(void)
{
	list("ROLES", "What a register is for, whatever its platform calls it.");
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		printf(".It Cm %s\n", roles[i].role);
		text(roles[i].meaning);
		role_registers(roles[i].role);
	}
	puts(".El");
	for (size_t i = 0; i < n_platforms; i++)
		for (size_t k = 0; k < platforms[i]->n_regs; k++) {
			const char *role = platforms[i]->regs[k].role;
			size_t at = 0;

			while (role && at < ARRAY_SIZE(roles) && strcmp(roles[at].role, role) != 0)
				at++;
			need(at < ARRAY_SIZE(roles) ? "" : NULL, role);
		}
}

static void rules(void)
{
	const struct event_class *const classes[] = {
		&tcg_class,
		&text_class,
		&ima_class,
		cel_class(TSMMR_CONTENT_SYSTEMD),
		cel_class(CEL_CONTENT_COS),
	};

	list("BINDING RULES",
	     "How an event's data gives its digest, if it does.\n"
	     "A\n.Em strict\nrule that is broken costs the register its\n.Qq verified ;\n"
	     "a\n.Em firm\none makes the event a mismatch, which firmware in the field does "
	     "produce;\none that is only tried says nothing when it does not match.\n"
	     "Where a digest does not cover all of the data, only what it covers is trusted.");
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		for (size_t k = 0; k < *classes[i]->n_rules; k++) {
			const struct bind_rule *rule = &classes[i]->rules[k];
			const char *type = rule->type == BIND_ANY_TYPE ?
						   "any type" :
						   classes[i]->type_name(rule->type);

			printf(".It Cm %s Pq %s\n%s", rule->id, strengths[rule->strength],
			       type ? type : "?");
			if (rule->covers) {
				fputs("; its digest covers ", stdout);
				escaped(rule->covers);
			}
			putchar('\n');
		}
	puts(".El");
}

int main(void)
{
	puts(".\\\" SPDX-License-Identifier: BSD-2-Clause\n"
	     ".\\\" Made by tests/gen/mkfindings.c from the library's tables: change those.\n"
	     ".Dd November 22, 2026\n"
	     ".Dt TSMMR-FINDINGS 7\n"
	     ".Os\n"
	     ".Sh NAME\n"
	     ".Nm tsmmr-findings\n"
	     ".Nd the words that reports of libtsmmr use\n"
	     ".Sh DESCRIPTION\n"
	     "These words appear in the output of\n"
	     ".Xr tsmmr-replay 1\n"
	     "and are what the functions of\n"
	     ".Xr libtsmmr 3\n"
	     "return.\n"
	     "A word never changes its meaning, and one that is given up is not used again;\n"
	     "new ones may appear.");
	findings();
	gaps_reasons_anchors();
	hypotheses();
	role_list();
	rules();
	puts(".Sh SEE ALSO\n.Xr tsmmr-replay 1 ,\n.Xr libtsmmr 3");
	return ferror(stdout) ? 1 : 0;
}
