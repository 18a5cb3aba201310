#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every rule of doc/SEMANTICS.md has a test that is there, and a switch that still fits; and
every rule and promise that is cited is in doc/SEMANTICS.md.

    rules.py ROOT

RULES.tsv: rule (or P and a promise's number), test, file, what stands in it, what to put there to switch the rule off.
tests/mutation/switch_off.py does so, and sees the test fail.
"""

import pathlib
import re
import sys

DOC = "doc/SEMANTICS.md"
STATUS = "status"		# the status table: the paths of report.c and policy.c that set one
CITED_IN = ("lib", "tools", "include", "tests", "examples", "man", "doc")
CITATION = re.compile(r"\b(rule|promise)s? (\d+)", re.I)


def sections(root):
    """{"rule": {1: text, ...}, "promise": {...}}, and what is wrong with their numbers."""
    text = (root / DOC).read_text()
    found, problems = {"rule": {}, "promise": {}}, []
    for kind, number, body in re.findall(r"^### (Rule|Promise) (\d+)\n(.*?)(?=^#|\Z)", text,
                                         re.M | re.S):
        kind, number = kind.lower(), int(number)
        if number != len(found[kind]) + 1:
            problems.append(f"{DOC}: {kind} {number} is out of order")
        if kind == "rule" and "Source:" not in body:
            problems.append(f"{DOC}: rule {number} names no source")
        found[kind][number] = body
    if not re.search(r"^## Status$", text, re.M):
        problems.append(f"{DOC} has no section Status")
    return found, problems


def citations(root):
    """(file, kind, number) of every citation, those across a line break too."""
    for folder in CITED_IN:
        for path in sorted((root / folder).glob("**/*")):
            if path.suffix not in (".c", ".h", ".py", ".md", ".1", ".3", ".7") or \
                    path.is_relative_to(root / "tests/data"):
                continue
            text = re.sub(r"^### .*", "", path.read_text(encoding="utf-8"), flags=re.M)
            text = re.sub(r"\n[ \t]*(?:\*|//|#)?", " ", text)
            for kind, number in CITATION.findall(text):
                yield path.relative_to(root), kind.lower(), int(number)


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
    if path == "adversary/yes.py":
        cases = "\n".join(p.read_text() for p in file.parent.glob("yes_*.py"))
        line, _, what = name.partition("-")
        return re.search(rf'^@case\("?{line}"?, "{re.escape(what)}"', cases, re.M)
    if path in ("adversary/collateral.py", "adversary/amd_lists.py"):
        # Some have a word or a place in their names.
        stems = re.findall(r'^ +yield f?"([^"]+)", Case', text, re.M)
        return any(re.fullmatch(re.sub(r"{\w+}", r"\\w+", re.escape(stem).replace(
            r"\{", "{").replace(r"\}", "}")), name) for stem in stems)
    return not name or re.search(rf"^\[{re.escape(name)}\]$", text, re.M)


def main():
    root = pathlib.Path(sys.argv[1])
    known, problems = sections(root)
    seen, cited = set(), 0

    for n, rule, test, file, old, new in read(root):
        kind, number = ("promise", rule[1:]) if rule[0] == "P" else ("rule", rule)
        if rule != STATUS and int(number) not in known[kind]:
            problems.append(f"RULES.tsv:{n}: {DOC} has no {kind} {number}")
        seen.add(rule)
        if not has_test(root, test):
            problems.append(f"RULES.tsv:{n}: no test {test}")
        if file != "-":
            count = (root / file).read_text().count(old)
            if count != 1:
                problems.append(f"RULES.tsv:{n}: {file} has {count} times: {old}")
    for rule in known["rule"]:
        if str(rule) not in seen:
            problems.append(f"rule {rule} has no test")
    for path, kind, number in citations(root):
        cited += 1
        if number not in known[kind]:
            problems.append(f"{path}: {DOC} has no {kind} {number}")

    print(f"{len(known['rule'])} rules, {len(known['promise'])} promises, {cited} citations")
    if not known["rule"] or not known["promise"] or cited < 50:
        problems.append("nothing found to check: has a heading or a citation changed its form?")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
