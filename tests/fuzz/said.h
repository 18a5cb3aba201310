/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command prints on standard error, which a terminal must be able to take. */
#pragma once

#include <stdio.h>

#include "escape.h"
#include "fuzz.h"

static FILE *said_stream, *said_before;
static char *said_text;
static size_t said_size;

static inline void said_begin(void)
{
	static bool begun;

	if (!begun)
		escape_init();
	begun = true;
	said_stream = open_memstream(&said_text, &said_size);
	PROMISE(said_stream);
	said_before = stderr;
	stderr = said_stream;
}

/* Another status than 0 has a reason; newlines are the only control characters. */
static inline void said_end(int status)
{
	stderr = said_before;
	PROMISE(fclose(said_stream) == 0);
	PROMISE(!status || said_size);
	for (size_t i = 0; i < said_size; i++)
		PROMISE((uint8_t)said_text[i] >= 0x20 || said_text[i] == '\n');
	free(said_text);
}
