/* SPDX-License-Identifier: BSD-2-Clause */
/* tsmmr-replay: shows, replays and verifies event logs of confidential machines. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "complete.h"
#include "context.h"
#include "escape.h"
#include "fail.h"
#include "folder.h"
#include "options.h"
#include "policy.h"
#include "reporting.h"
#include "sandbox.h"
#include "scope.h"

/* clang-format off */
static const struct verb verbs[] = {
	{ "registers", V_REGISTERS, cmd_registers, folder_take_evidence, "",
	  "lists the registers of this machine, or in --evidence or --expect" },
	{ "show", V_SHOW, cmd_show, folder_take_evidence, " [LOG...]",
	  "the events of a log, one a line" },
	{ "replay", V_REPLAY, cmd_replay, folder_take_evidence, " [LOG...]",
	  "folds logs into register values" },
	{ "verify", V_VERIFY, cmd_verify, folder_take, " [LOG...]",
	  "do the logs explain what the hardware says?" },
	{ "explain", V_EXPLAIN, cmd_explain, folder_take, " [LOG...]",
	  "as verify, and for each register that fails: where and why" },
	{ "appraise", V_APPRAISE, cmd_appraise, folder_take, " [LOG...] --known [REG:]KIND=FILE",
	  "as verify, and then: is every measured record one that is known?" },
	{ "export", V_EXPORT, cmd_export, NULL, " LOG --to FORMAT",
	  "writes a log in another format" },
	{ "merge", V_MERGE, cmd_merge, folder_take_evidence, " [LOG...] --to FORMAT",
	  "one log out of several, checked where they join" },
	{ "append", V_APPEND, cmd_append, NULL, " --mr NAME [RECORD...]",
	  "extends a register with records, or lines of standard input, and logs them" },
	{ "capture", V_CAPTURE, cmd_capture, NULL, " -o DIR",
	  "copies this machine's registers and logs into a folder that --root reads" },
	{ "diff", V_DIFF, cmd_diff, NULL, " A B",
	  "what two logs, captured trees or attest folders do not have in common" },
	{ "predict", V_PREDICT, cmd_predict, folder_take, " LOG... | uki=FILE",
	  "what the registers will hold once something is replaced" },
	{ "lock", V_LOCK, cmd_lock, NULL, " --mr NAME",
	  "locks a register where the platform can" },
	{ "attest", V_ATTEST, cmd_attest, NULL, " --nonce HEX -o DIR",
	  "fresh evidence of this machine, and the log of what it covers, as a folder" },
	{ .name = NULL },
};
/* clang-format on */

static void print_help(const struct verb *verb)
{
	if (verb) {
		printf("Usage: tsmmr-replay %s%s [option...]\n\n%s\n\nOptions:\n", verb->name,
		       verb->operands, verb->does);
		options_print(stdout, verb);
		if (verb->bit & V_LOGS && verb->bit != V_DIFF)
			puts("\nLOG is a file, '-' for standard input, FORMAT=FILE, REGISTER=FILE, "
			     "or 'ccel',\n'tpm', 'ima', 'systemd' or 'runtime': of this machine, "
			     "as is every log when\nthere is none.");
		return;
	}

	puts("Usage: tsmmr-replay VERB [LOG...] [option...]\n");
	for (verb = verbs; verb->name; verb++)
		options_print_row(stdout, verb->name, 10, verb->does);
	options_print_row(stdout, "help", 10, "this; with a verb, its options");
	options_print_row(stdout, "version", 10, "the versions of the tool and the library");
	puts("\nExit status: 0 done, verified; 1 mismatch; 2 usage; 3 malformed or unsupported\n"
	     "input; 4 incomplete; 5 input/output; 6 a limit; 7 evidence refused.\n"
	     "\n'tsmmr-replay help VERB' lists the options of a verb.");
}

static void print_version(const struct options *o)
{
	const char *name, *version;

	printf("tsmmr-replay %d.%d.%d (libtsmmr %s)\n", TSMMR_VERSION_MAJOR, TSMMR_VERSION_MINOR,
	       TSMMR_VERSION_PATCH, tsmmr_version());
	if (!o->verbose)
		return;
	for (size_t i = 0; tsmmr_library_at(i, &name, &version) == 0; i++)
		printf("%s %s\n", name, version);
	sandbox_print(stdout);
}

/* What --trust-root takes by name. */
static void print_roots(void)
{
	const char *name, *source;
	const uint8_t *sha256;

	for (size_t i = 0; tsmmr_trust_root_at(i, &name, &sha256, &source) == 0; i++) {
		printf("%-12s sha256:", name);
		reporting_hex(stdout, sha256, 32);
		printf("  # %s\n", source);
	}
}

/*
 * Were one of them closed, the first file we open would take its place, and a message
 * would end up in it.  The modes make their use an error, as it would have been.
 */
static void hold_standard_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < (int)ARRAY_SIZE(modes); fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", modes[fd]);
}

static int run(struct options *o, int argc, char **argv)
{
	int r;

	if (argc > 1 && !strcmp(argv[1], COMPLETE_VERB)) {
		complete(verbs, argv + 2, (size_t)argc - 2);
		return 0;
	}
	r = options_parse(o, verbs, policy_read, argc, argv);

	if (r)
		return r;
	if (o->version)
		print_version(o);
	else if (o->list_roots)
		print_roots();
	else if (o->help)
		print_help(o->verb);
	else
		return (r = context_new(o, o->root, &o->ctx)) ? r : o->verb->run(o);
	return 0;
}

/* The last words to a program, and whether stdout took all there was. */
static int finish(struct options *o, int status)
{
	status = exit_first(status, failed(o));
	if (failed(o) && o->json) {
		fail_print_json(&o->failure, stdout);
		putchar('\n');
	}
	if (fclose(stdout) == 0 || failed(o) == EXIT_SYSTEM)
		return status;
	if (errno != EPIPE)
		fprintf(stderr, "tsmmr-replay: standard output: %s\n", strerror(errno));
	return exit_first(status, EXIT_SYSTEM);
}

int main(int argc, char **argv)
{
	static char line[BUFSIZ];
	struct options o = { .json = 0 };
	int status;

	hold_standard_descriptors();
	/* Unbuffered it takes a write for each character that might need an escape. */
	setvbuf(stderr, line, _IOLBF, sizeof(line));
	signal(SIGPIPE, SIG_IGN);
	/* tpm2-tss writes to standard error itself; what it returns is reported as any error. */
	setenv("TSS2_LOG", "all+none", 0);
	escape_init();

	status = run(&o, argc, argv);
	status = finish(&o, status);
	options_free(&o);
	return status;
}
