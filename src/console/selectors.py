"""Reads of the console over several apps: choices for forms, the worklist of the first page, retail prices below a floor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import aftersales.selectors.cases
import brands.selectors.brands
import flashsales.selectors.sales
import inventory.selectors.stock
import inventory.selectors.styles
import ledger.selectors.days
import orders.selectors.consignments
import orders.selectors.parcel_events
import orders.selectors.sold
import pricing.selectors.price_lists
import pricing.selectors.price_rules
import settlement.selectors.statements
import treasury.selectors.requests
from aftersales.rules import CaseState
from aftersales.selectors.cases import CaseToDecideView
from brands.selectors.brands import BrandView
from flashsales.rules import Phase
from flashsales.selectors.sales import SaleTotals, SaleView
from flashsales.selectors.scheduled import ScheduledSale
from forwarding.rules.prices import PriceBesideFloor
from forwarding.selectors.prices import list_prices_beside_floors
from inventory.selectors.stock import CategoryView
from ledger.rules import BRAND_ACCOUNTS, RESELLER_ACCOUNTS, AccountKind, shown_fen
from membership.rules.tiers import TIER_COUNT
from membership.selectors.people import names_of_resellers
from orders.rules.parcels import ParcelAttention
from orders.selectors.consignments import ConsignmentView
from orders.selectors.sold import Turnover
from pricing.rules.comparison import PriceDifference
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_rules import DraftView
from settlement.rules.statements import SaleWithoutStatement
from settlement.selectors.statements import StatementView
from treasury.selectors.requests import WaitingRequests
from web.pagination import Page

SHOWN = 6
DRIFTS_SHOWN = 50
SOON = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class LiveSale:
    """A live sale with its units and its turnover."""

    sale: SaleView
    totals: SaleTotals
    turnover: Turnover

    @property
    def held(self) -> int:
        """Units that somebody holds; those that wait for a draw are nobody's yet."""
        return self.totals.held - self.totals.draw_units

    @property
    def taken(self) -> int:
        return self.held + self.totals.sold


@dataclass(frozen=True, slots=True)
class Worklist:
    """What waits to be done. Each list holds its first rows; `more` names the lists that have further rows."""

    applied: list[BrandView]
    without_deposit: list[BrandView]
    live: list[LiveSale]
    coming: list[SaleView]
    drafts: list[SaleView]
    late: list[ConsignmentView]
    troubled_parcels: dict[ParcelAttention, int]
    cases: list[CaseToDecideView]
    unsettled: list[SaleWithoutStatement]
    due: list[StatementView]
    unpaid: list[StatementView]
    money: WaitingRequests
    more: frozenset[str]

    @property
    def is_empty(self) -> bool:
        return not any(
            (
                self.applied,
                self.without_deposit,
                self.live,
                self.coming,
                self.drafts,
                self.late,
                any(self.troubled_parcels.values()),
                self.cases,
                self.unsettled,
                self.due,
                self.unpaid,
                self.money.requests,
            )
        )


def get_worklist(at: datetime) -> Worklist:
    """What waits for ops and finance: the first page of the console."""
    applied = brands.selectors.brands.list_brands(status="applied", limit=SHOWN)
    live = flashsales.selectors.sales.list_sales(at=at, phase=Phase.LIVE, limit=12)
    previews = flashsales.selectors.sales.list_sales(at=at, phase=Phase.PREVIEW, limit=SHOWN).items
    hidden = flashsales.selectors.sales.list_sales(at=at, phase=Phase.WAITING, limit=SHOWN).items
    unfinished = flashsales.selectors.sales.list_sales(at=at, phase=Phase.DRAFT, limit=SHOWN)
    late = orders.selectors.consignments.list_consignments(at=at, late_only=True, limit=SHOWN)
    # Agreed cases wait for the reseller to send the parcel.
    cases = aftersales.selectors.cases.list_cases(at=at, limit=100).items
    drawn = settlement.selectors.statements.list_statements(state="draft", limit=100)
    settled = settlement.selectors.statements.list_statements(state="settled", limit=SHOWN)
    further = {
        "applied": applied.next_cursor,
        "live": live.next_cursor,
        "drafts": unfinished.next_cursor,
        "late": late.next_cursor,
        "unpaid": settled.next_cursor,
    }
    return Worklist(
        applied=applied.items,
        without_deposit=brands.selectors.brands.brands_without_deposit(limit=SHOWN),
        live=sorted((get_live_sale(sale) for sale in live.items), key=lambda each: each.sale.ends_at),
        coming=sorted([*previews, *hidden], key=lambda sale: sale.starts_at),
        drafts=unfinished.items,
        late=late.items,
        troubled_parcels=orders.selectors.parcel_events.count_troubled_parcels(at=at),
        cases=[each for each in cases if each.state is not CaseState.APPROVED][:SHOWN],
        unsettled=settlement.selectors.statements.list_sales_without_statement(limit=SHOWN),
        due=[each for each in drawn.items if each.settleable_from <= at],
        unpaid=settled.items,
        money=treasury.selectors.requests.count_waiting_requests(),
        more=frozenset(name for name, cursor in further.items() if cursor),
    )


def get_live_sale(sale: SaleView) -> LiveSale:
    return LiveSale(sale, flashsales.selectors.sales.sale_totals(sale.id), orders.selectors.sold.get_turnover(sale.id))


def all_brands() -> list[BrandView]:
    """Every brand by name, for a form to choose from."""
    found, after = [], ""
    while True:
        page = brands.selectors.brands.list_brands(cursor=after, limit=100)
        found += page.items
        if page.next_cursor is None:
            return sorted(found, key=lambda brand: brand.name)
        after = page.next_cursor


def open_drafts() -> list[DraftView]:
    """Drafts of rules that are neither adopted nor discarded, the newest first."""
    return [
        draft
        for draft in pricing.selectors.price_rules.list_drafts(limit=100).items
        if not draft.adopted_at and not draft.discarded_at
    ]


def category_tree() -> list[CategoryView]:
    """The tree of categories in reading order: each parent is followed by its descendants."""
    below: dict[int | None, list[CategoryView]] = {}
    for each in inventory.selectors.stock.categories():
        below.setdefault(each.parent_id, []).append(each)
    found: list[CategoryView] = []
    open_nodes = list(reversed(below.get(None, [])))
    while open_nodes:
        each = open_nodes.pop()
        found.append(each)
        open_nodes += reversed(below.get(each.id, []))
    return found


@dataclass(frozen=True, slots=True)
class RetailBreach:
    """A retail price below a brand's floor: the floor that the sale froze or, with `by_today`, the floor of today's rules."""

    sale: SaleView
    asked: PriceBesideFloor
    floor_fen: int
    by_today: bool

    @property
    def under_fen(self) -> int:
        return self.floor_fen - self.asked.price_fen


@dataclass(frozen=True, slots=True)
class DriftedSku:
    """A SKU whose frozen prices differ from today's: the lowest and highest price over `tiers`, and its label, frozen and today.

    `today` is None where today's rules exclude the SKU; its label is "" then.
    """

    sku_id: int
    name: str
    tiers: list[int]
    frozen: tuple[int, int] | None
    today: tuple[int, int] | None
    labels: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ListDrift:
    """An open sale whose frozen prices differ from today's rules: its labels or floors may no longer be what the brand wants."""

    sale: SaleView
    rows: list[DriftedSku]


@dataclass(frozen=True, slots=True)
class FloorWatch:
    sales: int
    retail: list[RetailBreach]
    drifts: list[ListDrift]


def watch_floors(at: datetime) -> FloorWatch:
    """Retail and wholesale prices of all published sales that have not ended, against the brands' floors, frozen and of today."""
    hidden = flashsales.selectors.sales.list_sales(at=at, phase=Phase.WAITING, limit=100).items
    open_sales = [*flashsales.selectors.sales.list_open_sales(at=at, limit=100).items, *hidden]
    retail = [breach for sale in open_sales for breach in _retail_breaches(sale, at)]
    drifts = [drift for sale in open_sales if (drift := _drift(sale, at)).rows]
    return FloorWatch(len(open_sales), retail, drifts)


def _retail_breaches(sale: SaleView, at: datetime) -> Iterable[RetailBreach]:
    asked = list_prices_beside_floors(sale.id, at=at)
    today = _floors_today(sale, {each.style_id for each in asked}, at)
    for each in asked:
        if each.floor_fen is not None and each.price_fen < each.floor_fen:
            yield RetailBreach(sale, each, each.floor_fen, by_today=False)
        elif each.labelled and (floor_fen := today.get(each.style_id, 0)) > each.price_fen:
            yield RetailBreach(sale, each, floor_fen, by_today=True)


def _floors_today(sale: SaleView, style_ids: set[int], at: datetime) -> dict[int, int]:
    """The floors of these styles by today's rules, in fen, by style id."""
    if not style_ids:
        return {}
    wanted = inventory.selectors.styles.sku_ids_of_styles(sale.brand_id, sorted(style_ids))
    in_sale = set(flashsales.selectors.sales.sku_ids_of_sale(sale.id))
    rows = pricing.selectors.price_lists.preview_price_list(
        sku_ids=[sku_id for sku_id in wanted if sku_id in in_sale],
        terms=SaleTerms.from_json(sale.terms),
        at=at,
        tiers=[0],
    )
    floors: dict[int, int] = {}
    for row in rows:
        if row.inputs.floor_fen is not None:
            floors[row.style_id] = max(floors.get(row.style_id, 0), row.inputs.floor_fen)
    return floors


def drift_of_scheduled(scheduled: ScheduledSale, at: datetime) -> ListDrift:
    """The SKUs of a scheduled sale whose prices, as ops fixed them, differ from the rules at its start."""
    if not scheduled.differing or scheduled.list_id is None:
        return ListDrift(scheduled.sale, [])
    return _drift_of_list(scheduled.sale, scheduled.list_id, max(scheduled.sale.starts_at, at))


def _drift(sale: SaleView, at: datetime) -> ListDrift:
    if sale.price_list_id is None:
        raise ValueError(f"open sale {sale.id} has no price list")
    return _drift_of_list(sale, sale.price_list_id, at)


def _drift_of_list(sale: SaleView, list_id: int, at: datetime) -> ListDrift:
    by_sku: dict[int, list[PriceDifference]] = {}
    for each in pricing.selectors.price_lists.list_price_differences(
        list_id=list_id, at=at, limit=DRIFTS_SHOWN * TIER_COUNT
    ):
        by_sku.setdefault(each.sku_id, []).append(each)
    names = inventory.selectors.stock.names_of_skus(list(by_sku))
    rows = [
        DriftedSku(
            sku_id=sku_id,
            name=names[sku_id],
            tiers=[each.tier for each in found],
            frozen=_span(each.frozen_fen for each in found),
            today=_span(each.now_fen for each in found),
            labels=(found[0].frozen_labelling or "", found[0].now_labelling or ""),
        )
        for sku_id, found in by_sku.items()
    ]
    return ListDrift(sale, rows)


def _span(amounts: Iterable[int | None]) -> tuple[int, int] | None:
    known = [fen for fen in amounts if fen is not None]
    return (min(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account with the name of its owner, "" for accounts of the platform."""

    id: int
    kind: AccountKind
    owner_id: int
    owner_name: str
    balance_fen: int


def list_named_accounts(kind: AccountKind, *, cursor: str = "", limit: int = 50) -> Page[NamedAccount]:
    """The accounts of a kind that hold something, with the names of their owners; the number of statements does not grow."""
    page = ledger.selectors.days.list_accounts(kind, cursor=cursor, limit=limit)
    names = owner_names(kind, [row.owner_id for row in page.items])
    rows = [
        NamedAccount(row.id, kind, row.owner_id, names.get(row.owner_id, ""), shown_fen(kind, row.balance_fen))
        for row in page.items
    ]
    return Page(rows, page.next_cursor)


def owner_names(kind: AccountKind, owner_ids: Sequence[int]) -> dict[int, str]:
    """The names of owners of accounts of a kind, by their ids; none for the platform's."""
    if kind in RESELLER_ACCOUNTS:
        return names_of_resellers(owner_ids)
    return brands.selectors.brands.brand_names(owner_ids) if kind in BRAND_ACCOUNTS else {}
