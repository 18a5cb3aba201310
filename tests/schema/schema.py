# SPDX-License-Identifier: BSD-2-Clause
"""What of JSON Schema 2020-12 the files of schema/ use, and stricter: an object has no member
that its schema does not name.  Readers must live with new ones; our own tests must not.
"""

import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "schema"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "null": type(None)}
NOTES = {"$schema", "$id", "$defs", "title", "description"}


def members(pairs):
    """An object, which has no member twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a member twice in {names}")
    return dict(pairs)


def load(text):
    return json.loads(text, object_pairs_hook=members)


def has_type(value, name):
    return isinstance(value, TYPES[name]) and (name != "integer" or not isinstance(value, bool))


class Schemas:
    def __init__(self, folder=FOLDER):
        self.files = {path.name: json.loads(path.read_text(encoding="utf-8"))
                      for path in sorted(folder.glob("*.json"))}

    def find(self, ref):
        name, _, place = ref.partition("#")
        schema = self.files[name]
        for step in place.split("/")[1:]:
            schema = schema[step]
        return schema

    def problems(self, value, schema, at="$"):
        """What is wrong with a value, a line each."""
        for word, want in schema.items():
            if word not in NOTES:
                yield from getattr(self, "check_" + word.strip("$"))(value, want, schema, at)

    def check_ref(self, value, want, schema, at):
        yield from self.problems(value, self.find(want), at)

    def check_type(self, value, want, schema, at):
        if not any(has_type(value, name) for name in ([want] if isinstance(want, str) else want)):
            yield f"{at}: {json.dumps(value)[:60]} is no {want}"

    def check_const(self, value, want, schema, at):
        yield from self.check_enum(value, [want], schema, at)

    def check_enum(self, value, want, schema, at):
        if not any(value == one and type(value) is type(one) for one in want):
            yield f"{at}: {json.dumps(value)[:60]} is none of {want}"

    def check_minimum(self, value, want, schema, at):
        if has_type(value, "integer") and value < want:
            yield f"{at}: {value} is under {want}"

    def check_maximum(self, value, want, schema, at):
        if has_type(value, "integer") and value > want:
            yield f"{at}: {value} is over {want}"

    def check_pattern(self, value, want, schema, at):
        if isinstance(value, str) and not re.search(want, value):
            yield f"{at}: {value[:60]} is not like {want}"

    def check_anyOf(self, value, want, schema, at):
        found = [list(self.problems(value, one, at)) for one in want]
        if all(found):
            yield from max(found, key=len)

    def check_items(self, value, want, schema, at):
        for number, item in enumerate(value if isinstance(value, list) else []):
            yield from self.problems(item, want, f"{at}[{number}]")

    def check_required(self, value, want, schema, at):
        if isinstance(value, dict):
            yield from (f"{at}: there is no {name}" for name in want if name not in value)

    def check_properties(self, value, want, schema, at):
        for name, member in value.items() if isinstance(value, dict) else []:
            if name not in want:
                yield f"{at}: {name} is in no schema"
            else:
                yield from self.problems(member, want[name], f"{at}.{name}")

    def check_propertyNames(self, value, want, schema, at):
        for name in value if isinstance(value, dict) else []:
            yield from self.problems(name, want, f"{at}: the name")

    def check_additionalProperties(self, value, want, schema, at):
        for name, member in value.items() if isinstance(value, dict) else []:
            yield from self.problems(member, want, f"{at}.{name}")

    def of_object(self, value):
        """What is wrong with an object that tool or library printed."""
        named = value.get("schema") if isinstance(value, dict) else None
        match = re.fullmatch(r"tsmmr\.(\w+)/(\d+)", str(named))
        name = f"{match[1]}-{match[2]}.json" if match else None
        if name not in self.files:
            return [f"{named} has no schema"]
        return list(self.problems(value, self.files[name]))


SCHEMAS = Schemas()


def read(text):
    """An object that tool or library printed, which must be as its schema says."""
    value = load(text)
    problems = SCHEMAS.of_object(value)
    if problems:
        raise ValueError("; ".join(problems[:5]))
    return value
