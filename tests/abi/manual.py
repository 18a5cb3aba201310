#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each call has its manual page, and its page says what a caller must know.

    manual.py ROOT

The pages of section 3 are made from the headers' comments: every call must be on one of
them, under a comment that says since when it is there, and what it fails with where it
can.  With mandoc(1), every page must be without a complaint.
"""

import pathlib
import re
import shutil
import subprocess
import sys

# What mandoc says of pages that are not installed here, of its own index.
NOT_OURS = re.compile(r"referenced manual not found|mandoc\.db")


def facts(headers, path):
    """What the comments of a header leave out."""
    for group in headers.groups_of(path):
        text = " ".join(group.comment)
        for _, name, _, after in group.calls:
            if not headers.page_of(name):
                yield f"{name} is on no page"
            elif not text.strip() and not after:
                yield f"{path.name}: nothing is said of {name}()"
        for row in group.constants:
            if not headers.page_of(row[0]) and not row[0].endswith("_H"):
                yield f"{row[0]} is on no page"
        fails = [name for returns, name, arguments, _ in group.calls
                 if returns == "int" and "reterr" in arguments]
        if fails and not re.search(r"\bE_[A-Z]+\b|[Ee]rrors|[Ff]ails? (as|with)", text):
            yield f"{path.name}: what {', '.join(fails)} fails with is not said"


def lint(page):
    result = subprocess.run(["mandoc", "-T", "lint", page], capture_output=True, text=True)
    return [line for line in (result.stdout + result.stderr).splitlines()
            if line.strip() and not NOT_OURS.search(line)]


def main():
    root, built = pathlib.Path(sys.argv[1]), [pathlib.Path(page) for page in sys.argv[2:]]
    sys.path.insert(0, str(root / "man"))
    import headers

    problems = [problem for path in sorted((root / "include/tsmmr").glob("*.h"))
                for problem in facts(headers, path)]
    pages = [*built, *sorted((root / "man").glob("*.[17]"))]
    missing = {f"{page}.3" for page in headers.PAGES} - {page.name for page in built}
    problems += [f"man/{page}.in is not there" for page in sorted(missing)]
    shown = {name for page in (root / "man").glob("*.3.in")
             for name in re.findall(r"^@EXAMPLE (\S+)@$", page.read_text(), re.M)}
    problems += [f"man/{page}.3.in has no example" for page in headers.PAGES
                 if "@EXAMPLE " not in (root / f"man/{page}.3.in").read_text()]
    problems += [f"{path} is on no page" for path in (root / "examples").glob("**/*.c")
                 if str(path.relative_to(root / "examples")) not in shown]
    if shutil.which("mandoc"):
        for page in pages:
            problems += lint(page)
    else:
        print("mandoc is not here: pages were not looked at")

    print(f"{len(pages)} pages")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems or len(built) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
