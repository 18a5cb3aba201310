#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Built in another folder at another depth, what is installed is the same, byte for byte.

    reproducible.py ROOT BUILD MESON OPTION...

One is BUILD, the other is built beside a copy of the sources with OPTIONs.  What is compared is all
that is installed: libraries, command, manual, headers, completions, list of parts.
"""

import datetime
import json
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
                    ignore=shutil.ignore_patterns(".git", "build*", "__pycache__"))


def installed(build, meson, put):
    """{path: bytes} of what a build puts on a system."""
    run(meson, "install", "-C", build, "--no-rebuild", "--destdir", put)
    return {str(path.relative_to(put)): path.read_bytes() for path in put.rglob("*")
            if path.is_file()}


def to_install(build, meson):
    """What has to be made for that."""
    targets = json.loads(subprocess.check_output([meson, "introspect", "--targets", build]))
    return [os.path.relpath(name, build) for target in targets if target["installed"]
            for name in target["filename"]]


def made(files):
    """When a build was made, as its list of parts says."""
    parts = next(files[path] for path in files if path.endswith("libtsmmr.spdx.json"))
    created = json.loads(parts)["creationInfo"]["created"]
    return int(datetime.datetime.strptime(created, "%Y-%m-%dT%H:%M:%S%z").timestamp())


def differences(one, other):
    for path in sorted(one.keys() | other.keys()):
        if path not in one or path not in other:
            yield f"{path}: of one build only"
        elif one[path] != other[path]:
            at = next((i for i, (a, b) in enumerate(zip(one[path], other[path])) if a != b),
                      min(len(one[path]), len(other[path])))
            yield f"{path}: differs at byte {at}: {one[path][at:at + 40]} {other[path][at:at + 40]}"


def main():
    root, build, meson, *options = sys.argv[1:]
    # Debian's build has maps of its own; a cache would answer for a compiler that was not asked.
    os.environ |= {"CCACHE_DISABLE": "1", "LC_ALL": "C"}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        first = installed(build, meson, folder / "first")
        os.environ["SOURCE_DATE_EPOCH"] = str(made(first))
        source, other = folder / "some/deeper/folder/source", folder / "b"
        copy(root, source)
        run(meson, "setup", other, source, *options)
        run("ninja", "-C", other, *to_install(other, meson))
        second = installed(other, meson, folder / "second")

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
