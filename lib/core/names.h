/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that never change: what the command line and the JSON call our numbers. */
#pragma once

#include <stdbool.h>

#include "util/cursor.h"

/* NULL when the number has no name. */
const char *space_name(int space);
const char *trust_name(int trust);
const char *kind_name(int kind);
const char *status_name(int status);
const char *verdict_name(int verdict);
const char *severity_name(int severity);
const char *error_name(int code);
const char *detail_name(int detail);
const char *part_name(int part);
const char *known_log_name(int log);
const char *content_name(int content);
/* Is it one of the words of what was not checked? */
bool is_unchecked_word(struct span word);
/* Each of them; NULL past the last. */
const char *unchecked_word(size_t i);
