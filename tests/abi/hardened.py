#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What was built is as hard as the toolchain can make it, read from the binaries.

    hardened.py linked LIBRARY COMMAND -- CC...     relocations, stack, position
    hardened.py compiled FORTIFY ARCHIVE BINARY... -- CC...
                                                    checked calls, guarded stack, branch targets

A name that is "-" was not built.  FORTIFY is the level that the build asks for, or 0.  Each check
is first tried on something built soft; what the toolchain cannot do is said by name.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

SOFT = """#include <string.h>
int main(int argc, char **argv) { char to[64]; strcpy(to, argv[0]); return to[argc]; }
"""
# As readelf calls what x86 and Arm promise of every indirect branch.
BRANCHES = re.compile(r"\b(IBT|SHSTK|BTI|PAC)\b")


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True,
                          text=True).stdout


def linked(path, is_program):
    """What is soft about how this was linked, a word each."""
    dynamic, segments = run("readelf", "-Wd", path), run("readelf", "-Wl", path)
    if not re.search(r"\(FLAGS(_1)?\).*\b(BIND_)?NOW\b", dynamic):
        yield "lazy"
    if "GNU_RELRO" not in segments:
        yield "norelro"
    stack = re.search(r"GNU_STACK .*", segments)
    if not stack or re.search(r"\bRWE\b", stack[0]):
        yield "execstack"
    if "(TEXTREL)" in dynamic:
        yield "textrel"
    if is_program and not re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic):
        yield "no-pie"


def needed(path):
    return {line.split()[-1].split("@")[0]
            for line in run("nm", "-D", "--undefined-only", path).splitlines()}


def checked(path):
    """The calls whose bounds the C library checks."""
    return {name for name in needed(path) if re.fullmatch(r"__\w+_chk", name)}


def branches(path):
    return set(BRANCHES.findall(run("readelf", "-nW", path)))


def build(folder, name, cc, *flags):
    source, out = folder / "soft.c", folder / name
    source.write_text(SOFT)
    run(*cc, source, "-o", out, *flags)
    return out


def test_linked(folder, cc, library, command):
    soft = build(folder, "soft", cc, "-no-pie", "-fno-pie", "-Wl,-z,norelro", "-Wl,-z,lazy",
                 "-Wl,-z,execstack")
    seen = set(linked(soft, True))
    if seen != {"lazy", "norelro", "execstack", "no-pie"}:
        yield f"of a program that is linked soft, only these were seen: {sorted(seen)}"
    for path in library, command:
        if path != "-":
            yield from (f"{path}: {word}" for word in linked(path, path == command))


def test_compiled(folder, cc, fortify, archive, *binaries):
    binaries = [path for path in binaries if path != "-"]
    soft = build(folder, "soft", cc, "-O2", "-U_FORTIFY_SOURCE", "-fno-stack-protector",
                 "-fcf-protection=none" if is_x86(cc) else "-O2")
    if checked(soft) or "__stack_chk_fail" in needed(soft) or branches(soft) & {"IBT", "SHSTK"}:
        yield "a program that is compiled soft seems hard"

    for path in binaries:
        if "__stack_chk_fail" not in needed(path):
            yield f"{path}: the stack is not guarded"
        if fortify != "0" and not checked(path):
            yield f"{path}: no call is checked, with _FORTIFY_SOURCE={fortify}"
    if fortify == "0":
        print("_FORTIFY_SOURCE: not asked for, or not in this C library")

    flag = "-fcf-protection" if is_x86(cc) else "-mbranch-protection=standard"
    try:
        can = branches(build(folder, "hard.o", cc, "-O2", flag, "-c"))
        program = branches(build(folder, "hard", cc, "-O2", flag))
    except subprocess.CalledProcessError:
        can = set()
    if not can:
        print(f"{flag}: not in this compiler")
        return
    if archive != "-" and not can <= branches(archive):
        yield f"{archive}: lacks {sorted(can - branches(archive))}"
    if not program:
        print(f"{flag}: not in this system's start files, so in no program")
    for path in binaries:
        if not program <= branches(path):
            yield f"{path}: lacks {sorted(program - branches(path))}"


def is_x86(cc):
    return re.match(r"(x86_64|i\d86)", run(*cc, "-dumpmachine")) is not None


def main():
    what, *words = sys.argv[1:]
    files, cc = words[:words.index("--")], words[words.index("--") + 1:]
    with tempfile.TemporaryDirectory() as folder:
        test = {"linked": test_linked, "compiled": test_compiled}[what]
        problems = list(test(pathlib.Path(folder), cc, *files))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
