#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each public header compiles alone, as C99, C11 and C++11, without a warning.

    headers.py SOURCE-ROOT BUILD-ROOT LANGUAGE COMPILER...
"""

import pathlib
import subprocess
import sys

LANGUAGES = {
    "c": ["c99", "c11"],
    "c++": ["c++11", "c++17"],
}


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
    print(f"{len(headers)} headers")
    return 1 if bad or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
