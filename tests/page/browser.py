# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, asked over its pipe: the DevTools protocol, JSON objects and NULs."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
TIMEOUT_S = 60


def find():
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One browser, one page at a time; events holds what happened since the last open()."""

    def __init__(self, program):
        self.profile = tempfile.TemporaryDirectory(prefix="tsmmr-page-",
                                                   ignore_cleanup_errors=True)
        to_child, self.out = os.pipe()
        self.inn, from_child = os.pipe()
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                   "--disable-background-networking", "--disable-dev-shm-usage",
                   "--disable-component-update", "--hide-scrollbars",
                   f"--user-data-dir={self.profile.name}", "--remote-debugging-pipe"]

        def descriptors():
            high = os.dup(to_child), os.dup(from_child)  # either may be 3 or 4 itself
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        # pylint: disable-next=subprocess-popen-preexec-fn,consider-using-with
        self.process = subprocess.Popen([program, *options, "about:blank"], close_fds=False,
                                        preexec_fn=descriptors, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_child)
        os.close(from_child)
        self.number, self.rest, self.events, self.session = 0, b"", [], None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target,
                                flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Network", "Log":
            self.ask(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        self.process.wait()
        os.close(self.out)
        os.close(self.inn)
        self.profile.cleanup()

    def receive(self, deadline):
        while b"\0" not in self.rest:
            if not select.select([self.inn], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            more = os.read(self.inn, 1 << 20)
            if not more:
                raise EOFError("the browser ended")
            self.rest += more
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            got = self.receive(deadline)
            if got.get("id") == self.number:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']}")
                return got["result"]
            self.events.append(got)

    def happened(self, method):
        return [e["params"] for e in self.events if e.get("method") == method]

    def open(self, path, dark=False, width=1280, height=900, script=True):
        self.events = []
        self.ask("Emulation.setScriptExecutionDisabled", value=not script)
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.ask("Page.navigate", url=f"file://{path}")
        deadline = time.monotonic() + TIMEOUT_S
        while not self.happened("Page.loadEventFired"):
            self.events.append(self.receive(deadline))

    def run(self, expression):
        """The value of JavaScript, which may be a promise."""
        got = self.ask("Runtime.evaluate", expression=expression, returnByValue=True,
                       awaitPromise=True)
        if "exceptionDetails" in got:
            raise RuntimeError(f"{expression}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def screenshot(self, path, whole=False):
        import base64  # pylint: disable=import-outside-toplevel
        got = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(got["data"]))
