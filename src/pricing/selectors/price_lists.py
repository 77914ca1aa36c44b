"""Price lists: what they would be, what they are, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.rules import Role
from db import sql
from kernel.refusal import Missing
from pricing.models import PriceList, PriceListItem, PriceListRow
from pricing.rules.commission import CommissionFound, CommissionSource
from pricing.rules.controls import Action
from pricing.rules.quote import Broken, Findings, Labelling, Quote, quote_of
from pricing.rules.terms import TIERS, ListTerms, SaleTerms
from pricing.rules.words import StepInWords, explained, marked_down_in_words
from pricing.selectors.engine import PREVIEW, figures, load_quotes
from pricing.selectors.price_rules import terms_at
from web.pagination import Page, paginate


@dataclass(eq=False)
class NoSuchPrice(Missing):
    code = "pricing.no_such_price"
    zh = "该商品不在这份价格表里"
    en = "These goods are not on this price list"


@dataclass(frozen=True, slots=True)
class ExcludedSku:
    """Goods that a price control keeps out of a sale."""

    sku_id: int
    style_no: str
    colour: str
    size: str
    control_id: int | None
    floor_fen: int


@dataclass(frozen=True, slots=True)
class PriceListView:
    """A frozen list: how many SKUs it prices and which it leaves out."""

    id: int
    frozen_at: datetime
    at: datetime
    terms: ListTerms
    sale_terms: SaleTerms
    priced: int
    excluded: list[ExcludedSku]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What a tier would pay for a SKU, or why there is no price. Amounts in fen. Ops and (its own side) the brand see it."""

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
    broken: Broken | None
    found: Findings
    terms: ListTerms

    def quote(self) -> Quote:
        """The same price by the pure law, with its steps."""
        return quote_of(self.found, self.terms, self.tier)

    def steps(self, role: Role = Role.OPS) -> list[StepInWords]:
        return explained(self.quote(), self.found, role)


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


@dataclass(frozen=True, slots=True)
class PriceDifference:
    """A row of a frozen list that the rules of another moment would price otherwise; `now_fen` is None where they exclude the goods."""

    sku_id: int
    tier: int
    frozen_fen: int | None
    now_fen: int | None
    frozen_labelling: str | None
    now_labelling: str | None


def preview_price_list(
    *,
    sku_ids: Sequence[int],
    terms: SaleTerms,
    at: datetime,
    tiers: Sequence[int] = range(TIERS),
    draft_id: int | None = None,
) -> list[PriceRow]:
    """The price list as the freeze would write it, with excluded and broken goods in it, by SKU and tier.

    `draft_id` adds the rules of a draft: the simulator of ops.
    """
    resolved = terms_at(at, terms, draft_id=draft_id)
    parameters = figures(sku_ids, resolved, at, draft_id=draft_id, tiers=tiers)
    return [_price_row(row, resolved) for row in sql.rows(PREVIEW, parameters)]


def price_list(list_id: int) -> PriceListView:
    row = PriceList.objects.filter(pk=list_id).first()
    if row is None:
        raise NoSuchPrice
    return PriceListView(
        id=row.pk,
        frozen_at=row.frozen_at,
        at=row.at,
        terms=ListTerms.from_json(row.terms["resolved"]),
        sale_terms=SaleTerms.from_json(row.terms["sale"]),
        priced=row.priced,
        excluded=excluded_of_list(list_id),
    )


def excluded_of_list(list_id: int) -> list[ExcludedSku]:
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


def skus_of_list(list_id: int) -> set[int]:
    """The SKUs that a list knows, excluded ones too."""
    return set(PriceListItem.objects.filter(price_list=list_id).values_list("sku_id", flat=True))


def rows_of_list(
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
    return paginate(rows, order=("sku_id", "tier"), cursor=cursor, limit=limit, view=_frozen_row)


def frozen_row(*, list_id: int, sku_id: int, tier: int) -> FrozenRow:
    row = PriceListRow.objects.filter(price_list=list_id, sku=sku_id, tier=tier).first()
    if row is None:
        raise NoSuchPrice
    return _frozen_row(row)


def explain(*, list_id: int, sku_id: int, tier: int, role: Role, paid_fen: int | None = None) -> list[StepInWords]:
    """Why this price: the steps behind a row of a frozen list, as far as a role may see them (PRICE-12).

    They are computed by the law from what the list kept, at any time later, and end in the very fen of the row, or of `paid_fen`, what
    it had come down to by the sale's markdown schedule. Works for excluded goods too: their steps say which control left them out.
    """
    item = PriceListItem.objects.filter(price_list=list_id, sku=sku_id).select_related("price_list").first()
    if item is None or not 0 <= tier < TIERS:
        raise NoSuchPrice
    found = findings_of(item)
    terms = ListTerms.from_json(item.price_list.terms["resolved"])
    priced = quote_of(found, terms, tier)
    steps = explained(priced, found, role)
    if paid_fen is not None and role is not Role.BRAND and (down := marked_down_in_words(priced, terms, paid_fen)):
        steps.append(down)
    return steps


@transaction.atomic
def would_differ(*, list_id: int, at: datetime | None = None, limit: int = 500) -> list[PriceDifference]:
    """Where today's rules, at the list's own instant or another, would give another price than the list froze (PRICE-11)."""
    _load_now(list_id, at)
    found = sql.rows(
        f"""SELECT now.sku_id, now.tier, frozen.wholesale_fen AS frozen_fen, frozen.labelling AS frozen_labelling,
                   CASE WHEN now.excluded THEN NULL ELSE now.wholesale_fen END AS now_fen,
                   CASE WHEN now.excluded THEN NULL WHEN now.cut THEN 'cut' ELSE 'kept' END AS now_labelling
            {_DIFFERING} ORDER BY now.sku_id, now.tier LIMIT %(limit)s""",
        {"list_id": list_id, "limit": limit},
    )
    return [PriceDifference(**row) for row in found]


@transaction.atomic
def skus_that_would_differ(*, list_id: int, at: datetime | None = None) -> int:
    """Of how many SKUs of a list today's rules would make another price, label, floor or amount payable (PRICE-11)."""
    _load_now(list_id, at)
    [found] = sql.rows(f"SELECT count(DISTINCT now.sku_id) AS n {_DIFFERING}", {"list_id": list_id})
    return int(found["n"])


def _load_now(list_id: int, at: datetime | None) -> None:
    view = price_list(list_id)
    at = at or view.at
    sku_ids = list(PriceListItem.objects.filter(price_list=list_id).values_list("sku_id", flat=True))
    load_quotes(figures(sku_ids, terms_at(at, view.sale_terms), at), "pricing_now")


_DIFFERING = """
FROM pricing_now AS now LEFT JOIN pricing_pricelistrow AS frozen
    ON frozen.price_list_id = %(list_id)s AND frozen.sku_id = now.sku_id AND frozen.tier = now.tier
WHERE (frozen.wholesale_fen, frozen.labelling, frozen.brand_payable_fen, frozen.retail_floor_fen) IS DISTINCT FROM
      (CASE WHEN now.excluded THEN NULL ELSE now.wholesale_fen END,
       CASE WHEN now.excluded THEN NULL WHEN now.cut THEN 'cut' ELSE 'kept' END,
       CASE WHEN now.excluded THEN NULL ELSE now.payable_fen END,
       CASE WHEN now.excluded THEN NULL ELSE now.retail_floor_fen END)
"""


def findings_of(item: PriceListItem) -> Findings:
    """What a frozen item kept, as the law takes it."""
    return Findings(
        tag_price_fen=item.tag_price_fen,
        base_price_fen=item.base_price_fen,
        commission=CommissionFound(
            item.commission_rate, CommissionSource(item.commission_source), item.commission_rule_id
        ),
        control_id=item.control_id,
        floor_fen=item.floor_fen,
        action=None if item.action is None else Action(item.action),
        cut_rate=item.cut_rate,
    )


def _price_row(row: dict[str, Any], terms: ListTerms) -> PriceRow:
    found = Findings(
        tag_price_fen=row["tag_price_fen"],
        base_price_fen=row["base_price_fen"],
        commission=CommissionFound(
            Decimal(row["commission_rate"]), CommissionSource(row["commission_source"]), row["commission_rule_id"]
        ),
        control_id=row["control_id"],
        floor_fen=row["floor_fen"],
        action=None if row["action"] is None else Action(row["action"]),
        cut_rate=row["cut_rate"],
    )
    return PriceRow(
        sku_id=row["sku_id"],
        style_id=row["style_id"],
        style_no=row["style_no"],
        name=row["name"],
        colour=row["colour"],
        size=row["size"],
        tier=row["tier"],
        wholesale_fen=row["wholesale_fen"],
        labelling=Labelling.CUT if row["cut"] else Labelling.KEPT,
        retail_floor_fen=row["retail_floor_fen"],
        lowest_fen=row["lowest_fen"],
        brand_payable_fen=row["payable_fen"],
        commission_fen=row["wholesale_fen"] - row["payable_fen"],
        tag_price_fen=row["tag_price_fen"],
        base_price_fen=row["base_price_fen"],
        excluded=row["excluded"],
        broken=Broken(row["broken"]) if row["broken"] else None,
        found=found,
        terms=terms,
    )


def _frozen_row(row: PriceListRow) -> FrozenRow:
    return FrozenRow(
        id=row.pk,
        list_id=row.price_list_id,
        sku_id=row.sku_id,
        tier=row.tier,
        wholesale_fen=row.wholesale_fen,
        labelling=Labelling(row.labelling),
        retail_floor_fen=row.retail_floor_fen,
        lowest_fen=row.lowest_fen,
        brand_payable_fen=row.brand_payable_fen,
        commission_fen=row.commission_fen,
        tag_price_fen=row.tag_price_fen,
        base_price_fen=row.base_price_fen,
    )
