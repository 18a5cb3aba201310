#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""As a subproject of Meson, this is the library and nothing else, unless more is asked for.

    subproject.py ROOT MESON CC...
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

PROJECT = """project('whole', 'c')
executable('whole', 'whole.c', dependencies: dependency('libtsmmr', fallback: 'libtsmmr'))
"""


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def ask(meson, build, what):
    return json.loads(run(meson, "introspect", build, what))


def main():
    root, meson, *cc = sys.argv[1:]
    os.environ["CC"] = " ".join(cc)
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        whole = pathlib.Path(folder)
        (whole / "subprojects").mkdir()
        (whole / "subprojects/libtsmmr").symlink_to(root)
        (whole / "meson.build").write_text(PROJECT)
        (whole / "whole.c").write_text("int main(void) { return 0; }\n")

        run(meson, "setup", "--force-fallback-for=libtsmmr", whole / "build", whole)
        built = {target["name"] for target in ask(meson, whole / "build", "--targets")
                 if target["build_by_default"]}
        if built - {"whole", "tsmmr", "libtsmmr.a"} or "tsmmr" not in built:
            problems.append(f"built by default: {' '.join(sorted(built))}")
        tests = ask(meson, whole / "build", "--tests")
        if tests:
            problems.append(f"{len(tests)} tests by default")

        run(meson, "setup", "--reconfigure", whole / "build", whole, "-Dlibtsmmr:tools=enabled")
        if "tsmmr-replay" not in {t["name"] for t in ask(meson, whole / "build", "--targets")}:
            problems.append("no command, though asked for")

    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
