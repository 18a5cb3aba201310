/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder of evidence that no attest wrote: what configfs-tsm has of a report, or a report or
 * quote with what belongs to it beside it, or certificates alone.
 */
#pragma once

#include <stdbool.h>

struct options;
struct words;

/*
 * Adds what is in the folder to words, as --evidence takes it.  Nothing in it is more than a
 * part of evidence: a certificate is no root, and what was asked for is not asked for again.
 * 0, or the exit status of what was reported.
 */
int report_folder_take(struct options *o, struct words *to, const char *path);
/* Does it look, by the names in it, as if there were any? */
bool report_folder_is(const char *path);
/* For folders of all kinds.  "PREFIX" "PATH/FILE", kept until the end; NULL was reported. */
const char *folder_keep(struct options *o, const char *prefix, const char *path, const char *file);
/*
 * A file with something in it: sysfs and configfs do not say how much a file has.  So is what is no
 * file, that it may be refused by name.
 */
bool folder_has_bytes(int dir, const char *file);
