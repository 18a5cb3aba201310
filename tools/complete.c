/* SPDX-License-Identifier: BSD-2-Clause */
/* What may stand next on a line that is being typed: what the shells' completions ask. */
#include "complete.h"

#include <stdio.h>
#include <string.h>

#include "choices.h"
#include "options.h"
#include "scope.h"

/* Of the word: what stays as it is, and what a choice must begin with. */
static struct {
	const char *head, *begun;
	size_t n_head;
} word;

static void split(const char *w, size_t n_head)
{
	word.head = w;
	word.n_head = n_head;
	word.begun = w + n_head;
}

static void offer(const char *name, const char *does)
{
	if (strncmp(name, word.begun, strlen(word.begun)) != 0)
		return;
	printf("%.*s%s%s%s\n", (int)word.n_head, word.head, name, does ? "\t" : "",
	       does ? does : "");
}

static void offer_choice(const char *name)
{
	offer(name, NULL);
}

/* Is this "--name", "--name=VALUE" or "-x" of an option? */
static bool find_option(const char *w, struct option_row *ret)
{
	for (size_t i = 0; w[0] == '-' && options_row(i, ret); i++) {
		size_t n = strlen(ret->name);

		if (w[1] == '-' ? !strncmp(w + 2, ret->name, n) && (!w[2 + n] || w[2 + n] == '=') :
				  ret->letter && w[1] == ret->letter && !w[2])
			return true;
	}
	return false;
}

static void offer_verbs(const struct verb *verbs)
{
	for (; verbs->name; verbs++)
		offer(verbs->name, verbs->does);
}

static void offer_options(const struct verb *verb)
{
	struct option_row row;
	char name[40];

	for (size_t i = 0; options_row(i, &row); i++) {
		if (verb && !(row.verbs & verb->bit))
			continue;
		snprintf(name, sizeof(name), "--%s", row.name);
		offer(name, row.help);
	}
}

/* The value begins n_head bytes into w. */
static void offer_value(const struct option_row *row, const char *w, size_t n_head)
{
	struct choices choices = { .each = offer_choice };
	const char *comma = row->is_list ? strrchr(w + n_head, ',') : NULL;

	split(w, comma ? (size_t)(comma + 1 - w) : n_head);
	options_choices(row->name, &choices);
	if (strstr(row->value, "FILE") || strstr(row->value, "LOG"))
		puts(":files");
	else if (strstr(row->value, "DIR"))
		puts(":folders");
}

static void offer_operand(const struct verb *verb)
{
	static const char *const known[] = { "ccel", "tpm", "ima", "systemd", "runtime" };

	for (size_t i = 0; verb->bit & V_LOGS && i < ARRAY_SIZE(known); i++)
		offer(known[i], "of this machine");
	puts(":files");
}

void complete(const struct verb *verbs, char *const *words, size_t n)
{
	const struct verb *verb = NULL;
	struct option_row row;
	bool only_operands = false, help = false;
	const char *last = n ? words[n - 1] : "";

	for (size_t i = 0; i + 1 < n; i++) {
		if (!only_operands && find_option(words[i], &row)) {
			if (!row.value || strchr(words[i], '='))
				continue;
			if (i + 2 == n) {
				offer_value(&row, last, 0);
				return;
			}
			i++;
		} else if (!strcmp(words[i], "--")) {
			only_operands = true;
		} else if (!verb && !strcmp(words[i], "help")) {
			help = true;
		} else if (!verb) {
			for (verb = verbs; verb->name && strcmp(verb->name, words[i]) != 0;)
				verb++;
			if (!verb->name)
				return;
		}
	}

	split(last, 0);
	if (!only_operands && last[0] == '-') {
		if (!strchr(last, '='))
			offer_options(verb);
		else if (find_option(last, &row) && row.value)
			offer_value(&row, last, (size_t)(strchr(last, '=') + 1 - last));
	} else if (verb && !help) {
		offer_operand(verb);
	} else if (!verb) {
		offer_verbs(verbs);
		offer("help", "the options of a verb");
		offer("version", "the versions of the tool and the library");
	}
}
