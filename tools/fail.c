/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, said once to people and once to programs, and the exit status. */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "escape.h"
#include "options.h"
#include "scope.h"

int exit_first(int a, int b)
{
	static const int order[] = {
		EXIT_USAGE,    EXIT_SYSTEM,   EXIT_LIMIT,      EXIT_INPUT,
		EXIT_EVIDENCE, EXIT_MISMATCH, EXIT_INCOMPLETE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return EXIT_DONE;
}

/* What the crypto library lacks is the system's fault, not the input's. */
static int exit_of(int code, int detail)
{
	if (detail == TSMMR_DETAIL_CRYPTO)
		return EXIT_SYSTEM;
	switch (code) {
	case TSMMR_E_ARG:
		return EXIT_USAGE;
	case TSMMR_E_FORMAT:
	case TSMMR_E_TRUNCATED:
	case TSMMR_E_MALFORMED:
	case TSMMR_E_UNSUPPORTED:
		return EXIT_INPUT;
	case TSMMR_E_LIMIT:
		return EXIT_LIMIT;
	case TSMMR_E_UNTRUSTED:
		return EXIT_EVIDENCE;
	case TSMMR_E_MISMATCH:
		return EXIT_MISMATCH;
	case TSMMR_E_INCOMPLETE:
		return EXIT_INCOMPLETE;
	default:
		return EXIT_SYSTEM;
	}
}

int failed(const struct options *o)
{
	return o->failure.exit;
}

/* "NAME: record 12, offset 4711: " of as much as is known. */
static void print_place(const char *name, uint64_t record, uint64_t offset)
{
	if (name) {
		escape_print(stderr, name);
		fputs(": ", stderr);
	}
	if (record != TSMMR_NONE)
		fprintf(stderr, "record %llu%s", (unsigned long long)record,
			offset != TSMMR_NONE ? ", " : ": ");
	if (offset != TSMMR_NONE)
		fprintf(stderr, "offset %llu: ", (unsigned long long)offset);
}

/* Only a failure that outranks what is there takes its place: the first of its kind stays. */
static int remember(struct options *o, const struct failure *f)
{
	if (!o->failure.exit ||
	    (f->exit != o->failure.exit && exit_first(f->exit, o->failure.exit) == f->exit))
		o->failure = *f;
	return f->exit;
}

/* words are the end of f->text, which begins with the name. */
static int report(struct options *o, struct failure *f, const char *name, const char *words)
{
	f->exit = exit_of(f->code, f->detail);
	if (o->job)
		return remember(o, f);
	fflush(stdout);
	progress_stop(&o->progress);
	fputs("tsmmr-replay: ", stderr);
	print_place(name, f->record, f->offset);
	/* Valid, and more than we can: scripts tell it from malformed by this word. */
	if (f->code == TSMMR_E_UNSUPPORTED && f->exit == EXIT_INPUT)
		fputs("UNSUPPORTED: ", stderr);
	escape_print(stderr, words);
	putc('\n', stderr);
	return remember(o, f);
}

__attribute__((format(printf, 3, 0))) static int vfail(struct options *o, int code,
						       const char *format, va_list ap)
{
	struct failure f = {
		.code = code, .log = TSMMR_NONE, .record = TSMMR_NONE, .offset = TSMMR_NONE
	};
	int n = 0;

	if (o->policy_path)
		n = snprintf(f.text, sizeof(f.text), "%s: line %zu: ", o->policy_path,
			     o->policy_line);
	if (n < 0 || (size_t)n >= sizeof(f.text))
		n = 0;
	vsnprintf(f.text + n, sizeof(f.text) - (size_t)n, format, ap);
	return report(o, &f, NULL, f.text);
}

int fail(struct options *o, int code, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = vfail(o, code, format, ap);
	va_end(ap);
	return r;
}

int fail_usage(struct options *o, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = vfail(o, TSMMR_E_ARG, format, ap);
	va_end(ap);
	if (!o->quiet && !o->policy_path && !o->job)
		fprintf(stderr, "tsmmr-replay: see 'tsmmr-replay %s%s-h'\n",
			o->verb ? o->verb->name : "", o->verb ? " " : "");
	return r;
}

int fail_error(struct options *o, const char *name, uint64_t log, const struct tsmmr_error *err)
{
	struct failure f = {
		.code = err->code,
		.detail = err->detail,
		.log = log,
		.record = err->record,
		.offset = err->offset,
	};

	/* Our reader went away, as in "… | head": that needs no words. */
	if (err->code == TSMMR_E_IO && err->os_errno == EPIPE && log == TSMMR_NONE) {
		f.exit = EXIT_SYSTEM;
		snprintf(f.text, sizeof(f.text), "%s", strerror(EPIPE));
		return remember(o, &f);
	}
	snprintf(f.text, sizeof(f.text), "%s%s%s", name ? name : "", name ? ": " : "",
		 err->message);
	return report(o, &f, name, err->message);
}

int fail_errno(struct options *o, const char *name, uint64_t log, const char *what)
{
	struct tsmmr_error err = NO_ERROR;

	err.code = TSMMR_E_IO;
	err.os_errno = errno;
	err.record = err.offset = TSMMR_NONE;
	snprintf(err.message, sizeof(err.message), "%s: %s", what, strerror(errno));
	return fail_error(o, name, log, &err);
}

__attribute__((format(printf, 3, 0))) static void vsay(struct options *o, const char *what,
						       const char *format, va_list ap)
{
	char text[512];

	if (o->quiet)
		return;
	vsnprintf(text, sizeof(text), format, ap);
	progress_stop(&o->progress);
	fprintf(stderr, "tsmmr-replay: %s: ", what);
	escape_print(stderr, text);
	putc('\n', stderr);
}

void warn(struct options *o, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsay(o, "warning", format, ap);
	va_end(ap);
}

void hint(struct options *o, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsay(o, "hint", format, ap);
	va_end(ap);
}

static void print_number(FILE *f, const char *key, uint64_t n)
{
	if (n == TSMMR_NONE)
		fprintf(f, ",\"%s\":null", key);
	else
		fprintf(f, ",\"%s\":%llu", key, (unsigned long long)n);
}

void fail_print_json(const struct failure *failure, FILE *f)
{
	const char *code = tsmmr_name(TSMMR_NAMES_ERROR, failure->code);
	const char *detail = tsmmr_name(TSMMR_NAMES_DETAIL, failure->detail);

	fprintf(f, "{\"schema\":\"tsmmr.error/1\",\"exit\":%d,\"code\":", failure->exit);
	if (code)
		escape_json(f, code);
	else
		fputs("null", f);
	fputs(",\"detail\":", f);
	if (detail)
		escape_json(f, detail);
	else
		fputs("null", f);
	print_number(f, "log", failure->log);
	print_number(f, "record", failure->record);
	print_number(f, "offset", failure->offset);
	fputs(",\"text\":", f);
	escape_json(f, failure->text);
	putc('}', f);
}
