/* SPDX-License-Identifier: BSD-2-Clause */
/* util/errno_*.c: the text of an errno, in a locale that translates it. */
#include "testing.h"

#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"

/* A catalogue (GNU gettext, "The Format of GNU MO Files") that has one message. */
static void write_catalogue(const char *dir)
{
	static const char text[] = "\0"
				   "Input/output error\0"
				   "Content-Type: text/plain; charset=UTF-8\n\0"
				   "Ein-/Ausgabefehler";
	const uint32_t head[] = {
		0x950412de, 0,  2,  28, 44, 0,  60, /* then lengths and offsets: */
		0,          60, 18, 61, 40, 80, 18, 121,
	};
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/xx", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/LC_MESSAGES");
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/libc.mo");
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(head, 1, sizeof(head), f), sizeof(head));
	assert_int_equal(fwrite(text, 1, sizeof(text), f), sizeof(text));
	assert_int_equal(fclose(f), 0);
}

static void is_english_in_any_locale(void **state)
{
	char dir[] = "/tmp/tsmmr-errno.XXXXXX", command[64];
	bool translates;

	assert_non_null(mkdtemp(dir));
	write_catalogue(dir);
	setenv("LANGUAGE", "xx", 1);
	setlocale(LC_ALL, "C.UTF-8");
	bindtextdomain("libc", dir);
	translates = !strcmp(strerror(EIO), "Ein-/Ausgabefehler");
	assert_string_equal(errno_text(EIO), "Input/output error");
	assert_string_equal(errno_text(EACCES), "Permission denied");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	if (!translates)
		skip();
}

static void is_never_nothing(void **state)
{
	assert_non_null(errno_text(0));
	assert_non_null(errno_text(-1));
	assert_non_null(errno_text(4711));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_english_in_any_locale),
		cmocka_unit_test(is_never_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
