#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real logs of launches: what they list, and what they say is missing.

    launch.py TOOL CORPUS

Skipped (77) without the corpus.
"""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import schema

LOG = "rim-log/cca-realm-meas__realm-bootlog.bin"
IMAGES = ["KERNEL was measured at 0x80000000-0x82ba99ff, but is not given",
          "INITRD was measured at 0x8addd3fc-0x8fdffffb, but is not given",
          "DTB was measured at 0x8fe00000-0x8fe0ffff, but is not given"]
STEPS = ["the log has no REALM_CREATE", "the log has no INIT_RIPAS", "the log has no REC_CREATE"]


def run(tool, *args):
    done = subprocess.run([tool, *map(str, args)], capture_output=True, timeout=60, check=False)
    return done.returncode, [schema.read(line) for line in done.stdout.splitlines()]


def findings(document, name):
    return [f["text"] for f in document["findings"] if f["id"] == name]


def main(tool, corpus):
    log = pathlib.Path(corpus) / LOG
    if not log.exists():
        print(f"skipped: no corpus of real logs at {corpus} (see the Meson option 'corpus')")
        return 77

    status, events = run(tool, "show", "--json", log)
    assert status == 0
    assert [e["text"].split()[0] for e in events] == ["Spec", "KERNEL", "INITRD", "DTB"]
    assert all(e["register"] == "rim" and e["binding"] == "unbound" for e in events)

    status, (document,) = run(tool, "replay", "--json", log)
    assert status == 0 and document["platform"] == "cca" and not document["registers"]
    assert findings(document, "IMAGE_MISSING") == IMAGES, document["findings"]
    assert findings(document, "LAUNCH_STEP_MISSING") == STEPS, document["findings"]

    value = "rim:sha256=" + 64 * "0"
    status, (document,) = run(tool, "verify", "--json", log, "--expect", value)
    assert status == 4 and document["verdict"] == "incomplete"
    assert document["registers"][0]["gaps"][0]["kind"] == "missing-image"
    status, (document,) = run(tool, "verify", "--json", log, "--expect", value,
                              "--image", f"kernel={log}")
    assert status == 4 and len(findings(document, "IMAGE_DIFFERS")) == 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
