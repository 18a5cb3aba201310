#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each public header compiles alone, as C99, C11 and C++11, without a warning; and what reads
headers without a compiler, to write bindings, finds a name for each enum and each number.

    headers.py SOURCE-ROOT BUILD-ROOT LANGUAGE COMPILER...
"""

import pathlib
import re
import subprocess
import sys

LANGUAGES = {
    "c": ["c99", "c11"],
    "c++": ["c++11", "c++17"],
}


def for_generators(header):
    """What a generator of bindings would number for itself, or not see."""
    text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.S)
    for body in re.findall(r"\benum\s*\{\s*(\w*)", text):
        yield f"the enum of {body} has no name"
    for name, value in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(\S.*)$", text, re.M):
        if not re.fullmatch(r"(0x[0-9a-f]+|\d+)(ULL)?", value.strip()):
            yield f"{name} is not a plain number"


def main():
    roots, language, compiler = sys.argv[1:3], sys.argv[3], sys.argv[4:]
    folders = [pathlib.Path(root) / "include" for root in roots]
    headers = sorted((folders[0] / "tsmmr").glob("*.h"))
    bad = 0
    for header in headers:
        # Twice: its guard works.  A call: it links as C.
        code = f"#include <tsmmr/{header.name}>\n" * 2
        code += "const char *f(void);\nconst char *f(void) { return tsmmr_version(); }\n"
        for standard in LANGUAGES[language]:
            done = subprocess.run(
                compiler + ["-x", language, f"-std={standard}", "-pedantic", "-Wall", "-Wextra",
                            "-Werror", "-Wundef", "-Wconversion", "-fsyntax-only",
                            *(f"-I{folder}" for folder in folders), "-"],
                input=code, text=True, stderr=subprocess.PIPE, check=False)
            if done.returncode:
                print(f"{header.name} as {standard}:\n{done.stderr}", file=sys.stderr)
                bad += 1
        for problem in for_generators(header):
            print(f"{header.name}: {problem}", file=sys.stderr)
            bad += 1
    print(f"{len(headers)} headers")
    return 1 if bad or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
