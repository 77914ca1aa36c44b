"""Placements of many resellers decided together: the result is that of taking them one after another, in their order (ORDER-17)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flashsales.rules import Offer
from orders.rules.credit import Credit
from orders.rules.lines import AllocatedUnits, RequestedUnits, Take, allocate
from orders.rules.quantities import Breach, allocate_in_quantities, find_breaches


@dataclass(frozen=True, slots=True)
class Placement:
    """What one reseller asks for, with what was read of it before anything of its batch was placed.

    `offers` by item; an item that does not exist is missing. `credit` is hers. Where she shares a limit with the other trial members of
    `sharing_inviter_id`, `shared_unpaid_fen` is the part of her unpaid orders that counts against it, before her wallet.
    """

    reseller_id: int
    lines: Sequence[RequestedUnits]
    take: Take
    offers: Mapping[int, Offer]
    credit: Credit
    sharing_inviter_id: int | None = None
    shared_unpaid_fen: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What a placement gets: units by line, and why not all of them. `offers` and `credit` are those at its turn.

    Accepted with `Take.ALL` it gets all units of all lines, else what is left. Refused it gets nothing: then `allocated` says which lines
    cannot be had, and where every line could be had, its total is above the credit. `breaches` of quantity terms are those of the lines
    as they were requested.
    """

    is_accepted: bool
    allocated: Sequence[AllocatedUnits]
    breaches: Sequence[Breach]
    offers: Mapping[int, Offer]
    credit: Credit


def decide(lines: Sequence[RequestedUnits], *, take: Take, offers: Mapping[int, Offer], credit: Credit) -> Decision:
    """What one placement gets of what is left (ORDER-1, ORDER-6, ORDER-7, ORDER-14)."""
    breaches = find_breaches(lines, offers)
    if take is Take.WHAT_IS_LEFT:
        allocated = allocate_in_quantities(lines, offers, allowance_fen=credit.allowance_fen)
        return Decision(any(each.units for each in allocated), allocated, breaches, offers, credit)
    allocated = allocate(lines, offers, allowance_fen=None)
    is_accepted = not breaches and all(each.shortfall is None for each in allocated)
    if is_accepted:
        is_accepted = total_fen(lines, allocated, offers) <= credit.allowance_fen
    return Decision(is_accepted, allocated, breaches, offers, credit)


def total_fen(lines: Iterable[RequestedUnits], allocated: Iterable[AllocatedUnits], offers: Mapping[int, Offer]) -> int:
    """What the allocated units cost at the prices of the offers."""
    pairs = zip(lines, allocated, strict=True)
    return sum(given.units * (offers[line.item_id].price_fen or 0) for line, given in pairs if given.units)


def decide_batch(placements: Sequence[Placement]) -> list[Decision]:
    """Decide placements in their order. What an accepted one takes is missing for those behind it; a refused one takes nothing."""
    taken = _Taken()
    decisions = []
    for placement in placements:
        decision = decide(
            placement.lines,
            take=placement.take,
            offers=taken.offers_left(placement),
            credit=taken.credit_left(placement),
        )
        if decision.is_accepted:
            taken.add(placement, decision)
        decisions.append(decision)
    return decisions


class _Taken:
    """What the placements of a batch before one have taken of what was read."""

    def __init__(self) -> None:
        self._units: Counter[int] = Counter()
        """By item."""
        self._item_units: Counter[tuple[int, int]] = Counter()
        """By reseller and item."""
        self._sale_units: Counter[tuple[int, int]] = Counter()
        """By reseller and sale."""
        self._fen: Counter[int] = Counter()
        """By reseller."""
        self._uncovered_fen: dict[int, dict[int, int]] = defaultdict(dict)
        """By inviter and trial member: what her orders of the batch add to what no wallet covers."""

    def offers_left(self, placement: Placement) -> Mapping[int, Offer]:
        reseller_id = placement.reseller_id
        if reseller_id not in self._fen and self._units.keys().isdisjoint(placement.offers):
            return placement.offers
        return {
            item_id: replace(
                offer,
                available=offer.available - self._units[item_id],
                item_taken=offer.item_taken + self._item_units[reseller_id, item_id],
                sale_taken=offer.sale_taken + self._sale_units[reseller_id, offer.sale_id],
            )
            for item_id, offer in placement.offers.items()
        }

    def credit_left(self, placement: Placement) -> Credit:
        credit = placement.credit
        others_fen = credit.others_unpaid_fen
        if others_fen is not None and placement.sharing_inviter_id is not None:
            by_member = self._uncovered_fen[placement.sharing_inviter_id]
            others_fen += sum(fen for member_id, fen in by_member.items() if member_id != placement.reseller_id)
        return replace(
            credit, unpaid_fen=credit.unpaid_fen + self._fen[placement.reseller_id], others_unpaid_fen=others_fen
        )

    def add(self, placement: Placement, decision: Decision) -> None:
        reseller_id = placement.reseller_id
        for line, given in zip(placement.lines, decision.allocated, strict=True):
            if given.units:
                sale_id = placement.offers[line.item_id].sale_id
                self._units[line.item_id] += given.units
                self._item_units[reseller_id, line.item_id] += given.units
                self._sale_units[reseller_id, sale_id] += given.units
        self._fen[reseller_id] += total_fen(placement.lines, decision.allocated, placement.offers)
        if placement.sharing_inviter_id is not None:
            before_fen, wallet_fen = placement.shared_unpaid_fen, placement.credit.wallet_fen
            after_fen = before_fen + self._fen[reseller_id]
            added_fen = max(0, after_fen - wallet_fen) - max(0, before_fen - wallet_fen)
            self._uncovered_fen[placement.sharing_inviter_id][reseller_id] = added_fen
