"""Group lists 接龙: a pasted list is read into wishes of a forward, previewed before anything is stored (FORWARD-11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from django.db import transaction

from accounts.rules import Actor
from accounts.services.names import NameRefusal, require_valid_name
from flashsales.rules import Phase
from forwarding.models import Forward, Wish, WishLine
from forwarding.rules.channels import GROUP_LIST_CHANNEL
from forwarding.rules.pages import CustomerView
from forwarding.rules.wishes import (
    MAX_ADDRESS,
    MAX_WISH_LINES,
    MAX_WISH_UNITS,
    PickedUnits,
    is_valid_pick,
    made_up_name,
)
from forwarding.selectors.forwards import CustomerPage, NoSuchForward, get_own_customer_page
from forwarding.selectors.wishes import WishView, find_wishes
from forwarding.services.wishes import MAX_NAME, MAX_NOTE, MAX_PHONE, PageClosed, WishFields, new_lines, new_wish
from imports import group_list
from imports.group_goods import OfferedGoods, OfferedOption
from imports.group_list import GroupEntry, GroupSelection
from kernel.refusal import Conflict, Invalid
from kernel.text import normalized, visible
from membership.selectors.people import require_reseller
from orders.services.recipients import RecipientProposal, propose_recipient, unsure_fields

MAX_ENTRIES = 200


class InvalidGroupList(Invalid):
    code = "forwarding.invalid_group_list"
    zh = "请粘贴接龙文字：最多 {characters} 个字、{entries} 条"
    en = "Paste the text of a group list: at most {characters} characters and {entries} entries"
    characters: int
    entries: int


class GoodsRenumbered(Conflict):
    code = "forwarding.goods_renumbered"
    zh = "页面上的货或价格刚变过，编号可能不同，什么都没有存；请再核对一次"
    en = (
        "The goods or prices of the page have changed, and numbers may differ; nothing was stored, check the list again"
    )


@dataclass(frozen=True, slots=True)
class GroupLineView:
    """What was read of one selection of an entry. `item_id` is None where `fault` says why; `units_assumed`: none were named."""

    text: str
    number: int | None
    item_id: int | None
    style_name: str
    colour: str
    size: str
    units: int
    units_assumed: bool
    fault: str
    fault_zh: str
    fault_en: str


@dataclass(frozen=True, slots=True)
class GroupEntryView:
    """An entry of a list. A recipient with `unsure` fields does not hinder a wish: it is corrected on the wish desk."""

    response_properties: ClassVar = ("can_be_created",)

    position: str
    text: str
    nickname: str
    lines: list[GroupLineView]
    recipient: RecipientProposal
    unsure: list[str]

    @property
    def can_be_created(self) -> bool:
        return not any(line.fault for line in self.lines)


@dataclass(frozen=True, slots=True)
class GroupListView:
    """A list as it was read. `heading`: lines that are in no entry. `version` stands for the goods, their numbers and prices."""

    response_properties: ClassVar = ("ready_count",)

    version: str
    heading: list[str]
    entries: list[GroupEntryView]

    @property
    def ready_count(self) -> int:
        return sum(entry.can_be_created for entry in self.entries)


@dataclass(frozen=True, slots=True)
class GroupWishesView:
    """The wishes that a list became, and the entries that were not understood, as text to correct and send again."""

    wishes: list[WishView]
    remaining: list[GroupEntryView]
    remaining_text: str


_FAULTS = {
    group_list.NO_GOODS: ("没看出要哪款货", "no goods were found in it"),
    group_list.NO_NUMBER: ("没写是几号货", "it does not say which goods"),
    group_list.NO_SUCH_NUMBER: ("页面上没有 {number} 号货", "the page has no goods {number}"),
    group_list.NO_SIZE: ("没看出尺码", "no size was found"),
    group_list.NO_SUCH_SIZE: ("这款没有这个尺码", "the style does not come in this size"),
    group_list.NO_COLOUR: ("没写颜色，这款不止一个颜色", "it names no colour, and there are several"),
    group_list.NO_SUCH_COLOUR: ("这个尺码没有这个颜色", "the size does not come in this colour"),
    group_list.NO_UNITS: ("件数是 0", "the number of pieces is zero"),
    "too_much": (
        f"一条最多 {MAX_WISH_LINES} 种、每种最多 {MAX_WISH_UNITS} 件，联系信息最多 {MAX_ADDRESS} 个字",
        f"an entry has at most {MAX_WISH_LINES} sizes, {MAX_WISH_UNITS} pieces of each, and a contact of {MAX_ADDRESS} characters",
    ),
}


def preview_group_list(*, actor: Actor, forward_id: int, text: str, now: datetime) -> GroupListView:
    """Read a pasted list for a forward of hers. Stores nothing. Numbers refer to the goods as its page numbers them."""
    reseller = require_reseller(actor)
    page = _open_page(reseller.id, forward_id, now)
    return _read(page.view, text)


@transaction.atomic
def create_group_wishes(
    *, actor: Actor, forward_id: int, text: str, version: str, key: str, now: datetime
) -> GroupWishesView:
    """Create a wish of each entry that was understood; the others are returned. The same key and text create them once.

    Refuses where the goods, their numbers or their prices differ from those of the preview that `version` names.
    """
    reseller = require_reseller(actor)
    forward = Forward.objects.select_for_update(of=("self",)).filter(pk=forward_id, reseller_id=reseller.id).first()
    if forward is None:
        raise NoSuchForward
    page = _open_page(reseller.id, forward_id, now)
    found = _read(page.view, text)
    if not 0 < len(key) <= 64:
        raise _invalid_list()
    if version != found.version:
        raise GoodsRenumbered
    keys = [sha256(f"{key} {place} {entry.text}".encode()).hexdigest() for place, entry in enumerate(found.entries)]
    ready = {each: entry for each, entry in zip(keys, found.entries, strict=True) if entry.can_be_created}
    stored = set(Wish.objects.filter(forward=forward, key__in=list(ready)).values_list("key", flat=True))
    _create(forward, {each: entry for each, entry in ready.items() if each not in stored}, page.view, now)
    remaining = [entry for entry in found.entries if not entry.can_be_created]
    return GroupWishesView(
        wishes=find_wishes(reseller.id, forward_id=forward_id, keys=list(ready)),
        remaining=remaining,
        remaining_text="\n\n".join(
            f"{entry.position}. {entry.text}" if entry.position else entry.text for entry in remaining
        ),
    )


def _open_page(reseller_id: int, forward_id: int, now: datetime) -> CustomerPage:
    """Her page, stopped or not: what her customers asked for in a group may come after the page was stopped."""
    page = get_own_customer_page(reseller_id, forward_id, at=now)
    if page.phase not in (Phase.PREVIEW, Phase.LIVE) or not page.view.styles:
        raise PageClosed
    return page


def _read(view: CustomerView, text: str) -> GroupListView:
    if not text.strip() or len(text) > group_list.MAX_CHARACTERS:
        raise _invalid_list()
    goods = _offered(view)
    found = group_list.read_group_list(visible(text), goods)
    if len(found.entries) > MAX_ENTRIES:
        raise _invalid_list()
    return GroupListView(
        version=sha256(repr((goods, [style.price_fen for style in view.styles])).encode()).hexdigest()[:16],
        heading=list(found.heading),
        entries=[_entry_view(entry, view) for entry in found.entries],
    )


def _invalid_list() -> InvalidGroupList:
    return InvalidGroupList(characters=group_list.MAX_CHARACTERS, entries=MAX_ENTRIES)


def _offered(view: CustomerView) -> list[OfferedGoods]:
    return [
        OfferedGoods(
            style.number,
            tuple(name for name in (style.name, style.style_no) if name),
            tuple(OfferedOption(item.item_id, item.colour, item.size) for item in style.items),
        )
        for style in view.styles
    ]


def _entry_view(entry: GroupEntry, view: CustomerView) -> GroupEntryView:
    read = propose_recipient(entry.contact)
    lines = [_line_view(each, view) for each in entry.selections]
    picked = _picked(lines)
    if len(picked) == len(lines) and (not is_valid_pick(picked) or len(entry.contact) > MAX_ADDRESS):
        lines = [_with_fault(line, "too_much") for line in lines]
    return GroupEntryView(entry.position, entry.text, entry.nickname, lines, read, unsure_fields(read))


def _line_view(selection: GroupSelection, view: CustomerView) -> GroupLineView:
    shown = next(
        ((style, item) for style in view.styles for item in style.items if item.item_id == selection.key), None
    )
    named = next((style for style in view.styles if style.number == selection.number), None)
    line = GroupLineView(
        text=selection.text,
        number=selection.number,
        item_id=selection.key,
        style_name=shown[0].name if shown else named.name if named else "",
        colour=shown[1].colour if shown else "",
        size=shown[1].size if shown else "",
        units=selection.units,
        units_assumed=selection.units_assumed,
        fault="",
        fault_zh="",
        fault_en="",
    )
    return _with_fault(line, selection.fault) if selection.fault else line


def _with_fault(line: GroupLineView, fault: str) -> GroupLineView:
    zh, en = (words.format(number=line.number) for words in _FAULTS[fault])
    return replace(line, fault=fault, fault_zh=zh, fault_en=en)


def _picked(lines: Sequence[GroupLineView]) -> list[PickedUnits]:
    return [PickedUnits(line.item_id, line.units) for line in lines if line.item_id is not None]


def _create(forward: Forward, entries: dict[str, GroupEntryView], view: CustomerView, now: datetime) -> None:
    rows, lines = [], []
    for place, (key, entry) in enumerate(entries.items(), 1):
        picked = _picked(entry.lines)
        wish = new_wish(forward, picked, _fields(entry, place), key=key, now=now)
        wish.channel = GROUP_LIST_CHANNEL
        wish.brand_hidden = view.brand_hidden
        rows.append(wish)
        lines += new_lines(wish, picked, view)
    Wish.objects.bulk_create(rows)
    WishLine.objects.bulk_create(lines)


def _fields(entry: GroupEntryView, place: int) -> WishFields:
    """What a wish keeps of an entry: nickname or name, its contact text as the address, and the entry as written as the note."""
    name = normalized(entry.nickname or entry.recipient.name)[:MAX_NAME] or made_up_name(entry.position or str(place))
    try:
        name = require_valid_name(name, max_length=MAX_NAME)
    except NameRefusal:
        name = made_up_name(entry.position or str(place))
    note = entry.text if len(entry.text) <= MAX_NOTE else f"{entry.text[: MAX_NOTE - 1]}…"
    return WishFields(name=name, phone=entry.recipient.phone[:MAX_PHONE], address=entry.recipient.pasted, note=note)
