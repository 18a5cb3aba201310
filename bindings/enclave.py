# SPDX-License-Identifier: BSD-2-Clause
"""Runs a program on a Nitro enclave that is made of FUSE.

usage: enclave.py ATTESTER GENERATORS PROGRAM [ARG]...

TSMMR_ROOT in its environment is the machine's root.  The exit status is the program's.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

# What the module answers: NONCE USER-DATA KEY PCR=VALUE...
DOCUMENT = """#!{python} -B
import sys
sys.path.insert(0, {generators!r})
import mkcose
nonce, user_data, key, *pcrs = sys.argv[1:]
unhex = lambda s: None if s == "-" else bytes.fromhex(s)
sys.stdout.buffer.write(mkcose.sign1(mkcose.nitro_payload(
    nonce=unhex(nonce), user_data=unhex(user_data), public_key=unhex(key),
    # Of an enclave that may be debugged these are zero, and evidence of it is refused.
    pcrs={{0: b"0" * 48, **{{int(i): bytes.fromhex(v) for i, _, v in
                            (p.partition("=") for p in pcrs) if int(i) > 15}}}}),
    mkcose.Key("nitro leaf"), False))
"""


def main():
    attester, generators, *program = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="tsmmr-enclave.") as top:
        document, dev = pathlib.Path(top, "document"), pathlib.Path(top, "root/dev")
        document.write_text(DOCUMENT.format(python=sys.executable, generators=generators))
        document.chmod(0o755)
        dev.mkdir(parents=True)
        (dev.parent / "run").mkdir()
        try:
            made = subprocess.run([attester, "nsm", document, dev], capture_output=True, text=True,
                                  check=False)
        except OSError:
            print("enclave: skipped: no attester, it needs libfuse3")
            return 77
        if made.returncode:
            print(f"enclave: skipped: cannot mount here: {made.stderr.strip()}")
            return 77
        try:
            return subprocess.run(program, env={**os.environ, "TSMMR_ROOT": str(dev.parent)},
                                  check=False).returncode
        finally:
            subprocess.run(["umount", "-l", dev] if os.geteuid() == 0 else
                           ["fusermount3", "-uz", dev], check=False)


if __name__ == "__main__":
    sys.exit(main())
