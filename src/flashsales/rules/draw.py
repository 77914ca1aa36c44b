"""The draw of scarce goods: the order of its entries follows from a seed that was committed to before, and from the entries (SALE-25).

`check_draw.py`, which anybody can run, says the same without this service; `flashsales.selectors.draw_integrity` says it in SQL.
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from flashsales.rules import QuantityTerms

FORMAT: Final = "weicang-draw-1"
MAX_DRAWN_ITEMS: Final = 200
MAX_ENTRY_MINUTES: Final = 30 * 24 * 60
MAX_ORDER_MINUTES: Final = 24 * 60
MIN_ORDER_MINUTES: Final = 15
DEFAULT_ORDER_MINUTES: Final = 120
MIN_ENTRY: Final = timedelta(minutes=10)
"""So long at least resellers may enter: a shorter time is one that many of them never see."""
SOURCE: Final = "draw"
"""The source of the entries of the waiting list that a draw makes; nobody can ask for one."""


class DrawState(enum.StrEnum):
    """Where a draw is. Before the publication of its sale it is a draft."""

    DRAFT = "draft"
    WAITING = "waiting"
    OPEN = "open"
    CLOSED = "closed"
    DRAWN = "drawn"
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True)
class Drawn:
    """An entry that takes part in a draw: its number, its item, and how many units it asks for."""

    number: int
    item_id: int
    units: int


@dataclass(frozen=True, slots=True)
class Won:
    """What an entry got at the draw: `units`, of those it asked for. `limit_units` is set where something else than the number of units
    left gave it fewer: her purchase limits, terms of the size that were set since she entered, or her account, which was deactivated."""

    number: int
    units: int
    limit_units: int | None = None


def commitment_to(seed: str) -> str:
    """What is published before anybody enters: the SHA-256 of the bytes of the seed, both in hexadecimal."""
    return sha256(bytes.fromhex(seed)).hexdigest()


def digest_of_entries(entries: Iterable[Drawn]) -> str:
    """A digest of all entries of a draw, whatever their order: lines `item:number:units` in the order of items and numbers."""
    ordered = sorted(entries, key=lambda each: (each.item_id, each.number))
    text = "\n".join(f"{each.item_id}:{each.number}:{each.units}" for each in ordered)
    return sha256(text.encode()).hexdigest()


def lot_of(entry: Drawn, *, seed: str, digest: str) -> str:
    """The lot of an entry: a hexadecimal number that nobody could know before the seed and the list of entries."""
    return sha256(f"{seed}:{digest}:{entry.item_id}:{entry.number}".encode()).hexdigest()


def rank_entries(entries: Sequence[Drawn], *, seed: str) -> dict[int, int]:
    """The place of each entry among those of its item, from 1, by its number: the lowest lot comes first."""
    digest = digest_of_entries(entries)
    lots = sorted((each.item_id, lot_of(each, seed=seed, digest=digest), each.number) for each in entries)
    ranks: dict[int, int] = {}
    placed: dict[int, int] = {}
    for item_id, _, number in lots:
        placed[item_id] = ranks[number] = placed.get(item_id, 0) + 1
    return ranks


def award(
    available: int, ranked: Sequence[Drawn], got: dict[int, int], *, terms: QuantityTerms | None = None
) -> list[Won]:
    """What each entry got, in the order of the draw, and where it is fewer than the units that were left for it.

    `got` are the units that are reserved for each entry, by its number. Where fewer are left than an entry asks for, and the terms of the
    size let nobody order so few, nothing limits the entry: the units have run out.
    """
    won = []
    for entry in ranked:
        due, units = min(entry.units, available), got.get(entry.number, 0)
        if available < entry.units and terms is not None and terms.per_sku:
            due = terms.last_units(due)
        won.append(Won(entry.number, units, units if units < due else None))
        available -= units
    return won


def state_of(
    *,
    is_over: bool,
    opens_at: datetime | None,
    closes_at: datetime | None,
    drawn_at: datetime | None,
    at: datetime,
) -> DrawState:
    """The times are None before the publication. `is_over`: its sale is cancelled or has ended, so that it will not be drawn any more."""
    if drawn_at is not None:
        return DrawState.DRAWN
    if is_over:
        return DrawState.CALLED_OFF
    if opens_at is None or closes_at is None:
        return DrawState.DRAFT
    if at < opens_at:
        return DrawState.WAITING
    return DrawState.OPEN if at < closes_at else DrawState.CLOSED


def can_be_drawn(terms: QuantityTerms | None) -> bool:
    """Whether a size can be won by itself: not where it is ordered in packs or together with other sizes only (SALE-9)."""
    return terms is None or (terms.per_sku and not terms.pack) or (terms.first_units == 1 and terms.step == 1)
