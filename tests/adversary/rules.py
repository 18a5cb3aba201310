#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every rule of the semantic checklist has a test that is there, and a switch that still fits.

    rules.py ROOT

RULES.tsv: rule, test, file, what stands in it, what to put there to switch the rule off.
tests/mutation/switch_off.py does so, and sees the test fail.
"""

import pathlib
import re
import sys

RULES = range(1, 36)
STATUS = "status"		# the paths of report.c and policy.c that set one


def read(root):
    """(line, rule, test, file, old, new); \\n and \\t stand for themselves."""
    table = root / "tests/adversary/RULES.tsv"
    for n, line in enumerate(table.read_text().splitlines(), 1):
        if line and line[0] != "#":
            fields = line.split("\t")
            if len(fields) != 5:
                raise SystemExit(f"{table}:{n}: {len(fields)} fields")
            yield n, *(f.replace("\\n", "\n").replace("\\t", "\t") for f in fields)


def has_test(root, test):
    path, _, name = test.partition(":")
    file = root / "tests" / path
    if not file.is_file():
        return False
    text = file.read_text()
    if file.suffix == ".c":
        return re.search(rf"^static void {name}\(void \*\*state\)", text, re.M) and \
            re.search(rf"cmocka_unit_test\w*\({name}\b", text)
    return not name or re.search(rf"^\[{re.escape(name)}\]$", text, re.M)


def main():
    root = pathlib.Path(sys.argv[1])
    problems, seen, later = [], set(), 0

    for n, rule, test, file, old, new in read(root):
        if rule != STATUS and int(rule) not in RULES:
            problems.append(f"RULES.tsv:{n}: there is no rule {rule}")
        seen.add(rule)
        if test.startswith("later: "):
            later += 1
            continue
        if not has_test(root, test):
            problems.append(f"RULES.tsv:{n}: no test {test}")
        if file != "-":
            count = (root / file).read_text().count(old)
            if count != 1:
                problems.append(f"RULES.tsv:{n}: {file} has {count} times: {old}")
    for rule in RULES:
        if str(rule) not in seen:
            problems.append(f"rule {rule} has no test")

    print(f"{len(seen)} rules, {later} of formats to come")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
