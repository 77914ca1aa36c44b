"""The record of a played walk, which the next start of the demo prints again."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_RECORD = "demo-walk.json"
_STARTED = "demo-walk.begun"


@dataclass(frozen=True)
class SignIn:
    """A person of the walk: her role and name, the path of her page, and how she signs in."""

    person: str
    path: str
    login: str
    password: str


class StepFailed(Exception):
    """A step of the walk failed; the message names the step and the answer."""


@dataclass(frozen=True)
class WalkRecord:
    """A walk that was played to its end: the line that each step printed, and its people."""

    lines: tuple[str, ...]
    people: tuple[SignIn, ...]


def save(folder: Path, *, lines: Sequence[str], people: Sequence[SignIn]) -> WalkRecord:
    """Save the record of a finished walk. Only the owner of the folder may read it, because it holds passwords."""
    content = json.dumps({"lines": list(lines), "people": [asdict(person) for person in people]}, ensure_ascii=False)
    partial = folder / f"{_RECORD}.new"
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    partial.rename(folder / _RECORD)
    (folder / _STARTED).unlink(missing_ok=True)
    return WalkRecord(tuple(lines), tuple(people))


def load(folder: Path) -> WalkRecord | None:
    """The record of the walk that was played in this folder; None where none was."""
    try:
        content = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return WalkRecord(tuple(content["lines"]), tuple(SignIn(**person) for person in content["people"]))


def mark_started(folder: Path) -> None:
    """Mark that a walk has started, so that a later start recognises one that was interrupted."""
    (folder / _STARTED).touch()


def was_interrupted(folder: Path) -> bool:
    """Whether a walk was started in this folder and did not end."""
    return (folder / _STARTED).exists()
