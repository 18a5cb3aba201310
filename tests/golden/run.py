#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs tsmmr-replay on the cases of cases.ini and compares byte for byte; prints TAP.

    run.py TOOL DATA [NAME...]          run all cases, or those named
    run.py --update TOOL DATA [NAME...] write down what comes out as what is expected

A case is a section; its name is that of out/NAME.txt, which holds stdout and then each
file that the run left in its temporary folder.  Keys:

    cmd       the command line; @TMP@ is the temporary folder of the case
    exit      exit status, 0 when absent
    stderr    words that stderr must contain, one or more lines; absent: stderr is empty
    needs     files below DATA without which the case is skipped
    copy      lines "TO FROM": FROM (below DATA) is copied to TO (below @TMP@) before
    cut       lines "TO FROM BYTES": the same, but only so many bytes
    patch     lines "TO FROM OFFSET HEX": the same, with these bytes at that offset
    write     lines "TO TEXT": TEXT, with escapes as in Python, is written to TO
    stdin     a file below DATA or @TMP@
    stdout    where stdout goes instead: a path, or "closed" or "broken" (nobody reads)
    columns   run on a terminal of that width
    env       lines "NAME=VALUE"

The folder DATA is the current one, so paths are relative and output is the same anywhere.
"""

import argparse
import configparser
import difflib
import fcntl
import os
import pathlib
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_S = 60


class Case:
    def __init__(self, name, keys):
        known = {"cmd", "exit", "stderr", "needs", "copy", "cut", "patch", "write",
                 "stdin", "stdout", "columns", "env"}
        if set(keys) - known:
            raise SystemExit(f"{name}: unknown key: {', '.join(set(keys) - known)}")
        self.name = name
        self.command = shlex.split(keys["cmd"])
        self.exit = int(keys.get("exit", "0"))
        self.stderr = lines(keys, "stderr")
        self.needs = keys.get("needs", "").split()
        self.copies = [line.split() + [None] for line in lines(keys, "copy")]
        self.copies += [line.split() for line in lines(keys, "cut")]
        self.patches = [line.split() for line in lines(keys, "patch")]
        self.writes = [line.split(" ", 1) for line in lines(keys, "write")]
        self.stdin = keys.get("stdin")
        self.stdout = keys.get("stdout")
        self.columns = int(keys.get("columns", "0"))
        self.env = dict(line.split("=", 1) for line in lines(keys, "env"))
        self.expected = HERE / "out" / f"{name}.txt"


def lines(keys, key):
    return [line for line in keys.get(key, "").splitlines() if line]


def read_terminal(fd):
    out = b""
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:         # the other side is closed: that is how a terminal ends
            return out
        if not piece:
            return out
        out += piece


def run_on_terminal(argv, columns, **how):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(argv, stdout=theirs, stderr=subprocess.PIPE, **how) as process:
        os.close(theirs)
        out = read_terminal(ours)
        err = process.stderr.read()
        process.wait(TIMEOUT_S)
    os.close(ours)
    return process.returncode, out.replace(b"\r\n", b"\n"), err


def run_with_stdout(argv, stdout, **how):
    """A run whose stdout is somewhere that is nobody's pipe."""
    close = None
    if stdout == "closed":
        target, close = None, lambda: os.close(1)
    elif stdout == "broken":
        reader, target = os.pipe()
        os.close(reader)
    else:
        target = os.open(stdout, os.O_WRONLY)
    done = subprocess.run(argv, stdout=target, stderr=subprocess.PIPE, preexec_fn=close,
                          timeout=TIMEOUT_S, check=False, **how)
    if target is not None:
        os.close(target)
    return done.returncode, b"", done.stderr


def prepare(case, data, tmp):
    for to, source, size in case.copies:
        target = pathlib.Path(tmp, to)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = (data / source).read_bytes()
        target.write_bytes(content if size is None else content[:int(size)])
    for to, source, offset, patch in case.patches:
        content = bytearray((data / source).read_bytes())
        patch = bytes.fromhex(patch)
        content[int(offset):int(offset) + len(patch)] = patch
        pathlib.Path(tmp, to).write_bytes(content)
    for to, text in case.writes:
        pathlib.Path(tmp, to).write_bytes(text.encode("latin-1").decode("unicode_escape")
                                          .encode("latin-1"))


def run(case, tool, data):
    """Exit status, output and stderr of a case, with its folder called @TMP@ again."""
    with tempfile.TemporaryDirectory(prefix="tsmmr-golden-") as tmp:
        prepare(case, data, tmp)
        before = set(pathlib.Path(tmp).rglob("*"))
        argv = [tool] + [word.replace("@TMP@", tmp) for word in case.command]
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TERM": "xterm"}
        env.update((k, os.environ[k]) for k in ("ASAN_OPTIONS", "UBSAN_OPTIONS",
                                                "LD_LIBRARY_PATH") if k in os.environ)
        how = {"cwd": data, "env": env | case.env, "stdin": subprocess.DEVNULL}
        stdin = None
        if case.stdin:
            stdin = open(data / case.stdin.replace("@TMP@", tmp), "rb")
            how["stdin"] = stdin

        if case.columns:
            status, out, err = run_on_terminal(argv, case.columns, **how)
        elif case.stdout:
            status, out, err = run_with_stdout(argv, case.stdout, **how)
        else:
            done = subprocess.run(argv, capture_output=True, timeout=TIMEOUT_S, check=False,
                                  **how)
            status, out, err = done.returncode, done.stdout, done.stderr

        if stdin:
            stdin.close()
        for path in sorted(set(pathlib.Path(tmp).rglob("*")) - before):
            if path.is_file():
                out += b"=== " + str(path.relative_to(tmp)).encode() + b"\n"
                out += path.read_bytes()
        place = tmp.encode()
        return status, out.replace(place, b"@TMP@"), err.replace(place, b"@TMP@")


def unsafe(out):
    """What would reach a terminal raw: controls but for our own colours, bidi, broken UTF-8."""
    try:
        text = re.sub(r"\x1b\[[0-9]*m", "", out.decode())
    except UnicodeDecodeError as error:
        return str(error)
    for char in text:
        if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            return f"U+{ord(char):04X} in the output"
    return None


def problems(case, status, out, err):
    if status != case.exit:
        yield f"exit status {status}, not {case.exit}"
    bad = unsafe(out)
    if bad:
        yield bad
    text = err.decode(errors="replace")
    if not case.stderr and text:
        yield "stderr is not empty"
    for words in case.stderr:
        if words not in text:
            yield f"stderr lacks: {words}"
    expected = case.expected.read_bytes() if case.expected.exists() else b""
    if out != expected:
        yield "stdout differs:"
        yield from difflib.unified_diff(
            expected.decode(errors="replace").splitlines(),
            out.decode(errors="replace").splitlines(), "expected", "got", lineterm="", n=1)
    if text:
        yield from ("stderr: " + line for line in text.splitlines())


def update(case, out):
    if out:
        case.expected.write_bytes(out)
    elif case.expected.exists():
        case.expected.unlink()


def check(case, tool, data, updating):
    """One line of TAP, and why."""
    missing = [need for need in case.needs if not (data / need).exists()]
    if missing:
        return f"ok %d - {case.name} # SKIP needs {' '.join(missing)}", []
    status, out, err = run(case, tool, data)
    if updating:
        update(case, out)
    why = list(problems(case, status, out, err))
    failed = any(not line.startswith("stderr: ") for line in why)
    return f"{'not ok' if failed else 'ok'} %d - {case.name}", why if failed else []


def leftovers(cases):
    names = {case.name for case in cases}
    return sorted(path.name for path in (HERE / "out").glob("*.txt") if path.stem not in names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true")
    parser.add_argument("tool")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()

    ini = configparser.ConfigParser(interpolation=None, delimiters=("=",),
                                    default_section="", comment_prefixes=("#",))
    ini.read_string((HERE / "cases.ini").read_text(encoding="utf-8"))
    cases = [Case(name, ini[name]) for name in ini.sections()]
    chosen = [case for case in cases if not args.names or case.name in args.names]
    tool, data = str(pathlib.Path(args.tool).resolve()), args.data.resolve()

    print(f"1..{len(chosen) + 1}")
    bad = 0
    for number, case in enumerate(chosen, 1):
        verdict, why = check(case, tool, data, args.update)
        bad += verdict.startswith("not")
        print(verdict % number, flush=True)
        for line in why:
            print(f"# {line}")
    extra = leftovers(cases)
    print(f"{'not ok' if extra else 'ok'} {len(chosen) + 1} - no output without a case")
    for name in extra:
        print(f"# out/{name} belongs to no case")
    return 1 if bad or extra else 0


if __name__ == "__main__":
    sys.exit(main())
