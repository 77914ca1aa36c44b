"""Re-runs a draw of Weicang from its published file, with the standard library of Python 3.11 or newer and nothing else.

    python check_draw.py draw.json

It prints the winners and ends with 0, or names what differs and ends with 1. What it checks, and what nobody can check from the file,
is written in docs/decisions/0314-a-draw-commits-to-its-seed-and-mixes-in-the-entries.md of the service.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

FORMAT = "weicang-draw-1"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def faults_of(draw: dict[str, Any]) -> list[str]:
    """What of a published draw does not follow from its seed and its entries; empty where all of it does."""
    if draw["format"] != FORMAT:
        return [f"the format is {draw['format']}, this program knows {FORMAT}"]
    if draw["seed"] is None:
        return ["the seed is not published yet, so there is nothing to check"]
    faults = []
    if sha256(bytes.fromhex(draw["seed"])) != draw["commitment"]:
        faults.append("the seed is not the one that was committed to")
    entries = sorted(draw["entries"], key=lambda entry: (entry["item_id"], entry["number"]))
    numbers = [entry["number"] for entry in entries]
    if len(set(numbers)) != len(numbers):
        faults.append("a number stands in the list twice")
    digest = sha256("\n".join(f"{e['item_id']}:{e['number']}:{e['units']}" for e in entries).encode())
    if digest != draw["entries_digest"]:
        faults.append("the digest of the entries is another one")
    known = {goods["item_id"] for goods in draw["goods"]}
    if any(entry["item_id"] not in known for entry in entries):
        faults.append("an entry is for goods that are not drawn")
    for goods in draw["goods"]:
        own = [entry for entry in entries if entry["item_id"] == goods["item_id"]]
        faults += _faults_of_goods(draw["seed"], digest, goods, own)
    return faults


def _faults_of_goods(seed: str, digest: str, goods: dict[str, Any], entries: list[dict[str, Any]]) -> list[str]:
    def lot(entry: dict[str, Any]) -> str:
        return sha256(f"{seed}:{digest}:{entry['item_id']}:{entry['number']}".encode())

    faults = []
    left = goods["units"]
    for rank, entry in enumerate(sorted(entries, key=lot), 1):
        name = f"{goods['goods']}: number {entry['number']}"
        if entry["rank"] != rank:
            faults.append(f"{name} is in place {entry['rank']}, by its lot it is in place {rank}")
        if entry["won_units"] is None:  # The units of these goods were not given out.
            continue
        due = min(entry["units"], left)
        if entry["limit_units"] is not None:
            due = min(due, entry["limit_units"])
        if entry["won_units"] != due:
            faults.append(f"{name} got {entry['won_units']} units, by its place it gets {due}")
        left -= entry["won_units"]
    return faults


def winners_of(draw: dict[str, Any]) -> list[str]:
    """One line for each entry that got units, in the order of the draw."""
    lines = []
    for goods in draw["goods"]:
        own = [entry for entry in draw["entries"] if entry["item_id"] == goods["item_id"]]
        for entry in sorted(own, key=lambda each: each["rank"]):
            if entry["won_units"]:
                lines.append(
                    f"{goods['goods']}: place {entry['rank']}, number {entry['number']}, {entry['won_units']} units"
                )
            elif entry["limit_units"] is not None:
                lines.append(f"{goods['goods']}: place {entry['rank']}, number {entry['number']}, passed over")
    return lines


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    draw = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    faults = faults_of(draw)
    print("\n".join(faults or [*winners_of(draw), "All places and winners follow from the seed and the entries."]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
