"""The rules that ops entered: as she reads them, and as the law takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Q

from db import sql
from kernel.period import SHANGHAI
from kernel.refusal import Missing
from pricing.models import CommissionRule, PlatformTerms, PriceControl, RuleDraft
from pricing.rules.commission import Commission
from pricing.rules.controls import Action, Control, Goods, Scope
from pricing.rules.quote import Rulebook
from pricing.rules.terms import DEFAULT_TERMS, Ending, ListTerms, SaleTerms, resolved
from web.pagination import Page, paginate

A_DAY = timedelta(days=1)


@dataclass(eq=False)
class NoSuchRule(Missing):
    code = "pricing.no_such_rule"
    zh = "没有这条规则（{rule_id}）"
    en = "There is no such rule ({rule_id})"
    rule_id: int


@dataclass(frozen=True, slots=True)
class ControlView:
    """A price control as people read it. `scope_zh`, `scope_en` name what it speaks of."""

    id: int
    brand_id: int
    brand: str
    scope: Scope
    scope_zh: str
    scope_en: str
    category_id: int | None
    season: str
    year: int | None
    style_id: int | None
    starts_on: date
    ends_on: date | None
    floor_rate: Decimal | None
    floor_fen: int | None
    action: Action
    cut_rate: Decimal
    draft_id: int | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class TermsView:
    """The platform's terms from an instant on."""

    id: int
    from_at: datetime
    discounts: tuple[Decimal, ...]
    margin_rate: Decimal
    ending: Ending
    draft_id: int | None


@dataclass(frozen=True, slots=True)
class CommissionView:
    id: int
    brand_id: int | None
    category_id: int | None
    rate: Decimal
    from_at: datetime
    draft_id: int | None


@dataclass(frozen=True, slots=True)
class DraftView:
    """A set of rules on trial."""

    id: int
    name: str
    created_at: datetime
    adopted_at: datetime | None
    discarded_at: datetime | None


def controls(
    *, brand_id: int | None = None, draft_id: int | None = None, cursor: str = "", limit: int = 50
) -> Page[ControlView]:
    """Price controls, the newest first: those that were entered, or those of a draft."""
    rows = PriceControl.objects.select_related("brand", "category", "style").filter(draft=draft_id)
    if brand_id is not None:
        rows = rows.filter(brand=brand_id)
    return paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=control_view)


def control(control_id: int) -> ControlView:
    row = PriceControl.objects.select_related("brand", "category", "style").filter(pk=control_id).first()
    if row is None:
        raise NoSuchRule(rule_id=control_id)
    return control_view(row)


def terms_versions(*, draft_id: int | None = None, cursor: str = "", limit: int = 50) -> Page[TermsView]:
    """The platform's terms over time, the latest first: those that were entered, or those of a draft."""
    rows = PlatformTerms.objects.filter(draft=draft_id)
    return paginate(rows, order=("-from_at", "-id"), cursor=cursor, limit=limit, view=_terms_view)


def commissions(*, draft_id: int | None = None, cursor: str = "", limit: int = 50) -> Page[CommissionView]:
    rows = CommissionRule.objects.filter(draft=draft_id)
    return paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=_commission_view)


def drafts(*, cursor: str = "", limit: int = 50) -> Page[DraftView]:
    """Drafts, the newest first."""
    return paginate(RuleDraft.objects.all(), order=("-id",), cursor=cursor, limit=limit, view=draft_view)


def terms_at(at: datetime, sale: SaleTerms | None = None, *, draft_id: int | None = None) -> ListTerms:
    """The terms that a sale beginning at `at` follows: its own, else the platform's in force (the draft's, where one is asked for)."""
    rows = PlatformTerms.objects.filter(Q(draft=None) | Q(draft__isnull=False, draft=draft_id), from_at__lte=at)
    # Two that begin at one instant cannot both hold: the draft's are those on trial, and its adoption would be refused.
    latest = max(rows, key=lambda row: (row.from_at, row.draft_id is not None, row.pk), default=None)
    platform = DEFAULT_TERMS if latest is None else _terms_of(latest)
    return resolved(sale or SaleTerms(), platform)


def rules_to_come(draft_id: int, at: datetime) -> int:
    """How many rules of a draft begin only after an instant, and so do not speak of prices at it."""
    day = at.astimezone(SHANGHAI).date()
    return (
        PlatformTerms.objects.filter(draft=draft_id, from_at__gt=at).count()
        + CommissionRule.objects.filter(draft=draft_id, from_at__gt=at).count()
        + PriceControl.objects.filter(draft=draft_id, starts_on__gt=day, withdrawn_at=None).count()
    )


def turning_points(after: datetime, *, brand_id: int | None = None) -> list[tuple[datetime, int | None]]:
    """The instants after `after` at which rules that were entered begin or end, with the brand whose goods they speak of (None: all).

    Of one brand, where it is named: its own and those of all.
    """
    found: set[tuple[datetime, int | None]] = set()
    for row in PlatformTerms.objects.filter(draft=None, from_at__gt=after):
        found.add((row.from_at, None))
    for rule in CommissionRule.objects.filter(draft=None, from_at__gt=after):
        found.add((rule.from_at, rule.brand_id))
    for control in PriceControl.objects.filter(draft=None, withdrawn_at=None):
        first = [control.starts_on] if control.ends_on is None else [control.starts_on, control.ends_on + A_DAY]
        found |= {(instant, control.brand_id) for day in first if (instant := first_instant(day)) > after}
    return sorted(
        (point for point in found if brand_id is None or point[1] in (None, brand_id)),
        key=lambda point: (point[0], point[1] or 0),
    )


def first_instant(day: date) -> datetime:
    """When a day begins in Shanghai."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def rulebook_at(
    at: datetime, *, brand_ids: Sequence[int], sale: SaleTerms | None = None, draft_id: int | None = None
) -> Rulebook:
    """All rules that may speak of goods of these brands, for the pure law."""
    own = Q(draft=None) | Q(draft__isnull=False, draft=draft_id)
    control_rows = PriceControl.objects.filter(own, withdrawn_at=None, brand__in=brand_ids)
    commission_rows = CommissionRule.objects.filter(own)
    return Rulebook(
        terms=terms_at(at, sale, draft_id=draft_id),
        controls=tuple(_control_of(row) for row in control_rows),
        commissions=tuple(
            Commission(row.pk, row.rate, row.from_at, row.brand_id, row.category_id) for row in commission_rows
        ),
    )


GOODS = """
WITH RECURSIVE up (category_id, ancestor_id, depth) AS (
    SELECT id, id, 0 FROM inventory_category
    UNION ALL
    SELECT up.category_id, above.parent_id, up.depth + 1
    FROM up JOIN inventory_category AS above ON above.id = up.ancestor_id WHERE above.parent_id IS NOT NULL
)
SELECT sku.id AS sku_id, sku.style_id, style.brand_id, style.season, style.year, sku.tag_price_fen, sku.base_price_fen,
       brand.commission_rate AS brand_rate,
       ARRAY(SELECT ancestor_id FROM up WHERE up.category_id = style.category_id ORDER BY depth) AS categories
FROM inventory_sku AS sku JOIN inventory_style AS style ON style.id = sku.style_id JOIN brands_brand AS brand ON brand.id = style.brand_id
WHERE sku.id = ANY (%(sku_ids)s) ORDER BY sku.id
"""


def goods_of(sku_ids: Sequence[int]) -> list[Goods]:
    """SKUs as the law takes them."""
    found = sql.rows(GOODS, {"sku_ids": list(sku_ids)})
    return [Goods(**row | {"categories": tuple(row["categories"])}) for row in found]


def control_view(row: PriceControl) -> ControlView:
    scope = Scope(row.scope)
    zh, en = _scope_words(row, scope)
    return ControlView(
        id=row.pk,
        brand_id=row.brand_id,
        brand=row.brand.name,
        scope=scope,
        scope_zh=zh,
        scope_en=en,
        category_id=row.category_id,
        season=row.season,
        year=row.year,
        style_id=row.style_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        floor_rate=row.floor_rate,
        floor_fen=row.floor_fen,
        action=Action(row.action),
        cut_rate=row.cut_rate,
        draft_id=row.draft_id,
        withdrawn_at=row.withdrawn_at,
    )


def draft_view(row: RuleDraft) -> DraftView:
    return DraftView(row.pk, row.name, row.created_at, row.adopted_at, row.discarded_at)


def _scope_words(row: PriceControl, scope: Scope) -> tuple[str, str]:
    match scope:
        case Scope.CATEGORY:
            assert row.category is not None
            return f"类目 {row.category.name_zh}", f"Category {row.category.name_en}"
        case Scope.SEASON:
            words = f"{row.year or ''} {row.season}".strip()
            return f"季节 {words}", f"Season {words}"
        case Scope.STYLE:
            assert row.style is not None
            return f"款号 {row.style.style_no}", f"Style {row.style.style_no}"
        case Scope.BRAND:
            return "全品牌", "The whole brand"


def _control_of(row: PriceControl) -> Control:
    return Control(
        id=row.pk,
        brand_id=row.brand_id,
        scope=Scope(row.scope),
        action=Action(row.action),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        category_id=row.category_id,
        season=row.season,
        year=row.year,
        style_id=row.style_id,
        floor_rate=row.floor_rate,
        floor_fen=row.floor_fen,
        cut_rate=row.cut_rate,
    )


def _terms_of(row: PlatformTerms) -> ListTerms:
    return ListTerms(
        discounts=tuple(row.discounts),
        margin_rate=row.margin_rate,
        ending=Ending(row.ending),
        platform_id=row.pk,
    )


def _terms_view(row: PlatformTerms) -> TermsView:
    return TermsView(row.pk, row.from_at, tuple(row.discounts), row.margin_rate, Ending(row.ending), row.draft_id)


def _commission_view(row: CommissionRule) -> CommissionView:
    return CommissionView(row.pk, row.brand_id, row.category_id, row.rate, row.from_at, row.draft_id)
