"""Counts that ops sees before a decision: the effect of a change of the rules, and the check before a publication (PRICE-14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from django.db import transaction

from db.rows import view_of
from membership.rules.tiers import TIER_COUNT
from pricing.models import CommissionRule, PlatformTerms, PriceControl
from pricing.rules.terms import Ending, SaleTerms
from pricing.selectors.price_rules import ControlView, control_view, start_of_day, terms_at
from pricing.sql import effects as statements
from pricing.sql.compute_prices import load_computed_prices, load_inputs, quote_parameters
from pricing.sql.effects import AFTER, BEFORE, LATER, PUBLISHED, EqualTiers, NamedSku, PublicationCounts
from web.responses import PAGES_ONLY

MAX_NAMED = 20
LOWEST_PRICE_TIER = TIER_COUNT - 1
"""The tier that pays least: a garment has one label, which its price decides (PRICE-6)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """SKUs with one outcome: before a change of the rules, after it, and those in which the two differ."""

    before: int
    after: int
    newly: int
    no_longer: int


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What a change of the rules does at an instant, counted in SKUs at the prices of the tier that pays least."""

    at: datetime
    skus: int
    cut: Outcome
    raised: Outcome
    excluded: Outcome
    broken: Outcome
    dearer: int
    cheaper: int


@dataclass(frozen=True, slots=True)
class StartingControl:
    """A price control that begins while a sale runs: how many of its SKUs it applies to, and how many it would label or price otherwise.

    The prices of the sale stay as they were frozen at its start.
    """

    control: Annotated[ControlView, PAGES_ONLY]
    begins_at: datetime
    skus: int
    changed: int

    response_properties: ClassVar = ("control_id",)

    @property
    def control_id(self) -> int:
        return self.control.id


@dataclass(frozen=True, slots=True)
class PublicationCheck(PublicationCounts):
    """What ops should know before a publication: counts of SKUs, and the first SKUs whose label is cut because of a discount."""

    first_cut_by_discount: list[NamedSku]
    starting_controls: list[StartingControl]
    equal_tiers: list[EqualTiers]

    @property
    def has_warnings(self) -> bool:
        return bool(self.cut_by_discount or self.starting_controls or self.equal_tiers)


def load_prices(table: str, sku_ids: Sequence[int], at: datetime, *, draft_id: int | None = None) -> None:
    """Create a temporary table of the quotes of SKUs at an instant, for the tier that pays least."""
    resolved = terms_at(at, draft_id=draft_id)
    load_computed_prices(quote_parameters(sku_ids, resolved, at, draft_id=draft_id, tiers=[LOWEST_PRICE_TIER]), table)


def compare_loaded_prices(at: datetime) -> RuleEffect:
    """The difference between the quotes in BEFORE and in AFTER."""
    counts = statements.count_effect()
    return RuleEffect(
        at=at,
        skus=counts.skus,
        cut=_outcome(counts.cut_before, counts.cut_after, counts.cut_newly),
        raised=_outcome(counts.raised_before, counts.raised_after, counts.raised_newly),
        excluded=_outcome(counts.excluded_before, counts.excluded_after, counts.excluded_newly),
        broken=_outcome(counts.broken_before, counts.broken_after, counts.broken_newly),
        dearer=counts.dearer,
        cheaper=counts.cheaper,
    )


def _outcome(before: int, after: int, newly: int) -> Outcome:
    return Outcome(before, after, newly, no_longer=before - after + newly)


@transaction.atomic
def effect_of_draft(draft_id: int, *, sku_ids: Sequence[int], now: datetime) -> RuleEffect:
    """What the adoption of a draft would do, at the instant at which the last of its rules begins (PRICE-13)."""
    starts = [
        now,
        *PlatformTerms.objects.filter(draft=draft_id).values_list("from_at", flat=True),
        *CommissionRule.objects.filter(draft=draft_id).values_list("from_at", flat=True),
        *(
            start_of_day(day)
            for day in PriceControl.objects.filter(draft=draft_id, withdrawn_at=None).values_list(
                "starts_on", flat=True
            )
        ),
    ]
    at = max(starts)
    load_prices(BEFORE, sku_ids, at)
    load_prices(AFTER, sku_ids, at, draft_id=draft_id)
    return compare_loaded_prices(at)


@transaction.atomic
def check_publication(
    *, sku_ids: Sequence[int], terms: SaleTerms, brand_id: int, starts_at: datetime, ends_at: datetime
) -> PublicationCheck:
    """What ops should know before these SKUs of a brand are published from `starts_at` to `ends_at` (PRICE-5, PRICE-6)."""
    resolved = terms_at(starts_at, terms)
    parameters = quote_parameters(sku_ids, resolved, starts_at, tiers=[LOWEST_PRICE_TIER])
    load_inputs(parameters, PUBLISHED)
    counts = statements.count_publication(parameters)
    first = statements.find_cut_by_discount(limit=MAX_NAMED) if counts.cut_by_discount else []
    # A price that ends in fen is not changed by the ending, so different tiers still pay differently.
    equal = [] if resolved.ending is Ending.FEN else statements.count_equal_tiers(parameters)
    return view_of(
        PublicationCheck,
        counts,
        first_cut_by_discount=first,
        starting_controls=_starting_controls(sku_ids, terms, brand_id, starts_at, ends_at),
        equal_tiers=equal,
    )


def _starting_controls(
    sku_ids: Sequence[int], terms: SaleTerms, brand_id: int, starts_at: datetime, ends_at: datetime
) -> list[StartingControl]:
    rows = PriceControl.objects.filter(brand=brand_id, draft=None, withdrawn_at=None)
    days = sorted(set(rows.values_list("starts_on", flat=True)))
    starting = []
    for begins_at in (start_of_day(day) for day in days):
        if not starts_at < begins_at < ends_at:
            continue
        load_inputs(quote_parameters(sku_ids, terms_at(begins_at, terms), begins_at), LATER)
        counts = statements.count_changes_by_control()
        controls = rows.select_related("brand", "category", "style").filter(pk__in=counts).order_by("pk")
        starting += [
            StartingControl(control_view(row), begins_at, *counts[row.pk])
            for row in controls
            if start_of_day(row.starts_on) == begins_at
        ]
    return starting
