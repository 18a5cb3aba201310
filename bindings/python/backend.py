# SPDX-License-Identifier: BSD-2-Clause
"""Packs the package with nothing but Python's own library, so that pip needs no network."""

import base64
import hashlib
import io
import pathlib
import re
import tarfile
import zipfile

ROOT = pathlib.Path(__file__).parent
VERSION = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
WHEEL = "Wheel-Version: 1.0\nGenerator: tsmmr\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
FILES = ["tsmmr/__init__.py", "tsmmr/_api.py", "tsmmr/_appraise.py", "tsmmr/py.typed"]


def metadata():
    """What the package says of itself."""
    fields = {"Metadata-Version": "2.1", "Name": "tsmmr", "Version": VERSION,
              "Summary": "Measurement registers and their event logs",
              "License": "BSD-2-Clause", "Requires-Python": ">=3.9",
              "Description-Content-Type": "text/markdown"}
    return "".join(f"{name}: {value}\n" for name, value in fields.items()) + "\n" + \
        (ROOT / "README.md").read_text(encoding="utf-8")


def pack(folder, rows):
    """A wheel of these files, and its list of them."""
    info = f"tsmmr-{VERSION}.dist-info"
    rows = {**rows, f"{info}/METADATA": metadata().encode(), f"{info}/WHEEL": WHEEL.encode()}
    record = "".join("{},sha256={},{}\n".format(
        name, base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("="),
        len(data)) for name, data in rows.items())
    rows[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    name = f"tsmmr-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in rows.items():
            wheel.writestr(zipfile.ZipInfo(path), data)
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """PEP 517."""
    return pack(wheel_directory, {name: (ROOT / name).read_bytes() for name in FILES})


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """PEP 660: the tree itself on the path."""
    return pack(wheel_directory, {"tsmmr.pth": f"{ROOT.resolve()}\n".encode()})


def build_sdist(sdist_directory, config_settings=None):
    """PEP 517."""
    base = f"tsmmr-{VERSION}"
    rows = {name: (ROOT / name).read_bytes()
            for name in [*FILES, "backend.py", "pyproject.toml", "README.md"]}
    rows["PKG-INFO"] = metadata().encode()
    with tarfile.open(pathlib.Path(sdist_directory) / f"{base}.tar.gz", "w:gz") as archive:
        for name, data in rows.items():
            entry = tarfile.TarInfo(f"{base}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return f"{base}.tar.gz"
