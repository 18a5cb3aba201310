#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Built in two folders at different depths, what is installed is the same, byte for byte.

    reproducible.py ROOT MESON OPTION...

One of the two builds inside its sources, the other beside them.  What is compared is all that is
installed: libraries, command, manual, headers, completions, list of parts.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

MUST = ("libtsmmr.so", "libtsmmr.a", "tsmmr-replay", "tsmmr_log.3", "tsmmr-json.7",
        "libtsmmr.spdx.json", "libtsmmr.pc")


def run(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout[-4000:]}")


def copy(root, source):
    shutil.copytree(root, source, symlinks=True,
                    ignore=shutil.ignore_patterns(".git", "build*", "__pycache__", "tests"))


def installed(folder, source, build, meson, options):
    """{path: bytes} of what a build puts on a system."""
    source, build = folder / source, folder / build
    run(meson, "setup", build, source, "-Dtests=disabled", *options)
    run(meson, "compile", "-C", build)
    run(meson, "install", "-C", build, "--no-rebuild", "--destdir", folder / "put")
    put = folder / "put"
    return {str(path.relative_to(put)): path.read_bytes() for path in put.rglob("*")
            if path.is_file()}


def differences(one, other):
    for path in sorted(one.keys() | other.keys()):
        if path not in one or path not in other:
            yield f"{path}: of one build only"
        elif one[path] != other[path]:
            at = next((i for i, (a, b) in enumerate(zip(one[path], other[path])) if a != b),
                      min(len(one[path]), len(other[path])))
            yield f"{path}: differs at byte {at}: {one[path][at:at + 40]} {other[path][at:at + 40]}"


def main():
    root, meson, *options = sys.argv[1:]
    # Debian's build has maps of its own; a cache would answer for a compiler that was not asked.
    os.environ |= {"SOURCE_DATE_EPOCH": "1700000000", "CCACHE_DISABLE": "1", "LC_ALL": "C"}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        one, other = pathlib.Path(one), pathlib.Path(other)
        # At once: somebody may be at work on the sources.
        copy(root, one / "s")
        copy(one / "s", other / "some/deeper/folder/source")
        first = installed(one, "s", "s/build", meson, options)
        second = installed(other, "some/deeper/folder/source", "b", meson, options)

    problems = list(differences(first, second))
    for name in MUST:
        if not any(pathlib.PurePath(path).name == name for path in first):
            problems.append(f"{name} is not installed")
    changed = dict(first)
    changed[next(iter(first))] += b"."
    if not list(differences(first, changed)):
        problems.append("a byte more is no difference")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(first)} files")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
