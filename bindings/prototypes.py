#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes what a binding has to declare, from the public headers.

    prototypes.py ROOT python|rust            on stdout
    prototypes.py ROOT python|rust FILE       fails when FILE is not that

Calls, constants and nothing else: what they mean stays in the headers and the manual.
"""

import os
import pathlib
import re
import sys

SONAME = re.compile(r"abi_version = '(\d+)\.")

PYTHON = {
    "void": "None", "int": "c_int", "uint32_t": "c_uint32", "uint64_t": "c_uint64",
    "int64_t": "c_int64", "size_t": "c_size_t", "const char *": "c_char_p", "char *": "c_void_p",
    "void *": "c_void_p", "const void *": "c_void_p", "const uint8_t *": "c_void_p",
    "uint8_t *": "c_void_p", "const char **": "P(c_char_p)", "uint8_t **": "P(c_void_p)",
    "const uint8_t **": "P(c_void_p)", "int *": "P(c_int)", "size_t *": "P(c_size_t)",
    "uint32_t *": "P(c_uint32)", "uint64_t *": "P(c_uint64)", "tsmmr_trace_fn": "Trace",
    "const char *const *": "P(c_char_p)",
}
RUST = {
    "int": "c_int", "uint32_t": "u32", "uint64_t": "u64", "int64_t": "i64", "size_t": "usize",
    "const char *": "*const c_char", "char *": "*mut c_char", "void *": "*mut c_void",
    "const void *": "*const c_void", "const uint8_t *": "*const u8", "uint8_t *": "*mut u8",
    "const char **": "*mut *const c_char", "uint8_t **": "*mut *mut u8",
    "const uint8_t **": "*mut *const u8", "int *": "*mut c_int", "size_t *": "*mut usize",
    "uint32_t *": "*mut u32", "uint64_t *": "*mut u64", "tsmmr_trace_fn": "Option<Trace>",
    "const char *const *": "*const *const c_char",
}

# Constants that are of no enum.
MACROS = ("TSMMR_NONE", "TSMMR_ERROR_SIZE_1", "TSMMR_HASH_SIZE_MAX")


def headers(root):
    """The parser that the manual is made with."""
    sys.path.insert(0, str(root / "man"))
    import headers as parser  # pylint: disable=import-outside-toplevel,import-error
    return [group for path in sorted((root / "include/tsmmr").glob("*.h"))
            for group in parser.groups_of(path)]


def arguments_of(text):
    """(type, name) of each."""
    if text == "void":
        return []
    pairs = [re.match(r"(.*?)(\w+)$", argument.strip()) for argument in text.split(",")]
    return [(pair[1].strip(), pair[2]) for pair in pairs]


def camel(name):
    return "".join(word.capitalize() for word in name.removeprefix("tsmmr_").split("_"))


def enums(root):
    """(name, [(what is left of a member's name, value)]) of each enum."""
    for path in sorted((root / "include/tsmmr").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        for name, body in re.findall(r"^enum (\w+) \{(.*?)\};", text, re.M | re.S):
            members = re.findall(r"(\w+)\s*=\s*(-?\w+)", body)
            shared = os.path.commonprefix([member for member, _ in members])
            shared = shared[:shared.rindex("_") + 1]
            yield name, [(member.removeprefix(shared), value) for member, value in members]


def error_fields(root):
    """(type, name, how many) of the only public struct."""
    text = (root / "include/tsmmr/types.h").read_text(encoding="utf-8")
    body = re.search(r"^struct tsmmr_error \{(.*?)^\};", text, re.M | re.S)[1]
    return re.findall(r"^\s*(\w+) (\w+)(?:\[(\d+)\])?;", body, re.M)


def python_type(kind):
    if kind in PYTHON:
        return PYTHON[kind]
    if kind.startswith("enum "):
        return "c_int"
    if kind == "struct tsmmr_error *":
        return "P(Error)"
    stars = kind.count("*")
    assert "struct " in kind and stars in (1, 2), kind
    return "c_void_p" if stars == 1 else "P(c_void_p)"


def rust_type(kind):
    if kind in RUST:
        return RUST[kind]
    if kind.startswith("enum "):
        return "c_int"
    match = re.fullmatch(r"(const )?struct (tsmmr_\w+) (.*)", kind)
    constant, name, stars = match[1], match[2], match[3].replace(" ", "")
    inner = f"{'*const' if constant else '*mut'} {name}"
    return {"*": inner, "**": f"*mut {inner}", "*const*": f"*const {inner}"}[stars]


def python(root, groups):
    soname = SONAME.search((root / "meson.build").read_text(encoding="utf-8"))[1]
    out = ['# SPDX-License-Identifier: BSD-2-Clause',
           '"""Written by bindings/prototypes.py from the headers."""', "",
           "from ctypes import (CFUNCTYPE, POINTER as P, Structure, c_char, c_char_p, c_int, c_int32,",
           "                    c_int64, c_size_t, c_uint32, c_uint64, c_void_p)",
           "from enum import IntEnum, IntFlag", "",
           f'SONAME = "libtsmmr.so.{soname}"', "",
           "Trace = CFUNCTYPE(None, c_int, c_char_p, c_void_p)", "", ""]
    for name, members in enums(root):
        kind = "IntFlag" if name.endswith("_flag") or name == "tsmmr_can" else "IntEnum"
        out += [f"class {camel(name)}({kind}):", f'    """enum {name}"""']
        out += [f"    {member} = {value}" for member, value in members] + ["", ""]
    out += ["class Error(Structure):", '    """struct tsmmr_error"""', "    _fields_ = ["]
    for kind, name, length in error_fields(root):
        declared = f"c_{kind.removesuffix('_t')}" + (f" * {length}" if length else "")
        out.append(f'        ("{name}", {declared}),')
    out += ["    ]", "", ""]
    out += [f"{name.removeprefix('TSMMR_')} = {number(value)}" for group in groups
            for name, value, _ in group.constants if name in MACROS]
    out += ["", "CALLS = {"]
    for group in groups:
        for returns, name, arguments, _ in group.calls:
            kinds = ", ".join(python_type(kind) for kind, _ in arguments_of(arguments))
            out.append(f'    "{name}": ({python_type(returns)}, [{kinds}]),')
    return [*out, "}"]


def number(value):
    return re.sub(r"(?<=[0-9a-f])(ULL|UL|U)$", "", value)


def rust(root, groups):
    out = ["// SPDX-License-Identifier: BSD-2-Clause",
           "//! Written by bindings/prototypes.py from the headers.",
           "#![allow(non_camel_case_types, dead_code)]",
           "use std::os::raw::{c_char, c_int, c_void};", "",
           "pub type Trace = unsafe extern \"C\" fn(c_int, *const c_char, *mut c_void);", ""]
    names = sorted({name for group in groups for returns, _, arguments, _ in group.calls
                    for kind in (returns, arguments) for name in re.findall(r"struct (\w+)", kind)}
                   - {"tsmmr_error"})
    for name in names:
        out += ["#[repr(C)]", f"pub struct {name} {{", "    _opaque: [u8; 0],", "}"]
    out += ["#[repr(C)]", "pub struct tsmmr_error {"]
    for kind, name, length in error_fields(root):
        kind = "c_char" if kind == "char" else kind[0] + re.search(r"\d+", kind)[0]
        out.append(f"    pub {name}: {f'[{kind}; {length}]' if length else kind},")
    out += ["}", ""]
    for group in groups:
        for name, value, _ in group.constants:
            value = number(value)
            kind = "u64" if int(value, 0) > 2**31 else "i32" if value.startswith("-") else "c_int"
            out.append(f"pub const {name}: {kind} = {value};")
    out += ["", "#[link(name = \"tsmmr\")]", "extern \"C\" {"]
    for group in groups:
        for returns, name, arguments, _ in group.calls:
            pairs = ", ".join(f"{'r#' if argument == 'fn' else ''}{argument}: {rust_type(kind)}"
                              for kind, argument in arguments_of(arguments))
            result = "" if returns == "void" else f" -> {rust_type(returns)}"
            out.append(f"    pub fn {name}({pairs}){result};")
    return [*out, "}"]


def main():
    root = pathlib.Path(sys.argv[1])
    text = "\n".join({"python": python, "rust": rust}[sys.argv[2]](root, headers(root))) + "\n"
    if len(sys.argv) == 3:
        sys.stdout.write(text)
    elif pathlib.Path(sys.argv[3]).read_text(encoding="utf-8") != text:
        sys.exit(f"{sys.argv[3]} is not what the headers say: "
                 f"bindings/prototypes.py . {sys.argv[2]} > {sys.argv[3]}")


if __name__ == "__main__":
    main()
