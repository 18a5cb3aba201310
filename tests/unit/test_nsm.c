/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/nsm: requests byte for byte, what a module answered, and what none should. */
#include "testing.h"

#include "sys/nsm.h"
#include "util/hex.h"

/* A module that takes one request, which must be this one, and gives one answer. */
static struct module {
	struct nsm nsm;
	uint8_t want[NSM_REQUEST_MAX];
	size_t n_want; /* 0: any */
	uint8_t answer[NSM_RESPONSE_MAX];
	size_t n_answer;
	int error; /* errno instead, the first n_errors times */
	int n_errors;
	int calls;
} module;

static int exchange(struct nsm *nsm, struct span request, size_t *ret_n)
{
	module.calls++;
	if (module.n_errors) {
		module.n_errors--;
		return -module.error;
	}
	if (module.n_want)
		assert_bytes(request.p, request.n, module.want, module.n_want);
	memcpy(nsm->response, module.answer, module.n_answer);
	*ret_n = module.n_answer;
	return 0;
}

static struct nsm *answers(const void *p, size_t n)
{
	memset(&module, 0, sizeof(module));
	module.nsm.exchange = exchange;
	module.nsm.fd = -1;
	memcpy(module.answer, p, n);
	module.n_answer = n;
	return &module.nsm;
}

static struct nsm *answers_hex(const char *hex)
{
	uint8_t bytes[512];
	ssize_t n = hex_decode(bytes, sizeof(bytes), hex, strlen(hex));

	assert_true(n >= 0);
	return answers(bytes, (size_t)n);
}

static struct nsm *fails(int error, int times)
{
	struct nsm *nsm = answers("", 0);

	module.error = error;
	module.n_errors = times;
	return nsm;
}

/* {"Error": name} */
static struct nsm *answers_error(const char *name)
{
	uint8_t bytes[64] = "\xa1\x65"
			    "Error";
	size_t n = strlen(name);

	bytes[7] = (uint8_t)(0x60 | n);
	memcpy(bytes + 8, name, n);
	return answers(bytes, 8 + n);
}

static void want_hex(const char *hex)
{
	ssize_t n = hex_decode(module.want + module.n_want, 16, hex, strlen(hex));

	assert_true(n >= 0);
	module.n_want += (size_t)n;
}

/* The request, as the interface has it: text, and hex of what is not text. */
static void wants(const char *head, const char *op, const char *fields, const char *key, unsigned v)
{
	char number[16];

	snprintf(number, sizeof(number), v < 24 ? "%02x" : "18%02x", v);
	want_hex(head);
	memcpy(module.want + module.n_want, op, strlen(op));
	module.n_want += strlen(op);
	if (!key)
		return;
	want_hex(fields);
	memcpy(module.want + module.n_want, key, strlen(key));
	module.n_want += strlen(key);
	want_hex(number);
}

/* clang-format off */
static const struct {
	const char *name;
	int code;
} errors[] = {
	{ "InvalidArgument", TSMMR_E_ARG },	    { "InvalidIndex", TSMMR_E_NOTFOUND },
	{ "InvalidResponse", TSMMR_E_IO },	    { "ReadOnlyIndex", TSMMR_E_LOCKED },
	{ "InvalidOperation", TSMMR_E_UNSUPPORTED }, { "BufferTooSmall", TSMMR_E_LIMIT },
	{ "InputTooLarge", TSMMR_E_LIMIT },	    { "InternalError", TSMMR_E_IO },
};
/* clang-format on */

/* What an answer in hex must come to: 0, or the code of its error. */
static int outcome(const char *hex)
{
	char name[64];

	if (strncmp(hex, "a1654572726f72", 14) != 0)
		return 0;
	for (size_t i = 0; i < N_OF(errors); i++) {
		for (size_t k = 0; k <= strlen(errors[i].name); k++)
			sprintf(name + 2 * k, "%02x", errors[i].name[k]);
		name[2 * strlen(errors[i].name)] = 0;
		if (strcmp(hex + 16, name) == 0)
			return errors[i].code;
	}
	fail_msg("%s", hex);
	return 0;
}

static void check_value(const char *hex, const uint8_t *value)
{
	char want[2 * NSM_PCR_SIZE + 1] = "";

	hex_encode(want, value, NSM_PCR_SIZE);
	assert_non_null(strstr(hex, want));
}

/* A line "OPERATION [NUMBER] [data[SIZE]]  rc=0 len=N HEX" of a transcript: was it one of ours? */
static bool check_line(const char *folder, const char *label, size_t len, const char *hex)
{
	struct tsmmr_error err = ERROR_INIT;
	struct nsm_description d;
	uint8_t value[NSM_PCR_SIZE], data[4000];
	unsigned number, size;
	bool is_locked;
	char path[128];
	int end, r;

	if (strcmp(label, "DescribeNSM") == 0) {
		struct bytes file;

		snprintf(path, sizeof(path), "%s/describe-nsm.cbor", folder);
		file = read_data(path);
		answers(file.p, file.n);
		bytes_done(&file);
		wants("6b", label, NULL, NULL, 0);
		assert_code(nsm_describe(&module.nsm, &d, &err), 0);
		assert_int_equal(d.n_pcrs, 32);
		assert_int_equal(d.major, 1);
		assert_int_equal(d.locked, strstr(folder, "enclave") ? 0xffff : 0);
		assert_memory_equal(d.module_id, "i-01234567", 10);
		return true;
	}
	if (strlen(hex) != 2 * len)
		return false;
	answers_hex(hex);
	end = 0;
	if (sscanf(label, "DescribePCR %u%n", &number, &end) == 1 && !label[end]) {
		wants("a16b", "DescribePCR", "a165", "index", number);
		r = nsm_describe_pcr(&module.nsm, number, value, &is_locked, &err);
		assert_code(r, outcome(hex));
		if (r == 0) {
			check_value(hex, value);
			assert_int_equal(is_locked, strcmp(hex + strlen(hex) - 2, "f5") == 0);
		}
		return true;
	}
	if (sscanf(label, "ExtendPCR %u data[%u]", &number, &size) == 2) {
		char head[16];

		memset(data, 0x5a, sizeof(data));
		wants("a169", "ExtendPCR", "a265", "index", number);
		memcpy(module.want + module.n_want,
		       "\x64"
		       "data",
		       5);
		snprintf(head, sizeof(head),
			 size < 24  ? "%02x" :
			 size < 256 ? "58%02x" :
				      "59%04x",
			 size < 24 ? 0x40 | size : size);
		module.n_want += 5;
		want_hex(head);
		memcpy(module.want + module.n_want, data, size);
		module.n_want += size;
		r = nsm_extend_pcr(&module.nsm, number, span_of(data, size), value, &err);
		assert_code(r, outcome(hex));
		if (r == 0)
			check_value(hex, value);
		return true;
	}
	if (sscanf(label, "LockPCR %u", &number) == 1) {
		wants("a167", "LockPCR", "a165", "index", number);
		assert_code(nsm_lock_pcr(&module.nsm, number, &err), outcome(hex));
		return true;
	}
	if (sscanf(label, "LockPCRs %u", &number) == 1) {
		wants("a168", "LockPCRs", "a165", "range", number);
		assert_code(nsm_lock_pcrs(&module.nsm, number, &err), outcome(hex));
		return true;
	}
	return false;
}

static size_t check_transcript(const char *folder)
{
	char path[128];
	struct bytes file;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/transcript.txt", folder);
	file = read_data(path);
	for (char *line = strtok((char *)file.p, "\r\n"); line; line = strtok(NULL, "\r\n")) {
		char *rc = strstr(line, " rc=0 "), *hex;
		size_t len;

		if (!rc || sscanf(rc, " rc=0 len=%zu", &len) != 1)
			continue;
		hex = strrchr(rc, ' ') + 1;
		while (rc > line && rc[-1] == ' ')
			rc--;
		*rc = 0;
		n += check_line(folder, line, len, hex);
	}
	bytes_done(&file);
	return n;
}

static void test_transcripts(void **state)
{
	/* Of 66 and 32 calls: the others are of operations we have no use for, or were cut. */
	assert_int_equal(check_transcript("nsm"), 45);
	assert_int_equal(check_transcript("nsm/nitro-enclave"), 29);
}

static void test_attest(void **state)
{
	/* What was asked, in the transcript's order of fields; null where nothing was given. */
	static const uint8_t request[] = "\xa1\x6b"
					 "Attestation\xa3\x69user_data\xf6\x65nonce\x43"
					 "abc\x6apublic_key\x41k";
	static const char *const files[] = { "nsm/attest-before.cbor", "nsm/attest-after.cbor",
					     "nsm/attest-1024.cbor",
					     "nsm/nitro-enclave/attest-locked.cbor" };
	uint8_t big[NSM_PUBLIC_KEY_MAX + 1] = { 0 };
	struct tsmmr_error err = ERROR_INIT;
	struct buf doc = { 0 };

	for (size_t i = 0; i < N_OF(files); i++) {
		struct bytes file = read_data(files[i]);

		answers(file.p, file.n);
		memcpy(module.want, request, sizeof(request) - 1);
		module.n_want = sizeof(request) - 1;
		doc.n = 0;
		assert_code(nsm_attest(&module.nsm, span_of(NULL, 0), span_of("abc", 3),
				       span_of("k", 1), &doc, &err),
			    0);
		/* An array of four, its protected header first. */
		assert_memory_equal(doc.p, "\x84\x43\xa1\x01\x20", 5);
		assert_bytes(doc.p, doc.n, file.p + file.n - doc.n, doc.n);

		/* A response that the device cut. */
		for (size_t n = 0; n < file.n; n += 7) {
			answers(file.p, n);
			assert_code(nsm_attest(&module.nsm, span_of(NULL, 0), span_of("abc", 3),
					       span_of(NULL, 0), &doc, &err),
				    TSMMR_E_TRUNCATED);
		}
		bytes_done(&file);
	}
	buf_done(&doc);

	answers("", 0);
	assert_code(nsm_attest(&module.nsm, span_of(big, 513), span_of(big, 512), span_of(big, 1),
			       &doc, &err),
		    TSMMR_E_ARG);
	assert_code(nsm_attest(&module.nsm, span_of(big, 1), span_of(big, 513), span_of(big, 1),
			       &doc, &err),
		    TSMMR_E_ARG);
	assert_code(nsm_attest(&module.nsm, span_of(big, 1), span_of(big, 1), span_of(big, 1025),
			       &doc, &err),
		    TSMMR_E_ARG);
	assert_int_equal(module.calls, 0);
}

static void test_errors(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	uint8_t value[NSM_PCR_SIZE];

	for (size_t i = 0; i < N_OF(errors); i++) {
		struct nsm *nsm = answers_error(errors[i].name);
		bool sure = errors[i].code != TSMMR_E_IO;

		assert_code(nsm_describe_pcr(nsm, 0, value, NULL, &err), errors[i].code);
		assert_non_null(strstr(err.message, errors[i].name));
		/* A module that failed may have done it all the same. */
		assert_code(nsm_extend_pcr(nsm, 0, span_of("x", 1), NULL, &err),
			    sure ? errors[i].code : TSMMR_E_INDOUBT);
		assert_code(nsm_lock_pcr(nsm, 0, &err), sure ? errors[i].code : TSMMR_E_INDOUBT);
	}
	assert_code(nsm_describe_pcr(answers_error("Surprise"), 0, value, NULL, &err),
		    TSMMR_E_MALFORMED);
	assert_code(nsm_extend_pcr(answers_error("Surprise"), 0, span_of("x", 1), NULL, &err),
		    TSMMR_E_INDOUBT);
}

static void test_malformed(void **state)
{
	/* DescribePCR's fields; each is wrong in one way. */
	static const char ok[] = "a16b4465736372696265504352a2646c6f636bf564646174615830";
	static const char *const bad[] = {
		"",
		"a0",
		"a2",
		"80",
		"6b4465736372696265504352", /* the name alone */
		"6744657363726962",
		"a169457874656e64504352a0",     /* another operation's */
		"a16b4465736372696265504352a0", /* no fields */
		"a16b4465736372696265504352f6",
		"a16b4465736372696265504352a1646c6f636bf5", /* no data */
		"a16b4465736372696265504352a2646c6f636bf56464617461f6",
		"a16b4465736372696265504352a2646c6f636bf5646461746140", /* 0 bytes */
		"a16b4465736372696265504352a2646c6f636b01646461746140",
		"a16b4465736372696265504352a2646c6f636bf5646c6f636bf5", /* twice */
		"bf6b4465736372696265504352a0ff",                       /* no fields */
		"bf6b4465736372696265504352bf646c6f636bf5ff",           /* no second break */
		"a1654572726f7201", /* an error that is no text */
		"a1654572726f72",
	};
	struct tsmmr_error err = ERROR_INIT;
	uint8_t value[NSM_PCR_SIZE], bytes[128];
	bool is_locked = false;
	ssize_t n;

	for (size_t i = 0; i < N_OF(bad); i++) {
		int r = nsm_describe_pcr(answers_hex(bad[i]), 0, value, &is_locked, &err);

		if (r != TSMMR_E_MALFORMED && r != TSMMR_E_TRUNCATED)
			fail_msg("%s: %d", bad[i], r);
		assert_code(nsm_extend_pcr(answers_hex(bad[i]), 0, span_of("x", 1), NULL, &err),
			    TSMMR_E_INDOUBT);
	}

	/* The whole of it is well, no part of it is, and nothing may follow. */
	n = hex_decode(bytes, sizeof(bytes), ok, strlen(ok));
	memset(bytes + n, 7, NSM_PCR_SIZE + 1);
	n += NSM_PCR_SIZE;
	assert_code(nsm_describe_pcr(answers(bytes, (size_t)n), 0, value, &is_locked, &err), 0);
	assert_true(is_locked);
	assert_int_equal(value[0], 7);
	for (ssize_t k = 0; k < n; k++)
		assert_code(nsm_describe_pcr(answers(bytes, (size_t)k), 0, value, NULL, &err),
			    TSMMR_E_TRUNCATED);
	assert_code(nsm_describe_pcr(answers(bytes, (size_t)n + 1), 0, value, NULL, &err),
		    TSMMR_E_MALFORMED);
}

/* DescribePCR's answer in hex, where data stands for its '*'. */
static int describe_pcr(const char *form, const char *data, uint8_t *value, bool *ret_locked)
{
	struct tsmmr_error err = ERROR_INIT;
	size_t head = strcspn(form, "*");
	char hex[512];

	snprintf(hex, sizeof(hex), "%.*s%s%s", (int)head, form, data, form + head + 1);
	return nsm_describe_pcr(answers_hex(hex), 0, value, ret_locked, &err);
}

/* The same answers in the other ways that CBOR has.  (RFC 8949 §3) */
static void test_any_encoding(void **state)
{
	static const char *const good[] = {
		"bf6b4465736372696265504352bf646c6f636bf56464617461*ffff",
		"ba000000017f6b4465736372696265504352ffbf7f626c6f62636bfff57f6464617461ff*ff",
		"a16b4465736372696265504352b900036464617461*656c61746572f7646c6f636bf5",
	};
	static const char *const bad[] = {
		"bf6b4465736372696265504352bf646c6f636bf56464617461*ff",
		"bf6b4465736372696265504352bf646c6f636bf56464617461*ffff00",
		"bf6b4465736372696265504352bf646c6f636bf56464617461*ffffff",
		"bf6b4465736372696265504352bf646c6f636bf56464617461*ff6161f6ff",
		"bf6b4465736372696265504352bf646c6f636bf5646461746140*ffff",
	};
	static const char sevens[] = "07070707070707070707070707070707";
	uint8_t value[NSM_PCR_SIZE];
	bool is_locked = false;
	char data[256];

	snprintf(data, sizeof(data), "5f50%s5a00000020%s%sff", sevens, sevens, sevens);
	for (size_t i = 0; i < N_OF(good); i++) {
		memset(value, 0, sizeof(value));
		assert_code(describe_pcr(good[i], data, value, &is_locked), 0);
		assert_true(is_locked);
		for (size_t k = 0; k < sizeof(value); k++)
			assert_int_equal(value[k], 7);
	}
	for (size_t i = 0; i < N_OF(bad); i++) {
		int r = describe_pcr(bad[i], data, value, &is_locked);

		if (r != TSMMR_E_MALFORMED && r != TSMMR_E_TRUNCATED)
			fail_msg("%s: %d", bad[i], r);
	}
}

/* Whatever one changed bit makes of a response, it is decoded or refused, and no more is read. */
static void test_flipped(void **state)
{
	static const char *const files[] = { "nsm/describe-nsm.cbor", "nsm/attest-before.cbor" };

	for (size_t i = 0; i < N_OF(files); i++) {
		struct bytes file = read_data(files[i]);

		for (size_t bit = 0; bit < 8 * file.n; bit++) {
			struct nsm_description d;
			struct buf doc = { 0 };

			file.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			answers(file.p, file.n);
			nsm_describe(&module.nsm, &d, NULL);
			nsm_attest(&module.nsm, span_of("a", 1), span_of("b", 1), span_of("c", 1),
				   &doc, NULL);
			assert_true(doc.n <= file.n);
			assert_int_not_equal(nsm_lock_pcr(&module.nsm, 0, NULL), 0);
			buf_done(&doc);
			file.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		bytes_done(&file);
	}
}

/* {"DescribeNSM": …} with this digest, so many PCRs, and this locked. */
static int describe(const char *digest, const char *max, const char *locked)
{
	struct tsmmr_error err = ERROR_INIT;
	struct nsm_description d;
	char hex[512];

	snprintf(hex, sizeof(hex),
		 "a16b44657363726962654e534da8"
		 "66646967657374%s"
		 "686d61785f70637273%s"
		 "696d6f64756c655f69646178"
		 "6b6c6f636b65645f70637273%s"
		 "6d76657273696f6e5f6d616a6f7201"
		 "6d76657273696f6e5f6d696e6f7200"
		 "6d76657273696f6e5f706174636800"
		 "656c61746572820102",
		 digest, max, locked);
	return nsm_describe(answers_hex(hex), &d, &err);
}

static void test_describe(void **state)
{
	static const char sha384[] = "66534841333834", sha512[] = "66534841353132";

	/* What a later module says besides is no matter. */
	assert_code(describe(sha384, "1820", "83000f181f"), 0);
	assert_code(describe(sha512, "1820", "80"), TSMMR_E_UNSUPPORTED);
	assert_code(describe(sha384, "1841", "80"), TSMMR_E_UNSUPPORTED);
	assert_code(describe(sha384, "1820", "811840"), TSMMR_E_MALFORMED);
	assert_code(describe(sha384, "1820", "8120"), TSMMR_E_MALFORMED);
	assert_code(describe(sha384, "1820", "a0"), TSMMR_E_MALFORMED);
}

static void test_device(void **state)
{
	static const char ok[] = "a169457874656e64504352a164646174615830";
	struct tsmmr_error err = ERROR_INIT;
	uint8_t value[NSM_PCR_SIZE], bytes[128] = { 0 };
	uint8_t big[NSM_REQUEST_MAX] = { 0 };
	ssize_t n;

	/* A signal: reading is tried again, extending is not. */
	assert_code(nsm_describe_pcr(fails(EINTR, 3), 0, value, NULL, &err), TSMMR_E_TRUNCATED);
	assert_int_equal(module.calls, 4);
	assert_code(nsm_describe_pcr(fails(EINTR, 1000), 0, value, NULL, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, EINTR);
	assert_code(nsm_extend_pcr(fails(EINTR, 1), 0, span_of("x", 1), value, &err),
		    TSMMR_E_INDOUBT);
	assert_int_equal(module.calls, 1);

	assert_code(nsm_extend_pcr(fails(ETIMEDOUT, 1), 0, span_of("x", 1), value, &err),
		    TSMMR_E_INDOUBT);
	assert_code(nsm_extend_pcr(fails(EIO, 1), 0, span_of("x", 1), value, &err),
		    TSMMR_E_INDOUBT);
	assert_code(nsm_extend_pcr(fails(EMSGSIZE, 1), 0, span_of("x", 1), value, &err),
		    TSMMR_E_IO);
	assert_int_equal(err.os_errno, EMSGSIZE);
	assert_code(nsm_extend_pcr(fails(ENOTTY, 1), 0, span_of("x", 1), value, &err), TSMMR_E_IO);
	assert_code(nsm_lock_pcr(fails(ETIMEDOUT, 1), 0, &err), TSMMR_E_INDOUBT);

	/* The most that a request takes, and one more, which is not sent. */
	n = hex_decode(bytes, sizeof(bytes), ok, strlen(ok));
	answers(bytes, (size_t)n + NSM_PCR_SIZE);
	assert_code(nsm_extend_pcr(&module.nsm, 16, span_of(big, 4096 - 27), value, &err), 0);
	assert_code(nsm_extend_pcr(&module.nsm, 16, span_of(big, 4096 - 26), value, &err),
		    TSMMR_E_ARG);
	assert_int_equal(module.calls, 1);
}

/* What is there is no module. */
static void test_open(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct nsm_description d;
	char root[] = "/tmp/tsmmr-nsm-XXXXXX", path[64];
	struct nsm *nsm;

	assert_non_null(mkdtemp(root));
	assert_code(nsm_open(root, &nsm, &err), TSMMR_E_NOTFOUND);
	snprintf(path, sizeof(path), "%s/dev", root);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_code(nsm_open(root, &nsm, &err), TSMMR_E_NOTFOUND);
	strcat(path, "/nsm");
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_code(nsm_open(root, &nsm, &err), TSMMR_E_IO);
	assert_int_equal(unlink(path), 0);
	close(open(path, O_WRONLY | O_CREAT, 0644));
	assert_code(nsm_open(root, &nsm, &err), 0);
	assert_code(nsm_describe(nsm, &d, &err), TSMMR_E_IO);
	/* An emulator does not know the call at all. */
	assert_true(err.os_errno == ENOTTY || err.os_errno == ENOSYS);
	nsm_close(nsm);
	assert_int_equal(unlink(path), 0);
	strcpy(strrchr(path, '/'), "");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(root), 0);
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcripts), cmocka_unit_test(test_attest),
		cmocka_unit_test(test_errors),	    cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_describe),    cmocka_unit_test(test_device),
		cmocka_unit_test(test_any_encoding),
		cmocka_unit_test(test_flipped),	    cmocka_unit_test(test_open),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
