/* SPDX-License-Identifier: BSD-2-Clause */
/* --policy: the options that decide, from a file. */
#include "policy.h"

#include <string.h>

#include "input.h"
#include "options.h"
#include "scope.h"

#define POLICY_MAX ((size_t)1 << 20)

static const char blanks[] = " \t\r";

/* The line without what is around it. */
static char *trim(char *line)
{
	size_t n;

	line += strspn(line, blanks);
	for (n = strlen(line); n && strchr(blanks, line[n - 1]); n--)
		line[n - 1] = '\0';
	return line;
}

/* "[--]NAME VALUE", "[--]NAME=VALUE" or "[--]NAME". */
static int read_line(struct options *o, char *line)
{
	char *value;

	line += !strncmp(line, "--", 2) ? 2 : 0;
	value = line + strcspn(line, " \t=");
	if (*value)
		*value++ = '\0';
	return options_apply(o, line, value + strspn(value, blanks));
}

/* text is the options' from here on, for their values point into it. */
static int read_lines(struct options *o, const char *path, char *text)
{
	size_t number = 0, said = 0;
	int worst = 0;

	while (text) {
		char *line = trim(strsep(&text, "\n"));

		number++;
		if (!*line || *line == '#')
			continue;
		said++;
		o->policy_path = path;
		o->policy_line = number;
		worst = exit_first(worst, read_line(o, line));
		o->policy_path = NULL;
	}
	return worst || said ? worst :
			       fail(o, TSMMR_E_MALFORMED, "%s: a policy that says nothing", path);
}

int policy_read(struct options *o, const char *path)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	char *text;
	size_t len;
	int r = options_add_word(o, &o->policy, path);

	if (!r)
		r = input_read_all(o, path, POLICY_MAX, &bytes, &len);
	if (r)
		return r;
	if (len > POLICY_MAX)
		return fail(o, TSMMR_E_LIMIT, "%s: more than %zu bytes of policy", path,
			    POLICY_MAX);
	if (!len)
		return fail_usage(o, "--policy: %s is empty", path);
	if (memchr(bytes, 0, len))
		return fail(o, TSMMR_E_MALFORMED, "%s: not text", path);

	text = strndup((const char *)bytes, len);
	if (!text)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = options_add_word(o, &o->kept, text);
	if (r) {
		free(text);
		return r;
	}
	return read_lines(o, path, text);
}
