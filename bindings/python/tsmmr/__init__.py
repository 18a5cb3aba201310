# SPDX-License-Identifier: BSD-2-Clause
"""Measurement registers, their event logs, and whether one explains the other.

Each class is a thin cover of the C object of that name; the manual pages (tsmmr_policy(3) …) say
what the calls mean.  Objects are freed when nothing refers to them, or by `with` and close().
A context, log, register set and report may be used by many threads, a stream by one at a time.
"""

from __future__ import annotations

import ctypes
import json
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Union

from . import _api
from ._api import (AppendFlag, AppendedFlag, Appraised, Binding, ClaimType, Code, Detail, Format,
                   Hash, KnownKind, Part, Platform, Record, RegFlag, RegKind, Settled, Severity,
                   Status, Trust, Values, Verdict, WellKnown)

__all__ = ["AppendFlag", "Appended", "AppendedFlag", "Appraisal", "Appraised", "Attest", "Binding",
           "ClaimType", "Code", "Context", "Detail", "Error", "Event", "Evidence", "Explanation",
           "Finding", "Format", "Hash", "Hypothesis", "InDoubt", "KnownKind", "KnownValues",
           "Launch", "Log", "Malformed", "NotFound", "Note", "Part", "Platform", "Policy",
           "Predicted", "Prediction", "Record", "RegFlag", "RegKind", "Register", "Registers",
           "Report", "Row", "Settled", "Severity", "Status", "Stream", "Tree", "Trust", "Untrusted",
           "Values", "Verdict", "WellKnown", "version"]

NONE = _api.NONE
Name = Union[int, str]


class _Library:  # pylint: disable=too-few-public-methods
    """The calls, each of which takes our objects for their pointers."""

    def __init__(self) -> None:
        library = ctypes.CDLL(_api.SONAME)
        for name, (result, arguments) in _api.CALLS.items():
            call = getattr(library, name)
            call.restype, call.argtypes = result, arguments
            setattr(self, name, self._covered(call))

    @staticmethod
    def _covered(call: Any) -> Any:
        # ctypes would hide what a closed object raises.
        return lambda *arguments: call(*[argument._as_parameter_ if isinstance(argument, _Lent)
                                         else argument for argument in arguments])

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class _Lent:
    """What has a pointer, for now."""
    _as_parameter_: ctypes.c_void_p


_lib = _Library()


class Error(Exception):
    """A call failed: code, detail, errno, and where (log, record, offset, or None)."""

    def __init__(self, err: _api.Error, code: int):
        self.code = Code(code) if code in iter(Code) else code
        self.detail = err.detail
        self.errno = err.os_errno or None
        self.log, self.record, self.offset = map(_index, (err.log, err.record, err.offset))
        super().__init__(err.message.decode() or getattr(self.code, "name", str(code)))


class Untrusted(Error):
    """A signature, root, hash or nonce is not what it should be, or the guest is debuggable."""


class Malformed(Error):
    """An input ends too early or breaks its own rules."""


class NotFound(Error, LookupError):
    """No such platform, register or log."""


class InDoubt(Error):
    """The register may have been extended: ask Tree.settle(), do not append again."""


_KINDS = {Code.E_UNTRUSTED: Untrusted, Code.E_TRUNCATED: Malformed, Code.E_MALFORMED: Malformed,
          Code.E_FORMAT: Malformed, Code.E_NOTFOUND: NotFound, Code.E_INDOUBT: InDoubt}


def _index(value: int) -> Optional[int]:
    return None if value == NONE else value


def _text(value: Optional[bytes]) -> Optional[str]:
    return None if value is None else value.decode()


def _number(kind: type, value: Name) -> int:
    """`ccel` or Format.CCEL."""
    return kind[value.upper().replace("-", "_")] if isinstance(value, str) else value


def _do(name: str, *arguments: Any) -> int:
    """A call whose last argument says what went wrong."""
    err = _api.Error(size=ctypes.sizeof(_api.Error))
    result = getattr(_lib, "tsmmr_" + name)(*arguments, ctypes.byref(err))
    if result < 0:
        raise _KINDS.get(result, Error)(err, result)
    return result


def _make(name: str, *arguments: Any) -> ctypes.c_void_p:
    """The same of one that gives an object."""
    made = ctypes.c_void_p()
    _do(name, *arguments, ctypes.byref(made))
    return made


def _bytes(name: str, *arguments: Any) -> Optional[bytes]:
    """Bytes that an object lends, or None where it has none."""
    data, length = ctypes.c_void_p(), ctypes.c_size_t()
    result = getattr(_lib, "tsmmr_" + name)(*arguments, ctypes.byref(data), ctypes.byref(length))
    return None if result is not None and result < 0 else ctypes.string_at(data, length.value)


def _owned(name: str, *arguments: Any) -> bytes:
    """Bytes that are the caller's."""
    data, length = ctypes.c_void_p(), ctypes.c_size_t()
    _do(name, *arguments, ctypes.byref(data), ctypes.byref(length))
    try:
        return ctypes.string_at(data, length.value)
    finally:
        _lib.tsmmr_free(data)


def _written(name: str, *arguments: Any) -> str:
    """Text that is written as snprintf() does."""
    call = getattr(_lib, "tsmmr_" + name)
    buffer = ctypes.create_string_buffer(256)
    length = call(*arguments, buffer, len(buffer))
    if length >= len(buffer):
        buffer = ctypes.create_string_buffer(length + 1)
        length = call(*arguments, buffer, len(buffer))
    if length < 0:
        raise _KINDS.get(length, Error)(_api.Error(), length)
    return buffer.value.decode()


def version() -> str:
    """Of the library in use."""
    return _lib.tsmmr_version().decode()


class _Object(_Lent):
    """What is freed once."""
    _free = ""
    _pointer: Optional[ctypes.c_void_p] = None

    @property
    def _as_parameter_(self) -> ctypes.c_void_p:  # type: ignore[override]
        if not self._pointer:
            raise ValueError(f"{type(self).__name__} is closed")
        return self._pointer

    @classmethod
    def _of(cls, pointer: ctypes.c_void_p):
        self = cls.__new__(cls)
        self._pointer = pointer
        return self

    def close(self) -> None:
        """Frees it now; what was made of it stays."""
        pointer, self._pointer = self._pointer, None
        if pointer and _lib:
            getattr(_lib, f"tsmmr_{self._free}_free")(pointer)

    def __enter__(self):
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class Finding(NamedTuple):
    """What was noticed and lived with: tsmmr-findings(7)."""
    id: str
    severity: Severity
    log: Optional[int]
    record: Optional[int]
    offset: Optional[int]
    text: str

    @classmethod
    def _all(cls, owner: _Object, prefix: str) -> List[Finding]:
        found = []
        for i in range(getattr(_lib, f"tsmmr_{prefix}_finding_count")(owner)):
            one = getattr(_lib, f"tsmmr_{prefix}_finding")(owner, i)
            found.append(cls(_lib.tsmmr_finding_id(one).decode(),
                             Severity(_lib.tsmmr_finding_severity(one)),
                             _index(_lib.tsmmr_finding_log(one)),
                             _index(_lib.tsmmr_finding_record(one)),
                             _index(_lib.tsmmr_finding_offset(one)),
                             _lib.tsmmr_finding_text(one).decode()))
        return found


class Context(_Object):
    """What is the same for all: root, limits, whom evidence must lead to."""
    _free = "ctx"

    def __init__(self, *, root: Optional[str] = None, log_dir: Optional[str] = None,
                 tcti: Optional[str] = None, time: Optional[int] = None, flags: int = 0,
                 limits: Optional[Mapping[int, int]] = None,
                 trust_roots: Sequence[Union[str, bytes]] = (),
                 collateral: Sequence[bytes] = (), collateral_grace: int = 0):
        """trust_roots are certificates or keys in bytes, or names of vendors' roots; collateral
        is what a vendor says of its platforms, good for so many seconds after its end."""
        self._pointer = _make("ctx_new", flags)
        if root is not None:
            _do("ctx_set_root", self, root.encode())
        if log_dir is not None:
            _do("ctx_set_log_dir", self, log_dir.encode())
        if tcti is not None:
            _do("ctx_set_tcti", self, tcti.encode())
        if time is not None:
            _do("ctx_set_time", self, time)
        for limit, value in (limits or {}).items():
            _do("ctx_set_limit", self, limit, value)
        for item in trust_roots:
            if isinstance(item, str):
                _do("ctx_add_trust_root_named", self, item.encode())
            else:
                _do("ctx_add_trust_root", self, item, len(item))
        for data in collateral:
            _do("ctx_add_collateral", self, Part.AUTO, data, len(data))
        _do("ctx_set_collateral_grace", self, collateral_grace)


class Launch(_Object):
    """What a guest was launched with."""
    _free = "launch"

    def __init__(self, images: Mapping[str, Any], **known: Union[int, str]):
        """images are open files by role, known what is in no image (`vcpus=2, vmm="ec2"`)."""
        self._pointer = _make("launch_new")
        for role, file in images.items():
            _do("launch_set_image_fd", self, role.encode(), file.fileno())
        for name, value in known.items():
            if isinstance(value, str):
                _do("launch_set_word", self, name.encode(), value.encode())
            else:
                _do("launch_set_u64", self, name.encode(), value)


class _Input(_Object):
    _free = "input"

    def __init__(self, format: Name = 0, platform: Name = 0,  # pylint: disable=redefined-builtin
                 register: Optional[str] = None, name: Optional[str] = None,
                 launch: Optional[Launch] = None):
        self._pointer = _make("input_new")
        _do("input_set_format", self, _number(Format, format))
        _do("input_set_platform", self, _number(Platform, platform))
        if register is not None:
            _do("input_set_register", self, register.encode())
        if name is not None:
            _do("input_set_name", self, name.encode())
        if launch is not None:
            _do("input_set_launch", self, launch)


class Event(_Lent):
    """One record.  One of a stream is lent: it is gone when the next one is asked for."""

    def __init__(self, pointer: int, owner: Any, turn: Optional[int] = None):
        self._pointer, self._owner, self._turn = pointer, owner, turn

    @property
    def _as_parameter_(self) -> ctypes.c_void_p:  # type: ignore[override]
        # pylint: disable=protected-access
        if self._turn is not None and (self._turn != self._owner._turn or not self._owner._pointer):
            raise ValueError("this event was lent, and the stream has gone on")
        return ctypes.c_void_p(self._pointer)

    record = property(lambda self: _lib.tsmmr_event_record(self))
    offset = property(lambda self: _lib.tsmmr_event_offset(self))
    recnum = property(lambda self: _lib.tsmmr_event_recnum(self))
    log = property(lambda self: _lib.tsmmr_event_log(self))
    index = property(lambda self: _index(_lib.tsmmr_event_index(self)))
    register = property(lambda self: _text(_lib.tsmmr_event_register(self)))
    role = property(lambda self: _text(_lib.tsmmr_event_role(self)))
    platform = property(lambda self: Platform(_lib.tsmmr_event_platform(self)))
    type = property(lambda self: _index(_lib.tsmmr_event_type(self)))
    type_name = property(lambda self: _text(_lib.tsmmr_event_type_name(self)))
    is_measured = property(lambda self: bool(_lib.tsmmr_event_is_measured(self)))
    data = property(lambda self: _bytes("event_data", self))
    text = property(lambda self: _written("event_text", self),
                    doc="What the log claims: Report.text() is what may be believed.")

    @property
    def binding(self) -> Binding:
        """Whether its digest covers its data."""
        result = _lib.tsmmr_event_binding(self, None)
        if result < 0:
            raise Error(_api.Error(), result)
        return Binding(result)

    @property
    def digests(self) -> Dict[int, bytes]:
        """By hash."""
        found = {}
        for i in range(_lib.tsmmr_event_digest_count(self)):
            alg = ctypes.c_int()
            digest = _bytes("event_digest", self, i, ctypes.byref(alg))
            if digest is not None:
                found[Hash(alg.value) if alg.value in iter(Hash) else alg.value] = digest
        return found

    def json(self, log: int = 0) -> Dict[str, Any]:
        """`tsmmr.event/1`."""
        return json.loads(_owned("event_export_json", self, log))


class Stream(_Object):
    """A log, one event at a time, in memory that does not grow with it."""
    _free = "stream"
    _turn = 0

    def __init__(self, ctx: Context, source: Union[bytes, Any], **known: Any):
        """source is bytes, or an open file; known: format, platform, register, name, launch."""
        with _Input(**known) as given:
            if isinstance(source, bytes):
                self._keep = source
                self._pointer = _make("stream_open_mem", ctx, given, source, len(source))
            else:
                self._keep = source
                self._pointer = _make("stream_open_fd", ctx, given, source.fileno())

    def __iter__(self) -> Iterator[Event]:
        event = ctypes.c_void_p()
        while _do("stream_next", self, ctypes.byref(event)):
            self._turn += 1
            yield Event(event.value or 0, self, self._turn)
        self._turn += 1

    format = property(lambda self: Format(_lib.tsmmr_stream_format(self)))
    findings = property(lambda self: Finding._all(self, "stream"))


class Log(_Object):
    """A whole log, for events in any order."""
    _free = "log"

    def __init__(self, ctx: Context, data: bytes, **known: Any):
        """known: format, platform, register, name, launch."""
        with _Input(**known) as given:
            self._pointer = _make("log_parse", ctx, given, data, len(data))

    @classmethod
    def merge(cls, ctx: Context, logs: Sequence[Log]) -> Log:
        """One log out of several."""
        return cls._of(_make("log_merge", ctx, _array(logs), len(logs)))

    @classmethod
    def collect(cls, ctx: Context, platform: Name = 0) -> Log:
        """All that this machine has about a platform's registers."""
        return cls._of(_make("log_collect", ctx, _number(Platform, platform)))

    def export(self, ctx: Context, format: Name) -> bytes:  # pylint: disable=redefined-builtin
        """In another form."""
        return _owned("log_export", ctx, self, _number(Format, format))

    def __len__(self) -> int:
        return _lib.tsmmr_log_count(self)

    def __getitem__(self, i: int) -> Event:
        event = _lib.tsmmr_log_get(self, i) if i >= 0 else None
        if event is None:
            raise IndexError(i)
        return Event(event, self)

    format = property(lambda self: Format(_lib.tsmmr_log_format(self)))
    name = property(lambda self: _text(_lib.tsmmr_log_name(self)))
    findings = property(lambda self: Finding._all(self, "log"))


def _array(items: Sequence[_Object]) -> Any:
    return (ctypes.c_void_p * len(items))(*[item._as_parameter_ for item in items])


class Evidence(_Object):
    """What hardware signed, put together from parts."""
    _free = "evidence"

    def __init__(self, ctx: Context, *parts: bytes, **named: bytes):
        """Evidence(ctx, quote) finds out what a part is, Evidence(ctx, ak=key) is told."""
        self._pointer = _make("evidence_new", ctx)
        for data in parts:
            self.add(data)
        for name, data in named.items():
            self.add(data, name)

    def add(self, data: bytes, part: Name = Part.AUTO) -> Evidence:
        """One more part, or an envelope of several."""
        _do("evidence_add", self, _number(Part, part), data, len(data))
        return self

    def trust(self, root: bytes) -> Evidence:
        """Pins a root for this machine's evidence alone: its TPM's key, say."""
        _do("evidence_add_trust_root", self, root, len(root))
        return self

    def at(self, time: int) -> Evidence:
        """When its certificates must be valid, in seconds since 1970."""
        _do("evidence_set_time", self, time)
        return self

    @property
    def parts(self) -> List[tuple]:
        """(Part, bytes) of each."""
        found: List[tuple] = []
        part = ctypes.c_int()
        while True:
            data = _bytes("evidence_part_at", self, len(found), ctypes.byref(part))
            if data is None:
                return found
            found.append((Part(part.value), data))

    def logs(self, ctx: Context) -> List[Log]:
        """The logs that came in an envelope with it."""
        found = []
        for i in range(_lib.tsmmr_evidence_log_count(self)):
            kind, reg = ctypes.c_int(), ctypes.c_char_p()
            data = _bytes("evidence_log", self, i, ctypes.byref(kind), ctypes.byref(reg))
            found.append(Log(ctx, data or b"", format=kind.value, register=_text(reg.value)))
        return found


class Register(_Lent):
    """One register in one bank; it keeps the set it is of."""

    def __init__(self, pointer: int, owner: _Object):
        self._as_parameter_, self._owner = ctypes.c_void_p(pointer), owner

    name = property(lambda self: _text(_lib.tsmmr_reg_name(self)))
    role = property(lambda self: _text(_lib.tsmmr_reg_role(self)))
    platform = property(lambda self: Platform(_lib.tsmmr_reg_platform(self)))
    hash = property(lambda self: Hash(_lib.tsmmr_reg_hash(self)))
    kind = property(lambda self: RegKind(_lib.tsmmr_reg_kind(self)))
    flags = property(lambda self: RegFlag(_lib.tsmmr_reg_flags(self)))
    index = property(lambda self: _index(_lib.tsmmr_reg_index(self)))
    value = property(lambda self: _bytes("reg_value", self))

    @property
    def trust(self) -> Optional[Trust]:
        """Who vouches for the value; None where there is none."""
        trust = _lib.tsmmr_reg_trust(self)
        return Trust(trust) if trust > 0 else None


class Registers(_Object):
    """What the hardware says."""
    _free = "regs"

    @classmethod
    def read(cls, ctx: Context) -> Registers:
        """Of this machine."""
        return cls._of(_make("regs_read", ctx))

    @classmethod
    def from_evidence(cls, ctx: Context, evidence: Evidence) -> Registers:
        """After every check that the evidence allows."""
        return cls._of(_make("regs_from_evidence", ctx, evidence))

    @classmethod
    def from_values(cls, ctx: Context, text: str, platform: Name = 0,
                    form: Name = 0) -> Registers:
        """By hand: `rtmr0=…`, a line each, or another form of values."""
        data = text.encode()
        return cls._of(_make("regs_from_values", ctx, _number(Values, form),
                             _number(Platform, platform), data, len(data)))

    @classmethod
    def join(cls, ctx: Context, *sets: Registers) -> Registers:
        """Several as one: what two of them say differently is refused."""
        return cls._of(_make("regs_join", ctx, _array(sets), len(sets)))

    def __len__(self) -> int:
        return _lib.tsmmr_regs_count(self)

    def __getitem__(self, which: Union[int, str]) -> Register:
        """By number, name or role, "pcr0:sha256" of one bank."""
        if isinstance(which, str):
            name, _, bank = which.partition(":")
            found = _lib.tsmmr_regs_find(self, name.encode(), _number(Hash, bank or "none"))
        else:
            found = _lib.tsmmr_regs_get(self, which) if which >= 0 else None
        if found is None:
            raise KeyError(which) if isinstance(which, str) else IndexError(which)
        return Register(found, self)

    @property
    def claims(self) -> List[Dict[str, Union[int, bytes, str]]]:
        """What each piece of the evidence claims: tsmmr-claims(7)."""
        found: List[Dict[str, Union[int, bytes, str]]] = []
        for piece in range(_lib.tsmmr_regs_evidence_count(self)):
            claims: Dict[str, Union[int, bytes, str]] = {}
            name, type_ = ctypes.c_char_p(), ctypes.c_int()
            for i in range(_lib.tsmmr_regs_claim_count(self, piece)):
                value = _bytes("regs_claim_at", self, piece, i, ctypes.byref(name),
                               ctypes.byref(type_)) or b""
                word = (name.value or b"").decode()
                if type_.value in (ClaimType.U64, ClaimType.TIME):
                    number = ctypes.c_uint64()
                    _lib.tsmmr_regs_claim_u64(self, piece, name, ctypes.byref(number))
                    claims[word] = number.value
                elif type_.value == ClaimType.TEXT:
                    claims[word] = value.decode(errors="replace")
                else:
                    claims[word] = value
            found.append(claims)
        return found

    @property
    def evidence(self) -> List[str]:
        """The kind of each piece."""
        return [_lib.tsmmr_regs_evidence_kind(self, i).decode()
                for i in range(_lib.tsmmr_regs_evidence_count(self))]


class Policy(_Object):
    """What is asked, and what is good enough.  Made once, it may be used any number of times."""
    _free = "policy"

    def __init__(self, ctx: Context, *, require: str = "", allow: str = "", must_check: str = "",
                 nonce: Optional[bytes] = None, ask_no_nonce: bool = False,
                 expect: Optional[Mapping[str, Union[bytes, Sequence[bytes]]]] = None,
                 min_trust: Optional[Name] = None, accept_tcb: str = "",
                 accept_advisories: str = "", min_tcb_evaluation: int = 0, text: str = ""):
        """expect has values by register; ask_no_nonce is for evidence that was kept."""
        self._pointer = _make("policy_new", ctx)
        for name, words in (("require", require), ("allow", allow), ("must_check", must_check),
                            ("accept_tcb", accept_tcb), ("accept_advisories", accept_advisories)):
            if words:
                _do("policy_" + name, self, words.encode())
        if nonce is not None:
            _do("policy_set_nonce", self, nonce, len(nonce))
        if ask_no_nonce:
            _do("policy_set_no_nonce", self)
        if min_trust is not None:
            _do("policy_set_min_trust", self, _number(Trust, min_trust))
        _do("policy_set_min_tcb_evaluation", self, min_tcb_evaluation)
        for name, values in (expect or {}).items():
            for value in [values] if isinstance(values, bytes) else values:
                _do("policy_expect", self, name.encode(), Hash.NONE, value, len(value))
        if text:
            _do("policy_parse", self, text.encode(), len(text.encode()))


class Row:
    """What a report says of one register."""

    def __init__(self, report: Report, i: int):
        self._report, self._i = report, i

    name = property(lambda self: _text(_lib.tsmmr_report_name(self._report, self._i)))
    status = property(lambda self: Status(_lib.tsmmr_report_status(self._report, self._i)))
    anchor = property(lambda self: _text(_lib.tsmmr_report_anchor(self._report, self._i)))
    events = property(lambda self: _lib.tsmmr_report_event_count(self._report, self._i))
    is_asked = property(lambda self: _lib.tsmmr_report_is_asked(self._report, self._i) == 1)
    is_accepted = property(lambda self: _lib.tsmmr_report_is_accepted(self._report, self._i) == 1)
    replayed = property(lambda self: _bytes("report_replayed", self._report, self._i))

    @property
    def register(self) -> Register:
        """What it is, and the value it should have."""
        return Register(_lib.tsmmr_report_reg(self._report, self._i), self._report)

    @property
    def gaps(self) -> List[str]:
        """What stands between it and `verified`."""
        return [_lib.tsmmr_gap_word(_lib.tsmmr_report_gap(self._report, self._i, k)).decode()
                for k in range(_lib.tsmmr_report_gap_count(self._report, self._i))]


class _Pass(_Object):
    _free = "report_pass"


class Report(_Object):
    """Logs and registers compared, and judged under a policy.  Only VERIFIED is a yes."""
    _free = "report"

    def __init__(self, ctx: Context, logs: Sequence[Union[Log, Stream]],
                 regs: Optional[Registers] = None, policy: Optional[Policy] = None):
        call = "report_new_stream" if any(isinstance(log, Stream) for log in logs) else "report_new"
        self.logs = list(logs)
        self._pointer = _make(call, ctx, _array(logs), len(logs), regs, policy)

    verdict = property(lambda self: Verdict(_lib.tsmmr_report_verdict(self)))
    findings = property(lambda self: Finding._all(self, "report"))

    def __len__(self) -> int:
        return _lib.tsmmr_report_count(self)

    def __getitem__(self, i: int) -> Row:
        if not 0 <= i < len(self):
            raise IndexError(i)
        return Row(self, i)

    @property
    def because(self) -> List[tuple]:
        """Why it is not VERIFIED: (word, register or None)."""
        found: List[tuple] = []
        reg = ctypes.c_char_p()
        while True:
            word = _lib.tsmmr_report_because(self, len(found), ctypes.byref(reg), None)
            if word is None:
                return found
            found.append((word.decode(), _text(reg.value)))

    @property
    def summary(self) -> str:
        """One line for a person."""
        return _written("report_summary", self)

    def is_proven(self, i: int, log: int = 0) -> bool:
        """Is event i inside the verified part of a verified register?"""
        return _lib.tsmmr_report_is_event_proven(self, log, i) == 1

    def text(self, i: int, log: int = 0) -> str:
        """What may be believed of event i; "" where nothing may."""
        return _written("report_event_text", self, self.logs[log], log, i)

    def believed(self) -> Iterator[str]:
        """The text of every event that is proven and bound."""
        for number, log in enumerate(self.logs):
            for i in range(len(log)):
                if self.is_proven(i, number):
                    text = self.text(i, number)
                    if text:
                        yield text

    def domain(self, ctx: Context, prefix: str) -> List[Dict[str, Any]]:
        """The proven and bound records of one application, each as `tsmmr.event/1`."""
        streams = [Stream._of(_make("stream_open_log", ctx, log)) for log in self.logs]
        records = []
        with _Pass._of(_make("report_pass_new", self, _array(streams), len(streams))) as again:
            _do("report_pass_set_domain", again, prefix.encode())
            while _do("report_pass_next", again, None, None, None):
                records.append(json.loads(_owned("report_pass_event_json", again)))
        return records

    def explain(self, ctx: Context, reference: Optional[Log] = None) -> Explanation:
        """Why registers do not match."""
        return Explanation(ctx, self, reference)

    def json(self, events: bool = False, explain: Optional[Explanation] = None) -> Dict[str, Any]:
        """`tsmmr.verify/1`."""
        logs = self.logs if events else []
        return json.loads(_owned("report_export_verify_json", self, explain,
                                 _array(logs) if logs else None, len(logs)))


class Hypothesis(NamedTuple):
    """One way in which a register would match."""
    id: str
    log: Optional[int]
    first: Optional[int]
    last: Optional[int]
    would_match: bool
    text: str


class Explanation(_Object):
    """Hypotheses by register, each tried by replay."""
    _free = "explain"

    def __init__(self, ctx: Context, report: Report, reference: Optional[Log] = None):
        self._count = len(report)
        self._pointer = _make("explain_new", ctx, report, _array(report.logs), len(report.logs),
                              reference)

    def text(self, i: int) -> Optional[str]:
        """A paragraph about register i of the report; None where nothing is wrong."""
        return _text(_lib.tsmmr_explain_text(self, i))

    def __getitem__(self, i: int) -> List[Hypothesis]:
        if not 0 <= i < self._count:
            raise IndexError(i)
        found = []
        for k in range(_lib.tsmmr_explain_hypothesis_count(self, i)):
            one = _lib.tsmmr_explain_hypothesis(self, i, k)
            found.append(Hypothesis(_lib.tsmmr_hypothesis_id(one).decode(),
                                    _index(_lib.tsmmr_hypothesis_log(one)),
                                    _index(_lib.tsmmr_hypothesis_first(one)),
                                    _index(_lib.tsmmr_hypothesis_last(one)),
                                    bool(_lib.tsmmr_hypothesis_would_match(one)),
                                    _lib.tsmmr_hypothesis_text(one).decode()))
        return found


class Attest(_Object):
    """What evidence is asked for with."""
    _free = "attest"

    def __init__(self, nonce: bytes, platform: Name = 0, **more: Union[int, bytes]):
        """more: user_data and public_key in bytes (Nitro), vmpl as a number (SEV-SNP)."""
        self._pointer = _make("attest_new", _number(Platform, platform))
        _do("attest_set_nonce", self, nonce, len(nonce))
        for name, value in more.items():
            name = name.replace("_", "-")
            if isinstance(value, int):
                _do("attest_set_u64", self, name.encode(), value)
            else:
                _do("attest_set_bytes", self, name.encode(), value, len(value))


class Appended(NamedTuple):
    """What an append did: flags, and (digest, value after it) by hash."""
    flags: AppendedFlag
    banks: Dict[int, tuple]


class Tree(_Object):
    """The registers of this machine, to be extended."""
    _free = "tree"

    def __init__(self, ctx: Context):
        self._pointer = _make("tree_open", ctx)

    def append(self, reg: str, record: str, once: bool = False) -> Appended:
        """Extends a register with a record and logs it: both or neither."""
        data = record.encode()
        done = _make("tree_append", self, reg.encode(), data, len(data),
                     AppendFlag.ONCE if once else 0)
        try:
            banks, kind = {}, ctypes.c_int()
            for i in range(_lib.tsmmr_appended_bank_count(done)):
                digest = _bytes("appended_digest", done, i, ctypes.byref(kind))
                banks[Hash(kind.value)] = (digest, _bytes("appended_value", done, i, None))
            return Appended(AppendedFlag(_lib.tsmmr_appended_flags(done)), banks)
        finally:
            _lib.tsmmr_appended_free(done)

    def extend(self, reg: str, digest: bytes) -> None:
        """Extends a register without a record."""
        _do("tree_extend", self, reg.encode(), digest, len(digest))

    def lock(self, reg: str) -> None:
        """No more is taken until the machine ends (Nitro)."""
        _do("tree_lock", self, reg.encode())

    def settle(self, reg: str) -> Settled:
        """What became of an append that left it open."""
        outcome = ctypes.c_int()
        _do("tree_settle", self, reg.encode(), ctypes.byref(outcome))
        return Settled(outcome.value)

    def attest(self, request: Attest) -> tuple:
        """Fresh evidence, and the log up to it: (Evidence, Log)."""
        evidence, log = ctypes.c_void_p(), ctypes.c_void_p()
        _do("tree_attest", self, request, ctypes.byref(evidence), ctypes.byref(log))
        return Evidence._of(evidence), Log._of(log)


# They are made of what is above.
from ._appraise import (Appraisal, KnownValues, Note,  # noqa: E402 pylint: disable=wrong-import-position
                        Predicted, Prediction)
