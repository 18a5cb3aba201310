/* SPDX-License-Identifier: BSD-2-Clause */
/* UEFI device paths as text. */
#pragma once

#include "util/buf.h"
#include "util/cursor.h"

/*
 * Appends the path in the long form of UEFI 2.10 §10.6, spelled as edk2's
 * DevicePathToText does without its shortcuts.  The path is whatever a log holds: a node
 * that does not fit, a missing end and bytes after the end are mentioned in the text, and the
 * text is bounded (some KiB) however long the path is.
 */
void devpath_text(struct buf *out, struct span path);

/*
 * The same with what was loaded in front: "file on device" when the path ends in the name
 * of a file (FilePath or FvFile), else as devpath_text().
 */
void devpath_brief(struct buf *out, struct span path);

/*
 * Takes the first path off a list of paths, its end node included: a boot entry may have
 * several.  What has no end is taken whole.  False when the list is empty.
 */
bool devpath_next(struct span *list, struct span *ret);
