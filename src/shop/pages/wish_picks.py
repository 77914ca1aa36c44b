"""What a customer has picked on the page of a forward: in the form, in the address from style to style, and as rows to show."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from forwarding.rules.pages import Availability, CustomerItem, CustomerStyle, CustomerView
from forwarding.rules.wishes import MAX_WISH_LINES, MAX_WISH_UNITS
from shop.pages.base_views import parse_int

FIELD = "units-"


@dataclass(frozen=True, slots=True)
class PickRow:
    """An item with the units that she picked, and the field that holds them."""

    style: CustomerStyle
    item: CustomerItem
    units: int

    @property
    def field(self) -> str:
        return f"{FIELD}{self.item.item_id}"

    @property
    def wait_query(self) -> str:
        """What the address of the page says of a sold-out item for which she wants to wait."""
        return f"style={self.style.style_id}&wait={self.item.item_id}"


def from_form(sent: QueryDict) -> dict[int, int]:
    """The picked units by item. A page from before several sizes could be picked sends `item` and `units`.

    An item that the page does not show is kept, so that it is refused and not dropped.
    """
    picks = {
        parse_int(name.removeprefix(FIELD)): parse_int(sent.get(name, "")) for name in sent if name.startswith(FIELD)
    }
    if "item" in sent:
        picks[parse_int(sent.get("item", ""))] = parse_int(sent.get("units", ""))
    return {item_id: units for item_id, units in picks.items() if units or "item" in sent}


def from_address(query: QueryDict, view: CustomerView) -> dict[int, int]:
    """The units by item that the address names, of items that can be had."""
    return {item_id: units for item_id, units in in_address(query).items() if item_id in view.item_ids}


def count_lost(query: QueryDict, view: CustomerView) -> int:
    """How many of the items that the address names cannot be had any more, so that the page leaves them out."""
    return len(in_address(query).keys() - view.item_ids)


def in_address(query: QueryDict) -> dict[int, int]:
    """The units by item that `?pick=12x1.15x2` or `?item=12` names, at most as many items as a wish can hold."""
    picks = _pairs(query.get("pick", ""))
    if "item" in query:
        picks[parse_int(query.get("item", ""))] = 1
    named = [(item_id, min(units, MAX_WISH_UNITS)) for item_id, units in picks.items() if item_id and units]
    return dict(named[:MAX_WISH_LINES])


def only_choice(style: CustomerStyle | None) -> dict[int, int]:
    """One unit of the only item that can be had; nothing where there are several."""
    available = [item for item in style.items if item.availability is not Availability.NONE] if style else []
    return {available[0].item_id: 1} if len(available) == 1 else {}


def seen_prices(sent: QueryDict) -> dict[int, int]:
    """The price in fen of each style as she saw it, which `seen=7x12900.8x9900` names in a form and in an address (FORWARD-5)."""
    named = [(style_id, fen) for style_id, fen in _pairs(sent.get("seen", "")).items() if style_id and fen]
    return dict(named[: MAX_WISH_LINES + 1])


def seen_of(style_ids: Collection[int], seen: Mapping[int, int]) -> dict[int, int]:
    """What she has seen of these styles."""
    return {style_id: fen for style_id, fen in seen.items() if style_id in style_ids}


def pairs_text(numbers: Mapping[int, int]) -> str:
    """Picks or seen prices as an address and a form name them."""
    return ".".join(f"{key}x{number}" for key, number in numbers.items())


def query(picks: Mapping[int, int], channel: str = "", seen: Mapping[int, int] | None = None) -> str:
    """The channel of the visited address, the picks, and the prices that she saw, as a query; "" where there are none."""
    parts = {"c": channel, "pick": pairs_text(picks), "seen": pairs_text(seen or {})}
    return "&".join(f"{name}={value}" for name, value in parts.items() if value)


def address_with(
    address: str, picks: Mapping[int, int], channel: str = "", seen: Mapping[int, int] | None = None
) -> str:
    """An address with all of them."""
    asked = query(picks, channel, seen)
    return f"{address}?{asked}" if asked else address


def address_to_wait(address: str, style_id: int, item_id: int, kept: str) -> str:
    """The address of the form for a sold-out item; `kept` is the query of what else she has picked."""
    return f"{address}?style={style_id}&wait={item_id}{f'&{kept}' if kept else ''}#wish"


def _pairs(text: str) -> dict[int, int]:
    """The numbers of `12x1.15x2`; 0 stands for what is none."""
    return {parse_int(key): parse_int(number) for key, _, number in (pair.partition("x") for pair in text.split("."))}


def rows_by_colour(style: CustomerStyle | None, picks: dict[int, int]) -> dict[str, list[PickRow]]:
    rows: dict[str, list[PickRow]] = {}
    if style is None:
        return rows
    for item in style.items:
        rows.setdefault(item.colour, []).append(PickRow(style, item, picks.get(item.item_id, 0)))
    return rows


def row_to_wait_for(view: CustomerView, item_id: int, picks: dict[int, int], at: datetime) -> PickRow | None:
    """The sold-out item that she wants to wait for, with the units of the form; None where it is none of those (FORWARD-29)."""
    if item_id not in view.sold_out_ids(at):
        return None
    found = ((style, item) for style in view.styles for item in style.items if item.item_id == item_id)
    return next(PickRow(style, item, picks.get(item_id) or 1) for style, item in found)


def rows_outside(view: CustomerView, picks: dict[int, int], item_ids: Iterable[int]) -> list[PickRow]:
    """The picked items other than those of the style that is shown."""
    shown = set(item_ids)
    return [
        PickRow(style, item, picks[item.item_id])
        for style in view.styles
        for item in style.items
        if item.item_id in picks and item.item_id not in shown
    ]
