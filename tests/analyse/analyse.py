#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What static analysers say of lib/ and tools/ that doc/ANALYSIS.md does not explain.

    analyse.py ROOT BUILD [--only ANALYSER] [--jobs N] [--table] [FILE...]
    analyse.py --selftest ROOT

BUILD was configured with gcc and without sanitizers: its compile_commands.json says what is
compiled and how.  ANALYSER is gcc, clang-tidy or cppcheck; one that is not installed is skipped by
name.  --table prints rows for that page in place of judging.  Where all files were analysed, a row
of the page that nothing says any more is a fault too.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

# FILE:LINE:COLUMN: warning: what [check], as compilers write it, and cppcheck by its template.
SAID = re.compile(r"^([^\s:]+):\d+(?::\d+)?: (?:warning|error|portability|performance): "
                  r".*\[([\w.,=-]+)\]$", re.M)
# What gcc cannot place is of the file that it compiles.
UNPLACED = re.compile(r"^cc1: warning: .*\[([\w.-]+)\]$", re.M)
ROW = re.compile(r"^\| (gcc|clang-tidy|cppcheck) \| (\S+) \| (\S+) \| (\d+) \| ([A-Z]) \|$", re.M)
REASON = re.compile(r"^\*\*([A-Z])\*\*", re.M)

BROKEN = """#include <stdlib.h>
#include <string.h>
int broken(int n);
int broken(int n)
{
	char *p = malloc(8);
	int a[4], *r = 0;

	if (!p)
		return 1;
	memset(p, 8, 0);
	free(p);
	a[4] = n > 0 || n > 0;
	p[0] = 1;
	return a[n] + *r;
}
"""


def command(analyser, path, words, root, build):
    if analyser == "gcc":
        return words + ["-O2", "-fanalyzer", "-fdiagnostics-plain-output", "-S", "-o", "/dev/null"]
    if analyser == "clang-tidy":
        return ["clang-tidy", "--quiet", "-p", str(build), str(path)]
    # What _cleanup_ frees it takes for leaked; gcc knows better.
    return ["cppcheck", "--quiet", "--enable=warning,portability,performance", "--std=c11",
            "--suppress=memleak", "-D_GNU_SOURCE", "-D__linux__", f"-I{root}/include", f"-I{root}/lib",
            "--template={file}:{line}: {severity}: {message} [{id}]", str(path)]


def compiled(build):
    """{file: (folder, the compiler's words, without what it writes)}."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        if os.path.basename(words[0]) == "ccache":
            del words[0]
        for option in "-o", "-MF", "-MQ":
            at = words.index(option)
            del words[at:at + 2]
        words = [word for word in words
                 if word not in ("-MD", "-c", "-Werror") and not word.startswith("-O")]
        found.setdefault(pathlib.Path(entry["directory"], entry["file"]).resolve(),
                         (entry["directory"], words))
    return found


def findings(analyser, path, folder, words, root, build):
    """[(line, (analyser, check, file))], or an analyser that failed."""
    done = subprocess.run(command(analyser, path, words, root, build), cwd=folder,
                          capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
    text, found = done.stdout + done.stderr, []
    for match in SAID.finditer(text):
        file = pathlib.Path(folder, match[1]).resolve()
        if file.is_relative_to(root):
            found.append((match[0], (analyser, match[2].removeprefix("-Wanalyzer-"),
                                     str(file.relative_to(root)))))
    for match in UNPLACED.finditer(text):
        found.append((match[0], (analyser, match[1].removeprefix("-Wanalyzer-"),
                                 str(path.relative_to(root)))))
    if done.returncode and not found:
        sys.exit(f"{analyser} {path}: exit {done.returncode}\n{text[-2000:]}")
    return found


def analyse(analysers, files, root, build, jobs):
    """{(analyser, check, file): its lines}: what many files read is said once."""
    table = compiled(build)
    paths = [path for path in table if path.is_relative_to(root) and
             path.relative_to(root).parts[0] in ("lib", "tools") and
             (not files or str(path.relative_to(root)) in files)]
    found = collections.defaultdict(set)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(findings, analyser, path, *table[path], root, build)
                for analyser in analysers for path in sorted(paths)]
        for done in runs:
            for line, key in done.result():
                found[key].add(line)
    return found


def explained(page):
    """({key: (how many, reason)}, reasons)."""
    text = page.read_text()
    rows = {match.group(1, 2, 3): (int(match[4]), match[5]) for match in ROW.finditer(text)}
    return rows, set(REASON.findall(text))


def judge(found, rows, reasons, analysers, whole):
    for key, lines in sorted(found.items()):
        count, reason = rows.get(key, (0, None))
        if reason and reason not in reasons:
            yield f"{' '.join(key)}: reason {reason} is not given"
        if len(lines) > count:
            yield f"{' '.join(key)}: {len(lines)} found, {count} explained"
            yield from (f"    {line}" for line in sorted(lines))
    for key in sorted(rows):
        if whole and key[0] in analysers and len(found.get(key, ())) < rows[key][0]:
            yield f"{' '.join(key)}: {rows[key][0]} explained, {len(found.get(key, ()))} found"


def selftest(analysers, root):
    """Each analyser finds what is broken, and a page that explains less is told so."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        (folder / "lib").mkdir()
        (folder / "lib/broken.c").write_text(BROKEN)
        shutil.copy(root / ".clang-tidy", folder)
        words = "gcc -MD -MQ x -MF y -o z -c lib/broken.c"
        (folder / "compile_commands.json").write_text(json.dumps(
            [{"directory": str(folder), "file": "lib/broken.c", "command": words}]))
        for analyser in analysers:
            found = analyse([analyser], [], folder, folder, 1)
            if not found:
                yield f"{analyser} finds nothing in what is broken"
                continue
            full = {key: (len(lines), "A") for key, lines in found.items()}
            more = {key: (count + 1, "A") for key, (count, _) in full.items()}
            if list(judge(found, full, {"A"}, [analyser], True)):
                yield f"{analyser}: what is explained is a fault"
            for rows, reasons in ((full, set()), (more, {"A"}), ({}, {"A"})):
                if not list(judge(found, rows, reasons, [analyser], True)):
                    yield f"{analyser}: what is not explained is none"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path, nargs="?")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--only", choices=("gcc", "clang-tidy", "cppcheck"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--selftest", action="store_true")
    args = parser.parse_intermixed_args()
    root = args.root.resolve()
    analysers = [args.only] if args.only else ["gcc", "clang-tidy", "cppcheck"]
    for analyser in list(analysers):
        if not shutil.which(analyser):
            print(f"skipped: {analyser} is not installed")
            analysers.remove(analyser)
    if not analysers:
        return 77

    if args.selftest:
        problems = list(selftest(analysers, root))
    else:
        found = analyse(analysers, args.files, root, args.build.resolve(), args.jobs)
        for analyser in analysers:
            print(f"{analyser}: {sum(len(v) for k, v in found.items() if k[0] == analyser)}")
        if args.table:
            for key, lines in sorted(found.items()):
                print(f"| {' | '.join(key)} | {len(lines)} | ? |")
                print("\n".join(sorted(lines)))
            return 0
        problems = list(judge(found, *explained(root / "doc/ANALYSIS.md"), analysers,
                              not args.files))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
