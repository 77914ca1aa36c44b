"""Damaged and twisted workbooks, made from sound ones by a given dice: the same dice makes the same files."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.imports.test_workbook_variants import BOOKS

WORKBOOKS = Path(__file__).parent / "workbooks"
_NUMBER = re.compile(rb"\d+(?:\.\d+)?")
_WORD = re.compile(rb">[^<>]{1,40}<")
_NUMBERS = (b"0", b"-1", b"1048577", b"16385", b"4294967296", b"99999999999999999999", b"1e308", b"NaN", b"1e-320", b"")
_WORDS = tuple(
    text.encode()
    for text in (
        "", "合计", "款号", "尺码", "均码", "示例", "=1+1", "#N/A", "2.5折", "6.90123E+12", "１０", "\ufffd", "&#0;", "&amp;", "尺码组",
        "99999999999999999999", "2024-13-45", "S/M/L", "'", "\u202e黑",
    )
)  # fmt: skip


def seeds() -> dict[str, Callable[[], bytes]]:
    """The sound files: the samples, and the workbooks of all sorts that are no bombs themselves."""
    made = {name: book.build for name, book in BOOKS.items() if book.stop != "zip_bomb"}
    samples = {path.name: path.read_bytes for path in WORKBOOKS.glob("*") if path.suffix in (".xlsx", ".csv")}
    return samples | made


def mutants(seed: int) -> Iterator[tuple[str, bytes]]:
    """Without end: the name of the sound file, and what was made of it."""
    dice = random.Random(seed)
    sound = {name: build() for name, build in sorted(seeds().items())}
    names = list(sound)
    while True:
        name = dice.choice(names)
        data = sound[name]
        if zipfile.is_zipfile(io.BytesIO(data)) and dice.random() < 0.8:
            yield name, _package(data, dice)
        else:
            yield name, _twisted(data, dice)


def _package(data: bytes, dice: random.Random) -> bytes:
    """A part or two twisted inside a sound package, where a changed byte would else only break a checksum."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = [(entry, source.read(entry)) for entry in source.namelist()]
    for _ in range(dice.choice([1, 1, 2])):
        victim = dice.randrange(len(parts))
        fate = dice.random()
        if fate < 0.06 and len(parts) > 1:
            del parts[victim]
        elif fate < 0.1:
            parts[victim] = (parts[victim][0], dice.choice(parts)[1])
        else:
            parts[victim] = (parts[victim][0], _twisted(parts[victim][1], dice))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts:
            target.writestr(name, content)
    return out.getvalue()


def _twisted(data: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.choice([1, 1, 3, 12])):
        if not data:
            break
        data = dice.choice(_WAYS)(data, dice)
    return data


def _byte(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + data[at + dice.randrange(1, 60) :]


def _copy(data: bytes, dice: random.Random) -> bytes:
    start, at = dice.randrange(len(data)), dice.randrange(len(data))
    return data[:at] + data[start : start + dice.randrange(1, 400)] + data[at:]


def _end(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))] if dice.random() < 0.2 else data


def _number(data: bytes, dice: random.Random) -> bytes:
    return _instead(data, _NUMBER, dice.choice(_NUMBERS), dice)


def _word(data: bytes, dice: random.Random) -> bytes:
    return _instead(data, _WORD, b">" + dice.choice(_WORDS) + b"<", dice)


def _instead(data: bytes, what: re.Pattern[bytes], by: bytes, dice: random.Random) -> bytes:
    found = what.search(data, dice.randrange(len(data)))
    return data[: found.start()] + by + data[found.end() :] if found else data


_WAYS = (_byte, _cut, _copy, _end, _number, _number, _word, _word)
