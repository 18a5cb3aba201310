#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The calls of one manual page, written from the headers' comments.

    headers.py ROOT PAGE.3.in       the page, on stdout
    headers.py ROOT --aliases DIR   a page for each call that is the page it is on, as it is
                                    installed into DIR

A header says each thing once: what a call does, who owns what, what it fails with.  A page
adds how the calls fit together, and has the rest from there: @NAME@, @SYNOPSIS@, @CALLS@,
@CONSTANTS@, @STRUCT name@, @PAGES@, and @EXAMPLE file@ from examples/, which the suite runs.
"""

import os
import pathlib
import re
import sys

# Which page a name is on: the longest of these that it begins with.
PAGES = {
    "tsmmr_error": ("tsmmr_name", "tsmmr_hash_size", "tsmmr_version", "tsmmr_library_at", "tsmmr_free",
                    "tsmmr_format_can", "TSMMR_E_", "TSMMR_OK", "TSMMR_DETAIL_", "TSMMR_HASH_",
                    "TSMMR_NAMES_", "TSMMR_NONE", "TSMMR_ERROR_SIZE_", "TSMMR_CAN_"),
    "tsmmr_appraisal": ("tsmmr_appraisal_", "TSMMR_APPRAISED_", "TSMMR_RECORD_"),
    "tsmmr_ctx": ("tsmmr_ctx_", "tsmmr_trust_root_at", "TSMMR_CTX_", "TSMMR_LIMIT_",
                  "TSMMR_TRACE_"),
    "tsmmr_policy": ("tsmmr_policy_",),
    "tsmmr_evidence": ("tsmmr_evidence_", "TSMMR_PART_"),
    "tsmmr_regs": ("tsmmr_regs_", "tsmmr_reg_", "tsmmr_values_", "tsmmr_select_",
                   "TSMMR_PLATFORM_", "TSMMR_SPACE_", "TSMMR_TRUST_", "TSMMR_KIND_",
                   "TSMMR_REG_", "TSMMR_VALUES_", "TSMMR_CLAIM_"),
    "tsmmr_known": ("tsmmr_known_", "TSMMR_KNOWN_", "TSMMR_LIST_"),
    "tsmmr_log": ("tsmmr_log_", "TSMMR_FORMAT_"),
    "tsmmr_stream": ("tsmmr_stream_", "tsmmr_streams_", "tsmmr_input_", "tsmmr_launch_",
                     "TSMMR_LOG_"),
    "tsmmr_event": ("tsmmr_event_", "TSMMR_CONTENT_", "TSMMR_BINDING_", "TSMMR_AFTER_"),
    "tsmmr_report": ("tsmmr_report_", "tsmmr_gap_", "TSMMR_STATUS_", "TSMMR_VERDICT_"),
    "tsmmr_finding": ("tsmmr_finding_", "TSMMR_SEVERITY_"),
    "tsmmr_explain": ("tsmmr_explain_", "tsmmr_hypothesis_"),
    "tsmmr_prediction": ("tsmmr_prediction_",),
    "tsmmr_diff": ("tsmmr_diff_", "TSMMR_SIDE_", "TSMMR_EDIT_"),
    "tsmmr_tree": ("tsmmr_tree_", "tsmmr_attest_", "tsmmr_appended_", "TSMMR_APPEND",
                   "TSMMR_SETTLED_"),
}

# A comment that stands alone, the declarations below it up to the next one, or blank lines.
COMMENT = re.compile(r"/\*(.*?)\*/", re.S)
PROTOTYPE = re.compile(r"^((?:const )?(?:struct |enum )?\w+ [*]*|\w+ \*?)(tsmmr_\w+)\((.*?)\);",
                       re.M | re.S)
WORD = re.compile(r"^([(\"]*)([a-z]\w+\(\)|(?:TSMMR|E)_[A-Z0-9_]+\*?|ret_\w+|reterr|"
                  r"[a-z][\w-]*\(\d\)|NULL)([)\".,;:…]*)$")


def page_of(name):
    found = max(((len(prefix), page) for page, prefixes in PAGES.items()
                 for prefix in prefixes if name.startswith(prefix)), default=(0, None))
    return found[1]


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


class Group:
    """Declarations that share one comment."""

    def __init__(self, comment):
        self.comment, self.calls, self.constants, self.header = comment, [], [], ""


def uncomment(text):
    """The lines of a comment, without its frame."""
    return [re.sub(r"^\s*\*? ?", "", line).rstrip() for line in text.strip().split("\n")]


def enumerators(body):
    """(name, value, comment) of each."""
    pieces = re.findall(r"(/\*.*?\*/)|(\w+)\s*=\s*([^,/}]+?)\s*(?:,|(?=/|$|\s*}))", body, re.S)
    rows, before = [], ""
    for comment, name, value in pieces:
        if name:
            rows.append([name, value.strip(), before])
            before = ""
        elif rows and not rows[-1][2] and not re.search(
                r"\n\s*$", body[:body.index(comment)]):
            rows[-1][2] = squeeze(" ".join(uncomment(comment[2:-2])))
        else:
            before = squeeze(" ".join(uncomment(comment[2:-2])))
    return rows


def groups_of(path):
    """The groups of a header, in order."""
    text = path.read_text(encoding="utf-8")
    token = re.compile(r"(?P<comment>^/\*.*?\*/)|(?P<enum>^enum (?:\w+ )?\{.*?\};)|"
                       r"(?P<struct>^struct \w+ \{.*?^\};)|(?P<blank>^\n)|"
                       r"(?P<define>^#define (?P<constant>TSMMR_\w+) (?P<value>\S+))|"
                       r"(?P<call>^[a-z][^;#{}]*?\btsmmr_\w+\([^;]*?\);(?P<after>[ \t]*/\*.*?\*/)?)",
                       re.M | re.S)
    groups, current = [], Group([])
    for found in token.finditer(text):
        if found["comment"]:
            current = Group(uncomment(found["comment"][2:-2]))
        elif found["blank"]:
            if current.calls or current.constants:
                current = Group([])
        elif found["call"]:
            match = PROTOTYPE.match(found["call"])
            after = squeeze(" ".join(uncomment(found["after"].strip()[2:-2]))) \
                if found["after"] else ""
            current.calls.append((match[1].strip(), match[2], squeeze(match[3]), after))
        elif found["enum"]:
            current.constants += enumerators(found["enum"])
        elif found["define"] and found["value"]:
            current.constants.append([found["constant"], found["value"], ""])
        if (current.calls or current.constants) and current not in groups:
            current.header = path.name
            groups.append(current)
    return groups


def escape(text):
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in (".", "'") else text


def wrapped(words):
    """Words as lines: a sentence begins a line, as mdoc wants it."""
    lines, line = [], ""
    for word in words:
        full = re.search(r"[.!?]\)?$", line) and word[:1].isupper()
        if line and (full or len(f"{line} {word}".encode("ascii", "xmlcharrefreplace")) > 77):
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [escape(line) for line in [*lines, line] if line]


def words(text):
    """Text as mdoc lines, with names marked for what they are."""
    lines, run = [], []
    for word in text.split():
        match = WORD.match(word)
        if not match:
            run.append(word)
            continue
        if run:
            lines += wrapped(run)
            run = []
        before, name, after = match.groups()
        if name.endswith("()"):
            call = name[:-2]
            macro = f"Fn {call}"
        elif name.endswith(")"):
            macro = "Xr {} {}".format(*re.match(r"(.*)\((\d)\)", name).groups())
        elif name.startswith("ret"):
            macro = f"Fa {name}"
        else:
            macro = f"Dv {name}"
        after = " ".join(after.replace('"', ""))
        before = before.replace('"', "")
        lines.append(f".{'Pf ( ' if '(' in before else ''}{macro} {after}".rstrip())
    return lines + wrapped(run)


def prose(comment):
    """A comment as mdoc: paragraphs, and lists of 'name, tab, what it is'."""
    out, paragraph, item = [], [], None

    def flush():
        nonlocal paragraph
        if paragraph:
            out.extend(words(" ".join(paragraph)))
        paragraph = []

    for line in comment + [""]:
        row = re.match(r"^\s*\"?([\w, ]+?)\"?\t+(.*)", line)
        if row:
            flush()
            if item is None:
                out.append(".Bl -tag -width Ds -compact")
            item = True
            out.append(f".It Cm {row[1]}")
            paragraph = [row[2]]
        elif not line.strip():
            flush()
            if item:
                out.append(".El")
                item = None
            out.append(".Pp")
        else:
            if item and not line[:1].isspace():
                flush()
                out.append(".El")
                item = None
            if line.startswith("Since: "):
                flush()
                out.append(".br")
            paragraph.append(line.strip())
    while out and out[-1] == ".Pp":
        out.pop()
    # A list is followed by text of its own paragraph, and no paragraph is empty.
    return [line for i, line in enumerate(out)
            if not (line == ".Pp" and (i == 0 or out[i - 1] in (".Pp", ".El")
                                       or out[i - 1].startswith(".Sh")))]


def synopsis(groups, page):
    lines, header = [], None
    for group in groups:
        for returns, name, arguments, _ in group.calls:
            if page_of(name) != page:
                continue
            if group.header != header:
                lines.append(f".In tsmmr/{group.header}")
                header = group.header
            lines += [f'.Ft "{returns}"', f".Fo {name}"]
            lines += [f'.Fa "{argument.strip()}"' for argument in arguments.split(",")]
            lines.append(".Fc")
    return lines


def calls(groups, page):
    lines = [".Bl -tag -width Ds"]
    for group in groups:
        names = [name for _, name, _, _ in group.calls if page_of(name) == page]
        if not names:
            continue
        lines.append(".It " + " , ".join(f"Fn {name}" for name in names))
        lines += prose(group.comment)
        notes = [(name, after) for _, name, _, after in group.calls if after]
        for name, after in notes:
            lines += [f".Fn {name} :"] + words(after + ".")
    return lines + [".El"]


def constants(groups, page):
    lines = []
    for group in groups:
        rows = [row for row in group.constants if page_of(row[0]) == page]
        if not rows:
            continue
        lines += (prose(group.comment) if not group.calls else []) + [
            ".Bl -tag -width TSMMR_PLATFORM_NITRO -compact"]
        for name, value, comment in rows:
            lines.append(f".It Dv {name} Pq {value}")
            lines += words(comment) if comment else []
        lines += [".El", ".Pp"]
    return lines[:-1]


def literal(text):
    """Text as it is."""
    return [escape(line) for line in text.expandtabs(8).rstrip().split("\n")]


def struct(root, name):
    text = "".join(path.read_text(encoding="utf-8")
                   for path in sorted((root / "include/tsmmr").glob("*.h")))
    return literal(re.search(rf"^struct {name} \{{.*?^\}};", text, re.M | re.S)[0])


def example(root, name):
    """A program of examples/, without its licence."""
    return literal((root / "examples" / name).read_text(encoding="utf-8").split("\n", 1)[1])


def names_of(groups, page):
    return [name for group in groups for _, name, _, _ in group.calls if page_of(name) == page]


def pages(groups):
    """What is on which page, for an overview."""
    lines = [".Bl -tag -width Ds"]
    for page in PAGES:
        names = names_of(groups, page)
        lines.append(f".It Xr {page} 3")
        lines += [f".Fn {name}" + (" ," if name != names[-1] else "") for name in names]
    return lines + [".El"]


def write_page(root, source):
    page = source.name.split(".")[0]
    groups = [group for path in sorted((root / "include/tsmmr").glob("*.h"))
              for group in groups_of(path)]
    names = names_of(groups, page)
    parts = {
        "NAME": lambda: [f".Nm {name}" + (" ," if name != names[-1] else "") for name in names],
        "SYNOPSIS": lambda: synopsis(groups, page),
        "CALLS": lambda: calls(groups, page),
        "CONSTANTS": lambda: constants(groups, page),
        "PAGES": lambda: pages(groups),
        "STRUCT": lambda name: struct(root, name),
        "EXAMPLE": lambda name: example(root, name),
    }
    for line in source.read_text(encoding="utf-8").splitlines():
        asked = re.fullmatch(r"@([A-Z]+)(?: (\S+))?@", line)
        for out in parts[asked[1]](*filter(None, [asked[2]])) if asked else [line]:
            print(out)


def write_aliases(root, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for path in (root / "include/tsmmr").glob("*.h"):
        for group in groups_of(path):
            for _, name, _, _ in group.calls:
                (folder / f"{name}.3").write_text(f".so man3/{page_of(name)}.3\n")


def main():
    root = pathlib.Path(sys.argv[1])
    if sys.argv[2] == "--aliases":
        write_aliases(root, pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"], sys.argv[3]))
    else:
        write_page(root, pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
