#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a decoder that was taken over gets from the sandbox: nothing.

    sandbox.py TOOL MODULE DATA

Every verb that reads files, with a read(2) that tries to escape (tests/standin/escape.c), in the
sandbox and out of it.
"""

import base64
import os
import pathlib
import subprocess
import sys
import tempfile

TDX = "tdx-twin/CCEL.data --evidence tdx-twin/quote-v4.bin"
COMMANDS = [
    "show tdx-twin/CCEL.data",
    "replay tdx-twin/CCEL.data",
    f"verify {TDX} --trust-root tdx-twin/root.pem",
    f"explain {TDX}",
    f"appraise {TDX} --known unverified-log=tdx-twin/CCEL.data",
    "predict tdx-twin/CCEL.data --drop 3",
    "diff tdx-twin/CCEL.data good-ccel-unpadded.bin",
    "merge tdx-twin/CCEL.data --to cel-json",
    "export tdx-twin/CCEL.data --to cel-cbor -o @/out",
    "registers --evidence tdx-twin/quote-v4.bin",
    f"verify {TDX} --page @/page.html",
    "verify --batch",
]
# These may write to /tmp, and nowhere else.
COPIES = ["diff - tdx-twin/CCEL.data"]


TWICE = [
    "diff rtmr3=@/armoured rtmr3=@/armoured",
    "merge rtmr3=@/armoured --to jsonl",
    "export rtmr3=@/armoured --to cel-cbor -o @/cel",
    "replay rtmr3=@/armoured rtmr3=field/segment-1.log",
    "show rtmr3=@/armoured --evidence tdx-twin/quote-v4.bin",
    "verify rtmr3=@/armoured --evidence tdx-twin/quote-v4.bin --page @/page.html",
    "explain rtmr3=@/armoured --evidence tdx-twin/quote-v4.bin",
    "appraise rtmr3=@/armoured --evidence tdx-twin/quote-v4.bin --known unverified-log=tdx-twin/CCEL.data",
]


def main():
    tool, module, data = (pathlib.Path(a).resolve() for a in sys.argv[1:4])
    problems = []

    said = subprocess.run([tool, "--version", "-v"], capture_output=True, text=True, check=True).stdout
    if "Landlock" not in said or "seccomp" not in said:
        print(said.splitlines()[-1])
        return 77

    with tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:
        out = pathlib.Path(folder) / "out"
        other = pathlib.Path(folder) / "other"
        out.mkdir()
        other.mkdir()

        def run(command, *more):
            env = {**os.environ, "LD_PRELOAD": str(module), "TSMMR_ESCAPE": str(other)}
            return subprocess.run([tool, *command.replace("@", str(out)).split(), *more], cwd=data, env=env,
                                  input="{}\n", capture_output=True, text=True, check=False)

        # Too long to be held, and what is armoured cannot be read from its start again.
        log = (data / "field/segment-0.log").read_bytes().splitlines(keepends=True)[0] + b"app one\n" * 60000
        (out / "armoured").write_bytes(base64.encodebytes(log))
        for command, where in ((c, w) for c in TWICE for w in (None, str(other))):
            env = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
            done = subprocess.run([tool, *command.replace("@", str(out)).split()], cwd=data, check=False,
                                  capture_output=True, text=True, env={**env, **({"TMPDIR": where} if where else {})})
            if done.returncode == 5 or "Permission denied" in done.stderr:
                problems.append(f"{command}, TMPDIR {where}: {done.returncode}: {done.stderr}")
        if list(other.iterdir()):
            problems.append(f"left: {list(other.iterdir())}")

        for command in COMMANDS + ([] if folder.startswith("/tmp/") else COPIES):
            inside, outside = run(command), run(command, "--no-sandbox")
            if "escaped" in inside.stderr or "no thread" in inside.stderr:
                problems.append(f"{command}: {inside.stderr}")
            if inside.returncode != 5 or "Permission denied" not in inside.stderr:
                problems.append(f"{command}: {inside.returncode}: {inside.stderr}")
            if "escaped: a file" not in outside.stderr or "escaped: a socket" not in outside.stderr:
                problems.append(f"{command} without: {outside.returncode}: {outside.stderr}")
            if list(out.glob(".*")):
                problems.append(f"{command}: leaves {list(out.glob('.*'))}")

    print(*problems, sep="\n")
    return 1 if problems else 0


sys.exit(main())
