"""What the walk and the supervisor say to each other, and what is kept of it for the next start."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_KEPT = "demo-walk.json"
_BEGUN = "demo-walk.begun"


@dataclass(frozen=True)
class SignIn:
    """A person of the walk: who she is, the path of the page that is hers, and how she signs in."""

    person: str
    path: str
    login: str
    password: str


class StepFailed(Exception):
    """A step of the walk did not do what it should; the message names the step and what was said."""


@dataclass(frozen=True)
class Played:
    """A walk that was played to its end: the line that each step said, and its people."""

    lines: tuple[str, ...]
    people: tuple[SignIn, ...]


def keep(folder: Path, *, lines: Sequence[str], people: Sequence[SignIn]) -> Played:
    """Remember a finished walk; only the owner of the folder may read it, for it holds passwords."""
    content = json.dumps({"lines": list(lines), "people": [asdict(person) for person in people]}, ensure_ascii=False)
    partial = folder / f"{_KEPT}.new"
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    partial.rename(folder / _KEPT)
    (folder / _BEGUN).unlink(missing_ok=True)
    return Played(tuple(lines), tuple(people))


def kept(folder: Path) -> Played | None:
    """The walk that was played in this folder, if one was."""
    try:
        content = json.loads((folder / _KEPT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Played(tuple(content["lines"]), tuple(SignIn(**person) for person in content["people"]))


def begin(folder: Path) -> None:
    """Remember that a walk has begun, so that an interrupted one is known for what it is."""
    (folder / _BEGUN).touch()


def interrupted(folder: Path) -> bool:
    """Whether a walk has begun here and not come to its end."""
    return (folder / _BEGUN).exists()
