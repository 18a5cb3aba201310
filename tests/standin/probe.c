/* SPDX-License-Identifier: BSD-2-Clause */
/* One call of the library on this machine, and the code it gave. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <tsmmr/tsmmr.h>

static const char usage[] =
	"usage: probe [-a MS] extend REG SIZE | append REG RECORD | attest VMPL evidence|log\n"
	"extends with SIZE bytes 0xab, appends, or asks for evidence over the nonce \"nonce\" "
	"(with\n"
	"a log or without; VMPL -1: none said); -a: a signal comes after that long\n"
	"prints the code's name, what was done (TSMMR_APPENDED_*) and errno\n";

static void woken(int sig)
{
}

/* No SA_RESTART: who does not expect it, sees EINTR. */
static void alarm_in(long ms)
{
	struct sigaction act = { .sa_handler = woken };
	struct itimerval t = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
}

static int extend(struct tsmmr_tree *tree, const char *reg, const char *size,
		  struct tsmmr_error *err)
{
	size_t n = strtoul(size, NULL, 10);
	uint8_t *data = malloc(n + 1);
	int r;

	if (!data)
		return TSMMR_E_NOMEM;
	memset(data, 0xab, n + 1);
	r = tsmmr_tree_extend(tree, reg, data, n, err);
	free(data);
	return r;
}

static int attest(struct tsmmr_tree *tree, const char *vmpl, const char *what,
		  struct tsmmr_error *err)
{
	struct tsmmr_evidence *evidence = NULL;
	struct tsmmr_attest *request = NULL;
	struct tsmmr_log *log = NULL;
	int r = tsmmr_attest_new(TSMMR_PLATFORM_AUTO, &request, err);

	if (!r)
		r = tsmmr_attest_set_nonce(request, "nonce", 5, err);
	if (!r)
		r = tsmmr_attest_set_u64(request, "vmpl", (uint64_t)atoll(vmpl), err);
	if (!r)
		r = tsmmr_tree_attest(tree, request, &evidence, strcmp(what, "log") ? NULL : &log,
				      err);
	tsmmr_log_free(log);
	tsmmr_evidence_free(evidence);
	tsmmr_attest_free(request);
	return r;
}

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_tree *tree = NULL;
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_appended *appended = NULL;
	int r, opt;

	while ((opt = getopt(argc, argv, "+a:")) == 'a')
		alarm_in(atol(optarg));
	if (opt != -1 || argc - optind != 3)
		return fputs(usage, stderr), 2;
	argv += optind;

	r = tsmmr_ctx_new(0, &ctx, NULL);
	if (!r && getenv("TSMMR_ROOT"))
		r = tsmmr_ctx_set_root(ctx, getenv("TSMMR_ROOT"), NULL);
	if (!r)
		r = tsmmr_tree_open(ctx, &tree, &err);
	if (!r && !strcmp(argv[0], "extend"))
		r = extend(tree, argv[1], argv[2], &err);
	else if (!r && !strcmp(argv[0], "attest"))
		r = attest(tree, argv[1], argv[2], &err);
	else if (!r)
		r = tsmmr_tree_append(tree, argv[1], argv[2], strlen(argv[2]), 0, &appended, &err);
	printf("%s %u %d\n", r ? tsmmr_name(TSMMR_NAMES_ERROR, r) : "OK",
	       tsmmr_appended_flags(appended), r ? err.os_errno : 0);

	tsmmr_appended_free(appended);
	tsmmr_tree_free(tree);
	tsmmr_ctx_free(ctx);
	return 0;
}
