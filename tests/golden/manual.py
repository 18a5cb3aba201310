#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The EXAMPLES of tsmmr-replay(1) do what the page says.

    manual.py PAGE TOOL DATA MKQUOTE

A comment before each display of commands says what becomes of it:

    run: STATUS [WORDS = OTHER WORDS]...    run with words replaced, exits so
    not run: WHY

They are run by a shell, one after the other in one folder, with the twin's log and a quote over
the nonce of the page, whose root is trusted in place of Intel's.  What needs jq is skipped
without it.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
import pe       # noqa: E402 pylint: disable=wrong-import-position

WHEN = "2026-01-01"     # when the TEST certificates are valid


def displays(page):
    """(what the comment before it says, the lines) of each display of commands."""
    text = page.read_text(encoding="utf-8").split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    mark, inside, lines = [], False, []
    for line in text.split("\n"):
        if line.startswith('.\\" '):
            mark.append(line[4:])
        elif line.startswith(".Dl "):
            yield " ".join(mark), [line[4:]]
            mark = []
        elif line.startswith(".Bd"):
            inside, lines = True, []
        elif line == ".Ed":
            yield " ".join(mark), lines
            mark, inside = [], False
        elif inside:
            lines.append(line.replace("\\e", "\\"))


def make_inputs(data, mkquote, top, nonce):
    twin = data / "tdx-twin"
    for name in ("ccel.bin", "ccel-of-last-boot.bin"):
        shutil.copy(twin / "CCEL.data", top / name)
    (top / "lines").write_text('{"id":"one","log_path":"ccel.bin","evidence_path":"quote.bin"}\n')
    for machine in ("tdx-6.16", "tpm"):
        (top / machine).symlink_to(data / "sysfs" / machine)
    # What the UKI of that boot has as its command line, and an image to predict.
    (top / "pcrlock").symlink_to(data / "pcrlock")
    line = "console=ttyS0 panic=-1 quiet random.trust_cpu=on no_timer_check"
    (top / "cmdline").write_text(line, encoding="utf-8")
    (top / "cmdline.new").write_text(line + " debug", encoding="utf-8")
    kernel = pe.make([(".text", b"kernel")])
    (top / "linux.efi").write_bytes(pe.make([(".linux", kernel), (".osrel", b"ID=test")]))
    subprocess.run([sys.executable, "-B", mkquote, "--kind", "v4", "--registers",
                    twin / "registers-before.txt", "--nonce", nonce, "--root", top / "root.pem",
                    "-o", top / "quote.bin"], check=True)


def run(mark, lines, tool, top):
    """What is wrong with it, or nothing."""
    status, *replaced = re.split(r"  +", mark.removeprefix("run: "))
    script = "\n".join(re.sub(r"^[$#] ", "", line) for line in lines)
    for old, new in [one.split(" = ") for one in replaced]:
        if old not in script:
            return f"no {old} in it"
        script = script.replace(old, new)
    script = script.replace("intel-sgx", f"root.pem --time {WHEN}")
    done = subprocess.run(["/bin/sh", "-ec", script], cwd=top, capture_output=True, timeout=60,
                          check=False, text=True,
                          env={"PATH": f"{tool.parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
                               **{k: v for k, v in os.environ.items() if "SAN" in k or
                                  k == "LD_LIBRARY_PATH"}})
    if done.returncode != int(status) or not (done.stdout or "> " in script):
        return f"exit {done.returncode}: {script}\n{done.stdout}{done.stderr}"
    return None


def main():
    page, tool, data, mkquote = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    n, bad = 0, []
    with tempfile.TemporaryDirectory(prefix="tsmmr-manual-") as top:
        top = pathlib.Path(top)
        make_inputs(data, mkquote, top, "0123456789abcdef")
        for mark, lines in displays(page):
            if mark.startswith("not run: "):
                print(f"{lines[0]}: {mark}")
            elif not mark.startswith("run: "):
                bad.append(f"{lines[0]}: neither run nor not")
            elif any("jq " in line for line in lines) and not shutil.which("jq"):
                print(f"{lines[0]}: skipped: no jq")
            else:
                n += 1
                why = run(mark, lines, tool, top)
                bad += [f"{lines[0]}: {why}"] if why else []
    for why in bad:
        print(why, file=sys.stderr)
    print(f"{n} run")
    return 1 if bad or not n else 0


if __name__ == "__main__":
    sys.exit(main())
