"""Re-runs a draw of Weicang from its published file, with the standard library of Python 3.11 or newer and nothing else.

    python check_draw.py draw.json --commitment HEX

HEX is the commitment that you noted before entries closed. Without it the file is compared with itself only, and whoever changed the seed
could have changed the commitment with it. The program prints the winners and ends with 0, names what differs and ends with 1, or says that
there is nothing to check or that the file is none of a draw and ends with 2.

From the file nobody can check: how many units there were, why somebody got fewer than her place gives (it is printed who), and that all
who entered are in the list. Compare the first with what was shown before the close, and look for your own number.
More is said in docs/decisions/0314-a-draw-commits-to-its-seed-and-mixes-in-the-entries.md of the service.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

FORMAT = "weicang-draw-1"
_HEX = re.compile("[0-9a-f]{64}")


class NoDraw(Exception):
    """The file is not one of a draw; the message says what is wrong with it."""


class NothingToCheck(Exception):
    """The draw was not held, or not yet."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_draw(text: str) -> dict[str, Any]:
    """The draw that a file holds; raises NoDraw with what is missing or of another form."""
    try:
        draw = json.loads(text)
    except ValueError as error:
        raise NoDraw(f"it is no JSON: {error}") from None
    if not isinstance(draw, dict):
        raise NoDraw("it is a list or a single value")
    if draw.get("format") != FORMAT:
        raise NoDraw(f"its format is {draw.get('format')}, this program knows {FORMAT}")
    _require(draw, "the draw", {"commitment": str, "state": str, "goods": list, "entries": list})
    for name in ("seed", "entries_digest"):
        if name not in draw:
            raise NoDraw(f"{name} of the draw is missing")
        if draw[name] is not None and not (isinstance(draw[name], str) and _HEX.fullmatch(draw[name])):
            raise NoDraw(f"{name} is not 64 hexadecimal digits")
    for goods in draw["goods"]:
        _require(goods, "a line of goods", {"item_id": int, "goods": str, "units": int, "entry_count": int})
    for entry in draw["entries"]:
        _require(entry, "an entry", {"item_id": int, "number": int, "units": int, "rank": int})
        for name in ("won_units", "limit_units"):
            if name not in entry or not (entry[name] is None or type(entry[name]) is int):
                raise NoDraw(f"{name} of entry {entry['number']} is missing or no number")
    return draw


def _require(value: Any, what: str, fields: dict[str, type]) -> None:
    if not isinstance(value, dict):
        raise NoDraw(f"{what} is no object")
    for name, kind in fields.items():
        if type(value.get(name)) is not kind:
            raise NoDraw(f"{name} of {what} is missing or of another type")


def faults_of(draw: dict[str, Any], *, commitment: str | None = None) -> list[str]:
    """What of a published draw does not follow from its seed and its entries; empty where all of it does.

    `commitment` is the one that was noted before, if there is one. Raises NothingToCheck while the seed is secret.
    """
    if draw["seed"] is None:
        raise NothingToCheck
    faults = []
    if commitment is not None and commitment != draw["commitment"]:
        faults.append("the commitment of the file is not the one that was noted before")
    if sha256(bytes.fromhex(draw["seed"])) != draw["commitment"]:
        faults.append("the seed is not the one that was committed to")
    entries = sorted(draw["entries"], key=lambda entry: (entry["item_id"], entry["number"]))
    numbers = [entry["number"] for entry in entries]
    if len(set(numbers)) != len(numbers):
        faults.append("a number stands in the list twice")
    digest = sha256("\n".join(f"{e['item_id']}:{e['number']}:{e['units']}" for e in entries).encode())
    if digest != draw["entries_digest"]:
        faults.append("the digest of the entries is another one")
    known = [goods["item_id"] for goods in draw["goods"]]
    if len(set(known)) != len(known):
        faults.append("goods stand in the list twice")
    if any(entry["item_id"] not in known for entry in entries):
        faults.append("an entry is for goods that are not drawn")
    for goods in draw["goods"]:
        own = [entry for entry in entries if entry["item_id"] == goods["item_id"]]
        faults += _faults_of_goods(draw["seed"], digest, goods, own)
        given = [entry for entry in own if entry["won_units"] is not None]
        if draw["state"] != "drawn" and given:
            faults.append(f"{goods['goods']}: units were given out of a draw that is {draw['state']}")
        if draw["state"] == "drawn" and len(given) < len(own):
            faults.append(
                f"{goods['goods']}: units are not given out; if the draw was held just now, load the file again"
            )
    return faults


def _faults_of_goods(seed: str, digest: str, goods: dict[str, Any], entries: list[dict[str, Any]]) -> list[str]:
    def lot(entry: dict[str, Any]) -> str:
        return sha256(f"{seed}:{digest}:{entry['item_id']}:{entry['number']}".encode())

    faults = []
    if goods["entry_count"] != len(entries):
        faults.append(f"{goods['goods']}: {goods['entry_count']} entries are counted, {len(entries)} are in the list")
    left, is_over = goods["units"], False
    for rank, entry in enumerate(sorted(entries, key=lot), 1):
        name = f"{goods['goods']}: number {entry['number']}"
        if entry["units"] < 1:
            faults.append(f"{name} asks for {entry['units']} units")
        if entry["rank"] != rank:
            faults.append(f"{name} is in place {entry['rank']}, by its lot it is in place {rank}")
        won, limit = entry["won_units"], entry["limit_units"]
        if won is None:
            continue
        due = min(entry["units"], left) if limit is None else min(entry["units"], left, limit)
        # Where fewer units are left than she asked for, the terms of the goods may let her order fewer still, or none; then nobody behind
        # her can use what is left either (`notes_of`).
        if limit is None and left < entry["units"] and 0 <= won < due:
            is_over = True
        elif won != due:
            faults.append(f"{name} got {won} units, by its place it gets {due}")
        elif won and is_over:
            faults.append(f"{name} got {won} units, of which somebody before it was given none")
        left -= won
    return faults


def notes_of(draw: dict[str, Any]) -> list[str]:
    """What the file says and nobody can check from it."""
    notes = []
    for goods in draw["goods"]:
        own = sorted(_entries_of(draw, goods), key=lambda each: each["rank"])
        if own and own[0]["won_units"] is None:
            notes.append(f"{goods['goods']}: nobody got units, the draw was called off")
            continue
        limited = [str(entry["number"]) for entry in own if entry["limit_units"] is not None]
        if limited:
            notes.append(
                f"{goods['goods']}: by purchase limits or a deactivated account fewer than their place gives: number {', '.join(limited)}"
            )
        left = goods["units"] - sum(entry["won_units"] for entry in own)
        if left and any(entry["won_units"] < entry["units"] and entry["limit_units"] is None for entry in own):
            notes.append(
                f"{goods['goods']}: {left} of its units went to nobody, because by its terms so few are not sold"
            )
    return notes


def winners_of(draw: dict[str, Any]) -> list[str]:
    """One line for each entry that got units, or was passed over, in the order of the draw."""
    lines = []
    for goods in draw["goods"]:
        for entry in sorted(_entries_of(draw, goods), key=lambda each: each["rank"]):
            name = f"{goods['goods']}: place {entry['rank']}, number {entry['number']}"
            if entry["won_units"]:
                lines.append(f"{name}, {entry['won_units']} units")
            elif entry["limit_units"] is not None:
                lines.append(f"{name}, passed over")
    return lines


def _entries_of(draw: dict[str, Any], goods: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in draw["entries"] if entry["item_id"] == goods["item_id"]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="check_draw.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--commitment", help="the one that you noted before entries closed", metavar="HEX")
    options = parser.parse_args(arguments)
    noted = options.commitment and options.commitment.strip().lower()
    if noted is not None and not _HEX.fullmatch(noted):
        print("The commitment is 64 hexadecimal digits.")
        return 2
    try:
        draw = read_draw(options.file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, NoDraw) as error:
        print(f"{options.file} cannot be checked: {error}")
        return 2
    try:
        faults = faults_of(draw, commitment=noted)
    except NothingToCheck:
        print(f"The commitment is {draw['commitment']}. The seed is not published, so there is nothing to check.")
        return 2
    if faults:
        print("\n".join(faults))
        return 1
    source = (
        "the one that you noted" if noted else "that of the file; compare it with the one that was published before"
    )
    print("\n".join([*winners_of(draw), *(f"Not checked: {note}." for note in notes_of(draw))]))
    print(f"Commitment {draw['commitment']}: {source}.")
    print("All places and winners follow from the seed and the entries.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
