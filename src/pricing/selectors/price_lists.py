"""Price lists: previews of them, frozen lists, and the explanation of each price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from django.db import transaction

from accounts.rules import Role
from db.rows import view_of
from kernel.refusal import Missing
from membership.rules.tiers import TIER_COUNT
from pricing.models import PriceList, PriceListItem, PriceListRow
from pricing.rules.commission import CommissionSource, ResolvedCommission
from pricing.rules.comparison import PriceDifference
from pricing.rules.explanations import ExplainedStep, explain_markdown, explain_steps
from pricing.rules.quote import BrokenRule, Labelling, PriceInputs, Quote, quote_from_inputs
from pricing.rules.terms import ListTerms, SaleTerms
from pricing.selectors.price_rules import terms_at
from pricing.sql import price_lists as statements
from pricing.sql.compute_prices import ComputedPrice, compute_prices, load_computed_prices, quote_parameters
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY


class NoSuchPrice(Missing):
    code = "pricing.no_such_price"
    zh = "该商品不在这份价格表里"
    en = "These goods are not on this price list"


@dataclass(frozen=True, slots=True)
class ExcludedSku:
    """A SKU that a price control keeps out of a sale."""

    sku_id: int
    style_no: str
    colour: str
    size: str
    control_id: int | None
    floor_fen: int


@dataclass(frozen=True, slots=True)
class PriceListView:
    """A frozen list: how many SKUs it prices and which it excludes."""

    id: int
    frozen_at: datetime
    at: datetime
    terms: ListTerms
    sale_terms: SaleTerms
    priced: int
    excluded: list[ExcludedSku]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What a tier would pay for a SKU, or why it has no price. Amounts in fen; for ops and the brand, not for resellers."""

    response_properties: ClassVar = ("steps",)

    sku_id: int
    style_id: int
    style_no: str
    name: str
    colour: str
    size: str
    tier: int
    wholesale_fen: int
    labelling: Labelling
    retail_floor_fen: int | None
    lowest_fen: int
    brand_payable_fen: int
    commission_fen: int
    tag_price_fen: int
    base_price_fen: int
    excluded: bool
    broken: BrokenRule | None
    inputs: Annotated[PriceInputs, PAGES_ONLY]
    terms: Annotated[ListTerms, PAGES_ONLY]

    def quote(self) -> Quote:
        """The same price computed by `rules.quote`, with its steps."""
        return quote_from_inputs(self.inputs, self.terms, self.tier)

    @property
    def steps(self) -> list[ExplainedStep]:
        """The steps of the price as ops sees them."""
        return self.steps_for(Role.OPS)

    def steps_for(self, role: Role) -> list[ExplainedStep]:
        return explain_steps(self.quote(), self.inputs, role)


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """A row of a frozen list."""

    id: int
    list_id: int
    sku_id: int
    tier: int
    wholesale_fen: int
    labelling: Labelling
    retail_floor_fen: int | None
    lowest_fen: int
    brand_payable_fen: int
    commission_fen: int
    tag_price_fen: int
    base_price_fen: int


def preview_price_list(
    *,
    sku_ids: Sequence[int],
    terms: SaleTerms,
    at: datetime,
    tiers: Sequence[int] = range(TIER_COUNT),
    draft_id: int | None = None,
) -> list[PreviewRow]:
    """The price list as the freeze would write it, with excluded and broken SKUs in it, by SKU and tier.

    `draft_id` adds the rules of a draft, for the simulator.
    """
    resolved = terms_at(at, terms, draft_id=draft_id)
    parameters = quote_parameters(sku_ids, resolved, at, draft_id=draft_id, tiers=tiers)
    return [_preview_row(row, resolved) for row in compute_prices(parameters)]


def get_price_list(list_id: int) -> PriceListView:
    row = PriceList.objects.filter(pk=list_id).first()
    if row is None:
        raise NoSuchPrice
    return view_of(
        PriceListView,
        row,
        terms=ListTerms.from_json(row.terms["resolved"]),
        sale_terms=SaleTerms.from_json(row.terms["sale"]),
        excluded=list_excluded_skus(list_id),
    )


def list_excluded_skus(list_id: int) -> list[ExcludedSku]:
    rows = PriceListItem.objects.filter(price_list=list_id, excluded=True).select_related("sku__style").order_by("id")
    return [
        ExcludedSku(
            sku_id=row.sku_id,
            style_no=row.sku.style.style_no,
            colour=row.sku.colour,
            size=row.sku.size,
            control_id=row.control_id,
            floor_fen=row.floor_fen or 0,
        )
        for row in rows
    ]


def sku_ids_of_list(list_id: int) -> set[int]:
    """The SKUs of a list, excluded ones too."""
    return set(PriceListItem.objects.filter(price_list=list_id).values_list("sku_id", flat=True))


def list_frozen_rows(
    list_id: int,
    *,
    tier: int | None = None,
    sku_ids: Sequence[int] | None = None,
    cursor: str = "",
    limit: int = 100,
) -> Page[FrozenRow]:
    """Rows of a frozen list by SKU and tier; of one tier or some SKUs where they are named."""
    rows = PriceListRow.objects.filter(price_list=list_id)
    if tier is not None:
        rows = rows.filter(tier=tier)
    if sku_ids is not None:
        rows = rows.filter(sku__in=sku_ids)
    return paginate(
        rows,
        name=f"pricing.frozen_rows:{list_id}",
        order=("sku_id", "tier"),
        cursor=cursor,
        limit=limit,
        view=_frozen_row,
    )


def explain_price(
    *, list_id: int, sku_id: int, tier: int, role: Role, paid_fen: int | None = None
) -> list[ExplainedStep]:
    """The steps behind a row of a frozen list, as far as a role may see them (PRICE-12).

    They are computed from what the list kept and end in the fen of the row or, after markdowns, of `paid_fen`. An excluded SKU has steps
    too: they name the control that excludes it.
    """
    item = PriceListItem.objects.filter(price_list=list_id, sku=sku_id).select_related("price_list").first()
    if item is None or not 0 <= tier < TIER_COUNT:
        raise NoSuchPrice
    inputs = frozen_inputs(item)
    terms = ListTerms.from_json(item.price_list.terms["resolved"])
    priced = quote_from_inputs(inputs, terms, tier)
    steps = explain_steps(priced, inputs, role)
    if paid_fen is not None and role is not Role.BRAND and (down := explain_markdown(priced, terms, paid_fen)):
        steps.append(down)
    return steps


@transaction.atomic
def list_price_differences(*, list_id: int, at: datetime | None = None, limit: int = 500) -> list[PriceDifference]:
    """Where the present rules, at the list's own instant or another, give another price than the list froze (PRICE-11)."""
    _load_present_quotes(list_id, at)
    return statements.find_different_rows(list_id=list_id, limit=limit)


@transaction.atomic
def count_repriced_skus(*, list_id: int, at: datetime | None = None) -> int:
    """SKUs of a list to which the present rules give another price, label, floor or payable (PRICE-11)."""
    _load_present_quotes(list_id, at)
    return statements.count_different_skus(list_id=list_id)


def _load_present_quotes(list_id: int, at: datetime | None) -> None:
    view = get_price_list(list_id)
    at = at or view.at
    sku_ids = list(PriceListItem.objects.filter(price_list=list_id).values_list("sku_id", flat=True))
    load_computed_prices(quote_parameters(sku_ids, terms_at(at, view.sale_terms), at), statements.NOW)


def frozen_inputs(item: PriceListItem) -> PriceInputs:
    """The inputs of a price that a frozen item kept."""
    return _inputs_of(item)


def _inputs_of(row: PriceListItem | ComputedPrice) -> PriceInputs:
    commission = ResolvedCommission(
        row.commission_rate, CommissionSource(row.commission_source), row.commission_rule_id
    )
    return view_of(PriceInputs, row, commission=commission)


def _preview_row(row: ComputedPrice, terms: ListTerms) -> PreviewRow:
    commission_fen = row.wholesale_fen - row.brand_payable_fen
    return view_of(PreviewRow, row, commission_fen=commission_fen, inputs=_inputs_of(row), terms=terms)


def _frozen_row(row: PriceListRow) -> FrozenRow:
    return view_of(FrozenRow, row, list_id=row.price_list_id)
