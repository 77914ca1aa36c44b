"""Price terms: tier discounts, minimum margin, price ending, markdown schedule. The platform sets them; a sale may set its own."""

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.money import price_of
from membership.rules.tiers import TIER_COUNT

MAX_RATE = Decimal(100)
"""Bound of any rate that is read: a greater number is refused before it is computed with, however many digits it has."""
ROUNDED_APART, ROUNDED_ONCE = 1, 2
"""How a price list rounds. The first version rounded payable, margin, discount and reduction separately and had no minimum of 1 fen;
its lists are recomputed that way. New lists round each amount once, from the exact product (decision 90)."""


class Ending(enum.StrEnum):
    """What a price ends in (PRICE-5)."""

    FEN = "fen"
    JIAO = "jiao"
    YUAN = "yuan"
    NINE = "nine"

    @property
    def step_fen(self) -> int:
        return {Ending.FEN: 1, Ending.JIAO: 10, Ending.YUAN: 100, Ending.NINE: 100}[self]

    @property
    def offset_fen(self) -> int:
        return 90 if self is Ending.NINE else 0

    def apply(self, price_fen: int, lowest_fen: int) -> int:
        """The nearest ending at or below a price; the price itself where that would be below `lowest_fen` (PRICE-5)."""
        ended = price_fen - (price_fen - self.offset_fen) % self.step_fen
        return ended if ended >= lowest_fen else price_fen


@dataclass(frozen=True, slots=True)
class MarkdownSchedule:
    """Markdowns at the end of a sale: in the last `last_minutes`, every `every_minutes` takes off `rate` of the frozen price (PRICE-10)."""

    last_minutes: int
    every_minutes: int
    rate: Decimal

    def faults(self) -> list[tuple[str, str]]:
        checks = [
            (not 0 < self.every_minutes <= self.last_minutes <= 30 * 24 * 60, "阶梯时间不合理", "markdown minutes"),
            (not Decimal(0) < self.rate < Decimal(1), "每级降幅须在 0 与 1 之间", "a markdown rate is between 0 and 1"),
            (_has_too_many_decimals(self.rate), "比率最多四位小数", "rates have at most four decimals"),
        ]
        return [(zh, en) for broken, zh, en in checks if broken]

    @property
    def step_count(self) -> int:
        """How many steps there are before the sale ends."""
        return -(-self.last_minutes // self.every_minutes)

    def steps_begun(self, *, ends_at: datetime, at: datetime) -> int:
        """How many steps have begun at an instant. The first begins `last_minutes` before `ends_at`, where the schedule ends; after that
        the price stays at the last step."""
        begun = at - self.starts_at(ends_at)
        if begun < timedelta(0):
            return 0
        return min(begun // timedelta(minutes=self.every_minutes) + 1, self.step_count)

    def starts_at(self, ends_at: datetime) -> datetime:
        """When the first step of a schedule that ends at `ends_at` begins."""
        return ends_at - timedelta(minutes=self.last_minutes)


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """Terms that a sale sets; a term that is None is the platform's."""

    commission_rate: Decimal | None = None
    discounts: tuple[Decimal, ...] | None = None
    margin_rate: Decimal | None = None
    ending: Ending | None = None
    markdown_schedule: MarkdownSchedule | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "commission_rate": _rate_json(self.commission_rate),
            "discounts": None if self.discounts is None else [str(rate) for rate in self.discounts],
            "margin_rate": _rate_json(self.margin_rate),
            "ending": self.ending.value if self.ending else None,
            "markdown_schedule": None if self.markdown_schedule is None else _schedule_json(self.markdown_schedule),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SaleTerms":
        """Read back what `to_json` wrote; an empty dict is the platform's terms. Raises ValueError for anything else."""
        _refuse_unknown(data, cls.__dataclass_fields__)
        discounts = data.get("discounts")
        ending = data.get("ending")
        return cls(
            commission_rate=_parse_optional_rate(data.get("commission_rate")),
            discounts=None if discounts is None else tuple(_parse_rate(rate) for rate in discounts),
            margin_rate=_parse_optional_rate(data.get("margin_rate")),
            ending=Ending(ending) if ending else None,
            markdown_schedule=_markdown_schedule(data.get("markdown_schedule")),
        )


@dataclass(frozen=True, slots=True)
class ListTerms:
    """The resolved terms of a price list.

    `platform_id` is the row of the platform's terms, 0 for the defaults; `sale_discounts` is true where the sale sets its own discounts;
    `rounding` is the version of the rounding rules.
    """

    discounts: tuple[Decimal, ...]
    margin_rate: Decimal
    ending: Ending
    platform_id: int = 0
    sale_discounts: bool = False
    sale_rate: Decimal | None = None
    markdown_schedule: MarkdownSchedule | None = field(default=None)
    rounding: int = ROUNDED_ONCE

    def faults(self) -> list[tuple[str, str]]:
        """What is wrong with these terms by themselves, whatever the goods, as (zh, en)."""
        checks = [
            (
                len(self.discounts) != TIER_COUNT,
                "须为体验会员及 VIP1 至 VIP5 各给一个折扣",
                "one discount for each of the six tiers",
            ),
            (
                any(not Decimal(0) <= rate < Decimal(1) for rate in self.discounts),
                "折扣须在 0 与 1 之间",
                "a discount is at least 0 and below 1",
            ),
            (
                _has_too_many_decimals(*self.discounts, self.margin_rate, self.sale_rate),
                "比率最多四位小数",
                "rates have at most four decimals",
            ),
            (
                not Decimal(0) <= self.margin_rate < Decimal(1),
                "最低毛利率须在 0 与 1 之间",
                "the minimum margin is a share",
            ),
            (
                self.sale_rate is not None and not Decimal(0) <= self.sale_rate < Decimal(1),
                "佣金率须在 0 与 1 之间",
                "a commission is a share",
            ),
        ]
        return [
            *((zh, en) for broken, zh, en in checks if broken),
            *(self.markdown_schedule.faults() if self.markdown_schedule else []),
        ]

    def tier_that_pays_more(self) -> int | None:
        """The first tier whose discount is smaller than that of the tier below (PRICE-4), or None."""
        for tier in range(1, len(self.discounts)):
            if self.discounts[tier] < self.discounts[tier - 1]:
                return tier
        return None

    def to_json(self) -> dict[str, Any]:
        return {
            "discounts": [str(rate) for rate in self.discounts],
            "margin_rate": str(self.margin_rate),
            "ending": self.ending.value,
            "platform_id": self.platform_id,
            "sale_discounts": self.sale_discounts,
            "sale_rate": _rate_json(self.sale_rate),
            "markdown_schedule": None if self.markdown_schedule is None else _schedule_json(self.markdown_schedule),
            "rounding": self.rounding,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ListTerms":
        """Read what `to_json` wrote. Terms without `rounding` are of the first version."""
        return cls(
            discounts=tuple(_parse_rate(rate) for rate in data["discounts"]),
            margin_rate=_parse_rate(data["margin_rate"]),
            ending=Ending(data["ending"]),
            platform_id=int(data["platform_id"]),
            sale_discounts=bool(data["sale_discounts"]),
            sale_rate=_parse_optional_rate(data["sale_rate"]),
            markdown_schedule=_markdown_schedule(data["markdown_schedule"]),
            rounding=int(data.get("rounding", ROUNDED_APART)),
        )


DEFAULT_TERMS = ListTerms(
    discounts=tuple(Decimal(rate) for rate in ("0", "0.01", "0.02", "0.03", "0.04", "0.05")),
    margin_rate=Decimal("0.03"),
    ending=Ending.FEN,
)
"""The terms until ops enters any: each tier pays 1 % of the base price less, and the platform keeps 3 % of it."""


def resolve_terms(sale: SaleTerms, platform: ListTerms) -> ListTerms:
    """The terms of a list: the sale's where it sets its own, else the platform's."""
    return ListTerms(
        discounts=platform.discounts if sale.discounts is None else sale.discounts,
        margin_rate=platform.margin_rate if sale.margin_rate is None else sale.margin_rate,
        ending=sale.ending or platform.ending,
        platform_id=platform.platform_id,
        sale_discounts=sale.discounts is not None,
        sale_rate=sale.commission_rate,
        markdown_schedule=sale.markdown_schedule,
    )


def marked_down_price(
    *,
    wholesale_fen: int,
    lowest_fen: int,
    markdown_schedule: MarkdownSchedule | None,
    ending: Ending,
    ends_at: datetime,
    at: datetime,
) -> int:
    """The price of a row at an instant, by the schedule that ends at `ends_at` (PRICE-10): never under `lowest_fen`, never above the
    frozen price. It never rises: after the end it is that of the last step.

    Steps add up: after three of 10 % the price is 70 % of the frozen one.
    """
    steps = markdown_schedule.steps_begun(ends_at=ends_at, at=at) if markdown_schedule else 0
    if markdown_schedule is None or steps == 0:
        return wholesale_fen
    return price_at_step(
        steps, wholesale_fen=wholesale_fen, lowest_fen=lowest_fen, schedule=markdown_schedule, ending=ending
    )


def price_at_step(step: int, *, wholesale_fen: int, lowest_fen: int, schedule: MarkdownSchedule, ending: Ending) -> int:
    """The price of a row at a step of a markdown schedule, the first of which is 1 (PRICE-10)."""
    rest = max(Decimal(0), 1 - schedule.rate * step)
    lowest_fen = max(1, lowest_fen)
    return max(lowest_fen, ending.apply(price_of(wholesale_fen, rest), lowest_fen))


def find_markdown_step(paid_fen: int, *, wholesale_fen: int, lowest_fen: int, terms: "ListTerms") -> int | None:
    """The first markdown step at which a row costs what was paid: 0 for the frozen price, None where no step of the terms gives it.

    It asks neither the clock nor the end of the sale, which may have been moved since.
    """
    if paid_fen == wholesale_fen:
        return 0
    schedule = terms.markdown_schedule
    if schedule is None:
        return None
    for step in range(1, schedule.step_count + 1):
        price = price_at_step(
            step, wholesale_fen=wholesale_fen, lowest_fen=lowest_fen, schedule=schedule, ending=terms.ending
        )
        if price == paid_fen:
            return step
    return None


def _schedule_json(schedule: MarkdownSchedule) -> dict[str, Any]:
    return {"last_minutes": schedule.last_minutes, "every_minutes": schedule.every_minutes, "rate": str(schedule.rate)}


def _markdown_schedule(data: dict[str, Any] | None) -> MarkdownSchedule | None:
    if data is None:
        return None
    _refuse_unknown(data, ("last_minutes", "every_minutes", "rate"))
    return MarkdownSchedule(int(data["last_minutes"]), int(data["every_minutes"]), _parse_rate(data["rate"]))


def _rate_json(rate: Decimal | None) -> str | None:
    return None if rate is None else str(rate)


def _refuse_unknown(data: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse unknown keys: a misspelt term would silently leave the platform's in force."""
    if unknown := sorted(set(data) - set(known)):
        raise ValueError(f"no such term: {', '.join(unknown)}")


def _parse_optional_rate(value: object) -> Decimal | None:
    return None if value is None else _parse_rate(value)


def _parse_rate(value: object) -> Decimal:
    if not isinstance(value, str | int | Decimal):
        raise ValueError(f"a rate is a decimal string, not {value!r}")
    try:
        rate = Decimal(value)
    except InvalidOperation as cause:
        raise ValueError(f"not a rate: {value!r}") from cause
    if not rate.is_finite() or abs(rate) > MAX_RATE:
        raise ValueError(f"not a rate: {value!r}")
    return rate


def _has_too_many_decimals(*rates: Decimal | None) -> bool:
    return any(rate is not None and rate != round(rate, 4) for rate in rates)
