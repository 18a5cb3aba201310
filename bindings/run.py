#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tests one binding: its own tests, then its scenario on a machine made of FUSE.

usage: run.py ENCLAVE... -- python|go|rust FOLDER ROOT-CERTIFICATE TWIN
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

split = sys.argv.index("--")
enclave, (language, folder, pin, twin) = sys.argv[1:split], sys.argv[split + 1:]
build = pathlib.Path(os.environ["TSMMR_BUILD"])
root = pathlib.Path(folder).parent.parent
env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "GOFLAGS": "-mod=mod", "GOPROXY": "off",
       "GOCACHE": str(build / "go"), "CARGO_TARGET_DIR": str(build / "cargo"),
       "CARGO_NET_OFFLINE": "true"}
FAILED = []


def skip(why):
    print(f"{language}: skipped: {why}")
    sys.exit(77)


def do(what, *command, **more):
    """One step; what it prints is shown."""
    print(f"-- {what}", flush=True)
    code = subprocess.run(command, env={**env, **more.pop("env", {})}, check=False,
                          **more).returncode
    if code == 77:
        print(f"skipped: {what}")
    elif code:
        FAILED.append(what)


def on_python(top):
    """From the tree, then as pip installs it without a network."""
    path = {"PYTHONPATH": folder}
    do("tests", sys.executable, f"{folder}/test_tsmmr.py", twin, env=path)
    do("scenario", *enclave, "/bin/sh", "-c", f'{sys.executable} {folder}/scenario.py "$TSMMR_ROOT" '
       f"{pin}", env=path)
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True,
                      check=False).returncode:
        print("-- pip: not here")
        return
    do("pip", sys.executable, "-m", "pip", "install", "--no-index", "--quiet", "--no-cache-dir",
       "--root-user-action=ignore", "--target", top, folder)
    do("installed", sys.executable, "-c", "import tsmmr; print(tsmmr.__file__, tsmmr.version())",
       env={"PYTHONPATH": top}, cwd=top)
    if shutil.which("mypy"):
        do("types", "mypy", "--strict-optional", f"{top}/tsmmr")


def on_go(top):
    """With the race detector and every check of pointers."""
    if not shutil.which("go"):
        skip("no go")
    do("tests", "go", "test", "-count=1", "-race", ".", cwd=folder, env={"GODEBUG": "cgocheck=2"})
    do("vet", "go", "vet", "./...", cwd=folder)
    do("scenario: build", "go", "build", "-o", f"{top}/scenario", "./scenario", cwd=folder)
    do("scenario", *enclave, "/bin/sh", "-c", f'{top}/scenario "$TSMMR_ROOT" {pin}')


def on_rust(_):
    """The documentation has what must not compile."""
    if not shutil.which("cargo"):
        skip("no cargo")
    do("tests", "cargo", "test", "--quiet", "--offline", cwd=folder)
    do("scenario: build", "cargo", "build", "--quiet", "--offline", "--example", "scenario",
       cwd=folder)
    do("scenario", *enclave, "/bin/sh", "-c",
       f'{build}/cargo/debug/examples/scenario "$TSMMR_ROOT" {pin}')


if "address" in os.environ["TSMMR_SANITIZE"]:
    skip("its runtime has to be in the program")
with tempfile.TemporaryDirectory(prefix="tsmmr-binding.") as temporary:
    env["PKG_CONFIG_PATH"] = temporary
    pathlib.Path(temporary, "libtsmmr.pc").write_text(
        "Name: libtsmmr\nDescription: as it was built\nVersion: 0\n"
        f"Cflags: -I{root}/include -I{build}/include\nLibs: -L{build}/lib -ltsmmr\n",
        encoding="ascii")
    {"python": on_python, "go": on_go, "rust": on_rust}[language](temporary)
sys.exit(f"failed: {', '.join(FAILED)}" if FAILED else 0)
