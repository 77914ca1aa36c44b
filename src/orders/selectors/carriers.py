"""Carriers as ops keep them, and which one a text or a tracking number means (ORDER-9)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from imports.carriers import Carrier as SheetCarrier
from kernel.refusal import Invalid, Missing
from orders.models.shipping import Carrier
from orders.rules.parcels import carrier_key


class UnknownCarrier(Invalid):
    code = "orders.unknown_carrier"
    zh = "不认识快递公司“{carrier}”，请从列表中选择，或请平台添加"
    en = "The carrier “{carrier}” is not known; choose one of the list, or ask the platform to add it"
    carrier: str


class NoSuchCarrier(Missing):
    code = "orders.no_such_carrier"
    zh = "没有这家快递公司（{carrier_id}）"
    en = "There is no carrier {carrier_id}"
    carrier_id: int


@dataclass(frozen=True, slots=True)
class CarrierView:
    """`number_patterns` are regular expressions that a whole tracking number of this carrier matches."""

    id: int
    code: str
    name: str
    name_en: str
    aliases: list[str]
    kuaidi100_code: str
    kdniao_code: str
    number_patterns: list[str]
    is_active: bool

    @property
    def name_zh(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class CarrierTable:
    """All carriers, found by any of their spellings. A name that only begins like a known one is not known."""

    carriers: tuple[CarrierView, ...]
    by_key: Mapping[str, CarrierView]

    def find(self, text: str) -> CarrierView | None:
        """The carrier with this name, alias or code; None for any other text."""
        return self.by_key.get(carrier_key(text))

    def suggest(self, waybill: str) -> list[CarrierView]:
        """The active carriers whose numbers look like this one. A suggestion only: carriers share forms of numbers."""
        return [
            each
            for each in self.carriers
            if each.is_active and any(re.fullmatch(pattern, waybill) for pattern in each.number_patterns)
        ]


@dataclass(frozen=True, slots=True)
class CarrierDraft:
    """A carrier as ops enter it."""

    code: str
    name: str
    name_en: str
    aliases: tuple[str, ...] = ()
    kuaidi100_code: str = ""
    kdniao_code: str = ""
    number_patterns: tuple[str, ...] = ()
    is_active: bool = True


def spellings(carrier: CarrierView | CarrierDraft) -> list[str]:
    """All texts that mean a carrier, the name first."""
    texts = [carrier.name, carrier.name_en, carrier.code, *carrier.aliases, carrier.kuaidi100_code, carrier.kdniao_code]
    return [text for text in texts if text]


def carrier_table() -> CarrierTable:
    """The carriers at this moment. One query."""
    carriers = tuple(carrier_view(row) for row in Carrier.objects.order_by("pk"))
    return CarrierTable(carriers, _by_key(carriers))


def list_carriers(*, active_only: bool = False) -> list[CarrierView]:
    rows = Carrier.objects.filter(is_active=True) if active_only else Carrier.objects.all()
    return [carrier_view(row) for row in rows.order_by("-is_active", "pk")]


def carriers_of_sheets(
    own_spellings: Mapping[str, str] = MappingProxyType({}), *, active_only: bool = False
) -> list[SheetCarrier]:
    """The carriers as the readers of sheets take them.

    `own_spellings` are words of one brand, `{carrier_key: code}`; they count where the table does not have the word (ORDER-13).
    """
    listed = list_carriers(active_only=active_only)
    known = {carrier_key(text) for each in listed for text in spellings(each)}
    own: dict[str, list[str]] = {}
    for word, code in own_spellings.items():
        if word not in known:
            own.setdefault(code, []).append(word)
    return [
        SheetCarrier(
            code=each.code,
            name=each.name,
            aliases=(each.name_en, *each.aliases, *own.get(each.code, ())),
            kuaidi100_code=each.kuaidi100_code,
            kdniao_code=each.kdniao_code,
            number_patterns=tuple(each.number_patterns),
        )
        for each in listed
    ]


def get_carrier(carrier_id: int) -> CarrierView:
    row = Carrier.objects.filter(pk=carrier_id).first()
    if row is None:
        raise NoSuchCarrier(carrier_id=carrier_id)
    return carrier_view(row)


def carrier_view(row: Carrier) -> CarrierView:
    return CarrierView(
        id=row.pk,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        aliases=list(row.aliases),
        kuaidi100_code=row.kuaidi100_code,
        kdniao_code=row.kdniao_code,
        number_patterns=list(row.number_patterns),
        is_active=row.is_active,
    )


def _by_key(carriers: Iterable[CarrierView]) -> dict[str, CarrierView]:
    """Names and codes count before aliases, so that an alias cannot take the name of another carrier."""
    found: dict[str, CarrierView] = {}
    listed = list(carriers)
    for each in listed:
        found.setdefault(carrier_key(each.name), each)
    for each in listed:
        for text in spellings(each):
            found.setdefault(carrier_key(text), each)
    return found
