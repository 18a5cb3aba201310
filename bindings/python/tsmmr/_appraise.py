# SPDX-License-Identifier: BSD-2-Clause
"""Is it what is wanted, and what will it be: known values, appraisals, predictions."""

from __future__ import annotations

import ctypes
import json
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Union

from . import (Context, Log, Name, Report, Stream, _Object, _array, _do, _index, _lib, _make,
               _number, _owned, _text, _written)
from ._api import Appraised, Hash, KnownKind, ListFlag, Record


def _bare(text: Optional[str]) -> Optional[bytes]:
    return None if text is None else text.encode()


def _flags(denied: bool, any_order: bool) -> int:
    return (ListFlag.DENIED if denied else 0) | (ListFlag.ANY_ORDER if any_order else 0)


def _again(ctx: Context, report: Report) -> List[Stream]:
    """The logs of a report that was made of logs, to be gone over once more."""
    return [Stream._of(_make("stream_open_log", ctx, log)) for log in report.logs]


class KnownValues(_Object):
    """What records may be, and what they must not be.  One thread fills it; it is final once an
    appraisal was made with it, and any number of threads may use it then."""
    _free = "known"

    def __init__(self, ctx: Context):
        self._pointer = _make("known_new", ctx)

    def add(self, kind: Name, source: Union[bytes, Any], register: Optional[str] = None,
            name: Optional[str] = None, *, denied: bool = False,
            any_order: bool = False) -> KnownValues:
        """A list, in bytes or an open file: "sums", "rules", "pcrlock", "keylime"."""
        what = _number(KnownKind, kind) | _flags(denied, any_order)
        if isinstance(source, bytes):
            _do("known_add", self, what, _bare(register), _bare(name), source, len(source))
        else:
            _do("known_add_fd", self, what, _bare(register), _bare(name), source.fileno())
        return self

    def image(self, role: str, file: Any, name: Optional[str] = None, *,
              denied: bool = False) -> KnownValues:
        """An open file, by what it is measured as in its role: "pe", "uki", "initrd" …"""
        _do("known_add_image_fd", self, _flags(denied, False), role.encode(), _bare(name),
            file.fileno())
        return self

    def logs(self, report: Report, name: Optional[str] = None, *, denied: bool = False,
             any_order: bool = False) -> KnownValues:
        """The logs of a report that is verified."""
        _do("known_add_logs", self, _flags(denied, any_order), _bare(name), report,
            _array(report.logs), len(report.logs))
        return self

    def unverified_log(self, stream: Stream, name: Optional[str] = None, *, denied: bool = False,
                       any_order: bool = False) -> KnownValues:
        """A log that nobody vouches for but the caller."""
        _do("known_add_stream", self, _flags(denied, any_order), _bare(name), stream)
        return self

    def __len__(self) -> int:
        """How many digests, without those of sequences."""
        return _lib.tsmmr_known_count(self)

    def __bool__(self) -> bool:
        return True


class _Pass(_Object):
    _free = "appraisal_pass"


class Appraisal(_Object):
    """A report's logs compared with known values.  Only YES is one."""
    _free = "appraisal"

    def __init__(self, report: Report, known: KnownValues, streams: Sequence[Stream] = ()):
        """streams are the logs opened again, where the report was made of streams."""
        logs: Sequence[Any] = streams or report.logs
        call = "appraisal_new_stream" if streams else "appraisal_new"
        self.report = report
        self._pointer = _make(call, report, known, _array(logs), len(logs))

    verdict = property(lambda self: Appraised(_lib.tsmmr_appraisal_verdict(self)))
    launch = property(lambda self: _text(_lib.tsmmr_appraisal_launch(self)),
                      doc='Who says which firmware it is: "pinned", "unknown" …')

    @property
    def because(self) -> List[tuple]:
        """Why it is not YES: (word, register or None)."""
        found: List[tuple] = []
        reg = ctypes.c_char_p()
        while True:
            word = _lib.tsmmr_appraisal_because(self, len(found), ctypes.byref(reg), None)
            if word is None:
                return found
            found.append((word.decode(), _text(reg.value)))

    @property
    def lacking(self) -> List[tuple]:
        """What lists demand and the logs lack: (list, sentence)."""
        found: List[tuple] = []
        source = ctypes.c_char_p()
        while True:
            text = _lib.tsmmr_appraisal_lack(self, len(found), ctypes.byref(source))
            if text is None:
                return found
            found.append((_text(source.value), text.decode()))

    @property
    def summary(self) -> str:
        """One line for a person."""
        return _written("appraisal_summary", self)

    def count(self, i: int, record: Name) -> int:
        """How many records of register i of the report are so: "known", "unknown", "denied"."""
        return _lib.tsmmr_appraisal_count(self, i, _number(Record, record))

    def text(self, i: int) -> str:
        """A paragraph on what is unknown in register i; "" where nothing is."""
        return _written("appraisal_text", self, i)

    def first_unknown(self, i: int) -> tuple:
        """(log, record) of the first that is unknown in register i; raises NotFound."""
        log, record = ctypes.c_uint64(), ctypes.c_uint64()
        result = _lib.tsmmr_appraisal_first_unknown(self, i, ctypes.byref(log),
                                                    ctypes.byref(record))
        if result < 0:
            raise LookupError(i)
        return log.value, record.value

    def _records(self, ctx: Context, streams: Sequence[Stream]) -> Iterator[tuple]:
        """Each record again; true only of an iterator that has ended."""
        again = streams or _again(ctx, self.report)
        record = ctypes.c_int()
        with _Pass._of(_make("appraisal_pass_new", self, _array(again), len(again))) as one:
            while _do("appraisal_pass_next", one, None, None, ctypes.byref(record)):
                yield one, Record(record.value)

    def events(self, ctx: Context, streams: Sequence[Stream] = ()) -> List[Dict[str, Any]]:
        """Every event, as in "events" of `tsmmr.appraisal/1`."""
        return [json.loads(_owned("appraisal_pass_event_json", one))
                for one, _ in self._records(ctx, streams)]

    def unknown(self, ctx: Context, streams: Sequence[Stream] = ()) -> List[str]:
        """Lines of "sums" that would make known what is not: to be read first."""
        return [_owned("appraisal_pass_line", one).decode(errors="replace")
                for one, record in self._records(ctx, streams) if record == Record.UNKNOWN]

    def json(self) -> Dict[str, Any]:
        """`tsmmr.appraisal/1`, without events."""
        return json.loads(_owned("appraisal_export_json", self))


class Predicted(NamedTuple):
    """What a register will hold in one bank."""
    name: str
    hash: Hash
    value: bytes
    is_changed: bool
    is_vouched: bool
    is_followed: bool


class Note(NamedTuple):
    """What could not be followed, and where."""
    text: str
    log: Optional[int]
    record: Optional[int]


class Prediction(_Object):
    """What registers will hold once something that logs measure is replaced: say what, then run."""
    _free = "prediction"

    def __init__(self, ctx: Context, logs: Sequence[Log], report: Optional[Report] = None):
        """report, of these logs, says which registers they explain."""
        self._pointer = _make("prediction_new", ctx, _array(logs), len(logs), report)

    @classmethod
    def of_uki(cls, ctx: Context, file: Any, profile: int = 0,
               phases: Optional[str] = None) -> Prediction:
        """Of a unified kernel image alone: PCR 11."""
        return cls._of(_make("prediction_new_uki_fd", ctx, file.fileno(), profile, _bare(phases)))

    def replace(self, before: Any, after: Any, role: Optional[str] = None,
                what: str = "file") -> Prediction:
        """A file in place of another, both open; what is what notes call it."""
        _do("prediction_replace_fd", self, _bare(role), before.fileno(), after.fileno(),
            what.encode())
        return self

    def replace_text(self, before: str, after: str, register: Optional[str] = None) -> Prediction:
        """A text in place of another, wherever digests cover it."""
        _do("prediction_replace_text", self, _bare(register), before.encode(), after.encode())
        return self

    def drop(self, record: int, log: int = 0) -> Prediction:
        """Without a record."""
        _do("prediction_drop", self, log, record)
        return self

    def run(self) -> Prediction:
        """It never changes afterwards."""
        _do("prediction_run", self)
        return self

    def __iter__(self) -> Iterator[Predicted]:
        report = _lib.tsmmr_prediction_report(self)
        for i in range(_lib.tsmmr_report_count(report) if report else 0):
            data, length = ctypes.c_void_p(), ctypes.c_size_t()
            if _lib.tsmmr_report_replayed(report, i, ctypes.byref(data),
                                          ctypes.byref(length)) < 0:
                continue
            yield Predicted(_lib.tsmmr_report_name(report, i).decode(),
                            Hash(_lib.tsmmr_reg_hash(_lib.tsmmr_report_reg(report, i))),
                            ctypes.string_at(data, length.value),
                            _lib.tsmmr_prediction_is_changed(self, i) == 1,
                            _lib.tsmmr_prediction_is_vouched(self, i) == 1,
                            _lib.tsmmr_prediction_is_followed(self, i) == 1)

    @property
    def notes(self) -> List[Note]:
        """What could not be followed."""
        found: List[Note] = []
        log, record = ctypes.c_uint64(), ctypes.c_uint64()
        while True:
            text = _lib.tsmmr_prediction_note(self, len(found), ctypes.byref(log),
                                              ctypes.byref(record))
            if text is None:
                return found
            found.append(Note(text.decode(), _index(log.value), _index(record.value)))

    def json(self) -> Dict[str, Any]:
        """`tsmmr.prediction/1`."""
        return json.loads(_owned("prediction_export_json", self))
